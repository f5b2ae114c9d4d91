# SPDX-License-Identifier: Apache-2.0
"""HTTP over raw sockets, byte by byte, for requests that no client library would send."""

import os
import re
import socket
import time

from harness import Server

HEALTH = b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def connect(server: Server) -> socket.socket:
    """A connection whose reads give up after a while."""
    line = socket.create_connection((server.host, server.port), timeout=5)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def read_until_closed(line: socket.socket, seconds: float = 5.0) -> tuple[bytes, bool]:
    """What comes until the server closes, and whether it did."""
    received = b""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            line.settimeout(max(0.01, deadline - time.monotonic()))
            piece = line.recv(65536)
            if not piece:
                return received, True
            received += piece
    except TimeoutError:
        return received, False
    except ConnectionError:
        return received, True
    return received, False


def read_answer(line: socket.socket) -> tuple[int, bytes]:
    """One answer with a Content-Length: status and body."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = line.recv(65536)
        assert piece, f"closed after {received!r}"
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    assert length is not None, head
    while len(body) < int(length.group(1)):
        piece = line.recv(65536)
        assert piece, "closed within the body"
        body += piece
    return int(head.split()[1]), body


def statuses(received: bytes) -> list[int]:
    """The status of each answer in a stream of them."""
    return [int(status) for status in STATUS.findall(received)]


def ask(server: Server, request: bytes) -> int:
    """The status of the first answer to these bytes."""
    with connect(server) as line:
        line.sendall(request)
        return read_answer(line)[0]


def is_healthy(server: Server) -> bool:
    """A new connection gets its answer."""
    return ask(server, HEALTH) == 200


def post(headers: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    """A POST /api/verify with exactly these header lines."""
    return b"POST /api/verify " + version + b"\r\nHost: x\r\n" + headers + b"\r\n" + body


def get(headers: bytes, target: bytes = b"/api/health", version: bytes = b"HTTP/1.1") -> bytes:
    """A GET with exactly these header lines."""
    return b"GET " + target + b" " + version + b"\r\n" + headers + b"\r\n"


def processor_seconds(server: Server) -> float:
    """The processor time that the server has used so far."""
    assert server.process is not None
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
