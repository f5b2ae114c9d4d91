# SPDX-License-Identifier: Apache-2.0
"""Replacing a permission: both changes or neither, once, and only what the caller saw."""

import json
import threading
import time
from typing import Any, Callable

import pytest
import requests

from api_support import ALLOWED, REVOKED, Agent, developer_call, error_of, iso, now_ms, sql
from harness import Server
from people_support import Account, Person, public_id
from webhook_calls import create as create_endpoint

CONFLICT = ("PERMISSION_REPLACEMENT_CONFLICT", 409)
KEY_CONFLICT = ("PERMISSION_REPLACEMENT_IDEMPOTENCY_CONFLICT", 409)


def replace(agent: Agent, permission_id: str, **fields: Any) -> requests.Response:
    """POST .../replace with the token of the demo account."""
    path = f"/api/dashboard/agents/{agent.agent_id}/permissions/{permission_id}/replace"
    return developer_call(agent.server, "POST", path, {"action": "act", **fields})


def listed(agent: Agent) -> dict[str, dict[str, Any]]:
    """All permissions of the agent by their ids."""
    return {permission["permissionId"]: permission for permission in agent.get().json()["permissions"]}


def refusal(answer: requests.Response) -> tuple[str, int]:
    """Code and status of an error."""
    return answer.json()["code"], answer.status_code


def counts(server: Server) -> list[tuple[Any, ...]]:
    """How many permissions, events and kept answers there are."""
    return sql(
        server,
        "SELECT (SELECT count(*) FROM permission), (SELECT count(*) FROM permission WHERE status = 'active'),"
        " (SELECT count(*) FROM event), (SELECT count(*) FROM idempotency)",
    )


def test_replacement_revokes_and_creates(demo: Server) -> None:
    """The old permission is revoked and the new one decides from the answer on, with nothing of the old one."""
    agent = Agent(demo)
    old = agent.grant("act", resource="a.com", notes="old")
    assert agent.decide("act", vendor="b.com")["allowed"] is False
    answer = replace(agent, old, resource="b.com")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert set(made) == {
        "permissionId",
        "replacedPermissionId",
        "status",
        "requiredAuthorityLevel",
        "workspaceAuthority",
    }
    assert (made["status"], made["replacedPermissionId"], made["requiredAuthorityLevel"]) == ("active", old, None)
    assert set(made["workspaceAuthority"]) == {"role", "roleLabel", "authorityLevel"}
    assert agent.decide("act", vendor="b.com")["reason"] == ALLOWED
    assert agent.decide("act", vendor="a.com")["allowed"] is False
    found = listed(agent)
    assert {key: value["status"] for key, value in found.items()} == {old: "revoked", made["permissionId"]: "active"}
    assert found[made["permissionId"]]["notes"] is None
    assert found[old]["updatedAt"] == found[made["permissionId"]]["createdAt"]


def test_replacement_tells_both_events(start_server: Callable[..., Server]) -> None:
    """Who subscribes hears of the revocation and of the creation, each with the id of the other; of a repeat nothing."""
    server = start_server("--allow-private-webhooks")
    create_endpoint(server, None, ["permission.revoked", "permission.created"])
    agent = Agent(server)
    single = agent.grant("act")
    agent.revoke(single)
    old = agent.grant("act")
    new = replace(agent, old, idempotencyKey="key").json()["permissionId"]
    assert replace(agent, old, idempotencyKey="key").status_code == 201
    events = [json.loads(row[0]) for row in sql(server, "SELECT payload FROM event ORDER BY id")]
    assert [(event["type"], event["data"]["permissionId"]) for event in events] == [
        ("permission.created", single),
        ("permission.revoked", single),
        ("permission.created", old),
        ("permission.revoked", old),
        ("permission.created", new),
    ]
    assert [event["data"].get("replacesPermissionId") for event in events] == [None, None, None, None, old]
    assert [event["data"].get("replacedByPermissionId") for event in events] == [None, None, None, new, None]
    plain = {"permissionId", "agentId", "action"}
    assert [set(event["data"]) - plain for event in events[:3]] == [set(), set(), set()]


def test_only_what_the_caller_saw_is_replaced(demo: Server) -> None:
    """A permission that was revoked, or changed since the time that is sent, is a conflict and stays as it is."""
    agent = Agent(demo)
    old = agent.grant("act")
    seen = listed(agent)[old]["updatedAt"]
    before = counts(demo)
    assert refusal(replace(agent, old, expectedUpdatedAt="2020-01-01T00:00:00.000Z")) == CONFLICT
    assert counts(demo) == before
    new = replace(agent, old, expectedUpdatedAt=seen)
    assert new.status_code == 201, new.text
    before = counts(demo)
    assert refusal(replace(agent, old)) == CONFLICT
    assert refusal(replace(agent, old, expectedUpdatedAt=listed(agent)[old]["updatedAt"])) == CONFLICT
    assert counts(demo) == before
    assert agent.decide("act")["reason"] == ALLOWED


def test_an_expired_permission_can_be_replaced(demo: Server) -> None:
    """One that ran out is renewed by a replacement."""
    agent = Agent(demo)
    old = agent.grant("act", constraints={"expiresAt": iso(now_ms() + 3600_000)})
    expired = '{"expiresAt":"2020-01-01T00:00:00.000Z"}'
    sql(demo, "UPDATE permission SET constraints = ? WHERE permission_id = ?", expired, old)
    assert replace(agent, old).status_code == 201
    assert agent.decide("act")["reason"] == ALLOWED


