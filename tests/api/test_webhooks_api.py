# SPDX-License-Identifier: Apache-2.0
"""Webhook endpoints over HTTP: who may, what is refused in which words, what is shown and what never is."""

from datetime import datetime, timedelta
from typing import Any, Callable, Iterator, NamedTuple

import pytest

from api_support import Agent, error_of, other_account, sql
from harness import Server
from people_support import Person
from webhook_calls import ALLOW_PRIVATE, EVENTS, WEBHOOKS, Endpoint, call, create, deaf_url, event_of, get

StartServer = Callable[..., Server]

TYPES = [
    "verification.allowed", "verification.denied", "verification.approval_required", "verification.shadow",
    "approval.requested", "approval.approved", "approval.denied", "approval.used",
    "agent.created", "agent.disabled", "agent.enabled", "agent.key_rotated",
    "permission.created", "permission.revoked", "webhook.disabled",
]  # fmt: skip
NOT_FOUND = (404, "Webhook not found.")
NOT_ACTIVE = (409, "The webhook endpoint is not active.")


class World(NamedTuple):
    """A server that takes endpoints on this machine, and another account on it."""

    server: Server
    foreign_token: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server of this file."""
    with Server(tmp_path_factory.mktemp("webhooks") / "data", ALLOW_PRIVATE) as server:
        yield World(server, other_account(server))


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the rules for endpoints as they are by default."""
    with Server(tmp_path_factory.mktemp("strict") / "data") as server:
        yield server


