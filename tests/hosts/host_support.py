# SPDX-License-Identifier: Apache-2.0
"""What the tests with the real coding agents share: a home and a project of their own, the stub model, the launch.

Every test works with the same question: does the command that the model asks for run? Its proof is a file.
"""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

import pytest

import host_packages
from harness import BINARY
from host_packages import PROGRAMS
from stub_model import Answered, StubModel, shell

SECONDS = 60
MODEL = "gpt-5.5"  # one that Codex knows, with all the tools that such models have
HOSTS = ("claude", "codex")

# Nothing but the stub is asked: no telemetry, no updates, and no keys or proxies of whoever runs the tests.
QUIET = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-dummy",
    "OPENAI_API_KEY": "sk-dummy",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
}

CODEX_CONFIG = """\
model = "{model}"
model_provider = "stub"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.stub]
name = "stub"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
request_max_retries = 0
stream_max_retries = 0

[projects."{project}"]
trust_level = "trusted"
"""

# As people start them without a terminal, with every check of their own switched off: what stops a command is ours.
CLAUDE_WORDS = ("-p", "Do your work.", "--allowedTools", "Bash,Write,Read,Edit")
CODEX_WORDS = ("exec", "--skip-git-repo-check", "--sandbox", "danger-full-access")


class Ended(NamedTuple):
    """How a program ended."""

    status: int
    out: str
    err: str


class Ground:
    """A home, a project, a stub model: where one test starts coding agents."""

    def __init__(self, folder: Path, stub: StubModel, model: str = MODEL) -> None:
        self.home = folder / "home"
        self.project = folder / "project"
        self.marker = self.project / "marker"
        self.stub = stub
        self.variables: dict[str, str] = {}
        self.bin = folder / "agents"
        self.started = folder / "started"
        self.program = BINARY
        self.ended: Optional[Ended] = None
        for path in (self.home / ".claude", self.home / ".codex", self.project):
            path.mkdir(parents=True)
        self.put_programs()
        text = CODEX_CONFIG.format(model=model, url=stub.url, project=self.project)
        (self.home / ".codex" / "config.toml").write_text(text)

    def environment(self) -> dict[str, str]:
        """All that a started program knows."""
        own = {"HOME": str(self.home), "LANG": "C.UTF-8", "TERM": "dumb", "ANTHROPIC_BASE_URL": self.stub.url}
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        folders = (
            self.bin,
            self.program.parent,
            Path(shutil.which("node") or "/usr/bin/node").parent,
            "/usr/bin",
            "/bin",
        )
        path = ":".join(str(folder) for folder in folders)
        return {**kept, **QUIET, **own, "PATH": path, **self.variables}

    def put_programs(self) -> None:
        """The agents on the PATH are the real ones, behind a line that notes that one was started to work."""
        self.bin.mkdir()
        for host in HOSTS:
            note = f'case " $* " in *" app-server "*) ;; *) : > \'{self.started}\' ;; esac'
            (self.bin / host).write_text(f"#!/bin/sh\n{note}\nexec '{PROGRAMS / host}' \"$@\"\n")
            (self.bin / host).chmod(0o755)

    def run(self, *words: str, seconds: int = SECONDS) -> Ended:
        """Runs a program in the project; at its end, or when its time is over, nothing of it is left."""
        with subprocess.Popen(
            words,
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=seconds)
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.ended = Ended(process.returncode, out, err)
        return self.ended

    # ---- the agents ----

    def words(self, host: str, *options: str) -> list[str]:
        """The command line of an agent that shall do one piece of work."""
        if host == "claude":
            return [host, *CLAUDE_WORDS, *options]
        return [host, *CODEX_WORDS, *options, "Do your work."]

    def start(self, host: str, *options: str) -> Ended:
        """Starts an agent as it is."""
        return self.run(*self.words(host, *options))

    def launch(self, host: str, *options: str) -> Ended:
        """Starts an agent through our launcher."""
        return self.run(str(self.program), *self.words(host, *options))

    # ---- settings ----

    def settings_path(self, host: str) -> Path:
        """Where a person's hooks are configured."""
        return self.home / (".claude/settings.json" if host == "claude" else ".codex/hooks.json")

    def write_hook(self, host: str, command: str, **fields: Any) -> None:
        """Hook settings by hand."""
        hook = {"type": "command", "command": command, **fields}
        settings = {"hooks": {"PreToolUse": [{"matcher": ".*", "hooks": [hook]}]}}
        self.settings_path(host).write_text(json.dumps(settings))

    def add_codex_config(self, text: str) -> None:
        """More of a person's config.toml; what is there stays in front."""
        path = self.home / ".codex" / "config.toml"
        path.write_text(f"{path.read_text()}\n{text}\n")

    def write_project(self, name: str, text: str) -> None:
        """A file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def script(self, name: str, text: str) -> Path:
        """A program in the home."""
        path = self.home / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    # ---- what happened ----

    def story(self) -> str:
        """For the message of a failed assertion."""
        return f"{self.ended}\nasked {self.stub.asked}, answers {self.stub.answers}"

    def has_run(self) -> bool:
        """Whether the command ran. That the model asked for it must be sure, or the answer says nothing."""
        assert self.stub.asked > 0, f"the model was never asked: {self.story()}"
        return self.marker.exists()

    def answers(self) -> list[Answered]:
        """What the agent told the model about its calls."""
        return self.stub.answers


@pytest.fixture(scope="session")
def coding_agents() -> None:
    """The agents are installed; a machine that cannot reach npm skips, and says so."""
    status = host_packages.main()
    if status == host_packages.UNREACHABLE:
        pytest.skip("the coding agents are not installed, and npm cannot reach its registry")
    assert status == 0, "the coding agents could not be installed"


@pytest.fixture()
def ground(coding_agents: None, tmp_path: Path) -> Iterator[Ground]:
    """Where one test starts agents; their model asks for the command that makes the marker."""
    with StubModel() as stub:
        made = Ground(tmp_path, stub)
        stub.script = [shell(f"touch {made.marker}")]
        yield made


# ---- trust in Codex's hooks ----


class AppServer:
    """Codex's own interface for programs, over its standard streams. Use as a context manager."""

    def __init__(self, ground: Ground) -> None:
        self.process = subprocess.Popen(
            ["codex", "app-server"],
            cwd=ground.project,
            env=ground.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.last = 0

    def __enter__(self) -> "AppServer":
        self.call("initialize", clientInfo={"name": "tests", "version": "1"})
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def call(self, method: str, **params: Any) -> Any:
        """The result of one call."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.last += 1
        self.process.stdin.write(json.dumps({"id": self.last, "method": method, "params": params}) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self.last:
                return answer["result"]
        raise AssertionError(f"codex app-server ended before it answered {method}")


def trust_hooks(ground: Ground) -> None:
    """What a person does who reviews the hooks and trusts them all."""
    with AppServer(ground) as server:
        listed = server.call("hooks/list", cwds=[str(ground.project)])
        hooks = [hook for entry in listed["data"] for hook in entry["hooks"]]
        assert hooks, listed
        state = {hook["key"]: {"trusted_hash": hook["currentHash"]} for hook in hooks}
        edit = {"keyPath": "hooks.state", "value": state, "mergeStrategy": "upsert"}
        server.call("config/batchWrite", edits=[edit])
