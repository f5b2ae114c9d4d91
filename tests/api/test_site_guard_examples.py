# SPDX-License-Identifier: Apache-2.0
"""The examples for guarded sites, with a real Express and a real nginx, let through what the guard allows alone."""

import http.client
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

import pytest

from bot_signature import Bot, Target
from harness import ROOT, Server, free_port
from receiver import Receiver, Reply
from sdk_packages import installed_example
from webhook_calls import wait_until

DOMAIN = "shop.example"
BOT_AGENT = "DocsBot/1.0"
JSON = ("Content-Type: application/json",)


class Answer(NamedTuple):
    """What a visitor gets."""

    status: int
    body: str


class Front:
    """A guarded site that somebody can visit."""

    def __init__(self, folder: Path, guard_port: int, key: str) -> None:
        self.folder, self.guard_port, self.key = folder, guard_port, key
        self.port = free_port()
        self.process: Optional[subprocess.Popen[bytes]] = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Each kind in its own way."""
        raise NotImplementedError

    def run(self, words: list[str], env: Optional[dict[str, str]] = None) -> None:
        """Starts it, and waits until it accepts connections."""
        with open(self.folder / "log", "wb") as out:
            self.process = subprocess.Popen(
                words, cwd=self.folder, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}
            )
        wait_until(self.accepts)

    def accepts(self) -> bool:
        """Whether it accepts connections."""
        assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=5).connect()
        except OSError:
            return False
        return True

    def visit(self, target: str, headers: Optional[dict[str, str]] = None, method: str = "GET") -> Answer:
        """One request whose target is sent as it stands."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": DOMAIN, "User-Agent": BOT_AGENT, **(headers or {})}.items():
                line.putheader(name, value)
            line.endheaders()
            answer = line.getresponse()
            return Answer(answer.status, answer.read().decode())
        finally:
            line.close()

    def status(self, target: str, headers: Optional[dict[str, str]] = None, method: str = "GET") -> int:
        """Of such a request."""
        return self.visit(target, headers, method).status

    def close(self) -> None:
        """Ends it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


class Express(Front):
    """The example's middleware before a site that would serve everything."""

    def start(self) -> None:
        """As the example has it."""
        url = f"http://127.0.0.1:{self.guard_port}"
        env = {"BEHALFID_BASE_URL": url, "BEHALFID_SITE_KEY": self.key, "PORT": str(self.port)}
        self.run(["node", str(installed_example("site-guard-express") / "app.mjs")], env)


class Nginx(Front):
    """nginx with the example's configuration before a site that answers everything."""

    def start(self) -> None:
        """In the foreground, with all its files in a folder of its own."""
        self.site = Receiver()
        config = (ROOT / "examples" / "site-guard-nginx" / "nginx.conf").read_text()
        changes = {
            "127.0.0.1:8420": f"127.0.0.1:{self.guard_port}",
            "127.0.0.1:3000": f"127.0.0.1:{self.site.port}",
            "listen 8080": f"listen 127.0.0.1:{self.port}",
            "http {\n": f"http {{\n{self.folders()}",
        }
        for old, new in changes.items():
            assert config.count(old) == 1, old
            config = config.replace(old, new)
        (self.folder / "nginx.conf").write_text(config)
        (self.folder / "site-guard-key.conf").write_text(f'set $site_guard_key "{self.key}";\n')
        outside = f"daemon off; master_process off; pid {self.folder}/pid; error_log stderr;"
        self.run(["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr", "-g", outside])

    def folders(self) -> str:
        """Directives that keep it out of the system's folders."""
        kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        return "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in kinds) + "access_log off;\n"

    def served(self) -> list[str]:
        """The paths that have reached the site."""
        return [request.path for request in self.site.requests]

    def close(self) -> None:
        """With its site."""
        super().close()
        self.site.close()


class World(NamedTuple):
    """A server with a guarded site: rules for a bot by name and for a signed one, and the signed one."""

    server: Server
    site_id: str
    key: str
    bot: Bot


def manage(server: Server, path: str, body: Any) -> dict[str, Any]:
    """Something new for the site."""
    answer = server.call("POST", "/api/dashboard/sites" + path, body, server.as_developer())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def make_world(server: Server, folder: Path) -> World:
    """DocsBot may read /docs/, and a signed bot /signed/."""
    bot = Bot(folder / "bot")
    site_id = manage(server, "", {"name": "Shop", "domain": DOMAIN})["site"]["siteId"]
    docs = {"name": "Docs", "userAgentPattern": "DocsBot/*", "allowedPaths": ["/docs/*"], "blockedPaths": ["/admin/*"]}
    manage(server, f"/{site_id}/rules", docs)
    manage(server, f"/{site_id}/rules", {"name": "Signed", "verifiedAgent": bot.url, "allowedPaths": ["/signed/*"]})
    manage(server, f"/{site_id}/directories", {"url": bot.url, "keys": bot.key_set()})
    return World(server, site_id, manage(server, f"/{site_id}/keys", {"name": "Front"})["rawKey"], bot)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server of this file."""
    folder = tmp_path_factory.mktemp("guard-examples")
    with Server(folder / "data") as server:
        yield make_world(server, folder)


KINDS = {"express": Express, "nginx": Nginx}


@pytest.fixture(scope="module", params=sorted(KINDS))
def front(request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Each example in turn."""
    made = KINDS[request.param](tmp_path_factory.mktemp(request.param) / "front", world.server.port, world.key)
    made.start()
    yield made
    made.close()


