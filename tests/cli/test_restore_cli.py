# SPDX-License-Identifier: Apache-2.0
"""`behalf restore`: what was backed up is back, and nothing is used twice."""

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Callable, NamedTuple

import pytest

from accounts_support import Browser
from api_support import sql
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
NO_RESTORE = "behalf.db.restoring"


def buy(server: Server) -> str:
    """An allowed decision: its request id."""
    request_id: str = server.verify("purchase", vendor="coachella.com", amount=742).json()["requestId"]
    return request_id


class Saved(NamedTuple):
    """A server with a backup of it."""

    server: Server
    path: Path
    before: set[str]

    @property
    def key(self) -> Path:
        """The key that belongs to it."""
        return self.server.data_dir / "server.key"


@pytest.fixture()
def saved(server: Server, tmp_path: Path) -> Saved:
    """Three decisions, a backup, and two decisions after it."""
    before = {buy(server) for _ in range(3)}
    path = tmp_path / "a.db"
    backup(server, path)
    for _ in range(2):
        buy(server)
    return Saved(server, path, before)


def names(folder: Path) -> list[str]:
    """What lies in a folder, but for the lock."""
    return sorted(name for name in os.listdir(folder) if name != "server.lock")


def test_into_a_new_folder(saved: Saved, tmp_path: Path) -> None:
    """With its key a backup becomes a folder that serves: all decisions of before, the same keys, an intact log."""
    folder = tmp_path / "new"
    done = restore(saved.path, folder, "--key", str(saved.key))
    assert (done["lastDecision"], done["logVerified"], done["oldDatabase"]) == (3, True, None)
    assert names(folder) == ["behalf.db", "restores.jsonl", "server.key"]
    assert mode(folder) == 0o700
    assert {mode(folder / name) for name in os.listdir(folder)} == {0o600}
    again = start_on(saved.server, folder)
    assert request_ids(again) == saved.before
    assert again.verify("purchase", vendor="coachella.com", amount=742).json()["allowed"]
    assert run("audit", "verify", "--data", str(folder)).returncode == 0
    again.close()


def test_over_an_existing_one(saved: Saved) -> None:
    """Only --force replaces a database, and then it is kept, with every decision in it, also after a kill -9."""
    folder = saved.server.data_dir
    everything = request_ids(saved.server)
    words = ("restore", str(saved.path), "--data", str(folder))
    assert f"A server runs on {folder}" in refused(*words, "--force")
    saved.server.kill()
    assert f"There is a database in {folder}" in refused(*words)
    done = must(*words, "--force")
    assert (done["replacedLastDecision"], done["lastDecision"], done["oldKey"]) == (5, 3, None)
    kept = Path(done["oldDatabase"])
    assert kept.parent == folder and kept.name.startswith("behalf.db.before-")
    assert [name for name in names(folder) if name.endswith(("-wal", "-shm", "restoring"))] == []
    saved.server.start()
    assert request_ids(saved.server) == saved.before
    saved.server.stop()
    back = must("restore", str(kept), "--data", str(folder), "--force")  # and the way back
    assert back["oldDatabase"] != str(kept)
    saved.server.start()
    assert request_ids(saved.server) == everything
    notes = [json.loads(line) for line in (folder / "restores.jsonl").read_text().splitlines()]
    assert [note["lastDecision"] for note in notes] == [3, 5]
    assert notes[0] == done


def test_nothing_is_used_twice(server: Server, tmp_path: Path) -> None:
    """An approval that was given and not used, a session, a link: each may have been used after the backup, and is
    ended. What waits goes on waiting; what was used stays used."""

    def deploy() -> dict[str, object]:
        answer: dict[str, object] = server.verify("deploy_production", vendor="vercel.com").json()
        return answer

    browser = Browser(server)
    assert browser.login(server.email, server.password).status_code == 200
    link = server.command_line("admin", "reset-link", server.email, "--json")
    assert link.returncode == 0
    assert server.command_line("admin", "approvals", "approve", str(deploy()["approvalId"])).returncode == 0
    waiting = server.verify("deploy_production", vendor="vercel.com", amount=1).json()["approvalId"]
    path = tmp_path / "a.db"
    backup(server, path)
    assert deploy()["allowed"] is True  # spent after the backup
    server.stop()
    done = restore(path, server.data_dir, "--force")
    assert done["ended"] == {"approvals": 1, "sessions": 1, "links": 1}
    assert done["inForce"]["waitingApprovals"] == 1
    server.start()
    answer = deploy()
    assert (answer["allowed"], answer["approvalRequired"]) == (False, True)
    assert answer["approvalId"] != waiting
    rows = sql(server, "SELECT status, count(*) FROM approval GROUP BY status ORDER BY status")
    assert rows == [("expired", 1), ("pending", 2)]
    assert browser.get("/api/auth/me").status_code == 401
    assert server.command_line("admin", "approvals", "approve", waiting).returncode == 0
    assert server.verify("deploy_production", vendor="vercel.com", amount=1).json()["allowed"] is True


