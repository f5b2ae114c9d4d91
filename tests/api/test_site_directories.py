# SPDX-License-Identifier: Apache-2.0
"""Key directories of guarded sites: who is verified by which keys, and what a directory that cannot be read leaves."""

import copy
import json
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

import pytest
import requests

from api_support import error_of, now_ms, other_account, sql
from bot_signature import Bot, Target
from harness import Server
from webhook_calls import wait_until

SITES = "/api/dashboard/sites"
BAD_URL = (400, "url must be an https address without path, query or fragment.")
BAD_KEYS = (400, "keys must be a JWK set with 1 to 16 Ed25519 keys.")
NOT_FOUND = (404, "Directory not found.")
NO_SITE = (404, "Site not found.")
# A public address, which the server of these tests refuses to connect to.
UNREACHED = "https://93.184.216.34"
REFUSED = ("--refused-networks", "93.184.216.0/24")
NOT_REACHED = "Gateway URL resolves to a non-public address."
BAD_HOST = (400, "url must have a public host, since its keys are fetched.")
BAD_PORT = (400, "url must have a port that keys are fetched from: 443, 80 or a gateway port.")
FULL_ACCOUNT = (409, "The sites of an account can trust 500 directories or fewer.")
TOO_MANY_ASKED = (429, "10 directories of this account wait to be fetched.")
DOMAINS = iter(range(1_000_000))


class Site:
    """A site with a key and one rule: visitors whom some directory verifies may have everything."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.domain = f"shop-{next(DOMAINS)}.example"
        made = self.call("POST", "", {"name": "Shop", "domain": self.domain}, whole=True)
        self.site_id: str = made.json()["site"]["siteId"]
        rule = {"name": "Signed", "verifiedAgent": True, "allowedPaths": ["/*"]}
        assert self.call("POST", "/rules", rule).status_code == 201
        self.key: str = self.call("POST", "/keys", {"name": "Key"}).json()["rawKey"]

    def call(
        self, method: str, path: str, body: Any = None, token: Optional[str] = None, whole: bool = False
    ) -> requests.Response:
        """One call below the site, or below all of them."""
        prefix = SITES if whole else f"{SITES}/{self.site_id}"
        return self.server.call(method, prefix + path, body, self.server.as_developer(token))

    def add(self, url: str, keys: Any = None) -> dict[str, Any]:
        """A directory that must be accepted."""
        answer = self.call("POST", "/directories", {"url": url, "keys": keys})
        assert answer.status_code == 201, answer.text
        directory: dict[str, Any] = answer.json()["directory"]
        return directory

    def directories(self) -> list[dict[str, Any]]:
        """All of them."""
        listed: list[dict[str, Any]] = self.call("GET", "/directories").json()["directories"]
        return listed

    def refuse(self, body: Any) -> tuple[int, str]:
        """Why a directory is not accepted."""
        return error_of(self.call("POST", "/directories", body))

    def check(self, bot: Bot) -> dict[str, Any]:
        """What a visit that the bot has signed is answered."""
        target = Target(authority=self.domain)
        body = {"path": target.path, "method": target.method, "scheme": "https", "authority": self.domain}
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.server.call("POST", "/api/site-guard/check", {**body, "headers": bot.headers(target)}, headers)
        assert answer.status_code == 200, answer.text
        decision: dict[str, Any] = answer.json()
        return decision


class World(NamedTuple):
    """A server and two bots."""

    server: Server
    bot: Bot
    other: Bot


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server of this file."""
    folder: Path = tmp_path_factory.mktemp("directories")
    with Server(folder / "data", *REFUSED) as server:
        yield World(server, Bot(folder / "bot"), Bot(folder / "other", "https://other.example"))