def shown(server: Server, endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint as its account sees it."""
    webhook: dict[str, Any] = get(server, f"{WEBHOOKS}/{endpoint.webhook_id}")["webhook"]
    return webhook


def time_of(text: str) -> datetime:
    """A time of the API."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


# ---- create and look ----


def test_new_endpoint_is_shown_with_its_secret_once(world: World) -> None:
    """Creating answers 201 with the endpoint and its secret; every later answer shows the preview alone."""
    url = deaf_url()
    answer = call(world.server, "POST", WEBHOOKS, {"url": url, "events": ["permission.created"]})
    assert answer.status_code == 201
    assert set(answer.json()) == {"webhook", "secret"}
    webhook, secret = answer.json()["webhook"], answer.json()["secret"]
    assert secret.startswith("whsec_") and len(secret) == 50
    assert webhook["webhookId"].startswith("wh_")
    assert webhook["url"] == url
    assert webhook["secretPreview"] == secret[:10] + "..." + secret[-6:]
    assert webhook["events"] == ["permission.created"]
    assert webhook["status"] == "active"
    assert webhook["lastTriggeredAt"] is None and webhook["previousSecretExpiresAt"] is None
    assert webhook["createdAt"] == webhook["updatedAt"]
    one = call(world.server, "GET", f"{WEBHOOKS}/{webhook['webhookId']}")
    assert one.json() == {"webhook": webhook, "deliveries": []}
    listed = call(world.server, "GET", WEBHOOKS)
    assert webhook in listed.json()["webhooks"]
    assert secret not in one.text + listed.text


def test_list_says_what_can_be_subscribed_to(world: World) -> None:
    """The list comes newest first, with all types of event and the fields that clients of plans read."""
    first = create(world.server, None, ["permission.created"])
    second = create(world.server, None, ["permission.revoked"])
    answer = get(world.server, WEBHOOKS)
    assert set(answer) == {"webhooks", "eventTypes", "plan", "webhooksEnabled", "upgradeHint"}
    assert answer["eventTypes"] == TYPES
    assert (answer["plan"], answer["webhooksEnabled"], answer["upgradeHint"]) == (None, True, None)
    assert [row["webhookId"] for row in answer["webhooks"]][:2] == [second.webhook_id, first.webhook_id]


def test_secrets_are_stored_sealed(world: World) -> None:
    """Neither a new secret nor a rotated one is to be found in the data folder or in the log."""
    endpoint = create(world.server, None, ["permission.created"])
    rotated = call(world.server, "POST", f"{WEBHOOKS}/{endpoint.webhook_id}/rotate-secret").json()["secret"]
    whole = b"".join(path.read_bytes() for path in world.server.data_dir.iterdir() if path.is_file())
    assert endpoint.webhook_id.encode() in whole
    for secret in (endpoint.secret, rotated):
        assert secret[6:].encode() not in whole
        assert secret not in world.server.log()


# ---- events of an endpoint ----


@pytest.mark.parametrize("events", [None, "agent.created", {}, [], 5, True])
def test_events_must_be_a_non_empty_array(world: World, events: Any) -> None:
    """Anything but an array with an item in it is refused, at creation and at a change."""
    endpoint = create(world.server, None, ["permission.created"])
    refused = (400, "events must be a non-empty array.")
    assert error_of(call(world.server, "POST", WEBHOOKS, {"url": deaf_url(), "events": events})) == refused
    assert error_of(call(world.server, "PATCH", f"{WEBHOOKS}/{endpoint.webhook_id}", {"events": events})) == refused
    assert error_of(call(world.server, "POST", WEBHOOKS, {"url": deaf_url()})) == refused


@pytest.mark.parametrize(
    ("events", "named"),
    [
        (["agent.exploded"], "agent.exploded"),
        (["agent.created", " nothing "], "nothing"),
        (["Agent.Created"], "Agent.Created"),
        (["webhook.test"], "webhook.test"),
        (["*"], "*"),
        ([""], ""),
        ([5], "5"),
        ([None], "null"),
        ([True], "true"),
        ([["agent.created"]], '["agent.created"]'),
        (["x" * 300], "x" * 200),
    ],
)
def test_unsupported_events_are_named(world: World, events: list[Any], named: str) -> None:
    """The first type that does not exist is named, at most 200 characters of it."""
    answer = call(world.server, "POST", WEBHOOKS, {"url": deaf_url(), "events": events})
    assert error_of(answer) == (400, f"Unsupported webhook event: {named}.")


def test_events_are_trimmed_and_counted_once(world: World) -> None:
    """Types may have white space around them and may repeat; they come back once each, in the table's order."""
    events = ["agent.created", " verification.denied\t", "agent.created"]
    endpoint = create(world.server, None, events)
    assert shown(world.server, endpoint)["events"] == ["verification.denied", "agent.created"]
    everything = create(world.server, None, list(reversed(TYPES)))
    assert shown(world.server, everything)["events"] == TYPES
    call(world.server, "DELETE", f"{WEBHOOKS}/{everything.webhook_id}")
    call(world.server, "DELETE", f"{WEBHOOKS}/{endpoint.webhook_id}")


# ---- addresses ----

HTTPS = "Webhook URLs must use https:// in production."
HOST = "Webhook URL host is not allowed."
CREDENTIALS = "Webhook URLs must not include credentials."
INVALID = "url must be a valid URL."
REQUIRED = "url is required."


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (None, REQUIRED), (5, REQUIRED), ({}, REQUIRED), ("", REQUIRED), (" \t", REQUIRED),
        ("hooks", INVALID), ("https://", INVALID), ("/hook", INVALID), ("https://exa mple.com/", INVALID),
        ("https://ex%61mple.com/\\x", INVALID), ("https://b\u00fccher.example/", INVALID),
        ("https://example.com:99999/", INVALID), ("https://[::1/", INVALID),
        ("https://user:pw@example.com/", CREDENTIALS), ("https://user@example.com/", CREDENTIALS),
        ("https://@example.com/", CREDENTIALS), ("https://:@example.com/", CREDENTIALS),
        ("http://example.com/", HTTPS), ("http://localhost/", HTTPS), ("ftp://example.com/", HTTPS),
        ("file:///etc/passwd", None),
        ("https://localhost/", HOST), ("https://LOCALHOST:8443/x", HOST), ("https://localhost./", HOST),
        ("https://a.localhost/", HOST), ("https://printer.local/", HOST), ("https://db.internal/", HOST),
        ("https://router.lan/", HOST), ("https://intranet/", HOST), ("https://intranet./", HOST),
        ("https://127.0.0.1/", HOST), ("https://127.1/", HOST), ("https://2130706433/", HOST),
        ("https://0x7f000001/", HOST), ("https://0177.0.0.1/", HOST), ("https://10.1.2.3/", HOST),
        ("https://172.16.0.1/", HOST), ("https://192.168.0.1/", HOST), ("https://169.254.169.254/", HOST),
        ("https://100.64.0.1/", HOST), ("https://0.0.0.0/", HOST), ("https://224.0.0.1/", HOST),
        ("https://[::1]/", HOST), ("https://[fe80::1]/", HOST), ("https://[::ffff:10.0.0.1]/", HOST),
        ("https://[2606:4700:4700::1111]/", HOST),
        ("https://a..example.com/", HOST),
    ],
)  # fmt: skip
def test_addresses_that_are_refused(strict: Server, url: Any, text: Any) -> None:
    """Each rule for addresses has its own words, at creation and at a change, and nothing is stored."""
    before = get(strict, WEBHOOKS)["webhooks"]
    made = create(strict, "https://example.com/hook", ["permission.created"])
    for answer in (
        call(strict, "POST", WEBHOOKS, {"url": url, "events": ["permission.created"]}),
        call(strict, "PATCH", f"{WEBHOOKS}/{made.webhook_id}", {"url": url}),
    ):
        assert answer.status_code == 400, answer.text
        if text is not None:
            assert answer.json()["error"] == text
    assert shown(strict, made)["url"] == "https://example.com/hook"
    assert call(strict, "DELETE", f"{WEBHOOKS}/{made.webhook_id}").status_code == 200
    assert get(strict, WEBHOOKS)["webhooks"] == before


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://example.com", "https://example.com/"),
        (" HTTPS://Example.COM:443/Hook?a=B#frag ", "https://example.com/Hook?a=B"),
        ("https://example.com:8443/a/../b", None),
        ("https://xn--bcher-kva.com/", "https://xn--bcher-kva.com/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
    ],
)
def test_addresses_are_stored_in_one_form(strict: Server, url: str, stored: Any) -> None:
    """Host in lower case, no default port, no fragment, a path of at least a slash."""
    made = create(strict, url, ["permission.created"])
    assert stored is None or made.url == stored
    assert shown(strict, made)["url"] == made.url
    call(strict, "DELETE", f"{WEBHOOKS}/{made.webhook_id}")


