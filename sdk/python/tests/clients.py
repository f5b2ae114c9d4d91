# SPDX-License-Identifier: Apache-2.0
"""Clients for the tests."""

from __future__ import annotations

from typing import Any

from behalfid import AsyncBehalfID, BehalfID

KEY = "bhf_sk_hidden123"
FACTS: dict[str, Any] = {"api_key": KEY, "agent_id": "agent_test"}
ENVIRONMENT = {"BEHALFID_API_KEY": KEY, "BEHALFID_AGENT_ID": "agent_test"}


def blocking(url: str, **options: Any) -> BehalfID:
    """A client of this server."""
    options = {**FACTS, "base_url": url, **options}
    return BehalfID(**options)


def awaiting(url: str, **options: Any) -> AsyncBehalfID:
    """A client of this server."""
    options = {**FACTS, "base_url": url, **options}
    return AsyncBehalfID(**options)
