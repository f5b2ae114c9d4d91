# SPDX-License-Identifier: Apache-2.0
"""MCP: a client session of the SDK with a real server on standard input and output, in the SDK's first and second version."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import sys
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, AsyncIterator, Optional

import mcp.types as types
import pytest
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from behalfid import BehalfIDConfigurationError, BehalfIDDenied
from behalfid.mcp import guard_session
from adapter_rules import AdapterRules
from adapter_world import Call, Seen, World

SERVER = Path(__file__).with_name("adapter_mcp_server.py")
FIRST = version("mcp").startswith("1.")


@asynccontextmanager
async def connect(record: Path) -> AsyncIterator[ClientSession]:
    """A session with a server of its own."""
    env = {**os.environ, "MCP_RECORD": str(record)}
    parameters = StdioServerParameters(command=sys.executable, args=[str(SERVER)], env=env)
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


def ran(record: Path) -> list[tuple[str, Any]]:
    """What the server has run."""
    lines = record.read_text().splitlines() if record.exists() else []
    return [(tool, arguments) for tool, arguments in map(json.loads, lines)]


def seen(result: Any) -> Seen:
    """A result as a model is shown it."""
    data = result.model_dump(by_alias=True, mode="json")
    return Seen("\n".join(block["text"] for block in data["content"]), data["isError"])


def permit(world: World) -> None:
    """The permissions of the rules, by the names that tools of this server have."""
    world.permit("mcp_tool", resource="mcp:notes:buy, mcp:notes:fail, mcp:notes:read_file")
    world.permit("mcp_tool", resource="mcp:notes:deploy", requiresApproval=True)


class TestRules(AdapterRules):
    """The rules of all adapters, where they are the same."""

    own_error = "Error executing tool fail"
    ways = ["async", "async-client"]

    @pytest.fixture(autouse=True)
    def with_record(self, tmp_path: Path) -> None:
        """Where the server writes."""
        self.record = tmp_path / "record"

    def run(
        self, world: World, way: str, *calls: Call, mapping: Any = None, base_url: Optional[str] = None
    ) -> list[Seen]:
        if not world.log():
            permit(world)
        self.record.unlink(missing_ok=True)
        found = super().run(world, way, *calls, mapping=mapping, base_url=base_url)
        world.ran[:] = ran(self.record)
        return found

    def drive(
        self, behalf: Any, tools: dict[str, Any], calls: list[Call], awaited: bool, mapping: Any = None
    ) -> list[Seen]:
        async def story() -> list[Seen]:
            async with connect(self.record) as session:
                guarded = guard_session(behalf, session, server="notes", mapping=mapping)
                return [seen(await guarded.call_tool(call.tool, call.arguments)) for call in calls]

        return asyncio.run(story())

    def test_allowed_runs_once(self, world: World, way: str) -> None:
        """An allowed call runs once; it is asked about and recorded as `behalf mcp wrap` does it."""
        (shown,) = self.run(world, way, Call("buy", {"shop": "bhf_sk_secret", "price": 742.0}))
        assert world.ran == [("buy", {"shop": "bhf_sk_secret", "price": 742.0})]
        assert (shown.text, shown.is_error) == ("buy done", False)
        (row,) = world.log()
        assert (row["action"], row["decision"], row["vendor"]) == ("mcp_tool", "allowed", "mcp:notes:buy")
        assert row["metadata"] == {
            "server": "notes", "tool": "buy", "arguments": '{"shop":"bhf_sk_[redacted]","price":742.0}'
        }  # fmt: skip

    def test_path_is_asked_about(self, world: World, way: str) -> None:
        """A tool that is mapped to an action about paths is held against the rules about them."""
        mapping = {"read_file": {"action": "read_file"}}
        good, bad = self.run(
            world,
            way,
            Call("read_file", {"path": "/srv/notes/a"}),
            Call("read_file", {"path": "/etc/passwd"}),
            mapping=mapping,
        )
        assert world.ran == [("read_file", {"path": "/srv/notes/a"})]
        assert "read_file done" in good.text
        self.check_refused(bad, "denied")


def test_facts_for_programs(world: World, tmp_path: Path) -> None:
    """A refusal says in _meta what it is, as that of `behalf mcp wrap`."""
    permit(world)

    async def story() -> None:
        async with connect(tmp_path / "record") as session:
            guarded = guard_session(world.client(), session, server="notes")
            for tool, outcome in (("drop_table", "denied"), ("deploy", "approval_required")):
                result = await guarded.call_tool(tool, {"name": "x"})
                meta = result.model_dump(by_alias=True)["_meta"]["behalfid"]
                row = world.log()[-1]
                assert (meta["outcome"], meta["requestId"]) == (outcome, row["requestId"])
                assert meta.get("approvalId") == row.get("approvalId")

    asyncio.run(story())


def test_no_way_round(world: World, tmp_path: Path) -> None:
    """Raw requests and copies of a guarded session ask too; everything else passes; the session is still one."""

    async def story() -> None:
        async with connect(tmp_path / "record") as session:
            guarded = guard_session(world.client(), session, server="notes")
            assert isinstance(guarded, type(session))
            assert len((await guarded.list_tools()).tools) == 5
            await guarded.send_ping()
            params = types.CallToolRequestParams(name="drop_table", arguments={"name": "x"})
            request: Any = types.CallToolRequest(method="tools/call", params=params)
            wrapped = types.ClientRequest(request) if FIRST else request
            for one in (guarded, copy.copy(guarded)):
                assert seen(await one.send_request(wrapped, types.CallToolResult)).is_error
                assert seen(await one.call_tool("drop_table", {"name": "x"})).is_error

    asyncio.run(story())
    assert ran(tmp_path / "record") == [] and len(world.log()) == 4


def test_arguments_changed_meanwhile(world: World, tmp_path: Path) -> None:
    """What was asked about is sent, though the caller's arguments and request change while the answer is awaited."""
    permit(world)

    async def story() -> None:
        async with connect(tmp_path / "record") as session:
            arguments = {"shop": "good", "price": 1.0}
            params = types.CallToolRequestParams(name="buy", arguments=arguments)
            request: Any = types.CallToolRequest(method="tools/call", params=params)

            def mapping(name: str, given: dict[str, Any]) -> dict[str, Any]:
                assert given["shop"] == "good"
                arguments["shop"] = "evil"
                params.arguments = arguments
                return {}

            guarded = guard_session(world.client(), session, server="notes", mapping=mapping)
            wrapped = types.ClientRequest(request) if FIRST else request
            assert seen(await guarded.send_request(wrapped, types.CallToolResult)).text == "buy done"
            arguments["shop"] = "good"
            assert seen(await guarded.call_tool("buy", arguments)).text == "buy done"

    asyncio.run(story())
    assert ran(tmp_path / "record") == [("buy", {"shop": "good", "price": 1.0})] * 2


