# SPDX-License-Identifier: Apache-2.0
"""The log of a whole account, as its people see it: rows, filters, totals, pages, one entry, the summary."""

from typing import Any, Callable

import pytest

from api_support import NEEDS_APPROVAL, Agent, error_of, iso, now_ms, other_account, sql
from harness import Server
from log_support import Person
from people_support import Account

DAY = 86_400_000


@pytest.fixture()
def person(server: Server) -> Person:
    """The owner of the demo account of a server of its own, with whatever the demo has decided erased."""
    owner = Person(server)
    owner.erase_all()
    return owner


@pytest.fixture()
def agents(person: Person) -> list[Agent]:
    """Two agents of the account, named A and B."""
    made = [Agent(person.server, name) for name in ("A", "B")]
    for agent in made:
        agent.grant("read")
    return made


def ids(page: dict[str, Any]) -> list[str]:
    """The request ids of a page."""
    return [row["requestId"] for row in page["logs"]]


def test_the_log_holds_all_agents_of_the_account(person: Person, agents: list[Agent]) -> None:
    """Rows of all agents come newest first, each with its agent's name."""
    made = [agents[i % 2].decide("read")["requestId"] for i in range(5)]
    page = person.logs()
    assert ids(page) == made[::-1]
    assert [row["agentName"] for row in page["logs"]] == ["A", "B", "A", "B", "A"]
    assert {row["agentId"] for row in page["logs"]} == {agent.agent_id for agent in agents}


def test_another_account_sees_nothing_of_it(person: Person, agents: list[Agent]) -> None:
    """No list, filter, cursor or id opens an entry of another account."""
    made = [agent.decide("read")["requestId"] for agent in agents]
    server = person.server
    stranger = Person(Account(server))
    own = Agent(server, "Theirs", token=other_account(server))
    own.decide("act")
    queries: list[dict[str, Any]] = [
        {},
        {"agentId": agents[0].agent_id},
        {"requestId": made[0]},
        {"search": made[0]},
        {"search": f"agent:{agents[0].agent_id}"},
        {"before": made[1]},
        {"cursor": "999999"},
        {"page": 2},
    ]
    for query in queries:
        assert stranger.logs(**query)["logs"] == []
    assert error_of(stranger.call("GET", f"/api/dashboard/logs/{made[0]}")) == (404, "Log not found.")
    assert error_of(stranger.call("DELETE", f"/api/dashboard/logs/{made[0]}")) == (404, "Log not found.")
    assert stranger.erase_all() == 0
    assert ids(person.logs()) == made[::-1]


def test_rows_carry_metadata_environment_and_approval(person: Person, agents: list[Agent]) -> None:
    """People see the metadata, redacted, its environment cut to 80 characters, and the approval's id."""
    agent = agents[0]
    agent.grant("ship", requiresApproval=True)
    metadata: dict[str, Any] = {"note": "key bhf_sk_" + "a" * 43, "targetEnvironment": "p" * 100, "n": [1, {"x": None}]}
    held = agent.decide("ship", metadata=metadata)
    again = agent.decide("ship", metadata={"stage": "test", "environment": " live "})
    row, first = person.logs()["logs"]
    assert first["metadata"] == {**metadata, "note": "key bhf_sk_[redacted]"}
    assert (first["environment"], row["environment"]) == ("p" * 80, "live")
    assert first["reason"] == NEEDS_APPROVAL and first["decision"] == "approval_required"
    assert first["approvalId"] == row["approvalId"] == held["approvalId"] == again["approvalId"]
    assert [entry["approvalId"] for entry in agent.rows()] == [held["approvalId"]] * 2
    assert [entry["metadata"] for entry in agent.rows()] == [None, None]


@pytest.mark.parametrize("name", ["agentId", "agent"])
def test_agent_filter(person: Person, agents: list[Agent], name: str) -> None:
    """An agent's id keeps its rows; an unknown one, or another account's, keeps none."""
    made = [agents[i % 2].decide("read")["requestId"] for i in range(4)]
    page = person.logs(**{name: agents[1].agent_id})
    assert ids(page) == [made[3], made[1]]
    assert page["pagination"]["total"] == page["summary"]["total"] == 2
    assert ids(person.logs(search=f"agent:{agents[0].agent_id}")) == [made[2], made[0]]
    stranger = Agent(person.server, "Theirs", token=other_account(person.server))
    stranger.decide("act")
    for agent_id in (stranger.agent_id, "agent_nobody"):
        page = person.logs(**{name: agent_id})
        assert (page["logs"], page["pagination"]["total"], page["summary"]["total"]) == ([], 0, 0)


