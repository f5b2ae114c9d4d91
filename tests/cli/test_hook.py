# SPDX-License-Identifier: Apache-2.0
"""The hooks of the coding agents as the agents call them: a real server, and servers that misbehave."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest

from api_support import settle
from cli_support import KEY, write_config
from harness import BINARY, Server, free_port

SHELL: dict[str, Any] = {"tool_name": "Bash", "cwd": "/w", "tool_input": {"command": "touch marker"}}
CURSOR_SHELL = {"hook_event_name": "beforeShellExecution", "command": "touch marker", "cwd": "/w"}
LONG = json.dumps(SHELL).encode() + b" " * (1 << 20)
LARGE = json.dumps({**SHELL, "tool_input": {"command": "x" * 16384}}).encode()
NONE: dict[str, str] = {}
REFUSED = "BehalfID: blocked — the agent key was not accepted."
OPEN: dict[str, str] = {"BEHALFID_HOOK_FAIL_OPEN": "1"}
ALLOW = '{"requestId":"req_x","allowed":true,"approvalRequired":false,"reason":"Yes.","risk":"low"}'


class Ended:
    """How a hook ended."""

    def __init__(self, status: int, out: bytes, err: bytes, seconds: float) -> None:
        self.status, self.out, self.err, self.seconds = status, out.decode(), err.decode(), seconds

    @property
    def first(self) -> str:
        """The first line of the words."""
        return self.err.split("\n", 1)[0]

    def detail(self, name: str) -> str:
        """A line of the words."""
        found = [line.split(": ", 1)[1] for line in self.err.splitlines() if line.startswith(f"{name}: ")]
        assert len(found) == 1, self.err
        return found[0]


class Hook:
    """Calls a hook of a user whose agent is known, as a host does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.variables: dict[str, str] = {}

    def start(self, *words: str, **variables: str) -> "subprocess.Popen[bytes]":
        """The process, with pipes."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
        env.update({"HOME": str(self.home), **self.variables, **variables})
        pipe = subprocess.PIPE
        return subprocess.Popen([str(BINARY), "hook", *words], stdin=pipe, stdout=pipe, stderr=pipe, env=env)

    def call(self, given: Any, *words: str, **variables: str) -> Ended:
        """One call from beginning to end; `given` is JSON or bytes."""
        data = given if isinstance(given, bytes) else json.dumps(given).encode()
        start = time.monotonic()
        process = self.start(*(words or ("pre-tool-use",)), **variables)
        out, err = process.communicate(data, timeout=30)
        return Ended(process.returncode, out, err, time.monotonic() - start)

    def blocked(self, given: Any, *words: str, **variables: str) -> Ended:
        """A call that must be blocked, with words and nothing on stdout."""
        ended = self.call(given, *words, **variables)
        assert (ended.status, ended.out) == (2, ""), (ended.status, ended.out, ended.err)
        assert ended.first.startswith("BehalfID: ")
        assert "Sanitizer" not in ended.err
        return ended

    def passed(self, given: Any, *words: str, **variables: str) -> None:
        """A call that must go on, in silence."""
        ended = self.call(given, *words, **variables)
        assert (ended.status, ended.out, ended.err) == (0, "", "")

    def cursor(self, given: Any, **variables: str) -> tuple[str, Ended]:
        """A call of Cursor's: what is permitted."""
        ended = self.call(given, "cursor", **variables)
        assert ended.status == 0, ended.err
        answer = json.loads(ended.out)
        if answer["permission"] == "deny":
            said = {answer[key] for key in ("reason", "user_message", "agent_message", "userMessage", "agentMessage")}
            assert len(said) == 1 and said.pop() == ended.err.strip()
        else:
            assert answer == {"permission": "allow"}
        return answer["permission"], ended


@pytest.fixture()
def hook(home: Path) -> Hook:
    """A hook without any configuration."""
    return Hook(home)


