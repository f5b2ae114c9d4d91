# SPDX-License-Identifier: Apache-2.0
"""Servers and resolvers that take their time. All of them at once, because each takes seconds."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, NamedTuple

import pytest

from api_support import other_account
from gateway_support import NO_ANSWER, TIMED_OUT, Gateway, Outcome, in_place_of
from harness import Server
from inside import RESOLVER, SILENT_RESOLVER
from pages import after, answer, drip, mute, page, redirect, start_only
from resolver import addresses, silent
from world import PUBLIC, PUBLIC6, SILENT_PORT, Handler, Line, World

IDLE, TOTAL = 5, 10  # seconds: of silence, and of everything
GRACE = 1  # for the second family of addresses
SLACK = 4  # a machine under load


class Case(NamedTuple):
    """What answers, what must come of it, and between which seconds."""

    handler: Handler
    error: str
    least: float
    most: float


def slow_steps(line: Line) -> None:
    """Each redirect takes a while, though never too long for itself."""
    time.sleep(3.5)
    redirect("/" + str(time.monotonic_ns()))(line)


def informed(line: Line) -> None:
    """Announces an answer for ever."""
    for _ in itertools.count():
        line.send(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n")
        time.sleep(0.5)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CASES = {
    "says-nothing": Case(mute, TIMED_OUT, IDLE, IDLE),
    "drips-one-header": Case(drip(HEAD + b"X-Drip: ", b"a"), TIMED_OUT, IDLE, TOTAL),
    "drips-headers": Case(drip(HEAD, b"X:y\r\n", 0.3), TIMED_OUT, TOTAL, TOTAL),
    "drips-its-body": Case(drip(HEAD + b"\r\n", b"a"), TIMED_OUT, TOTAL, TOTAL),
    "drips-chunks": Case(drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"), TIMED_OUT, IDLE, TOTAL),
    "stops-in-its-body": Case(start_only(answer(b"a" * 100)[:-50]), TIMED_OUT, IDLE, IDLE),
    "redirects-slowly": Case(slow_steps, TIMED_OUT, TOTAL, TOTAL),
    "announces-for-ever": Case(informed, TIMED_OUT, 0, TOTAL),
}


def read_all(world: World, server: Server) -> dict[str, Outcome]:
    """All cases at once, shared out so that no account has too many."""
    targets = {name: world.site(case.handler).url() for name, case in CASES.items()}
    targets["no-connection"] = f"http://{world.site(page()).host}:{SILENT_PORT}/"
    targets["resolver-says-nothing"] = world.site(page(), silent).url()
    lost = world.site(page(), silent)
    targets["redirect-to-a-silent-name"] = world.site(redirect(lost.url())).url()
    targets["half-a-resolver"] = world.site(
        page(), lambda question: addresses(PUBLIC)(question) if question.kind == "A" else None
    ).url()
    targets["slow-but-in-time"] = world.site(after(3, page())).url()
    gateways = [Gateway(world, server), Gateway(world, server, other_account(server))]

    def read(part: tuple[int, str]) -> Outcome:
        gateway = gateways[part[0] % len(gateways)]
        outcome = gateway.execute(part[1])
        if outcome.status == 400:
            gateway.check_failed(outcome, outcome.body["error"])
        return outcome

    with ThreadPoolExecutor(len(targets)) as pool:
        return dict(zip(targets, pool.map(read, enumerate(targets.values()))))


@pytest.fixture(scope="module")
def outcomes(internet: World, gateway_server: Server) -> dict[str, Outcome]:
    """What became of each case."""
    return read_all(internet, gateway_server)


def check_time(outcome: Outcome, least: float, most: float) -> None:
    """It ended when its limit was reached, and not before. The upper bound leaves room for a slow machine."""
    assert least - 0.2 <= outcome.seconds < most + SLACK, outcome


@pytest.mark.parametrize("name", CASES)
def test_a_slow_server_is_given_up(world: World, outcomes: dict[str, Outcome], name: str) -> None:
    """A server is given up after 5 s without a header or a byte of the page, and after 10 s in all."""
    outcome = outcomes[name]
    assert (outcome.status, outcome.body["error"]) == (400, CASES[name].error), outcome
    check_time(outcome, CASES[name].least, CASES[name].most)


def test_a_connection_that_never_comes_is_given_up(world: World, outcomes: dict[str, Outcome]) -> None:
    """An address that does not answer at all is given up after 5 s."""
    outcome = outcomes["no-connection"]
    assert outcome.body["error"] == TIMED_OUT, outcome
    check_time(outcome, IDLE, IDLE)


@pytest.mark.parametrize("name", ["resolver-says-nothing", "redirect-to-a-silent-name"])
def test_a_silent_resolver_is_given_up(world: World, outcomes: dict[str, Outcome], name: str) -> None:
    """A resolver that does not answer is given up within the total."""
    outcome = outcomes[name]
    assert outcome.body["error"] in (NO_ANSWER, TIMED_OUT), outcome
    check_time(outcome, 1, TOTAL)


def test_half_an_answer_of_the_resolver_is_judged_alone(world: World, outcomes: dict[str, Outcome]) -> None:
    """A name whose IPv6 addresses nobody tells is read at its public IPv4 address, in time."""
    outcome = outcomes["half-a-resolver"]
    assert outcome.body["result"]["excerpt"] == "hello", outcome
    assert 0.8 <= outcome.seconds < GRACE + 3, outcome


def test_a_silent_name_server_costs_no_page(
    start_gateway: Callable[..., Gateway], world: World, tmp_path: Path
) -> None:
    """With a second name server that never answers, a name of which one family comes at once is read all the same."""
    servers = tmp_path / "resolv.conf"
    servers.write_text(f"nameserver {RESOLVER}\nnameserver {SILENT_RESOLVER}\n")
    with in_place_of("/etc/resolv.conf", servers):
        gateway = start_gateway()
        for kind, address in (("A", PUBLIC), ("AAAA", PUBLIC6)):
            one, answered = kind, addresses(address)
            site = world.site(page(), lambda question: answered(question) if question.kind == one else None)
            assert gateway.read(site.url())["excerpt"] == "hello"
            assert [request.address for request in site.requests] == [address]


def test_what_was_read_of_a_slow_page_is_recorded(gateway: Gateway, world: World) -> None:
    """The record of a page that did not end in time says how many bytes of it have come."""
    site = world.site(start_only(HEAD + b"Content-Length: 9000\r\n\r\n" + b"x" * 5000))
    record = gateway.fail(site.url(), TIMED_OUT)
    assert (record["status"], record["bytes"]) == (200, 5000)


def test_a_slow_server_within_the_limits_is_read(world: World, outcomes: dict[str, Outcome]) -> None:
    """A server that takes three seconds is waited for."""
    assert outcomes["slow-but-in-time"].body["result"]["excerpt"] == "hello"