if FIRST:  # later versions have no tasks

    def test_tasks(world: World, tmp_path: Path) -> None:
        """A call that asks for a task raises when it is not allowed, also by a helper that was made before."""

        async def story() -> None:
            async with connect(tmp_path / "record") as session:
                before: Any = session
                assert before.experimental is not None
                guarded: Any = guard_session(world.client(), session, server="notes")
                with pytest.raises(BehalfIDDenied):
                    await guarded.experimental.call_tool_as_task("drop_table", {"name": "x"})

        asyncio.run(story())
        assert ran(tmp_path / "record") == []


def test_large_arguments(world: World, tmp_path: Path) -> None:
    """Arguments that do not fit into the question are refused; a mapping may send less of them; what is recorded is cut."""
    permit(world)

    async def story() -> list[Seen]:
        async with connect(tmp_path / "record") as session:
            less = {"buy": lambda given: {"policy_context": {"toolInput": {}}} if given["price"] == 2 else {}}
            guarded = guard_session(world.client(), session, server="notes", mapping=less)
            shop = '"\u00e9\U0001f511' * 3000
            calls: list[Any] = [
                {"shop": shop, "price": 1},
                {"shop": shop, "price": 2},
                {"shop": shop[:3000], "price": 1},
            ]
            return [seen(await guarded.call_tool("buy", arguments)) for arguments in calls]

    refused, *allowed = asyncio.run(story())
    assert "too large" in refused.text and refused.is_error
    assert [one.text for one in allowed] == ["buy done"] * 2
    assert len(ran(tmp_path / "record")) == len(world.log()) == 2
    for row in world.log():
        assert 100 < len(row["metadata"]["arguments"]) <= 1024


@pytest.mark.parametrize("server", ["", "a:b", "a,b", " a", "x" * 65, "a\n", None])
def test_names_of_servers(world: World, server: Any) -> None:
    """A server's name is one that a permission can tell apart."""
    with pytest.raises(BehalfIDConfigurationError, match="server must"):
        guard_session(world.client(), object(), server=server)


def test_what_is_no_session(world: World) -> None:
    """Only a session can be guarded."""
    with pytest.raises(BehalfIDConfigurationError, match="ClientSession"):
        guard_session(world.client(), object(), server="notes")
