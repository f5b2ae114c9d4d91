# SPDX-License-Identifier: Apache-2.0
"""The decisions that the product's pages show, on the permissions that they show them for."""

import json
import os
import re
import subprocess
from typing import Any

import pytest

from api_support import ALLOWED, ALLOWED_BY_GRANT, NEEDS_APPROVAL, NO_PERMISSION, Agent, settle
from harness import Server

KEYS = ["requestId", "allowed", "approvalRequired", "reason", "risk"]


def seed_agent(server: Server) -> Agent:
    """The coding agent of the approval walkthrough."""
    agent = Agent(server, "Coding agent")
    agent.grant(
        "deploy",
        resource="vercel.com",
        allowedActions=["deploy to staging", "create preview deployment", "update environment variables on staging"],
        blockedActions=["deploy to production", "promote to production", "delete production deployment"],
    )
    agent.grant(
        "deploy_production",
        resource="vercel.com",
        allowedActions=["promote staging to production"],
        blockedActions=["rollback without approval", "delete production deployment"],
        requiresApproval=True,
    )
    return agent


def test_purchase_within_the_limit_is_allowed(demo: Server) -> None:
    """A purchase of 742 at coachella.com is within the limit of 800 and allowed."""
    answer = demo.verify("purchase", vendor="coachella.com", amount=742)
    assert answer.status_code == 200
    decision = answer.json()
    assert list(decision) == KEYS
    assert re.fullmatch(r"req_[A-Za-z0-9_-]{16,}", decision.pop("requestId"))
    assert decision == {"allowed": True, "approvalRequired": False, "reason": ALLOWED, "risk": "low"}


def test_purchase_above_the_limit_is_denied(demo: Server) -> None:
    """A purchase of 900 is denied with status 200, and the reason names the limit."""
    answer = demo.verify("purchase", vendor="coachella.com", amount=900)
    assert answer.status_code == 200
    decision = answer.json()
    assert list(decision) == KEYS
    del decision["requestId"]
    assert decision == {
        "allowed": False,
        "approvalRequired": False,
        "reason": "Amount exceeds maxAmount constraint.",
        "risk": "high",
    }


@pytest.mark.parametrize(
    "fields, reason",
    [
        ({"vendor": "coachella.com", "amount": 800}, ALLOWED),
        ({"vendor": "coachella.com", "amount": 800.01}, "Amount exceeds maxAmount constraint."),
        (
            {"vendor": "coachella.com"},
            "amount is required for permissions with a maxAmount constraint.",
        ),
        ({"vendor": "Coachella.com", "amount": 5}, "Resource does not match permission resource."),
        ({"amount": 5}, "Resource does not match permission resource."),
    ],
)
def test_purchase_holds_each_constraint(demo: Server, fields: dict[str, Any], reason: str) -> None:
    """The limit itself passes; more, no amount, another vendor or none is denied."""
    decision = demo.verify("purchase", **fields).json()
    assert (decision["allowed"], decision["reason"]) == (reason == ALLOWED, reason)


def test_deploy_production_needs_approval(demo: Server) -> None:
    """A production deploy is not allowed but asks for a person, and says under which id."""
    answer = demo.verify("deploy_production", vendor="vercel.com")
    assert answer.status_code == 200
    decision = answer.json()
    assert set(decision) == {*KEYS, "approvalId"}
    assert re.fullmatch(r"apr_[A-Za-z0-9_-]{16}", decision["approvalId"])
    assert (decision["allowed"], decision["approvalRequired"]) == (False, True)
    assert (decision["reason"], decision["risk"]) == (NEEDS_APPROVAL, "medium")


def test_access_data_is_allowed(demo: Server) -> None:
    """Reading mail at gmail.com is allowed, with vendor and with resource as the field's name."""
    fields: list[dict[str, Any]] = [{"vendor": "gmail.com"}, {"resource": "gmail.com"}]
    for named in fields:
        decision = demo.verify("access_data", **named).json()
        assert (decision["allowed"], decision["reason"], decision["risk"]) == (True, ALLOWED, "low")


