# SPDX-License-Identifier: Apache-2.0
"""
What each route of the server must demand: one line per route, written down by hand and held against the server's own
table, so that a route without an expectation fails the tests. The walks in test_roles.py and test_credentials.py try
every line.
"""

import re
from typing import Any, NamedTuple, Optional

from harness import ROOT


class Line(NamedTuple):
    """
    kind: NONE (public), AGENT (its key), PASSPORT (its token, or the agent's key), SITE (its key), PERSON (session or
    token), SESSION, GRANTOR, CREATOR, OPERATOR, METRICS (its token, where one is configured).
    least: the lowest role that may, "" = whoever is signed in.
    ids: what the path's "{}" stand for, as prefixes of ids.
    body: sent by the walks, with "{agent}" for an agent's id.
    origin: of public routes that look at it: "always", or "sent" = only when the header is there.
    unverified: also for somebody whose e-mail is not verified.
    setup: of operators' routes: the setup token will do "too", or "alone".
    signed_out: what a session that is none or has ended hears, where that is not the usual text.
    asks: a public route that answers 401 or 403 by itself.
    headers: sent by the walks.
    """

    kind: str
    least: str = ""
    ids: tuple[str, ...] = ()
    body: Any = None
    origin: str = ""
    unverified: bool = False
    setup: str = ""
    signed_out: Optional[tuple[int, Optional[str], Optional[str]]] = None
    asks: bool = False
    headers: tuple[tuple[str, str], ...] = ()


EXPIRED = (401, "Session expired due to inactivity.", "AUTH_REQUIRED")
SIGN_IN = {"email": "nobody@example.com", "password": "not the password"}
ENDPOINT = {"url": "https://example.com/hook", "events": ["agent.created"]}
SITE = {"name": "Site", "domain": "intruder.example"}
RULE = {"name": "Rule", "agentIdentifier": "bot"}
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}
DIRECTORY = {"url": "https://intruder.example", "keys": {"keys": [JWK]}}
ACT = {"agentId": "{agent}", "action": "act"}

