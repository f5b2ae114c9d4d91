# SPDX-License-Identifier: Apache-2.0
"""`behalf backup`: whole, checked, and never half."""

import os
import subprocess
import threading
from pathlib import Path
from typing import Callable

import pytest

from backup_support import (
    backup,
    change,
    fill,
    kill_when,
    make_older,
    must,
    refused,
    request_ids,
    restore,
    run,
    start_on,
)
from cli_support import mode
from harness import BINARY, Server

StartServer = Callable[..., Server]


def test_a_backup_under_load_has_every_answered_decision(server: Server, tmp_path: Path) -> None:
    """While callers go on all the time, backups end; what was answered before one began is in it, and its log is
    whole."""
    answered: list[str] = []
    stop = threading.Event()

    def caller() -> None:
        while not stop.is_set():
            answered.append(server.verify("purchase", vendor="coachella.com", amount=742).json()["requestId"])

    callers = [threading.Thread(target=caller) for _ in range(4)]
    for thread in callers:
        thread.start()
    backups = []
    try:
        for number in range(5):
            while len(answered) < (number + 1) * 50:
                stop.wait(0.01)
            before = set(answered)
            backups.append((before, tmp_path / f"{number}.db"))
            assert backup(server, backups[-1][1])["lastDecision"] >= len(before)
    finally:
        stop.set()
        for thread in callers:
            thread.join()
    for before, path in (backups[0], backups[-1]):
        folder = tmp_path / f"of-{path.stem}"
        restore(path, folder, "--key", str(server.data_dir / "server.key"))
        assert run("audit", "verify", "--data", str(folder)).returncode == 0
        with_that = start_on(server, folder)
        assert before <= request_ids(with_that) <= set(answered)
        with_that.close()


def test_it_tells_what_it_made(server: Server, tmp_path: Path) -> None:
    """The output says where the backup is, how far it goes and which key belongs to it; the file is its owner's."""
    server.verify("purchase", vendor="coachella.com", amount=742)
    path = tmp_path / "a.db"
    old = os.umask(0)
    try:
        done = backup(server, path)
    finally:
        os.umask(old)
    assert done == {
        "file": str(path),
        "bytes": path.stat().st_size,
        "schemaVersion": done["schemaVersion"],
        "lastDecision": 1,
        "lastDecisionAt": done["lastDecisionAt"],
        "logVerified": True,
        "keyCheck": done["keyCheck"],
        "keyFile": None,
    }
    assert len(done["keyCheck"]) == 16 and done["lastDecisionAt"].endswith("Z")
    assert mode(path) == 0o600
    assert sorted(entry.name for entry in tmp_path.glob("a.db*")) == ["a.db"]
    key = (server.data_dir / "server.key").read_bytes().strip()
    assert key not in path.read_bytes()
    said = run("backup", str(path), "--force", "--data", str(server.data_dir))
    assert said.returncode == 0
    assert f"key      {done['keyCheck']} (check value)" in said.stdout
    assert "The server key is not in it" in said.stderr


def test_with_key_writes_it_apart(server: Server, tmp_path: Path) -> None:
    """--with-key writes the key beside the backup, for its owner alone, and says what that means."""
    path = tmp_path / "a.db"
    done = run("backup", str(path), "--with-key", "--data", str(server.data_dir))
    assert done.returncode == 0 and "can sign as this server" in done.stderr
    key = tmp_path / "a.db.key"
    assert key.read_bytes() == (server.data_dir / "server.key").read_bytes()
    assert mode(key) == 0o600
    path.unlink()
    assert backup(server, path, "--with-key")["keyFile"] == str(key)  # the same key may stay
    path.unlink()
    key.write_text("A" * 43 + "\n")
    assert "is another key" in refused("backup", str(path), "--with-key", "--data", str(server.data_dir))
    assert not path.exists()
    backup(server, path, "--with-key", "--force")
    assert key.read_bytes() == (server.data_dir / "server.key").read_bytes()


def test_the_key_may_come_from_the_environment(start_server: StartServer, tmp_path: Path) -> None:
    """A server without a key file is backed up with the variable it was started with, and not without."""
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"
    server = start_server(env={"BEHALFID_SECRET_KEY": secret})
    path = tmp_path / "a.db"
    words = ("backup", str(path), "--data", str(server.data_dir))
    assert "The server key" in refused(*words)
    assert "does not fit" in refused(*words, BEHALFID_SECRET_KEY="A" * 43)
    assert not path.exists()
    assert must(*words, "--with-key", BEHALFID_SECRET_KEY=secret)["logVerified"]
    assert (tmp_path / "a.db.key").read_text().strip() == secret
    assert not (server.data_dir / "server.key").exists()
    assert must(*words, "--force", "--no-verify")["logVerified"] is False


