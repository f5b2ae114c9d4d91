# SPDX-License-Identifier: Apache-2.0
"""Every route with every wrong credential: refused in the same words, and nothing leaks."""

import json
import re
import secrets
from typing import Any, Callable, NamedTuple, Optional

import pytest
import requests

from api_support import Agent, error_of, other_account, sql
from harness import ROOT, Server

StartServer = Callable[..., Server]

AGENT_AUTH = (401, "Missing or invalid API key.", "AGENT_AUTH_REQUIRED")
MISMATCH = (401, "API key does not match this agent.", "AGENT_API_KEY_MISMATCH")
UNKNOWN_AGENT = (404, "Unknown agent.", "AGENT_NOT_FOUND")
DEVELOPER_AUTH = (401, "Developer authentication required.", "AUTH_REQUIRED")
DEVELOPER_TOKEN = (401, "Invalid developer token.", "INVALID_DEVELOPER_TOKEN")
SETUP_AUTH = (401, "Console authentication or setup token required.", "AUTH_REQUIRED")
CREATION_CLOSED = (403, "Agent creation is disabled for public requests.", None)
AUTHORITY = (
    403,
    "Agents cannot grant permissions. Create this permission from the dashboard or authenticate with a "
    "developer token.",
    "AUTHORITY_FORBIDDEN",
)
SESSION_NEEDED = (403, "This needs a person who is signed in.", "SESSION_REQUIRED")
ACCOUNT_MISMATCH = (403, "Agent does not belong to this developer account.", "AGENT_ACCOUNT_MISMATCH")


class Route(NamedTuple):
    """A row of the server's table."""

    method: str
    pattern: str
    credential: str


ROUTES = [
    Route("GET", "/api/health", "NONE"),
    Route("GET", "/api/health/db", "OPERATOR"),
    Route("POST", "/api/verify", "AGENT"),
    Route("POST", "/api/agents", "CREATOR"),
    Route("GET", "/api/agents/{}", "AGENT"),
    Route("POST", "/api/agents/{}/rotate-key", "AGENT"),
    Route("GET", "/api/agents/{}/boundary", "AGENT"),
    Route("POST", "/api/permissions", "GRANTOR"),
    Route("POST", "/api/permissions/{}/revoke", "GRANTOR"),
    Route("GET", "/api/logs/{}", "AGENT"),
    Route("GET", "/api/logs/{}/stream", "AGENT"),
    Route("GET", "/api/approvals/{}", "AGENT"),
    Route("GET", "/api/dashboard/agents", "PERSON"),
    Route("GET", "/api/dashboard/agents/{}", "PERSON"),
    Route("POST", "/api/dashboard/agents/{}/disable", "PERSON"),
    Route("POST", "/api/dashboard/agents/{}/enable", "PERSON"),
    Route("POST", "/api/dashboard/agents/{}/rotate-key", "PERSON"),
    Route("GET", "/api/dashboard/approvals", "PERSON"),
    Route("GET", "/api/dashboard/approvals/{}", "PERSON"),
    Route("POST", "/api/dashboard/approvals/{}/approve", "SESSION"),
    Route("POST", "/api/dashboard/approvals/{}/deny", "SESSION"),
    Route("GET", "/api/dashboard/inbox", "PERSON"),
]
OF_AN_AGENT = [row for row in ROUTES if row.credential == "AGENT" and row.pattern != "/api/approvals/{}"]
NAMES = [f"{route.method} {route.pattern}" for route in ROUTES]
REFUSAL = {"AGENT": AGENT_AUTH, "PERSON": DEVELOPER_AUTH, "GRANTOR": DEVELOPER_AUTH, "OPERATOR": SETUP_AUTH}
REFUSAL["SESSION"] = DEVELOPER_AUTH
SETUP_TOKEN = "setup-0123456789abcdef0123456789abcdef"


