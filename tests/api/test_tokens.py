# SPDX-License-Identifier: Apache-2.0
"""Developer tokens: each person's own, shown once, worth what their maker is worth."""

import re
import threading
from typing import Any

from api_support import error_of, now_ms, sql
from harness import Server
from people_support import Account, Person, digest, public_id

PATH = "/api/dashboard/tokens"
LIMIT = (402, "Maximum of 10 developer API tokens allowed. Revoke one to create another.")


def owner_of(server: Server) -> Person:
    """The owner of a new account, without a token."""
    owner = Person(Account(server), "owner")
    assert owner.call("DELETE", f"{PATH}/{owner.token_id}").status_code == 204
    return owner


def create(person: Person, name: str = "ci") -> dict[str, Any]:
    """A new token."""
    answer = person.call("POST", PATH, {"name": name})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def listed(person: Person) -> list[dict[str, Any]]:
    """The tokens that somebody sees."""
    answer = person.call("GET", PATH)
    assert answer.status_code == 200, answer.text
    tokens: list[dict[str, Any]] = answer.json()["tokens"]
    return tokens


def test_token_is_shown_once(demo: Server) -> None:
    """The answer that makes a token holds it; the list only its beginning and end, and the database its hash."""
    owner = owner_of(demo)
    made = create(owner, "  laptop  ")
    token = made.pop("token")
    assert re.fullmatch(r"bhf_dev_[A-Za-z0-9_-]{43}", token)
    assert re.fullmatch(r"tok_[A-Za-z0-9_-]{16}", made["tokenId"])
    assert made["tokenPreview"] == f"{token[:12]}...{token[-6:]}"
    assert (made["name"], made["lastUsedAt"]) == ("laptop", None)
    assert set(made) == {"tokenId", "name", "tokenPreview", "createdAt", "lastUsedAt"}
    assert listed(owner) == [{**made, "userId": owner.user_id, "email": owner.email}]
    assert token not in owner.call("GET", PATH).text
    assert sql(demo, "SELECT token_hash FROM developer_token WHERE token_id = ?", made["tokenId"]) == [(digest(token),)]


def test_use_is_noted(demo: Server) -> None:
    """The list says when a token was last used, and the token works until it is deleted."""
    owner = owner_of(demo)
    made = create(owner)
    headers = {"X-Developer-Token": made["token"]}
    before = now_ms()
    assert demo.call("GET", "/api/dashboard/agents", headers=headers).status_code == 200
    assert listed(owner)[0]["lastUsedAt"] is not None
    ((used_at,),) = sql(demo, "SELECT last_used_at FROM developer_token WHERE token_id = ?", made["tokenId"])
    assert before - 1000 <= used_at <= now_ms() + 1000
    answer = owner.call("DELETE", f"{PATH}/{made['tokenId']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Cache-Control"] == "no-store, private"
    after = demo.call("GET", "/api/dashboard/agents", headers=headers)
    assert error_of(after) == (401, "Invalid developer token.")
    assert error_of(owner.call("DELETE", f"{PATH}/{made['tokenId']}")) == (404, "Token not found.")


def test_ten_tokens_of_one_person(demo: Server) -> None:
    """Each person can have ten tokens in an account, also when they are asked for at the same moment."""
    account = Account(demo)
    owner, other = Person(account, "owner"), Person(account, "viewer")
    found: list[int] = []

    def ask() -> None:
        found.append(owner.call("POST", PATH, {"name": "n"}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(12)]  # besides the one that is there
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [201] * 9 + [402] * 3
    assert error_of(owner.call("POST", PATH, {"name": "n"})) == LIMIT
    assert create(other)
    assert owner.call("DELETE", f"{PATH}/{owner.token_id}").status_code == 204
    assert create(owner)


def test_own_tokens_and_those_of_others(demo: Server) -> None:
    """Viewers and approvers see and delete their own; admins and owners all of the account, with their makers."""
    account = Account(demo)
    people = {role: Person(account, role) for role in ("viewer", "approver", "admin", "owner")}
    stranger = Person(Account(demo), "owner")
    for role in ("viewer", "approver"):
        mine = listed(people[role])
        assert [row["tokenId"] for row in mine] == [people[role].token_id]
        assert "userId" not in mine[0]
        answer = people[role].call("DELETE", f"{PATH}/{people['owner'].token_id}")
        assert error_of(answer) == (404, "Token not found.")
    for role in ("admin", "owner"):
        makers = {row["tokenId"]: (row["userId"], row["email"]) for row in listed(people[role])}
        assert makers == {person.token_id: (person.user_id, person.email) for person in people.values()}
    assert error_of(stranger.call("DELETE", f"{PATH}/{people['viewer'].token_id}")) == (404, "Token not found.")
    assert people["admin"].call("DELETE", f"{PATH}/{people['viewer'].token_id}").status_code == 204
    assert listed(people["viewer"]) == []


def test_bad_names_are_explained(demo: Server) -> None:
    """A name has 1 to 120 characters; what is wrong with it is said, and no token is made."""
    owner = owner_of(demo)
    required, too_long = (400, "name is required."), (400, "name must be 120 characters or fewer.")
    for body in ({}, {"name": ""}, {"name": "  "}, {"name": None}, {"name": 5}):
        assert error_of(owner.call("POST", PATH, body)) == required
    assert error_of(owner.call("POST", PATH, {"name": "x" * 121})) == too_long
    assert error_of(owner.call("POST", PATH, {"name": "x", "role": "owner"})) == (400, "Unknown field: role.")
    assert listed(owner) == []
    assert create(owner, "x" * 120)["name"] == "x" * 120


def test_token_is_no_way_to_more_tokens(demo: Server) -> None:
    """A developer token can neither list, make nor delete tokens: that takes a person who is signed in."""
    owner = Person(Account(demo), "owner")
    for method, path in (("GET", PATH), ("POST", PATH), ("DELETE", f"{PATH}/{public_id('tok')}")):
        answer = demo.call(method, path, {"name": "x"}, owner.by_token())
        assert error_of(answer) == (403, "This needs a person who is signed in.")


def test_a_token_tells_of_its_own_account_alone(demo: Server) -> None:
    """GET /api/auth/me by a token lists the token's account; by a session, all of the person."""
    here, there = Account(demo, "Here"), Account(demo, "There")
    person, _ = Person(here, "admin"), Person(there, "owner")
    sql(
        demo,
        "INSERT INTO member (member_id, account, person, role, created_at) VALUES (?, ?, ?, 'viewer', 0)",
        public_id("mbr"),
        there.number,
        person.number,
    )
    by_token = demo.call("GET", "/api/auth/me", headers=person.by_token()).json()
    assert by_token["accounts"] == [{"accountId": here.account_id, "name": "Here", "role": "admin"}]
    assert (by_token["account"]["accountId"], by_token["role"]) == (here.account_id, "admin")
    by_session = person.call("GET", "/api/auth/me").json()
    assert [one["accountId"] for one in by_session["accounts"]] == [here.account_id, there.account_id]
