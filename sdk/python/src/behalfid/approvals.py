# SPDX-License-Identifier: Apache-2.0
"""Approvals: waiting for a person."""

from __future__ import annotations

import math
from time import monotonic
from typing import Any, Optional

from .decisions import api_key_of
from .errors import BehalfIDAPIError, BehalfIDUnavailable
from .models import Approval
from .options import Options, seconds_of
from .reader import Reader
from .wire import Call, Flow, Malformed, Sleep, receive, segment

STATES = ("pending", "approved", "denied", "used", "expired")
APPROVAL_TIMEOUT = 30 * 60.0
LONGEST_POLL = 30
POLL_GRACE = 5.0
"""Seconds for an answer that was due when the server had waited as long as it was asked to."""
SHORTEST_TURN = 1.0
LONGEST_TURN = 10.0


def wait_for_approval(options: Options, approval_id: str, *, timeout: Optional[float] = None) -> Flow[Approval]:
    """The approval once it is pending no more, or still pending when `timeout` seconds are over, which are 30 minutes.

    Faults that may pass are borne while the time lasts; then what kept the last look from an answer is raised. The last
    look may take a few seconds more.
    """
    end = monotonic() + (APPROVAL_TIMEOUT if timeout is None else seconds_of("timeout", timeout))
    path = f"/api/approvals/{segment(approval_id)}"
    faults = 0
    while True:
        begun = monotonic()
        turn = SHORTEST_TURN
        poll = min(LONGEST_POLL, max(1, math.ceil(end - begun)))
        call = Call("GET", f"{path}?wait={poll}", bearer=api_key_of(options), timeout=poll + POLL_GRACE)
        try:
            approval = yield from receive(options, call, lambda data: approval_of(data, approval_id))
            if approval.status != "pending" or max(begun + turn, monotonic()) >= end:
                return approval
            faults = 0
        except (BehalfIDAPIError, BehalfIDUnavailable) as error:
            turn = max(turn_after(error), min(LONGEST_TURN, SHORTEST_TURN * 2.0**faults))
            if not may_pass(error) or monotonic() + turn >= end:
                raise
            faults += 1
        yield Sleep(max(0.0, min(begun + turn, end) - monotonic()))


def may_pass(error: Exception) -> bool:
    """May the next look go better?"""
    if isinstance(error, BehalfIDUnavailable):
        return error.kind in ("timeout", "network", "server")
    return isinstance(error, BehalfIDAPIError) and error.status == 429


def turn_after(error: Exception) -> float:
    """Seconds that the server asks for."""
    return (error.retry_after or 0.0) if isinstance(error, BehalfIDAPIError) else 0.0


def approval_of(data: Any, approval_id: str) -> Approval:
    """The approval that was asked for, or Malformed."""
    row = Reader(Reader(data).data.get("approval"))
    if row.text("approvalId") != approval_id:
        raise Malformed("it is another approval")
    return Approval(
        approval_id=approval_id,
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
