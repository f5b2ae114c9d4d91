# SPDX-License-Identifier: Apache-2.0
"""Guarded tools for CrewAI: `guard_tools(behalf, tools)` gives tools that ask before they run."""

from __future__ import annotations

import functools
import inspect
import itertools
from typing import Any, Callable, Iterable, Optional

from ._frameworks import require

require("crewai", "crewai")

from crewai.tools import BaseTool
from crewai.tools.base_tool import Tool
from crewai.tools.tool_failure import ToolFailure

from ._refusals import refusal_text, refuse_overrides, refuse_tool
from ._tools import Mapped, ToolGuard, arguments_of
from .errors import BehalfIDError

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
        changed["func"] = guard_call(gate, tool.name, tool.func, tool.func)
    guarded: BaseTool = tool.model_copy(update=changed)
    guarded.__class__ = guarded_class(gate, tool)
    return guarded


def guard_call(gate: ToolGuard, name: str, function: Any, like: Any) -> Callable[..., Any]:
    """A function that asks first, with the signature of `like`."""

    @functools.wraps(like)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            gate.check(name, arguments_of(function, args, kwargs))
        except BehalfIDError as error:
            return ToolFailure(message=refusal_text(name, error))
        return function(*args, **kwargs)

    @functools.wraps(like)
    async def arun(*args: Any, **kwargs: Any) -> Any:
        try:
            await gate.acheck(name, arguments_of(function, args, kwargs))
        except BehalfIDError as error:
            return ToolFailure(message=refusal_text(name, error))
        return await function(*args, **kwargs)

    return arun if inspect.iscoroutinefunction(function) else run


def guarded_class(gate: ToolGuard, tool: Any) -> Any:
    """The tool's class with both ways to run it guarded. Those of a `Tool` come to its function, which is."""
    kind = type(tool)
    number = next(COUNTER)  # CrewAI finds a tool's class by its name: one that were shared would lead to another tool
    name = f"Guarded{kind.__name__}{number}"
    members: dict[str, Any] = {"__module__": __name__, "__qualname__": name}
    if kind._run is not Tool._run:
        run = guard_call(gate, tool.name, tool._run, kind._run)
        members["_run"] = functools.wraps(kind._run)(without_self(run))
    if kind._arun is not Tool._arun and kind._arun is not BaseTool._arun:
        arun = guard_call(gate, tool.name, tool._arun, kind._arun)
        members["_arun"] = functools.wraps(kind._arun)(without_self(arun))
    metaclass: Any = type(kind)
    return metaclass(name, (kind,), members)


def without_self(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method from a function."""

    def sync_method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    async def async_method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    return async_method if inspect.iscoroutinefunction(function) else sync_method
