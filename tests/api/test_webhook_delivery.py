# SPDX-License-Identifier: Apache-2.0
"""Events reach their endpoints: what is sent, when it is sent again, and what never leaves the server."""

import json
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator

import pytest

from api_support import Agent, now_ms, sql
from harness import Server, free_port
from receiver import Receiver, Received, Reply
from delivery_support import (
    allow,
    allowed_agent,
    hurry,
    legacy_signature,
    request_id,
    standard_signature,
    subscribe,
)
from webhook_calls import wait_until

StartServer = Callable[..., Server]


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may send to this machine; each test has receivers of its own."""
    with Server(tmp_path_factory.mktemp("private") / "data", "--allow-private-webhooks") as server:
        yield server


@pytest.fixture(autouse=True)
def no_endpoints_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has subscribed does not go on after it."""
    yield
    if "private" in request.fixturenames:
        server: Server = request.getfixturevalue("private")
        rows = server.call("GET", "/api/dashboard/webhooks", headers=server.as_developer()).json()["webhooks"]
        for row in rows:
            server.call("DELETE", f"/api/dashboard/webhooks/{row['webhookId']}", headers=server.as_developer())


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A self-made certificate for 127.0.0.1."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


def first_error(server: Server, url: str) -> tuple[object, object]:
    """Error and HTTP status of the first attempt of one event at that endpoint."""
    endpoint = subscribe(server, url)
    allow(allowed_agent(server))
    wait_until(lambda: len(endpoint.deliveries()) > 0)
    row = endpoint.deliveries()[-1]
    assert row["status"] == "failed" and row["attempt"] == 1
    return row["error"], row["httpStatus"]


def test_an_event_is_sent_signed_and_logged(private: Server) -> None:
    """A decision reaches the subscribed endpoint with both families of headers, valid signatures and one log row."""
    with Receiver() as receiver:
        endpoint = subscribe(private, receiver.url)
        (decision,) = allow(allowed_agent(private))
        (request,) = receiver.wait(1)
        headers = request.headers
        event = json.loads(request.body)
        assert request_id(request) == decision
        assert event["type"] == "verification.allowed"
        assert headers["content-type"] == "application/json"
        assert headers["user-agent"].startswith("BehalfID-Webhooks/")
        assert int(headers["content-length"]) == len(request.body)
        assert "expect" not in headers
        for name in ("event-id", "timestamp", "signature"):
            assert headers[f"behalfid-{name}"] == headers[f"x-behalfid-{name}"]
        assert headers["behalfid-event-id"] == headers["webhook-id"] == event["eventId"]
        assert headers["behalfid-timestamp"] == headers["webhook-timestamp"]
        assert abs(int(headers["behalfid-timestamp"]) - time.time()) < 60
        assert headers["behalfid-signature"] == legacy_signature(endpoint.secret, request)
        assert headers["webhook-signature"] == standard_signature(endpoint.secret, request)
        assert "behalfid-signature-previous" not in headers
        wait_until(lambda: len(endpoint.deliveries()) == 1)
        (row,) = endpoint.deliveries()
        assert (row["status"], row["httpStatus"], row["attempt"]) == ("success", 200, 1)
        assert row["eventId"] == event["eventId"] and row["nextRetryAt"] is None
        assert endpoint.read()["lastTriggeredAt"] is not None


def test_only_what_is_subscribed_is_stored_and_sent(private: Server) -> None:
    """A type that no endpoint wants leaves no event; one that another endpoint wants is not sent here."""
    with Receiver() as receiver, Receiver() as other:
        agent = allowed_agent(private)
        before = sql(private, "SELECT count(*) FROM event")
        agent.decide("wire_money")
        assert sql(private, "SELECT count(*) FROM event") == before
        subscribe(private, receiver.url, "verification.denied")
        subscribe(private, other.url, "verification.allowed")
        allow(agent, 3)
        agent.decide("wire_money")
        other.wait(3)
        receiver.wait(1)
        time.sleep(0.5)
        assert {json.loads(got.body)["type"] for got in receiver.requests} == {"verification.denied"}
        assert len(receiver.requests) == 1 and len(other.requests) == 3


