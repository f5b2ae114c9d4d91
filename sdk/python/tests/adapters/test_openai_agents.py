# SPDX-License-Identifier: Apache-2.0
# The frameworks are not there where types are checked.
# mypy: disable-error-code="misc,no-untyped-call"
"""The OpenAI Agents SDK: a runner with the SDK's own scripted model."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import inspect
import json
from typing import Any

import pytest
from agents import Agent, FunctionTool, Runner, RunContextWrapper, WebSearchTool, function_tool
from agents.items import ToolCallOutputItem
from agents.testing import ScriptedModel, assistant_message, function_call
from agents.tool_context import ToolContext
from pydantic import BaseModel

from behalfid import BehalfIDConfigurationError
from behalfid.openai_agents import guard_tools
from adapter_rules import AdapterRules
from adapter_world import Call, Seen, World


def converse(tools: list[Any], calls: list[Call], awaited: bool = True, context: Any = None) -> Any:
    """A run in which the model makes the calls, one a turn."""
    steps = [[function_call(call.tool, call.arguments, call_id=f"call_{number}")] for number, call in enumerate(calls)]
    model = ScriptedModel([*steps, [assistant_message("done")]])
    agent = Agent(name="Agent", model=model, tools=tools)
    if awaited:
        return asyncio.run(Runner.run(agent, "go", context=context))
    return Runner.run_sync(agent, "go", context=context)


def outputs(result: Any) -> list[str]:
    """What the model was shown."""
    return [str(item.output) for item in result.new_items if isinstance(item, ToolCallOutputItem)]


class TestRules(AdapterRules):
    """The rules of all adapters."""

    marks_errors = False
    own_error = "An error occurred while running the tool"

    def drive(
        self, behalf: Any, tools: dict[str, Any], calls: list[Call], awaited: bool, mapping: Any = None
    ) -> list[Seen]:
        guarded = guard_tools(behalf, [function_tool(function) for function in tools.values()], mapping)
        return [Seen(text, None) for text in outputs(converse(guarded, calls, awaited))]


def drop_table_tool(world: World) -> FunctionTool:
    """A tool that may not run."""

    def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    return function_tool(drop_table)


def invoke(tool: FunctionTool, arguments: str) -> Any:
    """The tool as the framework calls it."""
    context: Any = ToolContext(context=None, tool_name=tool.name, tool_call_id="1", tool_arguments=arguments)
    return asyncio.run(tool.on_invoke_tool(context, arguments))


def test_copies_are_guarded(world: World) -> None:
    """Copies of a guarded tool, in the ways in which the framework makes them, ask too; its function is not to be had."""
    (guarded,) = guard_tools(world.client(), [drop_table_tool(world)])
    for one in (guarded, copy.copy(guarded), dataclasses.replace(guarded), dataclasses.replace(guarded, name="other")):
        assert "denied" in invoke(one, '{"name": "users"}')
        with pytest.raises(AttributeError):
            one.__wrapped__
    assert world.ran == [] and len(world.log()) == 4


def test_handed_through_agents(world: World) -> None:
    """A guarded tool asks in a copy of an agent, and in an agent that is another agent's tool."""
    (guarded,) = guard_tools(world.client(), [drop_table_tool(world)])
    call = function_call("drop_table", {"name": "users"}, call_id="1")
    inner = Agent(name="Inner", model=ScriptedModel([[call], [assistant_message("inner done")]]), tools=[guarded])
    model = ScriptedModel([[function_call("ask_inner", {"input": "go"}, call_id="2")], [assistant_message("done")]])
    outer = Agent(name="Outer", model=model, tools=[inner.clone().as_tool("ask_inner", "Asks the other agent.")])
    asyncio.run(Runner.run(outer, "go"))
    assert world.ran == [] and [row["decision"] for row in world.log()] == ["denied"]


def test_agent_as_a_tool(world: World) -> None:
    """An agent that is a tool is asked about like any other, and does not start when it is denied."""
    inner = Agent(name="Inner", model=ScriptedModel([]))
    guarded = guard_tools(world.client(), [inner.as_tool("ask_inner", "Asks the other agent.")])
    (text,) = outputs(converse(list(guarded), [Call("ask_inner", {"input": "go"})]))
    assert "denied" in text


def test_what_the_tool_was(world: World) -> None:
    """Schema, description, guardrails and context of a tool are as before; the next test is about its approval."""

    @function_tool(strict_mode=False, timeout=5, needs_approval=lambda context, given, call_id: False)
    async def look(context: RunContextWrapper[str], place: str = "here") -> str:
        """Looks."""
        assert context.context == "mine"
        return world.record("look", place=place)

    (guarded,) = guard_tools(world.client(), [look])
    for field in dataclasses.fields(look):
        if field.name not in ("on_invoke_tool", "needs_approval"):
            assert getattr(guarded, field.name) == getattr(look, field.name), field.name
    assert outputs(converse([guarded], [Call("look", {"place": "here"})], context="mine")) == ["look done"]
    assert world.ran == [("look", {"place": "here"})]


APPROVALS = [("{}", True), ('{"amount": 900}', True), ('{"amount": 90}', True), ('{"amount": 90.0}', False)]


