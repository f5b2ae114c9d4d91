# SPDX-License-Identifier: Apache-2.0
"""What the sites of the tests answer."""

import itertools
import time

from world import Handler, Line


def answer(body: bytes = b"", kind: str = "text/plain", status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """A whole answer as bytes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    lines += [f"Content-Type: {kind}"] if kind else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def raw(*parts: bytes) -> Handler:
    """These bytes, then the end."""

    def handler(line: Line) -> None:
        for part in parts:
            line.send(part)

    return handler


def page(
    body: bytes = b"hello", kind: str = "text/plain", status: str = "200 OK", headers: tuple[str, ...] = ()
) -> Handler:
    """An ordinary page."""
    return raw(answer(body, kind, status, headers))


def redirect(location: str, status: str = "302 Found", headers: tuple[str, ...] = ()) -> Handler:
    """Sends the reader elsewhere. The body is bait: it must not be what is read."""
    return page(b"this is not the page", status=status, headers=(f"Location: {location}", *headers))


def drip(first: bytes, bytes_to_drip: bytes, seconds: float = 1.0) -> Handler:
    """The first part at once, then for ever one byte at a time."""

    def handler(line: Line) -> None:
        line.send(first)
        for byte in itertools.cycle(bytes_to_drip):
            time.sleep(seconds)
            line.send(bytes([byte]))

    return handler


def endless(first: bytes, again: bytes) -> Handler:
    """The first part, then the other as often as the reader takes it."""

    def handler(line: Line) -> None:
        line.send(first)
        while True:
            line.send(again)

    return handler


def mute(line: Line) -> None:
    """Takes the request and says nothing."""
    line.wait_gone(30)


def start_only(first: bytes) -> Handler:
    """The first part, and then nothing more."""

    def handler(line: Line) -> None:
        line.send(first)
        mute(line)

    return handler


def after(seconds: float, then: Handler) -> Handler:
    """The same, later."""

    def handler(line: Line) -> None:
        time.sleep(seconds)
        then(line)

    return handler
