# SPDX-License-Identifier: Apache-2.0
"""The interceptor before real MCP servers: those of files and of everything, from npm."""

from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from api_support import Agent
from harness import Server
from node_support import node_modules
from wrap_support import Wrapped, text_of

Start = Callable[..., Wrapped]
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent without permissions."""
    return Agent(demo, "Real servers")


@pytest.fixture()
def start(demo: Server, agent: Agent, tmp_path: Path) -> Iterator[Start]:
    """Starts a package's server behind the interceptor: start("filesystem", "--option", arguments=[...])."""
    started: list[Wrapped] = []

    def begin(package: str, *options: str, arguments: tuple[str, ...] = ()) -> Wrapped:
        program = node_modules() / "@modelcontextprotocol" / f"server-{package}" / "dist" / "index.js"
        command = ["node", str(program), *arguments]
        wrapped = Wrapped(tmp_path, demo, agent.agent_id, agent.api_key, *options, name=package, command=command)
        started.append(wrapped)
        assert wrapped.request(1, "initialize", 60, **HELLO)["result"]["serverInfo"]
        wrapped.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return wrapped

    yield begin
    for wrapped in started:
        wrapped.__exit__()


def names(wrapped: Wrapped, number: Any) -> set[str]:
    """The tools that are listed."""
    return {tool["name"] for tool in wrapped.request(number, "tools/list")["result"]["tools"]}


def test_files_are_read_and_written_as_permitted(start: Start, agent: Agent, tmp_path: Path) -> None:
    """Reading is allowed and happens; writing is not and does not, whatever the server would do."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "note.txt").write_text("a note")
    agent.grant("mcp_tool", resource="mcp:filesystem:read_text_file")
    wrapped = start("filesystem", arguments=(str(folder),))
    assert {"read_text_file", "write_file"} <= names(wrapped, 2)
    assert text_of(wrapped.call(3, "read_text_file", path=str(folder / "note.txt"))) == "a note"
    denied = wrapped.call(4, "write_file", path=str(folder / "new.txt"), content="x")
    assert denied["isError"] is True and "denied" in text_of(denied)
    assert [path.name for path in folder.iterdir()] == ["note.txt"]
    agent.grant("mcp_tool", resource="mcp:filesystem:write_file")
    assert "isError" not in wrapped.call(5, "write_file", path=str(folder / "new.txt"), content="x")
    assert (folder / "new.txt").read_text() == "x"
    assert wrapped.end() == 0


def test_paths_of_files_are_held_against_rules(start: Start, agent: Agent, tmp_path: Path) -> None:
    """With a mapping, rules for paths decide about the tools of the file server."""
    folder = tmp_path / "files"
    (folder / "open").mkdir(parents=True)
    (tmp_path / "map.json").write_text(
        '{"tools":{"write_file":{"action":"write_file","path":"/path","arguments":["path"]}}}'
    )
    agent.grant("write_file", constraints={"allowedPaths": [f"{folder}/open/**"]})
    wrapped = start("filesystem", "--map", str(tmp_path / "map.json"), arguments=(str(folder),))
    large = "x" * 100_000
    assert "isError" not in wrapped.call(2, "write_file", path=f"{folder}/open/a", content=large)
    assert wrapped.call(3, "write_file", path=f"{folder}/open/../b", content=large)["isError"] is True
    assert (folder / "open" / "a").stat().st_size == 100_000 and not (folder / "b").exists()


def test_only_possible_tools_are_listed(start: Start, agent: Agent, tmp_path: Path) -> None:
    """With --hide-denied the file server shows what may be allowed, with its schemas as they were."""
    agent.grant("mcp_tool", resource="mcp:filesystem:read_text_file, mcp:filesystem:list_directory")
    wrapped = start("filesystem", "--hide-denied", arguments=(str(tmp_path),))
    assert names(wrapped, 2) == {"read_text_file", "list_directory"}
    tools = wrapped.request(3, "tools/list")["result"]["tools"]
    assert all(tool["inputSchema"]["type"] == "object" for tool in tools)


def test_everything_passes(start: Start, agent: Agent) -> None:
    """Prompts, resources and progress of the server of everything pass, and its tools are decided."""
    agent.grant("mcp_tool", resource="mcp:everything:echo")
    wrapped = start("everything")
    assert "echo" in names(wrapped, 2)
    assert wrapped.request(3, "prompts/list")["result"]["prompts"]
    assert wrapped.request(4, "resources/list")["result"]["resources"]
    assert wrapped.request(5, "ping")["result"] == {}
    assert "hello" in text_of(wrapped.call(6, "echo", message="hello"))
    assert wrapped.call(7, "get-sum", a=1, b=2)["isError"] is True
    assert wrapped.end() == 0
