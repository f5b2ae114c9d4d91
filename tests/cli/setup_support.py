# SPDX-License-Identifier: Apache-2.0
"""A person's home and project, where coding agents are set up."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Optional

import pytest

from cli_support import Result, write_config
from harness import BINARY, Server


class Desk:
    """Runs commands in a project, for a home of its own, with nothing of ours in the environment."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.project = folder / "project"
        self.tools = folder / "tools"
        for path in (self.home, self.project, self.tools):
            path.mkdir()
        self.variables: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        """Of the commands; on PATH there is no coding agent but what a test puts there."""
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        return {**kept, "HOME": str(self.home), "PATH": f"{self.tools}:/usr/bin:/bin", **self.variables}

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """A command that runs."""
        return subprocess.Popen(
            [str(BINARY), *words],
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str) -> Result:
        """A command that has ended."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=60)
        return Result(process.returncode, out.decode(), err.decode())

    def login(self, server: Server, agent_id: str, api_key: Optional[str]) -> None:
        """The configuration of an agent of this server."""
        values: dict[str, Any] = {"agentId": agent_id, "baseUrl": server.base_url}
        write_config(self.home, json.dumps(values if api_key is None else {**values, "apiKey": api_key}))

    def files(self) -> dict[str, bytes]:
        """All that lies in home and project, but for our lock."""
        roots = (self.home, self.project)
        found = [path for root in roots for path in root.rglob("*") if path.is_file() and path.name != "setup.lock"]
        return {str(path): path.read_bytes() for path in found}


@pytest.fixture()
def desk(tmp_path: Path) -> Desk:
    """A person with an empty home and an empty project."""
    return Desk(tmp_path)
