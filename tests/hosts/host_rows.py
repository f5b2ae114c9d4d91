# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a hook of a coding agent: settings, arguments and surroundings that switch it off, and hooks
that end as they should not. The tests of the agents alone and of our launcher go through the same rows."""

import json
import re
import shutil
from typing import Any, Callable, NamedTuple, Sequence

from host_support import Ground

CLAUDE_OFF = '{"disableAllHooks": true}'
CODEX_OFF = "[features]\nhooks = false\n"


class Row(NamedTuple):
    """`prepare` does the damage and returns the arguments that belong to it. `alone` is whether the command then runs
    in spite of a hook that denies, when nobody but the agent itself looks."""

    name: str
    host: str
    prepare: Callable[[Ground], Sequence[str]]
    alone: bool = True


def arguments(*words: str) -> Callable[[Ground], Sequence[str]]:
    """Nothing but arguments."""
    return lambda ground: words


def project(name: str, text: str) -> Callable[[Ground], Sequence[str]]:
    """A file in the project."""

    def write(ground: Ground) -> Sequence[str]:
        ground.write_project(name, text)
        return ()

    return write


def settings(host: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[Ground], Sequence[str]]:
    """A change of the file that has the hook; a text stands for itself."""

    def rewrite(ground: Ground) -> Sequence[str]:
        path = ground.settings_path(host)
        changed = change(json.loads(path.read_text()))
        path.write_text(changed if isinstance(changed, str) else json.dumps(changed))
        return ()

    return rewrite


def codex_config(text: str) -> Callable[[Ground], Sequence[str]]:
    """More lines in a person's config.toml."""

    def add(ground: Ground) -> Sequence[str]:
        ground.add_codex_config(text)
        return ()

    return add


def variables(**values: str) -> Callable[[Ground], Sequence[str]]:
    """Variables of the environment."""

    def put(ground: Ground) -> Sequence[str]:
        ground.variables.update(values)
        return ()

    return put


# ---- what needs more than one line ----


def trust_key(ground: Ground) -> str:
    """What Codex calls our hook where it keeps its trust."""
    found = re.search(r'hooks\.state\."([^"]+)"', (ground.home / ".codex" / "config.toml").read_text())
    assert found, "nothing is trusted"
    return found.group(1)


def remove_trust(ground: Ground) -> Sequence[str]:
    """As if nobody had ever trusted the hook."""
    path = ground.home / ".codex" / "config.toml"
    path.write_text(re.sub(r"(?m)^\[hooks\.state\..*\n(?:(?!\[).*\n?)*", "", path.read_text()))
    assert "trusted_hash" not in path.read_text()
    return ()


def disable_trusted(ground: Ground) -> Sequence[str]:
    """The hook is trusted, but not enabled."""
    path = ground.home / ".codex" / "config.toml"
    path.write_text(path.read_text().replace("trusted_hash", "enabled = false\ntrusted_hash", 1))
    return ()


def insert_hook_before(ground: Ground) -> Sequence[str]:
    """Another hook moves ours to a place where nobody trusts it."""
    return settings(
        "codex",
        lambda old: {
            "hooks": {
                "PreToolUse": [
                    {"matcher": ".*", "hooks": [{"type": "command", "command": "true"}]},
                    *old["hooks"]["PreToolUse"],
                ]
            }
        },
    )(ground)


def distrust_by_argument(ground: Ground) -> Sequence[str]:
    """The state of hooks can be given as an argument."""
    return ("-c", f'hooks.state={{"{trust_key(ground)}"={{enabled=false}}}}')


def distrust_by_profile(ground: Ground) -> Sequence[str]:
    """A profile can switch a hook off too."""
    text = f'[hooks.state."{trust_key(ground)}"]\nenabled = false\n'
    (ground.home / ".codex" / "off.config.toml").write_text(text)
    return ("--profile", "off")


def profile(ground: Ground) -> Sequence[str]:
    """A profile with the feature switched off."""
    (ground.home / ".codex" / "off.config.toml").write_text(CODEX_OFF)
    return ("--profile", "off")


def short_profile(ground: Ground) -> Sequence[str]:
    """The same, as most people type it."""
    return ("-p", *profile(ground)[1:])


def distrust_in_project(ground: Ground) -> Sequence[str]:
    """The state of hooks in the project's configuration."""
    ground.write_project(".codex/config.toml", f'[hooks.state."{trust_key(ground)}"]\nenabled = false\n')
    return ()


def ignore_user_config(ground: Ground) -> Sequence[str]:
    """Without the file that has the trust; where the model is comes as arguments."""
    provider = f'{{name="stub",base_url="{ground.stub.url}/v1",wire_api="responses",env_key="OPENAI_API_KEY"}}'
    words = ("--ignore-user-config", "-c", 'model_provider="stub"', "-c", f"model_providers.stub={provider}")
    return (*words, "-c", 'model="gpt-5.5"')


def other_codex_home(ground: Ground) -> Sequence[str]:
    """All of Codex's folder, but for the hooks, at another place."""
    other = ground.home / "other"
    shutil.copytree(ground.home / ".codex", other, ignore=shutil.ignore_patterns("hooks.json"))
    ground.variables["CODEX_HOME"] = str(other)
    return ()


def other_claude_folder(ground: Ground) -> Sequence[str]:
    """A settings folder without hooks."""
    ground.variables["CLAUDE_CONFIG_DIR"] = str(ground.home / "other")
    return ()


