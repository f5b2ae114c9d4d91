# SPDX-License-Identifier: Apache-2.0
"""The TypeScript SDK as it is given to users: packed, and installed into projects that know nothing of its sources."""

import functools
import subprocess
import sys
from pathlib import Path
from typing import Optional

from harness import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import build_sdks  # noqa: E402

NAME = "behalfid-sdk-0.1.0.tgz"


@functools.lru_cache
def tarball() -> Path:
    """The packed SDK, of the sources as they are."""
    folder = ROOT / "build" / "test-sdk"
    folder.mkdir(parents=True, exist_ok=True)
    build_sdks.build_tarball(folder)
    return folder / NAME


def npm(folder: Path, *words: str) -> str:
    """npm in the folder, which must succeed; what it says."""
    command = ["npm", *words, "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(folder: Path, package: Path, packages: Optional[Path] = None) -> None:
    """Installs a package into a project, beside packages that are there already (as hard links: they are large)."""
    if packages is not None:
        subprocess.run(["cp", "-al", str(packages), str(folder / "node_modules")], check=True)
    npm(folder, "install", "--no-save", "--prefer-offline", str(package))
