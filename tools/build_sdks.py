# SPDX-License-Identifier: Apache-2.0
"""Builds the packages of the SDKs into a folder: a tarball for npm and a wheel for pip.

Several builds share the TypeScript sources; they are compiled anew only when something of them has changed.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TYPESCRIPT = ROOT / "sdk" / "typescript"
PYTHON = ROOT / "sdk" / "python"
FILES = {
    TYPESCRIPT: (
        "package.json",
        "package-lock.json",
        "tsconfig*.json",
        "README.md",
        "LICENSE",
        "scripts/*",
        "src/**/*",
    ),
    PYTHON: ("pyproject.toml", "README.md", "LICENSE", "src/**/*"),
}


def sources(folder: Path) -> list[Path]:
    """All that a build of the package reads."""
    found = {path for pattern in FILES[folder] for path in folder.glob(pattern)}
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def folders(folder: Path) -> list[Path]:
    """Where a file that is added or removed changes the build."""
    found = [folder / "src", *(path for path in (folder / "src").rglob("*") if path.is_dir())]
    return sorted(path for path in found if path.name != "__pycache__")


def digest_of(paths: list[Path]) -> str:
    """One digest of names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def run(folder: Path, *command: str) -> None:
    """A command that must succeed; its output is shown when it does not."""
    env = {**os.environ, "npm_config_update_notifier": "false", "SOURCE_DATE_EPOCH": "1580601600"}
    done = subprocess.run(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        sys.exit(f"build_sdks: `{' '.join(command)}` failed in {folder}")


def is_stale(stamp: Path, wanted: str) -> bool:
    """Whether what the stamp stands beside was made from something else."""
    return not stamp.exists() or stamp.read_text() != wanted


def compile_typescript() -> None:
    """Makes sdk/typescript/dist what the sources say."""
    packages = TYPESCRIPT / "node_modules" / ".installed"
    wanted = digest_of([TYPESCRIPT / "package.json", TYPESCRIPT / "package-lock.json"])
    if is_stale(packages, wanted):
        run(TYPESCRIPT, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        packages.write_text(wanted)
    stamp = TYPESCRIPT / "dist" / ".built"  # goes with what it speaks for
    wanted = digest_of(sources(TYPESCRIPT))
    if is_stale(stamp, wanted):
        shutil.rmtree(TYPESCRIPT / "dist", ignore_errors=True)
        run(TYPESCRIPT, "npm", "run", "build")
        stamp.write_text(wanted)


def build_tarball(folder: Path) -> None:
    """behalfid-sdk-VERSION.tgz. Under a lock: others may build from the same sources."""
    with open(TYPESCRIPT / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        compile_typescript()
        run(TYPESCRIPT, "npm", "pack", "--ignore-scripts", "--pack-destination", str(folder))


def targets(exports: Any) -> set[str]:
    """The files that a map of exports names."""
    if isinstance(exports, str):
        return {exports.removeprefix("./")}
    return {target for part in exports.values() for target in targets(part)}


def check_tarball(package: Path) -> None:
    """All that can be imported is in it."""
    wanted = targets(json.loads((TYPESCRIPT / "package.json").read_text())["exports"])
    with tarfile.open(package) as archive:
        missing = {f"package/{name}" for name in wanted} - set(archive.getnames())
    if missing:
        sys.exit(f"build_sdks: {package.name} is without {', '.join(sorted(missing))}")


def build_wheel(folder: Path) -> None:
    """behalfid-VERSION-py3-none-any.whl."""
    run(PYTHON, "/usr/bin/python3", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))


def main() -> int:
    """Builds both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--depfile", type=Path, help="write what the first output depends on")
    parser.add_argument("--first", help="the first output, as the depfile names it")
    parser.add_argument("--expect", nargs="*", default=[], help="packages that must be there afterwards")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which("npm") is None:
        sys.exit("build_sdks: npm is missing")
    for old in [*folder.glob("behalfid-*.tgz"), *folder.glob("behalfid-*.whl")]:
        old.unlink()
    build_tarball(folder)
    build_wheel(folder)
    for name in options.expect:
        if not (folder / Path(name).name).exists():
            sys.exit(f"build_sdks: there is no {Path(name).name}: do the versions of the packages differ?")
    (tarball,) = folder.glob("behalfid-sdk-*.tgz")
    check_tarball(tarball)
    if options.depfile:
        found = [Path(__file__).resolve(), *(path for root in FILES for path in sources(root) + folders(root))]
        needed = " ".join(str(path).replace(" ", "\\ ") for path in found)
        options.depfile.write_text(f"{options.first}: {needed}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
