# SPDX-License-Identifier: Apache-2.0
"""Checks of visitors: what is asked, who may ask, what is answered and what is kept of it."""

import http.client
import re
import secrets
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from api_support import error_of, now_ms, other_account, sql
from harness import Server
from people_support import Person
from guard_support import ALLOWED, BLOCKED, DISABLED, NEEDS_APPROVAL, NO_RULE, NO_SITE, NOT_ALLOWED, Bot, Site

PATH = (400, "path must be an absolute path without a query or fragment.")
USER_AGENT = (400, "userAgent must be 500 characters or fewer.")
METADATA = (400, "metadata must be an object under 2KB.")
HEADERS = (400, "headers must be an object of at most 32 strings.")
HEADERS_LENGTH = (400, "headers must have 16384 characters or fewer in all.")
METHOD = (400, "method must be an HTTP method of 32 characters or fewer.")
SCHEME = (400, "scheme must be http or https.")
AUTHORITY = (400, "authority must be a host of 253 characters or fewer, with or without a port.")
QUERY = (400, "query must begin with ? and have no #, blanks or control characters.")
DOMAIN = (400, "domain must be a hostname.")
SITE = (400, "siteId or domain is required.")
KEY = (401, "Invalid Site Guard key.")
REVOKED = (401, "Site Guard key has been revoked.")
NO_AUTH = (401, "Site Guard key or developer token required.")
TOKEN = (401, "Invalid developer token.")
FORWARDED = "A forwarding header came twice, or two of them contradict each other."


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this file."""
    with Server(tmp_path_factory.mktemp("guard") / "data") as server:
        yield server


@pytest.fixture()
def site(shared: Server) -> Iterator[Site]:
    """A site of one test's own, with a rule that lets bots read the documents but for one."""
    made = Site(shared)
    made.rule(allowedPaths=["/docs/*"], blockedPaths=["/docs/secret*"])
    yield made
    shared.call("DELETE", f"/api/dashboard/sites/{made.site_id}", None, shared.as_developer())


# ---- what is asked ----


def metadata_of(units: int) -> dict[str, str]:
    """Metadata of so many characters as JSON."""
    return {"a": "x" * (units - len('{"a":""}'))}


def headers_of(units: int) -> dict[str, str]:
    """Headers of so many characters, names and values together."""
    return {"a": "x" * (units - 1)}


NO_METADATA: list[Any] = [None, "x", [], 5]
NO_HEADERS: list[Any] = ["x", [], 5, {"a": 5}, {"a": None}, {"a": ["x"]}]

ACCEPTED: list[dict[str, Any]] = [
    {},
    {"path": "/" + "x" * 499},
    {"path": " /docs/a\n"},
    {"userAgent": "x" * 500},
    {"userAgent": " " + "x" * 500 + " "},
    {"userAgent": None},
    {"agentIdentifier": "x" * 5000},
    {"agentIdentifier": 5},
    {"metadata": metadata_of(2048)},
    {"siteId": 5, "domain": "not a domain!"},
    {"headers": {f"n{i}": "" for i in range(32)}},
    {"headers": headers_of(16384)},
    {"headers": {}},
    {"method": "GET", "scheme": "https", "authority": "x", "query": "?a=b"},
    {"method": "M-SEARCH", "scheme": "HTTP", "authority": "[2001:db8::1]:8080", "query": "?"},
    {"method": "x" * 32, "authority": "x" * 253 + ":65535", "query": "?\u00e4/?%"},
    {"method": None, "scheme": None, "authority": None, "query": None},
    {"method": "", "scheme": "", "authority": "", "query": ""},
]

