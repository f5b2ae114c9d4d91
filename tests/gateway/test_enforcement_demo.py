# SPDX-License-Identifier: Apache-2.0
"""examples/enforcement-demo, typed in as its README and the page about the gateway say."""

import re
import shutil
from pathlib import Path

import pytest

from gateway_support import Gateway
from harness import Server
from pages import page
from sdk_packages import copy_example, must, npm
from world import Site, World

LINE = re.compile(r"^(ok|FAIL) +(.+?)  +(.*?)(?:  \[(req_[\w-]+)\])?$", re.MULTILINE)
NOBODY = 2  # the port of this machine where the demo asks a server that is not there


@pytest.fixture()
def example(world: World, tmp_path: Path) -> Path:
    """Installed, with its .env as it comes."""
    world.own_ports.add(NOBODY)
    folder = copy_example("enforcement-demo", tmp_path)
    must(npm(folder, "install", env={"npm_config_offline": "true"}))
    shutil.copy(folder / ".env.example", folder / ".env")
    return folder


def fill_in(folder: Path, **values: str) -> None:
    """Writes values into .env, in the places that are there for them."""
    text = (folder / ".env").read_text()
    for name, value in values.items():
        text, count = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        assert count == 1, name
    (folder / ".env").write_text(text)


def settle(folder: Path, server: Server, site: Site, **values: str) -> None:
    """What somebody would write into .env."""
    fill_in(folder, BEHALFID_BASE_URL=server.base_url, DEMO_URL=site.url("/"), **values)


def lines(output: str) -> dict[str, tuple[str, str, str]]:
    """By what was tried: verdict, what was told, request id."""
    return {what: (verdict, told, request_id) for verdict, what, told, request_id in LINE.findall(output)}


def test_the_demo(gateway: Gateway, world: World, example: Path) -> None:
    """An allowed page is read, executors that are not allowed do not run, and each request is in the log."""
    site = world.site(page(b"<title>Prices</title>", "text/html"))
    settle(example, gateway.server, site, BEHALFID_DEVELOPER_TOKEN=gateway.server.developer_token)
    (example / ".env").write_text((example / ".env").read_text().rstrip("\n"))
    assert "made the agent" in must(npm(example, "run", "setup"))
    assert f"DEMO_URL={site.url('/')}\n" in (example / ".env").read_text()
    assert must(npm(example, "run", "setup")).count("was there") == 3
    assert (example / ".env").stat().st_mode & 0o77 == 0
    told = lines(must(npm(example, "run", "demo")))
    assert {verdict for verdict, _, _ in told.values()} == {"ok"}
    assert told["allowed web read"][1].endswith("200 Prices")
    assert [name for name, (_, text, _) in told.items() if text.startswith("did not run")] == [
        "purchase of 250",
        "purchase elsewhere",
        "delete_customers",
        "send_email",
        "no server to ask",
    ]
    assert re.search(r"a person is asked: apr_", told["send_email"][1])
    assert told["audit log"][1] == "7 of 7 request ids are in it"
    headers = gateway.server.as_developer()
    for request_id in filter(None, (row[2] for row in told.values())):
        assert gateway.server.call("GET", f"/api/dashboard/logs/{request_id}", None, headers).status_code == 200
    assert len(site.requests) == 1


def test_the_demo_tells_what_is_wrong(gateway: Gateway, world: World, example: Path) -> None:
    """When the agent may do what it should not be able to, the demo says so and fails."""
    site = world.site(page(b"hello"))
    agent = gateway.agent
    settle(example, gateway.server, site, BEHALFID_DEVELOPER_TOKEN=gateway.server.developer_token)
    fill_in(example, BEHALFID_AGENT_ID=agent.agent_id, BEHALFID_API_KEY=agent.api_key)
    must(npm(example, "run", "setup"))
    gateway.server.grant(agent.agent_id, "delete_customers")
    done = npm(example, "run", "demo")
    told = lines(done.stdout)
    assert done.returncode == 1
    assert told["delete_customers"][:2] == ("FAIL", "it was allowed")
    assert [name for name, (verdict, _, _) in told.items() if verdict == "FAIL"] == ["delete_customers"]


def test_setup_with_the_agents_key(start_gateway: object, world: World, example: Path) -> None:
    """Where agents may make their own permissions, setup needs no developer token; elsewhere it says what it needs."""
    site = world.site(page(b"hello"))
    for options, works in ((("--agent-self-permissions",), True), ((), False)):
        assert callable(start_gateway)
        gateway: Gateway = start_gateway(*options, name="self" if works else "plain")
        agent_id, key = gateway.server.create_agent()
        settle(example, gateway.server, site, BEHALFID_AGENT_ID=agent_id, BEHALFID_API_KEY=key)
        done = npm(example, "run", "setup")
        assert done.returncode == (0 if works else 1), done.stdout + done.stderr
        assert works or "Fill in BEHALFID_DEVELOPER_TOKEN" in done.stderr
        assert npm(example, "run", "demo").returncode == (0 if works else 1)
