# SPDX-License-Identifier: Apache-2.0
"""The interceptor and servers, and clients, that do not behave: crash, flood, stall, garbage, signals."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

from api_support import Agent
from harness import Server
from wrap_support import PLAIN_SERVER, Start, is_alive, text_of, wrapping


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may call all tools but gated ones."""
    made = Agent(demo, "Serving")
    made.grant("mcp_tool")
    return made


@pytest.fixture()
def start(demo: Server, agent: Agent, tmp_path: Path) -> Iterator[Start]:
    """Starts the interceptor: start("--option", mode=...)."""
    yield from wrapping(tmp_path, demo, agent.agent_id, agent.api_key)


def wait_until_gone(pid: int) -> None:
    """Returns once the process has ended."""
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} still runs"
        time.sleep(0.02)


def test_crash_answers_every_open_request(start: Start) -> None:
    """When the server dies, each request without an answer gets an error, and the status is the server's."""
    wrapped = start()
    wrapped.call(1, "echo")
    for number in (3, "four"):
        wrapped.send({"jsonrpc": "2.0", "id": number, "method": "hang"})
    wrapped.send({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "die"}})
    errors = {str(message["id"]): message["error"] for message in (wrapped.message() for _ in range(3))}
    assert set(errors) == {"2", "3", "four"}
    assert all("ended with status 3" in error["message"] for error in errors.values())
    assert wrapped.process.wait(20) == 3
    assert wrapped.line() == b""


def test_crash_answers_calls_that_wait_for_a_person(start: Start, agent: Agent, demo: Server) -> None:
    """A call that still waits when the server dies is answered too, and the end does not take long."""
    gated = Agent(demo, "Gated")
    gated.grant("mcp_tool", requiresApproval=True)
    wrapped = start("--wait", "600", env={"BEHALFID_AGENT_ID": gated.agent_id, "BEHALFID_API_KEY": gated.api_key})
    params = {"name": "echo", "_meta": {"progressToken": 1}}
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert wrapped.message()["method"] == "notifications/progress"
    os.kill(wrapped.server_pid(), signal.SIGKILL)
    assert "signal 9" in wrapped.answer(1)["error"]["message"]
    assert wrapped.process.wait(20) == 128 + 9


def test_half_a_line_does_not_swallow_an_error(start: Start) -> None:
    """What a dying server has left unfinished stays a line of its own."""
    wrapped = start()
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "half"}})
    assert wrapped.line() == b'{"jsonrpc":"2.0","id":\n'
    assert "ended with status 0" in wrapped.message()["error"]["message"]
    assert wrapped.process.wait(20) == 0


def test_server_that_cannot_be_started(start: Start) -> None:
    """A command that does not exist is an error that names it, with the status of a shell."""
    wrapped = start(command=["/no/such/server"])
    assert wrapped.process.wait(20) == 127
    assert "/no/such/server" in wrapped.stderr()


def test_garbage_of_the_server_passes_and_harms_nothing(start: Start) -> None:
    """What is no JSON reaches the client as it would without us, and the answers after it too."""
    wrapped = start()
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "garbage"}})
    assert wrapped.line() == b"this is no JSON\n"
    assert wrapped.line() == b"\xff\xfe\n"
    assert wrapped.answer(1)["result"]["content"]


def test_large_answers_pass_and_too_large_ones_are_errors(start: Start) -> None:
    """Answers of several megabytes pass; one beyond 16 MiB becomes an error with its id."""
    wrapped = start()
    assert len(text_of(wrapped.call(1, "big", 60, size=8 << 20))) == 8 << 20
    answer = wrapped.call(2, "big", 60, size=17 << 20)
    assert "larger than 16777216 bytes" in answer["error"]["message"]
    assert "isError" not in wrapped.call(3, "echo")


def test_slow_call_holds_up_nobody(start: Start) -> None:
    """While the server works on one call, others are decided; the client may take its time too."""
    wrapped = start()
    slow = {"name": "slow", "arguments": {"seconds": 1}}
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": slow})
    assert wrapped.request(2, "tools/call", name=" ")["error"]["code"] == -32602
    assert "seconds" in text_of(wrapped.answer(1)["result"])


def test_deaf_server_does_not_stop_refusals(start: Start) -> None:
    """A server that reads nothing, with its pipe full, keeps nobody from being refused, nor us from ending."""
    wrapped = start(mode="deaf")
    filler = b'{"jsonrpc":"2.0","method":"notifications/x","params":{"x":"%s"}}\n' % (b"x" * 60_000)
    wrapped.write(filler * 20)
    assert wrapped.request(2, "tools/call", name=" ")["error"]["code"] == -32602
    pid = wrapped.server_pid()
    assert wrapped.terminate() == 128 + 15
    wait_until_gone(pid)


