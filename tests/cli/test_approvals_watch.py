# SPDX-License-Identifier: Apache-2.0
"""`behalf approvals watch`: requests as they come, and what becomes of them."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from api_support import Agent, settle  # noqa: E402
from harness import BINARY, Server  # noqa: E402


class Watch:
    """A running watch; its lines arrive one by one."""

    def __init__(self, server: Server, home: Path, *words: str) -> None:
        env = {"HOME": str(home), "BEHALFID_BASE_URL": server.base_url}
        env["BEHALFID_DEVELOPER_TOKEN"] = server.developer_token
        self.process = subprocess.Popen(
            [BINARY, "approvals", "watch", "--interval", "1", *words],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: "Queue[str]" = Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        """Hands the lines over."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def next(self) -> str:
        """The next line, waited for."""
        return self.lines.get(timeout=60)

    def end(self) -> int:
        """Interrupts it: its status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that has to ask for each deploy."""
    made = Agent(demo, "Watched")
    made.grant("deploy", requiresApproval=True)
    made.grant("promote", requiresApproval=True)
    return made


def test_requests_and_their_ends_are_shown(demo: Server, agent: Agent, tmp_path: Path) -> None:
    """What waits comes first, what is asked meanwhile follows, and each end is told once."""
    first = agent.decide("deploy", vendor="vercel.com")["approvalId"]
    watch = Watch(demo, tmp_path, "--agent", agent.agent_id)
    line = watch.next()
    assert f"pending  {first}  Watched: deploy on vercel.com" in line
    second = agent.decide("promote")["approvalId"]
    assert f"pending  {second}  Watched: promote" in watch.next()
    settle(demo, first, "approve")
    assert f"approved  {first}" in watch.next()
    settle(demo, second, "deny")
    assert f"denied  {second}" in watch.next()
    assert watch.end() == 0


def test_json_is_one_request_a_line(demo: Server, agent: Agent, tmp_path: Path) -> None:
    """With --json each line is the request as the server describes it."""
    approval_id = agent.decide("deploy")["approvalId"]
    watch = Watch(demo, tmp_path, "--agent", agent.agent_id, "--json")
    assert json.loads(watch.next())["approvalId"] == approval_id
    assert watch.end() == 0


def test_a_server_that_comes_back_is_watched_on(start_server: Callable[..., Server], tmp_path: Path) -> None:
    """While the server is away the watch says so and tries again; what was asked meanwhile is shown then."""
    server = start_server()
    agent = Agent(server, "Watched")
    agent.grant("deploy", requiresApproval=True)
    first = agent.decide("deploy")["approvalId"]
    watch = Watch(server, tmp_path)
    assert first in watch.next()
    server.stop()
    assert watch.process.stderr is not None
    assert "Trying again in 2 s." in watch.process.stderr.readline()
    server.start()
    second = agent.decide("deploy", vendor="other.example")["approvalId"]
    assert second in watch.next()
    assert watch.end() == 0


def test_a_refusal_ends_it(demo: Server, tmp_path: Path) -> None:
    """Who may not look, or no server at the beginning, is an error at once."""
    env: dict[str, Any] = {"HOME": str(tmp_path), "BEHALFID_BASE_URL": demo.base_url}
    wrong = {**env, "BEHALFID_DEVELOPER_TOKEN": "bhf_dev_wrong"}
    away = {**env, "BEHALFID_DEVELOPER_TOKEN": "bhf_dev_wrong", "BEHALFID_BASE_URL": "http://127.0.0.1:9"}
    for variables, text in ((env, "logged in"), (wrong, "Error:"), (away, "Could not reach")):
        done = subprocess.run([BINARY, "approvals", "watch"], env=variables, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and text in done.stderr


@pytest.mark.parametrize("interval", ["0", "0.5", "3601", "x"])
def test_interval_has_limits(demo: Server, tmp_path: Path, interval: str) -> None:
    """Only 1 to 3600 seconds are a rhythm."""
    done = subprocess.run(
        [BINARY, "approvals", "watch", "--interval", interval],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "--interval must be" in done.stderr