class Agent:
    """An agent of the server, for which the hook asks."""

    def __init__(self, server: Server, hook: Hook) -> None:
        self.server = server
        self.id, self.key = server.create_agent("Coder")
        hook.variables = {
            "BEHALFID_BASE_URL": server.base_url,
            "BEHALFID_API_KEY": self.key,
            "BEHALFID_AGENT_ID": self.id,
        }

    def logs(self) -> list[dict[str, Any]]:
        """Its decisions, newest first."""
        rows: list[dict[str, Any]] = self.server.call(
            "GET", f"/api/logs/{self.id}", headers=self.server.as_agent(self.key)
        ).json()
        return rows


@pytest.fixture()
def agent(demo: Server, hook: Hook) -> Agent:
    """A new agent without permissions."""
    return Agent(demo, hook)


class Impostor:
    """Something else where the server should be: sends the same bytes to whoever asks."""

    def __init__(self, answer: Optional[bytes], pause: float = 0.0) -> None:
        self.answer, self.pause = answer, pause
        self.asked: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.held: list[socket.socket] = []
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Until the listener is closed."""
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.asked.append(line.recv(65536))
            if self.answer is None:
                self.held.append(line)
                continue
            try:
                for byte in [self.answer] if self.pause == 0 else [bytes([b]) for b in self.answer]:
                    line.sendall(byte)
                    time.sleep(self.pause)
            except OSError:
                pass
            line.close()

    def close(self) -> None:
        """No more answers."""
        self.listener.close()
        for line in self.held:
            line.close()


@pytest.fixture()
def impostor(hook: Hook) -> Iterator[Callable[..., Impostor]]:
    """Puts an impostor where the hook asks."""
    made: list[Impostor] = []

    def make(answer: Optional[bytes], pause: float = 0.0) -> Impostor:
        made.append(Impostor(answer, pause))
        hook.variables = {"BEHALFID_BASE_URL": made[-1].url, "BEHALFID_API_KEY": KEY, "BEHALFID_AGENT_ID": "agent_x"}
        return made[-1]

    yield make
    for one in made:
        one.close()


def http(status: int, body: str) -> bytes:
    """An answer."""
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )


# ---- decisions ----


def test_an_allowed_call_goes_on_in_silence(agent: Agent, hook: Hook) -> None:
    """What a permission allows ends with 0 and without a word, for each host."""
    agent.server.grant(agent.id, "execute_command", resource="shell")
    hook.passed(SHELL)
    hook.passed(SHELL, "pre-tool-use", "--host", "codex")
    assert hook.cursor(CURSOR_SHELL)[0] == "allow"


def test_a_denied_call_says_why(agent: Agent, hook: Hook) -> None:
    """A denial ends with 2 and tells reason and request id, which the log has."""
    ended = hook.blocked(SHELL)
    assert ended.first == "BehalfID: blocked by policy."
    assert ended.detail("reason") == "No active permission exists for this action."
    assert ended.detail("requestId") == agent.logs()[0]["requestId"]
    permission, ended = hook.cursor(CURSOR_SHELL)
    assert permission == "deny"
    assert ended.first == "BehalfID: blocked by policy."


def test_an_approval_binds_the_command(agent: Agent, hook: Hook) -> None:
    """A call that waits for a person is blocked with the approval's id; once approved it runs once, and no other."""
    agent.server.grant(agent.id, "execute_command", resource="shell", requiresApproval=True)
    ended = hook.blocked(SHELL)
    assert ended.first == "BehalfID: approval required. Visit your Action Inbox to approve."
    assert ended.detail("reason") == "Permission requires approval before execution."
    settle(agent.server, ended.detail("approvalId"))
    other = {**SHELL, "tool_input": {"command": "touch another"}}
    assert hook.blocked(other).first.startswith("BehalfID: approval required.")
    hook.passed(SHELL)
    assert hook.blocked(SHELL).first.startswith("BehalfID: approval required.")


