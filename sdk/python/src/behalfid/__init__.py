# SPDX-License-Identifier: Apache-2.0
"""Asks a BehalfID server before an action, and fails closed: without a clear allow nothing runs."""

from .async_client import AsyncBehalfID
from .client import BehalfID
from .defaults import guard
from .errors import (
    BehalfIDAPIError,
    BehalfIDApprovalRequired,
    BehalfIDConfigurationError,
    BehalfIDDenied,
    BehalfIDError,
    BehalfIDUnavailable,
)
from .models import (
    AgentKey,
    Approval,
    CreatedPermission,
    Decision,
    Execution,
    LogEntry,
    ShadowDecision,
    SiteDecision,
)
from .version import VERSION as __version__
from .webhooks import verify_webhook_signature

__all__ = [
    "AgentKey",
    "Approval",
    "AsyncBehalfID",
    "BehalfID",
    "BehalfIDAPIError",
    "BehalfIDApprovalRequired",
    "BehalfIDConfigurationError",
    "BehalfIDDenied",
    "BehalfIDError",
    "BehalfIDUnavailable",
    "CreatedPermission",
    "Decision",
    "Execution",
    "LogEntry",
    "ShadowDecision",
    "SiteDecision",
    "__version__",
    "guard",
    "verify_webhook_signature",
]
