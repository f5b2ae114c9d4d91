# SPDX-License-Identifier: Apache-2.0
"""What the adapters share: the question about a call of a tool, and what the model reads when it must not run."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import unicodedata
from typing import Any, Callable, Iterable, Mapping, Optional, Union

from .async_client import AsyncBehalfID
from .client import BehalfID
from .errors import BehalfIDApprovalRequired, BehalfIDConfigurationError, BehalfIDDenied, BehalfIDError

Arguments = Mapping[str, Any]
Request = Mapping[str, Any]
Mapped = Union[Request, Callable[[str, dict[str, Any]], Optional[Request]]]

PATH_KEYS = ("filePath", "file_path", "path", "notebook_path", "notebookPath")
COMMAND_KEYS = ("command", "cmd")
PATH_ACTIONS = ("read_file", "write_file")
COMMAND_ACTIONS = ("execute_command",)


# ---- the question ----


def find_text(arguments: Arguments, keys: Iterable[str], strict: bool) -> Optional[str]:
    """The first text that the arguments have under one of the keys.

    `strict`: there are rules about it, so it must be one text: the tool might take another than the rules have seen.
    """
    present = [arguments[key] for key in keys if arguments.get(key) is not None]
    texts = [os.fspath(value) for value in present if isinstance(value, (str, os.PathLike))]
    words = [text for text in texts if isinstance(text, str) and text.strip()]
    if strict and (len(words) != len(present) or len(set(words)) > 1):
        raise BehalfIDConfigurationError("The arguments have more than one path or command, or one that is no text.")
    return words[0] if words else None


def policy_context(action: str, arguments: Arguments, tool_input: Optional[dict[str, Any]] = None) -> dict[str, Any]:
    """What rules about paths and commands look at; `tool_input` is what else they may see."""
    path = find_text(arguments, PATH_KEYS, action in PATH_ACTIONS)
    command = find_text(arguments, COMMAND_KEYS, action in COMMAND_ACTIONS)
    seen = {key: value for key, value in (tool_input or {}).items() if key not in PATH_KEYS + COMMAND_KEYS}
    seen.update({} if path is None else {"filePath": path})
    seen.update({} if command is None else {"command": command})
    place = {} if path is None else {"cwd": os.getcwd(), "home": os.path.expanduser("~")}
    return {"toolInput": seen, **place}


def default_request(tool: str, arguments: Arguments, fields: Request) -> dict[str, Any]:
    """The action is the tool's name; of the arguments only a path and a command are sent. `fields` are the mapping's."""
    action = fields.get("action", tool)
    if "policy_context" in fields:
        return {"action": tool}
    context = policy_context(action, arguments)
    return {"action": tool, **({"policy_context": context} if context["toolInput"] else {})}


def is_request(mapping: Any) -> bool:
    """Is this one request for all tools? Else a dict's keys are names of tools."""
    return isinstance(mapping, Mapping) and isinstance(mapping.get("action"), str)


def check_mapping(mapping: Any, tools: Optional[Iterable[str]]) -> None:
    """A row that belongs to no tool is a mistake in writing, and the tool that it meant would be asked otherwise."""
    if mapping is None or callable(mapping) or is_request(mapping):
        return
    if not isinstance(mapping, Mapping):
        raise BehalfIDConfigurationError("mapping must be a dict, or a function of the tool's name and its input.")
    for name in [] if tools is None else set(mapping) - set(tools):
        raise BehalfIDConfigurationError(f"The mapping has a row for {quoted(str(name))}, which is none of the tools.")


def mapped_fields(mapping: Any, tool: str, arguments: Arguments) -> dict[str, Any]:
    """The request's fields as the mapping has them; none when it says nothing of the tool."""
    if callable(mapping):
        row = mapping(tool, dict(arguments))
    else:
        row = mapping if mapping is None or is_request(mapping) else mapping.get(tool)
        row = row(dict(arguments)) if callable(row) else row
    if row is not None and not isinstance(row, Mapping):
        raise TypeError("the mapping's request is no dict")
    return {key: value(dict(arguments)) if callable(value) else value for key, value in (row or {}).items()}


