# SPDX-License-Identifier: Apache-2.0
"""Installing hooks: what is written, what is kept, and what is left alone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

import pytest

from cli_support import mode
from harness import BINARY
from setup_support import Desk

CLAUDE = ".claude/settings.json"
CURSOR = ".cursor/hooks.json"
CURSOR_EVENTS = ["beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "beforeTabFileRead", "preToolUse"]


def write(desk: Desk, name: str, text: str) -> Path:
    """A file at home, as somebody has left it."""
    path = desk.home / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def read(desk: Desk, name: str) -> Any:
    """A settings file at home."""
    return json.loads((desk.home / name).read_text())


def is_ours(entry: Any) -> bool:
    """A group of Claude Code with our hook as it has to be."""
    (handler,) = entry["hooks"]
    command = handler.pop("command")
    assert handler == {"type": "command", "onFailure": "block", "timeout": 15}
    return entry["matcher"] == ".*" and "hook pre-tool-use --host claude" in command and str(BINARY) in command


def test_claude_hook_is_installed_and_status_sees_it(desk: Desk) -> None:
    """After an installation the hook is in the settings, and status says so; before, it says that it is missing."""
    before = desk.run("hook", "status", "--host", "claude", "--json")
    assert before.status == 1
    assert not before.json()[0]["installed"] and "behalf hook install" in before.json()[0]["problem"]
    done = desk.run("hook", "install", "--host", "claude", "--json")
    assert done.status == 0, done.err
    path = str(desk.home / CLAUDE)
    assert done.json() == {
        "installed": True, "hosts": ["claude"], "changed": [path], "preserved": [], "warnings": []
    }  # fmt: skip
    (entry,) = read(desk, CLAUDE)["hooks"]["PreToolUse"]
    assert is_ours(entry)
    assert mode(desk.home / CLAUDE) == 0o600
    after = desk.run("hook", "status", "--host", "claude", "--json")
    assert (after.status, after.json()[0]["installed"], after.json()[0]["problem"]) == (0, True, None)


def test_second_installation_changes_nothing(desk: Desk) -> None:
    """What is in place is kept byte for byte."""
    assert desk.run("hook", "install", "--host", "claude").status == 0
    before = desk.files()
    again = desk.run("hook", "install", "--host", "claude", "--json").json()
    assert again["changed"] == [] and again["preserved"] == [str(desk.home / CLAUDE)]
    assert desk.files() == before


def test_settings_of_others_are_kept_in_their_order(desk: Desk) -> None:
    """All other members stay, in their order, with the mode of the file; an older hook of ours is replaced."""
    old: Any = {
        "zeta": [1.5, {"x": None}],
        "model": "opus",
        "hooks": {
            "Stop": [{"hooks": [{"type": "command", "command": "bell"}]}],
            "PreToolUse": [
                {"matcher": "Bash", "hooks": [{"type": "command", "command": "lint"}]},
                {"matcher": ".*", "hooks": [{"type": "command", "command": "behalf hook pre-tool-use"}]},
            ],
        },
        "alpha": "ü",
    }
    write(desk, CLAUDE, json.dumps(old)).chmod(0o640)
    assert desk.run("hook", "install", "--host", "claude").status == 0
    new = read(desk, CLAUDE)
    assert list(new) == list(old) and mode(desk.home / CLAUDE) == 0o640
    first, second = new["hooks"].pop("PreToolUse")
    assert is_ours(first) and second == old["hooks"]["PreToolUse"][0]
    assert new["hooks"]["Stop"] == old["hooks"]["Stop"]
    assert {**new, "hooks": None} == {**old, "hooks": None}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"hooks": ', "is not a JSON object"),
        ("", "is not a JSON object"),
        ("[]", "is not a JSON object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"hooks": []}', "hooks"),
        ('{"hooks": {"PreToolUse": {}}}', "PreToolUse"),
        ('{"permissions": "nonsense"}', "permissions"),
        ('{"hooks": {"PreToolUse": [{"matcher": 3}]}}', "matcher"),
        ('{"x": "\\u0000"}', "is not a JSON object"),
        ('{"x": ' + "[" * 100 + "]" * 100 + "}", "is not a JSON object"),
    ],
)
def test_settings_that_claude_would_drop_are_left_alone(desk: Desk, text: str, reason: str) -> None:
    """Where Claude Code would drop the file nothing is written, and the error names the file and the reason."""
    path = write(desk, CLAUDE, text)
    for command in ("install", "uninstall"):
        done = desk.run("hook", command, "--host", "claude")
        assert done.status == 1 and done.out == ""
        assert str(path) in done.err and reason in done.err
    assert path.read_text() == text
    assert os.listdir(path.parent) == [path.name]
    assert desk.run("hook", "status", "--host", "claude").status == 1


def test_read_only_settings_are_left_alone(desk: Desk) -> None:
    """A file that its owner has made read-only is not replaced."""
    path = write(desk, CLAUDE, "{}")
    path.chmod(0o444)
    done = desk.run("hook", "install", "--host", "claude")
    assert done.status == 1 and str(path) in done.err and "read-only" in done.err
    assert path.read_text() == "{}"


def test_what_is_no_file_or_too_large_is_left_alone(desk: Desk) -> None:
    """A folder, a pipe or a huge file in the place of the settings is an error that ends at once."""
    path = desk.home / CLAUDE
    path.mkdir(parents=True)
    assert "no plain file" in desk.run("hook", "install", "--host", "claude").err
    path.rmdir()
    os.mkfifo(path)
    assert "no plain file" in desk.run("hook", "install", "--host", "claude").err
    path.unlink()
    path.write_text('{"x": "' + "x" * (9 << 20) + '"}')
    assert "too large" in desk.run("hook", "install", "--host", "claude").err


def test_symbolic_link_stays_one(desk: Desk) -> None:
    """Settings that are kept elsewhere are changed there."""
    target = write(desk, "dotfiles/claude.json", '{"model": "opus"}')
    (desk.home / ".claude").mkdir()
    (desk.home / CLAUDE).symlink_to(target)
    assert desk.run("hook", "install", "--host", "claude").status == 0
    assert (desk.home / CLAUDE).is_symlink()
    assert "PreToolUse" in json.loads(target.read_text())["hooks"]


def test_dry_run_changes_nothing(desk: Desk) -> None:
    """A dry run says what would change and leaves no trace."""
    done = desk.run("hook", "install", "--host", "claude", "--dry-run", "--json")
    assert done.status == 0
    assert done.json() == {
        "installed": False, "dryRun": True, "hosts": ["claude"], "wouldChange": [str(desk.home / CLAUDE)],
        "wouldPreserve": [], "warnings": [],
    }  # fmt: skip
    assert not list(desk.home.iterdir())


def test_uninstallation_undoes(desk: Desk) -> None:
    """What was there before an installation is there after the uninstallation, and nothing else."""
    old = {"model": "opus", "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": []}]}}
    write(desk, CLAUDE, json.dumps(old))
    assert desk.run("hook", "install", "--host", "claude").status == 0
    assert read(desk, CLAUDE) != old
    done = desk.run("hook", "uninstall", "--host", "claude", "--json")
    assert done.status == 0 and done.json()["uninstalled"] is True
    assert read(desk, CLAUDE) == old


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
def test_status_names_what_switches_hooks_off(desk: Desk, name: str) -> None:
    """disableAllHooks in the project, or a variable that starts Claude Code without hooks, is a problem by name."""
    assert desk.run("hook", "install", "--host", "claude").status == 0
    desk.variables = {"CLAUDE_CODE_SIMPLE": "1"}
    (row,) = desk.run("hook", "status", "--host", "claude", "--json").json()
    assert not row["installed"] and "CLAUDE_CODE_SIMPLE" in row["problem"]
    desk.variables = {"CLAUDE_CONFIG_DIR": "relative"}
    (row,) = desk.run("hook", "status", "--host", "claude", "--json").json()
    assert not row["installed"] and "CLAUDE_CONFIG_DIR" in row["problem"]
    assert desk.run("hook", "install", "--host", "claude").status == 1
    desk.variables = {}
    path = desk.project / ".claude" / name
    path.parent.mkdir()
    path.write_text('{"disableAllHooks": true}')
    (row,) = desk.run("hook", "status", "--host", "claude", "--json").json()
    assert not row["installed"] and str(path) in row["problem"] and "disableAllHooks" in row["problem"]


def test_status_sees_a_hook_that_is_not_first_or_not_ours(desk: Desk) -> None:
    """A hook behind another, or with another command, is not in place."""
    assert desk.run("hook", "install", "--host", "claude").status == 0
    settings = read(desk, CLAUDE)
    (ours,) = settings["hooks"]["PreToolUse"]
    for entries in ([{"matcher": "x", "hooks": []}, ours], [{**ours, "matcher": "Bash"}], []):
        settings["hooks"]["PreToolUse"] = entries
        (desk.home / CLAUDE).write_text(json.dumps(settings))
        assert desk.run("hook", "status", "--host", "claude").status == 1


def test_installations_at_once_lose_nothing(desk: Desk) -> None:
    """Many installations at the same time all succeed, and the file holds the hook once and all that was there."""
    write(desk, CLAUDE, '{"model": "opus"}')
    write(desk, CURSOR, '{"version": 1, "hooks": {"stop": [{"command": "bell"}]}}')
    started = [desk.start("hook", "install") for _ in range(8)]
    for process in started:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert read(desk, CLAUDE)["model"] == "opus" and len(read(desk, CLAUDE)["hooks"]["PreToolUse"]) == 1
    assert read(desk, CURSOR)["hooks"]["stop"] == [{"command": "bell"}]
    assert [len(read(desk, CURSOR)["hooks"][event]) for event in CURSOR_EVENTS] == [1] * 5
    assert sorted(os.listdir(desk.home / ".claude")) == ["settings.json"]


def test_cursor_hooks_fail_closed_at_every_event(desk: Desk) -> None:
    """Every event of Cursor that can block has the hook, and one that fails blocks."""
    assert desk.run("hook", "install", "--host", "cursor").status == 0
    hooks = read(desk, CURSOR)
    assert hooks["version"] == 1 and sorted(hooks["hooks"]) == sorted(CURSOR_EVENTS)
    for event in CURSOR_EVENTS:
        (entry,) = hooks["hooks"][event]
        assert entry["failClosed"] is True and "hook cursor" in entry["command"]
    assert desk.run("hook", "status", "--host", "cursor").status == 0
    (desk.home / CURSOR).write_text('{"version": 2}')
    assert "version" in desk.run("hook", "install", "--host", "cursor").err


def test_hosts_that_are_not_here_are_left_out(desk: Desk) -> None:
    """Without a name the hook is installed for the agents that are on the machine; none is an error."""
    done = desk.run("hook", "install")
    assert done.status == 1 and "--host" in done.err
    (desk.home / ".cursor").mkdir()
    assert desk.run("hook", "install", "--json").json()["hosts"] == ["cursor"]
    assert desk.run("hook", "install", "--host", "emacs").err.startswith("Error: --host must be ")


def test_one_that_fails_does_not_keep_the_others(desk: Desk) -> None:
    """Each agent is set up by itself; the status says that one failed, the error which."""
    write(desk, CLAUDE, "broken")
    (desk.home / ".cursor").mkdir()
    done = desk.run("hook", "install", "--json")
    assert done.status == 1 and done.json()["hosts"] == ["cursor"]
    assert "Claude Code: " in done.error()["error"]


# ---- Codex, without a Codex on the machine ----


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("hooks.json", '{"version": 1, "hooks": {}}', "description"),
        ("hooks.json", "{", "is not a JSON object"),
        ("config.toml", 'model = "x', "is not TOML"),
        ("config.toml", "mcp_servers = {}", "mcp_servers"),
        ("config.toml", "a = [1,", "is not TOML"),
    ],
)
def test_codex_files_that_are_not_in_order_are_left_alone(desk: Desk, name: str, text: str, reason: str) -> None:
    """Nothing is written for Codex unless both of its files can be."""
    path = write(desk, f".codex/{name}", text)
    before = desk.files()
    done = desk.run("hook", "install", "--host", "codex")
    assert done.status == 1 and str(path) in done.err and reason in done.err
    assert desk.files() == before


def test_codex_without_its_program_is_an_error(desk: Desk) -> None:
    """Trust can be stored by Codex alone: without it nothing is written."""
    done = desk.run("hook", "install", "--host", "codex")
    assert done.status == 1 and "codex was not found on PATH" in done.err
    assert not desk.files()


@pytest.mark.parametrize("script", ["exit 1", "echo garbage; exec sleep 1", "cat >/dev/null", "kill -9 $$"])
def test_codex_that_does_not_answer_is_an_error(desk: Desk, script: str) -> None:
    """A program that is no Codex ends in an error, not in an installation that nobody trusts."""
    program = desk.tools / "codex"
    program.write_text(f"#!/bin/sh\nexec 0</dev/null\n{script}\n")
    program.chmod(0o755)
    done = desk.run("hook", "install", "--host", "codex")
    assert done.status == 1 and "codex app-server" in done.err
    assert not desk.files()


def put_codex_hook(desk: Desk) -> None:
    """Writes the hook as an installation does, which is the one for Claude Code with another name."""
    assert desk.run("hook", "install", "--host", "claude").status == 0
    (entry,) = read(desk, CLAUDE)["hooks"]["PreToolUse"]
    command = entry["hooks"][0]["command"].replace("--host claude", "--host codex")
    entry["hooks"] = [{"type": "command", "command": command, "timeout": 15}]
    write(desk, ".codex/hooks.json", json.dumps({"hooks": {"PreToolUse": [entry]}}))


def put_codex(folder: Path, said: Path) -> None:
    """A program `codex` that only says that it was started."""
    program = folder / "codex"
    program.write_text(f"#!/bin/sh\necho {folder.name} >> {said}\nexit 1\n")
    program.chmod(0o755)


@pytest.mark.parametrize("relative", [".", "", "../project"])
@pytest.mark.parametrize("words", [("install",), ("status",), ("uninstall",)])
def test_codex_of_a_project_is_never_started(desk: Desk, relative: str, words: tuple[str, ...]) -> None:
    """The codex that is asked is one of an absolute folder of PATH, whatever the project has of that name."""
    said = desk.home / "said"
    put_codex(desk.project, said)
    desk.variables["PATH"] = f"{relative}:{desk.tools}:/usr/bin:/bin"
    put_codex_hook(desk)
    assert desk.run("hook", *words, "--host", "codex").status == (0 if words == ("uninstall",) else 1)
    assert not said.exists()
    put_codex(desk.tools, said)
    put_codex_hook(desk)
    desk.run("hook", *words, "--host", "codex")
    assert set(said.read_text().split()) == {"tools"}


# ---- numbers ----


@pytest.mark.parametrize(("number", "written"), [("1.10", "1.1"), ("1e3", "1000"), ("12345678901234567890", None)])
def test_no_number_of_others_changes(desk: Desk, number: str, written: Optional[str]) -> None:
    """A number may be written differently; a file with one that would become another is named and left alone."""
    path = write(desk, CLAUDE, f'{{"theirs": {number}}}')
    for words in (("--dry-run",), ()):
        done = desk.run("hook", "install", "--host", "claude", *words)
        assert done.status == (1 if written is None else 0), done.err
        if written is None:
            assert str(path) in done.err and number in done.err
            assert path.read_text() == f'{{"theirs": {number}}}'
    if written is not None:
        assert f'"theirs": {written},' in path.read_text()


# ---- for the whole machine ----

# In a mount namespace of its own, with another /etc: the machine's own stays as it is.
NAMESPACE = """
set -e
cp -a /etc "$1/etc"
mount --bind "$1/etc" /etc
shift
exec "$@"
"""


def on_machine(desk: Desk, script: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of commands as root of a machine of its own."""
    words = ["unshare", "--mount", "--map-root-user", "sh", "-c", NAMESPACE, "sh", str(desk.tools), "sh", "-ec", script]
    if os.geteuid() == 0:
        words.remove("--map-root-user")
    return subprocess.run(
        words, cwd=desk.project, env=desk.environment(), capture_output=True, text=True, timeout=120, check=False
    )


