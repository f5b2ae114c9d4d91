# SPDX-License-Identifier: Apache-2.0
"""What the tests of the packages share: an installed tree, a Debian package."""

import os
import subprocess
from pathlib import Path

import pytest

from harness import BINARY, ROOT

BUILD = BINARY.resolve().parent


def run(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A command that must succeed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
    done = subprocess.run(
        words, cwd=ROOT, env={**env, **variables}, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done


def install(folder: Path, *settings: str) -> Path:
    """`make install` below a folder."""
    run("make", "install", f"BUILD={BUILD}", f"DESTDIR={folder}", *settings)
    return folder


def settings_of(unit: str) -> dict[str, list[str]]:
    """The lines of a unit by name, in their order."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "packaging" / "systemd" / unit).read_text().splitlines():
        if "=" in line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make install` makes."""
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def deb() -> Path:
    """What `make deb` makes."""
    run("make", "deb", f"BUILD={BUILD}")
    (package,) = (BUILD / "deb").glob("behalfid_*.deb")
    return package
