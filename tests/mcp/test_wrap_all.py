# SPDX-License-Identifier: Apache-2.0
"""Wrapping the servers of an .mcp.json, and undoing it."""

import json
from pathlib import Path

import pytest

from cli_support import Run

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
def project(tmp_path: Path) -> Path:
    """A folder with servers of all kinds."""
    (tmp_path / ".mcp.json").write_text(TEXT)
    (tmp_path / ".mcp.json").chmod(0o640)
    return tmp_path


def wrap(behalf: Run, project: Path, *options: str) -> object:
    """`behalf mcp wrap-all`: what it reports."""
    result = behalf("mcp", "init", "--wrap-all", "--file", str(project / ".mcp.json"), "--json", *options)
    assert result.status == 0, result.err
    return result.json()
