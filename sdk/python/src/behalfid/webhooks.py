# SPDX-License-Identifier: Apache-2.0
"""Is this webhook from the server that has the secret? True or false, whatever comes in."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Any, Iterable, Optional, Protocol, Sequence, Union

TOLERANCE_S = 300
LONGEST_TOLERANCE_S = 86_400
LONGEST_SEARCH = 256 * 1024
"""Bytes of a body for which each second is tried when only the signature is known. At worst, for a signature that is
none, that is 2 ms for a body of 1 KiB and 100 ms for one of this length (one core of a small server, of 2024)."""
TIMESTAMP = "behalfid-timestamp"
SIGNATURES = ("behalfid-signature", "behalfid-signature-previous")


class Headers(Protocol):
    """Headers of any framework: names, in any case, and values."""

    def items(self) -> Iterable[tuple[str, Any]]:
        """All of them."""


class Search:
    """No timestamp is known."""


def verify_webhook_signature(
    secret: str,
    payload: Union[str, bytes],
    signature: Union[str, Sequence[str], Headers, None],
    *,
    timestamp: Union[str, int, Sequence[str], Search, None] = Search(),
    tolerance_seconds: float = TOLERANCE_S,
    signing_pepper: Optional[str] = None,
) -> bool:
    """Was the raw body signed with the secret, within `tolerance_seconds` of now?

    `signature` is the value of BehalfID-Signature, or all headers: then BehalfID-Timestamp is read from them, and after
    a rotation the signature of the previous secret counts too. With the value alone, without a `timestamp` at all, each
    second of five minutes is tried, for bodies up to 256 KiB. Never raises for what comes in.
    """
    body = payload_of(payload)
    if not isinstance(secret, str) or not secret or body is None or not is_tolerance(tolerance_seconds):
        return False
    if not isinstance(signing_pepper, (str, type(None))):
        return False
    key = signing_key(secret, signing_pepper)
    if callable(getattr(signature, "items", None)) and not isinstance(signature, type):
        headers = lower_names(signature)
        given = usable(headers[name] for name in SIGNATURES)
        timestamp = headers[TIMESTAMP]
    else:
        given = usable([signature])
    if isinstance(timestamp, Search):
        return search(key, body, given, tolerance_seconds)
    sent = first(timestamp)
    if not isinstance(sent, str) or not re.fullmatch("[0-9]{1,12}", sent) or not given:
        return False
    if abs(int(time.time()) - int(sent)) > tolerance_seconds:
        return False
    return matches(hmac.new(key, sent.encode() + b"." + body, hashlib.sha256), given)


def is_tolerance(value: Any) -> bool:
    """Seconds, and not for ever."""
    return isinstance(value, (int, float)) and 0 <= value <= LONGEST_TOLERANCE_S


def payload_of(payload: Any) -> Optional[bytes]:
    """The bytes that were signed."""
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return bytes(payload)
    try:
        return payload.encode("utf-8") if isinstance(payload, str) else None
    except UnicodeEncodeError:
        return None


def signing_key(secret: str, pepper: Optional[str]) -> bytes:
    """The hex SHA-256 of the secret, as text; with a pepper, the hex HMAC of that."""
    key = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest().encode()
    if pepper:
        key = hmac.new(pepper.encode("utf-8", "surrogatepass"), key, hashlib.sha256).hexdigest().encode()
    return key


def lower_names(headers: Any) -> dict[str, Any]:
    """Headers by their names in lower case; an `X-` before a name counts where the name without it is missing."""
    found: dict[str, Any] = {}
    for name, value in headers.items():
        if isinstance(name, str):
            found.setdefault(name.lower(), value)
    for name in (TIMESTAMP, *SIGNATURES):
        if found.get(name) is None:
            found[name] = found.get(f"x-{name}")
    return found


def first(value: Any) -> Any:
    """Of several values of one header the first; a number as its digits."""
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else value


def usable(signatures: Iterable[Any]) -> list[bytes]:
    """Those that could be one: `v1=` and 64 hex digits."""
    texts = [first(value) for value in signatures]
    return [text.encode() for text in texts if isinstance(text, str) and re.fullmatch("v1=[0-9a-f]{64}", text)]


def matches(made: hmac.HMAC, given: Iterable[bytes]) -> bool:
    """Is it one of these? In a time that tells nothing about where they differ."""
    wanted = b"v1=" + made.hexdigest().encode()
    return any([hmac.compare_digest(wanted, one) for one in given])


def search(key: bytes, body: bytes, given: list[bytes], tolerance: float) -> bool:
    """Tries each second of the time, from now on in both directions. Every HMAC reads the whole body."""
    if not given or len(body) > LONGEST_SEARCH:
        return False
    tail = b"." + body
    start = hmac.new(key, b"", hashlib.sha256)
    now = int(time.time())
    for distance in range(int(min(tolerance, TOLERANCE_S)) + 1):
        for second in {now - distance, now + distance}:
            made = start.copy()
            made.update(str(second).encode() + tail)
            if matches(made, given):
                return True
    return False