def test_pinned_keys_verify(world: World) -> None:
    """The keys that the owner gives verify the bot from the next check on, until the directory is deleted."""
    site = Site(world.server)
    assert site.check(world.bot)["signatureError"] == "The site does not trust the directory of the signature."
    directory = site.add("HTTPS://Bot.Example:443/", world.bot.key_set())
    assert (directory["url"], directory["pinned"], directory["error"]) == (world.bot.url, True, None)
    assert directory["keys"] == [{"kid": world.bot.kid, "x": world.bot.jwk["x"]}]
    assert directory["fetchedAt"] == directory["createdAt"]
    assert site.directories() == [directory]
    decision = site.check(world.bot)
    assert (decision["allowed"], decision["verifiedAgent"]) == (True, world.bot.url)
    assert site.check(world.other)["allowed"] is False
    deleted = site.call("DELETE", f"/directories/{directory['directoryId']}")
    assert (deleted.status_code, deleted.json()) == (200, {"deleted": True})
    assert site.check(world.bot)["allowed"] is False
    assert site.directories() == []


def test_sites_trust_apart(world: World) -> None:
    """What one site trusts counts for no other."""
    site, stranger = Site(world.server), Site(world.server)
    site.add(world.bot.url, world.bot.key_set())
    assert site.check(world.bot)["allowed"] is True
    assert stranger.check(world.bot)["allowed"] is False
    stranger.add(world.other.url, world.bot.key_set())
    assert stranger.check(world.bot)["signatureError"] == "The site does not trust the directory of the signature."


@pytest.mark.parametrize(
    "url",
    [None, 1, "", "bot.example", "http://bot.example", "https://bot.example/keys", "https://bot.example?a",
     "https://bot.example#a", "https://me@bot.example", "https://bot..example", "https://bot.example:0"],
)  # fmt: skip
def test_urls(world: World, url: Any) -> None:
    """Only the https address of an origin is accepted."""
    assert Site(world.server).refuse({"url": url, "keys": world.bot.key_set()}) == BAD_URL


@pytest.mark.parametrize(
    ("url", "refusal"),
    [("https://localhost", BAD_HOST), ("https://127.0.0.1", BAD_HOST), ("https://192.168.0.7", BAD_HOST),
     ("https://bot.example", BAD_HOST), ("https://bot", BAD_HOST), ("https://93.184.216.34:22", BAD_PORT)],
)  # fmt: skip
def test_urls_that_cannot_be_fetched(world: World, url: str, refusal: tuple[int, str]) -> None:
    """An address that the server could never read is refused at once, unless its keys are given."""
    site = Site(world.server)
    assert site.refuse({"url": url}) == refusal
    assert site.refuse({"url": url, "keys": None}) == refusal
    assert site.directories() == []
    assert site.add(url, world.bot.key_set())["pinned"] is True


def test_key_sets(world: World) -> None:
    """Given keys must be a JWK set of 1 to 16 Ed25519 keys, without secret parts."""
    site = Site(world.server)
    jwk = world.bot.key_set()["keys"][0]
    keys = [{**jwk, "x": jwk["x"][:-2] + f"{letter}{last}"} for letter in "ABCDEFGHI" for last in "AE"]
    bad: list[Any] = ["", 1, [], [jwk], {}, {"keys": {}}, {"keys": []}, {"keys": [{**jwk, "kty": "RSA"}]}]
    bad += [{"keys": [{**jwk, "d": jwk["x"]}]}, {"keys": [{**jwk, "x": "AAAA"}]}, {"keys": keys[:17]}]
    for keys_given in bad:
        assert site.refuse({"url": world.bot.url, "keys": keys_given}) == BAD_KEYS, keys_given
    assert len(site.add(world.bot.url, {"keys": keys[:16]})["keys"]) == 16


def test_kid_is_computed(world: World) -> None:
    """A set cannot give a key the name of another: kid is the key's thumbprint, whatever the set says."""
    site = Site(world.server)
    lying = {"keys": [{**world.other.jwk, "kid": world.bot.kid}]}
    assert site.add(world.bot.url, lying)["keys"][0]["kid"] == world.other.kid
    assert site.check(world.bot)["signatureError"] == "The directory does not have the key of the signature."


