# SPDX-License-Identifier: Apache-2.0
"""What the tests of the account's log share: people who are signed in, and the log as they see it."""

import hashlib
import secrets
from typing import Any, Optional

import requests

from api_support import now_ms, sql
from harness import Server


class Person:
    """Somebody with a part in an account, signed in: made in the database, as no call is needed here."""

    def __init__(self, server: Server, role: str = "owner", account: Optional[int] = None) -> None:
        self.server = server
        self.user_id = "user_" + secrets.token_urlsafe(12)
        self.cookie = secrets.token_urlsafe(32)
        if account is None:
            ((account,),) = sql(server, "SELECT min(id) FROM account")
        self.account = account
        sql(
            server,
            "INSERT INTO person (user_id, email, password, is_operator, email_verified, created_at, updated_at)"
            " VALUES (?, ?, '', 0, 1, ?, ?)",
            self.user_id,
            f"{self.user_id.lower()}@example.com",
            now_ms(),
            now_ms(),
        )
        ((person,),) = sql(server, "SELECT id FROM person WHERE user_id = ?", self.user_id)
        sql(
            server,
            "INSERT INTO member (member_id, account, person, role, created_at) VALUES (?, ?, ?, ?, ?)",
            "mem_" + secrets.token_urlsafe(12),
            account,
            person,
            role,
            now_ms(),
        )
        sql(
            server,
            "INSERT INTO session (session_id, token_hash, person, account, created_at, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            "sess_" + secrets.token_urlsafe(12),
            hashlib.sha256(self.cookie.encode()).digest(),
            person,
            account,
            now_ms(),
            now_ms(),
        )

    def headers(self) -> dict[str, str]:
        """The session's cookie, from a page of the server itself."""
        return {"Cookie": f"behalfid_developer={self.cookie}", "Origin": self.server.base_url}

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """One request of this person."""
        return self.server.call(method, path, body, self.headers())

    def logs(self, **query: Any) -> dict[str, Any]:
        """A page of the account's log."""
        answer = requests.get(
            self.server.base_url + "/api/dashboard/logs", params=query, headers=self.headers(), timeout=30
        )
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def erase(self, request_id: str) -> None:
        """Erases one entry, which must succeed."""
        answer = self.call("DELETE", f"/api/dashboard/logs/{request_id}")
        assert (answer.status_code, answer.json()) == (200, {"deleted": True}), answer.text

    def erase_all(self) -> int:
        """Erases all entries of the account: how many."""
        answer = self.call("DELETE", "/api/dashboard/logs", {"confirm": "delete all logs"})
        assert answer.status_code == 200, answer.text
        deleted: int = answer.json()["deleted"]
        return deleted

    def trail(self) -> list[dict[str, Any]]:
        """The erasures of the account, newest first."""
        answer = self.call("GET", "/api/dashboard/logs/erasures")
        assert answer.status_code == 200, answer.text
        erasures: list[dict[str, Any]] = answer.json()["erasures"]
        return erasures


def new_account(server: Server) -> int:
    """Another account, without anybody in it: its internal number."""
    account_id = "acct_" + secrets.token_urlsafe(12)
    sql(
        server,
        "INSERT INTO account (account_id, name, policy_version, created_at) VALUES (?, 'Other', 1, ?)",
        account_id,
        now_ms(),
    )
    ((account,),) = sql(server, "SELECT id FROM account WHERE account_id = ?", account_id)
    number: int = account
    return number
