# SPDX-License-Identifier: Apache-2.0
"""`behalf passport` against a real server."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from api_support import Agent, developer_call  # noqa: E402
from cli_support import Result, Run  # noqa: E402
from harness import Server  # noqa: E402
from people_support import Person  # noqa: E402

FORMATS = ["memory", "json", "prompt", "instruction", "markdown"]
FORMAT_RULE = "--format must be table, memory, json, prompt, instruction, markdown or jwt."


class Desk(NamedTuple):
    """A command line, an agent with two permissions, and who may do what."""

    run: Run
    server: Server
    agent: Agent

    def passport(self, *words: str, **variables: str) -> Result:
        """`behalf passport WORDS` of somebody without any credential but these."""
        return self.run("passport", *words, BEHALFID_BASE_URL=self.server.base_url, **variables)

    def by_key(self, *words: str) -> Result:
        """The same with the agent's key."""
        return self.passport(*words, BEHALFID_API_KEY=self.agent.api_key)

    def by_person(self, *words: str) -> Result:
        """The same with a developer token."""
        return self.passport(*words, BEHALFID_DEVELOPER_TOKEN=self.server.developer_token)

    def served(self, fmt: str) -> str:
        """What the server says in that format."""
        answer = self.server.call(
            "GET", f"/api/passport/{self.agent.agent_id}?format={fmt}", None, self.agent.headers()
        )
        assert answer.status_code == 200
        return answer.text


@pytest.fixture()
def desk(behalf: Run, demo: Server) -> Desk:
    """An agent of its own."""
    agent = Agent(demo, "Shopping helper")
    agent.grant("read_email")
    agent.grant("purchase", resource="coachella.com", scope="tickets", constraints={"expiresAt": "2099-01-02"})
    return Desk(behalf, demo, agent)


