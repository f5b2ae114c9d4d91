# SPDX-License-Identifier: Apache-2.0
"""Guarded sites over HTTP: their limits, the words of each refusal, who may, and what no listing shows."""

import re
from typing import Any, Iterator, Optional

import pytest

from api_support import error_of, now_ms, other_account, sql
from harness import Server
from people_support import Account, Person
from site_support import (
    NO_KEY,
    NO_RULE,
    NO_SITE,
    SITES,
    World,
    call,
    log,
    made,
    new_key,
    new_rule,
    new_site,
    read,
    rule_body,
    version,
)

DAY = 86_400_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server of this file."""
    with Server(tmp_path_factory.mktemp("sites") / "data") as server:
        yield World(server, other_account(server))


@pytest.fixture()
def alone(server: Server) -> World:
    """A server for one test that counts or fills up."""
    return World(server, other_account(server))


# ---- sites ----


def test_new_site_is_active_and_listed_first(world: World) -> None:
    """Creating answers 201 with the site, and the list has the newest first, each with the same members."""
    first, second = new_site(world), new_site(world, name="  Second  ")
    assert set(second) == {"siteId", "name", "domain", "status", "createdAt", "updatedAt"}
    assert re.fullmatch(r"site_[A-Za-z0-9_-]{16}", second["siteId"])
    assert (second["name"], second["status"]) == ("Second", "active")
    assert second["createdAt"] == second["updatedAt"]
    listed = made(call(world, "GET"), 200)
    assert list(listed) == ["sites"] and listed["sites"][:2] == [second, first]
    shown = read(world, second)
    assert shown == {"site": second, "rules": [], "logs": [], "keys": [], "directories": []}


@pytest.mark.parametrize(
    "fields, text",
    [
        ({"name": None}, "name is required."),
        ({"name": "  "}, "name is required."),
        ({"name": 5}, "name is required."),
        ({"name": "x" * 121}, "name must be 120 characters or fewer."),
        ({"status": "active"}, "Unknown field: status."),
        *(
            ({"domain": domain}, "domain must be a hostname.")
            for domain in (None, "", 5, "https://x.example", "a b", "x/y", "x:80", "ä.example", "a..b", ".x", "-x.de",
                           "x_y.example", "x" * 64 + ".example", ".".join(["x" * 61] * 4) + ".123456", "*.example")
        ),
    ],
)  # fmt: skip
def test_what_is_no_site_is_refused_by_name(world: World, fields: dict[str, Any], text: str) -> None:
    """Each field that breaks its rule is named, and nothing is created."""
    body = {key: value for key, value in {"name": "S", "domain": "ok.example", **fields}.items() if value is not None}
    assert error_of(call(world, "POST", "", body)) == (400, text)
    assert "ok.example" not in call(world, "GET").text


def test_domain_is_stored_in_one_form_and_once_per_account(world: World) -> None:
    """Case, spaces and a final dot make no other domain; another account may have the same one."""
    site = new_site(world, name="n" * 120, domain=" Shop.Example.COM. ")
    assert site["domain"] == "shop.example.com"
    taken = (409, "A Site Guard site already uses this domain.")
    for domain in ("shop.example.com", "SHOP.example.com."):
        assert error_of(call(world, "POST", "", {"name": "S", "domain": domain})) == taken
    assert new_site(world, world.foreign_token, domain="shop.example.com")["siteId"] != site["siteId"]
    longest = ".".join(["x" * 61] * 4) + ".12345"
    assert len(longest) == 253 and new_site(world, domain=longest + ".")["domain"] == longest


def test_a_site_changes_by_what_is_named(world: World) -> None:
    """PATCH takes name and status, each by itself, and raises the version that checks go by."""
    site = new_site(world)
    path, before = f"/{site['siteId']}", version(world, site)
    disabled = made(call(world, "PATCH", path, {"status": "disabled"}), 200)["site"]
    assert disabled == {**site, "status": "disabled", "updatedAt": disabled["updatedAt"]}
    renamed = made(call(world, "PATCH", path, {"name": " New ", "status": "active"}), 200)["site"]
    assert (renamed["name"], renamed["status"], renamed["domain"]) == ("New", "active", site["domain"])
    assert version(world, site) == before + 2
    for body, text in (
        ({}, "At least one editable site field is required."),
        ({"name": ""}, "name must be a non-empty string."),
        ({"name": None}, "name must be a non-empty string."),
        ({"name": 5}, "name must be a non-empty string."),
        ({"name": "x" * 121}, "name must be 120 characters or fewer."),
        ({"status": "deleted"}, "status must be active or disabled."),
        ({"status": None}, "status must be active or disabled."),
        ({"domain": "x.example"}, "Unknown field: domain."),
    ):
        assert error_of(call(world, "PATCH", path, body)) == (400, text)
    assert read(world, site)["site"] == renamed and version(world, site) == before + 2


def test_an_account_has_a_hundred_sites(alone: World) -> None:
    """The 100th site is made, the 101st is refused, and deleting one makes room."""
    sites = [new_site(alone) for _ in range(100)]
    refused = call(alone, "POST", "", {"name": "S", "domain": "more.example"})
    assert error_of(refused) == (409, "An account can have 100 sites or fewer.")
    assert len(call(alone, "GET").json()["sites"]) == 100
    made(call(alone, "DELETE", f"/{sites[0]['siteId']}"), 200)
    new_site(alone, domain="more.example")


def test_a_deleted_site_takes_everything_along(alone: World) -> None:
    """Nothing of it is found any more, its domain is free, and its log has left the database."""
    site, other = new_site(alone), new_site(alone)
    rule, (key, _) = new_rule(alone, site), new_key(alone, site)
    for one in (site, other):
        for number in range(1, 4):
            log(alone, one, number)
    assert made(call(alone, "DELETE", f"/{site['siteId']}"), 200) == {"deleted": True}
    path = f"/{site['siteId']}"
    for method, rest in (("GET", ""), ("GET", "/logs"), ("GET", "/rules"), ("GET", "/keys"), ("DELETE", "")):
        assert error_of(call(alone, method, path + rest)) == NO_SITE
    assert error_of(call(alone, "PATCH", path, {"name": "x"})) == NO_SITE
    assert error_of(call(alone, "DELETE", f"{path}/rules/{rule['ruleId']}")) == NO_SITE
    assert error_of(call(alone, "DELETE", f"{path}/keys/{key['keyId']}")) == NO_SITE
    for table, left in (("site_rule", 0), ("site_key", 0), ("site_directory", 0), ("site_check", 3)):
        assert sql(alone.server, f"SELECT count(*) FROM {table}") == [(left,)]
    again = new_site(alone, domain=site["domain"])
    assert read(alone, again)["logs"] == [] and len(read(alone, other)["logs"]) == 3


def test_a_long_log_of_a_deleted_site_goes_too(alone: World) -> None:
    """More entries than one transaction removes are gone without anybody asking again."""
    site, other = new_site(alone), new_site(alone)
    sql(
        alone.server,
        "INSERT INTO site_check SELECT s.id, n.value, 'req_' || n.value, NULL, s.domain, '/', '', NULL, NULL, 0, 7, ?"
        " FROM site s, json_each(?) n WHERE s.site_id = ?",
        now_ms(), str(list(range(1, 3001))), site["siteId"],
    )  # fmt: skip
    made(call(alone, "DELETE", f"/{site['siteId']}"), 200)
    made(alone.server.call("POST", "/api/cron/purge-logs", None, Person(alone.server, operator=True).by_session()), 200)
    assert sql(alone.server, "SELECT count(*) FROM site_check") == [(0,)]
    assert sql(alone.server, "SELECT site_id FROM site") == [(other["siteId"],)]


# ---- keys ----


def test_a_key_is_shown_once(world: World) -> None:
    """The answer that creates it has the key; no listing, and no file of the server, ever has it again."""
    site = new_site(world)
    before = version(world, site)
    key, raw = new_key(world, site, "  Web server ")
    assert re.fullmatch(r"bhf_site_[A-Za-z0-9_-]{43}", raw)
    assert list(key) == ["keyId", "siteId", "name", "keyPreview", "status", "lastUsedAt", "createdAt", "updatedAt"]
    assert re.fullmatch(r"sgk_[A-Za-z0-9_-]{16}", key["keyId"]) and key["siteId"] == site["siteId"]
    assert (key["name"], key["status"], key["lastUsedAt"]) == ("Web server", "active", None)
    assert key["keyPreview"] == raw[:16] + "..." + raw[-6:]
    assert version(world, site) == before + 1
    path = f"/{site['siteId']}"
    shown = [call(world, "GET", rest).text for rest in ("", path, path + "/keys", path + "/rules", path + "/logs")]
    shown.append(call(world, "DELETE", f"{path}/keys/{key['keyId']}").text)
    files = b"".join(file.read_bytes() for file in world.server.data_dir.iterdir() if file.is_file())
    assert key["keyId"].encode() in files and raw[9:].encode() not in files
    assert all(raw not in text and "hash" not in text.lower() for text in [*shown, world.server.log()])


def test_a_revoked_key_stays_in_sight(world: World) -> None:
    """Revoking answers with the key's record; a second time it is no longer there to revoke."""
    site = new_site(world)
    first, second = new_key(world, site)[0], new_key(world, site)[0]
    before = version(world, site)
    path = f"/{site['siteId']}/keys/{second['keyId']}"
    revoked = made(call(world, "DELETE", path), 200)["key"]
    assert revoked == {**second, "status": "revoked", "updatedAt": revoked["updatedAt"]}
    assert version(world, site) == before + 1
    assert error_of(call(world, "DELETE", path)) == NO_KEY
    assert made(call(world, "GET", f"/{site['siteId']}/keys"), 200) == {"keys": [first, revoked]}
    assert read(world, site)["keys"] == [first, revoked]


