# SPDX-License-Identifier: Apache-2.0
"""Measures start-up and a whole hook against the decision it asks for. Part of bench/measure.py; alone it prints.

Every figure is a new process, from the fork to its end, as a coding agent would start it; the decision alone is one
POST /api/verify of the same question over a connection that is open. All in turn. Because a busy machine only ever
adds, the fastest tenth of the runs stands beside the median.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, NamedTuple, Optional

import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import harness  # noqa: E402
from harness import Server  # noqa: E402

CALL = {"tool_name": "Bash", "cwd": "/w", "tool_input": {"command": "ls -l"}}


class Times(NamedTuple):
    """Milliseconds."""

    p50: float
    p10: float


class Figures(NamedTuple):
    """What was measured."""

    start: Times
    hook: Times
    verify: Times


def milliseconds(work: Callable[[], None]) -> float:
    """Of one piece of work."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def process(words: list[str], given: bytes, env: dict[str, str], status: int = 0) -> Callable[[], None]:
    """A new process each time."""

    def work() -> None:
        done = subprocess.run([str(harness.BINARY), *words], input=given, env=env, capture_output=True, check=False)
        assert done.returncode == status, done.stderr

    return work


def measure(server: Server, home: Path, turns: int) -> Figures:
    """All three, in turn."""
    agent_id, key = server.create_agent("Bench coder")
    server.grant(agent_id, "execute_command", resource="shell")
    env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
    env |= {"HOME": str(home), "BEHALFID_BASE_URL": server.base_url}
    env |= {"BEHALFID_API_KEY": key, "BEHALFID_AGENT_ID": agent_id}
    question = {
        "agentId": agent_id,
        "action": "execute_command",
        "vendor": "shell",
        "policyContext": {"source": "claude_code", "toolName": "Bash", "cwd": "/w", "toolInput": CALL["tool_input"]},
    }
    with requests.Session() as line:
        line.headers.update(server.as_agent(key))

        def verify() -> None:
            assert line.post(server.base_url + "/api/verify", json=question, timeout=10).json()["allowed"] is True

        work = [
            process(["--version"], b"", env),
            process(["hook", "pre-tool-use"], json.dumps(CALL).encode(), env),
            verify,
        ]
        times: list[list[float]] = [[], [], []]
        for turn in range(-5, turns):
            for one, taken in zip(work, times):
                spent = milliseconds(one)
                if turn >= 0:
                    taken.append(spent)
    return Figures(*[Times(statistics.median(taken), sorted(taken)[len(taken) // 10]) for taken in times])


def run(turns: int, scratch: Optional[str] = None) -> Figures:
    """With a server of its own."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder, Server(Path(folder) / "data") as server:
        return measure(server, Path(folder), turns)


def rows(figures: Figures) -> list[tuple[str, str, str, str]]:
    """For the table: what, figure, goal, detail."""
    start, hook, verify = figures
    return [
        ("start-up, `behalf --version`", f"{start.p50:.1f} ms", "< 10 ms", f"fastest tenth {start.p10:.1f} ms"),
        ("a hook in all, server on loopback", f"{hook.p50:.1f} ms", "< 15 ms", f"fastest tenth {hook.p10:.1f} ms"),
        (
            "a hook in all / the verify call alone",
            f"{hook.p50 / verify.p50:.1f}",
            "-",
            f"verify {verify.p50:.1f} ms, fastest tenth {verify.p10:.1f} ms",
        ),
    ]


if __name__ == "__main__":
    for what, figure, goal, detail in rows(run(300)):
        print(f"{what:<58} {figure:<14} (goal {goal})  {detail}")
