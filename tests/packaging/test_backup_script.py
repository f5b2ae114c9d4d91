# SPDX-License-Identifier: Apache-2.0
"""packaging/backup.sh, which the timer runs: one backup more, and only the oldest less."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from harness import BINARY, ROOT, Server

SCRIPT = ROOT / "packaging" / "backup.sh"


def make(
    server: Server, folder: Path, prefix: tuple[str, ...] = (), **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Runs the script as the unit does."""
    env = {"PATH": f"{BINARY.parent}:/usr/bin:/bin", "BEHALFID_DATA": str(server.data_dir)}
    env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    env.update({"BEHALFID_BACKUPS": str(folder), **variables})
    return subprocess.run([*prefix, str(SCRIPT)], env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    """Some backups of earlier days, and files that are nobody's business."""
    made = tmp_path / "backups"
    made.mkdir()
    for day in range(1, 6):
        (made / f"behalf-2020010{day}T023000Z.db").write_text("old")
    for name in ("behalf-important.db", "behalf-20200101T023000Z.db.key", "notes.txt", "other-20200101T023000Z.db"):
        (made / name).write_text("mine")
    return made


def kept(folder: Path) -> list[str]:
    """The days of the backups that are there; that of the new one is "new"."""
    names = sorted(path.name for path in folder.glob("behalf-20*Z.db"))
    return [name[13:15] if name.startswith("behalf-2020") else "new" for name in names]


def test_it_makes_one_and_prunes_the_oldest(server: Server, folder: Path) -> None:
    """After it there are as many as are to be kept, the newest; other files are left alone."""
    done = make(server, folder, BEHALFID_BACKUPS_KEPT="3")
    assert done.returncode == 0, done.stderr
    assert kept(folder) == ["04", "05", "new"]
    assert done.stdout.count("removed ") == 3
    (new,) = [path for path in folder.glob("behalf-2*Z.db") if path.stat().st_size > 100]
    assert re.fullmatch(r"behalf-\d{8}T\d{6}Z\.db", new.name)
    assert (new.stat().st_mode & 0o777) == 0o600
    assert len([path for path in folder.iterdir() if path.read_bytes() == b"mine"]) == 4


def test_what_a_killed_one_left_goes_after_a_day(server: Server, folder: Path) -> None:
    """The beginning of a backup that was killed is removed when it is a day old, and not while it may be growing."""
    old, new, mine = [
        folder / f"{name}.db.part" for name in ("behalf-20200101T023000Z", "behalf-20200102T023000Z", "my")
    ]
    for path in (old, new, mine):
        path.write_text("half")
    for path in (old, mine):
        os.utime(path, (time.time() - 25 * 3600,) * 2)
    assert make(server, folder).returncode == 0
    assert [path.exists() for path in (old, new, mine)] == [False, True, True]


def test_the_default_keeps_fourteen(server: Server, folder: Path) -> None:
    """Without a number two weeks are kept, so nothing goes here."""
    assert make(server, folder).returncode == 0
    assert len(kept(folder)) == 6


def test_a_failed_backup_removes_nothing(server: Server, folder: Path) -> None:
    """When no new backup can be made, the old ones stay, and the timer's unit fails."""
    before = sorted(folder.iterdir())
    done = make(server, folder, BEHALFID_BACKUPS_KEPT="1", BEHALFID_DATA=str(folder / "nowhere"))
    assert done.returncode == 1 and "There is no database" in done.stderr
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "007", "1 2", ""])
def test_numbers_that_would_remove_everything(server: Server, folder: Path, number: str) -> None:
    """What is no whole number from 1 on is refused before anything happens; an empty one is the default."""
    done = make(server, folder, BEHALFID_BACKUPS_KEPT=number)
    assert (done.returncode, len(kept(folder))) == ((0, 6) if number == "" else (1, 5))


OLD = ("behalf-20200101T023000Z.db", "behalf-20200102T023000Z.db")
# A disk with two backups on it; what lies there afterwards is written behind what the script said.
SMALL_DISK = """
mount -t tmpfs -o size="$0" none "$BEHALFID_BACKUPS"
for name in behalf-20200101T023000Z.db behalf-20200102T023000Z.db; do echo old > "$BEHALFID_BACKUPS/$name"; done
ended=0
"$@" || ended=$?
ls -A "$BEHALFID_BACKUPS"
exit "$ended"
"""


@pytest.mark.parametrize("missing", [0, 1])
def test_it_leaves_the_server_room(server: Server, tmp_path: Path, missing: int) -> None:
    """It begins only where twice the size of the data folder is free; a byte less, and it says what is wanted and what
    there is, makes nothing, and removes nothing."""
    server.stop()
    folder, data, page = tmp_path / "small", server.data_dir, os.sysconf("SC_PAGE_SIZE")
    folder.mkdir()
    (data / "filling").touch()
    size = sum(path.stat().st_size for path in (data, *data.iterdir()))
    (data / "filling").write_bytes(b"x" * (-size % page + missing))
    free = 2 * (size + -size % page)
    words = ("unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-ec", SMALL_DISK, str(free + 2 * page))
    done = make(server, folder, words, BEHALFID_BACKUPS_KEPT="1")
    names = [line for line in done.stdout.splitlines() if line.startswith("behalf-")]
    if missing == 0:
        assert done.returncode == 0, done.stderr
        assert len(names) == 1 and names[0] not in OLD
        return
    assert (done.returncode, done.stdout.split()) == (1, list(OLD))
    mebibyte = 1 << 20
    assert f"must have {-(-(free + 2) // mebibyte)} MiB free, twice the size of {data}," in done.stderr
    assert f" and has {free // mebibyte} MiB. Remove old backups there" in done.stderr