def settings_from_file(ground: Ground) -> Sequence[str]:
    """The argument can name a file."""
    path = ground.home / "off.json"
    path.write_text(CLAUDE_OFF)
    return ("--settings", str(path))


ROWS = (
    # The settings that hold the hook.
    Row("claude-broken-json", "claude", settings("claude", lambda old: json.dumps(old)[:-1])),
    Row("claude-invalid-key", "claude", settings("claude", lambda old: {**old, "permissions": "nonsense"})),
    Row(
        "claude-invalid-other-hook",
        "claude",
        settings("claude", lambda old: {"hooks": {"PreToolUse": [*old["hooks"]["PreToolUse"], {"matcher": 3}]}}),
    ),
    Row("claude-hook-removed", "claude", settings("claude", lambda old: {})),
    Row("claude-user-disables", "claude", settings("claude", lambda old: {**old, "disableAllHooks": True})),
    Row("codex-broken-json", "codex", settings("codex", lambda old: json.dumps(old)[:-1])),
    Row("codex-unknown-key", "codex", settings("codex", lambda old: {**old, "version": 1})),
    Row("codex-hook-removed", "codex", settings("codex", lambda old: {"hooks": {}})),
    Row("codex-untrusted", "codex", remove_trust),
    Row("codex-trusted-but-disabled", "codex", disable_trusted),
    Row("codex-moved-by-another-hook", "codex", insert_hook_before),
    Row("codex-user-disables", "codex", codex_config(CODEX_OFF)),
    Row("codex-user-disables-by-old-name", "codex", codex_config("[features]\ncodex_hooks = false\n")),
    # The project, which the agent itself may write to.
    Row("claude-project-disables", "claude", project(".claude/settings.json", CLAUDE_OFF)),
    Row("claude-project-disables-locally", "claude", project(".claude/settings.local.json", CLAUDE_OFF)),
    Row("codex-project-disables", "codex", project(".codex/config.toml", CODEX_OFF)),
    Row(
        "codex-project-disables-by-old-name", "codex", project(".codex/config.toml", "[features]\ncodex_hooks=false\n")
    ),
    Row("codex-project-distrusts", "codex", distrust_in_project, False),
    # Arguments.
    Row("claude-bare", "claude", arguments("--bare")),
    Row("claude-safe-mode", "claude", arguments("--safe-mode")),
    Row("claude-bare-behind-a-value", "claude", arguments("--model", "--", "--bare")),
    Row("claude-settings-behind-a-value", "claude", arguments("--add-dir", "--", "--settings", CLAUDE_OFF)),
    Row("claude-project-sources", "claude", arguments("--setting-sources", "project")),
    Row("claude-project-sources-joined", "claude", arguments("--setting-sources=project,local")),
    Row("claude-no-sources", "claude", arguments("--setting-sources", "")),
    Row("claude-settings", "claude", arguments("--settings", CLAUDE_OFF)),
    Row("claude-settings-joined", "claude", arguments(f"--settings={CLAUDE_OFF}")),
    Row("claude-settings-file", "claude", settings_from_file),
    Row("codex-disable", "codex", arguments("--disable", "hooks")),
    Row("codex-disable-joined", "codex", arguments("--disable=hooks")),
    Row("codex-disable-old-name", "codex", arguments("--disable", "codex_hooks")),
    Row("codex-config", "codex", arguments("-c", "features.hooks=false")),
    Row("codex-config-short-joined", "codex", arguments("-cfeatures.hooks=false")),
    Row("codex-config-joined", "codex", arguments("--config=features.hooks=false")),
    Row("codex-config-table", "codex", arguments("-c", "features={hooks=false}")),
    Row("codex-config-old-name", "codex", arguments("-c", "features.codex_hooks=false")),
    Row("codex-config-state", "codex", distrust_by_argument),
    Row("codex-profile", "codex", profile),
    Row("codex-profile-state", "codex", distrust_by_profile),
    Row("codex-profile-short", "codex", short_profile),
    Row("codex-ignore-user-config", "codex", ignore_user_config),
    # What the agents find around them.
    Row("claude-variable-simple", "claude", variables(CLAUDE_CODE_SIMPLE="1")),
    Row("claude-variable-safe-mode", "claude", variables(CLAUDE_CODE_SAFE_MODE="1")),
    Row("claude-other-folder", "claude", other_claude_folder),
    Row("codex-other-home", "codex", other_codex_home),
)

# What a hook does, as a script; and whether the command then runs: with the plain settings of each agent, and with
# onFailure "block", which only Claude Code knows.
DENY = "echo 'No.' >&2; exit 2"


class Ending(NamedTuple):
    """One way for a hook to end."""

    name: str
    script: str
    claude: bool
    claude_block: bool
    codex: bool


DECISION = '{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "%s"}}'

ENDINGS = (
    Ending("denies", DENY, False, False, False),
    Ending("denies-without-a-word", "exit 2", False, False, True),
    Ending("denies-on-stdout", "echo 'No.'; exit 2", False, False, True),
    Ending("ends-with-1", "exit 1", True, False, True),
    Ending("ends-with-126", "exit 126", True, False, True),
    Ending("is-killed", "kill -9 $$", True, False, True),
    Ending("is-missing", "", True, False, True),
    Ending("hangs", "exec sleep 20", True, False, True),
    Ending("asks-in-json", f"echo '{DECISION % 'ask'}'", False, False, True),
    Ending("prints-broken-json", "echo '{\"hookSpecific'", True, True, True),
    Ending("allows", "exit 0", True, True, True),
)
