# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from harness import BINARY, Server

KEY = "bhf_sk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"


class Result(NamedTuple):
    """How one command ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """What stdout says."""
        return json.loads(self.out)

    def error(self) -> Any:
        """The one JSON line on stderr."""
        assert self.err.count("\n") == 1, self.err
        return json.loads(self.err)


class Run(Protocol):
    """Runs `behalf WORDS` with the variables given and no others of ours."""

    def __call__(self, *words: str, **variables: str) -> Result:
        ...


def developer_env(server: Server) -> dict[str, str]:
    """The variables of a developer."""
    return {"BEHALFID_DEVELOPER_TOKEN": server.developer_token, "HOME": str(server.data_dir)}


class Group:
    """The commands of a group, `behalf GROUP WORDS`, as a developer runs them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, server: Server, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """One command."""
        return server.command_line(self.name, *words, env={**developer_env(server), **variables})

    def done(self, server: Server, *words: str) -> str:
        """The same, which must succeed: what it printed."""
        ended = self.run(server, *words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def as_json(self, server: Server, *words: str) -> Any:
        """The same with --json."""
        return json.loads(self.done(server, *words, "--json"))

    def error(self, server: Server, *words: str) -> str:
        """The first line of the error of a command that must fail without any output."""
        ended = self.run(server, *words)
        assert (ended.returncode, ended.stdout) == (1, "")
        return ended.stderr.splitlines()[0]


def config_path(home: Path) -> Path:
    """Where the configuration is."""
    return home / ".behalf" / "config.json"


def write_config(home: Path, text: str) -> None:
    """A configuration as another tool may have left it."""
    config_path(home).parent.mkdir(exist_ok=True)
    config_path(home).write_text(text)


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture()
def home(tmp_path: Path) -> Path:
    """A home folder of its own."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture()
def behalf(home: Path) -> Run:
    """The command line of a user without any configuration."""

    def run(*words: str, **variables: str) -> Result:
        env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
        env.update({"HOME": str(home), **variables})
        done = subprocess.run([str(BINARY), *words], capture_output=True, env=env, timeout=60, check=False)
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