def test_a_pepper_changes_only_our_own_signature(start_server: StartServer) -> None:
    """With a pepper our signature needs it and the standard one does not."""
    env = {"BEHALFID_WEBHOOK_SIGNING_PEPPER": " pepper\n", "BEHALFID_ALLOW_PRIVATE_WEBHOOKS": "true"}
    server = start_server(env=env)
    with Receiver() as receiver:
        endpoint = subscribe(server, receiver.url)
        allow(allowed_agent(server))
        (request,) = receiver.wait(1)
        assert request.headers["behalfid-signature"] == legacy_signature(endpoint.secret, request, "pepper")
        assert request.headers["webhook-signature"] == standard_signature(endpoint.secret, request)


def test_both_secrets_sign_after_a_rotation(private: Server) -> None:
    """For a day after a rotation the old secret verifies too; after that only the new one signs."""
    with Receiver() as receiver:
        endpoint = subscribe(private, receiver.url)
        new = endpoint.act("rotate-secret")["secret"]
        agent = allowed_agent(private)
        allow(agent)
        (request,) = receiver.wait(1)
        headers = request.headers
        assert headers["behalfid-signature"] == headers["x-behalfid-signature"] == legacy_signature(new, request)
        assert headers["behalfid-signature-previous"] == legacy_signature(endpoint.secret, request)
        assert headers["x-behalfid-signature-previous"] == legacy_signature(endpoint.secret, request)
        both = f"{standard_signature(new, request)} {standard_signature(endpoint.secret, request)}"
        assert headers["webhook-signature"] == both
        sql(private, "UPDATE webhook SET previous_until = ?, version = version + 1", now_ms() - 5000)
        sql(private, "UPDATE outbox_state SET version = version + 1")
        time.sleep(0.6)
        allow(agent)
        request = receiver.wait(2)[1]
        assert request.headers["webhook-signature"] == standard_signature(new, request)
        assert "behalfid-signature-previous" not in request.headers


def test_a_failure_is_retried_with_the_same_bytes_until_it_succeeds(private: Server) -> None:
    """After 500 the same id and body come again, no sooner than 5 seconds later, freshly signed."""
    with Receiver(lambda _request, number: Reply(500 if number == 0 else 204)) as receiver:
        endpoint = subscribe(private, receiver.url)
        allow(allowed_agent(private))
        first, second = receiver.wait(2, 15)
        assert second.at - first.at >= 4.9
        assert second.body == first.body
        assert second.headers["webhook-id"] == first.headers["webhook-id"]
        assert int(second.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 4
        assert second.headers["behalfid-signature"] == legacy_signature(endpoint.secret, second)
        wait_until(lambda: len(endpoint.deliveries()) == 2)
        newest, oldest = endpoint.deliveries()
        assert (newest["status"], newest["attempt"], newest["httpStatus"]) == ("success", 2, 204)
        assert (oldest["status"], oldest["attempt"]) == ("failed", 1)
        assert oldest["error"] == "Endpoint returned HTTP 500." and oldest["nextRetryAt"] is not None


def test_retry_after_is_honoured(private: Server) -> None:
    """An endpoint may ask for a longer wait, up to an hour, by seconds or by date, and never for a shorter one."""
    in_ten_minutes = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 600))
    asked = {"90": (90, 102), "1": (5, 6), "999999": (3600, 4051), in_ten_minutes: (590, 676), "soon": (5, 6)}
    for value, (low, high) in asked.items():
        with Receiver(lambda _request, _number: Reply(503, (f"Retry-After: {value}",))) as receiver:
            endpoint = subscribe(private, receiver.url)
            allow(allowed_agent(private))
            receiver.wait(1)
            wait_until(lambda: len(endpoint.deliveries()) == 1)
            ((due, ended),) = sql(
                private,
                "SELECT a.next_retry_at, a.created_at FROM delivery_attempt a JOIN webhook w ON w.id = a.webhook"
                " WHERE w.webhook_id = ?",
                endpoint.webhook_id,
            )
            assert low <= (due - ended) / 1000 <= high, value


