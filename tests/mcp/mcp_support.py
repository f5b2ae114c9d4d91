# SPDX-License-Identifier: Apache-2.0
"""`behalf mcp start` for the tests: line by line, and under the official clients."""

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any, Iterator, Optional, TypeVar

from harness import BINARY, Server
from node_support import FOLDER, node_modules

HANDSHAKE_VERSIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
STATELESS = "2026-07-28"
META = "io.modelcontextprotocol/"
PATIENCE = 60.0
Self = TypeVar("Self", bound="Lines")


def variables(server: Server, home: Path, **more: str) -> dict[str, str]:
    """An environment in which the demo agent of the server is configured, and nothing else of ours."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
    ours = {"BEHALFID_BASE_URL": server.base_url, "BEHALFID_API_KEY": server.api_key}
    return {**clean, **ours, "BEHALFID_AGENT_ID": server.agent_id, "HOME": str(home), **more}


class Lines:
    """A process that is spoken to in lines of JSON; close() ends its input and waits for it."""

    def __init__(self, words: list[str], env: dict[str, str], cwd: Optional[Path] = None) -> None:
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd
        )
        self.lines: "queue.Queue[Optional[bytes]]" = queue.Queue()
        self.errors: list[bytes] = []
        for target in (self.read_out, self.read_err):
            threading.Thread(target=target, daemon=True).start()

    def read_out(self) -> None:
        """Collects what it writes."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def read_err(self) -> None:
        """Collects what it says beside the protocol, so that it never waits for a reader."""
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def send_bytes(self, data: bytes) -> None:
        """These bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        """One line."""
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def next(self) -> Any:
        """The next line that it writes."""
        line = self.lines.get(timeout=PATIENCE)
        assert line is not None, b"".join(self.errors).decode(errors="replace")
        return json.loads(line)

    def close(self) -> list[Any]:
        """Ends its input: the lines that it still wrote. It must end with status 0."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        rest = [json.loads(line) for line in iter(lambda: self.lines.get(timeout=PATIENCE), None)]
        assert self.process.wait(PATIENCE) == 0, b"".join(self.errors).decode(errors="replace")
        return rest

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Mcp(Lines):
    """`behalf mcp start` itself."""

    def __init__(self, server: Server, home: Path, cwd: Optional[Path] = None, **more: str) -> None:
        super().__init__([str(BINARY), "mcp", "start"], variables(server, home, **more), cwd)

    def ask(self, method: str, params: Any = None, call_id: Any = 1) -> Any:
        """The answer to one request, which must be the next line."""
        self.send(request(method, params, call_id))
        answer = self.next()
        assert answer["id"] == call_id, answer
        return answer

    def initialize(self, version: str) -> Any:
        """The result of the handshake."""
        client = {"name": "test", "version": "1"}
        answer = self.ask("initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": client})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer["result"]

    def call(self, tool: str, **arguments: Any) -> Any:
        """The answer to tools/call."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})


class SdkClient(Lines):
    """An official client, connected to `behalf mcp start`."""

    def __init__(self, version: str, server: Server, home: Path) -> None:
        node_modules()
        words = ["node", str(FOLDER / "mcp_client.mjs"), version, str(BINARY), "mcp", "start"]
        super().__init__(words, variables(server, home))
        self.ready = self.next()["ready"]
        self.count = 0

    def start(self, do: str, **step: Any) -> int:
        """Begins a step: its number."""
        self.count += 1
        self.send({"n": self.count, "do": do, **step})
        return self.count

    def finish(self, number: int) -> Any:
        """What the step ended with."""
        for event in self.events(number):
            if "progress" not in event:
                return event
        raise AssertionError

    def events(self, number: int) -> Iterator[Any]:
        """What is told of the step, which must be the only one under way."""
        while True:
            event = self.next()
            assert event["n"] == number, event
            yield event

    def run(self, do: str, **step: Any) -> Any:
        """The result of a step that must succeed."""
        event = self.finish(self.start(do, **step))
        assert "result" in event, event
        return event["result"]

    def call(self, tool: str, **arguments: Any) -> Any:
        """The result of a tool that must give one."""
        return self.run("call", name=tool, arguments=arguments)


def request(method: str, params: Any = None, call_id: Any = 1) -> dict[str, Any]:
    """A request."""
    message = {"jsonrpc": "2.0", "id": call_id, "method": method}
    return message if params is None else {**message, "params": params}


def stateless(params: Optional[dict[str, Any]] = None, version: str = STATELESS) -> dict[str, Any]:
    """Params of a request that names its version itself."""
    return {**(params or {}), "_meta": {META + "protocolVersion": version, META + "clientCapabilities": {}}}


def texts(result: Any) -> list[str]:
    """The texts of a tool's result."""
    assert all(block["type"] == "text" for block in result["content"])
    return [block["text"] for block in result["content"]]
