# SPDX-License-Identifier: Apache-2.0
"""Every route with every wrong credential: refused in the same words, and nothing leaks."""

import json
import re
import secrets
from typing import Any, Callable, Iterator, NamedTuple, Optional

import pytest
import requests

from api_support import Agent, error_of, now_ms, other_account, sql
from harness import Server
from people_support import Account, Person, public_id
from route_table import ROUTES, Route, read_table

StartServer = Callable[..., Server]
Refusal = tuple[int, Optional[str], Optional[str]]

AGENT_AUTH = (401, "Missing or invalid API key.", "AGENT_AUTH_REQUIRED")
MISMATCH = (401, "API key does not match this agent.", "AGENT_API_KEY_MISMATCH")
UNKNOWN_AGENT = (404, "Unknown agent.", "AGENT_NOT_FOUND")
PASSPORT = (401, "Invalid passport link.", None)
METRICS = (401, "Metrics token required.", "AUTH_REQUIRED")
DEVELOPER_AUTH = (401, "Developer authentication required.", "AUTH_REQUIRED")
DEVELOPER_TOKEN = (401, "Invalid developer token.", "INVALID_DEVELOPER_TOKEN")
SESSION_REQUIRED = (403, "This needs a person who is signed in.", "SESSION_REQUIRED")
ORIGIN = (403, "Invalid request origin.", "INVALID_ORIGIN")
UNVERIFIED = (
    403,
    "Email verification required. Check your inbox or resend the verification email.",
    "EMAIL_VERIFICATION_REQUIRED",
)
OPERATOR = (403, "Operator access required.", None)
SETUP_AUTH = (401, "Console authentication or setup token required.", "AUTH_REQUIRED")
CREATION_CLOSED = (403, "Agent creation is disabled for public requests.", None)
AUTHORITY = (
    403,
    "Agents cannot grant permissions. Create this permission from the dashboard or authenticate with a "
    "developer token.",
    "AUTHORITY_FORBIDDEN",
)
ACCOUNT_MISMATCH = (403, "Agent does not belong to this developer account.", "AGENT_ACCOUNT_MISMATCH")

SITE_KEY = (401, "Invalid Site Guard key.", None)
SITE_AUTH = (401, "Site Guard key or developer token required.", None)

SETUP_TOKEN = "setup-0123456789abcdef0123456789abcdef"
METRICS_TOKEN = "metrics-0123456789abcdef0123456789abc"
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

BY_NAME = {route.name: route for route in ROUTES}
VERIFY = BY_NAME["POST /api/verify"]
PROTECTED = [route for route in ROUTES if route.line.kind != "NONE"]
# those that name an agent, in the path or in the body
OF_AGENTS = [route for route in ROUTES if route.line.kind == "AGENT" and (route.line.body or "agent" in route.line.ids)]
PERSONAL = [route for route in ROUTES if route.line.kind in ("PERSON", "SESSION", "GRANTOR", "CREATOR")]
OPERATORS = [route for route in ROUTES if route.line.kind == "OPERATOR"]
BY_SESSION = [*PERSONAL, *(route for route in OPERATORS if route.line.setup != "alone")]


def each(routes: list[Route]) -> pytest.MarkDecorator:
    """One case for each of these routes."""
    return pytest.mark.parametrize("route", routes, ids=[route.name for route in routes])


