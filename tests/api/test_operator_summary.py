# SPDX-License-Identifier: Apache-2.0
"""What the operators see of the whole server, in numbers."""

import re
import subprocess
from typing import Any, Callable

from accounts_support import Browser, operator, sign_up
from api_support import Agent, iso, now_ms, sql
from approval_support import ask
from delivery_support import subscribe
from harness import BINARY, Server
from people_support import Account, Person
from webhook_calls import deaf_url, let_die, newest_event, wait_until

StartServer = Callable[..., Server]

DAY = 86400 * 1000


def summary(browser: Browser) -> dict[str, Any]:
    """GET /api/operator/summary, which must succeed."""
    answer = browser.get("/api/operator/summary")
    assert answer.status_code == 200, answer.text
    counts: dict[str, Any] = answer.json()
    return counts


def test_it_counts_the_whole_server(start_server: StartServer) -> None:
    """Accounts, people, agents and active permissions of all accounts are counted; what is revoked is not."""
    server = start_server("--signup", "open")
    browser = operator(server)
    before = summary(browser)
    assert (before["accounts"], before["people"]) == (1, 1)
    sign_up(server)
    other = Account(server, "Other")
    person = Person(other)
    agent = Agent(server, token=person.token)
    for action in ("act", "pay"):
        body = {"agentId": agent.agent_id, "action": action}
        assert server.call("POST", "/api/permissions", body, person.by_token()).status_code == 201
    server.call("POST", f"/api/permissions/{agent_permission(server)}/revoke", headers=person.by_token())
    after = summary(browser)
    grown = {name: after[name] - before[name] for name in ("accounts", "people", "agents", "activePermissions")}
    assert grown == {"accounts": 2, "people": 2, "agents": 1, "activePermissions": 1}


def agent_permission(server: Server) -> str:
    """The newest permission of all."""
    ((permission_id,),) = sql(server, "SELECT permission_id FROM permission ORDER BY id DESC LIMIT 1")
    return str(permission_id)


def test_decisions_of_today_are_counted_at_once(server: Server) -> None:
    """Each decision of every account counts from the moment of its answer, in its kind; denied includes those that
    need approval, shadow calls count nowhere."""
    browser = operator(server)
    assert summary(browser)["decisionsToday"] == {"allowed": 0, "denied": 0, "approvalRequired": 0}
    agent = Agent(server)
    agent.grant("act")
    agent.grant("ship", requiresApproval=True)
    for _ in range(3):
        agent.decide("act")
    agent.decide("nothing")
    agent.decide("act", shadow=True)
    ask(agent)
    person = Person(Account(server, "Other"))
    Agent(server, token=person.token).decide("nothing")
    counts = summary(browser)
    assert counts["decisionsToday"] == {"allowed": 3, "denied": 3, "approvalRequired": 1}
    assert counts["pendingApprovals"] == 1
    server.stop()
    server.start()
    assert summary(operator(server))["decisionsToday"] == counts["decisionsToday"]


def test_many_decisions_are_counted_once_each(server: Server) -> None:
    """Counts that were written and counts that were not yet add up to every decision, with many agents at work."""
    browser = operator(server)
    agents = [Agent(server) for _ in range(25)]
    for number in range(200):
        agents[number % 25].decide("nothing")
    assert summary(browser)["decisionsToday"]["denied"] == 200


def test_yesterday_is_not_today(server: Server) -> None:
    """What was decided on another day does not count."""
    Agent(server).decide("nothing")
    server.stop()
    sql(server, "UPDATE audit_owner SET day = day - 1")
    server.start()
    assert summary(operator(server))["decisionsToday"]["denied"] == 0


def test_events_that_wait_and_that_died_are_counted(start_server: StartServer) -> None:
    """An event that an endpoint did not take waits, until it is dead."""
    server = start_server("--allow-private-webhooks")
    browser = operator(server)
    subscribe(server, deaf_url(), "agent.created")
    Agent(server)
    wait_until(lambda: summary(browser)["pendingEvents"] == 1)
    assert summary(browser)["deadEvents"] == 0
    let_die(server, newest_event(server))
    wait_until(lambda: summary(browser)["pendingEvents"] == 0)
    assert summary(browser)["deadEvents"] == 1


def test_expired_requests_do_not_wait(server: Server) -> None:
    """A request for approval whose time is over is not pending any more."""
    browser = operator(server)
    agent = Agent(server)
    agent.grant("ship", requiresApproval=True)
    ask(agent)
    assert summary(browser)["pendingApprovals"] == 1
    sql(server, "UPDATE approval SET expires_at = ?", now_ms() - 1)
    assert summary(browser)["pendingApprovals"] == 0


def test_it_says_what_runs_since_when_and_how_large_it_is(start_server: StartServer) -> None:
    """Version and start of the server, and the size of its database, which grows with what is in it."""
    begin = now_ms()
    server = start_server()
    browser = operator(server)
    first = summary(browser)
    assert iso(begin) <= first["startedAt"] <= iso(now_ms())
    said = subprocess.run([str(BINARY), "--version"], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", first["version"]) and first["version"] in said
    agent = Agent(server)
    for _ in range(300):
        agent.decide("nothing", metadata={"pad": "x" * 1500})
    assert summary(browser)["databaseBytes"] >= first["databaseBytes"] + 300 * 1500


def test_others_do_not_see_it(server: Server) -> None:
    """An owner who is no operator gets 403, a developer token too."""
    owner = Person(server)
    anybody: list[dict[str, str]] = [owner.by_session(), server.as_developer(), {}]
    for headers in anybody:
        assert server.call("GET", "/api/operator/summary", headers=headers).status_code == 403
