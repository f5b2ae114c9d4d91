# SPDX-License-Identifier: Apache-2.0
"""The interceptor: which tool calls reach the server, and what the client hears of the others."""

import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from api_support import Agent, sql
from approval_support import approve, listed, settle
from harness import Server, free_port
from people_support import Person
from wrap_support import ImpatientProxy, Start, text_of, wrapping


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent without permissions."""
    return Agent(demo, "Wrapped")


@pytest.fixture()
def start(demo: Server, agent: Agent, tmp_path: Path) -> Iterator[Start]:
    """Starts the interceptor before the plain server: start("--option", mode=...)."""
    yield from wrapping(tmp_path, demo, agent.agent_id, agent.api_key)


def last_decision(demo: Server, agent: Agent) -> Any:
    """The newest entry of the agent's log."""
    answer = demo.call("GET", f"/api/logs/{agent.agent_id}", None, {**agent.headers(), **demo.as_developer()})
    return answer.json()[0]


def write_map(folder: Path, tools: Any) -> str:
    """A mapping file with these rows."""
    path = folder / "map.json"
    path.write_text(json.dumps({"tools": tools}))
    return str(path)


# ---- decisions ----


def test_allowed_call_reaches_the_server(start: Start, agent: Agent) -> None:
    """A call that is allowed reaches the server byte for byte, and its answer the client."""
    agent.grant("mcp_tool", resource="mcp:plain:echo")
    wrapped = start()
    line = b' {"id": "a\\u0041" , "method":"tools\\/call","params":{"arguments":{"n":1.50},"name":"echo"}}\r\n'
    wrapped.write(line)
    assert json.loads(text_of(wrapped.answer("aA")["result"])) == {"n": 1.5}
    assert wrapped.recorded() == [line]


def test_denied_call_stays_away_from_the_server(demo: Server, start: Start, agent: Agent) -> None:
    """A denied call is answered with a tool error that says why, and never reaches the server."""
    agent.grant("mcp_tool", resource="mcp:plain:echo")
    wrapped = start()
    result = wrapped.call(1, "secret", path="/etc/shadow")
    row = last_decision(demo, agent)
    assert result["isError"] is True
    assert "Resource does not match permission resource." in text_of(result)
    assert row["requestId"] in text_of(result) and '"secret"' in text_of(result)
    assert result["_meta"]["behalfid"]["requestId"] == row["requestId"]
    assert wrapped.recorded() == []


def test_decision_is_recorded_with_server_tool_and_request(demo: Server, start: Start, agent: Agent) -> None:
    """The log has the action, the tool as resource, and server, tool, request and arguments in the metadata."""
    agent.grant("mcp_tool")
    wrapped = start(name="files")
    wrapped.call("r-7", "echo", path="/private/place")
    row = last_decision(demo, agent)
    assert (row["action"], row["vendor"], row["allowed"]) == ("mcp_tool", "mcp:files:echo", True)
    (kept,) = sql(demo, "SELECT metadata FROM audit ORDER BY id DESC LIMIT 1")[0]
    assert json.loads(kept) == {
        "server": "files",
        "tool": "echo",
        "requestId": "r-7",
        "arguments": '{"path":"/private/place"}',
    }
    assert "/private/place" not in json.dumps(row)


def test_other_methods_pass_as_they_are(start: Start) -> None:
    """What is no tools/call passes in both directions without a decision, also what nobody knows."""
    wrapped = start()
    lines = [
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}\n',
        b'{ "jsonrpc":"2.0" , "method":"notifications/initialized"}\r\n',
        b'{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n',
        b'{"jsonrpc":"2.0","id":3,"method":"no/such","params":[1,2,{"tools/call":"tools/call"}]}\n',
        b"\n",
        b'[{"jsonrpc":"2.0","id":4,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"}]\n',
        b'{"jsonrpc":"2.0","id":5,"method":"sample"}\n',
        b'{"jsonrpc":"2.0","id":"s1","result":{"model":"m","content":{"type":"text","text":"tools/call"}}}\n',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}\n',
        b'{"jsonrpc":"2.0","id":6,"method":"ping"}\n',
    ]
    wrapped.write(b"".join(lines))
    assert wrapped.answer(1)["result"]["serverInfo"]["name"] == "plain"
    assert [tool["name"] for tool in wrapped.answer(2)["result"]["tools"]] == ["echo", "secret"]
    assert wrapped.answer(3)["error"]["code"] == -32601
    assert wrapped.message() == [{"jsonrpc": "2.0", "id": 4, "result": {}}]
    assert wrapped.message()["method"] == "sampling/createMessage"
    assert wrapped.answer(6)["result"] == {}
    assert wrapped.recorded() == lines


