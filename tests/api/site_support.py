# SPDX-License-Identifier: Apache-2.0
"""What the tests of guarded sites share: sites, rules and keys of an account, entries of their access logs."""

from typing import Any, NamedTuple, Optional

import requests

from api_support import now_ms, sql
from harness import Server

SITES = "/api/dashboard/sites"
NO_SITE = (404, "Site not found.")
NO_RULE = (404, "Site Guard rule not found.")
NO_KEY = (404, "Site Guard key not found or already revoked.")
NO_SIGNAL = (400, "agentIdentifier or userAgentPattern is required.")


class World(NamedTuple):
    """A server, and another account on it."""

    server: Server
    foreign_token: str


NAMES = iter(range(1_000_000))


def call(world: World, method: str, path: str = "", body: Any = None, token: Optional[str] = None) -> requests.Response:
    """One call below /api/dashboard/sites."""
    return world.server.call(method, SITES + path, body, world.server.as_developer(token))


def made(answer: requests.Response, status: int = 201) -> dict[str, Any]:
    """The answer of a call that must succeed."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def new_site(world: World, token: Optional[str] = None, **fields: Any) -> dict[str, Any]:
    """A new site, of a domain that nobody has."""
    body = {"name": "Site", "domain": f"site-{next(NAMES)}.example", **fields}
    site: dict[str, Any] = made(call(world, "POST", "", body, token))["site"]
    return site


def rule_body(**fields: Any) -> dict[str, Any]:
    """What a rule needs at least, and these fields."""
    return {"name": "Rule", "agentIdentifier": "bot", **fields}


def new_rule(world: World, site: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A new rule of the site."""
    rule: dict[str, Any] = made(call(world, "POST", f"/{site['siteId']}/rules", rule_body(**fields)))["rule"]
    return rule


def new_key(world: World, site: dict[str, Any], name: str = "Key") -> tuple[dict[str, Any], str]:
    """A new key of the site: its record, and the key itself."""
    answer = made(call(world, "POST", f"/{site['siteId']}/keys", {"name": name}))
    return answer["key"], answer["rawKey"]


def read(world: World, site: dict[str, Any]) -> dict[str, Any]:
    """All that is shown of the site."""
    return made(call(world, "GET", f"/{site['siteId']}"), 200)


def version(world: World, site: dict[str, Any]) -> int:
    """What checks compare with the version of the rules they were made on."""
    ((found,),) = sql(world.server, "SELECT policy_version FROM site WHERE site_id = ?", site["siteId"])
    return int(found)


def log(world: World, site: dict[str, Any], number: int, created_at: int = 0, **texts: Any) -> None:
    """An entry of the access log, as a check writes it."""
    values = {"path": f"/{number}", "user_agent": "Agent/1", "agent_identifier": None, **texts}
    sql(
        world.server,
        "INSERT INTO site_check (site, number, request_id, rule_id, domain, path, user_agent, agent_identifier,"
        " verified_agent, allowed, reason, created_at)"
        " SELECT id, ?, ?, 'sgr_x', domain, ?, ?, ?, NULL, 1, 5, ? FROM site WHERE site_id = ?",
        number,
        f"req_{site['siteId']}_{number}",
        values["path"],
        values["user_agent"],
        values["agent_identifier"],
        created_at or now_ms(),
        site["siteId"],
    )
