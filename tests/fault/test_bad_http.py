# SPDX-License-Identifier: Apache-2.0
"""Requests that are malformed, hostile, slow or too many, byte by byte over raw sockets."""

import os
import re
import resource
import selectors
import socket
import struct
import time
from typing import Callable, Iterator, Optional

import pytest

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


MALFORMED = {
    "no host": get(b""),
    "two hosts": get(b"Host: x\r\nHost: x\r\n"),
    "two hosts that differ": get(b"Host: x\r\nhost: y\r\n"),
    "two hosts in 1.0": get(b"Host: x\r\nHost: x\r\n", version=b"HTTP/1.0"),
    "space before the colon": get(b"Host: x\r\nX-A : 1\r\n"),
    "tab before the colon": get(b"Host: x\r\nX-A\t: 1\r\n"),
    "space in a name": get(b"Host: x\r\nX A: 1\r\n"),
    "empty name": get(b"Host: x\r\n: 1\r\n"),
    "no colon": get(b"Host: x\r\nX-A\r\n"),
    "bracket in a name": get(b"Host: x\r\nX[A]: 1\r\n"),
    "8-bit name": get(b"Host: x\r\nX-\xe4: 1\r\n"),
    "space before the first name": get(b" Host: x\r\n"),
    "folded line": get(b"Host: x\r\nX-A: 1\r\n 2\r\n"),
    "folded by a tab": get(b"Host: x\r\nX-A: 1\r\n\t2\r\n"),
    "folded last line": get(b"X-A: 1\r\nHost: x\r\n \r\n"),
    "bare LF after the request line": b"GET /api/health HTTP/1.1\nHost: x\r\n\r\n",
    "bare LF after a header": b"GET /api/health HTTP/1.1\r\nHost: x\nX-A: 1\r\n\r\n",
    "bare LF after the last header": b"GET /api/health HTTP/1.1\r\nHost: x\n\r\n",
    "bare LF at the end": b"GET /api/health HTTP/1.1\r\nHost: x\r\n\n",
    "bare LF everywhere": b"GET /api/health HTTP/1.1\nHost: x\n\n",
    "bare CR in a value": get(b"Host: x\r\nX-A: 1\r2\r\n"),
    "bare CR before the end of a line": get(b"Host: x\r\nX-A: 1\r\r\n"),
    "bare CR in a name": get(b"Host: x\r\nX-\rA: 1\r\n"),
    "bare CR in the request line": get(b"Host: x\r\n", target=b"/api/health\r"),
    "NUL in a value": get(b"Host: x\r\nX-A: 1\0002\r\n"),
    "NUL at the end of a value": get(b"Host: x\r\nX-A: 1\0\r\n"),
    "NUL at the start of a value": get(b"Host: x\r\nX-A: \0001\r\n"),
    "NUL in a name": get(b"Host: x\r\nX-\0A: 1\r\n"),
    "NUL at the start of a line": get(b"Host: x\r\n\0X-A: 1\r\n"),
    "NUL in the target": get(b"Host: x\r\n", target=b"/api/\0health"),
    "NUL at the end of the target": get(b"Host: x\r\n", target=b"/api/health\0"),
    "NUL in the method": b"GE\0T /api/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "control character in a value": get(b"Host: x\r\nX-A: 1\x0b2\r\n"),
    "DEL in a value": get(b"Host: x\r\nX-A: 1\x7f2\r\n"),
    "method that is no token": b"G(T /api/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "two spaces before the target": b"GET  /api/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "two spaces after the target": b"GET /api/health  HTTP/1.1\r\nHost: x\r\n\r\n",
    "space after the version": b"GET /api/health HTTP/1.1 \r\nHost: x\r\n\r\n",
    "space in the target": get(b"Host: x\r\n", target=b"/api/health x"),
    "tab in the target": get(b"Host: x\r\n", target=b"/api/health\tx"),
    "8-bit target": get(b"Host: x\r\n", target=b"/api/he\xc3\xa4lth"),
    "absolute target": get(b"Host: x\r\n", target=b"http://x/api/health"),
    "target without slash": get(b"Host: x\r\n", target=b"api/health"),
    "asterisk target": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "authority target": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /api/health\r\nHost: x\r\n\r\n",
    "version 0.9": get(b"Host: x\r\n", version=b"HTTP/0.9"),
    "version 1.2": get(b"Host: x\r\n", version=b"HTTP/1.2"),
    "version 2.0": get(b"Host: x\r\n", version=b"HTTP/2.0"),
    "version in lower case": get(b"Host: x\r\n", version=b"http/1.1"),
    "version with more digits": get(b"Host: x\r\n", version=b"HTTP/1.10"),
}

