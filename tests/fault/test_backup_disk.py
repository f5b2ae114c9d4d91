# SPDX-License-Identifier: Apache-2.0
"""Backups and restores on a disk that fails at any step leave something whole."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from harness import BINARY, ROOT, Server

PRELOAD = ROOT / "build-plain" / "tests" / "fault" / "failing_disk.so"
STEPS = range(10)


class Saved(NamedTuple):
    """A data folder with five decisions, whose backup has three."""

    data: Path
    backup: Path
    folder: Path


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Made once; the tests work on copies."""
    folder = tmp_path_factory.mktemp("saved")
    backup = folder / "a.db"
    with Server(folder / "data") as server:
        for number in range(5):
            if number == 3:
                assert server.command_line("backup", str(backup)).returncode == 0
            assert server.verify("purchase", vendor="coachella.com", amount=742).status_code == 200
    return Saved(folder / "data", backup, folder)


def run(folder: Path, kind: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """`behalf WORDS` while the disk of this folder fails, after so many calls that pass."""
    assert PRELOAD.exists(), "build with -Dtests=true and without sanitizers"
    switch = folder.parent / "switch"
    switch.write_text(kind)
    disk = {"LD_PRELOAD": str(PRELOAD), "FAILING_DISK_SWITCH": str(switch), "FAILING_DISK_FOLDER": str(folder)}
    return subprocess.run(
        [str(BINARY), *words], env={**os.environ, **disk}, capture_output=True, text=True, timeout=60, check=False
    )


def decisions(database: Path) -> int:
    """How many a database has."""
    with sqlite3.connect(database) as db:
        count: int = db.execute("SELECT count(*) FROM audit").fetchone()[0]
    db.close()
    return count


def is_intact(data: Path) -> bool:
    """`behalf audit verify`."""
    words = [str(BINARY), "audit", "verify", "--data", str(data)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["w", "s"])
def test_a_backup_is_whole_or_not_there(saved: Saved, tmp_path: Path, kind: str, step: int) -> None:
    """Whichever write or sync fails, a backup with its final name is whole, and otherwise no file is left."""
    folder = tmp_path / "backups"
    folder.mkdir()
    done = run(folder, f"{kind}{step}", "backup", str(folder / "b.db"), "--data", str(saved.data))
    if done.returncode == 0:
        assert [path.name for path in folder.iterdir()] == ["b.db"]
        assert decisions(folder / "b.db") == 5
    elif (folder / "b.db").exists():  # it has its name, but the folder could not be flushed
        assert kind == "s" and decisions(folder / "b.db") == 5
    else:
        assert list(folder.iterdir()) == []
    assert done.returncode in (0, 1) and (done.returncode == 0) == (done.stderr.startswith("The server key"))
    if step == 0:
        assert done.returncode == 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["w", "s"])
def test_a_restore_leaves_one_of_two_whole(saved: Saved, tmp_path: Path, kind: str, step: int) -> None:
    """Whichever write or sync fails, the folder has the database of before or that of the backup, intact, and the
    restore succeeds afterwards."""
    data = tmp_path / "data"
    shutil.copytree(saved.data, data)
    words = ("restore", str(saved.backup), "--data", str(data), "--force")
    done = run(data, f"{kind}{step}", *words)
    there = decisions(data / "behalf.db")
    assert there == 3 if done.returncode == 0 else there in (3, 5)
    assert is_intact(data)
    kept = [decisions(path) for path in data.glob("behalf.db.before-*Z")]
    assert there == 5 or 5 in kept
    if step == 0:
        assert (done.returncode, there) == (1, 5)
    again = subprocess.run([str(BINARY), *words], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert decisions(data / "behalf.db") == 3 and is_intact(data)
