# SPDX-License-Identifier: Apache-2.0
"""The numbers for Prometheus: each counter moves by what was done and nothing else, each gauge says how it is."""

import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import requests

from api_support import Agent, sql
from delivery_support import allow, allowed_agent, hurry, subscribe
from execute_support import REFUSED, Reader
from guard_support import Site
from harness import behind_refused_hosts
from metrics_support import Watched, grown, read_samples
from receiver import Received, Receiver, Reply
from webhook_calls import ALLOW_PRIVATE, wait_until

StartWatched = Callable[..., Watched]

ALLOWED = 'behalfid_decisions_total{outcome="allowed"}'
DENIED = 'behalfid_decisions_total{outcome="denied"}'
APPROVAL = 'behalfid_decisions_total{outcome="approval_required"}'
SHADOW = 'behalfid_decisions_total{outcome="shadow"}'
REPLAYS = "behalfid_decision_replays_total"
DURATIONS = "behalfid_decision_duration_seconds_count"
SITE_ALLOWED = 'behalfid_site_guard_checks_total{outcome="allowed"}'
SITE_DENIED = 'behalfid_site_guard_checks_total{outcome="denied"}'
EXECUTION_FAILED = 'behalfid_gateway_executions_total{outcome="failed"}'
SUCCEEDED = 'behalfid_webhook_deliveries_total{result="succeeded"}'
RETRIED = 'behalfid_webhook_deliveries_total{result="retried"}'
DEAD = 'behalfid_webhook_deliveries_total{result="dead"}'
CHAIN = 'behalfid_audit_chain_state{state="%s"}'


