# SPDX-License-Identifier: Apache-2.0
"""What the tests of webhooks share: endpoints, events, and ways to make a delivery fail for good."""

import time
from typing import Any, Callable, NamedTuple, Optional

import requests

from api_support import Agent, sql
from harness import Server, free_port

WEBHOOKS = "/api/dashboard/webhooks"
EVENTS = "/api/dashboard/webhook-events"
OPERATOR_EVENTS = "/api/operator/webhook-events"
ALLOW_PRIVATE = "--allow-private-webhooks"


class Endpoint(NamedTuple):
    """An endpoint with its secret."""

    server: Server
    webhook_id: str
    url: str
    secret: str

    def read(self) -> dict[str, Any]:
        """The record."""
        answer = call(self.server, "GET", f"{WEBHOOKS}/{self.webhook_id}")
        assert answer.status_code == 200, answer.text
        webhook: dict[str, Any] = answer.json()["webhook"]
        return webhook

    def deliveries(self) -> list[dict[str, Any]]:
        """The delivery log, newest first."""
        answer = call(self.server, "GET", f"{WEBHOOKS}/{self.webhook_id}")
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["deliveries"]
        return rows

    def act(self, what: str) -> dict[str, Any]:
        """disable, enable, rotate-secret."""
        answer = call(self.server, "POST", f"{WEBHOOKS}/{self.webhook_id}/{what}")
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done


def deaf_url() -> str:
    """An address where nobody listens: each attempt fails at once."""
    return f"http://127.0.0.1:{free_port()}/hook"


def create(server: Server, url: Optional[str], events: list[str], token: Optional[str] = None) -> Endpoint:
    """A new endpoint; without a URL one that hears nothing."""
    answer = server.call("POST", WEBHOOKS, {"url": url or deaf_url(), "events": events}, server.as_developer(token))
    assert answer.status_code == 201, answer.text
    webhook = answer.json()["webhook"]
    return Endpoint(server, webhook["webhookId"], webhook["url"], answer.json()["secret"])


def call(server: Server, method: str, path: str, body: Any = None, token: Optional[str] = None) -> requests.Response:
    """One request with a developer token."""
    return server.call(method, path, body, server.as_developer(token))


def get(server: Server, path: str, token: Optional[str] = None, **query: Any) -> Any:
    """The answer of a GET that must succeed."""
    url = server.base_url + path
    answer = requests.get(url, params=query, headers=server.as_developer(token), timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def toggle(server: Server, agent: Agent, times: int) -> None:
    """That many events about the agent, agent.disabled and agent.enabled in turn."""
    path = f"/api/dashboard/agents/{agent.agent_id}"
    active = get(server, path)["agent"]["status"] == "active"
    for _ in range(times):
        answer = call(server, "POST", path + ("/disable" if active else "/enable"))
        active = not active
        assert answer.status_code == 200, answer.text


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Returns once the condition holds; fails when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def event_of(server: Server, event_id: str, token: Optional[str] = None) -> dict[str, Any]:
    """One event as its account sees it."""
    event: dict[str, Any] = get(server, f"{EVENTS}/{event_id}", token)["event"]
    return event


def let_die(server: Server, event_id: str) -> None:
    """After its first failure the event is brought to its last attempt, which fails too."""
    wait_until(lambda: event_of(server, event_id)["attempts"] >= 1)
    ((row,),) = sql(
        server,
        "SELECT e.id FROM event e JOIN delivery d ON d.event = e.id WHERE instr(e.payload, ?) > 0 LIMIT 1",
        event_id,
    )
    sql(server, "UPDATE delivery SET attempts = 4, next_attempt_at = 1 WHERE event = ? AND status = 'pending'", row)
    sql(server, "UPDATE outbox_state SET version = version + 1")
    wait_until(lambda: bool(event_of(server, event_id)["deadLetter"]))


def newest_event(server: Server) -> str:
    """The id of the newest event."""
    event_id: str = get(server, EVENTS, limit=1)["events"][0]["eventId"]
    return event_id
