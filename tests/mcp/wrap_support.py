# SPDX-License-Identifier: Apache-2.0
"""A client of the interceptor that speaks in bytes, for its tests and measurements."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Iterator, Optional
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from harness import BINARY, Server

PLAIN_SERVER = Path(__file__).resolve().parent / "plain_server.py"


class Wrapped:
    """`behalf mcp wrap` around a server. Use as a context manager."""

    def __init__(
        self,
        folder: Path,
        server: Server,
        agent_id: str,
        key: str,
        *options: str,
        name: str = "plain",
        command: Optional[list[str]] = None,
        mode: str = "plain",
        env: Optional[dict[str, str]] = None,
        base_url: Optional[str] = None,
    ) -> None:
        self.record = folder / "record"
        self.errors = folder / "errors"
        self.record.touch()
        plain = [sys.executable, str(PLAIN_SERVER), mode]
        words = [str(BINARY), "mcp", "wrap", "--name", name, *options, "--", *(command or plain)]
        variables = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
        variables |= {
            "HOME": str(folder),
            "BEHALFID_BASE_URL": base_url or server.base_url,
            "BEHALFID_AGENT_ID": agent_id,
            "BEHALFID_API_KEY": key,
            "WRAP_RECORD": str(self.record),
            **(env or {}),
        }
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=variables, bufsize=0
            )
        self.kept = b""
        self.others: list[Any] = []  # what came while an answer was waited for

    def __enter__(self) -> "Wrapped":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def write(self, data: bytes) -> None:
        """Bytes as they are."""
        assert self.process.stdin is not None
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) or 0 :]

    def send(self, message: Any) -> None:
        """One message."""
        self.write(json.dumps(message).encode() + b"\n")

    def line(self, timeout: float = 20) -> bytes:
        """The next line with its end; b"" at the end of the stream."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + timeout
        while b"\n" not in self.kept:
            ready, _, _ = select.select([self.process.stdout], [], [], max(deadline - time.monotonic(), 0))
            assert ready, f"no line came: {self.stderr()}"
            piece = os.read(self.process.stdout.fileno(), 1 << 20)
            if not piece:
                line, self.kept = self.kept, b""
                return line
            self.kept += piece
        line, _, self.kept = self.kept.partition(b"\n")
        return line + b"\n"

    def message(self, timeout: float = 20) -> Any:
        """The next message."""
        line = self.line(timeout)
        assert line, f"the stream has ended: {self.stderr()}"
        return json.loads(line)

    def answer(self, number: Any, timeout: float = 20) -> Any:
        """The answer with that id; what comes before goes to `others`."""
        while True:
            message = self.message(timeout)
            if isinstance(message, dict) and message.get("id") == number and "method" not in message:
                return message
            self.others.append(message)

    def request(self, number: Any, method: str, timeout: float = 20, **params: Any) -> Any:
        """A request and its answer."""
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return self.answer(number, timeout)

    def call(self, number: Any, tool: str, timeout: float = 20, **arguments: Any) -> Any:
        """tools/call: its result."""
        answer = self.request(number, "tools/call", timeout, name=tool, arguments=arguments)
        return answer["result"] if "result" in answer else answer

    def recorded(self) -> list[bytes]:
        """The lines that the plain server got."""
        return self.record.read_bytes().splitlines(keepends=True)

    def calls_seen(self) -> list[Any]:
        """The names of the tools that the plain server was asked to call."""
        messages = [json.loads(line) for line in self.recorded() if line.strip()]
        return [m["params"]["name"] for m in messages if isinstance(m, dict) and m.get("method") == "tools/call"]

    def stderr(self) -> str:
        """What it and the server have written there."""
        return self.errors.read_text(errors="replace")

    def server_pid(self) -> int:
        """Of the plain server."""
        deadline = time.monotonic() + 20
        while "pid " not in self.stderr():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return int(self.stderr().split("pid ")[1].split()[0])

    def end(self, timeout: float = 20) -> int:
        """Closes the input and waits; the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout)

    def terminate(self, timeout: float = 20) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)


Start = Callable[..., Wrapped]


def wrapping(folder: Path, server: Server, agent_id: str, key: str) -> Iterator[Start]:
    """For a fixture: what starts interceptors of an agent, which end with the test."""
    started: list[Wrapped] = []

    def begin(*options: str, **named: Any) -> Wrapped:
        wrapped = Wrapped(folder, server, agent_id, key, *options, **named)
        started.append(wrapped)
        return wrapped

    yield begin
    for wrapped in started:
        wrapped.__exit__()


class ImpatientProxy:
    """Before a server: takes the time to wait out of each question. Use as a context manager."""

    def __init__(self, server: Server) -> None:
        self.waits = 0  # questions about approvals
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            """One request, passed on."""

            def do_GET(self) -> None:  # pylint: disable=invalid-name
                """Without ?wait=."""
                proxy.waits += self.path.startswith("/api/approvals/")
                self.forward(self.path.partition("?")[0], None)

            def do_POST(self) -> None:  # pylint: disable=invalid-name
                """As it is."""
                self.forward(self.path, self.rfile.read(int(self.headers["Content-Length"])))

            def forward(self, path: str, body: Optional[bytes]) -> None:
                """Asks the server and answers the same."""
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
                try:
                    answer = urlopen(Request(server.base_url + path, body, headers, method=self.command))
                except HTTPError as error:
                    answer = error
                with answer:
                    text = answer.read()
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.headers["Content-Type"])
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:  # pylint: disable=redefined-builtin
                """Nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self) -> "ImpatientProxy":
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


def text_of(result: Any) -> str:
    """The text of a tool's result."""
    text: str = result["content"][0]["text"]
    return text


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