class World(NamedTuple):
    """A server with a setup token, an agent to attack, its neighbour, and another account."""

    server: Server
    victim: Agent
    permission_id: str
    neighbour: Agent
    foreign_token: str
    foreigner: Agent
    foreign_permission_id: str
    owner: Person

    def secrets(self) -> list[str]:
        """What no refusal may show."""
        return [
            self.victim.api_key,
            self.neighbour.api_key,
            self.foreigner.api_key,
            self.foreign_token,
            self.server.developer_token,
            self.owner.session,
            self.owner.token,
            self.owner.email,
            SETUP_TOKEN,
            METRICS_TOKEN,
        ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server of this file: its tests leave the agents as they are."""
    env = {"BEHALFID_SETUP_TOKEN": SETUP_TOKEN, "BEHALFID_METRICS_TOKEN": METRICS_TOKEN}
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
        owner = Person(Account(server, first=True), "owner", operator=True)
        yield World(server, victim, permission_id, Agent(server), token, foreigner, foreign_permission_id, owner)


def send(world: World, route: Route, headers: dict[str, str], agent_id: Optional[str] = None) -> requests.Response:
    """The route, with a body that would be right for the victim (or the other agent named)."""
    agent_id = agent_id or world.victim.agent_id
    path = route.pattern
    for prefix in route.line.ids:
        path = path.replace("{}", {"agent": agent_id, "perm": world.permission_id}.get(prefix, public_id(prefix)), 1)
    body = json.loads(json.dumps(route.line.body).replace("{agent}", agent_id))
    url = world.server.base_url + path
    headers = {**dict(route.line.headers), **headers}
    with requests.request(route.method, url, json=body, headers=headers, stream=True, timeout=60) as answer:
        if "text/event-stream" not in answer.headers.get("Content-Type", ""):
            answer.content  # pylint: disable=pointless-statement
        return answer


def parts(answer: requests.Response) -> Refusal:
    """Status, text and code of an error."""
    body = answer.json()
    return answer.status_code, body.get("error"), body.get("code")


def assert_refused(world: World, answer: requests.Response, expected: Refusal) -> None:
    """Refused in exactly these words, with nothing in it that the caller should not have."""
    assert parts(answer) == expected
    assert set(answer.json()) <= {"error", "code", "hint"} or answer.json() == {"authenticated": False}
    whole = answer.text + str(answer.headers)
    for secret in [*world.secrets(), world.victim.agent_id, world.permission_id]:
        assert secret not in whole
    assert not re.search(r"bhf_(sk|dev|inv)_[A-Za-z0-9]|agent_[A-Za-z0-9]|perm_[A-Za-z0-9]|acct_", whole)


def nobody(route: Route) -> Refusal:
    """What the route says to whoever shows nothing that it knows."""
    if route.line.kind == "OPERATOR":
        return SETUP_AUTH if route.line.setup else OPERATOR
    if route.line.kind == "SITE":  # a developer token will do where the body names the site
        return SITE_AUTH if route.line.body else SITE_KEY
    own = {"AGENT": AGENT_AUTH, "PASSPORT": PASSPORT, "CREATOR": CREATION_CLOSED, "METRICS": METRICS}
    return own.get(route.line.kind, signed_out(route))


def signed_out(route: Route) -> Refusal:
    """What the route says to a session that is none or has ended."""
    if route.line.setup == "alone":
        return SETUP_AUTH
    return route.line.signed_out or DEVELOPER_AUTH


def malformed(world: World) -> list[dict[str, str]]:
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
        f"Bearer {world.owner.session}",
        f"Bearer {SETUP_TOKEN}x",
        f"Bearer {SETUP_TOKEN[:-1]}",
        METRICS_TOKEN,
        f"Basic {METRICS_TOKEN}",
        f"Bearer {METRICS_TOKEN}x",
        f"Bearer {METRICS_TOKEN[:-1]}",
    ]
    found: list[dict[str, str]] = [{}]
    found += [{"Authorization": value} for value in wrong]
    found += [{"X-Developer-Token": value} for value in ("", key, token[8:], f"Bearer {token}", SETUP_TOKEN)]
    found += [{"X-Api-Key": key}, {"Developer-Token": token}, {"X-Session": world.owner.session}]
    session = world.owner.session
    cookies = ["", "behalfid_developer", "behalfid_developer=", f"session={session}", f"xbehalfid_developer={session}"]
    return found + [{"Cookie": value, "Origin": world.server.base_url} for value in cookies]


@each(PROTECTED)
def test_no_credential_and_malformed_ones(world: World, route: Route) -> None:
    """Without a credential, or with one that is malformed, each route refuses in its own one way."""
    for headers in malformed(world):
        bearer = headers.get("Authorization", "").split()
        names_key = len(bearer) == 2 and bearer[0] == "Bearer" and bearer[1].startswith("bhf_sk_")
        expected = AGENT_AUTH if route.line.kind == "GRANTOR" and names_key else nobody(route)
        assert_refused(world, send(world, route, headers), expected)


@each(PROTECTED)
def test_wrong_kind_of_credential(world: World, route: Route) -> None:
    """A valid credential of another kind opens no route, and is not told apart from none."""
    key = world.victim.headers()
    token = world.server.as_developer()
    kind = route.line.kind
    if kind not in ("AGENT", "PASSPORT"):
        expected = AUTHORITY if kind == "GRANTOR" else nobody(route)
        assert_refused(world, send(world, route, key), expected)
        assert_refused(world, send(world, route, {**key, "Origin": world.server.base_url}), expected)
    if kind != "CREATOR" and not route.line.setup:
        assert_refused(world, send(world, route, {"Authorization": f"Bearer {SETUP_TOKEN}"}), nobody(route))
    if kind != "METRICS":
        assert_refused(world, send(world, route, {"Authorization": f"Bearer {METRICS_TOKEN}"}), nobody(route))
    if kind in ("AGENT", "PASSPORT", "OPERATOR", "METRICS") or (kind == "SITE" and not route.line.body):
        assert_refused(world, send(world, route, token), nobody(route))
        assert_refused(world, send(world, route, world.owner.by_token()), nobody(route))
    if kind == "SESSION":
        assert_refused(world, send(world, route, token), SESSION_REQUIRED)
        assert_refused(world, send(world, route, world.owner.by_token()), SESSION_REQUIRED)
        assert_refused(world, send(world, route, {**world.owner.by_session(), **token}), SESSION_REQUIRED)
    if kind in ("AGENT", "PASSPORT", "METRICS"):
        assert_refused(world, send(world, route, world.owner.by_session()), nobody(route))


@each(PERSONAL)
def test_unknown_developer_token(world: World, route: Route) -> None:
    """A developer token that nobody has is refused as such, also beside a credential that would do."""
    headers = {"X-Developer-Token": "bhf_dev_" + secrets.token_urlsafe(32)}
    beside: list[dict[str, str]] = [
        {},
        world.victim.headers(),
        world.owner.by_session(),
        {"Authorization": f"Bearer {SETUP_TOKEN}"},
    ]
    for more in beside:
        assert_refused(world, send(world, route, {**more, **headers}), DEVELOPER_TOKEN)


# ---- sessions ----


@each([*PERSONAL, *OPERATORS])
def test_session_that_is_none_or_has_ended(world: World, route: Route) -> None:
    """A session that is unknown, idle for an hour or fourteen days old opens nothing, and its row goes at once."""
    unknown = {"Cookie": "behalfid_developer=" + secrets.token_urlsafe(32), "Origin": world.server.base_url}
    assert_refused(world, send(world, route, unknown), signed_out(route))
    for age_ms, idle_ms in ((2 * HOUR_MS, HOUR_MS), (14 * DAY_MS, 0)):
        person = Person(world.owner.account, "owner", operator=True)
        person.set_session_times(now_ms() - age_ms, now_ms() - idle_ms)
        assert_refused(world, send(world, route, person.by_session()), signed_out(route))
        left = sql(world.server, "SELECT * FROM session WHERE session_id = ?", person.session_id)
        assert (left == []) == (route.line.setup != "alone")


@each(BY_SESSION)
def test_session_from_elsewhere(world: World, route: Route) -> None:
    """What changes something is refused with a session unless the request comes from a page of our own."""
    base = world.server.base_url
    port = base.rsplit(":", 1)[1]
    foreign = ["https://evil.example", "null", "", "file://", f"{base}.evil.example", f"http://evil.example:{port}"]
    foreign += [f"https://127.0.0.1:{port}", "http://127.0.0.1", f"{base}/", f"http://localhost:{port}"]
    tried: list[dict[str, str]] = [world.owner.by_session(origin=None)]
    tried += [{**world.owner.by_session(), "Origin": origin} for origin in foreign]
    for headers in tried:
        answer = send(world, route, headers, public_id("agent"))
        if route.method == "GET":
            assert answer.status_code in (200, 404), answer.text
        else:
            assert_refused(world, answer, ORIGIN)


@each([route for route in ROUTES if route.line.origin])
def test_public_route_from_elsewhere(world: World, route: Route) -> None:
    """A public route that lets people in refuses pages of others."""
    for origin in ("https://evil.example", "null", f"{world.server.base_url}.evil.example"):
        assert_refused(world, send(world, route, {"Origin": origin}), ORIGIN)
    without = send(world, route, {})
    assert (parts(without) == ORIGIN) == (route.line.origin == "always")


def test_origin_rule_is_where_the_table_says() -> None:
    """The routes marked for the Origin rule in the server's table are those that are expected to have it."""
    marked = {row.name for row in read_table() if "BH_ROUTE_ORIGIN" in row.flags}
    assert marked == {route.name for route in ROUTES if route.line.origin == "always"}


@each(BY_SESSION)
def test_unverified_address(world: World, route: Route) -> None:
    """Whoever has not verified the e-mail address reaches only what helps to do so."""
    person = Person(world.owner.account, "owner", operator=True, verified=False)
    answer = send(world, route, person.by_session(), public_id("agent"))
    if route.line.unverified:
        assert UNVERIFIED[1] not in answer.text
    else:
        assert_refused(world, answer, UNVERIFIED)
    if route.line.kind in ("PERSON", "GRANTOR", "CREATOR"):
        assert_refused(world, send(world, route, person.by_token(), public_id("agent")), UNVERIFIED)


def test_session_lives_as_long_as_it_is_used(world: World) -> None:
    """A session one second short of an hour idle goes on, and its time begins anew."""
    person = Person(world.owner.account, "viewer")
    person.set_session_times(now_ms() - DAY_MS, now_ms() - HOUR_MS + 5000)
    answer = person.call("GET", "/api/dashboard/agents")
    assert answer.status_code == 200
    cookie = answer.headers["Set-Cookie"]
    assert cookie == f"behalfid_developer={person.session}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"
    ((seen_at,),) = sql(world.server, "SELECT seen_at FROM session WHERE session_id = ?", person.session_id)
    assert now_ms() - seen_at < 60_000
    assert "Set-Cookie" not in person.call("GET", "/api/dashboard/agents").headers


# ---- keys ----


@each(OF_AGENTS)
def test_key_of_another_agent(world: World, route: Route) -> None:
    """Another agent's key is told so within its account; beyond it, the agent does not exist."""
    neighbour = world.server.as_agent(world.neighbour.api_key)
    assert_refused(world, send(world, route, neighbour), MISMATCH)
    foreigner = world.server.as_agent(world.foreigner.api_key)
    assert_refused(world, send(world, route, foreigner), UNKNOWN_AGENT)
    missing = "agent_" + secrets.token_urlsafe(12)
    assert parts(send(world, route, foreigner, missing)) == UNKNOWN_AGENT
    assert send(world, route, foreigner, missing).text == send(world, route, foreigner).text


@each(OF_AGENTS)
def test_agent_ids_cannot_be_probed(world: World, route: Route) -> None:
    """Without a valid key the answer is the same for an agent that exists and one that does not."""
    missing = "agent_" + secrets.token_urlsafe(12)
    tried: list[dict[str, str]] = [{}, {"Authorization": "Bearer bhf_sk_" + "A" * 43}, world.server.as_developer()]
    tried.append(world.owner.by_session())
    for headers in tried:
        known, unknown = send(world, route, headers), send(world, route, headers, missing)
        assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
        assert parts(known) == AGENT_AUTH


@pytest.mark.parametrize("switch", [[], ["--agent-self-permissions"]], ids=["default", "self-permissions"])
def test_agent_key_opens_only_its_own_agent(start_server: StartServer, switch: list[str]) -> None:
    """An agent's key approves nothing, sees no member and changes no other agent, whatever the switch says."""
    server = start_server(*switch)
    agent, other = Agent(server), Agent(server)
    permission_id = other.grant("act")
    account = Account(server, first=True)
    world = World(server, other, permission_id, agent, "", other, "", Person(account, "owner"))
    tables = ("permission", "agent", "member", "invite", "developer_token", "account", "approval")
    before = [sql(server, f"SELECT * FROM {table}") for table in tables]
    for route in PROTECTED:
        origins: list[dict[str, str]] = [{}, {"Origin": server.base_url}]
        for origin in origins:
            answer = send(world, route, {**agent.headers(), **origin})
            assert answer.status_code in (401, 403, 404), (route.name, answer.text)
            if route.line.kind in ("PERSON", "SESSION"):
                assert parts(answer) == nobody(route), route.name
    assert [sql(server, f"SELECT * FROM {table}") for table in tables] == before
    mine = server.call("POST", "/api/permissions", {"agentId": agent.agent_id, "action": "x"}, agent.headers())
    assert mine.status_code == (201 if switch else 403)


def test_developer_of_another_account_sees_nothing(world: World) -> None:
    """Another account's agents and permissions look like ones that do not exist, and stay as they are."""
    headers = world.server.as_developer(world.foreign_token)
    missing = "agent_" + secrets.token_urlsafe(12)
    named = [route for route in PERSONAL if route.line.kind != "SESSION" and route.line.ids[:1] == ("agent",)]
    for route in [*named, BY_NAME["POST /api/permissions"]]:
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
    for route in PERSONAL:
        if route.line.kind != "SESSION" and route.line.ids[:1] == ("agent",):
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
        if route.line.kind in ("AGENT", "GRANTOR"):
            assert_refused(world, send(world, route, old, agent.agent_id), AGENT_AUTH)
        if route in OF_AGENTS and not route.pattern.endswith("rotate-key"):
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
    assert send(world, VERIFY, headers).status_code == 200


def test_refused_calls_leave_no_row(world: World) -> None:
    """A verify call that was not authenticated is no decision: the agent's log does not grow."""
    agent = Agent(world.server)
    tried: list[dict[str, str]] = [{}, world.neighbour.headers(), world.foreigner.headers()]
    for headers in tried:
        assert send(world, VERIFY, headers, agent.agent_id).status_code in (401, 404)
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
