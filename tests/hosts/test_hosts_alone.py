# SPDX-License-Identifier: Apache-2.0
"""What the real coding agents do with hooks when nobody but themselves looks. Nothing here is ours: these are the facts
that the launchers rest on. A new version that changes one of them shows here, and what can be dropped or must be added.
"""

import pytest

from host_rows import DENY, ENDINGS, ROWS, Ending, Row
from host_support import HOSTS, Ground, trust_hooks
from stub_model import Call, shell

TIMEOUT_S = 1


def write_script_hook(ground: Ground, host: str, script: str, **fields: object) -> None:
    """A hook by hand, trusted where that counts; an empty script is a program that is not there."""
    path = ground.script("hook.sh", script)
    if not script:
        path.unlink()
    if host == "claude":
        ground.write_hook(host, str(path), timeout=TIMEOUT_S if "sleep" in script else 15, **fields)
    else:
        ground.write_hook(host, str(path), timeout=TIMEOUT_S if "sleep" in script else 15)
        trust_hooks(ground)


@pytest.mark.parametrize("host", HOSTS)
def test_without_hooks_the_command_runs(ground: Ground, host: str) -> None:
    """An agent without hooks does what its model asks for: else no other test would show anything."""
    assert ground.start(host).status == 0, ground.story()
    assert ground.has_run(), ground.story()


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: str(ending.name))
@pytest.mark.parametrize("host", HOSTS)
def test_endings_of_a_hook(ground: Ground, host: str, ending: Ending) -> None:
    """How a hook ends decides whether the command runs, and most endings let it run."""
    write_script_hook(ground, host, ending.script)
    ground.start(host)
    assert ground.has_run() is (ending.claude if host == "claude" else ending.codex), ground.story()


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: str(ending.name))
def test_endings_of_a_hook_that_blocks_on_failure(ground: Ground, ending: Ending) -> None:
    """With onFailure "block" Claude Code runs nothing after a hook that failed; one that succeeds by mistake passes."""
    write_script_hook(ground, "claude", ending.script, onFailure="block")
    ground.start("claude")
    assert ground.has_run() is ending.claude_block, ground.story()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_what_switches_a_hook_off(ground: Ground, row: Row) -> None:
    """Each row switches off a hook that denies everything, and the agent says nothing."""
    write_script_hook(ground, row.host, DENY, onFailure="block")
    options = row.prepare(ground)
    ground.start(row.host, *options)
    assert ground.has_run() is row.alone, ground.story()


def test_text_typed_into_an_open_shell_passes_no_hook(ground: Ground) -> None:
    """What Codex types into a shell that is open already is seen by no hook, unless such shells are switched off."""
    ground.stub.script = [shell("sh", tty=True), Call("type", f"touch {ground.marker}\n")]
    write_script_hook(ground, "codex", f"grep -q {ground.marker.name} && {{ {DENY}; }}; exit 0")
    ground.start("codex")
    assert ground.has_run(), ground.story()
    ground.marker.unlink()
    ground.start("codex", "-c", "features.unified_exec_tty=false")
    assert not ground.has_run(), ground.story()
