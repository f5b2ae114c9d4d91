# SPDX-License-Identifier: Apache-2.0
"""The boundary manifest: what an agent may do, told in one document that grants nothing."""

from datetime import datetime
from typing import Any

from api_support import Agent, change_policy, developer_call, iso, now_ms
from harness import Server


def boundary(agent: Agent) -> dict[str, Any]:
    """The manifest of the agent."""
    answer = agent.get("/boundary")
    assert answer.status_code == 200, answer.text
    manifest: dict[str, Any] = answer.json()
    return manifest


def parse_ms(text: str) -> int:
    """The milliseconds of a time as the server writes it."""
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def test_boundary_of_an_agent_without_permissions(demo: Server) -> None:
    """Without permissions every list is empty and every count zero."""
    agent = Agent(demo, "Bare")
    manifest = boundary(agent)
    assert abs(now_ms() - parse_ms(manifest.pop("generatedAt"))) < 60_000
    assert isinstance(manifest["enforcement"].pop("note"), str)
    assert manifest == {
        "boundaryVersion": "2026-06-11",
        "agentId": agent.agent_id,
        "status": "active",
        "agent": {"name": "Bare", "description": None, "guidelines": []},
        "allowedActions": [],
        "blockedActions": [],
        "approvalRequiredActions": [],
        "resources": [],
        "vendors": [],
        "constraints": {"maxAmount": [], "vendorRestrictions": [], "expirationRules": []},
        "activePermissions": [],
        "expiredPermissions": [],
        "revokedPermissions": [],
        "summary": {
            "activePermissions": 0,
            "expiredPermissions": 0,
            "revokedPermissions": 0,
            "allowedActions": 0,
            "blockedActions": 0,
            "approvalRequiredActions": 0,
        },
        "enforcement": {"decisionEndpoint": "/api/verify"},
    }


def test_boundary_sorts_actions(demo: Server) -> None:
    """Listed actions stand for the permission, approval-gated ones are apart, and blocked wins over both."""
    agent = Agent(demo)
    agent.grant("plain")
    agent.grant("listed", allowedActions=["one", "two"])
    agent.grant("gated", requiresApproval=True, allowedActions=["three", "four"])
    agent.grant("blocker", blockedActions=["two", "four", "five", "plain"])
    manifest = boundary(agent)
    assert sorted(manifest["allowedActions"]) == ["blocker", "one"]
    assert sorted(manifest["approvalRequiredActions"]) == ["three"]
    assert sorted(manifest["blockedActions"]) == ["five", "four", "plain", "two"]
    assert manifest["summary"] == {
        "activePermissions": 4,
        "expiredPermissions": 0,
        "revokedPermissions": 0,
        "allowedActions": 2,
        "blockedActions": 4,
        "approvalRequiredActions": 1,
    }


def test_boundary_agrees_with_decisions(demo: Server) -> None:
    """What is listed as blocked is denied, and what is listed as gated asks for a person."""
    agent = Agent(demo)
    agent.grant("act", allowedActions=["one"], blockedActions=["two"])
    agent.grant("gated", requiresApproval=True)
    manifest = boundary(agent)
    for action in manifest["allowedActions"]:
        assert agent.decide(action)["allowed"] is True
    for action in manifest["blockedActions"]:
        assert agent.decide(action)["reason"] == "Action is blocked by this permission."
    for action in manifest["approvalRequiredActions"]:
        assert agent.decide(action)["approvalRequired"] is True


def test_boundary_tells_constraints(demo: Server) -> None:
    """Resources, vendors, limits and expiries are told with the permission that they belong to."""
    agent = Agent(demo)
    expires_at = iso(now_ms() + 3600_000)
    constraints: dict[str, Any] = {"maxAmount": 800, "allowedVendors": ["a.com", "b.com"], "expiresAt": expires_at}
    permission_id = agent.grant("buy", resource="a.com", constraints=constraints)
    agent.grant("other", resource="a.com", constraints={"allowedVendors": ["b.com"]})
    manifest = boundary(agent)
    assert manifest["resources"] == ["a.com"]
    assert sorted(manifest["vendors"]) == ["a.com", "b.com"]
    owner: dict[str, Any] = {"permissionId": permission_id, "action": "buy"}
    told = manifest["constraints"]
    assert told["maxAmount"] == [{**owner, "resource": "a.com", "maxAmount": 800}]
    assert {**owner, "allowedVendors": ["a.com", "b.com"]} in told["vendorRestrictions"]
    assert len(told["vendorRestrictions"]) == 2
    assert told["expirationRules"] == [{**owner, "expiresAt": expires_at}]


def test_boundary_sorts_permissions_by_state(demo: Server) -> None:
    """Active, expired and revoked permissions are told apart; only active ones feed the lists."""
    agent = Agent(demo)
    active, expired, revoked, staged = (agent.grant(action) for action in ("one", "two", "three", "four"))
    agent.revoke(revoked)
    past = '{"expiresAt":"2020-01-01T00:00:00.000Z"}'
    change_policy(demo, agent.agent_id, "UPDATE permission SET constraints = ? WHERE permission_id = ?", past, expired)
    change_policy(demo, agent.agent_id, "UPDATE permission SET status = 'inactive' WHERE permission_id = ?", staged)
    manifest = boundary(agent)
    for key, permission_id in (
        ("activePermissions", active),
        ("expiredPermissions", expired),
        ("revokedPermissions", revoked),
    ):
        assert [entry["permissionId"] for entry in manifest[key]] == [permission_id]
        assert manifest["summary"][key] == 1
    assert manifest["allowedActions"] == ["one"]


def test_boundary_of_a_disabled_agent(demo: Server) -> None:
    """A disabled agent may do nothing: its allowed and approval lists are empty, its blocked list is not."""
    agent = Agent(demo)
    agent.grant("act", blockedActions=["no"])
    agent.grant("gated", requiresApproval=True)
    developer_call(demo, "POST", f"/api/dashboard/agents/{agent.agent_id}/disable")
    manifest = boundary(agent)
    assert manifest["status"] == "disabled"
    assert (manifest["allowedActions"], manifest["approvalRequiredActions"]) == ([], [])
    assert manifest["blockedActions"] == ["no"]


def test_boundary_follows_changes_at_once(demo: Server) -> None:
    """A grant and a revocation show in the next manifest."""
    agent = Agent(demo)
    permission_id = agent.grant("act")
    assert boundary(agent)["allowedActions"] == ["act"]
    agent.revoke(permission_id)
    assert boundary(agent)["allowedActions"] == []


def test_boundary_is_no_decision(demo: Server) -> None:
    """Reading the manifest leaves no row in the log and shows no secret."""
    agent = Agent(demo)
    agent.grant("act")
    assert agent.api_key not in agent.get("/boundary").text
    assert not agent.rows()