REFUSED: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"path": "/" + "x" * 500}, PATH),
    *(({"path": path}, PATH) for path in (None, 5, "", " ", "docs", "/a?b", "/a#b", "/a\\b", "/a%5cb", "/a%2fb")),
    *(({"path": path}, PATH) for path in ("/%252e", "/%zz", "/%", "/%ff", "/%00", "/%0a", "/%7f", "%2fdocs")),
    ({"userAgent": "x" * 501}, USER_AGENT),
    ({"userAgent": "\U0001f600" * 251}, USER_AGENT),
    ({"userAgent": 5}, (400, "userAgent is required.")),
    ({"metadata": metadata_of(2049)}, METADATA),
    *(({"metadata": wrong}, METADATA) for wrong in NO_METADATA),
    ({"headers": {f"n{i}": "" for i in range(33)}}, HEADERS),
    *(({"headers": wrong}, HEADERS) for wrong in NO_HEADERS),
    ({"headers": headers_of(16385)}, HEADERS_LENGTH),
    *(({"path": path}, PATH) for path in ("/docs/..;/admin/x", "/docs/%2e%2e%3b/admin", "/docs/.;a=b/x")),
    *(({"method": wrong}, METHOD) for wrong in (5, True, ["GET"], "GET /", " ", "x" * 33, "\u00c4")),
    *(({"scheme": wrong}, SCHEME) for wrong in (5, "ftp", "https:", " http")),
    *(({"authority": wrong}, AUTHORITY) for wrong in (5, "!!", "a b", "a/b", "a@b", "a:x", "a:123456", ":80", "[::1")),
    ({"authority": "x" * 254}, AUTHORITY),
    *(({"query": wrong}, QUERY) for wrong in (5, "x=1", "?a b", "?a#b", "?a\nb", " ?a")),
    ({"user_agent": "x"}, (400, "Unknown field: user_agent.")),
]


@pytest.mark.parametrize("fields", ACCEPTED, ids=lambda fields: ",".join(fields))
def test_what_is_right_is_answered(site: Site, fields: dict[str, Any]) -> None:
    """Each field is taken up to its limit."""
    answer = site.ask({"path": "/docs/a", "userAgent": "GoodBot", **fields})
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["allowed", "reason", "requestId", "matchedRuleId", "siteId", "verifiedAgent"]