def test_rules_on_commands_and_paths_hold(agent: Agent, hook: Hook) -> None:
    """The command and the path reach the rules of the permission, from each host."""
    agent.server.grant(agent.id, "execute_command", resource="shell", constraints={"deniedCommands": ["rm -rf"]})
    agent.server.grant(
        agent.id,
        "write_file",
        resource="filesystem",
        constraints={"allowedPaths": ["/w/**"], "deniedPaths": ["~/.ssh/**"]},
    )
    hook.passed(SHELL)
    assert hook.blocked({**SHELL, "tool_input": {"command": "rm -rf /"}}).detail("reason") == "command_blocked"
    words = {"tool_name": "shell", "cwd": "/w", "tool_input": {"command": ["rm", "-rf", "/"]}}
    assert hook.blocked(words, "pre-tool-use", "--host", "codex").detail("reason") == "command_blocked"
    assert hook.cursor(CURSOR_SHELL)[0] == "allow"
    assert hook.cursor({**CURSOR_SHELL, "command": "rm -rf /"})[0] == "deny"
    hook.passed({"tool_name": "Write", "cwd": "/w", "tool_input": {"file_path": "a", "content": "x"}})
    for path in ("/etc/passwd", "../etc/passwd", "~/.ssh/id"):
        call = {"tool_name": "Edit", "cwd": "/w", "tool_input": {"file_path": path}}
        assert hook.blocked(call).detail("reason") == "path_not_permitted"


def patch(*paths: str) -> dict[str, Any]:
    """A patch of Codex's."""
    text = "".join(f"*** Add File: {path}\n+x\n" for path in paths)
    command = f"*** Begin Patch\n{text}*** End Patch\n"
    return {"tool_name": "apply_patch", "cwd": "/w", "tool_input": {"command": command}}


def test_every_file_of_a_patch_must_be_allowed(agent: Agent, hook: Hook) -> None:
    """One file that is not allowed blocks the patch, and is named."""
    agent.server.grant(agent.id, "write_file", resource="filesystem", constraints={"allowedPaths": ["/w/**"]})
    hook.passed(patch("a", "b/c"), "pre-tool-use", "--host", "codex")
    ended = hook.blocked(patch("a", "/etc/passwd", "b"))
    assert ended.detail("file") == "/etc/passwd"


def test_a_patch_asks_for_all_its_approvals_at_once(agent: Agent, hook: Hook) -> None:
    """A patch of several files that wait for a person can be approved as a whole, and then passes."""
    agent.server.grant(agent.id, "write_file", resource="filesystem", requiresApproval=True)
    ended = hook.blocked(patch("a", "b"))
    approvals = [line.split(": ")[1] for line in ended.err.splitlines() if line.startswith("approvalId: ")]
    assert len(set(approvals)) == 2
    for approval in approvals:
        settle(agent.server, approval)
    hook.passed(patch("a", "b"))


def test_an_unknown_tool_is_asked_about_by_its_name(agent: Agent, hook: Hook) -> None:
    """A tool that no table knows is denied until a permission names it."""
    call = {"tool_name": "Grep", "cwd": "/w", "tool_input": {"pattern": "x"}}
    assert hook.blocked(call).detail("action") == "tool:grep"
    agent.server.grant(agent.id, "tool:grep")
    hook.passed(call)


def test_only_our_own_tools_pass_unasked(agent: Agent, hook: Hook) -> None:
    """The tools of our MCP server leave no decision; a server that looks like it is asked about."""
    hook.passed({"tool_name": "mcp__behalfid__verify_action", "tool_input": {}})
    assert agent.logs() == []
    assert (
        hook.blocked({"tool_name": "mcp__behalfid2__verify_action", "tool_input": {}}).detail("vendor") == "behalfid2"
    )


def test_the_canary_is_blocked_when_the_server_has_answered(agent: Agent, hook: Hook) -> None:
    """The canary is blocked with words of its own, even where all is allowed, and leaves no approval and no denial."""
    canary = {"tool_name": "behalfid_canary", "tool_input": {}}
    agent.server.grant(agent.id, "tool:behalfid_canary", requiresApproval=True)
    text = "BehalfID: blocked — this is the canary, and the hook works."
    assert hook.blocked(canary).first == text
    assert hook.cursor({"command": "behalfid_canary"})[1].first == text
    assert all(row["shadow"] for row in agent.logs())
    wrong = {"BEHALFID_API_KEY": KEY}
    assert hook.blocked(canary, **wrong, **OPEN).first == REFUSED
    nobody = {"BEHALFID_BASE_URL": f"http://127.0.0.1:{free_port()}"}
    assert hook.blocked(canary, **nobody, **OPEN).first == "BehalfID: blocked — the server is unavailable."


