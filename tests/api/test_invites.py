# SPDX-License-Identifier: Apache-2.0
"""Invitations: made by those who may, shown once, accepted once, worth what their maker is still worth."""

import re
import threading
from typing import Any, Callable, Iterator, Optional

import pytest
import requests

from api_support import error_of, now_ms, sql
from harness import Server
from people_support import ROLES, Account, Person, digest, public_id
from smtp_sink import Sink

INVALID = (400, "This invitation is invalid or has expired.")
WRONG_ADDRESS = (409, "This invitation cannot be accepted with this address.")
NOT_ALLOWED = (403, "Your role in this account does not allow this.")
PASSWORD = "correct horse battery"


@pytest.fixture()
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for each test: they look at whole tables."""
    with Server(tmp_path_factory.mktemp("invites") / "data") as started:
        yield started


def invite(person: Person, role: str = "viewer", email: Optional[str] = None) -> tuple[str, str]:
    """A new invitation: its id and the token of its link."""
    body = {"role": role} if email is None else {"role": role, "email": email}
    answer = person.call("POST", "/api/dashboard/members/invites", body)
    assert answer.status_code == 201, answer.text
    return answer.json()["inviteId"], answer.json()["inviteUrl"].split("#token=")[1]


def accept(server: Server, body: Any, headers: Optional[dict[str, str]] = None) -> requests.Response:
    """POST /api/auth/accept-invite."""
    return server.call("POST", "/api/auth/accept-invite", body, headers)


def newcomer(token: str, email: str = "new@example.com", password: str = PASSWORD) -> dict[str, str]:
    """The body of somebody who has no account yet."""
    return {"token": token, "email": email, "password": password}


def listed(person: Person) -> list[dict[str, Any]]:
    """The open invitations."""
    answer = person.call("GET", "/api/dashboard/members/invites")
    assert answer.status_code == 200, answer.text
    invites: list[dict[str, Any]] = answer.json()["invites"]
    return invites


def test_link_is_shown_once(server: Server) -> None:
    """The link is in the answer that made it, for seven days, and nowhere else: only its hash is stored."""
    owner = Person(Account(server), "owner")
    answer = owner.call("POST", "/api/dashboard/members/invites", {"role": "admin", "email": " Ann@Example.COM "})
    assert answer.status_code == 201
    made = answer.json()
    link = re.fullmatch(
        re.escape(server.base_url) + r"/invite#token=(bhf_inv_[A-Za-z0-9_-]{43})", made.pop("inviteUrl")
    )
    assert link is not None
    assert re.fullmatch(r"inv_[A-Za-z0-9_-]{16}", made["inviteId"])
    assert (made["role"], made["roleLabel"], made["email"]) == ("admin", "Admin", "ann@example.com")
    assert made["invitedBy"] == owner.email
    assert listed(owner) == [made]
    assert link[1] not in owner.call("GET", "/api/dashboard/members/invites").text
    ((token_hash, created_at, expires_at),) = sql(server, "SELECT token_hash, created_at, expires_at FROM invite")
    assert token_hash == digest(link[1])
    assert expires_at - created_at == 7 * 86_400_000
    assert link[1] not in server.log()


@pytest.mark.parametrize("role", ROLES)
def test_whom_an_admin_invites(server: Server, role: str) -> None:
    """An owner invites into any role, an admin only viewers and approvers."""
    account = Account(server)
    owner, admin = Person(account, "owner"), Person(account, "admin")
    assert invite(owner, role)
    answer = admin.call("POST", "/api/dashboard/members/invites", {"role": role})
    if role in ("viewer", "approver"):
        assert answer.status_code == 201
    else:
        assert error_of(answer) == NOT_ALLOWED


def test_newcomer_becomes_a_member(server: Server) -> None:
    """Somebody new accepts with an address and a password: a person, a member, and signed in at once."""
    account = Account(server, "Harbour")
    owner = Person(account, "owner")
    invite_id, token = invite(owner, "approver")
    answer = accept(server, newcomer(token, " New@Example.com "), {"Origin": server.base_url})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["account"] == {"accountId": account.account_id, "name": "Harbour"}
    assert (found["accepted"], found["role"], found["user"]["email"]) == (True, "approver", "new@example.com")
    cookie = re.match(
        r"behalfid_developer=([A-Za-z0-9_-]{43}); Path=/; Max-Age=3600; HttpOnly", answer.headers["Set-Cookie"]
    )
    assert cookie is not None
    headers = {"Cookie": f"behalfid_developer={cookie[1]}"}
    members = server.call("GET", "/api/dashboard/members", headers=headers).json()["members"]
    assert [(row["email"], row["role"], row["you"]) for row in members] == [
        (owner.email, "owner", False),
        ("new@example.com", "approver", True),
    ]
    ((password,),) = sql(server, "SELECT password FROM person WHERE email = 'new@example.com'")
    assert re.fullmatch(r"scrypt:[A-Za-z0-9_-]{22}:[A-Za-z0-9_-]{86}", password)
    assert listed(owner) == []
    assert error_of(accept(server, newcomer(token, "second@example.com"))) == INVALID
    assert error_of(owner.call("DELETE", f"/api/dashboard/members/invites/{invite_id}")) == (
        404,
        "Invitation not found.",
    )


def test_looking_does_not_use_it(server: Server) -> None:
    """Whoever has the link learns which account, as what, for whom, by whom and until when; and it still works."""
    account = Account(server, "Harbour")
    owner = Person(account, "owner")
    _, token = invite(owner, "approver", "new@example.com")
    (open_one,) = listed(owner)
    for _ in range(2):
        answer = server.call("POST", "/api/auth/invite", {"token": token})
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "account": {"name": "Harbour"},
            "role": "approver",
            "roleLabel": "Approver",
            "email": "new@example.com",
            "invitedBy": owner.email,
            "expiresAt": open_one["expiresAt"],
        }
    assert listed(owner) == [open_one]
    assert accept(server, newcomer(token)).status_code == 201
    assert error_of(server.call("POST", "/api/auth/invite", {"token": token})) == INVALID


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": "x"}, {"token": "bhf_inv_" + "A" * 43}])
def test_no_invitation_is_shown_without_its_link(server: Server, body: dict[str, Any]) -> None:
    """A token that is missing, none, or of no invitation gets the same answer."""
    invite(Person(Account(server), "owner"))
    assert error_of(server.call("POST", "/api/auth/invite", body)) == INVALID


def test_signed_in_person_accepts(server: Server) -> None:
    """Somebody who is signed in accepts with the token alone, and the session goes on in the new account."""
    account = Account(server, "Second")
    owner, guest = Person(account, "owner"), Person(Account(server), "owner")
    _, token = invite(owner, "viewer", guest.email)
    answer = accept(server, {"token": token}, guest.by_session())
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"] == {"userId": guest.user_id, "email": guest.email}
    settings = guest.call("GET", "/api/dashboard/settings").json()
    assert settings["account"] == {"accountId": account.account_id, "name": "Second"}
    assert settings["workspaceAuthority"]["role"] == "VIEWER"
    assert (
        server.call("GET", "/api/dashboard/settings", headers=guest.by_token()).json()["account"] != settings["account"]
    )


def test_token_alone_needs_a_session(server: Server) -> None:
    """The token alone is not enough: a session must say who accepts, with an Origin, and no token stands in."""
    owner = Person(Account(server), "owner")
    guest = Person(Account(server), "owner")
    _, token = invite(owner)
    assert error_of(accept(server, {"token": token})) == (401, "Developer authentication required.")
    without = accept(server, {"token": token}, guest.by_session(origin=None))
    assert error_of(without) == (403, "Invalid request origin.")
    by_token = accept(server, {"token": token}, guest.by_token())
    assert error_of(by_token) == (403, "This needs a person who is signed in.")
    assert len(listed(owner)) == 1


def test_invitation_is_used_once(server: Server) -> None:
    """Of many who accept the same link at the same moment exactly one gets in."""
    owner = Person(Account(server), "owner")
    _, token = invite(owner)
    found: list[int] = []

    def run(number: int) -> None:
        found.append(accept(server, newcomer(token, f"guest{number}@example.com")).status_code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [201, 400, 400, 400, 400, 400]
    assert sql(server, "SELECT count(*) FROM person WHERE email LIKE 'guest%'") == [(1,)]


def test_member_does_not_use_it_up(server: Server) -> None:
    """Who is a member already is told so, keeps the old role, and the link stays good for somebody else."""
    account = Account(server)
    owner, member = Person(account, "owner"), Person(account, "viewer")
    _, token = invite(owner, "admin")
    answer = accept(server, {"token": token}, member.by_session())
    assert error_of(answer) == (409, "You are a member of this account already.")
    roles = {row["email"]: row["role"] for row in owner.call("GET", "/api/dashboard/members").json()["members"]}
    assert roles[member.email] == "viewer"
    assert accept(server, newcomer(token)).status_code == 201


def test_invitation_for_one_address(server: Server) -> None:
    """An invitation for an address is for that one alone, in any case of its letters, signed in or new."""
    owner, guest = Person(Account(server), "owner"), Person(Account(server), "owner")
    _, token = invite(owner, "viewer", "ann@example.com")
    assert error_of(accept(server, newcomer(token, "bob@example.com"))) == WRONG_ADDRESS
    assert error_of(accept(server, {"token": token}, guest.by_session())) == WRONG_ADDRESS
    assert accept(server, newcomer(token, "ANN@example.com")).status_code == 201


def test_known_address_is_not_told_apart(server: Server) -> None:
    """An address that has an account answers exactly like one that was not invited, and nothing of it changes."""
    owner, known = Person(Account(server), "owner"), Person(Account(server), "owner")
    _, token = invite(owner)
    _, bound = invite(owner, "viewer", "ann@example.com")
    taken = accept(server, newcomer(token, known.email))
    other = accept(server, newcomer(bound, "bob@example.com"))
    assert error_of(taken) == WRONG_ADDRESS
    assert (taken.status_code, taken.text) == (other.status_code, other.text)
    assert "Set-Cookie" not in taken.headers
    assert sql(server, "SELECT password FROM person WHERE email = ?", known.email) == [("",)]
    assert accept(server, {"token": token}, known.by_session()).status_code == 200


def test_somebody_without_an_account_comes_back(server: Server) -> None:
    """A removed member, who can sign in nowhere, accepts a new invitation with the old password, and no other."""
    owner = Person(Account(server), "owner")
    _, token = invite(owner)
    first = accept(server, newcomer(token)).json()
    member = [row for row in owner.call("GET", "/api/dashboard/members").json()["members"] if not row["you"]][0]
    assert owner.call("DELETE", f"/api/dashboard/members/{member['memberId']}").status_code == 200
    _, token = invite(owner, "approver", "new@example.com")
    assert error_of(accept(server, newcomer(token, password="something else"))) == WRONG_ADDRESS
    again = accept(server, newcomer(token))
    assert again.status_code == 200, again.text
    assert again.json()["user"] == first["user"]
    headers = {"Cookie": again.headers["Set-Cookie"].split(";")[0]}
    found = server.call("GET", "/api/dashboard/settings", headers=headers).json()["workspaceAuthority"]["role"]
    assert found == "APPROVER"
    _, token = invite(owner)
    assert error_of(accept(server, newcomer(token))) == (409, "You are a member of this account already.")


def test_newcomer_verifies_the_address(start_server: Callable[..., Server]) -> None:
    """Where mail is configured a newcomer gets a link, and can do nothing in the account before opening it."""
    with Sink() as sink:
        server = start_server(env=sink.environment())
        owner = Person(Account(server), "owner")
        _, token = invite(owner, "admin", "new@example.com")
        accepted = accept(server, newcomer(token))
        assert accepted.status_code == 201, accepted.text
        headers = {"Cookie": accepted.headers["Set-Cookie"].split(";")[0], "Origin": server.base_url}
        assert server.call("GET", "/api/dashboard/agents", headers=headers).status_code == 403
        (mail,) = sink.wait(1)
        link = re.search(r"/verify-email#token=([A-Za-z0-9_-]{43})", str(mail.get_payload()))
        assert "new@example.com" in mail["To"] and link is not None
        opened = server.call("POST", "/api/auth/verify-email", {"token": link[1]}, {"Origin": server.base_url})
        assert opened.status_code == 200
        assert server.call("GET", "/api/dashboard/agents", headers=headers).status_code == 200


def test_known_and_unknown_addresses_cost_one_computation_each(start_server: Callable[..., Server]) -> None:
    """A known address and a new one take the same work: exactly one hashed password; a bad token takes none."""
    server = start_server("--log-level", "debug")
    owner, known = Person(Account(server), "owner"), Person(Account(server), "owner")

    def computations(token: str, email: str) -> int:
        before = server.log().count("a password was hashed")
        accept(server, newcomer(token, email))
        return server.log().count("a password was hashed") - before

    assert computations("bhf_inv_" + "A" * 43, "a@example.com") == 0
    _, token = invite(owner)
    assert computations(token, known.email) == 1
    assert computations(token, "a@example.com") == 1


@pytest.mark.parametrize("how", ["expired", "deleted", "maker removed", "maker demoted", "maker left"])
def test_invitation_that_does_not_hold_any_more(server: Server, how: str) -> None:
    """A link that has expired, was taken back, or whose maker could not make it any more, opens nothing."""
    account = Account(server)
    owner, admin = Person(account, "owner"), Person(account, "admin")
    invite_id, token = invite(admin, "approver")
    if how == "expired":
        sql(server, "UPDATE invite SET expires_at = ?", now_ms() - 1)
    elif how == "deleted":
        answer = owner.call("DELETE", f"/api/dashboard/members/invites/{invite_id}")
        assert (answer.status_code, answer.json()) == (200, {"deleted": True})
    elif how == "maker removed":
        assert owner.call("DELETE", f"/api/dashboard/members/{admin.member_id}").status_code == 200
    elif how == "maker demoted":
        path = f"/api/dashboard/members/{admin.member_id}"
        assert owner.call("PATCH", path, {"role": "approver"}).status_code == 200
    else:
        assert admin.call("POST", "/api/dashboard/members/leave").status_code == 200
    guest = Person(Account(server), "owner")
    assert error_of(accept(server, newcomer(token))) == INVALID
    assert error_of(accept(server, {"token": token}, guest.by_session())) == INVALID
    assert sql(server, "SELECT count(*) FROM person WHERE email = 'new@example.com'") == [(0,)]


def test_admin_takes_back_only_what_an_admin_gives(server: Server) -> None:
    """An admin cannot delete an invitation into a role that is not an admin's to give."""
    account = Account(server)
    owner, admin = Person(account, "owner"), Person(account, "admin")
    high, low = invite(owner, "owner")[0], invite(owner, "viewer")[0]
    assert error_of(admin.call("DELETE", f"/api/dashboard/members/invites/{high}")) == NOT_ALLOWED
    assert admin.call("DELETE", f"/api/dashboard/members/invites/{low}").status_code == 200
    assert [row["inviteId"] for row in listed(owner)] == [high]
    stranger = Person(Account(server), "owner")
    answer = stranger.call("DELETE", f"/api/dashboard/members/invites/{high}")
    assert error_of(answer) == (404, "Invitation not found.")