def test_existing_files_stay(server: Server, tmp_path: Path) -> None:
    """A file that exists is not touched without --force, and what is no plain file not even with it."""
    words = ("--data", str(server.data_dir))
    path = tmp_path / "a.db"
    path.write_text("mine")
    assert f"{path} exists." in refused("backup", str(path), *words)
    assert path.read_text() == "mine"
    link = tmp_path / "link.db"
    link.symlink_to(path)
    lost = tmp_path / "lost.db"
    lost.symlink_to(tmp_path / "nowhere")
    pipe = tmp_path / "pipe.db"
    os.mkfifo(pipe)
    for target in (link, lost, pipe, tmp_path):
        for option in ((), ("--force",)):
            assert "is no plain file" in refused("backup", str(target), *option, *words)
    assert (path.read_text(), link.is_symlink(), lost.is_symlink()) == ("mine", True, True)
    assert must("backup", str(path), "--force", *words)["logVerified"]
    assert path.read_bytes()[:15] == b"SQLite format 3"


def test_a_link_in_the_way_is_not_followed(server: Server, tmp_path: Path) -> None:
    """Where somebody has laid a link for the growing file, nothing is written through it."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "a.db.part").symlink_to(victim)
    refused("backup", str(tmp_path / "a.db"), "--data", str(server.data_dir))
    assert victim.read_text() == "mine"
    assert not (tmp_path / "a.db").exists()


def test_a_growing_file_of_somebody_else(server: Server, tmp_path: Path) -> None:
    """The growing file is made by the command alone: a file that somebody else has laid there, or one with a second
    name, would give the backup away, or be overwritten, and is refused. What a killed backup has left is removed."""
    path, part, victim = tmp_path / "a.db", tmp_path / "a.db.part", tmp_path / "victim"
    words = ("backup", str(path), "--data", str(server.data_dir))
    victim.write_text("mine")
    os.link(victim, part)
    assert f"{part} is not the file of a backup of yours" in refused(*words)
    assert victim.read_text() == "mine"
    part.unlink()
    part.touch(mode=0o600)
    with part.open("rb") as theirs:  # who has it open, like its owner, sees nothing of the backup
        if os.geteuid() == 0:
            os.chown(part, 65534, 65534)
            assert "is not the file of a backup of yours" in refused(*words)
            os.chown(part, 0, 0)
        assert must(*words)["logVerified"]
        assert theirs.read() == b""
    assert sorted(entry.name for entry in tmp_path.glob("a.db*")) == ["a.db"]
    assert mode(path) == 0o600


def test_tables_that_are_not_ours(server: Server, tmp_path: Path) -> None:
    """A database with a trigger in it is no backup: no restore would take it."""
    server.stop()
    change(
        server.data_dir / "behalf.db",
        "CREATE TRIGGER t AFTER UPDATE ON permission BEGIN DELETE FROM session; END",
    )
    words = ("backup", str(tmp_path / "a.db"), "--data", str(server.data_dir))
    assert "is no database of BehalfID" in refused(*words)
    assert not list(tmp_path.glob("a.db*"))


def test_statistics_of_an_administrator(server: Server, tmp_path: Path) -> None:
    """Statistics for the query planner, which ANALYZE leaves, are no obstacle to a backup and its restore."""
    server.stop()
    change(server.data_dir / "behalf.db", "ANALYZE")
    must("backup", str(tmp_path / "a.db"), "--data", str(server.data_dir))
    must("restore", str(tmp_path / "a.db"), "--data", str(server.data_dir), "--force")
    server.start()
    assert server.verify(action="browse_web", resource="example.com").status_code == 200


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("-", "cannot be written to standard output"),
        ("{tmp}/nowhere/a.db", "There is no folder"),
        ("{data}/a.db", "would be lost with it"),
        ("{data}/behalf.db", "would be lost with it"),
        ("{data}/../data/behalf.db", "would be lost with it"),
    ],
)
def test_places_for_no_backup(server: Server, tmp_path: Path, file: str, text: str) -> None:
    """Standard output, missing folders and the data folder itself are refused, also with --force."""
    target = file.format(tmp=tmp_path, data=server.data_dir)
    before = sorted(os.listdir(server.data_dir))
    assert text in refused("backup", target, "--force", "--data", str(server.data_dir))
    assert sorted(os.listdir(server.data_dir)) == before
    assert server.verify("purchase", vendor="coachella.com", amount=742).json()["allowed"]


def test_folders_without_a_database(tmp_path: Path) -> None:
    """Where there is no database there is no backup, and no folder is made."""
    assert "There is no database" in refused("backup", str(tmp_path / "a.db"), "--data", str(tmp_path / "no"))
    assert list(tmp_path.iterdir()) == []


def test_a_killed_backup_leaves_no_backup(server: Server, tmp_path: Path) -> None:
    """kill -9 in the middle leaves nothing under the final name, and the next backup succeeds."""
    fill(server.data_dir / "behalf.db", 80)
    path = tmp_path / "a.db"
    words = [str(BINARY), "backup", str(path), "--data", str(server.data_dir)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert kill_when(process, tmp_path / "a.db.part")
    assert not path.exists()
    assert backup(server, path)["bytes"] > 80 << 20
    assert sorted(entry.name for entry in tmp_path.glob("a.db*")) == ["a.db"]


def test_two_backups_to_one_file(server: Server, tmp_path: Path) -> None:
    """While one backup is being made a second one to the same file is refused, and the first one is whole."""
    fill(server.data_dir / "behalf.db", 80)
    path = tmp_path / "a.db"
    words = [str(BINARY), "backup", str(path), "--data", str(server.data_dir)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (tmp_path / "a.db.part").exists():
            assert process.poll() is None
        second = run(*words[1:])
        first = process.wait()
    assert sorted([first, second.returncode]) == [0, 1]
    assert restore(path, tmp_path / "back", "--key", str(server.data_dir / "server.key"))["logVerified"]


def test_a_full_disk_leaves_no_backup(server: Server, tmp_path: Path) -> None:
    """Where there is no room the command says so, and leaves nothing behind."""
    small = tmp_path / "small"
    small.mkdir()
    script = f'mount -t tmpfs -o size=128k none "{small}" && cd "{small}" && "$@"; ended=$?; ls -A; exit $ended'
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", script, "sh")
    for option in ((), ("--no-verify",)):
        done = run("backup", "a.db", "--data", str(server.data_dir), *option, prefix=prefix)
        assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
        assert "the disk is full" in done.stderr


def test_damage_is_no_backup(server: Server, tmp_path: Path) -> None:
    """A log that is not intact, or pages that are damaged, are told and leave no file; --no-verify takes the log as
    it is, for then it may be all there is."""
    for _ in range(3):
        server.verify("purchase", vendor="coachella.com", amount=742)
    server.stop()
    database = server.data_dir / "behalf.db"
    change(database, "UPDATE audit SET vendor = 'else' WHERE id = 2")
    path = tmp_path / "a.db"
    words = ("backup", str(path), "--data", str(server.data_dir))
    assert "is not intact: 0 missing, 1 altered" in refused(*words)
    assert not list(tmp_path.glob("a.db*"))
    assert must(*words, "--no-verify")["logVerified"] is False
    content = bytearray(database.read_bytes())
    content[20 * 4096 : 20 * 4096 + 4096] = b"\xa5" * 4096
    database.write_bytes(content)
    assert "is damaged" in refused(*words, "--force", "--no-verify")


def test_other_versions(server: Server, tmp_path: Path) -> None:
    """The database of a newer program is not backed up by an older one; that of an older one only unchecked."""
    server.stop()
    database = server.data_dir / "behalf.db"
    path = tmp_path / "a.db"
    words = ("backup", str(path), "--data", str(server.data_dir))
    make_older(database)
    assert "of an older version" in refused(*words)
    older = must(*words, "--no-verify")
    change(database, "INSERT INTO schema_migration (version, name) VALUES (9999, 'x')")
    assert "written by a newer version" in refused(*words, "--force", "--no-verify")
    assert path.exists() and older["logVerified"] is False


def test_no_progress_but_on_a_terminal(server: Server, tmp_path: Path) -> None:
    """Into files and pipes only results are written; a terminal is told how far it is."""
    words = ["backup", str(tmp_path / "a.db"), "--data", str(server.data_dir), "--force"]
    assert "\r" not in run(*words).stderr
    ours, theirs = os.openpty()
    done = subprocess.run([str(BINARY), *words], stdout=subprocess.PIPE, stderr=theirs, check=False)
    shown = os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0
    assert "\rcopied 1 of 1 MB" in shown
