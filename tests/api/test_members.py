# SPDX-License-Identifier: Apache-2.0
"""Members of an account: what each role may do to the others, at once and without leaving an account ownerless."""

import threading
from typing import Any, Callable, Optional

import pytest

from api_support import Agent, error_of, other_account, sql
from harness import Server
from people_support import ROLES, Account, Person, public_id

NOT_ALLOWED = (403, "Your role in this account does not allow this.")
LAST_OWNER = (409, "An account needs an owner.")
MISSING = (404, "Member not found.")
SIGNED_OUT = (401, "Developer authentication required.")


def listed(person: Person) -> dict[str, dict[str, Any]]:
    """The members that somebody sees, by their ids."""
    answer = person.call("GET", "/api/dashboard/members")
    assert answer.status_code == 200, answer.text
    return {row["memberId"]: row for row in answer.json()["members"]}


def change(person: Person, member: Person, role: Any) -> Any:
    """PATCH of a member's role."""
    return person.call("PATCH", f"/api/dashboard/members/{member.member_id}", {"role": role})


def test_list_shows_who_is_there(demo: Server) -> None:
    """The list names every member with role and address, oldest first, and says which one is asking."""
    account = Account(demo)
    people = [Person(account, role) for role in ROLES]
    answer = people[1].call("GET", "/api/dashboard/members")
    assert set(answer.json()) == {"members", "workspaceAuthority"}
    assert answer.json()["workspaceAuthority"] == {"role": "APPROVER", "roleLabel": "Approver", "authorityLevel": None}
    rows = answer.json()["members"]
    assert [row["email"] for row in rows] == [person.email for person in people]
    assert [row["role"] for row in rows] == ROLES
    assert [row["you"] for row in rows] == [False, True, False, False]
    assert set(rows[0]) == {"memberId", "userId", "email", "role", "roleLabel", "createdAt", "you"}
    assert (rows[0]["userId"], rows[0]["roleLabel"]) == (people[0].user_id, "Viewer")


@pytest.mark.parametrize("actor_role", ["admin", "owner"])
@pytest.mark.parametrize("old", ROLES)
@pytest.mark.parametrize("new", [*ROLES, None])
def test_who_may_change_whom(demo: Server, actor_role: str, old: str, new: Optional[str]) -> None:
    """An owner changes and removes anybody; an admin only viewers and approvers, and only into one of these."""
    account = Account(demo)
    actor, member, _ = Person(account, actor_role), Person(account, old), Person(account, "owner")
    path = f"/api/dashboard/members/{member.member_id}"
    answer = actor.call("DELETE", path) if new is None else change(actor, member, new)
    may = actor_role == "owner" or {old, new} <= {"viewer", "approver", None}
    if not may:
        assert error_of(answer) == NOT_ALLOWED
        assert listed(actor)[member.member_id]["role"] == old
    elif new is None:
        assert (answer.status_code, answer.json()) == (200, {"removed": True})
        assert member.member_id not in listed(actor)
    else:
        assert answer.status_code == 200
        assert answer.json() == {"member": listed(actor)[member.member_id]}
        assert listed(actor)[member.member_id]["role"] == new


def test_nobody_raises_oneself(demo: Server) -> None:
    """No role below owner can change its own, up or down; an admin who wants to go leaves."""
    account = Account(demo)
    owner, admin = Person(account, "owner"), Person(account, "admin")
    for role in ROLES:
        assert error_of(change(admin, admin, role)) == NOT_ALLOWED
    assert error_of(admin.call("DELETE", f"/api/dashboard/members/{admin.member_id}")) == NOT_ALLOWED
    assert listed(owner)[admin.member_id]["role"] == "admin"


def test_last_owner_stays(demo: Server) -> None:
    """The last owner can neither leave nor be removed nor be demoted; once there is another, all three work."""
    for number, demand in enumerate(("leave", "remove", "demote")):
        account = Account(demo)
        owner, heir = Person(account, "owner"), Person(account, "admin")

        def ask() -> Any:
            if demand == "leave":
                return owner.call("POST", "/api/dashboard/members/leave")
            if demand == "remove":
                return owner.call("DELETE", f"/api/dashboard/members/{owner.member_id}")
            return change(owner, owner, ROLES[number])

        assert error_of(ask()) == LAST_OWNER
        assert listed(heir)[owner.member_id]["role"] == "owner"
        assert change(owner, heir, "owner").status_code == 200
        assert ask().status_code == 200
        roles = [row["role"] for row in listed(heir).values()]
        assert roles.count("owner") == 1


