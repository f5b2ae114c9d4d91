# SPDX-License-Identifier: Apache-2.0
"""Events over HTTP: the list and its filters, one event with its deliveries, replays, the operator's view, jobs."""

from typing import Any, Callable, Iterator, NamedTuple

import pytest

from api_support import Agent, error_of, now_ms, other_account, sql
from harness import Server
from people_support import Person
from receiver import Received, Receiver, Reply
from webhook_calls import (
    ALLOW_PRIVATE,
    EVENTS,
    OPERATOR_EVENTS,
    WEBHOOKS,
    call,
    create,
    event_of,
    get,
    let_die,
    newest_event,
    toggle,
    wait_until,
)

StartServer = Callable[..., Server]

EVENT_NOT_FOUND = (404, "Webhook event not found.")
NOT_DEAD = (409, "Only dead-lettered webhook events can be replayed.")
PROCESSING = (409, "Webhook event is currently processing and cannot be replayed.")
NOT_ACTIVE = (409, "The webhook endpoint is not active.")
OPERATOR = (403, "Operator access required.")
SETUP = (401, "Console authentication or setup token required.")
SETUP_TOKEN = "setup-0123456789abcdef0123456789abcdef"
TYPES = ["agent.disabled", "agent.enabled"]


class World(NamedTuple):
    """A server with a setup token, and another account on it."""

    server: Server
    foreign_token: str

    def setup(self) -> dict[str, str]:
        """The setup token's header."""
        return {"Authorization": f"Bearer {SETUP_TOKEN}"}


@pytest.fixture()
def world(start_server: StartServer) -> World:
    """A server for one test alone: what is listed is what the test made."""
    server = start_server(ALLOW_PRIVATE, env={"BEHALFID_SETUP_TOKEN": SETUP_TOKEN})
    return World(server, other_account(server))


@pytest.fixture()
def receiver() -> Iterator[Receiver]:
    """An endpoint that takes everything."""
    with Receiver() as made:
        yield made


def make_operator(server: Server, person: Person) -> None:
    """The person becomes an operator."""
    sql(server, "UPDATE person SET is_operator = 1 WHERE id = ?", person.number)


def ids(answer: Any) -> list[str]:
    """The ids of the events of a page."""
    return [event["eventId"] for event in answer["events"]]


def completed(server: Server, event_id: str) -> bool:
    """Whether the event has arrived."""
    return bool(event_of(server, event_id)["status"] == "completed")


# ---- the list ----


def test_event_as_it_is_listed(world: World, receiver: Receiver) -> None:
    """A delivered event shows its payload as it was sent, whom it is about, and how it went."""
    made = create(world.server, receiver.url, TYPES)
    agent = Agent(world.server)
    toggle(world.server, agent, 1)
    sent = receiver.wait(1)[0]
    wait_until(lambda: completed(world.server, newest_event(world.server)))
    page = get(world.server, EVENTS)
    assert set(page) == {"events", "nextBefore"} and page["nextBefore"] is None
    (event,) = page["events"]
    assert set(event) == {
        "eventId", "type", "agentId", "status", "attempts", "deadLetter", "lastError", "nextAttemptAt",
        "createdAt", "payload",
    }  # fmt: skip
    assert event["eventId"] == sent.headers["webhook-id"]
    assert (event["type"], event["agentId"]) == ("agent.disabled", agent.agent_id)
    assert (event["status"], event["attempts"], event["deadLetter"]) == ("completed", 1, False)
    assert (event["lastError"], event["nextAttemptAt"]) == (None, None)
    listed = world.server.call("GET", EVENTS, headers=world.server.as_developer()).text
    assert sent.body.decode() in listed
    one = get(world.server, f"{EVENTS}/{event['eventId']}")
    assert one["event"] == event
    (delivery,) = one["deliveries"]
    assert delivery["deliveryId"].startswith("dlv_")
    expected = {
        "eventId": event["eventId"], "eventType": "agent.disabled", "webhookId": made.webhook_id,
        "status": "success", "httpStatus": 200, "error": None, "attempt": 1, "maxAttempts": 5, "nextRetryAt": None,
    }  # fmt: skip
    assert {key: delivery[key] for key in expected} == expected
    assert get(world.server, f"{WEBHOOKS}/{made.webhook_id}")["deliveries"] == [delivery]