def test_it_says_what_is_in_force_again(saved: Saved, tmp_path: Path) -> None:
    """For people the output warns of what comes back, with counts, and names the commands that look at it."""
    done = run("restore", str(saved.path), "--data", str(tmp_path / "new"), "--key", str(saved.key))
    assert done.returncode == 0
    assert "in force again" in done.stderr
    parts = ["1  active agents' keys", "1  developer tokens", "agents rotate-key", "admin token revoke"]
    parts += ["active webhooks", "passport links", "active sites", "keys that sign"]
    for part in parts:
        assert part in done.stderr
    saved.server.stop()
    over = run("restore", str(saved.path), "--data", str(saved.server.data_dir), "--force")
    assert "WARNING: 2 decisions that were recorded after the backup" in over.stderr


def test_the_key_must_fit(saved: Saved, tmp_path: Path) -> None:
    """Without the key, or with another one, nothing is restored, and the error says which one is wanted."""
    folder = tmp_path / "new"
    other = tmp_path / "other.key"
    other.write_text("A" * 43 + "\n")
    other.chmod(0o600)
    words = ("restore", str(saved.path), "--data", str(folder))
    check = must("backup", str(tmp_path / "b.db"), "--data", str(saved.server.data_dir))["keyCheck"]
    assert "there is none" in refused(*words)
    assert f"{check} is wanted" in refused(*words, "--key", str(other))
    assert f"{check} is wanted" in refused(*words, BEHALFID_SECRET_KEY="A" * 43)
    other.chmod(0o644)
    assert "cannot be read as a server key" in refused(*words, "--key", str(other))
    assert "cannot be read as a server key" in refused(*words, "--key", str(saved.path))
    assert names(folder) == []
    secret = saved.key.read_text().strip()
    assert must(*words, BEHALFID_SECRET_KEY=secret)["keyCheck"] == check
    assert names(folder) == ["behalf.db", "restores.jsonl"]


def test_another_key_of_the_folder_is_kept(saved: Saved, start_server: StartServer) -> None:
    """Over another server's folder, with --key, database and key of before are kept together."""
    other = start_server(name="other")
    other.stop()
    old = (other.data_dir / "server.key").read_text()
    words = ("restore", str(saved.path), "--data", str(other.data_dir), "--force")
    assert "does not fit" in refused(*words)
    done = must(*words, "--key", str(saved.key))
    assert Path(done["oldKey"]).read_text() == old
    assert (other.data_dir / "server.key").read_text() == saved.key.read_text()
    assert run("audit", "verify", "--data", str(other.data_dir)).returncode == 0


def test_what_is_no_backup(saved: Saved, tmp_path: Path) -> None:
    """Files that are missing, no database, another program's, the folder's own, or in use are refused, and the
    folder stays as it is."""
    saved.server.kill()
    folder = saved.server.data_dir
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    text, foreign, empty = tmp_path / "text", tmp_path / "foreign.db", tmp_path / "empty"
    text.write_text("not a database, but long enough to be looked at\n" * 9)
    empty.write_bytes(b"")
    change(foreign, "CREATE TABLE x (y)")
    used = tmp_path / "used"
    used.mkdir()
    for name in ("behalf.db", "behalf.db-wal"):
        (used / name).write_bytes((folder / name).read_bytes())
    cases = {
        str(tmp_path / "missing.db"): "No such file",
        str(tmp_path): "is no plain file",
        str(text): "is damaged, or is no database",
        str(empty): "is damaged, or is no database",
        str(foreign): "is no database of BehalfID",
        str(used / "behalf.db"): "has a write-ahead log beside it",
    }
    for path, said in cases.items():
        assert said in refused("restore", path, "--data", str(folder), "--force")
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before
    (folder / "behalf.db-wal").unlink()
    assert "itself" in refused("restore", str(folder / "behalf.db"), "--data", str(folder), "--force")


def test_damage_is_not_restored(saved: Saved, tmp_path: Path) -> None:
    """A damaged page is never restored; a log that is not intact only with --no-verify."""
    content = bytearray(saved.path.read_bytes())
    content[20 * 4096 : 21 * 4096] = b"\xa5" * 4096
    broken = tmp_path / "broken.db"
    broken.write_bytes(content)
    folder = tmp_path / "new"
    key = ("--key", str(saved.key))
    words = ("--data", str(folder), *key)
    assert "is damaged" in refused("restore", str(broken), *words)
    assert "is damaged" in refused("restore", str(broken), *words, "--no-verify")
    short = tmp_path / "short.db"
    short.write_bytes(saved.path.read_bytes()[: 50 * 4096])
    assert "is damaged" in refused("restore", str(short), *words, "--no-verify")
    change(saved.path, "DELETE FROM audit WHERE id = 3")
    assert "is not intact: 1 missing" in refused("restore", str(saved.path), *words)
    assert names(folder) == []
    assert must("restore", str(saved.path), *words, "--no-verify")["logVerified"] is False


