# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the adapters' tests: pytest -p adapter_fixtures, with this folder in PYTHONPATH."""

from __future__ import annotations

import os
from typing import Any

import pytest

pytest.register_assert_rewrite("adapter_rules")

# Nothing here may speak to anybody but this machine.
os.environ.update(
    {
        "ANONYMIZED_TELEMETRY": "False",
        "CREWAI_DISABLE_TELEMETRY": "true",
        "CREWAI_DISABLE_TRACKING": "true",
        "CREWAI_TESTING": "true",
        "CREWAI_TRACING_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "LANGCHAIN_TRACING_V2": "false",
        "LANGSMITH_TRACING": "false",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        "OTEL_SDK_DISABLED": "true",
    }
)
for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LANGSMITH_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)

import adapter_rules  # noqa: E402
from adapter_world import World  # noqa: E402


@pytest.fixture()
def world() -> World:
    """An agent of this test alone."""
    return World()


def pytest_generate_tests(metafunc: Any) -> None:
    """The ways of the rules."""
    adapter_rules.pytest_generate(metafunc)