def test_allowed_and_blocked(front: Any, world: World) -> None:
    """A visitor gets what a rule allows, by any method, and 403 for the rest; the log says whom and what."""
    assert front.status("/docs/a") == 200
    assert front.status("/docs/a?page=../admin/x") == 200
    assert front.status("/docs/a", method="POST") == 200
    assert front.status("/admin/x") == 403
    assert front.status("/elsewhere") == 403
    assert front.status("/docs/a", {"User-Agent": "OtherBot/1.0"}) == 403
    logs = world.server.call("GET", f"/api/dashboard/sites/{world.site_id}/logs", None, world.server.as_developer())
    seen = [(row["path"], row["userAgent"], row["allowed"]) for row in logs.json()["logs"][:6]]
    assert seen[0] == ("/docs/a", "OtherBot/1.0", False)
    assert seen[1] == ("/elsewhere", BOT_AGENT, False)
    assert seen[2:] == [("/admin/x", BOT_AGENT, False)] + [("/docs/a", BOT_AGENT, True)] * 3


@pytest.mark.parametrize(
    "target",
    [
        "/docs/../admin/x",
        "/docs/%2e%2e/admin/x",
        "/docs/.%2E/admin/x",
        "/docs/%2e%2e%2fadmin/x",
        "/docs/%252e%252e/admin/x",
        "/docs/..%5cadmin",
        "/docs/..;/admin/x",
        "/docs/%2e%2e%3b/admin/x",
        "/%61dmin/x",
        "//admin/x",
        "/ADMIN/x",
        "/docs/a%00",
        "/docs",
        "http://shop.example/admin/x",
    ],
)
def test_disguised_paths(front: Any, target: str) -> None:
    """However a path is written, what it leads to is what counts."""
    assert front.status(target) in (400, 403)


@pytest.mark.parametrize("target", ["/%64ocs/a", "/docs//a", "/docs/a%20b"])
def test_other_spellings(front: Any, target: str) -> None:
    """An allowed path is allowed in its other spellings too."""
    assert front.status(target) == 200


def test_site_gets_what_was_judged(front: Any) -> None:
    """A path whose dots lead out of a forbidden folder never reaches that folder."""
    answer = front.visit("/admin/../docs/a")
    if isinstance(front, Nginx):
        assert (answer.status, front.served()[-1]) == (200, "/docs/a")
    else:
        assert answer.status == 403


def test_visitors_secrets_stay(front: Any, world: World) -> None:
    """A visitor's own credentials do not pass for the site's key."""
    assert front.status("/admin/x", {"Authorization": f"Bearer {world.key}", "Cookie": "a=b"}) == 403
    assert front.status("/docs/a", {"Authorization": "Bearer bhf_site_wrong", "X-Original-URI": "/admin/x"}) == 200
    assert front.status("/admin/x", {"X-Original-URI": "/docs/a", "X-Forwarded-Uri": "/docs/a"}) == 403


def test_signed_visitor(front: Any, world: World) -> None:
    """A rule that demands a verified agent lets a signed request through, and none that was altered."""
    target = Target(path="/signed/a")
    good = world.bot.headers(target)
    assert front.status("/signed/a", good) == 200
    assert front.status("/signed/a?page=2", good) == 200
    assert front.status("/signed/a") == 403
    assert front.status("/signed/b", good) == 403
    assert front.status("/signed/a", good, method="POST") == 403
    assert front.status("/signed/a", {**good, "Signature-Agent": 'sig1="https://other.example"'}) == 403
    assert front.status("/signed/a", {**good, "Signature": re.sub("=:.", "=:!", good["Signature"])}) == 403
    assert front.status("/signed/a", world.bot.headers(target, created=1_700_000_000)) == 403
    assert front.status("/signed/a", world.bot.headers(target._replace(authority="other.example"))) == 403


