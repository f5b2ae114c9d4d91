# SPDX-License-Identifier: Apache-2.0
"""Guarded tools for CrewAI: `guard_tools(behalf, tools)` gives tools that ask before they run."""

from __future__ import annotations

import functools
import itertools
from typing import Any, Callable, Iterable, Optional

from ._frameworks import require

require("crewai", "crewai")

from crewai.tools import BaseTool
from crewai.tools.base_tool import Tool
from crewai.tools.tool_failure import ToolFailure

from ._refusals import refuse_overrides, refuse_tool
from ._tools import Mapped, ToolGuard, arguments_of, as_method

__all__ = ["guard_tools"]

# What the framework and its users call. All of it comes to `_run`, `_arun` or `func`, unless it is written anew.
ENTRIES = ("__call__", "run", "arun", "to_structured_tool", "model_copy", "__copy__", "__deepcopy__")
COUNTER = itertools.count(1)


def guard_tools(
    behalf: Any, tools: Iterable[BaseTool], mapping: Optional[Mapped] = None, **options: Any
) -> list[BaseTool]:
    """Copies of the tools that ask about each call, whichever way it comes, and run it only when it is allowed.

    A call that is not allowed gives a ToolFailure, which the agent's policy about failures treats like any other. Results
    are not cached: each call asks. What CrewAI adds by itself (delegation, memory, `mcps`, `apps`) is not guarded. A tool
    whose class overrides `run` or `arun` is refused with BehalfIDConfigurationError. `mapping` and `options` are described
    at `ToolGuard`.
    """
    found = [usable(tool) for tool in tools]
    gate = ToolGuard(behalf, mapping, [tool.name for tool in found], **options)
    return [guard_tool(gate, tool) for tool in found]


def never_cache(arguments: Any = None, result: Any = None) -> bool:
    """A result that is kept would be given again without asking, and a refusal after the approval."""
    return False


def usable(tool: Any) -> BaseTool:
    """The tool, if it is one."""
    if isinstance(tool, BaseTool):
        refuse_overrides(tool, ENTRIES, is_known)
        return tool
    raise refuse_tool(tool, "it is no tool of CrewAI that runs here.")


def is_known(kind: Any) -> bool:
    """Is this class the framework's or a guarded one?"""
    return kind in (BaseTool, Tool) or kind.__module__.split(".")[0] == "pydantic" or kind.__module__ == __name__


def guard_tool(gate: ToolGuard, tool: BaseTool) -> BaseTool:
    """One of them. The original is what runs inside; the copy's class holds it, so that copies of the copy ask too."""
    changed: dict[str, Any] = {"cache_function": never_cache}
    if isinstance(tool, Tool):
        changed["func"] = functools.wraps(tool.func)(guard_call(gate, tool, tool.func))
    guarded: BaseTool = tool.model_copy(update=changed)
    guarded.__class__ = guarded_class(gate, tool)
    return guarded


def guard_call(gate: ToolGuard, tool: Any, function: Any) -> Callable[..., Any]:
    """A function that asks first; a refusal is a failure of the tool's."""
    shown = functools.partial(arguments_of, function)
    return gate.of_its_kind(tool.name, function, shown, lambda text, error: ToolFailure(message=text))


def guarded_class(gate: ToolGuard, tool: Any) -> Any:
    """The tool's class with both ways to run it guarded. Those of a `Tool` come to its function, which is."""
    kind = type(tool)
    number = next(COUNTER)  # CrewAI finds a tool's class by its name: one that were shared would lead to another tool
    name = f"Guarded{kind.__name__}{number}"
    members: dict[str, Any] = {"__module__": __name__, "__qualname__": name}
    if kind._run is not Tool._run:
        members["_run"] = as_method(guard_call(gate, tool, tool._run), kind._run)
    if kind._arun is not Tool._arun and kind._arun is not BaseTool._arun:
        members["_arun"] = as_method(guard_call(gate, tool, tool._arun), kind._arun)
    metaclass: Any = type(kind)
    return metaclass(name, (kind,), members)
