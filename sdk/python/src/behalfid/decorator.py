# SPDX-License-Identifier: Apache-2.0
"""The decorator: a function that cannot run without an allow for its very arguments."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Literal, Mapping, Optional, Protocol, TypeVar, Union

from .decisions import Question
from .errors import BehalfIDApprovalRequired, BehalfIDConfigurationError
from .guarding import Patience
from .models import Decision
from .received import Received, received, signature_of

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")
V = TypeVar("V")
FromArguments = Union[V, Callable[..., Any], None]
RequestFields = Mapping[str, Any]
NAMES = frozenset(one.name for one in fields(Question))

if TYPE_CHECKING:

    class Decorator(Protocol):
        """Takes a function, gives one of the same type."""

        def __call__(self, function: Callable[P, T], /) -> Callable[P, T]:
            ...


@dataclass(frozen=True)
class Plan:
    """What a guard asks, made from the arguments of a call, and what it does when a person must approve."""

    request: Union[RequestFields, Callable[..., Any], None]
    fields: Mapping[str, Any] = field(default_factory=dict)
    patience: Patience = Patience()

    def question(self, call: Received) -> Question:
        """The question for a call with these arguments. What the user's functions raise passes through."""
        if self.request is None:
            return Question(**{name: call.give(value) for name, value in self.fields.items()})
        request = call.give(self.request)
        if not isinstance(request, Mapping):
            raise BehalfIDConfigurationError("request must be a mapping, or a function that returns one.")
        unknown = [str(name) for name in request if name not in NAMES]
        if unknown or "action" not in request:
            raise BehalfIDConfigurationError(
                f"{unknown[0]} is no field of a request." if unknown else "action is missing in the request."
            )
        return Question(**request)


def plan(
    *,
    action: FromArguments[str] = None,
    vendor: FromArguments[str] = None,
    resource: FromArguments[str] = None,
    amount: FromArguments[Union[float, Decimal]] = None,
    metadata: FromArguments[Mapping[str, Any]] = None,
    policy_context: FromArguments[Mapping[str, Any]] = None,
    shadow: FromArguments[bool] = None,
    mode: FromArguments[Literal["shadow"]] = None,
    agent_id: FromArguments[str] = None,
    request: Union[RequestFields, Callable[..., Any], None] = None,
    approval: Literal["throw", "wait"] = "throw",
    approval_timeout: Optional[float] = None,
    on_approval_required: Optional[Callable[[BehalfIDApprovalRequired], Any]] = None,
    timeout: Optional[float] = None,
) -> Plan:
    """Makes a decorator: the function asks first, and runs only when the answer is an allow.

    Each field is a value, or a function that is called with the arguments of the call, and with those defaults of the
    guarded function that it names and the call leaves out; None leaves the field out.
    `request` is one mapping for all fields, or one function that returns it. When one of these raises, nothing runs.

    When a person must approve, `on_approval_required` is called with the BehalfIDApprovalRequired, and that is raised;
    with `approval="wait"` the call waits up to `approval_timeout` seconds (30 minutes), asks once more, and runs on an
    allow. `timeout` is seconds for each question. An argument that is changed meanwhile is not asked about again.

    Raises BehalfIDDenied, BehalfIDUnavailable, BehalfIDAPIError, BehalfIDConfigurationError; then the function has not
    run. It is run once; its own errors pass through.
    """
    given = {
        "action": action,
        "vendor": vendor,
        "resource": resource,
        "amount": amount,
        "metadata": metadata,
        "policy_context": policy_context,
        "shadow": shadow,
        "mode": mode,
        "agent_id": agent_id,
    }
    present = {name: value for name, value in given.items() if value is not None}
    if request is None and "action" not in present:
        raise BehalfIDConfigurationError("guard takes an action, or a request.")
    if request is not None and present:
        raise BehalfIDConfigurationError("guard takes a request or single fields, not both.")
    return Plan(request, present, Patience(approval, approval_timeout, timeout, on_approval_required))


Permit = Callable[[Question, Patience], Decision]
AsyncPermit = Callable[[Question, Patience], Awaitable[Decision]]


def is_kind(test: Callable[[Any], bool], function: Any) -> bool:
    """Is it such a function, or an object whose call is one?"""
    while isinstance(function, functools.partial):
        function = function.func
    return test(function) or test(getattr(type(function), "__call__", None))


def guarded(function: Any, plan: Plan, permit: Optional[Permit], async_permit: Optional[AsyncPermit]) -> Any:
    """The guarded function. TypeError for what cannot be guarded, or not by this client."""
    if isinstance(function, (classmethod, staticmethod)):
        return type(function)(guarded(function.__func__, plan, permit, async_permit))
    if isinstance(function, type) or not callable(function):
        raise TypeError("guard wraps functions; of a class, guard the methods.")
    if callable(getattr(function, "dispatch", None)):
        raise TypeError("guard cannot wrap a function of singledispatch, whose parts can be called by themselves.")
    if is_kind(inspect.isgeneratorfunction, function) or is_kind(inspect.isasyncgenfunction, function):
        raise TypeError("guard cannot wrap a generator function: it would run after the guard, step by step.")
    if is_kind(inspect.iscoroutinefunction, function):
        if async_permit is None:
            raise TypeError("This guard is of a BehalfID, for functions that block; AsyncBehalfID guards async ones.")
        return guarded_coroutine(function, plan, async_permit)
    if permit is None:
        raise TypeError("This guard is of an AsyncBehalfID, for async functions; BehalfID guards those that block.")
    return guarded_function(function, plan, permit)


def guarded_function(function: Callable[..., Any], plan: Plan, permit: Permit) -> Callable[..., Any]:
    """For a function that blocks."""

    signature = signature_of(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        permit(plan.question(received(signature, args, kwargs)), plan.patience)
        return function(*args, **kwargs)

    return call


def guarded_coroutine(function: Callable[..., Any], plan: Plan, permit: AsyncPermit) -> Callable[..., Any]:
    """For an async function."""

    signature = signature_of(function)

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        await permit(plan.question(received(signature, args, kwargs)), plan.patience)
        return await function(*args, **kwargs)

    return call


def guard_method(make: Callable[P, Plan]) -> Callable[Concatenate[Any, P], Decorator]:
    """The method `guard` of a client, whose `_permits` ask for functions that block and for async ones."""

    @functools.wraps(make)
    def guard(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Decorator:
        if args:
            raise TypeError("guard takes what to ask, by name: @guard(action=...)")
        made = make(*args, **kwargs)
        permit, async_permit = self._permits()

        def decorate(function: Callable[..., Any], /) -> Any:
            return guarded(function, made, permit, async_permit)

        return decorate

    guard.__name__ = guard.__qualname__ = "guard"
    return guard