def test_action_without_permission_is_denied(demo: Server) -> None:
    """What no permission names is denied."""
    decision = demo.verify("send_email", vendor="gmail.com").json()
    assert (decision["allowed"], decision["approvalRequired"], decision["risk"]) == (False, False, "high")
    assert decision["reason"] == "No active permission exists for this action."
    assert "approvalId" not in decision


@pytest.mark.parametrize("action", ["deploy to staging", "create preview deployment", "deploy"])
def test_listed_sub_actions_are_allowed(demo: Server, action: str) -> None:
    """The permission's own action and each allowed sub-action pass."""
    decision = demo.verify(action, vendor="vercel.com").json()
    assert (decision["allowed"], decision["reason"]) == (True, ALLOWED)


@pytest.mark.parametrize("action", ["deploy to production", "promote to production", "delete production deployment"])
def test_blocked_sub_actions_are_denied(demo: Server, action: str) -> None:
    """A blocked sub-action is denied, whatever else the agent may do."""
    decision = demo.verify(action, vendor="vercel.com").json()
    assert (decision["allowed"], decision["approvalRequired"], decision["risk"]) == (False, False, "high")
    assert decision["reason"] == "Action is blocked by this permission."


def test_approval_walkthrough(demo: Server) -> None:
    """Ask, be approved, retry with equal arguments, and the third call asks again; the log has all of it."""
    agent = seed_agent(demo)
    first = agent.decide("deploy_production", vendor="vercel.com")
    assert (first["allowed"], first["approvalRequired"], first["reason"]) == (False, True, NEEDS_APPROVAL)
    assert settle(demo, first["approvalId"])["approved"] is True
    second = agent.decide("deploy_production", vendor="vercel.com")
    assert list(second) == KEYS
    assert (second["allowed"], second["approvalRequired"]) == (True, False)
    assert (second["reason"], second["risk"]) == (ALLOWED_BY_GRANT, "low")
    third = agent.decide("deploy_production", vendor="vercel.com")
    assert (third["allowed"], third["approvalRequired"]) == (False, True)
    assert third["approvalId"] != first["approvalId"]
    rows = agent.rows()
    assert [row["requestId"] for row in rows] == [third["requestId"], second["requestId"], first["requestId"]]
    assert [row["decision"] for row in rows] == ["approval_required", "allowed", "approval_required"]


def test_demo_file_names_the_server(demo: Server) -> None:
    """The demo credentials are those of the running server, in a file nobody else can read."""
    path = demo.data_dir / "demo.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert demo.base_url in path.read_text()
    assert demo.api_key.startswith("bhf_sk_") and len(demo.api_key) == 50
    assert demo.developer_token.startswith("bhf_dev_") and len(demo.developer_token) == 51


def test_a_denied_agent_reads_nothing_through_the_gateway(demo: Server) -> None:
    """The gateway page's curl line, by an agent that may not: denied, and not executed."""
    agent = Agent(demo)
    body = '{"agentId":"agent_xxx","action":"browse_web","resource":"web","input":{"url":"https://example.com"}}'
    curl = (
        'curl -s -X POST "$BASE_URL/api/actions/execute" '
        '-H "Authorization: Bearer $BEHALFID_API_KEY" -H "Content-Type: application/json" '
        f"-d '{body.replace('agent_xxx', agent.agent_id)}'"
    )
    env = {**os.environ, "BASE_URL": demo.base_url, "BEHALFID_API_KEY": agent.api_key}
    done = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, env=env, timeout=60, check=True)
    answer = json.loads(done.stdout)
    assert answer.pop("requestId") == agent.rows()[0]["requestId"]
    assert answer == {
        "allowed": False,
        "decision": "denied",
        "reason": NO_PERMISSION,
        "executed": False,
        "approvalRequired": False,
    }
