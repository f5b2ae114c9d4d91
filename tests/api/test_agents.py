# SPDX-License-Identifier: Apache-2.0
"""Agents: made, read, listed, switched off and on, and given new keys."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from api_support import DISABLED, Agent, developer_call, error_of
from harness import Server

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
AGENT_KEYS = {
    "agentId",
    "name",
    "status",
    "agentType",
    "provider",
    "connectionStatus",
    "externalAgentId",
    "externalAgentLabel",
    "description",
    "guidelines",
    "ollamaBaseUrl",
    "ollamaModel",
    "publicPassportTokenPreview",
    "publicPassportEnabled",
    "lastUsedAt",
    "keyRotatedAt",
    "createdAt",
    "updatedAt",
}
PERMISSION_KEYS = {
    "permissionId",
    "action",
    "description",
    "resource",
    "scope",
    "allowedActions",
    "blockedActions",
    "requiresApproval",
    "approvalGrantMinutes",
    "notes",
    "template",
    "constraints",
    "status",
    "expiresAt",
    "lastUsedAt",
    "createdAt",
    "updatedAt",
}
PROVIDERS = [
    "custom",
    "ollie",
    "chatgpt",
    "claude",
    "gemini",
    "zapier",
    "make",
    "langchain",
    "openai",
    "ollama",
    "other",
]


def create(server: Server, **fields: Any) -> requests.Response:
    """POST /api/agents with a developer token."""
    return developer_call(server, "POST", "/api/agents", fields)


def read(server: Server, made: requests.Response) -> dict[str, Any]:
    """The agent that was made, as its own key sees it."""
    answer = made.json()
    seen = server.call("GET", f"/api/agents/{answer['agentId']}", headers=server.as_agent(answer["apiKey"]))
    assert seen.status_code == 200, seen.text
    agent: dict[str, Any] = seen.json()["agent"]
    return agent


# ---- create ----


def test_created_agent_has_defaults(demo: Server) -> None:
    """A name is enough; everything else has its default, and the key is shown."""
    made = create(demo, name="  Plain  ")
    assert made.status_code == 201
    assert set(made.json()) == {"agentId", "apiKey", "agentType", "provider"}
    assert (made.json()["agentType"], made.json()["provider"]) == ("native", "custom")
    assert re.fullmatch(r"agent_[A-Za-z0-9_-]{16}", made.json()["agentId"])
    assert re.fullmatch(r"bhf_sk_[A-Za-z0-9_-]{43}", made.json()["apiKey"])
    agent = read(demo, made)
    assert set(agent) == AGENT_KEYS
    assert TIME.fullmatch(agent.pop("createdAt")) and TIME.fullmatch(agent.pop("updatedAt"))
    absent = AGENT_KEYS - {"createdAt", "updatedAt"} - set(EXPECTED_DEFAULTS)
    assert agent == {**EXPECTED_DEFAULTS, **{key: None for key in absent}, "agentId": made.json()["agentId"]}


EXPECTED_DEFAULTS = {
    "name": "Plain",
    "status": "active",
    "agentType": "native",
    "provider": "custom",
    "connectionStatus": "manual",
    "guidelines": [],
    "publicPassportEnabled": False,
}


def test_created_agent_keeps_its_fields(demo: Server) -> None:
    """Every field given at creation is read back, trimmed."""
    fields = {
        "name": "Full é \U0001f600",
        "agentType": "connected",
        "provider": "claude",
        "connectionStatus": "connected",
        "externalAgentId": "ext-1",
        "externalAgentLabel": "Label",
        "description": 'Line\n"quoted" \\ </script>',
    }
    agent = read(demo, create(demo, **{**fields, "externalAgentId": "  ext-1  "}))
    assert {key: agent[key] for key in fields} == fields


def test_connected_agents_default_to_other(demo: Server) -> None:
    """A connected agent without a provider has provider other."""
    assert create(demo, name="x", agentType="connected").json()["provider"] == "other"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_is_accepted(demo: Server, provider: str) -> None:
    """Each known provider is stored."""
    assert create(demo, name="x", provider=provider).json()["provider"] == provider


@pytest.mark.parametrize(
    "fields, text",
    [
        ({}, "name is required."),
        ({"name": ""}, "name is required."),
        ({"name": "  "}, "name is required."),
        ({"name": 5}, "name is required."),
        ({"name": None}, "name is required."),
        ({"name": "x" * 121}, "name must be 120 characters or fewer."),
        ({"name": "x", "agentType": "robot"}, "agentType must be one of: native, connected."),
        ({"name": "x", "agentType": 5}, "agentType must be one of: native, connected."),
        ({"name": "x", "provider": "nobody"}, f"provider must be one of: {', '.join(PROVIDERS)}."),
        ({"name": "x", "provider": "Claude"}, f"provider must be one of: {', '.join(PROVIDERS)}."),
        (
            {"name": "x", "connectionStatus": "lost"},
            "connectionStatus must be one of: manual, connected, disconnected.",
        ),
        ({"name": "x", "externalAgentId": "x" * 181}, "externalAgentId must be 180 characters or fewer."),
        ({"name": "x", "externalAgentLabel": "x" * 181}, "externalAgentLabel must be 180 characters or fewer."),
        ({"name": "x", "description": "x" * 801}, "description must be 800 characters or fewer."),
        ({"name": "x", "status": "active"}, "Unknown field: status."),
        ({"name": "x", "apiKey": "bhf_sk_mine"}, "Unknown field: apiKey."),
        ({"name": "", "agentType": "robot", "zzz": 1}, "Unknown field: zzz."),
    ],
)
def test_field_rules(demo: Server, fields: dict[str, Any], text: str) -> None:
    """Each field's rule is refused in its own words."""
    assert error_of(create(demo, **fields)) == (400, text)


