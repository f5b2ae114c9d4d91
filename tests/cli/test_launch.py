# SPDX-License-Identifier: Apache-2.0
"""The launchers: what is written, proved and passed before a coding agent starts, and when none does. A script stands
in for the agent here; tests/hosts has the real ones."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from api_support import Agent
from cli_support import Result, Run, mode
from harness import BINARY, Server, free_port

AGENT = """#!/bin/sh
# leaves its arguments and its environment
printf '%s\\0' "$@" > "$HOME/arguments"
env -0 > "$HOME/environment"
cat > "$HOME/input"
echo out
echo err >&2
exit 7
"""


class Desk:
    """A person's machine: home, project, and a folder of programs with a coding agent in it."""

    def __init__(self, behalf: Run, home: Path, folder: Path) -> None:
        self.behalf, self.home = behalf, home
        self.project, self.programs = folder / "project", folder / "programs"
        self.variables: dict[str, str] = {}
        for path in (self.project, self.programs):
            path.mkdir()
        self.put("claude", AGENT)
        self.put("cursor", AGENT)

    def put(self, name: str, text: str) -> Path:
        """A program that is on PATH."""
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def launch(self, *words: str, **variables: str) -> Result:
        """`behalf WORDS` in the project."""
        path = f"{self.programs}:{os.environ['PATH']}"
        here = os.getcwd()
        os.chdir(self.project)
        try:
            return self.behalf(*words, **{"PATH": path, **self.variables, **variables})
        finally:
            os.chdir(here)

    def configure(self, server: Server, agent: Agent) -> None:
        """The agent that acts here."""
        self.variables = {
            "BEHALFID_BASE_URL": server.base_url,
            "BEHALFID_AGENT_ID": agent.agent_id,
            "BEHALFID_API_KEY": agent.api_key,
        }

    @property
    def started(self) -> bool:
        """Whether an agent has run since the last look."""
        path = self.home / "arguments"
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def arguments(self) -> list[str]:
        """What the agent was given."""
        return (self.home / "arguments").read_text().split("\0")[:-1]

    def environment(self) -> dict[str, str]:
        """The agent's environment."""
        rows = (self.home / "environment").read_text().split("\0")[:-1]
        return dict(row.split("=", 1) for row in rows)

    def settings(self) -> Path:
        """Where Claude Code keeps its hooks."""
        return self.home / ".claude" / "settings.json"

    def written(self) -> list[str]:
        """What is in the project."""
        return sorted(str(path.relative_to(self.project)) for path in self.project.rglob("*") if path.is_file())


@pytest.fixture()
def desk(demo: Server, behalf: Run, home: Path, tmp_path: Path) -> Desk:
    """A machine whose agent is known."""
    made = Desk(behalf, home, tmp_path)
    made.configure(demo, Agent(demo, "Launched"))
    return made


# ---- a launch ----


def test_an_agent_starts_with_its_own_arguments_and_status(desk: Desk) -> None:
    """What wins over a project's settings comes first, the user's arguments follow as they are, streams and status are
    the agent's own."""
    words = ["-p", "a b", "", "--json", "--no-banner", "-h", "--", "--help", "'\"$x"]
    done = desk.launch("claude", *words)
    assert (done.status, done.out) == (7, "out\n")
    assert (desk.arguments()[0], desk.arguments()[2:]) == ("--settings", words)
    assert done.err.endswith("err\n")


def test_own_options_end_at_the_first_foreign_one(desk: Desk) -> None:
    """Ours count before it alone, and `--` ends them without being passed on."""
    (desk.project / "CLAUDE.md").write_text("Be nice.")
    assert desk.launch("claude", "--no-inject", "--json", "--", "--no-inject").status == 7
    assert desk.arguments()[2:] == ["--no-inject"]
    assert (desk.project / "CLAUDE.md").read_text() == "Be nice."
    assert desk.launch("claude", "chat", "--no-inject").status == 7
    assert desk.arguments()[2:] == ["chat", "--no-inject"]
    assert "@.behalf/context.md" in (desk.project / "CLAUDE.md").read_text().splitlines()


