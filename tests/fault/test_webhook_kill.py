# SPDX-License-Identifier: Apache-2.0
"""A server killed between commit and delivery loses no event."""

import json
import random
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Optional

from harness import Server
from receiver import Receiver, Received, Reply

KILLS = 12
CALLERS = 4


class Caller(threading.Thread):
    """One agent that asks without pause on one connection and remembers what was answered, in order."""

    def __init__(self, server: Server, agent_id: str, key: str) -> None:
        super().__init__()
        self.server = server
        self.agent_id = agent_id
        self.key = key
        self.answered: list[str] = []

    def run(self) -> None:
        line = HTTPConnection(self.server.host, self.server.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            while True:
                body = json.dumps({"agentId": self.agent_id, "action": "purchase", "amount": 1})
                line.request("POST", "/api/verify", body, headers)
                answer = line.getresponse()
                text = answer.read()
                if answer.status == 200:
                    self.answered.append(json.loads(text)["requestId"])
        except (OSError, HTTPException, ValueError):
            pass
        finally:
            line.close()


def check_order(receiver: Receiver, answered: dict[str, list[str]]) -> None:
    """Per agent, what was answered came in that order, as far as first arrivals go."""
    arrived: dict[str, list[str]] = {agent_id: [] for agent_id in answered}
    known: set[str] = set()
    for request in receiver.requests:
        data = json.loads(request.body)["data"]
        if data["requestId"] not in known:
            known.add(data["requestId"])
            arrived[data["agentId"]].append(data["requestId"])
    for agent_id, wanted in answered.items():
        asked = set(wanted)
        assert [one for one in arrived[agent_id] if one in asked] == wanted


def test_killed_at_any_moment_each_committed_event_arrives_at_least_once_in_order(tmp_path: Path) -> None:
    """After kills between commit and delivery every answered decision reaches the endpoint, per agent in order."""
    chance = random.Random(20261121)

    def slowly(_request: Received, _number: int) -> Reply:
        return Reply(delay=0.002)  # so that much is on its way when the server is killed

    server = Server(tmp_path / "data", "--allow-private-webhooks").start()
    agents = []
    for number in range(CALLERS):
        agent_id, key = server.create_agent(f"Caller {number}")
        server.grant(agent_id, "purchase")
        agents.append((agent_id, key))
    answered: dict[str, list[str]] = {agent_id: [] for agent_id, _ in agents}
    with Receiver(slowly) as receiver:
        body = {"url": receiver.url, "events": ["verification.allowed"]}
        made = server.call("POST", "/api/dashboard/webhooks", body, server.as_developer())
        assert made.status_code == 201, made.text
        behind = 0
        for _ in range(KILLS):
            callers = [Caller(server, agent_id, key) for agent_id, key in agents]
            for caller in callers:
                caller.start()
            time.sleep(chance.uniform(0.05, 0.4))
            server.kill()
            for caller in callers:
                caller.join()
                answered[caller.agent_id] += caller.answered
            behind += sum(map(len, answered.values())) > distinct(receiver)
            server.start()
        wanted = {request_id for ids in answered.values() for request_id in ids}
        deadline = time.monotonic() + 120
        missing: Optional[set[str]] = None
        while missing is None or missing:
            assert time.monotonic() < deadline, len(missing or ())
            time.sleep(0.2)
            missing = wanted - {json.loads(got.body)["data"]["requestId"] for got in list(receiver.requests)}
        check_order(receiver, answered)
        # Else the kills came when nothing was left to deliver, and the test has shown nothing.
        assert behind > 0 and len(wanted) > 20 * KILLS
    assert server.stop() == 0


def distinct(receiver: Receiver) -> int:
    """How many decisions the receiver knows of."""
    return len({json.loads(got.body)["data"]["requestId"] for got in list(receiver.requests)})
