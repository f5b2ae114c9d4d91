# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the adapters' tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
pytest.register_assert_rewrite("rules")

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

if "BEHALFID_TEST_SERVER" in os.environ:
    import rules
    from world import World
else:  # these take a server and the frameworks: tests/sdk/test_python_adapters.py runs them
    collect_ignore_glob = ["*.py"]


@pytest.fixture()
def world() -> World:
    """An agent of this test alone."""
    return World()


def pytest_generate_tests(metafunc: Any) -> None:
    """The ways of the rules."""
    rules.pytest_generate(metafunc)
