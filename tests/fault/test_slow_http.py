# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow, vanish, or are too many."""

import json
import re
import resource
import selectors
import socket
import struct
import time
from typing import Callable, Iterator, Optional

import pytest

from harness import Server
from raw_http import HEALTH, connect, is_healthy, post, read_answer, read_until_closed, statuses

pytestmark = pytest.mark.hostile


def seconds_until_closed(line: socket.socket, drip: bytes = b"", pause: float = 0.2) -> float:
    """How long the connection lives while a byte of `drip` is sent now and then."""
    start = time.monotonic()
    line.settimeout(pause)
    at = 0
    while time.monotonic() - start < 20:
        try:
            if at < len(drip):
                line.sendall(drip[at : at + 1])
                at += 1
            if line.recv(65536) == b"":
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    return time.monotonic() - start


def test_slow_request_line_is_cut_off(start_server: Callable[..., Server]) -> None:
    """A request line that drips in has the time of the headers from its first byte, also on a used connection."""
    server = start_server("--header-timeout", "2", "--idle-timeout", "60")
    for used in (False, True):
        with connect(server) as line:
            if used:
                line.sendall(HEALTH)
                read_answer(line)
                time.sleep(1.5)
            assert 1.5 < seconds_until_closed(line, b"GET /" + b"a" * 200) < 4.5
    assert is_healthy(server)


def test_slow_headers_are_cut_off(start_server: Callable[..., Server]) -> None:
    """Headers that drip in have their time from the request line on."""
    server = start_server("--header-timeout", "2", "--idle-timeout", "60")
    with connect(server) as line:
        line.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-A: ")
        assert 1.5 < seconds_until_closed(line, b"a" * 200) < 4
    assert is_healthy(server)


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_slow_body_is_cut_off(start_server: Callable[..., Server], framing: bytes) -> None:
    """A body that drips in has its time from the end of the headers on."""
    server = start_server("--body-timeout", "2", "--idle-timeout", "60")
    with connect(server) as line:
        line.sendall(post(framing))
        assert 1.5 < seconds_until_closed(line, b"1;" + b"a" * 200) < 4
    assert is_healthy(server)


def test_idle_connection_lives_until_its_own_timeout(start_server: Callable[..., Server]) -> None:
    """A connection that sends nothing outlives the time for headers, and not the time for idling."""
    server = start_server("--header-timeout", "1", "--body-timeout", "1", "--idle-timeout", "4")
    with connect(server) as line:
        line.sendall(HEALTH)
        read_answer(line)
        time.sleep(3)
        line.sendall(HEALTH)
        assert read_answer(line)[0] == 200
        assert 3.5 < seconds_until_closed(line) < 6
    with connect(server) as line:
        assert 3.5 < seconds_until_closed(line) < 6


@pytest.mark.parametrize(
    "sent", [b"GET /api", b"GET /api/health HTTP/1.1\r\nHost:", post(b"Content-Length: 9\r\n", b"{}")]
)
def test_client_that_stops_halfway_is_not_waited_for(demo: Server, sent: bytes) -> None:
    """A request that the client ended before it was complete ends the connection soon, long before any timeout."""
    lines = [connect(demo) for _ in range(20)]
    for line in lines:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
    for line in lines:
        received, closed = read_until_closed(line, 4)
        assert closed and 200 not in statuses(received)
        line.close()


def test_client_that_closes_its_side_after_asking_is_answered_and_closed(demo: Server) -> None:
    """Who sends a request and the end of the stream in one go gets the answer, and then the end."""
    lines = [connect(demo) for _ in range(20)]
    for line in lines:
        line.sendall(HEALTH)
        line.shutdown(socket.SHUT_WR)
    for line in lines:
        received, closed = read_until_closed(line, 4)
        assert closed and statuses(received) == [200]
        line.close()


def test_slow_reader_is_cut_off(start_server: Callable[..., Server]) -> None:
    """Somebody who asks much and reads nothing is disconnected, and keeps nobody waiting."""
    server = start_server("--answer-timeout", "2", "--idle-timeout", "60", "--rate-limit", "0")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(0.5)
    with line:
        line.connect((server.host, server.port))
        start = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - start < 15:
                try:
                    line.sendall(HEALTH * 100)
                except TimeoutError:
                    assert is_healthy(server)
        assert time.monotonic() - start < 10


def test_connections_are_capped(start_server: Callable[..., Server]) -> None:
    """The connection over the cap is closed at once; one that ends makes room."""
    server = start_server("--max-connections", "12")
    time.sleep(0.3)  # who waited for the server to start must have left
    lines = [connect(server) for _ in range(12)]
    for line in lines:
        line.sendall(HEALTH)
        assert read_answer(line)[0] == 200
    with connect(server) as extra:
        assert read_until_closed(extra, 2) == (b"", True)
    lines.pop().close()
    time.sleep(0.3)
    assert is_healthy(server)
    for line in lines:
        line.close()