@pytest.fixture()
def start_watched(tmp_path: Path) -> Iterator[StartWatched]:
    """Starts servers of one test: start_watched("--flag", env={})."""
    started: list[Watched] = []

    def start(*options: str, **named: Any) -> Watched:
        server = Watched(tmp_path / "data", *options, **named)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server for the tests that only add to it; nothing of them reaches a network."""
    folder = tmp_path_factory.mktemp("watched")
    with Watched(folder / "data", *REFUSED, ALLOW_PRIVATE, prefix=behind_refused_hosts()) as server:
        yield server


# ---- counters ----


def test_decisions_count_by_what_the_caller_was_told(watched: Watched) -> None:
    """Each answer with a decision counts once, under its outcome; a replay is none."""
    agent = Agent(watched)
    agent.grant("act")
    agent.grant("ask", requiresApproval=True)
    before = watched.scrape()
    for _ in range(3):
        agent.decide("act")
    agent.decide("unknown")
    agent.decide("unknown")
    for number in range(4):
        agent.decide("ask", vendor=f"vendor{number}.example")
    agent.decide("unknown", shadow=True)
    agent.decide("act", {"Idempotency-Key": "once"})
    agent.decide("act", {"Idempotency-Key": "once"})
    after = watched.scrape()
    assert grown(before, after) == {ALLOWED: 4, DENIED: 2, APPROVAL: 4, SHADOW: 1, REPLAYS: 1}
    assert after[DURATIONS] - before[DURATIONS] == 12
    assert after["behalfid_decision_duration_seconds_sum"] > before["behalfid_decision_duration_seconds_sum"]
    name = 'behalfid_decision_duration_seconds_bucket{le="+Inf"}'
    assert after[name] == after[DURATIONS]


def test_what_is_refused_before_a_decision_is_none(watched: Watched) -> None:
    """Requests without a right key, body or idempotency key move no counter but that of answers."""
    agent = Agent(watched)
    agent.grant("act")
    agent.decide("act", {"Idempotency-Key": "used"})
    before = watched.scrape()
    refused = [
        watched.call("POST", "/api/verify", {"agentId": agent.agent_id, "action": "act"}),
        agent.post({"agentId": agent.agent_id}),
        agent.post([]),
        agent.verify("other", {"Idempotency-Key": "used"}),
    ]
    assert [answer.status_code for answer in refused] == [401, 400, 400, 422]
    after = watched.scrape()
    assert grown(before, after) == {}
    assert grown(before, after, ["behalfid_http_requests_total", DURATIONS]) == {
        'behalfid_http_requests_total{code="4xx"}': 4
    }


def test_answers_count_by_class_of_status(watched: Watched) -> None:
    """Each answer of the main address counts under its class, and no scrape of the second address does."""
    before = watched.scrape()
    codes = [watched.call("GET", path).status_code for path in ("/api/health", "/api/health", "/api/none", "/metrics")]
    assert codes == [200, 200, 404, 404]
    watched.scrape()
    assert grown(before, watched.scrape(), ["behalfid_http_requests_total"]) == {
        'behalfid_http_requests_total{code="2xx"}': 2,
        'behalfid_http_requests_total{code="4xx"}': 2,
    }


def test_a_page_that_cannot_be_read_is_a_failed_execution(watched: Watched) -> None:
    """An allowed action of the gateway counts as a decision and by how it ended; a denied one as a denial alone."""
    reader, other = Reader(watched), Reader(watched, may_read=False)
    before = watched.scrape()
    assert reader.read().status_code == 400
    assert reader.read().status_code == 400
    assert other.read().json()["allowed"] is False
    assert reader.send({"agentId": reader.agent_id}).status_code == 400
    assert grown(before, watched.scrape()) == {ALLOWED: 2, DENIED: 1, EXECUTION_FAILED: 2}


def test_site_guard_checks_count_by_outcome(watched: Watched) -> None:
    """Checks of both forms count once each: allowed or denied; a wrong key is neither."""
    site = Site(watched)
    site.rule(allowedPaths=["/open/*"])
    before = watched.scrape()
    assert site.check("/open/a")["allowed"] is True
    assert site.check("/closed")["allowed"] is False
    assert site.authorize({"X-Original-URI": "/open/b"}).status_code == 204
    assert site.authorize({"X-Original-URI": "/closed"}).status_code == 403
    assert site.ask({"path": "/open/a"}, {"Authorization": "Bearer bhf_site_none"}).status_code == 401
    assert grown(before, watched.scrape()) == {SITE_ALLOWED: 2, SITE_DENIED: 2}


def test_deliveries_count_by_result(watched: Watched) -> None:
    """Attempts that succeed, that will be tried again and the last failed one count once they are recorded."""
    agent = allowed_agent(watched)
    before = watched.scrape()
    with Receiver() as receiver:
        endpoint = subscribe(watched, receiver.url)
        allow(agent, 3)
        receiver.wait(3)
        wait_until(lambda: watched.value(SUCCEEDED) - before[SUCCEEDED] >= 3)
        assert grown(before, watched.scrape()) == {ALLOWED: 3, SUCCEEDED: 3}
        endpoint.act("disable")
    before = watched.scrape()
    with Receiver(lambda _request, _number: Reply(500)) as receiver:
        endpoint = subscribe(watched, receiver.url)
        allow(agent)
        for attempt in range(1, 6):
            wait_until(lambda done=attempt: len(endpoint.deliveries()) >= done)  # type: ignore[misc]
            hurry(watched)
            sql(watched, "UPDATE outbox_state SET version = version + 1")
        wait_until(lambda: watched.value(DEAD) - before[DEAD] >= 1)
        wait_until(lambda: watched.value("behalfid_webhook_dead_letters") == 1)
        assert grown(before, watched.scrape()) == {ALLOWED: 1, RETRIED: 4, DEAD: 1}
        endpoint.act("disable")


def test_requests_over_the_limit_count(start_watched: StartWatched) -> None:
    """Each 429 counts, whichever limit it was, and the second address has none."""
    server = start_watched(rate_limit=3)
    before = server.scrape()
    codes = [server.call("GET", "/api/templates").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert grown(before, server.scrape()) == {"behalfid_rate_limited_total": 2}


def test_commits_are_measured(watched: Watched) -> None:
    """Every transaction is one value of both histograms, and its jobs are the size."""
    agent = Agent(watched)
    before = watched.scrape()
    for _ in range(6):
        agent.decide("act")
    after = watched.scrape()
    transactions = after["behalfid_commit_batch_size_count"] - before["behalfid_commit_batch_size_count"]
    jobs = after["behalfid_commit_batch_size_sum"] - before["behalfid_commit_batch_size_sum"]
    measured = after["behalfid_commit_duration_seconds_count"] - before["behalfid_commit_duration_seconds_count"]
    assert jobs >= transactions == measured >= 6
    assert after["behalfid_commit_duration_seconds_sum"] > before["behalfid_commit_duration_seconds_sum"]
    assert after["behalfid_commit_failures_total"] == 0


def test_refused_and_reaped_connections_count(start_watched: StartWatched) -> None:
    """What is malformed, above the caps or too slow is counted, and what is open is shown."""
    server = start_watched("--max-connections-per-address", "4", "--header-timeout", "1")
    wait_until(lambda: server.value("behalfid_http_connections") == 0)
    before = server.scrape()
    with socket.create_connection((server.host, server.port)) as malformed:
        malformed.sendall(b"GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert malformed.recv(12) == b"HTTP/1.1 400"
    wait_until(lambda: server.value("behalfid_http_connections") == 0)
    held = [socket.create_connection((server.host, server.port)) for _ in range(4)]
    wait_until(lambda: server.value("behalfid_http_connections") == 4)
    with socket.create_connection((server.host, server.port)) as above:
        assert above.recv(1) == b""
    held[0].sendall(b"GET /api/health HTTP/1.1\r\nHo")
    assert held[0].recv(1) == b""
    wait_until(lambda: server.value("behalfid_http_connections") == 3)
    for line in held:
        line.close()
    assert grown(before, server.scrape(), ["behalfid_http_re"]) == {
        'behalfid_http_requests_total{code="4xx"}': 1,
        "behalfid_http_refused_total": 2,
        "behalfid_http_reaped_total": 1,
    }


# ---- gauges ----


def test_what_waits_is_shown(start_watched: StartWatched) -> None:
    """Approvals that wait, events that are to be delivered, and since when, are those of the database."""
    server = start_watched(ALLOW_PRIVATE)
    agent = Agent(server)
    agent.grant("ask", requiresApproval=True)
    for number in range(3):
        agent.decide("ask", vendor=f"vendor{number}.example")
    wait_until(lambda: server.value("behalfid_approvals_pending") == 3)
    scraped = server.scrape()
    assert scraped["behalfid_outbox_pending"] == scraped["behalfid_outbox_oldest_age_seconds"] == 0
    release = threading.Event()

    def hold(_request: Received, _number: int) -> Reply:
        release.wait(30)
        return Reply(200)

    with Receiver(hold) as receiver:
        subscribe(server, receiver.url)
        allow(allowed_agent(server), 2)
        receiver.wait(1)
        wait_until(lambda: server.value("behalfid_outbox_pending") == 2)
        wait_until(lambda: server.value("behalfid_outbox_oldest_age_seconds") >= 1)
        assert server.value("behalfid_outbox_oldest_age_seconds") < 60
        release.set()
        wait_until(lambda: server.value("behalfid_outbox_pending") == 0)
        wait_until(lambda: server.value("behalfid_outbox_oldest_age_seconds") == 0)


def test_parts_and_process_are_shown(watched: Watched) -> None:
    """Version, start, snapshots, queue, files and process are what they are."""
    agents = [Agent(watched) for _ in range(3)]
    before = watched.scrape()
    for agent in agents:
        agent.decide("act")
    after = watched.scrape()
    assert after["behalfid_snapshots"] - before["behalfid_snapshots"] == 3
    assert after["behalfid_commit_queue_length"] == 0
    version = watched.command_line("--version").stdout.split()[-1]
    assert after[f'behalfid_build_info{{version="{version}"}}'] == 1
    assert 0 < time.time() - after["behalfid_start_time_seconds"] < 3600
    for name, file in (("main", "behalf.db"), ("wal", "behalf.db-wal")):
        assert after[f'behalfid_database_bytes{{file="{name}"}}'] == (watched.data_dir / file).stat().st_size
    assert watched.process is not None
    status = Path(f"/proc/{watched.process.pid}/status").read_text()
    resident = int(status[status.index("VmRSS:") :].split()[1]) * 1024
    assert resident / 2 < after["process_resident_memory_bytes"] < resident * 2
    assert 10 < after["process_open_fds"] < after["process_max_fds"]
    assert after["process_cpu_seconds_total"] >= before["process_cpu_seconds_total"] > 0


def test_a_broken_chain_is_shown(start_watched: StartWatched) -> None:
    """Exactly one state of the chain is 1: verified, and after an alteration broken."""
    server = start_watched()
    agent = Agent(server)
    for _ in range(5):
        agent.decide("act")
    wait_until(lambda: server.value(CHAIN % "verified") == 1)
    server.stop()
    sql(server, "UPDATE audit SET vendor = 'another' WHERE id = 3")
    server.start()
    wait_until(lambda: server.value(CHAIN % "broken") == 1)
    states = {name: value for name, value in server.scrape().items() if name.startswith("behalfid_audit_chain_state")}
    assert states == {
        CHAIN % state: float(state == "broken") for state in ("unknown", "verifying", "verified", "broken")
    }


def test_a_database_that_cannot_be_read_hides_only_its_own(start_watched: StartWatched) -> None:
    """While the database cannot be read, what comes from it is missing, it is shown as down, and the rest is there."""
    server = start_watched()
    before = server.scrape()
    assert before["behalfid_database_up"] == 1
    sql(server, "ALTER TABLE approval RENAME TO approval_gone")
    wait_until(lambda: server.value("behalfid_database_up") == 0)
    missing = set(before) - set(server.scrape())
    assert missing == {
        "behalfid_approvals_pending",
        "behalfid_outbox_pending",
        "behalfid_outbox_oldest_age_seconds",
        "behalfid_webhook_dead_letters",
    }
    sql(server, "ALTER TABLE approval_gone RENAME TO approval")
    wait_until(lambda: server.value("behalfid_database_up") == 1)
    assert set(server.scrape()) == set(before)


def test_many_agents_make_no_more_samples(start_watched: StartWatched) -> None:
    """Names and labels are the same whatever the server holds, and say nothing of whom it is about."""
    server = start_watched(ALLOW_PRIVATE)
    before = set(server.scrape())
    agents = [Agent(server, f"Agent {number}") for number in range(5)]
    with Receiver() as receiver:
        subscribe(server, receiver.url, "verification.denied")
        for agent in agents:
            agent.decide(f"action_{agent.agent_id}", vendor="vendor.example")
        receiver.wait(5)
    text = requests.get(server.metrics_url, timeout=30).text
    assert set(read_samples(text)) == before
    for secret in (*(agent.agent_id for agent in agents), server.email, "vendor.example", str(server.data_dir)):
        assert secret not in text


def test_scrapes_at_once_agree(watched: Watched) -> None:
    """As many scrapes at once as one address may have all get the whole, with the database in it."""
    found: list[dict[str, float]] = []
    threads = [threading.Thread(target=lambda: found.append(watched.scrape())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert {frozenset(samples) for samples in found} == {frozenset(watched.scrape())}
    assert {samples["behalfid_database_up"] for samples in found} == {1}


def test_the_text_passes_the_checker(watched: Watched) -> None:
    """Prometheus's own checker finds no fault in names, helps, types and format."""
    text = requests.get(watched.metrics_url, timeout=30).text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
