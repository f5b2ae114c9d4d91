# SPDX-License-Identifier: Apache-2.0
"""What people are told of the background check of the log's chain."""

import time
from typing import Any

from api_support import Agent, error_of, other_account, sql
from harness import Server
from log_support import Person

AUDIT = "/api/dashboard/audit"


def chain(server: Server, token: str = "") -> dict[str, Any]:
    """What the check says, to the holder of a token."""
    answer = server.call("GET", AUDIT, headers=server.as_developer(token or None))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wait_for(server: Server, **expected: Any) -> dict[str, Any]:
    """What the check says once it says this."""
    deadline = time.monotonic() + 30
    while True:
        found = chain(server)
        if all(found[key] == value for key, value in expected.items()):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def count(server: Server) -> int:
    """Entries of the log."""
    ((rows,),) = sql(server, "SELECT count(*) FROM audit")
    return int(rows)


def test_an_honest_log_is_verified_to_its_end(server: Server) -> None:
    """Soon after the start all entries are verified, and soon after new ones these are, too."""
    agent = Agent(server)
    for _ in range(2):
        for _ in range(7):
            agent.decide("act")
        made = count(server)
        found = wait_for(server, state="verified", entries=made, verifiedThrough=made)
        assert set(found) == {"state", "entries", "verifiedThrough", "verifiedAt", "brokenAt", "checkpoint"}
        assert found["brokenAt"] is None and found["verifiedAt"] is not None
    deadline = time.monotonic() + 30
    while chain(server)["checkpoint"]["size"] < made:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    newest = server.call("GET", "/api/audit/checkpoint").json()["checkpoint"]
    assert chain(server)["checkpoint"] == newest


def test_an_altered_entry_is_named_to_its_account_alone(server: Server) -> None:
    """A server that starts on an altered log says where it is broken, logs it once, and goes on working."""
    agent = Agent(server)
    made = [agent.decide("act")["requestId"] for _ in range(9)]
    stranger = other_account(server)
    wait_for(server, state="verified", verifiedThrough=count(server))
    server.stop()
    ((row,),) = sql(server, "SELECT max(id) - 4 FROM audit")
    sql(server, "UPDATE audit SET vendor = 'another' WHERE id = ?", row)
    server.start()
    found = wait_for(server, state="broken")
    assert found["brokenAt"] == made[4]
    assert (found["entries"], found["verifiedThrough"], found["verifiedAt"]) == (count(server), row - 1, None)
    theirs = chain(server, stranger)
    assert (theirs["state"], theirs["brokenAt"]) == ("broken", None)
    agent.decide("act")
    time.sleep(1.5)
    assert chain(server)["state"] == "broken"
    assert server.log().count("the audit log is not intact") == 1


def test_missing_entries_break_it_without_a_name(server: Server) -> None:
    """Where entries are gone there is none to name."""
    agent = Agent(server)
    for _ in range(9):
        agent.decide("act")
    server.stop()
    sql(server, "DELETE FROM audit WHERE id = (SELECT max(id) - 4 FROM audit)")
    server.start()
    assert wait_for(server, state="broken")["brokenAt"] is None


def test_erased_entries_do_not_break_it(server: Server) -> None:
    """What an owner erases leaves the log verified, before and after a start."""
    person = Person(server)
    agent = Agent(server)
    for _ in range(9):
        agent.decide("act")
    wait_for(server, state="verified", verifiedThrough=count(server))
    person.erase_all()
    agent.decide("act")
    made = count(server)
    wait_for(server, state="verified", entries=made, verifiedThrough=made)
    server.stop()
    server.start()
    wait_for(server, state="verified", entries=made, verifiedThrough=made)


def test_it_needs_a_person(demo: Server) -> None:
    """Neither nobody nor an agent's key is told."""
    nobody: dict[str, str] = {}
    for headers in (nobody, demo.as_agent()):
        assert error_of(demo.call("GET", AUDIT, headers=headers))[0] == 401


def test_a_long_log_is_verified_in_steps(server: Server) -> None:
    """Several steps' worth of entries are verified after a start; until then it says so, and counts up."""
    agent = Agent(server)
    for number in range(1200):
        agent.decide("act", amount=number)
    made = count(server)
    server.stop()
    server.start()
    seen = [chain(server)]
    while seen[-1]["state"] != "verified":
        assert seen[-1]["state"] == "verifying" and seen[-1]["verifiedAt"] is None
        time.sleep(0.02)
        seen.append(chain(server))
    checked = [found["verifiedThrough"] for found in seen]
    assert checked == sorted(checked) and checked[-1] == made
