# SPDX-License-Identifier: Apache-2.0
"""What the API tests share: an agent of its own, raw requests, the database behind a running server."""

import hashlib
import json
import secrets
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timezone
from typing import Any, Optional

import requests

from harness import Server

ALLOWED = "Action allowed by active permission."
ALLOWED_BY_GRANT = "Action allowed by approved permission grant."
NEEDS_APPROVAL = "Permission requires approval before execution."
NO_PERMISSION = "No active permission exists for this action."
REVOKED = "Permission has been revoked."
EXPIRED = "Permission has expired."
DISABLED = "Agent is disabled."


class Agent:
    """A new agent of a server's first account, with its key."""

    def __init__(self, server: Server, name: str = "Test agent", token: Optional[str] = None) -> None:
        self.server = server
        answer = server.call("POST", "/api/agents", {"name": name}, server.as_developer(token))
        assert answer.status_code == 201, answer.text
        self.agent_id: str = answer.json()["agentId"]
        self.api_key: str = answer.json()["apiKey"]

    def headers(self) -> dict[str, str]:
        """The agent's credential."""
        return self.server.as_agent(self.api_key)

    def post(self, body: Any, headers: Optional[dict[str, str]] = None) -> requests.Response:
        """POST /api/verify with exactly this body."""
        return self.server.call("POST", "/api/verify", body, {**self.headers(), **(headers or {})})

    def verify(self, action: str, headers: Optional[dict[str, str]] = None, **fields: Any) -> requests.Response:
        """POST /api/verify as this agent."""
        return self.post({"agentId": self.agent_id, "action": action, **fields}, headers)

    def decide(self, action: str, headers: Optional[dict[str, str]] = None, **fields: Any) -> dict[str, Any]:
        """The decision of a verify call that must succeed."""
        answer = self.verify(action, headers, **fields)
        assert answer.status_code == 200, answer.text
        decision: dict[str, Any] = answer.json()
        return decision

    def grant(self, action: str, **fields: Any) -> str:
        """A new permission: its id."""
        return self.server.grant(self.agent_id, action, **fields)

    def revoke(self, permission_id: str) -> None:
        """Revokes one of its permissions."""
        answer = developer_call(self.server, "POST", f"/api/permissions/{permission_id}/revoke")
        assert answer.status_code == 200, answer.text

    def get(self, path: str = "") -> requests.Response:
        """GET /api/agents/ID and what is below it, with the agent's key."""
        return self.server.call("GET", f"/api/agents/{self.agent_id}{path}", headers=self.headers())

    def rows(self) -> list[dict[str, Any]]:
        """The newest rows of its log (at most 50)."""
        answer = self.server.call("GET", f"/api/logs/{self.agent_id}", headers=self.headers())
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def logs(self, **query: Any) -> dict[str, Any]:
        """A filtered page of its log."""
        url = f"{self.server.base_url}/api/logs/{self.agent_id}"
        answer = requests.get(url, params=query, headers=self.headers(), timeout=30)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page


def developer_call(server: Server, method: str, path: str, body: Any = None) -> requests.Response:
    """One request with the developer token of the demo account."""
    return server.call(method, path, body, server.as_developer())


def send_raw(agent: Agent, body: bytes, content_type: Optional[str] = "application/json") -> requests.Response:
    """POST /api/verify with exactly these bytes."""
    headers = agent.headers()
    if content_type is not None:
        headers["Content-Type"] = content_type
    return requests.post(agent.server.base_url + "/api/verify", data=body, headers=headers, timeout=60)


def error_of(answer: requests.Response) -> tuple[int, str]:
    """Status and text of an error."""
    text: str = answer.json()["error"]
    return answer.status_code, text


def now_ms() -> int:
    """The wall clock in milliseconds."""
    return int(time.time() * 1000)


def iso(ms: int) -> str:
    """A time as the server writes it."""
    moment = datetime.fromtimestamp(ms / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def sql(server: Server, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Runs one statement on the database of a running server, as another process would."""
    files = list(server.data_dir.glob("*.db"))
    assert len(files) == 1, files
    with closing(sqlite3.connect(files[0], timeout=20)) as connection:
        rows = connection.execute(statement, values).fetchall()
        connection.commit()
    return rows


def change_policy(server: Server, agent_id: str, statement: str, *values: Any) -> None:
    """A change of policy by another process: the statement and the new versions in one transaction."""
    (path,) = server.data_dir.glob("*.db")
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(statement, values)
        connection.execute(
            "UPDATE account SET policy_version = policy_version + 1"
            " WHERE id = (SELECT account FROM agent WHERE agent_id = ?)",
            (agent_id,),
        )
        connection.execute("UPDATE agent SET policy_version = policy_version + 1 WHERE agent_id = ?", (agent_id,))
        connection.execute("COMMIT")


def other_account(server: Server) -> str:
    """A second account, which no call can make: a developer token of it."""
    token = "bhf_dev_" + secrets.token_urlsafe(32)
    account_id = "acct_" + secrets.token_urlsafe(12)
    sql(
        server,
        "INSERT INTO account (account_id, name, policy_version, created_at) VALUES (?, 'Other', 1, ?)",
        account_id,
        now_ms(),
    )
    ((account,),) = sql(server, "SELECT id FROM account WHERE account_id = ?", account_id)
    sql(
        server,
        "INSERT INTO developer_token (account, token_id, token_hash, name, preview, created_at, last_used_at)"
        " VALUES (?, ?, ?, 'Other', 'bhf_dev_...', ?, 0)",
        account,
        "tok_" + secrets.token_urlsafe(12),
        hashlib.sha256(token.encode()).digest(),
        now_ms(),
    )
    return token


def approvals(server: Server, status: str = "pending") -> list[dict[str, Any]]:
    """`behalf admin approvals list`."""
    done = server.command_line("admin", "approvals", "list", "--status", status, "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def settle(server: Server, approval_id: str, verdict: str = "approve") -> dict[str, Any]:
    """`behalf admin approvals approve|deny ID`, which must succeed."""
    done = server.command_line("admin", "approvals", verdict, approval_id, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
