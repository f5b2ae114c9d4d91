# SPDX-License-Identifier: Apache-2.0
"""A server that ends while the gateway reads, and children that end while they read."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

import pytest
import requests

from gateway_support import FAILED, Gateway
from pages import answer, mute, page
from world import Line, World

SPARES = 2  # children that wait for a page
HTML = b"<title>t</title><p>some text</p>"


def wait_until(what: Callable[[], bool], seconds: float = 10) -> None:
    """Returns once it is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    """The processes that it has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def nursery(gateway: Gateway) -> list[int]:
    """The process that starts those that read pages."""
    assert gateway.server.process is not None
    pids = children_of(gateway.server.process.pid)
    return [pid for pid in pids if b"extract-page" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def workers(gateway: Gateway) -> list[int]:
    """The processes that wait for a page each."""
    return [pid for parent in nursery(gateway) for pid in children_of(parent)]


def test_an_action_during_which_the_server_dies_is_unknown(start_gateway: Callable[..., Gateway], world: World) -> None:
    """After a kill while it reads, the log says that the action was allowed and that its outcome is not known."""
    gateway = start_gateway()
    gateway.read(world.site(page()).url())
    site = world.site(mute)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(gateway.execute, site.url())
        wait_until(lambda: bool(site.requests))
        gateway.server.kill()
        with pytest.raises(requests.RequestException):
            running.result()
    gateway.server.start()
    row = gateway.agent.rows()[0]
    assert row["allowed"] is True
    assert (row["execution"]["state"], row["execution"]["url"]) == ("unknown", site.url()), row
    check_intact(gateway)


def check_intact(gateway: Gateway) -> None:
    """The check of the log finds nothing."""
    done = gateway.server.command_line("audit", "verify", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["intact"], report["findings"]) == (0, True, []), report


def test_a_server_that_stops_cuts_off_what_it_reads(start_gateway: Callable[..., Gateway], world: World) -> None:
    """A server that is stopped does not wait for a silent site, and the log is intact."""
    gateway = start_gateway()
    site = world.site(mute)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(gateway.execute, site.url())
        wait_until(lambda: bool(site.requests))
        start = time.monotonic()
        assert gateway.server.stop() == 0
        assert time.monotonic() - start < 4
        try:
            assert running.result().body["error"] == FAILED
        except requests.RequestException:
            pass  # the connection was closed first
    gateway.server.start()
    row = gateway.agent.rows()[0]
    assert row["execution"]["state"] in ("failed", "unknown"), row
    check_intact(gateway)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_child_that_fails_leaves_an_empty_excerpt(
    start_gateway: Callable[..., Gateway], world: World, how: signal.Signals
) -> None:
    """A page whose child dies or hangs has at worst an empty excerpt and no title; the next page is read."""
    gateway = start_gateway()
    site = world.site(page(HTML, "text/html"))
    assert gateway.read(site.url())["excerpt"] == "t some text"
    wait_until(lambda: len(workers(gateway)) == SPARES)
    held = workers(gateway)
    for pid in held:
        os.kill(pid, how)
    results = [gateway.read(site.url()) for _ in range(SPARES + 1)]
    if how == signal.SIGSTOP:
        failed = [(result["status"], result["excerpt"], result["title"]) for result in results[:SPARES]]
        assert failed == [(200, "", None)] * SPARES
        for pid in held:
            os.kill(pid, signal.SIGCONT)
    assert results[-1]["excerpt"] == "t some text"
    wait_until(lambda: not any(map(is_alive, held)) and len(workers(gateway)) == SPARES)
    assert gateway.read(site.url())["title"] == "t"


def test_a_page_that_came_just_in_time_is_an_answer(start_gateway: Callable[..., Gateway], world: World) -> None:
    """A page that was whole before the total deadline, but could not be turned into text any more, has no excerpt."""
    gateway = start_gateway()
    wait_until(lambda: len(workers(gateway)) == SPARES)
    held = workers(gateway)
    for pid in held:
        os.kill(pid, signal.SIGSTOP)

    def late(line: Line) -> None:
        line.send(answer(HTML, "text/html")[:-2])
        for byte in answer(HTML, "text/html")[-2:]:
            time.sleep(4.5)
            line.send(bytes([byte]))

    outcome = gateway.execute(world.site(late).url())
    for pid in held:
        os.kill(pid, signal.SIGCONT)
    assert (outcome.status, outcome.body["executed"]) == (200, True), outcome
    result = outcome.body["result"]
    assert (result["status"], result["title"], result["excerpt"], result["truncated"]) == (200, None, "", False)
    assert gateway.row(outcome)["execution"]["bytes"] == len(HTML)


def test_a_nursery_that_dies_is_replaced(start_gateway: Callable[..., Gateway], world: World) -> None:
    """When the process that starts the others dies, another takes its place."""
    gateway = start_gateway()
    site = world.site(page(HTML, "text/html"))
    wait_until(lambda: len(workers(gateway)) == SPARES)
    (first,) = nursery(gateway)
    for pid in (first, *workers(gateway)):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(first))
    gateway.read(site.url())
    assert gateway.read(site.url())["excerpt"] == "t some text"
    assert nursery(gateway) != [first]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_no_child_outlives_the_server(start_gateway: Callable[..., Gateway], world: World, end: str) -> None:
    """The processes that read pages end with the server, also when it is killed."""
    gateway = start_gateway()
    gateway.read(world.site(page(HTML, "text/html")).url())
    wait_until(lambda: len(workers(gateway)) == SPARES)
    held = nursery(gateway) + workers(gateway)
    getattr(gateway.server, end)()
    wait_until(lambda: not any(map(is_alive, held)))


def is_alive(pid: int) -> bool:
    """Whether it runs; a child that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
