# SPDX-License-Identifier: Apache-2.0
"""The configuration file of the command line."""

import json
import os
from pathlib import Path

import pytest

from cli_support import KEY, Run, config_path, mode, write_config


def test_config_is_private_and_pretty(behalf: Run, home: Path) -> None:
    """The file is pretty JSON with a final newline, 0600, in a folder 0700, whatever the umask is."""
    old = os.umask(0)
    try:
        result = behalf("config", "set", "agent-id", "agent_x")
    finally:
        os.umask(old)
    assert (result.status, result.out) == (0, "Set agent-id.\n")
    assert config_path(home).read_text() == '{\n  "agentId": "agent_x"\n}\n'
    assert mode(config_path(home)) == 0o600
    assert mode(config_path(home).parent) == 0o700
    assert os.listdir(config_path(home).parent) == ["config.json"]


def test_open_config_becomes_private_when_written(behalf: Run, home: Path) -> None:
    """A folder and a file that were open to others are closed by the next write."""
    write_config(home, "{}")
    config_path(home).parent.chmod(0o755)
    config_path(home).chmod(0o644)
    assert behalf("config", "set", "api-key", KEY).status == 0
    assert mode(config_path(home)) == 0o600
    assert mode(config_path(home).parent) == 0o700


def test_config_keeps_what_belongs_to_others(behalf: Run, home: Path) -> None:
    """Setting one value leaves all other members as they were."""
    write_config(home, '{"deviceId": "devmac_1", "policyCache": {"a": [1, 2.5, null]}, "agentId": "old"}')
    assert behalf("config", "set", "agent-id", "new").status == 0
    assert json.loads(config_path(home).read_text()) == {
        "deviceId": "devmac_1", "policyCache": {"a": [1, 2.5, None]}, "agentId": "new",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "{broken", "[1]", '"x"', '{"a": "\\ud800"}', "{" + '"a":{' * 100])
def test_broken_config_reads_as_empty(behalf: Run, home: Path, text: str) -> None:
    """A file that is no JSON object counts as an empty one, and can be written over."""
    write_config(home, text)
    assert behalf("config", "get", "api-key").out == "(not set)\n"
    assert behalf("config", "set", "agent-id", "agent_x").status == 0
    assert json.loads(config_path(home).read_text()) == {"agentId": "agent_x"}


def test_config_never_shows_the_key(behalf: Run) -> None:
    """set, get and list show the first 15 characters of the key and an ellipsis, in JSON too."""
    shown = KEY[:15] + "…"
    outputs = [
        behalf("config", "set", "api-key", KEY, "--json"),
        behalf("config", "get", "api-key"),
        behalf("config", "get", "api-key", "--json"),
        behalf("config", "list"),
        behalf("config", "list", "--json"),
    ]
    for result in outputs:
        assert result.status == 0
        assert shown in result.out
        assert KEY[:16] not in result.out + result.err
    assert outputs[0].json() == {"key": "api-key", "value": shown}
    assert outputs[2].json() == {"api-key": shown}


def test_config_list_names_the_file(behalf: Run, home: Path) -> None:
    """The list has a row per key and says where the file is."""
    behalf("config", "set", "base-url", "http://127.0.0.1:9/")
    result = behalf("config", "list")
    assert result.out.splitlines()[0].split() == ["KEY", "VALUE"]
    assert "agent-id  (not set)" in result.out
    assert result.out.endswith(f"\nFile: {config_path(home)}\n")
    assert behalf("config", "list", "--json").json() == {
        "api-key": None, "agent-id": None, "base-url": "http://127.0.0.1:9/", "path": str(config_path(home)),
    }  # fmt: skip


def test_config_clear_removes_everything(behalf: Run, home: Path) -> None:
    """After clear nothing is left in the file."""
    behalf("config", "set", "api-key", KEY)
    assert behalf("config", "clear").out == "Config cleared.\n"
    assert json.loads(config_path(home).read_text()) == {}
    assert behalf("config", "clear", "--json").json() == {"cleared": True}


@pytest.mark.parametrize(
    "url", ["ftp://h", "h:80", "http://", "http://u:p@h", "http://h/?a=1", "http://h/#x", "http://h h"]
)
def test_unusable_base_url_is_refused(behalf: Run, home: Path, url: str) -> None:
    """A base URL that no request could use is neither stored nor called."""
    assert behalf("config", "set", "base-url", url).status == 1
    assert not config_path(home).exists()
    result = behalf("health", BEHALFID_BASE_URL=url)
    assert result.status == 1
    assert "is not a usable base URL." in result.err


def test_failed_write_leaves_the_old_config(behalf: Run, home: Path) -> None:
    """When the file cannot be written that is an error, and nothing is half-written."""
    (home / ".behalf").write_text("in the way")
    result = behalf("config", "set", "agent-id", "agent_x")
    assert result.status == 1
    assert result.out == ""
    assert "The configuration could not be written" in result.err
    assert (home / ".behalf").read_text() == "in the way"