class World(NamedTuple):
    """A server with a setup token, an agent to attack, its neighbour, and another account."""

    server: Server
    victim: Agent
    permission_id: str
    neighbour: Agent
    foreign_token: str
    foreigner: Agent
    foreign_permission_id: str

    def secrets(self) -> list[str]:
        """What no refusal may show."""
        return [
            self.victim.api_key,
            self.neighbour.api_key,
            self.foreigner.api_key,
            self.foreign_token,
            self.server.developer_token,
            SETUP_TOKEN,
        ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The server of this file: its tests leave the agents as they are."""
    env = {"BEHALFID_SETUP_TOKEN": SETUP_TOKEN}
    with Server(tmp_path_factory.mktemp("credentials") / "data", env=env) as server:
        token = other_account(server)
        victim = Agent(server, "Victim")
        foreigner = Agent(server, "Foreigner", token)
        answer = server.call(
            "POST",
            "/api/permissions",
            {"agentId": foreigner.agent_id, "action": "act"},
            server.as_developer(token),
        )
        assert answer.status_code == 201, answer.text
        foreign_permission_id = answer.json()["permissionId"]
        permission_id = victim.grant("act")
        yield World(server, victim, permission_id, Agent(server), token, foreigner, foreign_permission_id)


def send(
    world: World, route: Route, headers: dict[str, str], agent_id: Optional[str] = None, permission_id: str = ""
) -> requests.Response:
    """The route, with a body that would be right for the victim (or the other agent named)."""
    agent_id = agent_id or world.victim.agent_id
    is_permission = route.pattern.startswith("/api/permissions/")
    path = route.pattern.replace("{}", (permission_id or world.permission_id) if is_permission else agent_id)
    bodies = {
        "/api/verify": {"agentId": agent_id, "action": "act"},
        "/api/agents": {"name": "Intruder"},
        "/api/permissions": {"agentId": agent_id, "action": "everything"},
    }
    if route.pattern.endswith("/stream"):  # it would never end
        return requests.get(world.server.base_url + path, headers=headers, stream=True, timeout=30)
    return world.server.call(route.method, path, bodies.get(route.pattern), headers)


def parts(answer: requests.Response) -> tuple[int, str, Optional[str]]:
    """Status, text and code of an error."""
    body = answer.json()
    return answer.status_code, body["error"], body.get("code")


def assert_refused(world: World, answer: requests.Response, expected: tuple[int, str, Optional[str]]) -> None:
    """Refused in exactly these words, with nothing in it that the caller should not have."""
    assert parts(answer) == expected
    assert set(answer.json()) <= {"error", "code", "hint"}
    whole = answer.text + str(answer.headers)
    for secret in [*world.secrets(), world.victim.agent_id, world.permission_id]:
        assert secret not in whole
    assert not re.search(r"bhf_(sk|dev)_[A-Za-z0-9]|agent_[A-Za-z0-9]|perm_[A-Za-z0-9]|acct_", whole)


def test_table_is_complete() -> None:
    """The routes walked here are those of the server's table, with their credentials."""
    source = (ROOT / "src" / "http" / "route.c").read_text()
    table = source[source.index("bh_routes[] = {") : source.index("bh_routes_count")]
    found = re.findall(r'\{BH_(\w+),\s*"([^"]+)",\s*BH_CREDENTIAL_(\w+),', table)
    assert sorted(Route(*row) for row in found) == sorted(ROUTES)
    assert table.count("BH_CREDENTIAL_") == len(found)


def refused_headers(world: World) -> list[dict[str, str]]:
    """Credentials that are none, malformed or of nobody."""
    key = world.victim.api_key
    token = world.server.developer_token
    wrong = [
        "",
        "Bearer",
        "Bearer ",
        key,
        f"Basic {key}",
        f"Bearer {key} {key}",
        f"Bearer {key},",
        f"Bearer, {key}",
        f"BearerX {key}",
        f"Bearer {key[7:]}",
        f"Bearer {key[:-1]}",
        f"Bearer {key}A",
        f"Bearer {key.upper()}",
        "Bearer bhf_sk_",
        "Bearer bhf_sk_" + "A" * 43,
        "Bearer " + "A" * 3000,
        f"Bearer {token}",
        f"Bearer {SETUP_TOKEN}x",
        f"Bearer {SETUP_TOKEN[:-1]}",
    ]
    found: list[dict[str, str]] = [{}]
    found += [{"Authorization": value} for value in wrong]
    found += [{"X-Developer-Token": value} for value in ("", key, token[8:], f"Bearer {token}", SETUP_TOKEN)]
    cookie = {"Cookie": f"behalfid_developer={token}", "Origin": world.server.base_url}
    found += [cookie, {"X-Api-Key": key}, {"Developer-Token": token}]
    return found


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_no_credential_and_malformed_ones(world: World, route: Route) -> None:
    """Without a credential, or with one that is malformed, each route refuses in its own one way."""
    if route.credential == "NONE":
        assert send(world, route, {}).status_code == 200
        return
    for headers in refused_headers(world):
        expected = REFUSAL.get(route.credential, CREATION_CLOSED)
        bearer = headers.get("Authorization", "").split()
        names_key = len(bearer) == 2 and bearer[0] == "Bearer" and bearer[1].startswith("bhf_sk_")
        if route.credential == "GRANTOR" and names_key:
            expected = AGENT_AUTH
        if route.credential == "CREATOR" and "Cookie" in headers:
            expected = DEVELOPER_AUTH
        assert_refused(world, send(world, route, headers), expected)


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_wrong_kind_of_credential(world: World, route: Route) -> None:
    """A valid credential of another kind opens no route, and is not told apart from none."""
    key = world.server.as_agent(world.victim.api_key)
    setup = {"Authorization": f"Bearer {SETUP_TOKEN}"}
    token = world.server.as_developer()
    kinds: dict[str, list[tuple[dict[str, str], tuple[int, str, Optional[str]]]]] = {
        "AGENT": [(setup, AGENT_AUTH), (token, AGENT_AUTH)],
        "PERSON": [(setup, DEVELOPER_AUTH), (key, DEVELOPER_AUTH)],
        "SESSION": [(setup, DEVELOPER_AUTH), (key, DEVELOPER_AUTH), (token, SESSION_NEEDED)],
        "GRANTOR": [(setup, DEVELOPER_AUTH), (key, AUTHORITY)],
        "CREATOR": [(key, CREATION_CLOSED)],
        "OPERATOR": [(key, SETUP_AUTH), (token, SETUP_AUTH)],
        "NONE": [],
    }
    for headers, expected in kinds[route.credential]:
        assert_refused(world, send(world, route, headers), expected)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.credential in ("PERSON", "SESSION", "GRANTOR", "CREATOR")])
