#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the numbered migrations into one C file: embed_sql.py OUT.c IN.sql..."""

import re
import sys
from pathlib import Path


def c_string(line: str) -> str:
    """One source line as a C string literal, its line end included."""
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}\\n"'


def migration(path: Path) -> tuple[int, str]:
    """Number and initialiser of one migration; its name must be NNNN_words.sql."""
    match = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", path.name)
    if match is None:
        raise SystemExit(f"{path}: a migration is named NNNN_words.sql")
    text = path.read_text(encoding="ascii")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    body = "\n     ".join(c_string(line) for line in lines)
    number = int(match.group(1))
    return number, f'    {{{number}, "{path.stem}",\n     {body}}},\n'


def main(arguments: list[str]) -> None:
    if len(arguments) < 2:
        raise SystemExit("usage: embed_sql.py OUT.c IN.sql...")
    migrations = sorted(migration(Path(name)) for name in arguments[1:])
    numbers = [number for number, _ in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise SystemExit(f"migrations must be numbered 1, 2, 3 ..., not {numbers}")
    Path(arguments[0]).write_text(
        "// SPDX-License-Identifier: Apache-2.0\n"
        "/* Made by tools/embed_sql.py from sql/: do not edit. */\n"
        '#include "store/migrate.h"\n\n'
        "const struct bh_migration bh_migrations[] = {\n"
        + "".join(text for _, text in migrations)
        + f"}};\n\nconst size_t bh_migration_count = {len(migrations)};\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
