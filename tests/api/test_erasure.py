# SPDX-License-Identifier: Apache-2.0
"""Deleting entries of the log: who may, what is left, the trail that stays, and the proof that still holds."""

import hashlib
import json
import time
from typing import Any, Callable

import pytest
import requests

from api_support import Agent, error_of, other_account, sql
from harness import Server
from log_support import Person
from people_support import Account


def ids(page: dict[str, Any]) -> list[str]:
    """The request ids of a page."""
    return [row["requestId"] for row in page["logs"]]


def hash_of(request_id: str) -> str:
    """What the trail names an entry by."""
    return hashlib.sha256(request_id.encode()).hexdigest()


def proof(server: Server) -> dict[str, Any]:
    """`behalf audit verify --json`."""
    done = server.command_line("audit", "verify", "--json")
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["intact"] == (done.returncode == 0)
    return report


def wait_until_blanked(person: Person) -> None:
    """Returns once every erasure of the account has been carried out."""
    deadline = time.monotonic() + 60
    while not all(erasure["done"] for erasure in person.trail()):
        assert time.monotonic() < deadline, "entries are still not blanked"
        time.sleep(0.02)


def files_hold(server: Server, text: bytes) -> list[str]:
    """The files of the data folder in which the bytes are found."""
    return [path.name for path in server.data_dir.iterdir() if path.is_file() and text in path.read_bytes()]


def fill(agent: Agent, copies: int) -> None:
    """Many entries, over one connection."""
    with requests.Session() as session:
        for number in range(copies):
            body = {"agentId": agent.agent_id, "action": "act", "metadata": {"n": f"marker-{number}"}}
            url = agent.server.base_url + "/api/verify"
            assert session.post(url, json=body, headers=agent.headers(), timeout=30).status_code == 200


def test_one_entry_is_erased(server: Server) -> None:
    """An erased entry is gone for everybody and from all counts; the trail names it, and the proof holds."""
    person, agent = Person(server), Agent(server)
    made = [agent.decide("act")["requestId"] for _ in range(3)]
    total = person.logs()["pagination"]["total"]
    today = person.call("GET", "/api/dashboard/summary").json()["logsToday"]
    person.erase(made[1])
    assert [row["requestId"] for row in agent.rows()] == [made[2], made[0]]
    assert made[1] not in ids(person.logs())
    assert person.logs()["pagination"]["total"] == total - 1
    assert agent.logs(limit=5)["pagination"]["total"] == 2
    assert error_of(person.call("GET", f"/api/dashboard/logs/{made[1]}")) == (404, "Log not found.")
    assert error_of(person.call("DELETE", f"/api/dashboard/logs/{made[1]}")) == (404, "Log not found.")
    assert person.call("GET", "/api/dashboard/summary").json()["logsToday"] == today
    (erasure,) = person.trail()
    assert erasure["erasedBy"] == person.user_id
    assert (erasure["requestId"], erasure["entries"], erasure["done"]) == ("erased", 1, True)
    assert erasure["requestHash"] == hash_of(made[1])
    report = proof(server)
    assert (report["intact"], report["erased"], report["erasures"]) == (True, 1, 1)


def test_no_part_of_the_id_stays(server: Server) -> None:
    """The id of an erased entry, from which its salt could be computed, is in no file; who knows it finds the erasure."""
    person, agent = Person(server), Agent(server)
    request_id = agent.decide("act")["requestId"]
    person.erase(request_id)
    assert files_hold(server, request_id.encode()) == []
    assert [erasure["requestHash"] for erasure in person.trail()] == [hash_of(request_id)]