def test_after_five_attempts_a_delivery_is_dead_and_can_be_replayed(private: Server) -> None:
    """The fifth failure is the last; the event is then a dead letter, and a replay starts it anew with its own id."""
    healthy = threading.Event()
    with Receiver(lambda _request, _number: Reply(200 if healthy.is_set() else 500)) as receiver:
        endpoint = subscribe(private, receiver.url)
        allow(allowed_agent(private))
        for attempt in range(1, 6):
            receiver.wait(attempt)
            wait_until(lambda: len(endpoint.deliveries()) == attempt)
            hurry(private)
        time.sleep(1)
        assert len(receiver.requests) == 5
        event_id = receiver.requests[0].headers["webhook-id"]
        rows = private.call("GET", "/api/dashboard/webhook-events", headers=private.as_developer()).json()["events"]
        (row,) = [row for row in rows if row["eventId"] == event_id]
        assert (row["status"], row["deadLetter"], row["attempts"]) == ("failed", True, 5)
        assert row["lastError"] == f"{endpoint.webhook_id}: Endpoint returned HTTP 500."
        assert [row["attempt"] for row in endpoint.deliveries()] == [5, 4, 3, 2, 1]
        assert endpoint.deliveries()[0]["nextRetryAt"] is None
        healthy.set()
        path = f"/api/dashboard/webhook-events/{event_id}/replay"
        assert private.call("POST", path, headers=private.as_developer()).status_code == 200
        assert receiver.wait(6)[5].headers["webhook-id"] == event_id
        wait_until(lambda: endpoint.deliveries()[0]["status"] == "success")
        assert endpoint.deliveries()[0]["attempt"] == 1
        assert private.call("POST", path, headers=private.as_developer()).status_code == 409


def test_each_outcome_has_its_text(private: Server) -> None:
    """Redirects, answers other than 2xx, refused connections and hang-ups are failures with the agreed texts."""
    redirect = "Endpoint returned a redirect, which is not followed for webhook delivery."
    with Receiver() as target, Receiver(lambda _request, _number: Reply(302, (f"Location: {target.url}",))) as receiver:
        assert first_error(private, receiver.url) == (redirect, 302)
        time.sleep(0.3)
        assert target.requests == []
    with Receiver(lambda _request, _number: Reply(404)) as receiver:
        assert first_error(private, receiver.url) == ("Endpoint returned HTTP 404.", 404)
    with Receiver(lambda _request, _number: Reply(hang_up=True)) as receiver:
        assert first_error(private, receiver.url)[0] == "Delivery failed."
    assert first_error(private, f"http://127.0.0.1:{free_port()}/")[0] == "Delivery failed."
    unknown = "Webhook URL host could not be resolved."
    assert first_error(private, "http://no-such-name.invalid/")[0] == unknown


def test_an_answer_that_drips_ends_at_the_deadline(private: Server) -> None:
    """Ten seconds are all that an endpoint gets, however it spends them."""
    timed_out = "Webhook delivery timed out."
    with Receiver(lambda _request, _number: Reply(drip=30)) as dripping, Receiver(
        lambda _request, _number: Reply(delay=30)
    ) as silent, ThreadPoolExecutor(2) as pool:
        slow = [subscribe(private, receiver.url) for receiver in (dripping, silent)]
        allow(allowed_agent(private))
        start = time.monotonic()
        list(pool.map(lambda endpoint: wait_until(lambda: len(endpoint.deliveries()) > 0), slow))
        assert 8 < time.monotonic() - start < 14
        assert {endpoint.deliveries()[-1]["error"] for endpoint in slow} == {timed_out}


def test_a_long_answer_is_not_read_to_its_end(private: Server) -> None:
    """An answer of any length costs at most 64 KB, and its status counts; headers without end are a failure."""
    with Receiver(lambda _request, _number: Reply(200, body=b"x" * 50_000_000)) as receiver:
        endpoint = subscribe(private, receiver.url)
        allow(allowed_agent(private))
        wait_until(lambda: len(endpoint.deliveries()) == 1)
        assert endpoint.deliveries()[0]["status"] == "success"
    many = tuple(f"X-{number}: {'y' * 1000}" for number in range(80))
    with Receiver(lambda _request, _number: Reply(200, many)) as receiver:
        assert first_error(private, receiver.url)[0] == "Delivery failed."


