# SPDX-License-Identifier: Apache-2.0
"""When a person must approve: the request, the grant, what exactly it covers, and how it ends."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

import pytest

from api_support import ALLOWED_BY_GRANT, DISABLED, NEEDS_APPROVAL, REVOKED, Agent, approvals, change_policy
from api_support import developer_call, iso, now_ms, settle, sql
from harness import Server

MINUTE = 60_000
TARGET_REQUIRED = "Approval target is required for this action."


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may ship, run commands and use files, each after approval."""
    made = Agent(demo, "Approvals")
    for action in ("ship", "execute_command", "read_file", "write_file"):
        made.grant(action, requiresApproval=True)
    return made


def ask(agent: Agent, action: str = "ship", **fields: Any) -> str:
    """A call that must need approval: the id of its request."""
    decision = agent.decide(action, **fields)
    assert (decision["allowed"], decision["approvalRequired"]) == (False, True), decision
    assert (decision["reason"], decision["risk"]) == (NEEDS_APPROVAL, "medium")
    approval_id: str = decision["approvalId"]
    return approval_id


def is_allowed(agent: Agent, action: str = "ship", **fields: Any) -> bool:
    """A call: True when a grant allowed it, False when it asks for a person."""
    decision = agent.decide(action, **fields)
    assert decision["allowed"] is not decision["approvalRequired"]
    if decision["allowed"]:
        assert (decision["reason"], decision["risk"]) == (ALLOWED_BY_GRANT, "low")
        assert "approvalId" not in decision
    return decision["allowed"] is True


def listed(agent: Agent, status: str = "all") -> list[dict[str, Any]]:
    """The agent's entries of the list."""
    words = ("--status", status, "--agent", agent.agent_id, "--limit", "1000", "--json")
    done = agent.server.command_line("admin", "approvals", "list", *words)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def command(text: str, **more: Any) -> dict[str, Any]:
    """The fields of a call that runs a command."""
    return {"policyContext": {"toolInput": {"command": text}, **more}}


def file(path: str, cwd: Optional[str] = None, home: Optional[str] = None) -> dict[str, Any]:
    """The fields of a call that uses a file."""
    places = {key: value for key, value in (("cwd", cwd), ("home", home)) if value is not None}
    return {"policyContext": {"toolInput": {"file_path": path}, **places}}


# ---- the request ----


def test_the_list_shows_the_request(agent: Agent) -> None:
    """A call that needs approval is listed with all that a person must know."""
    before = now_ms()
    approval_id = ask(agent, vendor="a.com", amount=12.5)
    (entry,) = listed(agent, "pending")
    permissions = {row["action"]: row["permissionId"] for row in agent.get().json()["permissions"]}
    assert iso(before - 1000) <= entry.pop("createdAt") <= iso(now_ms() + 1000)
    assert entry == {
        "approvalId": approval_id,
        "status": "pending",
        "agentId": agent.agent_id,
        "permissionId": permissions["ship"],
        "action": "ship",
        "vendor": "a.com",
        "amount": 12.5,
        "targetPreview": None,
        "targetPreviewTruncated": False,
        "grantExpiresAt": None,
    }


def test_the_list_shows_the_target(agent: Agent) -> None:
    """Of a command or a file the list shows what is to be approved."""
    ask(agent, "execute_command", **command("rm -rf  /tmp/x "))
    assert listed(agent)[0]["targetPreview"] == "rm -rf  /tmp/x "
    ask(agent, "write_file", **file("src/../a.txt", "/w"))
    assert listed(agent)[0]["targetPreview"] == "/w/a.txt"


def test_a_pending_request_is_found_again(agent: Agent) -> None:
    """Equal calls share one pending request, and each call is a row of its own."""
    first = ask(agent, vendor="a.com", amount=5)
    assert [ask(agent, vendor="a.com", amount=5.0) for _ in range(3)] == [first] * 3
    assert [entry["approvalId"] for entry in listed(agent)] == [first]
    assert len({row["requestId"] for row in agent.rows()}) == 4


@pytest.mark.threads
def test_parallel_calls_open_one_request(agent: Agent) -> None:
    """Many equal calls at once open one request."""
    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(lambda _: ask(agent), range(64)))
    assert len(ids) == 1
    assert len(listed(agent)) == 1
    assert agent.logs(limit=100)["pagination"]["total"] == 64