def test_address_length(strict: Server) -> None:
    """2,000 characters are taken, one more is not."""
    longest = "https://example.com/" + "a" * (2000 - len("https://example.com/"))
    assert create(strict, longest, ["permission.created"]).url == longest
    answer = call(strict, "POST", WEBHOOKS, {"url": longest + "a", "events": ["permission.created"]})
    assert error_of(answer) == (400, "url must be 2000 characters or fewer.")


@pytest.mark.parametrize("host", ["http://localhost:3000", "http://127.0.0.1", "http://10.0.0.7", "https://[::1]"])
def test_private_addresses_where_they_are_allowed(world: World, host: str) -> None:
    """With --allow-private-webhooks plain http and private hosts are taken; other schemes are not."""
    made = create(world.server, host + "/hook", ["webhook.disabled"])
    assert made.url == host + "/hook"
    text = "Webhook URLs must use https://, except localhost over http in development."
    answer = call(world.server, "PATCH", f"{WEBHOOKS}/{made.webhook_id}", {"url": "ftp://localhost/hook"})
    assert error_of(answer) == (400, text)
    call(world.server, "DELETE", f"{WEBHOOKS}/{made.webhook_id}")


# ---- change ----


def test_only_what_is_named_changes(world: World) -> None:
    """PATCH changes the address, the events or both, and answers with the endpoint as it is now."""
    made = create(world.server, None, ["permission.created"])
    path = f"{WEBHOOKS}/{made.webhook_id}"
    answer = call(world.server, "PATCH", path, {"events": ["permission.revoked"]})
    assert answer.status_code == 200 and set(answer.json()) == {"webhook"}
    assert answer.json()["webhook"]["events"] == ["permission.revoked"]
    assert answer.json()["webhook"]["url"] == made.url
    other = deaf_url()
    answer = call(world.server, "PATCH", path, {"url": other})
    assert (answer.json()["webhook"]["url"], answer.json()["webhook"]["events"]) == (other, ["permission.revoked"])
    answer = call(world.server, "PATCH", path, {"url": made.url, "events": ["permission.created"]})
    assert (answer.json()["webhook"]["url"], answer.json()["webhook"]["events"]) == (made.url, ["permission.created"])
    assert shown(world.server, made) == answer.json()["webhook"]


def test_a_change_must_be_whole(world: World) -> None:
    """Nothing named, an unknown field, or one wrong of two fields: refused, and nothing has changed."""
    made = create(world.server, None, ["permission.created"])
    path = f"{WEBHOOKS}/{made.webhook_id}"
    before = shown(world.server, made)
    assert error_of(call(world.server, "PATCH", path, {})) == (400, "At least one of url and events is required.")
    assert error_of(call(world.server, "PATCH", path, {"secret": "x"})) == (400, "Unknown field: secret.")
    assert error_of(call(world.server, "POST", WEBHOOKS, {"name": "x"})) == (400, "Unknown field: name.")
    answer = call(world.server, "PATCH", path, {"url": deaf_url(), "events": ["nothing"]})
    assert error_of(answer) == (400, "Unsupported webhook event: nothing.")
    assert shown(world.server, made) == before