def test_server_does_not_get_the_key(start: Start, agent: Agent) -> None:
    """The wrapped server has the client's environment, without our credentials."""
    wrapped = start(env={"OTHER": "kept", "BEHALFID_DEVELOPER_TOKEN": "bhf_dev_x"})
    environment = wrapped.request(1, "env")["result"]
    assert environment["OTHER"] == "kept"
    assert agent.api_key not in json.dumps(environment)
    assert "BEHALFID_DEVELOPER_TOKEN" not in environment


# ---- no decision ----


def test_without_an_answer_nothing_is_called(start: Start, agent: Agent) -> None:
    """A server that cannot be reached is no permission."""
    agent.grant("mcp_tool")
    wrapped = start(base_url=f"http://127.0.0.1:{free_port()}")
    result = wrapped.call(1, "echo")
    assert result["isError"] is True and "there is no decision" in text_of(result)
    assert wrapped.request(2, "ping")["result"] == {}
    assert wrapped.calls_seen() == []


def test_wrong_key_calls_nothing(start: Start) -> None:
    """An answer that is an error is no permission, and the key is not shown."""
    key = "bhf_sk_" + "0" * 43
    wrapped = start(env={"BEHALFID_API_KEY": key})
    result = wrapped.call(1, "echo")
    assert result["isError"] is True and key not in text_of(result)
    assert wrapped.calls_seen() == []


def test_without_a_key_nothing_starts(start: Start) -> None:
    """Without a key the interceptor ends at once, and the server is not started."""
    wrapped = start(env={"BEHALFID_API_KEY": ""})
    assert wrapped.process.wait(20) == 1
    assert "needs an agent key" in wrapped.stderr() and "pid" not in wrapped.stderr()


# ---- people ----


def test_call_goes_on_once_it_is_approved(demo: Server, start: Start, agent: Agent) -> None:
    """A call that needs approval waits with progress, and goes on when a person approves."""
    person = Person(demo)
    agent.grant("mcp_tool", requiresApproval=True)
    wrapped = start("--wait", "60")
    params = {"name": "echo", "arguments": {"a": 1}, "_meta": {"progressToken": "t1"}}
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    progress = wrapped.message()
    assert progress["method"] == "notifications/progress"
    assert progress["params"]["progressToken"] == "t1" and 0 < progress["params"]["progress"] < 1
    assert wrapped.calls_seen() == []
    assert wrapped.request(2, "ping")["result"] == {}
    (row,) = [row for row in listed(person, status="pending") if row["agentId"] == agent.agent_id]
    assert row["approvalId"] in progress["params"]["message"]
    approve(person, row["approvalId"])
    assert json.loads(text_of(wrapped.answer(1)["result"])) == {"a": 1}
    assert wrapped.calls_seen() == ["echo"]


def test_call_that_a_person_denies_is_an_error(demo: Server, start: Start, agent: Agent) -> None:
    """A call that a person denies while it waits is answered with a tool error and not called."""
    person = Person(demo)
    agent.grant("mcp_tool", requiresApproval=True)
    wrapped = start("--wait", "60")
    params = {"name": "echo", "_meta": {"progressToken": 5}}
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert wrapped.message()["params"]["progressToken"] == 5
    (row,) = [row for row in listed(person, status="pending") if row["agentId"] == agent.agent_id]
    assert settle(person, row["approvalId"], "deny").status_code == 200
    result = wrapped.answer(1)["result"]
    assert result["isError"] is True and result["_meta"]["behalfid"]["outcome"] == "not_approved"
    assert wrapped.calls_seen() == []


@pytest.mark.parametrize("seconds", ["0", "1"])
def test_call_that_nobody_approves_says_what_to_do(demo: Server, start: Start, agent: Agent, seconds: str) -> None:
    """After the time to wait the answer names the approval and where to decide about it."""
    agent.grant("mcp_tool", requiresApproval=True)
    wrapped = start("--wait", seconds)
    result = wrapped.call(1, "echo")
    facts = result["_meta"]["behalfid"]
    assert result["isError"] is True and facts["outcome"] == "approval_required"
    assert facts["approvalId"].startswith("apr_") and facts["approvalId"] in text_of(result)
    assert f"{demo.base_url}/dashboard/approvals" in text_of(result)
    assert wrapped.calls_seen() == []


