# SPDX-License-Identifier: Apache-2.0
"""What calls return. Times are ISO 8601 texts in UTC, as the server sends them; amounts are in the agent's own unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Mapping, Optional

Risk = Literal["low", "medium", "high"]
ApprovalStatus = Literal["pending", "approved", "denied", "used", "expired"]


@dataclass(frozen=True)
class ShadowDecision:
    """What the policy says of a call with `shadow`, which is itself always allowed."""

    allowed: bool
    reason: str
    risk: Risk


@dataclass(frozen=True)
class Decision:
    """The server's answer to "may I?". True in a condition only when it is an allow."""

    request_id: str
    allowed: bool
    approval_required: bool
    reason: str
    risk: Risk
    approval_id: Optional[str] = None
    shadow: bool = False
    shadow_decision: Optional[ShadowDecision] = None

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Approval:
    """One request for a person's approval. `amount` and what follows `action` may be absent."""

    approval_id: str
    status: ApprovalStatus
    agent_id: Optional[str] = None
    permission_id: Optional[str] = None
    action: Optional[str] = None
    vendor: Optional[str] = None
    amount: Optional[float] = None
    request_id: Optional[str] = None
    created_at: Optional[str] = None
    expires_at: Optional[str] = None
    resolved_at: Optional[str] = None
    grant_expires_at: Optional[str] = None
    used_at: Optional[str] = None


@dataclass(frozen=True)
class Execution:
    """What the action gateway did. True in a condition only when the action was allowed and done.

    `result` is there when `executed` is true.
    """

    request_id: str
    allowed: bool
    executed: bool
    reason: str
    approval_required: bool = False
    approval_id: Optional[str] = None
    result: Optional[Mapping[str, Any]] = None

    def __bool__(self) -> bool:
        return self.allowed and self.executed


@dataclass(frozen=True)
class LogEntry:
    """One row of the agent's log."""

    request_id: str
    agent_id: Optional[str] = None
    permission_id: Optional[str] = None
    action: Optional[str] = None
    vendor: Optional[str] = None
    amount: Optional[float] = None
    allowed: Optional[bool] = None
    approval_required: Optional[bool] = None
    approval_id: Optional[str] = None
    decision: Optional[str] = None
    reason: Optional[str] = None
    risk: Optional[str] = None
    shadow: Optional[bool] = None
    created_at: Optional[str] = None
    execution: Optional[Mapping[str, Any]] = None


@dataclass(frozen=True)
class AgentKey:
    """An agent's new key, which is shown this once. It is not in the text of this object."""

    agent_id: str
    api_key: str = field(repr=False)
    agent_type: Optional[str] = None
    provider: Optional[str] = None


@dataclass(frozen=True)
class CreatedPermission:
    """A permission that was made."""

    permission_id: str
    status: Optional[str] = None


@dataclass(frozen=True)
class SiteDecision:
    """Site guard's answer. True in a condition only when it is an allow."""

    request_id: str
    allowed: bool
    reason: str
    matched_rule_id: Optional[str] = None
    site_id: Optional[str] = None
    verified_agent: Optional[Any] = None

    def __bool__(self) -> bool:
        return self.allowed
