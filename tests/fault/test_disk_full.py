# SPDX-License-Identifier: Apache-2.0
"""A disk that is full or cannot sync denies everything, loses nothing and needs no restart."""

import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Callable

import pytest
import requests

from harness import ROOT, Server, behind_refused_hosts

sys.path.insert(0, str(ROOT / "tests" / "api"))

from guard_support import CLOSED, Site  # noqa: E402
from metrics_support import grown, read_samples  # noqa: E402

METRICS_TOKEN = "metrics-0123456789abcdef"
PRELOAD = ROOT / "build-plain" / "tests" / "fault" / "failing_disk.so"


class FailingDisk:
    """A server whose disk fails while the switch is on."""

    def __init__(self, folder: Path) -> None:
        self.switch = folder / "switch"
        data = folder / "data"
        env = {
            "LD_PRELOAD": str(PRELOAD),
            "FAILING_DISK_SWITCH": str(self.switch),
            "FAILING_DISK_FOLDER": str(data),
            "BEHALFID_REFUSED_NETWORKS": "11.0.0.0/8",
            "BEHALFID_METRICS_TOKEN": METRICS_TOKEN,
        }
        self.server = Server(data, env=env, prefix=behind_refused_hosts())

    def fail(self, kind: str) -> None:
        """Writes ("w") or syncs ("s") fail from now on; "s1": all but the first."""
        self.switch.write_text(kind)

    def heal(self) -> None:
        """The disk works again."""
        self.switch.unlink()


@pytest.fixture()
def disk(tmp_path: Path) -> FailingDisk:
    """A disk that works so far, with a started server on it."""
    assert PRELOAD.exists(), "build with -Dtests=true and without sanitizers"
    made = FailingDisk(tmp_path)
    made.server.start()
    return made


def allowed(server: Server) -> requests.Response:
    """A verify call that the demo permissions allow."""
    return server.verify("purchase", vendor="coachella.com", amount=742)


