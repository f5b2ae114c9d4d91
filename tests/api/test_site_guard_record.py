# SPDX-License-Identifier: Apache-2.0
"""What a check leaves behind: no secrets, the time a credential was used, and no harm to others that are recorded."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Callable

import requests

from api_support import Agent, error_of, sql
from guard_support import Bot, Site
from harness import Server


def test_secrets_of_visitors_are_not_stored(start_server: Callable[..., Server]) -> None:
    """A credential in a path, a user agent or a name is not in the server's folder, while rules see it."""
    site = Site(start_server())
    secret = "bhf_" + "sk_" + "Zx9" * 12
    site.rule(userAgentPattern=f"*{secret[-8:]}*", allowedPaths=[f"/docs/*{secret[-8:]}"])
    found = site.check(f"/docs/{secret}", f"Bot Bearer {secret}", agentIdentifier=f"x {secret}")
    assert found["allowed"]
    site.authorize({"X-Original-URI": f"/docs/{secret}", "X-BehalfID-Agent": secret, "User-Agent": secret})
    sql(site.server, "DELETE FROM site_rule")
    rows = sql(site.server, "SELECT path, user_agent, agent_identifier FROM site_check ORDER BY number")
    kept = "bhf_sk_[redacted]"
    assert rows == [
        (f"/docs/{kept}", "Bot Bearer [redacted]", f"x {kept}"),
        (f"/docs/{kept}", kept, kept),
    ]
    assert [row["path"] for row in site.logs()] == [f"/docs/{kept}"] * 2
    site.server.stop()
    files = [path for path in site.server.data_dir.rglob("*") if path.is_file()]
    assert files and not [path for path in files if secret.encode() in path.read_bytes()]


def test_a_key_shows_when_it_was_used(start_server: Callable[..., Server]) -> None:
    """The use of a key is noted, at the latest when the server stops; a refused request is none."""
    site = Site(start_server())
    other_id, _ = site.new_key()
    assert error_of(site.ask({"path": "x"}))[0] == 400
    site.server.stop()
    site.server.start()
    assert {row["lastUsedAt"] for row in keys(site)} == {None}
    site.check("/docs/a")
    site.server.stop()
    site.server.start()
    used = {row["keyId"]: row["lastUsedAt"] for row in keys(site)}
    assert used[site.key_id] is not None and used[other_id] is None


def keys(site: Site) -> list[dict[str, Any]]:
    """As its owner sees them."""
    rows: list[dict[str, Any]] = site.manage("GET", f"/{site.site_id}/keys")["keys"]
    return rows


def test_a_damaged_row_fails_its_own_check_alone(server: Server, tmp_path: Path) -> None:
    """Keys that cannot be read close the site that trusts them, and no decision that is recorded with it suffers."""
    site, other, agent = Site(server), Site(server), Agent(server)
    for one in (site, other):
        one.rule(allowedPaths=["/*"])
        assert one.check("/a")["allowed"]
    site.trust(Bot(tmp_path))
    assert site.check("/a")["allowed"]
    agent.grant("read")
    assert agent.decide("read")["allowed"]
    (path,) = server.data_dir.glob("*.db")
    answers: dict[str, list[requests.Response]] = {"site": [], "other": [], "agent": []}
    asking = [threading.Thread(target=lambda: answers["agent"].append(agent.verify("read")))]
    for _ in range(6):
        asking.append(threading.Thread(target=lambda: answers["site"].append(site.ask({"path": "/a"}))))
        asking.append(threading.Thread(target=lambda: answers["other"].append(other.ask(BOT))))
        asking.append(threading.Thread(target=lambda: answers["agent"].append(agent.verify("read"))))
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        blocker.execute('UPDATE site_directory SET keys = \'[{"kid":"x"}]\'')
        blocker.execute("UPDATE site SET policy_version = policy_version + 1")
        blocker.execute("UPDATE account SET policy_version = policy_version + 1")
        for thread in asking:
            thread.start()
            time.sleep(0.02)
        blocker.execute("COMMIT")
    for thread in asking:
        thread.join()
    assert [(found.status_code, found.json()["allowed"]) for found in answers["site"]] == [(503, False)] * 6
    assert [(found.status_code, found.json()["allowed"]) for found in answers["other"]] == [(200, True)] * 6
    assert [(found.status_code, found.json()["allowed"]) for found in answers["agent"]] == [(200, True)] * 7


BOT = {"path": "/a", "userAgent": "GoodBot/1.0"}
