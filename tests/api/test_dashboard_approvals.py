# SPDX-License-Identifier: Apache-2.0
"""Approvals by people over HTTP: who may see and settle them, what they show, how they are listed."""

import json
from typing import Any, Callable, Optional

import pytest
import requests

from api_support import ALLOWED_BY_GRANT, Agent, error_of, iso, now_ms, other_account, sql
from approval_support import APPROVALS, NOT_PENDING, approve, ask, command, listed, settle, show
from harness import Server
from people_support import Account, Person

UNKNOWN = (404, "Approval request not found.")
MAY_NOT_APPROVE = (403, "You are not authorized to approve this request.")
MAY_NOT_DENY = (403, "You are not authorized to deny this request.")
SIGN_IN = (401, "Developer authentication required.")
ENDED = "This request does not wait any more."


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may ship and run commands, each after approval."""
    made = Agent(demo, "Shipper")
    for action in ("ship", "execute_command"):
        made.grant(action, requiresApproval=True)
    return made


@pytest.fixture()
def owner(demo: Server) -> Person:
    """An owner of the demo account."""
    return Person(demo)


# ---- who may ----


@pytest.mark.parametrize("role", ["owner", "admin", "approver", "viewer"])
def test_every_role_may_look(agent: Agent, role: str) -> None:
    """Each role sees the list, one request and the inbox, and its own part in the account."""
    approval_id = ask(agent)
    person = Person(agent.server, role)
    authority = {"role": role.upper(), "roleLabel": role.capitalize(), "authorityLevel": None}
    for path in (APPROVALS, f"{APPROVALS}/{approval_id}", "/api/dashboard/inbox"):
        assert person.get(path)["workspaceAuthority"] == authority


@pytest.mark.parametrize("verdict", ["approve", "deny"])
@pytest.mark.parametrize("role", ["owner", "admin", "approver"])
def test_roles_that_may_settle(agent: Agent, role: str, verdict: str) -> None:
    """Owner, admin and approver approve and deny, and the record says who it was."""
    approval_id = ask(agent)
    person = Person(agent.server, role)
    row = show(person, approval_id)
    assert (row["canApprove"], row["canDeny"], row["approveBlockReason"], row["denyBlockReason"]) == (
        True,
        True,
        None,
        None,
    )
    answer = settle(person, approval_id, verdict)
    assert answer.status_code == 200
    row = show(person, approval_id)
    if verdict == "approve":
        assert answer.json() == {"approved": True, "grantExpiresAt": row["grantExpiresAt"]}
        assert agent.decide("ship")["reason"] == ALLOWED_BY_GRANT
    else:
        assert answer.json() == {"denied": True}
        assert row["grantExpiresAt"] is None
    assert row["resolvedBy"] == person.email
    assert row["resolvedAt"] is not None


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_a_viewer_settles_nothing(agent: Agent, verdict: str) -> None:
    """A viewer is refused, told so beforehand, and the request goes on waiting."""
    approval_id = ask(agent)
    viewer = Person(agent.server, "viewer")
    answer = settle(viewer, approval_id, verdict)
    assert error_of(answer) == (MAY_NOT_APPROVE if verdict == "approve" else MAY_NOT_DENY)
    assert answer.json()["code"] == "AUTHORITY_FORBIDDEN"
    row = show(viewer, approval_id)
    assert (row["status"], row["canApprove"], row["canDeny"]) == ("pending", False, False)
    assert (
        row["approveBlockReason"]
        == row["denyBlockReason"]
        == "Approvers, admins and owners decide this; your role does not."
    )


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_no_key_or_token_settles(agent: Agent, owner: Person, verdict: str) -> None:
    """An agent's key, a developer token (also beside a session) and nothing at all settle no request."""
    approval_id = ask(agent)
    path = f"{APPROVALS}/{approval_id}/{verdict}"
    server = agent.server
    token = server.as_developer(owner.token)
    person_needed = (403, "This needs a person who is signed in.")
    tries: list[tuple[dict[str, str], tuple[int, str]]] = [
        ({}, SIGN_IN),
        (agent.headers(), SIGN_IN),
        (token, person_needed),
        (server.as_developer(), person_needed),
        ({**owner.by_session(), **token}, person_needed),
        ({**agent.headers(), **token}, person_needed),
        ({"Cookie": "behalfid_developer=" + "A" * 43, "Origin": server.base_url}, SIGN_IN),
    ]
    for headers, expected in tries:
        assert error_of(server.call("POST", path, headers=headers)) == expected
    assert show(owner, approval_id)["status"] == "pending"


