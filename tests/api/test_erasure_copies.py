# SPDX-License-Identifier: Apache-2.0
"""What repeats content of an erased entry elsewhere: events, approvals, kept answers. It goes with the entry."""

import json
from typing import Any, Callable

import pytest

from api_support import ALLOWED_BY_GRANT, Agent, sql
from approval_support import approve, listed, settle, show
from harness import Server
from people_support import Person
from receiver import Receiver, Reply
from webhook_calls import ALLOW_PRIVATE, EVENTS, create, event_of, get, let_die, wait_until

LOGS = "/api/dashboard/logs"
DECISIONS = ["verification.allowed", "verification.approval_required"]
APPROVALS = ["approval.requested", "approval.approved", "approval.denied", "approval.used"]


@pytest.fixture(name="server")
def server_fixture(start_server: Callable[..., Server]) -> Server:
    """A server that may deliver to this machine."""
    return start_server(ALLOW_PRIVATE)


@pytest.fixture(name="agent")
def agent_fixture(server: Server) -> Agent:
    """An agent that may act, and ship after approval."""
    agent = Agent(server)
    agent.grant("zanzibar")
    agent.grant("ship", requiresApproval=True)
    return agent


@pytest.fixture(name="owner")
def owner_fixture(server: Server) -> Person:
    """An owner of the account."""
    return Person(server)


def erase(person: Person, request_id: str) -> None:
    """Erases one entry."""
    assert person.call("DELETE", f"{LOGS}/{request_id}").status_code == 200


def erase_all(person: Person) -> None:
    """Erases all entries; returns when they have been blanked."""
    assert person.call("DELETE", LOGS, {"confirm": "delete all logs"}).status_code == 200
    wait_until(lambda: all(entry["done"] for entry in person.get(f"{LOGS}/erasures")["erasures"]))


def look_again(person: Person) -> None:
    """What had to wait is looked at now, as if a minute had passed."""
    sql(person.server, "UPDATE erase_later SET check_at = 0")
    assert person.call("DELETE", LOGS, {"confirm": "delete all logs"}).status_code == 200
    wait_until(lambda: sql(person.server, "SELECT count(*) FROM erase_later WHERE check_at = 0") == [(0,)])


def events(server: Server, **query: Any) -> list[dict[str, Any]]:
    """The account's events, oldest first."""
    rows: list[dict[str, Any]] = get(server, EVENTS, limit=100, **query)["events"]
    return rows[::-1]


def payloads(server: Server) -> dict[str, list[str]]:
    """Of each type: whether each event has its payload."""
    found: dict[str, list[str]] = {}
    for event in events(server):
        found.setdefault(event["type"], []).append("erased" if event["payload"] is None else "whole")
    return found


def delivered(server: Server, count: int) -> None:
    """Returns once so many events are completed."""
    wait_until(lambda: len(events(server, status="completed")) == count)


def stored(server: Server, text: bytes) -> list[str]:
    """The files of the data folder in which the bytes are found."""
    return [path.name for path in server.data_dir.iterdir() if path.is_file() and text in path.read_bytes()]


def test_delivered_events_lose_their_payload(server: Server, agent: Agent, owner: Person) -> None:
    """With an entry go the payloads of its delivered events, and of no others; the events themselves stay listed."""
    with Receiver() as receiver:
        create(server, receiver.url, DECISIONS)
        made = [agent.decide("zanzibar")["requestId"] for _ in range(3)]
        delivered(server, 3)
        erase(owner, made[1])
        assert payloads(server) == {"verification.allowed": ["whole", "erased", "whole"]}
        kept = [event["payload"]["data"]["requestId"] for event in events(server) if event["payload"]]
        assert kept == [made[0], made[2]]
        gone = events(server)[1]
        assert (gone["status"], gone["type"], gone["agentId"]) == ("completed", "verification.allowed", agent.agent_id)
        assert stored(server, made[1].encode()) == []
        erase_all(owner)
        assert payloads(server) == {"verification.allowed": ["erased"] * 3}
        wait_until(lambda: stored(server, b"zanzibar") in ([], ["behalf.db"]))
        assert sql(server, "SELECT count(*) FROM event WHERE payload LIKE '%zanzibar%'") == [(0,)]
        assert len(receiver.requests) == 3


def test_an_event_on_its_way_is_delivered_first(server: Server, agent: Agent, owner: Person) -> None:
    """An event that is not delivered yet is shown without payload, delivered whole, and blanked then."""
    with Receiver(lambda _request, number: Reply(500 if number == 0 else 200)) as receiver:
        create(server, receiver.url, DECISIONS)
        request_id = agent.decide("zanzibar")["requestId"]
        receiver.wait(1)
        wait_until(lambda: events(server)[0]["attempts"] == 1)
        erase(owner, request_id)
        assert payloads(server) == {"verification.allowed": ["erased"]}
        look_again(owner)
        assert sql(server, "SELECT count(*) FROM event WHERE payload <> ''") == [(1,)]
        sql(server, "UPDATE delivery SET next_attempt_at = 1 WHERE status = 'pending'")
        sql(server, "UPDATE outbox_state SET version = version + 1")
        assert json.loads(receiver.wait(2)[1].body)["data"]["requestId"] == request_id
        delivered(server, 1)
        look_again(owner)
        assert sql(server, "SELECT count(*) FROM event WHERE payload <> ''") == [(0,)]
        assert sql(server, "SELECT count(*) FROM erase_later") == [(0,)]


