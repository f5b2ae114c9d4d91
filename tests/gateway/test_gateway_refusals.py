# SPDX-License-Identifier: Apache-2.0
"""What is not allowed is not done: no name is looked up, nothing is connected to, nothing is spent."""

import pytest

from api_support import NEEDS_APPROVAL, NO_PERMISSION, settle
from gateway_support import NOT_PUBLIC, Gateway
from pages import page
from spellings import REFUSED
from world import World

UNSUPPORTED = "Action Gateway MVP only supports browse_web on the web resource."


@pytest.mark.parametrize("url,error", [*REFUSED, ("", "input.url is required.")])
def test_a_refused_address_decides_nothing(gateway: Gateway, url: str, error: str) -> None:
    """An address that must not be read is refused before anything is decided, looked up or connected to."""
    gateway.refuse(url, error)


def test_a_denied_action_is_not_done(world: World, gateway: Gateway) -> None:
    """Without a permission nothing is looked up or connected to."""
    site = world.site(page())
    stranger = Gateway(world, gateway.server, may_read=False)
    before = world.attempts()
    outcome = stranger.execute(site.url())
    assert (outcome.status, outcome.body["allowed"], outcome.body["executed"]) == (200, False, False)
    assert outcome.body["reason"] == NO_PERMISSION
    assert world.attempts() == before
    assert stranger.row(outcome)["execution"] is None


def test_an_action_that_needs_approval_is_not_done_before_it(world: World, gateway: Gateway) -> None:
    """An action that waits for approval does nothing; a refused address spends no grant; the grant is spent once."""
    site = world.site(page())
    asking = Gateway(world, gateway.server, may_read=False)
    asking.grant(requiresApproval=True)
    before = world.attempts()
    first = asking.execute(site.url())
    assert (first.status, first.body["allowed"], first.body["executed"]) == (200, False, False)
    assert (first.body["reason"], first.body["approvalRequired"]) == (NEEDS_APPROVAL, True)
    assert world.attempts() == before
    settle(asking.server, first.body["approvalId"])
    asking.refuse("http://10.0.0.5/", "Gateway URL IP address is not public.")
    asking.refuse("http://[::ffff:1.2.3.4]/", NOT_PUBLIC)
    assert asking.read(site.url())["excerpt"] == "hello"
    assert asking.execute(site.url()).body["approvalRequired"] is True
    assert len(site.requests) == 1


@pytest.mark.parametrize("action,resource", [("send_email", "web"), ("browse_web", "calendar"), ("purchase", "shop")])
def test_an_unsupported_action_is_not_done(world: World, gateway: Gateway, action: str, resource: str) -> None:
    """What the gateway cannot run it denies, also when a permission allows it, and nothing is looked up."""
    site = world.site(page())
    gateway.server.grant(gateway.agent.agent_id, action, resource=resource)
    before = world.attempts()
    outcome = gateway.execute(site.url(), action=action, resource=resource)
    assert (outcome.status, outcome.body["allowed"], outcome.body["executed"]) == (200, False, False), outcome
    assert outcome.body["reason"] == UNSUPPORTED
    assert world.attempts() == before


def test_a_query_stays_out_of_the_log(world: World, gateway: Gateway) -> None:
    """The log names the page, not what its query says."""
    site = world.site(page())
    outcome = gateway.execute(site.url("/p?token=very-secret"))
    assert outcome.body["result"]["url"] == site.url("/p?token=very-secret")
    record = gateway.row(outcome)["execution"]
    assert (record["url"], record["finalUrl"]) == (site.url("/p?..."), site.url("/p?..."))
    assert "very-secret" not in gateway.server.log()
