# SPDX-License-Identifier: Apache-2.0
"""The network of these tests itself: what it must see, it sees."""

import socket
import subprocess

import pytest
import requests

from inside import SEARCH
from pages import page
from resolver import addresses, alias, in_turn
from world import PUBLIC, PUBLIC6, World

FORBIDDEN = (
    *("10.0.0.5", "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "192.168.1.1", "100.64.0.1"),
    *("172.16.0.1", "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "240.0.0.1"),
    *("::1", "::", "fc00::1", "fec0::1", "2001:db8::1", "64:ff9b::a00:5", "2002:a00:5::1", "::ffff:10.0.0.5"),
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_connection_to_a_forbidden_address_is_noticed(internet: World, address: str) -> None:
    """A connection to any forbidden address ends at a listener of ours, which notes it and what was said."""
    strays, packets = len(internet.strays), len(internet.unexpected())
    with socket.create_connection((address, 80), timeout=10) as line:
        line.sendall(b"hello")
        assert b"secret" in line.recv(4096)
    assert [entry[1:] for entry in internet.strays[strays:]] == [(80, b"hello")]
    assert len(internet.unexpected()[packets:]) == 1


def test_an_attempt_where_nobody_listens_is_noticed(internet: World) -> None:
    """An attempt to connect to a port without a listener is seen too."""
    before = len(internet.unexpected())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((PUBLIC, 9999), timeout=10)
    (packet,) = internet.unexpected()[before:]
    assert (packet.address, packet.port) == (PUBLIC, 9999)


def test_nothing_leads_out() -> None:
    """The only interface is the loopback one."""
    shown = subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["lo"]


def test_the_resolver_is_ours(internet: World) -> None:
    """Names resolve as their scripts say, in turn, by aliases, with /etc/hosts and the search domain."""
    scripts = internet.resolver.scripts
    scripts["turns.com"] = in_turn(addresses(PUBLIC), addresses("10.0.0.5"))
    scripts["alias.com"] = alias("target.com", addresses(PUBLIC, PUBLIC6))
    scripts["many.com"] = addresses(*[f"9.9.9.{last}" for last in range(100)])
    scripts[f"only-there.com.{SEARCH}"] = addresses("10.0.0.7")

    def look_up(name: str, family: int = socket.AF_INET) -> set[str]:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(name, 80, family, socket.SOCK_STREAM)}

    assert [look_up("turns.com") for _ in range(3)] == [{PUBLIC}, {"10.0.0.5"}, {"10.0.0.5"}]
    assert look_up("alias.com", socket.AF_UNSPEC) == {PUBLIC, PUBLIC6}
    assert len(look_up("many.com")) == 100
    assert look_up("hosts-private.com") == {"10.0.0.5"}
    assert look_up("only-there.com") == {"10.0.0.7"}
    with pytest.raises(socket.gaierror):
        look_up("no-such-name.com")


def test_the_sites_answer(internet: World) -> None:
    """A site answers by name, over http and https, and notes what it was asked."""
    site = internet.site(page(b"hello"))
    assert requests.get(site.url("/a"), timeout=10).text == "hello"
    assert requests.get(site.url("/b", "https"), timeout=10, verify=str(internet.authority.ca)).text == "hello"
    assert [(seen.line, seen.address) for seen in site.requests] == [
        ("GET /a HTTP/1.1", PUBLIC),
        ("GET /b HTTP/1.1", PUBLIC),
    ]
