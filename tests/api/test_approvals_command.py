# SPDX-License-Identifier: Apache-2.0
"""`behalf approvals` as a person uses it, and the walk through the deploy page."""

import json
import shlex
from pathlib import Path
from typing import Any, Callable

import pytest

from api_support import ALLOWED_BY_GRANT, NEEDS_APPROVAL, Agent
from approval_support import ask
from cli_support import Result, Run, write_config
from harness import Server
from people_support import Person

LOGGED_IN = "This command requires you to be logged in. Run `behalf login`."


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may ship and run commands, each after approval."""
    made = Agent(demo, "Shipper")
    for action in ("ship", "execute_command"):
        made.grant(action, requiresApproval=True)
    return made


@pytest.fixture()
def sign_in(home: Path) -> Callable[[Person], None]:
    """Leaves what `behalf login` leaves."""

    def leave(person: Person) -> None:
        folder = home / ".behalf"
        folder.mkdir(mode=0o700, exist_ok=True)
        write_config(home, json.dumps({"sessionBaseUrl": person.server.base_url}))
        (folder / "session").write_text(f"behalfid_developer={person.session}\n")

    return leave


@pytest.fixture()
def run(behalf: Run, demo: Server) -> Run:
    """The command line against the demo server."""

    def words(*args: str, **variables: str) -> Result:
        return behalf(*args, BEHALFID_BASE_URL=demo.base_url, **variables)

    return words


SignIn = Callable[[Person], None]


def test_list_show_approve(agent: Agent, run: Run, sign_in: SignIn) -> None:
    """Who is signed in lists, looks, approves, and the agent may act once."""
    person = Person(agent.server)
    sign_in(person)
    text = "make deploy TOKEN=bhf_sk_0123456789 " + "x" * 100
    approval_id = ask(agent, "execute_command", policyContext={"toolInput": {"command": text}})
    listed = run("approvals", "list", "--agent", agent.agent_id)
    assert (listed.status, listed.err) == (0, "")
    assert approval_id in listed.out and "Shipper" in listed.out and "make deploy" in listed.out
    assert "0123456789" not in listed.out and max(map(len, listed.out.splitlines())) < 250
    rows = run("approvals", "list", "--agent", agent.agent_id, "--json").json()
    assert [row["approvalId"] for row in rows["approvals"]] == [approval_id]
    assert rows["workspaceAuthority"]["role"] == "OWNER"
    assert run("approvals", "show", approval_id, "--json").json()["argument"] == text
    assert text in run("approvals", "show", approval_id).out
    done = run("approvals", "approve", approval_id, "--json")
    assert (done.status, done.json()["approved"]) == (0, True)
    fields: dict[str, Any] = {"policyContext": {"toolInput": {"command": text}}}
    assert agent.decide("execute_command", **fields)["reason"] == ALLOWED_BY_GRANT
    again = run("approvals", "approve", approval_id, "--json")
    assert again.status == 1
    assert again.error()["error"] == "Approval request not found or already resolved."
    assert approval_id in run("approvals", "list", "--status", "used").out
    assert approval_id not in run("approvals", "list").out


def labels(text: str) -> list[str]:
    """The first column of what `approvals show` prints."""
    return [line.split("  ")[0] for line in text.splitlines()]


def test_show_says_what_a_person_needs_to_decide(agent: Agent, run: Run, sign_in: SignIn) -> None:
    """Who asks for what, on what, how much, when and until when, exactly which command, and nothing that is absent."""
    person = Person(agent.server)
    sign_in(person)
    plain = run("approvals", "show", ask(agent), "--json").json()
    text = run("approvals", "show", plain["approvalId"]).out
    assert labels(text) == ["approval", "status", "agent", "agent of", "action", "asked"]
    assert f"pending, until {plain['expiresAt']}\n" in text and plain["createdAt"] in text
    assert f"Shipper ({agent.agent_id})\n" in text and plain["requesterName"] in text
    command = "make deploy && " + "x" * 3000
    context = {"toolInput": {"command": command}}
    approval_id = ask(agent, "execute_command", vendor="shop.example", amount=12.5, policyContext=context)
    text = run("approvals", "show", approval_id).out
    between = ["action", "vendor", "amount", "command"]
    assert labels(text) == ["approval", "status", "agent", "agent of", *between, "asked"]
    for shown in ("execute_command\n", "shop.example\n", "12.5\n", command + "\n"):
        assert "  " + shown in text
    assert "-" not in text.split()


def test_show_says_why_it_cannot_be_approved(agent: Agent, run: Run, sign_in: SignIn) -> None:
    """Who may not approve reads why, and that the command is redacted; once it is settled, who did it and when."""
    sign_in(Person(agent.server, "viewer"))
    context = {"toolInput": {"command": "make TOKEN=bhf_sk_0123456789"}}
    approval_id = ask(agent, "execute_command", policyContext=context)
    text = run("approvals", "show", approval_id).out
    assert labels(text)[-2:] == ["cannot approve", "cannot deny"]
    assert text.count("Approvers, admins and owners decide this; your role does not.\n") == 2
    assert "0123456789" not in text and "secrets are redacted" in text
    owner = Person(agent.server)
    sign_in(owner)
    assert run("approvals", "approve", approval_id).status == 0
    settled = run("approvals", "show", approval_id, "--json").json()
    text = run("approvals", "show", approval_id).out
    assert f"approved, until {settled['grantExpiresAt']}\n" in text
    assert f"{settled['resolvedAt']} by {owner.email}\n" in text
    assert "cannot" not in text and "redacted" not in text


def test_deny(agent: Agent, run: Run, sign_in: SignIn) -> None:
    """A denial is told, and the request is shown as denied by that person."""
    person = Person(agent.server, "approver")
    sign_in(person)
    approval_id = ask(agent)
    done = run("approvals", "deny", approval_id)
    assert (done.err, done.out.split()) == ("", ["denied", "true"])
    shown = run("approvals", "show", approval_id, "--json").json()
    assert (shown["status"], shown["resolvedBy"]) == ("denied", person.email)


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_a_token_settles_nothing(agent: Agent, run: Run, sign_in: SignIn, verdict: str) -> None:
    """With a token alone the command asks to log in; with a session as well, the session counts."""
    approval_id = ask(agent)
    person = Person(agent.server)
    token = person.token
    refused = run("approvals", verdict, approval_id, "--json", BEHALFID_DEVELOPER_TOKEN=token)
    assert (refused.status, refused.error()["error"]) == (1, LOGGED_IN)
    assert run("approvals", "show", approval_id, "--json", BEHALFID_DEVELOPER_TOKEN=token).json()["status"] == "pending"
    sign_in(person)
    assert run("approvals", verdict, approval_id, BEHALFID_DEVELOPER_TOKEN=token).status == 0


@pytest.mark.parametrize("words", [["list"], ["show", "apr_x"], ["approve", "apr_x"], ["deny", "apr_x"]])
def test_nobody_is_asked_to_log_in(run: Run, words: list[str]) -> None:
    """Without a credential each command says how to get one, and asks no server."""
    result = run("approvals", *words, "--json")
    assert (result.status, result.error()["error"], result.error()["code"]) == (1, LOGGED_IN, "auth")


def test_a_list_goes_on(agent: Agent, run: Run, sign_in: SignIn) -> None:
    """A list that is not complete says how to go on."""
    sign_in(Person(agent.server))
    first, second = ask(agent, amount=1), ask(agent, amount=2)
    page = run("approvals", "list", "--agent", agent.agent_id, "--limit", "1")
    assert second in page.out and first not in page.out
    assert page.err == f"There are older ones: add --before {second}\n"
    page = run("approvals", "list", "--agent", agent.agent_id, "--limit", "1", "--before", second)
    assert (first in page.out, page.err) == (True, "")
    assert run("approvals", "list", "--status", "open", "--json").error()["error"].startswith("status must be one of:")


@pytest.mark.parametrize("minutes", ["0", "1441", "1.5", "x", "-1"])
def test_wrong_grant_minutes(run: Run, minutes: str) -> None:
    """--grant-minutes is a whole number from 1 to 1440."""
    result = run("permissions", "create", "agent_x", "-a", "ship", "--grant-minutes=" + minutes)
    assert result.status == 1
    assert "--grant-minutes must be a whole number from 1 to 1440." in result.err


def test_grant_minutes(agent: Agent, run: Run, sign_in: SignIn) -> None:
    """--grant-minutes says how long an approved request may be used."""
    sign_in(Person(agent.server))
    words = ("permissions", "create", agent.agent_id, "-a", "pay", "--requires-approval", "--grant-minutes", "5")
    assert run(*words).status == 0
    assert run("approvals", "show", ask(agent, "pay"), "--json").json()["approvalGrantMinutes"] == 5


STAGING = """permissions create AGENT --action deploy --resource vercel.com
 --allowed "deploy to staging,create preview deployment,update environment variables on staging"
 --blocked "deploy to production,promote to production,delete production deployment" """
PRODUCTION = """permissions create AGENT --action deploy_production --resource vercel.com
 --allowed "promote staging to production" --blocked "rollback without approval,delete production deployment"
 --requires-approval"""


def test_the_deploy_page(server: Server, behalf: Run, sign_in: SignIn) -> None:
    """The page's two permissions, as printed: staging runs, production waits, is approved, and runs once."""
    person = Person(server)
    sign_in(person)
    agent = Agent(server)

    def run(line: str, **variables: str) -> Result:
        words = shlex.split(line.replace("AGENT", agent.agent_id))
        return behalf(*words, BEHALFID_BASE_URL=server.base_url, **variables)

    def verify(action: str) -> tuple[int, dict[str, Any]]:
        result = run(f"verify AGENT --action '{action}' --vendor vercel.com --json", BEHALFID_API_KEY=agent.api_key)
        answer: dict[str, Any] = json.loads(result.out)
        return result.status, answer

    for line in (STAGING, PRODUCTION):
        made = run(line)
        assert made.status == 0, made.err
    status, answer = verify("deploy")
    assert (status, answer["allowed"]) == (0, True)
    status, held = verify("deploy_production")
    assert status == 1
    assert {key: held[key] for key in ("allowed", "approvalRequired", "reason", "risk")} == {
        "allowed": False,
        "approvalRequired": True,
        "reason": NEEDS_APPROVAL,
        "risk": "medium",
    }
    (row,) = run("approvals list --json").json()["approvals"]
    assert (row["approvalId"], row["requestId"]) == (held["approvalId"], held["requestId"])
    assert (row["action"], row["vendor"], row["status"]) == ("deploy_production", "vercel.com", "pending")
    assert run(f"approvals approve {held['approvalId']}").status == 0
    status, answer = verify("deploy_production")
    assert status == 0
    assert (answer["allowed"], answer["approvalRequired"], answer["reason"], answer["risk"]) == (
        True,
        False,
        ALLOWED_BY_GRANT,
        "low",
    )
    status, answer = verify("deploy_production")
    assert (status, answer["approvalRequired"]) == (1, True)
    assert answer["approvalId"] != held["approvalId"]
    logs = run("logs list AGENT --json", BEHALFID_API_KEY=agent.api_key).json()
    assert [entry["decision"] for entry in logs] == ["approval_required", "allowed", "approval_required", "allowed"]
    assert logs[2]["requestId"] == held["requestId"]
    status, answer = verify("promote to production")
    assert (status, answer["allowed"], answer["approvalRequired"]) == (1, False, False)
