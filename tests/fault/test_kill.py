# SPDX-License-Identifier: Apache-2.0
"""A server killed at any moment loses no answer that a client received."""

import json
import os
import random
import sqlite3
import subprocess
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from harness import Server

KILLS = int(os.environ.get("BEHALF_KILLS", "50"))
REASON_GRANT = 21
CALLERS = 6


class Caller(threading.Thread):
    """Verifies without pause on one connection and remembers what was answered, until the server is gone."""

    def __init__(self, server: Server, number: int) -> None:
        super().__init__()
        self.server = server
        self.number = number
        self.answers: list[dict[str, object]] = []

    def run(self) -> None:
        line = HTTPConnection(self.server.host, self.server.port, timeout=10)
        headers = {**self.server.as_agent(), "Content-Type": "application/json"}
        try:
            for turn in range(100000):
                body: dict[str, object] = {"agentId": self.server.agent_id}
                if turn % 4 == 0:
                    body.update(action="deploy_production", vendor="vercel.com", amount=self.number * 1000 + turn % 8)
                else:
                    body.update(action="purchase", vendor="coachella.com", amount=turn)
                line.request("POST", "/api/verify", json.dumps(body), headers)
                answer = line.getresponse()
                text = answer.read()
                if answer.status == 200:
                    self.answers.append(json.loads(text))
        except (OSError, HTTPException, ValueError):
            pass
        finally:
            line.close()


class Approver(threading.Thread):
    """A person who approves whatever waits, through the data folder, while the server runs."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            with sqlite3.connect(self.server.data_dir / "behalf.db", timeout=10) as db:
                now = int(time.time() * 1000)
                db.execute(
                    "UPDATE approval SET status = 'approved', resolved_at = ?, resolved_by = 'test', grant_expires_at = ?"
                    " WHERE status = 'pending'",
                    (now, now + 600000),
                )
            db.close()
            self.stop.wait(0.02)


def background_load(server: Server, script: Path) -> "subprocess.Popen[bytes]":
    """wrk on top, so that the batches are large."""
    script.write_text(
        'wrk.method = "POST"\n'
        f'wrk.body = \'{{"agentId":"{server.agent_id}","action":"purchase","vendor":"coachella.com","amount":1}}\'\n'
        f'wrk.headers["Authorization"] = "Bearer {server.api_key}"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
    )
    command = ["wrk", "-t1", "-c32", "-d20s", "--timeout", "2s", "-s", str(script), server.base_url + "/api/verify"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def logged_request_ids(server: Server, wanted: set[str]) -> set[str]:
    """Which of the wanted request ids the log knows."""
    found: set[str] = set()
    line = HTTPConnection(server.host, server.port, timeout=30)
    for request_id in wanted:
        line.request("GET", f"/api/logs/{server.agent_id}?limit=1&requestId={request_id}", headers=server.as_agent())
        rows = json.loads(line.getresponse().read())["logs"]
        found.update(row["requestId"] for row in rows)
    line.close()
    return found


def check_grants(server: Server) -> None:
    """Each spent grant has exactly one allowed row, and each such row a spent grant."""
    with sqlite3.connect(f"file:{server.data_dir}/behalf.db?mode=ro", uri=True) as db:
        used = sorted(row[0] for row in db.execute("SELECT approval_id FROM approval WHERE status = 'used'"))
        rows = sorted(row[0] for row in db.execute(f"SELECT approval_id FROM audit WHERE flags >> 8 = {REASON_GRANT}"))
    assert rows == used


def test_kill_at_random_moments_loses_no_answer(tmp_path: Path) -> None:
    """After each kill -9 the server starts by itself, knows every answered request, and its chain verifies."""
    chance = random.Random(20261121)
    server = Server(tmp_path / "data").start()
    total = 0
    granted = 0
    for round_number in range(KILLS):
        callers = [Caller(server, number) for number in range(CALLERS)]
        approver = Approver(server)
        load = background_load(server, tmp_path / "load.lua")
        for thread in [*callers, approver]:
            thread.start()
        time.sleep(chance.uniform(0.02, 0.5))
        server.kill()
        approver.stop.set()
        load.kill()
        load.wait()
        for thread in [*callers, approver]:
            thread.join()
        server.start()
        answers = [answer for caller in callers for answer in caller.answers]
        granted += sum(answer["reason"] == "Action allowed by approved permission grant." for answer in answers)
        wanted = {str(answer["requestId"]) for answer in answers}
        assert len(wanted) == len(answers)
        assert logged_request_ids(server, wanted) == wanted
        total += len(answers)
        if round_number % 10 == 9:
            done = server.command_line("audit", "verify")
            assert done.returncode == 0, done.stdout + done.stderr
    check_grants(server)
    done = server.command_line("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert total > KILLS * 10 and granted > 0
    assert server.stop() == 0