EXPECTED: dict[str, Line] = {
    "GET /api/health": Line("NONE"),
    "GET /api/health/db": Line("OPERATOR", setup="too"),
    "GET /api/status": Line("NONE"),
    "POST /api/csp-report": Line("NONE", headers=(("Content-Type", "application/csp-report"),), body={}),
    "GET /api/audit/checkpoint": Line("NONE"),
    "GET /.well-known/behalfid-keys.json": Line("NONE"),
    "GET /.well-known/jwks.json": Line("NONE"),
    "GET /api/templates": Line("NONE"),
    "GET /openapi.json": Line("NONE"),
    # the demonstration
    "GET /api/demo/scenarios": Line("NONE"),
    "POST /api/demo/verify": Line("NONE", body={"scenarioId": "deploy-approval"}),
    # the first operator
    "GET /api/setup": Line("NONE"),
    "POST /api/setup": Line("NONE", body={"token": "x"}, asks=True),
    # people: in and out
    "POST /api/auth/signup": Line("NONE", body=SIGN_IN, origin="always", asks=True),
    "POST /api/auth/login": Line("NONE", body=SIGN_IN, origin="always", asks=True),
    "POST /api/auth/logout": Line("NONE", origin="always"),
    "GET /api/auth/me": Line("PERSON", unverified=True),
    "GET /api/auth/session": Line("SESSION", unverified=True, signed_out=(401, None, None)),
    "POST /api/auth/session/ping": Line("SESSION", unverified=True, signed_out=EXPIRED),
    "GET /api/auth/sessions": Line("SESSION", unverified=True),
    "DELETE /api/auth/sessions": Line("SESSION", unverified=True),
    "DELETE /api/auth/sessions/{}": Line("SESSION", ids=("sess",), unverified=True),
    "POST /api/auth/account": Line("SESSION", body={"accountId": "acct_0000000000000000"}),
    "POST /api/auth/verify-email": Line("NONE", body={"token": "x"}, origin="always"),
    "POST /api/auth/resend-verification": Line("NONE", body={"email": "nobody@example.com"}, origin="always"),
    "POST /api/auth/forgot-password": Line("NONE", body={"email": "nobody@example.com"}, origin="always"),
    "POST /api/auth/reset-password": Line("NONE", body={"token": "x", "password": "x" * 10}, origin="always"),
    "POST /api/auth/change-password": Line("SESSION", body={}, unverified=True),
    "POST /api/auth/device/request": Line("NONE", origin="sent"),
    "POST /api/auth/device/poll": Line("NONE", body={"deviceCode": "x"}),
    "POST /api/auth/device/authorize": Line("SESSION", body={"userCode": "AAAA-AAAA"}),
    "POST /api/auth/device/deny": Line("SESSION", body={"userCode": "AAAA-AAAA"}),
    # agents, by their keys
    "POST /api/verify": Line("AGENT", ids=(), body=ACT),
    "POST /api/actions/execute": Line("AGENT", ids=(), body={**ACT, "resource": "any", "input": {}}),
    "GET /api/agents/{}": Line("AGENT", ids=("agent",)),
    "POST /api/agents/{}/rotate-key": Line("AGENT", ids=("agent",)),
    "GET /api/agents/{}/boundary": Line("AGENT", ids=("agent",)),
    "GET /api/logs/{}": Line("AGENT", ids=("agent",)),
    "GET /api/logs/{}/stream": Line("AGENT", ids=("agent",)),
    "GET /api/approvals/{}": Line("AGENT", ids=("apr",)),
    # visitors of guarded sites, by the sites' keys
    "POST /api/site-guard/check": Line("SITE", body={"path": "/", "domain": "shop.example"}),
    "GET /api/site-guard/authorize": Line("SITE", headers=(("X-Original-URI", "/"),)),
    # agents and permissions, by people
    "POST /api/agents": Line("CREATOR", "admin", body={"name": "Intruder"}),
    "POST /api/permissions": Line("GRANTOR", "admin", body=ACT),
    "POST /api/permissions/{}/revoke": Line("GRANTOR", "admin", ids=("perm",)),
    "GET /api/dashboard/agents": Line("PERSON", "viewer"),
    "POST /api/dashboard/agents": Line("PERSON", "admin", body={"name": "Intruder"}),
    "GET /api/dashboard/agents/{}": Line("PERSON", "viewer", ids=("agent",)),
    "PATCH /api/dashboard/agents/{}": Line("PERSON", "admin", ids=("agent",), body={"name": "Other"}),
    "POST /api/dashboard/agents/{}/disable": Line("PERSON", "admin", ids=("agent",)),
    "POST /api/dashboard/agents/{}/enable": Line("PERSON", "admin", ids=("agent",)),
    "POST /api/dashboard/agents/{}/rotate-key": Line("PERSON", "admin", ids=("agent",)),
    "POST /api/dashboard/agents/{}/permissions": Line("PERSON", "admin", ids=("agent",), body={"action": "act"}),
    "POST /api/dashboard/agents/{}/permissions/{}/revoke": Line("PERSON", "admin", ids=("agent", "perm")),
    "POST /api/dashboard/agents/{}/permissions/{}/replace": Line(
        "PERSON", "admin", ids=("agent", "perm"), body={"action": "act"}
    ),
    "POST /api/dashboard/agents/{}/permissions/preview": Line("PERSON", "viewer", ids=("agent",), body={}),
    # passports
    "POST /api/dashboard/agents/{}/passport": Line("PERSON", "admin", ids=("agent",)),
    "DELETE /api/dashboard/agents/{}/passport": Line("PERSON", "admin", ids=("agent",)),
    "GET /api/passport/{}": Line("PASSPORT", ids=("agent",)),
    "POST /api/passport/{}": Line("PASSPORT", ids=("agent",), body={"action": "act"}),
    # approvals
    "GET /api/dashboard/approvals": Line("PERSON", "viewer"),
    "GET /api/dashboard/approvals/stream": Line("PERSON", "viewer"),
    "GET /api/dashboard/approvals/{}": Line("PERSON", "viewer", ids=("apr",)),
    "POST /api/dashboard/approvals/{}/approve": Line("SESSION", "approver", ids=("apr",)),
    "POST /api/dashboard/approvals/{}/deny": Line("SESSION", "approver", ids=("apr",)),
    "GET /api/dashboard/inbox": Line("PERSON", "viewer"),
    # the account's log
    "GET /api/dashboard/summary": Line("PERSON", "viewer"),
    "GET /api/dashboard/audit": Line("PERSON", "viewer"),
    "GET /api/dashboard/logs": Line("PERSON", "viewer"),
    "DELETE /api/dashboard/logs": Line("SESSION", "owner", body={}),
    "GET /api/dashboard/logs/stream": Line("PERSON", "viewer"),
    "GET /api/dashboard/logs/erasures": Line("PERSON", "viewer"),
    "GET /api/dashboard/logs/{}": Line("PERSON", "viewer", ids=("req",)),
    "DELETE /api/dashboard/logs/{}": Line("SESSION", "owner", ids=("req",)),
    # webhooks
    "GET /api/dashboard/webhooks": Line("PERSON", "viewer"),
    "POST /api/dashboard/webhooks": Line("PERSON", "admin", body=ENDPOINT),
    "GET /api/dashboard/webhooks/{}": Line("PERSON", "viewer", ids=("wh",)),
    "PATCH /api/dashboard/webhooks/{}": Line("PERSON", "admin", ids=("wh",), body=ENDPOINT),
    "DELETE /api/dashboard/webhooks/{}": Line("PERSON", "admin", ids=("wh",)),
    "POST /api/dashboard/webhooks/{}/enable": Line("PERSON", "admin", ids=("wh",)),
    "POST /api/dashboard/webhooks/{}/disable": Line("PERSON", "admin", ids=("wh",)),
    "POST /api/dashboard/webhooks/{}/rotate-secret": Line("PERSON", "admin", ids=("wh",)),
    "POST /api/dashboard/webhooks/{}/test": Line("PERSON", "admin", ids=("wh",)),
    "POST /api/dashboard/webhooks/{}/replay": Line("PERSON", "admin", ids=("wh",)),
    "GET /api/dashboard/webhook-events": Line("PERSON", "viewer"),
    "POST /api/dashboard/webhook-events/replay": Line("PERSON", "admin"),
    "GET /api/dashboard/webhook-events/{}": Line("PERSON", "viewer", ids=("evt",)),
    "POST /api/dashboard/webhook-events/{}/replay": Line("PERSON", "admin", ids=("evt",)),
    # guarded sites
    "GET /api/dashboard/sites": Line("PERSON", "viewer"),
    "POST /api/dashboard/sites": Line("PERSON", "admin", body=SITE),
    "GET /api/dashboard/sites/{}": Line("PERSON", "viewer", ids=("site",)),
    "PATCH /api/dashboard/sites/{}": Line("PERSON", "admin", ids=("site",), body={"status": "disabled"}),
    "DELETE /api/dashboard/sites/{}": Line("PERSON", "admin", ids=("site",)),
    "GET /api/dashboard/sites/{}/logs": Line("PERSON", "viewer", ids=("site",)),
    "GET /api/dashboard/sites/{}/rules": Line("PERSON", "viewer", ids=("site",)),
    "POST /api/dashboard/sites/{}/rules": Line("PERSON", "admin", ids=("site",), body=RULE),
    "PATCH /api/dashboard/sites/{}/rules/{}": Line("PERSON", "admin", ids=("site", "sgr"), body={"name": "Other"}),
    "DELETE /api/dashboard/sites/{}/rules/{}": Line("PERSON", "admin", ids=("site", "sgr")),
    "GET /api/dashboard/sites/{}/keys": Line("PERSON", "viewer", ids=("site",)),
    "POST /api/dashboard/sites/{}/keys": Line("PERSON", "admin", ids=("site",), body={"name": "Key"}),
    "DELETE /api/dashboard/sites/{}/keys/{}": Line("PERSON", "admin", ids=("site", "sgk")),
    "GET /api/dashboard/sites/{}/directories": Line("PERSON", "viewer", ids=("site",)),
    "POST /api/dashboard/sites/{}/directories": Line("PERSON", "admin", ids=("site",), body=DIRECTORY),
    "DELETE /api/dashboard/sites/{}/directories/{}": Line("PERSON", "admin", ids=("site", "sgd")),
    "POST /api/dashboard/sites/{}/directories/{}/refresh": Line("PERSON", "admin", ids=("site", "sgd")),
    # who is in the account
    "GET /api/dashboard/members": Line("PERSON", "viewer"),
    "PATCH /api/dashboard/members/{}": Line("SESSION", "admin", ids=("mbr",), body={"role": "viewer"}),
    "DELETE /api/dashboard/members/{}": Line("SESSION", "admin", ids=("mbr",)),
    "POST /api/dashboard/members/leave": Line("SESSION", "viewer"),
    "GET /api/dashboard/members/invites": Line("SESSION", "admin"),
    "POST /api/dashboard/members/invites": Line("SESSION", "admin", body={"role": "viewer"}),
    "DELETE /api/dashboard/members/invites/{}": Line("SESSION", "admin", ids=("inv",)),
    "POST /api/auth/invite": Line("NONE", body={"token": "x"}, origin="sent"),
    "POST /api/auth/accept-invite": Line("NONE", body={"token": "x"}, origin="sent"),
    # tokens and settings
    "GET /api/dashboard/tokens": Line("SESSION", "viewer"),
    "POST /api/dashboard/tokens": Line("SESSION", "viewer", body={"name": "Token"}),
    "DELETE /api/dashboard/tokens/{}": Line("SESSION", "viewer", ids=("tok",)),
    "GET /api/dashboard/settings": Line("PERSON", "viewer"),
    "PATCH /api/dashboard/settings": Line("SESSION", "owner", body={"separationOfDuties": False}),
    # the whole server
    "GET /metrics": Line("METRICS"),
    "GET /api/operator/accounts": Line("OPERATOR"),
    "GET /api/operator/summary": Line("OPERATOR"),
    "GET /api/operator/settings": Line("OPERATOR"),
    "GET /api/operator/signing-keys": Line("OPERATOR"),
    "POST /api/operator/signing-keys/rotate": Line("OPERATOR"),
    "GET /api/operator/webhook-events": Line("OPERATOR"),
    "GET /api/operator/webhook-events/{}": Line("OPERATOR", ids=("evt",)),
    "POST /api/operator/webhook-events/{}/replay": Line("OPERATOR", ids=("evt",)),
    "GET /api/webhooks/process": Line("OPERATOR", setup="alone"),
    "POST /api/webhooks/process": Line("OPERATOR", setup="too"),
    "GET /api/cron/purge-logs": Line("OPERATOR", setup="alone"),
    "POST /api/cron/purge-logs": Line("OPERATOR", setup="too"),
}


