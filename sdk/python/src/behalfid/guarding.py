# SPDX-License-Identifier: Apache-2.0
"""What a guard does before the function runs: asks, waits for a person where it was told to, asks once more."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Callable, Optional

from .approvals import wait_for_approval
from .decisions import Question, ask, denial_of
from .errors import BehalfIDApprovalRequired, BehalfIDConfigurationError, BehalfIDDenied
from .models import Decision
from .options import Options, seconds_of
from .wire import Flow, Notify


@dataclass(frozen=True)
class Patience:
    """How long a question may take, and what to do when a person must approve. Times are in seconds."""

    approval: str = "throw"
    approval_timeout: Optional[float] = None
    timeout: Optional[float] = None
    on_approval_required: Optional[Callable[[BehalfIDApprovalRequired], Any]] = None

    def __post_init__(self) -> None:
        if self.approval not in ("throw", "wait"):
            raise BehalfIDConfigurationError('approval must be "throw" or "wait".')
        for name in ("approval_timeout", "timeout"):
            if getattr(self, name) is not None:
                seconds_of(name, getattr(self, name))
        if self.on_approval_required is not None and not callable(self.on_approval_required):
            raise BehalfIDConfigurationError("on_approval_required must be a function.")


def ask_once(options: Options, question: Question, timeout: Optional[float]) -> Flow[Decision]:
    """Asks under a fresh idempotency key: tried again it counts once, asked again it is another question."""
    return (yield from ask(options, question, idempotency_key=secrets.token_urlsafe(24), timeout=timeout))


def permit(options: Options, question: Question, patience: Patience) -> Flow[Decision]:
    """Returns an allow, or raises. Nothing may run before it has returned."""
    decision = yield from ask_once(options, question, patience.timeout)
    if decision.allowed is not True:
        denial = denial_of(decision)
        if not isinstance(denial, BehalfIDApprovalRequired):
            raise denial
        decision = yield from ask_person(options, question, patience, denial)
    return decision


def ask_person(
    options: Options, question: Question, patience: Patience, denial: BehalfIDApprovalRequired
) -> Flow[Decision]:
    """Tells the user's function, waits where that is wanted, and asks once more after an approval."""
    if patience.on_approval_required is not None:
        yield Notify(patience.on_approval_required, denial)
    if patience.approval != "wait" or denial.approval_id is None:
        raise denial
    approval = yield from wait_for_approval(options, denial.approval_id, timeout=patience.approval_timeout)
    if approval.status == "pending":
        raise denial
    if approval.status != "approved":
        raise BehalfIDDenied(denial.decision, f"The approval is {approval.status}.")
    decision = yield from ask_once(options, question, patience.timeout)
    if decision.allowed is not True:
        raise denial_of(decision)
    return decision