def test_all_entries_are_erased(server: Server) -> None:
    """All entries vanish at once, in every view; what comes afterwards is seen; the trail and the proof stay."""
    person, agent = Person(server), Agent(server)
    for _ in range(20):
        agent.decide("act")
    total = person.logs()["pagination"]["total"]
    usage = person.call("GET", "/api/dashboard/summary").json()
    assert person.erase_all() == total
    after = person.call("GET", "/api/dashboard/summary").json()
    assert (after["logsToday"], after["days"]) == (usage["logsToday"], usage["days"]), "numbers are usage and stay"
    assert person.logs()["logs"] == [] and person.logs()["pagination"]["total"] == 0
    assert agent.rows() == [] and agent.logs(limit=5)["pagination"]["total"] == 0
    assert person.erase_all() == 0
    fresh = agent.decide("act")["requestId"]
    assert ids(person.logs()) == [fresh] == [row["requestId"] for row in agent.rows()]
    wait_until_blanked(person)
    (erasure,) = person.trail()
    assert (erasure["requestId"], erasure["requestHash"]) == (None, None)
    assert (erasure["entries"], erasure["erasedBy"]) == (total, person.user_id)
    report = proof(server)
    assert (report["intact"], report["erased"], report["rows"]) == (True, total, total + 1)
    assert ids(person.logs()) == [fresh]


def test_erased_content_is_nowhere_in_the_files(server: Server) -> None:
    """Once the entries are blanked their content is in no file of the data folder, while the server runs."""
    person, agent = Person(server), Agent(server)
    one = agent.decide("act", vendor="zanzibar-one.example", metadata={"note": "zanzibar-one"})["requestId"]
    for _ in range(30):
        agent.decide("act", vendor="zanzibar-all.example", metadata={"note": "zanzibar-all " + "x" * 900})
    assert files_hold(server, b"zanzibar-one") and files_hold(server, b"zanzibar-all")
    person.erase(one)
    assert files_hold(server, b"zanzibar-one") == []
    person.erase_all()
    wait_until_blanked(person)
    deadline = time.monotonic() + 60
    while files_hold(server, b"zanzibar") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert files_hold(server, b"zanzibar") == []


@pytest.mark.parametrize(
    "body, error",
    [
        ({"confirm": "delete all"}, 'confirm must be "delete all logs".'),
        ({"confirm": "Delete all logs"}, 'confirm must be "delete all logs".'),
        ({"confirm": True}, 'confirm must be "delete all logs".'),
        ({}, 'confirm must be "delete all logs".'),
        ({"confirm": "delete all logs", "x": 1}, "Unknown field: x."),
        ([], "Request body must be a JSON object."),
        (None, "Request body must be valid JSON."),
    ],
)
def test_all_needs_the_confirmation(demo: Server, body: Any, error: str) -> None:
    """Without exactly the words nothing is erased."""
    person = Person(demo)
    before = len(person.trail())
    assert error_of(person.call("DELETE", "/api/dashboard/logs", body)) == (400, error)
    assert len(person.trail()) == before


def test_who_may_erase(server: Server) -> None:
    """Only an owner who is signed in may erase, from a page of the server itself: no other role, token or key."""
    agent = Agent(server)
    request_id = agent.decide("act")["requestId"]
    owner = Person(server)
    total = owner.logs()["pagination"]["total"]
    foreign = {"Cookie": owner.by_session()["Cookie"], "Origin": "http://evil.example"}
    callers: list[tuple[dict[str, str], int]] = [
        ({}, 401),
        (agent.headers(), 401),
        (server.as_developer(), 403),
        (server.as_developer(other_account(server)), 403),
        (foreign, 403),
        ({"Cookie": owner.by_session()["Cookie"]}, 403),
    ]
    callers += [(Person(server, role).by_session(), 403) for role in ("viewer", "approver", "admin")]
    callers += [(Person(Account(server)).by_session(), 404)]
    for headers, status in callers:
        answer = server.call("DELETE", f"/api/dashboard/logs/{request_id}", None, headers)
        assert answer.status_code == status, (headers, answer.text)
        if status != 404:
            everything = {"confirm": "delete all logs"}
            assert server.call("DELETE", "/api/dashboard/logs", everything, headers).status_code == status
    assert owner.logs()["pagination"]["total"] == total
    assert owner.trail() == []