def test_a_site_has_twenty_active_keys(world: World) -> None:
    """The 21st active key is refused, and a revoked one does not count."""
    site = new_site(world)
    keys = [new_key(world, site, "n" * 120)[0] for _ in range(20)]
    path = f"/{site['siteId']}/keys"
    refused = call(world, "POST", path, {"name": "More"})
    assert error_of(refused) == (409, "A site can have 20 active keys or fewer.")
    made(call(world, "DELETE", f"{path}/{keys[7]['keyId']}"), 200)
    new_key(world, site)
    for body, text in (
        ({}, "name is required."),
        ({"name": ""}, "name is required."),
        ({"name": "x" * 121}, "name must be 120 characters or fewer."),
        ({"name": "x", "key": "y"}, "Unknown field: key."),
    ):
        assert error_of(call(world, "POST", path, body)) == (400, text)


# ---- the access log ----


def test_the_log_is_read_in_pages_newest_first(world: World) -> None:
    """The site shows the newest 25; the pages of the log follow each other without gap or repeat to the end."""
    site = new_site(world)
    for number in range(1, 31):
        log(world, site, number)
    assert [row["path"] for row in read(world, site)["logs"]] == [f"/{number}" for number in range(30, 5, -1)]
    path, seen = f"/{site['siteId']}/logs", []
    page = made(call(world, "GET", path + "?limit=12"), 200)
    while True:
        seen += [row["path"] for row in page["logs"]]
        assert page["pagination"]["limit"] == 12
        if page["pagination"]["nextBefore"] is None:
            break
        page = made(call(world, "GET", f"{path}?limit=12&before={page['pagination']['nextBefore']}"), 200)
    assert seen == [f"/{number}" for number in range(30, 0, -1)]
    whole = made(call(world, "GET", path), 200)
    assert whole["pagination"] == {"limit": 100, "nextBefore": None} and len(whole["logs"]) == 30


