# SPDX-License-Identifier: Apache-2.0
"""A client of server-sent events, over a raw socket, so that a test sees every byte and decides when to read."""

import json
import socket
import time
from types import TracebackType
from typing import Any, NamedTuple, Optional

from harness import Server


class Event(NamedTuple):
    """One event: its fields as they came."""

    name: str
    identity: str
    data: Any


class EventStream:
    """An open stream. Use as a context manager."""

    def __init__(self, server: Server, path: str, headers: dict[str, str], buffer: int = 0) -> None:
        self.line = socket.socket()
        if buffer:
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.line.settimeout(20)
        self.line.connect((server.host, server.port))
        words = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{words}\r\n".encode())
        self.received = b""
        self.text = ""
        self.ended = False  # the last chunk was there
        head = self.read_until(b"\r\n\r\n").decode()
        self.status = int(head.split()[1])
        self.headers = dict(row.split(": ", 1) for row in head.split("\r\n")[1:] if ": " in row)
        self.comments = 0

    def read_until(self, end: bytes) -> bytes:
        """What comes up to `end`, without it."""
        while end not in self.received:
            piece = self.line.recv(65536)
            if not piece:
                raise ConnectionError("closed")
            self.received += piece
        found, _, self.received = self.received.partition(end)
        return found

    def read_chunk(self) -> str:
        """The next chunk; empty at the end."""
        size = int(self.read_until(b"\r\n"), 16)
        while len(self.received) < size + 2:
            piece = self.line.recv(65536)
            if not piece:
                raise ConnectionError("closed")
            self.received += piece
        chunk, self.received = self.received[:size], self.received[size + 2 :]
        self.ended = size == 0
        return chunk.decode()

    def next(self, seconds: float = 20.0) -> Optional[Event]:
        """The next event; None when the stream has ended. TimeoutError when there is none in time."""
        deadline = time.monotonic() + seconds
        while True:
            while "\n\n" in self.text:
                block, _, self.text = self.text.partition("\n\n")
                event = self.parse(block)
                if event is not None:
                    return event
            if self.ended:
                return None
            self.line.settimeout(max(0.01, deadline - time.monotonic()))
            self.text += self.read_chunk()

    def parse(self, block: str) -> Optional[Event]:
        """The event of a block, if it is one."""
        fields: dict[str, str] = {}
        for row in block.split("\n"):
            name, _, value = row.partition(":")
            if name == "":
                self.comments += 1
            fields[name] = value.removeprefix(" ")
        if "data" not in fields:
            return None
        return Event(fields.get("event", "message"), fields.get("id", ""), json.loads(fields["data"]))

    def take(self, count: int) -> list[Event]:
        """That many events."""
        found: list[Event] = []
        while len(found) < count:
            event = self.next()
            assert event is not None, f"ended after {len(found)}"
            found.append(event)
        return found

    def close(self) -> None:
        """Hangs up."""
        self.line.close()

    def __enter__(self) -> "EventStream":
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()
