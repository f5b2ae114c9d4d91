# SPDX-License-Identifier: Apache-2.0
"""The cases that all SDKs share, by both clients."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from shared_cases import Awaiting, Blocking, Case, check_outcome, check_requests, read_cases, run_case
from scripted_server import ScriptedServer

CASES = read_cases()


def test_cases_are_there() -> None:
    """There are cases, each with a name of its own."""
    assert len(CASES) >= 80
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("runner", [Blocking(), Awaiting()], ids=["blocking", "async"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: Case, runner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The case holds: what is sent, and what comes of it."""
    for name in list(os.environ):
        if name.startswith("BEHALFID_"):
            monkeypatch.delenv(name)
    for name, value in case.get("environment", {}).items():
        monkeypatch.setenv(name, value)
    if "now" in case:
        monkeypatch.setattr(time, "time", lambda: float(case["now"]))
    answers = case.get("answers", [])
    with ScriptedServer(answers) as server:
        if any("at" in answer for answer in answers):
            monkeypatch.setattr("behalfid.wire.monotonic", lambda: 1000 + server.clock_ms / 1000)
        result, error, guarded = run_case(runner, case, server.url)
        check_requests(case.get("requests", []), server.received)
    check_outcome(case["outcome"], result, error, guarded)