@pytest.mark.parametrize("fields,error", REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_wrong_is_named(site: Site, fields: dict[str, Any], error: tuple[int, str]) -> None:
    """Each mistake is told in its own words, and leaves nothing in the log."""
    assert error_of(site.ask({"path": "/docs/a", "userAgent": "GoodBot", **fields})) == error
    assert site.logs() == []


def test_a_path_that_is_too_long_is_told_how_long_it_may_be(site: Site) -> None:
    """The hint names the limit when it is the length, for a visit and for a rule's pattern, and only then."""
    long, short = "/" + "x" * 500, "/" + "x" * 499
    rule = {"name": "Rule", "userAgentPattern": "*", "allowedPaths": [long]}
    path = f"/api/dashboard/sites/{site.site_id}/rules"
    for answer in (
        site.ask({"path": long}),
        site.authorize({"X-Original-URI": long}),
        site.server.call("POST", path, rule, site.server.as_developer()),
    ):
        assert "500 characters or fewer" in answer.json()["hint"]
    assert site.ask({"path": short}).status_code == 200
    assert "500" not in site.ask({"path": "/%zz"}).json().get("hint", "")
    wrong = site.server.call("POST", path, {**rule, "allowedPaths": ["/?"]}, site.server.as_developer())
    assert wrong.status_code == 400 and "500" not in wrong.json()["hint"]


def test_who_sends_no_credential_is_told_which(site: Site) -> None:
    """Whoever names neither a key nor a site reads in the hint that the key is what is missing."""
    for body in ({"path": "/"}, {"path": "/", "domain": site.domain}):
        assert "site key" in site.ask(body, {}).json()["hint"]


def test_order_of_mistakes(site: Site) -> None:
    """Of several mistakes the first in the order of the checks is told; the credential comes after the fields."""
    wrong: dict[str, Any] = {"x": 1, "path": "x", "userAgent": "x" * 501, "metadata": 5, "headers": 5, "domain": "!"}
    request_line = {"method": METHOD, "scheme": SCHEME, "authority": AUTHORITY, "query": QUERY}
    wrong.update({field: 5 for field in request_line})
    expected = [(400, "Unknown field: x."), PATH, USER_AGENT, METADATA, HEADERS, *request_line.values()]
    right: dict[str, Any] = {"path": "/", "userAgent": "x", "metadata": {}, "headers": {}}
    fields = ["x", *right, *request_line, "domain", "", ""]
    for error, field in zip([*expected, DOMAIN, SITE, NO_AUTH], fields):
        assert error_of(site.ask(wrong, {})) == error
        if field in right:
            wrong[field] = right[field]
        elif field:
            del wrong[field]
        else:
            wrong["domain"] = site.domain


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"'])
def test_body_that_is_no_object(site: Site, raw: bytes) -> None:
    """A body that is no JSON object is refused as everywhere."""
    line = http.client.HTTPConnection(site.server.host, site.server.port, timeout=30)
    line.request("POST", "/api/site-guard/check", raw, site.headers())
    answer = line.getresponse()
    wanted = b"must be a JSON object." if raw in (b"[]", b'"x"') else b"must be valid JSON."
    assert answer.status == 400 and wanted in answer.read()


# ---- what is answered ----


def test_paths_are_judged_by_what_they_mean(site: Site) -> None:
    """Spellings of a path make no difference; blocking ignores case, allowing does not."""
    for path in ("/docs/a", "//docs//a", "/docs/./a", "/x/../docs/a", "/%64ocs/a", "/docs/%2e%2e/docs/a"):
        assert site.check(path)["reason"] == ALLOWED, path
    for path in ("/docs/secret", "/docs/SECRET/x", "/docs/a/../secret", "/docs/%53ecret"):
        assert site.check(path)["reason"] == BLOCKED, path
    for path in ("/docs/../admin/x", "/docs/%2e%2e/admin", "/docs", "/DOCS/a"):
        assert site.check(path)["reason"] == NOT_ALLOWED, path


def test_outcomes(site: Site) -> None:
    """Each outcome names its reason, the rule that decided and the site."""
    (docs,) = [row["ruleId"] for row in site.manage("GET", f"/{site.site_id}/rules")["rules"]]
    asks = site.rule(agentIdentifier="Helper 7", allowedPaths=["/docs/*"], requiresApproval=True)
    found = site.check("/docs/a")
    assert re.fullmatch(r"req_[A-Za-z0-9_-]{16}", found.pop("requestId"))
    assert found == {
        "allowed": True, "reason": ALLOWED, "matchedRuleId": docs, "siteId": site.site_id, "verifiedAgent": None,
    }  # fmt: skip
    for path, user_agent, identifier, reason, rule in [
        ("/docs/secret", "GoodBot", None, BLOCKED, docs),
        ("/docs/a", "GoodBot", " HELPER 7 ", NEEDS_APPROVAL, asks),
        ("/x", "GoodBot", None, NOT_ALLOWED, docs),
        ("/docs/a", "curl", None, NO_RULE, None),
    ]:
        found = site.check(path, user_agent, agentIdentifier=identifier)
        assert (found["allowed"], found["reason"], found["matchedRuleId"]) == (False, reason, rule)


def test_blank_user_agent_matches_no_pattern(site: Site) -> None:
    """Not even a lone star; and an agent that names itself is found without one."""
    site.rule(userAgentPattern="*", allowedPaths=["/*"])
    site.rule(agentIdentifier="x" * 180, allowedPaths=["/named"])
    blank: list[dict[str, Any]] = [{}, {"userAgent": ""}, {"userAgent": " \t\u00a0"}, {"userAgent": None}]
    for body in blank:
        assert site.ask({"path": "/docs/a", **body}).json()["reason"] == NO_RULE
    assert site.check("/docs/a", "anything")["allowed"]
    assert site.ask({"path": "/named", "agentIdentifier": " " + "X" * 200}).json()["allowed"]


def test_changes_work_at_once(site: Site) -> None:
    """A rule, its status and the site's status hold for the very next check, while others are asking."""
    stop = threading.Event()
    failures: list[str] = []

    def keep_asking() -> None:
        while not stop.is_set():
            answer = site.ask({"path": "/docs/a", "userAgent": "GoodBot"})
            if answer.status_code != 200:
                failures.append(answer.text)

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            rule = site.rule(blockedPaths=["/docs/a"])
            assert site.check("/docs/a")["reason"] == BLOCKED
            site.change_rule(rule, status="disabled")
            assert site.check("/docs/a")["reason"] == ALLOWED
            site.change_rule(rule, status="active", blockedPaths=[], agentIdentifier="x")
            assert site.check("/docs/a")["reason"] == ALLOWED
            site.change(status="disabled")
            assert site.check("/docs/a")["reason"] == DISABLED
            site.change(status="active")
            assert site.check("/docs/a")["reason"] == ALLOWED
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


# ---- who asks ----


def test_keys(site: Site) -> None:
    """A key answers for its own site whatever the body names; a wrong one is refused, a revoked one at once."""
    other = Site(site.server)
    assert site.check("/docs/a", siteId=other.site_id, domain=other.domain)["siteId"] == site.site_id
    body = {"path": "/docs/a", "userAgent": "GoodBot"}
    assert error_of(site.ask(body, {"Authorization": "Bearer bhf_site_" + "A" * 43})) == KEY
    for header in (f"Basic {site.key}", f"Bearer {site.key} x", f"Bearer {site.key[9:]}", "Bearer"):
        assert error_of(site.ask({**body, "domain": site.domain}, {"Authorization": header})) == NO_AUTH
    second = site.new_key()[1]
    site.manage("DELETE", f"/{site.site_id}/keys/{site.key_id}")
    assert error_of(site.ask(body)) == REVOKED
    assert error_of(site.authorize({"X-Original-URI": "/docs/a"})) == REVOKED
    assert site.ask(body, {"Authorization": f"bearer {second}"}).json()["allowed"]
    site.manage("DELETE", f"/{site.site_id}")
    assert error_of(site.ask(body, {"Authorization": f"Bearer {second}"})) == KEY


def test_developer_token_with_the_name_of_a_site(site: Site) -> None:
    """A developer token asks about its own account's sites, by id or domain; all others are not there, nor logged."""
    token = site.server.as_developer()
    foreign = Site(site.server, other_account(site.server))
    visit = {"path": "/docs/a", "userAgent": "GoodBot"}
    for name in ({"siteId": site.site_id}, {"domain": f" {site.domain.upper()}. "}):
        found = site.ask({**visit, **name}, token).json()
        assert (found["allowed"], found["siteId"]) == (True, site.site_id)
    assert len(site.logs()) == 2
    for name in (
        {"siteId": foreign.site_id},
        {"domain": foreign.domain},
        {"siteId": "site_" + "x" * 200, "domain": site.domain},
        {"domain": ".".join(["a" * 63] * 3 + ["b" * 61])},
    ):
        answer = site.ask({**visit, **name}, token)
        assert answer.status_code == 200
        found = answer.json()
        assert re.fullmatch(r"req_[A-Za-z0-9_-]{16}", found.pop("requestId"))
        assert found == {
            "allowed": False, "reason": NO_SITE, "matchedRuleId": None, "siteId": None, "verifiedAgent": None,
        }  # fmt: skip
    assert (len(site.logs()), foreign.logs()) == (2, [])
    for domain in ("a b", "-", "x" * 64, "a..b", ".".join(["a" * 63] * 3 + ["b" * 62])):
        assert error_of(site.ask({**visit, "domain": domain}, token)) == DOMAIN
    unknown = {"X-Developer-Token": "bhf_dev_" + secrets.token_urlsafe(32)}
    assert error_of(site.ask({**visit, "domain": site.domain}, unknown)) == TOKEN
    assert error_of(site.ask(visit, token)) == SITE
    site.manage("DELETE", f"/{site.site_id}")
    assert site.ask({**visit, "siteId": site.site_id}, token).json()["reason"] == NO_SITE


# ---- what is kept ----


def test_entries_of_the_access_log(site: Site) -> None:
    """Each check leaves one entry that says what was asked and answered, with the path that was judged."""
    allowed = site.check("//docs/%61", " GoodBot/1.0 ", agentIdentifier=" Ärzte-Bot ")
    denied = site.ask({"path": "/x"}).json()
    newest, oldest = site.logs()
    assert newest["requestId"] == denied["requestId"] and oldest["requestId"] == allowed["requestId"]
    for row in (newest, oldest):
        assert abs(now_ms() - time_ms(row.pop("createdAt"))) < 60_000
        row.pop("requestId")
    assert oldest == {
        "siteId": site.site_id, "ruleId": allowed["matchedRuleId"], "domain": site.domain, "path": "/docs/a",
        "userAgent": "GoodBot/1.0", "agentIdentifier": "Ärzte-Bot", "verifiedAgent": None, "allowed": True,
        "reason": ALLOWED, "risk": "low",
    }  # fmt: skip
    assert newest == {
        "siteId": site.site_id, "ruleId": None, "domain": site.domain, "path": "/x", "userAgent": "",
        "agentIdentifier": None, "verifiedAgent": None, "allowed": False, "reason": NO_RULE, "risk": "high",
    }  # fmt: skip


def time_ms(text: str) -> int:
    """Milliseconds of an ISO time."""
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def test_nothing_else_is_kept(start_server: Callable[..., Server]) -> None:
    """Neither query nor headers nor metadata of a visit are anywhere in the server's folder afterwards."""
    site = Site(start_server())
    site.rule(allowedPaths=["/*"])
    words = {name: secrets.token_hex(12) for name in ("metadata", "query", "header", "authority", "uri")}
    site.check(
        "/docs", metadata={"a": words["metadata"]}, query=f"?q={words['query']}", authority=words["authority"],
        method="GET", headers={"Signature-Input": "x", "Cookie": words["header"]},
    )  # fmt: skip
    assert site.authorize({"X-Original-URI": f"/a?q={words['uri']}", "Cookie": words["header"]}).status_code == 204
    assert len(site.logs()) == 2
    site.server.stop()
    kept = b"".join(path.read_bytes() for path in site.server.data_dir.rglob("*") if path.is_file())
    kept += site.server.log().encode()
    assert site.site_id.encode() in kept
    assert [name for name, word in words.items() if word.encode() in kept] == []


def test_entries_go_with_the_retention(start_server: Callable[..., Server]) -> None:
    """Entries older than --retention-days go in chunks, those that are not stay, and numbers go on."""
    server = start_server("--retention-days", "7")
    site = Site(server)
    site.rule(allowedPaths=["/*"])
    kept = site.check("/docs")["requestId"]
    day = 86_400_000
    sql(server, "UPDATE site_check SET number = 3001, created_at = ?", now_ms() - 7 * day + 60_000)
    sql(
        server,
        "INSERT INTO site_check SELECT s.id, n.value, 'req_' || n.value, NULL, s.domain, '/', '', NULL, NULL, 0, 7, ?"
        " FROM site s, json_each(?) n",
        now_ms() - 7 * day - 1000, str(list(range(1, 3001))),
    )  # fmt: skip
    operator = Person(server, operator=True).by_session()
    answer = server.call("POST", "/api/cron/purge-logs", None, operator)
    assert answer.status_code == 200, answer.text
    assert [row["requestId"] for row in site.logs()] == [kept]
    site.check("/docs")
    assert sql(server, "SELECT number FROM site_check ORDER BY number") == [(3001,), (3002,)]


# ---- bots that sign ----


def test_signed_requests(site: Site, tmp_path: Path) -> None:
    """A rule that demands a verified agent opens for the signature of a trusted directory's key, and is logged."""
    bot, stranger = Bot(tmp_path), Bot(tmp_path, "https://stranger.example")
    signed = site.rule(verifiedAgent=bot.url, allowedPaths=["/signed"])
    components = {"@authority": site.domain}
    headers = bot.sign(components)
    found = site.check("/signed", "x", headers=headers)
    assert not found["allowed"] and found["verifiedAgent"] is None and found["signatureError"]
    site.trust(bot)
    found = site.check("/signed", "x", headers=headers)
    assert (found["allowed"], found["matchedRuleId"], found["verifiedAgent"]) == (True, signed, bot.url)
    assert "signatureError" not in found
    assert site.logs()[0]["verifiedAgent"] == bot.url
    for wrong in (
        stranger.sign(components),
        bot.sign({"@authority": "other.example"}),
        bot.sign(components, age_s=400),
        {**headers, "Signature": stranger.sign(components)["Signature"]},
        {"Signature-Input": headers["Signature-Input"]},
        {"Signature": headers["Signature"]},
        {"signature-input": "x"},
        {"SIGNATURE": "x"},
    ):
        found = site.check("/signed", "x", headers=wrong)
        assert not found["allowed"] and found["verifiedAgent"] is None and found["signatureError"]
        assert site.logs()[0]["verifiedAgent"] is None
    assert "signatureError" not in site.check("/signed", "x", headers={"User-Agent": "x"})


def test_authority_of_a_signature_is_the_site_s(site: Site, tmp_path: Path) -> None:
    """The caller's word for the authority adds a port at most: a signature for another site never counts."""
    bot = Bot(tmp_path)
    site.trust(bot)

    def verified(signed_for: str, **fields: Any) -> bool:
        headers = bot.sign({"@authority": signed_for})
        found = site.check("/docs/a", headers=headers, **fields)
        assert found["allowed"]
        return bool(found["verifiedAgent"] == bot.url)

    domain = site.domain
    assert not verified("other.example", authority="other.example")
    assert not verified(domain + ".evil.example", authority=domain + ".evil.example")
    assert not verified("evil" + domain, authority="evil" + domain)
    assert verified(domain, authority="other.example")
    assert verified(domain, authority=domain.upper())
    assert verified(f"{domain}:8443", authority=f"{domain}:8443")
    assert not verified(f"{domain}:8443")
    assert verified(domain, authority=f"{domain}:443")
    assert verified(domain, authority=f"{domain}:80", scheme="http")
    assert not verified(domain, authority=f"{domain}:80")


def test_signature_over_the_request_as_it_was_sent(site: Site, tmp_path: Path) -> None:
    """What is signed is the path in the visitor's spelling, its query, method and scheme."""
    bot = Bot(tmp_path)
    site.trust(bot)
    path = "//docs/%61"
    components = {
        "@method": "POST", "@authority": site.domain, "@scheme": "http", "@path": path, "@query": "?q=%20x",
    }  # fmt: skip
    right: dict[str, Any] = {"method": "POST", "scheme": "HTTP", "query": "?q=%20x", "headers": bot.sign(components)}
    assert site.check(path, **right)["verifiedAgent"] == bot.url
    wrongs: list[dict[str, Any]] = [{"method": "GET"}, {"scheme": "https"}, {"query": "?q=y"}, {"query": None}]
    for wrong in wrongs:
        assert site.check(path, **{**right, **wrong})["verifiedAgent"] is None
    assert site.check("/docs/a", **right)["verifiedAgent"] is None


def test_keys_that_were_not_fetched_for_a_day_do_not_count(site: Site, tmp_path: Path) -> None:
    """A directory that cannot be fetched loses its say within a day; keys that the owner gave keep theirs."""
    day = 86_400_000
    components = {"@authority": site.domain}
    for number, (pinned, age_ms, counts) in enumerate(
        [(False, day - 60_000, True), (False, day, False), (True, 10 * day, True)]
    ):
        bot = Bot(tmp_path, f"https://bot{number}.example")
        site.trust(bot, pinned, age_ms)
        found = site.check("/docs/a", headers=bot.sign(components))
        assert found["verifiedAgent"] == (bot.url if counts else None)


# ---- proxies ----


def test_proxies_read_the_status(site: Site) -> None:
    """204 lets the visitor in; 403 does not and says why; the query is not looked at; each is logged."""
    for name in ("X-Original-URI", "X-Forwarded-Uri"):
        answer = site.authorize({name: "/docs/a?secret=/../x"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["X-BehalfID-Request-Id"] == site.logs()[0]["requestId"]
        assert "X-BehalfID-Verified-Agent" not in answer.headers
    answer = site.authorize({"X-Original-URI": "/docs/../x"})
    assert (answer.status_code, answer.headers["X-BehalfID-Reason"]) == (403, NOT_ALLOWED)
    assert answer.json()["allowed"] is False and answer.json()["reason"] == NOT_ALLOWED
    assert [(row["path"], row["allowed"]) for row in site.logs()] == [("/x", False)] + [("/docs/a", True)] * 2
    site.rule(agentIdentifier="helper", allowedPaths=["/x"])
    assert site.authorize({"X-Original-URI": "/x", "X-BehalfID-Agent": "Helper "}).status_code == 204
    site.change(status="disabled")
    assert site.authorize({"X-Original-URI": "/docs/a"}).headers["X-BehalfID-Reason"] == DISABLED


def test_proxies_are_told_mistakes_as_refusals(site: Site) -> None:
    """What would be a 400 is a 403 with the reason in a header, for a proxy takes others for faults of the server."""
    mistakes: list[tuple[dict[str, str], str]] = [
        ({}, "X-Original-URI or X-Forwarded-Uri is required."),
        ({"X-Original-URI": "docs"}, PATH[1]),
        ({"X-Original-URI": "http://x/docs/a"}, PATH[1]),
        ({"X-Original-URI": "/docs%2fa"}, PATH[1]),
        ({"X-Original-URI": "/docs/a", "User-Agent": "x" * 501}, USER_AGENT[1]),
    ]
    for headers, reason in mistakes:
        answer = site.authorize(headers)
        assert (answer.status_code, answer.headers["X-BehalfID-Reason"]) == (403, reason)
        assert answer.json()["error"] == reason
    for authorization in ("", f"Bearer {site.key}x", f"Basic {site.key}"):
        assert error_of(site.authorize({"X-Original-URI": "/docs/a", "Authorization": authorization})) == KEY
    assert error_of(site.authorize({"X-Original-URI": "/", "Authorization": "", **site.server.as_developer()})) == KEY
    assert site.logs() == []


def test_visitors_cannot_choose_what_a_proxy_asks(site: Site) -> None:
    """A header that came twice, or under its other name with another value, refuses the visitor who sent it."""
    for pairs in (
        [("X-Original-URI", "/docs/a"), ("X-Forwarded-Uri", "/x")],
        [("X-Original-URI", "/docs/a"), ("X-Original-URI", "/x")],
        [("X-Original-URI", "/docs/a"), ("x-original-uri", "/docs/a")],
        [("X-Original-URI", "/docs/a"), ("User-Agent", "GoodBot"), ("User-Agent", "x")],
        [("X-Original-URI", "/docs/a"), ("X-BehalfID-Agent", "a"), ("X-BehalfID-Agent", "b")],
        [("X-Original-URI", "/docs/a"), ("Signature-Input", "x"), ("X-Forwarded-Host", "a"), ("X-Forwarded-Host", "b")],
    ):
        answer = send_pairs(site, pairs)
        assert (answer.status, answer.getheader("X-BehalfID-Reason")) == (403, FORWARDED), pairs
    same = [("X-Original-URI", "/docs/a"), ("X-Forwarded-Uri", "/docs/a"), ("User-Agent", "GoodBot")]
    assert send_pairs(site, same).status == 204


def send_pairs(site: Site, pairs: list[tuple[str, str]]) -> http.client.HTTPResponse:
    """GET /api/site-guard/authorize with exactly these headers, repeated ones too."""
    line = http.client.HTTPConnection(site.server.host, site.server.port, timeout=30)
    line.putrequest("GET", "/api/site-guard/authorize")
    for name, value in [*site.headers().items(), *pairs]:
        line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    answer.read()
    return answer


def test_user_agent_of_a_proxy_that_is_no_text(site: Site) -> None:
    """Bytes that are no UTF-8 match no pattern, and the log stays readable."""
    pairs = [("X-Original-URI", "/docs/a"), ("User-Agent", "GoodBot \xff\xfe")]
    assert send_pairs(site, pairs).getheader("X-BehalfID-Reason") == NO_RULE
    assert site.logs()[0]["userAgent"] == ""


def test_proxies_with_signed_requests(site: Site, tmp_path: Path) -> None:
    """The signature of a request that comes through a proxy counts as any, and the agent is named in a header."""
    bot = Bot(tmp_path)
    site.trust(bot)
    site.rule(verifiedAgent="*", allowedPaths=["/signed"])
    components = {"@method": "POST", "@authority": f"{site.domain}:8443", "@path": "/signed", "@query": "?a=b"}
    forwarded = {
        "X-Original-URI": "/signed?a=b", "X-Original-Method": "POST", "X-Forwarded-Host": f"{site.domain}:8443",
        "X-Forwarded-Proto": "https",
    }  # fmt: skip
    answer = site.authorize({**forwarded, **bot.sign(components)})
    assert (answer.status_code, answer.headers["X-BehalfID-Verified-Agent"]) == (204, bot.url)
    answer = site.authorize({**forwarded, **bot.sign(components), "X-Original-Method": "GET"})
    assert answer.status_code == 403 and "X-BehalfID-Verified-Agent" not in answer.headers
    assert answer.json()["signatureError"] == answer.headers["X-BehalfID-Signature-Error"]


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_proxies_are_told_why_a_signature_failed(site: Site, tmp_path: Path, name: str) -> None:
    """A header says why, whether or not the visitor is let in; and half a signature is one that fails."""
    half = {name: Bot(tmp_path).sign({"@authority": site.domain})[name]}
    for path, status in (("/docs/a", 204), ("/x", 403)):
        answer = site.authorize({"X-Original-URI": path, **half})
        assert answer.status_code == status
        assert "do not fit together" in answer.headers["X-BehalfID-Signature-Error"]
        assert "X-BehalfID-Signature-Error" not in site.authorize({"X-Original-URI": path}).headers