def test_connections_of_one_address_are_capped(start_server: Callable[..., Server]) -> None:
    """One address reaches its cap while another one is still served."""
    server = start_server("--max-connections-per-address", "10")
    time.sleep(0.3)
    lines = [connect(server) for _ in range(10)]
    for line in lines:
        line.sendall(HEALTH)
        assert read_answer(line)[0] == 200
    with connect(server) as extra:
        assert read_until_closed(extra, 2) == (b"", True)
    with socket.create_connection((server.host, server.port), 5, source_address=("127.0.0.2", 0)) as other:
        other.sendall(HEALTH)
        assert read_answer(other)[0] == 200
    for line in lines:
        line.close()


def hang_up_hard(line: socket.socket) -> None:
    """Ends the connection by a reset."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def test_clients_that_vanish_do_no_harm(server: Server) -> None:
    """Whenever a client hangs up, softly or hard, the others are served and the server lives."""
    call = post(b"Content-Type: application/json\r\nContent-Length: 33\r\n", b'{"agentId":"agent_x","action":"a"}'[:33])
    for request in (call, HEALTH, HEALTH * 50, call * 20):
        for cut in (1, len(request) // 2, len(request)):
            for hang_up in (hang_up_hard, socket.socket.close):
                lines = [connect(server) for _ in range(20)]
                for line in lines:
                    line.sendall(request[:cut])
                for line in lines:
                    hang_up(line)
    assert is_healthy(server)
    assert server.process is not None and server.process.poll() is None


@pytest.fixture()
def many_descriptors() -> Iterator[int]:
    """As many descriptors as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def resident_bytes(server: Server) -> int:
    """The server's resident memory."""
    assert server.process is not None
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read())
    assert found is not None
    return int(found.group(1)) * 1024


@pytest.mark.memory
def test_ten_thousand_idle_connections_are_cheap(start_server: Callable[..., Server], many_descriptors: int) -> None:
    """10,000 used keep-alive connections cost less than 95 MB, verify is answered meanwhile, and the server stops."""
    needed = 10_200
    assert many_descriptors >= needed, f"raise the hard limit of open files (ulimit -Hn) to {needed} for this test"
    server = start_server("--rate-limit", "0")
    before = resident_bytes(server)
    lines: list[socket.socket] = []
    try:
        for _ in range(10_000):
            line = connect(server)
            lines.append(line)
            line.sendall(HEALTH)
            assert read_answer(line)[0] == 200
        assert resident_bytes(server) - before < 95_000_000
        for held in (None, lines[0], lines[-1]):
            start = time.monotonic()
            assert is_allowed(server, held)
            assert time.monotonic() - start < 10  # served beside them, not after them
        assert read_answer_of(lines[0]) == 200 and read_answer_of(lines[-1]) == 200
        assert server.stop() == 0
    finally:
        for line in lines:
            line.close()


def is_allowed(server: Server, held: Optional[socket.socket]) -> bool:
    """A verify call that the demo permissions allow is allowed, on this connection or on a new one."""
    call = {"agentId": server.agent_id, "action": "purchase", "vendor": "coachella.com", "amount": 742}
    body = json.dumps(call).encode()
    line = held or connect(server)
    line.sendall(
        post(f"Authorization: Bearer {server.api_key}\r\nContent-Length: {len(body)}\r\n".encode(), body),
    )
    status, answer = read_answer(line)
    if held is None:
        line.close()
    return status == 200 and json.loads(answer)["allowed"] is True


def read_answer_of(line: socket.socket) -> int:
    """The status of one more request on the connection."""
    line.sendall(HEALTH)
    return read_answer(line)[0]


class Crowd:
    """Many connections that all ask at the same moment."""

    def __init__(self, server: Server, size: int) -> None:
        self.lines = [connect(server) for _ in range(size)]

    def ask_at_once(self, request: bytes, seconds: float) -> int:
        """Sends the request on every connection and returns how many were answered in time."""
        waiting = selectors.DefaultSelector()
        for line in self.lines:
            line.sendall(request)
            waiting.register(line, selectors.EVENT_READ)
        deadline = time.monotonic() + seconds
        answered = 0
        while answered < len(self.lines) and time.monotonic() < deadline:
            for key, _ in waiting.select(0.1):
                assert isinstance(key.fileobj, socket.socket)
                read_answer(key.fileobj)
                waiting.unregister(key.fileobj)
                answered += 1
        waiting.close()
        return answered

    def close(self) -> None:
        """Hangs up everywhere."""
        for line in self.lines:
            line.close()


@pytest.mark.parametrize("size", [128, 256, 384, 512])
def test_nobody_in_a_crowd_is_forgotten(start_server: Callable[..., Server], many_descriptors: int, size: int) -> None:
    """However many requests come at the same moment, also a multiple of the library's 128, each one is answered."""
    assert many_descriptors > 700
    server = start_server("--rate-limit", "0", "--threads", "1")
    idle = [connect(server) for _ in range(100)]
    crowd = Crowd(server, size)
    call = post(b"Content-Length: 2\r\n", b"{}")
    for _ in range(15):
        assert crowd.ask_at_once(HEALTH, 5) == size
        assert crowd.ask_at_once(call, 5) == size
    crowd.close()
    for line in idle:
        line.close()
