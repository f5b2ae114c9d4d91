# SPDX-License-Identifier: Apache-2.0
"""Agents and permissions by people: made, changed and seen in the dashboard."""

import threading
from typing import Any

import pytest

from api_support import Agent, error_of, sql
from harness import Server
from people_support import Account, Person, public_id

PATH = "/api/dashboard/agents"


def make_agent(owner: Person, **fields: Any) -> dict[str, Any]:
    """A new agent, as its maker gets it."""
    answer = owner.call("POST", PATH, {"name": "Agent", **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def read(owner: Person, agent_id: str) -> dict[str, Any]:
    """One agent with all that belongs to it."""
    answer = owner.call("GET", f"{PATH}/{agent_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_agent_made_by_a_person(demo: Server) -> None:
    """A person gets the whole agent and its key, once; the agent is of the person's account and theirs."""
    owner = Person(Account(demo), "owner")
    made = make_agent(owner, agentType="connected", description="Buys tickets")
    assert set(made) == {"agent", "apiKey"}
    agent = made["agent"]
    assert (agent["agentType"], agent["provider"], agent["status"]) == ("connected", "other", "active")
    assert agent["updatedAt"] == agent["createdAt"] is not None
    assert read(owner, agent["agentId"])["agent"] == agent
    assert made["apiKey"] not in owner.call("GET", f"{PATH}/{agent['agentId']}").text
    body = {"agentId": agent["agentId"], "action": "act"}
    assert demo.call("POST", "/api/verify", body, demo.as_agent(made["apiKey"])).status_code == 200
    rows = sql(demo, "SELECT account, owner_person FROM agent WHERE agent_id = ?", agent["agentId"])
    assert rows == [(owner.account.number, owner.number)]
    by_token = demo.call("POST", "/api/agents", {"name": "By token"}, owner.by_token()).json()
    rows = sql(demo, "SELECT owner_person FROM agent WHERE agent_id = ?", by_token["agentId"])
    assert rows == [(owner.number,)]


def test_bad_new_agents_are_explained(demo: Server) -> None:
    """The rules are those of POST /api/agents."""
    owner = Person(Account(demo), "owner")
    cases: list[tuple[Any, str]] = [
        ({}, "name is required."),
        ({"name": "x" * 121}, "name must be 120 characters or fewer."),
        ({"name": "x", "agentType": "other"}, "agentType must be one of: native, connected."),
        ({"name": "x", "guidelines": []}, "Unknown field: guidelines."),
    ]
    for body, text in cases:
        assert error_of(owner.call("POST", PATH, body)) == (400, text)
    assert owner.call("GET", PATH).json() == {"agents": []}


def test_change_of_an_agent(demo: Server) -> None:
    """Each editable field can be changed by itself; null or an empty text takes an optional one away."""
    owner = Person(Account(demo), "owner")
    agent_id = make_agent(owner)["agent"]["agentId"]
    before = read(owner, agent_id)["agent"]
    changes: dict[str, Any] = {
        "name": "Renamed",
        "provider": "ollama",
        "connectionStatus": "connected",
        "externalAgentId": "x-1",
        "externalAgentLabel": "Label",
        "description": "What it does",
        "guidelines": ["Ask before you buy.", "Be brief."],
        "ollamaBaseUrl": "http://127.0.0.1:11434",
        "ollamaModel": "llama3",
    }
    for key, value in changes.items():
        answer = owner.call("PATCH", f"{PATH}/{agent_id}", {key: value})
        assert answer.status_code == 200, answer.text
        after = answer.json()["agent"]
        assert after[key] == value
        assert {**after, "updatedAt": 0} == {**before, key: value, "updatedAt": 0}
        assert after == read(owner, agent_id)["agent"]
        before = after
    empty: dict[str, Any] = {"externalAgentId": None, "externalAgentLabel": "", "description": " ", "guidelines": []}
    empty |= {"ollamaBaseUrl": None, "ollamaModel": None}
    after = owner.call("PATCH", f"{PATH}/{agent_id}", empty).json()["agent"]
    assert all(after[key] == ([] if key == "guidelines" else None) for key in empty)
    assert after["name"] == "Renamed"


def test_bad_changes_are_explained(demo: Server) -> None:
    """What is wrong is named with its rule, at the edge of each limit, and nothing changes."""
    owner = Person(Account(demo), "owner")
    agent_id = make_agent(owner)["agent"]["agentId"]
    before = read(owner, agent_id)["agent"]
    providers = "custom, ollie, chatgpt, claude, gemini, zapier, make, langchain, openai, ollama, other"
    strings = "guidelines must be an array of non-empty strings."
    cases: list[tuple[Any, str]] = [
        ({}, "At least one editable agent field is required."),
        ({"status": "active"}, "Unknown field: status."),
        ({"name": ""}, "name is required."),
        ({"name": None}, "name is required."),
        ({"provider": "acme"}, f"provider must be one of: {providers}."),
        ({"connectionStatus": "on"}, "connectionStatus must be one of: manual, connected, disconnected."),
        ({"description": "x" * 801}, "description must be 800 characters or fewer."),
        ({"externalAgentId": "x" * 181}, "externalAgentId must be 180 characters or fewer."),
        ({"ollamaModel": "x" * 181}, "ollamaModel must be 180 characters or fewer."),
        ({"ollamaBaseUrl": "javascript:alert(1)"}, "ollamaBaseUrl must be an http or https URL."),
        ({"ollamaBaseUrl": "http://" + "x" * 234}, "ollamaBaseUrl must be 240 characters or fewer."),
        ({"guidelines": "Be brief."}, strings),
        ({"guidelines": None}, strings),
        ({"guidelines": ["a", " "]}, strings),
        ({"guidelines": ["a", 1]}, strings),
        ({"guidelines": ["a"] * 21}, "guidelines must have 20 items or fewer."),
        ({"guidelines": ["x" * 501]}, "Each guideline must be 500 characters or fewer."),
        ({"name": "Good", "guidelines": ["x" * 501]}, "Each guideline must be 500 characters or fewer."),
    ]
    for body, text in cases:
        assert error_of(owner.call("PATCH", f"{PATH}/{agent_id}", body)) == (400, text)
    assert read(owner, agent_id)["agent"] == before
    longest = {"guidelines": ["x" * 500] * 20, "description": "x" * 800, "externalAgentId": "x" * 180}
    longest["ollamaBaseUrl"] = "http://" + "x" * 233
    assert owner.call("PATCH", f"{PATH}/{agent_id}", longest).status_code == 200


def test_changes_at_the_same_time_are_all_kept(demo: Server) -> None:
    """Two people who change different fields at the same moment do not undo each other."""
    account = Account(demo)
    owner, admin = Person(account, "owner"), Person(account, "admin")
    agent_id = make_agent(owner)["agent"]["agentId"]

    def change(person: Person, key: str) -> None:
        for number in range(30):
            answer = person.call("PATCH", f"{PATH}/{agent_id}", {key: f"{key} {number}"})
            assert answer.status_code == 200

    threads = [threading.Thread(target=change, args=(owner, "description"))]
    threads.append(threading.Thread(target=change, args=(admin, "externalAgentLabel")))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    agent = read(owner, agent_id)["agent"]
    assert (agent["description"], agent["externalAgentLabel"]) == ("description 29", "externalAgentLabel 29")


def test_guidelines_reach_the_agent(demo: Server) -> None:
    """What people write as guidelines stands in the boundary that the agent reads, at once."""
    owner = Person(Account(demo, first=True), "owner")
    agent = Agent(demo)
    assert owner.call("PATCH", f"{PATH}/{agent.agent_id}", {"guidelines": ["Ask first."]}).status_code == 200
    assert "Ask first." in agent.get("/boundary").text
    assert agent.get().json()["agent"]["guidelines"] == ["Ask first."]


def test_posture_of_an_agent(demo: Server) -> None:
    """The posture counts permissions by state and the denials of the last days, without those that await approval."""
    owner = Person(Account(demo), "owner")
    made = make_agent(owner)
    agent_id, key = made["agent"]["agentId"], made["apiKey"]
    empty = read(owner, agent_id)
    assert empty["workspaceAuthority"] == {"role": "OWNER", "roleLabel": "Owner", "authorityLevel": None}
    assert {**empty["securityPosture"], "recentDeniedSince": ""} == {
        "activePermissions": 0,
        "approvalGatedPermissions": 0,
        "revokedPermissions": 0,
        "recentDeniedActions": 0,
        "recentDeniedSince": "",
    }
    assert empty["securityPosture"]["recentDeniedSince"].endswith("T00:00:00.000Z")
    path = f"{PATH}/{agent_id}/permissions"
    ids = []
    for body in ({"action": "act"}, {"action": "ask", "requiresApproval": True}, {"action": "gone"}):
        answer = owner.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["permissionId"])
    assert owner.call("POST", f"{path}/{ids[2]}/revoke").json() == {"revoked": True}
    for action in ("act", "ask", "gone", "never", "never"):
        body = {"agentId": agent_id, "action": action, "vendor": "v"}
        assert demo.call("POST", "/api/verify", body, demo.as_agent(key)).status_code == 200
    posture = read(owner, agent_id)["securityPosture"]
    assert (posture["activePermissions"], posture["approvalGatedPermissions"]) == (2, 1)
    assert (posture["revokedPermissions"], posture["recentDeniedActions"]) == (1, 3)


@pytest.mark.parametrize("by", ["session", "token"])
def test_permission_granted_and_revoked(demo: Server, by: str) -> None:
    """A permission for the agent of the path works at once and ends at once, by session and by token."""
    owner = Person(Account(demo), "owner")
    made = make_agent(owner)
    agent_id = made["agent"]["agentId"]
    headers = owner.by_session() if by == "session" else owner.by_token()
    path = f"{PATH}/{agent_id}/permissions"

    def decide() -> bool:
        body = {"agentId": agent_id, "action": "act", "amount": 5}
        answer = demo.call("POST", "/api/verify", body, demo.as_agent(made["apiKey"]))
        allowed: bool = answer.json()["allowed"]
        return allowed

    assert decide() is False
    answer = demo.call("POST", path, {"action": "act", "constraints": {"maxAmount": 5}}, headers)
    assert answer.status_code == 201, answer.text
    permission_id = answer.json()["permissionId"]
    assert answer.json() == {
        "permissionId": permission_id,
        "status": "active",
        "requiredAuthorityLevel": None,
        "workspaceAuthority": {"role": "OWNER", "roleLabel": "Owner", "authorityLevel": None},
    }
    assert decide() is True
    for _ in range(2):
        revoked = demo.call("POST", f"{path}/{permission_id}/revoke", None, headers)
        assert (revoked.status_code, revoked.json()) == (200, {"revoked": True})
    assert decide() is False


def test_permission_of_another_agent(demo: Server) -> None:
    """The path must name the permission's own agent; bodies follow the rules of POST /api/permissions."""
    owner = Person(Account(demo), "owner")
    first, second = (make_agent(owner)["agent"]["agentId"] for _ in range(2))
    made = owner.call("POST", f"{PATH}/{first}/permissions", {"action": "act"}).json()
    missing = (404, "Permission not found.")
    for permission_id in (made["permissionId"], public_id("perm")):
        answer = owner.call("POST", f"{PATH}/{second}/permissions/{permission_id}/revoke")
        assert error_of(answer) == missing
    assert read(owner, first)["permissions"][0]["status"] == "active"
    cases: list[tuple[Any, str]] = [
        ({}, "action is required."),
        ({"action": "act", "agentId": first}, "Unknown field: agentId."),
        ({"action": "act", "constraints": {"maxAmount": -1}}, "amount must be a non-negative number."),
        ({"action": "act", "allowedActions": "x"}, "allowedActions must be an array of non-empty strings."),
    ]
    for body, text in cases:
        assert error_of(owner.call("POST", f"{PATH}/{first}/permissions", body)) == (400, text)
