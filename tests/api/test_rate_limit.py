# SPDX-License-Identifier: Apache-2.0
"""The limits of requests a minute: per address before anything else, per key after authentication."""

from typing import Callable, Optional

import pytest
import requests

from api_support import Agent, sql
from harness import Server

StartServer = Callable[..., Server]

LIMIT = 5
BODY = {"error": "Rate limit exceeded.", "code": "RATE_LIMIT_EXCEEDED"}


def ask(server: Server, address: Optional[str] = None, key: Optional[str] = None) -> requests.Response:
    """A verify call of the demo agent (or with another key), which a proxy says comes from the address."""
    headers = server.as_agent(key)
    if address is not None:
        headers["X-Real-IP"] = address
    return server.call("POST", "/api/verify", {"agentId": server.agent_id, "action": "act"}, headers)


def assert_limited(answer: requests.Response) -> None:
    """A whole 429."""
    assert answer.status_code == 429
    assert {key: answer.json()[key] for key in BODY} == BODY
    assert isinstance(answer.json()["hint"], str)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit-Limit"] == str(LIMIT)
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert 1 <= int(answer.headers["RateLimit-Reset"]) <= 60
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_the_request_above_the_limit_is_refused(start_server: StartServer) -> None:
    """The limit itself is let through with falling counts; all after it are 429 and leave no row."""
    server = start_server(rate_limit=LIMIT)
    for number in range(LIMIT):
        answer = ask(server)
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Limit"] == str(LIMIT)
        assert answer.headers["RateLimit-Remaining"] == str(LIMIT - 1 - number)
        assert 1 <= int(answer.headers["RateLimit-Reset"]) <= 60
        assert "Retry-After" not in answer.headers
    for _ in range(3):
        assert_limited(ask(server))
    assert sql(server, "SELECT count(*) FROM audit") == [(LIMIT,)]


def test_the_address_is_limited_before_anything_else(start_server: StartServer) -> None:
    """Refused and unknown requests count too, and above the limit nothing but the 429 is answered."""
    server = start_server(rate_limit=LIMIT)
    for path, method, status in (
        ("/api/nothing", "GET", 404),
        ("/api/verify", "GET", 405),
        ("/api/verify", "POST", 400),
        ("/api/logs/x", "GET", 401),
        ("/api/agents", "POST", 403),
    ):
        assert server.call(method, path).status_code == status
    for path, method in (("/api/nothing", "GET"), ("/api/verify", "GET"), ("/api/agents", "POST")):
        assert_limited(server.call(method, path))
    assert_limited(server.call("GET", "/api/dashboard/agents", headers=server.as_developer()))


def test_health_is_not_limited(start_server: StartServer) -> None:
    """Health neither counts nor is refused."""
    server = start_server(rate_limit=LIMIT)
    for _ in range(2 * LIMIT):
        answer = server.call("GET", "/api/health")
        assert answer.status_code == 200 and "RateLimit-Limit" not in answer.headers
    for _ in range(LIMIT):
        assert ask(server).status_code == 200
    assert_limited(ask(server))
    assert server.call("GET", "/api/health").status_code == 200


def test_keys_are_limited_whatever_the_address(start_server: StartServer) -> None:
    """One key called from many addresses is limited; another key from one of them is not."""
    server = start_server("--trust-proxy-xff", rate_limit=LIMIT)
    made = server.call("POST", "/api/agents", {"name": "x"}, {**server.as_developer(), "X-Real-IP": "192.0.2.99"})
    for number in range(LIMIT):
        answer = ask(server, f"192.0.2.{number}")
        assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (200, str(LIMIT - 1 - number))
    assert_limited(ask(server, "192.0.2.50"))
    other = server.call(
        "GET",
        f"/api/agents/{made.json()['agentId']}",
        headers={**server.as_agent(made.json()["apiKey"]), "X-Real-IP": "192.0.2.50"},
    )
    assert other.status_code == 200