def test_pages(world: World, receiver: Receiver) -> None:
    """Newest first, 50 unless told, at most 100; `before` goes on where a page ended, without gap or repeat."""
    create(world.server, receiver.url, TYPES)
    toggle(world.server, Agent(world.server), 105)
    whole = ids(get(world.server, EVENTS, limit=100))
    assert len(whole) == 100
    assert ids(get(world.server, EVENTS)) == whole[:50]
    assert ids(get(world.server, EVENTS, limit=1)) == whole[:1]
    found = all_pages(world.server, limit=20)
    assert found[:100] == whole
    assert len(found) == len(set(found)) == 105
    assert ids(get(world.server, EVENTS, before=found[49], limit=100)) == found[50:]


def all_pages(server: Server, **query: Any) -> list[str]:
    """The ids of all events that pass the filter, page by page."""
    found: list[str] = []
    before: dict[str, str] = {}
    while True:
        page = get(server, EVENTS, **query, **before)
        assert len(page["events"]) <= int(query["limit"])
        found += ids(page)
        if page["nextBefore"] is None:
            return found
        before = {"before": page["nextBefore"]}


def test_pages_with_a_filter_leave_nothing_out(world: World, receiver: Receiver) -> None:
    """Dead letters of several endpoints, waiting and delivered ones among each other: every filter finds its own."""
    good = create(world.server, receiver.url, TYPES)
    toggle(world.server, Agent(world.server), 240)
    receiver.wait(240)
    wait_until(lambda: not get(world.server, EVENTS, status="pending")["events"])
    others = [create(world.server, None, ["permission.created"]) for _ in range(2)]
    whole = all_pages(world.server, limit=100)
    assert len(whole) == 240
    rows = [row for (row,) in sql(world.server, "SELECT id FROM event ORDER BY id DESC")]
    webhooks: dict[str, int] = {name: row for name, row in sql(world.server, "SELECT webhook_id, id FROM webhook")}
    state: dict[str, str] = {}
    later = now_ms() + 10**9
    for number, (event_id, row) in enumerate(zip(whole, rows)):
        dead = [good] if number % 3 else []
        dead += [others[0]] if number % 4 == 0 else []
        waiting = [others[1]] if number % 5 == 0 or number < 120 else []
        for endpoint in dead + waiting:
            status = "dead" if endpoint in dead else "pending"
            values = (webhooks[endpoint.webhook_id], row, status, later if status == "pending" else 0)
            sql(world.server, "INSERT INTO delivery VALUES (?, ?, ?, 5, ?, 'x')", *values)
        state[event_id] = "processing" if waiting else "failed" if dead else "completed"
        state[event_id] += " dead" if dead else ""
    for limit in (7, 100):
        for name in ("completed", "processing", "failed", "pending"):
            expected = [event_id for event_id in whole if state[event_id].split()[0] == name]
            assert all_pages(world.server, status=name, limit=limit) == expected
        expected = [event_id for event_id in whole if state[event_id].endswith("dead")]
        assert all_pages(world.server, deadLetter="true", limit=limit) == expected
        of_type = all_pages(world.server, type="agent.enabled", limit=limit)
        assert len(of_type) == 120
        expected = [event_id for event_id in expected if event_id in of_type]
        assert all_pages(world.server, deadLetter="true", type="agent.enabled", limit=limit) == expected


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("limit=0", "limit must be a whole number from 1 to 100."),
        ("limit=101", "limit must be a whole number from 1 to 100."),
        ("limit=", "limit must be a whole number from 1 to 100."),
        ("limit=5x", "limit must be a whole number from 1 to 100."),
        ("limit=-1", "limit must be a whole number from 1 to 100."),
        ("status=done", "status must be one of: pending, processing, completed, failed."),
        ("status=", "status must be one of: pending, processing, completed, failed."),
        ("type=agent.exploded", "Unsupported webhook event: agent.exploded."),
        ("type=", "Unsupported webhook event: ."),
        ("deadLetter=1", "deadLetter must be true or false."),
        ("before=12", "before must be the id of an event."),
        ("before=req_AAAAAAAAAAAAAAAAAAAAAA", "before must be the id of an event."),
    ],
)
def test_filters_that_are_refused(demo: Server, query: str, text: str) -> None:
    """A filter that is not understood is an error that names it, and not a filter for nothing."""
    answer = demo.call("GET", f"{EVENTS}?{query}", headers=demo.as_developer())
    assert error_of(answer) == (400, text)


