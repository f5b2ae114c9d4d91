# SPDX-License-Identifier: Apache-2.0
"""The TypeScript SDK as it is given to users: packed, and installed into projects that know nothing of its sources."""

import atexit
import functools
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Optional

from harness import BINARY, ROOT

sys.path.insert(0, str(ROOT / "tools"))

import build_sdks  # noqa: E402

NAME = "behalfid-sdk-0.1.0.tgz"
QUIET = {"npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false"}


def node_program(packages: Path) -> str:
    """The Node that stands among these packages, where the one of the machine may be too old."""
    kind = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    return str(packages / f"node-linux-{kind}" / "bin" / "node")


@functools.lru_cache
def tarball() -> Path:
    """The packed SDK: the one that was built with the server, or else one of the sources as they are."""
    built = BINARY.parent / "sdk" / NAME
    if built.exists():
        return built
    folder = ROOT / "build" / "test-sdk"
    folder.mkdir(parents=True, exist_ok=True)
    build_sdks.build_tarball(folder)
    return folder / NAME


def npm(folder: Path, *words: str, env: Optional[dict[str, str]] = None) -> "subprocess.CompletedProcess[str]":
    """npm in the folder."""
    command = ["npm", *words]
    full = {**os.environ, **QUIET, **(env or {})}
    return subprocess.run(command, cwd=folder, env=full, capture_output=True, text=True, timeout=300, check=False)


def must(done: "subprocess.CompletedProcess[str]") -> str:
    """What it said; it ended well."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(folder: Path, package: Path, packages: Optional[Path] = None) -> None:
    """Installs a package into a project, beside packages that are there already (as hard links: they are large)."""
    if packages is not None:
        subprocess.run(["cp", "-al", str(packages), str(folder / "node_modules")], check=True)
    must(npm(folder, "install", "--ignore-scripts", "--no-save", "--prefer-offline", str(package)))


def copy_example(name: str, folder: Path) -> Path:
    """The example as `make` leaves it to its users: with the packed SDK where its package.json looks for it."""
    shutil.copytree(ROOT / "examples" / name, folder / "examples" / name, ignore=shutil.ignore_patterns("node_modules"))
    sdk = folder / "build" / "sdk"
    sdk.mkdir(parents=True, exist_ok=True)
    shutil.copy(tarball(), sdk / NAME)
    return folder / "examples" / name


@functools.lru_cache
def installed_example(name: str) -> Path:
    """A copy of the example in which `npm install` was typed; until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="example-"))
    atexit.register(shutil.rmtree, folder)
    example = copy_example(name, folder)
    must(npm(example, "install", "--prefer-offline"))
    return example