def test_agents_do_not_share_requests(demo: Server, agent: Agent) -> None:
    """Another agent's equal call is another request, and its grant is of no use to the first."""
    other = Agent(demo)
    other.grant("ship", requiresApproval=True)
    own, theirs = ask(agent), ask(other)
    assert own != theirs
    settle(demo, theirs)
    assert is_allowed(agent) is False
    assert is_allowed(other) is True


# ---- the grant ----


def test_the_whole_flow(agent: Agent) -> None:
    """Ask, approve, use once, ask again; the states follow, and the grant lasts 30 minutes."""
    approval_id = ask(agent)
    answer = settle(agent.server, approval_id)
    assert answer["approved"] is True
    remaining = sql(agent.server, "SELECT grant_expires_at FROM approval WHERE approval_id = ?", approval_id)[0][0]
    assert answer["grantExpiresAt"] == iso(remaining)
    assert 0 < 30 * MINUTE - (remaining - now_ms()) < MINUTE
    assert listed(agent)[0]["status"] == "approved"
    assert is_allowed(agent) is True
    assert listed(agent)[0]["status"] == "used"
    again = ask(agent)
    assert again != approval_id
    assert [(entry["approvalId"], entry["status"]) for entry in listed(agent)] == [
        (again, "pending"),
        (approval_id, "used"),
    ]
    settle(agent.server, again)
    assert is_allowed(agent) is True


@pytest.mark.threads
def test_one_of_a_hundred_spends_the_grant(agent: Agent) -> None:
    """Of 100 equal calls at once exactly one is allowed by a grant."""
    settle(agent.server, ask(agent, vendor="a.com"))
    with ThreadPoolExecutor(25) as pool:
        allowed = list(pool.map(lambda _: is_allowed(agent, vendor="a.com"), range(100)))
    assert sum(allowed) == 1
    assert sum(row["allowed"] for row in agent.logs(limit=200)["logs"]) == 1
    assert sorted(entry["status"] for entry in listed(agent)) == ["pending", "used"]


def test_a_grant_is_spent_before_a_crash(server: Server) -> None:
    """A grant whose allowed answer was given stays spent after a crash."""
    agent = Agent(server)
    agent.grant("ship", requiresApproval=True)
    settle(server, ask(agent))
    assert is_allowed(agent) is True
    server.kill()
    server.start()
    assert is_allowed(agent) is False


@pytest.mark.parametrize(
    "asked, tried",
    [
        ({"amount": 5}, {"amount": 6}),
        ({"amount": 5}, {"amount": 5.0000001}),
        ({"amount": 5}, {}),
        ({}, {"amount": 0}),
        ({"vendor": "a.com"}, {"vendor": "b.com"}),
        ({"vendor": "a.com"}, {"vendor": "A.com"}),
        ({"vendor": "a.com"}, {}),
        ({}, {"vendor": "a.com"}),
        ({"vendor": "a.com", "amount": 5}, {"vendor": "a.com", "amount": 50}),
        ({"vendor": "1", "amount": 0}, {"vendor": "10"}),
    ],
)
def test_a_grant_covers_equal_calls_only(agent: Agent, asked: dict[str, Any], tried: dict[str, Any]) -> None:
    """A call with another vendor or amount, or without, is a request of its own and leaves the grant alone."""
    approval_id = ask(agent, **asked)
    settle(agent.server, approval_id)
    assert ask(agent, **tried) != approval_id
    assert is_allowed(agent, **asked) is True


@pytest.mark.parametrize(
    "asked, tried",
    [
        ({"amount": 5}, {"amount": 5.0}),
        ({"amount": 0}, {"amount": -0.0}),
        ({"vendor": "a.com"}, {"resource": " a.com "}),
        ({"metadata": {"note": "one"}}, {"metadata": {"note": "two"}}),
        ({"policyContext": {"a": 1}}, {}),
    ],
)
def test_equal_calls_may_be_written_differently(agent: Agent, asked: dict[str, Any], tried: dict[str, Any]) -> None:
    """The grant looks at action, vendor, amount and target, not at how they were written or at the rest."""
    settle(agent.server, ask(agent, **asked))
    assert is_allowed(agent, **tried) is True


