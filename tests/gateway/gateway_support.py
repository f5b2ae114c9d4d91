# SPDX-License-Identifier: Apache-2.0
"""What the tests of the action gateway share: a server in the network that they made, and calls of it."""

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple, Optional

import pytest
import requests

import inside
from api_support import Agent
from harness import Server
from world import CLOSED_PORT, SILENT_PORT, World

PROXY = "http://127.0.0.1:3128"
PROXIES = {name: PROXY for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}

NO_ANSWER = "Gateway URL host could not be resolved."
TOO_MANY_ANSWERS = "Gateway URL host has more than 64 addresses."
NOT_PUBLIC = "Gateway URL resolves to a non-public address."
NOT_PUBLIC_HOST = "Gateway URL host is not public."
NOT_PUBLIC_LITERAL = "Gateway URL IP address is not public."
NO_LOCATION = "Gateway redirect did not include a Location header."
TOO_MANY = "Gateway redirect limit exceeded."
DOWNGRADE = "Gateway redirect must not leave https."
TIMED_OUT = "Gateway fetch timed out."
FAILED = "Gateway fetch failed."
BAD_URL = "input.url must be a valid URL."
BAD_SCHEME = "Gateway only supports http:// and https:// URLs."
CREDENTIALS = "Gateway URLs must not include credentials."
BAD_PORT = "Gateway URL port is not allowed."


class Outcome(NamedTuple):
    """An answer of the gateway and how long it took."""

    status: int
    body: dict[str, Any]
    seconds: float


class Gateway:
    """A server, and an agent of it that may read the web."""

    def __init__(self, world: World, server: Server, token: Optional[str] = None, may_read: bool = True) -> None:
        self.world = world
        self.server = server
        self.agent = Agent(server, token=token)
        if may_read:
            self.grant(token)

    def grant(self, token: Optional[str] = None, **fields: Any) -> None:
        """The permission to read the web."""
        body = {"agentId": self.agent.agent_id, "action": "browse_web", "resource": "web", **fields}
        answer = self.server.call("POST", "/api/permissions", body, self.server.as_developer(token))
        assert answer.status_code == 201, answer.text

    def post(self, body: Any) -> requests.Response:
        """POST /api/actions/execute with exactly this body."""
        return self.server.call("POST", "/api/actions/execute", body, self.agent.headers())

    def execute(self, url: str, **fields: Any) -> Outcome:
        """Asks for a page."""
        body = {"agentId": self.agent.agent_id, "action": "browse_web", "resource": "web", "input": {"url": url}}
        start = time.monotonic()
        answer = self.post({**body, **fields})
        return Outcome(answer.status_code, answer.json(), time.monotonic() - start)

    def row(self, outcome: Outcome) -> dict[str, Any]:
        """The decision's row of the log."""
        rows = self.agent.logs(requestId=outcome.body["requestId"])["logs"]
        assert len(rows) == 1, rows
        row: dict[str, Any] = rows[0]
        return row

    def read(self, url: str) -> dict[str, Any]:
        """Reads a page, which must succeed and be in the log; its result."""
        outcome = self.execute(url)
        assert outcome.status == 200, outcome
        assert (outcome.body["allowed"], outcome.body["executed"]) == (True, True), outcome
        result: dict[str, Any] = outcome.body["result"]
        record = self.row(outcome)["execution"]
        assert (record["state"], record["error"]) == ("succeeded", None), record
        assert record["status"] == result["status"], record
        return result

    def check_failed(self, outcome: Outcome, error: str) -> dict[str, Any]:
        """An action that was allowed and then failed, with exactly this error, in the answer and in the log."""
        body = outcome.body
        assert (outcome.status, body.get("error")) == (400, error), outcome
        assert (body["allowed"], body["decision"], body["executed"]) == (True, "allowed", False), outcome
        assert "result" not in body, outcome
        row = self.row(outcome)
        assert row["allowed"] is True, row
        record: dict[str, Any] = row["execution"]
        assert (record["state"], record["error"]) == ("failed", error), record
        return record

    def fail(self, url: str, error: str) -> dict[str, Any]:
        """Asks for a page that it must not get: the log's record of it."""
        return self.check_failed(self.execute(url), error)

    def refuse(self, url: str, error: str) -> None:
        """Asks for a page that is refused before anything is decided, looked up or connected to."""
        rows = len(self.agent.rows())
        before = self.world.attempts()
        outcome = self.execute(url)
        assert (outcome.status, outcome.body) == (400, {"error": error}), outcome
        assert len(self.agent.rows()) == rows
        assert self.world.attempts() == before


@contextmanager
def in_place_of(place: str, source: Path) -> Iterator[None]:
    """Shows a file or folder of the test where the machine has another one, to everybody in this network."""
    target = str(Path(place).resolve())
    subprocess.run(["mount", "--bind", str(source), target], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", target], check=True)


def gateway_options(world: World) -> tuple[str, ...]:
    """What a server needs to trust the sites of the tests."""
    return ("--gateway-ca", str(world.authority.ca), "--gateway-ports", f"8080,{SILENT_PORT},{CLOSED_PORT}")


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The sites, resolver and watched addresses of the network that these tests run in."""
    if not inside.is_inside():
        pytest.fail("start these tests with tests/gateway/inside.py: they need a network of their own", pytrace=False)
    return World(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def gateway_server(internet: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for most of the tests. Its environment names a proxy, where nothing may arrive."""
    server = Server(tmp_path_factory.mktemp("gateway") / "data", *gateway_options(internet), env=PROXIES)
    internet.own_ports.add(server.port)
    with server:
        yield server


@pytest.fixture()
def world(internet: World) -> Iterator[World]:
    """After each test: nothing has arrived, or was sent, where nothing may."""
    strays, packets = len(internet.strays), len(internet.unexpected())
    yield internet
    assert internet.unexpected()[packets:] == []
    assert internet.strays[strays:] == []


@pytest.fixture()
def gateway(world: World, gateway_server: Server) -> Gateway:
    """The shared server with an agent for this test alone."""
    return Gateway(world, gateway_server)


@pytest.fixture()
def start_gateway(world: World, tmp_path: Path) -> Iterator[Callable[..., Gateway]]:
    """Starts servers of one test: start_gateway("--flag", name="a")."""
    started: list[Server] = []

    def start(*options: str, name: str = "data", env: Optional[dict[str, str]] = None) -> Gateway:
        server = Server(tmp_path / name, *gateway_options(world), *options, env=env)
        world.own_ports.add(server.port)
        started.append(server)
        return Gateway(world, server.start())

    yield start
    for server in started:
        server.close()
