# SPDX-License-Identifier: Apache-2.0
"""Who takes part in the tests of the adapters: an agent of a real server, a person, and tools that record their calls."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

import httpx

from behalfid import AsyncBehalfID, BehalfID

SERVER = os.environ["BEHALFID_TEST_SERVER"]
DEMO = json.loads(Path(os.environ["BEHALFID_TEST_DEMO"]).read_text())
HELD = "Permission requires approval before execution."


class Seen(NamedTuple):
    """What the model was shown of one call; `is_error` is None where the framework has no such mark."""

    text: str
    is_error: Optional[bool]


class Call(NamedTuple):
    """A call that the model makes."""

    tool: str
    arguments: dict[str, Any]


class World:
    """A new agent that may buy and read notes, may deploy when a person approves, and nothing else."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.developer = {"X-Developer-Token": DEMO["developerToken"]}
        made = self.post("/api/agents", {"name": "Adapter tests"}, self.developer)
        self.agent_id, self.api_key = made["agentId"], made["apiKey"]
        for name in ("buy", "fail", "look"):
            self.permit(name)
        self.permit("deploy", requiresApproval=True)
        self.permit("read_file", constraints={"allowedPaths": ["/srv/notes/**"]})

    def post(self, path: str, body: Any = None, headers: Optional[dict[str, str]] = None) -> Any:
        """A call that must succeed."""
        answer = httpx.post(SERVER + path, json=body, headers=headers, timeout=30)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def permit(self, action: str, **fields: Any) -> None:
        """A permission of the agent's."""
        self.post("/api/permissions", {"agentId": self.agent_id, "action": action, **fields}, self.developer)

    def client(self, base_url: str = SERVER) -> BehalfID:
        """The agent's client."""
        return BehalfID(base_url=base_url, api_key=self.api_key, agent_id=self.agent_id)

    def async_client(self, base_url: str = SERVER) -> AsyncBehalfID:
        """The same to await."""
        return AsyncBehalfID(base_url=base_url, api_key=self.api_key, agent_id=self.agent_id)

    def approve(self, approval_id: str) -> None:
        """A signed-in person approves."""
        with httpx.Client(base_url=SERVER, headers={"Origin": SERVER}, timeout=30) as page:
            login = page.post("/api/auth/login", json={"email": DEMO["email"], "password": DEMO["password"]})
            assert login.status_code == 200, login.text
            answer = page.post(f"/api/dashboard/approvals/{approval_id}/approve")
            assert answer.status_code == 200, answer.text

    def log(self) -> list[dict[str, Any]]:
        """What the server recorded of the agent, the oldest first."""
        url = f"{SERVER}/api/dashboard/logs"
        answer = httpx.get(url, params={"agentId": self.agent_id}, headers=self.developer, timeout=30)
        rows: list[dict[str, Any]] = answer.json()["logs"]
        return rows[::-1]

    def record(self, tool: str, **arguments: Any) -> str:
        """A tool has run."""
        self.ran.append((tool, arguments))
        return f"{tool} done"


def nobody_there() -> str:
    """The address of a server that is gone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def functions(world: World) -> dict[str, Callable[..., Any]]:
    """The tools as plain functions."""

    def buy(shop: str, price: float) -> str:
        """Buys a ticket."""
        return world.record("buy", shop=shop, price=price)

    def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    def deploy(target: str) -> str:
        """Deploys."""
        return world.record("deploy", target=target)

    def read_file(path: str) -> str:
        """Reads a file."""
        return world.record("read_file", path=path)

    def fail(reason: str) -> str:
        """Fails."""
        world.record("fail", reason=reason)
        raise ValueError(f"boom {reason}")

    return {"buy": buy, "drop_table": drop_table, "deploy": deploy, "read_file": read_file, "fail": fail}


def async_functions(world: World) -> dict[str, Callable[..., Any]]:
    """The same, to await."""

    async def buy(shop: str, price: float) -> str:
        """Buys a ticket."""
        return world.record("buy", shop=shop, price=price)

    async def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    async def deploy(target: str) -> str:
        """Deploys."""
        return world.record("deploy", target=target)

    async def read_file(path: str) -> str:
        """Reads a file."""
        return world.record("read_file", path=path)

    async def fail(reason: str) -> str:
        """Fails."""
        world.record("fail", reason=reason)
        raise ValueError(f"boom {reason}")

    return {"buy": buy, "drop_table": drop_table, "deploy": deploy, "read_file": read_file, "fail": fail}
