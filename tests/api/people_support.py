# SPDX-License-Identifier: Apache-2.0
"""People who are signed in, made in the database: what the tests of routes for people share."""

import hashlib
import secrets
from typing import Any, Optional

import requests

from api_support import now_ms, sql
from harness import Server

COOKIE = "behalfid_developer"


def first_account(server: Server) -> int:
    """The internal id of the account that the demo made."""
    ((account,),) = sql(server, "SELECT min(id) FROM account")
    number: int = account
    return number


class Person:
    """A person with a verified address and a session, with a role in an account (the first, unless told)."""

    def __init__(self, server: Server, role: str = "owner", account: Optional[int] = None) -> None:
        self.server = server
        self.account = first_account(server) if account is None else account
        self.user_id = "user_" + secrets.token_urlsafe(12)
        self.email = f"{secrets.token_hex(6)}@example.test"
        self.secret = secrets.token_urlsafe(32)
        sql(
            server,
            "INSERT INTO person (user_id, email, password, is_operator, email_verified, created_at, updated_at)"
            " VALUES (?, ?, 'none', 0, 1, ?, ?)",
            self.user_id,
            self.email,
            now_ms(),
            now_ms(),
        )
        ((self.person,),) = sql(server, "SELECT id FROM person WHERE user_id = ?", self.user_id)
        sql(
            server,
            "INSERT INTO member (member_id, account, person, role, created_at) VALUES (?, ?, ?, ?, ?)",
            "mbr_" + secrets.token_urlsafe(12),
            self.account,
            self.person,
            role,
            now_ms(),
        )
        sql(
            server,
            "INSERT INTO session (session_id, token_hash, person, account, created_at, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            "sess_" + secrets.token_urlsafe(12),
            hashlib.sha256(self.secret.encode()).digest(),
            self.person,
            self.account,
            now_ms(),
            now_ms(),
        )

    def set_role(self, role: str) -> None:
        """Another role in the account."""
        sql(self.server, "UPDATE member SET role = ? WHERE person = ?", role, self.person)

    def leave(self) -> None:
        """No part in the account any more; the session stays."""
        sql(self.server, "DELETE FROM member WHERE person = ?", self.person)

    def headers(self, origin: Optional[str] = None) -> dict[str, str]:
        """What a browser sends from our own pages, or from elsewhere."""
        return {"Cookie": f"{COOKIE}={self.secret}", "Origin": origin or self.server.base_url}

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """One request as this person."""
        return self.server.call(method, path, body, self.headers())

    def get(self, path: str, **query: Any) -> Any:
        """The answer of a GET that must succeed."""
        answer = requests.get(self.server.base_url + path, params=query, headers=self.headers(), timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self) -> str:
        """A developer token of this person."""
        token = "bhf_dev_" + secrets.token_urlsafe(32)
        sql(
            self.server,
            "INSERT INTO developer_token (account, token_id, token_hash, name, preview, created_at, last_used_at,"
            " owner_person) VALUES (?, ?, ?, 'Token', 'bhf_dev_...', ?, 0, ?)",
            self.account,
            "tok_" + secrets.token_urlsafe(12),
            hashlib.sha256(token.encode()).digest(),
            now_ms(),
            self.person,
        )
        return token
