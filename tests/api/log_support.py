# SPDX-License-Identifier: Apache-2.0
"""What the tests of the account's log share: the log as somebody sees it who is signed in."""

import sqlite3
from typing import Any, Iterator

import requests

import people_support
from harness import Server


class Person(people_support.Person):
    """Somebody who looks at the log, and erases what is in it."""

    def logs(self, **query: Any) -> dict[str, Any]:
        """A page of the account's log."""
        answer = requests.get(
            self.server.base_url + "/api/dashboard/logs", params=query, headers=self.by_session(), timeout=30
        )
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def erase(self, request_id: str) -> None:
        """Erases one entry, which must succeed."""
        answer = self.call("DELETE", f"/api/dashboard/logs/{request_id}")
        assert (answer.status_code, answer.json()) == (200, {"deleted": True}), answer.text

    def erase_all(self) -> int:
        """Erases all entries of the account: how many."""
        answer = self.call("DELETE", "/api/dashboard/logs", {"confirm": "delete all logs"})
        assert answer.status_code == 200, answer.text
        deleted: int = answer.json()["deleted"]
        return deleted

    def trail(self) -> list[dict[str, Any]]:
        """The erasures of the account, newest first."""
        answer = self.call("GET", "/api/dashboard/logs/erasures")
        assert answer.status_code == 200, answer.text
        erasures: list[dict[str, Any]] = answer.json()["erasures"]
        return erasures


def lengthen_log(server: Server, rows: int) -> None:
    """Makes the log long, while the server is down: copies of one row. Its chain does not matter here."""
    (path,) = server.data_dir.glob("*.db")
    with sqlite3.connect(path) as base:
        names = [row[1] for row in base.execute("PRAGMA table_info(audit)")]
        first = base.execute("SELECT * FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        at = {name: index for index, name in enumerate(names)}
        marks = ",".join("?" * len(names))

        def copies() -> Iterator[tuple[object, ...]]:
            for number in range(1, rows + 1):
                row = list(first)
                row[at["id"]] = first[at["id"]] + number
                row[at["back_agent"]] = row[at["back_account"]] = 1
                yield tuple(row)

        base.executemany(f"INSERT INTO audit VALUES ({marks})", copies())
    base.close()
