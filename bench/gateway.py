# SPDX-License-Identifier: Apache-2.0
"""Measures what the action gateway adds to reading a page. Part of bench/measure.py.

Runs within tests/gateway/inside.py, where a page server of this machine has a public address. curl reads the page
directly and through the gateway, in turn, each time a new process with a new connection, and says itself how long that
took. Prints one JSON object for each kind of page.
"""

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
from multiprocessing import Process
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for folder in ("tests", "tests/gateway"):
    sys.path.insert(0, str(ROOT / folder))

from harness import Server  # noqa: E402
from resolver import Resolver, addresses  # noqa: E402

ADDRESS = "93.184.216.34"
HOST = "bench-pages.com"
WORDS = "Reading a page takes as long as the page takes. "
PAGES = {
    "text/plain": (WORDS * 170).encode(),
    "text/html": (
        "<!DOCTYPE html><html><head><title>A page</title><script>let a = 1;</script></head><body>"
        + f"<div class='part'><h2>Part</h2><p>{WORDS}<a href='/next'>next</a></p></div>" * 80
        + "</body></html>"
    ).encode(),
}


def serve_pages(listener: socket.socket) -> None:
    """A page server that does as little as can be: the path is the kind of the page."""
    answers = {
        f"GET /{kind} ".encode(): f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n\r\n".encode() + body
        for kind, body in PAGES.items()
    }
    while True:
        line, _ = listener.accept()
        with line:
            request = line.recv(65536)
            line.sendall(answers[request[: request.index(b"HTTP/")]])


def curl(*words: str) -> tuple[float, bytes]:
    """Milliseconds of one request, as curl measures it, and the body."""
    command = ["curl", "-sS", "--noproxy", "*", "-w", "\\n%{time_total}", *words]
    body, _, seconds = subprocess.run(command, capture_output=True, check=True).stdout.rpartition(b"\n")
    return float(seconds) * 1000, body


def measure(server: Server, kind: str, requests: int) -> dict[str, object]:
    """Both ways, in turn."""
    url = f"http://{HOST}/{kind}"
    order = {"agentId": server.agent_id, "action": "browse_web", "resource": "web", "input": {"url": url}}
    headers = ("-H", f"Authorization: Bearer {server.api_key}", "-H", "Content-Type: application/json")
    through = (*headers, "-d", json.dumps(order), server.base_url + "/api/actions/execute")
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(-5, requests):
        (direct, page), (gateway, answer) = curl(url), curl(*through)
        assert page == PAGES[kind]
        assert json.loads(answer)["result"]["excerpt"], answer
        if turn >= 0:
            times[0].append(direct)
            times[1].append(gateway)
    return {
        "kind": kind,
        "bytes": len(PAGES[kind]),
        "requests": requests,
        "direct": statistics.median(times[0]),
        "gateway": statistics.median(times[1]),
    }


def main() -> int:
    """Sets up, measures each kind of page, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300, help="of each kind, each way (default: 300)")
    parser.add_argument("--scratch", default=None, help="folder for the database (default: a temporary one)")
    options = parser.parse_args()
    Resolver().scripts[HOST] = addresses(ADDRESS)
    listener = socket.create_server((ADDRESS, 80), backlog=64)
    pages = Process(target=serve_pages, args=(listener,), daemon=True)
    pages.start()
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder, Server(Path(folder) / "data") as server:
        server.agent_id, server.api_key = server.create_agent("Bench reader")
        server.grant(server.agent_id, "browse_web", resource="web")
        for kind in PAGES:
            print(json.dumps(measure(server, kind, options.requests)), flush=True)
    pages.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
