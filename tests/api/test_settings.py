# SPDX-License-Identifier: Apache-2.0
"""The account's settings, and the operator's view of the whole server."""

from typing import Any, Callable

import pytest

from api_support import Agent, error_of, other_account
from harness import Server, free_port
from people_support import Account, Person

StartServer = Callable[..., Server]

PATH = "/api/dashboard/settings"


# ---- the account ----


def test_settings_of_an_account(demo: Server) -> None:
    """A member sees who is asking, where the server is, and how the account is set."""
    account = Account(demo, "Harbour")
    viewer = Person(account, "viewer")
    assert viewer.call("GET", PATH).json() == {
        "email": viewer.email,
        "appUrl": demo.base_url,
        "account": {"accountId": account.account_id, "name": "Harbour"},
        "separationOfDuties": False,
        "logRetentionDays": 90,
        "signup": "closed",
        "mailEnabled": False,
        "webhooksEnabled": True,
        "workspaceAuthority": {"role": "VIEWER", "roleLabel": "Viewer", "authorityLevel": None},
    }
    by_command_line = demo.call("GET", PATH, headers=demo.as_developer(other_account(demo))).json()
    assert by_command_line["email"] is None


def test_change_of_settings(demo: Server) -> None:
    """An owner renames the account and turns separation of duties on and off; each change leaves the rest."""
    account, other = Account(demo, "Before"), Account(demo, "Other")
    owner = Person(account, "owner")
    answer = owner.call("PATCH", PATH, {"separationOfDuties": True})
    assert answer.status_code == 200
    assert (answer.json()["separationOfDuties"], answer.json()["account"]["name"]) == (True, "Before")
    answer = owner.call("PATCH", PATH, {"name": " After "})
    assert (answer.json()["separationOfDuties"], answer.json()["account"]["name"]) == (True, "After")
    assert owner.call("GET", PATH).json() == answer.json()
    answer = owner.call("PATCH", PATH, {"name": "Again", "separationOfDuties": False})
    assert (answer.json()["separationOfDuties"], answer.json()["account"]["name"]) == (False, "Again")
    elsewhere = Person(other, "viewer").call("GET", PATH).json()
    assert (elsewhere["separationOfDuties"], elsewhere["account"]["name"]) == (False, "Other")


def test_bad_settings_are_explained(demo: Server) -> None:
    """A field of the wrong type, an unknown one, or none at all is named, and nothing changes."""
    owner = Person(Account(demo, "Name"), "owner")
    cases: list[tuple[Any, str]] = [
        ({}, "At least one editable settings field is required."),
        ({"separationOfDuties": "yes"}, "separationOfDuties must be a boolean."),
        ({"separationOfDuties": None}, "separationOfDuties must be a boolean."),
        ({"name": ""}, "name is required."),
        ({"name": "x" * 121}, "name must be 120 characters or fewer."),
        ({"name": "Other", "separationOfDuties": 1}, "separationOfDuties must be a boolean."),
        ({"email": "a@example.com"}, "Unknown field: email."),
    ]
    for body, text in cases:
        assert error_of(owner.call("PATCH", PATH, body)) == (400, text)
    settings = owner.call("GET", PATH).json()
    assert (settings["account"]["name"], settings["separationOfDuties"]) == ("Name", False)


# ---- the operator ----


def test_operator_sees_all_accounts(start_server: StartServer) -> None:
    """The list has every account, oldest first, with its counts and nothing of what is in it."""
    server = start_server()
    account = Account(server, "Second")
    owner, _ = Person(account, "owner"), Person(account, "viewer")
    agent = server.call("POST", "/api/agents", {"name": "Agent"}, owner.by_token()).json()
    for action in ("act", "see"):
        body = {"agentId": agent["agentId"], "action": action, "requiresApproval": action == "see"}
        assert server.call("POST", "/api/permissions", body, owner.by_token()).status_code == 201
    asked = {"agentId": agent["agentId"], "action": "see", "vendor": "v"}
    assert server.call("POST", "/api/verify", asked, server.as_agent(agent["apiKey"])).json()["approvalRequired"]
    operator = Person(account, None, operator=True)
    found = operator.call("GET", "/api/operator/accounts").json()
    assert found["nextCursor"] is None
    first, second = found["accounts"]
    assert (first["members"], first["agents"], first["activePermissions"]) == (1, 1, 5)
    assert second.pop("createdAt").endswith("Z")
    assert second == {
        "accountId": account.account_id,
        "name": "Second",
        "members": 2,
        "agents": 1,
        "activePermissions": 2,
        "pendingApprovals": 1,
    }