def test_same_key_and_body_answers_the_first_result(demo: Server) -> None:
    """A repeat changes nothing and gets the first answer, even when what it made was revoked meanwhile."""
    agent = Agent(demo)
    old = agent.grant("act")
    fields = {"idempotencyKey": "k" * 120, "constraints": {"expiresAt": iso(now_ms() + 3600_000)}}
    first = replace(agent, old, **fields)
    assert first.status_code == 201, first.text
    before = counts(demo)
    again = replace(agent, old, **fields)
    assert (again.status_code, again.json()) == (201, first.json())
    agent.revoke(first.json()["permissionId"])
    assert replace(agent, old, **fields).json() == first.json()
    assert counts(demo)[0][0] == before[0][0]
    assert agent.decide("act")["reason"] == REVOKED


def test_repeat_after_its_expiry_answers_the_first_result(demo: Server) -> None:
    """What was done is answered before its fields are looked at: a time in the future then may be past now."""
    agent = Agent(demo)
    old = agent.grant("act")
    expiry = now_ms() + 1500
    body: dict[str, Any] = {"idempotencyKey": "late", "constraints": {"expiresAt": iso(expiry)}}
    first = replace(agent, old, **body)
    assert first.status_code == 201, first.text
    time.sleep(max(0, expiry - now_ms()) / 1000 + 0.05)
    assert error_of(replace(agent, old, **{**body, "idempotencyKey": "other"})) == (
        400,
        "expiresAt must be in the future.",
    )
    assert replace(agent, old, **body).json() == first.json()


def test_another_use_of_a_key_is_refused(demo: Server) -> None:
    """A key with another body or for another permission is a conflict; keys of two agents are apart."""
    agent = Agent(demo)
    old, second = agent.grant("act"), agent.grant("act")
    assert replace(agent, old, idempotencyKey="key").status_code == 201
    before = counts(demo)
    assert refusal(replace(agent, old, idempotencyKey="key", notes="other")) == KEY_CONFLICT
    assert refusal(replace(agent, second, idempotencyKey="key")) == KEY_CONFLICT
    assert counts(demo) == before
    other = Agent(demo)
    assert replace(other, other.grant("act"), idempotencyKey="key").status_code == 201
    assert agent.decide("act", {"Idempotency-Key": "key"})["allowed"] is True


def test_a_refused_replacement_uses_no_key(demo: Server) -> None:
    """After a conflict the same key may be used for a better attempt."""
    agent = Agent(demo)
    old = agent.grant("act")
    answer = replace(agent, old, idempotencyKey="key", expectedUpdatedAt="2020-01-01")
    assert refusal(answer) == CONFLICT
    assert replace(agent, old, idempotencyKey="key").status_code == 201


def test_of_many_at_once_one_replaces(demo: Server) -> None:
    """Of parallel replacements of one permission exactly one succeeds."""
    agent = Agent(demo)
    old = agent.grant("act")
    answers: list[requests.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(replace(agent, old))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert sorted(permission["status"] for permission in listed(agent).values()) == ["active", "revoked"]


def test_full_agent_can_replace(demo: Server) -> None:
    """With 200 active permissions one can still be replaced, and the limit holds afterwards."""
    agent = Agent(demo)
    made = [agent.grant(f"act{number}") for number in range(200)]
    assert replace(agent, made[0]).status_code == 201
    path = f"/api/dashboard/agents/{agent.agent_id}/permissions"
    assert developer_call(demo, "POST", path, {"action": "more"}).status_code == 409


def test_too_large_replacement_leaves_the_old_one(demo: Server) -> None:
    """A replacement that would exceed 256 KB of text in all is refused, and the old permission stays active."""
    agent = Agent(demo)
    old = agent.grant("act")
    large = {"allowedPaths": ["p" * 490 + str(number) for number in range(100)]}
    for _ in range(5):
        agent.grant("other", constraints=large)
    before = counts(demo)
    answer = replace(agent, old, constraints=large)
    assert error_of(answer) == (409, "The active permissions of an agent can have 256 KB of text in all.")
    assert counts(demo) == before
    assert agent.decide("act")["reason"] == ALLOWED


@pytest.mark.parametrize(
    "fields, text",
    [
        ({"action": " "}, "action is required."),
        ({"constraints": {"maxAmount": -1}}, "amount must be a non-negative number."),
        ({"agentId": "agent_x"}, "Unknown field: agentId."),
        ({"expectedUpdatedAt": "soon"}, "expectedUpdatedAt must be a valid ISO date string."),
        ({"expectedUpdatedAt": 5}, "expectedUpdatedAt must be a valid ISO date string."),
        ({"idempotencyKey": ""}, "idempotencyKey must be 1 to 120 characters."),
        ({"idempotencyKey": "k" * 121}, "idempotencyKey must be 1 to 120 characters."),
        ({"idempotencyKey": 5}, "idempotencyKey must be 1 to 120 characters."),
    ],
)
def test_field_rules(demo: Server, fields: dict[str, Any], text: str) -> None:
    """The fields obey the rules of a new permission, and their own."""
    agent = Agent(demo)
    old = agent.grant("act")
    assert error_of(replace(agent, old, **fields)) == (400, text)
    assert agent.decide("act")["reason"] == ALLOWED


def test_permissions_of_others_are_not_found(demo: Server) -> None:
    """A permission of another agent or account, or of none, is not there."""
    agent, other = Agent(demo), Agent(demo)
    foreign = other.grant("act")
    for permission_id in (foreign, public_id("perm")):
        assert error_of(replace(agent, permission_id)) == (404, "Permission not found.")
    stranger = Person(Account(demo), "owner")
    path = f"/api/dashboard/agents/{other.agent_id}/permissions/{foreign}/replace"
    assert error_of(stranger.call("POST", path, {"action": "act"})) == (404, "Agent not found.")
    assert other.decide("act")["reason"] == ALLOWED