LENGTHS = {
    "two that are equal": b"Content-Length: 2\r\nContent-Length: 2\r\n",
    "two that differ": b"Content-Length: 2\r\nContent-Length: 3\r\n",
    "two, one in lower case": b"Content-Length: 2\r\ncontent-length: 40\r\n",
    "list": b"Content-Length: 2, 2\r\n",
    "empty": b"Content-Length:\r\n",
    "plus": b"Content-Length: +2\r\n",
    "minus": b"Content-Length: -2\r\n",
    "hex": b"Content-Length: 0x2\r\n",
    "fraction": b"Content-Length: 2.0\r\n",
    "letters": b"Content-Length: two\r\n",
    "digits and more": b"Content-Length: 2x\r\n",
    "2^64 + 2": b"Content-Length: 18446744073709551618\r\n",
    "100 digits": b"Content-Length: " + b"9" * 100 + b"\r\n",
    "with a chunked body": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    "after a chunked body": b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
}

ENCODINGS = {
    "unknown": b"Transfer-Encoding: xchunked\r\n",
    "identity": b"Transfer-Encoding: identity\r\n",
    "gzip": b"Transfer-Encoding: gzip\r\n",
    "list": b"Transfer-Encoding: gzip, chunked\r\n",
    "chunked twice in one": b"Transfer-Encoding: chunked, chunked\r\n",
    "twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "twice, different": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "empty": b"Transfer-Encoding:\r\n",
    "quoted": b'Transfer-Encoding: "chunked"\r\n',
    "with a parameter": b"Transfer-Encoding: chunked;q=1\r\n",
    "blank at the end": b"Transfer-Encoding: chunked \r\n",
    "vertical tab in front": b"Transfer-Encoding: \x0bchunked\r\n",
    "space before the colon": b"Transfer-Encoding : chunked\r\n",
    "space before the colon, and a length": b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n",
    "folded": b"Transfer-Encoding:\r\n chunked\r\n",
    "folded, and a length": b"Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n",
    "NUL behind": b"Transfer-Encoding: chunked\0\r\n",
}


def refused_in_silence_or_with_an_error(received: bytes, closed: bool) -> bool:
    """
    Nothing was executed: no answer, or an error of the client's, and then the end. (When libmicrohttpd itself refuses a
    malformed Content-Length, it sends the head of its error page twice.)
    """
    return closed and all(status in (400, 413, 414, 431, 501, 505) for status in statuses(received))


