# SPDX-License-Identifier: Apache-2.0
"""What the adapters say: to the model when a tool must not run, and to the developer of one that cannot be guarded."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Callable, Iterable, Mapping

from .errors import BehalfIDApprovalRequired, BehalfIDConfigurationError, BehalfIDDenied, BehalfIDError

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


def refuse_tool(tool: Any, why: str) -> BehalfIDConfigurationError:
    """The error for a tool that cannot be guarded: nobody would ask before it acts."""
    name = tool.get("name") or tool.get("type") if isinstance(tool, Mapping) else getattr(tool, "name", None)
    shown = name if isinstance(name, str) else type(tool).__name__
    return BehalfIDConfigurationError(f"The tool {quoted(shown)} cannot be guarded: {why}")


def refuse_overrides(tool: Any, entries: Iterable[str], ours: Callable[[Any], bool]) -> None:
    """Refuses a tool that writes an entry of the framework anew: called that way, it might run before anybody asks.

    `ours` says of a class whether its entries are known to ask.
    """
    for name in entries:
        owner: Any = next((kind for kind in type(tool).__mro__ if name in vars(kind)), None)
        if name in getattr(tool, "__dict__", {}) or (owner is not None and not ours(owner)):
            raise refuse_tool(
                tool, f"it overrides {name}, which would run without asking; write _run or _arun instead."
            )
