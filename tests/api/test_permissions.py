# SPDX-License-Identifier: Apache-2.0
"""Permissions: each field's rule, its limits, how many there may be, expiry, and revocation."""

import json
import time
from typing import Any

import pytest
import requests

from api_support import ALLOWED, EXPIRED, NO_PERMISSION, REVOKED, Agent, change_policy, developer_call, error_of
from api_support import iso, now_ms, sql
from harness import Server

LISTS = {
    "allowedVendors": 200,
    "allowedPaths": 500,
    "deniedPaths": 500,
    "deniedCommands": 500,
    "allowedBranches": 200,
    "deniedBranches": 200,
    "allowedEnvironments": 80,
    "deniedEnvironments": 80,
    "allowedRepositories": 240,
    "deniedRepositories": 240,
}
ACTION_LISTS = {"allowedActions": 160, "blockedActions": 160}


@pytest.fixture(scope="module")
def agent(demo: Server) -> Agent:
    """An agent whose permissions do not matter."""
    return Agent(demo, "Permissions")


def create(agent: Agent, **fields: Any) -> requests.Response:
    """POST /api/permissions for the agent."""
    return developer_call(
        agent.server, "POST", "/api/permissions", {"agentId": agent.agent_id, "action": "act", **fields}
    )


def newest(agent: Agent) -> dict[str, Any]:
    """The permission made last."""
    permission: dict[str, Any] = agent.get().json()["permissions"][0]
    return permission


def with_list(field: str, value: Any) -> dict[str, Any]:
    """The list where it belongs: a member of the body, or of its constraints."""
    return {field: value} if field in ACTION_LISTS else {"constraints": {field: value}}


# ---- what is stored ----


def test_created_permission_has_defaults(demo: Server) -> None:
    """An agent and an action are enough, and such a permission allows the action with anything."""
    agent = Agent(demo)
    answer = create(agent, action="  act  ")
    assert answer.status_code == 201
    assert {"permissionId", "status", "requiredAuthorityLevel", "workspaceAuthority"} == set(answer.json())
    assert set(answer.json()["workspaceAuthority"]) == {"role", "roleLabel", "authorityLevel"}
    assert answer.json()["status"] == "active"
    permission = newest(agent)
    assert permission["permissionId"] == answer.json()["permissionId"]
    assert (permission["action"], permission["status"]) == ("act", "active")
    assert (permission["allowedActions"], permission["blockedActions"]) == ([], [])
    assert (permission["constraints"], permission["requiresApproval"]) == ({}, False)
    for field in ("description", "resource", "scope", "notes", "template", "expiresAt", "lastUsedAt"):
        assert permission[field] is None
    assert agent.decide("act", vendor="any.com", amount=1e9)["reason"] == ALLOWED


def test_created_permission_keeps_its_fields(demo: Server) -> None:
    """Every field and constraint given is read back, trimmed, and unknown constraints are dropped."""
    agent = Agent(demo)
    expires_at = iso(now_ms() + 3600_000)
    fields: dict[str, Any] = {
        "description": "Why",
        "resource": "a.com",
        "scope": "a scope",
        "notes": "a note",
        "template": "custom",
        "allowedActions": ["one", "two"],
        "blockedActions": ["three"],
        "requiresApproval": True,
        "constraints": {"maxAmount": 12.5, "expiresAt": expires_at, **{name: [" x ", "y"] for name in LISTS}},
    }
    fields["constraints"]["surprise"] = ["ignored"]
    assert create(agent, **{**fields, "description": "  Why  "}).status_code == 201
    permission = newest(agent)
    for field in fields:
        if field != "constraints":
            assert permission[field] == fields[field]
    stored = {"maxAmount": 12.5, "expiresAt": expires_at, **{name: ["x", "y"] for name in LISTS}}
    assert permission["constraints"] == stored
    assert permission["expiresAt"] == expires_at


# ---- field rules ----