def test_newer_and_older_programs(saved: Saved, tmp_path: Path) -> None:
    """The backup of a newer program is refused; that of an older one is brought up to date, and itself unchanged."""
    folder = tmp_path / "new"
    words = ("--data", str(folder), "--key", str(saved.key))
    make_older(saved.path)
    older = saved.path.read_bytes()
    assert must("restore", str(saved.path), *words)["logVerified"]
    assert saved.path.read_bytes() == older
    again = start_on(saved.server, folder)
    assert request_ids(again) == saved.before
    again.close()
    change(saved.path, "INSERT INTO schema_migration (version, name) VALUES (9999, 'x')")
    assert "written by a newer version" in refused("restore", str(saved.path), *words, "--force")


def test_a_killed_restore_changes_nothing(saved: Saved, tmp_path: Path) -> None:
    """kill -9 in the middle leaves the database in force that was there, and the next restore succeeds."""
    folder = saved.server.data_dir
    fill(saved.path, 80)
    everything = request_ids(saved.server)
    saved.server.stop()
    words = [str(BINARY), "restore", str(saved.path), "--data", str(folder), "--force"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert kill_when(process, folder / NO_RESTORE)
    saved.server.start()
    assert request_ids(saved.server) == everything
    saved.server.stop()
    assert must(*words[1:])["lastDecision"] == 3
    assert not (folder / NO_RESTORE).exists()


def test_a_full_disk_changes_nothing(saved: Saved, tmp_path: Path) -> None:
    """Where there is no room for the copy the command says so and leaves the folder as it was."""
    small = tmp_path / "small"
    small.mkdir()
    script = f'mount -t tmpfs -o size=128k none "{small}" && mkdir "{small}/d" && "$@"; e=$?; ls "{small}/d"; exit $e'
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", script, "sh")
    done = run("restore", str(saved.path), "--data", str(small / "d"), "--key", str(saved.key), prefix=prefix)
    assert (done.returncode, done.stdout) == (1, "server.lock\n"), done.stdout + done.stderr
    assert "the disk is full" in done.stderr


def test_a_damaged_database_is_kept_too(saved: Saved) -> None:
    """The database that is to be replaced may be damaged: it is kept as it is, with the log beside it."""
    folder = saved.server.data_dir
    saved.server.kill()
    (folder / "behalf.db").write_bytes(b"x" * 10000)
    (folder / "behalf.db-wal").write_bytes(b"y" * 100)
    done = restore(saved.path, folder, "--force")
    assert Path(done["oldDatabase"]).read_bytes() == b"x" * 10000
    assert Path(done["oldDatabase"] + "-wal").read_bytes() == b"y" * 100
    saved.server.start()
    assert request_ids(saved.server) == saved.before


def decisions(folder: Path, *copied: str) -> int:
    """How many a database of these files has."""
    folder.mkdir()
    for path in copied:
        shutil.copy(path, folder)
    with sqlite3.connect(folder / "behalf.db") as db:
        (count,) = db.execute("SELECT count(*) FROM audit").fetchone()
    db.close()
    return int(count)


def test_the_log_of_the_old_database_is_not_read_into_the_new_one(saved: Saved, tmp_path: Path) -> None:
    """What was only in the write-ahead log of a database that lacks its end is kept beside that, and is not in the
    restored one."""
    folder, server = saved.server.data_dir, saved.server
    old, log = folder / "behalf.db", folder / "behalf.db-wal"
    server.stop()
    fill(old, 2)  # more than the log has, so that SQLite cannot write the log into what is left
    server.start()
    buy(server)
    server.kill()
    assert decisions(tmp_path / "without", str(old)) == 5
    assert decisions(tmp_path / "with", str(old), str(log)) == 6
    os.truncate(old, 4096)
    written = log.read_bytes()
    done = restore(saved.path, folder, "--force")
    assert Path(done["oldDatabase"] + "-wal").read_bytes() == written
    assert not log.exists()
    server.start()
    assert request_ids(server) == saved.before
    assert run("audit", "verify", "--data", str(folder)).returncode == 0


def test_a_copy_by_other_means(saved: Saved, tmp_path: Path) -> None:
    """A copy that the sqlite3 tool has made while the server ran is restored as well."""
    path = tmp_path / "tool.db"
    with sqlite3.connect(saved.server.data_dir / "behalf.db") as source, sqlite3.connect(path) as target:
        source.backup(target)
    source.close()
    target.close()
    assert restore(path, tmp_path / "new", "--key", str(saved.key))["lastDecision"] == 5