def test_filters_and_search(person: Person, agents: list[Agent]) -> None:
    """The filters of the agent's own log hold here too."""
    agents[0].decide("read", vendor="shop.example", metadata={"env": "Staging"})
    agents[1].decide("steal")
    agents[1].decide("read", shadow=True)
    found = {
        "decision=denied": {"decision": "denied"},
        "risk=high": {"risk": "high"},
        "search": {"search": "steal"},
        "environment": {"environment": "staging"},
        "vendor": {"vendor": "shop.example"},
        "shadow": {"shadow": "true"},
    }
    actions = {name: [row["action"] for row in person.logs(**query)["logs"]] for name, query in found.items()}
    assert actions == {
        "decision=denied": ["steal"],
        "risk=high": ["steal"],
        "search": ["steal"],
        "environment": ["read"],
        "vendor": ["read"],
        "shadow": ["read"],
    }


def test_totals(person: Person, agents: list[Agent]) -> None:
    """The totals of all entries come from the counts of the days, with shadow ones apart; with a filter, from rows."""
    agents[0].grant("ship", requiresApproval=True)
    for action, shadow in (("read", False), ("read", True), ("steal", False), ("ship", False), ("steal", False)):
        agents[0].decide(action, shadow=shadow, vendor="v.example")
    expected = {
        "total": 5,
        "allowed": 1,
        "denied": 3,
        "approvalRequired": 1,
        "shadow": 1,
        "highRisk": 2,
        "topDeniedAction": "steal",
        "topVendor": "v.example",
        "exact": True,
        "newest": 5,
    }
    today = iso(now_ms())[:10]
    queries: list[dict[str, Any]] = [
        {},
        {"limit": 1},
        {"from": today},
        {"from": today, "to": today + "T23:59:59.999Z"},
        {"vendor": "v.example"},
        {"from": iso(now_ms() - 3_600_000)} if now_ms() % DAY > 3_600_000 else {},
    ]
    for query in queries:
        page = person.logs(**query)
        assert page["summary"] == expected, query
        assert (page["pagination"]["total"], page["pagination"]["totalExact"]) == (5, True)
    assert person.logs(to="2001-01-01T23:59:59.999Z")["summary"]["total"] == 0


@pytest.mark.parametrize("query", [{}, {"action": "read"}])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_paging_by_request_id(person: Person, agents: list[Agent], query: dict[str, str], limit: int) -> None:
    """Following nextBefore gives each entry once, newest first, also while new ones are written."""
    expected = [agents[i % 2].decide("read")["requestId"] for i in range(7)][::-1]
    seen: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = person.logs(limit=limit, **query, **more)
        seen += ids(page)
        if page["pagination"]["nextBefore"] is None:
            break
        agents[0].decide("read")
        more = {"before": page["pagination"]["nextBefore"]}
    assert seen == expected


@pytest.mark.parametrize("before", ["x", "req_", "12", "req_" + "A" * 21, "req_" + "!" * 22])
def test_a_wrong_before_is_refused(person: Person, agents: list[Agent], before: str) -> None:
    """What is no request id is an error, because the newest rows in its place would never end a walk."""
    answer = person.call("GET", f"/api/dashboard/logs?before={before}")
    assert error_of(answer) == (400, "before must be a request id.")
    answer = person.server.call("GET", f"/api/logs/{agents[0].agent_id}?before={before}", None, agents[0].headers())
    assert error_of(answer) == (400, "before must be a request id.")


def test_nothing_older_than_the_retention_is_shown(start_server: Callable[..., Server]) -> None:
    """Entries that are past their time are not shown, also while they are still stored."""
    server = start_server("--retention-days", "1")
    person, agent = Person(server), Agent(server, "A")
    old = agent.decide("act")["requestId"]
    server.stop()
    ((newest,),) = sql(server, "SELECT max(id) FROM audit")
    sql(server, "CREATE TRIGGER keep BEFORE DELETE ON audit BEGIN SELECT raise(IGNORE); END")
    sql(server, "UPDATE audit SET created_at = created_at - ? WHERE id = ?", 2 * DAY, newest)
    server.start()
    assert sql(server, "SELECT count(*) FROM audit WHERE id = ?", newest) == [(1,)]
    assert old not in ids(person.logs())
    assert person.logs(requestId=old)["logs"] == []
    assert error_of(person.call("GET", f"/api/dashboard/logs/{old}")) == (404, "Log not found.")
    assert [row["requestId"] for row in agent.rows()] == [old]


