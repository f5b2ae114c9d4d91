# SPDX-License-Identifier: Apache-2.0
"""Requests that are malformed, ambiguous or too large: refused, and nothing behind them is executed."""

import time

import pytest

from harness import Server
from raw_http import (
    HEALTH,
    ask,
    connect,
    get,
    is_healthy,
    post,
    processor_seconds,
    read_answer,
    read_until_closed,
    statuses,
)

pytestmark = pytest.mark.hostile

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
    assert_refused(demo, post(b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0"))


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
        line.sendall(
            HEALTH + unknown + post(b"Content-Length: 2\r\n", b"{}") + HEALTH + get(b"Host: x\r\nConnection: close\r\n")
        )
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
    assert set(statuses(received)) == {431}  # the library says it twice when its copy of the cookies does not fit
    assert closed
    assert is_healthy(demo)


def test_headers_of_a_browser_fit(demo: Server) -> None:
    """A page's request with 2.5 KB of cookies is served, and so are 6 KB in one header."""
    words = b"".join(b"X-Fetch-%d: %s\r\n" % (i, b"v" * 60) for i in range(12))
    cookies = b"Cookie: __Host-session=" + b"a" * 2500 + b"\r\n"
    for headers in (words + cookies, b"X-A: " + b"a" * 6000 + b"\r\n"):
        assert ask(demo, get(b"Host: x\r\n" + headers)) == 200


def test_no_size_of_headers_is_lost_between_the_limits(demo: Server) -> None:
    """Whatever their size, headers are either served or answered 431: nobody is just hung up on."""
    for size in range(1000, 12000, 97):
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
