# SPDX-License-Identifier: Apache-2.0
"""Installing into the real Codex: it lists the hook, trusts it, and nothing of the person's is lost."""

import json
import re
from typing import Any

import pytest

from harness import BINARY
from host_support import AppServer, Ground, trust_hooks


def hooks_of(ground: Ground) -> list[dict[str, Any]]:
    """What Codex itself says of its hooks."""
    with AppServer(ground) as server:
        listed = server.call("hooks/list", cwds=[str(ground.project)])
    return [hook for entry in listed["data"] for hook in entry["hooks"]]


def behalf(ground: Ground, *words: str, status: int = 0) -> Any:
    """The answer of one of our commands."""
    done = ground.run(str(BINARY), *words, "--json")
    assert done.status == status, done
    return json.loads(done.out) if done.out else done.err


def test_codex_lists_and_trusts_the_hook(ground: Ground) -> None:
    """After an installation Codex lists our hook as trusted, a second one changes nothing, and status agrees."""
    config = ground.home / ".codex" / "config.toml"
    before = config.read_text()
    assert not behalf(ground, "hook", "status", "--host", "codex", status=1)[0]["installed"]
    first = behalf(ground, "hook", "install", "--host", "codex")
    assert sorted(first["changed"]) == sorted([str(config), str(ground.home / ".codex" / "hooks.json")])
    (hook,) = hooks_of(ground)
    assert (hook["trustStatus"], hook["enabled"], hook["timeoutSec"]) == ("trusted", True, 15)
    assert "hook pre-tool-use --host codex" in hook["command"]
    assert config.read_text().startswith(before) and config.read_text().count("[mcp_servers.behalfid]") == 1
    files = {path: path.read_text() for path in (config, ground.home / ".codex" / "hooks.json")}
    assert behalf(ground, "hook", "install", "--host", "codex")["changed"] == []
    assert {path: path.read_text() for path in files} == files
    assert behalf(ground, "hook", "status", "--host", "codex")[0]["installed"]


def test_codex_lets_a_wait_take_its_time(ground: Ground) -> None:
    """Codex reads our MCP server as it is meant: with the variables it needs, and as long as its longest wait takes."""
    behalf(ground, "hook", "install", "--host", "codex")
    listed = json.loads(ground.run("codex", "mcp", "get", "behalfid", "--json").out)
    assert (listed["enabled"], listed["transport"]["args"]) == (True, ["mcp", "start"])
    assert "BEHALFID_API_KEY" in listed["transport"]["env_vars"]
    assert listed["tool_timeout_sec"] > 600


def test_trust_in_other_hooks_moves_with_them(ground: Ground) -> None:
    """A hook of the person's that was trusted is so after ours came before it, and after ours has gone again."""
    ground.write_hook("codex", "true")
    trust_hooks(ground)
    behalf(ground, "hook", "install", "--host", "codex")
    ours, theirs = hooks_of(ground)
    assert "behalf" in ours["command"] and theirs["command"] == "true"
    assert ours["trustStatus"] == theirs["trustStatus"] == "trusted"
    behalf(ground, "hook", "uninstall", "--host", "codex")
    (left,) = hooks_of(ground)
    assert (left["command"], left["trustStatus"]) == ("true", "trusted")
    assert "mcp_servers.behalfid" not in (ground.home / ".codex" / "config.toml").read_text()


def test_untrusted_hooks_of_others_stay_untrusted(ground: Ground) -> None:
    """An installation trusts our hook and no other."""
    ground.write_hook("codex", "true")
    behalf(ground, "hook", "install", "--host", "codex")
    assert [hook["trustStatus"] for hook in hooks_of(ground)] == ["trusted", "untrusted"]


@pytest.mark.parametrize("change", ["untrusted", "disabled"])
def test_lost_trust_is_seen_and_mended(ground: Ground, change: str) -> None:
    """A hook that Codex would skip is not in place, and the next installation puts that right."""
    behalf(ground, "hook", "install", "--host", "codex")
    config = ground.home / ".codex" / "config.toml"
    text = config.read_text()
    config.write_text(
        re.sub("sha256:..", "sha256:zz", text)
        if change == "untrusted"
        else text.replace("enabled = true", "enabled = false")
    )
    (row,) = behalf(ground, "hook", "status", "--host", "codex", status=1)
    assert "trust" in row["problem"]
    behalf(ground, "hook", "install", "--host", "codex")
    assert behalf(ground, "hook", "status", "--host", "codex")[0]["installed"]


def test_configuration_that_codex_refuses_is_left_alone(ground: Ground) -> None:
    """Where Codex cannot read its configuration nothing is written."""
    config = ground.home / ".codex" / "config.toml"
    config.write_text('model = "x"\nmodel = "y"\n')
    error = behalf(ground, "hook", "install", "--host", "codex", status=1)
    assert "codex app-server" in error or "Codex" in error
    assert config.read_text() == 'model = "x"\nmodel = "y"\n'
    assert not (ground.home / ".codex" / "hooks.json").exists()


def test_project_that_switches_hooks_off_does_not_reach_a_launch(ground: Ground) -> None:
    """Codex is asked with the arguments of a launch, and they win over the project's settings."""
    behalf(ground, "hook", "install", "--host", "codex")
    ground.write_project(".codex/config.toml", "[features]\nhooks = false\n")
    assert behalf(ground, "hook", "status", "--host", "codex")[0]["installed"]
