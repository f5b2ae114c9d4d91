# SPDX-License-Identifier: Apache-2.0
"""The documents' lines that take more than a signed-in reader: servers that are started, requests by curl, and what is
shown of answers and events."""

import json
import re
from pathlib import Path
from typing import Callable

import pytest
from jsonschema import Draft202012Validator

from accounts_support import setup_token
from api_support import Agent
from delivery_support import subscribe
from harness import ROOT, Server
from openapi_contract import closed, explain, load, resolve, without_notes
from receiver import Receiver
from test_documents import Reader, blocks, commands, exports, in_shell
from webhook_calls import ALLOW_PRIVATE


def block(document: str, language: str, mark: str) -> str:
    """The one block that has the mark."""
    (found,) = [text for text in blocks(document, language) if mark in text]
    return found


class Guest(Reader):
    """A reader on whose machine Claude Code is, and who revokes a token that there is."""

    def fill(self, line: str) -> str:
        """Besides, the id of a new token."""
        if "tok_..." in line:
            done = self.server.command_line("admin", "token", "create", "--name", "old", "--json")
            line = line.replace("tok_...", json.loads(done.stdout)["tokenId"])
        return super().fill(line)


@pytest.mark.parametrize(
    ("document", "count"), [("hooks", 4), ("operating", 8), ("quickstart", 1), ("action-gateway", 1)]
)
def test_the_commands_of_a_document_work(server: Server, home: Path, document: str, count: int) -> None:
    """Each command, typed as it stands by somebody who is signed in, ends with success."""
    reader = Guest(server, home)
    (home / ".claude").mkdir()
    lines = [line for line in commands(f"docs/{document}.md") if not line.startswith("behalf serve")]
    assert len(lines) == count
    for line in lines:
        assert reader.run("behalf login --password --email operator@example.com").returncode == 0
        done = reader.run(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


# Documents whose lines are typed by a test of their own, and those that no test can type, with the reason.
TYPED = {"accounts", "approvals", "webhooks", "audit", "passports", "templates", "site-guard", "coding-agents"}
TYPED |= {"hooks", "operating", "quickstart", "action-gateway"}
NOT_TYPED = {"mcp": "starts a server of npm's; tests/mcp does it with real ones", "cli": "written by the program"}


def test_no_document_has_commands_that_nobody_types() -> None:
    """A document with command lines is one whose lines are typed, or is named above with the reason."""
    found = {path.stem for path in (ROOT / "docs").glob("*.md") if commands(f"docs/{path.name}")}
    assert found == TYPED | set(NOT_TYPED)


STARTS = [
    ("accounts", "build/behalf serve --data /var/lib/behalf"),
    ("accounts", "BEHALFID_SMTP_URL="),
    ("action-gateway", "behalf serve --refused-networks"),
]


@pytest.mark.parametrize(("document", "mark"), STARTS, ids=[mark for _, mark in STARTS])
def test_a_server_starts_as_shown(server: Server, tmp_path: Path, document: str, mark: str) -> None:
    """The line starts a server, which ends with success when it is interrupted."""
    line = block(f"docs/{document}.md", "sh", mark).strip().replace("/var/lib/behalf", str(tmp_path / "own"))
    own = f"export BEHALFID_LISTEN=127.0.0.1:0 BEHALFID_DATA={tmp_path}/own\n"
    line = re.sub(r"((build/)?behalf serve)", r"timeout --preserve-status -s INT 3 \1", line)
    done = in_shell(server, own + line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/setup#token=" in done.stdout and "listening" in done.stderr


def test_the_first_commands_without_demo_data(start_server: Callable[..., Server]) -> None:
    """Those of docs/operating.md behind the start make a token and, with it, an agent."""
    server = start_server(demo=False)
    token, agent = block("docs/operating.md", "sh", "--name ops").strip().splitlines()[2:]
    (server.data_dir / "demo.env").touch()  # which is typed in first, and is not there without a demo
    made = in_shell(server, token.replace("/var/lib/behalf", str(server.data_dir)))
    assert made.returncode == 0, made.stderr
    (value,) = re.findall(r"bhf_dev_[\w-]+", made.stdout)
    url = f"export BEHALFID_BASE_URL={server.base_url}\n"
    done = in_shell(server, url + agent.replace("bhf_dev_...", value))
    assert done.returncode == 0 and re.search(r"agent_[\w-]{16}", done.stdout), done.stderr


def test_the_operator_is_made_by_curl_as_shown(start_server: Callable[..., Server]) -> None:
    """What docs/accounts.md shows that the first start prints is what is printed, and its curl line, filled in, makes
    the operator."""
    server = start_server(demo=False)
    text = (ROOT / "docs" / "accounts.md").read_text()
    (shown,) = re.findall(r"\n```\n(http\S+/setup#token=.*?)```", text, re.DOTALL)
    shown = shown.replace("http://127.0.0.1:8420", server.base_url)
    (server.data_dir / "demo.env").touch()
    token = setup_token(server.printed())
    for line in shown.strip().splitlines():
        assert line.replace("...", token, 1).strip() in server.printed() or line == "", line
    curl = shown[shown.index("curl") :].replace('"token":"..."', f'"token":"{token}"')
    answer = json.loads(in_shell(server, curl.replace('"password":"..."', '"password":"LongPassw0rd-1x"')).stdout)
    assert answer["user"]["email"] == "operator@example.com" and answer["user"]["isOperator"] is True


def test_a_password_is_reset_by_curl_as_shown(server: Server) -> None:
    """With the token of a link, the curl line of docs/accounts.md sets the password that it names."""
    link = server.command_line("admin", "reset-link", server.email).stdout
    (token,) = re.findall(r"#token=([\w-]+)", link)
    line = block("docs/accounts.md", "sh", "api/auth/reset-password").replace('"token":"..."', f'"token":"{token}"')
    in_shell(server, line)
    login = {"email": server.email, "password": "a new long password"}
    assert server.call("POST", "/api/auth/login", login, {"Origin": server.base_url}).status_code == 200


def test_the_quickstart_asks_as_shown(server: Server) -> None:
    """Its request is allowed, and what it says of 900 and of a deploy is so."""
    curl = block("docs/quickstart.md", "sh", "curl")
    deploy = curl.replace("purchase", "deploy_production").replace("coachella.com", "vercel.com")
    answers = [json.loads(in_shell(server, one).stdout) for one in (curl, curl.replace("742", "900"), deploy)]
    assert [answer["allowed"] for answer in answers] == [True, False, False]
    assert [answer["approvalRequired"] for answer in answers] == [False, False, True]


def test_a_proxy_asks_as_shown(server: Server, home: Path) -> None:
    """The request of docs/site-guard.md for proxies is answered with the status in the comment behind it."""
    line = block("docs/site-guard.md", "sh", "site-guard/authorize")
    stated = re.search(r"# (\d+)", line)
    done = Reader(server, home).run(line)
    assert stated is not None and done.stdout.strip() == stated.group(1), done.stderr


@pytest.mark.parametrize(
    ("document", "mark", "operation"),
    [("action-gateway", '"executed": true', "executeAction"), ("api", '"warnings"', "previewPermissions")],
)
def test_an_answer_that_is_shown_is_one(document: str, mark: str, operation: str) -> None:
    """The answer has the members that docs/openapi.json names for the operation, and no others."""
    contract = load()
    (found,) = [one for one in contract.operations if one.operation_id == operation]
    said = found.response(200)
    assert said is not None
    schema = without_notes(resolve(contract.document, said["content"]["application/json"]["schema"]))
    value = json.loads(block(f"docs/{document}.md", "json", mark).replace("_...", "_Abc"))
    assert explain(Draft202012Validator(closed(schema)), value) is None


def test_an_event_looks_as_shown(start_server: Callable[..., Server]) -> None:
    """A denial arrives with the members of the event in docs/webhooks.md, in their order."""
    server = start_server(ALLOW_PRIVATE)
    shown = json.loads(block("docs/webhooks.md", "json", '"eventId"'))
    agent = Agent(server)
    agent.grant("purchase", resource="coachella.com")
    with Receiver() as receiver:
        subscribe(server, receiver.url, shown["type"])
        agent.decide("purchase", vendor="other.example")
        receiver.wait(1)
        event = json.loads(receiver.requests[0].body)
    assert (list(event), list(event["data"])) == (list(shown), list(shown["data"]))
    values = ("action", "allowed", "approvalRequired", "risk")
    assert [event["data"][name] for name in values] == [shown["data"][name] for name in values]


def test_the_quickstart_has_the_exports_of_the_readme() -> None:
    """Whoever begins with docs/quickstart.md types the same lines, which all tests of documents have typed."""
    assert block("docs/quickstart.md", "sh", "export PATH") == re.sub(r" +#.*", "", exports())
