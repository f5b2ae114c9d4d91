# SPDX-License-Identifier: Apache-2.0
"""The Python SDK as a user gets it: the wheel, in an empty virtual environment, and a server."""

import json
import re
import zipfile
from pathlib import Path
from typing import Iterator

import pytest

from harness import BINARY, ROOT, Server
from python_packages import build_wheel, copy_tests, describe, environment, must, pythons, run

# The lowest httpx that the package takes goes with the oldest Python that is here.
LOWEST = re.search(r"httpx>=([0-9.]+)", (ROOT / "sdk" / "python" / "pyproject.toml").read_text())
PYTHONS = pythons()
OLDEST = "3.9" if "3.9" in PYTHONS else "system"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with demo data."""
    with Server(tmp_path_factory.mktemp("shop") / "data") as server:
        yield server


def test_the_wheel_holds_the_package_and_needs_httpx_alone(wheel: Path) -> None:
    """No tests, nothing that was compiled, the license, types, and one dependency."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode()
    assert "behalfid/py.typed" in names and any("LICENSE" in name for name in names)
    assert {name.split("/")[0] for name in names} == {"behalfid", metadata.split("/")[0]}
    assert not [name for name in names if name.endswith(".pyc") or "test" in name]
    needed = re.findall(r"^Requires-Dist: (.*)$", text, re.MULTILINE)
    assert [one for one in needed if "extra ==" not in one] == ["httpx<1,>=0.24"]
    assert "Requires-Python: >=3.9" in text and "Version: 0.1.0" in text


def test_its_version_is_that_of_the_package(wheel: Path, tmp_path: Path) -> None:
    """It is in the package, in the wheel's name and in the User-Agent."""
    python = environment(PYTHONS["system"], tmp_path / "venv", wheel)
    program = "import behalfid, behalfid.wire as w; print(behalfid.__version__, w.headers_of(w.Call('GET', '/')))"
    printed = must(run(python, "-c", program, cwd=tmp_path))
    assert printed.startswith("0.1.0 ") and "'behalfid-python/0.1.0'" in printed


@pytest.mark.parametrize("name", PYTHONS)
def test_the_package_passes_its_tests(name: str, wheel: Path, server: Server, tmp_path: Path) -> None:
    """All of them, with the oldest Python here and the lowest httpx, and with the others and the newest httpx."""
    assert LOWEST is not None
    httpx = f"httpx=={LOWEST[1]}" if name == OLDEST else "httpx"
    tests = copy_tests(tmp_path / "tests")
    python = environment(PYTHONS[name], tmp_path / "venv", wheel, httpx, "-r", tests / "requirements.txt")
    facts = tmp_path / "server.json"
    facts.write_text(json.dumps(describe(server, BINARY)))
    report = must(run(python, "-m", "pytest", "-q", "-rs", cwd=tests, env={"SDK_TEST_SERVER": str(facts)}))
    assert re.search(r"\d{3,} passed in ", report) and "skipped" not in report, report[-2000:]


def test_a_newcomer_protects_a_function(wheel: Path, shop: Server, tmp_path: Path) -> None:
    """The first Python program of docs/sdk.md, in an empty environment with only the variables of the server set: the
    first call prints, the second ends with BehalfIDDenied."""
    python = environment(PYTHONS["system"], tmp_path / "venv", wheel)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "sdk.md").read_text(), re.DOTALL)
    (program,) = [block for block in blocks if "742" in block]
    (tmp_path / "protect.py").write_text(program)
    facts = {
        "BEHALFID_BASE_URL": shop.base_url,
        "BEHALFID_API_KEY": shop.api_key,
        "BEHALFID_AGENT_ID": shop.agent_id,
    }
    done = run(python, "protect.py", cwd=tmp_path, env=facts)
    assert (done.returncode, done.stdout) == (1, "bought at coachella.com for 742\n")
    assert "BehalfIDDenied: Denied by BehalfID: Amount exceeds maxAmount constraint." in done.stderr