@pytest.mark.parametrize(
    "words", [["cursor"], ["run", "cursor"], ["run", "--json", "cursor"], ["--json", "run", "cursor"]]
)
def test_run_starts_agents_too(desk: Desk, words: list[str]) -> None:
    """`run cursor ARGS` is `cursor ARGS`."""
    assert desk.launch(*words, "x", "--action").status == 7
    assert desk.arguments() == ["x", "--action"]
    assert (desk.home / ".cursor" / "hooks.json").exists()


def test_run_knows_no_other_agents(desk: Desk) -> None:
    """A name that is none points to `--`, and nothing runs."""
    done = desk.launch("run", "touch", "x")
    assert done.status == 1
    assert 'Unknown tool "touch": claude, codex or cursor.' in done.err
    assert desk.written() == []


def test_the_project_is_set_up(desk: Desk) -> None:
    """MCP server and context are written, and every file of notes that is there names the context, once."""
    notes = ["AGENTS.md", "CLAUDE.md", ".cursorrules"]
    for name in notes:
        (desk.project / name).write_text("Mine.\n")
    for _ in range(2):
        assert desk.launch("claude").status == 7
    assert desk.written() == sorted([".behalf/context.md", ".mcp.json", *notes])
    assert "behalfid" in json.loads((desk.project / ".mcp.json").read_text())["mcpServers"]
    for name in notes:
        assert (desk.project / name).read_text() == "Mine.\n@.behalf/context.md\n"


