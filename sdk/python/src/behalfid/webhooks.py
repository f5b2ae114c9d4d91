# SPDX-License-Identifier: Apache-2.0
"""Is this webhook from the server that has the secret? True or false, whatever comes in."""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from typing import Any, Iterable, Mapping, Optional, Union

TOLERANCE_S = 300
LONGEST_SEARCH = 256 * 1024
"""Bytes of a body for which each second is tried when only the signature is known."""
SIGNATURES = ("behalfid-signature", "behalfid-signature-previous")


def verify_webhook_signature(
    secret: str,
    payload: Union[str, bytes],
    signature: Union[str, Mapping[str, Any]],
    *,
    timestamp: Union[str, int, None] = None,
    tolerance_seconds: float = TOLERANCE_S,
    signing_pepper: Optional[str] = None,
) -> bool:
    """Was the raw body signed with the secret, within `tolerance_seconds` of now?

    `signature` is the value of BehalfID-Signature, or all headers: then BehalfID-Timestamp is read from them, and after
    a rotation the signature of the previous secret counts too. With the value alone and no `timestamp`, each second of
    the time is tried, for bodies up to 256 KiB. Never raises for what comes in.
    """
    body = payload_of(payload)
    if not isinstance(secret, str) or not secret or body is None or not 0 <= tolerance_seconds < math.inf:
        return False
    key = signing_key(secret, signing_pepper)
    given: list[bytes] = []
    if isinstance(signature, str):
        given = usable([signature])
    elif isinstance(signature, Mapping):
        headers = lower_names(signature)
        timestamp = first_text(headers, "behalfid-timestamp")
        given = usable(first_text(headers, name) for name in SIGNATURES)
        if timestamp is None:
            return False
    if not given:
        return False
    if timestamp is None:
        return search(key, body, given, tolerance_seconds)
    sent = str(timestamp)
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        return False
    if not abs(time.time() - int(sent)) <= tolerance_seconds:
        return False
    return matches(hmac.new(key, sent.encode() + b"." + body, hashlib.sha256), given)


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


def lower_names(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Headers by their names in lower case, without an `X-` before them; the name without it wins."""
    found: dict[str, Any] = {}
    for name, value in headers.items():
        lower = name.lower() if isinstance(name, str) else ""
        if lower.startswith("x-behalfid-"):
            found.setdefault(lower[2:], value)
        elif lower.startswith("behalfid-"):
            found[lower] = value
    return found


def first_text(headers: Mapping[str, Any], name: str) -> Optional[str]:
    """The header's value; of several the first."""
    value = headers.get(name)
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return value if isinstance(value, str) else None


def usable(signatures: Iterable[Optional[str]]) -> list[bytes]:
    """Those that could be one: `v1=` and 64 hex digits."""
    return [one.encode() for one in signatures if one and one.isascii() and one.startswith("v1=") and len(one) == 67]


def matches(made: hmac.HMAC, given: Iterable[bytes]) -> bool:
    """Is it one of these? In a time that tells nothing about where they differ."""
    wanted = b"v1=" + made.hexdigest().encode()
    return any([hmac.compare_digest(wanted, one) for one in given])


def search(key: bytes, body: bytes, given: list[bytes], tolerance: float) -> bool:
    """Tries each second of the time. Every HMAC reads the whole body."""
    if len(body) > LONGEST_SEARCH:
        return False
    now = time.time()
    tail = b"." + body
    start = hmac.new(key, b"", hashlib.sha256)
    for second in range(math.ceil(max(now - tolerance, 0)), math.floor(now + tolerance) + 1):
        made = start.copy()
        made.update(str(second).encode() + tail)
        if matches(made, given):
            return True
    return False