def test_switching_twice_is_as_good_as_once(world: World) -> None:
    """Disable and enable may be repeated: the answer is the same, and the second one changes nothing."""
    made = create(world.server, None, ["permission.created"])
    path = f"{WEBHOOKS}/{made.webhook_id}"
    for verb, status in (("disable", "disabled"), ("enable", "active")):
        states = []
        for _ in range(2):
            answer = call(world.server, "POST", f"{path}/{verb}")
            assert (answer.status_code, answer.json()) == (200, {f"{verb}d": True})
            states.append(shown(world.server, made))
        assert states[0] == states[1]
        assert states[0]["status"] == status
        assert states[0]["disabledReason"] is None


def test_disabled_endpoint_wants_nothing(world: World) -> None:
    """While the only endpoint that wants a type is disabled, such events are not recorded at all."""
    made = create(world.server, None, ["agent.key_rotated"])
    path = f"{WEBHOOKS}/{made.webhook_id}"
    agent = Agent(world.server)

    def rotations() -> int:
        rotate = f"/api/dashboard/agents/{agent.agent_id}/rotate-key"
        assert call(world.server, "POST", rotate).status_code == 200
        return len(get(world.server, EVENTS, type="agent.key_rotated")["events"])

    assert rotations() == 1
    call(world.server, "POST", path + "/disable")
    assert rotations() == 1
    call(world.server, "POST", path + "/enable")
    assert rotations() == 2
    call(world.server, "DELETE", path)
    assert rotations() == 2


def test_rotation_keeps_the_old_secret_for_a_day(world: World) -> None:
    """A rotation shows the new secret once, and until when the old one signs too: 24 hours."""
    made = create(world.server, None, ["permission.created"])
    answer = call(world.server, "POST", f"{WEBHOOKS}/{made.webhook_id}/rotate-secret")
    assert answer.status_code == 200
    assert set(answer.json()) == {"webhookId", "secret", "previousSecretExpiresAt"}
    assert answer.json()["webhookId"] == made.webhook_id
    secret = answer.json()["secret"]
    assert secret != made.secret and secret.startswith("whsec_")
    now = shown(world.server, made)
    assert now["secretPreview"] == secret[:10] + "..." + secret[-6:]
    assert now["previousSecretExpiresAt"] == answer.json()["previousSecretExpiresAt"]
    assert time_of(now["previousSecretExpiresAt"]) - time_of(now["updatedAt"]) == timedelta(hours=24)
    sql(world.server, "UPDATE webhook SET previous_until = 1 WHERE webhook_id = ?", made.webhook_id)
    assert shown(world.server, made)["previousSecretExpiresAt"] is None


def test_deleted_endpoint_is_gone(world: World) -> None:
    """Deleted once, the endpoint is found by no route any more, and its secrets have left the database."""
    made = create(world.server, None, ["permission.created"])
    answer = call(world.server, "DELETE", f"{WEBHOOKS}/{made.webhook_id}")
    assert (answer.status_code, answer.json()) == (200, {"deleted": True})
    assert made.webhook_id not in call(world.server, "GET", WEBHOOKS).text
    for method, suffix, body in routes_of_one():
        answer = call(world.server, method, f"{WEBHOOKS}/{made.webhook_id}{suffix}", body)
        assert error_of(answer) == NOT_FOUND, suffix
    rows = sql(
        world.server, "SELECT length(secret), previous_secret FROM webhook WHERE webhook_id = ?", made.webhook_id
    )
    assert rows in ([], [(0, None)])


def test_hundred_endpoints_and_no_more(start_server: StartServer) -> None:
    """The 101st endpoint is refused; disabled ones count, deleted ones do not."""
    server = start_server(ALLOW_PRIVATE)
    made = [create(server, f"http://127.0.0.1:9/{i}", ["permission.created"]) for i in range(100)]
    body = {"url": "http://127.0.0.1:9/101", "events": ["permission.created"]}
    refused = (409, "An account can have 100 webhook endpoints or fewer.")
    assert error_of(call(server, "POST", WEBHOOKS, body)) == refused
    call(server, "POST", f"{WEBHOOKS}/{made[0].webhook_id}/disable")
    assert error_of(call(server, "POST", WEBHOOKS, body)) == refused
    assert len(get(server, WEBHOOKS)["webhooks"]) == 100
    other = other_account(server)
    assert create(server, None, ["permission.created"], other).webhook_id
    call(server, "DELETE", f"{WEBHOOKS}/{made[0].webhook_id}")
    assert call(server, "POST", WEBHOOKS, body).status_code == 201
    assert error_of(call(server, "POST", WEBHOOKS, body)) == refused


# ---- test events ----


