# SPDX-License-Identifier: Apache-2.0
"""The gateway and a resolver that lies: what a name resolves to is judged whole, once for each hop, and then pinned."""

import dns.rcode
import pytest

from gateway_support import NO_ANSWER, NOT_PUBLIC, TOO_MANY_ANSWERS, Gateway
from inside import SEARCH
from pages import page, redirect
from resolver import Script, addresses, alias, failing, in_turn
from spellings import DOTTED6, RANGES, RANGES6
from world import PUBLIC, PUBLIC6, PUBLIC_TOO, World

PRIVATE6 = tuple(address for address in RANGES6 + DOTTED6 if address != PUBLIC6)
HUNDRED = tuple(f"93.184.216.{last}" for last in range(100, 200))


@pytest.mark.parametrize("address", RANGES + PRIVATE6)
def test_a_name_of_a_forbidden_address_is_refused(gateway: Gateway, world: World, address: str) -> None:
    """A name that resolves to an address of any forbidden range is refused, and nothing arrives there."""
    gateway.fail(world.site(page(), addresses(address)).url(), NOT_PUBLIC)


@pytest.mark.parametrize("host", DOTTED6)
def test_an_address_within_an_address_is_refused(gateway: Gateway, world: World, host: str) -> None:
    """An IPv4 address written as an IPv6 one is refused, whatever it is, given or as the target of a redirect."""
    gateway.refuse(f"http://[{host}]/", NOT_PUBLIC)
    gateway.fail(world.site(redirect(f"http://[{host}]/")).url(), NOT_PUBLIC)


@pytest.mark.parametrize(
    "mixed",
    [
        (PUBLIC, "10.0.0.5"),
        ("10.0.0.5", PUBLIC),
        (PUBLIC, PUBLIC_TOO, "169.254.169.254"),
        (PUBLIC, "fc00::1"),
        (PUBLIC, "::1"),
        (PUBLIC, "::ffff:93.184.216.34"),
        (PUBLIC6, "192.168.1.1"),
        (PUBLIC6, "fe80::1"),
        (PUBLIC, PUBLIC6, "64:ff9b::a00:5"),
        (*HUNDRED[:63], "10.0.0.5"),
    ],
)
def test_one_forbidden_answer_among_public_ones_refuses_all(
    gateway: Gateway, world: World, mixed: tuple[str, ...]
) -> None:
    """One forbidden address among the answers, of either family and at any place, refuses all of them."""
    site = world.site(page(), addresses(*mixed))
    gateway.fail(site.url(), NOT_PUBLIC)
    assert not site.requests


def test_a_name_is_resolved_once_and_the_answer_is_pinned(gateway: Gateway, world: World) -> None:
    """A name that is public when judged and private afterwards is read at the public address: it is not asked again."""
    site = world.site(page(), in_turn(addresses(PUBLIC, ttl=0), addresses("10.0.0.5", ttl=0)))
    assert gateway.read(site.url())["excerpt"] == "hello"
    assert world.resolver.questions(site.host).count("A") == 1
    assert [request.address for request in site.requests] == [PUBLIC]


def test_an_answer_is_not_kept_for_the_next_action(gateway: Gateway, world: World) -> None:
    """What was public for one action is judged anew for the next, also when the answer says that it may be kept."""
    for ttl in (0, 3600):
        site = world.site(page(), in_turn(addresses(PUBLIC, ttl=ttl), addresses("10.0.0.5", ttl=ttl)))
        gateway.read(site.url())
        gateway.fail(site.url(), NOT_PUBLIC)


def test_each_redirect_is_resolved_anew(gateway: Gateway, world: World) -> None:
    """A redirect to the same name is judged by a new look-up."""
    site = world.site(redirect("/again"), in_turn(addresses(PUBLIC, ttl=0), addresses("127.0.0.1", ttl=0)))
    gateway.fail(site.url(), NOT_PUBLIC)
    assert len(site.requests) == 1