def test_a_grant_covers_its_action_only(demo: Server) -> None:
    """The grant of one sub-action is not good for another of the same permission."""
    agent = Agent(demo)
    agent.grant("ship", requiresApproval=True, allowedActions=["one", "two"])
    settle(demo, ask(agent, "one"))
    assert is_allowed(agent, "two") is False
    assert is_allowed(agent, "ship") is False
    assert is_allowed(agent, "one") is True


def test_a_grant_is_of_its_permission(agent: Agent) -> None:
    """A grant does not carry over to a permission that replaces the one it was given for."""
    settle(agent.server, ask(agent))
    for permission in agent.get().json()["permissions"]:
        if permission["action"] == "ship":
            agent.revoke(permission["permissionId"])
    agent.grant("ship", requiresApproval=True)
    assert is_allowed(agent) is False


# ---- what a grant is bound to ----


@pytest.mark.careless
@pytest.mark.parametrize("action", ["execute_command", "read_file", "write_file"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"policyContext": {}},
        {"policyContext": {"toolInput": {}}},
        command(""),
        command("  \n"),
        file(""),
        file("   "),
        {"policyContext": {"toolInput": {"command": 5, "path": ["x"]}}},
    ],
)
def test_a_target_is_required(agent: Agent, action: str, fields: dict[str, Any]) -> None:
    """Without a usable command or path there is nothing to approve: denied, and no request is opened."""
    decision = agent.decide(action, **fields)
    del decision["requestId"]
    assert decision == {"allowed": False, "approvalRequired": False, "reason": TARGET_REQUIRED, "risk": "high"}
    assert not listed(agent)
    assert agent.rows()[0]["reason"] == TARGET_REQUIRED


@pytest.mark.parametrize("other", ["npm  test", "npm test ", " npm test", "npm test\n", "NPM test", "npm tests", "npm"])
def test_a_command_is_bound_byte_for_byte(agent: Agent, other: str) -> None:
    """A grant for one command is good for that command to the last blank."""
    approval_id = ask(agent, "execute_command", **command("npm test"))
    settle(agent.server, approval_id)
    assert ask(agent, "execute_command", **command(other)) != approval_id
    assert is_allowed(agent, "execute_command", metadata={"tool_input": {"command": "npm test"}}) is True


@pytest.mark.parametrize(
    "same",
    [
        file("/w/src/a.txt"),
        file("src/a.txt", "/w"),
        file("./src//a.txt", "/w/"),
        file("src/../src/a.txt", "/w"),
        file("../w/src/a.txt", "/w"),
        file("a.txt", "/w/src"),
        file("~/src/a.txt", "/elsewhere", "/w"),
        {"metadata": {"path": "/w/src/a.txt"}},
    ],
)
def test_a_path_is_bound_by_the_file_it_names(agent: Agent, same: dict[str, Any]) -> None:
    """The same file named in another way is covered by the grant."""
    settle(agent.server, ask(agent, "write_file", **file("src/a.txt", "/w")))
    assert is_allowed(agent, "write_file", **same) is True


@pytest.mark.parametrize(
    "other",
    [
        file("src/b.txt", "/w"),
        file("src/a.txt", "/x"),
        file("src/a.txt"),
        file("../src/a.txt", "/w"),
        file("../../src/a.txt", "/w/x"),
        file("src/A.txt", "/w"),
        file("src/a.txt ", "/w"),
        file("src/a.txt/x", "/w"),
        file("~/src/a.txt", "/w"),
    ],
)
def test_another_path_is_not_covered(agent: Agent, other: dict[str, Any]) -> None:
    """A path that names another file, or one that cannot be told, is a request of its own."""
    approval_id = ask(agent, "write_file", **file("src/a.txt", "/w"))
    settle(agent.server, approval_id)
    assert ask(agent, "write_file", **other) != approval_id
    assert ask(agent, "read_file", **file("src/a.txt", "/w")) != approval_id
    assert is_allowed(agent, "write_file", **file("src/a.txt", "/w")) is True


def test_dot_dot_does_not_cancel_itself(agent: Agent) -> None:
    """A relative path that climbs is not the one that does not: their grants are not exchangeable."""
    approval_id = ask(agent, "write_file", **file("a"))
    settle(agent.server, approval_id)
    assert ask(agent, "write_file", **file("../../a")) != approval_id
    assert ask(agent, "write_file", **file("../a")) != approval_id


# ---- how a grant or a request ends ----


