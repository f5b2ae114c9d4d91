# SPDX-License-Identifier: Apache-2.0
"""Streams under bad conditions: clients that do not read, vanish or cut in half, and a server that stops or dies."""

import re
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest
import requests

from harness import ROOT, Server
from raw_http import connect, is_healthy, read_until_closed

sys.path.insert(0, str(ROOT / "tests" / "api"))

from api_support import error_of, other_account  # noqa: E402
from event_stream import EventStream  # noqa: E402
from log_support import lengthen_log  # noqa: E402

EXPORT = "/api/dashboard/logs?format=csv"
ROWS = 120_000
ROW = b"\n"


@pytest.fixture(name="long_log")
def long_log_fixture(start_server: Callable[..., Server]) -> Server:
    """A server with a log whose export is far larger than what sockets hold."""
    server = start_server("--answer-timeout", "3", "--retention-days", "0")
    assert server.verify("purchase", vendor="v" * 150).status_code == 200
    assert server.stop() == 0
    lengthen_log(server, ROWS)
    return server.start(60)


def begin_export(server: Server, buffer: int = 0, version: str = "1.1") -> socket.socket:
    """A connection on which an export has been asked for."""
    line = socket.socket()
    if buffer:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    line.settimeout(30)
    line.connect((server.host, server.port))
    line.sendall(
        f"GET {EXPORT} HTTP/{version}\r\nHost: x\r\nX-Developer-Token: {server.developer_token}\r\n\r\n".encode()
    )
    return line


def export(server: Server) -> bytes:
    """A whole export."""
    deadline = time.monotonic() + 30
    while True:
        answer = requests.get(server.base_url + EXPORT, headers=server.as_developer(), timeout=120)
        if answer.status_code != 429 or time.monotonic() > deadline:
            break
        time.sleep(0.2)  # others that were hung up on still count
    assert answer.status_code == 200
    return answer.content


def resident_bytes(server: Server) -> int:
    """The server's resident memory."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) * 1024


def hang_up_hard(line: socket.socket) -> None:
    """Ends the connection by a reset."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def hang_up_half(line: socket.socket) -> None:
    """Says that nothing more will be sent."""
    line.shutdown(socket.SHUT_WR)


