# SPDX-License-Identifier: Apache-2.0
"""`behalf members` and `behalf tokens`: people manage their account from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli_support import Result, Run
from harness import Server

PASSWORD = "a password of ten and more"


class Desk:
    """A command line that somebody is signed in at."""

    def __init__(self, run: Run, server: Server, home: Path, email: str, password: str) -> None:
        home.mkdir(exist_ok=True)
        self.run = run
        self.variables = {"BEHALFID_BASE_URL": server.base_url, "HOME": str(home)}
        done = self("login", "--password", "--email", email, BEHALFID_PASSWORD=password)
        assert done.status == 0, done.err

    def __call__(self, *words: str, **variables: str) -> Result:
        return self.run(*words, **self.variables, **variables)

    def answer(self, *words: str) -> Any:
        """What `behalf WORDS --json` says, which must succeed."""
        done = self(*words, "--json")
        assert (done.status, done.err) == (0, ""), done.err
        return done.json()


@pytest.fixture()
def owner(behalf: Run, server: Server, tmp_path: Path) -> Desk:
    """The demo's owner."""
    return Desk(behalf, server, tmp_path / "owner", server.email, server.password)


def join(behalf: Run, server: Server, home: Path, owner: Desk, role: str) -> Desk:
    """Somebody new, who accepts an invitation made with `behalf members invite`."""
    email = f"{role}@example.com"
    token = owner.answer("members", "invite", "--role", role, "--email", email)["inviteUrl"].split("#token=")[1]
    body = {"token": token, "email": email, "password": PASSWORD}
    answer = server.call("POST", "/api/auth/accept-invite", body)
    assert answer.status_code == 201, answer.text
    return Desk(behalf, server, home, email, PASSWORD)


def test_members_are_invited_changed_and_removed(behalf: Run, server: Server, owner: Desk, tmp_path: Path) -> None:
    """Who is invited joins with that role; it can be changed, and the person removed, who then has no access."""
    ada = join(behalf, server, tmp_path / "ada", owner, "viewer")
    members = {member["email"]: member for member in owner.answer("members", "list")["members"]}
    assert members["viewer@example.com"]["role"] == "viewer" and members[server.email]["you"]
    table = ada("members", "list").out
    assert table.split("\n", maxsplit=1)[0].split() == ["MEMBERID", "EMAIL", "ROLE", "CREATEDAT", "YOU"]
    member_id = members["viewer@example.com"]["memberId"]
    assert owner("members", "role", member_id, "approver").out == f"{member_id} is approver now.\n"
    assert ada.answer("whoami")["role"] == "approver"
    refused = owner("members", "role", member_id, "king", "--json")
    assert refused.status == 1 and "role" in refused.error()["error"]
    assert owner.answer("members", "remove", member_id) == {"removed": True, "id": member_id}
    assert ada("members", "list").status == 1
    assert owner("members", "remove", member_id).status == 1


def test_open_invitations_are_listed_and_taken_back(server: Server, owner: Desk) -> None:
    """An invitation is shown with its link once; taken back, the link opens nothing."""
    done = owner("members", "invite", "--role", "admin")
    assert done.status == 0 and "/invite#token=bhf_inv_" in done.out and "not shown again" in done.err
    token = done.out.split("#token=")[1].split()[0]
    (invite,) = owner.answer("members", "invites")["invites"]
    assert invite["role"] == "admin" and token not in json.dumps(invite)
    assert invite["inviteId"] in owner("members", "invites").out
    assert owner("members", "uninvite", invite["inviteId"]).out == f"{invite['inviteId']} deleted.\n"
    assert owner("members", "invites").out == "(none)\n"
    body = {"token": token, "email": "x@example.com", "password": PASSWORD}
    assert server.call("POST", "/api/auth/accept-invite", body).status_code == 400


def test_only_those_who_may_manage_members_do(behalf: Run, server: Server, owner: Desk, tmp_path: Path) -> None:
    """A viewer sees the members and can neither invite nor change nor remove any."""
    viewer = join(behalf, server, tmp_path / "viewer", owner, "viewer")
    (first, *_) = viewer.answer("members", "list")["members"]
    for words in (
        ("invite", "--role", "viewer"),
        ("invites",),
        ("role", first["memberId"], "viewer"),
        ("remove", first["memberId"]),
    ):
        done = viewer("members", *words, "--json")
        assert done.status == 1 and done.error()["code"].endswith("_FORBIDDEN"), done.err
    assert len(owner.answer("members", "list")["members"]) == 2


def test_a_token_is_shown_once_works_and_is_revoked(behalf: Run, server: Server, owner: Desk) -> None:
    """What `tokens create` shows opens the account; the list has no secret; once revoked it opens nothing."""
    made = owner("tokens", "create", "--name", "CI")
    assert made.status == 0 and "not shown again" in made.err
    token = next(line.split()[-1] for line in made.out.splitlines() if line.startswith("token "))
    variables = {"BEHALFID_BASE_URL": server.base_url, "BEHALFID_DEVELOPER_TOKEN": token}
    assert behalf("agents", "list", **variables).status == 0
    (listed,) = [one for one in owner.answer("tokens", "list")["tokens"] if one["name"] == "CI"]
    assert token not in json.dumps(listed) and listed["tokenId"] in owner("tokens", "list").out
    assert owner("tokens", "revoke", listed["tokenId"]).out == f"{listed['tokenId']} revoked.\n"
    assert behalf("agents", "list", **variables).status == 1
    again = owner("tokens", "revoke", listed["tokenId"], "--json")
    assert again.status == 1 and again.error()["error"] == "Token not found."


@pytest.mark.parametrize("words", [("members", "list"), ("tokens", "list"), ("tokens", "create", "--name", "x")])
def test_they_take_a_person_and_no_token(behalf: Run, demo: Server, words: tuple[str, ...]) -> None:
    """Without a session the error says so, and that a developer token will not do."""
    done = behalf(*words, "--json", BEHALFID_BASE_URL=demo.base_url)
    assert done.status == 1 and "behalf login" in done.error()["error"]
    done = behalf(*words, "--json", BEHALFID_BASE_URL=demo.base_url, BEHALFID_DEVELOPER_TOKEN=demo.developer_token)
    assert done.status == 1 and "developer token" in done.error()["hint"]
