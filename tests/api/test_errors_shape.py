# SPDX-License-Identifier: Apache-2.0
"""The shape of errors: a text, a code where clients compare one, a hint for people, and nothing else."""

import re
from typing import Any, Optional

import pytest
import requests

from api_support import Agent, developer_call, send_raw
from harness import ROOT, Server


def verify(agent: Agent, **headers: str) -> requests.Response:
    """A right body, with other headers than the agent's."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return agent.server.call("POST", "/api/verify", {"agentId": agent.agent_id, "action": "act"}, named)


def test_error_bodies(demo: Server) -> None:
    """Each kind of error has its status, its text and its code, and a hint only as a text."""
    agent, other = Agent(demo), Agent(demo)
    body = {"agentId": agent.agent_id, "action": "act"}
    cases: list[tuple[requests.Response, int, str, Optional[str]]] = [
        (send_raw(agent, b"x", "text/plain"), 415, "Content-Type must be application/json.", None),
        (send_raw(agent, b" " * 65537), 413, "Request body is too large.", None),
        (send_raw(agent, b"x"), 400, "Request body must be valid JSON.", None),
        (send_raw(agent, b"[]"), 400, "Request body must be a JSON object.", None),
        (agent.post({**body, "zzz": 1}), 400, "Unknown field: zzz.", None),
        (agent.post({}), 400, "agentId is required.", None),
        (verify(agent), 401, "Missing or invalid API key.", "AGENT_AUTH_REQUIRED"),
        (
            verify(agent, **other.headers()),
            401,
            "API key does not match this agent.",
            "AGENT_API_KEY_MISMATCH",
        ),
        (agent.post({**body, "agentId": "agent_none"}), 404, "Unknown agent.", "AGENT_NOT_FOUND"),
        (
            verify(agent, X_Developer_Token="bhf_dev_x", **agent.headers()),
            401,
            "Invalid developer token.",
            "INVALID_DEVELOPER_TOKEN",
        ),
        (demo.call("GET", "/api/dashboard/agents"), 401, "Developer authentication required.", "AUTH_REQUIRED"),
        (
            demo.call("GET", "/api/health/db"),
            401,
            "Console authentication or setup token required.",
            "AUTH_REQUIRED",
        ),
        (demo.call("POST", "/api/agents", {}), 403, "Agent creation is disabled for public requests.", None),
        (
            demo.call("POST", "/api/permissions", body, agent.headers()),
            403,
            "Agents cannot grant permissions. Create this permission from the dashboard or authenticate with a "
            "developer token.",
            "AUTHORITY_FORBIDDEN",
        ),
        (
            developer_call(demo, "POST", "/api/permissions", {**body, "agentId": "agent_none"}),
            404,
            "Agent not found.",
            "AGENT_NOT_FOUND",
        ),
        (
            developer_call(demo, "POST", "/api/permissions/perm_none/revoke"),
            404,
            "Permission not found.",
            "NOT_FOUND",
        ),
        (demo.call("GET", "/api/nothing"), 404, "Not found.", "NOT_FOUND"),
        (demo.call("PUT", "/api/verify"), 405, "Method not allowed.", None),
        (
            agent.verify("act", {"Idempotency-Key": "x" * 201}),
            400,
            "Idempotency-Key must be 1 to 200 printable ASCII characters.",
            None,
        ),
    ]
    for answer, status, text, code in cases:
        error = answer.json()
        assert (answer.status_code, error["error"], error.get("code")) == (status, text, code)
        assert set(error) <= {"error", "code", "hint"}
        assert list(error) == [key for key in ("error", "code", "hint") if key in error]
        assert error.get("hint") != "" and isinstance(error.get("hint", ""), str)
        if code is not None:
            assert error["hint"], text


@pytest.mark.parametrize(
    "key, shown",
    [
        ("bhf_sk_0123456789abcdef", "bhf_sk_[redacted]"),
        ("whsec_0123456789abcdef", "whsec_[redacted]"),
        ("Bearer abc.def", "Bearer [redacted]"),
    ],
)
def test_errors_are_redacted(demo: Server, key: str, shown: str) -> None:
    """An error that repeats what was sent does not repeat a secret."""
    answer = Agent(demo).post({key: 1})
    assert answer.status_code == 400
    assert answer.json()["error"].rstrip(".") == f"Unknown field: {shown}"


@pytest.mark.hostile
def test_unknown_fields_are_quoted_safely(demo: Server) -> None:
    """A strange or very long key is shown as JSON text of bounded length."""
    agent = Agent(demo)
    for key in ('"\\\n\t', "</script>", "\u2028", "%s%n", "é\U0001f600", "k" * 60000, "\U0001f600" * 5000):
        answer = agent.post({key: 1})
        text = answer.json()["error"]
        assert answer.status_code == 400
        assert re.fullmatch(r"Unknown field: .*\.", text, re.DOTALL)
        assert len(answer.content) < 2000
        if len(key) < 100:
            assert text == f"Unknown field: {key}."


def test_codes_are_the_documented_ones() -> None:
    """Every code of the server's table is one that clients know, or one of ours with a meaning of its own."""
    source = (ROOT / "src" / "lib" / "err_table.h").read_text()
    rows: list[Any] = re.findall(r'BH_ERR\(\w+,\s*(\d+),\s*"([^"]*)"', source)
    codes = {code for _, code in rows if code}
    assert len(rows) > 40
    assert codes == {
        "AUTH_REQUIRED",
        "EMAIL_VERIFICATION_REQUIRED",
        "INVALID_ORIGIN",
        "SESSION_REQUIRED",
        "SITE_GUARD_FAILED_CLOSED",
        "TOO_MANY_STREAMS",
        "VIEWER_MUTATION_FORBIDDEN",
        "WORKSPACE_ACCOUNT_REQUIRED",
        "WORKSPACE_NOT_FOUND",
        "INVALID_DEVELOPER_TOKEN",
        "AGENT_AUTH_REQUIRED",
        "AGENT_API_KEY_MISMATCH",
        "AGENT_NOT_FOUND",
        "AGENT_ACCOUNT_MISMATCH",
        "AUTHORITY_FORBIDDEN",
        "RATE_LIMIT_EXCEEDED",
        "VERIFY_FAILED_CLOSED",
        "NOT_FOUND",
        "internal_error",
        "IDEMPOTENCY_KEY_REUSED",
        "PERMISSION_REPLACEMENT_CONFLICT",
        "PERMISSION_REPLACEMENT_IDEMPOTENCY_CONFLICT",
        "GATEWAY_BUSY",
        "EMAIL_VERIFICATION_REQUIRED",
        "INVALID_ORIGIN",
        "SESSION_REQUIRED",
        "VIEWER_MUTATION_FORBIDDEN",
        "WORKSPACE_ACCOUNT_REQUIRED",
        "WORKSPACE_NOT_FOUND",
    }
