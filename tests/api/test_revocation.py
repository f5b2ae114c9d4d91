# SPDX-License-Identifier: Apache-2.0
"""A change of policy is in force for every call that begins after it was acknowledged."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Callable

import pytest
import requests

from api_support import DISABLED, NO_PERMISSION, REVOKED, Agent, change_policy, developer_call, sql
from harness import Server

CALLERS = 8


def disable(agent: Agent) -> None:
    """Disables the agent."""
    assert developer_call(agent.server, "POST", f"/api/dashboard/agents/{agent.agent_id}/disable").status_code == 200


def enable(agent: Agent) -> None:
    """Enables the agent."""
    assert developer_call(agent.server, "POST", f"/api/dashboard/agents/{agent.agent_id}/enable").status_code == 200


def rotate(agent: Agent) -> None:
    """Rotates the key, and forgets the new one."""
    path = f"/api/dashboard/agents/{agent.agent_id}/rotate-key"
    assert developer_call(agent.server, "POST", path).status_code == 200


# ---- the very next call ----


def test_revocation_is_in_force_at_the_next_call(demo: Server) -> None:
    """Grant and revoke in turns: each next call is decided on the newest policy."""
    agent = Agent(demo)
    for _ in range(15):
        permission_id = agent.grant("act")
        assert agent.decide("act")["allowed"] is True
        agent.revoke(permission_id)
        decision = agent.decide("act")
        assert (decision["allowed"], decision["reason"]) == (False, REVOKED)


def test_disabling_is_in_force_at_the_next_call(demo: Server) -> None:
    """Disable and enable in turns: each next call is decided accordingly."""
    agent = Agent(demo)
    agent.grant("act")
    for _ in range(15):
        assert agent.decide("act")["allowed"] is True
        disable(agent)
        assert agent.decide("act")["reason"] == DISABLED
        enable(agent)


@pytest.mark.parametrize("path", ["/api/agents/{}/rotate-key", "/api/dashboard/agents/{}/rotate-key"])
def test_rotation_is_in_force_at_the_next_call(demo: Server, path: str) -> None:
    """Each rotation closes the old key and opens the new one for the next call."""
    agent = Agent(demo)
    agent.grant("act")
    for _ in range(10):
        assert agent.decide("act")["allowed"] is True
        headers = demo.as_developer() if "dashboard" in path else agent.headers()
        answer = demo.call("POST", path.replace("{}", agent.agent_id), headers=headers)
        assert answer.status_code == 200
        assert agent.verify("act").status_code == 401
        agent.api_key = answer.json()["apiKey"]


def test_a_new_block_is_in_force_at_the_next_call(demo: Server) -> None:
    """A permission that only blocks takes away what another one allows."""
    agent = Agent(demo)
    agent.grant("act")
    assert agent.decide("act")["allowed"] is True
    blocker = agent.grant("other", blockedActions=["act"])
    assert agent.decide("act")["allowed"] is False
    agent.revoke(blocker)
    assert agent.decide("act")["allowed"] is True


def test_other_agents_keep_their_policy(demo: Server) -> None:
    """A change for one agent changes nothing for another of the account, also after many changes."""
    changed, steady = Agent(demo), Agent(demo)
    steady.grant("act")
    for _ in range(10):
        permission_id = changed.grant("act")
        assert (changed.decide("act")["allowed"], steady.decide("act")["allowed"]) == (True, True)
        changed.revoke(permission_id)
        assert (changed.decide("act")["allowed"], steady.decide("act")["allowed"]) == (False, True)


def test_restart_keeps_a_revocation(server: Server) -> None:
    """What was revoked stays revoked after a crash that follows the acknowledgement at once."""
    agent = Agent(server)
    permission_id = agent.grant("act")
    assert agent.decide("act")["allowed"] is True
    agent.revoke(permission_id)
    server.kill()
    server.start()
    assert agent.decide("act")["reason"] == REVOKED


# ---- the version that every decision is checked against ----


def versions(agent: Agent) -> tuple[int, int]:
    """The policy version of the agent's account, and of the agent."""
    statement = (
        "SELECT account.policy_version, agent.policy_version FROM agent JOIN account ON account.id = agent.account"
        " WHERE agent_id = ?"
    )
    ((of_account, of_agent),) = sql(agent.server, statement, agent.agent_id)
    return of_account, of_agent