def test_contents_never_reach_the_server(impostor: Callable[..., Impostor], hook: Hook) -> None:
    """What is written into a file is not part of what is asked, nor is the developer's session sent."""
    there = impostor(http(200, ALLOW))
    call = {"tool_name": "Write", "cwd": "/w", "tool_input": {"file_path": "a", "content": "top-secret"}}
    hook.passed(call, BEHALFID_DEVELOPER_TOKEN="bhf_dev_x")
    assert len(there.asked) == 1
    assert b"filePath" in there.asked[0]
    for word in (b"top-secret", b"bhf_dev_x", b"Cookie"):
        assert word not in there.asked[0]


# ---- doubt ----


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "malformed hook input"),
        (b"{", "malformed hook input"),
        (b"[]", "malformed hook input"),
        (b'{"tool_input":{}}', "malformed hook input"),
        (b'{"tool_name":"Bash","tool_input":{"command":"\xff"}}', "malformed hook input"),
        (LONG, "malformed hook input"),
        (b'{"tool_name":"Bash","tool_input":"ls"}', "malformed tool arguments"),
        (b'{"tool_name":"Bash","tool_input":{}}', "required tool arguments are missing"),
        (b'{"tool_name":"Write","tool_input":{"content":"x"}}', "required tool arguments are missing"),
        (LARGE,
            "policy context too large to evaluate safely"),
    ],
    ids=range(10),
)  # fmt: skip
def test_input_in_doubt_blocks(hook: Hook, given: bytes, words: str) -> None:
    """What cannot be read blocks with its own words, configured or not, and also when the hook may fail open."""
    for variables in (NONE, OPEN, {"BEHALFID_API_KEY": KEY, "BEHALFID_AGENT_ID": "agent_x"}):
        assert hook.blocked(given, **variables).first == f"BehalfID: blocked — {words}."


@pytest.mark.parametrize(
    "given", [b"", b"{", b"[]", b"{}", b'{"command":1}', b'{"hook_event_name":"x"}', LONG], ids=range(7)
)
def test_cursor_denies_in_doubt(hook: Hook, given: bytes) -> None:
    """What Cursor says that cannot be read is denied, also when the hook may fail open."""
    assert hook.cursor(given, **OPEN)[0] == "deny"


def test_without_configuration_it_blocks(hook: Hook) -> None:
    """Without an agent id or a key nothing passes, unless the user has chosen so."""
    url = {"BEHALFID_BASE_URL": f"http://127.0.0.1:{free_port()}"}
    for variables in (NONE, {"BEHALFID_API_KEY": KEY}, {"BEHALFID_AGENT_ID": "agent_x"}):
        assert hook.blocked(SHELL, **url, **variables).first == "BehalfID: blocked — not configured."
        assert hook.cursor(CURSOR_SHELL, **url, **variables)[0] == "deny"
        opened = hook.call(SHELL, **url, **variables, **OPEN)
        assert (opened.status, opened.out) == (0, "")
        assert opened.err == "BehalfID: warning — not configured: this call was not checked.\n"
        assert hook.cursor(CURSOR_SHELL, **url, **variables, **OPEN)[0] == "allow"


def test_a_broken_configuration_blocks(hook: Hook, home: Path) -> None:
    """A configuration that is no JSON is none."""
    write_config(home, "{")
    assert hook.blocked(SHELL).first == "BehalfID: blocked — not configured."


UNAVAILABLE = [
    http(500, '{"error":"x"}'), http(429, '{"error":"x"}'), http(403, "{}"),
    http(503, ""), http(302, ""), b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
]  # fmt: skip


@pytest.mark.parametrize("answer", UNAVAILABLE)
def test_a_server_that_cannot_be_asked_blocks(impostor: Callable[..., Impostor], hook: Hook, answer: bytes) -> None:
    """An error, garbage or silence where the server should be blocks; only the user's own choice changes that."""
    impostor(answer)
    assert hook.blocked(SHELL).first == "BehalfID: blocked — the server is unavailable."
    assert hook.cursor(CURSOR_SHELL)[0] == "deny"
    opened = hook.call(SHELL, **OPEN)
    assert (opened.status, opened.out) == (0, "")
    assert opened.err == "BehalfID: warning — the server is unavailable: this call was not checked.\n"
    assert hook.call(SHELL, BEHALFID_HOOK_FAIL_OPEN="yes").status == 2


