# SPDX-License-Identifier: Apache-2.0
"""The event stream of requests for approval: every change, at once, as the list shows it to whoever listens."""

import sqlite3
import threading
from contextlib import closing
from typing import Any, Optional

import pytest

from api_support import Agent, now_ms, other_account, sql
from api_support import settle as settle_by_command
from approval_support import APPROVALS, approve, ask, listed, settle
from event_stream import EventStream
from harness import Server
from people_support import Person

STREAM = f"{APPROVALS}/stream"
AT_ONCE = 1000  # changes that the server reads in one go


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may ship, each time after approval."""
    made = Agent(demo, "Shipper")
    made.grant("ship", requiresApproval=True)
    return made


@pytest.fixture()
def owner(demo: Server) -> Person:
    """An owner of the demo account."""
    return Person(demo)


def listen(person: Person, headers: Optional[dict[str, str]] = None, buffer: int = 0) -> EventStream:
    """The stream, with the person's session unless told."""
    return EventStream(person.server, STREAM, headers or person.by_session(), buffer)


def begin(stream: EventStream) -> int:
    """Takes the greeting: how many wait."""
    event = stream.next()
    assert event is not None and event.name == "ready"
    pending: int = event.data["pending"]
    return pending


def next_of(stream: EventStream, approval_id: str, status: str, seconds: float = 20.0) -> dict[str, Any]:
    """The next event, which must be this one."""
    event = stream.next(seconds)
    assert event is not None and event.name == "approval"
    row: dict[str, Any] = event.data
    assert (row["approvalId"], row["status"]) == (approval_id, status)
    return row


def shown(person: Person, approval_id: str) -> dict[str, Any]:
    """The row as the list shows it."""
    (row,) = [row for row in listed(person, status="all") if row["approvalId"] == approval_id]
    return row


def test_each_change_comes_as_the_list_shows_it(agent: Agent, owner: Person) -> None:
    """Requested, approved and used: each arrives by itself and looks as in the list at that moment."""
    with listen(owner) as stream:
        assert (stream.status, stream.headers["Content-Type"]) == (200, "text/event-stream")
        assert stream.headers["X-Accel-Buffering"] == "no"
        begin(stream)
        approval_id = ask(agent, vendor="dock")
        assert next_of(stream, approval_id, "pending") == shown(owner, approval_id)
        approve(owner, approval_id)
        assert next_of(stream, approval_id, "approved") == shown(owner, approval_id)
        assert agent.decide("ship", vendor="dock")["allowed"]
        assert next_of(stream, approval_id, "used") == shown(owner, approval_id)


def test_a_denial_comes(agent: Agent, owner: Person) -> None:
    """A denial by somebody else arrives, with their name."""
    other = Person(agent.server)
    approval_id = ask(agent)
    with listen(owner) as stream:
        begin(stream)
        settle(other, approval_id, "deny")
        assert next_of(stream, approval_id, "denied")["resolvedBy"] == other.email


def test_a_change_by_another_process_comes(agent: Agent, owner: Person) -> None:
    """What is settled on the server's command line arrives too."""
    approval_id = ask(agent)
    with listen(owner) as stream:
        begin(stream)
        settle_by_command(agent.server, approval_id)
        assert next_of(stream, approval_id, "approved")["resolvedBy"] == "admin command"


@pytest.mark.parametrize("column, status", [("expires_at", "pending"), ("grant_expires_at", "approved")])
def test_what_passes_its_time_comes_as_expired(agent: Agent, owner: Person, column: str, status: str) -> None:
    """A request, or a grant, whose time ends while somebody listens arrives as expired, though nothing is written."""
    approval_id = ask(agent)
    if status == "approved":
        approve(owner, approval_id)
    with listen(owner) as stream:
        begin(stream)
        sql(agent.server, f"UPDATE approval SET {column} = ? WHERE approval_id = ?", now_ms() + 1500, approval_id)
        assert next_of(stream, approval_id, "expired") == shown(owner, approval_id)


def test_an_expired_request_that_is_made_anew_comes(agent: Agent, owner: Person) -> None:
    """When an agent asks again after its request has expired, the new request arrives."""
    approval_id = ask(agent)
    sql(agent.server, "UPDATE approval SET expires_at = ? WHERE approval_id = ?", now_ms() - 60000, approval_id)
    with listen(owner) as stream:
        begin(stream)
        again = ask(agent)
        assert again != approval_id
        found = {(event.data["approvalId"], event.data["status"]) for event in stream.take(2)}
        assert found == {(approval_id, "expired"), (again, "pending")}


def test_the_beginning_counts_what_waits(agent: Agent, owner: Person) -> None:
    """The greeting says how many requests wait, as the list does; old ones are not sent."""
    for vendor in "abc":
        ask(agent, vendor=vendor)
    settle(owner, ask(agent, vendor="d"), "deny")
    with listen(owner) as stream:
        pending = begin(stream)
        with pytest.raises(TimeoutError):
            stream.next(0.5)
    ((waiting,),) = sql(
        agent.server,
        "SELECT count(*) FROM approval WHERE status = 'pending' AND expires_at > ? AND account ="
        " (SELECT account FROM agent WHERE agent_id = ?)",
        now_ms(),
        agent.agent_id,
    )
    assert pending == waiting >= 3


def test_other_accounts_hear_nothing(agent: Agent, owner: Person) -> None:
    """Requests of another account are neither sent nor counted."""
    server = agent.server
    token = other_account(server)
    with EventStream(server, STREAM, server.as_developer(token)) as stream:
        assert begin(stream) == 0
        approve(owner, ask(agent))
        with pytest.raises(TimeoutError):
            stream.next(1.5)