class ToolGuard:
    """Asks about calls of tools with one client and one mapping.

    `mapping` is a request (a dict whose "action" is a text), requests by tool name, or a function of the tool's name and
    its input. In a dict, a request may be a function of the input, and so may each of its fields. What it leaves out
    is that of `default`. `options` are those of the client's `guard`, such as `approval="wait"`.
    """

    def __init__(
        self,
        behalf: Union[BehalfID, AsyncBehalfID],
        mapping: Optional[Mapped],
        tools: Optional[Iterable[str]],
        default: Callable[[str, Arguments, Request], dict[str, Any]] = default_request,
        **options: Any,
    ) -> None:
        if not isinstance(behalf, (BehalfID, AsyncBehalfID)):
            raise BehalfIDConfigurationError("The first argument must be a BehalfID or an AsyncBehalfID.")
        behalf.guard(action="-", **options)  # an option that is none is an error now, not when a tool is called
        self.is_async = isinstance(behalf, AsyncBehalfID)
        self._behalf: Any = behalf
        self._mapping = mapping
        self._default = default
        self._options = options
        check_mapping(mapping, tools)

    def request(self, tool: str, arguments: Arguments) -> dict[str, Any]:
        """What is asked about this call. A mapping that fails leaves the call undecided."""
        try:
            fields = mapped_fields(self._mapping, tool, arguments)
            default = self._default(tool, arguments, fields)
        except BehalfIDError:
            raise
        except Exception as error:
            raise BehalfIDConfigurationError(f"The request was not made: {type(error).__name__}: {error}") from error
        if "vendor" in fields:  # it would be hidden
            default.pop("resource", None)
        return {key: value for key, value in {**default, **fields}.items() if value is not None}

    def check(self, tool: str, arguments: Arguments) -> None:
        """Returns when this call is allowed. Raises BehalfIDError otherwise."""
        if self.is_async:
            raise BehalfIDConfigurationError(
                "The tool was called without await, and AsyncBehalfID can only be awaited: use BehalfID."
            )
        request = self.request(tool, arguments)

        def allowed() -> None:
            pass

        self._behalf.guard(request=lambda: request, **self._options)(allowed)()

    async def acheck(self, tool: str, arguments: Arguments) -> None:
        """`check` for what is awaited; with a BehalfID it asks in a thread."""
        if not self.is_async:
            await asyncio.to_thread(self.check, tool, arguments)
            return
        request = self.request(tool, arguments)

        async def allowed() -> None:
            pass

        await self._behalf.guard(request=lambda: request, **self._options)(allowed)()


def arguments_of(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by their names, with defaults; those of `**kwargs` among the others."""
    return named_arguments(inspect.signature(function), args, kwargs)


def named_arguments(signature: inspect.Signature, args: Iterable[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Likewise, of a function that has this signature."""
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    named = dict(bound.arguments)
    for parameter in bound.signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            named.update(named.pop(parameter.name))
    return named


def refuse_tool(tool: Any, why: str) -> BehalfIDConfigurationError:
    """The error for a tool that cannot be guarded: nobody would ask before it acts."""
    name = tool.get("name") or tool.get("type") if isinstance(tool, Mapping) else getattr(tool, "name", None)
    shown = name if isinstance(name, str) else type(tool).__name__
    return BehalfIDConfigurationError(f"The tool {quoted(shown)} cannot be guarded: {why}")


def refuse_overrides(tool: Any, entries: Iterable[str], ours: Callable[[Any], bool]) -> None:
    """Refuses a tool that has an entry of the framework's written anew: called that way, it might run before anybody asks.

    `ours` says of a class whether its entries are known to ask.
    """
    for name in entries:
        owner: Any = next((kind for kind in type(tool).__mro__ if name in vars(kind)), None)
        if name in getattr(tool, "__dict__", {}) or (owner is not None and not ours(owner)):
            raise refuse_tool(
                tool, f"it overrides {name}, which would run without asking; write _run or _arun instead."
            )


# ---- what the model reads ----

ELSEWHERE = "Do not try to do the same another way."


def one_line(text: str) -> str:
    """A text on one line, without what reorders or hides text: it cannot pass for another part of a message."""
    return " ".join("".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text).split())


def quoted(name: str) -> str:
    """A name as a JSON string."""
    return json.dumps(one_line(name), ensure_ascii=False)


def refusal_text(tool: str, error: BehalfIDError) -> str:
    """Why the tool was not called, and what to do about it."""
    not_called = f"The tool {quoted(tool)} was not called."
    if not isinstance(error, BehalfIDDenied):
        return (
            f"BehalfID: blocked, because this call could not be decided. Do not act. {not_called}\n"
            f"Reason: {one_line(str(error))}\n{ELSEWHERE} Tell the user what happened."
        )
    facts = f"Reason: {one_line(error.reason)}\nRequest ID: {error.request_id}\n"
    if not isinstance(error, BehalfIDApprovalRequired):
        return f"BehalfID: denied. {not_called}\n{facts}{ELSEWHERE} Tell the user what was denied and why."
    if not error.approval_id:
        return (
            f"BehalfID: approval required, and nobody was asked. {not_called}\n{facts}{ELSEWHERE} Tell the user. A person "
            "may have denied it a moment ago, or too many requests wait."
        )
    return (
        f"APPROVAL REQUIRED. {not_called}\n{facts}Approval ID: {error.approval_id}\n"
        "1. Tell the user that this call needs approval, and name the approval ID. A person must approve it.\n"
        f"2. {ELSEWHERE}\n"
        "3. Once the user says that it is approved, call the tool again with the same arguments."
    )
