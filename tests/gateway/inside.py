#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command in a network of its own, where every address is this machine's and nothing leads out.

    tests/gateway/inside.py COMMAND ARGUMENT...

There, and only there, our listeners sit on "public" and on forbidden addresses alike, so that a mistake reaches nothing
real. Takes user, network and mount namespaces; root is not needed. The resolver is the one of resolver.py. Ends with the
command's status, or with 125 when this machine cannot make such a network.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MARK = "BEHALF_TEST_NETWORK"
RESOLVER = "127.0.0.53"
SILENT_RESOLVER = "127.0.0.54"  # for who names it in a resolv.conf of its own
SEARCH = "corp-search.com"
HOSTS = {
    "localhost": "127.0.0.1",
    "hosts-private.com": "10.0.0.5",
    "hosts-public.com": "93.184.216.34",
}
FILES = {
    "resolv.conf": f"nameserver {RESOLVER}\nsearch {SEARCH}\n",
    "hosts": "".join(f"{address} {name}\n" for name, address in HOSTS.items()),
    "nsswitch.conf": "hosts: files dns\n",
}
COMMANDS = (
    ("ip", "link", "set", "lo", "up"),
    # Every address there is is local: a connection to any of them ends here.
    ("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo"),
    ("ip", "-6", "route", "add", "local", "::/0", "dev", "lo"),
)
CANNOT = (
    "cannot make a network namespace: the tests of the action gateway need one. As an ordinary user this machine must "
    "permit user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)"
)


def is_inside() -> bool:
    """Whether this process runs in such a network."""
    return MARK in os.environ


def set_up(folder: Path) -> None:
    """In the new namespaces: routes, and our files in the place of the machine's."""
    for command in COMMANDS:
        subprocess.run(command, check=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
        place = Path("/etc", name).resolve()
        subprocess.run(["mount", "--bind", str(folder / name), str(place)], check=True)


def enter(command: list[str], folder: str) -> int:
    """Starts this file once more inside, which then becomes the command."""
    spaces = ["unshare", "--user", "--map-root-user", "--net", "--mount", "--"]
    probe = subprocess.run([*spaces, "true"], stderr=subprocess.PIPE, text=True, check=False)
    if probe.returncode != 0:
        print(f"{CANNOT}: {probe.stderr.strip()}", file=sys.stderr)
        return 125
    return subprocess.run([*spaces, sys.executable, __file__, "--within", folder, *command], check=False).returncode


def main() -> int:
    """Enters, sets up, runs."""
    words = sys.argv[1:]
    if words[:1] == ["--within"]:
        try:
            set_up(Path(words[1]))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"cannot set up the network of the tests: {error}", file=sys.stderr)
            return 125
        os.execvpe(words[2], words[2:], {**os.environ, MARK: "1"})
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    folder = tempfile.mkdtemp(prefix="behalf-network-")
    try:
        return enter(words, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