@pytest.mark.parametrize(
    "fields, text",
    [
        ({"agentId": ""}, "agentId is required."),
        ({"agentId": 5}, "agentId is required."),
        ({"action": " "}, "action is required."),
        ({"action": None}, "action is required."),
        ({"action": "a" * 81}, "action must be 80 characters or fewer."),
        ({"description": ""}, "description must be a non-empty string."),
        ({"description": 5}, "description must be a non-empty string."),
        ({"description": None}, "description must be a non-empty string."),
        ({"description": "x" * 241}, "description must be 240 characters or fewer."),
        ({"resource": "x" * 241}, "resource must be 240 characters or fewer."),
        ({"scope": "x" * 501}, "scope must be 500 characters or fewer."),
        ({"notes": "x" * 801}, "notes must be 800 characters or fewer."),
        (
            {"template": "nothing"},
            "template must be one of: access_data, create_content, schedule, purchase, custom.",
        ),
        ({"requiresApproval": "true"}, "requiresApproval must be a boolean."),
        ({"requiresApproval": 1}, "requiresApproval must be a boolean."),
        ({"requiresApproval": None}, "requiresApproval must be a boolean."),
        ({"constraints": []}, "constraints must be an object."),
        ({"constraints": "x"}, "constraints must be an object."),
        ({"constraints": {"maxAmount": -1}}, "amount must be a non-negative number."),
        ({"constraints": {"maxAmount": "5"}}, "amount must be a non-negative number."),
        ({"constraints": {"maxAmount": True}}, "amount must be a non-negative number."),
        ({"constraints": {"expiresAt": 5}}, "expiresAt must be an ISO date string."),
        ({"constraints": {"expiresAt": []}}, "expiresAt must be an ISO date string."),
        ({"constraints": {"expiresAt": ""}}, "expiresAt must be a valid ISO date string."),
        ({"constraints": {"expiresAt": "tomorrow"}}, "expiresAt must be a valid ISO date string."),
        ({"constraints": {"expiresAt": "2030-02-30"}}, "expiresAt must be a valid ISO date string."),
        ({"constraints": {"expiresAt": "2030-13-01"}}, "expiresAt must be a valid ISO date string."),
        ({"constraints": {"expiresAt": "2001-01-01"}}, "expiresAt must be in the future."),
        ({"constraints": {"expiresAt": "2001-01-01T00:00:00.000Z"}}, "expiresAt must be in the future."),
        ({"status": "active"}, "Unknown field: status."),
        ({"permissionId": "perm_x"}, "Unknown field: permissionId."),
        ({"zzz": 1, "action": ""}, "Unknown field: zzz."),
    ],
)
def test_field_rules(agent: Agent, fields: dict[str, Any], text: str) -> None:
    """Each field's rule is refused in its own words."""
    assert error_of(create(agent, **fields)) == (400, text)


