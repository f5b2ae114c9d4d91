# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that answers as it is told, faults of the connection included."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from dataclasses import dataclass
from typing import Any, Optional


@dataclass(frozen=True)
class Received:
    """One request, as it came. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedServer:
    """Gives the answers one after the other, each on a connection of its own; after the last one it only closes."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.received: list[Received] = []
        self.clock_ms = 0
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.threads: list[threading.Thread] = []

    def __enter__(self) -> ScriptedServer:
        self.start(self.accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with socket.create_connection(("127.0.0.1", self.port)):  # wakes accept
            pass
        for thread in list(self.threads):
            thread.join(10)
        self.listener.close()

    def start(self, work: Any, *arguments: Any) -> None:
        """Work in a thread of its own."""
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self) -> None:
        """Takes connections until it is over."""
        while True:
            connection, _ = self.listener.accept()
            if self.over.is_set():
                connection.close()
                return
            self.start(self.serve, connection)

    def serve(self, connection: socket.socket) -> None:
        """One connection, one request."""
        with connection:
            connection.settimeout(10)
            try:
                request = read_request(connection)
                if request is None:
                    return
                self.received.append(request)
                self.answer(connection, self.answers.pop(0) if self.answers else {"fault": "close"})
            except OSError:
                pass

    def answer(self, connection: socket.socket, answer: dict[str, Any]) -> None:
        """An answer, or a fault."""
        fault = answer.get("fault")
        self.clock_ms = answer.get("at", self.clock_ms)
        body = body_of(answer)
        if fault is None:
            connection.sendall(head_of(answer, len(body)) + body)
        elif fault == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault == "hang":
            self.over.wait(20)
        elif fault == "hang_body":
            connection.sendall(head_of(answer, len(body)) + body[: len(body) // 2])
            self.over.wait(20)
        elif fault == "truncate":
            connection.sendall(head_of(answer, len(body)) + body[: len(body) // 2])
        elif fault == "drip_head":
            self.drip(connection, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000)
        elif fault == "drip_body":
            connection.sendall(head_of(answer, 1000))
            self.drip(connection, b" " * 1000)
        else:
            assert fault == "close", fault

    def drip(self, connection: socket.socket, data: bytes) -> None:
        """One byte every 50 ms."""
        for byte in data:
            if self.over.is_set():
                return
            connection.sendall(bytes([byte]))
            time.sleep(0.05)


ALLOW = {"requestId": "req_1", "allowed": True, "approvalRequired": False, "reason": "Allowed.", "risk": "low"}
DENY = {"requestId": "req_2", "allowed": False, "approvalRequired": False, "reason": "Denied.", "risk": "high"}
HELD = {**DENY, "requestId": "req_3", "approvalRequired": True, "approvalId": "apr_1", "risk": "medium"}


def answer(body: Any, status: int = 200) -> dict[str, Any]:
    """A JSON answer."""
    return {"status": status, "body": body}


def body_of(answer: dict[str, Any]) -> bytes:
    """The bytes of an answer's body. An answer that is cut off is an allow otherwise."""
    if "text" in answer:
        return str(answer["text"]).encode()
    if "body" in answer:
        return b" " * int(answer.get("spaces", 0)) + json.dumps(answer["body"]).encode()
    return json.dumps(ALLOW).encode() if "fault" in answer else b""


def head_of(answer: dict[str, Any], length: int) -> bytes:
    """Status line and headers."""
    status = answer.get("status", 200)
    lines = [f"HTTP/1.1 {status} Status", "Connection: close", "Content-Type: application/json"]
    if status != 204:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in answer.get("headers", {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def read_request(connection: socket.socket) -> Optional[Received]:
    """A whole request, or None when the other side only closes."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, path, _ = lines[0].split(" ")
    return Received(method, path, headers, body)
