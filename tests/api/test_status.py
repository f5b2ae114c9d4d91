# SPDX-License-Identifier: Apache-2.0
"""The public state of the server: what was really looked at, and never better than that."""

import sqlite3
import time
from contextlib import closing
from typing import Any

from api_support import sql
from harness import Server
from webhook_calls import wait_until

COMPONENTS = {
    "Decisions": ["API", "Database", "Recording"],
    "Actions": ["Webhook delivery", "Action gateway"],
}


def status(server: Server) -> dict[str, Any]:
    """GET /api/status, as anybody."""
    answer = server.call("GET", "/api/status")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=15"
    report: dict[str, Any] = answer.json()
    return report


def states(report: dict[str, Any]) -> dict[str, str]:
    """The state of each component."""
    return {row["name"]: row["status"] for group in report["groupedComponents"] for row in group["components"]}


def test_a_server_that_works_says_so(demo: Server) -> None:
    """Anybody sees each component, in its group, operational; there are no incidents."""
    report = status(demo)
    assert set(report) == {"overall", "groupedComponents", "incidents"}
    names = {group["group"]: [row["name"] for row in group["components"]] for group in report["groupedComponents"]}
    assert names == COMPONENTS and report["incidents"] == []
    assert report["overall"] == "operational" and set(states(report).values()) == {"operational"}


def test_many_who_ask_cost_one_look(server: Server) -> None:
    """Whoever asks within two seconds gets what was found before: the database is written to once."""
    status(server)
    (before,) = sql(server, "SELECT probed_at FROM meta")
    assert before[0] > 0
    begin = time.monotonic()
    for _ in range(20):
        status(server)
    (after,) = sql(server, "SELECT probed_at FROM meta")
    assert after == before or time.monotonic() - begin > 1


def test_a_database_that_takes_no_writes_is_not_operational(server: Server) -> None:
    """While another process keeps the database from being written, the server is not operational, and says which part
    is concerned; afterwards it is again."""
    assert status(server)["overall"] == "operational"
    (path,) = server.data_dir.glob("*.db")
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        wait_until(lambda: status(server)["overall"] != "operational")
        report = status(server)
        assert states(report)["Recording"] in ("degraded", "outage")
        assert states(report)["Database"] == "operational"
        other.execute("ROLLBACK")
    wait_until(lambda: status(server)["overall"] == "operational")
    assert set(states(status(server)).values()) == {"operational"}


def test_what_cannot_be_recorded_for_long_is_an_outage(server: Server) -> None:
    """While nothing can be recorded, the first failed attempt makes it an outage, and further attempts that are under
    way do not take that back; the first that succeeds does."""
    assert status(server)["overall"] == "operational"
    (path,) = server.data_dir.glob("*.db")
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        wait_until(lambda: states(status(server))["Recording"] == "outage", seconds=20)
        begin = time.monotonic()
        while time.monotonic() - begin < 8:
            assert states(status(server))["Recording"] == "outage"
            time.sleep(0.5)
        other.execute("ROLLBACK")
    wait_until(lambda: status(server)["overall"] == "operational")


def test_a_database_that_cannot_be_read_is_an_outage(server: Server) -> None:
    """Without the table that every look goes to, the whole server is out, and no component that needs it claims to
    work."""
    assert status(server)["overall"] == "operational"
    sql(server, "ALTER TABLE meta RENAME TO meta_gone")
    wait_until(lambda: status(server)["overall"] == "outage")
    found = states(status(server))
    assert (found["Database"], found["Recording"], found["Webhook delivery"]) == ("outage", "outage", "outage")
    assert found["Action gateway"] == "operational"
    sql(server, "ALTER TABLE meta_gone RENAME TO meta")
    wait_until(lambda: status(server)["overall"] == "operational")
