# SPDX-License-Identifier: Apache-2.0
"""Verify: may this be done? What is asked, and what counts as an answer."""

from __future__ import annotations

import functools
import json
import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Callable, Literal, Mapping, Optional, Union

from .errors import BehalfIDApprovalRequired, BehalfIDConfigurationError, BehalfIDDenied
from .models import Decision, ShadowDecision
from .options import Options, mapping_of, text_of
from .reader import Reader
from .redact import redact
from .wire import Call, Flow, Malformed, receive, timeout_of, to_json

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

RISKS = ("low", "medium", "high")
IDEMPOTENCY_KEY = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")


def is_amount(value: Any) -> bool:
    """Is this a number that is finite, and the same when it is read as JSON numbers are: as a double?"""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    try:
        read = float(value)
        return math.isfinite(read) and (isinstance(value, float) or Decimal(repr(read)) == Decimal(value))
    except (ArithmeticError, ValueError):  # too large, or a NaN that signals
        return False


@dataclass(frozen=True)
class Question:
    """A request as it is asked. Making one checks its fields, and keeps a copy of what the caller could change."""

    action: str
    vendor: Optional[str] = None
    resource: Optional[str] = None
    amount: Union[float, Decimal, None] = None
    metadata: Optional[Mapping[str, Any]] = field(default=None, repr=False)
    policy_context: Optional[Mapping[str, Any]] = field(default=None, repr=False)
    shadow: Optional[bool] = None
    mode: Optional[Literal["shadow"]] = None
    agent_id: Optional[str] = None

    def __post_init__(self) -> None:
        for name in ("action", "vendor", "resource", "agent_id"):
            value = getattr(self, name)
            if value is not None or name == "action":
                text_of(name, value)
        for name in ("metadata", "policy_context"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, json.loads(to_json(mapping_of(name, value))))
        if self.shadow is not None and not isinstance(self.shadow, bool):
            raise BehalfIDConfigurationError("shadow must be True or False.")
        if self.mode not in (None, "shadow"):
            raise BehalfIDConfigurationError('mode must be "shadow".')
        if self.amount is not None and not is_amount(self.amount):
            raise BehalfIDConfigurationError("amount must be a finite number, with no more digits than a double keeps.")

    @property
    def is_shadow(self) -> bool:
        """May the answer be one that enforces nothing?"""
        return self.shadow is True or self.mode == "shadow"

    def body(self, options: Options) -> dict[str, Any]:
        """The JSON of it; what is None is left out when it is sent."""
        return {
            "agentId": options.agent(self.agent_id),
            "action": self.action,
            "vendor": self.vendor,
            "resource": self.resource,
            "amount": float(self.amount) if isinstance(self.amount, Decimal) else self.amount,
            "metadata": self.metadata,
            "policyContext": self.policy_context,
            "shadow": self.shadow,
            "mode": self.mode,
        }


def api_key_of(options: Options) -> str:
    """The agent's key, without which most calls cannot be made."""
    if options.api_key is None or not options.api_key.startswith("bhf_sk_"):
        raise BehalfIDConfigurationError("This takes an agent's key: set BEHALFID_API_KEY to a bhf_sk_... key.")
    return options.api_key


def ask(
    options: Options, question: Question, idempotency_key: Optional[str] = None, timeout: Optional[float] = None
) -> Flow[Decision]:
    """The decision on the question, allowed or not."""
    key = idempotency_key
    if key is not None and not (isinstance(key, str) and IDEMPOTENCY_KEY.fullmatch(key)):
        raise BehalfIDConfigurationError(
            "idempotency_key must be 1 to 200 printable ASCII characters, without a blank at either end."
        )
    call = Call(
        "POST",
        "/api/verify",
        body=question.body(options),
        bearer=api_key_of(options),
        developer_token=options.developer_token,
        idempotency_key=idempotency_key,
        repeatable=idempotency_key is not None,
        timeout=timeout_of(options, timeout),
    )
    return (yield from receive(options, call, lambda data: decision_of(data, question.is_shadow)))


def decision_of(data: Any, shadow: bool) -> Decision:
    """A decision, if it is one by every rule; Malformed otherwise."""
    answer = Reader(data)
    decision = Decision(
        request_id=answer.text("requestId"),
        allowed=answer.flag("allowed"),
        approval_required=answer.flag("approvalRequired"),
        approval_id=answer.text("approvalId") if "approvalId" in answer.data else None,
        reason=redact(answer.any_text("reason")),
        risk=answer.one_of("risk", RISKS),
        shadow="shadow" in answer.data or "shadowDecision" in answer.data,
        shadow_decision=shadow_of(answer.data.get("shadowDecision")) if "shadowDecision" in answer.data else None,
    )
    if decision.allowed and decision.approval_required:
        raise Malformed("it is allowed and waits for an approval")
    if decision.shadow and not shadow:
        raise Malformed("it is shadow, which nobody asked for")
    if decision.shadow and (answer.data.get("shadow") is not True or decision.shadow_decision is None):
        raise Malformed("shadow is not whole")
    return decision


def shadow_of(data: Any) -> ShadowDecision:
    """What the policy says of a shadow call."""
    answer = Reader(data)
    return ShadowDecision(answer.flag("allowed"), redact(answer.any_text("reason")), answer.one_of("risk", RISKS))


def denial_of(decision: Decision) -> BehalfIDDenied:
    """The error for a decision that is no allow."""
    return BehalfIDApprovalRequired(decision) if decision.approval_required else BehalfIDDenied(decision)


def verify(
    options: Options,
    *,
    action: str,
    vendor: Optional[str] = None,
    resource: Optional[str] = None,
    amount: Union[float, Decimal, None] = None,
    metadata: Optional[Mapping[str, Any]] = None,
    policy_context: Optional[Mapping[str, Any]] = None,
    shadow: Optional[bool] = None,
    mode: Optional[Literal["shadow"]] = None,
    agent_id: Optional[str] = None,
    idempotency_key: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Flow[Decision]:
    """The decision, allowed or not.

    `vendor` wins over `resource`. With an `idempotency_key` the call may be tried again. `timeout` is in seconds, in
    all. Raises BehalfIDUnavailable, BehalfIDAPIError, BehalfIDConfigurationError.
    """
    question = Question(action, vendor, resource, amount, metadata, policy_context, shadow, mode, agent_id)
    return (yield from ask(options, question, idempotency_key, timeout))


def or_raise(
    flow: Callable[Concatenate[Options, P], Flow[Decision]]
) -> Callable[Concatenate[Options, P], Flow[Decision]]:
    """The same question, whose denial is raised."""

    @functools.wraps(flow)
    def asked(options: Options, /, *args: P.args, **kwargs: P.kwargs) -> Flow[Decision]:
        decision = yield from flow(options, *args, **kwargs)
        if decision.allowed is not True:
            raise denial_of(decision)
        return decision

    asked.__name__ = asked.__qualname__ = "verify_or_raise"
    asked.__doc__ = "The decision when it is an allow; BehalfIDDenied or BehalfIDApprovalRequired otherwise. As verify."
    return asked


verify_or_raise = or_raise(verify)