def test_other_refusals(world: World) -> None:
    """Unknown fields, a directory twice, unknown ids and other accounts' sites are refused as what they are."""
    site = Site(world.server)
    status, text = site.refuse({"url": world.bot.url, "name": "x"})
    assert status == 400 and "name" in text
    directory = site.add(world.bot.url, world.bot.key_set())
    path = f"/directories/{directory['directoryId']}"
    assert site.refuse({"url": world.bot.url, "keys": world.bot.key_set()}) == (
        409,
        "The site trusts this directory already.",
    )
    refresh = error_of(site.call("POST", path + "/refresh"))
    assert refresh == (409, "The keys of this directory were given by you and are not fetched.")
    for method, unknown in (("DELETE", "/directories/sgd_x"), ("POST", "/directories/sgd_x/refresh")):
        assert error_of(site.call(method, unknown)) == NOT_FOUND
        assert (
            error_of(Site(world.server).call(method, unknown.replace("sgd_x", directory["directoryId"]))) == NOT_FOUND
        )
    foreign = other_account(world.server)
    for method, there in (("GET", "/directories"), ("DELETE", path), ("POST", path + "/refresh")):
        assert error_of(site.call(method, there, token=foreign)) == NO_SITE
    body = {"url": "https://new.example", "keys": world.bot.key_set()}
    assert error_of(site.call("POST", "/directories", body, token=foreign)) == NO_SITE


def test_limit(world: World) -> None:
    """A site can trust 20 directories, and one more after one was deleted."""
    site = Site(world.server)
    made = [site.add(f"https://bot{number}.example", world.bot.key_set()) for number in range(20)]
    full = (409, "A site can trust 20 directories or fewer.")
    assert site.refuse({"url": "https://more.example", "keys": world.bot.key_set()}) == full
    assert site.call("DELETE", f"/directories/{made[7]['directoryId']}").status_code == 200
    site.add("https://more.example", world.bot.key_set())
    assert len(site.directories()) == 20


def fill(site: Site, count: int) -> None:
    """As if the site trusted so many directories whose keys are fetched, none of which is due."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    sql(
        site.server,
        numbers + " INSERT INTO site_directory (directory_id, site, url, is_pinned, keys, fetched_at, attempted_at,"
        " next_at, created_at, updated_at) SELECT 'sgd_' || hex(randomblob(8)), s.id, ? || n.i, 0, '[]', 0, 0, ?, 1, 1"
        " FROM n, site s WHERE s.site_id = ?",
        count, UNREACHED + ":", now_ms() + 3_000_000, site.site_id,
    )  # fmt: skip


def test_limit_of_an_account(tmp_path: Path) -> None:
    """The sites of an account can trust 500 directories together, and one more after one was deleted."""
    with Server(tmp_path / "data", *REFUSED) as server:
        bot, site = Bot(tmp_path), Site(server)
        fill(Site(server), 499)
        last = site.add(bot.url, bot.key_set())
        more = {"url": "https://more.example", "keys": bot.key_set()}
        assert site.refuse(more) == FULL_ACCOUNT
        assert site.call("DELETE", f"/directories/{last['directoryId']}").status_code == 200
        assert site.call("POST", "/directories", more).status_code == 201


def test_limit_of_refreshes(tmp_path: Path) -> None:
    """An account can wait for 10 directories at once, for each as often as it likes; more may come later."""
    with Server(tmp_path / "data", *REFUSED) as server:
        site = Site(server)
        fill(site, 11)
        # Attempted just now, by a clock a little ahead: none is fetched before the test is over.
        sql(server, "CREATE TRIGGER later AFTER UPDATE OF is_asked ON site_directory WHEN NEW.is_asked = 1 BEGIN"
            " UPDATE site_directory SET next_at = next_at + 600000 WHERE id = NEW.id; END")  # fmt: skip
        ids = [directory["directoryId"] for directory in site.directories()]
        for asked in ids[:10] + ids[:2]:
            assert site.call("POST", f"/directories/{asked}/refresh").status_code == 202
        refused = site.call("POST", f"/directories/{ids[10]}/refresh")
        assert error_of(refused) == TOO_MANY_ASKED
        assert int(refused.headers["Retry-After"]) > 0
        sql(server, "UPDATE site_directory SET is_asked = 0 WHERE directory_id = ?", ids[3])
        assert site.call("POST", f"/directories/{ids[10]}/refresh").status_code == 202


def test_refresh_in_the_pause_is_kept(world: World) -> None:
    """A refresh that comes too soon after an attempt is made when the pause is over."""
    site = Site(world.server)
    directory = site.add(UNREACHED)
    wait_until(lambda: attempted(site))
    before = attempted(site)
    assert site.call("POST", f"/directories/{directory['directoryId']}/refresh").status_code == 202
    wait_until(lambda: attempted(site) != before)


def test_failures_make_attempts_rare(world: World) -> None:
    """After a first failure the next attempt comes in a minute, after a second one in two, after a third in four."""
    site = Site(world.server)
    directory_id = site.add(UNREACHED)["directoryId"]
    query = "SELECT next_at - attempted_at FROM site_directory WHERE directory_id = ? AND failures = ?"
    for failures, minutes in ((1, 1), (2, 2), (3, 4)):
        wait_until(lambda: sql(world.server, query, directory_id, failures))
        assert sql(world.server, query, directory_id, failures) == [(minutes * 60_000,)]
        sql(world.server, "UPDATE site_directory SET attempted_at = 1 WHERE directory_id = ?", directory_id)
        assert site.call("POST", f"/directories/{directory_id}/refresh").status_code == 202


def attempted(site: Site) -> Optional[str]:
    """When the site's one directory was last fetched or not."""
    at: Optional[str] = site.directories()[0]["attemptedAt"]
    return at