def test_filters(world: World, receiver: Receiver) -> None:
    """By type, by status and by dead letter, alone and together."""
    good = create(world.server, receiver.url, ["agent.enabled"])
    create(world.server, None, ["agent.disabled"])
    toggle(world.server, Agent(world.server), 2)
    enabled, disabled = ids(get(world.server, EVENTS))
    let_die(world.server, disabled)
    wait_until(lambda: completed(world.server, enabled))
    answer = call(world.server, "POST", f"{WEBHOOKS}/{good.webhook_id}/test")
    test = answer.json()["eventId"]
    wait_until(lambda: completed(world.server, test))
    expected = [
        ({"type": "agent.enabled"}, [enabled]),
        ({"type": "webhook.test"}, [test]),
        ({"type": "agent.created"}, []),
        ({"status": "completed"}, [test, enabled]),
        ({"status": "failed"}, [disabled]),
        ({"status": "pending"}, []),
        ({"status": "processing"}, []),
        ({"deadLetter": "true"}, [disabled]),
        ({"deadLetter": "false"}, [test, enabled, disabled]),
        ({"deadLetter": "true", "type": "agent.enabled"}, []),
        ({"status": "failed", "type": "agent.disabled"}, [disabled]),
        ({"status": "failed", "before": disabled}, []),
    ]
    for query, found in expected:
        assert ids(get(world.server, EVENTS, **query)) == found, query


def test_event_that_waits(world: World) -> None:
    """A failed attempt leaves the event pending, with the error and the time of the next one."""
    made = create(world.server, None, ["agent.disabled"])
    toggle(world.server, Agent(world.server), 1)
    event_id = newest_event(world.server)
    wait_until(lambda: event_of(world.server, event_id)["attempts"] == 1)
    event = event_of(world.server, event_id)
    assert (event["status"], event["deadLetter"]) == ("pending", False)
    assert event["lastError"] == f"{made.webhook_id}: Delivery failed."
    assert event["nextAttemptAt"] > event["createdAt"]
    assert ids(get(world.server, EVENTS, status="pending")) == [event_id]
    (delivery,) = get(world.server, f"{EVENTS}/{event_id}")["deliveries"]
    assert (delivery["status"], delivery["httpStatus"]) == ("failed", None)
    assert (delivery["error"], delivery["attempt"]) == ("Delivery failed.", 1)
    assert delivery["nextRetryAt"] == event["nextAttemptAt"]
    assert error_of(call(world.server, "POST", f"{EVENTS}/{event_id}/replay")) == NOT_DEAD


# ---- replays ----


def test_replay_of_one_event(world: World) -> None:
    """A dead letter can be sent again: under the same id, in the same bytes, until it arrives; then no more."""

    def rule(_request: Received, number: int) -> Reply:
        return Reply(500 if number < 2 else 204)

    with Receiver(rule) as receiver:
        create(world.server, receiver.url, TYPES)
        toggle(world.server, Agent(world.server), 1)
        event_id = newest_event(world.server)
        let_die(world.server, event_id)
        event = event_of(world.server, event_id)
        assert (event["status"], event["attempts"]) == ("failed", 5)
        assert event["lastError"].endswith(": Endpoint returned HTTP 500.")
        answer = call(world.server, "POST", f"{EVENTS}/{event_id}/replay")
        assert answer.status_code == 200 and set(answer.json()) == {"replayed", "event"}
        assert answer.json()["replayed"] is True
        assert answer.json()["event"]["eventId"] == event_id
        assert answer.json()["event"]["deadLetter"] is False
        wait_until(lambda: completed(world.server, event_id))
        sent = receiver.wait(3)
        assert len({request.body for request in sent}) == 1
        assert {request.headers["webhook-id"] for request in sent} == {event_id}
        assert error_of(call(world.server, "POST", f"{EVENTS}/{event_id}/replay")) == NOT_DEAD


