# SPDX-License-Identifier: Apache-2.0
"""What a type checker sees of the installed package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import behalfid

HERE = Path(__file__).resolve().parent
PACKAGE = Path(behalfid.__file__).resolve().parent


def mypy(folder: Path, *words: str) -> str:
    """Its output, whatever it finds."""
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_a_guarded_function_keeps_its_type(tmp_path: Path) -> None:
    """Each line of a user's program has the type, or the error, that stands behind it, and no other."""
    lines = (HERE / "typed_program.txt").read_text().splitlines()
    (tmp_path / "program.py").write_text("\n".join(lines) + "\n")
    found = mypy(tmp_path, "program.py")
    notes = dict(re.findall(r'program\.py:(\d+): note: Revealed type is "(.*)"', found))
    errors = dict(re.findall(r"program\.py:(\d+): error: .*\[([a-z-]+)\]", found))
    wanted = {str(number): line.split("  # ")[1] for number, line in enumerate(lines, 1) if "  # " in line}
    assert {number: text for number, text in wanted.items() if not text.startswith("error: ")} == notes
    assert {number: text[7:] for number, text in wanted.items() if text.startswith("error: ")} == errors


def test_the_package_has_no_type_errors_of_its_own(tmp_path: Path) -> None:
    """Strict, with httpx there."""
    assert (PACKAGE / "py.typed").exists()
    assert mypy(tmp_path, "-p", "behalfid").startswith("Success")