def test_the_trail_is_paged(server: Server) -> None:
    """The trail comes newest first, in pages that together hold each entry once; a wrong place is an error."""
    person, agent = Person(server), Agent(server)
    made = [agent.decide("act")["requestId"] for _ in range(5)]
    for request_id in made:
        person.erase(request_id)
    seen: list[str] = []
    more = ""
    while True:
        page = person.call("GET", f"/api/dashboard/logs/erasures?limit=2{more}").json()
        seen += [erasure["requestHash"] for erasure in page["erasures"]]
        if page["pagination"]["nextBefore"] is None:
            break
        more = f"&before={page['pagination']['nextBefore']}"
    assert seen == [hash_of(request_id) for request_id in reversed(made)]
    answer = person.call("GET", "/api/dashboard/logs/erasures?before=x")
    assert error_of(answer) == (400, "before must be a whole number from 1 on.")
    assert Person(Account(server)).trail() == []


def test_nothing_removes_the_trail(server: Server) -> None:
    """No call on the trail's own address, and no erasure, takes an entry from it."""
    person, agent = Person(server), Agent(server)
    person.erase(agent.decide("act")["requestId"])
    for method in ("DELETE", "POST", "PUT", "PATCH"):
        answer = person.call(method, "/api/dashboard/logs/erasures", {})
        assert answer.status_code in (404, 405)
    agent.decide("act")
    person.erase_all()
    assert len(person.trail()) == 2


def done_through(server: Server) -> tuple[int, int]:
    """How far the newest erasure has been carried out, and how far it reaches."""
    ((done, last),) = sql(server, "SELECT done_through, last_row FROM erasure ORDER BY id DESC LIMIT 1")
    return done, last


def test_a_kill_in_the_middle_of_blanking(start_server: Callable[..., Server]) -> None:
    """After a kill -9 while entries are blanked the server goes on with it, and the log is intact throughout."""
    server = start_server()
    person, agent = Person(server), Agent(server)
    fill(agent, 2100)  # two steps of blanking and a bit
    total = person.logs()["pagination"]["total"]
    count = "SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000"
    slow = f"(SELECT max(i) FROM (WITH RECURSIVE n(i) AS ({count}) SELECT i FROM n))"
    sql(server, f"CREATE TRIGGER slow BEFORE UPDATE OF erasure ON audit WHEN {slow} < 0 BEGIN SELECT 1; END")
    assert person.erase_all() == total
    deadline = time.monotonic() + 60
    while done_through(server)[0] < 1000:
        assert time.monotonic() < deadline
    server.kill()
    done, last = done_through(server)
    assert 1000 <= done < last, "it was carried out before it could be killed"
    assert proof(server)["intact"]
    sql(server, "DROP TRIGGER slow")
    server.start()
    assert person.logs()["logs"] == []
    fresh = agent.decide("act")["requestId"]
    wait_until_blanked(person)
    assert ids(person.logs()) == [fresh]
    report = proof(server)
    assert (report["intact"], report["erased"]) == (True, total)
    deadline = time.monotonic() + 30
    while files_hold(server, b"marker-") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert files_hold(server, b"marker-") == []


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM erasure WHERE id = 1",
        "DELETE FROM erasure WHERE id = 2",
        "UPDATE erasure SET erased_by = 'user_other' WHERE id = 1",
        "UPDATE audit SET flags = 8, salt = NULL, action = NULL, vendor = NULL, permission_id = NULL,"
        " metadata = NULL WHERE id = (SELECT max(id) FROM audit)",
    ],
)
def test_tampering_is_found(server: Server, tampering: str) -> None:
    """An entry of the trail that was removed or altered, and an entry blanked by hand, are found by the proof."""
    person, agent = Person(server), Agent(server)
    made = [agent.decide("act")["requestId"] for _ in range(4)]
    person.erase(made[0])
    person.erase(made[1])
    assert proof(server)["intact"]
    sql(server, tampering)
    report = proof(server)
    assert not report["intact"]
    assert {finding["kind"] for finding in report["findings"]} & {"erasure trail broken", "erased without record"}