def test_aliases_of_forbidden_addresses_are_refused(gateway: Gateway, world: World) -> None:
    """A chain of aliases is judged by where it ends, whatever its names are."""
    private = alias("a.sites.com", alias("b.sites.com", addresses("10.0.0.5")))
    gateway.fail(world.site(page(), private).url(), NOT_PUBLIC)
    gateway.fail(world.site(page(), alias("metadata.google.internal", addresses("169.254.169.254"))).url(), NOT_PUBLIC)
    gateway.fail(world.site(page(), alias("localhost", addresses("127.0.0.1"))).url(), NOT_PUBLIC)
    public = alias("a.sites.com", alias("b.sites.com", addresses(PUBLIC)))
    assert gateway.read(world.site(page(), public).url())["excerpt"] == "hello"


@pytest.mark.parametrize(
    "script",
    [
        failing(dns.rcode.NXDOMAIN),
        failing(dns.rcode.SERVFAIL),
        failing(dns.rcode.REFUSED),
        failing(dns.rcode.NOERROR),
        lambda question: question.answer((question.name, "CNAME", question.name + ".")),
        lambda question: question.answer((question.name, "TXT", '"no address"')),
        lambda question: question.answer(
            ("another.sites.com", question.kind, PUBLIC if question.kind == "A" else PUBLIC6)
        ),
    ],
    ids=["no-such-name", "server-failure", "refused", "nothing", "alias-of-itself", "other-kind", "other-name"],
)
def test_a_name_without_an_address_is_an_error(gateway: Gateway, world: World, script: Script) -> None:
    """A name without a usable answer cannot be read, and the error says so."""
    site = world.site(page(), script)
    gateway.fail(site.url(), NO_ANSWER)
    assert not site.requests


def test_a_name_may_have_64_answers(gateway: Gateway, world: World) -> None:
    """Of a name with 64 public answers, which come over TCP, one is used; 65 of both families are too many to judge."""
    site = world.site(page(), addresses(*HUNDRED[:64]))
    assert gateway.read(site.url())["status"] == 200
    assert [request.address in HUNDRED for request in site.requests] == [True]
    for count in (65, 100):
        gateway.fail(world.site(page(), addresses(*HUNDRED[:count])).url(), TOO_MANY_ANSWERS)
    both = (*HUNDRED[:40], *(f"2606:2800:220:1::{last:x}" for last in range(1, 26)))
    gateway.fail(world.site(page(), addresses(*both)).url(), TOO_MANY_ANSWERS)
    gateway.fail(world.site(page(), addresses(*HUNDRED, "10.0.0.5")).url(), NOT_PUBLIC)


def test_the_hosts_file_is_judged_like_any_answer(gateway: Gateway) -> None:
    """A private address that /etc/hosts gives for a public name is refused too."""
    gateway.fail("http://hosts-private.com/", NOT_PUBLIC)


def test_the_search_list_is_not_used(gateway: Gateway, world: World) -> None:
    """A name that only exists below the machine's search domain does not exist for the gateway, which does not ask."""
    for number, inner in enumerate(("10.0.0.7", PUBLIC)):
        name = f"only-inside-{number}.com"
        world.resolver.scripts[f"{name}.{SEARCH}"] = addresses(inner)
        gateway.fail(f"http://{name}/", NO_ANSWER)
        assert set(world.resolver.questions(name)) <= {"A", "AAAA"}
        assert (f"{name}.{SEARCH}", "A") not in world.resolver.asked


def test_a_site_with_ipv6_alone_is_read(gateway: Gateway, world: World) -> None:
    """A name with a public IPv6 address alone is read there."""
    site = world.site(page(), addresses(PUBLIC6))
    assert gateway.read(site.url())["excerpt"] == "hello"
    assert [request.address for request in site.requests] == [PUBLIC6]


def test_a_final_dot_changes_nothing(gateway: Gateway, world: World) -> None:
    """A name with a final dot is the name without it."""
    site = world.site(page())
    assert gateway.read(f"http://{site.host}./")["url"] == site.url()
    assert dict(site.requests[0].headers)["Host"] == site.host
