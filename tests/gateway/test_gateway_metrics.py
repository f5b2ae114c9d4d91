# SPDX-License-Identifier: Apache-2.0
"""What the gateway does is counted by how it ended."""

from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from gateway_support import Gateway
from metrics_support import grown, read_samples
from pages import page
from test_gateway_places import BUSY_ACCOUNT, OF_ACCOUNT, Gate, check_busy
from world import World

TOKEN = "metrics-0123456789abcdef"
EXECUTIONS = "behalfid_gateway_executions_total"
ALLOWED = 'behalfid_decisions_total{outcome="allowed"}'


def scrape(gateway: Gateway) -> dict[str, float]:
    """What the server tells Prometheus."""
    answer = gateway.server.call("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    return read_samples(answer.text)


def test_actions_count_by_how_they_ended(start_gateway: Callable[..., Gateway], world: World) -> None:
    """Pages that are read succeed; an action above the places is busy, and no decision."""
    gateway = start_gateway(env={"BEHALFID_METRICS_TOKEN": TOKEN})
    free, gate = world.site(page()), Gate(world)
    before = scrape(gateway)
    gateway.read(free.url())
    with ThreadPoolExecutor(OF_ACCOUNT) as pool:
        running = [pool.submit(gateway.execute, gate.site.url()) for _ in range(OF_ACCOUNT)]
        gate.wait_for(OF_ACCOUNT)
        check_busy(gateway, free.url(), 429, BUSY_ACCOUNT)
        gate.open.set()
        assert [future.result().body["executed"] for future in running] == [True] * OF_ACCOUNT
    assert grown(before, scrape(gateway)) == {
        ALLOWED: OF_ACCOUNT + 1,
        EXECUTIONS + '{outcome="succeeded"}': OF_ACCOUNT + 1,
        EXECUTIONS + '{outcome="busy"}': 1,
    }
