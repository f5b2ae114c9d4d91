# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from harness import BINARY

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
