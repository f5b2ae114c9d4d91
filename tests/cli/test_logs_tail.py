# SPDX-License-Identifier: Apache-2.0
"""`behalf logs tail`: decisions as they are made, over lost connections too."""

import json
import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from harness import BINARY, Server


class Tail:
    """A running `behalf logs tail`."""

    def __init__(self, server: Server, home: Path, *words: str, person: bool = False) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
        env.update(HOME=str(home), BEHALFID_BASE_URL=server.base_url)
        if person:
            env["BEHALFID_DEVELOPER_TOKEN"] = server.developer_token
        else:
            env["BEHALFID_API_KEY"] = server.api_key
        self.process = subprocess.Popen(
            [str(BINARY), "logs", "tail", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        self.lines: "queue.Queue[str]" = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        """Moves lines to where a test can wait for them."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def take(self, count: int) -> list[str]:
        """That many lines."""
        return [self.lines.get(timeout=30) for _ in range(count)]

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Interrupts it: its status and what it wrote to stderr."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> tuple[int, str]:
        """Waits for its end."""
        status = self.process.wait(20)
        self.reader.join(20)
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            return status, stderr.read()


@pytest.fixture()
def follow(server: Server, home: Path) -> Iterator[Callable[..., Tail]]:
    """Starts `behalf logs tail WORDS` and waits until it listens: until a decision that is made shows up."""
    started: list[Tail] = []

    def start(*words: str, person: bool = False) -> Tail:
        tail = Tail(server, home, *words, person=person)
        started.append(tail)
        deadline = time.monotonic() + 20
        while tail.lines.empty() and time.monotonic() < deadline:
            server.verify("warm up")
            time.sleep(0.3)
        with pytest.raises(queue.Empty):
            while tail.lines.get(timeout=1):
                continue
        return tail

    yield start
    for tail in started:
        tail.process.kill()
        tail.process.wait()
        for pipe in (tail.process.stdout, tail.process.stderr):
            if pipe is not None:
                pipe.close()


def decide(server: Server, count: int, action: str = "purchase") -> list[str]:
    """Decisions: their request ids."""
    return [server.verify(action, vendor="a.example").json()["requestId"] for _ in range(count)]


def test_each_decision_is_one_line(server: Server, follow: Callable[..., Tail]) -> None:
    """A line has the columns of the list; an interrupt ends the command with success and without noise."""
    tail = follow(server.agent_id)
    made = decide(server, 3)
    lines = tail.take(3)
    listed = server.command_line("logs", server.agent_id, env={"BEHALFID_API_KEY": server.api_key})
    rows = [line.split() for line in listed.stdout.splitlines()]
    for request_id, line in zip(made, lines):
        words = line.split()
        assert words[2] == request_id
        assert words in rows
    assert tail.stop() == (0, "")


def test_json_is_one_object_per_line(server: Server, follow: Callable[..., Tail]) -> None:
    """With --json each line is the row as the API shows it."""
    tail = follow(server.agent_id, "--json")
    made = decide(server, 3)
    rows = [json.loads(line) for line in tail.take(3)]
    assert [row["requestId"] for row in rows] == made
    shown = server.call("GET", f"/api/logs/{server.agent_id}", headers=server.as_agent()).json()[:3]
    assert rows == list(reversed(shown))
    assert tail.stop(signal.SIGTERM) == (0, "")


def test_after_shows_what_came_since(server: Server, home: Path) -> None:
    """--after begins behind the decision that it names."""
    made = decide(server, 5)
    tail = Tail(server, home, server.agent_id, "--json", "--after", made[1])
    assert [json.loads(line)["requestId"] for line in tail.take(3)] == made[2:]
    assert tail.stop()[0] == 0


def test_a_person_follows_the_whole_account(server: Server, follow: Callable[..., Tail]) -> None:
    """With a developer token and no agent, the decisions of all agents come, each with its agent's name."""
    agent_id, key = server.create_agent("Second")
    tail = follow("-i", "3", person=True)
    body = {"agentId": agent_id, "action": "act"}
    made = [server.verify("purchase").json()["requestId"]]
    made.append(server.call("POST", "/api/verify", body, server.as_agent(key)).json()["requestId"])
    words = [line.split() for line in tail.take(2)]
    assert [line[2] for line in words] == made
    assert words[1][3] == "Second" and words[0][3] != "Second"
    assert tail.stop() == (0, "")


def test_filters_leave_the_others_out(server: Server, home: Path) -> None:
    """An agent without its key, --allowed, --denied, --risk and --action: only rows that fit are shown."""
    agent_id, key = server.create_agent("Second")
    server.grant(agent_id, "read")
    body = {"agentId": agent_id, "action": "read"}
    start = server.verify("purchase").json()["requestId"]
    allowed = server.call("POST", "/api/verify", body, server.as_agent(key)).json()
    assert allowed["allowed"]
    denied = server.call("POST", "/api/verify", {**body, "action": "steal"}, server.as_agent(key)).json()
    last = server.verify("steal").json()
    expected = {
        (agent_id,): [allowed, denied],
        ("--allowed",): [allowed],
        ("--denied", "--action", "steal"): [denied, last],
        ("--risk", denied["risk"], "--agent", agent_id): [denied],
    }
    for words, rows in expected.items():
        tail = Tail(server, home, *words, "--json", "--after", start, person=True)
        assert [json.loads(line)["requestId"] for line in tail.take(len(rows))] == [row["requestId"] for row in rows]
        with pytest.raises(queue.Empty):
            tail.lines.get(timeout=1)
        assert tail.stop() == (0, ""), words


def test_an_agent_that_does_not_exist_is_not_waited_for(server: Server, home: Path) -> None:
    """A wrong id and a filter that means nothing end at once with an error."""
    status, error = Tail(server, home, "agent_none", person=True).end()
    assert status == 1 and "not found" in error
    status, error = Tail(server, home, "--risk", "none", person=True).end()
    assert status == 1 and "--risk" in error


def test_lost_connection_is_made_again(server: Server, follow: Callable[..., Tail]) -> None:
    """A server that is killed and comes back is followed on: nothing twice, nothing left out, and it is said."""
    tail = follow("--agent", server.agent_id)
    first = decide(server, 2)
    assert [line.split()[2] for line in tail.take(2)] == first
    server.kill()
    server.start()
    second = decide(server, 3)
    assert [line.split()[2] for line in tail.take(3)] == second
    status, notes = tail.stop()
    assert status == 0
    assert "Connection lost; trying again in 1 s." in notes


def test_key_that_is_rotated_ends_it(server: Server, follow: Callable[..., Tail]) -> None:
    """Once the key is refused there is nothing to wait for: an error and status 1."""
    tail = follow(server.agent_id)
    assert (
        server.call("POST", f"/api/agents/{server.agent_id}/rotate-key", headers=server.as_agent()).status_code == 200
    )
    status, error = tail.end()
    assert status == 1
    assert "[AGENT_AUTH_REQUIRED] Missing or invalid API key." in error


def test_wrong_key_and_absent_server_fail_at_once(server: Server, home: Path) -> None:
    """What was never reached is an error, not something to wait for."""
    server.api_key = "bhf_sk_" + "A" * 43
    status, error = Tail(server, home, server.agent_id).end()
    assert status == 1 and "Missing or invalid API key." in error
    assert server.stop() == 0
    status, error = Tail(server, home, server.agent_id, "--json").end()
    assert status == 1 and json.loads(error)["code"] == "network"
