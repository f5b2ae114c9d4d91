# SPDX-License-Identifier: Apache-2.0
"""
What each route of the server must demand: one line per route, written down by hand and held against the server's own
table, so that a route without an expectation fails the tests. The walks in test_roles.py and test_credentials.py try
every line.
"""

import re
from typing import Any, NamedTuple

from harness import ROOT


class Line(NamedTuple):
    """
    kind: NONE (public), AGENT (its key), PERSON (session or token), SESSION, GRANTOR, CREATOR, OPERATOR.
    least: the lowest role that may, "" = whoever is signed in.
    ids: what the path's "{}" stand for, as prefixes of ids.
    body: sent by the walks, with "{agent}" for an agent's id.
    origin: of public routes that look at it: "always", or "sent" = only when the header is there.
    unverified: also for somebody whose e-mail is not verified.
    setup: of operators' routes: the setup token will do too.
    asks: a public route that answers 401 or 403 by itself.
    """

    kind: str
    least: str = ""
    ids: tuple[str, ...] = ()
    body: Any = None
    origin: str = ""
    unverified: bool = False
    setup: bool = False
    asks: bool = False


ACT = {"agentId": "{agent}", "action": "act"}

EXPECTED: dict[str, Line] = {
    "GET /api/health": Line("NONE"),
    "GET /api/health/db": Line("OPERATOR", setup=True),
    # agents, by their keys
    "POST /api/verify": Line("AGENT", ids=(), body=ACT),
    "GET /api/agents/{}": Line("AGENT", ids=("agent",)),
    "POST /api/agents/{}/rotate-key": Line("AGENT", ids=("agent",)),
    "GET /api/agents/{}/boundary": Line("AGENT", ids=("agent",)),
    "GET /api/logs/{}": Line("AGENT", ids=("agent",)),
    "GET /api/logs/{}/stream": Line("AGENT", ids=("agent",)),
    "GET /api/approvals/{}": Line("AGENT", ids=("apr",)),
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
    # who is in the account
    "GET /api/dashboard/members": Line("PERSON", "viewer"),
    "PATCH /api/dashboard/members/{}": Line("SESSION", "admin", ids=("mbr",), body={"role": "viewer"}),
    "DELETE /api/dashboard/members/{}": Line("SESSION", "admin", ids=("mbr",)),
    "POST /api/dashboard/members/leave": Line("SESSION", "viewer"),
    "GET /api/dashboard/members/invites": Line("SESSION", "admin"),
    "POST /api/dashboard/members/invites": Line("SESSION", "admin", body={"role": "viewer"}),
    "DELETE /api/dashboard/members/invites/{}": Line("SESSION", "admin", ids=("inv",)),
    "POST /api/auth/accept-invite": Line("NONE", body={"token": "x"}, origin="sent"),
    # tokens and settings
    "GET /api/dashboard/tokens": Line("SESSION", "viewer"),
    "POST /api/dashboard/tokens": Line("SESSION", "viewer", body={"name": "Token"}),
    "DELETE /api/dashboard/tokens/{}": Line("SESSION", "viewer", ids=("tok",)),
    "GET /api/dashboard/settings": Line("PERSON", "viewer"),
    "PATCH /api/dashboard/settings": Line("SESSION", "owner", body={"separationOfDuties": False}),
    # the whole server
    "GET /api/operator/accounts": Line("OPERATOR"),
    "GET /api/operator/settings": Line("OPERATOR"),
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