def test_test_event_is_for_one_endpoint(world: World) -> None:
    """A test makes an event of type webhook.test that names the endpoint; a disabled one cannot be tested."""
    made = create(world.server, None, ["permission.created"])
    path = f"{WEBHOOKS}/{made.webhook_id}"
    answer = call(world.server, "POST", path + "/test")
    assert answer.status_code == 200 and set(answer.json()) == {"eventId"}
    event = event_of(world.server, answer.json()["eventId"])
    assert event["type"] == "webhook.test"
    assert event["agentId"] is None
    assert event["payload"]["type"] == "webhook.test"
    assert event["payload"]["eventId"] == event["eventId"]
    assert event["payload"]["data"]["webhookId"] == made.webhook_id
    call(world.server, "POST", path + "/disable")
    before = len(get(world.server, EVENTS, type="webhook.test", limit=100)["events"])
    assert error_of(call(world.server, "POST", path + "/test")) == NOT_ACTIVE
    assert error_of(call(world.server, "POST", path + "/replay")) == NOT_ACTIVE
    assert len(get(world.server, EVENTS, type="webhook.test", limit=100)["events"]) == before


# ---- who may ----


def routes_of_one() -> list[tuple[str, str, Any]]:
    """Method, suffix and body of each route of one endpoint."""
    return [
        ("GET", "", None),
        ("PATCH", "", {"events": ["permission.created"]}),
        ("POST", "/disable", None),
        ("POST", "/enable", None),
        ("POST", "/rotate-secret", None),
        ("POST", "/test", None),
        ("POST", "/replay", None),
        ("DELETE", "", None),
    ]


def test_endpoints_of_another_account_do_not_exist(world: World) -> None:
    """Every route answers another account's endpoint as one that never was, and changes nothing."""
    made = create(world.server, None, ["permission.created"])
    before = shown(world.server, made)
    for method, suffix, body in routes_of_one():
        for webhook_id in (made.webhook_id, "wh_" + "A" * 16, "x"):
            answer = call(world.server, method, f"{WEBHOOKS}/{webhook_id}{suffix}", body, world.foreign_token)
            assert error_of(answer) == NOT_FOUND
    assert get(world.server, WEBHOOKS, world.foreign_token)["webhooks"] == []
    assert shown(world.server, made) == before


@pytest.mark.parametrize("by_token", [False, True])
@pytest.mark.parametrize("role", ["viewer", "approver", "admin", "owner"])
def test_roles(world: World, role: str, by_token: bool) -> None:
    """Every role may look; owners and admins may change, replay and test; by session and by developer token."""
    person = Person(world.server, role)
    headers = world.server.as_developer(person.token) if by_token else person.by_session()
    made = create(world.server, None, ["permission.created"])
    refused = {"viewer": "VIEWER_MUTATION_FORBIDDEN", "approver": "AUTHORITY_FORBIDDEN"}.get(role)
    body: Any = {"url": deaf_url(), "events": ["permission.created"]}
    tried = [("GET", WEBHOOKS, None), ("GET", EVENTS, None), ("POST", WEBHOOKS, body)]
    tried += [(method, f"{WEBHOOKS}/{made.webhook_id}{suffix}", given) for method, suffix, given in routes_of_one()]
    tried += [("POST", EVENTS + "/replay", None)]
    for method, path, sent in tried:
        answer = world.server.call(method, path, sent, headers)
        if method == "GET" or refused is None:
            assert answer.status_code in (200, 201), answer.text
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, refused), path
    remaining = call(world.server, "GET", f"{WEBHOOKS}/{made.webhook_id}").status_code
    assert remaining == (200 if refused else 404)


def test_session_needs_the_origin(world: World) -> None:
    """A change with a cookie from another page is refused, and nothing has changed."""
    person = Person(world.server, "owner")
    made = create(world.server, None, ["permission.created"])
    before = shown(world.server, made)
    for headers in ({"Cookie": person.by_session()["Cookie"]}, person.by_session("https://elsewhere.example")):
        for method, suffix, body in routes_of_one():
            if method != "GET":
                answer = world.server.call(method, f"{WEBHOOKS}/{made.webhook_id}{suffix}", body, headers)
                assert error_of(answer) == (403, "Invalid request origin.")
    assert shown(world.server, made) == before


def test_agents_may_not_look(world: World) -> None:
    """An agent's key opens none of it."""
    agent = Agent(world.server)
    for method, path in (("GET", WEBHOOKS), ("POST", WEBHOOKS), ("GET", EVENTS)):
        answer = world.server.call(method, path, {"url": "x"} if method == "POST" else None, agent.headers())
        assert error_of(answer) == (401, "Developer authentication required.")