def test_fifty_open_invitations(server: Server) -> None:
    """An account can have fifty open invitations; the next one is refused until one is deleted or expires."""
    account = Account(server)
    owner = Person(account, "owner")
    for _ in range(50):
        invite_id, _ = invite(owner)
    refused = owner.call("POST", "/api/dashboard/members/invites", {"role": "viewer"})
    assert error_of(refused) == (409, "An account can have 50 open invitations or fewer.")
    assert len(listed(owner)) == 50
    assert invite(Person(Account(server), "owner"))
    assert owner.call("DELETE", f"/api/dashboard/members/invites/{invite_id}").status_code == 200
    assert invite(owner)
    oldest = listed(owner)[-1]["inviteId"]
    sql(server, "UPDATE invite SET expires_at = ? WHERE invite_id = ?", now_ms() - 1, oldest)
    assert len(listed(owner)) == 49
    assert invite(owner)


def test_bad_bodies_are_explained(server: Server) -> None:
    """Each field that is wrong is named, with its rule, and nothing is made."""
    owner = Person(Account(server), "owner")
    path = "/api/dashboard/members/invites"
    role = (400, "role must be one of: viewer, approver, admin, owner.")
    email = (400, "A valid email is required.")
    for body in ({}, {"role": "boss"}, {"email": "ann@example.com"}, {"role": None}):
        assert error_of(owner.call("POST", path, body)) == role
    for address in ("", "ann", "ann@", "@example.com", "a b@example.com", 7, ["a@example.com"]):
        assert error_of(owner.call("POST", path, {"role": "viewer", "email": address})) == email
    assert error_of(owner.call("POST", path, {"role": "viewer", "days": 9})) == (400, "Unknown field: days.")
    assert listed(owner) == []