def test_signed_by_a_stranger(front: Any, tmp_path: Path) -> None:
    """A key that stands in no trusted directory verifies nobody, also under the name of one that does."""
    stranger = Bot(tmp_path / "stranger")
    assert front.status("/signed/a", stranger.headers(Target(path="/signed/a"))) == 403


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_wrong_key(world: World, tmp_path: Path, kind: str) -> None:
    """With a key that is not the site's, nobody gets anything, and it is not the visitor who is asked for one."""
    made = KINDS[kind](tmp_path / "front", world.server.port, "bhf_site_" + "x" * 43)
    try:
        made.start()
        answer = made.visit("/docs/a")
        assert answer.status == 503
        assert "served" not in answer.body
        if kind == "express":
            assert "Invalid Site Guard key." in (made.folder / "log").read_text()
    finally:
        made.close()


@pytest.mark.parametrize("key", ["bhf_sk_" + "x" * 43, "foo", ""])
def test_express_refuses_what_is_no_site_key(tmp_path: Path, key: str) -> None:
    """An agent's key, any other word or none ends the site with a sentence that says what is missing."""
    made = Express(tmp_path / "front", free_port(), key)
    with pytest.raises(AssertionError, match="bhf_site_"):
        made.start()
    made.close()


def test_express_tells_its_owner_what_is_wrong(world: World, tmp_path: Path) -> None:
    """A refusal that is not the visitor's doing is 503 and told to the owner; the visitor's own mistake is 403."""
    wrong = [(401, "Invalid Site Guard key."), (400, "siteId or domain is required."), (400, "Unknown field: query.")]
    wrong += [(400, "path must be an absolute path without a query or fragment.")]
    replies = [Reply(status, JSON, json.dumps({"error": error}).encode()) for status, error in wrong]
    with Receiver(lambda _request, number: replies[number]) as other:
        made = Express(tmp_path / "front", other.port, "bhf_site_x")
        try:
            made.start()
            assert [made.status("/docs/a") for _ in wrong] == [503, 503, 503, 403]
            told = (made.folder / "log").read_text()
            assert [error in told for _, error in wrong] == [True, True, True, False]
        finally:
            made.close()


@pytest.mark.parametrize("front", ["nginx"], indirect=True)
def test_nginx_alone_names_the_verified_agent(front: Any, world: World) -> None:
    """The site reads who signed from nginx: a visitor's own header is replaced, and gone when nobody signed."""
    claim = {"X-BehalfID-Verified-Agent": world.bot.url}
    assert front.status("/docs/a", claim) == 200
    assert "x-behalfid-verified-agent" not in front.site.requests[-1].headers
    signed = {**world.bot.headers(Target(path="/signed/a")), "X-BehalfID-Verified-Agent": "https://other.example"}
    assert front.status("/signed/a", signed) == 200
    assert front.site.requests[-1].headers["x-behalfid-verified-agent"] == world.bot.url


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_guard_away(tmp_path: Path, kind: str) -> None:
    """When the guard has died nobody gets anything; when it is there again, everything is as before."""
    with Server(tmp_path / "data") as server:
        world = make_world(server, tmp_path)
        made = KINDS[kind](tmp_path / "front", server.port, world.key)
        try:
            made.start()
            assert made.status("/docs/a") == 200
            server.kill()
            assert made.status("/docs/a") == 503
            server.start()
            assert made.status("/docs/a") == 200
        finally:
            made.close()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_guard_says_nothing(tmp_path: Path, kind: str) -> None:
    """A guard that accepts the question and never answers keeps the site closed, and the visitor not for long."""
    with Receiver(lambda _request, _number: Reply(delay=30)) as silent:
        made = KINDS[kind](tmp_path / "front", silent.port, "bhf_site_x")
        try:
            made.start()
            assert made.status("/docs/a") == 503
        finally:
            made.close()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, ("Location: /elsewhere",)),
        Reply(500),
        Reply(404, body=b'{"allowed":true}'),
    ],
    ids=["redirect", "error", "unknown"],
)
def test_guard_is_another(tmp_path: Path, kind: str, reply: Reply) -> None:
    """Whatever else answers in the guard's place keeps the site closed."""
    with Receiver(lambda _request, _number: reply) as other:
        made = KINDS[kind](tmp_path / "front", other.port, "bhf_site_x")
        try:
            made.start()
            assert made.status("/docs/a") == 503
        finally:
            made.close()


def test_express_reads_the_answer(tmp_path: Path) -> None:
    """Only "allowed" that is true, in a decision with status 200, opens the site; what is no decision closes it."""
    decision = {"requestId": "req_1", "reason": "Because."}
    answers: list[Any] = [{**decision, "allowed": wrong} for wrong in ("true", 1, None)]
    answers += [{}, None, [], "allowed", {"allowed": True}]
    answers += [{**decision, "allowed": False}, {**decision, "allowed": True}]
    reply = [Reply(200, ("Content-Type: application/json",), json.dumps(answer).encode()) for answer in answers]
    with Receiver(lambda _request, number: reply[number]) as other:
        made = Express(tmp_path / "front", other.port, "bhf_site_x")
        try:
            made.start()
            assert [made.status("/docs/a") for _ in answers] == [503] * 8 + [403, 200]
        finally:
            made.close()
