# SPDX-License-Identifier: Apache-2.0
"""Answers of all kinds: what is read of them, what is not, and what is an error."""

import gzip
import json
import zlib

import pytest

from gateway_support import FAILED, Gateway
from pages import answer, endless, page, raw
from world import CLOSED_PORT, Handler, World

LIMIT = 65536
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Handler:
    """A body in chunks."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + coded + end)


def test_the_result_has_exactly_these_fields(gateway: Gateway, world: World) -> None:
    """The result is the page's address, status, type, title, excerpt and whether it was cut."""
    html = b"<html><head><title> A\n &amp; B </title></head><body><h1>Hi</h1><p>there</p></body></html>"
    site = world.site(page(html, "Text/HTML; charset=utf-8"))
    assert gateway.read(site.url("/p?q=1#part")) == {
        "url": site.url("/p?q=1"),
        "status": 200,
        "contentType": "text/html",
        "title": "A & B",
        "excerpt": "A & B Hi there",
        "truncated": False,
    }


@pytest.mark.parametrize(
    "size,truncated", [(0, False), (1, False), (LIMIT - 1, False), (LIMIT, False), (LIMIT + 1, True)]
)
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_body_is_cut_at_its_limit(gateway: Gateway, world: World, size: int, truncated: bool, framing: str) -> None:
    """A body of exactly 65,536 bytes is whole; of one more, 65,536 are read and the result says that it was cut."""
    body = b"a" * size
    handlers = {
        "length": page(body),
        "chunked": chunked(*([body] if body else [])),
        "close": raw(HEAD + b"\r\n" + body),
    }
    outcome = gateway.execute(world.site(handlers[framing]).url())
    assert outcome.body["result"]["truncated"] is truncated
    assert outcome.body["result"]["excerpt"] == "a" * min(size, 4000)
    assert gateway.row(outcome)["execution"]["bytes"] == min(size, LIMIT)


def test_forbidden_forms_of_utf8_become_replacement_characters(gateway: Gateway, world: World) -> None:
    """Surrogates, overlong forms and numbers beyond Unicode in a text page leave the answer JSON in UTF-8."""
    body = b"a\xed\xa0\x80b \xe0\x80\xafc \xf0\x80\x80\xafd \xf4\x90\x80\x80e \xc0\xafz \xed\x9f\xbf"
    for kind in ("text/plain", "text/html"):
        site = world.site(page(body, kind))
        answered = gateway.post(
            {"agentId": gateway.agent.agent_id, "action": "browse_web", "resource": "web", "input": {"url": site.url()}}
        )
        result = json.loads(answered.content.decode("utf-8", errors="strict"))["result"]
        odd = "\ufffd"
        assert result["excerpt"] == f"a{odd * 3}b {odd * 3}c {odd * 4}d {odd * 4}e {odd * 2}z \ud7ff"


def test_an_endless_body_is_cut(gateway: Gateway, world: World) -> None:
    """A body without end is read up to the limit, and then the connection is closed."""
    for head in (HEAD, HTML):
        result = gateway.read(world.site(endless(head + b"\r\n", b"word " * 2000)).url())
        assert result["truncated"] is True
        assert result["excerpt"].startswith("word word")
        assert len(result["excerpt"]) <= 4000


def test_endless_headers_are_an_error(gateway: Gateway, world: World) -> None:
    """Headers without end fail, whether they are many or one."""
    gateway.fail(world.site(endless(HEAD, b"X-Again: and again\r\n")).url(), FAILED)
    gateway.fail(world.site(endless(HEAD + b"X-Long: ", b"a" * 4096)).url(), FAILED)


def test_headers_have_a_limit(gateway: Gateway, world: World) -> None:
    """Headers of 32 KiB in all are read; a little more fail."""

    def with_head(size: int) -> Handler:
        rest = size - len(HEAD) - len(b"Content-Length: 2\r\nX-Long: \r\n\r\n")
        return raw(HEAD + b"Content-Length: 2\r\nX-Long: " + b"a" * rest + b"\r\n\r\nok")

    assert gateway.read(world.site(with_head(32768)).url())["excerpt"] == "ok"
    gateway.fail(world.site(with_head(32769)).url(), FAILED)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "x-gzip", "br"])
def test_a_bomb_is_not_inflated(gateway: Gateway, world: World, coding: str) -> None:
    """What is compressed although nobody asked for it is not inflated: a gigabyte of it stays a few bytes."""
    huge = b"boom " * 2_000_000
    packed = zlib.compress(huge) if coding == "deflate" else gzip.compress(huge)
    site = world.site(page(packed, headers=(f"Content-Encoding: {coding}",)))
    outcome = gateway.execute(site.url())
    assert outcome.status in (200, 400), outcome
    assert "boom" not in str(outcome.body)
    assert gateway.row(outcome)["execution"]["bytes"] <= len(packed)


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml"])
def test_a_title_of_ten_megabytes_is_no_title(gateway: Gateway, world: World, kind: str) -> None:
    """A title of which the limit leaves no end is none; a long one is cut at 200 characters."""
    long = world.site(page(b"<title>" + b"a" * 10_000_000 + b"</title>", kind))
    assert (gateway.read(long.url())["title"], gateway.read(long.url())["truncated"]) == (None, True)
    fits = world.site(page(b"<title>" + b"b" * 60_000 + b"</title>", kind))
    assert gateway.read(fits.url())["title"] == "b" * 200