def test_cancelled_call_is_not_called_when_approved(demo: Server, start: Start, agent: Agent) -> None:
    """A call that was cancelled while it waited is not called, even if it is approved later, nor answered."""
    person = Person(demo)
    agent.grant("mcp_tool", requiresApproval=True)
    wrapped = start("--wait", "60")
    params = {"name": "echo", "_meta": {"progressToken": "t"}}
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    wrapped.message()
    wrapped.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
    (row,) = [row for row in listed(person, status="pending") if row["agentId"] == agent.agent_id]
    approve(person, row["approvalId"])
    assert wrapped.request(2, "ping")["result"] == {}
    assert wrapped.end() == 0
    assert wrapped.line() == b""
    assert [json.loads(line)["method"] for line in wrapped.recorded()] == ["ping"]


def test_arguments_are_shown_without_secrets_and_cut(demo: Server, start: Start, agent: Agent) -> None:
    """The arguments in the log have no secret, also where they are cut, and never make the question too large."""
    agent.grant("mcp_tool")
    wrapped = start()
    for text in ("x" * 1000 + agent.api_key, '"' * 4000, "\u20ac" * 3000):
        assert "isError" not in wrapped.call("\u0001" * 200, "echo", text=text)
        (kept,) = sql(demo, "SELECT metadata FROM audit ORDER BY id DESC LIMIT 1")[0]
        shown = json.loads(kept).get("arguments", "")
        assert agent.api_key[:12] not in shown and len(shown) <= 1024 and len(kept) <= 2048


def test_approval_lets_only_the_call_run_that_waits(demo: Server, start: Start, agent: Agent) -> None:
    """While a call waits, one with other arguments is refused; approved, the call that waited goes on, and no other."""
    person = Person(demo)
    agent.grant("mcp_tool", requiresApproval=True)
    wrapped = start("--wait", "60")
    wrapped.send(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "echo", "arguments": {"name": "prod"}, "_meta": {"progressToken": "t"}},
        }
    )
    wrapped.message()
    other = wrapped.call(2, "echo", name="harmless")
    (row,) = [row for row in listed(person, status="pending") if row["agentId"] == agent.agent_id]
    assert other["isError"] and other["_meta"]["behalfid"] == {"outcome": "held_up", "approvalId": row["approvalId"]}
    assert "other arguments" in text_of(other)
    approve(person, row["approvalId"])
    params = {"name": "echo", "arguments": {"name": "harmless"}}
    wrapped.send({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params})
    assert json.loads(text_of(wrapped.answer(1)["result"])) == {"name": "prod"}
    assert [json.loads(line)["params"]["arguments"] for line in wrapped.recorded()] == [{"name": "prod"}]


def test_server_that_does_not_wait_is_not_flooded(demo: Server, start: Start, agent: Agent) -> None:
    """When questions about an approval are answered at once, there is a second between two of them."""
    agent.grant("mcp_tool", requiresApproval=True)
    with ImpatientProxy(demo) as proxy:
        wrapped = start("--wait", "3", base_url=proxy.base_url)
        assert wrapped.call(1, "echo")["_meta"]["behalfid"]["outcome"] == "approval_required"
        assert 2 <= proxy.waits <= 4


def test_many_waiting_calls_hold_up_nobody(demo: Server, start: Start, agent: Agent) -> None:
    """More calls wait for people than there are threads for it: the others are told at once, and the rest passes."""
    agent.grant("mcp_tool", requiresApproval=True, resource="mcp:plain:secret")
    agent.grant("mcp_tool", resource="mcp:plain:echo")
    wrapped = start("--wait", "600")
    for number in range(20):
        params = {"name": "secret", "arguments": {}}
        wrapped.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
    told = [wrapped.message() for _ in range(4)]
    assert all(one["result"]["_meta"]["behalfid"]["outcome"] == "approval_required" for one in told)
    assert wrapped.call("echo", "echo", a=1)["content"]
    assert wrapped.calls_seen() == ["echo"]
    assert wrapped.terminate() == 143


# ---- mapping ----


