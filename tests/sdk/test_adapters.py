# SPDX-License-Identifier: Apache-2.0
"""The adapters of the TypeScript SDK, as packed, in an empty project with the real frameworks and the real server.

What each must show is told in tests/sdk/adapters/: a model that follows a script calls tools, and reads what comes back.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from harness import BINARY, ROOT, Server, free_port
from node_support import node_modules
from sdk_packages import install, node_program, tarball

SOURCE = ROOT / "tests" / "sdk" / "adapters"
STORIES = sorted(path.name for path in SOURCE.glob("*.test.mjs"))
TYPES = sorted(path.name for path in (SOURCE / "types").glob("*.mts"))
GRANTS: tuple[dict[str, Any], ...] = (
    {"action": "buy_ticket"},
    {"action": "send_email", "requiresApproval": True},
    {"action": "late_email", "requiresApproval": True},
    {"action": "print_page"},
    {"action": "purchase", "constraints": {"maxAmount": 742, "allowedVendors": ["coachella.com"]}},
    {"action": "write_file", "constraints": {"allowedPaths": ["/srv/docs/**"]}},
    {"action": "execute_command", "constraints": {"deniedCommands": ["rm -rf"]}},
    {"action": "mcp_tool", "resource": "mcp:shop:buy_ticket"},
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outside the source tree: the frameworks, the packed SDK and the stories."""
    folder = tmp_path_factory.mktemp("adapters") / "project"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules"))
    install(folder, tarball(), node_modules(SOURCE))
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose demo agent may do what the stories need."""
    with Server(tmp_path_factory.mktemp("adapters-server") / "data") as server:
        yield server


def make_agent(server: Server) -> dict[str, str]:
    """An agent of its own for each file, and the environment that tells of it."""
    agent_id, key = server.create_agent()
    for grant in GRANTS:
        server.grant(agent_id, **grant)
    return {
        "BEHALFID_BASE_URL": server.base_url,
        "BEHALFID_AGENT_ID": agent_id,
        "BEHALFID_API_KEY": key,
        "GONE_URL": f"http://127.0.0.1:{free_port()}",
        "BEHALF_BIN": str(BINARY),
        "OWNERS_TOKEN": server.developer_token,
        "SERVER_DATA": str(server.data_dir),
    }


@pytest.mark.parametrize("story", STORIES)
def test_adapter(project: Path, shop: Server, story: str) -> None:
    """Allowed tools run once, others do not run and the model reads why, in the framework's own way."""
    words = [node_program(project / "node_modules"), "--test", "--test-reporter=tap", story]
    env = {**os.environ, **make_agent(shop)}
    done = subprocess.run(words, cwd=project, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = dict(re.findall(r"^# (pass|fail|cancelled|skipped|todo) (\d+)$", done.stdout, re.MULTILINE))
    assert int(counts.pop("pass")) > 10, done.stdout
    assert set(counts.values()) == {"0"}, done.stdout


@pytest.mark.parametrize("types", TYPES)
def test_types(project: Path, types: str) -> None:
    """Guarded tools keep the types that they have, by the frameworks' own declarations."""
    words = ["node_modules/.bin/tsc", "-p", "tsconfig.json", "--listFiles"]
    (project / "tsconfig.json").write_text((SOURCE / "types" / "tsconfig.json").read_text().replace("FILE", types))
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    assert "node_modules/@behalfid/sdk/dist/esm/adapters/" in done.stdout


def test_adapters_are_required_too(project: Path) -> None:
    """CommonJS gets the same functions."""
    names = ["ai", "openai-agents", "langchain", "anthropic", "mcp"]
    script = f"for (const n of {names}) console.log(Object.keys(require('@behalfid/sdk/' + n)).join());"
    words = [node_program(project / "node_modules"), "-e", script]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["guardTools"] * 4 + ["guardClient"]