def test_a_dead_letter_cannot_be_replayed_any_more(server: Server, agent: Agent, owner: Person) -> None:
    """What was given up on has nothing to send once its entry is erased, so it is no dead letter any more."""
    create(server, None, DECISIONS)
    request_id = agent.decide("zanzibar")["requestId"]
    event_id = events(server)[0]["eventId"]
    let_die(server, event_id)
    erase(owner, request_id)
    event = event_of(server, event_id)
    assert (event["payload"], event["deadLetter"], event["status"]) == (None, False, "failed")
    assert owner.call("POST", f"{EVENTS}/{event_id}/replay").status_code == 409


def test_an_approval_goes_when_it_has_ended(server: Server, agent: Agent, owner: Person) -> None:
    """An approval whose entry is erased waits on for its verdict; once it has ended, it and its events go."""
    with Receiver() as receiver:
        create(server, receiver.url, APPROVALS)
        decision = agent.decide("ship", vendor="zanzibar.example")
        approval_id = decision["approvalId"]
        other = agent.decide("ship", vendor="other.example")["approvalId"]
        erase(owner, decision["requestId"])
        look_again(owner)
        assert show(owner, approval_id)["vendor"] == "zanzibar.example"
        assert settle(owner, approval_id, "deny").status_code == 200
        look_again(owner)
        assert show(owner, approval_id)["status"] == "denied", "nobody may be asked again yet"
        for column in ("approval SET resolved_at = resolved_at", "event SET created_at = created_at"):
            sql(server, f"UPDATE {column} - 60000")  # as if that minute had passed
        delivered(server, 3)
        look_again(owner)
        assert [approval["approvalId"] for approval in listed(owner, status="all")] == [other]
        assert payloads(server)["approval.denied"] == ["erased"]
        assert sql(server, "SELECT count(*) FROM erase_later WHERE kind = 2") == [(1,)]


def test_a_used_approval_goes_with_the_entry_that_used_it(server: Server, agent: Agent, owner: Person) -> None:
    """Erasing the entry of a call that spent a grant removes the approval, and blanks what was told of it."""
    with Receiver() as receiver:
        create(server, receiver.url, APPROVALS)
        asked = agent.decide("ship", vendor="zanzibar.example")
        approve(owner, asked["approvalId"])
        used = agent.decide("ship", vendor="zanzibar.example")
        assert used["reason"] == ALLOWED_BY_GRANT
        delivered(server, 3)
        erase(owner, used["requestId"])
        assert listed(owner, status="all") == []
        assert payloads(server) == {
            "approval.requested": ["whole"],
            "approval.approved": ["erased"],
            "approval.used": ["erased"],
        }
        erase(owner, asked["requestId"])
        assert payloads(server)["approval.requested"] == ["erased"]


def test_a_call_that_only_found_the_approval_waiting_leaves_it(server: Server, agent: Agent, owner: Person) -> None:
    """An entry that names an approval which another call opened takes nothing of it along."""
    asked = agent.decide("ship")
    again = agent.decide("ship")
    assert again["approvalId"] == asked["approvalId"]
    assert settle(owner, asked["approvalId"], "deny").status_code == 200
    sql(server, "UPDATE approval SET resolved_at = resolved_at - 60000")
    erase(owner, again["requestId"])
    assert [approval["approvalId"] for approval in listed(owner, status="all")] == [asked["approvalId"]]
    erase(owner, asked["requestId"])
    assert listed(owner, status="all") == []


def test_the_kept_answer_goes(server: Server, agent: Agent, owner: Person) -> None:
    """The answer kept for an idempotency key goes with its entry, and the key can be used anew; others stay."""
    keys = [{"Idempotency-Key": f"key-{number}"} for number in range(3)]
    made = [agent.decide("zanzibar", key)["requestId"] for key in keys]
    erase(owner, made[1])
    assert sql(server, "SELECT count(*) FROM idempotency WHERE answer LIKE ?", f"%{made[1]}%") == [(0,)]
    again = [agent.decide("zanzibar", key)["requestId"] for key in keys]
    assert again[0] == made[0] and again[2] == made[2] and again[1] not in made
    erase_all(owner)
    assert sql(server, "SELECT count(*) FROM idempotency") == [(0,)]


def test_erasing_all_takes_the_copies_of_all_and_of_nobody_else(server: Server, agent: Agent, owner: Person) -> None:
    """All copies of an account's entries go in the background, those of other accounts and of later entries stay."""
    with Receiver() as receiver:
        create(server, receiver.url, DECISIONS)
        for number in range(300):
            agent.decide("zanzibar", {"Idempotency-Key": str(number)})
        delivered_all = "SELECT count(DISTINCT event) FROM delivery_attempt"
        wait_until(lambda: sql(server, delivered_all) == [(300,)])
        sql(server, "UPDATE event SET account = account + 1000 WHERE id = 7")
        erase_all(owner)
        later = agent.decide("zanzibar", {"Idempotency-Key": "later"})["requestId"]
        assert sql(server, "SELECT id FROM event WHERE payload <> '' ORDER BY id") == [(7,), (301,)]
        assert agent.decide("zanzibar", {"Idempotency-Key": "later"})["requestId"] == later
        assert sql(server, "SELECT count(*) FROM idempotency") == [(1,)]
