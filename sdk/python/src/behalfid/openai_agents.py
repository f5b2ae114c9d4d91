# SPDX-License-Identifier: Apache-2.0
"""Guarded tools for the OpenAI Agents SDK: `guard_tools(behalf, tools)` gives tools that ask before they run."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any, Iterable, Optional

from agents import FunctionTool
from agents.tool_context import ToolContext

from ._tools import Mapped, ToolGuard, refusal_text, refuse_tool
from .errors import BehalfIDConfigurationError, BehalfIDError

__all__ = ["guard_tools"]


def guard_tools(
    behalf: Any, tools: Iterable[FunctionTool], mapping: Optional[Mapped] = None, **options: Any
) -> list[FunctionTool]:
    """Copies of the function tools that ask about each call and run it only when it is allowed.

    A call that is not allowed gives the model a text that says so. Asked is about the arguments as the model wrote them.
    What is not a function tool is refused with BehalfIDConfigurationError: it runs elsewhere, and would ask nobody.
    `mapping` and `options` are described at `ToolGuard`.
    """
    found = [usable(tool) for tool in tools]
    gate = ToolGuard(behalf, mapping, [tool.name for tool in found], **options)
    return [guard_tool(gate, tool) for tool in found]


def usable(tool: Any) -> FunctionTool:
    """The tool, if it is a function tool."""
    if isinstance(tool, FunctionTool):
        return tool
    raise refuse_tool(tool, "it is no function tool; what the provider or another program runs asks nobody.")


def guard_tool(gate: ToolGuard, tool: FunctionTool) -> FunctionTool:
    """One of them."""
    name, invoke = tool.name, tool.on_invoke_tool

    async def guarded(context: ToolContext[Any], arguments: str) -> Any:
        try:
            await gate.acheck(name, parse(arguments))
        except BehalfIDError as error:
            return refusal_text(name, error)
        return await invoke(context, arguments)

    # The framework looks at the annotations to choose the context that it hands over.
    made = copy.copy(tool)
    made.on_invoke_tool = functools.wraps(invoke, updated=())(guarded)
    return made


def parse(arguments: str) -> dict[str, Any]:
    """The arguments that the model wrote."""
    try:
        parsed = json.loads(arguments or "{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BehalfIDConfigurationError("The arguments are no JSON object.")
    return parsed