@pytest.mark.parametrize("path", ["/api/agents/{}", "/api/agents/{}/boundary", "/api/logs/{}", "/api/logs/{}?limit=1"])
def test_reads_count_against_the_key(start_server: StartServer, path: str) -> None:
    """Reads with the agent's key share its limit with verify."""
    server = start_server("--trust-proxy-xff", rate_limit=LIMIT)
    for number in range(LIMIT):
        headers = {**server.as_agent(), "X-Real-IP": f"192.0.2.{number}"}
        assert server.call("GET", path.replace("{}", server.agent_id), headers=headers).status_code == 200
    assert_limited(ask(server, "192.0.2.50"))
    headers = {**server.as_agent(), "X-Real-IP": "192.0.2.51"}
    assert_limited(server.call("GET", path.replace("{}", server.agent_id), headers=headers))


def test_wrong_keys_do_not_use_up_a_key(start_server: StartServer) -> None:
    """Who does not hold the key cannot exhaust its limit."""
    server = start_server("--trust-proxy-xff", rate_limit=LIMIT)
    for number in range(3 * LIMIT):
        assert ask(server, f"192.0.2.{number}", "bhf_sk_" + "A" * 43).status_code == 401
    assert ask(server, "192.0.2.200").status_code == 200


def test_addresses_have_limits_of_their_own(start_server: StartServer) -> None:
    """With a trusted proxy each address counts for itself, from X-Real-IP or the first X-Forwarded-For."""
    server = start_server("--trust-proxy-xff", rate_limit=LIMIT)

    def read(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return server.call("GET", "/api/nothing", headers=named).status_code

    for _ in range(LIMIT):
        assert read(X_Real_IP="192.0.2.1") == 404
    assert read(X_Real_IP="192.0.2.1") == 429
    assert read(X_Real_IP="192.0.2.1", X_Forwarded_For="192.0.2.7") == 429
    assert read(X_Real_IP="192.0.2.2") == 404
    assert read(X_Forwarded_For="192.0.2.1, 192.0.2.9") == 429
    assert read(X_Forwarded_For="192.0.2.9, 192.0.2.1") == 404
    assert read() == 404


def test_a_network_of_ipv6_is_one_caller(start_server: StartServer) -> None:
    """All addresses of a /64 share one limit, in every way a proxy writes them; a mapped address is the IPv4 one."""
    server = start_server("--trust-proxy-xff", rate_limit=LIMIT)

    def read(address: str) -> int:
        return server.call("GET", "/api/nothing", headers={"X-Forwarded-For": address}).status_code

    for host in (
        "2001:db8:0:7::1",
        "2001:DB8:0:7::2",
        "[2001:db8:0:7::3]",
        "[2001:db8:0:7:a:b:c:d]:443",
        "2001:db8:0:7::",
    ):
        assert read(host) == 404
    assert read("2001:db8:0:7:ffff::1") == 429
    assert read("2001:db8:0:8::1") == 404
    for address in ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1:1234", "::ffff:c000:201", "192.0.2.1"):
        assert read(address) == 404
    assert read("::ffff:192.0.2.1") == 429
    assert read("::ffff:192.0.2.2") == 404


def test_forwarded_addresses_are_not_believed_by_default(start_server: StartServer) -> None:
    """Without a trusted proxy the caller cannot choose its own address."""
    server = start_server(rate_limit=LIMIT)
    for number in range(LIMIT):
        assert ask(server, f"192.0.2.{number}").status_code == 200
    assert_limited(ask(server, "192.0.2.77"))
    headers = {"X-Forwarded-For": "192.0.2.78"}
    assert_limited(server.call("GET", "/api/nothing", headers=headers))


def test_zero_means_no_limit(demo: Server) -> None:
    """With limit 0 nothing is counted and nothing announced."""
    agent = Agent(demo)
    for _ in range(30):
        answer = agent.verify("act")
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]
