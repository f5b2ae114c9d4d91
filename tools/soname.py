# SPDX-License-Identifier: Apache-2.0
"""Prints the name under which the dynamic linker knows a library: soname.py COMPILER LIBRARY."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Links against it and reads what was noted."""
    compiler, library = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        linked = Path(folder) / "linked.so"
        command = [*compiler.split(), "-shared", "-fPIC", "-x", "c", "/dev/null", "-o", str(linked)]
        subprocess.run([*command, "-Wl,--no-as-needed", f"-l{library}"], check=True)
        listing = subprocess.run(["readelf", "-d", str(linked)], capture_output=True, text=True, check=True).stdout
    names = re.findall(rf"NEEDED.*\[(lib{re.escape(library)}[.-][^\]]*)\]", listing)
    print(names[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
