# SPDX-License-Identifier: Apache-2.0
"""The interceptor and lines that want to get past it: no spelling of tools/call reaches the server undecided."""

import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from api_support import Agent
from harness import Server
from wrap_support import Wrapped, text_of

pytestmark = pytest.mark.hostile

LIMIT = 4 << 20
CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret","arguments":{}}}'


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent without permissions."""
    return Agent(demo, "Hostile")


@pytest.fixture()
def wrapped(demo: Server, agent: Agent, tmp_path: Path) -> Iterator[Wrapped]:
    """The interceptor before the plain server, for an agent without permissions."""
    with Wrapped(tmp_path, demo, agent.agent_id, agent.api_key) as made:
        yield made


def after(wrapped: Wrapped) -> list[Any]:
    """What was answered before the answer to a ping, which is all that the server got."""
    wrapped.write(b'{"jsonrpc":"2.0","id":"after","method":"ping"}\n')
    wrapped.answer("after", 60)
    return wrapped.others


# Each would be a call to some reader, and to none of them a line that we decide about.
SPELLINGS = {
    "method twice": '{"id":1,"method":"ping","method":"tools/call","params":{"name":"secret"}}',
    "method twice, call first": '{"id":1,"method":"tools/call","method":"ping","params":{"name":"secret"}}',
    "method twice, escaped": '{"id":1,"method":"ping","m\\u0065thod":"tools/call","params":{"name":"secret"}}',
    "name twice": '{"id":1,"method":"tools/call","params":{"name":"echo","name":"secret"}}',
    "argument twice": '{"id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":1,"a":2}}}',
    "deep twice": '{"id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":[{"b":1,"b":2}]}}}',
    "member in other case": '{"id":1,"Method":"tools/call","params":{"name":"secret"}}',
    "member in other case, too": '{"id":1,"method":"ping","METHOD":"tools/call","params":{"name":"secret"}}',
    "long s": '{"id":1,"method":"tools/call","param\u017f":{"name":"secret"},"params":{"name":"echo"}}',
    "params in other case": '{"id":1,"method":"tools/call","params":{"name":"echo"},"Params":{"name":"secret"}}',
    "name in other case": '{"id":1,"method":"tools/call","params":{"name":"echo","Name":"secret"}}',
    "arguments in other case": '{"id":1,"method":"tools/call","params":{"name":"x","arguments":{},"Arguments":{}}}',
    "argument in other case": '{"id":1,"method":"tools/call","params":{"name":"x","arguments":{"p":1,"P":2}}}',
    "prototype": '{"id":1,"__proto__":{"method":"tools/call"},"params":{"name":"secret"}}',
    "prototype of params": '{"id":1,"method":"tools/call","params":{"name":"x","__proto__":{"name":"secret"}}}',
    "upper case": CALL.replace("tools/call", "Tools/Call"),
    "blank behind": CALL.replace("tools/call", "tools/call "),
    "two slashes": CALL.replace("tools/call", "tools//call"),
    "other sign": CALL.replace("tools/call", "tools.call"),
    "full width": CALL.replace("tools/call", "\uff54\uff4f\uff4f\uff4c\uff53\uff0f\uff23\uff41\uff4c\uff4c"),
    "full width member": '{"id":1,"method":"ping","\uff4d\uff25thod":"tools/call","params":{"name":"secret"}}',
    "longer word": CALL.replace("tools/call", "tools/callTool"),
    "longer path": CALL.replace("tools/call", "Tools/Call/secret"),
    "with a number": CALL.replace("tools/call", "tools/call2"),
    "zero width": CALL.replace("tools/call", "tools/\u200bcall"),
    "method in a list": CALL.replace('"tools/call"', '["tools/call"]'),
    "NUL in the method": CALL.replace("tools/call", "tools/call\\u0000"),
    "raw NUL": CALL.replace('"id":1', '"id":1\0'),
    "byte order mark": "\ufeff" + CALL,
    "trailing comma": CALL[:-1] + ",}",
    "comment": "/**/" + CALL,
    "single quotes": CALL.replace('"', "'"),
    "NaN": CALL.replace('"arguments":{}', '"arguments":{"n":NaN}'),
    "too large a number": CALL.replace('"arguments":{}', '"arguments":{"n":1e999}'),
    "lone surrogate": CALL.replace('"arguments":{}', '"arguments":{"n":"\\ud800"}'),
    "two on a line": CALL + CALL,
    "after another": '{"id":7,"method":"ping"} ' + CALL,
    "carriage return within": '{"id":7,"method":"ping","params":\r' + CALL + "\r}",
    "carriage return before": "{}\r" + CALL,
    "form feed before": "\f" + CALL,
    "text of a text": json.dumps(CALL),
    "batch": "[" + CALL + "]",
    "batch with others": '[{"jsonrpc":"2.0","id":9,"method":"ping"},' + CALL + "]",
    "batch in a batch": "[[" + CALL + "]]",
    "batch with a notification": '[{"jsonrpc":"2.0","method":"tools/call","params":{"name":"secret"}}]',
    "too deep": '{"id":1,"method":"ping","params":' + "[" * 64 + CALL + "]" * 64 + "}",
    "notification": '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"secret"}}',
    "id null": CALL.replace('"id":1', '"id":null'),
    "id true": CALL.replace('"id":1', '"id":true'),
    "id list": CALL.replace('"id":1', '"id":[1]'),
    "id with a fraction": CALL.replace('"id":1', '"id":1.5'),
    "id too large": CALL.replace('"id":1', '"id":9007199254740994'),
    "id too long": CALL.replace('"id":1', '"id":"' + "i" * 257 + '"'),
    "params missing": '{"id":1,"method":"tools/call"}',
    "params list": '{"id":1,"method":"tools/call","params":["secret"]}',
    "name missing": '{"id":1,"method":"tools/call","params":{}}',
    "name number": '{"id":1,"method":"tools/call","params":{"name":1}}',
    "name empty": '{"id":1,"method":"tools/call","params":{"name":""}}',
    "name with blanks around": '{"id":1,"method":"tools/call","params":{"name":"secret "}}',
    "name with control": '{"id":1,"method":"tools/call","params":{"name":"sec\\u0007ret"}}',
    "name too long": '{"id":1,"method":"tools/call","params":{"name":"' + "n" * 129 + '"}}',
    "arguments text": '{"id":1,"method":"tools/call","params":{"name":"secret","arguments":"{}"}}',
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_of_a_call_passes_undecided(wrapped: Wrapped, agent: Agent, name: str) -> None:
    """Though all is allowed, a line that readers may understand differently does not reach the server."""
    agent.grant("mcp_tool")
    wrapped.write(SPELLINGS[name].encode() + b"\n")
    answers = after(wrapped)
    assert len(wrapped.recorded()) == 1, wrapped.recorded()
    if name in ("notification", "batch with a notification"):
        assert answers == []
    else:
        (answer,) = answers
        for one in answer if isinstance(answer, list) else [answer]:
            assert one["error"]["code"] in (-32700, -32600, -32602), one
    assert "not passed on" in wrapped.stderr()


def test_bytes_that_are_no_text_do_not_pass(wrapped: Wrapped) -> None:
    """A line that is not UTF-8 is refused."""
    wrapped.write(CALL.encode().replace(b"secret", b"sec\xffret") + b"\n")
    (answer,) = after(wrapped)
    assert (answer["id"], answer["error"]["code"]) == (1, -32700)
    assert len(wrapped.recorded()) == 1


def test_each_message_of_a_refused_batch_is_answered(wrapped: Wrapped) -> None:
    """A batch with a call does not pass at all, and each of its requests hears so."""
    wrapped.write(('[{"jsonrpc":"2.0","id":9,"method":"ping"},{"method":"n"},' + CALL + "]\n").encode())
    assert [one["id"] for one in after(wrapped)[0]] == [9, 1]


def test_id_of_an_open_request_is_not_taken_again(demo: Server, agent: Agent, tmp_path: Path) -> None:
    """A call with the id of a request without an answer is refused, without touching that request."""
    agent.grant("mcp_tool")
    with Wrapped(tmp_path, demo, agent.agent_id, agent.api_key) as wrapped:
        slow = {"name": "slow", "arguments": {"seconds": 1}}
        wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": slow})
        wrapped.write(CALL.encode() + b"\n")
        assert wrapped.message()["id"] is None
        assert "seconds" in text_of(wrapped.answer(1)["result"])
        assert wrapped.calls_seen() == ["slow"]
        assert "isError" not in wrapped.call(1, "echo")


def test_longest_line_passes_and_the_next_does_not(wrapped: Wrapped) -> None:
    """A line at the limit passes; one byte more is skipped and answered with its id."""

    def ping(number: str, size: int) -> bytes:
        head, tail = b'{"method":"ping","params":{"x":"', b'"},"id":"%s"}' % number.encode()
        return head + b"x" * (size - len(head) - len(tail)) + tail

    wrapped.write(ping("fits", LIMIT) + b"\n")
    assert wrapped.answer("fits", 60)["result"] == {}
    wrapped.write(ping("long", LIMIT + 1) + b"\n")
    error = wrapped.answer("long", 60)["error"]
    assert "larger than 4194304 bytes" in error["message"]
    assert wrapped.request(3, "ping")["result"] == {}
    assert [len(line) for line in wrapped.recorded()][:1] == [LIMIT + 1] and len(wrapped.recorded()) == 2


def test_pieces_of_lines_are_put_together(wrapped: Wrapped, agent: Agent) -> None:
    """Lines may come byte by byte, and many at once."""
    agent.grant("mcp_tool", resource="mcp:plain:echo")
    line = CALL.replace("secret", "echo").encode() + b"\n"
    for index in range(len(line)):
        wrapped.write(line[index : index + 1])
    assert "isError" not in wrapped.answer(1)["result"]
    many = [b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % number for number in range(1000)]
    wrapped.write(b"".join(many))
    assert [wrapped.message()["id"] for _ in many] == list(range(1000))


def test_last_line_needs_no_end(wrapped: Wrapped, agent: Agent) -> None:
    """A call at the end of the input, without a line feed, is decided and called."""
    agent.grant("mcp_tool")
    wrapped.write(CALL.replace("secret", "echo").encode())
    assert wrapped.end() == 0
    assert json.loads(wrapped.line())["result"]["content"]


def test_more_calls_than_are_decided_at_once_are_refused(demo: Server, agent: Agent, tmp_path: Path) -> None:
    """A flood of calls is answered in full: decided as far as there is room, refused beyond, none lost."""
    agent.grant("mcp_tool", resource="mcp:plain:echo")
    with Wrapped(tmp_path, demo, agent.agent_id, agent.api_key) as wrapped:
        lines = [CALL.replace('"id":1', f'"id":{number}').replace("secret", "echo") for number in range(500)]
        wrapped.write("".join(line + "\n" for line in lines).encode())
        answers = [wrapped.message(60) for _ in lines]
        called = [one for one in answers if "isError" not in one["result"]]
        assert sorted(one["id"] for one in answers) == list(range(500))
        assert len(called) == len(wrapped.calls_seen()) >= 64
        refused = [text_of(one["result"]) for one in answers if "isError" in one["result"]]
        assert all("Too many calls" in text for text in refused)
