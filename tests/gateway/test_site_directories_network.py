# SPDX-License-Identifier: Apache-2.0
"""Key directories that the server fetches by itself: what it asks for, what it takes, and what it never follows."""

import json
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest

from api_support import other_account, sql
from bot_signature import Bot, Target
from gateway_support import Gateway
from pages import mute, page, redirect
from resolver import addresses
from webhook_calls import wait_until
from world import Handler, Line, Site, World

KIND = "application/http-message-signatures-directory+json"
PATH = "/.well-known/http-message-signatures-directory"
NAMES = iter(range(1_000_000))


class Guarded:
    """A guarded site of the gateway's server that lets verified visitors through."""

    def __init__(self, gateway: Gateway, token: Optional[str] = None) -> None:
        self.server = gateway.server
        self.token = token
        self.domain = f"guarded{next(NAMES)}.example"
        self.path = "/api/dashboard/sites"
        self.path += "/" + self.post("", {"name": "Guarded", "domain": self.domain})["site"]["siteId"]
        self.post("/rules", {"name": "Signed", "verifiedAgent": True, "allowedPaths": ["/*"]})
        self.key: str = self.post("/keys", {"name": "Key"})["rawKey"]

    def post(self, path: str, body: Any = None, status: int = 201) -> dict[str, Any]:
        """Something that must succeed."""
        answer = self.server.call("POST", self.path + path, body, self.server.as_developer(self.token))
        assert answer.status_code == status, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def directory(self) -> dict[str, Any]:
        """The one that it trusts, as it is now."""
        answer = self.server.call("GET", self.path + "/directories", None, self.server.as_developer(self.token))
        (directory,) = answer.json()["directories"]
        shown: dict[str, Any] = directory
        return shown

    def delete(self, path: str = "") -> None:
        """Deletes the site, or something of it."""
        answer = self.server.call("DELETE", self.path + path, None, self.server.as_developer(self.token))
        assert answer.status_code == 200, answer.text

    def trust(self, url: str) -> dict[str, Any]:
        """The directory after the first attempt at it."""
        self.post("/directories", {"url": url})
        wait_until(lambda: self.directory()["attemptedAt"])
        return self.directory()

    def refresh(self) -> dict[str, Any]:
        """The directory after one more attempt, which comes at once although one was made just now."""
        before = self.directory()
        sql(
            self.server,
            "UPDATE site_directory SET attempted_at = attempted_at - 60000 WHERE directory_id = ?",
            before["directoryId"],
        )
        before = self.directory()
        self.post(f"/directories/{before['directoryId']}/refresh", status=202)
        wait_until(lambda: self.directory()["attemptedAt"] != before["attemptedAt"])
        return self.directory()

    def lets_in(self, bot: Bot) -> bool:
        """Whether a visit that the bot has signed is allowed."""
        target = Target(authority=self.domain)
        body = {"path": target.path, "method": "GET", "scheme": "https", "headers": bot.headers(target)}
        answer = self.server.call("POST", "/api/site-guard/check", body, {"Authorization": f"Bearer {self.key}"})
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["allowed"])


@pytest.fixture()
def guarded(gateway: Gateway) -> Iterator[Guarded]:
    """A site whose directories end with the test, so that nobody comes back to them."""
    made = Guarded(gateway)
    yield made
    made.delete()


def serve(world: World, bot: Bot, handler: Handler) -> Site:
    """The bot's directory as a web site."""
    site = world.site(handler)
    bot.url = site.url("", "https")
    return site


def keys_page(*bots: Bot) -> Handler:
    """The document with the keys of all of them."""
    document = {"keys": [key for bot in bots for key in bot.key_set()["keys"]]}
    return page(json.dumps(document).encode(), KIND)


def test_keys_are_fetched(guarded: Guarded, world: World, tmp_path: Path) -> None:
    """A new directory is read at once, from its well-known address, and its keys verify."""
    bot = Bot(tmp_path)
    site = serve(world, bot, page())
    site.handler = keys_page(bot)
    directory = guarded.trust(bot.url)
    assert (directory["error"], directory["pinned"]) == (None, False)
    assert [key["kid"] for key in directory["keys"]] == [bot.kid]
    assert directory["fetchedAt"] == directory["attemptedAt"]
    assert [request.line for request in site.requests] == [f"GET {PATH} HTTP/1.1"]
    assert site.requests[0].port == 443
    assert guarded.lets_in(bot)


