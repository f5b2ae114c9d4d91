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
from pages import mute, page
from world import World

HTML = b"<title>t</title><p>some text</p>"


def wait_until(what: Callable[[], bool], seconds: float = 10) -> None:
    """Returns once it is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children(gateway: Gateway) -> list[int]:
    """The server's extracting children."""
    assert gateway.server.process is not None
    parent = gateway.server.process.pid
    found = Path(f"/proc/{parent}/task").glob("*/children")
    pids = [int(pid) for path in found for pid in path.read_text().split()]
    return [pid for pid in pids if b"extract-page" in Path(f"/proc/{pid}/cmdline").read_bytes()]


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
    """A page whose child dies or hangs has an empty excerpt and no title; the next page is read."""
    gateway = start_gateway()
    site = world.site(page(HTML, "text/html"))
    assert gateway.read(site.url())["excerpt"] == "t some text"
    wait_until(lambda: len(children(gateway)) >= 1)
    held = children(gateway)
    for pid in held:
        os.kill(pid, how)
    results = [gateway.read(site.url()) for _ in range(len(held) + 2)]
    assert all((r["status"], r["excerpt"]) in ((200, ""), (200, "t some text")) for r in results), results
    if how == signal.SIGSTOP:
        assert (results[0]["excerpt"], results[0]["title"]) == ("", None)
    assert results[-1]["excerpt"] == "t some text"
    wait_until(lambda: not set(held) & set(children(gateway)))


def test_no_child_outlives_the_server(start_gateway: Callable[..., Gateway], world: World) -> None:
    """The spare children end with the server, also when it is killed."""
    for end in ("stop", "kill"):
        gateway = start_gateway(name=end)
        gateway.read(world.site(page(HTML, "text/html")).url())
        wait_until(lambda: len(children(gateway)) >= 1)
        held = children(gateway)
        getattr(gateway.server, end)()
        wait_until(lambda: not any(Path(f"/proc/{pid}/fd").exists() and alive(pid) for pid in held))


def alive(pid: int) -> bool:
    """Whether it runs; a child that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
