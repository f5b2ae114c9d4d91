# SPDX-License-Identifier: Apache-2.0
"""Measures webhooks: deliveries a second, and what a subscribed endpoint costs the decisions.

Part of bench/measure.py. The receiver is bench/receiver.c, on the same machine, as cheap as can be.
"""

import statistics
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Optional

import requests

from harness import Server

AGENTS = 32  # order is kept per agent, so one alone is sent one event after the other


class Sink:
    """A receiver process."""

    def __init__(self, binary: Path) -> None:
        self.process = subprocess.Popen([str(binary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def count(self) -> int:
        """Requests received so far."""
        return int(requests.get(f"http://127.0.0.1:{self.port}/", timeout=10).text)

    def __enter__(self) -> "Sink":
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)


def subscribe(server: Server, sink: Sink, count: int) -> list[str]:
    """So many endpoints that want every allowed decision; their ids."""
    found = []
    for number in range(count):
        body = {"url": f"http://127.0.0.1:{sink.port}/{number}", "events": ["verification.allowed"]}
        answer = server.call("POST", "/api/dashboard/webhooks", body, server.as_developer())
        assert answer.status_code == 201, answer.text
        found.append(answer.json()["webhook"]["webhookId"])
    return found


def remove(server: Server, webhooks: list[str]) -> None:
    """Deletes them again."""
    for webhook in webhooks:
        answer = server.call("DELETE", f"/api/dashboard/webhooks/{webhook}", headers=server.as_developer())
        assert answer.status_code == 200, answer.text


def agents_file(server: Server, path: Path) -> Path:
    """Agents with the permission that the load asks for, as wrk's script reads them."""
    lines = []
    for number in range(AGENTS):
        agent_id, key = server.create_agent(f"Bench agent {number}")
        server.grant(agent_id, "purchase")
        lines.append(f"{agent_id} {key}")
    path.write_text("\n".join(lines) + "\n")
    return path


def delivery_rate(server: Server, sink: Sink, endpoints: int, events: int, agents: Path) -> tuple[float, float]:
    """Makes a backlog and sees how fast it is worked off, with nothing else to do: deliveries a second, seconds."""
    webhooks = subscribe(server, sink, endpoints)
    before = sink.count()
    keys = [line.split(" ") for line in agents.read_text().splitlines()]
    with requests.Session() as session:
        for number in range(events):
            agent_id, key = keys[number % len(keys)]
            body = {"agentId": agent_id, "action": "purchase", "amount": 1}
            answer = session.post(
                server.base_url + "/api/verify", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30
            )
            assert answer.status_code == 200, answer.text
    start_count = sink.count()
    start = time.perf_counter()
    wanted = before + events * endpoints
    while (done := sink.count()) < wanted:
        assert time.perf_counter() - start < 300, (done, wanted)
        time.sleep(0.05)
    seconds = time.perf_counter() - start
    remove(server, webhooks)
    return (wanted - start_count) / max(seconds, 1e-6), seconds


def medians(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)
