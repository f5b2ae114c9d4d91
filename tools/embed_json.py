#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a JSON document into C text without white space: embed_json.py NAME HEADER OUT.c IN.json

The file defines `const struct bh_span NAME`, which HEADER declares, and for those that are served as files the same
compressed, `const struct bh_span NAME_packed`, and what tells one content from another, `const char NAME_etag[]`. A document that is no JSON, or has a member twice,
fails the build.
"""

import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

PIECE = 100  # characters of a line
BYTES = 25  # the same of those that are written as numbers


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, if each of its names is there once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise SystemExit(f"a member occurs twice: {[name for name, _ in pairs]}")
    return found


def c_string(text: str) -> str:
    """A piece of ASCII text as a C string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def c_bytes(data: bytes) -> str:
    """Any bytes as a C string literal."""
    return '"' + "".join(f"\\{byte:03o}" for byte in data) + '"'


def main(arguments: list[str]) -> None:
    if len(arguments) != 4:
        raise SystemExit("usage: embed_json.py NAME HEADER OUT.c IN.json")
    name, header, out, source = arguments
    document = json.loads(Path(source).read_text(encoding="utf-8"), object_pairs_hook=members_once)
    text = json.dumps(document, separators=(",", ":"))
    packed = gzip.compress(text.encode("ascii"), 9, mtime=0)
    etag = hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
    pieces = [c_string(text[at : at + PIECE]) for at in range(0, len(text), PIECE)]
    packed_pieces = [c_bytes(packed[at : at + BYTES]) for at in range(0, len(packed), BYTES)]
    Path(out).write_text(
        "// SPDX-License-Identifier: Apache-2.0\n"
        f"/* Made by tools/embed_json.py from {Path(source).name}: do not edit. */\n"
        f'#include "{header}"\n\n'
        f"static const char text[] =\n    " + "\n    ".join(pieces) + ";\n\n"
        f"static const char packed[] =\n    " + "\n    ".join(packed_pieces) + ";\n\n"
        f"const struct bh_span {name} = {{text, sizeof(text) - 1}};\n"
        f"const struct bh_span {name}_packed = {{packed, sizeof(packed) - 1}};\n"
        f'const char {name}_etag[] = "{etag}";\n',
        encoding="ascii",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
