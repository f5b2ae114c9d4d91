# SPDX-License-Identifier: Apache-2.0
"""Wrapping the servers of an .mcp.json, and undoing it."""

import json
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from typing import Any

import pytest

from cli_support import Run, mode

TEXT = """{
  "other": {"kept": [1, 2.5, null]},
    "mcpServers": {
    "files": {"command": "npx", "args": ["-y", "files", "/srv"], "env": {"A": "b"}},
    "behalfid": {"type": "stdio", "command": "behalf", "args": ["mcp", "start"]},
    "my server": {"type": "stdio", "command": "./server"},
    "web": {"type": "http", "url": "https://example.com/mcp"},
    "old": {"url": "https://example.com/sse"},
    "a:b": {"command": "x"},
    "odd": {"command": "x", "args": "y"},
    "empty": {}
  }
}"""
BACKUP = ".mcp.json.behalf-backup"


@pytest.fixture()
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with servers of all kinds, to work in."""
    path = tmp_path / "project"
    path.mkdir()
    (path / ".mcp.json").write_text(TEXT)
    (path / ".mcp.json").chmod(0o640)
    monkeypatch.chdir(path)
    return path


def wrap(behalf: Run, *options: str) -> Any:
    """`behalf mcp init --wrap-all`: what it reports."""
    result = behalf("mcp", "init", "--wrap-all", "--no-inject", "--json", *options, BEHALFID_AGENT_ID="agent_x")
    assert result.status == 0, result.err
    return result.json()


def unwrap(behalf: Run, *options: str) -> Any:
    """`behalf mcp unwrap`: what it reports."""
    result = behalf("mcp", "unwrap", "--json", *options)
    assert result.status == 0, result.err
    return result.json()


def servers(project: Path) -> Any:
    """The servers of the file."""
    return json.loads((project / ".mcp.json").read_text())["mcpServers"]


def test_stdio_servers_are_wrapped_and_others_are_told(behalf: Run, project: Path) -> None:
    """Each stdio server gets the interceptor before it, under its own name; the rest stays and is named."""
    report = wrap(behalf)
    now = servers(project)
    before = ["mcp", "wrap", "--name"]
    assert now["files"] == {
        "command": "behalf",
        "args": [*before, "files", "--", "npx", "-y", "files", "/srv"],
        "env": {"A": "b"},
    }
    assert now["my server"] == {
        "type": "stdio",
        "command": "behalf",
        "args": [*before, "my server", "--", "./server"],
    }
    old = json.loads(TEXT)["mcpServers"]
    for name in ("behalfid", "web", "old", "a:b", "odd", "empty"):
        assert now[name] == old[name]
    for name in ("web", "old", "a:b", "odd", "empty"):
        assert any(f"The server {name} was not wrapped" in warning for warning in report["warnings"])
    assert str(project / BACKUP) in report["changed"]
    assert json.loads((project / ".mcp.json").read_text())["other"] == {"kept": [1, 2.5, None]}
    assert mode(project / ".mcp.json") == 0o640


def test_wrapping_twice_changes_nothing(behalf: Run, project: Path) -> None:
    """The second time there is nothing to do, and the backup stays what it was."""
    wrap(behalf)
    text, backup = (project / ".mcp.json").read_bytes(), (project / BACKUP).read_bytes()
    wrap(behalf)
    assert ((project / ".mcp.json").read_bytes(), (project / BACKUP).read_bytes()) == (text, backup)


def test_unwrapping_restores_the_very_bytes(behalf: Run, project: Path) -> None:
    """Undone, the file is byte for byte what it was, and the backup is gone."""
    wrap(behalf, "--dry-run")
    assert (project / ".mcp.json").read_text() == TEXT and not (project / BACKUP).exists()
    wrap(behalf)
    text = (project / ".mcp.json").read_text()
    assert unwrap(behalf, "--dry-run")["changed"] == ["files", "my server"]
    assert (project / ".mcp.json").read_text() == text
    assert unwrap(behalf)["changed"] == ["files", "my server"]
    assert (project / ".mcp.json").read_text() == TEXT
    assert mode(project / ".mcp.json") == 0o640
    assert not (project / BACKUP).exists()
    assert unwrap(behalf)["changed"] == []


def test_unwrapping_keeps_what_others_changed(behalf: Run, project: Path) -> None:
    """A file that was changed since keeps the changes, and each server gets its own command back."""
    wrap(behalf)
    document = json.loads((project / ".mcp.json").read_text())
    document["mcpServers"]["new"] = {"command": "new", "args": ["1"]}
    (project / ".mcp.json").write_text(json.dumps(document))
    wrap(behalf)
    assert servers(project)["new"]["command"] == "behalf"
    assert sorted(unwrap(behalf)["changed"]) == ["files", "my server", "new"]
    old = json.loads(TEXT)["mcpServers"]
    old["my server"]["args"] = []
    assert servers(project) == {**old, "new": {"command": "new", "args": ["1"]}}
    assert not (project / BACKUP).exists()


def test_program_of_our_name_does_not_count_as_wrapped(behalf: Run, project: Path) -> None:
    """Somebody else's "behalf" is wrapped like any other program."""
    args = ["mcp", "wrap", "--name", "x", "--", "y"]
    (project / ".mcp.json").write_text(json.dumps({"mcpServers": {"x": {"command": "./behalf", "args": args}}}))
    wrap(behalf)
    assert servers(project)["x"]["args"][4:6] == ["--", "./behalf"]


OURS = ["mcp", "wrap", "--name", "x", "--map", "m.json", "--wait", "9", "--hide-denied", "--", "y"]