def test_accounts_come_in_pages(start_server: StartServer) -> None:
    """A page has 100 accounts; the cursor leads through all of them, each once."""
    server = start_server()
    operator = Person(Account(server, "0"), None, operator=True)
    for number in range(1, 200):
        Account(server, str(number))
    names: list[str] = []
    sizes = []
    path = "/api/operator/accounts"
    while True:
        page = operator.call("GET", path).json()
        sizes.append(len(page["accounts"]))
        names += [account["name"] for account in page["accounts"]]
        if page["nextCursor"] is None:
            break
        path = f"/api/operator/accounts?cursor={page['nextCursor']}"
    assert sizes == [100, 100, 1]
    assert names[1:] == [str(number) for number in range(200)]


def test_operator_sees_how_the_server_is_set_up(start_server: StartServer) -> None:
    """The settings say what is switched on; a server as delivered warns of what an operator should know."""
    server = start_server()
    operator = Person(Account(server), None, operator=True)
    found = operator.call("GET", "/api/operator/settings").json()
    assert found["publicUrl"] == server.base_url
    assert found["listen"] == f"127.0.0.1:{server.port}"
    assert found["store"] == {"kind": "sqlite", "state": "up"}
    assert found["rateLimit"] == {"mode": "memory", "perMinute": 0}
    assert found["logMetadata"] is True and found["retentionDays"] == 90
    assert found["switches"]["publicAgentCreation"] is False
    assert found["switches"]["demo"] is True
    assert not any("http:" in text for text in found["securityWarnings"])
    assert any("--log-metadata" in text for text in found["securityWarnings"])


@pytest.mark.parametrize(
    "url",
    [
        "nothing",
        "behalf.example:8420",
        "ftp://behalf.example",
        "https://",
        "https:///path",
        "https://me:geheim@behalf.example",
        "https://behalf.example/?a=b",
        "https://behalf.example/#a",
        "https://behalf .example",
        "https://behalf.example/" + "a" * 178,
    ],
)
def test_a_public_address_that_is_none_is_refused(start_server: StartServer, url: str) -> None:
    """Links and the check of a browser's origin are made of it, so the server does not start with another thing."""
    with pytest.raises(RuntimeError, match="--public-url must look like https://") as refusal:
        start_server(env={"BEHALFID_PUBLIC_URL": url})
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8420", "https://[::1]/", "https://b.example/" + "a" * 182])
def test_a_public_address_is_taken(start_server: StartServer, url: str) -> None:
    """Also one of 200 bytes."""
    assert start_server("--public-url", url).call("GET", "/api/health").status_code == 200


def test_each_dangerous_switch_is_warned_of(start_server: StartServer) -> None:
    """Every switch that opens something has its warning, and a server without them has none."""
    key = "A" * 43
    safe = start_server(
        "--public-url",
        "https://behalf.example",
        "--log-metadata=false",
        "--metrics-listen",
        f"127.0.0.1:{free_port()}",
        name="safe",
        demo=False,
        rate_limit=100,
        env={"BEHALFID_SECRET_KEY": key, "BEHALFID_AUTH_RATE_LIMIT": "10"},
    )
    found = Person(Account(safe), None, operator=True).call("GET", "/api/operator/settings")
    assert found.json()["securityWarnings"] == []
    switches = ["--public-agent-creation", "--agent-self-permissions", "--trust-proxy-xff", "--allow-private-webhooks"]
    more = ["--signup", "open", "--auth-rate-limit", "0", "--metrics-listen", f"0.0.0.0:{free_port()}"]
    risky = start_server("--public-url", "http://behalf.example", *switches, *more, name="risky")
    operator = Person(Account(risky), None, operator=True)
    headers = operator.by_session(origin="http://behalf.example")
    warnings = risky.call("GET", "/api/operator/settings", headers=headers).json()["securityWarnings"]
    for part in [
        *switches,
        "--signup",
        "--auth-rate-limit",
        "--metrics-listen",
        "(--rate-limit",
        "--log-metadata",
        "--demo",
        "http:",
        "server key",
    ]:
        assert len([text for text in warnings if part in text]) == 1, part


def test_database_state_for_an_operator(demo: Server) -> None:
    """An operator's session shows the state of the database, as the setup token does."""
    operator = Person(Account(demo), None, operator=True)
    answer = operator.call("GET", "/api/health/db")
    assert (answer.status_code, answer.json()["database"]) == (200, "up")
    assert error_of(Person(Account(demo), "owner").call("GET", "/api/health/db")) == (403, "Operator access required.")
    assert Agent(demo).get().status_code == 200
