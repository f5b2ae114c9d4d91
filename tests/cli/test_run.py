# SPDX-License-Identifier: Apache-2.0
"""`behalf run -- CMD`: the command runs when the agent may, and otherwise leaves no trace."""

import os
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Iterator, Optional

import pytest
import requests

from api_support import approvals, settle
from cli_support import Result, Run
from harness import BINARY, Server, free_port


class Runner:
    """An agent, and the command line that acts for it."""

    def __init__(self, server: Server, behalf: Run, marker: Path) -> None:
        self.server, self.behalf, self.marker = server, behalf, marker
        self.id, self.key = server.create_agent("Runner")
        self.variables = {
            "BEHALFID_BASE_URL": server.base_url,
            "BEHALFID_API_KEY": self.key,
            "BEHALFID_AGENT_ID": self.id,
        }

    def run(self, *words: str, **variables: str) -> Result:
        """`behalf run WORDS`."""
        return self.behalf("run", *words, **{**self.variables, **variables})

    def touch(self, *options: str, **variables: str) -> tuple[int, bool]:
        """Runs a command that leaves a mark: the status, and whether there is one."""
        done = self.run(*options, "--", "touch", str(self.marker), **variables)
        ran = self.marker.exists()
        self.marker.unlink(missing_ok=True)
        return done.status, ran

    def grant(self, action: str, **fields: Any) -> None:
        """Allows an action."""
        self.server.grant(self.id, action, **fields)

    def newest(self) -> dict[str, Any]:
        """The newest decision."""
        rows = self.server.call("GET", f"/api/logs/{self.id}", headers=self.server.as_agent(self.key)).json()
        newest: dict[str, Any] = rows[0]
        return newest


@pytest.fixture()
def runner(demo: Server, behalf: Run, tmp_path: Path) -> Runner:
    """A new agent without permissions."""
    return Runner(demo, behalf, tmp_path / "marker")