def test_bad_acceptances_are_explained(server: Server) -> None:
    """What is wrong with an acceptance is said; what is not a token of ours is an invalid invitation."""
    owner = Person(Account(server), "owner")
    _, token = invite(owner)
    short = (400, "Password must be between 10 and 200 characters.")
    assert error_of(accept(server, newcomer(token, password="x" * 9))) == short
    assert error_of(accept(server, newcomer(token, password="x" * 201))) == short
    assert error_of(accept(server, {"token": token, "email": "new@example.com"})) == short
    assert error_of(accept(server, {"token": token, "password": PASSWORD})) == (400, "A valid email is required.")
    assert error_of(accept(server, {**newcomer(token), "role": "owner"})) == (400, "Unknown field: role.")
    for wrong in ({}, {"token": ""}, {"token": None}, {"token": digest(token).hex()}):
        assert error_of(accept(server, wrong)) == INVALID


def test_acceptances_are_limited(start_server: Callable[..., Server]) -> None:
    """Ten tries for one e-mail address and a hundred from one machine; then a 429 that says how long to wait."""
    server = start_server("--auth-rate-limit", "10")
    wrong = "bhf_inv_" + "A" * 43
    statuses = [accept(server, newcomer(wrong, "one@example.com")).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]
    statuses = [accept(server, newcomer(wrong, f"{number}@example.com")).status_code for number in range(90)]
    assert statuses == [400] * 89 + [429]
    answer = accept(server, {"token": wrong})
    assert error_of(answer) == (429, "Rate limit exceeded.")
    assert 0 < int(answer.headers["Retry-After"]) <= 900