def test_unknown_developer_token(world: World, route: Route) -> None:
    """A developer token that nobody has is refused as such, also beside a credential that would do."""
    headers = {"X-Developer-Token": "bhf_dev_" + secrets.token_urlsafe(32)}
    beside: list[dict[str, str]] = [
        {},
        world.server.as_agent(world.victim.api_key),
        {"Authorization": f"Bearer {SETUP_TOKEN}"},
    ]
    for more in beside:
        assert_refused(world, send(world, route, {**more, **headers}), DEVELOPER_TOKEN)


@pytest.mark.parametrize("route", OF_AN_AGENT)
def test_key_of_another_agent(world: World, route: Route) -> None:
    """Another agent's key is told so within its account; beyond it, the agent does not exist."""
    neighbour = world.server.as_agent(world.neighbour.api_key)
    assert_refused(world, send(world, route, neighbour), MISMATCH)
    foreigner = world.server.as_agent(world.foreigner.api_key)
    assert_refused(world, send(world, route, foreigner), UNKNOWN_AGENT)
    missing = "agent_" + secrets.token_urlsafe(12)
    assert parts(send(world, route, foreigner, missing)) == UNKNOWN_AGENT
    assert send(world, route, foreigner, missing).text == send(world, route, foreigner).text


@pytest.mark.parametrize("route", OF_AN_AGENT)
def test_agent_ids_cannot_be_probed(world: World, route: Route) -> None:
    """Without a valid key the answer is the same for an agent that exists and one that does not."""
    missing = "agent_" + secrets.token_urlsafe(12)
    tried: list[dict[str, str]] = [{}, {"Authorization": "Bearer bhf_sk_" + "A" * 43}, world.server.as_developer()]
    for headers in tried:
        known, unknown = send(world, route, headers), send(world, route, headers, missing)
        assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
        assert parts(known) == AGENT_AUTH


