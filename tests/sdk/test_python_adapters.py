# SPDX-License-Identifier: Apache-2.0
"""The adapters of the Python SDK, from the built wheel, with the frameworks themselves and a real server.

What they must show is in sdk/python/tests/adapters; this runs each of its files in an environment with the frameworks.
"""

import os
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Iterator

import pytest

from adapter_venvs import frozen_python, sdk_folder
from harness import ROOT, Server

FOLDER = ROOT / "sdk" / "python" / "tests" / "adapters"
RUNS = [
    ("requirements.txt", "test_anthropic.py"),
    ("requirements.txt", "test_langchain.py"),
    ("requirements.txt", "test_mcp.py"),
    ("requirements.txt", "test_openai_agents.py"),
    ("requirements-crewai.txt", "test_crewai.py"),
    ("requirements-crewai.txt", "test_mcp.py"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this file; each test makes an agent of its own."""
    with Server(tmp_path_factory.mktemp("adapters") / "data") as server:
        yield server


@pytest.mark.parametrize(("requirements", "name"), RUNS)
def test_adapter(shop: Server, tmp_path: Path, requirements: str, name: str) -> None:
    """Every test of the file passes, and none is left out."""
    python = frozen_python(FOLDER / requirements)
    report = tmp_path / "report.xml"
    env = {key: value for key, value in os.environ.items() if not key.startswith(("BEHALF", "PYTHON", "PYTEST"))}
    env["PYTHONPATH"] = f"{sdk_folder(tmp_path / 'site')}:{FOLDER}"
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env["HOME"] = str(tmp_path)
    env["BEHALFID_TEST_SERVER"] = shop.base_url
    env["BEHALFID_TEST_DEMO"] = str(shop.data_dir / "demo.json")
    words = [
        str(python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "adapter_fixtures",
        "-W",
        "ignore",
        "--tb=short",
    ]
    words += [
        "-c",
        os.devnull,
        f"--confcutdir={FOLDER}",
        f"--rootdir={FOLDER}",
        f"--junitxml={report}",
        str(FOLDER / name),
    ]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    assert int(suite.get("tests", "0")) > 0
    assert [suite.get(kind) for kind in ("failures", "errors", "skipped")] == ["0", "0", "0"]


def test_every_adapter_is_tested() -> None:
    """No file of tests is left out, and no adapter is without one."""
    names = {name for _, name in RUNS}
    assert names == {path.name for path in FOLDER.glob("test_*.py")}
    source = ROOT / "sdk" / "python" / "src" / "behalfid"
    adapters = {path.stem for path in source.glob("*.py") if "ToolGuard" in path.read_text() and path.stem != "_tools"}
    assert names == {f"test_{adapter}.py" for adapter in adapters}
