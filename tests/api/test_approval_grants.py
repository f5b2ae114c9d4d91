# SPDX-License-Identifier: Apache-2.0
"""What a person has approved: what it is good for, how often, how long, and who is told."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api_support import ALLOWED_BY_GRANT, DISABLED, NEEDS_APPROVAL, REVOKED, Agent, change_policy, developer_call
from api_support import error_of, iso, now_ms, sql
from approval_support import NOT_PENDING, approve, ask, command, listed, settle, show
from harness import Server
from people_support import Person

MINUTE = 60_000


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may ship and run commands, each after approval."""
    made = Agent(demo, "Shipper")
    for action in ("ship", "execute_command"):
        made.grant(action, requiresApproval=True)
    return made


@pytest.fixture()
def owner(demo: Server) -> Person:
    """An owner of the demo account."""
    return Person(demo)


# ---- the grant ----


def test_a_grant_is_of_the_exact_tuple(demo: Server, owner: Person) -> None:
    """Another agent, permission, action, vendor, amount or command does not fit a grant; the exact one does."""
    agent, other = Agent(demo), Agent(demo)
    for each in (agent, other):
        each.grant("execute_command", requiresApproval=True, allowedActions=["ship"])
    exact: dict[str, Any] = {"vendor": "a.com", "amount": 5, **command("make deploy")}
    approval_id = ask(agent, "execute_command", **exact)
    approve(owner, approval_id)
    assert ask(other, "execute_command", **exact) != approval_id
    assert ask(agent, "ship", **exact) != approval_id
    changes: list[dict[str, Any]] = [{"vendor": "b.com"}, {"amount": 6}, command("make deploy "), command("make")]
    for change in changes:
        assert ask(agent, "execute_command", **{**exact, **change}) != approval_id
    for missing in ("vendor", "amount"):
        fields = {key: value for key, value in exact.items() if key != missing}
        assert ask(agent, "execute_command", **fields) != approval_id
    permission_id = agent.grant("execute_command", requiresApproval=True)
    assert ask(agent, "execute_command", **exact) != approval_id
    agent.revoke(permission_id)
    assert agent.decide("execute_command", **exact)["reason"] == ALLOWED_BY_GRANT
    assert ask(agent, "execute_command", **exact) != approval_id


@pytest.mark.threads
def test_one_of_200_retries_wins(agent: Agent, owner: Person) -> None:
    """Of 200 equal calls at once exactly one is allowed by the grant; the others share one new request."""
    approval_id = ask(agent, vendor="a.com", amount=9)
    approve(owner, approval_id)
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda _: agent.decide("ship", vendor="a.com", amount=9), range(200)))
    winners = [answer for answer in answers if answer["allowed"]]
    assert [answer["reason"] for answer in winners] == [ALLOWED_BY_GRANT]
    others = {answer["approvalId"] for answer in answers if not answer["allowed"]}
    assert len(others) == 1 and approval_id not in others
    statuses = [row["status"] for row in listed(owner, status="all", agentId=agent.agent_id)]
    assert statuses == ["pending", "used"]


@pytest.mark.threads
def test_one_of_200_verdicts_counts(agent: Agent, owner: Person) -> None:
    """Of 200 approvals and denials by two people at once one takes effect, and the others find nothing waiting."""
    approval_id = ask(agent)
    other = Person(agent.server, "approver")
    tries = [(owner, "approve"), (other, "deny")] * 100
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda one: settle(one[0], approval_id, one[1]), tries))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 199}
    assert {error_of(answer) for answer in answers if answer.status_code == 404} == {NOT_PENDING}
    ((person, verdict),) = [one for one, answer in zip(tries, answers) if answer.status_code == 200]
    row = show(owner, approval_id)
    assert row["resolvedBy"] == person.email
    assert row["status"] == {"approve": "approved", "deny": "denied"}[verdict]
    assert agent.decide("ship")["allowed"] is (verdict == "approve")


def test_grants_survive_a_restart(server: Server) -> None:
    """What was approved before a crash is allowed after it, once, and what waited goes on waiting."""
    person, agent = Person(server), Agent(server)
    agent.grant("ship", requiresApproval=True)
    waiting = ask(agent, amount=2)
    approve(person, ask(agent, amount=1))
    server.kill()
    server.start()
    assert agent.decide("ship", amount=1)["reason"] == ALLOWED_BY_GRANT
    assert agent.decide("ship", amount=1)["allowed"] is False
    assert ask(agent, amount=2) == waiting
    approve(person, waiting)


