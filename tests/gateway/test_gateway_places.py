# SPDX-License-Identifier: Apache-2.0
"""How many actions run at the same time: 8 of one account, 64 in all."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable

from api_support import other_account
from gateway_support import Gateway, Outcome
from pages import page
from world import Line, Site, World

OF_ACCOUNT, IN_ALL = 8, 64
BUSY = {"error": "Too many gateway actions are running.", "code": "GATEWAY_BUSY"}
BUSY_ACCOUNT = {"error": "Too many gateway actions of this account are running.", "code": "GATEWAY_BUSY"}


class Gate:
    """A site whose page comes once the gate is open."""

    def __init__(self, world: World) -> None:
        self.open = threading.Event()
        self.site: Site = world.site(self.handle)

    def handle(self, line: Line) -> None:
        """Waits; says something now and then would be no page."""
        self.open.wait(30)
        page()(line)

    def wait_for(self, count: int) -> None:
        """Returns once so many requests wait."""
        deadline = time.monotonic() + 4
        while len(self.site.requests) < count:
            assert time.monotonic() < deadline, len(self.site.requests)
            time.sleep(0.005)


def check_busy(gateway: Gateway, url: str, status: int, error: dict[str, str]) -> None:
    """No place: nothing is decided."""
    rows = len(gateway.agent.rows())
    outcome = gateway.execute(url)
    assert outcome.status == status, outcome
    assert {name: outcome.body[name] for name in error} == error
    assert len(gateway.agent.rows()) == rows


def test_an_account_has_eight_places(start_gateway: Callable[..., Gateway], world: World) -> None:
    """The ninth action of an account at the same time answers 429 and decides nothing; the places come back."""
    gateway = start_gateway()
    sibling = Gateway(world, gateway.server)
    other = Gateway(world, gateway.server, other_account(gateway.server))
    free = world.site(page())
    for _ in range(2):
        gate = Gate(world)
        with ThreadPoolExecutor(OF_ACCOUNT) as pool:
            running = [pool.submit(gateway.execute, gate.site.url()) for _ in range(OF_ACCOUNT)]
            gate.wait_for(OF_ACCOUNT)
            check_busy(gateway, free.url(), 429, BUSY_ACCOUNT)
            check_busy(sibling, free.url(), 429, BUSY_ACCOUNT)
            other.read(free.url())
            gate.open.set()
            assert [future.result().body["executed"] for future in running] == [True] * OF_ACCOUNT
        gateway.read(free.url())


def test_there_are_64_places_in_all(start_gateway: Callable[..., Gateway], world: World) -> None:
    """The 65th action at the same time answers 503 and decides nothing; the places come back."""
    first = start_gateway()
    tokens = [other_account(first.server) for _ in range(IN_ALL // OF_ACCOUNT)]
    gateways = [first, *[Gateway(world, first.server, token) for token in tokens]]
    free = world.site(page())
    gate = Gate(world)
    with ThreadPoolExecutor(IN_ALL) as pool:
        running: list[Future[Outcome]] = [
            pool.submit(gateway.execute, gate.site.url()) for gateway in gateways[1:] for _ in range(OF_ACCOUNT)
        ]
        gate.wait_for(IN_ALL)
        check_busy(first, free.url(), 503, BUSY)
        gate.open.set()
        assert all(future.result().body["executed"] for future in running)
    for gateway in gateways:
        gateway.read(free.url())


def test_a_failed_action_gives_its_place_back(start_gateway: Callable[..., Gateway], world: World) -> None:
    """Actions that fail, are refused or denied leave no place taken."""
    gateway = start_gateway()
    stranger = Gateway(world, gateway.server, may_read=False)
    host = world.site(page(), lambda question: question.answer()).host
    for _ in range(2 * OF_ACCOUNT):
        gateway.fail(f"http://{host}/", "Gateway URL host could not be resolved.")
        gateway.refuse("http://127.0.0.1/", "Gateway URL IP address is not public.")
        assert stranger.execute(f"http://{host}/").body["allowed"] is False
    gateway.read(world.site(page()).url())