def test_each_change_raises_the_versions(server: Server) -> None:
    """Grant, revoke, disable, enable and rotate raise the versions of account and agent, of no other agent."""
    agent, other = Agent(server), Agent(server)
    ids: list[str] = []
    changes: list[Callable[[], object]] = [
        lambda: ids.append(agent.grant("act")),
        lambda: agent.revoke(ids[0]),
        lambda: disable(agent),
        lambda: enable(agent),
        lambda: rotate(agent),
    ]
    for number, change in enumerate(changes):
        of_account, of_agent = versions(agent)
        of_other = versions(other)[1]
        change()
        assert versions(agent)[0] > of_account, number
        assert versions(agent)[1] > of_agent, number
        assert versions(other)[1] == of_other, number


# ---- a change by another process ----


def test_revocation_by_another_process(demo: Server) -> None:
    """A permission revoked in the database by another process is revoked for the next call."""
    agent = Agent(demo)
    for _ in range(5):
        permission_id = agent.grant("act")
        assert agent.decide("act")["allowed"] is True
        change_policy(
            demo, agent.agent_id, "UPDATE permission SET status = 'revoked' WHERE permission_id = ?", permission_id
        )
        assert agent.decide("act")["reason"] == REVOKED


def test_disabling_by_another_process(demo: Server) -> None:
    """An agent disabled in the database by another process is denied at the next call."""
    agent = Agent(demo)
    agent.grant("act")
    assert agent.decide("act")["allowed"] is True
    change_policy(demo, agent.agent_id, "UPDATE agent SET status = 'disabled' WHERE agent_id = ?", agent.agent_id)
    assert agent.decide("act")["reason"] == DISABLED


def test_removal_by_another_process(demo: Server) -> None:
    """A permission deleted by another process permits nothing any more."""
    agent = Agent(demo)
    permission_id = agent.grant("act")
    assert agent.decide("act")["allowed"] is True
    change_policy(demo, agent.agent_id, "DELETE FROM permission WHERE permission_id = ?", permission_id)
    assert agent.decide("act")["reason"] == NO_PERMISSION


def test_rotation_by_another_process(demo: Server) -> None:
    """A key replaced in the database by another process opens nothing any more, though it was cached."""
    agent = Agent(demo)
    agent.grant("act")
    assert agent.decide("act")["allowed"] is True
    change_policy(demo, agent.agent_id, "UPDATE agent SET key_hash = randomblob(32) WHERE agent_id = ?", agent.agent_id)
    for _ in range(3):
        assert agent.verify("act").status_code == 401
    assert sql(
        demo,
        "SELECT count(*) FROM audit WHERE permission_id IN (SELECT permission_id FROM permission"
        " WHERE agent = (SELECT id FROM agent WHERE agent_id = ?))",
        agent.agent_id,
    ) == [(1,)]


# ---- while many callers are at it ----


class Callers:
    """Threads that verify without a pause and note when each answer was asked for, and what it was."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.stop = threading.Event()
        self.seen: list[tuple[float, int, bool]] = []
        self.threads = [threading.Thread(target=self.run) for _ in range(CALLERS)]

    def run(self) -> None:
        """One caller: begin, status, allowed of each call."""
        url = self.agent.server.base_url + "/api/verify"
        body = {"agentId": self.agent.agent_id, "action": "act"}
        with requests.Session() as session:
            session.headers.update(self.agent.headers())
            while not self.stop.is_set():
                begin = time.monotonic()
                answer = session.post(url, json=body, timeout=30)
                self.seen.append((begin, answer.status_code, answer.json().get("allowed") is True))

    def __enter__(self) -> "Callers":
        for thread in self.threads:
            thread.start()
        self.wait_for(3 * CALLERS)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Returns after that many further answers."""
        target = len(self.seen) + more
        deadline = time.monotonic() + 30
        while len(self.seen) < target and time.monotonic() < deadline:
            time.sleep(0.002)
        assert len(self.seen) >= target

    def allowed_after(self, moment: float) -> int:
        """How many calls that began after the moment were allowed."""
        return sum(1 for begin, _, allowed in self.seen if begin > moment and allowed)


