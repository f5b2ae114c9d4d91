#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which operations of docs/openapi.json no test has seen succeed: openapi_seen.py FOLDER

FOLDER holds what test runs have left there because BEHALF_OPENAPI_SEEN named it. Prints one operation a line; exit status
1 when there is one.
"""

import sys
from pathlib import Path

from openapi_contract import load


def main(folder: Path) -> int:
    """Prints what is missing; returns the exit status."""
    seen = set()
    for file in folder.glob("*.txt"):
        for line in file.read_text(encoding="ascii").splitlines():
            operation_id, status = line.split()
            if status.startswith("2"):
                seen.add(operation_id)
    missing = [operation for operation in load().operations if operation.operation_id not in seen]
    for operation in missing:
        print(f"{operation.name} was never seen to succeed")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