def test_keys_are_replaced_and_kept(guarded: Guarded, world: World, tmp_path: Path) -> None:
    """A refresh takes the new keys in place of the old; one that fails takes nothing away."""
    old, new = Bot(tmp_path / "old"), Bot(tmp_path / "new")
    site = serve(world, old, page())
    new.url = old.url
    site.handler = keys_page(old)
    first = guarded.trust(old.url)
    site.handler = keys_page(old, new)
    guarded.refresh()
    assert guarded.lets_in(old) and guarded.lets_in(new)
    site.handler = keys_page(new)
    second = guarded.refresh()
    assert not guarded.lets_in(old) and guarded.lets_in(new)
    assert second["fetchedAt"] > first["fetchedAt"]
    site.handler = page(b"gone", status="503 Service Unavailable")
    third = guarded.refresh()
    assert third["error"] == "The directory answered with status 503."
    assert (third["keys"], third["fetchedAt"]) == (second["keys"], second["fetchedAt"])
    assert guarded.lets_in(new)


def test_bad_documents(guarded: Guarded, world: World, tmp_path: Path) -> None:
    """What is no key directory leaves no key, and says why."""
    bot = Bot(tmp_path)
    document = json.dumps(bot.key_set()).encode()
    site = serve(world, bot, page(document, "text/html"))
    long = document[:-1] + b' ,"more":"' + b"x" * 65536 + b'"}'
    no_key = "The directory has no Ed25519 key that could be used."
    assert guarded.trust(bot.url)["error"] == "The directory's media type is not JSON."
    for handler, error in (
        (page(document, KIND, status="404 Not Found"), "The directory answered with status 404."),
        (page(b"[]", KIND), no_key),
        (page(b'{"keys":[]}', KIND), no_key),
        (page(b'{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}', KIND), no_key),
        (page(b"{", KIND), no_key),
        (page(long, KIND), "The directory is longer than 64 KB."),
    ):
        site.handler = handler
        directory = guarded.refresh()
        assert (directory["error"], directory["keys"], directory["fetchedAt"]) == (error, [], None)
    assert not guarded.lets_in(bot)


def test_redirects_are_not_taken(guarded: Guarded, world: World, tmp_path: Path) -> None:
    """A directory that sends the reader elsewhere is not read, wherever that leads."""
    bot = Bot(tmp_path)
    site = serve(world, bot, page())
    elsewhere = world.site(keys_page(bot))
    site.handler = redirect(elsewhere.url(PATH, "https"))
    assert guarded.trust(bot.url)["error"] == "The directory redirects, which a directory must not."
    assert guarded.directory()["keys"] == []
    assert not guarded.lets_in(bot)


def test_private_addresses_are_not_reached(guarded: Guarded, world: World) -> None:
    """A directory on an address of a private network is not connected to."""
    site = world.site(page(), dns=addresses("10.0.0.7"))
    directory = guarded.trust(site.url("", "https"))
    assert directory["error"] == "Gateway URL resolves to a non-public address."
    assert not site.requests


def test_bad_certificates(guarded: Guarded, world: World, tmp_path: Path) -> None:
    """Keys come over TLS that is good for the directory's name, or not at all."""
    bot = Bot(tmp_path)
    site = world.site(keys_page(bot), certificate="other-name")
    directory = guarded.trust(site.url("", "https"))
    assert (directory["error"], directory["keys"]) == ("Gateway fetch failed.", [])
    assert not site.requests


def held(gate: threading.Event, then: Handler) -> Handler:
    """The same, once the gate is open, or just before the server gives up."""

    def handler(line: Line) -> None:
        gate.wait(4)
        then(line)

    return handler


