# SPDX-License-Identifier: Apache-2.0
"""Long log listings do not hold up what matters more."""

import http.client
import json
import select
import socket
import threading
from typing import Callable, Iterator

import pytest
import requests

from api_support import Agent, developer_call
from harness import Server

ROWS = 3000
CALLERS = 6
LISTINGS = 60
IN_PROGRESS = 8  # more than any pool has threads


def fill_log(agent: Agent) -> None:
    """Makes ROWS rows, by several callers that keep their connections."""
    body = json.dumps({"agentId": agent.agent_id, "action": "act", "vendor": "shop.example"})
    headers = {**agent.headers(), "Content-Type": "application/json"}

    def call() -> None:
        line = http.client.HTTPConnection(agent.server.host, agent.server.port, timeout=60)
        for _ in range(ROWS // CALLERS):
            line.request("POST", "/api/verify", body, headers)
            line.getresponse().read()
        line.close()

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()


@pytest.fixture()
def agent(start_server: Callable[..., Server]) -> Agent:
    """An agent with a long log, on a server of its own."""
    agent = Agent(start_server())
    agent.grant("act")
    fill_log(agent)
    return agent


class Listings:
    """Many listings at once, each on its own connection, that look at every row and find none."""

    def __init__(self, agent: Agent, count: int) -> None:
        request = (
            f"GET /api/logs/{agent.agent_id}?q=nothing-has-this HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Authorization: Bearer {agent.api_key}\r\n\r\n"
        ).encode()
        address = (agent.server.host, agent.server.port)
        self.lines = [socket.create_connection(address, timeout=60) for _ in range(count)]
        for line in self.lines:
            line.sendall(request)

    def wait_for_the_first(self) -> None:
        """Returns when one is answered: then the others are waiting or in progress."""
        assert select.select(self.lines, [], [], 60)[0]

    def unanswered(self) -> int:
        """How many have no answer yet."""
        return len(self.lines) - len(select.select(self.lines, [], [], 0)[0])

    def statuses(self) -> list[int]:
        """Waits for all of them."""
        found = []
        for line in self.lines:
            with line:
                answer = http.client.HTTPResponse(line)
                answer.begin()
                answer.read()
                found.append(answer.status)
        return found


@pytest.fixture()
def listings(agent: Agent) -> Iterator[Listings]:
    """LISTINGS of them, some of which are waiting when the test begins."""
    many = Listings(agent, LISTINGS)
    many.wait_for_the_first()
    yield many
    assert many.statuses() == [200] * LISTINGS


def test_a_revocation_does_not_wait_for_listings(agent: Agent, listings: Listings) -> None:
    """A permission is revoked, and the next decision denied, while listings that came before still wait."""
    permission_id = agent.grant("other")
    assert developer_call(agent.server, "POST", f"/api/permissions/{permission_id}/revoke").status_code == 200
    assert agent.decide("other")["allowed"] is False
    assert listings.unanswered() > IN_PROGRESS


def test_reading_an_agent_does_not_wait_for_listings(agent: Agent, listings: Listings) -> None:
    """An agent is read while listings that came before still wait."""
    assert agent.get().status_code == 200
    assert listings.unanswered() > IN_PROGRESS


def test_listings_beyond_the_queue_are_refused(agent: Agent) -> None:
    """Of very many listings some are answered with 503 at once, none gets lost, and later ones work again."""
    statuses = Listings(agent, 4 * LISTINGS).statuses()
    assert set(statuses) == {200, 503}
    answer = requests.get(f"{agent.server.base_url}/api/logs/{agent.agent_id}", headers=agent.headers(), timeout=30)
    assert answer.status_code == 200
