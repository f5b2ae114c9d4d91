# SPDX-License-Identifier: Apache-2.0
"""Every type of event comes as docs/openapi.json has it. Whatever event comes to any test's receiver is held against
the document by tests/openapi_contract.py; here all of them are seen."""

import json
from typing import Any, Callable, Iterator

from api_support import Agent, now_ms, sql
from approval_support import approve, ask, command, settle
from harness import Server
from openapi_contract import load
from people_support import Person
from receiver import Receiver, Reply
from webhook_calls import ALLOW_PRIVATE, WEBHOOKS, Endpoint, call, create, toggle, wait_until

EVENTS = load().events
TYPES = [name for name in EVENTS if name != "webhook.test"]


def decide_all(agent: Agent, person: Person) -> None:
    """Decisions of every outcome, approvals that go every way, and a command that waits."""
    agent.grant("purchase")
    agent.grant("ship", requiresApproval=True)
    agent.grant("execute_command", requiresApproval=True)
    agent.decide("purchase")
    agent.decide("wire_money")
    agent.decide("wire_money", shadow=True)
    ask(agent, "execute_command", **command("git push"))
    approve(person, ask(agent, vendor="a.com", amount=12.5))
    assert agent.decide("ship", vendor="a.com", amount=12.5)["allowed"] is True
    assert settle(person, ask(agent, vendor="b.com"), "deny").status_code == 200
    assert "approvalId" not in agent.decide("ship", vendor="b.com")  # nobody is asked again so soon


def change_all(server: Server, agent: Agent) -> None:
    """Changes of every kind to an agent and its permissions."""
    agents = f"/api/dashboard/agents/{agent.agent_id}"
    toggle(server, agent, 2)
    answer = call(server, "POST", f"{agents}/permissions/{agent.grant('refund')}/replace", {"action": "refund"})
    assert answer.status_code == 201, answer.text
    assert call(server, "POST", agents + "/rotate-key").status_code == 200


def give_up(server: Server, agent: Agent, endpoint: Endpoint) -> None:
    """An endpoint that has failed from the first event on is disabled, as if three days had passed."""
    wait_until(lambda: endpoint.read()["failingSince"] is not None)
    sql(
        server,
        "UPDATE webhook SET failing_since = ?, failures = 9, version = version + 1 WHERE webhook_id = ?",
        now_ms() - 3 * 86400000,
        endpoint.webhook_id,
    )
    sql(server, "UPDATE outbox_state SET version = version + 1")

    def failed_again() -> bool:
        toggle(server, agent, 2)
        return bool(endpoint.read()["status"] == "disabled")

    wait_until(failed_again)


def members(schema: Any, where: str = "$") -> Iterator[str]:
    """All that an object of the schema may have, by their paths."""
    for name, part in schema.get("properties", {}).items():
        yield f"{where}.{name}"
        yield from members(part, f"{where}.{name}")


def present(value: Any, where: str = "$") -> Iterator[str]:
    """All that an object has, by their paths."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield f"{where}.{name}"
            yield from present(part, f"{where}.{name}")


def test_every_event_comes_as_the_document_has_it(start_server: Callable[..., Server]) -> None:
    """Each type is sent, with nothing but the members and headers that the document names, each of which comes with
    some event of those whose data are the same."""
    server = start_server(ALLOW_PRIVATE)
    with Receiver() as receiver, Receiver(lambda _request, _number: Reply(500)) as broken:
        endpoint = create(server, receiver.url, TYPES)
        failing = create(server, broken.url, ["agent.disabled"])
        assert call(server, "POST", f"{WEBHOOKS}/{endpoint.webhook_id}/test").status_code == 200
        endpoint.act("rotate-secret")
        agent = Agent(server)
        decide_all(agent, Person(server))
        change_all(server, agent)
        give_up(server, agent, failing)
        wait_until(lambda: {json.loads(got.body)["type"] for got in list(receiver.requests)} == set(EVENTS))
        requests = list(receiver.requests)
    seen: dict[str, set[str]] = {}
    for request in requests:
        body = json.loads(request.body)
        assert EVENTS[body["type"]].check(request.headers, body) is None
        seen.setdefault(json.dumps(EVENTS[body["type"]].schema["properties"]["data"]), set()).update(present(body))
    for name, event in EVENTS.items():
        assert set(members(event.schema)) <= seen[json.dumps(event.schema["properties"]["data"])], name
    for name in next(iter(EVENTS.values())).parameters:
        assert any(name in request.headers for request in requests), name
