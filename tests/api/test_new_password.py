# SPDX-License-Identifier: Apache-2.0
"""What a new password takes away from whoever had the old one."""

import json
from typing import Any, NamedTuple

import pytest

from accounts_support import PASSWORD, Browser, sign_up
from api_support import error_of
from harness import Server

INVITES = "/api/dashboard/members/invites"


class Intruder(NamedTuple):
    """What somebody who knew the password has made to come back by, and the browser of the person."""

    browser: Browser
    email: str
    invite: str
    token: str


@pytest.fixture()
def open_server(start_server: Any) -> Server:
    """A server where anyone may sign up."""
    server: Server = start_server("--signup", "open")
    return server


def break_in(server: Server) -> Intruder:
    """A person in whose name an owner's invitation and a developer token were made."""
    browser, email = sign_up(server)
    invited = browser.post(INVITES, {"role": "owner"})
    assert invited.status_code == 201, invited.text
    made = browser.post("/api/dashboard/tokens", {"name": "x"})
    assert made.status_code == 201, made.text
    return Intruder(browser, email, invited.json()["inviteUrl"].split("#token=")[1], made.json()["token"])


def can_join(server: Server, invite: str, email: str) -> bool:
    """Whether the invitation still opens the account."""
    body = {"token": invite, "email": email, "password": PASSWORD}
    answer = server.call("POST", "/api/auth/accept-invite", body)
    assert answer.status_code == 201 or error_of(answer) == (400, "This invitation is invalid or has expired.")
    return answer.status_code == 201


def token_works(server: Server, token: str) -> bool:
    """Whether the developer token is still good."""
    answer = server.call("GET", "/api/auth/me", headers=server.as_developer(token))
    assert answer.status_code == 200 or error_of(answer) == (401, "Invalid developer token.")
    return answer.status_code == 200


def test_a_change_ends_invitations_and_keeps_tokens(open_server: Server) -> None:
    """After a change of password the person's open invitations are gone; tokens go on, and so do others' invitations."""
    person, other = break_in(open_server), break_in(open_server)
    body = {"currentPassword": PASSWORD, "newPassword": "another password"}
    assert person.browser.post("/api/auth/change-password", body).json() == {"ok": True}
    assert person.browser.get(INVITES).json()["invites"] == []
    assert not can_join(open_server, person.invite, "a@example.com")
    assert token_works(open_server, person.token)
    assert can_join(open_server, other.invite, "b@example.com")


def test_a_reset_ends_invitations_and_tokens(open_server: Server) -> None:
    """After a reset the person's open invitations and developer tokens are gone, and nobody else's."""
    person, other = break_in(open_server), break_in(open_server)
    done = open_server.command_line("admin", "reset-link", person.email, "--json")
    assert done.returncode == 0, done.stderr
    link = json.loads(done.stdout)["link"].split("#token=")[1]
    answer = Browser(open_server).post("/api/auth/reset-password", {"token": link, "password": "another password"})
    assert answer.json() == {"ok": True}
    assert not can_join(open_server, person.invite, "a@example.com")
    assert not token_works(open_server, person.token)
    assert can_join(open_server, other.invite, "b@example.com")
    assert token_works(open_server, other.token)