def test_two_owners_leaving_at_once(demo: Server) -> None:
    """However many owners leave at the same moment, one of them stays."""
    for _ in range(10):
        account = Account(demo)
        owners = [Person(account, "owner") for _ in range(4)]
        witness = Person(account, "viewer")
        found: list[int] = []

        def leave(owner: Person) -> None:
            found.append(owner.call("POST", "/api/dashboard/members/leave").status_code)

        threads = [threading.Thread(target=leave, args=(owner,)) for owner in owners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == [200, 200, 200, 409]
        assert [row["role"] for row in listed(witness).values()].count("owner") == 1


def test_change_of_role_takes_effect_at_once(demo: Server) -> None:
    """A role that was given or taken counts from the next request on, also for tokens made before."""
    account = Account(demo)
    owner, member = Person(account, "owner"), Person(account, "viewer")
    create = ("POST", "/api/agents", {"name": "Agent"})
    assert demo.call(*create, member.by_token()).status_code == 403
    assert change(owner, member, "admin").status_code == 200
    assert demo.call(*create, member.by_token()).status_code == 201
    assert demo.call(*create, member.by_session()).status_code == 201
    assert change(owner, member, "approver").status_code == 200
    assert error_of(demo.call(*create, member.by_token())) == NOT_ALLOWED
    assert error_of(demo.call(*create, member.by_session())) == NOT_ALLOWED


def test_removed_member_is_out_at_once(demo: Server) -> None:
    """Whoever was removed finds the session ended and the token unknown; other accounts' ones go on."""
    account, elsewhere = Account(demo), Account(demo)
    owner, member = Person(account, "owner"), Person(account, "admin")
    other = Person(elsewhere, "owner")
    assert member.call("GET", "/api/dashboard/agents").status_code == 200
    assert owner.call("DELETE", f"/api/dashboard/members/{member.member_id}").status_code == 200
    assert error_of(member.call("GET", "/api/dashboard/agents")) == SIGNED_OUT
    by_token = demo.call("GET", "/api/dashboard/agents", headers=member.by_token())
    assert error_of(by_token) == (401, "Invalid developer token.")
    assert other.call("GET", "/api/dashboard/agents").status_code == 200
    again = owner.call("DELETE", f"/api/dashboard/members/{member.member_id}")
    assert error_of(again) == MISSING


def test_leaving_ends_the_session(demo: Server) -> None:
    """Who leaves loses the session, the cookie, the tokens and the open invitations, and nobody else does."""
    account = Account(demo)
    owner, member = Person(account, "owner"), Person(account, "admin")
    assert member.call("POST", "/api/dashboard/members/invites", {"role": "viewer"}).status_code == 201
    answer = member.call("POST", "/api/dashboard/members/leave")
    assert (answer.status_code, answer.json()) == (200, {"left": True})
    assert answer.headers["Set-Cookie"].startswith("behalfid_developer=; Path=/; Max-Age=0")
    assert error_of(member.call("GET", "/api/dashboard/agents")) == SIGNED_OUT
    for table, column in (("developer_token", "owner_person"), ("invite", "invited_by"), ("session", "person")):
        assert sql(demo, f"SELECT count(*) FROM {table} WHERE {column} = ?", member.number) == [(0,)]
    assert list(listed(owner)) == [owner.member_id]


def test_members_of_other_accounts_do_not_exist(demo: Server) -> None:
    """Another account's member can neither be seen, changed nor removed, and looks like none."""
    owner = Person(Account(demo), "owner")
    stranger = Person(Account(demo), "viewer")
    assert list(listed(owner)) == [owner.member_id]
    for member_id in (stranger.member_id, public_id("mbr"), "x"):
        path = f"/api/dashboard/members/{member_id}"
        assert error_of(owner.call("PATCH", path, {"role": "admin"})) == MISSING
        assert error_of(owner.call("DELETE", path)) == MISSING
    assert listed(stranger)[stranger.member_id]["role"] == "viewer"


def test_bad_bodies_are_explained(demo: Server) -> None:
    """A role that is none, or a field that is unknown, is named."""
    account = Account(demo)
    owner, member = Person(account, "owner"), Person(account, "viewer")
    rule = (400, "role must be one of: viewer, approver, admin, owner.")
    for role in ("", "Owner", "operator", "none", None, 1, ["viewer"], "viewer "):
        assert error_of(change(owner, member, role)) == rule
    path = f"/api/dashboard/members/{member.member_id}"
    assert error_of(owner.call("PATCH", path, {})) == rule
    assert error_of(owner.call("PATCH", path, {"role": "admin", "you": True})) == (400, "Unknown field: you.")
    assert listed(owner)[member.member_id]["role"] == "viewer"


def test_account_without_people_keeps_working(start_server: Callable[..., Server]) -> None:
    """An account that only has tokens of the command line works as before; such a token acts as an owner."""
    server = start_server()
    token = other_account(server)
    agent = Agent(server, token=token)
    answer = server.call("GET", "/api/dashboard/members", headers=server.as_developer(token))
    assert answer.status_code == 200
    assert answer.json()["members"] == []
    assert answer.json()["workspaceAuthority"]["role"] == "OWNER"
    assert agent.decide("act")["allowed"] is False
