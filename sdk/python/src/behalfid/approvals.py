# SPDX-License-Identifier: Apache-2.0
"""Approvals: waiting for a person."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional

from .decisions import api_key_of
from .models import Approval
from .options import Options, seconds_of
from .reader import Reader
from .wire import Call, Flow, Malformed, Sleep, receive, segment

STATES = ("pending", "approved", "denied", "used", "expired")
DEFAULT_WAIT = 30 * 60.0
LONGEST_POLL = 30
SHORTEST_POLL = 1.0


def approval_of(data: Any, approval_id: str) -> Approval:
    """The approval that was asked for, or Malformed."""
    row = Reader(Reader(data).data.get("approval"))
    approval = Approval(
        approval_id=row.text("approvalId"),
        status=row.one_of("status", STATES),
        agent_id=row.optional_text("agentId"),
        permission_id=row.optional_text("permissionId"),
        action=row.optional_text("action"),
        vendor=row.optional_text("vendor"),
        amount=row.optional_number("amount"),
        request_id=row.optional_text("requestId"),
        created_at=row.optional_text("createdAt"),
        expires_at=row.optional_text("expiresAt"),
        resolved_at=row.optional_text("resolvedAt"),
        grant_expires_at=row.optional_text("grantExpiresAt"),
        used_at=row.optional_text("usedAt"),
    )
    if approval.approval_id != approval_id:
        raise Malformed("it is another approval")
    return approval


def wait_for_approval(options: Options, approval_id: str, *, timeout: Optional[float] = DEFAULT_WAIT) -> Flow[Approval]:
    """The approval once it is pending no more, or still pending when `timeout` seconds are over (None: 30 minutes).

    Each look may wait at the server; what a look raises ends the waiting.
    """
    deadline = monotonic() + seconds_of("timeout", DEFAULT_WAIT if timeout is None else timeout)
    path = f"/api/approvals/{segment(approval_id)}"
    while True:
        started = monotonic()
        poll = max(0, min(LONGEST_POLL, int(deadline - started)))
        call = Call(
            "GET",
            f"{path}?wait={poll}",
            bearer=api_key_of(options),
            repeatable=True,
            timeout=poll + options.timeout,
        )
        approval = yield from receive(options, call, lambda data: approval_of(data, approval_id))
        now = monotonic()
        if approval.status != "pending" or now >= deadline:
            return approval
        yield Sleep(min(max(0.0, SHORTEST_POLL - (now - started)), deadline - now))
