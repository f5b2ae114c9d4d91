# SPDX-License-Identifier: Apache-2.0
"""Public ids: one form for all, and a prefix that says what a thing is."""

import re
from typing import Callable

from accounts_support import PASSWORD, Browser, setup_token, sign_up
from api_support import Agent, sql
from approval_support import ask
from delivery_support import subscribe
from guard_support import Site
from harness import Server
from webhook_calls import deaf_url, wait_until

StartServer = Callable[..., Server]

PREFIXES = {
    "account.account_id": "acct",
    "agent.agent_id": "agent",
    "permission.permission_id": "perm",
    "approval.approval_id": "apr",
    "approval.permission_id": "perm",
    "audit.permission_id": "perm",
    "audit.approval_id": "apr",
    "developer_token.token_id": "tok",
    "person.user_id": "user",
    "member.member_id": "mbr",
    "session.session_id": "sess",
    "invite.invite_id": "inv",
    "webhook.webhook_id": "wh",
    "delivery_attempt.delivery_id": "dlv",
    "site.site_id": "site",
    "site_rule.rule_id": "sgr",
    "site_key.key_id": "sgk",
    "site_directory.directory_id": "sgd",
    "site_check.rule_id": "sgr",
}
FORM = r"_[A-Za-z0-9_-]{16}"


def id_columns(server: Server) -> dict[str, set[str]]:
    """Every column of public ids, with what is in it."""
    rows = sql(
        server,
        "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'"
        " AND c.name LIKE '%_id' AND c.type = 'TEXT' AND c.name NOT IN ('external_agent_id', 'request_id')",
    )
    return {f"{table}.{name}": {row[0] for row in sql(server, f"SELECT {name} FROM {table}")} for table, name in rows}


def fill(server: Server) -> str:
    """One of everything, by every way that makes one: the request id of a decision."""
    browser, _ = sign_up(server)
    invited = browser.post("/api/dashboard/members/invites", {"role": "viewer"})
    body = {"token": invited.json()["inviteUrl"].split("#token=")[1], "email": "new@example.com", "password": PASSWORD}
    assert server.call("POST", "/api/auth/accept-invite", body).status_code == 201
    assert browser.post("/api/dashboard/members/invites", {"role": "viewer"}).status_code == 201
    assert browser.post("/api/dashboard/tokens", {"name": "x"}).status_code == 201
    subscribe(server, deaf_url(), "approval.requested")
    site = Site(server)
    site.rule(allowedPaths=["/docs/*"])
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    site.manage("POST", f"/{site.site_id}/directories", {"url": "https://bot.example", "keys": {"keys": [key]}})
    assert site.check("/docs/a")["allowed"]
    agent = Agent(server)
    agent.grant("ship", requiresApproval=True)
    ask(agent)
    wait_until(lambda: sql(server, "SELECT count(*) FROM delivery_attempt") != [(0,)])
    return str(agent.decide("ship")["requestId"])


def test_every_id_has_the_prefix_of_its_kind(start_server: StartServer) -> None:
    """Whatever is made, by whichever way, has an id of 16 random characters behind the prefix of its kind; those made from
    numbers of the log are longer."""
    server = start_server("--signup", "open", "--allow-private-webhooks")
    assert re.fullmatch("req_[A-Za-z0-9_-]{16,}", fill(server))
    found = id_columns(server)
    assert set(found) == set(PREFIXES)
    for column, prefix in PREFIXES.items():
        assert found[column] - {None}, column
        assert [one for one in found[column] - {None} if not re.fullmatch(prefix + FORM, one)] == [], column
    headers = server.as_developer()
    (event,) = server.call("GET", "/api/dashboard/webhook-events", headers=headers).json()["events"]
    assert re.fullmatch("evt_[A-Za-z0-9_-]{16,}", event["eventId"])


def test_the_first_operator_is_a_member_like_others(start_server: StartServer) -> None:
    """Whoever sets the server up has the same kind of ids."""
    server = start_server(demo=False)
    body = {"token": setup_token(server.printed()), "email": "ada@example.com", "password": PASSWORD}
    browser = Browser(server)
    assert browser.post("/api/setup", body).status_code == 201
    (member,) = browser.get("/api/dashboard/members").json()["members"]
    assert re.fullmatch("mbr" + FORM, member["memberId"]) and re.fullmatch("user" + FORM, member["userId"])