def test_developer_of_another_account_sees_nothing(world: World) -> None:
    """Another account's agents and permissions look like ones that do not exist, and stay as they are."""
    headers = world.server.as_developer(world.foreign_token)
    missing = "agent_" + secrets.token_urlsafe(12)
    for route in ROUTES:
        if "dashboard/agents/{}" in route.pattern or route.pattern == "/api/permissions":
            answer = send(world, route, headers)
            assert_refused(world, answer, (404, "Agent not found.", "AGENT_NOT_FOUND"))
            assert send(world, route, headers, missing).text == answer.text
    answer = world.server.call("POST", f"/api/permissions/{world.permission_id}/revoke", headers=headers)
    assert_refused(world, answer, (404, "Permission not found.", "NOT_FOUND"))
    listed = world.server.call("GET", "/api/dashboard/agents", headers=headers).json()["agents"]
    assert [agent["agentId"] for agent in listed] == [world.foreigner.agent_id]
    assert world.victim.decide("act")["allowed"] is True


def test_accounts_do_not_see_each_other(world: World) -> None:
    """Neither may the first account's developer touch what belongs to the other."""
    own = world.server.as_developer()
    for route in ROUTES:
        if "dashboard/agents/{}" in route.pattern:
            answer = send(world, route, own, world.foreigner.agent_id)
            assert parts(answer) == (404, "Agent not found.", "AGENT_NOT_FOUND")
    answer = world.server.call("POST", f"/api/permissions/{world.foreign_permission_id}/revoke", headers=own)
    assert parts(answer) == (404, "Permission not found.", "NOT_FOUND")
    assert world.foreigner.decide("act")["allowed"] is True


def test_rotated_key_opens_nothing(world: World) -> None:
    """A key that was rotated away is as good as none on every route, and the new one works."""
    agent = Agent(world.server)
    old = agent.headers()
    answer = world.server.call("POST", f"/api/agents/{agent.agent_id}/rotate-key", headers=old)
    assert answer.status_code == 200
    new = world.server.as_agent(answer.json()["apiKey"])
    for route in ROUTES:
        if route.credential in ("AGENT", "GRANTOR"):
            assert_refused(world, send(world, route, old, agent.agent_id), AGENT_AUTH)
        if route in OF_AN_AGENT and not route.pattern.endswith("rotate-key"):
            assert send(world, route, new, agent.agent_id).status_code == 200


def test_removed_developer_token_opens_nothing(world: World) -> None:
    """A developer token that was removed from the database is unknown at the next call."""
    done = world.server.command_line("admin", "token", "create", "--name", "short-lived", "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    headers = world.server.as_developer(made["token"])
    assert world.server.call("GET", "/api/dashboard/agents", headers=headers).status_code == 200
    sql(world.server, "DELETE FROM developer_token WHERE token_id = ?", made["tokenId"])
    answer = world.server.call("GET", "/api/dashboard/agents", headers=headers)
    assert_refused(world, answer, DEVELOPER_TOKEN)


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}", "bEaReR   {}", "Bearer \t {}", "Bearer {}  "])
def test_accepted_forms_of_the_bearer_header(world: World, form: str) -> None:
    """The scheme in any case and any white space between the two words will do."""
    headers = {"Authorization": form.format(world.victim.api_key)}
    assert send(world, ROUTES[2], headers).status_code == 200


def test_refused_calls_leave_no_row(world: World) -> None:
    """A verify call that was not authenticated is no decision: the agent's log does not grow."""
    agent = Agent(world.server)
    tried: list[dict[str, str]] = [{}, world.neighbour.headers(), world.foreigner.headers()]
    for headers in tried:
        assert send(world, ROUTES[2], headers, agent.agent_id).status_code in (401, 404)
    assert not agent.rows()


# ---- developer token beside the agent's key ----


@pytest.mark.parametrize("path", ["/api/verify", "/api/agents/{}/boundary"])
def test_developer_token_beside_the_key(world: World, path: str) -> None:
    """A developer token beside the key must be valid and of the agent's account; one without prefix is ignored."""
    (route,) = [row for row in ROUTES if row.pattern == path]
    key = world.victim.headers()
    assert send(world, route, {**key, **world.server.as_developer()}).status_code == 200
    assert send(world, route, {**key, "X-Developer-Token": "something else"}).status_code == 200
    assert send(world, route, {**key, "X-Developer-Token": ""}).status_code == 200
    unknown = send(world, route, {**key, "X-Developer-Token": "bhf_dev_" + "A" * 43})
    assert_refused(world, unknown, DEVELOPER_TOKEN)
    foreign = send(world, route, {**key, "X-Developer-Token": world.foreign_token})
    assert_refused(world, foreign, ACCOUNT_MISMATCH)


