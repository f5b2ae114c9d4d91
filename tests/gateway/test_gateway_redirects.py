# SPDX-License-Identifier: Apache-2.0
"""Redirects: each target is judged like the first address, and there are at most three."""

import pytest

from gateway_support import (
    BAD_URL,
    DOWNGRADE,
    NO_ANSWER,
    NO_LOCATION,
    NOT_PUBLIC,
    NOT_PUBLIC_LITERAL,
    TOO_MANY,
    Gateway,
)
from pages import page, redirect
from resolver import addresses
from spellings import REFUSED
from world import Line, Site, World

STATUSES = ("300 Many", "301 Moved", "302 Found", "303 Other", "305 Proxy", "307 Temporary", "308 Permanent", "399 Odd")


def chain(world: World, length: int) -> Site:
    """A site that redirects so often before the page comes."""

    def handler(line: Line) -> None:
        step = int(line.request.line.split(" ")[1].strip("/") or 0)
        (page(b"arrived") if step == length else redirect(f"/{step + 1}"))(line)

    return world.site(handler)


@pytest.mark.parametrize("target,error", REFUSED)
def test_a_redirect_to_what_must_not_be_read_is_refused(
    gateway: Gateway, world: World, target: str, error: str
) -> None:
    """A redirect to a forbidden address in any spelling, name, scheme, port or form fails with the error of that rule."""
    site = world.site(redirect(target))
    if not target.isascii():  # in a header it arrives as other characters, which are no better
        site.handler = redirect(target.encode().decode("latin-1"))
    record = gateway.fail(site.url(), error)
    assert record["status"] in (None, 302)
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    "target,error",
    [
        ("//10.0.0.5/", NOT_PUBLIC_LITERAL),
        ("/\\10.0.0.5/", NOT_PUBLIC_LITERAL),
        ("\\\\10.0.0.5\\", NOT_PUBLIC_LITERAL),
        ("http:\\\\10.0.0.5/", NOT_PUBLIC_LITERAL),
        ("  http://10.0.0.5/  ", NOT_PUBLIC_LITERAL),
        ("http:///10.0.0.5/", NOT_PUBLIC_LITERAL),
    ],
)
def test_a_redirect_in_an_odd_form_is_refused(gateway: Gateway, world: World, target: str, error: str) -> None:
    """A redirect in a form that browsers understand as a forbidden address is refused, or not understood."""
    outcome = gateway.execute(world.site(redirect(target)).url())
    gateway.check_failed(outcome, outcome.body["error"])
    assert outcome.body["error"] in (error, BAD_URL)


@pytest.mark.parametrize("dns,error", [(addresses("10.0.0.5"), NOT_PUBLIC), (addresses(), NO_ANSWER)])
def test_the_name_that_a_redirect_gives_is_resolved_and_judged(
    gateway: Gateway, world: World, dns: object, error: str
) -> None:
    """A redirect to a name that resolves to a forbidden address, or to none, fails."""
    inner = world.site(page(), dns)  # type: ignore[arg-type]
    gateway.fail(world.site(redirect(inner.url())).url(), error)
    assert not inner.requests


def test_three_redirects_are_followed(gateway: Gateway, world: World) -> None:
    """Three redirects lead to the page, whose address is the result's."""
    site = chain(world, 3)
    result = gateway.read(site.url())
    assert (result["url"], result["excerpt"]) == (site.url("/3"), "arrived")
    assert len(site.requests) == 4


def test_the_fourth_redirect_fails(gateway: Gateway, world: World) -> None:
    """The fourth redirect is not followed."""
    site = chain(world, 4)
    gateway.fail(site.url(), TOO_MANY)
    assert [request.line for request in site.requests] == [f"GET /{step} HTTP/1.1" for step in ("", 1, 2, 3)]


def test_a_redirect_to_itself_ends(gateway: Gateway, world: World) -> None:
    """A page that redirects to itself fails at the limit."""
    site = world.site(redirect("/"))
    gateway.fail(site.url(), TOO_MANY)
    assert len(site.requests) == 4


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_of_the_300s_is_a_redirect(gateway: Gateway, world: World, status: str) -> None:
    """Every status from 300 to 399 with a Location is followed, by GET; without one it fails."""
    target = world.site(page())
    assert gateway.read(world.site(redirect(target.url("/x"), status)).url())["url"] == target.url("/x")
    assert target.requests[0].line == "GET /x HTTP/1.1"
    gateway.fail(world.site(page(status=status)).url(), NO_LOCATION)


def test_not_modified_is_a_redirect_too(gateway: Gateway, world: World) -> None:
    """A 304, to which nobody is entitled here, has no Location and fails."""
    gateway.fail(world.site(page(b"", kind="", status="304 Not Modified")).url(), NO_LOCATION)


@pytest.mark.parametrize(
    "location,path",
    [
        ("next", "/a/next"),
        ("/next", "/next"),
        ("?q=1", "/a/b?q=1"),
        ("../up?x", "/up?x"),
        ("./", "/a/"),
        ("n#f", "/a/n"),
    ],
)
def test_a_relative_location_is_resolved(gateway: Gateway, world: World, location: str, path: str) -> None:
    """A relative Location counts from the page that gave it; its fragment goes nowhere."""

    def handler(line: Line) -> None:
        (redirect(location) if line.request.line == "GET /a/b HTTP/1.1" else page())(line)

    site = world.site(handler)
    assert gateway.read(site.url("/a/b"))["url"] == site.url(path)
    assert site.requests[1].line == f"GET {path} HTTP/1.1"


def test_https_may_not_become_http(gateway: Gateway, world: World) -> None:
    """A redirect from https to http is refused; from http to https it is followed."""
    plain, secured = world.site(page()), world.site(page())
    gateway.fail(world.site(redirect(plain.url())).url(scheme="https"), DOWNGRADE)
    assert not plain.requests
    target = secured.url(scheme="https")
    assert gateway.read(world.site(redirect(target)).url())["url"] == target


def test_http_after_https_stays_refused_on_a_longer_way(gateway: Gateway, world: World) -> None:
    """http to https to http is refused at the last step."""
    plain = world.site(page())
    secured = world.site(redirect(plain.url()))
    gateway.fail(world.site(redirect(secured.url(scheme="https"))).url(), DOWNGRADE)
    assert (len(secured.requests), len(plain.requests)) == (1, 0)


def test_a_location_has_the_limit_of_an_address(gateway: Gateway, world: World) -> None:
    """A Location that is too long for an address is none; one that just fits is followed."""
    target = world.site(page())
    room = 8192 - len(target.url())
    assert gateway.read(world.site(redirect(target.url("/" + "a" * room))).url())["status"] == 200
    gateway.fail(world.site(redirect(target.url("/" + "a" * (room + 1)))).url(), BAD_URL)
