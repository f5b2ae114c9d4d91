# SPDX-License-Identifier: Apache-2.0
"""Builds the dashboard and packs it for the binary: a table in C, and the bytes that it points into.

Several builds share one web/dist; it is made anew only when something that goes into it has changed.
"""

import argparse
import fcntl
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DIST = WEB / "dist"
SOURCES = ("src", "public", "build")
FILES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".tgz": "application/gzip",
    ".whl": "application/zip",
}


def sources() -> list[Path]:
    """All that a build of the pages reads, but the packages that the lock file names."""
    found = [WEB / name for name in FILES] + [ROOT / "sdk" / "typescript" / "package.json"]
    found.append(ROOT / "docs" / "openapi.json")
    for folder in SOURCES:
        found += [path for path in (WEB / folder).rglob("*") if path.is_file()]
    return sorted(found + list((ROOT / "docs").glob("*.md")) + list(ROOT.glob("*.md")))


def folders() -> list[Path]:
    """Where a file that is added or removed changes the build."""
    found = [ROOT, ROOT / "docs"]
    for folder in SOURCES:
        found += [WEB / folder, *(path for path in (WEB / folder).rglob("*") if path.is_dir())]
    return sorted(found)


def digest_of(paths: list[Path]) -> str:
    """One digest of names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def run(*command: str) -> None:
    """A command in web/ that must succeed; its output is shown when it does not."""
    env = {**os.environ, "npm_config_update_notifier": "false"}
    done = subprocess.run(command, cwd=WEB, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        sys.exit(f"build_dashboard: `{' '.join(command)}` failed; -Ddashboard=disabled builds without the pages")


def install_packages() -> None:
    """Exactly what the lock file names, without their scripts."""
    stamp = WEB / "node_modules" / ".installed"
    wanted = digest_of([WEB / "package.json", WEB / "package-lock.json"])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the dashboard's packages", file=sys.stderr)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp.write_text(wanted)


@contextmanager
def lock_web() -> Iterator[None]:
    """One process at a time, from the building to the reading of what was built."""
    with open(WEB / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build() -> None:
    """Makes web/dist what the sources say. Under the lock."""
    if shutil.which("npm") is None:
        sys.exit("build_dashboard: npm is missing; -Ddashboard=disabled builds without the pages")
    stamp = DIST / ".built"
    wanted = digest_of(sources())
    if stamp.exists() and stamp.read_text() == wanted:
        return
    install_packages()
    run("npx", "--no-install", "vite", "build", "--logLevel", "warn")
    stamp.write_text(wanted)


def c_text(text: str) -> str:
    """A C string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def pack(files: dict[str, Path]) -> tuple[bytes, list[str]]:
    """The bytes of all files, by the paths that they are served under, each also compressed where that saves
    something, and their rows of the table."""
    blob, rows = bytearray(), []
    for name, path in sorted(files.items()):
        plain = path.read_bytes()
        packed = gzip.compress(plain, 9, mtime=0)
        if path.suffix not in TYPES:
            sys.exit(f"build_dashboard: {path}: no content type is known for {path.suffix or 'a name without suffix'}")
        packed = packed if len(packed) < len(plain) * 0.9 else b""
        etag = hashlib.sha256(plain).hexdigest()[:32]
        spans = []
        for part in (plain, packed):
            spans.append(f"{{bh_asset_bytes + {len(blob)}, {len(part)}}}" if part else "{NULL, 0}")
            blob += part
        keep = "true" if name.startswith("/assets/") else "false"
        rows.append(
            f"    {{{c_text(name)}, {c_text(TYPES[path.suffix])}, {c_text(etag)}, {', '.join(spans)}, {keep}}},"
        )
    return bytes(blob), rows


def build_and_pack(sdks: list[Path]) -> tuple[bytes, list[str]]:
    """The pages, as they are after a build, and the packages of the SDKs under /sdk/."""
    with lock_web():
        build()
        built = [path for path in DIST.rglob("*") if path.is_file() and not path.name.startswith(".")]
        files = {"/" + path.relative_to(DIST).as_posix(): path for path in built}
        return pack({**files, **{f"/sdk/{path.name}": path for path in sdks}})


def write_if_changed(path: Path, content: bytes) -> None:
    """Leaves the file's time alone when nothing changed, so that nothing is linked anew."""
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def main() -> int:
    """Builds, packs, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("assembly", type=Path)
    parser.add_argument("blob", type=Path)
    parser.add_argument("depfile", type=Path)
    parser.add_argument("--none", action="store_true", help="no pages: an empty table, and Node is not needed")
    parser.add_argument("--sdks", type=Path, nargs="*", default=[], help="packages to serve too")
    options = parser.parse_args()
    blob, rows = pack({}) if options.none else build_and_pack(options.sdks)
    write_if_changed(options.blob, blob)
    assembly = (
        f"/* {hashlib.sha256(blob).hexdigest()} */\n"
        "    .section .rodata\n    .globl bh_asset_bytes\nbh_asset_bytes:\n"
        f'    .incbin "{options.blob.resolve()}"\n    .byte 0\n'
        '    .section .note.GNU-stack,"",%progbits\n'
    )
    write_if_changed(options.assembly, assembly.encode())
    table = [
        "/* Written by tools/build_dashboard.py. */",
        '#include "http/assets.h"',
        "extern const char bh_asset_bytes[];",
        "const struct bh_asset bh_assets[] = {",
        *rows,
        "    {NULL, NULL, NULL, {NULL, 0}, {NULL, 0}, false},",
        "};",
        f"const size_t bh_assets_count = {len(rows)};",
    ]
    write_if_changed(options.table, ("\n".join(table) + "\n").encode())
    needed = [] if options.none else sources() + folders()
    escaped = " ".join(str(path).replace(" ", "\\ ") for path in needed)
    options.depfile.write_text(f"{options.table}: {escaped}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
