# SPDX-License-Identifier: Apache-2.0
"""Idempotency-Key: a repeated call gets the first answer again, and nothing is decided or spent twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api_support import Agent, developer_call, error_of, now_ms, settle, sql
from harness import Server

HOUR = 3600_000
BAD_KEY = (400, "Idempotency-Key must be 1 to 200 printable ASCII characters.")
OTHER_BODY = (422, "Idempotency-Key was already used with another request body.")


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may act, and ship after approval."""
    made = Agent(demo, "Idempotency")
    made.grant("act")
    made.grant("ship", requiresApproval=True)
    return made


def key(text: str) -> dict[str, str]:
    """The header."""
    return {"Idempotency-Key": text}


def age(agent: Agent, by_ms: int) -> None:
    """Makes the agent's stored answers older."""
    statement = (
        "UPDATE idempotency SET created_at = created_at - ? WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    )
    sql(agent.server, statement, by_ms, agent.agent_id)


@pytest.mark.parametrize("action", ["act", "nothing", "ship"])
def test_a_repeat_gets_the_same_answer(agent: Agent, action: str) -> None:
    """The same key and body get the same answer, to the byte, and one row in the log."""
    first = agent.verify(action, key("one"), vendor="a.com")
    for _ in range(4):
        again = agent.verify(action, key("one"), vendor="a.com")
        assert (again.status_code, again.content) == (200, first.content)
    assert [row["requestId"] for row in agent.rows()] == [first.json()["requestId"]]


def test_shadow_answers_repeat_too(agent: Agent) -> None:
    """A shadow answer is repeated as it was."""
    first = agent.verify("nothing", key("one"), shadow=True)
    assert agent.verify("nothing", key("one"), shadow=True).json() == first.json()
    assert len(agent.rows()) == 1


def test_without_a_key_each_call_decides(agent: Agent) -> None:
    """Equal calls without a key, or with different keys, are decisions of their own."""
    ids = {agent.decide("act")["requestId"] for _ in range(2)}
    ids |= {agent.decide("act", key(text))["requestId"] for text in ("one", "two", "One", "one ,")}
    assert len(ids) == 6
    assert len(agent.rows()) == 6


@pytest.mark.parametrize("change", [{"amount": 2}, {"vendor": "a.com"}, {"action": "nothing"}, {"shadow": True}])
def test_another_body_is_refused(agent: Agent, change: dict[str, Any]) -> None:
    """A key that was used with another body is a 422 with a code, and nothing is decided."""
    body = {"agentId": agent.agent_id, "action": "act", "amount": 1}
    first = agent.post(body, key("one"))
    refused = agent.post({**body, **change}, key("one"))
    assert error_of(refused) == OTHER_BODY
    assert refused.json()["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert len(agent.rows()) == 1
    assert agent.post(body, key("one")).content == first.content


def test_refused_calls_do_not_use_up_a_key(agent: Agent) -> None:
    """A call that was an error stores nothing under its key."""
    body = {"agentId": agent.agent_id, "action": "act"}
    assert agent.post({**body, "amount": -1}, key("one")).status_code == 400
    assert agent.server.call("POST", "/api/verify", body, key("one")).status_code == 401
    assert agent.post(body, key("one")).json()["allowed"] is True


def test_agents_have_keys_of_their_own(demo: Server, agent: Agent) -> None:
    """The same key of another agent is another key."""
    other = Agent(demo)
    first = agent.decide("act", key("one"))
    second = other.decide("act", key("one"))
    assert first["requestId"] != second["requestId"]
    assert (first["allowed"], second["allowed"]) == (True, False)
    assert len(agent.rows()) == len(other.rows()) == 1


def test_only_the_agent_gets_its_answer(demo: Server, agent: Agent) -> None:
    """Who does not hold the agent's key gets nothing for knowing an idempotency key."""
    agent.decide("act", key("one"))
    body = {"agentId": agent.agent_id, "action": "act"}
    assert demo.call("POST", "/api/verify", body, key("one")).status_code == 401
    assert demo.call("POST", "/api/verify", body, {**demo.as_agent(), **key("one")}).status_code == 401


def test_an_answer_is_kept_for_24_hours(agent: Agent) -> None:
    """Within 24 hours the answer is repeated, after them the call is decided anew and kept again."""
    first = agent.decide("act", key("one"))
    age(agent, 24 * HOUR - 60_000)
    assert agent.decide("act", key("one")) == first
    age(agent, 61_000)
    second = agent.decide("act", key("one"))
    assert second["requestId"] != first["requestId"]
    assert agent.decide("act", key("one")) == second
    assert len(agent.rows()) == 2


def test_an_old_key_takes_another_body(agent: Agent) -> None:
    """After 24 hours a key may be used with another body."""
    agent.decide("act", key("one"))
    age(agent, 24 * HOUR + 1000)
    assert agent.verify("act", key("one"), amount=5).status_code == 200


def test_answers_survive_a_crash(server: Server) -> None:
    """An answer that was given is repeated after a crash."""
    agent = Agent(server)
    first = agent.decide("act", key("one"))
    server.kill()
    server.start()
    assert agent.decide("act", key("one")) == first
    assert len(agent.rows()) == 1


def test_answers_survive_a_rotation(agent: Agent) -> None:
    """The answers are the agent's, not the key's."""
    first = agent.decide("act", key("one"))
    path = f"/api/dashboard/agents/{agent.agent_id}/rotate-key"
    agent.api_key = developer_call(agent.server, "POST", path).json()["apiKey"]
    assert agent.decide("act", key("one")) == first


@pytest.mark.threads
def test_parallel_repeats_decide_once(agent: Agent) -> None:
    """Of 50 equal calls at once with one key one is decided and all get its answer."""
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: agent.verify("act", key("one")), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(agent.rows()) == 1


@pytest.mark.threads
def test_parallel_bodies_decide_once(agent: Agent) -> None:
    """Of different bodies at once with one key one is decided, and the others are refused."""
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: agent.verify("act", key("one"), amount=number), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 19
    assert len(agent.rows()) == 1


def test_a_repeat_spends_no_second_grant(agent: Agent) -> None:
    """A call that a grant allowed is repeated as allowed without a grant, and a new key asks again."""
    settle(agent.server, agent.decide("ship", key("ask"))["approvalId"])
    assert agent.decide("ship", key("ask"))["allowed"] is False
    first = agent.decide("ship", key("go"))
    assert first["allowed"] is True
    assert agent.decide("ship", key("go")) == first
    assert agent.decide("ship", key("again"))["approvalRequired"] is True
    assert sum(row["allowed"] for row in agent.rows()) == 1


@pytest.mark.threads
def test_parallel_repeats_spend_one_grant(agent: Agent) -> None:
    """Of many equal calls at once with one key all are allowed by the one grant, recorded once."""
    settle(agent.server, agent.decide("ship")["approvalId"])
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: agent.decide("ship", key("go")), range(40)))
    assert all(answer == answers[0] and answer["allowed"] for answer in answers)
    assert len(agent.rows()) == 2
    assert agent.decide("ship")["approvalRequired"] is True


