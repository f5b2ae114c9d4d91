# SPDX-License-Identifier: Apache-2.0
"""A guarded session of an MCP client: `guard_session(behalf, session, server="files")` asks before each tools/call.

It asks as `behalf mcp wrap` does, so the same permissions hold for both.
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any, Optional

from ._frameworks import require

require("mcp", "mcp")

from mcp.client.session import ClientSession
from mcp.types import CallToolResult

from ._refusals import refusal_text, refuse_tool
from ._tools import Arguments, Mapped, Request, ToolGuard, policy_context
from .errors import BehalfIDApprovalRequired, BehalfIDConfigurationError, BehalfIDDenied, BehalfIDError
from .redact import redact

__all__ = ["guard_session"]

SHOWN = 1024  # UTF-16 units of the arguments that are recorded
METADATA = 2048  # characters of metadata, as JSON
CONTEXT = 16384  # characters of the policy context, as JSON


def guard_session(
    behalf: Any, session: ClientSession, *, server: str, mapping: Optional[Mapped] = None, **options: Any
) -> ClientSession:
    """The same session (also of a `Client`: its `session`), except that tools/call asks before anything is sent.

    `server` is the name that permissions know it by, in `mcp:SERVER:TOOL`. A call that is not allowed gives a result with
    `isError`; one that asks for a task raises. A call that the server continues with further questions is asked about
    each time. `mapping` and `options` are described at `ToolGuard`.
    """
    if not isinstance(server, str) or not re.fullmatch(r"[^\x00-\x1f\x7f:,]{1,64}", server) or server.strip() != server:
        raise BehalfIDConfigurationError(
            "server must have 1 to 64 characters, no colons, commas, control characters and blanks around it."
        )
    if not isinstance(session, ClientSession):
        raise refuse_tool(session, "it is no ClientSession.")
    gate = ToolGuard(behalf, mapping, None, functools.partial(default_request, server), **options)
    guarded: ClientSession = object.__new__(guarded_class(gate, type(session)))
    guarded.__dict__ = session.__dict__  # one connection, so one state
    return guarded


def default_request(server: str, tool: str, arguments: Arguments, fields: Request) -> dict[str, Any]:
    """What is asked about a call. No vendor is sent, because it would hide the resource. `fields` are the mapping's."""
    request: dict[str, Any] = {"action": "mcp_tool", "resource": f"mcp:{server}:{tool}"}
    plain = json.loads(json.dumps(dict(arguments), default=str))
    if "metadata" not in fields:
        request["metadata"] = metadata_of(server, tool, plain)
    if "policy_context" in fields:
        return request
    seen = policy_context(fields.get("action", "mcp_tool"), arguments, plain)
    context = {"source": "mcp", "server": server, "toolName": tool, **seen}
    if len(to_json(context)) > CONTEXT:
        raise BehalfIDConfigurationError(f"The arguments are too large to be looked at: at most {CONTEXT} characters.")
    return {**request, "policy_context": context}


def to_json(value: Any) -> str:
    """Compact."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def metadata_of(server: str, tool: str, arguments: Any) -> dict[str, str]:
    """What is recorded. Secrets go before the text is cut: half a secret would not be recognised."""
    clean, length = redact(to_json(arguments)), SHOWN
    while length > 0:
        found = {"server": server, "tool": tool, "arguments": clean[:length]}
        if len(to_json(found).encode("utf-16-le")) // 2 <= METADATA:
            return found
        length //= 2
    return {"server": server, "tool": tool}


def guarded_class(gate: ToolGuard, kind: Any) -> Any:
    """The session's class with the one way out guarded that all calls take."""

    async def send_request(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        request = request.model_copy(deep=True)  # what is asked about is what is sent, whoever changes it meanwhile
        message = request.model_dump(by_alias=True, mode="json", exclude_none=True)
        if message.get("method") != "tools/call":
            return await kind.send_request(self, request, *args, **kwargs)
        params = message.get("params") or {}
        try:
            await gate.acheck(params.get("name", ""), params.get("arguments") or {})
        except BehalfIDError as error:
            if "task" in params:
                raise
            return CallToolResult.model_validate(refusal(params.get("name", ""), error))
        return await kind.send_request(self, request, *args, **kwargs)

    members: dict[str, Any] = {"send_request": send_request, "__module__": __name__}
    if hasattr(kind, "experimental"):  # it keeps the session that it was made with
        members["experimental"] = property(lambda self: type(kind.experimental.fget(self))(self))
    metaclass: Any = type(kind)
    return metaclass(f"Guarded{kind.__name__}", (kind,), members)


def refusal(tool: str, error: BehalfIDError) -> dict[str, Any]:
    """The result in place of the server's."""
    facts = {"outcome": "unknown"}
    if isinstance(error, BehalfIDDenied):
        facts = {"outcome": "denied", "requestId": error.request_id, "reason": error.reason}
    if isinstance(error, BehalfIDApprovalRequired):
        facts["outcome"] = "approval_required"
        facts.update({"approvalId": error.approval_id} if error.approval_id else {})
    text = {"type": "text", "text": refusal_text(tool, error)}
    return {"content": [text], "isError": True, "_meta": {"behalfid": facts}}
