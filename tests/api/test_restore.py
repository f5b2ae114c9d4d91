# SPDX-License-Identifier: Apache-2.0
"""`behalf admin people restore`: the way back in for an operator who was shut out."""

import json
from typing import Any, Callable

import pytest

from accounts_support import Browser, sign_up
from api_support import error_of, sql
from harness import Server
from people_support import Person

StartServer = Callable[..., Server]


def restore(server: Server, email: str) -> Any:
    """`behalf admin people restore EMAIL --json`, which must succeed."""
    done = server.command_line("admin", "people", "restore", email, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_who_was_shut_out_gets_back_in(server: Server) -> None:
    """An operator whom another owner removed signs in again, as operator and owner, without a restart."""
    other = Person(server)
    members = other.get("/api/dashboard/members")["members"]
    (mine,) = [member for member in members if member["email"] == server.email]
    assert other.call("DELETE", f"/api/dashboard/members/{mine['memberId']}").status_code == 200
    assert Browser(server).login(server.email, server.password).status_code == 403
    done = restore(server, server.email.upper())
    assert (done["email"], done["isOperator"], done["wasOperator"]) == (server.email, True, True)
    assert (done["role"], done["roleBefore"], done["accountName"]) == ("owner", None, "Default")
    browser = Browser(server)
    assert browser.login(server.email, server.password).status_code == 200
    me = browser.get("/api/auth/me").json()
    assert (me["role"], me["user"]["isOperator"]) == ("owner", True)
    assert browser.get("/api/operator/settings").status_code == 200
    assert other.call("GET", "/api/dashboard/members").status_code == 200  # nobody else loses anything


@pytest.mark.parametrize("role", ["viewer", "approver", "admin", "owner"])
def test_a_member_becomes_operator_and_owner(server: Server, role: str) -> None:
    """Whatever a member's role was, it is owner now; the session of before may do what that takes."""
    person = Person(server, role)
    done = restore(server, person.email)
    assert (done["wasOperator"], done["role"], done["roleBefore"]) == (False, "owner", role)
    assert person.call("GET", "/api/operator/settings").status_code == 200
    assert sql(server, "SELECT count(*), max(role) FROM member WHERE person = ?", person.number) == [(1, "owner")]
    assert restore(server, person.email)["roleBefore"] == "owner"


def test_it_says_what_it_did(start_server: StartServer) -> None:
    """For people it is one line: what the person is now, and was before."""
    server = start_server("--signup", "open")
    _, email = sign_up(server)

    def said() -> str:
        return server.command_line("admin", "people", "restore", email).stdout

    assert said() == f'{email} is an operator now, and is an owner of the account "Default" now.\n'
    assert said() == f'{email} was an operator already, and was an owner of the account "Default" already.\n'
    sql(server, "UPDATE member SET role = 'viewer' WHERE account = (SELECT min(id) FROM account)")
    after = f'{email} was an operator already, and is an owner of the account "Default" now (viewer before).\n'
    assert said() == after


@pytest.mark.parametrize("email, text", [("x@example.com", "Nobody here has this email."), ("x", "A valid email")])
def test_strangers_are_not_restored(server: Server, email: str, text: str) -> None:
    """Who is not there is not made: an error says so, and nobody becomes anything."""
    before = sql(server, "SELECT id, is_operator FROM person") + sql(server, "SELECT * FROM member")
    done = server.command_line("admin", "people", "restore", email)
    assert (done.returncode, done.stdout) == (1, "") and text in done.stderr
    assert sql(server, "SELECT id, is_operator FROM person") + sql(server, "SELECT * FROM member") == before
    assert error_of(Browser(server).login(email))[0] in (400, 401)
