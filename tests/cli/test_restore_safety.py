# SPDX-License-Identifier: Apache-2.0
"""`behalf restore` against files that somebody has prepared, and against whoever has the database open."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any, Callable

import pytest

from accounts_support import Browser
from backup_support import backup, change, must, refused, restore, run
from harness import Server


def buy(server: Server) -> Any:
    """A decision that the demo agent's permission allows."""
    return server.verify("purchase", vendor="coachella.com", amount=742).json()


def test_an_invitation_is_not_used_twice(server: Server, tmp_path: Path) -> None:
    """An invitation that was open when the backup was made is ended: it may have been accepted since."""
    owner = Browser(server)
    assert owner.login(server.email, server.password).status_code == 200
    made = owner.post("/api/dashboard/members/invites", {"role": "owner"})
    assert made.status_code == 201
    token = made.json()["inviteUrl"].split("=")[-1]

    def accept(email: str) -> int:
        body = {"token": token, "email": email, "password": "LongPassw0rd-1x"}
        return Browser(server).post("/api/auth/accept-invite", body).status_code

    backup(server, tmp_path / "a.db")
    assert accept("one@example.com") == 201
    server.stop()
    assert restore(tmp_path / "a.db", server.data_dir, "--force")["ended"]["links"] == 1
    server.start()
    assert accept("two@example.com") == 400


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER UPDATE OF status ON permission BEGIN UPDATE permission SET status = 'active'; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE more (x)",
        "CREATE INDEX more ON audit (action)",
        "CREATE UNIQUE INDEX more ON audit (action, id)",
        "ALTER TABLE agent ADD COLUMN more TEXT DEFAULT 'x'",
        "ALTER TABLE agent RENAME COLUMN description TO described",
        "DROP INDEX approval_pending",
        "DELETE FROM schema_migration WHERE version > 3",
        "DELETE FROM schema_migration",
    ],
)
def test_a_schema_that_is_not_ours(server: Server, tmp_path: Path, statement: str) -> None:
    """A backup brings data and nothing else: with anything more, less or other in its schema it is refused, also with
    --no-verify."""
    backup(server, tmp_path / "a.db")
    change(tmp_path / "a.db", statement)
    words = ("--data", str(tmp_path / "new"), "--key", str(server.data_dir / "server.key"), "--no-verify")
    assert "is no database of BehalfID" in refused("restore", str(tmp_path / "a.db"), *words)
    assert os.listdir(tmp_path / "new") == ["server.lock"]


@pytest.mark.parametrize("kind", ["symbolic", "hard", "pipe"])
def test_a_lock_that_leads_elsewhere(server: Server, tmp_path: Path, kind: str) -> None:
    """Whoever owns the data folder may have laid a link under the name of the lock: no file that it leads to is
    written, emptied or given away, and the command ends."""
    victim = tmp_path / "victim"
    victim.write_text("root:x:0:0\n")
    backup(server, tmp_path / "a.db")
    server.stop()
    lock = server.data_dir / "server.lock"
    lock.unlink()
    if kind == "symbolic":
        lock.symlink_to(victim)
    elif kind == "hard":
        os.link(victim, lock)
    else:
        os.mkfifo(lock)
    before = (victim.stat().st_uid, victim.stat().st_mode)
    refused("restore", str(tmp_path / "a.db"), "--data", str(server.data_dir), "--force")
    assert run("serve", "--data", str(server.data_dir), "--listen", "127.0.0.1:0").returncode != 0
    assert victim.read_text() == "root:x:0:0\n"
    assert (victim.stat().st_uid, victim.stat().st_mode) == before