def metrics(server: Server) -> dict[str, float]:
    """What the server tells Prometheus."""
    answer = server.call("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert answer.status_code == 200, answer.text
    return read_samples(answer.text)


def row_count(server: Server) -> int:
    """Rows of the audit table, as another process sees them."""
    with sqlite3.connect(f"file:{server.data_dir}/behalf.db?mode=ro", uri=True) as db:
        count: int = db.execute("SELECT count(*) FROM audit").fetchone()[0]
        return count


def assert_intact(server: Server) -> None:
    """The chain verifies."""
    done = server.command_line("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["w", "s"])
def test_a_failing_disk_denies_and_recovers_without_restart(disk: FailingDisk, kind: str) -> None:
    """While nothing can be recorded each verify is a 503 and leaves no row; afterwards all is as before."""
    server = disk.server
    assert allowed(server).json()["allowed"] is True
    before = row_count(server)
    disk.fail(kind)
    for _ in range(20):
        answer = allowed(server)
        assert answer.status_code == 503
        assert answer.json()["code"] == "VERIFY_FAILED_CLOSED"
        assert "allowed" not in answer.json()
    assert server.call("GET", "/api/health").status_code == 200
    disk.heal()
    answer = allowed(server)
    assert answer.status_code == 200, answer.text
    assert answer.json()["allowed"] is True
    assert row_count(server) == before + 1
    assert_intact(server)
    server.stop()


def test_a_disk_that_fails_under_load_loses_no_answer(disk: FailingDisk) -> None:
    """Of all calls made while the disk fails on and off, exactly the answered ones are in the log."""
    server = disk.server
    answered: list[str] = []
    statuses: set[int] = set()
    stop = threading.Event()
    lock = threading.Lock()

    def caller() -> None:
        while not stop.is_set():
            answer = allowed(server)
            with lock:
                statuses.add(answer.status_code)
                if answer.status_code == 200:
                    answered.append(answer.json()["requestId"])

    callers = [threading.Thread(target=caller) for _ in range(6)]
    for thread in callers:
        thread.start()
    pause = threading.Event()
    for _ in range(5):
        pause.wait(0.2)
        disk.fail("w")
        pause.wait(0.2)
        disk.heal()
    pause.wait(0.3)
    stop.set()
    for thread in callers:
        thread.join()
    assert statuses == {200, 503}
    assert all_request_ids(server) == set(answered)
    assert len(answered) == len(set(answered))
    assert_intact(server)
    server.stop()


def all_request_ids(server: Server) -> set[str]:
    """Every request id of the demo agent's log."""
    found: set[str] = set()
    cursor = ""
    while True:
        answer = server.call("GET", f"/api/logs/{server.agent_id}?limit=500{cursor}", headers=server.as_agent()).json()
        found.update(row["requestId"] for row in answer["logs"])
        if answer["pagination"]["nextCursor"] is None:
            return found
        cursor = f"&cursor={answer['pagination']['nextCursor']}"


def test_management_writes_fail_whole_on_a_full_disk(disk: FailingDisk) -> None:
    """A permission that could not be stored does not exist afterwards, and the old policy stays in force."""
    server = disk.server
    disk.fail("w")
    body = {"agentId": server.agent_id, "action": "send_email"}
    assert server.call("POST", "/api/permissions", body, server.as_developer()).status_code == 503
    disk.heal()
    assert server.verify("send_email").json()["reason"] == "No active permission exists for this action."
    start: Callable[[], str] = lambda: server.grant(server.agent_id, "send_email")
    start()
    assert server.verify("send_email").json()["allowed"] is True
    server.stop()


def test_an_action_whose_outcome_cannot_be_recorded_is_not_told(disk: FailingDisk) -> None:
    """The disk fails between the record of a decision and that of its outcome: a 503, the decision on record."""
    server = disk.server
    server.grant(server.agent_id, "browse_web", resource="web")
    url = "http://page.example.com/"
    body = {"agentId": server.agent_id, "action": "browse_web", "resource": "web", "input": {"url": url}}

    def execute() -> requests.Response:
        return server.call("POST", "/api/actions/execute", body, server.as_agent())

    assert execute().status_code == 400
    before = row_count(server)
    disk.fail("s1")
    answer = execute()
    disk.heal()
    assert answer.status_code == 503
    assert (answer.json()["allowed"], answer.json()["executed"]) == (False, False)
    assert "result" not in answer.json()
    assert row_count(server) == before + 1
    row = server.call("GET", f"/api/logs/{server.agent_id}", headers=server.as_agent()).json()[0]
    assert (row["requestId"], row["execution"]["state"]) == (answer.json()["requestId"], "started")
    assert execute().status_code == 400
    assert metrics(server)['behalfid_gateway_executions_total{outcome="unrecorded"}'] == 1
    assert_intact(server)
    server.stop()


@pytest.mark.parametrize("kind", ["w", "s"])
def test_what_a_failing_disk_costs_is_counted(disk: FailingDisk, kind: str) -> None:
    """Each decision that could not be recorded counts as failed, each transaction as one that was not committed."""
    server = disk.server
    assert allowed(server).status_code == 200
    site = Site(server)
    before = metrics(server)
    assert before["behalfid_commit_failures_total"] == 0
    disk.fail(kind)
    for _ in range(5):
        assert allowed(server).status_code == 503
    assert site.ask({"path": "/"}).status_code == 503
    during = metrics(server)
    disk.heal()
    assert during["behalfid_database_up"] == 1
    assert grown(before, during) == {
        'behalfid_decisions_total{outcome="failed"}': 5,
        'behalfid_site_guard_checks_total{outcome="failed"}': 1,
    }
    assert during["behalfid_commit_failures_total"] >= 6
    assert during["behalfid_decision_duration_seconds_count"] == before["behalfid_decision_duration_seconds_count"]
    failures = metrics(server)["behalfid_commit_failures_total"]
    assert allowed(server).status_code == 200
    after = metrics(server)
    assert grown(during, after) == {'behalfid_decisions_total{outcome="allowed"}': 1}
    assert after["behalfid_commit_failures_total"] == failures
    server.stop()


@pytest.mark.parametrize("kind", ["w", "s"])
def test_the_public_state_tells_of_a_failing_disk(disk: FailingDisk, kind: str) -> None:
    """While nothing can be recorded the server says that it is out, and says that it works once it does."""

    def overall() -> str:
        state: str = disk.server.call("GET", "/api/status").json()["overall"]
        return state

    def wait_for(state: str) -> None:
        until = time.monotonic() + 20
        while overall() != state:
            assert time.monotonic() < until, overall()
            time.sleep(0.2)

    wait_for("operational")
    disk.fail(kind)
    wait_for("outage")
    disk.heal()
    wait_for("operational")
    disk.server.stop()


@pytest.mark.parametrize("kind", ["w", "s"])
def test_site_guard_fails_closed(disk: FailingDisk, kind: str) -> None:
    """While nothing can be recorded no visitor is let in, in words that say so to whoever reads only `allowed`."""
    site = Site(disk.server)
    site.rule(allowedPaths=["/docs/*"])
    assert site.check("/docs/a")["allowed"]
    disk.fail(kind)
    answer = site.ask({"path": "/docs/a", "userAgent": "GoodBot"})
    assert answer.status_code == 503
    body = answer.json()
    assert (body["allowed"], body["reason"], body["matchedRuleId"]) == (False, CLOSED, None)
    assert (body["error"], body["code"]) == (CLOSED, "SITE_GUARD_FAILED_CLOSED")
    proxied = site.authorize({"X-Original-URI": "/docs/a"})
    assert (proxied.status_code, proxied.headers["X-BehalfID-Reason"]) == (503, CLOSED)
    disk.heal()
    assert site.check("/docs/a")["allowed"]
    assert len(site.logs()) == 2
    disk.server.stop()
