# SPDX-License-Identifier: Apache-2.0
"""Measures webhooks: deliveries a second, and what a subscribed endpoint costs the decisions.

Part of bench/measure.py. The receiver is bench/receiver.c, on the same machine, as cheap as can be.
"""

import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Iterator, Optional

import requests

from harness import Server

CALLERS = 4
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

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It answers nobody meanwhile; what was sent to it waits in its sockets."""
        self.process.send_signal(signal.SIGSTOP)
        yield
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> "Sink":
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)


@contextmanager
def subscribed(server: Server, sink: Sink, count: int) -> Iterator[None]:
    """So many endpoints that want every allowed decision, for a while."""
    made = []
    for number in range(count):
        body = {"url": f"http://127.0.0.1:{sink.port}/{number}", "events": ["verification.allowed"]}
        answer = server.call("POST", "/api/dashboard/webhooks", body, server.as_developer())
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["webhook"]["webhookId"])
    yield
    for webhook in made:
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


def ask(server: Server, agents: Path, events: int) -> None:
    """So many allowed decisions, by all agents in turn, a few at a time."""
    keys = [line.split(" ") for line in agents.read_text().splitlines()]

    def some(part: int) -> None:
        with requests.Session() as session:
            for number in range(part, events, CALLERS):
                agent_id, key = keys[number % len(keys)]
                body = {"agentId": agent_id, "action": "purchase", "amount": 1}
                headers = {"Authorization": f"Bearer {key}"}
                answer = session.post(server.base_url + "/api/verify", json=body, headers=headers, timeout=60)
                assert answer.status_code == 200, answer.text

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(some, range(CALLERS)))


def delivery_rate(server: Server, sink: Sink, endpoints: int, events: int, agents: Path) -> float:
    """Deliveries a second of a backlog that is made while the receiver is stopped."""
    before = sink.count()
    with subscribed(server, sink, endpoints):
        with sink.paused():
            ask(server, agents, events)
            start = time.perf_counter()
        started_with = sink.count() - before
        wanted = events * endpoints
        while (done := sink.count() - before) < wanted:
            assert time.perf_counter() - start < 300, (done, wanted)
            time.sleep(0.02)
        return (wanted - started_with) / (time.perf_counter() - start)