def test_replay_that_is_refused(world: World, receiver: Receiver) -> None:
    """Unknown and foreign events, events under way or delivered, and disabled endpoints have words of their own."""
    create(world.server, receiver.url, TYPES)
    deaf = create(world.server, None, TYPES)
    toggle(world.server, Agent(world.server), 1)
    event_id = newest_event(world.server)
    wait_until(lambda: event_of(world.server, event_id)["status"] == "processing")
    path = f"{EVENTS}/{event_id}/replay"
    assert error_of(call(world.server, "POST", path)) == PROCESSING
    let_die(world.server, event_id)
    assert error_of(call(world.server, "POST", path, token=world.foreign_token)) == EVENT_NOT_FOUND
    assert error_of(call(world.server, "GET", f"{EVENTS}/{event_id}", token=world.foreign_token)) == EVENT_NOT_FOUND
    for unknown in ("evt_AAAAAAAAAAAAAAAAAAAAAA", "x", event_id[:-1], event_id + "A", "req_" + event_id[4:]):
        assert error_of(call(world.server, "POST", f"{EVENTS}/{unknown}/replay")) == EVENT_NOT_FOUND
        assert error_of(call(world.server, "GET", f"{EVENTS}/{unknown}")) == EVENT_NOT_FOUND
    call(world.server, "POST", f"{WEBHOOKS}/{deaf.webhook_id}/disable")
    assert error_of(call(world.server, "POST", path)) == NOT_ACTIVE
    call(world.server, "POST", f"{WEBHOOKS}/{deaf.webhook_id}/enable")
    assert call(world.server, "POST", path).status_code == 200


def test_bulk_replay_is_bounded(world: World) -> None:
    """One call replays at most ten thousand and says that there are more; decisions go on meanwhile."""
    create(world.server, None, TYPES)
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)"
    names = "id, salt, account, agent, type, only_webhook, created_at, request_row, payload"
    values = "i, 7, (SELECT MIN(account) FROM webhook), 0, 14, 0, 1, 0, '{}'"
    sql(world.server, f"{rows} INSERT INTO event ({names}) SELECT {values} FROM n")
    sql(world.server, f"{rows} INSERT INTO delivery SELECT (SELECT id FROM webhook), i, 'dead', 5, 0, NULL FROM n")
    first = call(world.server, "POST", EVENTS + "/replay").json()
    assert first["more"] is True and 0 < first["replayed"] <= 10000
    replayed = first["replayed"]
    while first["more"]:
        first = call(world.server, "POST", EVENTS + "/replay").json()
        replayed += first["replayed"]
    assert replayed == 10050


