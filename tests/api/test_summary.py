# SPDX-License-Identifier: Apache-2.0
"""What the summary says of agents, of approvals that wait, of webhooks, and over how many days."""

from typing import Any, Callable

import pytest

from api_support import Agent, error_of, iso, now_ms, other_account, sql
from approval_support import ask, settle
from harness import Server
from people_support import Account
from people_support import Person as Member
from log_support import Person

DAY = 86_400_000
SUMMARY = "/api/dashboard/summary"


@pytest.fixture()
def person(server: Server) -> Person:
    """The owner of the demo account of a server of its own."""
    return Person(server)


def summary(person: Person, **query: Any) -> dict[str, Any]:
    """The summary."""
    words = "&".join(f"{key}={value}" for key, value in query.items())
    answer = person.call("GET", f"{SUMMARY}?{words}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def agent_of(server: Server, name: str, allowed: int, denied: int, asked: int = 0) -> Agent:
    """An agent with so many decisions of today."""
    agent = Agent(server, name)
    agent.grant("read")
    agent.grant("ship", requiresApproval=True)
    for action, times in (("read", allowed), ("steal", denied), ("ship", asked)):
        for number in range(times):
            agent.decide(action, vendor=f"v{number}")
    return agent


def test_agents_come_with_their_decisions_the_busiest_first(person: Person) -> None:
    """Each agent with a decision that counts is there with its own numbers, in the order of their sum."""
    server = person.server
    few = agent_of(server, "Few", 1, 1, 1)
    many = agent_of(server, "Many", 3, 30, 2)
    shadow = agent_of(server, "Shadow", 0, 0)
    shadow.decide("read", shadow=True)
    rows = {row["agentId"]: row for row in summary(person)["agents"]}
    assert shadow.agent_id not in rows
    sums = [row["allowed"] + row["denied"] for row in rows.values()]
    assert sums == sorted(sums, reverse=True) and next(iter(rows)) == many.agent_id
    for agent, name, allowed, denied, asked in ((few, "Few", 1, 2, 1), (many, "Many", 3, 32, 2)):
        assert rows[agent.agent_id] == {
            "agentId": agent.agent_id,
            "name": name,
            "allowed": allowed,
            "denied": denied,
            "approvalRequired": asked,
            "lastUsedAt": agent.rows()[0]["createdAt"],
        }


def test_at_most_ten_agents_come(person: Person) -> None:
    """Of twelve agents the ten with the most decisions come."""
    made = [agent_of(person.server, f"Agent {number}", 20 + number, 0).agent_id for number in range(12)]
    assert [row["agentId"] for row in summary(person)["agents"]] == made[:1:-1]


def test_agents_of_other_accounts_do_not_come(person: Person) -> None:
    """An agent of another account is in that account's summary alone."""
    server = person.server
    token = other_account(server)
    theirs = Agent(server, "Theirs", token)
    for _ in range(40):
        theirs.decide("steal")
    assert theirs.agent_id not in {row["agentId"] for row in summary(person)["agents"]}
    answer = server.call("GET", SUMMARY, headers=server.as_developer(token)).json()
    assert [(row["agentId"], row["denied"]) for row in answer["agents"]] == [(theirs.agent_id, 40)]


def test_the_window_is_as_long_as_asked_for(person: Person) -> None:
    """Agents and days count the days of the window, today included, and none before."""
    server = person.server
    agent = agent_of(server, "Old hand", 2, 0)
    ((owner,),) = sql(server, "SELECT id FROM agent WHERE agent_id = ?", agent.agent_id)
    today = now_ms() // DAY
    for back, denied in ((1, 5), (13, 7), (14, 11), (89, 13), (90, 17)):
        values = (owner, today - back, 0, 0, 0, denied, 0, 0, 0.0)
        sql(server, "INSERT INTO audit_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *values)
    for days, denied in ((1, 0), (2, 5), (13, 5), (14, 12), (15, 23), (89, 23), (90, 36)):
        found = summary(person, days=days)
        assert [day["day"] for day in found["days"]] == [
            iso((today - back) * DAY)[:10] for back in range(days - 1, -1, -1)
        ]
        (row,) = [row for row in found["agents"] if row["agentId"] == agent.agent_id]
        assert (row["allowed"], row["denied"]) == (2, denied)
    assert len(summary(person)["days"]) == len(summary(person, days="")["days"]) == 14


@pytest.mark.parametrize("days", ["0", "91", "-1", "1.5", "x", "99999999999999999999", "%201"])
def test_days_must_be_a_number_from_1_to_90(demo: Server, days: str) -> None:
    """Any other window is refused, and the error says which are allowed."""
    answer = demo.call("GET", f"{SUMMARY}?days={days}", headers=demo.as_developer())
    assert error_of(answer) == (400, "days must be a whole number from 1 to 90.")


def test_the_window_ends_with_the_retention(start_server: Callable[..., Server]) -> None:
    """No more days come than the log is kept for, however many are asked for."""
    person = Person(start_server("--retention-days", "3"))
    assert [len(summary(person, days=days)["days"]) for days in (1, 3, 4, 90)] == [1, 3, 3, 3]
    assert len(summary(person)["days"]) == 3


def test_requests_that_wait_are_counted(person: Person) -> None:
    """Pending requests of the account count until they are settled or past their time."""
    server = person.server
    before = summary(person)["pendingApprovals"]
    agent = agent_of(server, "Asker", 0, 0, 3)
    assert summary(person)["pendingApprovals"] == before + 3
    settle(Member(server), ask(agent, "ship", vendor="v0"), "deny")
    sql(server, "UPDATE approval SET expires_at = 1 WHERE approval_id = ?", ask(agent, "ship", vendor="v1"))
    assert summary(person)["pendingApprovals"] == before + 1
    other = server.call("GET", SUMMARY, headers=server.as_developer(other_account(server))).json()
    assert other["pendingApprovals"] == 0


def test_endpoints_that_need_somebody_come_first(person: Person) -> None:
    """Dead letters before disabled before failing before healthy ones, at most ten, with their counts."""
    server = person.server
    make = "INSERT INTO webhook (id, webhook_id, account, url, event_mask, status, secret, secret_preview,"
    make += " previous_until, settled_through, failing_since, failures, last_triggered_at, created_at, updated_at,"
    make += " version) VALUES (?, ?, ?, ?, 0, ?, x'', '', 0, 0, ?, 0, ?, 0, 0, 1)"
    other = Account(server)
    rows = [("active", 0), ("active", 5), ("disabled", 0), ("disabled", 7), *[("active", 0)] * 8]
    for number, (status, failing) in enumerate(rows, 1):
        account = other.number if number == 12 else person.account.number
        used = number * 1000
        sql(server, make, number, f"wh_{number}", account, f"http://127.0.0.1:9/{number}", status, failing, used)
    for event, state in ((1, "pending"), (2, "dead"), (3, "dead"), (4, "dropped")):
        sql(server, "INSERT INTO delivery VALUES (4, ?, ?, 1, 99999999999999, NULL)", event, state)
    for answer in (500, 204):
        sql(
            server,
            "INSERT INTO delivery_attempt (delivery_id, webhook, event, attempt, succeeded, http_status,"
            " next_retry_at, created_at) VALUES ('dlv', 4, 1, 1, 0, ?, 0, 1)",
            answer,
        )
    found = summary(person)["webhooks"]
    assert [row["webhookId"] for row in found] == [f"wh_{number}" for number in (4, 3, 2, 11, 10, 9, 8, 7, 6, 5)]
    assert found[0] == {
        "webhookId": "wh_4",
        "url": "http://127.0.0.1:9/4",
        "status": "disabled",
        "pendingEvents": 1,
        "deadEvents": 2,
        "lastTriggeredAt": iso(4000),
        "lastStatus": 204,
    }
    assert (found[3]["pendingEvents"], found[3]["deadEvents"], found[3]["lastStatus"]) == (0, 0, None)
