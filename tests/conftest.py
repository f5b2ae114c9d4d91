# SPDX-License-Identifier: Apache-2.0
"""Fixtures: servers for the tests."""

import sys
from pathlib import Path
from typing import Callable, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
for folder in ("api", "cli", "gateway", "hosts", "mcp", "packaging", "sdk"):
    sys.path.insert(0, str(Path(__file__).resolve().parent / folder))

pytest.register_assert_rewrite("gateway_support")

from cli_support import behalf, home  # noqa: E402, F401
from gateway_support import gateway, gateway_server, internet, start_gateway, world  # noqa: E402, F401
from guarded_support import guarded, own_guarded  # noqa: E402, F401
from harness import Server  # noqa: E402
from packaging_support import deb, tree  # noqa: E402, F401
from setup_support import desk  # noqa: E402, F401
from host_support import coding_agents, ground  # noqa: E402, F401
from openapi_contract import Contract, load, watch  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def contract() -> Iterator[Contract]:
    """Every answer that a test gets over `requests`, and every event, is held against docs/openapi.json."""
    found = load()
    with watch(found):
        yield found
    found.save_seen()


@pytest.fixture(autouse=True)
def kept_contract(contract: Contract, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test in which an answer or an event is not what docs/openapi.json says."""
    contract.watching = request.node.get_closest_marker("beside_the_api") is None
    contract.careful = request.node.get_closest_marker("careless") is None
    yield
    broken = contract.take_broken()
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with demo data, shared by the tests that only add to it."""
    with Server(tmp_path_factory.mktemp("demo") / "data") as server:
        yield server


@pytest.fixture()
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers that belong to one test: start_server("--flag", name="a", demo=True)."""
    started: list[Server] = []

    def start(*options: str, name: str = "data", **named: object) -> Server:
        server = Server(tmp_path / name, *options, **named)  # type: ignore[arg-type]
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.close()


@pytest.fixture()
def server(start_server: Callable[..., Server]) -> Server:
    """A server with demo data for one test alone."""
    return start_server()
