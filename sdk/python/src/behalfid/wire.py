# SPDX-License-Identifier: Apache-2.0
"""What both clients share: calls as generators that send nothing themselves.

A call is a `Flow`: it yields what must be done (`Send`, `Sleep`, `Notify`), is told what came of it, and ends with its
result or an error. BehalfID and AsyncBehalfID only do what it asks for; each rule is written once, here and in the
modules of the calls.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Callable, Generator, Mapping, NoReturn, Optional, TypeVar, Union
from urllib.parse import quote

from .errors import BehalfIDAPIError, BehalfIDConfigurationError, BehalfIDUnavailable, UnavailableKind
from .options import Options, seconds_of
from .redact import redact
from .version import VERSION

BODY_LIMIT = 1 << 20
DEFAULT_TIMEOUT = 5.0
RETRY_PAUSES = (0.1, 0.4)
TRANSIENT = (502, 503, 504)


@dataclass(frozen=True)
class Send:
    """Do this one request; `seconds` are all it may take. The reply is an Answer or a Failure, never an exception."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Optional[bytes] = field(repr=False)
    seconds: float = DEFAULT_TIMEOUT


@dataclass(frozen=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Notify:
    """Call this function of the user's; what it raises ends the call."""

    function: Callable[[Any], Any]
    argument: Any


@dataclass(frozen=True)
class Answer:
    """A whole answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Failure:
    """No answer, and why; `message` has been redacted."""

    kind: UnavailableKind
    message: str
    status: Optional[int] = None


Effect = Union[Send, Sleep, Notify]
T = TypeVar("T")
Flow = Generator[Effect, Any, T]


class Malformed(Exception):
    """An answer is not what it must be."""


@dataclass(frozen=True)
class Call:
    """One request, before it has credentials. `repeatable`: doing it twice counts once."""

    method: str
    path: str
    body: Optional[Mapping[str, Any]] = field(default=None, repr=False)
    bearer: Optional[str] = field(default=None, repr=False)
    developer_token: Optional[str] = field(default=None, repr=False)
    idempotency_key: Optional[str] = None
    repeatable: bool = False
    timeout: float = DEFAULT_TIMEOUT


def segment(value: str) -> str:
    """An id as one part of a path."""
    if not isinstance(value, str) or value in ("", ".", ".."):
        raise BehalfIDConfigurationError("An id must not be empty, '.' or '..'.")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        pass
    raise BehalfIDConfigurationError("An id must not hold half a character.")


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON of the fields that are there."""
    return to_json({name: value for name, value in body.items() if value is not None}).encode("ascii")


def to_json(value: Any) -> str:
    """Compact JSON in ASCII. BehalfIDConfigurationError for what has none."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as problem:
        text = f"The request cannot be written as JSON: {problem}"
    raise BehalfIDConfigurationError(text)


def headers_of(call: Call) -> dict[str, str]:
    """All headers that are ours."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"behalfid-python/{VERSION}"}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    if call.bearer is not None:
        headers["Authorization"] = f"Bearer {call.bearer}"
    if call.developer_token is not None:
        headers["X-Developer-Token"] = call.developer_token
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    return headers


def send(options: Options, call: Call) -> Flow[Answer]:
    """Sends, and again where that is safe and time is left. An answer of any status, or BehalfIDUnavailable."""
    body = None if call.body is None else encode(call.body)
    deadline = monotonic() + call.timeout
    pauses = list(RETRY_PAUSES) if call.repeatable else []
    while True:
        left = max(deadline - monotonic(), 0.001)
        reply: Union[Answer, Failure]
        reply = yield Send(call.method, options.base_url + call.path, headers_of(call), body, left)
        if not is_transient(reply) or not pauses or monotonic() + pauses[0] >= deadline:
            break
        yield Sleep(pauses.pop(0))
    if isinstance(reply, Failure):
        raise BehalfIDUnavailable(reply.message, kind=reply.kind, status=reply.status)
    return reply


def is_transient(reply: Union[Answer, Failure]) -> bool:
    """May the same request go better in a moment?"""
    if isinstance(reply, Failure):
        return reply.kind == "network"
    return reply.status in TRANSIENT


def timeout_of(options: Options, timeout: Optional[float], default: float = DEFAULT_TIMEOUT) -> float:
    """Seconds that a call has in all: its own, else the client's, else the default."""
    if timeout is not None:
        return seconds_of("timeout", timeout)
    return default if options.timeout is None else options.timeout


def refuse_constant(name: str) -> NoReturn:
    """NaN and the infinities are no JSON."""
    raise ValueError(name)


def json_of(answer: Answer) -> Any:
    """The body, or Malformed."""
    try:
        return json.loads(answer.body.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        pass
    raise Malformed("it is no JSON")


def receive(options: Options, call: Call, read: Callable[[Any], T], status: tuple[int, ...] = (200,)) -> Flow[T]:
    """Sends the call and reads its answer, which has one of these statuses or is an error."""
    answer = yield from send(options, call)
    if answer.status not in status:
        raise_for(answer)
    try:
        return read(json_of(answer))
    except Malformed as problem:
        text = f"The server's answer cannot be used: {problem}."
    raise BehalfIDUnavailable(text, kind="malformed", status=answer.status)


def raise_for(answer: Answer) -> NoReturn:
    """The error that an answer is, when it is not the wanted one."""
    status = answer.status
    if 300 <= status < 400:
        raise BehalfIDUnavailable(
            f"The server redirects (HTTP {status}), which is never followed: base_url must be its own address.",
            kind="redirect",
            status=status,
        )
    if status < 400:
        raise BehalfIDUnavailable(f"The server answered with HTTP {status}.", kind="malformed", status=status)
    said = error_members(answer)
    message = f"{said.get('error') or 'The server gave no reason.'} (HTTP {status})"
    if status >= 500:
        raise BehalfIDUnavailable(message, kind="server", status=status)
    raise BehalfIDAPIError(
        f"{message} {said['hint']}" if said.get("hint") else message,
        status=status,
        code=said.get("code"),
        hint=said.get("hint"),
        retry_after=retry_after_of(answer),
        request_id=said.get("requestId"),
    )


def error_members(answer: Answer) -> dict[str, str]:
    """Those members of an error that are texts and not empty."""
    try:
        members = json_of(answer)
    except Malformed:
        return {}
    if not isinstance(members, dict):
        return {}
    names = ("error", "code", "hint", "requestId")
    return {name: redact(members[name]) for name in names if isinstance(members.get(name), str) and members[name]}


def retry_after_of(answer: Answer) -> Optional[float]:
    """Seconds of Retry-After, where it has digits."""
    text = answer.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
