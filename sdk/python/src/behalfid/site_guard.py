# SPDX-License-Identifier: Apache-2.0
"""Site guard: may this agent see this page?"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .errors import BehalfIDConfigurationError
from .models import SiteDecision
from .options import Options, mapping_of
from .reader import Reader
from .redact import redact
from .wire import Call, Flow, receive, timeout_of


def site_key_of(options: Options) -> Optional[str]:
    """The site's key: its own option, or the client's key when that is one."""
    if options.site_key is not None:
        return options.site_key
    if options.api_key is not None and options.api_key.startswith("bhf_site_"):
        return options.api_key
    return None


def site_decision_of(data: Any) -> SiteDecision:
    """Site guard's answer, or Malformed."""
    answer = Reader(data)
    return SiteDecision(
        request_id=answer.text("requestId"),
        allowed=answer.flag("allowed"),
        reason=redact(answer.any_text("reason")),
        matched_rule_id=answer.optional_text("matchedRuleId"),
        site_id=answer.optional_text("siteId"),
        verified_agent=answer.data.get("verifiedAgent"),
    )


def check(
    options: Options,
    *,
    path: str,
    user_agent: str,
    agent_identifier: Optional[str] = None,
    metadata: Optional[Mapping[str, Any]] = None,
    method: Optional[str] = None,
    scheme: Optional[str] = None,
    authority: Optional[str] = None,
    query: Optional[str] = None,
    headers: Optional[Mapping[str, Any]] = None,
    site_id: Optional[str] = None,
    domain: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Flow[SiteDecision]:
    """May the request pass? With a site key, or a developer token and `site_id` or `domain`.

    `method` to `headers` are those of a request that its agent signed.
    """
    bearer = site_key_of(options)
    if bearer is None and options.developer_token is None:
        raise BehalfIDConfigurationError("This takes a site key: set BEHALFID_SITE_KEY, or give site_key.")
    body = {
        "path": path,
        "userAgent": user_agent,
        "agentIdentifier": agent_identifier,
        "metadata": None if metadata is None else mapping_of("metadata", metadata),
        "method": method,
        "scheme": scheme,
        "authority": authority,
        "query": query,
        "headers": None if headers is None else mapping_of("headers", headers),
        "siteId": site_id,
        "domain": domain,
    }
    call = Call(
        "POST",
        "/api/site-guard/check",
        body=body,
        bearer=bearer,
        developer_token=options.developer_token if bearer is None else None,
        timeout=timeout_of(options, timeout),
    )
    return (yield from receive(options, call, site_decision_of))
