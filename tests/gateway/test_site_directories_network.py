# SPDX-License-Identifier: Apache-2.0
"""Key directories that the server fetches by itself: what it asks for, what it takes, and what it never follows."""

import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from api_support import sql
from bot_signature import Bot, Target
from gateway_support import Gateway
from pages import page, redirect
from resolver import addresses
from webhook_calls import wait_until
from world import Handler, Site, World

KIND = "application/http-message-signatures-directory+json"
PATH = "/.well-known/http-message-signatures-directory"
NAMES = iter(range(1_000_000))


class Guarded:
    """A guarded site of the gateway's server that lets verified visitors through."""

    def __init__(self, gateway: Gateway) -> None:
        self.server = gateway.server
        self.domain = f"guarded{next(NAMES)}.example"
        self.path = "/api/dashboard/sites"
        self.path += "/" + self.post("", {"name": "Guarded", "domain": self.domain})["site"]["siteId"]
        self.post("/rules", {"name": "Signed", "verifiedAgent": True, "allowedPaths": ["/*"]})
        self.key: str = self.post("/keys", {"name": "Key"})["rawKey"]

    def post(self, path: str, body: Any = None, status: int = 201) -> dict[str, Any]:
        """Something that must succeed."""
        answer = self.server.call("POST", self.path + path, body, self.server.as_developer())
        assert answer.status_code == status, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def directory(self) -> dict[str, Any]:
        """The one that it trusts, as it is now."""
        answer = self.server.call("GET", self.path + "/directories", None, self.server.as_developer())
        (directory,) = answer.json()["directories"]
        shown: dict[str, Any] = directory
        return shown

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
    made.server.call("DELETE", made.path, None, made.server.as_developer())


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
