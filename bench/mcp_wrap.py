# SPDX-License-Identifier: Apache-2.0
"""Measures what the interceptor adds to a tool call. Part of bench/measure.py.

One client calls a tool of a small MCP server directly, behind the interceptor, and asks verify over an HTTP connection
that stays open, in turn, so that all three see the same machine. Prints one JSON object: medians in milliseconds.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
for folder in ("tests",):
    sys.path.insert(0, str(ROOT / folder))

from harness import BINARY, Server  # noqa: E402

# As little as can be: what is measured is the way, not the server.
ECHO = (
    "import sys\n"
    "for line in sys.stdin.buffer:\n"
    "    number = line[line.index(b'\"id\":') + 5 : line.index(b',')]\n"
    '    sys.stdout.buffer.write(b\'{"jsonrpc":"2.0","id":\' + number + b\',"result":{"content":[]}}\\n\')\n'
    "    sys.stdout.buffer.flush()\n"
)


class Line:
    """A client of an MCP server: one call after the other."""

    def __init__(self, words: list[str], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.number = 0

    def call(self) -> None:
        """One tools/call and its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.number += 1
        head = b'{"id":%d,"jsonrpc":"2.0","method":"tools/call",' % self.number
        self.process.stdin.write(head + b'"params":{"name":"echo","arguments":{"path":"/srv/docs/a"}}}\n')
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer == {"jsonrpc": "2.0", "id": self.number, "result": {"content": []}}, answer

    def close(self) -> None:
        """Ends the server."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


def verifier(server: Server) -> Callable[[], None]:
    """Asks what the interceptor asks, over one connection."""
    connection = http.client.HTTPConnection(server.host, server.port)
    connection.connect()
    headers = {**server.as_agent(), "Content-Type": "application/json"}
    context = {"source": "mcp", "server": "echo", "toolName": "echo", "toolInput": {"filePath": "/srv/docs/a"}}
    metadata = {"server": "echo", "tool": "echo", "requestId": "1"}
    body = {"agentId": server.agent_id, "action": "mcp_tool", "resource": "mcp:echo:echo"}
    text = json.dumps({**body, "metadata": metadata, "policyContext": context})

    def ask() -> None:
        connection.request("POST", "/api/verify", text, headers)
        answer = json.loads(connection.getresponse().read())
        assert answer["allowed"] is True, answer

    return ask


def timed(act: Callable[[], None]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def measure(server: Server, calls: int) -> dict[str, object]:
    """The three ways, in turn."""
    echo = [sys.executable, "-c", ECHO]
    variables = {"BEHALFID_BASE_URL": server.base_url, "BEHALFID_AGENT_ID": server.agent_id}
    env = {**os.environ, **variables, "BEHALFID_API_KEY": server.api_key}
    bare = Line(echo, env)
    wrapped = Line([str(BINARY), "mcp", "wrap", "--name", "echo", "--", *echo], env)
    ways = {"bare": bare.call, "wrapped": wrapped.call, "verify": verifier(server)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(-20, calls):
        for name, act in ways.items():
            took = timed(act)
            if turn >= 0:
                times[name].append(took)
    bare.close()
    wrapped.close()
    found: dict[str, object] = {name: statistics.median(took) for name, took in times.items()}
    return {"calls": calls, **found}


def main() -> int:
    """Sets up, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000, help="each way (default: 1000)")
    parser.add_argument("--scratch", default=None, help="folder for the database (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder, Server(Path(folder) / "data") as server:
        server.agent_id, server.api_key = server.create_agent("Bench tools")
        server.grant(server.agent_id, "mcp_tool", resource="mcp:echo:echo")
        print(json.dumps(measure(server, options.calls)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