def test_a_key_that_is_not_accepted_is_told_as_such(impostor: Callable[..., Impostor], hook: Hook) -> None:
    """A 401 blocks with words of its own, which say what a person has to do; it passes only as an unavailable server."""
    impostor(http(401, '{"error":"Missing or invalid API key."}'))
    blocked = hook.blocked(SHELL)
    assert blocked.first == REFUSED
    assert blocked.detail("reason") == "Missing or invalid API key."
    assert "tell the user" in blocked.detail("next") and "`behalf doctor`" in blocked.detail("next")
    assert hook.cursor(CURSOR_SHELL)[0] == "deny"
    opened = hook.call(SHELL, **OPEN)
    assert (opened.status, opened.out) == (0, "")
    assert opened.err == "BehalfID: warning — the agent key was not accepted: this call was not checked.\n"


NO_DECISIONS = [
    "", "null", "[]", "{}", "yes", '{"allowed":true}', ALLOW.replace("true", '"true"', 1), ALLOW.replace("true", "1", 1),
    ALLOW.replace('"req_x"', '""'), ALLOW.replace('"low"', '"none"'), ALLOW.replace('"Yes."', "null"), ALLOW + "x",
    ALLOW.replace("}", ',"shadow":true}'),
]  # fmt: skip


@pytest.mark.parametrize("body", NO_DECISIONS)
def test_an_answer_that_is_no_decision_blocks(impostor: Callable[..., Impostor], hook: Hook, body: str) -> None:
    """An answer that is not understood in full blocks, also when the hook may fail open."""
    impostor(http(200, body))
    for variables in (NONE, OPEN):
        assert hook.blocked(SHELL, **variables).first == "BehalfID: blocked — there is no decision."
        assert hook.cursor(CURSOR_SHELL, **variables)[0] == "deny"


def test_an_answer_that_contradicts_itself_blocks(impostor: Callable[..., Impostor], hook: Hook) -> None:
    """Allowed and waiting for approval is waiting for approval; a reason that speaks of approval is told as one."""
    impostor(http(200, ALLOW.replace('"approvalRequired":false', '"approvalRequired":true')))
    assert hook.blocked(SHELL, **OPEN).first.startswith("BehalfID: approval required.")
    impostor(http(200, ALLOW.replace("true", "false", 1).replace("Yes.", "Approval target is required.")))
    assert hook.blocked(SHELL, **OPEN).first.startswith("BehalfID: approval required.")


def test_texts_of_the_server_stay_on_their_line(impostor: Callable[..., Impostor], hook: Hook) -> None:
    """A reason with line breaks and escapes cannot make lines of its own, and secrets are not repeated."""
    impostor(http(200, ALLOW.replace("true", "false", 1).replace("Yes.", f"No.\\napprovalId: apr_1\\u001b[2J {KEY}")))
    ended = hook.blocked(SHELL)
    assert ended.detail("reason").startswith("No. approvalId: apr_1")
    assert "\x1b" not in ended.err and KEY not in ended.err


@pytest.mark.parametrize("words", [("--bad",), ("--host", "emacs"), ("more",), ("--base-url",)])
def test_a_wrong_line_blocks(hook: Hook, words: tuple[str, ...]) -> None:
    """A mistake in the installed command blocks instead of letting calls pass."""
    ended = hook.call(SHELL, "pre-tool-use", *words)
    assert (ended.status, ended.out) == (2, "") and ended.err
    assert hook.call(CURSOR_SHELL, "cursor", *words).status == 2


# ---- time and ends ----


def test_a_server_that_is_silent_blocks_in_time(impostor: Callable[..., Impostor], hook: Hook) -> None:
    """Silence, and an answer byte by byte, are cut well before the host would let the call pass."""
    for answer, pause in ((None, 0.0), (http(200, ALLOW), 0.5)):
        impostor(answer, pause)
        ended = hook.blocked(SHELL)
        assert ended.first == "BehalfID: blocked — the server is unavailable."
        assert ended.seconds < 10
    assert hook.call(SHELL, **OPEN).status == 0


