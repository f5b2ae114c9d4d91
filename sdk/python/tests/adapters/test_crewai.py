# SPDX-License-Identifier: Apache-2.0
# The frameworks are not there where types are checked.
# mypy: disable-error-code="misc,no-untyped-call"
"""CrewAI: an agent of a crew with a language model that follows a script."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

import pytest
from crewai import Agent, Crew, Task
from crewai.llms.base_llm import BaseLLM
from crewai.tools import BaseTool, tool
from crewai.tools.base_tool import Tool
from crewai.tools.tool_failure import ToolFailure

from behalfid import BehalfIDConfigurationError
from behalfid.crewai import guard_tools
from adapter_rules import AdapterRules
from adapter_world import Call, Seen, World


class Script(BaseLLM):
    """A model that makes the calls of a script, one a turn, natively or in the text, and keeps what it is shown."""

    calls: list[Any] = []
    native: bool = True
    shown: list[str] = []
    turn: int = 0

    def supports_function_calling(self) -> bool:
        return self.native

    def call(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
        self.shown = [json.dumps(message) for message in messages]
        self.turn += 1
        if self.turn > len(self.calls):
            return "Final Answer: done" if not self.native else "done"
        asked = self.calls[self.turn - 1]
        arguments = json.dumps(asked.arguments)
        if not self.native:
            return f"Thought: go on\nAction: {asked.tool}\nAction Input: {arguments}"
        return [
            {"id": f"call_{self.turn}", "type": "function", "function": {"name": asked.tool, "arguments": arguments}}
        ]

    async def acall(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
        return self.call(messages)


def converse(tools: list[Any], calls: list[Call], native: bool = True, awaited: bool = False) -> list[str]:
    """What the model was shown of each call."""
    model = Script(model="scripted", calls=calls, native=native)
    agent = Agent(role="Worker", goal="Work", backstory="Works.", llm=model, tools=tools, max_retry_limit=0)
    task = Task(description="Go", expected_output="done", agent=agent)
    crew = Crew(agents=[agent], tasks=[task], cache=True)
    asyncio.run(crew.akickoff()) if awaited else crew.kickoff()
    if native:
        return [json.loads(text)["content"] for text in model.shown if json.loads(text)["role"] == "tool"]
    found = [text for text in model.shown if "Observation:" in text]
    return [json.loads(text)["content"].split("Observation:", 1)[1] for text in found]


class TestRules(AdapterRules):
    """The rules of all adapters."""

    marks_errors = False
    native = True

    def drive(
        self, behalf: Any, tools: dict[str, Any], calls: list[Call], awaited: bool, mapping: Any = None
    ) -> list[Seen]:
        guarded = guard_tools(behalf, [tool(function) for function in tools.values()], mapping)
        return [Seen(text, None) for text in converse(list(guarded), calls, self.native, awaited)]


@pytest.mark.parametrize("awaited", [False, True])
def test_model_without_function_calling(world: World, awaited: bool) -> None:
    """A model that writes its calls into the text is guarded in the same way."""

    @tool
    def drop_table(name: str) -> str:
        """Drops a table."""
        return world.record("drop_table", name=name)

    @tool
    def buy(shop: str) -> str:
        """Buys a ticket."""
        return world.record("buy", shop=shop)

    guarded = list(guard_tools(world.client(), [drop_table, buy]))
    denied, bought = converse(
        guarded, [Call("drop_table", {"name": "x"}), Call("buy", {"shop": "a"})], native=False, awaited=awaited
    )[-2:]
    assert "BehalfID: denied" in denied and "buy done" in bought
    assert world.ran == [("buy", {"shop": "a"})]
    assert [row["decision"] for row in world.log()] == ["denied", "allowed"]


class Plain(BaseTool):
    """A tool with a class of its own."""

    name: str = "drop_table"
    description: str = "Drops a table."
    world: Any = None

    def _run(self, name: str, times: int = 2) -> str:
        return str(self.world.record("plain", name=name, times=times))


class Twofold(Plain):
    """A tool whose awaited way comes to the other one."""

    async def _arun(self, name: str, times: int = 2) -> str:
        return self._run(name, times)


def make(kind: str, world: World) -> Any:
    """A tool of each kind."""
    if kind == "function":

        @tool("drop_table")
        def drop_table(name: str) -> str:
            """Drops a table."""
            return world.record("function", name=name)

        return drop_table
    return (Plain if kind == "plain" else Twofold)(world=world)


@pytest.mark.parametrize("kind", ["function", "plain", "twofold"])
def test_every_way_is_guarded(world: World, kind: str) -> None:
    """However a denied tool is called, by its copies and conversions too, it does not run; each call asks once."""
    (guarded,) = guard_tools(world.client(), [make(kind, world)])
    copies: list[Any] = [guarded, guarded.model_copy(), copy.copy(guarded)]
    results = [one.run(name="x") for one in copies] + [one._run(name="x") for one in copies]
    results += [one.to_structured_tool().invoke({"name": "x"}) for one in copies]
    if kind == "function":
        results += [one.func(name="x") for one in copies]
        results += [Tool.from_langchain(guarded).run(name="x")]
    if kind == "twofold":
        results += [asyncio.run(one.arun(name="x")) for one in copies]
    assert all(isinstance(result, ToolFailure) and "denied" in result.message for result in results)
    assert world.ran == [] and len(world.log()) == len(results)


@pytest.mark.parametrize("kind", ["function", "plain", "twofold"])
def test_every_kind_runs(world: World, kind: str) -> None:
    """An allowed tool runs once and asks once, with its schema, its defaults and its limit of uses."""
    world.permit("drop_table")
    original = make(kind, world)
    original.max_usage_count = 2
    (guarded,) = guard_tools(world.client(), [original])
    assert guarded.args_schema.model_json_schema() == original.args_schema.model_json_schema()
    assert guarded.description == original.description
    assert guarded.run(name="x") == ("function done" if kind == "function" else "plain done")
    assert len(world.ran) == len(world.log()) == 1
    if kind == "twofold":
        assert asyncio.run(guarded.arun(name="x")) == "plain done"
        assert len(world.ran) == len(world.log()) == 2
        assert "usage limit" in guarded.run(name="x").message


@pytest.mark.parametrize("name", ["run", "arun", "to_structured_tool"])
def test_entries_of_the_users_own(world: World, name: str) -> None:
    """A tool that overrides what CrewAI calls is refused: there it would run without a question."""
    own: Any = type("Own", (Plain,), {name: lambda self, *args, **kwargs: "unasked", "__module__": __name__})
    with pytest.raises(BehalfIDConfigurationError, match=f"drop_table.*overrides {name},"):
        guard_tools(world.client(), [type("Heir", (own,), {"__module__": __name__})(world=world)])
    twice = guard_tools(world.client(), guard_tools(world.client(), [make("plain", world)]))
    assert "denied" in twice[0].run(name="x").message and world.ran == []


def test_restored_tools(world: World) -> None:
    """What CrewAI makes again of a guarded tool's data is guarded by the same tool, or is not made."""
    one, two = guard_tools(world.client(), [Plain(world=None, name="drop_table"), Plain(world=None, name="look")])
    assert one.tool_type != two.tool_type and not one.tool_type.endswith(".Plain")
    from crewai.tools.base_tool import _resolve_tool_dict

    restored = _resolve_tool_dict({"tool_type": one.tool_type, "name": "drop_table", "description": "x"})
    assert "denied" in restored.run(name="x").message
    assert [row["action"] for row in world.log()] == ["drop_table"]


def test_what_cannot_be_guarded(world: World) -> None:
    """What is no tool of CrewAI is refused, and so is a row of the mapping for no tool."""
    with pytest.raises(BehalfIDConfigurationError, match="cannot be guarded"):
        guard_tools(world.client(), [{"type": "web_search", "name": "web_search"}])
    with pytest.raises(BehalfIDConfigurationError, match="drop_tabel"):
        guard_tools(world.client(), [make("plain", world)], {"drop_tabel": {"action": "look"}})
