# SPDX-License-Identifier: Apache-2.0
"""https: the certificate must be good, for this name, now."""

import subprocess
from pathlib import Path
from typing import Callable, Iterator

import pytest

from gateway_support import FAILED, Gateway, in_place_of
from pages import page, redirect
from webhook_calls import create, wait_until
from world import World


def test_a_good_certificate_is_accepted(gateway: Gateway, world: World) -> None:
    """A site with a certificate of a trusted authority for its name is read."""
    assert gateway.read(world.site(page()).url(scheme="https"))["excerpt"] == "hello"


@pytest.mark.parametrize("certificate", ["other-name", "expired", "not-yet", "self-signed"])
def test_a_bad_certificate_is_refused(gateway: Gateway, world: World, certificate: str) -> None:
    """A certificate of another name, out of its time, or that nobody vouches for: no request is sent."""
    site = world.site(page(), certificate=certificate)
    gateway.fail(site.url(scheme="https"), FAILED)
    gateway.fail(world.site(redirect(site.url(scheme="https"))).url(), FAILED)
    assert not site.requests


def test_an_address_needs_a_certificate_for_it(gateway: Gateway, world: World) -> None:
    """https to an address works with a certificate that names it, and with no other."""
    world.site(page(b"by address"), host="93.184.216.34")
    other = world.site(page(), host="93.184.216.35")
    assert gateway.read("https://93.184.216.34/")["excerpt"] == "by address"
    gateway.fail("https://93.184.216.35/", FAILED)
    assert not other.requests


def test_the_authority_of_the_tests_is_trusted_by_option_alone(
    start_gateway: Callable[..., Gateway], world: World, tmp_path: Path
) -> None:
    """Without --gateway-ca the same certificate is refused."""
    empty = tmp_path / "other.pem"
    empty.write_bytes((world.authority.folder / "self-signed.pem").read_bytes())
    gateway = start_gateway("--gateway-ca", str(empty))
    site = world.site(page())
    gateway.fail(site.url(scheme="https"), FAILED)
    assert not site.requests


@pytest.fixture()
def system_authority(world: World, tmp_path: Path) -> Iterator[Path]:
    """The machine trusts the authority of the tests, in its folder, and another one by its file. The latter's file."""
    folder, other = tmp_path / "certs", world.authority.folder / "self-signed.pem"
    folder.mkdir()
    (folder / "ca.pem").write_bytes(world.authority.ca.read_bytes())
    subprocess.run(["openssl", "rehash", str(folder)], check=True)
    (folder / "ca-certificates.crt").write_bytes(other.read_bytes())
    with in_place_of("/etc/ssl/certs", folder):
        yield other


def test_an_own_authority_replaces_those_of_the_system(
    start_gateway: Callable[..., Gateway], world: World, system_authority: Path
) -> None:
    """An authority that only the system's folder has counts without --gateway-ca, and not with it."""
    site = world.site(page())
    assert start_gateway("--gateway-ca", "", name="a").read(site.url(scheme="https"))["excerpt"] == "hello"
    own = start_gateway("--gateway-ca", str(system_authority), name="b")
    own.fail(site.url(scheme="https"), FAILED)
    assert len(site.requests) == 1


def test_an_own_authority_of_webhooks_replaces_those_of_the_system(
    start_gateway: Callable[..., Gateway], world: World, system_authority: Path
) -> None:
    """An endpoint with a certificate of the system's authority gets webhooks without --webhook-ca, and not with it."""
    for name, option, succeeds in (("a", "", True), ("b", str(system_authority), False)):
        site = world.site(page(b""))
        gateway = start_gateway("--webhook-ca", option, name=name)
        endpoint = create(gateway.server, site.url("/hook", "https"), ["verification.allowed"])
        gateway.agent.verify("browse_web", resource="web")
        wait_until(endpoint.deliveries)
        assert (endpoint.deliveries()[-1]["status"] == "success") is succeeds, endpoint.deliveries()
        assert bool(site.requests) is succeeds


def test_the_wrong_protocol_on_a_port_is_an_error(gateway: Gateway, world: World) -> None:
    """http to the port of https and the other way round fail."""
    host = world.site(page()).host
    gateway.fail(f"http://{host}:443/", FAILED)
    gateway.fail(f"https://{host}:80/", FAILED)


def test_https_only_refuses_http(start_gateway: Callable[..., Gateway], world: World) -> None:
    """With --gateway-https-only an http address is refused before the decision, and a redirect to one fails."""
    gateway = start_gateway("--gateway-https-only")
    plain = world.site(page())
    gateway.refuse(plain.url(), "Gateway requires https:// URLs in production.")
    assert gateway.read(plain.url(scheme="https"))["excerpt"] == "hello"
    outcome = gateway.execute(world.site(redirect(plain.url())).url(scheme="https"))
    gateway.check_failed(outcome, outcome.body["error"])
    assert [request.port for request in plain.requests] == [443]