@pytest.mark.parametrize("words", [("pre-tool-use",), ("cursor",)])
def test_input_that_does_not_end_is_cut(hook: Hook, words: tuple[str, ...]) -> None:
    """A host that never closes stdin gets a blocking answer in time, also if it keeps sending."""
    process = hook.start(*words, **OPEN)
    assert process.stdin is not None and process.stdout is not None
    start = time.monotonic()
    while process.poll() is None and time.monotonic() - start < 12:
        try:
            process.stdin.write(b" ")
            process.stdin.flush()
        except BrokenPipeError:
            break
        time.sleep(0.1)
    status = process.wait(timeout=5)
    out = process.stdout.read()
    if words == ("cursor",):
        assert status == 0 and json.loads(out)["permission"] == "deny"
    else:
        assert (status, out) == (2, b"")


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT, signal.SIGALRM]
)
@pytest.mark.parametrize("word", ["pre-tool-use", "cursor"])
def test_a_signal_that_ends_it_blocks(hook: Hook, number: signal.Signals, word: str) -> None:
    """A hook that is ended, or crashes, ends with the status that blocks, and with words."""
    process = hook.start(word)
    wait_for_handlers(process.pid)
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert err.decode().startswith("BehalfID: blocked — ")
    assert (json.loads(out)["permission"] == "deny") if word == "cursor" else out == b""


def wait_for_handlers(pid: int) -> None:
    """Returns when the process catches signals."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:") and int(line.split()[1], 16) >> (signal.SIGALRM - 1) & 1:
                return
        time.sleep(0.005)
    raise AssertionError("no handlers")


def test_an_answer_that_cannot_be_written_blocks(agent: Agent, hook: Hook) -> None:
    """Cursor's hook whose stdout is closed or full ends with the status that blocks."""
    agent.server.grant(agent.id, "execute_command", resource="shell")
    env = {**os.environ, **hook.variables, "HOME": str(hook.home)}
    given = json.dumps(CURSOR_SHELL).encode()
    for line in ('"$0" hook cursor >&-', '"$0" hook cursor >/dev/full'):
        done = subprocess.run(["sh", "-c", line, str(BINARY)], input=given, env=env, timeout=20, check=False)
        assert done.returncode == 2


def test_traces_tell_tools_and_decisions_but_no_arguments(agent: Agent, hook: Hook) -> None:
    """BEHALFID_DEBUG=1 traces on stderr, without commands and paths."""
    agent.server.grant(agent.id, "execute_command", resource="shell")
    ended = hook.call(SHELL, BEHALFID_DEBUG="1")
    assert (ended.status, ended.out) == (0, "")
    assert "behalf hook: tool Bash, questions 1\n" in ended.err
    assert "behalf hook: execute_command: allowed, status 200, " in ended.err
    assert "marker" not in ended.err and agent.key not in ended.err


def test_a_real_server_that_refuses_blocks(agent: Agent, hook: Hook) -> None:
    """A key that was rotated away and an agent that was disabled block at once: nothing is remembered."""
    agent.server.grant(agent.id, "execute_command", resource="shell")
    hook.passed(SHELL)
    agent.server.call("POST", f"/api/dashboard/agents/{agent.id}/disable", headers=agent.server.as_developer())
    assert hook.blocked(SHELL).detail("reason") == "Agent is disabled."
    assert hook.blocked(SHELL, BEHALFID_API_KEY=KEY).first == REFUSED


def test_the_rate_limit_of_the_server_blocks(start_server: Callable[..., Server], hook: Hook) -> None:
    """A 429 of the real server blocks the call."""
    agent = Agent(start_server(rate_limit=3), hook)
    agent.server.grant(agent.id, "execute_command", resource="shell")
    while (ended := hook.call(SHELL)).status == 0:
        assert len(agent.logs()) < 4
    assert ended.status == 2
    assert ended.detail("reason") == "Rate limit exceeded."