def test_bulk_replay(world: World) -> None:
    """All dead letters of one endpoint, or of the account, are sent again, and counted."""
    good = True

    def rule(_request: Received, _number: int) -> Reply:
        return Reply(200 if good else 500)

    with Receiver(rule) as first, Receiver(rule) as second:
        endpoints = [create(world.server, receiver.url, TYPES) for receiver in (first, second)]
        paths = [f"{WEBHOOKS}/{endpoint.webhook_id}/replay" for endpoint in endpoints]
        assert call(world.server, "POST", paths[0]).json() == {"replayed": 0, "more": False}
        good = False
        toggle(world.server, Agent(world.server), 3)
        events = ids(get(world.server, EVENTS))
        for event_id in events:
            wait_until(lambda event_id=event_id: len(attempts(world, event_id)) == 2)  # type: ignore[misc]
        sql(world.server, "UPDATE delivery SET status = 'dead', attempts = 5, next_attempt_at = 0")
        assert ids(get(world.server, EVENTS, deadLetter="true")) == events
        good = True
        assert call(world.server, "POST", paths[0]).json() == {"replayed": 3, "more": False}
        wait_until(lambda: len(first.requests) == 6)
        assert len(second.requests) == 3
        assert ids(get(world.server, EVENTS, deadLetter="true")) == events
        assert call(world.server, "POST", EVENTS + "/replay", token=world.foreign_token).json() == {
            "replayed": 0,
            "more": False,
        }
        assert call(world.server, "POST", EVENTS + "/replay").json() == {"replayed": 3, "more": False}
        wait_until(lambda: len(second.requests) == 6)
        wait_until(lambda: all(completed(world.server, event_id) for event_id in events))
        assert call(world.server, "POST", EVENTS + "/replay").json() == {"replayed": 0, "more": False}


def attempts(world: World, event_id: str) -> list[dict[str, Any]]:
    """The attempts of an event."""
    found: list[dict[str, Any]] = get(world.server, f"{EVENTS}/{event_id}")["deliveries"]
    return found


def test_accounts_do_not_see_each_other(world: World, receiver: Receiver) -> None:
    """An account lists its own events alone, and its endpoints hear nothing of another's."""
    create(world.server, receiver.url, TYPES)
    toggle(world.server, Agent(world.server), 1)
    own = newest_event(world.server)
    assert get(world.server, EVENTS, world.foreign_token)["events"] == []
    with Receiver() as foreign:
        create(world.server, foreign.url, ["agent.created"], world.foreign_token)
        Agent(world.server, token=world.foreign_token)
        foreign.wait(1)
        assert len(ids(get(world.server, EVENTS, world.foreign_token))) == 1
        assert ids(get(world.server, EVENTS)) == [own]
        assert len(foreign.requests) == 1


# ---- the operator ----


def test_operator_sees_all_accounts(world: World, receiver: Receiver) -> None:
    """An operator lists, opens and replays the events of every account, each with its account's id."""
    create(world.server, receiver.url, ["agent.disabled"])
    create(world.server, None, ["agent.created"], world.foreign_token)
    toggle(world.server, Agent(world.server), 1)
    own = newest_event(world.server)
    wait_until(lambda: completed(world.server, own))
    Agent(world.server, token=world.foreign_token)
    (foreign,) = ids(get(world.server, EVENTS, world.foreign_token))
    person = Person(world.server, "viewer")
    make_operator(world.server, person)
    page = person.get(OPERATOR_EVENTS)
    assert ids(page) == [foreign, own]
    for event in page["events"]:
        assert event["accountId"] == event["payload"]["accountId"]
    assert len({event["accountId"] for event in page["events"]}) == 2
    assert ids(person.get(OPERATOR_EVENTS, status="completed")) == [own]
    assert ids(person.get(OPERATOR_EVENTS, type="agent.created")) == [foreign]
    wait_until(lambda: bool(person.get(f"{OPERATOR_EVENTS}/{foreign}")["event"]["attempts"]))
    assert ids(person.get(OPERATOR_EVENTS, status="pending")) == [foreign]
    assert len(person.get(f"{OPERATOR_EVENTS}/{foreign}")["deliveries"]) == 1
    assert error_of(person.call("POST", f"{OPERATOR_EVENTS}/{foreign}/replay")) == NOT_DEAD
    assert error_of(person.call("POST", f"{OPERATOR_EVENTS}/evt_x/replay")) == EVENT_NOT_FOUND
    sql(world.server, "UPDATE delivery SET status = 'dead', attempts = 5, next_attempt_at = 0")
    assert ids(person.get(OPERATOR_EVENTS, deadLetter="true")) == [foreign]
    assert ids(person.get(OPERATOR_EVENTS, status="failed")) == [foreign]
    answer = person.call("POST", f"{OPERATOR_EVENTS}/{foreign}/replay")
    assert answer.status_code == 200 and answer.json()["event"]["eventId"] == foreign
    assert error_of(world.server.call("GET", OPERATOR_EVENTS, headers=world.setup())) == OPERATOR