def revoke_all(agent: Agent) -> None:
    """Revokes every active permission."""
    for permission in agent.get().json()["permissions"]:
        if permission["status"] == "active":
            agent.revoke(permission["permissionId"])


def revoke_from_outside(agent: Agent) -> None:
    """Revokes in the database, as another process."""
    statement = "UPDATE permission SET status = 'revoked' WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    change_policy(agent.server, agent.agent_id, statement, agent.agent_id)


@pytest.mark.threads
@pytest.mark.parametrize("change", [revoke_all, disable, rotate, revoke_from_outside])
def test_no_allow_after_the_acknowledgement(demo: Server, change: Callable[[Agent], None]) -> None:
    """Eight callers are allowed until the change; of the calls that begin after its answer none is."""
    for _ in range(3):
        agent = Agent(demo)
        agent.grant("act")
        with Callers(agent) as callers:
            change(agent)
            acknowledged = time.monotonic()
            callers.wait_for(5 * CALLERS)
        assert callers.allowed_after(0) > 0
        assert callers.allowed_after(acknowledged) == 0
        assert {status for _, status, _ in callers.seen} <= {200, 401}


@pytest.mark.threads
def test_no_allowed_row_follows_a_denied_one(demo: Server) -> None:
    """In the order of the log all allowed rows come before all revoked ones: the change has one place in it."""
    agent = Agent(demo)
    permission_id = agent.grant("act")
    with Callers(agent) as callers:
        agent.revoke(permission_id)
        callers.wait_for(5 * CALLERS)
    statement = "SELECT status, updated_at FROM permission WHERE permission_id = ?"
    ((status, revoked_at),) = sql(demo, statement, permission_id)
    assert status == "revoked"
    rows = agent.logs(limit=500)["logs"]
    allowed = [row["allowed"] for row in reversed(rows)]
    assert allowed == sorted(allowed, reverse=True)
    assert False in allowed
    assert len(rows) == min(500, len(callers.seen))
    assert isinstance(revoked_at, int)


@pytest.mark.threads
def test_policy_in_turmoil(demo: Server) -> None:
    """While permissions come and go and callers ask, each answer is one of the two policies, and the last wins."""
    agent = Agent(demo)

    def turn(number: int) -> None:
        permission_id = agent.grant("act", notes=str(number))
        agent.decide("act")
        agent.revoke(permission_id)

    with Callers(agent) as callers:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(turn, range(40)))
        acknowledged = time.monotonic()
        callers.wait_for(3 * CALLERS)
    assert callers.allowed_after(acknowledged) == 0
    assert {status for _, status, _ in callers.seen} == {200}
    assert agent.decide("act")["reason"] == REVOKED


def test_an_expiry_that_passes_while_the_decision_waits_denies(server: Server) -> None:
    """A decision whose permission expires before the transaction begins is a deny, however long it waited."""
    agent = Agent(server)
    expires_at = time.time() + 1.5
    stamp = datetime.fromtimestamp(expires_at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    agent.grant("act", constraints={"expiresAt": stamp})
    assert agent.decide("act")["allowed"] is True
    other = sqlite3.connect(server.data_dir / "behalf.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(agent.decide, "act")
        time.sleep(max(0.0, expires_at - time.time()) + 0.3)
        other.execute("ROLLBACK")
        other.close()
        assert waiting.result()["reason"] == "Permission has expired."