def wrap_again(behalf: Run, project: Path, entry: Any) -> tuple[int, str]:
    """The exit status and the warnings of --wrap-all for a file with this server; it is left as it is."""
    (project / ".mcp.json").write_text(json.dumps({"mcpServers": {"x": entry}}))
    result = behalf("mcp", "init", "--wrap-all", "--no-inject", "--json", BEHALFID_AGENT_ID="agent_x")
    assert servers(project)["x"] == entry, result.err
    told = [warning for warning in result.json()["warnings"] if "The server" in warning]
    return result.status, " ".join(told)


@pytest.mark.parametrize(
    "option",
    [
        ["--base-url", "http://127.0.0.1:9"],
        ["--base-url=http://127.0.0.1:9"],
        ["--key", "k"],
        ["--agent", "agent_y"],
        ["--agen", "agent_y"],
        ["--wait"],
        ["more"],
    ],
)
def test_interceptor_with_foreign_options_does_not_count(behalf: Run, project: Path, option: list[str]) -> None:
    """An entry whose interceptor may ask another server or for another agent is an error, not "protected"."""
    status, warnings = wrap_again(behalf, project, {"command": "behalf", "args": ["mcp", "wrap", *option, "--", "y"]})
    assert status == 1 and "The server x was not wrapped: it is not protected" in warnings


@pytest.mark.parametrize("variable", ["BEHALFID_BASE_URL", "BEHALF_API_KEY", "HOME", "https_proxy", "LD_PRELOAD"])
def test_environment_that_steers_the_interceptor_does_not_count(behalf: Run, project: Path, variable: str) -> None:
    """An entry whose variables reach the interceptor too, and change whom it asks, is an error, wrapped or not."""
    entries: list[dict[str, Any]] = [{"command": "behalf", "args": OURS}, {"command": "y"}]
    for entry in entries:
        status, warnings = wrap_again(behalf, project, {**entry, "env": {variable: "z"}})
        assert status == 1 and "it is not protected: its env" in warnings


def test_options_of_our_own_count_and_a_map_is_told(behalf: Run, project: Path) -> None:
    """An entry with the options that an owner may add stays and is protected; its mapping and name are told."""
    assert wrap_again(behalf, project, {"command": "behalf", "args": ["mcp", "wrap", *OURS[2:4], "--", "y"]}) == (0, "")
    status, warnings = wrap_again(behalf, project, {"command": "behalf", "args": OURS, "env": {"A": "b"}})
    assert status == 0 and "mapping file" in warnings and "another name" not in warnings
    status, warnings = wrap_again(behalf, project, {"command": "behalf", "args": [*OURS[:3], "files", *OURS[4:]]})
    assert status == 0 and "under another name" in warnings


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a":1,"a":2}', '{"mcpServers":[]}'])
def test_file_that_is_not_in_order_is_left_alone(behalf: Run, project: Path, text: str) -> None:
    """A file that cannot be read to the letter is an error that names it, and is not touched."""
    (project / ".mcp.json").write_text(text)
    for words in (("mcp", "init", "--wrap-all", "--no-inject"), ("mcp", "unwrap")):
        result = behalf(*words, BEHALFID_AGENT_ID="agent_x")
        assert result.status == 1 and ".mcp.json" in result.err
    assert (project / ".mcp.json").read_text() == text and not (project / BACKUP).exists()


def test_links_do_not_lead_us_to_write_elsewhere(behalf: Run, project: Path, tmp_path: Path) -> None:
    """A backup that is a symbolic link is not written through."""
    target = tmp_path / "target"
    target.write_text("mine")
    (project / BACKUP).symlink_to(target)
    result = behalf("mcp", "init", "--wrap-all", "--no-inject", BEHALFID_AGENT_ID="agent_x")
    assert result.status == 1 and BACKUP in result.err
    assert target.read_text() == "mine"
    assert "wrap" not in (project / ".mcp.json").read_text()


def test_unwrapping_waits_for_others_who_change_settings(behalf: Run, project: Path) -> None:
    """While another command of ours changes settings, unwrapping waits, and then it sees what that has written."""
    wrap(behalf)
    (locked,) = project.parent.rglob("setup.lock")
    with open(locked, "rb") as lock, ThreadPoolExecutor() as pool:
        flock(lock, LOCK_EX)
        undoing = pool.submit(unwrap, behalf)
        with pytest.raises(FutureTimeout):
            undoing.result(1)
        document = json.loads((project / ".mcp.json").read_text())
        document["mcpServers"]["new"] = {"command": "new"}
        (project / ".mcp.json").write_text(json.dumps(document))
        flock(lock, LOCK_UN)
        assert undoing.result(20)["changed"] == ["files", "my server"]
    assert servers(project)["new"] == {"command": "new"}


def test_people_read_what_was_done(behalf: Run, project: Path) -> None:
    """Without --json the undoing says which servers it has changed."""
    wrap(behalf)
    assert behalf("mcp", "unwrap").out.splitlines() == ["Unwrapped: files", "Unwrapped: my server"]
    assert behalf("mcp", "unwrap").out == ".mcp.json: there is nothing to change.\n"


def test_a_number_that_would_become_another_is_left_alone(behalf: Run, project: Path) -> None:
    """A file with a number that cannot be written as it is stays as it is, and is named with the number."""
    path = project / ".mcp.json"
    path.write_text('{"mcpServers": {"a": {"command": "a"}}, "theirs": 12345678901234567890}')
    before = path.read_text()
    result = behalf("mcp", "init", "--wrap-all", "--no-inject", BEHALFID_AGENT_ID="agent_x")
    assert result.status == 1 and "12345678901234567890" in result.err and str(path) in result.err
    assert path.read_text() == before and [entry.name for entry in project.iterdir()] == [".mcp.json"]