def test_the_context_has_the_permissions_of_now(demo: Server, desk: Desk) -> None:
    """A launch asks for the permissions anew; when nobody answers it says so and shows those of the last time."""
    agent = Agent(demo, "Changing")
    desk.configure(demo, agent)
    context = desk.project / ".behalf" / "context.md"
    assert desk.launch("claude").status == 7
    assert "read_news" not in context.read_text()
    agent.grant("read_news")
    assert desk.launch("claude").status == 7
    assert "read_news" in context.read_text()
    done = desk.launch("claude", BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert "The permissions could not be refreshed" in done.err
    assert "those of the last time" in done.err
    assert "read_news" in context.read_text()


def test_children_know_where_they_run(desk: Desk) -> None:
    """The environment names session, project and server, and everything else stays."""
    desk.launch("claude", OTHER="kept")
    env = desk.environment()
    assert env["BEHALFID_SESSION_ID"] == env["BEHALF_SESSION_ID"] != ""
    assert env["BEHALFID_ENABLED"] == "1"
    assert env["BEHALFID_REPOSITORY_ROOT"] == str(desk.project)
    assert env["BEHALF_API_URL"] == desk.variables["BEHALFID_BASE_URL"]
    assert env["OTHER"] == "kept"
    first = env["BEHALFID_SESSION_ID"]
    desk.launch("claude")
    assert desk.environment()["BEHALFID_SESSION_ID"] != first


def test_what_is_started_is_told_without_keys(desk: Desk) -> None:
    """Agent, server, both files and the command stand on stderr; keys on the line are masked."""
    key = desk.variables["BEHALFID_API_KEY"]
    told = desk.launch("claude", f"--say={key}").err
    for part in ["BEHALFID_AGENT_ID", "BEHALFID_BASE_URL"]:
        assert desk.variables[part] in told
    for part in [".behalf/context.md", ".mcp.json", str(desk.programs / "claude")]:
        assert part in told
    assert key not in told
    assert "bhf_sk_[redacted]" in told
    assert desk.arguments()[-1] == f"--say={key}"


@pytest.mark.parametrize("words, variables", [
    (["claude", "--json"], {}), (["claude", "--no-banner"], {}), (["--no-banner", "claude"], {}),
    (["claude"], {"BEHALF_NO_BANNER": "1"}), (["claude"], {"BEHALF_NO_BANNER": "true"}),
    (["claude"], {"BEHALF_NO_BANNER": "Yes"}),
])  # fmt: skip
def test_nothing_is_told_on_request(desk: Desk, words: list[str], variables: dict[str, str]) -> None:
    """The only words are the agent's."""
    assert desk.launch(*words, **variables).err == "err\n"


def test_a_banner_is_not_hidden_by_any_value(desk: Desk) -> None:
    """Only 1, true and yes hide it."""
    assert "Claude Code acts as" in desk.launch("claude", BEHALF_NO_BANNER="0").err


def test_claude_is_given_the_hook_that_is_installed(desk: Desk) -> None:
    """The argument has the hook to the letter, and the variables that it goes by as they are now, without the key."""
    desk.launch("claude", BEHALFID_HOOK_FAIL_OPEN="0", HTTPS_PROXY="http://u:p@127.0.0.1:1", https_proxy="http://h:1")
    passed = json.loads(desk.arguments()[1])
    assert passed["disableAllHooks"] is False
    assert passed["hooks"] == json.loads(desk.settings().read_text())["hooks"]
    assert passed["permissions"] == {"allow": ["mcp__behalfid"]}
    pins = passed["env"]
    for name in ["BEHALFID_BASE_URL", "BEHALFID_AGENT_ID"]:
        assert pins[name] == desk.variables[name]
    assert (pins["BEHALFID_HOOK_FAIL_OPEN"], pins["LD_PRELOAD"], pins["https_proxy"]) == ("0", "", "http://h:1")
    assert pins["HOME"] == str(desk.home)
    assert "BEHALFID_API_KEY" not in pins and "HTTPS_PROXY" not in pins


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
@pytest.mark.parametrize(
    "variable",
    ["BEHALFID_HOOK_FAIL_OPEN", "BEHALFID_BASE_URL", "BEHALFID_API_KEY", "BEHALFID_AGENT_ID", "HOME", "PATH",
     "LD_PRELOAD", "BASH_ENV", "ENV", "HTTPS_PROXY", "http_proxy", "OPENSSL_CONF", "CLAUDE_CODE_SIMPLE"],
)  # fmt: skip
def test_a_project_does_not_set_what_the_hook_goes_by(desk: Desk, name: str, variable: str) -> None:
    """Such a variable in the project's settings is named with its file, by the launcher, by status and by doctor."""
    path = desk.project / ".claude" / name
    path.parent.mkdir()
    path.write_text(json.dumps({"env": {"OTHER": "x", variable: "y"}}))
    done = desk.launch("claude")
    assert done.status == 1
    assert str(path) in done.err and variable in done.err
    assert not desk.started
    (row,) = desk.launch("hook", "status", "--host", "claude", "--json").json()
    assert not row["installed"] and variable in row["problem"]
    rows = {row["name"]: row for row in desk.launch("doctor", "--json").json()}
    assert rows["Claude hook"]["status"] == "error" and variable in rows["Claude hook"]["detail"]


def test_other_variables_of_a_project_are_no_matter(desk: Desk) -> None:
    """A project that sets variables which no hook goes by is launched."""
    path = desk.project / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text('{"env": {"NODE_ENV": "test", "MY_HOME": "x"}}')
    assert desk.launch("claude").status == 7


# ---- no launch ----


@pytest.mark.parametrize("variable, told", [("BEHALFID_AGENT_ID", "agent id"), ("BEHALFID_API_KEY", "agent key")])
def test_nothing_starts_without_an_agent(desk: Desk, variable: str, told: str) -> None:
    """Without id or key nothing is written and nothing starts."""
    done = desk.launch("claude", **{variable: ""})
    assert done.status == 1
    assert told in done.err
    assert not desk.started
    assert desk.written() == []
    assert not desk.settings().exists()


@pytest.mark.parametrize("word", ["--bare", "--safe-mode", '--settings={"disableAllHooks":true}'])
def test_arguments_that_switch_hooks_off_are_refused(desk: Desk, word: str) -> None:
    """Such an argument is named, and nothing is written."""
    done = desk.launch("claude", "-p", "x", word)
    assert done.status == 1
    assert word.split("=")[0] in done.err
    assert not desk.started
    assert desk.written() == []


@pytest.mark.parametrize("name", ["codex", "claude"])
def test_a_missing_program_is_told(desk: Desk, name: str) -> None:
    """Without a program of that name nothing is written."""
    done = desk.launch(name, PATH="/nowhere")
    assert done.status == 1
    assert f"there is no program `{name}` on PATH" in done.err
    assert desk.written() == []


def test_a_link_to_ourselves_is_passed_over(desk: Desk, tmp_path: Path) -> None:
    """What is found first on PATH and is this very program is not started: the next one is."""
    (tmp_path / "shims").mkdir()
    (tmp_path / "shims" / "claude").symlink_to(BINARY)
    path = f"{tmp_path}/shims:{desk.programs}:{os.environ['PATH']}"
    assert desk.launch("claude", PATH=path).status == 7
    done = desk.launch("claude", PATH=f"{tmp_path}/shims:/usr/bin:/bin")
    assert (done.status, "there is no program `claude` on PATH" in done.err) == (1, True)


def test_a_program_that_starts_us_again_comes_to_an_end(desk: Desk) -> None:
    """A script that calls the launcher under the agent's name is told so, and does not go on for ever."""
    desk.put("claude", f'#!/bin/sh\nexec "{BINARY}" claude "$@"\n')
    done = desk.launch("claude")
    assert done.status == 1
    assert "seems to start behalf again" in done.err


def test_settings_that_are_broken_stop_the_launch(desk: Desk) -> None:
    """Settings that the agent would not accept are left as they are; nothing starts, the project is not touched."""
    desk.settings().parent.mkdir()
    desk.settings().write_text("{broken")
    done = desk.launch("claude")
    assert done.status == 1
    assert str(desk.settings()) in done.err
    assert desk.settings().read_text() == "{broken"
    assert not desk.started
    assert desk.written() == []


def test_a_broken_project_stops_the_launch(desk: Desk) -> None:
    """A .mcp.json that is no JSON is left as it is, and nothing starts."""
    (desk.project / ".mcp.json").write_text("{")
    done = desk.launch("claude")
    assert done.status == 1
    assert ".mcp.json" in done.err
    assert not desk.started
    assert desk.written() == [".mcp.json"]


def test_a_settings_switch_stops_the_launch(desk: Desk) -> None:
    """Settings of the user that switch hooks off are named, and nothing starts."""
    desk.settings().parent.mkdir()
    desk.settings().write_text('{"disableAllHooks": true}')
    done = desk.launch("claude")
    assert done.status == 1
    assert "disableAllHooks" in done.err
    assert not desk.started


# ---- the canary ----


def test_an_agent_starts_where_everything_is_blocked(desk: Desk) -> None:
    """A hook that blocks because the server is away protects as well: the agent starts, and that is told."""
    done = desk.launch("claude", BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert done.status == 7
    assert "Every action is blocked for now: BehalfID: blocked" in done.err


def test_no_agent_starts_where_calls_would_pass_unchecked(desk: Desk) -> None:
    """With BEHALFID_HOOK_FAIL_OPEN and no server, nothing starts."""
    away = f"http://127.0.0.1:{free_port()}"
    done = desk.launch("claude", BEHALFID_BASE_URL=away, BEHALFID_HOOK_FAIL_OPEN="1")
    assert done.status == 1
    assert "BEHALFID_HOOK_FAIL_OPEN" in done.err
    assert not desk.started


def canary_rows(result: Result) -> list[Any]:
    """What doctor says of canaries."""
    return [row for row in result.json() if row["name"].endswith("anary")]


def edit_command(path: Path, command: str) -> None:
    """Another command in place of the hook's, that still looks like ours."""
    settings = json.loads(path.read_text())
    settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"] = command
    path.write_text(json.dumps(settings))


@pytest.mark.parametrize(
    "command, told",
    [
        ("true # behalf hook pre-tool-use", "it ended with 0"),
        ("exit 1 # behalf hook pre-tool-use", "it ended with 1"),
        ("echo no >&2; exit 1 # behalf hook pre-tool-use", "saying: no"),
        ("exit 2 # behalf hook pre-tool-use", "it ended with 2, saying: nothing"),
        ("echo no; exit 2 # behalf hook pre-tool-use", "it ended with 2, saying: nothing"),
        ("kill -9 $$ # behalf hook pre-tool-use", "signal 9 ended it"),
        ("/nowhere/behalf hook pre-tool-use", "it ended with 127"),
    ],
)
def test_a_hook_that_does_not_block_is_found_by_the_canary(desk: Desk, command: str, told: str) -> None:
    """Whatever lets a call pass at the host is an error of the canary, with how the hook ended."""
    assert desk.launch("hook", "install", "--host", "claude").status == 0
    edit_command(desk.settings(), command)
    result = desk.launch("doctor", "--canary", "--json")
    assert result.status == 1
    (row,) = canary_rows(result)
    assert (row["name"], row["status"]) == ("Claude canary", "error")
    assert told in row["detail"]
    assert row["fix"] == "behalf hook install --host claude"


def test_the_canary_goes_through_the_command_that_is_installed(desk: Desk) -> None:
    """Run by a shell in the project, with the host's JSON on stdin."""
    assert desk.launch("hook", "install", "--host", "claude").status == 0
    edit_command(desk.settings(), 'cat > seen; pwd > where; echo "no" >&2; exit 2 # behalf hook pre-tool-use')
    (row,) = canary_rows(desk.launch("doctor", "--canary", "--json"))
    call = json.loads((desk.project / "seen").read_text())
    assert (call["hook_event_name"], call["tool_name"], call["tool_input"]) == ("PreToolUse", "behalfid_canary", {})
    assert call["cwd"] == str(desk.project) == (desk.project / "where").read_text().strip()
    assert (row["status"], row["detail"]) == ("error", "every call is blocked: no")


@pytest.mark.parametrize("answer, status", [('{"permission":"allow"}', "error"), ("{", "error"), ("", "error")])
def test_the_canary_understands_cursor(desk: Desk, answer: str, status: str) -> None:
    """Cursor looks at the answer: only "deny" blocks."""
    assert desk.launch("hook", "install", "--host", "cursor").status == 0
    (good,) = canary_rows(desk.launch("doctor", "--canary", "--json"))
    assert (good["name"], good["status"], good["detail"]) == ("Cursor canary", "ok", "the hook blocks")
    path = desk.home / ".cursor" / "hooks.json"
    settings = json.loads(path.read_text())
    settings["hooks"]["beforeShellExecution"][0]["command"] = f"echo '{answer}' # behalf hook cursor"
    path.write_text(json.dumps(settings))
    (row,) = canary_rows(desk.launch("doctor", "--canary", "--json"))
    assert row["status"] == status


def test_a_hook_that_hangs_is_found_by_the_canary(desk: Desk) -> None:
    """After the host's patience the hook and what it started are ended, and the row says so."""
    assert desk.launch("hook", "install", "--host", "claude").status == 0
    edit_command(desk.settings(), "echo $$ > pid; sleep 300 # behalf hook pre-tool-use")
    (row,) = canary_rows(desk.launch("doctor", "--canary", "--json"))
    assert "did not end within 15 seconds" in row["detail"]
    with pytest.raises(ProcessLookupError):
        os.kill(int((desk.project / "pid").read_text()), 0)


def test_a_launch_repairs_the_hook(desk: Desk) -> None:
    """A hook that was changed is written anew, readable by the user alone, and proved."""
    assert desk.launch("hook", "install", "--host", "claude").status == 0
    edit_command(desk.settings(), "true # behalf hook pre-tool-use")
    assert desk.launch("claude").status == 7
    assert mode(desk.settings()) == 0o600
    result = desk.launch("doctor", "--canary", "--json")
    assert [row["detail"] for row in canary_rows(result)] == ["the hook blocks"]
