# SPDX-License-Identifier: Apache-2.0
"""What is raised. No text of an error holds a key or a token."""

from __future__ import annotations

from typing import Any, Literal, Optional

from .models import Decision
from .redact import redact

UnavailableKind = Literal["timeout", "network", "server", "redirect", "malformed"]


class BehalfIDError(Exception):
    """Base of all errors of this package. Whatever it is, the action must not be done."""

    def __init__(self, message: str) -> None:
        super().__init__(redact(message))


class BehalfIDConfigurationError(BehalfIDError):
    """The client cannot be made, or cannot be used in this way. Nothing was sent."""


class BehalfIDUnavailable(BehalfIDError):
    """There is no decision. `kind` says why; `status` is that of the answer, where there was one."""

    def __init__(self, message: str, *, kind: UnavailableKind = "network", status: Optional[int] = None) -> None:
        super().__init__(message)
        self.kind: UnavailableKind = kind
        self.status = status


class BehalfIDAPIError(BehalfIDError):
    """The server refuses the call itself: a wrong key, a wrong field, a rate limit, an action that failed.

    `code` and `hint` are those of the answer; `retry_after` is in seconds. `request_id` is there when an action was
    allowed and failed: the log has it.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: Optional[str] = None,
        hint: Optional[str] = None,
        retry_after: Optional[float] = None,
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = None if code is None else redact(code)
        self.hint = None if hint is None else redact(hint)
        self.retry_after = retry_after
        self.request_id = request_id


class BehalfIDDenied(BehalfIDError):
    """The decision is no allow. It carries the decision, and of it `request_id`, `reason` and `risk`.

    `reason` is the decision's own, or another one when a person refused.
    """

    def __init__(self, decision: Decision, reason: Optional[str] = None) -> None:
        self.decision = decision
        self.request_id = decision.request_id
        self.reason = redact(decision.reason if reason is None else reason)
        self.risk = decision.risk
        ids = [self.request_id] if decision.approval_id is None else [self.request_id, decision.approval_id]
        super().__init__(f"Denied by BehalfID: {self.reason} ({', '.join(ids)})")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.decision, self.reason)


class BehalfIDApprovalRequired(BehalfIDDenied):
    """A person must approve first. `approval_id` is None when nobody was asked."""

    def __init__(self, decision: Decision, reason: Optional[str] = None) -> None:
        super().__init__(decision, reason)
        self.approval_id = decision.approval_id
