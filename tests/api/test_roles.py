# SPDX-License-Identifier: Apache-2.0
"""The whole matrix: who, with which role, by which credential, may call which route."""

import json
from typing import Any, Iterator, NamedTuple, Optional

import pytest
import requests

from api_support import Agent, sql
from harness import Server
from people_support import ROLES, Account, Person, public_id
from route_table import DIRECTORY, EXPECTED, NAMES, ROUTES, Route, read_table

Refusal = tuple[int, Optional[str], Optional[str]]

AGENT_AUTH = (401, "Missing or invalid API key.", "AGENT_AUTH_REQUIRED")
PASSPORT = (401, "Invalid passport link.", None)
METRICS: Refusal = (401, "Metrics token required.", "AUTH_REQUIRED")
AUTH = (401, "Developer authentication required.", "AUTH_REQUIRED")
TOKEN = (401, "Invalid developer token.", "INVALID_DEVELOPER_TOKEN")
SESSION = (403, "This needs a person who is signed in.", "SESSION_REQUIRED")
NOT_A_MEMBER = (403, "Workspace account required.", "WORKSPACE_ACCOUNT_REQUIRED")
ROLE = (403, "Your role in this account does not allow this.", "AUTHORITY_FORBIDDEN")
VIEWER = (403, "A viewer cannot change anything.", "VIEWER_MUTATION_FORBIDDEN")
OPERATOR = (403, "Operator access required.", None)
SETUP = (401, "Console authentication or setup token required.", "AUTH_REQUIRED")
SITE_KEY = (401, "Invalid Site Guard key.", None)
SITE_AUTH = (401, "Site Guard key or developer token required.", None)

WHO = ["none", *ROLES, "removed", "foreign", "operator"]


class World(NamedTuple):
    """A server with an account full of things, and another one beside it."""

    server: Server
    account: Account
    other: Account
    removed: Person
    agent: Agent
    ids: dict[str, str]  # things of the account, by the prefix of their ids