def test_a_note_that_leads_elsewhere(server: Server, tmp_path: Path) -> None:
    """A second name under that of the list of restores is not written to either; the restore says so."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    backup(server, tmp_path / "a.db")
    server.stop()
    os.link(victim, server.data_dir / "restores.jsonl")
    done = run("restore", str(tmp_path / "a.db"), "--data", str(server.data_dir), "--force")
    assert done.returncode == 0 and "could not be written" in done.stderr
    assert victim.read_text() == "mine"


def test_an_open_database_is_not_replaced(server: Server, tmp_path: Path) -> None:
    """While something reads the database, or only has it open, it is not replaced: what that writes would be lost,
    and nobody would know what was in the log. When it has gone, the loss is told."""
    folder = server.data_dir
    backup(server, tmp_path / "a.db")
    for _ in range(3):
        buy(server)
    server.kill()
    words = ("restore", str(tmp_path / "a.db"), "--data", str(folder), "--force")
    with sqlite3.connect(folder / "behalf.db", isolation_level=None) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM audit").fetchone() == (3,)
        assert f"Something has the database in {folder} open" in refused(*words)
        other.execute("COMMIT")
        assert f"Something has the database in {folder} open" in refused(*words)
        assert other.execute("SELECT count(*) FROM audit").fetchone() == (3,)
    other.close()
    assert not (folder / "behalf.db.restoring").exists()
    done = run(*words)
    assert done.returncode == 0
    assert "WARNING: 3 decisions that were recorded after the backup" in done.stderr
    noted = json.loads((folder / "restores.jsonl").read_text())
    assert noted["replacedLastDecision"] == 3


def test_a_database_without_its_key(server: Server, start_server: Callable[..., Server], tmp_path: Path) -> None:
    """A server whose key is another database's does not start and says why; with backup and key it is mended. A key
    that waits for a database which is not there changes nothing."""
    path, key = tmp_path / "a.db", tmp_path / "saved.key"
    backup(server, path)
    key.write_bytes((server.data_dir / "server.key").read_bytes())
    key.chmod(0o600)
    other = start_server(name="other")
    other.stop()
    own = (other.data_dir / "server.key").read_bytes()
    (other.data_dir / "server.key.restoring").write_bytes(key.read_bytes())
    (other.data_dir / "server.key.restoring").chmod(0o600)
    assert run("audit", "verify", "--data", str(other.data_dir)).returncode == 0
    assert (other.data_dir / "server.key").read_bytes() == own
    (other.data_dir / "server.key.restoring").unlink()
    (other.data_dir / "server.key").write_bytes(key.read_bytes())
    started = run("serve", "--data", str(other.data_dir), "--listen", "127.0.0.1:0")
    assert started.returncode != 0
    assert "After a restore with --key, BEHALFID_SECRET_KEY must not be another one." in started.stdout + started.stderr
    must("restore", str(path), "--data", str(other.data_dir), "--key", str(key), "--force")
    assert run("audit", "verify", "--data", str(other.data_dir)).returncode == 0


@pytest.mark.parametrize("first", ["serve", "audit", "admin", "backup", "restore"])
def test_a_key_that_waits_takes_its_place(server: Server, tmp_path: Path, first: str) -> None:
    """Whatever comes first after a restore that died between database and key: it finds the two fitting, without
    help."""
    path, folder = tmp_path / "a.db", server.data_dir
    backup(server, path)
    server.stop()
    key = (folder / "server.key").read_bytes()
    (folder / "server.key").rename(folder / "server.key.restoring")
    if first in ("serve", "audit"):  # with the key of before, or none
        (folder / "server.key").write_text("A" * 43)
        (folder / "server.key").chmod(0o600)
    words = {
        "audit": ["audit", "verify"],
        "admin": ["admin", "token", "list"],
        "backup": ["backup", str(tmp_path / "b.db")],
        "restore": ["restore", str(path), "--force"],
    }
    if first == "serve":
        server.start()
    else:
        done = run(*words[first], "--data", str(folder))
        assert done.returncode == 0, done.stderr
    assert (folder / "server.key").read_bytes() == key
    assert not (folder / "server.key.restoring").exists()


def test_an_unreadable_database_says_so(server: Server, tmp_path: Path) -> None:
    """What a damaged database held is not known, and the output does not make it look like nothing."""
    backup(server, tmp_path / "a.db")
    server.kill()
    (server.data_dir / "behalf.db").write_bytes(b"x" * 10000)
    done = run("restore", str(tmp_path / "a.db"), "--data", str(server.data_dir), "--force")
    assert done.returncode == 0 and "is not known" in done.stderr
    assert json.loads((server.data_dir / "restores.jsonl").read_text())["replacedLastDecision"] is None


def test_what_comes_back_is_counted(server: Server, tmp_path: Path) -> None:
    """Webhooks, passport links, sites and signing keys that were ended after the backup are in force again, and the
    output counts them."""
    owner = Browser(server)
    assert owner.login(server.email, server.password).status_code == 200
    hook = owner.post("/api/dashboard/webhooks", {"url": "https://example.com/x", "events": ["verification.allowed"]})
    assert hook.status_code == 201, hook.text
    path = f"/api/dashboard/agents/{server.agent_id}/passport"
    assert owner.post(path, {}).status_code in (200, 201)
    site = owner.post("/api/dashboard/sites", {"name": "Shop", "domain": "shop.example.com"})
    assert site.status_code == 201, site.text
    assert server.command_line("admin", "keys", "rotate").returncode == 0
    backup(server, tmp_path / "a.db")
    assert owner.delete(f"/api/dashboard/webhooks/{hook.json()['webhook']['webhookId']}").status_code == 200
    assert owner.delete(path).status_code == 200
    server.stop()
    done = restore(tmp_path / "a.db", server.data_dir, "--force")
    counted = {name: done["inForce"][name] for name in ("webhooks", "passportLinks", "sites", "signingKeys")}
    assert counted == {"webhooks": 1, "passportLinks": 1, "sites": 1, "signingKeys": 2}
