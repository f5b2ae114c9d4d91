# SPDX-License-Identifier: Apache-2.0
"""The wheel as it is built, in virtual environments that are empty but for it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Optional

from harness import ROOT, Server

TESTS = ROOT / "sdk" / "python" / "tests"
WHEEL = "behalfid-0.1.0-py3-none-any.whl"


def pythons() -> dict[str, Path]:
    """The system's Python, and the oldest and a newer one where they are: by their versions."""
    found = {"system": Path("/usr/bin/python3")}
    roots = [Path.home() / ".pyenv" / "versions", Path("/opt/pyenv/versions")]
    for version in ("3.9", "3.13"):
        paths = [path for root in roots for path in sorted(root.glob(f"{version}.*/bin/python{version}"))]
        named = shutil.which(f"python{version}", path="/usr/local/bin:/usr/bin")
        if named or paths:
            found[version] = Path(named) if named else paths[-1]
    return found


def clean() -> dict[str, str]:
    """The environment without what belongs to this project or to another Python."""
    names = ("BEHALF", "PYTHON", "PIP_TARGET", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(names)}


def run(*words: object, cwd: Path, env: Optional[dict[str, str]] = None) -> "subprocess.CompletedProcess[str]":
    """A command in the clean environment."""
    command = [str(word) for word in words]
    whole = {**clean(), **(env or {})}
    return subprocess.run(command, cwd=cwd, env=whole, capture_output=True, text=True, timeout=900, check=False)


def must(done: "subprocess.CompletedProcess[str]") -> str:
    """What it printed; it ended well."""
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    return done.stdout


def build_wheel(folder: Path) -> Path:
    """The wheel, by the builder that `make` uses."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ("/usr/bin/python3", "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    must(run(*words, cwd=ROOT / "sdk" / "python", env={"SOURCE_DATE_EPOCH": "1580601600"}))
    return folder / WHEEL


def environment(python: Path, folder: Path, *packages: object) -> Path:
    """A new virtual environment with these packages: its Python."""
    must(run(python, "-m", "venv", folder, cwd=folder.parent))
    inside = folder / "bin" / "python"
    if packages:
        must(run(inside, "-m", "pip", "-q", "--disable-pip-version-check", "install", *packages, cwd=folder))
    return inside


def copy_tests(folder: Path) -> Path:
    """The package's own tests and the shared cases, where no source of the package is near."""
    folder.mkdir()
    for path in TESTS.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    shutil.copy(ROOT / "sdk" / "conformance" / "cases.jsonl", folder)
    return folder


def describe(server: Server, binary: Path) -> dict[str, object]:
    """What the tests of a real server read."""
    return {
        "baseUrl": server.base_url,
        "agentId": server.agent_id,
        "apiKey": server.api_key,
        "developerToken": server.developer_token,
        "data": str(server.data_dir),
        "command": [str(binary)],
    }
