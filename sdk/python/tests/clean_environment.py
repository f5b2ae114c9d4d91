# SPDX-License-Identifier: Apache-2.0
"""Each test begins without variables that BehalfID or httpx would read."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes them away."""
    for name in list(os.environ):
        if name.startswith("BEHALFID_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
