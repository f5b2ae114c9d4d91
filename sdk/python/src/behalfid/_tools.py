# SPDX-License-Identifier: Apache-2.0
"""What the adapters share: the question about a call of a tool."""

from __future__ import annotations

import functools
import inspect
import os
import threading
from typing import Any, Callable, Iterable, Mapping, Optional, Union

from ._refusals import quoted, refusal_text
from ._threads import in_thread
from .async_client import AsyncBehalfID
from .client import BehalfID
from .decisions import Question
from .decorator import NAMES, Plan, plan
from .errors import BehalfIDConfigurationError, BehalfIDError
from .received import Received

Arguments = Mapping[str, Any]
Request = Mapping[str, Any]
Mapped = Union[Request, Callable[[str, dict[str, Any]], Optional[Request]]]
Shown = Callable[[tuple[Any, ...], Mapping[str, Any]], Arguments]
Refused = Callable[[str, BehalfIDError], Any]

PATH_KEYS = ("filePath", "file_path", "path", "notebook_path", "notebookPath")
COMMAND_KEYS = ("command", "cmd")
PATH_ACTIONS = ("read_file", "write_file")
COMMAND_ACTIONS = ("execute_command",)


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


def check_fields(row: Mapping[str, Any]) -> None:
    """A request has the fields of one, and no other."""
    for name in row:
        if name not in NAMES:
            raise BehalfIDConfigurationError(f"The mapping has {quoted(str(name))}, which is no field of a request.")


def check_mapping(mapping: Any, tools: Optional[Iterable[str]]) -> None:
    """A row that belongs to no tool is a mistake in writing, and the tool that it meant would be asked otherwise."""
    if mapping is None or callable(mapping):
        return
    if not isinstance(mapping, Mapping):
        raise BehalfIDConfigurationError("mapping must be a dict, or a function of the tool's name and its input.")
    if is_request(mapping):
        check_fields(mapping)
        return
    known = None if tools is None else set(tools)
    for name, row in mapping.items():
        if name in NAMES and (name not in known if known is not None else not isinstance(row, Mapping)):
            raise BehalfIDConfigurationError(
                f"The mapping has {quoted(name)} among names of tools; one request for all has an action that is a text."
            )
        if known is not None and name not in known:
            raise BehalfIDConfigurationError(
                f"The mapping has a row for {quoted(str(name))}, which is none of the tools."
            )
        if isinstance(row, Mapping):
            check_fields(row)
        elif row is not None and not callable(row):
            raise BehalfIDConfigurationError(f"The mapping's row for {quoted(str(name))} is no dict and no function.")


def mapped_fields(mapping: Any, tool: str, arguments: Arguments) -> dict[str, Any]:
    """The request's fields as the mapping has them; none when it says nothing of the tool. None is as left out."""
    if callable(mapping):
        row = mapping(tool, dict(arguments))
    else:
        row = mapping if mapping is None or is_request(mapping) else mapping.get(tool)
        row = row(dict(arguments)) if callable(row) else row
    if row is not None and not isinstance(row, Mapping):
        raise TypeError("the mapping's request is no dict")
    fields = {key: value(dict(arguments)) if callable(value) else value for key, value in (row or {}).items()}
    return {key: value for key, value in fields.items() if value is not None}


class ToolGuard:
    """Asks about calls of tools with one client and one mapping.

    `mapping` is a request (a dict whose "action" is a text), requests by tool name, or a function of the tool's name
    and its input. In a dict, a request may be a function of the input, and so may each of its fields, apart from the
    "action" of one request for all tools. What it leaves out, or has as None, is that of `default`. `options` are those
    of the client's `guard`, such as `approval="wait"`.
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
        self._patience = plan(action="-", **options).patience  # an option that is none is an error now
        self.is_async = isinstance(behalf, AsyncBehalfID)
        self._behalf: Any = behalf
        self._mapping = mapping
        self._default = default
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
        return {**default, **fields}

    def check(self, tool: str, arguments: Arguments) -> None:
        """Returns when this call is allowed. Raises BehalfIDError otherwise."""
        if self.is_async:
            raise BehalfIDConfigurationError(
                "The tool was called without await, and AsyncBehalfID can only be awaited: use BehalfID."
            )
        self._ask(tool, arguments)

    async def acheck(self, tool: str, arguments: Arguments) -> None:
        """`check` for what is awaited; with a BehalfID it asks in a thread, which asks no more once this is cancelled."""
        if not self.is_async:
            await in_thread(lambda stop: self._ask(tool, arguments, stop))
            return
        await self._behalf._permit(self._question(tool, arguments), self._patience)

    def guarded(self, tool: str, function: Callable[..., Any], shown: Shown, refused: Refused) -> Callable[..., Any]:
        """The function, which asks first: about what `shown` makes of the arguments. `refused` gets the text for the
        model and the error, and says what becomes of a call that is not allowed: it returns that, or raises.
        """

        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                self.check(tool, shown(args, kwargs))
            except BehalfIDError as error:
                return refused(refusal_text(tool, error), error)
            return function(*args, **kwargs)

        return run

    def aguarded(self, tool: str, function: Callable[..., Any], shown: Shown, refused: Refused) -> Callable[..., Any]:
        """`guarded` for what is awaited."""

        async def run(*args: Any, **kwargs: Any) -> Any:
            try:
                await self.acheck(tool, shown(args, kwargs))
            except BehalfIDError as error:
                return refused(refusal_text(tool, error), error)
            return await function(*args, **kwargs)

        return run

    def of_its_kind(
        self, tool: str, function: Callable[..., Any], shown: Shown, refused: Refused
    ) -> Callable[..., Any]:
        """`aguarded` for an async function, else `guarded`."""
        guard = self.aguarded if inspect.iscoroutinefunction(function) else self.guarded
        return guard(tool, function, shown, refused)

    def _question(self, tool: str, arguments: Arguments) -> Question:
        return Plan(self.request(tool, arguments)).question(Received())

    def _ask(self, tool: str, arguments: Arguments, stop: Optional[threading.Event] = None) -> None:
        self._behalf._permit(self._question(tool, arguments), self._patience, stop)


def as_method(function: Callable[..., Any], like: Any) -> Callable[..., Any]:
    """A method that calls the function without the object, with the name and the signature of `like`."""

    @functools.wraps(like)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    @functools.wraps(like)
    async def async_method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    return async_method if inspect.iscoroutinefunction(function) else method


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
