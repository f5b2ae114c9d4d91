# SPDX-License-Identifier: Apache-2.0
# The frameworks are not there where types are checked.
# mypy: disable-error-code="misc,no-untyped-call"
"""The Anthropic SDK: its tool runner against a model on this machine that follows a script."""

from __future__ import annotations

import asyncio
import copy
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Iterator

import pytest
from anthropic import Anthropic, AsyncAnthropic
from anthropic.lib.tools import BetaAbstractMemoryTool, BetaAsyncAbstractMemoryTool, beta_async_tool, beta_tool
from anthropic.lib.tools import ToolError

from behalfid import BehalfIDConfigurationError
from behalfid.anthropic import guard_tools
from adapter_rules import AdapterRules
from adapter_world import Call, Seen, World


class Model:
    """Answers the Messages API with the calls of a script, and keeps the requests."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.requests: list[dict[str, Any]] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:
                model.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                body = json.dumps(model.answer(len(model.requests) - 1)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, turn: int) -> dict[str, Any]:
        """A call, or the end."""
        block: dict[str, Any] = {"type": "text", "text": "done"}
        if turn < len(self.calls):
            call = self.calls[turn]
            block = {"type": "tool_use", "id": f"toolu_{turn}", "name": call.tool, "input": call.arguments}
        stop = "tool_use" if turn < len(self.calls) else "end_turn"
        usage = {"input_tokens": 1, "output_tokens": 1}
        head = {"id": f"msg_{turn}", "type": "message", "role": "assistant", "model": "scripted"}
        return {**head, "content": [block], "stop_reason": stop, "stop_sequence": None, "usage": usage}

    def seen(self) -> list[Seen]:
        """The results of tools that it was sent; a request may repeat those of earlier ones."""
        found: dict[str, Seen] = {}
        for message in [message for request in self.requests for message in request["messages"]]:
            for block in message["content"] if isinstance(message["content"], list) else []:
                if block.get("type") == "tool_result":
                    content = block.get("content")
                    text = content if isinstance(content, str) else json.dumps(content)
                    found[block["tool_use_id"]] = Seen(text, block.get("is_error") is True)
        return list(found.values())

    def converse(self, tools: list[Any], calls: list[Call], awaited: bool = False) -> list[Seen]:
        """A whole conversation by the tool runner."""
        self.calls, self.requests = calls, []
        asked: dict[str, Any] = {
            "model": "scripted",
            "max_tokens": 100,
            "messages": [{"role": "user", "content": "go"}],
        }
        if awaited:

            async def run() -> None:
                async with AsyncAnthropic(base_url=self.url, api_key="none", max_retries=0) as client:
                    runner: Any = client.beta.messages.tool_runner(tools=tools, **asked)
                    await runner.until_done()

            asyncio.run(run())
        else:
            with Anthropic(base_url=self.url, api_key="none", max_retries=0) as client:
                client.beta.messages.tool_runner(tools=tools, **asked).until_done()
        return self.seen()


@pytest.fixture()
def model() -> Iterator[Model]:
    """A model for one test."""
    made = Model()
    yield made
    made.server.shutdown()
    made.server.server_close()


class TestRules(AdapterRules):
    """The rules of all adapters."""

    @pytest.fixture(autouse=True)
    def with_model(self, model: Model) -> None:
        """The model that the rules speak to."""
        self.model = model

    def drive(
        self, behalf: Any, tools: dict[str, Any], calls: list[Call], awaited: bool, mapping: Any = None
    ) -> list[Seen]:
        make: Any = beta_async_tool if awaited else beta_tool
        guarded = guard_tools(behalf, [make(function) for function in tools.values()], mapping)
        return self.model.converse(guarded, calls, awaited)


class Memory(BetaAbstractMemoryTool):
    """A built-in tool that runs here."""

    world: World

    def view(self, command: Any) -> Any:
        return self.world.record("view", path=command.path)

    create = str_replace = insert = delete = rename = view


class AsyncMemory(BetaAsyncAbstractMemoryTool):
    """The same, to await."""

    world: World

    async def view(self, command: Any) -> Any:
        return self.world.record("view", path=command.path)

    create = str_replace = insert = delete = rename = view


@pytest.mark.parametrize("awaited", [False, True])
def test_built_in_tools(world: World, model: Model, awaited: bool) -> None:
    """A built-in tool that runs here asks with its input, and runs when it is allowed."""
    memory: Any = AsyncMemory() if awaited else Memory()
    memory.world = world
    guarded = guard_tools(world.client(), [memory])
    call = Call("memory", {"command": "view", "path": "/memories/a"})
    (seen,) = model.converse(guarded, [call], awaited)
    assert seen.is_error and "denied" in seen.text and world.ran == []
    world.permit("memory")
    (seen,) = model.converse(guarded, [call], awaited)
    assert (seen.text, seen.is_error, world.ran) == ("view done", False, [("view", {"path": "/memories/a"})])


def test_every_way_is_guarded(world: World) -> None:
    """However a denied tool is called, by a copy too, it does not run."""

    def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    async def adrop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    (guarded,) = guard_tools(world.client(), [beta_tool(drop_table)])
    (awaited,) = guard_tools(world.client(), [beta_async_tool(adrop_table, name="drop_table")])
    for one in (guarded, copy.copy(guarded)):
        for call in (
            lambda: one.call({"name": "x"}),
            lambda: one("x"),
            lambda: one.func(name="x"),
            lambda: one._func_with_validate("x"),
        ):
            with pytest.raises(ToolError, match="denied"):
                call()
    for one in (awaited, copy.copy(awaited)):
        for coroutine in (one.call({"name": "x"}), one("x"), one.func(name="x")):
            with pytest.raises(ToolError, match="denied"):
                asyncio.run(coroutine)
    assert world.ran == [] and len(world.log()) == 14


def test_what_the_tool_was(world: World) -> None:
    """Name, description, schema and flags are as before; what is asked about has been converted and has its defaults."""
    asked: list[Any] = []

    @beta_tool(name="look", defer_loading=True)
    def look(place: str, times: int = 3) -> str:
        """Looks.

        Args:
            place: where
        """
        return world.record("look", place=place, times=times)

    def mapping(name: str, given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"action": name}

    (guarded,) = guard_tools(world.client(), [look], mapping)
    assert guarded.to_dict() == look.to_dict() and guarded.name == "look"
    assert guarded.call({"place": "x"}) == "look done" and guarded.call({"place": "y", "times": "7"}) == "look done"
    assert asked == [{"place": "x", "times": 3}, {"place": "y", "times": 7}]
    with pytest.raises(ValueError, match="Invalid arguments"):
        guarded.call({"place": 1})
    assert len(asked) == len(world.ran) == 2


def test_tool_that_opens_something(world: World, model: Model) -> None:
    """What a tool opened when it was called is closed through the guarded one."""
    from contextlib import asynccontextmanager

    from anthropic.lib.tools._beta_functions import aclose_runnable_tool

    steps: list[str] = []

    @asynccontextmanager
    async def look() -> Any:
        steps.append("open")

        async def run(place: str) -> str:
            return world.record("look", place=place)

        yield run
        steps.append("close")

    schema: Any = {"type": "object", "properties": {"place": {"type": "string"}}}
    tool: Any = beta_async_tool(look, name="look", description="Looks.", input_schema=schema)
    (guarded,) = guard_tools(world.client(), [tool])

    async def story() -> None:
        assert await guarded.call({"place": "x"}) == "look done"
        await aclose_runnable_tool(guarded)

    asyncio.run(story())
    assert steps == ["open", "close"]


def test_what_cannot_be_guarded(world: World) -> None:
    """Tools that the provider runs, descriptions without a function, and the wrong client are refused."""
    client = world.client()
    with pytest.raises(BehalfIDConfigurationError, match="web_search.*cannot be guarded"):
        guard_tools(client, [{"type": "web_search_20250305", "name": "web_search"}])
    with pytest.raises(BehalfIDConfigurationError, match="look.*cannot be guarded"):
        guard_tools(client, [{"name": "look", "input_schema": {"type": "object"}}])
    with pytest.raises(BehalfIDConfigurationError, match="AsyncBehalfID"):
        guard_tools(world.async_client(), [beta_tool(lambda: "x", name="look", description="Looks.")])