def test_a_slow_endpoint_delays_no_other(private: Server) -> None:
    """While ten endpoints never answer, another one gets all its events at once."""
    with Receiver(lambda _request, _number: Reply(delay=25)) as stuck, Receiver() as quick:
        for number in range(10):
            subscribe(private, f"{stuck.url}/{number}")
        subscribe(private, quick.url)
        agents = [allowed_agent(private) for _ in range(12)]
        start = time.monotonic()
        for agent in agents:
            allow(agent, 3)
        quick.wait(36, 20)
        # Ten stuck endpoints hold their places for ten seconds; waiting for one would take longer than this.
        assert time.monotonic() - start < 9
        assert stuck.most_at_once <= 64


@pytest.mark.threads
def test_slow_endpoints_that_succeed_delay_no_other(private: Server) -> None:
    """While seventy endpoints take eight seconds for each answer, a quick one gets each event within two."""
    with Receiver(lambda _request, _number: Reply(delay=8)) as slow, Receiver() as quick:
        subscribe(private, quick.url)
        agent = allowed_agent(private)
        allow(agent)
        quick.wait(1)
        for number in range(70):
            subscribe(private, f"{slow.url}/{number}")
        for number in range(2, 14):
            start = time.monotonic()
            allow(agent)
            quick.wait(number, 8)
            assert time.monotonic() - start < 6  # one of eight seconds would be too late
            time.sleep(0.7)
        assert slow.most_at_once >= 16


def test_one_endpoint_gets_at_most_eight_requests_at_once(private: Server) -> None:
    """However much waits for it, an endpoint is asked eight times at once, and one failure makes it one at a time."""
    with Receiver(lambda _request, _number: Reply(delay=0.3)) as receiver:
        subscribe(private, receiver.url)
        agents = [allowed_agent(private) for _ in range(20)]
        for agent in agents:
            allow(agent, 2)
        receiver.wait(40)
        assert receiver.most_at_once == 8
    with Receiver(lambda _request, _number: Reply(500, delay=0.05)) as failing:
        subscribe(private, failing.url)
        allow(agents[0])
        failing.wait(1)
        time.sleep(0.5)
        failing.most_at_once = 0
        for agent in agents:
            allow(agent)
        failing.wait(21)
        assert failing.most_at_once == 1


