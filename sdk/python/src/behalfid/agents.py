# SPDX-License-Identifier: Apache-2.0
"""Calls about agents: boundary, key, new agents and permissions, and the action gateway."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .decisions import api_key_of
from .errors import BehalfIDConfigurationError
from .models import AgentKey, CreatedPermission, Execution
from .options import Options, list_of, mapping_of, text_of
from .reader import Reader
from .redact import redact
from .wire import Call, Flow, Malformed, receive, segment, timeout_of

EXECUTE_TIMEOUT = 30.0


def developer_token_of(options: Options) -> str:
    """The developer token, without which nothing can be made."""
    if options.developer_token is None:
        raise BehalfIDConfigurationError(
            "This takes a developer token: set BEHALFID_DEVELOPER_TOKEN, or give developer_token."
        )
    return options.developer_token


def get_boundary(
    options: Options, agent_id: Optional[str] = None, *, timeout: Optional[float] = None
) -> Flow[Mapping[str, Any]]:
    """What the agent may do: the manifest as the server gives it."""
    path = f"/api/agents/{segment(options.agent(agent_id))}/boundary"
    seconds = timeout_of(options, timeout)
    call = Call("GET", path, bearer=api_key_of(options), repeatable=True, timeout=seconds)
    return (yield from receive(options, call, lambda data: Reader(data).data))


def key_of(data: Any) -> AgentKey:
    """A new key, or Malformed."""
    answer = Reader(data)
    if not answer.text("apiKey").startswith("bhf_sk_"):
        raise Malformed("apiKey is no key")
    return AgentKey(
        agent_id=answer.text("agentId"),
        api_key=answer.text("apiKey"),
        agent_type=answer.optional_text("agentType"),
        provider=answer.optional_text("provider"),
    )


def rotate_key(options: Options, agent_id: Optional[str] = None, *, timeout: Optional[float] = None) -> Flow[AgentKey]:
    """A new key for the agent; the old one is dead at once, and this client goes on with the new one. Keep it."""
    path = f"/api/agents/{segment(options.agent(agent_id))}/rotate-key"
    call = Call("POST", path, bearer=api_key_of(options), timeout=timeout_of(options, timeout))
    key = yield from receive(options, call, key_of)
    options.api_key = key.api_key
    return key


def create_agent(
    options: Options,
    name: str,
    *,
    agent_type: Optional[str] = None,
    provider: Optional[str] = None,
    connection_status: Optional[str] = None,
    external_agent_id: Optional[str] = None,
    external_agent_label: Optional[str] = None,
    description: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Flow[AgentKey]:
    """A new agent and its key, which is shown this once. Takes a developer token."""
    body = {
        "name": name,
        "agentType": agent_type,
        "provider": provider,
        "connectionStatus": connection_status,
        "externalAgentId": external_agent_id,
        "externalAgentLabel": external_agent_label,
        "description": description,
    }
    seconds = timeout_of(options, timeout)
    call = Call("POST", "/api/agents", body=body, developer_token=developer_token_of(options), timeout=seconds)
    return (yield from receive(options, call, key_of, status=(200, 201)))


def permission_of(data: Any) -> CreatedPermission:
    """A permission that was made, or Malformed."""
    answer = Reader(data)
    return CreatedPermission(answer.text("permissionId"), answer.optional_text("status"))


def create_permission(
    options: Options,
    *,
    action: str,
    agent_id: Optional[str] = None,
    description: Optional[str] = None,
    resource: Optional[str] = None,
    scope: Optional[str] = None,
    allowed_actions: Optional[Sequence[str]] = None,
    blocked_actions: Optional[Sequence[str]] = None,
    requires_approval: Optional[bool] = None,
    approval_grant_minutes: Optional[int] = None,
    notes: Optional[str] = None,
    template: Optional[str] = None,
    constraints: Optional[Mapping[str, Any]] = None,
    timeout: Optional[float] = None,
) -> Flow[CreatedPermission]:
    """A new permission. `constraints` are named as in the API: `{"maxAmount": 800}`. Takes a developer token."""
    body = {
        "agentId": options.agent(agent_id),
        "action": action,
        "description": description,
        "resource": resource,
        "scope": scope,
        "allowedActions": None if allowed_actions is None else list_of("allowed_actions", allowed_actions),
        "blockedActions": None if blocked_actions is None else list_of("blocked_actions", blocked_actions),
        "requiresApproval": requires_approval,
        "approvalGrantMinutes": approval_grant_minutes,
        "notes": notes,
        "template": template,
        "constraints": None if constraints is None else mapping_of("constraints", constraints),
    }
    seconds = timeout_of(options, timeout)
    call = Call("POST", "/api/permissions", body=body, developer_token=developer_token_of(options), timeout=seconds)
    return (yield from receive(options, call, permission_of, status=(200, 201)))


def execution_of(data: Any) -> Execution:
    """What the gateway did, or Malformed."""
    answer = Reader(data)
    execution = Execution(
        request_id=answer.text("requestId"),
        allowed=answer.flag("allowed"),
        executed=answer.flag("executed"),
        reason=redact(answer.any_text("reason")),
        approval_required=answer.optional_flag("approvalRequired") or False,
        approval_id=answer.optional_text("approvalId"),
        result=answer.optional_object("result"),
    )
    if execution.executed != (execution.result is not None) or execution.executed > execution.allowed:
        raise Malformed("it says that it was done, and that it was not")
    if execution.allowed and execution.approval_required:
        raise Malformed("it is allowed and waits for an approval")
    return execution


def execute_action(
    options: Options,
    *,
    action: str,
    resource: str,
    input: Mapping[str, Any],
    agent_id: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Flow[Execution]:
    """Has the server decide and act. A denial is returned; an action that was allowed and failed is a BehalfIDAPIError.

    `timeout` is in seconds, 30 unless told. Never tried again: each call is an action of its own.
    """
    body = {
        "agentId": options.agent(agent_id),
        "action": text_of("action", action),
        "resource": text_of("resource", resource),
        "input": mapping_of("input", input),
    }
    call = Call(
        "POST",
        "/api/actions/execute",
        body=body,
        bearer=api_key_of(options),
        developer_token=options.developer_token,
        timeout=timeout_of(options, timeout, EXECUTE_TIMEOUT),
    )
    return (yield from receive(options, call, execution_of))
