# SPDX-License-Identifier: Apache-2.0
"""The link of a passport: who makes it, who ends it, what it opens."""

import hashlib
import re
import secrets
from typing import Any, Callable

import requests

from api_support import Agent, developer_call, error_of, other_account, sql
from harness import Server
from passport_support import document, link_path, mint, preview, read
from people_support import Person

REFUSAL = {"error": "Invalid passport link.", "hint": "Ask its owner for a new one."}


# ---- the link ----


def test_a_link_is_made_as_promised(demo: Server) -> None:
    """The link has the token in its fragment; the token is stored as its hash, and its preview is shown."""
    agent = Agent(demo)
    answer = developer_call(demo, "POST", link_path(agent))
    body = answer.json()
    assert (answer.status_code, list(body)) == (200, ["agentId", "passportUrl", "tokenPreview"])
    start, token = body["passportUrl"].split("#token=")
    assert start == f"{demo.base_url}/passport/{agent.agent_id}"
    assert re.fullmatch(r"bhf_pt_[A-Za-z0-9_-]{43}", token)
    assert body["tokenPreview"] == f"{token[:12]}...{token[-6:]}"
    for database in [*demo.data_dir.glob("*.db"), *demo.data_dir.glob("*.db-wal")]:
        assert token[7:].encode() not in database.read_bytes()
    assert token[7:] not in demo.log()


def test_the_agent_says_whether_it_has_a_link(demo: Server) -> None:
    """The agent's two fields tell of the link wherever the agent is shown, and of none before and after."""

    def shown(agent: Agent) -> list[tuple[Any, Any]]:
        listed = developer_call(demo, "GET", "/api/dashboard/agents").json()["agents"]
        objects = [
            agent.get().json()["agent"],
            developer_call(demo, "GET", f"/api/dashboard/agents/{agent.agent_id}").json()["agent"],
            *(entry for entry in listed if entry["agentId"] == agent.agent_id),
            developer_call(demo, "PATCH", f"/api/dashboard/agents/{agent.agent_id}", {"name": "New"}).json()["agent"],
        ]
        assert len(objects) == 4
        return [(entry["publicPassportTokenPreview"], entry["publicPassportEnabled"]) for entry in objects]

    agent = Agent(demo)
    assert shown(agent) == 4 * [(None, False)]
    token = mint(agent)
    assert shown(agent) == 4 * [(f"{token[:12]}...{token[-6:]}", True)]
    assert developer_call(demo, "DELETE", link_path(agent)).json() == {"revoked": True}
    assert shown(agent) == 4 * [(None, False)]


def test_a_new_link_ends_the_old_one(demo: Server) -> None:
    """Regenerated in turns: at the next call the old token opens nothing, and the new one does."""
    agent = Agent(demo)
    old = mint(agent)
    for _ in range(5):
        new = mint(agent)
        assert read(agent, old).status_code == preview(agent, old, {"action": "x"}).status_code == 401
        assert read(agent, new).status_code == preview(agent, new, {"action": "x"}).status_code == 200
        old = new


def test_a_revoked_link_opens_nothing(demo: Server) -> None:
    """Revoked, the token opens nothing at the next call; revoking once more says the same; a new link works."""
    agent = Agent(demo)
    token = mint(agent)
    for _ in range(2):
        answer = developer_call(demo, "DELETE", link_path(agent))
        assert (answer.status_code, answer.json()) == (200, {"revoked": True})
        assert read(agent, token).status_code == preview(agent, token, {"action": "x"}).status_code == 401
    assert read(agent, mint(agent)).status_code == 200
    assert read(agent, token).status_code == 401


def test_links_are_of_owners_and_admins(demo: Server) -> None:
    """Owners and admins make and end links, by session or token; approvers and viewers and other accounts do not."""
    agent = Agent(demo)
    for role, may in (("owner", True), ("admin", True), ("approver", False), ("viewer", False)):
        person = Person(demo, role)
        for headers in (person.by_session(), person.by_token()):
            for method in ("POST", "DELETE"):
                answer = demo.call(method, link_path(agent), headers=headers)
                assert answer.status_code == (200 if may else 403), (role, answer.text)
    foreign = demo.as_developer(other_account(demo))
    token = mint(agent)
    for method in ("POST", "DELETE"):
        assert error_of(demo.call(method, link_path(agent), headers=foreign)) == (404, "Agent not found.")
        assert demo.call(method, link_path(agent), headers=agent.headers()).status_code == 401
        assert demo.call(method, link_path(agent), headers={"Authorization": f"Bearer {token}"}).status_code == 401
        assert demo.call(method, link_path(agent), headers=Person(demo, "owner").by_session(None)).status_code == 403
    assert read(agent, token).status_code == 200


