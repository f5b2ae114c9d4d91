# SPDX-License-Identifier: Apache-2.0
"""Networks that the operator refuses besides the private ones: for pages and for webhooks."""

import time
from typing import Callable

import pytest

from gateway_support import NOT_PUBLIC, Gateway
from pages import page, redirect
from resolver import addresses
from webhook_calls import create
from world import PUBLIC, PUBLIC6, PUBLIC_TOO, World

REFUSED = f"{PUBLIC_TOO}/32, 2606:2800:220:1::/64"


def test_a_refused_network_is_not_read(start_gateway: Callable[..., Gateway], world: World) -> None:
    """A public address of a refused network is refused like a private one, by name, by number and by redirect."""
    gateway = start_gateway("--refused-networks", REFUSED)
    fine = world.site(page())
    assert gateway.read(fine.url())["status"] == 200
    for refused in ((PUBLIC_TOO,), (PUBLIC6,), (PUBLIC, PUBLIC_TOO), (PUBLIC, PUBLIC6)):
        site = world.site(page(), addresses(*refused))
        gateway.fail(site.url(), NOT_PUBLIC)
        gateway.fail(world.site(redirect(site.url())).url(), NOT_PUBLIC)
        assert not site.requests
    by_number = world.site(page(), host=PUBLIC_TOO)
    gateway.refuse(by_number.url(), NOT_PUBLIC)
    gateway.fail(world.site(redirect(by_number.url())).url(), NOT_PUBLIC)
    assert not by_number.requests


@pytest.mark.parametrize("answer", [(PUBLIC_TOO,), (PUBLIC6,), ("10.0.0.5",), ("169.254.169.254",)])
def test_a_refused_network_gets_no_webhook(
    start_gateway: Callable[..., Gateway], world: World, answer: tuple[str, ...]
) -> None:
    """A webhook whose name resolves into a refused network, or a private one, is not sent; others are."""
    gateway = start_gateway("--refused-networks", REFUSED, "--webhook-ca", str(world.authority.ca))
    fine, bad = world.site(page(b"")), world.site(page(b""), addresses(*answer))
    create(gateway.server, fine.url("/hook", "https"), ["verification.allowed"])
    endpoint = create(gateway.server, bad.url("/hook", "https"), ["verification.allowed"])
    gateway.agent.verify("browse_web", resource="web")
    deadline = time.monotonic() + 15
    while not (fine.requests and endpoint.deliveries()):
        assert time.monotonic() < deadline, endpoint.deliveries()
        time.sleep(0.05)
    assert endpoint.deliveries()[-1]["status"] == "failed"
    assert not bad.requests
