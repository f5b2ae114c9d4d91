# SPDX-License-Identifier: Apache-2.0
"""Forms of a webhook that only Python has: kinds of bodies, headers and numbers. The rest is in the shared cases."""

from __future__ import annotations

import argparse
import hashlib
import hmac
import time
from email.message import Message
from typing import Any

import pytest

from behalfid import verify_webhook_signature
from behalfid.webhooks import LONGEST_SEARCH, signing_key

SECRET = "whsec_test_secret_0001"
BODY = b'{"eventId":"evt_1"}'


NOW = int(time.time())


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands still: on a slow machine minutes lie between the first test of all and these."""
    monkeypatch.setattr(time, "time", lambda: float(NOW))


def sign(body: bytes, timestamp: int) -> str:
    """As the server does."""
    return "v1=" + hmac.new(signing_key(SECRET, None), b"%d." % timestamp + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("body", [BODY, BODY.decode(), bytearray(BODY), memoryview(BODY)])
@pytest.mark.parametrize("timestamp", [NOW, str(NOW), [str(NOW)]])
def test_bodies_and_timestamps(body: Any, timestamp: Any) -> None:
    """Bytes of any kind or a text; a number or its digits."""
    assert verify_webhook_signature(SECRET, body, sign(BODY, NOW), timestamp=timestamp)
    assert not verify_webhook_signature(SECRET, body, sign(BODY + b" ", NOW), timestamp=timestamp)


def test_headers_of_the_standard_library() -> None:
    """Headers need not be a mapping; of one that comes twice the first counts, and without X- wins."""
    headers = Message()
    headers["BehalfID-Timestamp"] = str(NOW)
    headers["BehalfID-Signature"] = sign(BODY, NOW)
    headers["BehalfID-Signature"] = "v1=" + "0" * 64
    headers["X-BehalfID-Signature"] = "v1=" + "0" * 64
    assert verify_webhook_signature(SECRET, BODY, headers)
    headers.replace_header("BehalfID-Signature", "v1=" + "0" * 64)
    assert not verify_webhook_signature(SECRET, BODY, headers)


def test_a_long_body_takes_a_timestamp() -> None:
    """With the signature alone each second would cost one reading of the body."""
    for length, found in ((LONGEST_SEARCH, True), (LONGEST_SEARCH + 1, False)):
        body = b"x" * length
        assert verify_webhook_signature(SECRET, body, sign(body, NOW)) is found
        assert verify_webhook_signature(SECRET, body, sign(body, NOW), timestamp=NOW)


@pytest.mark.parametrize("tolerance", [float("inf"), float("nan"), -1, "300", None, 86_401])
def test_a_tolerance_that_is_none_is_false(tolerance: Any) -> None:
    """Nothing is genuine for ever."""
    assert not verify_webhook_signature(SECRET, BODY, sign(BODY, NOW), timestamp=NOW, tolerance_seconds=tolerance)


def test_a_longer_tolerance_holds_where_the_timestamp_is_known() -> None:
    """The search stays within five minutes, whatever the tolerance is."""
    old = int(time.time()) - 1000
    signature = sign(BODY, old)
    assert verify_webhook_signature(SECRET, BODY, signature, timestamp=old, tolerance_seconds=2000)
    assert not verify_webhook_signature(SECRET, BODY, signature, tolerance_seconds=2000)


@pytest.mark.parametrize(
    "arguments",
    [
        ("", BODY, "v1="),
        (None, BODY, "v1="),
        (SECRET, None, "v1="),
        (SECRET, "\ud800", "v1=" + "0" * 64),
        (SECRET, BODY, 7),
        (SECRET, BODY, [None]),
        (SECRET, BODY, {None: 7, "behalfid-timestamp": NOW, "behalfid-signature": b"v1="}),
        (SECRET, BODY, "v1=" + "é" * 64),
        (SECRET, BODY, dict),
        (SECRET, BODY, argparse.Namespace(items=7)),
    ],
)
def test_nothing_that_comes_in_raises(arguments: Any) -> None:
    """It is false."""
    assert verify_webhook_signature(*arguments) is False


@pytest.mark.parametrize("timestamp", [10**5000, -1, True, 1.5, b"1", []], ids=type)
def test_a_timestamp_that_is_none_is_false(timestamp: Any) -> None:
    """However long: Python itself refuses to write out a number of so many digits."""
    assert verify_webhook_signature(SECRET, BODY, "v1=" + "0" * 64, timestamp=timestamp) is False