def test_mapped_tool_is_asked_as_the_mapping_says(demo: Server, start: Start, agent: Agent, tmp_path: Path) -> None:
    """Action, vendor and amount of a mapped tool come from the mapping, the amount out of the arguments."""
    agent.grant("purchase", constraints={"maxAmount": 100, "allowedVendors": ["bank.example"]})
    rows = {"echo": {"action": "purchase", "vendor": "bank.example", "amount": "/order/0/to~1tal"}}
    wrapped = start("--map", write_map(tmp_path, rows))
    assert wrapped.call(1, "echo", order=[{"to/tal": 99.5}])["content"]
    row = last_decision(demo, agent)
    assert (row["action"], row["vendor"], row["amount"]) == ("purchase", "bank.example", 99.5)
    assert "exceeds maxAmount" in text_of(wrapped.call(2, "echo", order=[{"to/tal": 101}]))
    for number, order in enumerate(([], [{"to/tal": "1"}], [{"to/tal": -1}], {"0": 1})):
        assert "The amount of this call" in text_of(wrapped.call(f"x{number}", "echo", order=order))
    assert wrapped.calls_seen() == ["echo"]


def test_mapped_paths_are_held_against_rules(start: Start, agent: Agent, tmp_path: Path) -> None:
    """A tool that is mapped to write_file is held against path rules, wherever its path stands."""
    agent.grant("write_file", constraints={"allowedPaths": ["/srv/**"]})
    rows = {"write_file": {"action": "write_file", "path": "/to", "vendor": "fs"}, "*": {"action": "write_file"}}
    wrapped = start("--map", write_map(tmp_path, rows))
    assert "isError" not in wrapped.call(1, "write_file", to="/srv/a")
    assert "path_not_permitted" in text_of(wrapped.call(2, "write_file", to="/srv/../etc/a", path="/srv/a"))
    assert "must be a text" in text_of(wrapped.call(3, "write_file", path="/srv/a"))
    assert "isError" not in wrapped.call(4, "echo", path="/srv/b")
    assert "more than one path" in text_of(wrapped.call(5, "echo", path="/srv/b", file_path="/etc/b"))
    assert "more than one path" in text_of(wrapped.call(6, "echo", path=["/etc/b"]))
    assert wrapped.calls_seen() == ["write_file", "echo"]


def test_commands_are_recognised(start: Start, agent: Agent, tmp_path: Path) -> None:
    """A command counts as such under both of its usual names."""
    agent.grant("execute_command", constraints={"deniedCommands": ["rm -rf"]})
    wrapped = start("--map", write_map(tmp_path, {"*": {"action": "execute_command"}}))
    assert "command_blocked" in text_of(wrapped.call(1, "echo", cmd="rm -rf /"))
    assert "command_blocked" in text_of(wrapped.call(2, "echo", command="rm -rf /"))
    assert "more than one command" in text_of(wrapped.call(3, "echo", command="ls", cmd="rm -rf /"))
    assert "isError" not in wrapped.call(4, "echo", cmd="ls")


def test_large_arguments_are_refused_at_their_limit(start: Start, agent: Agent, tmp_path: Path) -> None:
    """Arguments that cannot be looked at as a whole are refused, unless the mapping names those that matter."""
    agent.grant("mcp_tool")
    wrapped = start("--map", write_map(tmp_path, {"write_file": {"arguments": ["path"]}}))
    room = 16384 - len('{"source":"mcp","server":"plain","toolName":"echo","toolInput":{"text":""}}')
    assert "isError" not in wrapped.call(1, "echo", text="x" * room)
    assert "too large" in text_of(wrapped.call(2, "echo", text="x" * (room + 1)))
    assert "isError" not in wrapped.call(3, "write_file", path="/a", text="x" * 100_000)
    assert wrapped.calls_seen() == ["echo", "write_file"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("[]", "JSON object"),
        ('{"tools":{},"tools":{}}', "member occurs twice"),
        ('{"tool":{}}', "tool is unknown"),
        ('{"tools":[]}', "tools must be an object"),
        ('{"tools":{"a":1}}', 'tools["a"] must be an object'),
        ('{"tools":{"a":{"vendr":"x"}}}', 'tools["a"].vendr is unknown'),
        ('{"tools":{"a":{"vendor":"x","resource":"y"}}}', "both vendor and resource"),
        ('{"tools":{"a":{"action":""}}}', "1 to 80"),
        (json.dumps({"tools": {"a": {"action": "x" * 81}}}), "1 to 80"),
        (json.dumps({"tools": {"a": {"vendor": "x" * 201}}}), "1 to 200"),
        ('{"tools":{"a":{"amount":"total"}}}', "JSON pointer"),
        ('{"tools":{"a":{"amount":"/a~2"}}}', "JSON pointer"),
        ('{"tools":{"a":{"arguments":"path"}}}', "array of names"),
    ],
)
def test_mapping_with_a_mistake_is_refused(start: Start, tmp_path: Path, text: str, words: str) -> None:
    """A mapping that cannot be followed to the letter starts nothing, and the error names the member."""
    path = tmp_path / "map.json"
    path.write_text(text)
    wrapped = start("--map", str(path))
    assert wrapped.process.wait(20) == 1
    assert words in wrapped.stderr() and "pid" not in wrapped.stderr()


