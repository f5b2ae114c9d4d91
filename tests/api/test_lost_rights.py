# SPDX-License-Identifier: Apache-2.0
"""What somebody asked for a moment before they lost the right to it, and what still waits to be written, is refused."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Iterator, NamedTuple, Optional

import pytest
import requests

from api_support import Agent, sql
from harness import Server
from people_support import Account, Person, connect, public_id
from route_table import ROUTES, Route

Refusal = tuple[int, Optional[str], Optional[str]]

ROLE = (403, "Your role in this account does not allow this.", "AUTHORITY_FORBIDDEN")
NOT_A_MEMBER = (403, "Workspace account required.", "WORKSPACE_ACCOUNT_REQUIRED")
AUTH = (401, "Developer authentication required.", "AUTH_REQUIRED")
TOKEN = (401, "Invalid developer token.", "INVALID_DEVELOPER_TOKEN")
HANDS = 4  # as many requests as surely are handled at the same time

# A preview is sent as a change is, and changes nothing: it does not wait for the database's writer.
ONLY_LOOKS = "POST /api/dashboard/agents/{}/permissions/preview"
CHANGES = [route for route in ROUTES if route.method != "GET" and route.line.least and route.name != ONLY_LOOKS]


class World(NamedTuple):
    """A server with an account full of things."""

    server: Server
    account: Account
    ids: dict[str, str]


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all of these: whoever calls is made anew for each call."""
    with Server(tmp_path_factory.mktemp("rights") / "data") as server:
        account = Account(server, first=True)
        owner, member = Person(account, "owner"), Person(account, "viewer")
        invited = owner.call("POST", "/api/dashboard/members/invites", {"role": "viewer"})
        hook = owner.call(
            "POST", "/api/dashboard/webhooks", {"url": "https://example.com/hook", "events": ["agent.disabled"]}
        )
        assert (invited.status_code, hook.status_code) == (201, 201)
        agent = Agent(server)
        ids = {
            "agent": agent.agent_id,
            "perm": agent.grant("act"),
            "mbr": member.member_id,
            "inv": invited.json()["inviteId"],
            "tok": member.token_id,
            "wh": hook.json()["webhook"]["webhookId"],
        }
        yield World(server, account, ids)


def send(world: World, route: Route, headers: dict[str, str]) -> requests.Response:
    """The route with a right body, for real things of the account."""
    path = route.pattern
    for prefix in route.line.ids:
        path = path.replace("{}", world.ids.get(prefix) or public_id(prefix), 1)
    body = json.loads(json.dumps(route.line.body).replace("{agent}", world.ids["agent"]))
    if route.name == "DELETE /api/dashboard/logs":
        body = {"confirm": "delete all logs"}
    return world.server.call(route.method, path, body, headers)


def send_too_late(
    world: World, calls: list[tuple[Route, dict[str, str]]], loss: str, people: list[Person]
) -> list[Refusal]:
    """Sends while another process holds the database's one writer, and takes the rights away before it lets go."""
    with closing(connect(world.server)) as db, ThreadPoolExecutor(len(calls)) as pool:
        db.execute("BEGIN IMMEDIATE")
        waiting = [pool.submit(send, world, route, headers) for route, headers in calls]
        time.sleep(0.4)  # whoever comes later is refused as well, only sooner
        for person in people:
            db.execute(loss, (person.number,))
        db.execute("COMMIT")
        answers = [one.result() for one in waiting]
    return [(answer.status_code, answer.json().get("error"), answer.json().get("code")) for answer in answers]


def snapshot(server: Server, newcomers: int) -> list[Any]:
    """All that these calls could change, but for the members from that person on."""
    tables = ("agent", "permission", "webhook", "invite", "account", "developer_token", "erasure")
    members = sql(server, "SELECT * FROM member WHERE person < ? ORDER BY id", newcomers)
    return [members, *(sql(server, f"SELECT * FROM {table} ORDER BY id") for table in tables)]


