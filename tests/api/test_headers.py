# SPDX-License-Identifier: Apache-2.0
"""Headers: on every answer the same security headers, nothing cached, HEAD like GET, 405 with what would do."""

from typing import Any, Optional

import pytest
import requests

from api_support import Agent, send_raw
from harness import Server

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-DNS-Prefetch-Control": "off",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
}

CALLS: list[tuple[str, str, str, Optional[dict[str, Any]], int]] = [
    ("GET", "/api/health", "", None, 200),
    ("GET", "/api/health/db", "", None, 401),
    ("POST", "/api/verify", "agent", {"agentId": "{}", "action": "act"}, 200),
    ("POST", "/api/verify", "", {"agentId": "{}", "action": "act"}, 401),
    ("POST", "/api/verify", "agent", {}, 400),
    ("GET", "/api/agents/{}", "agent", None, 200),
    ("GET", "/api/agents/{}", "", None, 401),
    ("GET", "/api/agents/{}/boundary", "agent", None, 200),
    ("GET", "/api/logs/{}", "agent", None, 200),
    ("GET", "/api/logs/{}?limit=1", "agent", None, 200),
    ("POST", "/api/agents", "developer", {"name": "New"}, 201),
    ("POST", "/api/agents", "", {"name": "New"}, 403),
    ("POST", "/api/permissions", "developer", {"agentId": "{}", "action": "act"}, 201),
    ("POST", "/api/permissions/none/revoke", "developer", None, 404),
    ("GET", "/api/dashboard/agents", "developer", None, 200),
    ("GET", "/api/dashboard/agents/{}", "developer", None, 200),
    ("GET", "/api/nothing", "", None, 404),
    ("GET", "/nothing", "", None, 404),
    ("GET", "/api/verify", "", None, 405),
    ("DELETE", "/api/agents/{}", "agent", None, 405),
    ("PUT", "/api/health", "", None, 405),
]


@pytest.fixture(scope="module")
def agent(demo: Server) -> Agent:
    """Some agent."""
    return Agent(demo, "Headers")


def call(
    agent: Agent, method: str, path: str, credential: str, body: Optional[dict[str, Any]] = None
) -> requests.Response:
    """The call, with the agent's id and the credential filled in."""
    credentials: dict[str, dict[str, str]] = {
        "agent": agent.headers(),
        "developer": agent.server.as_developer(),
        "": {},
    }
    headers = credentials[credential]
    if body is not None:
        body = {key: value.replace("{}", agent.agent_id) for key, value in body.items()}
    return agent.server.call(method, path.replace("{}", agent.agent_id), body, headers)


@pytest.mark.parametrize("method, path, credential, body, status", CALLS)
def test_every_answer_has_the_headers(
    agent: Agent, method: str, path: str, credential: str, body: Optional[dict[str, Any]], status: int
) -> None:
    """Success or error, each answer is JSON, carries the security headers once, and is not to be cached."""
    answer = call(agent, method, path, credential, body)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Content-Type"].lower().replace(" ", "") in (
        "application/json",
        "application/json;charset=utf-8",
    )
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert "Set-Cookie" not in answer.headers and "Server" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "body, content_type, status",
    [(b"x", "text/plain", 415), (b"x", "application/json", 400), (b" " * 65537, "application/json", 413)],
)
def test_refused_bodies_have_the_headers(agent: Agent, body: bytes, content_type: str, status: int) -> None:
    """Answers given before any handler runs carry the headers too."""
    answer = send_raw(agent, body, content_type)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("path", ["/api/health", "/api/agents/{}", "/api/logs/{}", "/api/agents/{}/boundary"])
def test_head_is_get_without_a_body(agent: Agent, path: str) -> None:
    """HEAD has the status and the headers of GET and no body, with a credential and without."""
    for credential in ("agent", ""):
        got = call(agent, "GET", path, credential)
        head = call(agent, "HEAD", path, credential)
        assert head.status_code == got.status_code
        assert head.content == b""
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        assert {name: head.headers.get(name) for name in SECURITY} == SECURITY


@pytest.mark.parametrize("path", ["/api/verify", "/api/permissions", "/api/agents/{}/rotate-key"])
def test_head_does_not_reach_writes(agent: Agent, path: str) -> None:
    """HEAD on a route that only takes POST is a 405 and changes nothing."""
    assert call(agent, "HEAD", path, "agent").status_code == 405
    assert agent.get().status_code == 200


@pytest.mark.parametrize(
    "method, path, allow",
    [
        ("GET", "/api/verify", {"POST"}),
        ("DELETE", "/api/verify", {"POST"}),
        ("POST", "/api/health", {"GET", "HEAD"}),
        ("PATCH", "/api/agents/{}", {"GET", "HEAD"}),
        ("GET", "/api/permissions/x/revoke", {"POST"}),
        ("PUT", "/api/logs/{}", {"GET", "HEAD"}),
    ],
)
def test_405_says_what_is_allowed(agent: Agent, method: str, path: str, allow: set[str]) -> None:
    """A method that a path does not have is a 405, and its Allow header lists those that it has."""
    answer = call(agent, method, path, "agent")
    assert (answer.status_code, answer.json()["error"]) == (405, "Method not allowed.")
    assert {word.strip() for word in answer.headers.get("Allow", "").split(",")} == allow


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/verify/",
        "/api//verify",
        "/api/verify/x",
        "/API/verify",
        "/api/agents/",
        "/api/agents//rotate-key",
        "/api/agents/a/b/rotate-key",
        "/api/agents/a/rotate-keys",
        "/api/permissions/a",
        "/api/dashboard",
        "/api/verif%79x",
        "/favicon.ico",
        "/.env",
        "/api/health/db/x",
    ],
)
def test_other_paths_do_not_exist(demo: Server, path: str) -> None:
    """A path that is no route, however close to one, is a 404 for every method."""
    for method in ("GET", "POST", "DELETE"):
        answer = demo.call(method, path, headers=demo.as_agent())
        assert (answer.status_code, answer.json().get("error")) == (404, "Not found.")


def test_health_tells_nothing_more(demo: Server) -> None:
    """Health says that the server answers, the time, and nothing else."""
    answer = demo.call("GET", "/api/health")
    assert set(answer.json()) == {"status", "service", "timestamp"}
    assert (answer.json()["status"], answer.json()["service"]) == ("ok", "behalfid")


def test_headers_are_not_echoed(demo: Server) -> None:
    """No answer repeats a header that it was sent."""
    marker = "needle-4f2c"
    for name in ("Authorization", "X-Developer-Token", "X-Request-Id", "Origin", "Idempotency-Key"):
        answer = demo.call("GET", "/api/dashboard/agents", headers={name: marker})
        assert marker not in answer.text + str(answer.headers)
