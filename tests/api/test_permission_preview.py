# SPDX-License-Identifier: Apache-2.0
"""Trying a permission that nobody has saved: the decisions are those of verify, and nothing is left behind."""

from typing import Any, Callable

import pytest
import requests

from api_support import ALLOWED, NEEDS_APPROVAL, NO_PERMISSION, REVOKED, Agent, developer_call, error_of, sql
from harness import Server
from people_support import Account, Person, public_id
from webhook_calls import create as create_endpoint

RESOURCE = "Resource does not match permission resource."


def ask(agent: Agent, **body: Any) -> requests.Response:
    """POST .../permissions/preview with the token of the demo account."""
    return developer_call(agent.server, "POST", f"/api/dashboard/agents/{agent.agent_id}/permissions/preview", body)


def preview(agent: Agent, **body: Any) -> dict[str, Any]:
    """The answer of a preview that must succeed."""
    answer = ask(agent, **body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert set(found) == {"results", "warnings"}
    for result in found["results"]:
        for decision in (result["now"], result["then"]):
            assert set(decision) == {"allowed", "approvalRequired", "reason", "risk", "permissionId"}
    for warning in found["warnings"]:
        assert set(warning) == {"kind", "permissionId", "text"} and warning["text"].endswith(".")
    return found


def kinds(found: dict[str, Any]) -> set[tuple[str, str]]:
    """What the warnings say about which permission."""
    return {(warning["kind"], warning["permissionId"]) for warning in found["warnings"]}


def traces(server: Server) -> list[tuple[Any, ...]]:
    """All that a decision leaves behind."""
    return sql(
        server,
        "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM approval), (SELECT count(*) FROM event),"
        " (SELECT sum(last_used_at) FROM permission), (SELECT count(*) FROM permission), (SELECT sum(policy_version) FROM agent)",
    )


def test_draft_is_tried_beside_what_is_stored(demo: Server) -> None:
    """Each sample is decided by the stored policy and by the one with the draft; the draft is named so."""
    agent = Agent(demo)
    old = agent.grant("deploy", requiresApproval=True)
    found = preview(
        agent,
        draft={"action": "deploy", "resource": "vercel.com"},
        samples=[{"action": "deploy", "vendor": "vercel.com"}, {"action": "deploy", "resource": "x"}, {"action": "z"}],
    )
    asks = {"allowed": False, "approvalRequired": True, "reason": NEEDS_APPROVAL, "risk": "medium", "permissionId": old}
    allows = {"allowed": True, "approvalRequired": False, "reason": ALLOWED, "risk": "low", "permissionId": "draft"}
    denies = {
        "allowed": False,
        "approvalRequired": False,
        "reason": NO_PERMISSION,
        "risk": "high",
        "permissionId": None,
    }
    assert found["results"] == [
        {"now": asks, "then": allows},
        {"now": asks, "then": asks},
        {"now": denies, "then": denies},
    ]
    assert kinds(found) == {("loosens", old)}


def test_nothing_is_left_behind(start_server: Callable[..., Server]) -> None:
    """A preview writes no log, opens no approval, tells nobody, marks nothing as used and changes no policy."""
    server = start_server("--allow-private-webhooks")
    create_endpoint(server, None, ["verification.allowed", "approval.requested", "permission.created"])
    agent = Agent(server)
    old = agent.grant("deploy", requiresApproval=True)
    agent.grant("read")
    before = traces(server)
    samples = [{"action": "deploy", "vendor": "x"}, {"action": "read"}, {"action": "new"}]
    preview(agent, draft={"action": "new"}, replaces=old, samples=samples)
    preview(agent, samples=samples)
    server.stop()  # what waits to be written is written then
    assert traces(server) == before


def test_earlier_approvals_do_not_count(demo: Server) -> None:
    """An approved request is needed again by the preview, and waits for its agent as before."""
    agent = Agent(demo)
    agent.grant("deploy", requiresApproval=True)
    approval = agent.decide("deploy", vendor="x")["approvalId"]
    done = demo.command_line("admin", "approvals", "approve", approval, "--json")
    assert done.returncode == 0, done.stderr
    sample = {"action": "deploy", "vendor": "x"}
    assert preview(agent, samples=[sample])["results"][0]["now"]["approvalRequired"] is True
    assert agent.decide("deploy", vendor="x")["allowed"] is True


SAMPLES: list[dict[str, Any]] = [
    {"action": "pay", "vendor": "a.com", "amount": 5},
    {"action": "pay", "vendor": "a.com", "amount": 50},
    {"action": "pay", "vendor": "a.com"},
    {"action": "pay", "vendor": "b.com", "amount": 50},
    {"action": "refund", "resource": "a.com"},
    {"action": "other"},
    {"action": "read_file", "metadata": {"path": "/w/src/a", "cwd": "/w"}},
    {"action": "read_file", "policyContext": {"toolInput": {"file_path": "/etc/passwd"}}},
    {"action": "execute_command", "metadata": {"command": "rm -rf /"}},
    {"action": "execute_command", "metadata": {"command": "ls", "branch": "main"}},
]
DRAFTS: list[dict[str, Any]] = [
    {"action": "pay", "constraints": {"maxAmount": 60}},
    {"action": "pay", "requiresApproval": True, "blockedActions": ["refund"]},
    {"action": "read_file", "allowedActions": ["execute_command"], "constraints": {"deniedCommands": ["rm -rf"]}},
    {"action": "execute_command", "constraints": {"allowedBranches": ["main"]}},
    {"action": "act", "constraints": {"expiresAt": "2999-01-01"}},
]


@pytest.mark.parametrize("draft", DRAFTS)
def test_then_is_what_verify_says_afterwards(demo: Server, draft: dict[str, Any]) -> None:
    """What the preview says of a draft in place of a permission is what verify says once that is done."""
    agent = Agent(demo)
    old = agent.grant("pay", allowedActions=["refund"], constraints={"maxAmount": 10, "allowedVendors": ["a.com"]})
    agent.grant("read_file", constraints={"allowedPaths": ["src/**"]})
    fields = ("allowed", "approvalRequired", "reason", "risk")
    results = preview(agent, draft=draft, replaces=old, samples=SAMPLES)["results"]

    def verified() -> list[list[Any]]:
        return [[agent.decide(**sample)[field] for field in fields] for sample in SAMPLES]

    assert [[result["now"][field] for field in fields] for result in results] == verified()
    path = f"/api/dashboard/agents/{agent.agent_id}/permissions/{old}/replace"
    assert developer_call(demo, "POST", path, draft).status_code == 201
    assert [[result["then"][field] for field in fields] for result in results] == verified()


def test_replaced_permission_counts_as_revoked(demo: Server) -> None:
    """Without a draft, `then` is what is left once the named permission is gone."""
    agent = Agent(demo)
    old = agent.grant("act")
    (result,) = preview(agent, replaces=old, samples=[{"action": "act"}])["results"]
    assert (result["now"]["reason"], result["then"]["reason"]) == (ALLOWED, REVOKED)
    assert result["then"]["permissionId"] == old
    assert preview(agent, draft={"action": "act"}, replaces=old)["warnings"] == []


def test_nothing_asked_is_nothing_said(demo: Server) -> None:
    """An empty request, and nulls for what is left out, give empty lists."""
    agent = Agent(demo)
    agent.grant("act")
    assert preview(agent) == {"results": [], "warnings": []}
    assert preview(agent, draft=None, replaces=None, samples=None) == {"results": [], "warnings": []}


def test_each_kind_of_warning_is_told(demo: Server) -> None:
    """The warnings name the permissions that the draft meets, and how."""
    agent = Agent(demo)
    asking = agent.grant("deploy", requiresApproval=True)
    blocking = agent.grant("read", blockedActions=["delete"])
    small = agent.grant("pay", constraints={"maxAmount": 10}, allowedActions=["read"])
    branch = agent.grant("deploy", requiresApproval=True, constraints={"allowedBranches": ["main"]})
    gone = agent.grant("deploy")
    agent.revoke(gone)
    found = preview(agent, draft={"action": "deploy", "allowedActions": ["delete", "pay"]})
    assert kinds(found) == {
        ("shadows", asking),
        ("loosens", asking),
        ("shadows", branch),
        ("loosens", branch),
        ("blocked_elsewhere", blocking),
        ("loosens", small),
    }
    found = preview(agent, draft={"action": "read", "requiresApproval": True})
    assert kinds(found) == {("already_allowed", blocking), ("shadowed", blocking), ("overlaps", small)}


def test_disabled_agent_is_denied(demo: Server) -> None:
    """A disabled agent gets nothing, with or without the draft."""
    agent = Agent(demo)
    assert developer_call(demo, "POST", f"/api/dashboard/agents/{agent.agent_id}/disable").status_code == 200
    (result,) = preview(agent, draft={"action": "act"}, samples=[{"action": "act"}])["results"]
    assert result["now"]["reason"] == result["then"]["reason"] == "Agent is disabled."


@pytest.mark.parametrize(
    "body, text",
    [
        ({"draft": []}, "draft must be an object."),
        ({"draft": {}}, "draft.action is required."),
        ({"draft": {"action": "a" * 81}}, "draft.action must be 80 characters or fewer."),
        ({"draft": {"action": "a", "agentId": "x"}}, "Unknown field: draft.agentId."),
        ({"draft": {"action": "a", "notes": "x" * 801}}, "draft.notes must be 800 characters or fewer."),
        ({"draft": {"action": "a", "constraints": []}}, "draft.constraints must be an object."),
        (
            {"draft": {"action": "a", "constraints": {"maxAmount": -1}}},
            "draft.constraints.maxAmount must be a non-negative number.",
        ),
        (
            {"draft": {"action": "a", "constraints": {"expiresAt": "2001-01-01"}}},
            "draft.constraints.expiresAt must be in the future.",
        ),
        (
            {"draft": {"action": "a", "constraints": {"deniedPaths": [1]}}},
            "draft.constraints.deniedPaths must be an array of non-empty strings.",
        ),
        (
            {"draft": {"action": "a", "allowedActions": "b"}},
            "draft.allowedActions must be an array of non-empty strings.",
        ),
        ({"replaces": 5}, "replaces must be a string or null."),
        ({"replaces": ""}, "replaces must be a string or null."),
        ({"samples": {}}, "samples must be an array of 20 items or fewer."),
        ({"samples": [{"action": "a"}] * 21}, "samples must be an array of 20 items or fewer."),
        ({"samples": ["a"]}, "samples[0] must be an object."),
        ({"samples": [{"action": "a"}, {}]}, "samples[1].action is required."),
        ({"samples": [{"action": "a" * 81}]}, "samples[0].action must be 80 characters or fewer."),
        ({"samples": [{"action": "a", "vendor": ""}]}, "samples[0].resource must be a non-empty string."),
        ({"samples": [{"action": "a", "vendor": "v" * 201}]}, "samples[0].vendor must be 200 characters or fewer."),
        ({"samples": [{"action": "a"}] * 2 + [{"action": "a", "amount": -1}]}, None),
        ({"samples": [{"action": "a", "metadata": []}]}, "samples[0].metadata must be an object under 2KB."),
        ({"samples": [{"action": "a", "policyContext": 1}]}, "samples[0].policyContext must be an object."),
        ({"samples": [{"action": "a", "shadow": True}]}, "Unknown field: samples[0].shadow."),
        ({"samples": [{"action": "a", "agentId": "x"}]}, "Unknown field: samples[0].agentId."),
        ({"sample": []}, "Unknown field: sample."),
    ],
)
def test_mistakes_are_named_by_their_place(demo: Server, body: dict[str, Any], text: str) -> None:
    """The rules are those of a new permission and of verify; the error names the place in the body."""
    agent = Agent(demo)
    assert error_of(ask(agent, **body)) == (400, text or "samples[2].amount must be a non-negative number.")


def test_twenty_samples_are_answered(demo: Server) -> None:
    """Twenty samples are as many as one may send."""
    agent = Agent(demo)
    assert len(preview(agent, samples=[{"action": "a"}] * 20)["results"]) == 20


def test_the_work_of_one_preview_is_bounded(demo: Server) -> None:
    """Samples that are dear to match are answered one by one; twenty of them at once are refused, with the reason."""
    agent = Agent(demo)
    for number in range(3):
        patterns = ["*" + "a" * 97 + "c" + "a" * 95 + f"{number}{index}" for index in range(80)]
        agent.grant("deploy", constraints={"allowedBranches": patterns})
    sample = {"action": "deploy", "metadata": {"branch": "a" * 198}}
    (result,) = preview(agent, samples=[sample])["results"]
    assert (
        result["now"]["reason"] == result["then"]["reason"] == "Branch is not included in allowedBranches constraint."
    )
    assert error_of(ask(agent, samples=[sample] * 20)) == (
        400,
        "samples take too much matching with the patterns of these permissions.",
    )


def test_samples_do_not_share_memory(demo: Server) -> None:
    """Long paths in every sample are each decided as if alone."""
    agent = Agent(demo)
    agent.grant("read_file", constraints={"allowedPaths": ["/w/**"]})
    path = "/w/" + "d/" * 800 + "f"
    samples = [{"action": "read_file", "policyContext": {"toolInput": {"path": path}}}] * 20
    results = preview(agent, draft={"action": "other"}, samples=samples)["results"]
    assert [result["then"]["allowed"] for result in results] == [True] * 20


def test_permissions_of_others_are_not_found(demo: Server) -> None:
    """`replaces` names a permission of this agent; other accounts' agents are not there."""
    agent, other = Agent(demo), Agent(demo)
    foreign = other.grant("act")
    for permission_id in (foreign, public_id("perm")):
        assert error_of(ask(agent, replaces=permission_id)) == (404, "Permission not found.")
    stranger = Person(Account(demo), "owner")
    path = f"/api/dashboard/agents/{agent.agent_id}/permissions/preview"
    assert error_of(stranger.call("POST", path, {})) == (404, "Agent not found.")


def test_every_member_may_ask(demo: Server) -> None:
    """A viewer, who may not change anything, may ask what a change would do."""
    account = Account(demo)
    made = Person(account, "owner").call("POST", "/api/dashboard/agents", {"name": "Agent"}).json()
    path = f"/api/dashboard/agents/{made['agent']['agentId']}/permissions/preview"
    answer = Person(account, "viewer").call("POST", path, {"draft": {"action": "a"}, "samples": [{"action": "a"}]})
    assert answer.json()["results"][0]["then"]["permissionId"] == "draft"
