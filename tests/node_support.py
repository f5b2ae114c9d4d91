# SPDX-License-Identifier: Apache-2.0
"""What the tests need from npm: installed as the lock file says, once."""

import fcntl
import subprocess
import sys
from pathlib import Path

from harness import ROOT

FOLDER = ROOT / "tests" / "node"


def node_modules(folder: Path = FOLDER) -> Path:
    """The folder with the packages; installs them when it is missing or older than the lock file."""
    lock = folder / "package-lock.json"
    mark = folder / "node_modules" / ".package-lock.json"
    with open(lock, encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
            words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, done.stderr
            mark.touch()
    return folder / "node_modules"


if __name__ == "__main__":
    node_modules(Path(sys.argv[1]))
