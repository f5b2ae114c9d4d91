# SPDX-License-Identifier: Apache-2.0
"""Shadow mode: the caller may always go on, is told what would have been, and nothing is opened or spent."""

from typing import Any

import pytest

from api_support import ALLOWED, DISABLED, NEEDS_APPROVAL, NO_PERMISSION, Agent, approvals, developer_call, settle, sql
from harness import Server

WOULD_ALLOW = "Shadow mode: action would have been allowed."
WOULD_DENY = "Shadow mode: action would have been denied."
FORMS: list[dict[str, Any]] = [{"shadow": True}, {"mode": "shadow"}]


def approval_count(agent: Agent) -> int:
    """How many approvals the agent ever had."""
    statement = "SELECT count(*) FROM approval WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    ((count,),) = sql(agent.server, statement, agent.agent_id)
    assert isinstance(count, int)
    return count


def assert_shadow(decision: dict[str, Any], allowed: bool, reason: str, risk: str) -> None:
    """An answer in shadow mode to that real decision."""
    assert set(decision) == {
        "requestId",
        "allowed",
        "approvalRequired",
        "reason",
        "risk",
        "shadow",
        "shadowDecision",
    }
    assert (decision["allowed"], decision["approvalRequired"], decision["shadow"]) == (True, False, True)
    assert decision["reason"] == (WOULD_ALLOW if allowed else WOULD_DENY)
    assert decision["risk"] == risk
    assert decision["shadowDecision"] == {"allowed": allowed, "reason": reason, "risk": risk}


@pytest.mark.parametrize("form", FORMS)
def test_shadow_answers(demo: Server, form: dict[str, Any]) -> None:
    """Whatever would be decided, the answer allows and tells the real decision with its reason and risk."""
    agent = Agent(demo)
    agent.grant("act")
    agent.grant("pay", constraints={"maxAmount": 5})
    agent.grant("ship", requiresApproval=True)
    assert_shadow(agent.decide("act", **form), True, ALLOWED, "low")
    assert_shadow(agent.decide("none", **form), False, NO_PERMISSION, "high")
    assert_shadow(agent.decide("pay", amount=6, **form), False, "Amount exceeds maxAmount constraint.", "high")
    assert_shadow(agent.decide("ship", **form), False, NEEDS_APPROVAL, "medium")
    developer_call(demo, "POST", f"/api/dashboard/agents/{agent.agent_id}/disable")
    assert_shadow(agent.decide("act", **form), False, DISABLED, "high")


def test_shadow_rows_hold_the_real_decision(demo: Server) -> None:
    """The log says shadow, and what was really decided."""
    agent = Agent(demo)
    agent.grant("act")
    agent.grant("ship", requiresApproval=True)
    ids = [agent.decide(action, shadow=True)["requestId"] for action in ("act", "none", "ship")]
    rows = list(reversed(agent.rows()))
    assert [row["requestId"] for row in rows] == ids
    assert [row["shadow"] for row in rows] == [True] * 3
    assert [row["allowed"] for row in rows] == [True, False, False]
    assert [row["approvalRequired"] for row in rows] == [False, False, True]
    assert [row["reason"] for row in rows] == [ALLOWED, NO_PERMISSION, NEEDS_APPROVAL]
    assert [row["risk"] for row in rows] == ["low", "high", "medium"]
    agent.decide("act")
    assert agent.rows()[0]["shadow"] is False


def test_shadow_opens_no_request(demo: Server) -> None:
    """A shadow call that would need approval leaves nothing for a person to decide."""
    agent = Agent(demo)
    agent.grant("ship", requiresApproval=True)
    for form in FORMS:
        assert "approvalId" not in agent.decide("ship", **form)
    assert approval_count(agent) == 0
    assert agent.agent_id not in [approval["agentId"] for approval in approvals(demo, "all")]


def test_shadow_spends_no_grant(demo: Server) -> None:
    """A shadow call leaves an approved grant for the real call."""
    agent = Agent(demo)
    agent.grant("ship", requiresApproval=True)
    settle(demo, agent.decide("ship")["approvalId"])
    for form in FORMS:
        assert agent.decide("ship", **form)["shadowDecision"]["allowed"] is False
    assert agent.decide("ship")["allowed"] is True
    assert approval_count(agent) == 1


def test_shadow_touches_no_pending_request(demo: Server) -> None:
    """A shadow call neither finds nor changes the request that is pending."""
    agent = Agent(demo)
    agent.grant("ship", requiresApproval=True)
    pending = agent.decide("ship")["approvalId"]
    assert "approvalId" not in agent.decide("ship", shadow=True)
    assert agent.decide("ship")["approvalId"] == pending


def test_shadow_does_not_skip_authentication(demo: Server) -> None:
    """Shadow mode answers nothing to who has no key, and still checks the fields."""
    body = {"agentId": demo.agent_id, "action": "act", "shadow": True}
    assert demo.call("POST", "/api/verify", body).status_code == 401
    assert demo.call("POST", "/api/verify", {**body, "amount": -1}, demo.as_agent()).status_code == 400
