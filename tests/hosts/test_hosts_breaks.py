# SPDX-License-Identifier: Apache-2.0
"""Whatever breaks, nothing runs: the server, the key, the hook's program and its settings, before the launch and in the
middle of a session. In all of these the agent may run commands; what stops it is that nobody can be asked."""

import signal
from typing import Callable, NamedTuple

import pytest

from guarded_support import Guarded
from harness import free_port
from host_rows import (
    CLAUDE_OFF,
    CODEX_OFF,
    ENDINGS,
    Ending,
    disable_trusted,
    distrust_in_project,
    remove_trust,
)
from host_support import HOSTS

each_host = pytest.mark.parametrize("host", HOSTS)


class Break(NamedTuple):
    """Something that breaks between us and the decision."""

    name: str
    do: Callable[[Guarded], object]


def kill_server(ground: Guarded) -> None:
    """The server is gone."""
    ground.server.kill()


def freeze_server(ground: Guarded) -> None:
    """The server takes connections and answers none."""
    assert ground.server.process is not None
    ground.server.process.send_signal(signal.SIGSTOP)


def rotate_key(ground: Guarded) -> None:
    """The key that is configured is no longer the agent's."""
    path = f"/api/agents/{ground.agent.agent_id}/rotate-key"
    answer = ground.server.call("POST", path, headers=ground.agent.headers())
    assert answer.status_code == 200, answer.text


BREAKS = (
    Break("server-gone", kill_server),
    Break("server-hangs", freeze_server),
    Break("address-of-nobody", lambda ground: ground.configure(baseUrl=f"http://127.0.0.1:{free_port()}")),
    Break("wrong-key", lambda ground: ground.configure(apiKey="bhf_sk_" + "x" * 43)),
    Break("key-rotated", rotate_key),
    Break("wrong-agent", lambda ground: ground.configure(agentId="agent_0123456789abcdefghij")),
    Break("config-removed", lambda ground: ground.config.unlink()),
    Break("config-damaged", lambda ground: ground.config.write_text("{")),
)
each_break = pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: str(broken.name))


@each_host
@each_break
def test_nothing_runs_when_it_was_broken_before_the_launch(own_guarded: Guarded, host: str, broken: Break) -> None:
    """Either nothing is launched, or nothing that the agent asks for runs."""
    own_guarded.permit_commands()
    broken.do(own_guarded)
    own_guarded.launch(host)
    own_guarded.assert_held()


@each_host
@each_break
def test_nothing_runs_when_it_breaks_in_the_session(own_guarded: Guarded, host: str, broken: Break) -> None:
    """A session that began in order runs nothing more once nobody can be asked."""
    own_guarded.permit_commands()
    own_guarded.stub.before[0] = lambda: broken.do(own_guarded)
    own_guarded.launch(host)
    own_guarded.assert_blocked()


PROGRAM_ENDINGS = [ending for ending in ENDINGS if ending.name != "allows"]


@each_host
@pytest.mark.parametrize("ending", PROGRAM_ENDINGS, ids=lambda ending: str(ending.name))
def test_nothing_runs_when_the_hook_breaks_in_the_session(guarded: Guarded, host: str, ending: Ending) -> None:
    """Whatever our program does in a session that began in order, if it does not allow, nothing runs."""

    def replace() -> None:
        if ending.script:
            guarded.replace_program(ending.script)
        else:
            program.unlink()

    guarded.permit_commands()
    program = guarded.own_program()
    guarded.stub.before[0] = replace
    guarded.launch(host)
    guarded.assert_blocked()


@each_host
def test_nothing_runs_when_the_hook_cannot_be_executed(guarded: Guarded, host: str) -> None:
    """The program is there, but nobody may execute it."""
    guarded.permit_commands()
    program = guarded.own_program()
    guarded.stub.before[0] = lambda: program.chmod(0o644)
    guarded.launch(host)
    guarded.assert_blocked()


CLAUDE_SIMPLE = '{"env": {"CLAUDE_CODE_SIMPLE": "1", "CLAUDE_CODE_SAFE_MODE": "1"}}'
SETTINGS_BREAKS = (
    ("claude", "emptied", lambda ground: ground.settings_path("claude").write_text("{}")),
    ("claude", "damaged", lambda ground: ground.settings_path("claude").write_text("{")),
    ("claude", "removed", lambda ground: ground.settings_path("claude").unlink()),
    ("claude", "project-disables", lambda ground: ground.write_project(".claude/settings.json", CLAUDE_OFF)),
    ("claude", "project-disables-locally", lambda ground: ground.write_project(".claude/settings.local.json", CLAUDE_OFF)),
    ("claude", "project-simple", lambda ground: ground.write_project(".claude/settings.json", CLAUDE_SIMPLE)),
    ("codex", "emptied", lambda ground: ground.settings_path("codex").write_text("{}")),
    ("codex", "damaged", lambda ground: ground.settings_path("codex").write_text("{")),
    ("codex", "removed", lambda ground: ground.settings_path("codex").unlink()),
    ("codex", "untrusted", remove_trust),
    ("codex", "disabled", disable_trusted),
    ("codex", "project-distrusts", distrust_in_project),
    ("codex", "project-disables", lambda ground: ground.write_project(".codex/config.toml", CODEX_OFF)),
)  # fmt: skip


@pytest.mark.parametrize("host,name,do", SETTINGS_BREAKS, ids=[f"{host}-{name}" for host, name, _ in SETTINGS_BREAKS])
def test_settings_that_change_in_the_session(
    guarded: Guarded, host: str, name: str, do: Callable[[Guarded], object]
) -> None:
    """An agent that changes the settings of its hooks in the middle of a session changes nothing for itself: a denied
    command does not run, also a moment later, when the agent has looked at its settings again."""
    guarded.stub.pause_s = 2.0
    guarded.stub.before[0] = lambda: do(guarded)
    guarded.launch(host)
    guarded.assert_blocked()
    assert guarded.decisions(), f"nobody asked the server: {guarded.story()}"