def test_failed_fetch_is_told(world: World) -> None:
    """Without keys they are fetched at once; why that failed stands in the directory, and no key does."""
    site = Site(world.server)
    directory = site.add(UNREACHED)
    assert (directory["pinned"], directory["keys"], directory["fetchedAt"]) == (False, [], None)
    wait_until(lambda: attempted(site))
    shown = site.directories()[0]
    assert (shown["error"], shown["keys"], shown["fetchedAt"]) == (NOT_REACHED, [], None)
    listed = site.call("GET", "").json()["directories"]
    assert listed == [shown]


def test_failed_refresh_keeps_the_keys(world: World) -> None:
    """A directory that cannot be read any more keeps the keys that it had, and these go on verifying."""
    site = Site(world.server)
    directory = site.add(world.bot.url, world.bot.key_set())
    # As if the keys had come from a directory that has since moved to where it cannot be read.
    sql(
        world.server,
        "UPDATE site_directory SET is_pinned = 0, url = ?, attempted_at = created_at - 60000 WHERE directory_id = ?",
        UNREACHED, directory["directoryId"],
    )  # fmt: skip
    before = attempted(site)
    refresh = site.call("POST", f"/directories/{directory['directoryId']}/refresh")
    assert refresh.status_code == 202
    assert refresh.json()["directory"]["directoryId"] == directory["directoryId"]
    wait_until(lambda: attempted(site) != before)
    shown = site.directories()[0]
    assert shown["error"] == NOT_REACHED
    assert (shown["keys"], shown["fetchedAt"]) == (directory["keys"], directory["fetchedAt"])
    moved = copy.copy(world.bot)
    moved.url = UNREACHED
    assert site.check(moved)["allowed"] is True


def test_nothing_secret(world: World) -> None:
    """Lists show kid and x of each key, and no internal ids."""
    site = Site(world.server)
    site.add(world.bot.url, world.bot.key_set())
    fields = {"directoryId", "siteId", "url", "pinned", "keys", "fetchedAt", "attemptedAt", "error", "createdAt"}
    (shown,) = site.directories()
    assert set(shown) == fields | {"updatedAt"}
    assert '"d"' not in json.dumps(shown)
