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
@pytest.mark.parametrize("kind", ["w", "s", "k"])
def test_the_key_beside_a_backup_is_whole(saved: Saved, tmp_path: Path, kind: str, step: int) -> None:
    """Whichever write, sync or change of a name fails, the key that --force replaces is there, or the new one is."""
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "b.db.key").write_text("A" * 43 + "\n")
    (folder / "b.db.key").chmod(0o600)
    words = ("backup", str(folder / "b.db"), "--data", str(saved.data), "--with-key", "--force")
    done = run(folder, f"{kind}{step}", *words)
    keys = (b"A" * 43 + b"\n", (saved.data / "server.key").read_bytes())
    assert (folder / "b.db.key").read_bytes() in keys
    assert done.returncode != 0 or (folder / "b.db.key").read_bytes() == keys[1]
    assert not (folder / "b.db").exists() or (folder / "b.db.key").read_bytes() == keys[1]


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


# ---- with another key ----

KILLS = range(24)


class Moved(NamedTuple):
    """A data folder of another server than that of the backup, and the key of the backup."""

    data: Path
    key: Path


@pytest.fixture(scope="module")
def moved(saved: Saved, tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """Made once; the tests work on copies."""
    folder = tmp_path_factory.mktemp("moved")
    with Server(folder / "data") as server:
        assert server.verify("purchase", vendor="coachella.com", amount=742).status_code == 200
    key = folder / "saved.key"
    shutil.copy(saved.data / "server.key", key)
    return Moved(folder / "data", key)


def starts(data: Path) -> int:
    """How many decisions a server on this folder has; it must start, and stop, without help."""
    with Server(data, demo=False):
        pass
    return decisions(data / "behalf.db")


@pytest.mark.parametrize("step", KILLS)
def test_a_restore_with_a_key_that_dies_leaves_a_server_that_starts(
    saved: Saved, moved: Moved, tmp_path: Path, step: int
) -> None:
    """Whichever change of a name is the last, the server starts afterwards, with the database and the key of before or
    with those of the backup, and its log is intact; so it is with the commands that need the key."""
    data = tmp_path / "data"
    shutil.copytree(moved.data, data)
    words = ("restore", str(saved.backup), "--data", str(data), "--force", "--key", str(moved.key))
    died = run(data, "k" + chr(ord("0") + step), *words).returncode == -9
    assert is_intact(data)
    there = starts(data)
    assert there in (1, 3) and (died or there == 3)
    assert (data / "server.key").read_bytes() == ((moved.key if there == 3 else moved.data / "server.key").read_bytes())
    assert subprocess.run([str(BINARY), *words], capture_output=True, check=False).returncode == 0
    assert starts(data) == 3 and not (data / "server.key.restoring").exists()


def test_the_steps_reach_the_end_of_such_a_restore(saved: Saved, moved: Moved, tmp_path: Path) -> None:
    """The last of the steps above dies after the restore has taken effect, or not at all: none is left out."""
    data = tmp_path / "data"
    shutil.copytree(moved.data, data)
    words = ("restore", str(saved.backup), "--data", str(data), "--force", "--key", str(moved.key))
    assert run(data, "k" + chr(ord("0") + KILLS[-1]), *words).returncode == 0


def test_a_new_machine_that_dies_has_no_empty_server(saved: Saved, moved: Moved, tmp_path: Path) -> None:
    """In an empty folder, too, the key never comes before its database: with it a server would begin an empty one."""
    found = []
    for step in KILLS:
        data = tmp_path / str(step) / "data"
        data.mkdir(parents=True, mode=0o700)
        run(
            data, "k" + chr(ord("0") + step), "restore", str(saved.backup), "--data", str(data), "--key", str(moved.key)
        )
        assert (data / "behalf.db").exists() or not (data / "server.key").exists()
        if (data / "behalf.db").exists():
            found.append((data / "server.key").exists())
            assert is_intact(data) and starts(data) == 3
    assert set(found) == {False, True}


@pytest.mark.parametrize("step", STEPS)
def test_a_restore_with_a_key_whose_disk_fails(saved: Saved, moved: Moved, tmp_path: Path, step: int) -> None:
    """Whichever sync fails, key and database fit, and the restore succeeds afterwards."""
    data = tmp_path / "data"
    shutil.copytree(moved.data, data)
    words = ("restore", str(saved.backup), "--data", str(data), "--force", "--key", str(moved.key))
    done = run(data, f"s{step}", *words)
    assert is_intact(data)
    assert done.returncode == 1 or starts(data) == 3
    assert starts(data) in (1, 3)
    assert subprocess.run([str(BINARY), *words], capture_output=True, check=False).returncode == 0
    assert starts(data) == 3
