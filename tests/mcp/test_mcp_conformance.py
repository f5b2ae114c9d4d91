# SPDX-License-Identifier: Apache-2.0
"""The official conformance runner against `behalf mcp start`.

Its server scenarios speak HTTP, so a small adapter stands between. Of them these apply to us: the handshake, ping and
tools/list. The others ask for resources, prompts, completion, logging, sampling and elicitation, which we do not
declare, for tools of the runner's own test server, or for the HTTP transport itself (event streams, DNS rebinding).
"""

import json
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from harness import BINARY, ROOT, Server
from mcp_support import variables
from node_support import node_modules

HERE = ROOT / "tests" / "mcp"
SCENARIOS = ["server-initialize", "ping", "tools-list"]


@pytest.fixture(scope="module")
def node() -> Path:
    """A Node that the runner can use."""
    (found,) = node_modules(HERE).glob("node-linux-*/bin/node")
    return found


@pytest.fixture()
def url(demo: Server, home: Path, node: Path) -> Iterator[str]:
    """The adapter's URL."""
    words = [str(node), str(HERE / "http_adapter.mjs"), str(BINARY), "mcp", "start"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=variables(demo, home), text=True) as adapter:
        assert adapter.stdout is not None
        yield adapter.stdout.readline().strip()
        adapter.terminate()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_conformance_runner_finds_no_fault(url: str, node: Path, tmp_path: Path, scenario: str) -> None:
    """Every check of the scenario passes, and there is one."""
    runner = node_modules(HERE) / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    words = [str(node), str(runner), "server", "--url", url, "--scenario", scenario, "--output-dir", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = tmp_path.rglob("checks.json")
    checks = json.loads(report.read_text())
    assert checks and all(check["status"] == "SUCCESS" for check in checks), checks
