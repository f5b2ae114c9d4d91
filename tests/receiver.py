# SPDX-License-Identifier: Apache-2.0
"""A real HTTP receiver on the loopback address: it records every request and answers as it is told."""

import socket
import ssl
import threading
import time
from typing import BinaryIO, Callable, NamedTuple, Optional


# What looks at each request before anybody learns of it.
WATCHERS: list[Callable[["Received"], None]] = []


class Received(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Reply(NamedTuple):
    """What to answer. `delay` seconds pass before; `drip` sends one byte of the body a second, for so long."""

    status: int = 200
    headers: tuple[str, ...] = ()
    body: bytes = b""
    delay: float = 0.0
    drip: float = 0.0
    hang_up: bool = False


class Receiver:
    """Listens until it is closed. `rule` says what to answer to the n-th request (from 0)."""

    def __init__(
        self, rule: Optional[Callable[[Received, int], Reply]] = None, tls: Optional[ssl.SSLContext] = None
    ) -> None:
        self.rule = rule or (lambda _request, _number: Reply())
        self.tls = tls
        self.requests: list[Received] = []
        self.connections = 0
        self.most_at_once = 0
        self.at_once = 0
        self.changed = threading.Condition()
        self.closed = False
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self.listener.getsockname()[1]
        self.open: set[socket.socket] = set()
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hook"

    def accept(self) -> None:
        """One thread per connection."""
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with self.changed:
                self.connections += 1
                self.open.add(line)
                self.changed.notify_all()
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def serve(self, line: socket.socket) -> None:
        """Requests of one connection, one after the other."""
        plain = line
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                line = self.tls.wrap_socket(line, server_side=True)
            stream = line.makefile("rb")
            while self.answer(line, stream):
                pass
        except (OSError, ValueError):
            pass
        finally:
            with self.changed:
                self.open.discard(plain)
            line.close()

    def answer(self, line: socket.socket, stream: BinaryIO) -> bool:
        """One request. False when the connection is over."""
        first = stream.readline()
        if not first:
            return False
        headers: dict[str, str] = {}
        while (row := stream.readline().strip()) != b"":
            name, _, value = row.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        request = Received(first.decode().split(" ")[1], headers, body, time.time())
        for look_at in WATCHERS:
            look_at(request)
        with self.changed:
            number = len(self.requests)
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.changed.notify_all()
        try:
            return self.send(line, self.rule(request, number))
        finally:
            with self.changed:
                self.at_once -= 1

    def send(self, line: socket.socket, reply: Reply) -> bool:
        """The answer."""
        if reply.delay:
            time.sleep(reply.delay)
        if reply.hang_up:
            line.close()
            return False
        length = 1 << 30 if reply.drip else len(reply.body)
        head = [f"HTTP/1.1 {reply.status} Answer", f"Content-Length: {length}", *reply.headers, "", ""]
        line.sendall("\r\n".join(head).encode() + reply.body)
        until = time.monotonic() + reply.drip
        while time.monotonic() < until:
            line.sendall(b".")
            time.sleep(1)
        return not reply.drip

    def wait(self, count: int, timeout: float = 20.0) -> list[Received]:
        """Waits until there were so many requests."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, timeout), len(self.requests)
            return list(self.requests)

    def close(self) -> None:
        """Stops listening and drops all connections."""
        self.listener.close()
        with self.changed:
            lines = list(self.open)
        for line in lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