def made(owner: Person, path: str, body: Any) -> Any:
    """What a new guarded site, or something of it, is answered with."""
    answer = owner.call("POST", "/api/dashboard/sites" + path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for the whole walk: whoever calls is made anew for each call."""
    env = {"BEHALFID_METRICS_TOKEN": "metrics-0123456789abcdef"}
    with Server(tmp_path_factory.mktemp("roles") / "data", "--signup", "open", env=env) as server:
        account = Account(server, first=True)
        owner, member, removed = Person(account, "owner"), Person(account, "viewer"), Person(account, "owner")
        assert owner.call("DELETE", f"/api/dashboard/members/{removed.member_id}").status_code == 200
        invited = owner.call("POST", "/api/dashboard/members/invites", {"role": "viewer"})
        assert invited.status_code == 201, invited.text
        agent = Agent(server)
        site = made(owner, "", {"name": "Site", "domain": "shop.example"})["site"]["siteId"]
        kept: Any = {**DIRECTORY, "url": "https://kept.example"}
        ids = {
            "site": site,
            "sgr": made(owner, f"/{site}/rules", {"name": "Rule", "agentIdentifier": "bot"})["rule"]["ruleId"],
            "sgk": made(owner, f"/{site}/keys", {"name": "Key"})["key"]["keyId"],
            "sgd": made(owner, f"/{site}/directories", kept)["directory"]["directoryId"],
            "agent": agent.agent_id,
            "perm": agent.grant("act"),
            "mbr": member.member_id,
            "inv": invited.json()["inviteId"],
            "tok": member.token_id,
        }
        yield World(server, account, Account(server, "Other"), removed, agent, ids)


def make(world: World, who: str) -> Person:
    """Somebody new of that kind, because some calls end a session or a membership."""
    if who == "removed":
        return world.removed
    if who == "foreign":
        return Person(world.other, "owner")
    if who == "operator":
        return Person(world.other, None, operator=True)
    return Person(world.account, None if who == "none" else who)


def send(world: World, route: Route, headers: dict[str, str], real: bool) -> requests.Response:
    """The route with a right body, for real things of the account or for ones that do not exist."""
    path = route.pattern
    for prefix in route.line.ids:
        path = path.replace("{}", world.ids.get(prefix, public_id(prefix)) if real else public_id(prefix), 1)
    agent_id = world.ids["agent"] if real else public_id("agent")
    body = json.loads(json.dumps(route.line.body).replace("{agent}", agent_id))
    url = world.server.base_url + path
    headers = {**dict(route.line.headers), **headers}
    with requests.request(route.method, url, json=body, headers=headers, stream=True, timeout=60) as answer:
        if "text/event-stream" not in answer.headers.get("Content-Type", ""):
            answer.content  # pylint: disable=pointless-statement
        return answer


def by_role(route: Route, who: str) -> Optional[Refusal]:
    """What the role says; None = allowed."""
    least = route.line.least
    role = "owner" if who == "foreign" else who
    if not least:
        return None
    if role not in ROLES:  # no part in the account that the session works in
        return NOT_A_MEMBER
    if ROLES.index(role) >= ROLES.index(least):
        return None
    if route.name.endswith(("/approve", "/deny")):
        verb = route.name.rsplit("/", 1)[1]
        return 403, f"You are not authorized to {verb} this request.", "AUTHORITY_FORBIDDEN"
    return VIEWER if role == "viewer" and route.method != "GET" else ROLE


def expected(route: Route, who: str, via: str) -> Optional[Refusal]:
    """The refusal in its exact words; None = allowed."""
    kind = route.line.kind
    if kind == "NONE":
        return None
    if kind == "AGENT":
        return AGENT_AUTH
    if kind == "PASSPORT":
        return PASSPORT
    if kind == "METRICS":
        return METRICS
    if kind == "SITE":  # a developer token is answered about its own account's sites; a session never
        if not route.line.body:
            return SITE_KEY
        if via == "session":
            return SITE_AUTH
        return TOKEN if who == "removed" else None if who in (*ROLES, "foreign") else NOT_A_MEMBER
    if kind == "OPERATOR":
        if via == "token" or route.line.setup == "alone":
            return SETUP if route.line.setup else OPERATOR
        return AUTH if who == "removed" else None if who == "operator" else OPERATOR
    if who == "removed":
        return TOKEN if via == "token" else route.line.signed_out or AUTH
    if kind == "SESSION" and via == "token":
        return SESSION
    return by_role(route, who)


def parts(answer: requests.Response) -> Refusal:
    """Status, text and code of an error."""
    body = answer.json()
    return answer.status_code, body.get("error"), body.get("code")


def test_every_route_has_an_expectation() -> None:
    """Each row of the server's table has a line here, of the same kind: a new route without one fails this."""
    rows = read_table()
    assert sorted(row.name for row in rows) == sorted(EXPECTED)
    assert [(row.name, row.kind) for row in rows if row.kind != EXPECTED[row.name].kind] == []
    assert len({row.name for row in rows}) == len(rows) > 30
    for row in rows:
        line = EXPECTED[row.name]
        assert len(line.ids) == row.name.count("{}"), row.name
        signed_in = line.kind in ("PERSON", "SESSION", "GRANTOR", "CREATOR")
        assert not signed_in or (not line.least) == ("ANY_ROLE" in row.flags), row.name


@pytest.mark.parametrize("via", ["session", "token"])
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_role_by_route(world: World, route: Route, who: str, via: str) -> None:
    """Each role may call exactly the routes that are its own; every refusal says why, in the same words."""
    person = make(world, who)
    headers = person.by_session() if via == "session" else {**person.by_token(), "Origin": world.server.base_url}
    refusal = expected(route, who, via)
    foreign_thing = who == "foreign" and bool(route.line.ids or "{agent}" in json.dumps(route.line.body))
    answer = send(world, route, headers, real=foreign_thing)
    if refusal is not None:
        assert parts(answer) == refusal
    elif foreign_thing and route.line.kind != "NONE":
        assert answer.status_code == 404, answer.text
        assert parts(answer) == parts(send(world, route, headers, real=False))
    elif not route.line.asks:
        assert answer.status_code not in (401, 403, 405, 500), answer.text


def test_unknown_field_is_named_by_every_route(world: World) -> None:
    """Each route that reads a body names the field that it does not know, in full where that is short enough."""
    owner, bodied = Person(world.account, "owner"), {row.name for row in read_table() if "BH_ROUTE_BODY" in row.flags}
    # these two answer the same whatever they are sent
    bodied -= {"POST /api/auth/forgot-password", "POST /api/auth/resend-verification"}
    assert len(bodied) > 20
    for route in ROUTES:
        if route.name not in bodied:
            continue
        for field in ("long_name_" * 15, "longer_name_" * 50):
            path = route.pattern
            for prefix in route.line.ids:
                path = path.replace("{}", world.ids.get(prefix, public_id(prefix)), 1)
            by_key = world.agent.headers() if route.line.kind in ("AGENT", "PASSPORT") else {}
            answer = world.server.call(route.method, path, {field: 1}, {**owner.by_session(), **by_key})
            assert parts(answer) == (400, f"Unknown field: {field[:200]}.", None), route.name


def test_things_of_the_account_outlive_the_walk(world: World) -> None:
    """After all those calls from elsewhere each thing of the account is as it was."""
    owner = Person(world.account, "owner")
    agent = owner.call("GET", f"/api/dashboard/agents/{world.ids['agent']}").json()
    assert agent["agent"]["status"] == "active" and agent["agent"]["name"] == "Test agent"
    assert [(row["permissionId"], row["status"]) for row in agent["permissions"]] == [(world.ids["perm"], "active")]
    listed: Any = owner.call("GET", "/api/dashboard/members").json()["members"]
    assert [row["role"] for row in listed if row["memberId"] == world.ids["mbr"]] == ["viewer"]
    invites = owner.call("GET", "/api/dashboard/members/invites").json()["invites"]
    assert world.ids["inv"] in [row["inviteId"] for row in invites]
    site = owner.call("GET", f"/api/dashboard/sites/{world.ids['site']}").json()
    assert (site["site"]["name"], site["site"]["status"]) == ("Site", "active")
    assert [(row["ruleId"], row["name"]) for row in site["rules"]] == [(world.ids["sgr"], "Rule")]
    assert [(row["keyId"], row["status"]) for row in site["keys"]] == [(world.ids["sgk"], "active")]
    # not out of the listing, which shows the newest, and the walk has made very many
    tokens = sql(world.server, "SELECT token_id FROM developer_token WHERE token_id = ?", world.ids["tok"])
    assert tokens == [(world.ids["tok"],)]
