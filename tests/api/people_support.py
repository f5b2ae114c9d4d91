# SPDX-License-Identifier: Apache-2.0
"""People for the tests: made in the database, as the owner of the machine could, so that no mail is needed."""

import hashlib
import secrets
import sqlite3
from contextlib import closing
from typing import Any, Optional, Union

import requests

from api_support import now_ms, sql
from harness import Server

COOKIE = "behalfid_developer"
ROLES = ["viewer", "approver", "admin", "owner"]


def public_id(prefix: str) -> str:
    """An id that nobody has yet."""
    return f"{prefix}_{secrets.token_urlsafe(12)}"


def digest(secret: str) -> bytes:
    """As secrets are stored."""
    return hashlib.sha256(secret.encode()).digest()


class Account:
    """An account of a server: the first one, or a new one."""

    def __init__(self, server: Server, name: str = "", first: bool = False) -> None:
        self.server = server
        with closing(connect(server)) as db:
            if not first:
                db.execute(
                    "INSERT INTO account (account_id, name, policy_version, created_at) VALUES (?, ?, 1, ?)",
                    (public_id("acct"), name or "Account", now_ms()),
                )
            order = "id" if first else "id DESC"
            row = db.execute(f"SELECT id, account_id FROM account ORDER BY {order} LIMIT 1").fetchone()
            self.number, self.account_id = int(row[0]), str(row[1])


def connect(server: Server) -> sqlite3.Connection:
    """The database of a running server; each statement is its own transaction."""
    (path,) = server.data_dir.glob("*.db")
    connection = sqlite3.connect(path, timeout=20, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


class Person:
    """Somebody with a session and a developer token in an account (of a server: in its first); with a role None
    no member of it."""

    def __init__(
        self,
        where: Union[Server, Account],
        role: Optional[str] = "owner",
        operator: bool = False,
        verified: bool = True,
    ) -> None:
        account = where if isinstance(where, Account) else Account(where, first=True)
        self.server = account.server
        self.account = account
        self.user_id = public_id("user")
        self.email = f"{secrets.token_hex(8)}@example.com"
        self.member_id = public_id("mbr")
        self.session_id = public_id("sess")
        self.token_id = public_id("tok")
        self.session = secrets.token_urlsafe(32)
        self.token = "bhf_dev_" + secrets.token_urlsafe(32)
        now = now_ms()
        with closing(connect(account.server)) as db:
            db.execute("BEGIN IMMEDIATE")
            cursor = db.execute(
                "INSERT INTO person (user_id, email, password, is_operator, email_verified, created_at, updated_at)"
                " VALUES (?, ?, '', ?, ?, ?, ?)",
                (self.user_id, self.email, operator, verified, now, now),
            )
            self.number = int(cursor.lastrowid or 0)
            if role is not None:
                db.execute(
                    "INSERT INTO member (member_id, account, person, role, created_at) VALUES (?, ?, ?, ?, ?)",
                    (self.member_id, account.number, self.number, role, now),
                )
            db.execute(
                "INSERT INTO session (session_id, token_hash, person, account, created_at, seen_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (self.session_id, digest(self.session), self.number, account.number, now, now),
            )
            db.execute(
                "INSERT INTO developer_token"
                " (account, token_id, token_hash, name, preview, created_at, last_used_at, owner_person)"
                " VALUES (?, ?, ?, 'Test', 'bhf_dev_...', ?, ?, ?)",
                (account.number, self.token_id, digest(self.token), now, now, self.number),
            )
            db.execute("COMMIT")

    def by_session(self, origin: Optional[str] = "") -> dict[str, str]:
        """As a browser sends it; `origin` None = without that header."""
        headers = {"Cookie": f"{COOKIE}={self.session}"}
        if origin is not None:
            headers["Origin"] = origin or self.server.base_url
        return headers

    def by_token(self) -> dict[str, str]:
        """As a program of this person sends it."""
        return {"X-Developer-Token": self.token}

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """One request with the session."""
        return self.server.call(method, path, body, self.by_session())

    def get(self, path: str, **query: Any) -> Any:
        """The answer of a GET that must succeed."""
        answer = requests.get(self.server.base_url + path, params=query, headers=self.by_session(), timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def set_role(self, role: str) -> None:
        """Another role in the account."""
        sql(self.server, "UPDATE member SET role = ? WHERE person = ?", role, self.number)

    def leave(self) -> None:
        """No part in the account any more; the session stays."""
        sql(self.server, "DELETE FROM member WHERE person = ?", self.number)

    def set_session_times(self, created_at: int, seen_at: int) -> None:
        """Puts the session's times back, as if it had been made and used then."""
        with closing(connect(self.server)) as db:
            db.execute(
                "UPDATE session SET created_at = ?, seen_at = ? WHERE session_id = ?",
                (created_at, seen_at, self.session_id),
            )
