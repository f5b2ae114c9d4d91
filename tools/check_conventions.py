# SPDX-License-Identifier: Apache-2.0
"""Holds the conventions of CONTRIBUTING.md that a machine can see. Prints what breaks them; exit status 1 then."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 600
FUNCTION_LINES = 100
BANNED = [
    "gets",
    "strcpy",
    "strcat",
    "sprintf",
    "vsprintf",
    "strtok",
    "atoi",
    "atol",
    "atof",
    "alloca",
    "system",
    "popen",
]
# A layer may include itself and what stands below it.
LAYERS = {
    "lib": ["lib"],
    "core": ["core", "lib"],
    "store": ["store", "core", "lib"],
    "commit": ["commit", "store", "core", "lib"],
    "webhooks": ["webhooks", "commit", "store", "core", "lib", "app"],
    "verify": ["verify", "commit", "store", "core", "lib", "http", "app"],
    "gateway": ["gateway", "verify", "http", "commit", "store", "core", "lib", "app"],
    "guard": ["guard", "gateway", "http", "commit", "store", "core", "lib", "app"],
    "http": ["http", "verify", "gateway", "guard", "webhooks", "commit", "store", "core", "lib", "app"],
    "app": ["app", "http", "verify", "gateway", "guard", "webhooks", "commit", "store", "core", "lib"],
    "client": ["client", "core", "lib"],
    "mcp": ["mcp", "client", "core", "lib"],
    "coding": ["coding", "mcp", "client", "core", "lib"],
    "cli": ["cli", "coding", "mcp", "client", "app", "http", "verify", "gateway", "store", "core", "lib"],
}
NO_CLOCK = ["clock_gettime", "gettimeofday", "time(", "rand(", "random("]


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).exists()]


def without_comments(text: str) -> str:
    """The C text with comments and string contents blanked, line for line."""

    def blank(match: "re.Match[str]") -> str:
        return re.sub(r"[^\n]", " ", match.group(0))

    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", blank, text, flags=re.DOTALL)


def check_file(path: Path) -> list[str]:
    """Size and licence line of any source file."""
    name = path.relative_to(ROOT)
    text = path.read_text()
    found = []
    lines = text.count("\n")
    if lines > FILE_LINES and "generated" not in text[:400].lower():
        found.append(f"{name}: {lines} lines, at most {FILE_LINES}")
    if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text.split("\n")[:2]):
        found.append(f"{name}: no licence line")
    return found


def check_c(path: Path) -> list[str]:
    """Banned functions, layers, clocks and guards of a C file."""
    name = path.relative_to(ROOT)
    code = without_comments(path.read_text())
    found = []
    for word in BANNED:
        for match in re.finditer(rf"(?<![\w.>]){word}\s*\(", code):
            found.append(f"{name}:{code.count(chr(10), 0, match.start()) + 1}: {word}() is banned")
    for match in re.finditer(r"BH_CLEANUP\(\w+\)[^=;]*;", code):
        found.append(f"{name}:{code.count(chr(10), 0, match.start()) + 1}: a local with BH_CLEANUP needs a first value")
    parts = name.parts
    if parts[0] == "src" and len(parts) > 2:
        layer = parts[1]
        for include in re.findall(r'#include "([a-z]+)/', path.read_text()):
            if include not in LAYERS.get(layer, [include]):
                found.append(f"{name}: {layer} must not include {include}")
        if layer == "core":
            found += [f"{name}: core uses {word}" for word in NO_CLOCK if re.search(rf"(?<!\w){re.escape(word)}", code)]
    if name.suffix == ".h" and parts[0] == "src" and not name.name.endswith("_table.h"):
        guard = "BH_" + "_".join(parts[1:]).upper().replace(".", "_").replace("-", "_")
        if f"#ifndef {guard}\n#define {guard}" not in path.read_text():
            found.append(f"{name}: guard {guard} is missing")
    return found


def check_functions(paths: list[Path]) -> list[str]:
    """The length of every C function."""
    command = ["ctags", "-L", "-", "--languages=C", "--kinds-C=f", "--fields=+ne", "-f", "-"]
    listing = "\n".join(str(path) for path in paths)
    output = subprocess.run(command, input=listing, capture_output=True, text=True, check=True).stdout
    found = []
    for row in output.splitlines():
        line = re.search(r"\tline:(\d+)", row)
        end = re.search(r"\tend:(\d+)", row)
        if line and end and int(end.group(1)) - int(line.group(1)) + 1 > FUNCTION_LINES:
            fields = row.split("\t")
            length = int(end.group(1)) - int(line.group(1)) + 1
            found.append(
                f"{Path(fields[1]).relative_to(ROOT)}: {fields[0]} has {length} lines, at most {FUNCTION_LINES}"
            )
    return found


def check_openapi() -> list[str]:
    """The form of the OpenAPI document, which is written by hand: one, so that a change shows what was changed."""
    text = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    if text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n":
        return []
    return ["docs/openapi.json: not as `python3 -m json.tool --indent 2 --no-ensure-ascii` writes it"]


def main() -> int:
    """Checks all files."""
    c_files = tracked("*.c", "*.h")
    found = [line for path in c_files + tracked("*.py", "*.sh") for line in check_file(path)]
    found += [line for path in c_files for line in check_c(path)]
    found += check_functions([path for path in c_files if path.suffix == ".c"])
    found += check_openapi()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