def test_hooks_for_the_machine(desk: Desk) -> None:
    """--system writes the managed settings of each agent, readable by all, keeps what is there, and undoes it."""
    behalf = str(BINARY)
    script = f"""
        umask 022
        mkdir -p /etc/claude-code /etc/codex
        echo '{{"model": "opus"}}' > /etc/claude-code/managed-settings.json
        printf 'allowed_sandbox_modes = ["read-only"]' > /etc/codex/requirements.toml
        cp -r /etc/codex /etc/claude-code {desk.tools}
        for turn in 1 2; do
            {behalf} hook install --system --host claude >/dev/null 2>&1
            {behalf} hook install --system --host codex >/dev/null 2>&1
            {behalf} hook install --system --host cursor >/dev/null 2>&1
        done
        {behalf} hook status --system --host claude >&2
        {behalf} hook status --host claude >&2
        {behalf} hook status --system --host cursor >&2
        cat /etc/codex/requirements.toml
        stat -c %a /etc/claude-code/managed-settings.json /etc/cursor/hooks.json
        {behalf} hook uninstall --system --host claude >/dev/null
        {behalf} hook uninstall --system --host codex >/dev/null
        {sys.executable} -c 'import json
assert json.load(open("/etc/claude-code/managed-settings.json")) == {{"model": "opus"}}'
        printf '\\n' >> {desk.tools}/codex/requirements.toml
        cmp /etc/codex/requirements.toml {desk.tools}/codex/requirements.toml
    """
    done = on_machine(desk, script)
    assert done.returncode == 0, done.stderr + done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == 'allowed_sandbox_modes = ["read-only"]'
    assert lines.count("[[hooks.PreToolUse]]") == 1 and lines.count("timeout = 15") == 1
    assert lines[-2:] == ["644", "644"]
    assert not desk.files()
    assert done.stderr.count("in place") == 3