def wait_for_exports(server: Server) -> None:
    """Returns once an export is served again: nobody holds on to its threads."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with begin_export(server) as line:
            if b" 200 " in line.recv(100):
                return
        time.sleep(0.2)
    raise AssertionError("no export is served any more")


@pytest.mark.hostile
@pytest.mark.threads
def test_export_is_whole(long_log: Server) -> None:
    """A long export has every row, also when several run at once and decisions are made meanwhile."""
    with begin_export(long_log), begin_export(long_log):
        for _ in range(20):
            assert long_log.verify("purchase").status_code == 200
    assert export(long_log).count(ROW) >= ROWS + 21


@pytest.mark.memory
def test_export_needs_no_memory_of_its_length(long_log: Server) -> None:
    """Megabytes of export cost the server a few: its memory does not follow the length."""
    export(long_log)
    before = resident_bytes(long_log)
    with begin_export(long_log) as line:
        received = peak = 0
        while received < 10_000_000:
            piece = line.recv(1 << 20)
            assert piece
            received += len(piece)
            peak = max(peak, resident_bytes(long_log))
    assert peak - before < 6_000_000


@pytest.mark.hostile
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_reader_of_nothing_is_cut_off(long_log: Server, version: str) -> None:
    """Clients that ask for exports and read nothing lose them after the time of a step, by a reset."""
    lines = [begin_export(long_log, 4096, version) for _ in range(2)]
    time.sleep(6)
    for line in lines:
        with pytest.raises(ConnectionResetError):
            while line.recv(65536):
                pass
        line.close()
    wait_for_exports(long_log)
    assert is_healthy(long_log)


@pytest.mark.hostile
def test_slow_reader_is_served(long_log: Server) -> None:
    """A client that reads slowly for far longer than the time of a step still gets everything."""
    with begin_export(long_log, 65536) as line:
        received = b""
        for _ in range(60):
            received += line.recv(65536)
            time.sleep(0.15)
        while not received.endswith(b"0\r\n\r\n"):
            piece = line.recv(1 << 20)
            assert piece
            received += piece
    body = received.partition(b"\r\n\r\n")[2]
    assert re.sub(rb"(^|\r\n)[0-9A-Fa-f]+\r\n", b"", body).removesuffix(b"\r\n").count(ROW) == ROWS + 1


@pytest.mark.hostile
def test_slow_readers_do_not_keep_exports_from_others(long_log: Server) -> None:
    """While exports of an account are read by drops it gets no third one, others get theirs, and those are cut off."""
    other = long_log.as_developer(other_account(long_log))
    lines = [begin_export(long_log, 4096) for _ in range(2)]
    for line in lines:
        assert b" 200 " in line.recv(1000)
    third = requests.get(long_log.base_url + EXPORT, headers=long_log.as_developer(), timeout=20)
    assert error_of(third) == (429, "Two exports of this account are running.")
    assert third.json()["code"] == "TOO_MANY_STREAMS" and int(third.headers["Retry-After"]) > 0
    answer = requests.get(long_log.base_url + EXPORT, headers=other, timeout=10)
    assert answer.status_code == 200 and answer.text.startswith("createdAt,")
    deadline = time.monotonic() + 30
    cut = 0
    while cut < len(lines) and time.monotonic() < deadline:
        time.sleep(0.1)
        for line in [line for line in lines if line.fileno() >= 0]:
            try:
                assert line.recv(4096)  # so that each takes more in the time of an answer than an ordinary step
            except ConnectionResetError:
                line.close()
                cut += 1
    assert cut == len(lines)


@pytest.mark.hostile
@pytest.mark.threads
def test_readers_that_vanish_leave_nothing_behind(long_log: Server) -> None:
    """Whenever readers hang up, softly, hard or by half, their exports end and make room."""
    for hang_up in (hang_up_hard, socket.socket.close, hang_up_half):
        for pause in (0.0, 0.01, 0.1):
            lines = [begin_export(long_log, 4096) for _ in range(6)]
            time.sleep(pause)
            for line in lines:
                hang_up(line)
            wait_for_exports(long_log)
            for line in lines:
                line.close()
    assert is_healthy(long_log)


@pytest.mark.hostile
@pytest.mark.threads
def test_stop_does_not_wait_for_streams(long_log: Server) -> None:
    """SIGTERM ends event streams at once and cuts exports that nobody reads, which never look complete."""
    path = f"/api/logs/{long_log.agent_id}/stream"
    with EventStream(long_log, path, long_log.as_agent()) as stream, begin_export(long_log, 4096) as line:
        start = time.monotonic()
        assert long_log.stop() == 0
        assert time.monotonic() - start < 15
        assert stream.next() is None and stream.ended
        received, closed = read_until_closed(line)
        assert closed and not received.endswith(b"0\r\n\r\n")


@pytest.mark.hostile
def test_killed_server_leaves_streams_incomplete(long_log: Server) -> None:
    """After SIGKILL neither an event stream nor an export looks as if it had come to its end."""
    path = f"/api/logs/{long_log.agent_id}/stream"
    with EventStream(long_log, path, long_log.as_agent()) as stream, begin_export(long_log, 4096) as line:
        line.recv(1000)
        long_log.kill()
        with pytest.raises(ConnectionError):
            stream.next()
        assert not stream.ended
        received, closed = read_until_closed(line)
        assert closed and not received.endswith(b"0\r\n\r\n")
    long_log.start(60)
    assert is_healthy(long_log)


@pytest.mark.hostile
@pytest.mark.threads
def test_listeners_that_vanish_or_sleep_do_no_harm(server: Server) -> None:
    """Listeners that never read, or hang up in silence, cost nobody an event."""
    path = f"/api/logs/{server.agent_id}/stream"
    sleepers = [EventStream(server, path, server.as_agent(), 4096) for _ in range(10)]
    for _ in range(3):
        lost = [EventStream(server, path, server.as_agent()) for _ in range(20)]
        for number, stream in enumerate(lost):
            if number % 2:
                hang_up_hard(stream.line)
            else:
                stream.close()
    with EventStream(server, path, server.as_agent()) as stream:
        made = [server.verify("purchase", vendor="v" * 200).json()["requestId"] for _ in range(300)]
        assert [event.identity for event in stream.take(300)] == made
    for sleeper in sleepers:
        sleeper.close()
    assert is_healthy(server)


@pytest.mark.hostile
def test_silent_listener_that_is_gone_gives_its_place_back(server: Server) -> None:
    """A hundred listeners that hang up without a word make room within seconds, though nothing is sent to them."""
    path = f"/api/logs/{server.agent_id}/stream"
    streams = [EventStream(server, path, server.as_agent()) for _ in range(100)]
    assert {stream.status for stream in streams} == {200}
    with EventStream(server, path, server.as_agent()) as extra:
        assert extra.status == 429
    for stream in streams:
        stream.close()
    deadline = time.monotonic() + 10
    status = 429
    while status == 429 and time.monotonic() < deadline:
        time.sleep(0.2)
        with EventStream(server, path, server.as_agent()) as again:
            status = again.status
    assert status == 200


@pytest.mark.hostile
def test_requests_after_a_stream_on_the_same_connection(server: Server) -> None:
    """A connection serves on after an export has come to its end."""
    with connect(server) as line:
        for _ in range(3):
            line.sendall(
                f"GET {EXPORT} HTTP/1.1\r\nHost: x\r\nX-Developer-Token: {server.developer_token}\r\n\r\n".encode()
            )
            received = b""
            while not received.endswith(b"0\r\n\r\n"):
                piece = line.recv(65536)
                assert piece
                received += piece
            assert received.startswith(b"HTTP/1.1 200 ")