def test_max_amount_that_overflows_is_refused(agent: Agent) -> None:
    """A limit that no double can hold is an error, not infinity."""
    body = f'{{"agentId":"{agent.agent_id}","action":"act","constraints":{{"maxAmount":1e400}}}}'
    headers = {**agent.server.as_developer(), "Content-Type": "application/json"}
    answer = requests.post(agent.server.base_url + "/api/permissions", data=body, headers=headers, timeout=30)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "field, units", [("action", 80), ("description", 240), ("resource", 240), ("scope", 500), ("notes", 800)]
)
def test_texts_may_be_as_long_as_said(demo: Server, field: str, units: int) -> None:
    """A text of exactly the limit, in UTF-16 units, is kept whole."""
    agent = Agent(demo)
    text = "\U0001f600" * (units // 2)
    assert create(agent, **{field: text}).status_code == 201
    assert newest(agent)[field] == text


@pytest.mark.parametrize("field", [*LISTS, *ACTION_LISTS])
@pytest.mark.parametrize("value", ["x", 5, {}, [5], [None], [""], ["  "], ["x", ""], [["x"]], [{"a": 1}]])
def test_lists_hold_texts(agent: Agent, field: str, value: Any) -> None:
    """A list must be an array, and its items strings that are not blank."""
    expected = (400, f"{field} must be an array of non-empty strings.")
    assert error_of(create(agent, **with_list(field, value))) == expected


@pytest.mark.parametrize("field, units", [*LISTS.items(), *ACTION_LISTS.items()])
def test_lists_have_limits(demo: Server, field: str, units: int) -> None:
    """A list may have 100 items and each a number of UTF-16 units; one more of either is refused by name."""
    agent = Agent(demo)
    longest = "\U0001f600" * (units // 2)
    full = [longest] + [f"item{number}" for number in range(99)]
    assert create(agent, **with_list(field, full)).status_code == 201
    permission = newest(agent)
    assert (permission["constraints"] if field in LISTS else permission)[field] == full
    too_many = create(agent, **with_list(field, full + ["one"]))
    assert error_of(too_many) == (400, f"{field} must have 100 items or fewer.")
    status, text = error_of(create(agent, **with_list(field, [longest + "x"])))
    assert status == 400 and text.startswith(field)


@pytest.mark.parametrize("field", ["allowedPaths", "deniedPaths"])
@pytest.mark.parametrize(
    "pattern",
    [
        "../**",
        "..",
        "a/../b",
        "a/..",
        "/..",
        "/a/./b",
        "./a",
        "a/.",
        "a\\b",
        "C:\\x",
        "a//b",
        "/a//b",
        "src/",
        "/etc/",
        "a\u0001b",
        "a\nb",
        "a\u007fb",
        "a\u0085b",
        "//?/C:/x",
        "//./x",
    ],
)
def test_paths_that_cannot_match_are_refused(agent: Agent, field: str, pattern: str) -> None:
    """A path pattern that no normalised path can match is refused, not stored as a rule without effect."""
    status, text = error_of(create(agent, constraints={field: ["fine/**", pattern]}))
    assert status == 400
    assert text.startswith(f"{field} has a pattern that can never match")


@pytest.mark.parametrize(
    "pattern",
    ["src/**", "/etc/**", "~/.ssh/**", "~", "C:/proj/**", "**/*.env", "*", "**", "/", ".", "a b", "é/?", "...", "a..b"],
)
def test_paths_that_can_match_are_stored(demo: Server, pattern: str) -> None:
    """Ordinary path patterns are stored as they were given."""
    agent = Agent(demo)
    assert create(agent, constraints={"deniedPaths": [pattern]}).status_code == 201
    assert newest(agent)["constraints"]["deniedPaths"] == [pattern]


# ---- order ----


def test_order_of_the_checks(demo: Server) -> None:
    """Required fields come before the credential, the credential before the agent, the agent before the rest."""
    agent = Agent(demo)
    body = {"agentId": agent.agent_id, "action": "act", "description": ""}
    assert error_of(demo.call("POST", "/api/permissions", {**body, "zzz": 1})) == (400, "Unknown field: zzz.")
    assert error_of(demo.call("POST", "/api/permissions", {**body, "agentId": ""}))[1] == "agentId is required."
    assert error_of(demo.call("POST", "/api/permissions", {**body, "action": ""}))[1] == "action is required."
    assert demo.call("POST", "/api/permissions", body).status_code == 401
    missing = developer_call(demo, "POST", "/api/permissions", {**body, "agentId": "agent_AAAAAAAAAAAAAAAA"})
    assert error_of(missing) == (404, "Agent not found.")
    assert error_of(developer_call(demo, "POST", "/api/permissions", body))[0] == 400
    assert not agent.get().json()["permissions"]


# ---- how many ----


def test_at_most_200_are_active(demo: Server) -> None:
    """The 201st active permission is refused; revoking one makes room for one."""
    agent = Agent(demo)
    made = [agent.grant(f"act{number}") for number in range(200)]
    refused = create(agent)
    assert error_of(refused) == (409, "An agent can have 200 active permissions or fewer.")
    assert agent.decide("act")["allowed"] is False
    assert agent.decide("act0")["allowed"] is True
    agent.revoke(made[0])
    assert create(agent).status_code == 201
    assert create(agent).status_code == 409
    assert agent.decide("act")["allowed"] is True


# ---- expiry ----


@pytest.mark.parametrize(
    "given, stored",
    [
        ("2040-05-02", "2040-05-02T00:00:00.000Z"),
        ("2040-05-02T10:00:00Z", "2040-05-02T10:00:00.000Z"),
        ("2040-05-02T10:00:00.123456Z", "2040-05-02T10:00:00.123Z"),
        ("2040-05-02T10:00:00+02:00", "2040-05-02T08:00:00.000Z"),
        (" 2040-02-29T23:59:59.999Z ", "2040-02-29T23:59:59.999Z"),
    ],
)
def test_expiry_is_stored_in_one_form(demo: Server, given: str, stored: str) -> None:
    """Whatever form of time was sent, UTC with milliseconds is stored."""
    agent = Agent(demo)
    assert create(agent, constraints={"expiresAt": given}).status_code == 201
    assert (newest(agent)["constraints"], newest(agent)["expiresAt"]) == ({"expiresAt": stored}, stored)


def test_permission_expires(demo: Server) -> None:
    """A permission is good until its time and denied from then on, without any call in between."""
    agent = Agent(demo)
    ends_at = now_ms() + 1500
    agent.grant("act", constraints={"expiresAt": iso(ends_at)})
    assert agent.decide("act")["allowed"] is True
    time.sleep(max(0.0, (ends_at - now_ms()) / 1000 + 0.01))
    decision = agent.decide("act")
    assert (decision["allowed"], decision["reason"], decision["risk"]) == (False, EXPIRED, "high")


@pytest.mark.parametrize("stored", ['{"expiresAt":"never"}', '{"expiresAt":5}', '{"expiresAt":{}}'])
def test_stored_expiry_that_cannot_be_read_has_passed(demo: Server, stored: str) -> None:
    """A stored time that is none does not mean for ever."""
    agent = Agent(demo)
    permission_id = agent.grant("act")
    assert agent.decide("act")["allowed"] is True
    statement = "UPDATE permission SET constraints = ? WHERE permission_id = ?"
    change_policy(demo, agent.agent_id, statement, stored, permission_id)
    assert agent.decide("act")["allowed"] is False


@pytest.mark.parametrize("stored", ["{", "[]", '{"maxAmount":"800"}', '{"allowedVendors":"a.com"}', "null", "5"])
def test_stored_constraints_that_cannot_be_read_deny(demo: Server, stored: str) -> None:
    """A permission whose stored constraints are damaged permits nothing."""
    agent = Agent(demo)
    permission_id = agent.grant("act")
    statement = "UPDATE permission SET constraints = ? WHERE permission_id = ?"
    change_policy(demo, agent.agent_id, statement, stored, permission_id)
    answer = agent.verify("act", vendor="a.com", amount=1)
    assert answer.status_code in (200, 503)
    assert answer.json().get("allowed") is not True


@pytest.mark.parametrize("status", ["inactive", "pending", "Active", "REVOKED", ""])
def test_only_active_permits(demo: Server, status: str) -> None:
    """A permission of any other status than active and revoked counts as none, in the answer and in the log."""
    agent = Agent(demo)
    permission_id = agent.grant("act")
    assert agent.decide("act")["allowed"] is True
    statement = "UPDATE permission SET status = ? WHERE permission_id = ?"
    change_policy(demo, agent.agent_id, statement, status, permission_id)
    assert agent.decide("act")["reason"] == NO_PERMISSION
    assert agent.rows()[0]["permissionId"] is None


# ---- revoke ----


def test_revocation_is_idempotent(demo: Server) -> None:
    """Revoking says so, and says so again; the permission stays visible as revoked, changed once."""
    agent = Agent(demo)
    permission_id = agent.grant("act")
    path = f"/api/permissions/{permission_id}/revoke"
    answer = developer_call(demo, "POST", path)
    assert (answer.status_code, answer.json()) == (200, {"revoked": True})
    revoked = newest(agent)
    assert revoked["status"] == "revoked"
    again = developer_call(demo, "POST", path)
    assert (again.status_code, again.json()) == (200, {"revoked": True})
    assert newest(agent) == revoked
    decision = agent.decide("act")
    assert (decision["allowed"], decision["reason"], decision["risk"]) == (False, REVOKED, "high")
    assert agent.rows()[0]["permissionId"] == permission_id


@pytest.mark.parametrize("permission_id", ["perm_AAAAAAAAAAAAAAAA", "x", "%00", "..", "%27%20OR%201%3D1"])
def test_unknown_permission_cannot_be_revoked(demo: Server, permission_id: str) -> None:
    """A permission that does not exist is a 404."""
    answer = developer_call(demo, "POST", f"/api/permissions/{permission_id}/revoke")
    assert answer.status_code == 404
    assert answer.json()["error"] in ("Permission not found.", "Not found.")


def test_revoke_ignores_a_body(demo: Server) -> None:
    """Revoke takes no body and does not mind one, of any kind."""
    agent = Agent(demo)
    path = f"{demo.base_url}/api/permissions/{agent.grant('act')}/revoke"
    for data, kind in ((b"not json", "text/plain"), (json.dumps([1]).encode(), "application/json"), (b"", "")):
        headers = {**demo.as_developer(), "Content-Type": kind}
        assert requests.post(path, data=data, headers=headers, timeout=30).status_code == 200


# ---- how much ----

ALL_TEXT = 256 << 10


def active_text(agent: Agent) -> int:
    """Bytes of text in what a decision needs of the agent's active permissions."""
    statement = (
        "SELECT p.action || coalesce(p.resource, '') || p.allowed_actions || p.blocked_actions || p.constraints"
        " FROM permission p JOIN agent a ON a.id = p.agent WHERE a.agent_id = ? AND p.status = 'active'"
    )
    return sum(len(text.encode()) for (text,) in sql(agent.server, statement, agent.agent_id))


def fields_of_size(size: int) -> dict[str, Any]:
    """A permission whose active_text() is `size`, at most 15000."""
    items, rest = divmod(size - len("last[][{}r"), 153)
    return {"action": "last", "resource": "r" * (rest + 1), "blockedActions": ["b" * 150] * items}


def full_lists(item: str) -> dict[str, Any]:
    """Every list there is, with as many items as it may have."""
    constraints = {field: [item] * 100 for field in LISTS}
    return {**{field: [item] * 100 for field in ACTION_LISTS}, "constraints": constraints}


def test_text_of_active_permissions_is_bounded(demo: Server) -> None:
    """256 KB are granted to the byte and no byte more, and decided on in whatever form they need most memory."""
    agent = Agent(demo)
    agent.grant("act")
    for _ in range(50):
        agent.revoke(agent.grant("old", **full_lists("x" * 48)))
    while active_text(agent) < ALL_TEXT - 10000:
        agent.grant("letters", **full_lists("x"))
    room = ALL_TEXT - active_text(agent)
    text = "The active permissions of an agent can have 256 KB of text in all."
    assert error_of(create(agent, **fields_of_size(room + 1))) == (409, text)
    assert agent.decide("last")["allowed"] is False
    assert create(agent, **fields_of_size(room)).status_code == 201
    assert active_text(agent) == ALL_TEXT
    assert error_of(create(agent)) == (409, text)
    assert agent.decide("act")["allowed"] is True
    assert agent.decide("last", vendor=fields_of_size(room)["resource"])["allowed"] is True
    assert agent.get("/boundary").status_code == 200