@pytest.mark.parametrize(
    "options, words",
    [
        (("--wait", "-1"), "--wait"),
        (("--wait", "3601"), "--wait"),
        (("--wait", "1x"), "--wait"),
        (("--map", "/no/such/file"), "/no/such/file"),
        (("--name", "a:b"), "--name"),
        (("--name", "a,b"), "--name"),
        (("--name", "x" * 65), "--name"),
    ],
)
def test_options_with_a_mistake_are_refused(start: Start, options: tuple[str, ...], words: str) -> None:
    """An option with a value that cannot be is an error that names it."""
    wrapped = start(*options)
    assert wrapped.process.wait(20) == 1
    assert words in wrapped.stderr()


# ---- lists ----


def names(answer: Any) -> list[str]:
    """The tools of a list."""
    return [tool["name"] for tool in answer["result"]["tools"]]


def test_hidden_are_only_tools_that_are_never_allowed(start: Start, agent: Agent) -> None:
    """With --hide-denied, tools that no permission allows are left out on every page; each list asks anew."""
    agent.grant("mcp_tool", resource="mcp:plain:echo, mcp:plain:big")
    wrapped = start("--hide-denied")
    first = wrapped.request(1, "tools/list")
    assert names(first) == ["echo"] and first["result"]["nextCursor"] == "1"
    assert names(wrapped.request(2, "tools/list", cursor="1")) == ["big"]
    agent.grant("mcp_tool", resource="mcp:plain:secret", requiresApproval=True)
    wrapped.request(3, "changed")
    assert "notifications/tools/list_changed" in [other["method"] for other in wrapped.others]
    assert names(wrapped.request(4, "tools/list")) == ["echo", "secret"]
    assert names(wrapped.request(5, "tools/list", cursor="1")) == ["big"]


def test_blocked_and_disabled_hide_all(demo: Server, start: Start, agent: Agent) -> None:
    """An action that is blocked, and an agent that is disabled, leave nothing to list."""
    agent.grant("mcp_tool")
    wrapped = start("--hide-denied")
    assert names(wrapped.request(1, "tools/list")) == ["echo", "secret"]
    agent.grant("other", blockedActions=["mcp_tool"])
    assert names(wrapped.request(2, "tools/list")) == []


def test_unclear_is_not_hidden(start: Start, agent: Agent, tmp_path: Path) -> None:
    """Permissions with limits that only a call can meet hide nothing, nor does a server that does not answer."""
    agent.grant("mcp_tool", constraints={"maxAmount": 1})
    wrapped = start("--hide-denied")
    assert names(wrapped.request(1, "tools/list")) == ["echo", "secret"]
    wrapped.__exit__()
    away = start("--hide-denied", base_url=f"http://127.0.0.1:{free_port()}")
    assert names(away.request(1, "tools/list")) == ["echo", "secret"]


def test_hiding_follows_the_mapping(start: Start, agent: Agent, tmp_path: Path) -> None:
    """A mapped tool is hidden by what it is asked as."""
    agent.grant("read", constraints={"allowedVendors": ["files"]})
    rows = {"echo": {"action": "read", "vendor": "files"}, "secret": {"action": "read", "vendor": "other"}}
    wrapped = start("--hide-denied", "--map", write_map(tmp_path, rows))
    assert names(wrapped.request(1, "tools/list")) == ["echo"]
    assert names(wrapped.request(2, "tools/list", cursor="1")) == []


def test_tasks_are_refused_as_errors(start: Start) -> None:
    """A denied call that asked for a task gets an error, because a tool's result is not what it expects."""
    wrapped = start()
    answer = wrapped.request(1, "tools/call", name="echo", arguments={}, task={"ttl": 1000})
    assert "BehalfID: denied" in answer["error"]["message"]
    assert wrapped.recorded() == []