@pytest.mark.parametrize(
    "body",
    [
        b"<b>" * 60_000 + b"deep",
        b"<div>" * 13_000 + b"deep",
        b"<table><tr><td>" * 4_000,
        b"<!--" * 16_000,
        b"<a " + b"x='1' " * 10_000 + b">",
        b"<" * 65_000,
        b"&" * 65_000,
        b"&#x41;" * 10_000,
        b"<![CDATA[" * 7_000,
        b"<!DOCTYPE a [" + b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (i + 1, i, i) for i in range(60)) + b"]>&e60;",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://10.0.0.5/x.dtd"><a>text</a>',
        b"<script>" + b"<script>" * 8_000,
        bytes(range(256)) * 250,
        b"\x00" * 65_000,
        b"\xff\xfe" + "<p>wide</p>".encode("utf-16-le") * 2_000,
        b"<meta charset=utf-7>+ADw-script+AD4-" * 1_000,
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("kind", ["text/html", "application/xml", "application/xhtml+xml"])
def test_a_hostile_page_is_read_or_left_empty(gateway: Gateway, world: World, kind: str, body: bytes) -> None:
    """A hostile page gives an excerpt within its limit or an empty one, and the page after it is read."""
    result = gateway.read(world.site(page(body, kind)).url())
    assert len(result["excerpt"].encode("utf-16-le")) <= 2 * 4000
    assert "root:" not in result["excerpt"]
    assert gateway.read(world.site(page(b"<p>next</p>", "text/html")).url())["excerpt"] == "next"


@pytest.mark.parametrize(
    "kind", ["image/png", "application/octet-stream", "application/pdf", "", "video/mp4; a=b", "?"]
)
def test_what_is_no_text_is_not_read(gateway: Gateway, world: World, kind: str) -> None:
    """A body that is no text is not read: its kind is told, its excerpt empty."""
    outcome = gateway.execute(world.site(page(b"<title>t</title>abc" * 100, kind)).url())
    result = outcome.body["result"]
    assert result["contentType"] == kind.split(";")[0]
    assert (result["title"], result["excerpt"]) == (None, "")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "text/csv", "TEXT/Markdown ; x=y", "application/xml"]
)
def test_what_is_text_is_read(gateway: Gateway, world: World, kind: str) -> None:
    """Text, JSON and XML are read."""
    result = gateway.read(world.site(page(b"some text", kind)).url())
    assert (result["contentType"], result["excerpt"]) == (kind.split(";")[0].strip().lower(), "some text")


@pytest.mark.parametrize(
    "status", ["204 No Content", "401 Unauthorized", "404 Not Found", "500 Error", "503 Busy", "599 Odd"]
)
def test_any_other_status_is_a_success(gateway: Gateway, world: World, status: str) -> None:
    """A status of the 200s, 400s and 500s is the answer, asked for once."""
    body = b"" if status.startswith("204") else b"sorry"
    extra = ("WWW-Authenticate: Basic realm=x", "Retry-After: 1")
    site = world.site(page(body, status=status, headers=extra))
    result = gateway.read(site.url())
    assert (result["status"], result["excerpt"]) == (int(status[:3]), body.decode())
    assert len(site.requests) == 1


def test_what_comes_before_the_answer_is_skipped(gateway: Gateway, world: World) -> None:
    """Answers of the 100s before the answer are not it, nor are their headers."""
    before = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLocation: http://10.0.0.5/\r\nContent-Type: x/y\r\n\r\n"
    result = gateway.read(world.site(raw(before + answer(b"then"))).url())
    assert (result["status"], result["contentType"], result["excerpt"]) == (200, "text/plain", "then")


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b"just text, as HTTP/0.9 had it\n",),
        (b"<html>hello</html>",),
        (b"HTTP/1.1 200 OK\r\n",),
        (b"HTTP/9.9 what\r\n\r\n",),
        (b"SSH-2.0-OpenSSH_9.2\r\n",),
        (answer(b"a" * 100)[:-10],),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab",),
    ],
    ids=lambda parts: repr(parts[0][-20:]),
)
def test_a_broken_answer_is_an_error(gateway: Gateway, world: World, parts: tuple[bytes, ...]) -> None:
    """What is no whole HTTP answer fails, and nothing of it is passed on."""
    gateway.fail(world.site(raw(*parts)).url(), FAILED)


def test_a_closed_port_is_an_error(gateway: Gateway, world: World) -> None:
    """A server that refuses the connection fails."""
    gateway.fail(f"http://{world.site(page()).host}:{CLOSED_PORT}/", FAILED)


def test_an_address_can_be_read_without_a_name(gateway: Gateway, world: World) -> None:
    """A public address is read without any look-up."""
    world.site(page(b"by address"), host="93.184.216.34")
    asked = len(world.resolver.asked)
    assert gateway.read("http://93.184.216.34/")["excerpt"] == "by address"
    assert gateway.read("http://0x5db8d822/x")["url"] == "http://93.184.216.34/x"
    assert len(world.resolver.asked) == asked