def test_policy_defeats_a_grant(demo: Server, owner: Person) -> None:
    """A lowered limit, a disabled agent and a revoked permission each win over an unspent grant."""
    agent = Agent(demo)
    permission_id = agent.grant("ship", requiresApproval=True, constraints={"maxAmount": 10})
    approve(owner, ask(agent, amount=8))
    statement = "UPDATE permission SET constraints = ? WHERE permission_id = ?"
    change_policy(demo, agent.agent_id, statement, '{"maxAmount":5}', permission_id)
    assert agent.decide("ship", amount=8)["reason"] == "Amount exceeds maxAmount constraint."
    change_policy(demo, agent.agent_id, statement, '{"maxAmount":10}', permission_id)
    path = f"/api/dashboard/agents/{agent.agent_id}"
    developer_call(demo, "POST", path + "/disable")
    assert agent.decide("ship", amount=8)["reason"] == DISABLED
    developer_call(demo, "POST", path + "/enable")
    agent.revoke(permission_id)
    assert agent.decide("ship", amount=8)["reason"] == REVOKED
    assert [row["status"] for row in listed(owner, status="all", agentId=agent.agent_id)] == ["approved"]


def test_a_denial_cools_down(agent: Agent, owner: Person) -> None:
    """After a denial by a person the same call asks nobody for a minute, and the log names the denial; then it opens a
    new request."""
    denied = ask(agent)
    assert settle(owner, denied, "deny").json() == {"denied": True}
    decision = agent.decide("ship")
    assert (decision["approvalRequired"], decision["reason"]) == (True, NEEDS_APPROVAL)
    assert "approvalId" not in decision
    assert agent.rows()[0]["approvalId"] == denied
    assert listed(owner, agentId=agent.agent_id) == []
    statement = "UPDATE approval SET resolved_at = ? WHERE approval_id = ?"
    sql(agent.server, statement, now_ms() - MINUTE, denied)
    assert ask(agent) != denied


def test_every_log_row_names_the_approval(agent: Agent, owner: Person) -> None:
    """The call that asks, those that ask again and the one that spends the grant carry the approval's id."""
    approval_id = ask(agent)
    assert ask(agent) == ask(agent) == approval_id
    approve(owner, approval_id)
    assert agent.decide("ship")["allowed"] is True
    again = ask(agent)
    statement = "SELECT approval_id FROM audit WHERE agent = (SELECT id FROM agent WHERE agent_id = ?) ORDER BY id"
    rows = [row[0] for row in sql(agent.server, statement, agent.agent_id)]
    assert rows == [approval_id] * 4 + [again]


@pytest.mark.parametrize("verdict, number", [("approve", 5), ("deny", 6)])
def test_settling_is_told(server: Server, verdict: str, number: int) -> None:
    """Who wants to know of approvals or denials gets one event for each, by a person or by the server's own command."""
    person, agent = Person(server), Agent(server)
    agent.grant("ship", requiresApproval=True)
    sql(server, "UPDATE account SET event_mask = ?", 1 << number)
    first, second = agent.decide("ship", amount=1), agent.decide("ship", amount=2)
    assert settle(person, first["approvalId"], verdict).status_code == 200
    assert settle(person, first["approvalId"], verdict).status_code == 404
    assert server.command_line("admin", "approvals", verdict, second["approvalId"]).returncode == 0
    events = [json.loads(row[0])["data"] for row in sql(server, "SELECT payload FROM event ORDER BY id")]
    told = [(event["approvalId"], event["requestId"], event["status"], event["resolvedBy"]) for event in events]
    status = {"approve": "approved", "deny": "denied"}[verdict]
    assert told == [
        (first["approvalId"], first["requestId"], status, person.email),
        (second["approvalId"], second["requestId"], status, "admin command"),
    ]


# ---- minutes of a grant ----


@pytest.mark.parametrize("minutes", [1, 45, 1440])
def test_minutes_of_a_grant(demo: Server, owner: Person, minutes: int) -> None:
    """An approved request is good for the minutes that its permission named when it was asked."""
    agent = Agent(demo)
    agent.grant("ship", requiresApproval=True, approvalGrantMinutes=minutes)
    assert agent.get().json()["permissions"][0]["approvalGrantMinutes"] == minutes
    approval_id = ask(agent)
    assert show(owner, approval_id)["approvalGrantMinutes"] == minutes
    granted = approve(owner, approval_id)["grantExpiresAt"]
    assert iso(now_ms() + minutes * MINUTE - 30_000) < granted <= iso(now_ms() + minutes * MINUTE)
    assert agent.decide("ship")["allowed"] is True


def test_minutes_are_30_by_default(agent: Agent, owner: Person) -> None:
    """A permission that names none grants 30 minutes."""
    assert {row["approvalGrantMinutes"] for row in agent.get().json()["permissions"]} == {30}
    granted = approve(owner, ask(agent))["grantExpiresAt"]
    assert iso(now_ms() + 29 * MINUTE) < granted <= iso(now_ms() + 30 * MINUTE)


@pytest.mark.parametrize("minutes", [0, -1, 1441, 1.5, "30", True, [30], 1e300])
def test_wrong_minutes_are_refused(agent: Agent, minutes: Any) -> None:
    """Minutes are a whole number from 1 to 1440."""
    body = {"agentId": agent.agent_id, "action": "x", "approvalGrantMinutes": minutes}
    answer = developer_call(agent.server, "POST", "/api/permissions", body)
    assert error_of(answer) == (400, "approvalGrantMinutes must be an integer between 1 and 1440.")