def test_one_entry(person: Person, agents: list[Agent]) -> None:
    """An entry is read by its request id; damaged and unknown ids are not found."""
    request_id = agents[0].decide("read", metadata={"a": 1})["requestId"]
    agents[1].decide("read")
    answer = person.call("GET", f"/api/dashboard/logs/{request_id}")
    assert answer.status_code == 200
    assert answer.json() == {"log": person.logs(requestId=request_id)["logs"][0]}
    assert answer.json()["log"]["metadata"] == {"a": 1}
    for wrong in (request_id[:-1], request_id.swapcase(), "x"):
        assert error_of(person.call("GET", f"/api/dashboard/logs/{wrong}")) == (404, "Log not found.")


def test_who_may_read(person: Person, agents: list[Agent]) -> None:
    """Every role and a developer token may read the log; an agent's key and nobody may not."""
    agents[0].decide("read")
    server = person.server
    for path in ("/api/dashboard/logs", "/api/dashboard/summary", "/api/dashboard/logs/erasures"):
        for role in ("viewer", "approver", "admin", "owner"):
            assert Person(server, role).call("GET", path).status_code == 200
        assert server.call("GET", path, None, server.as_developer()).status_code == 200
        assert server.call("GET", path, None, agents[0].headers()).status_code == 401
        assert server.call("GET", path).status_code == 401


def test_summary(person: Person, agents: list[Agent]) -> None:
    """The summary counts agents, permissions, today's decisions and each of 14 days, shadow ones apart."""
    server = person.server
    before = person.call("GET", "/api/dashboard/summary").json()
    agents[0].grant("ship", requiresApproval=True)
    for action in ("read", "steal", "ship"):
        agents[0].decide(action)
    agents[1].decide("read", shadow=True)
    summary = person.call("GET", "/api/dashboard/summary").json()
    assert summary["totalAgents"] == before["totalAgents"] == sql(server, "SELECT count(*) FROM agent")[0][0]
    assert summary["activePermissions"] == before["activePermissions"] + 1
    assert summary["logsToday"] == before["logsToday"] + 4
    assert (summary["pendingEvents"], summary["failedEvents"]) == (0, 0)
    days = summary["days"]
    assert [day["day"] for day in days] == [iso(now_ms() - i * DAY)[:10] for i in range(13, -1, -1)]
    gained = {key: days[-1][key] - before["days"][-1][key] for key in ("allowed", "denied", "approvalRequired")}
    assert gained == {"allowed": 1, "denied": 2, "approvalRequired": 1}
    usage = summary["usage"]
    assert (usage["logRetentionDays"], usage["agentLimit"], usage["webhooksEnabled"]) == (90, None, True)
    assert usage["periodStart"][8:] == "01T00:00:00.000Z" == usage["periodResetAt"][8:]
    assert usage["verificationCount"] >= summary["logsToday"]


def test_events_in_the_summary(person: Person) -> None:
    """Deliveries that wait and deliveries that failed for good are counted, of this account alone."""
    server = person.server
    other = Account(server)
    for number, account in ((1, person.account.number), (2, other.number)):
        sql(
            server,
            "INSERT INTO webhook (id, webhook_id, account, url, event_mask, status, secret, secret_preview,"
            " previous_until, settled_through, failing_since, failures, last_triggered_at, created_at, updated_at,"
            " version) VALUES (?, ?, ?, 'http://127.0.0.1:9/', 0, 'disabled', x'', '', 0, 0, 0, 0, 0, 0, 0, 1)",
            number,
            f"wh_{number}",
            account,
        )
        for event, status in ((1, "pending"), (2, "dead"), (3, "dead"), (4, "delivered")):
            sql(server, "INSERT INTO delivery VALUES (?, ?, ?, 1, 99999999999999, NULL)", number, event, status)
    summary = person.call("GET", "/api/dashboard/summary").json()
    assert (summary["pendingEvents"], summary["failedEvents"]) == (1, 2)


def test_no_retention_is_null(start_server: Callable[..., Server]) -> None:
    """Without an end to the log the summary says null."""
    person = Person(start_server("--retention-days", "0"))
    assert person.call("GET", "/api/dashboard/summary").json()["usage"]["logRetentionDays"] is None
