# SPDX-License-Identifier: Apache-2.0
"""Guarded tools for the tool runner of the Anthropic SDK: `guard_tools(behalf, tools)` gives tools that ask first."""

from __future__ import annotations

import copy
import functools
from typing import Any, Iterable, NoReturn, Optional

from ._frameworks import require

require("anthropic", "anthropic")

import pydantic
from anthropic.lib.tools import (
    BetaAsyncBuiltinFunctionTool,
    BetaAsyncFunctionTool,
    BetaBuiltinFunctionTool,
    BetaFunctionTool,
    ToolError,
)

from ._refusals import refuse_tool
from ._tools import Mapped, ToolGuard, arguments_of, as_method
from .errors import BehalfIDConfigurationError, BehalfIDError

__all__ = ["guard_tools"]

FUNCTIONS = (BetaFunctionTool, BetaAsyncFunctionTool)
BUILTINS = (BetaBuiltinFunctionTool, BetaAsyncBuiltinFunctionTool)
AWAITED = (BetaAsyncFunctionTool, BetaAsyncBuiltinFunctionTool)


def guard_tools(behalf: Any, tools: Iterable[Any], mapping: Optional[Mapped] = None, **options: Any) -> list[Any]:
    """Copies of the tools (made by `beta_tool` or `beta_async_tool`, or built-in ones that run here) that ask about each
    call and run it only when it is allowed.

    A call that is not allowed becomes a tool result with `is_error`. What the provider runs, toolsets, and descriptions
    without a function are refused with BehalfIDConfigurationError. `mapping` and `options` are described at `ToolGuard`.
    """
    found = [usable(tool) for tool in tools]
    gate = ToolGuard(behalf, mapping, [tool.name for tool in found], **options)
    return [guard_tool(gate, tool) for tool in found]


def usable(tool: Any) -> Any:
    """The tool, if it runs here."""
    if isinstance(tool, FUNCTIONS + BUILTINS):
        return tool
    raise refuse_tool(tool, "it has no function here; a tool that the provider runs, or a toolset, asks nobody.")


def guard_tool(gate: ToolGuard, tool: Any) -> Any:
    """One of them. The original is what runs inside; the copy's class holds it, so that copies of the copy ask too."""
    if gate.is_async and not isinstance(tool, AWAITED):
        raise BehalfIDConfigurationError("A tool that is not awaited takes a BehalfID, not an AsyncBehalfID.")
    made = copy.copy(tool)
    made.__class__ = guarded_class(gate, tool)
    if isinstance(tool, FUNCTIONS):
        made.func = guard_function(gate, tool)
        made._func_with_validate = pydantic.validate_call(made.func)
    return made


def guard_function(gate: ToolGuard, tool: Any) -> Any:
    """The tool's function: what calls it has checked the arguments, so what is asked about is what it gets."""
    shown = functools.partial(arguments_of, tool.func)
    return functools.wraps(tool.func)(gate.of_its_kind(tool.name, tool.func, shown, refuse))


def refuse(text: str, error: BehalfIDError) -> NoReturn:
    """A refusal as the framework tells a tool's error."""
    raise ToolError(text) from error


def guarded_class(gate: ToolGuard, tool: Any) -> Any:
    """The tool's class. Of a function tool `call` comes to the guarded function; of another it is guarded itself."""
    kind = type(tool)
    # What the tool opened when it was first called is closed through it.
    members: dict[str, Any] = {"_context_manager": property(lambda self: getattr(tool, "_context_manager", None))}
    if kind.call not in (BetaFunctionTool.call, BetaAsyncFunctionTool.call):
        guard = gate.aguarded if isinstance(tool, AWAITED) else gate.guarded
        call = guard(tool.name, tool.call, lambda args, kwargs: input_of(*args, **kwargs), refuse)
        members["call"] = as_method(call, kind.call)
    metaclass: Any = type(kind)
    return metaclass(f"Guarded{kind.__name__}", (kind,), {**members, "__module__": __name__})


def input_of(input: object) -> dict[str, Any]:
    """The arguments that the model wrote."""
    if not isinstance(input, dict):
        raise BehalfIDConfigurationError("The arguments are no JSON object.")
    return input