def test_an_allowed_command_runs_and_ends_as_itself(runner: Runner) -> None:
    """Streams and status are the command's own; 128 + n says that signal n ended it."""
    runner.grant("run_command", resource="shell")
    assert runner.touch() == (0, True)
    done = runner.run("--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.status, done.out) == (7, "out\n")
    assert done.err.endswith("err\n") and "run_command on shell: allowed" in done.err
    assert runner.run("--", "sh", "-c", "kill -TERM $$").status == 128 + signal.SIGTERM
    assert runner.run("--", "/no/such/command").status == 127
    assert runner.run("--", "/etc/passwd").status == 126


def test_no_shell_looks_at_the_words(runner: Runner) -> None:
    """The words reach the command as they stand."""
    runner.grant("run_command", resource="shell")
    words = ["$HOME", "a b", "*", ";", "", "--json", "--"]
    done = runner.run("--", "printf", "%s\\n", *words)
    assert done.out.splitlines() == words


def test_a_denied_command_does_not_run(runner: Runner) -> None:
    """Denied, waiting for approval, unknown or not to be asked: 1, and nothing was run."""
    assert runner.touch() == (1, False)
    error = runner.run("--json", "--", "touch", str(runner.marker)).error()
    assert error["code"] == "denied" and error["error"].startswith("Not run: No active permission")
    runner.grant("run_command", resource="shell", requiresApproval=True)
    assert runner.touch() == (1, False)
    assert runner.run("--json", "--", "touch", str(runner.marker)).error()["code"] == "approval_required"
    assert runner.touch(BEHALFID_API_KEY="bhf_sk_wrong") == (1, False)
    assert runner.touch(BEHALFID_API_KEY="") == (1, False)
    assert runner.touch(BEHALFID_AGENT_ID="") == (1, False)
    assert runner.touch(BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}") == (1, False)
    assert runner.touch("--wait", "0") == (1, False)
    assert runner.touch("--risk", "some") == (1, False)
    assert runner.run("--").status == 1
    assert runner.run("frobnicate").status == 1


def test_the_guessed_resource_and_the_command_are_sent(runner: Runner, tmp_path: Path) -> None:
    """A permission for the guessed resource fits, and rules on commands see the command."""
    folder = tmp_path / "folder"
    folder.mkdir()
    runner.grant("delete_files", resource="filesystem")
    assert runner.run("--", "rm", "-r", str(folder)).status == 0
    assert not folder.exists()
    assert (runner.newest()["action"], runner.newest()["vendor"]) == ("delete_files", "filesystem")
    runner.grant("execute_command", resource="shell", constraints={"deniedCommands": ["touch"]})
    assert runner.touch("--action", "execute_command") == (1, False)
    assert runner.newest()["reason"] == "command_blocked"
    assert runner.run("--action", "execute_command", "--", "true").status == 0


def test_flags_override_the_guess(runner: Runner) -> None:
    """--action, --vendor, --resource and --amount are what is asked."""
    runner.grant("pay", resource="shop", constraints={"maxAmount": 10})
    assert runner.touch("--action", "pay", "--vendor", "shop", "--amount", "10") == (0, True)
    assert runner.touch("--action", "pay", "--resource", "shop", "--amount", "10") == (0, True)
    assert runner.touch("--action", "pay", "--vendor", "shop", "--amount", "11") == (1, False)
    assert runner.touch("--action", "pay", "--vendor", "other", "--amount", "1") == (1, False)


def test_shadow_mode_runs_always(runner: Runner) -> None:
    """With --shadow or BEHALFID_SHADOW=true a denied command runs, and the log says what would have been."""
    assert runner.touch("--shadow") == (0, True)
    assert runner.newest()["shadow"] is True
    assert runner.touch(BEHALFID_SHADOW="true") == (0, True)
    assert runner.touch(BEHALFID_SHADOW="false") == (1, False)
    assert runner.touch("--shadow", BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}") == (0, True)


def decide_later(runner: Runner, verdict: str) -> threading.Thread:
    """A person who decides once there is something to decide."""

    def decide() -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for row in approvals(runner.server):
                if row["agentId"] == runner.id:
                    settle(runner.server, row["approvalId"], verdict)
                    return
            time.sleep(0.05)

    thread = threading.Thread(target=decide)
    thread.start()
    return thread


@pytest.mark.parametrize(("verdict", "end"), [("approve", (0, True)), ("deny", (1, False))])
def test_it_waits_for_an_approval(runner: Runner, verdict: str, end: tuple[int, bool]) -> None:
    """--wait holds the command until a person has decided, and what was decided counts."""
    runner.grant("run_command", resource="shell", requiresApproval=True)
    person = decide_later(runner, verdict)
    assert runner.touch("--wait", "30") == end
    person.join()


def test_the_wait_ends(runner: Runner) -> None:
    """Without a decision in time the command does not run, and progress was told."""
    runner.grant("run_command", resource="shell", requiresApproval=True)
    done = runner.run("--wait", "1", "--", "touch", str(runner.marker))
    assert done.status == 1 and not runner.marker.exists()
    assert "Waiting for approval of apr_" in done.err


class Hiccups(BaseHTTPRequestHandler):
    """Passes questions on; the first ones about an approval it answers itself, badly."""

    base_url = ""
    answers: list[int] = []

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        """Approvals."""
        if not self.answers:
            self.pass_on(None)
            return
        status = self.answers.pop(0)
        if status == 0:  # as if the server had ended
            self.close_connection = True
            return
        self.answer(status, b'{"approval": {"status": "pending"}}' if status == 200 else b"{}")

    def do_POST(self) -> None:  # pylint: disable=invalid-name
        """Decisions."""
        self.pass_on(self.rfile.read(int(self.headers["Content-Length"])))

    def pass_on(self, body: Optional[bytes]) -> None:
        """Asks the server."""
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")
        }
        done = requests.request(self.command, self.base_url + self.path, data=body, headers=headers, timeout=60)
        self.answer(done.status_code, done.content)

    def answer(self, status: int, body: bytes) -> None:
        """Answers, with JSON."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:  # pylint: disable=arguments-differ
        """Quiet."""


@pytest.fixture()
def hiccups(demo: Server) -> Iterator[str]:
    """The address of the server behind such a one."""
    Hiccups.base_url = demo.base_url
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hiccups)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [0, 429, 503])
def test_a_hiccup_does_not_end_the_wait(runner: Runner, hiccups: str, status: int) -> None:
    """A server that is away for a moment still has the approval: the wait goes on, and that is told once."""
    runner.grant("run_command", resource="shell", requiresApproval=True)
    Hiccups.answers[:] = [status, status]
    person = decide_later(runner, "approve")
    done = runner.run("--wait", "30", "--", "touch", str(runner.marker), BEHALFID_BASE_URL=hiccups)
    person.join()
    assert done.status == 0 and runner.marker.exists(), done.err
    assert not Hiccups.answers and done.err.count("Waiting for approval") == 1


def test_a_server_that_does_not_wait_is_not_flooded(runner: Runner, hiccups: str) -> None:
    """Where the answer comes at once a second passes before the next question."""
    runner.grant("run_command", resource="shell", requiresApproval=True)
    Hiccups.answers[:] = [200] * 100
    assert runner.run("--wait", "3", "--", "true", BEHALFID_BASE_URL=hiccups).status == 1
    asked = 100 - len(Hiccups.answers)
    Hiccups.answers.clear()
    assert 1 <= asked <= 4


@pytest.mark.parametrize("status", [403, 404])
def test_an_approval_that_cannot_be_read_ends_the_wait(runner: Runner, hiccups: str, status: int) -> None:
    """What will not get better by waiting is an error at once, with the reason."""
    runner.grant("run_command", resource="shell", requiresApproval=True)
    Hiccups.answers[:] = [status]
    done = runner.run("--wait", "600", "--", "touch", str(runner.marker), BEHALFID_BASE_URL=hiccups)
    assert done.status == 1 and not runner.marker.exists()
    assert "could not be read" in done.err and str(status) in done.err


def test_signals_reach_the_command(runner: Runner, home: Path) -> None:
    """A signal that asks `behalf run` to end is passed on, and its end is the command's."""
    runner.grant("run_command", resource="shell")
    env = {**os.environ, **runner.variables, "HOME": str(home)}
    line = ["sh", "-c", 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done']
    process = subprocess.Popen([str(BINARY), "run", "--", *line], env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.terminate()
    assert process.wait(timeout=10) == 9
