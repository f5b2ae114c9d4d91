# SPDX-License-Identifier: Apache-2.0
"""The units: systemd accepts them, they lock the server in, and it works there."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Optional

import pytest

from harness import BINARY, ROOT, Server
from packaging_support import run, settings_of

UNITS = ROOT / "packaging" / "systemd"
# Tenths of systemd's measure of exposure, from 0 (none) to 100. A server on the network cannot have much less.
EXPOSURE = {"behalfid.service": 15, "behalfid-backup.service": 7}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units with programs that exist, as they do where they are installed."""
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/bin/behalf", str(BINARY))
        text = text.replace("/usr/lib/behalfid/backup.sh", str(ROOT / "packaging/backup.sh"))
        (folder / unit.name).write_text(text)
    return folder


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.iterdir()))
def test_systemd_accepts_each_unit(here: Path, unit: str) -> None:
    """Every setting is known to systemd, and what is started can be."""
    done = run("systemd-analyze", "verify", "--man=no", str(here / unit))
    assert done.stderr == ""


@pytest.mark.parametrize("unit", sorted(EXPOSURE))
def test_exposure_is_small(unit: str) -> None:
    """systemd's own measure of what a unit is open to stays below the limit."""
    limit = f"--threshold={EXPOSURE[unit]}"
    run("systemd-analyze", "security", "--offline=true", "--no-pager", limit, str(UNITS / unit))


def test_the_backup_comes_daily() -> None:
    """The timer's time is one, and what was missed is made up for."""
    timer = settings_of("behalfid-backup.timer")
    assert "Next elapse" in run("systemd-analyze", "calendar", timer["OnCalendar"][0]).stdout
    assert timer["Persistent"] == ["true"]


def test_they_are_started_with_the_machine() -> None:
    """`systemctl enable` has something to do for the server and the timer; a server that falls comes back, and has the
    time to answer what it has begun."""
    assert settings_of("behalfid.service")["WantedBy"] == ["multi-user.target"]
    assert settings_of("behalfid-backup.timer")["WantedBy"] == ["timers.target"]
    server = settings_of("behalfid.service")
    assert server["Restart"] == ["on-failure"] and int(server["TimeoutStopSec"][0]) >= 30
    assert (server["StartLimitIntervalSec"], server["RestartSec"]) == (["0"], ["5"])
    assert server["EnvironmentFile"] == settings_of("behalfid-backup.service")["EnvironmentFile"]


def test_it_is_not_started_again_where_that_mends_nothing(tmp_path: Path) -> None:
    """A wrong setting or option ends the server with the one status after which it stays down; what may be right later,
    such as an address that is taken, ends it with another."""
    words = [str(BINARY), "serve", "--data", str(tmp_path / "data")]

    def status(*options: str, **variables: str) -> str:
        done = subprocess.run([*words, *options], env=variables, capture_output=True, timeout=60, check=False)
        return str(done.returncode)

    (stays_down,) = settings_of("behalfid.service")["RestartPreventExitStatus"]
    assert status("--listen", "nowhere") == status("--no-such-option") == stays_down
    assert status(BEHALFID_SIGNUP="perhaps") == status(BEHALFID_TRUST_PROXY_XFF="perhaps") == stays_down
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert status("--listen", f"127.0.0.1:{taken.getsockname()[1]}") not in (stays_down, "0")


def members(name: str) -> set[str]:
    """The system calls of a set, with those of the sets in it."""
    if not name.startswith("@"):
        return {name}
    lines = run("systemd-analyze", "syscall-filter", name).stdout.splitlines()[1:]
    words = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    return set().union(*(members(word) for word in words))


def calls_of(unit: str) -> set[str]:
    """The system calls that a unit allows."""
    allowed: set[str] = set()
    for line in settings_of(unit)["SystemCallFilter"]:
        named: set[str] = set().union(*(members(word) for word in line.lstrip("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


class Filtered(Server):
    """A server that can make only some system calls."""

    def __init__(self, folder: Path, calls: set[str]) -> None:
        super().__init__(folder, prefix=[sys.executable, str(ROOT / "tests/packaging/under_filter.py")])
        self.calls = calls

    def start(self, timeout: float = 30.0) -> "Filtered":
        """As a process that reads its filter first."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=log, stderr=log)
        assert self.process.stdin is not None
        self.process.stdin.write("\n".join(self.calls).encode())
        self.process.stdin.close()
        self.wait_ready(timeout)
        self.read_demo()
        return self

    def helper(self) -> Optional[str]:
        """The state of the process that reads web pages; None when there is none."""
        assert self.process is not None
        listed = subprocess.run(
            ["ps", "--ppid", str(self.process.pid), "-o", "stat="], capture_output=True, text=True, check=False
        )
        return listed.stdout.strip() or None


def test_the_server_works_in_its_cage(tmp_path: Path) -> None:
    """Under the unit's filter of system calls it serves, decides, is backed up and ends as always, and the process
    that reads web pages can shut itself in."""
    server = Filtered(tmp_path / "data", calls_of("behalfid.service") | {"execve"})
    server.start()
    for _ in range(20):
        assert server.verify("purchase", vendor="coachella.com", amount=742).json()["allowed"] is True
    assert server.call("GET", "/api/status").json()["overall"] == "operational"
    assert server.command_line("backup", str(tmp_path / "a.db")).returncode == 0
    time.sleep(1)
    assert (server.helper() or "Z")[0] in "SR"
    assert server.stop() == 0


def test_without_that_call_pages_are_not_read(tmp_path: Path) -> None:
    """seccomp stands in the unit for a reason: without it the process that reads web pages does not stay."""
    server = Filtered(tmp_path / "data", (calls_of("behalfid.service") | {"execve"}) - {"seccomp"})
    server.start()
    until = time.monotonic() + 20
    while (server.helper() or "Z")[0] != "Z" and time.monotonic() < until:
        time.sleep(0.05)
    assert (server.helper() or "Z")[0] == "Z"
    server.stop()


def test_nothing_privileged_is_allowed() -> None:
    """No call that needs a capability is open, and there is no capability."""
    for unit in ("behalfid.service", "behalfid-backup.service"):
        assert calls_of(unit) & members("@privileged") == set()
        assert settings_of(unit)["CapabilityBoundingSet"] == [""]