def test_an_account_has_room_for_five_hundred(server: Server) -> None:
    """The 500th member can accept, in every way; the next one is refused until somebody has gone, and uses nothing up."""
    account = Account(server)
    owner, guest = Person(account, "owner"), Person(Account(server), "owner")
    sql(
        server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 498)"
        " INSERT INTO person (user_id, email, password, is_operator, email_verified, created_at, updated_at)"
        " SELECT 'user_' || i, 'p' || i || '@example.com', '', 0, 1, 0, 0 FROM n",
    )
    sql(
        server,
        "INSERT INTO member (member_id, account, person, role, created_at)"
        " SELECT 'mbr_' || id, ?, id, 'viewer', 1 FROM person WHERE created_at = 0",
        account.number,
    )
    (_, last), (_, surplus) = invite(owner), invite(owner)
    assert accept(server, newcomer(last)).status_code == 201
    full = (409, "An account can have 500 members or fewer.")
    assert error_of(accept(server, newcomer(surplus, "late@example.com"))) == full
    assert error_of(accept(server, {"token": surplus}, guest.by_session())) == full
    assert sql(server, "SELECT count(*) FROM person WHERE email = 'late@example.com'") == [(0,)]
    settings = guest.call("GET", "/api/dashboard/settings").json()
    assert settings["account"]["accountId"] == guest.account.account_id
    members = owner.call("GET", "/api/dashboard/members").json()["members"]
    assert len(members) == 500
    assert owner.call("DELETE", f"/api/dashboard/members/{members[-1]['memberId']}").status_code == 200
    assert accept(server, {"token": surplus}, guest.by_session()).status_code == 200
    assert len(owner.call("GET", "/api/dashboard/members").json()["members"]) == 500


def test_ids_of_nobody(server: Server) -> None:
    """Deleting what does not exist is a 404."""
    owner = Person(Account(server), "owner")
    answer = owner.call("DELETE", f"/api/dashboard/members/invites/{public_id('inv')}")
    assert error_of(answer) == (404, "Invitation not found.")
