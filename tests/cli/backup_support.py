# SPDX-License-Identifier: Apache-2.0
"""What the tests of backup and restore share."""

import json
import os
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any, Optional

from harness import BINARY, Server


def run(
    *words: str, prefix: tuple[str, ...] = (), env: Optional[dict[str, str]] = None
) -> "subprocess.CompletedProcess[str]":
    """`behalf WORDS` with these variables and no others of ours."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
    command = [*prefix, str(BINARY), *words]
    whole = {**ours, **(env or {})}
    return subprocess.run(command, env=whole, capture_output=True, text=True, timeout=120, check=False)


def must(*words: str, **variables: str) -> Any:
    """The JSON answer of a command that must succeed."""
    done = run(*words, "--json", env=variables)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return json.loads(done.stdout)


def refused(*words: str, **variables: str) -> str:
    """The error of a command that must fail; it has nothing to say on stdout."""
    done = run(*words, env=variables)
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert done.stderr.startswith("Error: ")
    return done.stderr


def backup(server: Server, path: Path, *options: str) -> Any:
    """A backup of the server's folder."""
    return must("backup", str(path), "--data", str(server.data_dir), *options)


def restore(path: Path, folder: Path, *options: str) -> Any:
    """That backup in a folder."""
    return must("restore", str(path), "--data", str(folder), *options)


def change(path: Path, *statements: str) -> None:
    """Changes a database behind the program's back."""
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


def fill(path: Path, megabytes: int) -> None:
    """Makes the database so large that copying it takes a while."""
    row = "INSERT INTO idempotency VALUES (-1, randomblob(32), x'00', ?, zeroblob(1048576), 0)"
    with sqlite3.connect(path, timeout=20) as db:
        db.executemany(row, [(int(time.time() * 1000),)] * megabytes)
    db.close()


def make_older(path: Path) -> None:
    """Takes the newest change of the schema back, as the program before it would have left the database."""
    change(
        path,
        "DROP INDEX approval_by_change",
        "DROP INDEX approval_ending",
        "DROP INDEX approval_grant_ending",
        "ALTER TABLE approval DROP COLUMN change_number",
        "DROP TABLE approval_change",
        "DELETE FROM schema_migration WHERE version >= 7",
    )


def request_ids(server: Server) -> set[str]:
    """Every request id of the demo agent's log."""
    found: set[str] = set()
    cursor = ""
    while True:
        path = f"/api/logs/{server.agent_id}?limit=500{cursor}"
        answer = server.call("GET", path, headers=server.as_agent()).json()
        found.update(row["requestId"] for row in answer["logs"])
        if answer["pagination"]["nextCursor"] is None:
            return found
        cursor = f"&cursor={answer['pagination']['nextCursor']}"


def kill_when(process: "subprocess.Popen[bytes]", growing: Path) -> bool:
    """SIGKILL as soon as the file has content; false when the process was faster."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            if growing.stat().st_size > 0:
                process.kill()
                break
        except FileNotFoundError:
            pass
    process.wait()
    return process.returncode == -9


def start_on(source: Server, folder: Path) -> Server:
    """A server on a restored folder, with the credentials of the one that was backed up."""
    made = Server(folder, demo=False)
    made.start()
    made.agent_id, made.api_key, made.developer_token = source.agent_id, source.api_key, source.developer_token
    made.email, made.password = source.email, source.password
    return made
