# SPDX-License-Identifier: Apache-2.0
"""What the gateway sends: a GET with four headers, and nothing that anybody else has told it."""

import pytest

from gateway_support import PROXY, Gateway
from pages import page, redirect
from world import PUBLIC, Line, Request, World

ACCEPT = "text/html,text/plain,application/json;q=0.8,*/*;q=0.1"


def check_request(request: Request, host: str, path: str) -> None:
    """Exactly this request."""
    assert request.line == f"GET {path} HTTP/1.1"
    headers = dict(request.headers)
    assert len(headers) == len(request.headers)
    assert headers.pop("Connection") in ("close", "keep-alive")
    assert headers == {"Host": host, "Accept": ACCEPT, "User-Agent": "BehalfID-Action-Gateway/0.1"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_has_exactly_these_headers(gateway: Gateway, world: World, scheme: str) -> None:
    """The request is a GET with Host, Accept, User-Agent and Connection; the fragment is not sent."""
    site = world.site(page())
    gateway.read(site.url("/a b/c/%2e%2e/?q=<1>&r=%20#fragment", scheme))
    check_request(site.requests[0], site.host, "/a%20b/?q=%3C1%3E&r=%20")


def test_a_port_of_the_list_is_in_the_host_header(gateway: Gateway, world: World) -> None:
    """A port that the operator permits is used and named; 80 and 443 are used for either scheme."""
    site = world.site(page())
    gateway.read(f"http://{site.host}:8080/x")
    check_request(site.requests[0], f"{site.host}:8080", "/x")
    gateway.read(f"http://{site.host}:80/")
    check_request(site.requests[1], site.host, "/")


def test_what_a_site_sets_does_not_come_back(gateway: Gateway, world: World) -> None:
    """Cookies, HSTS, Alt-Svc and referrers of one answer show in no later request, of this action or the next."""
    remember = (
        "Set-Cookie: session=secret; Path=/",
        "Set-Cookie: wide=secret; Domain=sites.com",
        "Strict-Transport-Security: max-age=99999999",
        'Alt-Svc: h2="other.sites.com:443"; ma=99999, http/1.1="other.sites.com:8080"; ma=9999',
        "Refresh: 0; url=/refreshed",
        "Link: </style>; rel=preload",
    )

    def handler(line: Line) -> None:
        first = line.request.line.startswith("GET /first ")
        (redirect("/second", headers=remember) if first else page(headers=remember))(line)

    site = world.site(handler)
    for scheme in ("http", "https"):
        site.requests.clear()
        for _ in range(2):
            gateway.read(site.url("/first", scheme))
        for request, path in zip(site.requests, ("/first", "/second") * 2, strict=True):
            check_request(request, site.host, path)
            assert request.port == (80 if scheme == "http" else 443)


def test_a_caller_adds_nothing(gateway: Gateway, world: World) -> None:
    """Headers of the caller's own request are not passed on, and there is no field to give any."""
    site = world.site(page())
    body = {
        "agentId": gateway.agent.agent_id,
        "action": "browse_web",
        "resource": "web",
        "input": {"url": site.url()},
    }
    headers = {**gateway.agent.headers(), "Cookie": "a=b", "X-Forwarded-For": "10.0.0.5", "X-Custom": "1"}
    answer = gateway.server.call("POST", "/api/actions/execute", body, headers)
    assert answer.json()["executed"] is True, answer.text
    check_request(site.requests[0], site.host, "/")
    for name in ("headers", "method", "body", "cookies"):
        refused = gateway.post({**body, "input": {"url": site.url(), name: {"X-A": "b"}}})
        assert (refused.status_code, len(site.requests)) == (400, 1), refused.text


def test_proxies_of_the_environment_are_not_used(gateway: Gateway, world: World) -> None:
    """The server's environment names a proxy for everything, and nothing arrives there."""
    assert gateway.server.env["http_proxy"] == gateway.server.env["HTTPS_PROXY"] == PROXY
    site = world.site(page())
    for scheme in ("http", "https"):
        gateway.read(site.url("/", scheme))
    assert [request.address for request in site.requests] == [PUBLIC, PUBLIC]
    assert not [stray for stray in world.strays if stray[1] == 3128]