def test_each_listener_sees_what_they_may_do(agent: Agent, owner: Person) -> None:
    """The same request can be approved by an owner, and neither by a viewer nor through a token."""
    viewer = Person(agent.server, "viewer")
    token = agent.server.as_developer(owner.token)
    with listen(owner) as first, listen(viewer) as second, listen(owner, token) as third:
        for stream in (first, second, third):
            begin(stream)
        approval_id = ask(agent)
        verdicts = [next_of(stream, approval_id, "pending")["canApprove"] for stream in (first, second, third)]
    assert verdicts == [True, False, False]


def test_each_change_is_whole_for_every_listener(agent: Agent, owner: Person) -> None:
    """Of several changes at once each listener gets each one by itself, as their own list shows it."""
    viewer = Person(agent.server, "viewer")
    with listen(owner) as first, listen(viewer) as second:
        begin(first)
        begin(second)
        wanted = [ask(agent, vendor=f"vendor-{number}") for number in range(3)]
        for person, stream in ((owner, first), (viewer, second)):
            for approval_id in wanted:
                assert next_of(stream, approval_id, "pending") == shown(person, approval_id)


def test_a_new_role_counts_at_once(agent: Agent, owner: Person) -> None:
    """Who becomes a viewer while listening is shown that they may not approve."""
    person = Person(agent.server, "approver")
    with listen(person) as stream:
        begin(stream)
        person.set_role("viewer")
        assert not next_of(stream, ask(agent), "pending")["canApprove"]


@pytest.mark.parametrize("end", ["sign out", "leave", "token"])
def test_a_stream_ends_with_its_credential(agent: Agent, end: str) -> None:
    """Without its session, its member or its token a stream ends within moments."""
    person = Person(agent.server)
    headers = agent.server.as_developer(person.token) if end == "token" else person.by_session()
    with listen(person, headers) as stream:
        begin(stream)
        if end == "sign out":
            person.call("POST", "/api/auth/logout")
        else:
            person.leave()
        assert stream.next(5) is None


def test_no_change_is_missed(agent: Agent, owner: Person) -> None:
    """With many changes at once, each request is last seen in the state that it ends in."""
    agents = [Agent(agent.server, f"Shipper {number}") for number in range(4)]
    for one in agents:
        one.grant("ship", requiresApproval=True)

    def work(one: Agent) -> None:
        for number in range(20):
            approval_id = ask(one, vendor=f"v{number}")
            if number % 2:
                settle(owner, approval_id, "approve" if number % 4 == 1 else "deny")
            if number % 4 == 1:
                assert one.decide("ship", vendor=f"v{number}")["allowed"]

    last: dict[str, str] = {}
    names = {one.agent_id for one in agents}
    with listen(owner) as stream:
        begin(stream)
        threads = [threading.Thread(target=work, args=(one,)) for one in agents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        mark = ask(agent, vendor="the last")
        while mark not in last:
            event = stream.next()
            assert event is not None and event.name == "approval"
            last[event.data["approvalId"]] = event.data["status"]
    rows = listed(owner, status="all")
    expected = {row["approvalId"]: row["status"] for row in rows if row["agentId"] in names}
    assert len(expected) == 80
    assert {key: last.get(key) for key in expected} == expected


def copy_many(server: Server, approval_id: str, count: int) -> None:
    """So many used requests like that one, in one transaction, as another process would."""
    (path,) = server.data_dir.glob("*.db")
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE approval_change SET number = number + 1")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO approval"
            " (approval_id, account, agent, tuple, status, action, vendor, request_row, created_at, expires_at,"
            " resolved_at, grant_expires_at, used_at, change_number) SELECT approval_id || i, account, agent, tuple,"
            " 'used', action, vendor, request_row, created_at, expires_at, created_at, expires_at, created_at,"
            " (SELECT number FROM approval_change) FROM approval, n WHERE approval_id = ?",
            (count, approval_id),
        )
        connection.execute("COMMIT")


@pytest.mark.parametrize("count", [900, 1200], ids=["that may fit", "that do not"])
def test_who_missed_something_is_told_to_list_anew(agent: Agent, owner: Person, count: int) -> None:
    """Of many changes at once all come, or a listener hears that some were left out; then comes what changes then."""
    approval_id = ask(agent, vendor="x" * 150)
    with listen(owner) as stream:
        begin(stream)
        copy_many(agent.server, approval_id, count)
        sent = 0
        refreshed = False
        while not refreshed and sent < count:
            event = stream.next()
            assert event is not None and event.name in ("approval", "refresh")
            refreshed = event.name == "refresh"
            sent += not refreshed
        assert refreshed or count < AT_ONCE
        approve(owner, approval_id)
        next_of(stream, approval_id, "approved")


def test_the_list_is_filtered_by_action(agent: Agent, owner: Person) -> None:
    """Only requests of exactly that action are listed, also within an agent and a state."""
    agent.grant("shipping", requiresApproval=True)
    first, second = ask(agent, "ship"), ask(agent, "shipping")
    settle(owner, second, "deny")
    query: dict[str, Any] = {"agentId": agent.agent_id, "status": "all"}
    assert [row["approvalId"] for row in listed(owner, **query, action="ship")] == [first]
    assert [row["approvalId"] for row in listed(owner, **query, action="shipping")] == [second]
    assert listed(owner, agentId=agent.agent_id, action="shipping") == []
    assert listed(owner, **query, action="shi") == []
    assert {row["action"] for row in listed(owner, status="all", action="shipping")} == {"shipping"}
    assert len(listed(owner, **query, action="")) == 2