def lost_role(route: Route) -> tuple[str, Refusal]:
    """What takes the right to this call away, and how the call ends then."""
    if route.line.least in ("viewer", "approver"):
        return "DELETE FROM member WHERE person = ?", NOT_A_MEMBER
    return "UPDATE member SET role = 'approver' WHERE person = ?", ROLE


@pytest.mark.parametrize("least", ["viewer", "approver", "admin", "owner"])
def test_a_role_that_was_taken_away_meanwhile_changes_nothing(world: World, least: str) -> None:
    """A change that waits for the database is refused when its person has another role by the time it is written."""
    routes = [route for route in CHANGES if route.line.least == least]
    assert len(routes) >= 2
    for at in range(0, len(routes), HANDS):
        chunk = routes[at : at + HANDS]
        people = [Person(world.account, "owner") for _ in chunk]
        loss, refusal = lost_role(chunk[0])
        before = snapshot(world.server, people[0].number)
        answers = send_too_late(world, [(r, p.by_session()) for r, p in zip(chunk, people)], loss, people)
        assert dict(zip([route.name for route in chunk], answers)) == {route.name: refusal for route in chunk}
        assert snapshot(world.server, people[0].number) == before


@pytest.mark.parametrize(
    "via, loss, refusal",
    [
        ("session", "DELETE FROM session WHERE person = ?", AUTH),
        ("token", "DELETE FROM developer_token WHERE owner_person = ?", TOKEN),
        ("token", "DELETE FROM member WHERE person = ?", NOT_A_MEMBER),
        ("session", "DELETE FROM member WHERE person = ?", NOT_A_MEMBER),
    ],
)
def test_a_credential_that_ended_meanwhile_changes_nothing(world: World, via: str, loss: str, refusal: Refusal) -> None:
    """A change that waits for the database is refused when its session or token is gone by the time it is written."""
    names = ["POST /api/permissions", "POST /api/dashboard/agents/{}/rotate-key", "POST /api/agents"]
    routes = [route for route in CHANGES if route.name in names]
    assert len(routes) == len(names)
    people = [Person(world.account, "owner") for _ in routes]
    headers = [person.by_session() if via == "session" else person.by_token() for person in people]
    assert send_too_late(world, list(zip(routes, headers)), loss, people) == [refusal] * len(routes)


def test_a_token_of_the_server_that_was_revoked_meanwhile_changes_nothing(world: World) -> None:
    """A token that belongs to nobody ends as any other: what it asked for and what still waits is refused."""
    person = Person(world.account, "owner")
    sql(world.server, "UPDATE developer_token SET owner_person = NULL WHERE token_id = ?", person.token_id)
    route = next(route for route in CHANGES if route.name == "POST /api/dashboard/agents/{}/disable")
    assert send(world, route, person.by_token()).status_code == 200
    number = sql(world.server, "SELECT id FROM developer_token WHERE token_id = ?", person.token_id)[0][0]
    person.number = number
    answers = send_too_late(world, [(route, person.by_token())], "DELETE FROM developer_token WHERE id = ?", [person])
    assert answers == [TOKEN]


@pytest.mark.parametrize(
    "loss, refusal",
    [
        ("UPDATE person SET is_operator = 0 WHERE id = ?", (403, "Operator access required.", None)),
        ("DELETE FROM session WHERE person = ?", AUTH),
    ],
)
def test_an_operator_who_was_one_changes_no_signing_key(world: World, loss: str, refusal: Refusal) -> None:
    """A change of the signing key that waits for the database is refused when its operator is none any more or was
    signed out; operators need no role for it."""
    route = next(route for route in ROUTES if route.name == "POST /api/operator/signing-keys/rotate")
    operator = Person(world.account, None, operator=True)
    before = sql(world.server, "SELECT * FROM signing_key ORDER BY number")
    assert send_too_late(world, [(route, operator.by_session())], loss, [operator]) == [refusal]
    assert sql(world.server, "SELECT * FROM signing_key ORDER BY number") == before
    again = Person(world.account, None, operator=True)
    assert send(world, route, again.by_session()).status_code == 200
    assert sql(world.server, "SELECT * FROM signing_key ORDER BY number") != before
