# SPDX-License-Identifier: Apache-2.0
"""Virtual environments with the frameworks that the Python adapters are tested against, made once for each checkout."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from harness import ROOT

PYTHON = "/usr/bin/python3"
FOLDER = ROOT / "build"


def run(words: list[str], timeout: int = 1500, cwd: Path = ROOT) -> None:
    """A command that must succeed."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, cwd=cwd, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"


def venv_python(requirements: Path) -> Path:
    """The interpreter of an environment with exactly these packages. The file names all of them, so none is chosen here."""
    text = requirements.read_bytes()
    kind = f"venv-{requirements.parent.name}-{requirements.stem}-"
    folder = FOLDER / (kind + hashlib.sha256(text).hexdigest()[:16])
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / f"{kind}lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for old in FOLDER.glob(f"{kind}*[0-9a-f]"):
                shutil.rmtree(old)
            run([PYTHON, "-m", "venv", str(folder)])
            run([str(folder / "bin" / "pip"), "install", "--quiet", "--no-deps", "-r", str(requirements)])
            run([str(folder / "bin" / "pip"), "check"])
            (folder / "complete").touch()
    return folder / "bin" / "python"


def install_sdk(python: Path, folder: Path) -> Path:
    """The SDK's wheel, built now, in a folder of its own for PYTHONPATH."""
    run([PYTHON, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheel")], cwd=ROOT / "sdk" / "python")
    (wheel,) = (folder / "wheel").glob("behalfid-*.whl")
    run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder / "site"), str(wheel)])
    return folder / "site"