def test_an_outcome_reaches_its_own_directory_alone(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """The keys of a directory that is deleted while they are fetched get into no other, also when that one has the
    number of the deleted one in the database."""
    one, other = Guarded(gateway), Guarded(gateway, other_account(gateway.server))
    evil, good = Bot(tmp_path / "evil"), Bot(tmp_path / "good", "https://trusted.sites.com")
    gate = threading.Event()
    site = serve(world, evil, page())
    site.handler = held(gate, keys_page(evil))
    made = one.post("/directories", {"url": evil.url})["directory"]["directoryId"]
    number = "SELECT id FROM site_directory WHERE directory_id = ?"
    numbers = sql(one.server, number, made)
    wait_until(lambda: site.requests)
    one.delete(f"/directories/{made}")
    before = other.post("/directories", {"url": good.url, "keys": good.key_set()})["directory"]
    assert sql(one.server, number, before["directoryId"]) == numbers
    gate.set()
    # A fetch that is begun later has ended, so the first one has.
    after = Bot(tmp_path / "after")
    serve(world, after, keys_page(after))
    one.trust(after.url)
    assert other.directory() == before
    evil.url = good.url
    assert other.lets_in(good) and not other.lets_in(evil)
    one.delete()
    other.delete()


def test_slow_directories_delay_nobody_else(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """However many directories of one account do not answer and are asked for again, another account's is read, and
    most places stay free for others."""
    slow, quick = Guarded(gateway), Guarded(gateway, other_account(gateway.server))
    bots = [Bot(tmp_path / str(number)) for number in range(10)]
    sites = [serve(world, bot, mute) for bot in bots]
    made = [slow.post("/directories", {"url": bot.url})["directory"]["directoryId"] for bot in bots]
    for directory in made:
        slow.post(f"/directories/{directory}/refresh", status=202)
    wait_until(lambda: any(site.requests for site in sites))
    good = Bot(tmp_path / "good")
    serve(world, good, keys_page(good))
    assert quick.trust(good.url)["error"] is None
    assert sum(len(site.requests) for site in sites) < 8
    slow.delete()
    quick.delete()


@pytest.mark.parametrize(("refused", "requests"), [("UPDATE", 0), ("UPDATE OF keys", 1)])
def test_what_cannot_be_recorded_is_not_fetched_again_and_again(
    start_gateway: Callable[..., Gateway], world: World, tmp_path: Path, refused: str, requests: int
) -> None:
    """While the database takes no outcome, a directory is not fetched each second, and new ones make no haste; once it
    does, it is."""
    gateway = start_gateway()
    guarded, more = Guarded(gateway), Guarded(gateway)
    bot = Bot(tmp_path)
    site = serve(world, bot, page())
    site.handler = keys_page(bot)
    broken = f"CREATE TRIGGER broken BEFORE {refused} ON site_directory BEGIN SELECT RAISE(ABORT, 'broken'); END"
    sql(guarded.server, broken)
    directory = guarded.post("/directories", {"url": bot.url})["directory"]["directoryId"]
    for _ in range(8):
        more.post("/directories", {"url": world.site(page()).url("", "https")})
    time.sleep(4)
    assert len(site.requests) == requests
    assert 0 < guarded.server.log().count("key directories will be read later") < 6
    sql(guarded.server, "DROP TRIGGER broken")
    guarded.post(f"/directories/{directory}/refresh", status=202)
    wait_until(lambda: guarded.directory()["keys"])


def test_a_stop_is_no_failure(start_gateway: Callable[..., Gateway], world: World, tmp_path: Path) -> None:
    """What is cut off because the server stops is recorded as nothing, and the server comes back to it soon."""
    gateway = start_gateway()
    guarded = Guarded(gateway)
    bot = Bot(tmp_path)
    site = serve(world, bot, mute)
    guarded.post("/directories", {"url": bot.url})
    wait_until(lambda: site.requests)
    gateway.server.stop()
    query = "SELECT attempted_at, error, failures, next_at - created_at FROM site_directory"
    ((attempted_at, error, failures, wait_ms),) = sql(gateway.server, query)
    assert (attempted_at, error, failures) == (0, None, 0)
    assert wait_ms < 120_000
    assert "key director" not in gateway.server.log()
    sql(gateway.server, "UPDATE site_directory SET next_at = next_at - 60000")
    site.handler = keys_page(bot)
    gateway.server.start()
    wait_until(lambda: guarded.directory()["keys"])
    assert guarded.directory()["error"] is None


def test_a_refresh_in_the_pause_is_kept(guarded: Guarded, world: World, tmp_path: Path) -> None:
    """A refresh that comes just after an attempt is made once the pause is over, and takes the new keys."""
    old, new = Bot(tmp_path / "old"), Bot(tmp_path / "new")
    site = serve(world, old, page())
    new.url = old.url
    site.handler = keys_page(old)
    made = guarded.trust(old.url)
    site.handler = keys_page(new)
    guarded.post(f"/directories/{made['directoryId']}/refresh", status=202)
    wait_until(lambda: guarded.lets_in(new))
    assert len(site.requests) == 2


def test_who_asks_during_a_fetch_is_not_forgotten(guarded: Guarded, world: World, tmp_path: Path) -> None:
    """A refresh that comes while the directory is read leads to another one, since the answer may be the old one."""
    old, new = Bot(tmp_path / "old"), Bot(tmp_path / "new")
    gate = threading.Event()
    site = serve(world, old, page())
    new.url = old.url
    site.handler = held(gate, keys_page(old))
    made = guarded.post("/directories", {"url": old.url})["directory"]
    wait_until(lambda: site.requests)
    guarded.post(f"/directories/{made['directoryId']}/refresh", status=202)
    site.handler = keys_page(new)
    gate.set()
    wait_until(lambda: guarded.lets_in(new))
    assert len(site.requests) == 2
