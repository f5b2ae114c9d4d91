#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write src/core/fold_table.h: the simple lower-case mapping of the Unicode Character Database, as ranges.

Usage: tools/gen_fold.py > src/core/fold_table.h
"""

import sys
import unicodedata
from dataclasses import dataclass


@dataclass
class FoldRange:
    """Code points first, first + stride, ... last, which all map to themselves plus delta."""

    first: int
    last: int
    stride: int
    delta: int


def simple_lower(code_point: int) -> int:
    """Return the single code point that is the lower case of one code point, without context or locale."""
    if code_point == 0x130:
        # Its full mapping has two code points; the simple mapping is a plain i.
        return 0x69
    lower = chr(code_point).lower()
    return ord(lower) if len(lower) == 1 else code_point


def fold_ranges() -> list[FoldRange]:
    """Collect all code points that change, joined greedily into ranges of stride 1 or 2."""
    ranges: list[FoldRange] = []
    for code_point in range(sys.maxunicode + 1):
        if 0xD800 <= code_point <= 0xDFFF:
            continue
        delta = simple_lower(code_point) - code_point
        if delta == 0:
            continue
        last = ranges[-1] if ranges else None
        if last is not None and last.delta == delta:
            step = code_point - last.last
            if step in (1, 2) and (last.first == last.last or last.stride == step):
                last.last = code_point
                last.stride = step
                continue
        ranges.append(FoldRange(code_point, code_point, 1, delta))
    return ranges


def main() -> None:
    """Print the header."""
    print("// SPDX-License-Identifier: Apache-2.0")
    print("/*")
    print(f" * Made by tools/gen_fold.py from Unicode {unicodedata.unidata_version}; do not edit.")
    print(" * BH_FOLD(first, last, stride, delta), ascending. Included by fold.c only; no guard on purpose.")
    print(" */")
    for fold in fold_ranges():
        print(f"BH_FOLD(0x{fold.first:04X}, 0x{fold.last:04X}, {fold.stride}, {fold.delta})")


if __name__ == "__main__":
    main()
