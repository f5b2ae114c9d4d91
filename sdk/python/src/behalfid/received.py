# SPDX-License-Identifier: Apache-2.0
"""What a guarded function will run with: the arguments of a call, and its own defaults."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Optional


@dataclass(frozen=True)
class Received:
    """What a call gives, and the defaults that the function takes for what it does not give."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def give(self, value: Any) -> Any:
        """The value, or what the user's function makes of the arguments. Of the defaults it gets those it names."""
        if not callable(value):
            return value
        named = {name: default for name, default in self.defaults.items() if takes(value, name)}
        return value(*self.args, **self.kwargs, **named)


def signature_of(function: Callable[..., Any]) -> Optional[inspect.Signature]:
    """Of this very function, not of one that it wraps: that one runs with what this one gives it."""
    try:
        return inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return None  # some that are written in C have none


def takes(function: Callable[..., Any], name: str) -> bool:
    """May the function be given an argument by this name?"""
    signature = signature_of(function)
    one = None if signature is None else signature.parameters.get(name)
    return one is not None and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)


def received(signature: Optional[inspect.Signature], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Received:
    """For a call of a function with this signature. When they do not fit, the function is left to say so."""
    if signature is None:
        return Received(args, kwargs)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return Received(args, kwargs)
    absent = (one for one in signature.parameters.values() if one.name not in given)
    return Received(args, kwargs, {one.name: one.default for one in absent if one.default is not one.empty})
