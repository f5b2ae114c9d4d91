# SPDX-License-Identifier: Apache-2.0
"""What a type checker sees of the installed package."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import typing
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
    """Strict, in all that `import behalfid` loads; the adapters take their frameworks."""
    assert (PACKAGE / "py.typed").exists()
    loaded = [name for name in sys.modules if name == "behalfid" or name.startswith("behalfid.")]
    assert len(loaded) > 15
    found = mypy(tmp_path, *(word for name in sorted(loaded) for word in ("-m", name)))
    assert found.startswith("Success"), found


def test_signatures_and_hints_are_those_of_a_method() -> None:
    """help() and frameworks see what a call takes and gives, not how it is done inside."""
    for kind in (behalfid.BehalfID, behalfid.AsyncBehalfID):
        methods = [value for name, value in vars(kind).items() if hasattr(value, "__wrapped__") and name != "guard"]
        assert len(methods) >= 9
        for method in methods:
            assert (
                "Flow" not in str(inspect.signature(method)) and "options" not in inspect.signature(method).parameters
            )
            assert "return" in typing.get_type_hints(method), method
    assert typing.get_type_hints(behalfid.BehalfID.verify)["return"] is behalfid.Decision
    assert typing.get_type_hints(behalfid.BehalfID.verify_or_raise)["action"] is str
    wanted = "(self, agent_id: 'Optional[str]' = None, *, timeout: 'Optional[float]' = None) -> 'AgentKey'"
    assert str(inspect.signature(behalfid.BehalfID.rotate_key)) == wanted
    assert inspect.iscoroutinefunction(behalfid.AsyncBehalfID.execute_action)


def test_hints_of_everything_public_can_be_read() -> None:
    """Frameworks that make schemas out of dataclasses and functions find every type."""
    public = [getattr(behalfid, name) for name in behalfid.__all__ if name != "__version__"]
    for one in public:
        typing.get_type_hints(vars(one).get("__init__", one) if isinstance(one, type) else one)
        assert one.__doc__, one
