# SPDX-License-Identifier: Apache-2.0
"""Guarded tools for the OpenAI Agents SDK: `guard_tools(behalf, tools)` gives tools that ask before they run."""

from __future__ import annotations

import copy
import functools
import inspect
import json
from typing import Any, Callable, Iterable, Optional

from ._frameworks import require

require("agents", "openai-agents")

from agents import FunctionTool, RunContextWrapper
from agents.function_schema import FuncSchema, function_schema
from agents.tool_context import ToolContext
from agents.util._approvals import evaluate_function_tool_approval

from ._refusals import refusal_text, refuse_tool
from ._tools import Mapped, ToolGuard, named_arguments
from .errors import BehalfIDConfigurationError, BehalfIDError

__all__ = ["guard_tools"]


def guard_tools(
    behalf: Any, tools: Iterable[FunctionTool], mapping: Optional[Mapped] = None, **options: Any
) -> list[FunctionTool]:
    """Copies of the function tools that ask about each call and run it only when it is allowed.

    A call that is not allowed gives the model a text that says so. Of a tool made by `function_tool` the question is
    about the arguments that its function gets, converted and with defaults; of another (an agent that is a tool, a
    FunctionTool with an invoker of its own) about what the model wrote: nobody else knows what becomes of it.
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
    name, invoke, read = tool.name, tool.on_invoke_tool, reader_of(tool)

    async def guarded(context: ToolContext[Any], arguments: str) -> Any:
        try:
            await gate.acheck(name, read(arguments))
        except BehalfIDError as error:
            return refusal_text(name, error)
        return await invoke(context, arguments)

    # The framework looks at the annotations to choose the context that it hands over.
    made = copy.copy(tool)
    made.on_invoke_tool = functools.wraps(invoke, updated=())(guarded)
    if callable(tool.needs_approval):
        made.needs_approval = approval_of(tool)
    return made


def approval_of(tool: FunctionTool) -> Callable[..., Any]:
    """The tool's own question for an approval. The framework puts it only when it knows that the invoker runs what the
    model wrote, and that can be seen of the original alone.
    """
    original = copy.copy(tool)

    async def needs_approval(context: RunContextWrapper[Any], params: dict[str, Any], call_id: str) -> bool:
        found = await evaluate_function_tool_approval(original, context, json.dumps(params), call_id)
        return bool(found.outcome != "invoke")

    return needs_approval


def reader_of(tool: FunctionTool) -> Callable[[str], dict[str, Any]]:
    """Reads a call's arguments as the tool does: with the types and the defaults of its function, where it has one."""
    function = getattr(tool, "__wrapped__", None)
    if function is None:
        return parse
    plain = function if inspect.isroutine(function) or inspect.isclass(function) else function.__call__
    try:
        schema = function_schema(plain, name_override=tool.name, use_docstring_info=False, strict_json_schema=False)
    except Exception as error:
        raise refuse_tool(tool, f"its arguments cannot be read: {type(error).__name__}: {error}") from error
    return functools.partial(converted, schema)


def converted(schema: FuncSchema, arguments: str) -> dict[str, Any]:
    """The arguments by name, as the function gets them, without the context."""
    written = parse(arguments)
    try:
        args, kwargs = schema.to_call_args(schema.params_pydantic_model(**written))
    except Exception as error:
        raise BehalfIDConfigurationError(f"The arguments do not fit the tool: {error}") from error
    if not schema.takes_context:
        return named_arguments(schema.signature, args, kwargs)
    named = named_arguments(schema.signature, [None, *args], kwargs)
    named.pop(next(iter(schema.signature.parameters)))
    return named


def parse(arguments: str) -> dict[str, Any]:
    """The arguments that the model wrote."""
    try:
        parsed = json.loads(arguments or "{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BehalfIDConfigurationError("The arguments are no JSON object.")
    return parsed