class Route(NamedTuple):
    """A row of the server's table with what is expected of it."""

    method: str
    pattern: str
    line: Line

    @property
    def name(self) -> str:
        """As the keys of EXPECTED."""
        return f"{self.method} {self.pattern}"


class Row(NamedTuple):
    """A row as it stands in the source."""

    name: str
    kind: str
    flags: str


def read_table() -> list[Row]:
    """The rows of src/http/route.c."""
    source = (ROOT / "src" / "http" / "route.c").read_text()
    table = source[source.index("bh_routes[] = {") : source.index("bh_routes_count")]
    row = r'\{BH_(\w+),\s*"([^"]+)",\s*BH_CREDENTIAL_(\w+),\s*[A-Z_|\s]+,\s*([A-Z_|\s]+),\s*bh_\w+\}'
    found = re.findall(row, table)
    assert len(found) == table.count("BH_CREDENTIAL_")
    return [Row(f"{method} {pattern}", kind, flags) for method, pattern, kind, flags in found]


def read_routes() -> list[Route]:
    """The server's routes that have an expectation; test_roles.py fails for one that has none."""
    found = []
    for row in read_table():
        method, pattern = row.name.split(" ")
        if row.name in EXPECTED:
            found.append(Route(method, pattern, EXPECTED[row.name]))
    return found


ROUTES = read_routes()
NAMES = [route.name for route in ROUTES]