def test_the_table(desk: Desk) -> None:
    """Head and table, newest first, by the key of the environment or of the line, and as JSON the document."""
    shown = desk.by_key(desk.agent.agent_id)
    assert (shown.status, shown.err) == (0, "")
    head, table = shown.out.split("\n\n")
    pairs = dict(line.split(maxsplit=1) for line in head.splitlines())
    assert pairs == {
        "agentId": desk.agent.agent_id,
        "name": "Shopping helper",
        "agentType": "native",
        "provider": "custom",
        "connectionStatus": "manual",
        "description": "-",
        "mode": "manual",
    }
    assert [line.split() for line in table.splitlines()] == [
        ["ACTION", "RESOURCE", "SCOPE", "STATUS", "EXPIRES"],
        ["----------", "-------------", "-------", "------", "------------------------"],
        ["purchase", "coachella.com", "tickets", "active", "2099-01-02T00:00:00.000Z"],
        ["read_email", "-", "-", "active", "-"],
    ]
    assert desk.passport(desk.agent.agent_id, "-k", desk.agent.api_key).out == shown.out
    assert desk.by_key("--format", "table", desk.agent.agent_id).out == shown.out
    assert desk.passport(BEHALFID_API_KEY=desk.agent.api_key, BEHALFID_AGENT_ID=desk.agent.agent_id).out == shown.out
    document = desk.by_key("--json", desk.agent.agent_id)
    assert [scope["action"] for scope in document.json()["permissions"]] == ["purchase", "read_email"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_texts(desk: Desk, fmt: str) -> None:
    """Each format is printed as the server writes it, and nothing else."""
    shown = desk.by_key(desk.agent.agent_id, "--format", fmt)
    assert (shown.status, shown.err, shown.out) == (0, "", desk.served(fmt))


def test_a_link_is_made_used_and_ended(desk: Desk) -> None:
    """Made once more, the old token is dead; revoked, the new one too; the commands say so, also in JSON."""
    made = desk.by_person("create", desk.agent.agent_id, "--json")
    assert made.status == 0 and list(made.json()) == ["agentId", "passportUrl", "tokenPreview"]
    token = made.json()["passportUrl"].split("#token=")[1]
    assert desk.passport(desk.agent.agent_id, "--token", token).status == 0
    again = desk.by_person("create", desk.agent.agent_id)
    assert again.status == 0 and "not shown again" in again.err
    (line,) = [line for line in again.out.splitlines() if line.startswith("passportUrl")]
    newer = line.split("#token=")[1]
    refused = desk.passport(desk.agent.agent_id, "--token", token, "--format", "memory")
    assert (refused.status, refused.out) == (1, "")
    assert "Invalid passport link." in refused.err and token not in refused.err
    assert desk.passport(desk.agent.agent_id, "--token", newer, "--format", "memory").out == desk.served("memory")
    ended = desk.by_person("--json", "revoke", desk.agent.agent_id)
    assert ended.json() == {"revoked": True, "agentId": desk.agent.agent_id}
    plain = desk.by_person("revoke", desk.agent.agent_id)
    assert (plain.status, plain.out) == (0, f"{desk.agent.agent_id} has no passport link any more.\n")
    failed = desk.passport(desk.agent.agent_id, "--token", newer, "--json")
    assert failed.status == 1 and failed.error()["error"] == "Invalid passport link."


def test_who_may_not(desk: Desk) -> None:
    """Without a credential, or with one that will not do, the command says what is missing."""
    agent_id = desk.agent.agent_id
    nothing = desk.passport(agent_id)
    assert nothing.status == 1 and "needs a passport's token or the agent's key" in nothing.err
    assert desk.by_person(agent_id).err == nothing.err
    for verb in ("create", "revoke"):
        assert "behalf login" in desk.by_key(verb, agent_id).err
        viewer = desk.passport(verb, agent_id, BEHALFID_DEVELOPER_TOKEN=Person(desk.server, "viewer").token)
        assert viewer.status == 1 and "A viewer cannot change anything." in viewer.err
        missing = desk.by_person(verb, "agent_missing")
        assert missing.status == 1 and "Agent not found." in missing.err
    assert "Invalid passport link." in desk.by_key("agent_missing").err


def test_mistakes_on_the_line(desk: Desk) -> None:
    """A format that is none, two formats, two credentials and a missing id are told, before any request."""
    agent_id = desk.agent.agent_id
    for words, text in (
        ((agent_id, "--format", "xml"), FORMAT_RULE),
        ((agent_id, "--format", "document"), FORMAT_RULE),
        ((agent_id, "--format", "memory", "--json"), "Use either --format or --json, not both."),
        ((agent_id, "--token", "bhf_pt_x", "--key", "bhf_sk_x"), "Use either --token or --key, not both."),
        ((), "No agent id is known."),
        (("create",), "agentId"),
        (("revoke",), "agentId"),
        ((agent_id, "more"), "more"),
    ):
        done = desk.run("passport", *words, BEHALFID_API_KEY="bhf_sk_x", BEHALFID_BASE_URL="http://127.0.0.1:9")
        assert (done.status, done.out) == (1, ""), words
        assert text in done.err, words


def test_a_hostile_text_does_not_drive_the_terminal(desk: Desk) -> None:
    """Escape sequences and direction marks in a name reach no terminal, in no form of the command."""
    path = f"/api/dashboard/agents/{desk.agent.agent_id}"
    changes = {"name": "a\u001b[2Jb\u202ec\nagentType  admin", "description": "\u009b31m\u200b"}
    assert developer_call(desk.server, "PATCH", path, changes).status_code == 200
    lines: list[list[str]] = [[], ["--json"], *(["--format", fmt] for fmt in FORMATS)]
    for words in lines:
        shown = desk.by_key(desk.agent.agent_id, *words)
        assert shown.status == 0
        assert not set(shown.out) & set("\u001b\u009b\u202e\u200b")
        assert "\nagentType  admin" not in shown.out


def test_help(desk: Desk) -> None:
    """The help of the command names its commands, and each has its own."""
    assert all(word in desk.passport("--help").out for word in ("create", "revoke", "--format", "--token"))
    assert "Usage: behalf passport create <agentId>" in desk.passport("create", "--help").out
    assert "Usage: behalf passport revoke <agentId>" in desk.passport("revoke", "--help").out