def test_flood_is_passed_on_at_the_pace_of_the_client(start: Start) -> None:
    """A server that never stops talking fills no memory: it waits until the client reads."""
    wrapped = start(mode="flood")
    assert b"notifications/message" in wrapped.line()
    time.sleep(2)
    status = Path(f"/proc/{wrapped.process.pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0])
    for _ in range(1000):
        assert b"notifications/message" in wrapped.line()
    pid = wrapped.server_pid()
    assert wrapped.terminate() == 128 + 15
    wait_until_gone(pid)
    if "asan" not in os.environ.get("BEHALF_BIN", "") and "tsan" not in os.environ.get("BEHALF_BIN", ""):
        assert resident < 64 * 1024


def test_end_of_input_ends_the_server(start: Start) -> None:
    """When the client closes, the server sees the end of its input, ends by itself, and the status is 0."""
    wrapped = start()
    wrapped.request(1, "ping")
    pid = wrapped.server_pid()
    assert wrapped.end() == 0
    assert not is_alive(pid)


def test_stubborn_server_is_killed(start: Start) -> None:
    """A server that minds neither the end of its input nor SIGTERM is killed, with what it has started."""
    wrapped = start(mode="stubborn", command=None)
    wrapped.request(1, "ping")
    pid = wrapped.server_pid()
    assert wrapped.end() == 0
    assert not is_alive(pid)


def test_children_of_the_server_end_with_it(start: Start) -> None:
    """A server behind a shell ends as a whole."""
    words = ["sh", "-c", f"sleep 600 & echo pid $! >&2; {sys.executable} -c 'import time; time.sleep(600)'; true"]
    wrapped = start(command=words)
    pid = wrapped.server_pid()
    assert is_alive(pid)
    assert wrapped.terminate() == 128 + 15
    wait_until_gone(pid)


def test_killed_interceptor_leaves_no_server(start: Start) -> None:
    """Even when we are killed, the server sees the end of its input."""
    wrapped = start()
    wrapped.request(1, "ping")
    pid = wrapped.server_pid()
    wrapped.process.kill()
    wrapped.process.wait()
    wait_until_gone(pid)


def test_stubborn_server_can_be_tied_to_a_killed_interceptor(start: Start) -> None:
    """Started through setpriv, a server that reads nothing ends with an interceptor that is killed."""
    command = ["setpriv", "--pdeathsig", "KILL", sys.executable, str(PLAIN_SERVER), "stubborn"]
    wrapped = start(command=command)
    pid = wrapped.server_pid()
    wrapped.process.kill()
    wrapped.process.wait()
    wait_until_gone(pid)


def test_client_that_no_longer_reads_ends_all(start: Start) -> None:
    """When the client is gone from our output, the server ends too."""
    wrapped = start(mode="flood")
    wrapped.line()
    pid = wrapped.server_pid()
    assert wrapped.process.stdout is not None
    wrapped.process.stdout.close()
    wrapped.process.wait(20)
    wait_until_gone(pid)


def test_server_that_closes_its_output_is_ended(start: Start) -> None:
    """A server that can no longer answer is ended, and open requests get an error."""
    program = "import os,sys,time; sys.stdin.readline(); os.close(1); time.sleep(600)"
    wrapped = start(command=[sys.executable, "-c", program])
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert "signal 15" in wrapped.answer(1)["error"]["message"]
    assert wrapped.process.wait(20) == 128 + 15


def test_answer_to_a_call_that_waits_is_not_believed(start: Start, demo: Server) -> None:
    """A server that answers a call which it never got does not take the place of its answer."""
    gated = Agent(demo, "Gated")
    gated.grant("mcp_tool", requiresApproval=True)
    program = (
        "import sys\n"
        "sys.stdin.readline()\n"
        'print(\'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}\', flush=True)\n'
        'print(\'{"jsonrpc":"2.0","id":2,"result":{}}\', flush=True)\n'
        "sys.stdin.read()\n"
    )
    env = {"BEHALFID_AGENT_ID": gated.agent_id, "BEHALFID_API_KEY": gated.api_key}
    wrapped = start("--wait", "2", command=[sys.executable, "-c", program], env=env)
    wrapped.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo"}})
    wrapped.send({"jsonrpc": "2.0", "id": 2, "method": "ping"})
    assert wrapped.message()["id"] == 2
    assert wrapped.answer(1)["result"]["_meta"]["behalfid"]["outcome"] == "approval_required"