@pytest.mark.parametrize("limit", ["0", "101", "x", "", "-1", "1.5"])
def test_pages_of_the_log_have_limits(world: World, limit: str) -> None:
    """A limit outside 1 to 100, or a cursor that is no number, is refused rather than guessed."""
    site = new_site(world)
    path = f"/{site['siteId']}/logs"
    assert error_of(call(world, "GET", f"{path}?limit={limit}")) == (
        400, "limit must be a whole number from 1 to 100."
    )  # fmt: skip
    if limit not in ("101",):
        refused = (400, "before must be a whole number from 1 on.")
        assert error_of(call(world, "GET", f"{path}?before={limit}")) == refused
    assert call(world, "GET", f"{path}?limit=100").status_code == 200
    assert call(world, "GET", f"{path}?limit=1&before=1").json()["logs"] == []


def test_an_entry_of_the_log_shows_no_secret(world: World) -> None:
    """What a visitor sends passes the redactor, and an entry has its members and no others."""
    site = new_site(world)
    secret = "bhf_site_" + "a" * 43
    log(world, site, 1, path=f"/x/{secret}", user_agent=f"Bot (Bearer abc.def) {secret}", agent_identifier=secret)
    answer = call(world, "GET", f"/{site['siteId']}/logs")
    (row,) = answer.json()["logs"]
    assert list(row) == [
        "requestId", "siteId", "ruleId", "domain", "path", "userAgent", "agentIdentifier", "verifiedAgent", "allowed",
        "reason", "risk", "createdAt",
    ]  # fmt: skip
    assert "a" * 20 not in answer.text and "abc.def" not in answer.text
    assert row["path"] == "/x/bhf_site_[redacted]" and row["agentIdentifier"] == "bhf_site_[redacted]"
    assert (row["siteId"], row["ruleId"], row["domain"]) == (site["siteId"], "sgr_x", site["domain"])
    assert (row["allowed"], row["risk"]) == (True, "low")
    assert row["reason"] == "Path allowed by an active Site Guard rule."


