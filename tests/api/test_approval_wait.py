# SPDX-License-Identifier: Apache-2.0
"""An agent that waits for a person: one approval by its id, at once or when it is resolved."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from api_support import Agent, error_of, settle, sql
from harness import Server

NOT_FOUND = (404, "Approval request not found or already resolved.")
WAIT_RULE = (400, "wait must be an integer from 0 to 60, in seconds.")
MEMBERS = {
    "approvalId",
    "status",
    "agentId",
    "permissionId",
    "action",
    "vendor",
    "amount",
    "requestId",
    "createdAt",
    "expiresAt",
    "resolvedAt",
    "grantExpiresAt",
    "usedAt",
}


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may ship and run commands after approval."""
    made = Agent(demo, "Waiting")
    for action in ("ship", "execute_command"):
        made.grant(action, requiresApproval=True)
    return made


def read(agent: Agent, approval_id: str, query: str = "") -> requests.Response:
    """The approval as the agent sees it."""
    return agent.server.call("GET", f"/api/approvals/{approval_id}{query}", headers=agent.headers())


def status(agent: Agent, approval_id: str, query: str = "") -> str:
    """Its status."""
    answer = read(agent, approval_id, query)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["approval"]["status"]
    return found


def test_approval_shows_what_the_agent_asked_and_nothing_else(agent: Agent) -> None:
    """The agent sees its own request with all times, but neither the target nor who resolved it."""
    asked = agent.decide("ship", vendor="acme.example", amount=12.5)
    approval = read(agent, asked["approvalId"]).json()["approval"]
    assert set(approval) == MEMBERS
    assert (approval["approvalId"], approval["requestId"]) == (asked["approvalId"], asked["requestId"])
    assert (approval["agentId"], approval["action"]) == (agent.agent_id, "ship")
    assert (approval["vendor"], approval["amount"], approval["status"]) == ("acme.example", 12.5, "pending")
    assert approval["createdAt"] < approval["expiresAt"]
    assert (approval["resolvedAt"], approval["grantExpiresAt"], approval["usedAt"]) == (None, None, None)
    command = agent.decide("execute_command", policyContext={"toolInput": {"command": "rm -rf build"}})
    answer = read(agent, command["approvalId"])
    assert "rm -rf" not in answer.text and "resolvedBy" not in answer.text


def test_each_status_is_shown(agent: Agent) -> None:
    """Pending, approved, used, denied and expired are told apart, with the times that belong to them."""
    approval_id = agent.decide("ship")["approvalId"]
    assert status(agent, approval_id) == "pending"
    settle(agent.server, approval_id)
    approved = read(agent, approval_id).json()["approval"]
    assert approved["status"] == "approved"
    assert approved["resolvedAt"] < approved["grantExpiresAt"]
    assert agent.decide("ship")["allowed"] is True
    used = read(agent, approval_id).json()["approval"]
    assert (used["status"], used["usedAt"] is None) == ("used", False)
    denied = agent.decide("ship", vendor="other.example")["approvalId"]
    settle(agent.server, denied, "deny")
    assert status(agent, denied) == "denied"
    late = agent.decide("ship", vendor="late.example")["approvalId"]
    sql(agent.server, "UPDATE approval SET expires_at = 1 WHERE approval_id = ?", late)
    assert status(agent, late) == "expired"
    assert status(agent, late, "?wait=20") == "expired"


def test_other_agents_approvals_do_not_exist(agent: Agent) -> None:
    """Another agent's approval, of the same account, is not told apart from one that nobody has."""
    neighbour = Agent(agent.server)
    approval_id = agent.decide("ship")["approvalId"]
    for query in ("", "?wait=5"):
        theirs, missing = read(neighbour, approval_id, query), read(neighbour, "apr_AAAAAAAAAAAAAAAA", query)
        assert error_of(theirs) == NOT_FOUND
        assert theirs.text == missing.text


@pytest.mark.parametrize("wait", ["61", "-1", "1.5", "abc", "", "100", "1e1", "+5", "%205"])
def test_wait_is_a_whole_number_of_seconds(agent: Agent, wait: str) -> None:
    """Anything but 0 to 60 is refused with the rule, whatever the state of the approval."""
    approval_id = agent.decide("ship")["approvalId"]
    assert error_of(read(agent, approval_id, f"?wait={wait}")) == WAIT_RULE


def test_waiting_ends_when_the_time_is_up(agent: Agent) -> None:
    """Without a decision the answer comes after the time asked for, and says pending."""
    approval_id = agent.decide("ship")["approvalId"]
    assert status(agent, approval_id, "?wait=0") == "pending"
    start = time.monotonic()
    assert status(agent, approval_id, "?wait=2") == "pending"
    assert 1.9 < time.monotonic() - start < 10


@pytest.mark.threads
@pytest.mark.parametrize("verdict,expected", [("approve", "approved"), ("deny", "denied")])
def test_waiting_ends_when_another_process_resolves(agent: Agent, verdict: str, expected: str) -> None:
    """The command line of another process resolves it: whoever waits learns it at once, however many wait."""
    approval_id = agent.decide("ship")["approvalId"]
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(status, agent, approval_id, "?wait=25") for _ in range(20)]
        time.sleep(0.5)
        assert not any(one.done() for one in waiting)
        start = time.monotonic()
        settle(agent.server, approval_id, verdict)
        assert [one.result() for one in waiting] == [expected] * 20
        assert time.monotonic() - start < 15


@pytest.mark.threads
def test_waiting_holds_no_thread(server: Server) -> None:
    """While more answers wait than the server has threads, others are served as ever, and all end in the end."""
    agent = Agent(server)
    agent.grant("ship", requiresApproval=True)
    approval_id = agent.decide("ship")["approvalId"]
    with ThreadPoolExecutor(60) as pool:
        waiting = [pool.submit(status, agent, approval_id, "?wait=6") for _ in range(60)]
        time.sleep(1)
        for _ in range(10):
            assert agent.get().status_code == 200
            assert agent.decide("ship")["approvalId"] == approval_id
        assert not any(one.done() for one in waiting)
        assert [one.result() for one in waiting] == ["pending"] * 60


@pytest.mark.threads
def test_stop_answers_whoever_waits(server: Server) -> None:
    """SIGTERM answers a waiting agent with the state as it is, and the server ends at once."""
    agent = Agent(server)
    agent.grant("ship", requiresApproval=True)
    approval_id = agent.decide("ship")["approvalId"]
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(status, agent, approval_id, "?wait=60") for _ in range(5)]
        time.sleep(0.5)
        start = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - start < 8
        assert [one.result() for one in waiting] == ["pending"] * 5


def test_waiting_answers_of_one_agent_are_limited(server: Server) -> None:
    """The hundred and first waiting answer of an agent is refused; without waiting it is served."""
    agent = Agent(server)
    agent.grant("ship", requiresApproval=True)
    approval_id = agent.decide("ship")["approvalId"]
    with ThreadPoolExecutor(100) as pool:
        waiting = [pool.submit(status, agent, approval_id, "?wait=5") for _ in range(100)]
        time.sleep(1.5)
        refused = read(agent, approval_id, "?wait=5")
        assert error_of(refused) == (429, "Too many streams and waiting requests of this caller are open.")
        assert status(agent, approval_id) == "pending"
        assert [one.result() for one in waiting] == ["pending"] * 100