@pytest.mark.parametrize("verdict", ["approve", "deny"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_other_pages_settle_nothing(agent: Agent, owner: Person, origin: str, verdict: str) -> None:
    """A session's cookie that comes from another origin, or from none, settles nothing."""
    approval_id = ask(agent)
    headers = {**owner.by_session(), "Origin": origin}
    if not origin:
        del headers["Origin"]
    answer = agent.server.call("POST", f"{APPROVALS}/{approval_id}/{verdict}", headers=headers)
    assert error_of(answer) == (403, "Invalid request origin.")
    assert show(owner, approval_id)["status"] == "pending"


def test_who_left_settles_nothing(agent: Agent) -> None:
    """A session of somebody without a part in the account any more opens nothing."""
    approval_id = ask(agent)
    person = Person(agent.server)
    person.leave()
    for verdict in ("approve", "deny"):
        assert error_of(settle(person, approval_id, verdict)) == (403, "Workspace account required.")
    for path in (APPROVALS, f"{APPROVALS}/{approval_id}", "/api/dashboard/inbox"):
        assert error_of(person.call("GET", path)) == (403, "Workspace account required.")


def test_a_demotion_counts_at_once(agent: Agent) -> None:
    """Who has become a viewer cannot settle with the session of before."""
    approval_id = ask(agent)
    person = Person(agent.server, "approver")
    person.set_role("viewer")
    assert settle(person, approval_id).status_code == 403
    person.set_role("approver")
    approve(person, approval_id)


def test_a_token_looks_but_may_not(agent: Agent, owner: Person) -> None:
    """A developer token sees the requests, and each says that a token cannot settle it."""
    approval_id = ask(agent, "execute_command", **command("cat bhf_sk_secretsecret"))
    headers = agent.server.as_developer(owner.token)
    answer = agent.server.call("GET", f"{APPROVALS}/{approval_id}", headers=headers)
    row = answer.json()["approval"]
    reason = "Only a person who is signed in can do this; a developer token cannot."
    assert (row["canApprove"], row["canDeny"]) == (False, False)
    assert row["approveBlockReason"] == row["denyBlockReason"] == reason
    assert (row["argument"], row["argumentRedacted"]) == ("cat bhf_sk_[redacted]", True)
    assert "secretsecret" not in answer.text


def test_accounts_do_not_see_each_other(agent: Agent, owner: Person) -> None:
    """Another account's request is neither listed nor found nor settled."""
    approval_id = ask(agent)
    stranger = Person(Account(agent.server))
    assert listed(stranger, status="all") == []
    assert error_of(stranger.call("GET", f"{APPROVALS}/{approval_id}")) == UNKNOWN
    assert stranger.get("/api/dashboard/inbox")["pendingApprovals"] == []
    for verdict in ("approve", "deny"):
        assert error_of(settle(stranger, approval_id, verdict)) == NOT_PENDING
    query = {"agentId": agent.agent_id}
    answer = requests.get(agent.server.base_url + APPROVALS, params=query, headers=stranger.by_session(), timeout=30)
    assert error_of(answer) == (404, "Agent not found.")
    query = {"before": approval_id}
    answer = requests.get(agent.server.base_url + APPROVALS, params=query, headers=stranger.by_session(), timeout=30)
    assert answer.status_code == 400
    assert show(owner, approval_id)["status"] == "pending"


# ---- separation of duties ----


def test_owners_approve_their_own(demo: Server, owner: Person) -> None:
    """Without separation of duties who made an agent approves its requests."""
    agent = Agent(demo, token=owner.token)
    agent.grant("ship", requiresApproval=True)
    approve(owner, ask(agent))
    assert agent.decide("ship")["allowed"] is True


def test_separation_of_duties(server: Server) -> None:
    """With it who made the agent or its key cannot approve but deny; somebody else can do both."""
    maker, other = Person(server, "admin"), Person(server, "approver")
    agent = Agent(server, token=maker.token)
    agent.grant("ship", requiresApproval=True)
    sql(server, "UPDATE account SET separation_of_duties = 1 WHERE id = ?", maker.account.number)
    first, second = ask(agent, amount=1), ask(agent, amount=2)
    row = show(maker, first)
    assert (row["canApprove"], row["canDeny"], row["denyBlockReason"]) == (False, True, None)
    reason = "Separation of duties is on: who made the agent or its key cannot approve its requests."
    assert row["approveBlockReason"] == reason
    assert (row["developerUserId"], row["requesterName"]) == (maker.user_id, maker.email)
    answer = settle(maker, first)
    assert error_of(answer) == MAY_NOT_APPROVE
    assert answer.json()["code"] == "AUTHORITY_FORBIDDEN"
    assert agent.decide("ship", amount=1)["allowed"] is False
    assert show(other, first)["canApprove"] is True
    approve(other, first)
    assert agent.decide("ship", amount=1)["allowed"] is True
    assert settle(maker, second, "deny").status_code == 200
    sql(server, "UPDATE account SET separation_of_duties = 0 WHERE id = ?", maker.account.number)
    approve(maker, ask(agent, amount=3))


def test_owners_turn_separation_of_duties_on(server: Server) -> None:
    """From an owner's change of the settings on the agent's maker cannot approve, somebody else can; until it is off."""
    maker, other = Person(server, "owner"), Person(server, "approver")
    agent = Agent(server, token=maker.token)
    agent.grant("ship", requiresApproval=True)
    waiting = ask(agent, amount=1)
    assert show(maker, waiting)["canApprove"] is True

    def turn(on: bool) -> None:
        answer = maker.call("PATCH", "/api/dashboard/settings", {"separationOfDuties": on})
        assert (answer.status_code, answer.json()["separationOfDuties"]) == (200, on)

    turn(True)
    assert error_of(settle(maker, waiting)) == MAY_NOT_APPROVE
    assert agent.decide("ship", amount=1)["allowed"] is False
    approve(other, waiting)
    assert agent.decide("ship", amount=1)["reason"] == ALLOWED_BY_GRANT
    waiting = ask(agent, amount=2)
    assert error_of(settle(maker, waiting)) == MAY_NOT_APPROVE
    turn(False)
    approve(maker, waiting)
    assert agent.decide("ship", amount=2)["reason"] == ALLOWED_BY_GRANT


def test_who_has_the_key_is_not_who_approves(server: Server) -> None:
    """With separation of duties whoever was last given the agent's key cannot approve, also after the agent has
    rotated it by itself; once somebody else has the key, that one cannot."""
    maker, holder, other = Person(server), Person(server, "admin"), Person(server, "admin")
    agent = Agent(server, token=maker.token)
    agent.grant("ship", requiresApproval=True)
    sql(server, "UPDATE account SET separation_of_duties = 1 WHERE id = ?", maker.account.number)
    rotate = f"/api/dashboard/agents/{agent.agent_id}/rotate-key"
    agent.api_key = holder.call("POST", rotate).json()["apiKey"]
    first = ask(agent, amount=1)
    assert [show(person, first)["canApprove"] for person in (maker, holder, other)] == [False, False, True]
    assert error_of(settle(holder, first)) == MAY_NOT_APPROVE
    by_itself = server.call("POST", f"/api/agents/{agent.agent_id}/rotate-key", None, agent.headers())
    agent.api_key = by_itself.json()["apiKey"]
    second = ask(agent, amount=2)
    assert error_of(settle(holder, second)) == MAY_NOT_APPROVE
    agent.api_key = server.call("POST", rotate, None, {"X-Developer-Token": other.token}).json()["apiKey"]
    assert [show(person, second)["canApprove"] for person in (maker, holder, other)] == [False, True, False]
    assert error_of(settle(other, second)) == MAY_NOT_APPROVE
    approve(holder, second)
    assert settle(other, first, "deny").status_code == 200


def test_agents_of_the_command_line_are_nobodys(server: Server) -> None:
    """An agent that no person made may be approved for by anybody also with separation of duties."""
    person = Person(server)
    done = server.command_line("admin", "token", "create", "--json")
    agent = Agent(server, token=json.loads(done.stdout)["token"])
    agent.grant("ship", requiresApproval=True)
    assert show(person, ask(agent, amount=1))["developerUserId"] is None
    sql(server, "UPDATE account SET separation_of_duties = 1")
    approve(person, ask(agent))


# ---- what is shown ----


def test_a_row_shows_all_of_the_request(agent: Agent, owner: Person) -> None:
    """Each row has the members that clients read, from the first call's request id to what may be done."""
    before = now_ms()
    decision = agent.decide("ship", vendor="a.com", amount=12.5)
    (row,) = listed(owner, agentId=agent.agent_id)
    permissions = {entry["action"]: entry["permissionId"] for entry in agent.get().json()["permissions"]}
    created = row.pop("createdAt")
    assert row.pop("developerUserId").startswith("user_")
    assert iso(before - 1000) <= created <= iso(now_ms() + 1000)
    assert row.pop("expiresAt")[:13] > created[:13]
    assert row == {
        "approvalId": decision["approvalId"],
        "requestId": decision["requestId"],
        "kind": "agent_action",
        "agentId": agent.agent_id,
        "agentName": "Shipper",
        "permissionId": permissions["ship"],
        "action": "ship",
        "vendor": "a.com",
        "amount": 12.5,
        "status": "pending",
        "displayStatus": "pending",
        "resolvedBy": None,
        "resolvedAt": None,
        "usedAt": None,
        "grantExpiresAt": None,
        "approvalGrantMinutes": 30,
        "requiredAuthorityLevel": None,
        "requiredRoleLabel": "Approver",
        "requesterName": "demo@behalfid.local",
        "argumentKind": None,
        "argumentPreview": None,
        "argumentPreviewTruncated": False,
        "legacyUnbound": False,
        "canApprove": True,
        "canDeny": True,
        "approveBlockReason": None,
        "denyBlockReason": None,
    }
    whole = show(owner, decision["approvalId"])
    assert (whole.pop("argument"), whole.pop("argumentRedacted")) == (None, False)
    assert {key: whole[key] for key in row} == row
    assert set(whole) == set(row) | {"createdAt", "expiresAt", "developerUserId"}


def test_states_and_their_names(agent: Agent, owner: Person) -> None:
    """A request is shown as pending, approved, denied, used or expired, and who used it up cannot settle it again."""
    ids = {name: ask(agent, vendor=name) for name in ("denied", "used", "approved", "lapsed", "late", "pending")}
    assert settle(owner, ids["denied"], "deny").status_code == 200
    for name in ("used", "approved", "lapsed"):
        approve(owner, ids[name])
    assert agent.decide("ship", vendor="used")["allowed"] is True
    sql(agent.server, "UPDATE approval SET grant_expires_at = 1 WHERE approval_id = ?", ids["lapsed"])
    sql(agent.server, "UPDATE approval SET expires_at = 1 WHERE approval_id = ?", ids["late"])
    expected = {
        "pending": ["pending"],
        "approved": ["approved"],
        "denied": ["denied"],
        "used": ["used"],
        "expired": ["late", "lapsed"],
        "all": ["pending", "late", "lapsed", "approved", "used", "denied"],
    }
    for status, names in expected.items():
        found = listed(owner, status=status, agentId=agent.agent_id)
        assert [row["approvalId"] for row in found] == [ids[name] for name in names], status
        assert status == "all" or {row["status"] for row in found} == {status}
    assert listed(owner, status="consumed", agentId=agent.agent_id) == listed(
        owner, status="used", agentId=agent.agent_id
    )
    rows = {row["approvalId"]: row for row in listed(owner, status="all", agentId=agent.agent_id)}
    shown = {name: rows[approval_id]["displayStatus"] for name, approval_id in ids.items()}
    assert shown == {
        "denied": "denied",
        "used": "consumed",
        "approved": "approved",
        "lapsed": "expired",
        "late": "expired",
        "pending": "pending",
    }
    for name, approval_id in ids.items():
        row = rows[approval_id]
        open_still = name == "pending"
        assert (row["canApprove"], row["canDeny"]) == (open_still, open_still)
        assert row["approveBlockReason"] == row["denyBlockReason"] == (None if open_still else ENDED)
        if not open_still:
            for verdict in ("approve", "deny"):
                assert error_of(settle(owner, approval_id, verdict)) == NOT_PENDING
    assert rows[ids["used"]]["usedAt"] is not None


def test_secrets_in_the_target(agent: Agent, owner: Person) -> None:
    """Lists and viewers get the command redacted; who may approve reads byte for byte what is bound."""
    text = "curl -H 'Authorization: Bearer abc.def' -d bhf_sk_0123456789 \t\u00e9\u2028 https://x "
    clean = "curl -H 'Authorization: Bearer [redacted]' -d bhf_sk_[redacted] \t\u00e9\u2028 https://x "
    approval_id = ask(agent, "execute_command", **command(text))
    viewer = Person(agent.server, "viewer")
    (row,) = listed(owner, agentId=agent.agent_id)
    assert (row["argumentKind"], row["argumentPreview"], row["argumentPreviewTruncated"]) == ("command", clean, False)
    for person, argument in ((owner, text), (Person(agent.server, "approver"), text), (viewer, clean)):
        whole = show(person, approval_id)
        assert whole["argumentPreview"] == clean
        assert (whole["argument"], whole["argumentRedacted"]) == (argument, person is viewer)
    for answer in (owner.call("GET", APPROVALS), viewer.call("GET", f"{APPROVALS}/{approval_id}")):
        assert "0123456789" not in answer.text and "abc.def" not in answer.text
    ((fingerprint,),) = sql(agent.server, "SELECT fingerprint FROM approval WHERE approval_id = ?", approval_id)
    assert fingerprint not in owner.call("GET", f"{APPROVALS}/{approval_id}").text


def test_a_long_target_is_whole(agent: Agent, owner: Person) -> None:
    """A command of 16 KB is cut to 500 characters in the list and whole, to the last byte, on request."""
    text = "\U0001f600" * 4000 + " whsec_tail-of-the-command"
    approval_id = ask(agent, "execute_command", **command(text))
    (row,) = listed(owner, agentId=agent.agent_id)
    assert (row["argumentPreview"], row["argumentPreviewTruncated"]) == ("\U0001f600" * 250, True)
    assert show(owner, approval_id)["argument"] == text
    shown = show(Person(agent.server, "viewer"), approval_id)["argument"]
    assert shown == "\U0001f600" * 4000 + " whsec_[redacted]"
    longest = "x" * (16384 - len(json.dumps(command("")["policyContext"], separators=(",", ":"))))
    approval_id = ask(agent, "execute_command", **command(longest))
    assert show(owner, approval_id)["argument"] == longest


def test_an_unbound_request_cannot_be_approved(agent: Agent, owner: Person) -> None:
    """A request for a command that is bound to none, as no call leaves it, can only be denied."""
    approval_id = ask(agent, "execute_command", **command("make"))
    sql(agent.server, "UPDATE approval SET fingerprint = NULL WHERE approval_id = ?", approval_id)
    row = show(owner, approval_id)
    assert (row["legacyUnbound"], row["canApprove"], row["canDeny"]) == (True, False, True)
    assert row["approveBlockReason"] == "The request names no command or path that an approval could be bound to."
    assert settle(owner, approval_id).status_code == 409
    assert settle(owner, approval_id, "deny").status_code == 200


def test_an_erased_call_has_no_request_id(agent: Agent, owner: Person) -> None:
    """Once the log entry of the first call is blank, the request is shown without its id."""
    approval_id = ask(agent)
    statement = "UPDATE audit SET salt = NULL WHERE id = (SELECT request_row FROM approval WHERE approval_id = ?)"
    sql(agent.server, statement, approval_id)
    assert show(owner, approval_id)["requestId"] is None


def test_unknown_requests(owner: Person) -> None:
    """An id of no request is not found."""
    for approval_id in ("apr_AAAAAAAAAAAAAAAA", "x", "%27"):
        assert error_of(owner.call("GET", f"{APPROVALS}/{approval_id}")) == UNKNOWN
        for verdict in ("approve", "deny"):
            assert error_of(settle(owner, approval_id, verdict)) == NOT_PENDING


# ---- the list ----


@pytest.mark.parametrize(
    "query, expected",
    [
        ({"status": "open"}, (400, "status must be one of: pending, approved, denied, used, expired, all.")),
        ({"status": "Pending"}, (400, "status must be one of: pending, approved, denied, used, expired, all.")),
        ({"limit": "0"}, (400, "limit must be an integer between 1 and 100.")),
        ({"limit": "101"}, (400, "limit must be an integer between 1 and 100.")),
        ({"limit": "1.5"}, (400, "limit must be an integer between 1 and 100.")),
        ({"limit": "-1"}, (400, "limit must be an integer between 1 and 100.")),
        ({"limit": "18446744073709551617"}, (400, "limit must be an integer between 1 and 100.")),
        ({"before": "apr_none"}, (400, "before must be the id of an approval request of this account.")),
        ({"agentId": "agent_none"}, (404, "Agent not found.")),
    ],
)
def test_bad_queries(owner: Person, query: dict[str, str], expected: tuple[int, str]) -> None:
    """What the list cannot understand is refused by name."""
    url = owner.server.base_url + APPROVALS
    answer = requests.get(url, params=query, headers=owner.by_session(), timeout=30)
    assert error_of(answer) == expected


def walk(person: Person, between: Optional[Callable[[str], object]] = None, **query: Any) -> list[str]:
    """All pages of a list; `between` runs after each, with the id that the next one begins behind."""
    found: list[str] = []
    before: dict[str, str] = {}
    while True:
        page = person.get(APPROVALS, **query, **before)
        assert len(page["approvals"]) <= page["pagination"]["limit"]
        found += [row["approvalId"] for row in page["approvals"]]
        if page["pagination"]["nextBefore"] is None:
            return found
        before = {"before": page["pagination"]["nextBefore"]}
        if between is not None:
            between(before["before"])


def test_paging_loses_nothing(server: Server) -> None:
    """250 requests are read in pages without loss or repetition while new ones come and seen ones are settled."""
    person = Person(server)
    agents = [Agent(server) for _ in range(3)]
    for agent in agents:
        agent.grant("ship", requiresApproval=True)
    made = [ask(agents[number % 3], amount=number) for number in range(250)]
    late: list[str] = []

    def meanwhile(seen: str) -> None:
        late.append(ask(agents[0], amount=1000 + len(late)))
        approve(person, seen)

    assert walk(person, meanwhile, limit=60) == list(reversed(made))
    assert len(late) == 4
    everything = list(reversed(made + late))
    assert walk(person, status="all", limit=7) == everything
    sql(server, "UPDATE approval SET created_at = 5000000000000, expires_at = 6000000000000")
    assert walk(person, status="all", limit=100) == everything
    own = [approval_id for approval_id in everything if approval_id in made[::3] + late]
    assert walk(person, status="all", limit=10, agentId=agents[0].agent_id) == own
    last: dict[str, Any] = {"status": "all", "limit": "87", "agentId": agents[0].agent_id, "before": own[0]}
    assert person.get(APPROVALS, **last)["pagination"] == {"limit": 87, "nextBefore": None}
    assert len(own) == 88


# ---- the inbox ----


def test_the_inbox(server: Server) -> None:
    """What waits comes first, then what was approved and not used; and the refusals of high risk of two days."""
    person, agent = Person(server), Agent(server)
    agent.grant("ship", requiresApproval=True, blockedActions=["wipe"])
    older, newer, done, spent = (ask(agent, vendor=name) for name in ("older", "newer", "done", "spent"))
    approve(person, done)
    approve(person, spent)
    assert agent.decide("ship", vendor="spent")["allowed"] is True
    assert settle(person, ask(agent, vendor="denied"), "deny").status_code == 200
    denied = [agent.decide("wipe")["requestId"] for _ in range(3)]
    agent.decide("wipe", shadow=True)
    inbox = person.get("/api/dashboard/inbox")
    assert [row["approvalId"] for row in inbox["pendingApprovals"]] == [newer, older, done]
    assert inbox["pendingApprovals"][0]["canApprove"] is True
    assert [row["requestId"] for row in inbox["deniedHighRisk"]] == list(reversed(denied))
    assert {row["risk"] for row in inbox["deniedHighRisk"]} == {"high"}
    names = {row["agentName"] for row in person.get(f"/api/dashboard/logs?agentId={agent.agent_id}")["logs"]}
    assert {row["agentName"] for row in inbox["deniedHighRisk"]} == names != {None}


def test_the_inbox_is_bounded(server: Server) -> None:
    """The inbox shows at most 50 approvals and 50 refusals."""
    person, agent = Person(server), Agent(server)
    agent.grant("ship", requiresApproval=True, blockedActions=["wipe"])
    approve(person, ask(agent, vendor="first"))
    for number in range(49):
        ask(agent, amount=number)
    assert len(person.get("/api/dashboard/inbox")["pendingApprovals"]) == 50
    ask(agent, amount=50)
    for _ in range(51):
        agent.decide("wipe")
    inbox = person.get("/api/dashboard/inbox")
    assert {row["status"] for row in inbox["pendingApprovals"]} == {"pending"}
    assert (len(inbox["pendingApprovals"]), len(inbox["deniedHighRisk"])) == (50, 50)
