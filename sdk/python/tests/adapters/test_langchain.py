# SPDX-License-Identifier: Apache-2.0
# The frameworks are not there where types are checked.
# mypy: disable-error-code="misc,no-untyped-call"
"""LangChain: an agent of `create_agent` with a model that follows a script."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import Annotated, Any, Optional

import pytest
from langchain.agents import create_agent
from langchain.tools import ToolRuntime
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool, Tool, ToolException, tool
from pydantic import BaseModel, Field

from behalfid import BehalfIDConfigurationError, BehalfIDDenied
from behalfid.langchain import guard_tools
from adapter_rules import AdapterRules
from adapter_world import Call, Seen, World


class Script(GenericFakeChatModel):
    """A model that follows a script, whatever tools it is told of."""

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self


def script(calls: list[Call]) -> Script:
    """A message for each call, and a last one."""
    asked = [
        AIMessage(content="", tool_calls=[{"name": call.tool, "args": call.arguments, "id": f"call_{number}"}])
        for number, call in enumerate(calls)
    ]
    return Script(messages=iter([*asked, AIMessage(content="done")]))


def converse(tools: Any, calls: list[Call], awaited: bool = False) -> list[ToolMessage]:
    """What a whole agent was shown."""
    agent = create_agent(model=script(calls), tools=tools)
    start: Any = {"messages": [("user", "go")]}
    result = asyncio.run(agent.ainvoke(start)) if awaited else agent.invoke(start)
    return [message for message in result["messages"] if isinstance(message, ToolMessage)]


class TestRules(AdapterRules):
    """The rules of all adapters."""

    def drive(
        self, behalf: Any, tools: dict[str, Any], calls: list[Call], awaited: bool, mapping: Any = None
    ) -> list[Seen]:
        guarded = guard_tools(behalf, [tool(function) for function in tools.values()], mapping)
        try:
            messages = converse(guarded, calls, awaited)
        except ValueError as error:  # the framework's own way with a tool's error
            return [Seen(str(error), None)]
        return [Seen(str(message.content), message.status == "error") for message in messages]


def both(world: World) -> StructuredTool:
    """A tool with a function for each way, neither of which may run."""

    def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("sync", name=name)

    async def drop(name: str) -> str:
        """Drops a table."""
        return world.record("async", name=name)

    return StructuredTool.from_function(drop_table, coroutine=drop, name="drop_table", description="Drops a table.")


class Plain(BaseTool):
    """A tool with one way of its own."""

    name: str = "drop_table"
    description: str = "Drops a table."
    world: Any = None

    def _run(self, name: str, config: RunnableConfig, run_manager: Optional[Any] = None) -> str:
        assert run_manager is not None and config["configurable"]["who"] == "me"
        return str(self.world.record("plain", name=name))


class Twofold(Plain):
    """A tool whose awaited way comes to the other one, as many do."""

    async def _arun(self, name: str, config: RunnableConfig, run_manager: Optional[Any] = None) -> str:
        return self._run(name, config, run_manager)


CONFIG: RunnableConfig = {"configurable": {"who": "me"}}


def make(kind: str, world: World) -> Any:
    """A tool of each kind."""
    if kind == "both":
        return both(world)
    if kind == "tool":
        return Tool(name="drop_table", func=lambda name: world.record("tool", name=name), description="Drops a table.")
    return (Plain if kind == "plain" else Twofold)(world=world)


@pytest.mark.parametrize("kind", ["both", "tool", "plain", "twofold"])
def test_every_way_is_guarded(world: World, kind: str) -> None:
    """However a denied tool is called, by its copies too, it does not run and raises; each call asks once."""
    (guarded,) = guard_tools(world.client(), [make(kind, world)])
    copies = [guarded, guarded.model_copy(), guarded.model_copy(update={"description": "x"}), copy.copy(guarded)]
    if kind == "both":
        copies.append(copy.deepcopy(guarded))
    for one in copies:
        for call in (lambda: one.invoke({"name": "users"}, CONFIG), lambda: one.run({"name": "users"}, config=CONFIG)):
            with pytest.raises(ToolException, match="denied"):
                call()
        for awaited in (
            lambda: one.ainvoke({"name": "users"}, CONFIG),
            lambda: one.arun({"name": "users"}, config=CONFIG),
        ):
            with pytest.raises(ToolException, match="denied"):
                asyncio.run(awaited())
    assert world.ran == []
    assert len(world.log()) == 4 * len(copies)


@pytest.mark.parametrize("kind", ["both", "tool", "plain", "twofold"])
def test_every_kind_runs(world: World, kind: str) -> None:
    """An allowed tool runs once in each way, with the run manager and the configuration it asks for, and asks once."""
    world.permit("drop_table")
    (guarded,) = guard_tools(world.client(), [make(kind, world)])
    ways = (kind, kind) if kind != "both" else ("sync", "async")
    guarded.invoke({"name": "users"}, CONFIG)
    asyncio.run(guarded.ainvoke({"name": "users"}, CONFIG))
    assert world.ran == [
        (ways[0] if kind != "twofold" else "plain", {"name": "users"}),
        (ways[1] if kind != "twofold" else "plain", {"name": "users"}),
    ]
    assert len(world.log()) == 2


async def run_later(self: Any, *args: Any, **kwargs: Any) -> str:
    """An entry of the user's."""
    return "unasked"