def test_a_grant_expires(agent: Agent) -> None:
    """A grant is good to the last of its minutes, and of no use after them."""
    approval_id = ask(agent)
    settle(agent.server, approval_id)
    statement = "UPDATE approval SET grant_expires_at = ? WHERE approval_id = ?"
    sql(agent.server, statement, now_ms() - 1, approval_id)
    assert [entry["status"] for entry in listed(agent)] == ["expired"]
    again = ask(agent)
    assert again != approval_id
    settle(agent.server, again)
    sql(agent.server, statement, now_ms() + MINUTE, again)
    assert is_allowed(agent) is True


def test_a_pending_request_expires(agent: Agent) -> None:
    """A request that nobody answered in time cannot be approved, and the next call opens a new one."""
    approval_id = ask(agent)
    ((expires_at,),) = sql(agent.server, "SELECT expires_at FROM approval WHERE approval_id = ?", approval_id)
    assert abs(expires_at - now_ms() - 7 * 24 * 60 * MINUTE) < MINUTE
    sql(agent.server, "UPDATE approval SET expires_at = ? WHERE approval_id = ?", now_ms() - 1, approval_id)
    assert_cannot_settle(agent.server, approval_id)
    again = ask(agent)
    assert again != approval_id
    settle(agent.server, again)
    assert is_allowed(agent) is True


def assert_cannot_settle(server: Server, approval_id: str) -> None:
    """Neither approve nor deny takes the request."""
    for verdict in ("approve", "deny"):
        done = server.command_line("admin", "approvals", verdict, approval_id)
        assert done.returncode == 1, done.stdout
        assert "Approval request not found or already resolved." in done.stderr


def test_a_denied_request_allows_nothing(agent: Agent) -> None:
    """A denied request is closed for good: it cannot be approved later, and the call is not allowed."""
    approval_id = ask(agent)
    assert settle(agent.server, approval_id, "deny") == {"denied": True}
    assert [entry["status"] for entry in listed(agent)] == ["denied"]
    assert_cannot_settle(agent.server, approval_id)
    refuse_quietly(agent)


def refuse_quietly(agent: Agent, **fields: Any) -> None:
    """A call that needs a person, but for which nobody is asked."""
    before = listed(agent)
    decision = agent.decide("ship", **fields)
    del decision["requestId"]
    assert decision == {"allowed": False, "approvalRequired": True, "reason": NEEDS_APPROVAL, "risk": "medium"}
    assert listed(agent) == before


def test_a_denial_is_not_asked_again_at_once(agent: Agent) -> None:
    """For a minute after a denial the same call asks nobody; a different one, and the same one later, do."""
    denied = ask(agent, vendor="a.com")
    settle(agent.server, denied, "deny")
    refuse_quietly(agent, vendor="a.com")
    ask(agent, vendor="b.com")
    statement = "UPDATE approval SET resolved_at = ? WHERE approval_id = ?"
    sql(agent.server, statement, now_ms() - MINUTE + 20_000, denied)
    refuse_quietly(agent, vendor="a.com")
    sql(agent.server, statement, now_ms() - MINUTE, denied)
    assert ask(agent, vendor="a.com") != denied


def test_pending_requests_are_limited(demo: Server) -> None:
    """The 101st request of an agent that nobody answered is not made; an answer to one makes room."""
    agent = Agent(demo)
    agent.grant("ship", requiresApproval=True)
    ids = [ask(agent, amount=number) for number in range(100)]
    assert len(set(ids)) == 100
    refuse_quietly(agent, amount=100)
    assert ask(agent, amount=7) == ids[7]
    settle(demo, ids[0])
    ask(agent, amount=100)
    refuse_quietly(agent, amount=101)


def test_a_request_is_settled_once(agent: Agent) -> None:
    """An approved request cannot be approved or denied again, neither before nor after its use."""
    approval_id = ask(agent)
    settle(agent.server, approval_id)
    assert_cannot_settle(agent.server, approval_id)
    assert is_allowed(agent) is True
    assert_cannot_settle(agent.server, approval_id)
    assert is_allowed(agent) is False