@pytest.mark.threads
def test_events_of_one_agent_come_in_order_one_at_a_time(private: Server) -> None:
    """Per agent the first attempts are in the order of the decisions; one that failed holds back no later one."""
    at_once: dict[str, int] = {}
    overlap: list[str] = []
    lock = threading.Lock()

    def rule(request: Received, number: int) -> Reply:
        agent_id = json.loads(request.body)["data"]["agentId"]
        with lock:
            at_once[agent_id] = at_once.get(agent_id, 0) + 1
            if at_once[agent_id] > 1:
                overlap.append(agent_id)
        time.sleep(0.01)
        with lock:
            at_once[agent_id] -= 1
        return Reply(500 if number == 5 else 200)

    with Receiver(rule) as receiver:
        subscribe(private, receiver.url)
        agents = [allowed_agent(private) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            wanted = list(pool.map(lambda agent: allow(agent, 15), agents))
        receiver.wait(61, 30)
        assert overlap == []
        seen: dict[str, list[str]] = {}
        for request in receiver.requests:
            agent_id = json.loads(request.body)["data"]["agentId"]
            order = seen.setdefault(agent_id, [])
            if request_id(request) not in order:
                order.append(request_id(request))
        assert [seen[agent.agent_id] for agent in agents] == wanted


def test_connections_are_kept(private: Server) -> None:
    """Requests to one endpoint, one after the other, share a connection."""
    with Receiver() as receiver:
        subscribe(private, receiver.url)
        allow(allowed_agent(private), 20)
        receiver.wait(20)
        assert receiver.connections == 1


def test_private_targets_are_refused_at_connect(start_server: StartServer, tmp_path: Path) -> None:
    """A name that leads to this machine gets no connection, although its URL passed the rules for texts."""
    # As when the name was changed later: the server alone sees this file of hosts, in a mount namespace of its own.
    host = "changed.example.com"
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {host}\n")
    mount = f"mount --bind '{hosts}' /etc/hosts && exec \"$@\""
    server = start_server(prefix=["unshare", "-rm", "sh", "-c", mount, "sh"])
    with Receiver() as receiver:
        agent = allowed_agent(server)
        endpoint = subscribe(server, f"https://{host}/")
        sql(server, "UPDATE webhook SET url = ?, version = version + 1", f"https://{host}:{receiver.port}/")
        sql(server, "UPDATE outbox_state SET version = version + 1")
        time.sleep(0.6)
        allow(agent)
        wait_until(lambda: len(endpoint.deliveries()) > 0)
        row = endpoint.deliveries()[-1]
        assert row["error"] == "Webhook URL resolved to a private or reserved address."
        assert receiver.connections == 0


def test_refused_networks_are_refused_to_webhooks(start_server: StartServer) -> None:
    """Where private addresses are allowed, those of a network that the operator refuses still get no connection."""
    server = start_server("--allow-private-webhooks", "--refused-networks", "127.0.0.0/8")
    with Receiver() as receiver:
        assert first_error(server, receiver.url)[0] == "Webhook URL resolved to a private or reserved address."
        assert receiver.connections == 0


def test_the_rules_for_urls_hold_at_each_attempt(start_server: StartServer) -> None:
    """A stored URL that breaks a rule, as after the switch was turned off, is not called; the log has the rule."""
    server = start_server("--allow-private-webhooks")
    with Receiver() as receiver:
        endpoint = subscribe(server, receiver.url)
        agent = allowed_agent(server)
        assert server.stop() == 0
        server.options = []
        server.start()
        allow(agent)
        wait_until(lambda: len(endpoint.deliveries()) > 0)
        assert endpoint.deliveries()[-1]["error"] == "Webhook URLs must use https:// in production."
        assert receiver.connections == 0


def test_certificates_are_verified(start_server: StartServer, tmp_path: Path) -> None:
    """A certificate that nobody vouches for is refused; the same one is accepted when its issuer is named."""
    authority, context = certificate(tmp_path)
    with Receiver(tls=context) as receiver:
        server = start_server("--allow-private-webhooks", name="a")
        assert first_error(server, receiver.url)[0] == "Delivery failed."
        assert receiver.requests == []
        server = start_server("--allow-private-webhooks", "--webhook-ca", str(authority), name="b")
        endpoint = subscribe(server, receiver.url)
        allow(allowed_agent(server))
        (request,) = receiver.wait(1)
        assert request.headers["behalfid-signature"] == legacy_signature(endpoint.secret, request)
        wrong_name = receiver.url.replace("127.0.0.1", "localhost")
        assert first_error(server, wrong_name)[0] == "Delivery failed."


def test_no_proxy_of_the_environment_is_used(start_server: StartServer) -> None:
    """Requests go to the endpoint itself, whatever the environment says about proxies."""
    with Receiver() as proxy, Receiver() as receiver:
        address = f"http://127.0.0.1:{proxy.port}"
        env = {"http_proxy": address, "https_proxy": address, "ALL_PROXY": address}
        server = start_server("--allow-private-webhooks", env=env)
        subscribe(server, receiver.url)
        allow(allowed_agent(server))
        receiver.wait(1)
        assert proxy.connections == 0


def test_an_endpoint_that_fails_for_days_is_disabled_and_the_others_are_told(private: Server) -> None:
    """Three days without a success: disabled with a reason, an event says so, and what waits is kept for later."""
    healthy = threading.Event()
    with Receiver(lambda _request, _number: Reply(200 if healthy.is_set() else 500)) as failing, Receiver() as other:
        endpoint = subscribe(private, failing.url)
        subscribe(private, other.url, "webhook.disabled")
        agent = allowed_agent(private)
        allow(agent)
        wait_until(lambda: endpoint.read()["failingSince"] is not None)
        long_ago = now_ms() - 3 * 86400000
        change = "UPDATE webhook SET failing_since = ?, failures = 9, version = version + 1 WHERE url = ?"
        sql(private, change, long_ago, failing.url)
        sql(private, "UPDATE outbox_state SET version = version + 1")
        time.sleep(0.6)
        allow(agent)
        (request,) = other.wait(1)
        event = json.loads(request.body)
        assert event["type"] == "webhook.disabled"
        assert event["data"] == {
            "webhookId": endpoint.webhook_id,
            "reason": "No delivery has succeeded for 3 days.",
        }
        assert endpoint.read()["status"] == "disabled"
        assert endpoint.read()["disabledReason"] == "No delivery has succeeded for 3 days."
        wait_until(lambda: sql(private, "SELECT count(*) FROM delivery WHERE status = 'pending'") == [(0,)])
        count = len(failing.requests)
        allow(agent)
        time.sleep(0.7)
        assert len(failing.requests) == count
        dead = private.call("GET", "/api/dashboard/webhook-events?deadLetter=true", headers=private.as_developer())
        assert len(dead.json()["events"]) == 2
        healthy.set()
        endpoint.act("enable")
        path = f"/api/dashboard/webhooks/{endpoint.webhook_id}/replay"
        answer = private.call("POST", path, headers=private.as_developer())
        assert answer.json() == {"replayed": 2, "more": False}
        failing.wait(count + 2)


def test_what_a_given_up_endpoint_has_not_got_comes_when_it_is_enabled(private: Server) -> None:
    """Events that were not tried when the server disabled the endpoint are sent once it is enabled again."""
    stuck = threading.Event()
    with Receiver(
        lambda _request, _number: Reply(200 if stuck.is_set() else 500, delay=0 if stuck.is_set() else 2)
    ) as slow:
        endpoint = subscribe(private, slow.url)
        agent = allowed_agent(private)
        change = "UPDATE webhook SET failing_since = ?, failures = 9, version = version + 1 WHERE url = ?"
        sql(private, change, now_ms() - 3 * 86400000, slow.url)
        sql(private, "UPDATE webhook SET last_triggered_at = ? WHERE url = ?", now_ms(), slow.url)
        sql(private, "UPDATE outbox_state SET version = version + 1")
        time.sleep(0.6)
        wanted = allow(agent, 5)
        wait_until(lambda: endpoint.read()["status"] == "disabled")
        assert len(slow.requests) == 1
        stuck.set()
        endpoint.act("enable")
        slow.wait(5)
        assert [request_id(request) for request in slow.requests[1:]] == wanted[1:]


def test_a_deleted_endpoint_gets_nothing_more(private: Server) -> None:
    """After a deletion neither new events nor waiting retries are sent."""
    with Receiver(lambda _request, _number: Reply(500)) as receiver:
        endpoint = subscribe(private, receiver.url)
        agent = allowed_agent(private)
        allow(agent)
        receiver.wait(1)
        wait_until(lambda: len(endpoint.deliveries()) == 1)
        path = f"/api/dashboard/webhooks/{endpoint.webhook_id}"
        assert private.call("DELETE", path, headers=private.as_developer()).status_code == 200
        hurry(private)
        allow(agent)
        time.sleep(1)
        assert len(receiver.requests) == 1


@pytest.mark.threads
def test_events_of_a_stopped_server_are_sent_after_its_start(start_server: StartServer) -> None:
    """What was decided before a stop and could not be delivered is delivered after the next start."""
    server = start_server("--allow-private-webhooks")
    held = threading.Event()
    with Receiver(lambda _request, _number: Reply(delay=0 if held.is_set() else 20)) as receiver:
        subscribe(server, receiver.url)
        agent = allowed_agent(server)
        wanted = allow(agent, 5)
        receiver.wait(1)
        held.set()
        assert server.stop() == 0
        server.start()
        receiver.wait(6)
        assert [request_id(request) for request in receiver.requests[1:6]] == wanted


def test_secrets_are_sealed_in_the_database(private: Server) -> None:
    """The database holds neither the secret nor the key of its signatures in a readable form."""
    with Receiver() as receiver:
        endpoint = subscribe(private, receiver.url)
        content = b"".join(path.read_bytes() for path in private.data_dir.glob("behalf.db*"))
        assert endpoint.secret.encode() not in content
        assert endpoint.secret.removeprefix("whsec_").rstrip("=").encode() not in content


def test_agents_of_colleagues_are_heard_too(private: Server) -> None:
    """An endpoint gets the events of every agent of its account, whoever made the agent."""
    with Receiver() as receiver:
        subscribe(private, receiver.url)
        mine, theirs = allowed_agent(private), Agent(private, "Theirs")
        theirs.grant("purchase")
        allow(mine)
        allow(theirs)
        got = {json.loads(request.body)["data"]["agentId"] for request in receiver.wait(2)}
        assert got == {mine.agent_id, theirs.agent_id}