def test_operator_view_is_closed_to_others(world: World) -> None:
    """An owner who is no operator, a developer token and nobody get no view of all accounts."""
    owner = Person(world.server, "owner")
    for method, path in (
        ("GET", OPERATOR_EVENTS),
        ("GET", OPERATOR_EVENTS + "/evt_x"),
        ("POST", OPERATOR_EVENTS + "/evt_x/replay"),
    ):
        assert error_of(owner.call(method, path)) == OPERATOR
        assert error_of(world.server.call(method, path, headers=world.server.as_developer())) == OPERATOR
        assert error_of(world.server.call(method, path)) == OPERATOR


# ---- jobs ----


@pytest.mark.parametrize("path", ["/api/webhooks/process", "/api/cron/purge-logs"])
def test_jobs_are_not_run_by_a_link(world: World, path: str) -> None:
    """The setup token runs a job by GET and POST; an operator's session by POST from our own pages alone."""
    operator = Person(world.server, "viewer")
    make_operator(world.server, operator)
    owner = Person(world.server, "owner")
    for method in ("GET", "POST"):
        answer = world.server.call(method, path, headers=world.setup())
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert error_of(world.server.call(method, path)) == SETUP
        assert error_of(world.server.call(method, path, headers=world.server.as_developer())) == SETUP
    assert error_of(operator.call("GET", path)) == SETUP
    assert operator.call("POST", path).status_code == 200
    elsewhere = operator.by_session("https://elsewhere.example")
    assert error_of(world.server.call("POST", path, headers=elsewhere)) == (403, "Invalid request origin.")
    assert error_of(owner.call("POST", path)) == OPERATOR


def test_processing_tells_what_came_of_it(world: World) -> None:
    """Asked to deliver, the server answers with how many attempts ended meanwhile, and how."""
    names = ["processed", "completed", "retried", "failed", "skipped", "deadLettered", "recovered"]

    def process() -> list[int]:
        answer = world.server.call("POST", "/api/webhooks/process", headers=world.setup())
        assert answer.status_code == 200 and set(answer.json()) == {"status", *names}
        return [answer.json()[name] for name in names]

    status = 200
    with Receiver(lambda _request, _number: Reply(status, delay=0.1)) as slow:
        create(world.server, slow.url, TYPES)
        agent = Agent(world.server)
        assert process() == [0, 0, 0, 0, 0, 0, 0]

        def is_counted(expected: list[int]) -> bool:
            toggle(world.server, agent, 1)
            toggle(world.server, agent, 2)
            counts = process()
            return counts[0] > 0 and counts == [counts[0] * share for share in expected]

        wait_until(lambda: is_counted([1, 1, 0, 0, 0, 0, 0]))
        status = 500
        wait_until(lambda: is_counted([1, 0, 1, 1, 0, 0, 0]))


def test_purging_removes_what_is_old(world: World) -> None:
    """Asked to purge, the server removes events and deliveries of more than 30 days before it answers."""
    create(world.server, None, ["agent.disabled"])
    toggle(world.server, Agent(world.server), 1)
    event_id = newest_event(world.server)
    wait_until(lambda: event_of(world.server, event_id)["attempts"] == 1)
    day = 86_400_000
    for age, remains in ((29 * day, True), (31 * day, False)):
        sql(world.server, "UPDATE event SET created_at = ?", now_ms() - age)
        sql(world.server, "UPDATE delivery_attempt SET created_at = ?", now_ms() - age)
        answer = world.server.call("POST", "/api/cron/purge-logs", headers=world.setup())
        assert answer.status_code == 200 and set(answer.json()) == {"status", "removed"}
        assert bool(ids(get(world.server, EVENTS))) is remains
        assert bool(sql(world.server, "SELECT 1 FROM delivery_attempt")) is remains