def test_refused_developer_token_leaves_no_row(world: World) -> None:
    """A verify call refused for its developer token decides and records nothing."""
    agent = Agent(world.server)
    for token in ("bhf_dev_" + "A" * 43, world.foreign_token):
        assert agent.verify("act", {"X-Developer-Token": token}).status_code in (401, 403)
    assert not agent.rows()


# ---- setup token and public creation ----


def create(server: Server, headers: dict[str, str]) -> requests.Response:
    """POST /api/agents."""
    return server.call("POST", "/api/agents", {"name": "New"}, headers)


def test_setup_token_creates_agents(world: World) -> None:
    """The setup token makes agents of the first account, and shows the state of the database."""
    headers = {"Authorization": f"Bearer {SETUP_TOKEN}"}
    answer = create(world.server, headers)
    assert answer.status_code == 201
    path = f"/api/dashboard/agents/{answer.json()['agentId']}"
    assert world.server.call("GET", path, headers=world.server.as_developer()).status_code == 200
    health = world.server.call("GET", "/api/health/db", headers=headers)
    assert health.status_code == 200
    assert set(health.json()) == {"status", "service", "database"}
    assert health.json()["status"] == "ok"


def test_setup_token_is_none_when_not_set(demo: Server) -> None:
    """Without a setup token in the environment no bearer value passes for it."""
    for value in ("Bearer", "Bearer ", "Bearer x", f"Bearer {SETUP_TOKEN}"):
        headers = {"Authorization": value}
        assert parts(create(demo, headers)) == CREATION_CLOSED
        assert parts(demo.call("GET", "/api/health/db", headers=headers)) == SETUP_AUTH


def test_creation_is_refused_before_the_body(world: World) -> None:
    """Who may not create agents learns nothing about the body."""
    answer = world.server.call("POST", "/api/agents", {"zzz": 1})
    assert_refused(world, answer, CREATION_CLOSED)


def test_public_creation_is_a_switch(start_server: StartServer) -> None:
    """With public creation on anyone makes agents, but an invalid developer token is still refused."""
    server = start_server("--public-agent-creation")
    answer = create(server, {})
    assert answer.status_code == 201
    found = server.call("GET", "/api/dashboard/agents", headers=server.as_developer()).json()["agents"]
    assert answer.json()["agentId"] in [agent["agentId"] for agent in found]
    assert parts(create(server, {"X-Developer-Token": "bhf_dev_" + "A" * 43})) == DEVELOPER_TOKEN
    assert error_of(server.call("POST", "/api/agents", {})) == (400, "name is required.")
    for path in ("/api/permissions", "/api/dashboard/agents/x/rotate-key"):
        body = {"agentId": answer.json()["agentId"], "action": "act"}
        assert server.call("POST", path, body).status_code == 401


def test_self_permissions_are_a_switch(start_server: StartServer) -> None:
    """With self-permissions on an agent's key grants and revokes for that agent alone."""
    server = start_server("--agent-self-permissions")
    agent, other = Agent(server), Agent(server)
    foreign_id = other.grant("act")

    def grant(agent_id: str) -> requests.Response:
        return server.call("POST", "/api/permissions", {"agentId": agent_id, "action": "act"}, agent.headers())

    made = grant(agent.agent_id)
    assert made.status_code == 201
    assert agent.decide("act")["allowed"] is True
    assert parts(grant(other.agent_id)) == MISMATCH
    theirs = server.call("POST", f"/api/permissions/{foreign_id}/revoke", headers=agent.headers())
    assert parts(theirs) == (404, "Permission not found.", "NOT_FOUND")
    assert other.decide("act")["allowed"] is True
    mine = server.call("POST", f"/api/permissions/{made.json()['permissionId']}/revoke", headers=agent.headers())
    assert (mine.status_code, mine.json()) == (200, {"revoked": True})
    assert agent.decide("act")["allowed"] is False
