# SPDX-License-Identifier: Apache-2.0
"""Guarded tools for LangChain: `guard_tools(behalf, tools)` gives tools that ask before they run."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Iterable, NoReturn, Optional, Union

from ._frameworks import require

require("langchain_core", "langchain-core")

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, ToolException
from langchain_core.tools import tool as make_tool
from langchain_core.tools.base import _get_runnable_config_param as config_parameter

from ._refusals import refuse_overrides, refuse_tool
from ._tools import Mapped, ToolGuard, arguments_of, as_method
from .errors import BehalfIDError

__all__ = ["guard_tools"]

# What the framework and its users call. All of it comes to `_run` or `_arun`, as long as nobody has written it anew.
ENTRIES = (
    *("__call__", "invoke", "ainvoke", "run", "arun", "batch", "abatch", "batch_as_completed", "abatch_as_completed"),
    *("stream", "astream", "transform", "atransform", "astream_log", "astream_events", "_parse_input"),
    *("_to_args_and_kwargs", "model_copy", "__copy__", "__deepcopy__"),
)


class Refused(Exception):
    """A call that must not run, on its way through the framework's own handling of errors."""


def guard_tools(
    behalf: Any, tools: Iterable[Union[BaseTool, Callable[..., Any]]], mapping: Optional[Mapped] = None, **options: Any
) -> list[BaseTool]:
    """Copies of the tools that ask about each call, whichever way it comes, and run it only when it is allowed.

    A call that is not allowed gives a ToolMessage with status "error"; without a tool call's id it raises
    ToolException, unless the tool handles those. A tool whose class overrides what the framework calls, such as `invoke`
    or `run`, is refused with BehalfIDConfigurationError. `mapping` and `options` are described at `ToolGuard`.
    """
    found = [usable(tool) for tool in tools]
    gate = ToolGuard(behalf, mapping, [tool.name for tool in found], **options)
    return [guard_tool(gate, tool) for tool in found]


def usable(tool: Any) -> BaseTool:
    """The tool, or one made of a function."""
    if isinstance(tool, BaseTool):
        refuse_overrides(tool, ENTRIES, is_known)
        return tool
    if isinstance(tool, dict) or not callable(tool):
        raise refuse_tool(tool, "it has no function here; a tool that the provider runs asks nobody.")
    made: BaseTool = make_tool(tool)
    return made


def is_known(kind: Any) -> bool:
    """Is this class the framework's or a guarded one?"""
    return kind.__module__.split(".")[0] in ("langchain_core", "pydantic") or kind.__module__ == __name__


def guard_tool(gate: ToolGuard, tool: BaseTool) -> BaseTool:
    """One of them. The original is what runs inside; the copy's class holds it, so that copies of the copy ask too."""
    functions = {name: getattr(tool, name, None) for name in ("func", "coroutine")}
    changed = {name: guard_function(gate, tool, value) for name, value in functions.items() if callable(value)}
    guarded = tool.model_copy(update=changed)
    guarded.__class__ = guarded_class(gate, tool)
    return guarded


def shown_arguments(tool: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments by name, with defaults, without those that the framework puts in, which may be anything.

    What only has a position is `tool_input`, as the framework calls it.
    """
    named = arguments_of(function, args, kwargs)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            others = named.pop(parameter.name)
            named.update({"tool_input": others[0] if len(others) == 1 else list(others)} if others else {})
    shown: dict[str, Any] = tool._filter_injected_args(named)
    shown.pop(config_parameter(function) or "", None)
    return shown


def guard_function(gate: ToolGuard, tool: Any, function: Any) -> Callable[..., Any]:
    """The tool's bare function, which others may take out of it and call. It raises what the client raises."""

    def refuse(text: str, error: BehalfIDError) -> NoReturn:
        raise error

    shown = functools.partial(shown_arguments, tool, function)
    return functools.wraps(function)(gate.of_its_kind(tool.name, function, shown, refuse))


def refuse(text: str, error: BehalfIDError) -> NoReturn:
    """To where the framework has seen to everything else."""
    raise Refused(text) from error


def guarded_class(gate: ToolGuard, tool: Any) -> Any:
    """The tool's class with both ways to run it guarded."""
    kind = type(tool)
    awaited = "_run" if kind._arun is BaseTool._arun else "_arun"  # whose parameters the framework looks at
    shown = functools.partial(shown_arguments, tool, tool._run)
    awaited_shown = functools.partial(shown_arguments, tool, getattr(tool, awaited))
    _run = as_method(gate.guarded(tool.name, tool._run, shown, refuse), kind._run)
    _arun = as_method(gate.aguarded(tool.name, tool._arun, awaited_shown, refuse), getattr(kind, awaited))

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return kind.run(self, *args, **kwargs)
        except Refused as refused:
            return answer(self, refused, kwargs.get("tool_call_id"))

    async def arun(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await kind.arun(self, *args, **kwargs)
        except Refused as refused:
            return answer(self, refused, kwargs.get("tool_call_id"))

    members = {"_run": _run, "_arun": _arun, "run": run, "arun": arun, "__module__": __name__}
    metaclass: Any = type(kind)
    return metaclass(f"Guarded{kind.__name__}", (kind,), members)


def answer(tool: Any, refused: Refused, tool_call_id: Optional[str]) -> Any:
    """A refusal as the framework shows a tool's error to its model."""
    text = str(refused)
    if tool_call_id is not None:
        return ToolMessage(content=text, tool_call_id=tool_call_id, name=tool.name, status="error")
    if tool.handle_tool_error:
        return text
    raise ToolException(text) from refused.__cause__
