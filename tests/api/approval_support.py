# SPDX-License-Identifier: Apache-2.0
"""What the tests of approvals by people share: asking, looking, settling."""

from typing import Any

import requests

from api_support import Agent
from people_support import Person

APPROVALS = "/api/dashboard/approvals"
NOT_PENDING = (404, "Approval request not found or already resolved.")


def ask(agent: Agent, action: str = "ship", **fields: Any) -> str:
    """A call that must need approval: the id of its request."""
    decision = agent.decide(action, **fields)
    assert (decision["allowed"], decision["approvalRequired"]) == (False, True), decision
    approval_id: str = decision["approvalId"]
    return approval_id


def command(text: str) -> dict[str, Any]:
    """The fields of a call that runs a command."""
    return {"policyContext": {"toolInput": {"command": text}}}


def settle(person: Person, approval_id: str, verdict: str = "approve") -> requests.Response:
    """POST .../approve or .../deny."""
    return person.call("POST", f"{APPROVALS}/{approval_id}/{verdict}")


def approve(person: Person, approval_id: str) -> dict[str, Any]:
    """An approval that must succeed."""
    answer = settle(person, approval_id)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def show(person: Person, approval_id: str) -> dict[str, Any]:
    """One approval."""
    shown: dict[str, Any] = person.get(f"{APPROVALS}/{approval_id}")["approval"]
    return shown


def listed(person: Person, **query: Any) -> list[dict[str, Any]]:
    """A page of the list."""
    rows: list[dict[str, Any]] = person.get(APPROVALS, **query)["approvals"]
    return rows