def test_entries_older_than_they_may_be_are_not_shown(world: World) -> None:
    """What is past the server's retention is out of sight at once, whenever it is removed."""
    site = new_site(world)
    log(world, site, 1, now_ms() - 91 * DAY)
    log(world, site, 2, now_ms() - 89 * DAY)
    for path in (f"/{site['siteId']}", f"/{site['siteId']}/logs", f"/{site['siteId']}/logs?limit=1"):
        answer = made(call(world, "GET", path), 200)
        assert [row["path"] for row in answer["logs"]] == ["/2"]
        assert answer.get("pagination", {}).get("nextBefore") is None


def test_retention_removes_old_entries(alone: World) -> None:
    """Entries past the server's retention leave the database, however many; younger ones stay."""
    site, old, young = new_site(alone), now_ms() - 91 * DAY, now_ms() - 89 * DAY
    sql(
        alone.server,
        "INSERT INTO site_check SELECT s.id, n.value, 'req_' || n.value, NULL, s.domain, '/' || n.value, '', NULL,"
        " NULL, 0, 7, CASE WHEN n.value <= 2500 THEN ? ELSE ? END FROM site s, json_each(?) n WHERE s.site_id = ?",
        old, young, str(list(range(1, 2511))), site["siteId"],
    )  # fmt: skip
    operator = Person(alone.server, operator=True).by_session()
    assert made(alone.server.call("POST", "/api/cron/purge-logs", None, operator), 200)["removed"] == 2500
    assert sql(alone.server, "SELECT count(*), min(number) FROM site_check") == [(10, 2501)]


def test_what_a_check_did_is_in_the_log(world: World) -> None:
    """A check by the site's key is the log's newest entry, with what was asked and what came of it."""
    site = new_site(world)
    rule = new_rule(world, site, allowedPaths=["/docs/*"])
    _, raw = new_key(world, site)
    body = {"path": "/docs//a", "userAgent": "Agent/1", "agentIdentifier": "BOT"}
    answer = world.server.call("POST", "/api/site-guard/check", body, {"Authorization": f"Bearer {raw}"})
    assert answer.status_code == 200 and answer.json()["allowed"] is True, answer.text
    shown = read(world, site)
    (row,) = shown["logs"]
    assert (row["requestId"], row["ruleId"]) == (answer.json()["requestId"], rule["ruleId"])
    assert (row["path"], row["userAgent"], row["agentIdentifier"]) == ("/docs/a", "Agent/1", "BOT")
    assert (row["allowed"], row["risk"], row["domain"]) == (True, "low", site["domain"])


