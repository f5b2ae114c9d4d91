# SPDX-License-Identifier: Apache-2.0
"""A ground with our product on it: a server, an agent with a key, and the configuration of the person who launches."""

import json
import os
import re
import shutil
import signal
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from api_support import Agent
from harness import BINARY, Server
from host_support import Ground
from stub_model import StubModel, shell

REFUSAL = re.compile(r"^Error: .", re.MULTILINE)
COMMAND = {"action": "execute_command", "resource": "shell"}


class Guarded(Ground):
    """Launches go through us, for an agent that may do nothing yet."""

    def __init__(self, folder: Path, stub: StubModel, server: Server) -> None:
        super().__init__(folder, stub)
        self.server = server
        self.agent = Agent(server, "Coding agent")
        self.config = self.home / ".behalf" / "config.json"
        self.config.parent.mkdir(mode=0o700)
        self.configure(apiKey=self.agent.api_key, agentId=self.agent.agent_id, baseUrl=server.base_url)

    def configure(self, **values: str) -> None:
        """Changes the configuration."""
        old = json.loads(self.config.read_text()) if self.config.exists() else {}
        self.config.write_text(json.dumps({**old, **values}))
        self.config.chmod(0o600)

    def permit_commands(self, **fields: Any) -> str:
        """The agent may run commands: the id of the permission."""
        return self.agent.grant(COMMAND["action"], resource=COMMAND["resource"], **fields)

    def own_program(self) -> Path:
        """From now on launches use a copy of the program, which the test may break."""
        self.program = self.home / "bin" / "behalf"
        self.program.parent.mkdir()
        shutil.copy2(BINARY, self.program)
        return self.program

    def replace_program(self, script: str) -> None:
        """In the place of the program there is a script now, and never half of one."""
        made = self.script("broken", script)
        os.replace(made, self.program)

    def install(self, host: str) -> None:
        """`behalf hook install`, which must succeed."""
        ended = self.run(str(self.program), "hook", "install", "--host", host)
        assert ended.status == 0, ended

    # ---- what happened ----

    def decisions(self) -> list[dict[str, Any]]:
        """What the server has logged about commands, the newest first."""
        return [row for row in self.agent.rows() if row["action"] == COMMAND["action"]]

    def was_refused(self) -> bool:
        """Whether our launcher said no, and never started the agent."""
        assert self.ended is not None
        said = REFUSAL.search(self.ended.err) is not None
        return self.ended.status != 0 and said and not self.started.exists()

    def assert_blocked(self) -> None:
        """The agent wanted to, was told no by the hook, and told its model."""
        assert not self.has_run(), self.story()
        assert self.answers(), f"the model was told nothing: {self.story()}"

    def assert_held(self) -> None:
        """Blocked, or not launched at all, in our own words."""
        assert not self.marker.exists(), self.story()
        if not self.was_refused():
            self.assert_blocked()


@pytest.fixture()
def guarded(coding_agents: None, tmp_path: Path, demo: Server) -> Iterator[Guarded]:
    """A ground whose server is shared: for what leaves the server as it is."""
    with StubModel() as stub:
        made = Guarded(tmp_path, stub, demo)
        stub.script = [shell(f"touch {made.marker}")]
        yield made


@pytest.fixture()
def own_guarded(coding_agents: None, tmp_path: Path, start_server: Callable[..., Server]) -> Iterator[Guarded]:
    """A ground whose server belongs to the test, which may stop it or kill it."""
    server = start_server()
    with StubModel() as stub:
        made = Guarded(tmp_path, stub, server)
        stub.script = [shell(f"touch {made.marker}")]
        yield made
    if server.process is not None and server.process.poll() is None:
        server.process.send_signal(signal.SIGCONT)
