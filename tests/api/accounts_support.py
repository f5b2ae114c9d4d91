# SPDX-License-Identifier: Apache-2.0
"""What the tests of accounts share: people with browsers, and a look at how a server treats them."""

import re
import secrets
from typing import Any, Optional

import requests

from harness import Server
from people_support import COOKIE

PASSWORD = "correct horse battery"
BAD_LOGIN = (401, "Invalid email or password.")


class Browser:
    """Somebody at a page of the server: keeps the cookie, and sends the page's origin with what changes things."""

    def __init__(self, server: Server, origin: Optional[str] = None) -> None:
        self.server = server
        self.http = requests.Session()
        self.origin = server.base_url if origin is None else origin

    def get(self, path: str) -> requests.Response:
        """GET, as a page does it: without an origin."""
        return self.http.get(self.server.base_url + path, timeout=60)

    def post(self, path: str, body: Any = None, **headers: str) -> requests.Response:
        """POST from a page of `origin`."""
        sent = {"Origin": self.origin, **headers} if self.origin else headers
        return self.http.post(self.server.base_url + path, json=body, headers=sent, timeout=60)

    def delete(self, path: str) -> requests.Response:
        """DELETE from a page of `origin`."""
        return self.http.delete(self.server.base_url + path, headers={"Origin": self.origin}, timeout=60)

    def login(self, email: str, password: str = PASSWORD) -> requests.Response:
        """POST /api/auth/login."""
        return self.post("/api/auth/login", {"email": email, "password": password})

    def secret(self) -> str:
        """The session's secret, or nothing."""
        return self.http.cookies.get_dict().get(COOKIE, "")  # type: ignore[no-untyped-call,no-any-return]

    def is_in(self) -> bool:
        """Whether the server still knows this session."""
        answer = self.get("/api/auth/session")
        assert answer.status_code in (200, 401), answer.text
        assert answer.json()["authenticated"] is (answer.status_code == 200)
        return answer.status_code == 200


def sign_up(server: Server, email: Optional[str] = None, password: str = PASSWORD) -> tuple[Browser, str]:
    """A new person on a server whose sign-up is open: their browser and address."""
    email = email or f"{secrets.token_hex(6)}@example.com"
    browser = Browser(server)
    answer = browser.post("/api/auth/signup", {"email": email, "password": password})
    assert answer.status_code == 201, answer.text
    return browser, email


def operator(server: Server) -> Browser:
    """The person of the demo, signed in."""
    browser = Browser(server)
    answer = browser.login(server.email, server.password)
    assert answer.status_code == 200, answer.text
    return browser


def hashings(server: Server) -> int:
    """How many passwords the server has computed (at log level debug)."""
    return server.log().count("a password was hashed")


def setup_token(printed: str) -> str:
    """The token of the setup link in what a server printed last."""
    found = re.findall(r"/setup#token=([A-Za-z0-9_-]{43})\n", printed)
    assert found, printed
    token: str = found[-1]
    return token