def test_a_link_changes_no_decision(demo: Server) -> None:
    """Making and ending a link is no change of policy, and leaves nothing in the log."""
    agent = Agent(demo)
    ((before,),) = sql(demo, "SELECT policy_version FROM agent WHERE agent_id = ?", agent.agent_id)
    read(agent, mint(agent))
    developer_call(demo, "DELETE", link_path(agent))
    assert sql(demo, "SELECT policy_version FROM agent WHERE agent_id = ?", agent.agent_id) == [(before,)]
    assert not agent.rows()


# ---- who may read ----


def test_what_opens_a_passport(demo: Server) -> None:
    """The token of the link and the agent's own key open it; so does a token of the older form, if it is the one."""
    agent = Agent(demo)
    assert read(agent, agent.api_key).status_code == 200
    token = mint(agent)
    assert document(agent, token) == document(agent, agent.api_key)
    rotated = demo.call("POST", f"/api/agents/{agent.agent_id}/rotate-key", headers=agent.headers()).json()["apiKey"]
    assert read(agent, agent.api_key).status_code == 401
    assert read(agent, rotated).status_code == read(agent, token).status_code == 200
    older = "bhf_pass_" + secrets.token_urlsafe(32)
    assert read(agent, older).status_code == 401
    statement = "UPDATE agent SET passport_hash = (SELECT token_hash FROM developer_token LIMIT 1) WHERE agent_id = ?"
    sql(demo, statement, agent.agent_id)
    assert read(agent, demo.developer_token).status_code == 401  # a hash that fits does not make it a passport's token


def test_a_token_of_the_older_form(demo: Server) -> None:
    """A link that was made with the prefix bhf_pass_ goes on working."""
    agent = Agent(demo)
    mint(agent)
    older = "bhf_pass_" + secrets.token_urlsafe(32)
    with_hash = "UPDATE agent SET passport_hash = ? WHERE agent_id = ?"
    sql(demo, with_hash, hashlib.sha256(older.encode()).digest(), agent.agent_id)
    assert read(agent, older).status_code == 200


def same_but_for_date(answer: requests.Response) -> tuple[Any, ...]:
    """All of an answer that a caller could tell apart."""
    headers = {name: value for name, value in answer.headers.items() if name != "Date"}
    return answer.status_code, headers, answer.content


def test_every_refusal_is_the_same(demo: Server) -> None:
    """Unknown agent, no link, wrong token, no token: byte for byte the same answer, for reading and for trying."""
    agent, without, neighbour = Agent(demo), Agent(demo), Agent(demo)
    token, other = mint(agent), mint(neighbour)
    missing = Agent.__new__(Agent)
    missing.server, missing.agent_id = demo, "agent_" + secrets.token_urlsafe(12)
    tried: list[tuple[Agent, str]] = [
        (without, token),
        (without, "bhf_pt_" + "A" * 43),
        (missing, token),
        (missing, neighbour.api_key),
        (agent, other),
        (agent, neighbour.api_key),
        (agent, token[:-1]),
        (agent, token + "A"),
        (agent, token.upper()),
        (agent, "bhf_pass_" + token[7:]),
        (agent, token[7:]),
        (agent, "bhf_pt_"),
        (agent, "bhf_pt_ x"),
        (agent, demo.developer_token),
        (agent, "bhf_site_" + "A" * 43),
    ]
    first = read(agent, "bhf_pt_wrong")
    assert (first.status_code, first.json()) == (401, REFUSAL)
    for holder, wrong in tried:
        for fmt in (None, "memory", "nonsense"):
            assert same_but_for_date(read(holder, wrong, fmt)) == same_but_for_date(first), wrong
        assert same_but_for_date(preview(holder, wrong, {"zzz": 1})) == same_but_for_date(first), wrong
    others: list[dict[str, str]] = [{}, {"Authorization": f"Basic {token}"}, demo.as_developer()]
    for headers in [*others, Person(demo).by_session()]:
        answer = demo.call("GET", f"/api/passport/{agent.agent_id}", headers=headers)
        assert same_but_for_date(answer) == same_but_for_date(first)


def test_a_passport_takes_no_session_and_no_origin(demo: Server) -> None:
    """The token alone counts: a foreign page, a cookie that is none, another's developer token change nothing."""
    agent = Agent(demo)
    headers = {"Authorization": f"Bearer {mint(agent)}", "Origin": "https://evil.example"}
    headers.update({"Cookie": "behalfid_developer=x", "X-Developer-Token": "bhf_dev_x"})
    answer = demo.call("POST", f"/api/passport/{agent.agent_id}", {"action": "x"}, headers)
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers


def test_refusals_count_against_the_address(start_server: Callable[..., Server]) -> None:
    """Who guesses is stopped by the limit of the address, in reading and trying alike."""
    server = start_server(rate_limit=40)
    agent = Agent(server)
    statuses = [read(agent, f"bhf_pt_{i}").status_code for i in range(30)]
    statuses += [preview(agent, f"bhf_pt_{i}", {"action": "x"}).status_code for i in range(30)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert set(statuses) == {401, 429}