@pytest.mark.parametrize(
    "field, units", [("name", 120), ("externalAgentId", 180), ("externalAgentLabel", 180), ("description", 800)]
)
def test_texts_may_be_as_long_as_said(demo: Server, field: str, units: int) -> None:
    """A text of exactly the limit, in UTF-16 units, is kept whole."""
    text = "\U0001f600" * (units // 2)
    assert read(demo, create(demo, **{"name": "x", field: text}))[field] == text


@pytest.mark.careless
@pytest.mark.parametrize("value", ["", "  ", 5, None, ["x"]])
@pytest.mark.parametrize("field", ["externalAgentId", "externalAgentLabel", "description"])
def test_optional_texts_may_be_left_empty(demo: Server, field: str, value: Any) -> None:
    """An optional text that is empty or no string is absent."""
    assert read(demo, create(demo, **{"name": "x", field: value}))[field] is None


# ---- read ----


def test_read_shows_permissions_newest_first(demo: Server) -> None:
    """An agent sees its permissions of every status, the newest first."""
    agent = Agent(demo)
    made = [agent.grant(f"act{number}") for number in range(3)]
    agent.revoke(made[2])
    permissions = agent.get().json()["permissions"]
    assert [permission["permissionId"] for permission in permissions] == made[::-1]
    assert set(permissions[0]) == PERMISSION_KEYS
    assert [permissions[0]["status"], permissions[1]["status"]] == ["revoked", "active"]


def test_revoked_permissions_crowd_out_no_active_one(demo: Server) -> None:
    """Of more than 50 permissions an agent sees the active ones before others."""
    agent = Agent(demo)
    made = [agent.grant(f"act{number}") for number in range(51)]
    agent.revoke(made[50])
    permissions = agent.get().json()["permissions"]
    assert [permission["permissionId"] for permission in permissions] == made[49::-1]


def test_read_shows_no_secret(demo: Server) -> None:
    """Neither the key nor its hash nor the account is in what is read."""
    agent = Agent(demo)
    for text in (agent.get().text, developer_call(demo, "GET", f"/api/dashboard/agents/{agent.agent_id}").text):
        assert agent.api_key not in text and "bhf_sk_" not in text
        assert "hash" not in text.lower() and "acct" not in text


def test_last_used_follows_decisions(demo: Server) -> None:
    """lastUsedAt is null at first, then the time of the newest decision, and null again after a rotation."""
    agent = Agent(demo)
    assert agent.get().json()["agent"]["lastUsedAt"] is None
    agent.decide("act")
    assert agent.get().json()["agent"]["lastUsedAt"] == agent.rows()[0]["createdAt"]
    agent.api_key = demo.call("POST", f"/api/agents/{agent.agent_id}/rotate-key", headers=agent.headers()).json()[
        "apiKey"
    ]
    assert agent.get().json()["agent"]["lastUsedAt"] is None


# ---- dashboard ----


def test_dashboard_lists_newest_first(server: Server) -> None:
    """The list holds every agent of the account, the newest first, as the agent itself is shown."""
    made = [Agent(server, f"Agent {number}") for number in range(3)]
    agents = developer_call(server, "GET", "/api/dashboard/agents").json()["agents"]
    expected = [agent.agent_id for agent in reversed(made)] + [server.agent_id]
    assert [agent["agentId"] for agent in agents] == expected
    assert agents[0] == made[-1].get().json()["agent"]


def test_dashboard_reads_an_agent(demo: Server) -> None:
    """A developer sees the agent and its permissions as the agent does."""
    agent = Agent(demo)
    agent.grant("act")
    seen = developer_call(demo, "GET", f"/api/dashboard/agents/{agent.agent_id}").json()
    own = agent.get().json()
    assert (seen["agent"], seen["permissions"]) == (own["agent"], own["permissions"])


def test_disable_and_enable(demo: Server) -> None:
    """A disabled agent is denied everything but can still read; enabling brings its permissions back."""
    agent = Agent(demo)
    agent.grant("act")
    path = f"/api/dashboard/agents/{agent.agent_id}"
    for _ in range(2):
        answer = developer_call(demo, "POST", path + "/disable")
        assert (answer.status_code, answer.json()) == (200, {"disabled": True})
    decision = agent.decide("act")
    assert (decision["allowed"], decision["reason"], decision["risk"]) == (False, DISABLED, "high")
    assert agent.get().json()["agent"]["status"] == "disabled"
    assert agent.rows()[0]["requestId"] == decision["requestId"]
    for _ in range(2):
        answer = developer_call(demo, "POST", path + "/enable")
        assert (answer.status_code, answer.json()) == (200, {"enabled": True})
    assert agent.decide("act")["allowed"] is True


@pytest.mark.parametrize("what", ["", "/disable", "/enable", "/rotate-key"])
def test_dashboard_knows_no_such_agent(demo: Server, what: str) -> None:
    """An agent that does not exist is a 404 on every route of one agent."""
    method = "POST" if what else "GET"
    for agent_id in ("agent_AAAAAAAAAAAAAAAA", "x", "%00", "..", "agent_x%2f..", demo.agent_id.upper()):
        answer = developer_call(demo, method, f"/api/dashboard/agents/{agent_id}{what}")
        assert answer.status_code == 404, agent_id


# ---- rotate ----


@pytest.mark.parametrize("by_developer", [False, True])
def test_rotation_replaces_the_key(demo: Server, by_developer: bool) -> None:
    """A rotation shows a new key, which works at once, and the old one does not."""
    agent = Agent(demo)
    agent.grant("act")
    old = agent.headers()
    assert agent.get().json()["agent"]["keyRotatedAt"] is None
    path = f"/api/{'dashboard/' if by_developer else ''}agents/{agent.agent_id}/rotate-key"
    answer = demo.call("POST", path, headers=demo.as_developer() if by_developer else old)
    assert answer.status_code == 200
    assert set(answer.json()) == {"agentId", "apiKey"}
    assert answer.json()["agentId"] == agent.agent_id
    assert re.fullmatch(r"bhf_sk_[A-Za-z0-9_-]{43}", answer.json()["apiKey"])
    assert agent.verify("act").status_code == 401
    agent.api_key = answer.json()["apiKey"]
    assert agent.decide("act")["allowed"] is True
    assert TIME.fullmatch(agent.get().json()["agent"]["keyRotatedAt"])


def test_rotation_works_while_disabled(demo: Server) -> None:
    """A disabled agent's key can be rotated, and the agent stays disabled."""
    agent = Agent(demo)
    agent.grant("act")
    developer_call(demo, "POST", f"/api/dashboard/agents/{agent.agent_id}/disable")
    answer = demo.call("POST", f"/api/agents/{agent.agent_id}/rotate-key", headers=agent.headers())
    assert answer.status_code == 200
    agent.api_key = answer.json()["apiKey"]
    assert agent.decide("act")["reason"] == DISABLED


@pytest.mark.threads
def test_one_rotation_wins(demo: Server) -> None:
    """Of many rotations with one key exactly one succeeds; the others are told so or no longer let in."""
    agent = Agent(demo)
    path = f"/api/agents/{agent.agent_id}/rotate-key"
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: demo.call("POST", path, headers=agent.headers()), range(12)))
    winners = [answer for answer in answers if answer.status_code == 200]
    assert len(winners) == 1
    for answer in answers:
        if answer.status_code != 200:
            assert error_of(answer) in [
                (409, "API key has already been rotated."),
                (401, "Missing or invalid API key."),
            ]
    agent.api_key = winners[0].json()["apiKey"]
    assert agent.get().status_code == 200
