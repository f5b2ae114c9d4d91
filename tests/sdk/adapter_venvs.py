# SPDX-License-Identifier: Apache-2.0
"""Virtual environments with the frameworks and for the examples, made once for each checkout."""

import atexit
import fcntl
import functools
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from harness import ROOT
from python_packages import WHEEL, build_wheel, must, run

sys.path.insert(0, str(ROOT / "tools"))

import build_sdks  # noqa: E402

PYTHON = "/usr/bin/python3"
FOLDER = ROOT / "build"


@functools.lru_cache
def wheel() -> Path:
    """The SDK's wheel, of the sources as they are."""
    digest: str = build_sdks.digest_of(build_sdks.sources(build_sdks.PYTHON))
    folder = FOLDER / "test-wheel" / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / WHEEL).exists():
            build_wheel(folder)
    return folder / WHEEL


def make_venv(name: str, digest: str, options: list[str], cwd: Path = ROOT) -> Path:
    """The interpreter of the environment that `pip install OPTIONS` makes, in place of older ones of that name."""
    folder = FOLDER / f"venv-{name}-{digest[:16]}"
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / f"venv-{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for old in FOLDER.glob(f"venv-{name}-{'[0-9a-f]' * 16}"):
                shutil.rmtree(old)
            must(run(PYTHON, "-m", "venv", folder, cwd=ROOT))
            must(run(folder / "bin" / "pip", "install", "--quiet", *options, cwd=cwd))
            must(run(folder / "bin" / "pip", "check", cwd=ROOT))
            (folder / "complete").touch()
    return folder / "bin" / "python"


def frozen_python(requirements: Path) -> Path:
    """An environment with exactly these packages. The file names all of them, so none is chosen here."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return make_venv(f"{requirements.parent.name}-{requirements.stem}", digest, ["--no-deps", "-r", str(requirements)])


def sdk_folder(folder: Path) -> Path:
    """The SDK alone, for PYTHONPATH."""
    must(run(PYTHON, "-m", "zipfile", "-e", wheel(), folder, cwd=ROOT))
    return folder


def copy_example(name: str, folder: Path) -> Path:
    """The example as `make` leaves it to its users: with the SDK where its requirements.txt looks for it."""
    made = shutil.ignore_patterns(".venv", "__pycache__", "deployed.log")
    shutil.copytree(ROOT / "examples" / name, folder / "examples" / name, ignore=made)
    (folder / "build" / "sdk").mkdir(parents=True, exist_ok=True)
    shutil.copy(wheel(), folder / "build" / "sdk" / WHEEL)
    return folder / "examples" / name


def example_python(example: Path) -> Path:
    """An environment in which `pip install -r requirements.txt` was typed in the folder of a copied example."""
    digest = hashlib.sha256((example / "requirements.txt").read_bytes() + wheel().read_bytes()).hexdigest()
    name = "-".join(example.parts[example.parts.index("examples") + 1 :])
    return make_venv(f"example-{name}", digest, ["-r", "requirements.txt"], example)


@functools.lru_cache
def installed_program(name: str, program: str) -> list[str]:
    """A program of an example as a command, in a folder where `make` and the example's README have been followed."""
    folder = Path(tempfile.mkdtemp(prefix="example-"))
    atexit.register(shutil.rmtree, folder)
    example = copy_example(name, folder)
    return [str(example_python(example)), str(example / program)]
