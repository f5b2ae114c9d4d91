# SPDX-License-Identifier: Apache-2.0
"""Installs the real coding agents as the lock file says: `host_packages.py`.

Exit status 0 when they are there and start, 3 when npm cannot reach its registry (the reason is on stdout), else 1.
They take some 700 MB, so that nothing but the tests in this folder installs them.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MODULES = FOLDER / "node_modules"
PROGRAMS = MODULES / ".bin"
LOCK = FOLDER / "package-lock.json"
MARK = MODULES / ".package-lock.json"
UNREACHABLE = 3
SECONDS = 900

# What npm reports when the network is at fault, not the lock file or the package.
NETWORK = r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b"


def is_installed() -> bool:
    """Whether the packages are there, and not older than the lock file."""
    return MARK.exists() and MARK.stat().st_mtime >= LOCK.stat().st_mtime


def say(text: str) -> None:
    """Progress for whoever watches."""
    print(text, flush=True)


def run(words: list[str], seconds: int, **variables: str) -> tuple[int, str]:
    """Status and output of a command."""
    env = {**os.environ, **variables}
    try:
        done = subprocess.run(
            words,
            cwd=FOLDER,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 124, f"no end after {seconds} s: {' '.join(words)}"
    return done.returncode, done.stdout


def install() -> int:
    """Installs; the packages' own scripts do not run, but for the one that puts the claude program in its place."""
    if shutil.which("npm") is None:
        say("npm is not installed")
        return UNREACHABLE
    say("installing Claude Code and Codex with npm (some 700 MB, once)")
    status, output = run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"], SECONDS)
    if status != 0:
        unreachable = re.search(NETWORK, output)
        if unreachable:
            say(f"npm cannot reach its registry: {unreachable.group(0)}")
            return UNREACHABLE
        say(f"npm ci failed: {output[-3000:]}")
        return 1
    status, output = run(["node", str(MODULES / "@anthropic-ai" / "claude-code" / "install.cjs")], 120)
    if status != 0:
        say(f"the set-up of Claude Code failed: {output[-3000:]}")
        return 1
    os.utime(MARK)
    return 0


def main() -> int:
    """Installs what is missing and says which versions there are."""
    with open(LOCK, encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not is_installed():
            status = install()
            if status != 0:
                MARK.unlink(missing_ok=True)
                return status
    with tempfile.TemporaryDirectory() as home:
        for name in ("claude", "codex"):
            status, output = run([str(PROGRAMS / name), "--version"], 60, HOME=home)
            say(output.strip().splitlines()[-1] if output.strip() else f"{name} says nothing")
            if status != 0:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