def assert_refused(server: Server, request: bytes) -> None:
    """Neither the request nor what follows it is executed, in one piece or in two, and the connection ends."""
    for cut in (len(request), len(request) // 2, 1):
        with connect(server) as line:
            try:
                line.sendall(request[:cut])
                if cut < len(request):
                    time.sleep(0.01)
                line.sendall(request[cut:] + HEALTH)
            except ConnectionError:
                pass  # closed before all was sent
            received, closed = read_until_closed(line)
        assert refused_in_silence_or_with_an_error(received, closed), (received, closed)
    assert is_healthy(server)


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_head_is_refused_and_the_connection_closed(demo: Server, name: str) -> None:
    """No request whose head breaks the grammar is executed, nor the one behind it."""
    assert_refused(demo, MALFORMED[name])


@pytest.mark.parametrize("name", LENGTHS)
def test_doubtful_length_is_refused_and_the_connection_closed(demo: Server, name: str) -> None:
    """A length that two readers could understand differently lets nothing through."""
    assert_refused(demo, post(LENGTHS[name], b"{}"))
    assert_refused(demo, post(LENGTHS[name], b"0\r\n\r\n"))


@pytest.mark.parametrize("name", ENCODINGS)
def test_doubtful_transfer_encoding_is_refused_and_the_connection_closed(demo: Server, name: str) -> None:
    """Any Transfer-Encoding but one plain "chunked" lets nothing through."""
    assert_refused(demo, post(ENCODINGS[name], b"0\r\n\r\n"))
    assert_refused(demo, post(ENCODINGS[name], b"2\r\n{}\r\n0\r\n\r\n"))


def test_transfer_encoding_in_http_1_0_is_refused(demo: Server) -> None:
    """HTTP/1.0 has no chunked bodies, and a server in front may not see one."""
    assert_refused(demo, post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0"))
    assert_refused(
        demo, post(b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0")
    )


SMUGGLING = {
    "length first, then chunked": (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HEALTH),
    "chunked first, then length": (
        b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n" % (5 + len(HEALTH)),
        b"0\r\n\r\n" + HEALTH,
    ),
    "unknown encoding": (b"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n", HEALTH),
    "misspelt encoding": (b"Transfer-Encoding : chunked\r\nContent-Length: 0\r\n", HEALTH),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(HEALTH), HEALTH),
    "two lengths, long one first": (b"Content-Length: %d\r\nContent-Length: 0\r\n" % len(HEALTH), HEALTH),
    "length in a folded line": (b"X-A: 1\r\n Content-Length: %d\r\nContent-Length: 0\r\n" % len(HEALTH), HEALTH),
    "length behind a bare LF": (b"X-A: 1\nContent-Length: %d\r\nContent-Length: 0\r\n" % len(HEALTH), HEALTH),
    "length behind a NUL": (b"X-A: 1\0\r\nContent-Length: 0\r\n", HEALTH),
    "size of a chunk overflows": (b"Transfer-Encoding: chunked\r\n", b"10000000000000002\r\n{}\r\n0\r\n\r\n" + HEALTH),
    "negative size of a chunk": (b"Transfer-Encoding: chunked\r\n", b"-1\r\n{}\r\n0\r\n\r\n" + HEALTH),
    "size of a chunk with 0x": (b"Transfer-Encoding: chunked\r\n", b"0x2\r\n{}\r\n0\r\n\r\n" + HEALTH),
    "size of a chunk is no number": (b"Transfer-Encoding: chunked\r\n", b"zz\r\n{}\r\n0\r\n\r\n" + HEALTH),
    "size of a chunk is missing": (b"Transfer-Encoding: chunked\r\n", b"\r\n{}\r\n0\r\n\r\n" + HEALTH),
    "chunk longer than its size": (b"Transfer-Encoding: chunked\r\n", b"2\r\n{}XX\r\n0\r\n\r\n" + HEALTH),
    "bare LF in the framing of chunks": (b"Transfer-Encoding: chunked\r\n", b"2;\n{}\r\n0\r\n\r\n" + HEALTH),
    "bare LF at the end of chunks": (b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\n\n" + HEALTH),
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_smuggled_request_is_never_executed(demo: Server, name: str) -> None:
    """A second request hidden by ambiguous framing gets no answer, and the connection ends."""
    headers, body = SMUGGLING[name]
    with connect(demo) as line:
        line.sendall(post(headers, body))
        received, closed = read_until_closed(line)
    assert closed
    assert len(statuses(received)) <= 1 and b'"status":"ok"' not in received, received
    assert is_healthy(demo)


WELL_FORMED = {
    "plain": HEALTH,
    "blanks around values": get(b"Host:   x  \t\r\nX-A:1\r\nX-B: \t 1 2\t\r\n"),
    "empty value": get(b"Host: x\r\nX-A:\r\nX-B:   \r\n"),
    "empty last value": get(b"Host: x\r\nX-A:\r\n"),
    "8-bit value": get(b"Host: x\r\nX-A: gr\xc3\xbc\xc3\x9fe \xff\r\n"),
    "all token characters": get(b"Host: x\r\n!#$%&'*+-.^_`|~aZ09: 1\r\n"),
    "colons in a value": get(b"Host: x:1\r\nX-A: :a:b:\r\n"),
    "the same name twice": get(b"Host: x\r\nAccept: a\r\nAccept: b\r\n"),
    "empty lines in front": b"\r\n\r\n" + HEALTH,
    "query": get(b"Host: x\r\n", target=b"/api/health?a=1&b=%20c+d&e&=f"),
    "empty query": get(b"Host: x\r\n", target=b"/api/health?"),
    "1.0 without host": get(b"", version=b"HTTP/1.0"),
    "1.0 with host": get(b"Host: x\r\n", version=b"HTTP/1.0"),
    "1.0 with keep-alive": get(b"Connection: keep-alive\r\n", version=b"HTTP/1.0"),
    "host last": get(b"X-A: 1\r\nHost: x\r\n"),
    "cookies": get(b'Host: x\r\nCookie: a=b; c="d e"; f\r\nCookie: g=h\r\n'),
    "length 0": get(b"Host: x\r\nContent-Length: 0\r\n"),
    "body in a GET": get(b"Host: x\r\nContent-Length: 3\r\n") + b"abc",
    "leading zeros in the length": get(b"Host: x\r\nContent-Length: 0003\r\n") + b"abc",
    "chunks": get(b"Host: x\r\nTransfer-Encoding: chunked\r\n") + b"3\r\nabc\r\n0\r\n\r\n",
    "chunked in capitals": get(b"Host: x\r\nTransfer-Encoding: CHUNKED\r\n") + b"3\r\nabc\r\n0\r\n\r\n",
    "chunk extensions": get(b"Host: x\r\nTransfer-Encoding: chunked\r\n") + b'3;a=b;c="d"\r\nabc\r\n0;e\r\n\r\n',
    "trailers": get(b"Host: x\r\nTransfer-Encoding: chunked\r\n") + b"3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
    "forty headers": get(b"Host: x\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(40))),
}


@pytest.mark.parametrize("name", WELL_FORMED)
def test_well_formed_request_is_served(demo: Server, name: str) -> None:
    """What the grammar allows is answered, whole or byte by byte."""
    request = WELL_FORMED[name]
    assert ask(demo, request) == 200
    with connect(demo) as line:
        for i in range(len(request)):
            line.sendall(request[i : i + 1])
        assert read_answer(line)[0] == 200


def test_pipelined_requests_are_answered_in_order(demo: Server) -> None:
    """Requests sent without waiting get their answers one by one, in order, on the same connection."""
    unknown = get(b"Host: x\r\n", target=b"/api/nothing-here")
    with connect(demo) as line:
        line.sendall(HEALTH + unknown + post(b"Content-Length: 2\r\n", b"{}") + HEALTH + get(b"Host: x\r\nConnection: close\r\n"))
        received, closed = read_until_closed(line)
    found = statuses(received)
    assert closed
    assert len(found) == 5, received
    assert (found[0], found[1], found[3], found[4]) == (200, 404, 200, 200)
    assert found[2] in (200, 400, 401, 404)


def test_expect_100_continue_is_honoured(demo: Server) -> None:
    """Who waits for "100 Continue" gets it, and then the answer."""
    with connect(demo) as line:
        line.sendall(post(b"Content-Length: 2\r\nExpect: 100-continue\r\n"))
        interim = line.recv(65536)
        assert interim.startswith(b"HTTP/1.1 100 ")
        line.sendall(b"{}")
        assert read_answer(line)[0] in (200, 400, 401)


def test_too_long_a_body_is_refused_before_it_is_sent(demo: Server) -> None:
    """A length over the limit is answered 413 at once, without "100 Continue", and the connection ends."""
    with connect(demo) as line:
        line.sendall(post(b"Content-Length: 65537\r\nExpect: 100-continue\r\n"))
        received, closed = read_until_closed(line)
    assert statuses(received) == [413]
    assert closed


@pytest.mark.parametrize("size", [65537, 200_000, 3_000_000])
def test_too_long_a_body_gets_its_413_even_when_it_is_sent(demo: Server, size: int) -> None:
    """A client that sends its whole body before it looks still sees the answer."""
    with connect(demo) as line:
        line.sendall(post(b"Content-Length: %d\r\n" % size, b"x" * size))
        received, closed = read_until_closed(line)
    assert statuses(received) == [413]
    assert closed


def test_too_long_a_chunked_body_is_refused(demo: Server) -> None:
    """A chunked body over the limit is answered 413, and the connection ends."""
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    with connect(demo) as line:
        line.sendall(post(b"Transfer-Encoding: chunked\r\n", chunk * 17 + b"0\r\n\r\n"))
        received, closed = read_until_closed(line)
    assert statuses(received) == [413]
    assert closed


def test_endless_chunked_body_is_cut_off(demo: Server) -> None:
    """Somebody who sends chunks for ever is disconnected."""
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    with connect(demo) as line:
        line.sendall(post(b"Transfer-Encoding: chunked\r\n"))
        with pytest.raises(ConnectionError):
            for _ in range(100_000):
                line.sendall(chunk)
    assert is_healthy(demo)


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_longest_allowed_body_is_read(demo: Server, framing: str) -> None:
    """A body of exactly the limit is not too long."""
    body = b'{"agentId":"' + b"x" * (65536 - 14) + b'"}'
    if framing == "length":
        request = post(b"Content-Length: 65536\r\n", body)
    else:
        request = post(b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + body + b"\r\n0\r\n\r\n")
    assert ask(demo, request) in (200, 400, 401, 404)


@pytest.mark.parametrize(
    "headers",
    [
        b"X-A: " + b"a" * 10_000 + b"\r\n",
        b"X-A: " + b"a" * 100_000 + b"\r\n",
        b"".join(b"X-%d: 1\r\n" % i for i in range(200)),
        b"Cookie: " + b"a=b; " * 1000 + b"\r\n",
    ],
    ids=["long value", "very long value", "many headers", "many cookies"],
)
def test_too_large_headers_are_refused(demo: Server, headers: bytes) -> None:
    """Headers over the limit are answered 431, and the connection ends."""
    with connect(demo) as line:
        line.sendall(get(b"Host: x\r\n" + headers))
        received, closed = read_until_closed(line)
    assert statuses(received) == [431]
    assert closed
    assert is_healthy(demo)


def test_no_size_of_headers_is_lost_between_the_limits(demo: Server) -> None:
    """Whatever their size, headers are either served or answered 431: nobody is just hung up on."""
    for size in range(1000, 9000, 97):
        with connect(demo) as line:
            line.sendall(get(b"Host: x\r\nConnection: close\r\nX-A: " + b"a" * size + b"\r\n"))
            received, closed = read_until_closed(line)
        assert closed
        assert statuses(received) in ([200], [431]), size


def test_too_long_a_target_is_refused(demo: Server) -> None:
    """A target over the limit is an error and the connection ends."""
    for target in (b"/" + b"a" * 20_000, b"/?" + b"a" * 20_000):
        with connect(demo) as line:
            line.sendall(get(b"Host: x\r\n", target=target))
            received, closed = read_until_closed(line)
        assert statuses(received) in ([414], [431])
        assert closed
    assert is_healthy(demo)


def processor_seconds(server: Server) -> float:
    """The processor time that the server has used so far."""
    assert server.process is not None
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("characters", [b"&", b"=", b"a&", b"%", b"?", b"+&"])
def test_thousands_of_parameters_keep_nobody_busy(server: Server, characters: bytes) -> None:
    """A query of nothing but separators is answered, and costs nothing afterwards."""
    with connect(server) as line:
        line.sendall(get(b"Host: x\r\n", target=b"/api/health?" + characters * (3000 // len(characters))))
        assert read_answer(line)[0] in (200, 404, 431)
        before = processor_seconds(server)
        time.sleep(1)
        assert processor_seconds(server) - before < 0.5
    assert is_healthy(server)


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


@pytest.mark.parametrize("sent", [b"GET /api", b"GET /api/health HTTP/1.1\r\nHost:", post(b"Content-Length: 9\r\n", b"{}")])
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
    for _ in range(10):
        with connect(demo) as line:
            line.sendall(HEALTH)
            line.shutdown(socket.SHUT_WR)
            received, closed = read_until_closed(line, 4)
        assert closed and statuses(received) == [200]


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


def test_ten_thousand_idle_connections_are_cheap(start_server: Callable[..., Server], many_descriptors: int) -> None:
    """10,000 used keep-alive connections cost less than 60 MB, verify is answered meanwhile, and the server stops."""
    if many_descriptors < 10_200:
        pytest.skip("this system allows too few descriptors")
    server = start_server("--rate-limit", "0")
    before = resident_bytes(server)
    lines: list[socket.socket] = []
    try:
        for _ in range(10_000):
            line = connect(server)
            lines.append(line)
            line.sendall(HEALTH)
            assert read_answer(line)[0] == 200
        assert resident_bytes(server) - before < 60_000_000
        start = time.monotonic()
        assert ask(server, post(b"Content-Length: 2\r\n", b"{}")) in (200, 400, 401)
        assert time.monotonic() - start < 1
        assert read_answer_of(lines[0]) == 200 and read_answer_of(lines[-1]) == 200
        assert server.stop() == 0
    finally:
        for line in lines:
            line.close()


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
                line: Optional[object] = key.fileobj
                assert isinstance(line, socket.socket)
                read_answer(line)
                waiting.unregister(line)
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