@pytest.mark.parametrize(("arguments", "held"), APPROVALS)
def test_own_approval(world: World, arguments: str, held: bool) -> None:
    """The tool's own question for an approval is as strict as without the guard: also where a default or a conversion
    would change the arguments that it looks at."""
    world.permit("pay")

    async def over_100(context: Any, given: dict[str, Any], call_id: str) -> bool:
        return given.get("amount", 0.0) > 100

    @function_tool(strict_mode=False, needs_approval=over_100)
    def pay(amount: float = 900.0) -> str:
        """Pays."""
        return world.record("pay", amount=amount)

    @function_tool(needs_approval=True)
    def always(amount: float) -> str:
        """Pays."""
        return world.record("always", amount=amount)

    (guarded,) = guard_tools(world.client(), [pay])
    for tool in (pay, guarded, dataclasses.replace(guarded)):
        world.ran.clear()
        steps = [[function_call("pay", json.loads(arguments), call_id="1")], [assistant_message("done")]]
        result = asyncio.run(Runner.run(Agent(name="Agent", model=ScriptedModel(steps), tools=[tool]), "go"))
        assert len(result.interruptions) == held
        assert world.ran == ([] if held else [("pay", {"amount": 90.0})])
    (kept,) = guard_tools(world.client(), [always])
    assert kept.needs_approval is True


class Basket(BaseModel):
    """What a tool takes."""

    price: float
    count: int = 2


def test_what_is_asked_is_what_runs(world: World) -> None:
    """Defaults and conversions are in the question; of an invoker of the user's it is what the model wrote."""
    asked: list[dict[str, Any]] = []

    def mapping(name: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {"action": "look"}

    class Caller:
        """A tool that is an object."""

        def __call__(self, shop: str = "evil") -> str:
            """Looks."""
            return world.record("caller", shop=shop)

    @function_tool(strict_mode=False)
    def plain(shop: str = "evil", price: float = 900) -> str:
        """Looks."""
        return world.record("plain", shop=shop, price=price)

    @function_tool(strict_mode=False)
    def more(context: RunContextWrapper[Any], basket: Basket, /, *rest: int, note: str = "n", **others: int) -> str:
        """Looks."""
        return world.record("more", basket=basket, rest=rest, note=note, **others)

    async def run(context: Any, arguments: str) -> str:
        return world.record("own", **json.loads(arguments))

    own = FunctionTool("own", "Looks.", {"type": "object", "properties": {}}, run, strict_json_schema=False)
    caller = function_tool(name_override="caller", strict_mode=False)(Caller())
    tools = {tool.name: tool for tool in guard_tools(world.client(), [plain, more, own, caller], mapping)}
    for tool, arguments in {
        "plain": '{"price": "7"}',
        "more": '{"basket": {"price": "3"}, "rest": ["4"], "others": {"a": "5"}}',
        "own": '{"price": "7"}',
        "caller": "{}",
    }.items():
        assert invoke(tools[tool], arguments) == f"{tool} done"
    assert asked[0] == {"shop": "evil", "price": 7.0} and asked[2:] == [{"price": "7"}, {"shop": "evil"}]
    assert asked[1] == {"basket": Basket(price=3), "rest": (4,), "note": "n", "a": 5}
    assert [given for _, given in world.ran] == asked
    assert "do not fit" in invoke(tools["plain"], '{"price": "much"}') and len(world.ran) == len(world.log()) == 4


def test_context_type(world: World) -> None:
    """A tool that declares the plain context still gets it, and not the richer one."""
    got: list[type] = []

    async def run(context: RunContextWrapper[Any], arguments: str) -> str:
        got.append(type(context))
        return world.record("look", **json.loads(arguments))

    look = FunctionTool("look", "Looks.", {"type": "object", "properties": {}}, run, strict_json_schema=False)
    (guarded,) = guard_tools(world.client(), [look])
    assert inspect.signature(guarded.on_invoke_tool) == inspect.signature(run)
    for tool in (look, guarded):
        assert outputs(converse([tool], [Call("look", {"a": 1})])) == ["look done"]
    assert got == [got[0], got[0]] and got[0] is not ToolContext


@pytest.mark.parametrize("arguments", ["[]", '"x"', "nonsense", '{"name": "a"'])
def test_arguments_that_are_none(world: World, arguments: str) -> None:
    """What is no JSON object is not asked about and does not run."""
    world.permit("drop_table")
    (guarded,) = guard_tools(world.client(), [drop_table_tool(world)])
    assert "could not be decided" in invoke(guarded, arguments)
    assert (world.ran, world.log()) == ([], [])


def test_what_cannot_be_guarded(world: World) -> None:
    """A tool that the provider runs is refused, and so is a row of the mapping for no tool."""
    with pytest.raises(BehalfIDConfigurationError, match="web_search.*cannot be guarded"):
        guard_tools(world.client(), [WebSearchTool()])
    with pytest.raises(BehalfIDConfigurationError, match="drop_tabel"):
        guard_tools(world.client(), [drop_table_tool(world)], {"drop_tabel": {"action": "look"}})