def test_an_allow_is_not_repeated_after_a_revocation(agent: Agent) -> None:
    """Once the permission is revoked a repeat is decided again: a deny with a row of its own, repeated from then on."""
    allowed = agent.decide("act", key("one"))
    assert allowed["allowed"] is True
    statement = "SELECT permission_id FROM permission WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    for (permission_id,) in sql(agent.server, statement, agent.agent_id):
        developer_call(agent.server, "POST", f"/api/permissions/{permission_id}/revoke")
    denied = agent.decide("act", key("one"))
    assert denied["allowed"] is False and denied["requestId"] != allowed["requestId"]
    assert agent.decide("act", key("one")) == denied
    assert len(agent.rows()) == 2


@pytest.mark.parametrize("text", ["", "x" * 201, "é", "a\tb", "a\x7fb", "\x80", "ключ"])
def test_the_form_of_a_key(agent: Agent, text: str) -> None:
    """A key that is empty, too long or not printable ASCII is refused, and nothing is decided."""
    answer = agent.verify("act", {"Idempotency-Key": text.encode()})  # type: ignore[dict-item]
    assert answer.status_code == 400
    assert answer.json()["error"] in (BAD_KEY[1], "Bad request.")
    assert not agent.rows()


@pytest.mark.parametrize("text", ["x", "x" * 200, "~!@#$%^&*()", '"quoted"', "a b", "0"])
def test_accepted_keys(agent: Agent, text: str) -> None:
    """Any 1 to 200 printable ASCII characters make a key."""
    assert agent.decide("act", key(text)) == agent.decide("act", key(text))
    assert len(agent.rows()) == 1


def test_keys_are_not_stored_in_clear(agent: Agent) -> None:
    """The database holds a digest of the key and of the body, not the key."""
    agent.decide("act", key("needle-77aa"), vendor="haystack-77aa")
    statement = "SELECT * FROM idempotency WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    (row,) = sql(agent.server, statement, agent.agent_id)
    assert "77aa" not in json.dumps([str(value) for value in row])


def test_the_clock_of_a_stored_answer(agent: Agent) -> None:
    """The 24 hours begin with the decision."""
    agent.decide("act", key("one"))
    statement = "SELECT created_at FROM idempotency WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    ((created_at,),) = sql(agent.server, statement, agent.agent_id)
    assert abs(created_at - now_ms()) < 60_000


def test_an_allow_is_not_repeated_once_a_person_must_approve(agent: Agent) -> None:
    """When the permission is replaced by one that needs approval, a repeat asks for that approval."""
    assert agent.decide("act", key("one"))["allowed"] is True
    statement = "SELECT permission_id FROM permission WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    for (permission_id,) in sql(agent.server, statement, agent.agent_id):
        developer_call(agent.server, "POST", f"/api/permissions/{permission_id}/revoke")
    agent.server.grant(agent.agent_id, "act", requiresApproval=True)
    assert agent.decide("act", key("one"))["approvalRequired"] is True


def test_an_answer_that_spent_a_grant_is_not_repeated_after_the_grants_time(agent: Agent) -> None:
    """Within 30 minutes of the decision the repeat is the same; from then on it asks again."""
    settle(agent.server, agent.decide("ship")["approvalId"])
    allowed = agent.decide("ship", key("one"))
    assert allowed["allowed"] is True
    assert agent.decide("ship", key("one")) == allowed
    change = (
        "UPDATE idempotency SET answer = replace(answer, ' ' || created_at, ' ' || (created_at - 1800000))"
        " WHERE agent = (SELECT id FROM agent WHERE agent_id = ?)"
    )
    sql(agent.server, change, agent.agent_id)
    assert agent.decide("ship", key("one"))["approvalRequired"] is True


def test_one_agents_conflicts_do_not_disturb_others(demo: Server, agent: Agent) -> None:
    """Calls that reuse a key with another body get 422 while other calls of the same moment are decided."""
    agent.decide("act", key("one"), vendor="first")
    other = Agent(demo)
    with ThreadPoolExecutor(8) as pool:
        conflicts = [pool.submit(agent.verify, "act", key("one"), vendor=f"v{number}") for number in range(40)]
        decisions = [pool.submit(other.decide, "act") for _ in range(40)]
        assert {answer.result().status_code for answer in conflicts} == {422}
        assert len({answer.result()["requestId"] for answer in decisions}) == 40