@pytest.mark.parametrize("name", ["invoke", "ainvoke", "run", "arun", "batch", "stream", "__call__"])
def test_entries_of_the_users_own(world: World, name: str) -> None:
    """A tool that overrides what the framework calls is refused: there it would run without a question."""
    own: Any = type("Own", (Plain,), {name: run_later, "__module__": __name__})
    with pytest.raises(BehalfIDConfigurationError, match=f"drop_table.*overrides {name},"):
        guard_tools(world.client(), [type("Heir", (own,), {"__module__": __name__})(world=world)])
    twice = guard_tools(world.client(), guard_tools(world.client(), [both(world)]))
    with pytest.raises(ToolException, match="denied"):
        twice[0].invoke({"name": "x"})


class Looking(BaseTool):
    """A tool with defaults."""

    name: str = "look"
    description: str = "Looks."
    world: Any = None

    def _run(self, place: str, times: int = 3, *more: str, run_manager: Optional[Any] = None) -> str:
        return str(self.world.record("look", place=place, times=times, more=more))


class LookingLater(Looking):
    """Likewise, to await."""

    async def _arun(self, place: str, times: int = 4, *more: str, run_manager: Optional[Any] = None) -> str:
        return str(self.world.record("look", place=place, times=times, more=more))


def test_defaults_and_positions(world: World) -> None:
    """The question about a tool's class has its defaults, and arguments without names too."""
    asked: list[dict[str, Any]] = []

    def mapping(name: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {"action": name}

    one, other = guard_tools(world.client(), [Looking(world=world), LookingLater(world=world, name="fail")], mapping)
    one.invoke({"place": "a"})
    asyncio.run(one.ainvoke({"place": "a"}))
    asyncio.run(other.ainvoke({"place": "a"}))
    one._run("a", 5)
    one._run("a", 5, "b")
    one._run("a", 5, "b", "c")
    assert asked == [
        {"place": "a", "times": 3},
        {"place": "a", "times": 3},
        {"place": "a", "times": 4},
        {"place": "a", "times": 5},
        {"place": "a", "times": 5, "tool_input": "b"},
        {"place": "a", "times": 5, "tool_input": ["b", "c"]},
    ]
    assert [given["times"] for _, given in world.ran] == [given["times"] for given in asked]


def test_function_taken_out(world: World) -> None:
    """The bare functions of a guarded tool, which other frameworks take out of it, ask too."""
    (guarded,) = guard_tools(world.client(), [both(world)])
    assert isinstance(guarded, StructuredTool) and guarded.func is not None and guarded.coroutine is not None
    with pytest.raises(BehalfIDDenied):
        guarded.func("users")
    with pytest.raises(BehalfIDDenied):
        asyncio.run(guarded.coroutine(name="users"))
    with pytest.raises(Exception):
        pickle.dumps(guarded)
    assert world.ran == []


def test_async_client_without_await(world: World) -> None:
    """A tool that is not awaited, with a client that must be, does not run."""
    (guarded,) = guard_tools(world.async_client(), [both(world)])
    with pytest.raises(ToolException, match="AsyncBehalfID"):
        guarded.invoke({"name": "users"})
    assert world.ran == []


class LookInput(BaseModel):
    """What a tool takes."""

    place: str = Field(description="where")
    times: int = 3
    secret: Annotated[str, InjectedToolArg] = "none"


def test_schema_and_injected_arguments(world: World) -> None:
    """Schema, defaults, injected arguments and return_direct are as before; what is injected is not asked about."""
    asked: list[dict[str, Any]] = []

    @tool(args_schema=LookInput, return_direct=True)
    def look(place: str, times: int, secret: str, runtime: ToolRuntime, config: RunnableConfig) -> str:
        """Looks."""
        assert runtime.state["messages"] and config is not None
        return world.record("look", place=place, times=times, secret=secret)

    def mapping(name: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {"action": name}

    (guarded,) = guard_tools(world.client(), [look], mapping)
    assert guarded.args == look.args and guarded.return_direct and guarded.description == look.description
    assert guarded.tool_call_schema.model_json_schema() == look.tool_call_schema.model_json_schema()
    for awaited in (False, True):
        (message,) = converse([guarded], [Call("look", {"place": "/a"})], awaited)
        assert (message.content, message.status) == ("look done", "success")
    assert asked == [{"place": "/a", "times": 3}] * 2
    assert world.ran == [("look", {"place": "/a", "times": 3, "secret": "none"})] * 2


def test_artifact(world: World) -> None:
    """A tool that gives content and artifact gives both, and a refusal needs none."""

    @tool(response_format="content_and_artifact")
    def look(place: str) -> tuple[str, list[int]]:
        """Looks."""
        return world.record("look", place=place), [1, 2]

    @tool(response_format="content_and_artifact")
    def drop_table(name: str) -> tuple[str, list[int]]:
        """Drops a table."""
        return world.record("drop_table", name=name), [1, 2]

    good, bad = converse(
        guard_tools(world.client(), [look, drop_table]),
        [Call("look", {"place": "x"}), Call("drop_table", {"name": "x"})],
    )
    assert (good.content, good.artifact) == ("look done", [1, 2])
    assert (bad.status, bad.artifact) == ("error", None)


def test_own_handling_of_errors(world: World) -> None:
    """What a tool does with its own errors is as before, and hides no refusal."""

    @tool
    def fail(reason: str) -> str:
        """Fails."""
        raise ToolException(f"boom {reason}")

    @tool
    def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    for one in (fail, drop_table):
        one.handle_tool_error = "something went wrong"
    own, refused = converse(
        guard_tools(world.client(), [fail, drop_table]),
        [Call("fail", {"reason": "1"}), Call("drop_table", {"name": "x"})],
    )
    assert (own.content, own.status) == ("something went wrong", "error")
    assert "denied" in str(refused.content) and refused.status == "error"
    (guarded,) = guard_tools(world.client(), [drop_table])
    assert "denied" in guarded.invoke({"name": "x"})


def test_functions_and_what_cannot_be_guarded(world: World) -> None:
    """A plain function becomes a guarded tool; what runs elsewhere, and a row for no tool, are refused."""

    def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    (message,) = converse(guard_tools(world.client(), [drop_table]), [Call("drop_table", {"name": "x"})])
    assert message.status == "error" and world.ran == []
    with pytest.raises(BehalfIDConfigurationError, match="web_search.*cannot be guarded"):
        guard_tools(world.client(), [{"type": "web_search_20250305", "name": "web_search"}])
    with pytest.raises(BehalfIDConfigurationError, match="drop_tabel"):
        guard_tools(world.client(), [drop_table], {"drop_tabel": {"action": "look"}})
    with pytest.raises(BehalfIDConfigurationError, match="BehalfID"):
        guard_tools("bhf_sk_x", [drop_table])