@pytest.mark.parametrize("change", ["rule", "rule deleted", "site", "key", "site deleted"])
def test_a_change_counts_from_the_next_check_on(world: World, change: str) -> None:
    """Once a change is acknowledged, the next check goes by it, though the site's rules are in memory."""
    site = new_site(world)
    rule, (key, raw) = new_rule(world, site, allowedPaths=["/*"]), new_key(world, site)
    body = {"path": "/a", "userAgent": "Agent/1", "agentIdentifier": "bot"}
    headers = {"Authorization": f"Bearer {raw}"}
    path = f"/{site['siteId']}"
    for _ in range(3):
        assert world.server.call("POST", "/api/site-guard/check", body, headers).json()["allowed"] is True
    calls: dict[str, tuple[str, str, Any]] = {
        "rule": ("PATCH", f"{path}/rules/{rule['ruleId']}", {"status": "disabled"}),
        "rule deleted": ("DELETE", f"{path}/rules/{rule['ruleId']}", None),
        "site": ("PATCH", path, {"status": "disabled"}),
        "key": ("DELETE", f"{path}/keys/{key['keyId']}", None),
        "site deleted": ("DELETE", path, None),
    }
    made(call(world, *calls[change]), 200)
    answer = world.server.call("POST", "/api/site-guard/check", body, headers)
    if change in ("key", "site deleted"):
        texts = {"key": "Site Guard key has been revoked.", "site deleted": "Invalid Site Guard key."}
        assert error_of(answer) == (401, texts[change])
    else:
        reason = "Site is disabled." if change == "site" else "No matching active Site Guard rule."
        assert (answer.json()["allowed"], answer.json()["reason"]) == (False, reason)


# ---- who ----


def test_things_of_another_account_do_not_exist(world: World) -> None:
    """Another account's site, its rules and keys are 404 for every call, by their right ids too."""
    mine, theirs = new_site(world), new_site(world, world.foreign_token)
    rule, (key, _) = new_rule(world, mine), new_key(world, mine)
    paths = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/logs"), ("GET", "/rules"), ("POST", "/rules"),
             ("PATCH", f"/rules/{rule['ruleId']}"), ("DELETE", f"/rules/{rule['ruleId']}"), ("GET", "/keys"),
             ("POST", "/keys"), ("DELETE", f"/keys/{key['keyId']}")]  # fmt: skip
    for method, path in paths:
        body = None if method in ("GET", "DELETE") else rule_body() if path == "/rules" else {"name": "Stolen"}
        assert error_of(call(world, method, f"/{mine['siteId']}{path}", body, world.foreign_token)) == NO_SITE
    own = f"/{theirs['siteId']}"
    for path, refusal in ((f"/rules/{rule['ruleId']}", NO_RULE), (f"/keys/{key['keyId']}", NO_KEY)):
        assert error_of(call(world, "DELETE", own + path, None, world.foreign_token)) == refusal
    changed = call(world, "PATCH", f"{own}/rules/{rule['ruleId']}", {"name": "Stolen"}, world.foreign_token)
    assert error_of(changed) == NO_RULE
    shown = read(world, mine)
    assert (shown["site"], shown["rules"], shown["keys"]) == (mine, [rule], [key])
    assert mine["siteId"] not in call(world, "GET", "", None, world.foreign_token).text


@pytest.mark.parametrize("role, may_change", [("viewer", False), ("approver", False), ("admin", True), ("owner", True)])
def test_every_member_looks_and_admins_change(world: World, role: str, may_change: bool) -> None:
    """Owners and admins change sites; the others see them and hear why they may not."""
    person = Person(Account(world.server, first=True), role)
    site = new_site(world)
    assert person.get(f"{SITES}/{site['siteId']}")["site"] == site
    answer = person.call("PATCH", f"{SITES}/{site['siteId']}", {"name": "By " + role})
    assert answer.status_code == (200 if may_change else 403)
    assert read(world, site)["site"]["name"] == ("By " + role if may_change else "Site")