@pytest.mark.threads
def test_one_of_many_settles(agent: Agent) -> None:
    """Of approvals and denials at the same time exactly one takes effect, and the agent sees that one."""
    approval_id = ask(agent)
    verdicts = ["approve", "deny"] * 4

    def try_it(verdict: str) -> int:
        return agent.server.command_line("admin", "approvals", verdict, approval_id).returncode

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(try_it, verdicts))
    assert sorted(codes) == [0] + [1] * 7
    assert is_allowed(agent) is (verdicts[codes.index(0)] == "approve")


@pytest.mark.parametrize("approval_id", ["apr_AAAAAAAAAAAAAAAA", "x", "' OR 1=1 --", "%"])
def test_unknown_requests_cannot_be_settled(demo: Server, approval_id: str) -> None:
    """An id of no request settles nothing."""
    assert_cannot_settle(demo, approval_id)


def test_revoking_defeats_a_grant(agent: Agent) -> None:
    """A revoked permission is denied although its grant was not used."""
    settle(agent.server, ask(agent))
    for permission in agent.get().json()["permissions"]:
        agent.revoke(permission["permissionId"])
    assert agent.decide("ship")["reason"] == REVOKED


def test_disabling_defeats_a_grant(agent: Agent) -> None:
    """A disabled agent is denied although it has a grant, which is still there once it is enabled."""
    settle(agent.server, ask(agent))
    path = f"/api/dashboard/agents/{agent.agent_id}"
    developer_call(agent.server, "POST", path + "/disable")
    assert agent.decide("ship")["reason"] == DISABLED
    developer_call(agent.server, "POST", path + "/enable")
    assert is_allowed(agent) is True


def test_constraints_defeat_a_grant(demo: Server) -> None:
    """An approval never overrides a constraint that was tightened after it."""
    agent = Agent(demo)
    permission_id = agent.grant("ship", requiresApproval=True, constraints={"maxAmount": 10})
    settle(demo, ask(agent, amount=8))
    statement = "UPDATE permission SET constraints = ? WHERE permission_id = ?"
    change_policy(demo, agent.agent_id, statement, '{"maxAmount":5}', permission_id)
    decision = agent.decide("ship", amount=8)
    assert (decision["allowed"], decision["reason"]) == (False, "Amount exceeds maxAmount constraint.")


def test_constraints_come_before_approval(demo: Server) -> None:
    """What a constraint forbids is denied at once and leaves no request."""
    agent = Agent(demo)
    agent.grant("ship", resource="a.com", requiresApproval=True, constraints={"maxAmount": 5})
    assert agent.decide("ship", vendor="a.com", amount=6)["approvalRequired"] is False
    assert agent.decide("ship", vendor="b.com", amount=1)["approvalRequired"] is False
    assert not listed(agent)


def test_rotation_keeps_a_grant(agent: Agent) -> None:
    """The grant is the agent's, not the key's."""
    settle(agent.server, ask(agent))
    answer = agent.server.call("POST", f"/api/agents/{agent.agent_id}/rotate-key", headers=agent.headers())
    agent.api_key = answer.json()["apiKey"]
    assert is_allowed(agent) is True


def test_an_outright_permission_spends_no_grant(agent: Agent) -> None:
    """While another permission allows the call outright, nobody is asked and no grant is spent."""
    settle(agent.server, ask(agent))
    permission_id = agent.grant("ship")
    assert agent.decide("ship")["reason"] == "Action allowed by active permission."
    agent.revoke(permission_id)
    assert is_allowed(agent) is True


# ---- the list ----


def test_the_list_can_be_filtered(server: Server) -> None:
    """Each state is listed under its name, newest first, and pending is what is shown without one."""
    agent = Agent(server)
    agent.grant("ship", requiresApproval=True)
    ids = {name: ask(agent, vendor=name) for name in ("denied", "used", "approved", "expired", "pending")}
    settle(server, ids["denied"], "deny")
    for name in ("used", "approved", "expired"):
        settle(server, ids[name])
    assert is_allowed(agent, vendor="used")
    sql(server, "UPDATE approval SET grant_expires_at = 1 WHERE approval_id = ?", ids["expired"])
    for name, approval_id in ids.items():
        assert [entry["approvalId"] for entry in approvals(server, name)] == [approval_id], name
        assert [entry["status"] for entry in approvals(server, name)] == [name]
    assert [entry["status"] for entry in approvals(server, "all")] == list(reversed(ids))
    done = server.command_line("admin", "approvals", "list")
    assert done.returncode == 0
    assert ids["pending"] in done.stdout and ids["used"] not in done.stdout
