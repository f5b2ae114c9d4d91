# SPDX-License-Identifier: Apache-2.0
"""What both clients tell httpx, and what they make of its answers and errors."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional, Union
from urllib.parse import urlsplit

import httpx

from .options import Options
from .redact import redact
from .wire import BODY_LIMIT, Answer, Failure, Send

NO_PROXY_AT_ALL = ("all://", "http://", "https://")
TOO_LATE = Failure("timeout", "BehalfID did not answer in time.")


def client_arguments(options: Options) -> dict[str, Any]:
    """For httpx.Client and httpx.AsyncClient. Nothing for this machine goes through a proxy of the environment."""
    arguments: dict[str, Any] = {"limits": httpx.Limits(max_connections=None, max_keepalive_connections=20)}
    if options.is_local:
        arguments["mounts"] = {pattern: None for pattern in NO_PROXY_AT_ALL}
    return arguments


def request_arguments(request: Send) -> dict[str, Any]:
    """For `stream` of either. `auth` is one that does nothing: neither netrc nor an injected client adds any."""
    return {
        "method": request.method,
        "url": request.url,
        "content": request.body,
        "headers": dict(request.headers),
        "timeout": httpx.Timeout(request.seconds),
        "auth": httpx.Auth(),
        "follow_redirects": False,
    }


class Collector:
    """Takes an answer piece by piece, up to the limits of size and time."""

    def __init__(self, response: httpx.Response, deadline: float) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.deadline = deadline
        self.body = bytearray()
        self.failure: Optional[Failure] = None
        if self.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            self.fail("it is compressed, which nobody asked for")

    @property
    def wants_body(self) -> bool:
        """A redirect is not read."""
        return self.failure is None and not 300 <= self.status < 400

    def fail(self, why: str) -> None:
        """The answer is none."""
        self.failure = Failure("malformed", f"The server's answer cannot be used: {why}.", self.status)

    def add(self, piece: bytes) -> bool:
        """Takes a piece; false when no more is wanted."""
        self.body += piece
        if len(self.body) > BODY_LIMIT:
            self.fail("it is over 1 MiB")
        elif monotonic() >= self.deadline:
            self.failure = TOO_LATE
        return self.failure is None

    def reply(self) -> Union[Answer, Failure]:
        """What came of it."""
        return self.failure or Answer(self.status, self.headers, bytes(self.body))


def failure_of(request: Send, error: Exception) -> Failure:
    """Why httpx has no answer, and whose. Its texts may name anything, so they are redacted."""
    if isinstance(error, httpx.TimeoutException):
        return TOO_LATE
    parts = urlsplit(request.url)
    where = f"{parts.scheme}://{parts.netloc}"
    return Failure("network", redact(f"BehalfID cannot be reached at {where}: {type(error).__name__}: {error}"))
