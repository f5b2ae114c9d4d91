# SPDX-License-Identifier: Apache-2.0
"""People: signing up, in and out, sessions, passwords, limits."""

import base64
import hashlib
import json
import re
import time
from typing import Any, Callable, Iterator

import pytest
import requests

from accounts_support import BAD_LOGIN, PASSWORD, Browser, hashings, operator, sign_up
from api_support import error_of, now_ms, sql
from harness import Server
from people_support import COOKIE

StartServer = Callable[..., Server]

AUTH_REQUIRED = (401, "Developer authentication required.")
ORIGIN = (403, "Invalid request origin.")
PASSWORD_RULE = (400, "Password must be between 10 and 200 characters.")
LIMITED = (429, "Rate limit exceeded.")


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where anyone may sign up, and that logs everything."""
    with Server(tmp_path_factory.mktemp("accounts") / "data", "--signup", "open", "--log-level", "debug") as server:
        yield server


# ---- up ----


def test_sign_up_makes_a_person_with_an_account(open_server: Server) -> None:
    """Whoever signs up owns an account of their own, named after the address, and is signed in."""
    browser, email = sign_up(open_server, "Grace.Hopper@Example.com")
    me = browser.get("/api/auth/me").json()
    assert me["user"]["email"] == "grace.hopper@example.com"
    assert me["user"]["emailVerified"] is True and me["user"]["isOperator"] is False
    assert me["account"]["name"] == "grace.hopper@example.com" and me["role"] == "owner"
    assert me["accounts"] == [{**me["account"], "role": "owner"}]
    assert browser.get("/api/dashboard/agents").json() == {"agents": []}
    assert Browser(open_server).login(email.upper()).status_code == 200


def test_me_shows_these_fields_and_no_others(open_server: Server) -> None:
    """GET /api/auth/me is a fixed list, whatever the record of a person holds."""
    me = sign_up(open_server)[0].get("/api/auth/me").json()
    assert set(me) == {"user", "account", "role", "accounts"}
    assert set(me["user"]) == {"userId", "email", "emailVerified", "createdAt", "isOperator"}
    assert set(me["account"]) == {"accountId", "name"}


def test_what_sign_up_refuses(open_server: Server) -> None:
    """Bad addresses, bad passwords, taken addresses and unknown fields are refused in clear words."""
    browser = Browser(open_server)

    def refuse(**fields: Any) -> tuple[int, str]:
        return error_of(browser.post("/api/auth/signup", {"email": "new@example.com", "password": PASSWORD, **fields}))

    for email in ("", "nobody", "a@b@c", "a\r\nBcc: b@c.d", None, 5, "x" * 255):
        assert refuse(email=email) == (400, "A valid email is required.")
    for password in ("", "123456789", "x" * 201, None, 1234567890, "\U0001f511" * 101):
        assert refuse(password=password) == PASSWORD_RULE
    assert refuse(dateOfBirth="1990-01-01") == (400, "Unknown field: dateOfBirth.")
    assert sql(open_server, "SELECT count(*) FROM person WHERE email = 'new@example.com'") == [(0,)]
    _, email = sign_up(open_server)
    assert refuse(email=email.upper()) == (409, "This email cannot be used for a new account.")
    for password in ("1234567890", "x" * 200, "\U0001f511" * 100, "  with blanks  "):
        _, email = sign_up(open_server, password=password)
        assert Browser(open_server).login(email, password).status_code == 200
        assert error_of(Browser(open_server).login(email, password + " ")) == BAD_LOGIN


def test_sign_up_is_closed_unless_it_is_opened(start_server: StartServer) -> None:
    """By default nobody can sign up, and with --signup invite nobody without an invitation."""
    body = {"email": "a@b.c", "password": PASSWORD}
    cases: list[tuple[list[str], str]] = [
        ([], "Sign-up is closed on this server."),
        (["--signup", "invite"], "Sign-up is by invitation only on this server."),
    ]
    for options, text in cases:
        server = start_server(*options, name=f"s{len(options)}")
        assert error_of(Browser(server).post("/api/auth/signup", body)) == (403, text)
        assert sql(server, "SELECT count(*) FROM person") == [(1,)]


def test_passwords_are_stored_as_scrypt(open_server: Server) -> None:
    """What is stored is what another implementation of scrypt computes, with a salt of its own."""
    stored = []
    for _ in range(2):
        _, email = sign_up(open_server)
        ((text,),) = sql(open_server, "SELECT password FROM person WHERE email = ?", email)
        name, salt, key = text.split(":")
        assert name == "scrypt" and len(salt) == 22
        computed = hashlib.scrypt(PASSWORD.encode(), salt=salt.encode(), n=16384, r=8, p=1, dklen=64, maxmem=64 << 20)
        assert base64.urlsafe_b64encode(computed).rstrip(b"=").decode() == key
        stored.append(salt)
    assert stored[0] != stored[1]


# ---- in ----


def test_known_and_unknown_addresses_look_alike(open_server: Server) -> None:
    """A wrong password and an unknown address get the same answer after the same one computation."""
    _, email = sign_up(open_server)
    seen = []
    for tried in (email, "nobody@example.com", "not an address", ""):
        before = hashings(open_server)
        answer = Browser(open_server).login(tried, "wrong password")
        assert hashings(open_server) == before + 1
        headers = {name: value for name, value in answer.headers.items() if name != "Date"}
        seen.append((answer.status_code, answer.text, headers))
    assert all(one == seen[0] for one in seen)
    assert error_of(answer) == BAD_LOGIN


def test_login_tells_who_it_is(open_server: Server) -> None:
    """A login answers with the person and a cookie that only the browser's requests carry."""
    _, email = sign_up(open_server)
    answer = Browser(open_server).login(email)
    assert set(answer.json()) == {"user"} and set(answer.json()["user"]) == {"userId", "email", "emailVerified"}
    cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(COOKIE + r"=[A-Za-z0-9_-]{43}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax", cookie), cookie
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_cookies_are_secure_behind_tls(start_server: StartServer) -> None:
    """With an https address the cookie is marked Secure, and pages of that address may sign in, not without TLS."""
    server = start_server("--public-url", "https://behalf.example.com/")
    answer = Browser(server, "https://behalf.example.com").login(server.email, server.password)
    assert answer.status_code == 200
    without_tls = Browser(server, "http://behalf.example.com").post(
        "/api/auth/login", {"email": server.email, "password": server.password}, Host="behalf.example.com"
    )
    assert error_of(without_tls) == ORIGIN
    assert error_of(Browser(server).login(server.email, server.password)) == ORIGIN
    assert answer.headers["Set-Cookie"].endswith("; HttpOnly; SameSite=Lax; Secure")


ORIGIN_ROUTES = [
    "signup",
    "login",
    "logout",
    "session/ping",
    "account",
    "verify-email",
    "resend-verification",
    "forgot-password",
    "reset-password",
    "change-password",
    "device/authorize",
    "device/deny",
]


@pytest.mark.parametrize("path", ORIGIN_ROUTES)
def test_foreign_pages_change_nothing(open_server: Server, path: str) -> None:
    """What a browser would send along is refused from another origin and without one, whatever the body."""
    browser, email = sign_up(open_server)
    own = open_server.base_url
    body = {"email": email, "password": PASSWORD}
    for origin in ("https://evil.example", "null", own + ".evil.example", own + "0", own.replace("http", "https"), ""):
        browser.origin = origin
        assert error_of(browser.post(f"/api/auth/{path}", body)) == ORIGIN, origin
    assert browser.is_in()


def test_changes_with_a_cookie_need_our_origin(open_server: Server) -> None:
    """Also beyond the routes of accounts a cookie alone changes nothing."""
    browser, _ = sign_up(open_server)
    assert browser.post("/api/agents", {"name": "Mine"}).status_code == 201
    for origin in ("https://evil.example", ""):
        browser.origin = origin
        assert error_of(browser.post("/api/agents", {"name": "Forged"})) == ORIGIN
    assert [agent["name"] for agent in browser.get("/api/dashboard/agents").json()["agents"]] == ["Mine"]


# ---- sessions ----


def age(server: Server, browser: Browser, seen_ms: int = 0, created_ms: int = 0) -> None:
    """Moves a session into the past."""
    digest = hashlib.sha256(browser.secret().encode()).digest()
    changed = sql(
        server,
        "UPDATE session SET seen_at = seen_at - ?, created_at = created_at - ? WHERE token_hash = ? RETURNING id",
        seen_ms,
        created_ms,
        digest,
    )
    assert len(changed) == 1


HOUR = 3600 * 1000


def test_a_session_ends_after_an_hour_without_activity(open_server: Server) -> None:
    """Idle for just under an hour a session goes on; at one hour it is over, and its row is gone."""
    browser, _ = sign_up(open_server)
    age(open_server, browser, HOUR - 20000)
    assert browser.is_in()
    age(open_server, browser, HOUR + 1000)
    assert not browser.is_in()
    digest = hashlib.sha256(browser.secret().encode()).digest()
    assert sql(open_server, "SELECT id FROM session WHERE token_hash = ?", digest) == []
    assert error_of(browser.get("/api/auth/me")) == AUTH_REQUIRED
    assert error_of(browser.post("/api/auth/session/ping")) == (401, "Session expired due to inactivity.")


def test_a_session_ends_after_fourteen_days(open_server: Server) -> None:
    """However busy it is, a session lasts fourteen days."""
    browser, _ = sign_up(open_server)
    age(open_server, browser, 0, 14 * 24 * HOUR - 20000)
    assert browser.is_in()
    age(open_server, browser, 0, 20000)
    assert not browser.is_in()


def test_activity_keeps_a_session_alive(open_server: Server) -> None:
    """A request after more than a minute moves the time of activity and sends the cookie again; within it neither."""
    browser, email = sign_up(open_server)
    age(open_server, browser, 61000)
    answer = browser.get("/api/auth/me")
    assert f"{COOKIE}={browser.secret()};" in answer.headers["Set-Cookie"]
    ((seen,),) = sql(
        open_server, "SELECT s.seen_at FROM session s JOIN person p ON p.id = s.person WHERE p.email = ?", email
    )
    assert abs(seen - now_ms()) < 30000
    assert "Set-Cookie" not in browser.get("/api/auth/me").headers
    ping = browser.post("/api/auth/session/ping")
    assert ping.json() == {"ok": True} and f"{COOKIE}={browser.secret()};" in ping.headers["Set-Cookie"]


def test_session_describes_itself(open_server: Server) -> None:
    """GET /api/auth/session says whose session it is, and without one plainly no."""
    browser, email = sign_up(open_server)
    answer = browser.get("/api/auth/session").json()
    assert set(answer["session"]) == {"sessionId", "userId", "email", "emailVerified", "inactivityMs"}
    assert answer["authenticated"] is True and answer["session"]["email"] == email
    assert answer["session"]["inactivityMs"] == HOUR
    nobody = Browser(open_server).get("/api/auth/session")
    assert (nobody.status_code, nobody.json()) == (401, {"authenticated": False})


def test_logout_ends_the_session(open_server: Server) -> None:
    """After a logout the secret opens nothing, the cookie is taken back, and doing it again is no error."""
    browser, _ = sign_up(open_server)
    secret = browser.secret()
    answer = browser.post("/api/auth/logout")
    assert answer.json() == {"loggedOut": True}
    assert f"{COOKIE}=; Path=/; Max-Age=0;" in answer.headers["Set-Cookie"]
    again = requests.get(open_server.base_url + "/api/auth/me", cookies={COOKIE: secret}, timeout=30)
    assert error_of(again) == AUTH_REQUIRED
    assert browser.post("/api/auth/logout").json() == {"loggedOut": True}


def test_sessions_outlive_the_server(start_server: StartServer) -> None:
    """A restart ends no session."""
    server = start_server()
    browser = operator(server)
    assert server.stop() == 0
    server.start()
    assert browser.is_in()


def test_ended_sessions_are_cleared_away(start_server: StartServer) -> None:
    """The background work of a start removes sessions, device logins and links that are over."""
    server = start_server()
    operator(server)
    server.call("POST", "/api/auth/device/request")
    done = server.command_line("admin", "reset-link", server.email)
    assert done.returncode == 0, done.stderr
    assert server.stop() == 0
    for table, column in (("session", "seen_at"), ("device_login", "expires_at"), ("mail_token", "expires_at")):
        assert sql(server, f"UPDATE {table} SET {column} = {column} - ? RETURNING id", 2 * HOUR) != []
    server.start()
    deadline = time.monotonic() + 20
    counts = "SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM device_login), count(*) FROM mail_token"
    while sql(server, counts) != [(0, 0)]:
        assert time.monotonic() < deadline, sql(server, counts)
        time.sleep(0.1)


def test_switching_between_accounts(open_server: Server) -> None:
    """A session can move to another account of its person, and to no other one."""
    browser, email = sign_up(open_server)
    stranger, other = sign_up(open_server)
    own = browser.get("/api/auth/me").json()["account"]["accountId"]
    foreign = stranger.get("/api/auth/me").json()["account"]["accountId"]
    for account_id in (foreign, "acct_none"):
        answer = browser.post("/api/auth/account", {"accountId": account_id})
        assert error_of(answer) == (404, "Account not found.")
    assert error_of(browser.post("/api/auth/account", {})) == (400, "accountId is required.")
    sql(
        open_server,
        "INSERT INTO member (member_id, account, person, role, created_at) SELECT 'mbr_' || a.id, a.id, p.id, 'viewer',"
        " 0 FROM account a, person p WHERE a.account_id = ? AND p.email = ?",
        foreign,
        email,
    )
    assert browser.post("/api/auth/account", {"accountId": foreign}).json() == {"accountId": foreign}
    me = browser.get("/api/auth/me").json()
    assert me["account"] == {"accountId": foreign, "name": other} and me["role"] == "viewer"
    assert [one["accountId"] for one in me["accounts"]] == [own, foreign]
    assert browser.post("/api/agents", {"name": "x"}).status_code == 403
    assert browser.post("/api/auth/account", {"accountId": own}).status_code == 200
    assert browser.get("/api/auth/me").json()["role"] == "owner"


def test_who_belongs_to_no_account_cannot_sign_in(open_server: Server) -> None:
    """A person whose last part in an account is gone is told so, but only with the right password."""
    browser, email = sign_up(open_server)
    sql(open_server, "DELETE FROM member WHERE person = (SELECT id FROM person WHERE email = ?)", email)
    assert error_of(Browser(open_server).login(email)) == (403, "Workspace account required.")
    assert error_of(Browser(open_server).login(email, "wrong password")) == BAD_LOGIN
    me = browser.get("/api/auth/me").json()
    assert me["account"] is None and me["role"] is None and me["accounts"] == []


# ---- passwords ----


def test_changing_the_password_ends_other_sessions(open_server: Server) -> None:
    """A new password needs the old one; this session goes on, all others end, and only the new one signs in."""
    browser, email = sign_up(open_server)
    other = Browser(open_server)
    assert other.login(email).status_code == 200

    def change(current: str, new: str) -> requests.Response:
        return browser.post("/api/auth/change-password", {"currentPassword": current, "newPassword": new})

    assert error_of(change("wrong password", "another password")) == (400, "Current password is wrong.")
    assert error_of(change(PASSWORD, "short")) == PASSWORD_RULE
    assert other.is_in()
    assert change(PASSWORD, "another password").json() == {"ok": True}
    assert browser.is_in() and not other.is_in()
    assert error_of(Browser(open_server).login(email)) == BAD_LOGIN
    assert Browser(open_server).login(email, "another password").status_code == 200


def test_developer_tokens_change_no_password(demo: Server) -> None:
    """What is about a person's own sign-in needs a session; a token will not do."""
    for path in ("change-password", "account", "device/authorize", "device/deny", "session/ping"):
        answer = demo.call("POST", f"/api/auth/{path}", {}, demo.as_developer())
        assert error_of(answer) == (403, "This needs a person who is signed in."), path


def reset_token(server: Server, email: str) -> str:
    """The token of a link that the operator makes on the server's own command line."""
    done = server.command_line("admin", "reset-link", email, "--public-url", "https://b.example/", "--json")
    assert done.returncode == 0, done.stderr
    link: str = json.loads(done.stdout)["link"]
    assert link.startswith("https://b.example/reset-password#token=")
    return link.split("=")[1]


def test_a_reset_link_works_once_and_ends_all_sessions(open_server: Server) -> None:
    """A reset sets the password, ends every session and device login of the person, and the link is used up."""
    browser, email = sign_up(open_server)
    other, _ = sign_up(open_server)
    device = open_server.call("POST", "/api/auth/device/request").json()
    assert browser.post("/api/auth/device/authorize", {"userCode": device["userCode"]}).status_code == 200
    token = reset_token(open_server, email)
    page = Browser(open_server)

    def reset(**fields: str) -> requests.Response:
        return page.post("/api/auth/reset-password", {"token": token, "password": "brand new password", **fields})

    assert error_of(reset(token=" ")) == (400, "Reset token is required.")
    assert error_of(reset(password="short")) == PASSWORD_RULE
    assert error_of(reset(token=token[:-1] + "!")) == (400, "This reset link is invalid or has expired.")
    assert browser.is_in()
    assert reset().json() == {"ok": True}
    assert not browser.is_in() and other.is_in()
    poll = open_server.call("POST", "/api/auth/device/poll", {"deviceCode": device["deviceCode"]})
    assert poll.json() == {"status": "expired"}
    assert error_of(Browser(open_server).login(email)) == BAD_LOGIN
    assert Browser(open_server).login(email, "brand new password").status_code == 200
    assert error_of(reset()) == (400, "This reset link is invalid or has expired.")


def test_reset_links_expire_and_replace_each_other(open_server: Server) -> None:
    """A link lasts an hour, a new one takes the place of the old, and changing the password ends it."""
    browser, email = sign_up(open_server)

    def works(token: str) -> bool:
        answer = Browser(open_server).post("/api/auth/reset-password", {"token": token, "password": PASSWORD})
        assert answer.status_code == 200 or error_of(answer)[1] == "This reset link is invalid or has expired."
        return answer.status_code == 200

    first, second = reset_token(open_server, email), reset_token(open_server, email)
    assert not works(first)
    sql(open_server, "UPDATE mail_token SET expires_at = expires_at - 3600000")
    assert not works(second)
    third = reset_token(open_server, email)
    ((life,),) = sql(open_server, "SELECT expires_at - created_at FROM mail_token")
    assert life == HOUR
    assert works(third)
    fourth = reset_token(open_server, email)
    browser.login(email)
    body = {"currentPassword": PASSWORD, "newPassword": "another password"}
    assert browser.post("/api/auth/change-password", body).status_code == 200
    assert not works(fourth)


def test_admin_lists_people_and_knows_no_strangers(open_server: Server) -> None:
    """`admin people list` shows addresses and no secrets; a reset link is made for known people alone."""
    _, email = sign_up(open_server)
    done = open_server.command_line("admin", "people", "list", "--json")
    people = json.loads(done.stdout)
    assert people[0]["email"] == open_server.email and people[0]["isOperator"] is True
    assert email in [one["email"] for one in people]
    assert "scrypt" not in done.stdout
    assert email in open_server.command_line("admin", "people", "list").stdout
    for wrong, text in (("x@example.com", "Nobody here has this email."), ("x", "A valid email is required.")):
        done = open_server.command_line("admin", "reset-link", wrong)
        assert done.returncode == 1 and text in done.stderr


# ---- limits ----


def test_logins_are_limited_per_address_of_mail(start_server: StartServer) -> None:
    """Ten tries of one caller for one address in 15 minutes, in any case of its letters, known or not; others are free."""
    server = start_server("--signup", "open", "--auth-rate-limit", "10")
    _, email = sign_up(server)
    for tried in (email, "nobody@example.com"):
        count = 9 if tried == email else 10  # signing up counted
        for i in range(count):
            assert error_of(Browser(server).login(tried.upper() if i % 2 else tried, "wrong password")) == BAD_LOGIN
        answer = Browser(server).login(tried, PASSWORD)
        assert error_of(answer) == LIMITED
        assert 0 < int(answer.headers["Retry-After"]) <= 900
        assert answer.headers["RateLimit-Limit"] == "10"
    assert operator(server).is_in()


def login_from(server: Server, address: str, password: str, email: str = "") -> requests.Response:
    """A sign-in of the operator that a proxy says comes from there."""
    body = {"email": email or server.email, "password": password}
    return Browser(server).post("/api/auth/login", body, **{"X-Real-IP": address})


def test_strangers_lock_nobody_out(start_server: StartServer) -> None:
    """Tries from elsewhere use up their own network's limit for an address of mail, not that of its owner."""
    server = start_server("--auth-rate-limit", "3", "--trust-proxy-xff")
    for i in range(5):
        answer = login_from(server, f"2001:db8:0:7::{i}", "wrong password")
        assert error_of(answer) == (BAD_LOGIN if i < 3 else LIMITED)
    for address in ("192.0.2.1", "2001:db8:0:8::1"):
        answer = login_from(server, address, server.password)
        assert answer.status_code == 200
        assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("3", "2")
    headers = {"X-Real-IP": "192.0.2.1"}
    assert Browser(server).post("/api/auth/forgot-password", {"email": server.email}, **headers).status_code == 200


def test_tries_from_everywhere_come_to_an_end(start_server: StartServer) -> None:
    """One address of mail gets ten times the tries of one caller from all callers together, and no more."""
    server = start_server("--auth-rate-limit", "1", "--trust-proxy-xff")
    for i in range(10):
        assert error_of(login_from(server, f"192.0.2.{i}", "wrong password")) == BAD_LOGIN
        assert error_of(login_from(server, f"192.0.2.{i}", "wrong password")) == LIMITED
    answer = login_from(server, "192.0.2.77", server.password)
    assert error_of(answer) == LIMITED and answer.headers["RateLimit-Limit"] == "10"
    assert error_of(login_from(server, "192.0.2.78", PASSWORD, "nobody@example.com")) == BAD_LOGIN


def test_strangers_keep_nobody_from_a_new_password(start_server: StartServer) -> None:
    """Whoever is signed in can change the password however often others have tried to sign in as them."""
    server = start_server("--auth-rate-limit", "2")
    browser = operator(server)
    for _ in range(3):
        Browser(server).login(server.email, "wrong password")
    assert error_of(Browser(server).login(server.email, server.password)) == LIMITED
    body = {"currentPassword": server.password, "newPassword": PASSWORD}
    assert browser.post("/api/auth/change-password", body).json() == {"ok": True}


def test_sign_ins_are_limited_by_default(demo: Server) -> None:
    """Who says nothing gets a limit of ten."""
    done = demo.command_line("serve", "--help")
    assert "BEHALFID_AUTH_RATE_LIMIT, default 10\n" in done.stdout


def test_all_ways_in_are_limited_per_caller(start_server: StartServer) -> None:
    """Ten times as many tries come from one network address, over all the public routes together."""
    server = start_server("--auth-rate-limit", "2")
    browser = Browser(server)
    for i in range(5):
        assert error_of(browser.login(f"a{i}@example.com")) == BAD_LOGIN
        assert browser.post("/api/auth/forgot-password", {"email": f"b{i}@example.com"}).json() == {"ok": True}
        assert browser.post("/api/auth/verify-email", {"token": "x"}).status_code == 400
        assert browser.post("/api/auth/reset-password", {"token": "x", "password": PASSWORD}).status_code == 400
    assert error_of(browser.login(server.email, server.password)) == LIMITED
    assert error_of(browser.post("/api/auth/reset-password", {"token": "x"})) == LIMITED
    assert server.call("GET", "/api/auth/me", headers=server.as_developer()).status_code == 200


def test_changing_passwords_is_limited(start_server: StartServer) -> None:
    """A stolen session cannot try out the current password for long."""
    server = start_server("--auth-rate-limit", "3")
    browser = operator(server)
    body = {"currentPassword": "wrong password", "newPassword": PASSWORD}
    for _ in range(3):
        assert browser.post("/api/auth/change-password", body).status_code == 400
    assert error_of(browser.post("/api/auth/change-password", {**body, "currentPassword": server.password})) == LIMITED


# ---- secrets ----


def test_no_secret_leaves_by_answer_log_or_database(open_server: Server) -> None:
    """Passwords, stored hashes and session secrets are in no answer but Set-Cookie, in no log, and not stored."""
    password = "a very special password"
    browser, email = sign_up(open_server, password=password)
    token = reset_token(open_server, email)
    ((stored,),) = sql(open_server, "SELECT password FROM person WHERE email = ?", email)
    answers = [
        browser.get("/api/auth/me"),
        browser.get("/api/auth/session"),
        browser.post("/api/auth/session/ping"),
        browser.login(email, password),
        browser.post("/api/auth/login", {"email": email, "password": password, "x" + password: 1}),
        browser.post("/api/auth/change-password", {"currentPassword": password, "newPassword": "x"}),
    ]
    for secret in (stored, stored.split(":")[2], browser.secret(), token):
        assert all(secret not in answer.text for answer in answers)
    for secret in (password, stored, browser.secret(), token, email):
        assert secret not in open_server.log()
    for path in open_server.data_dir.glob("behalf.db*"):
        content = path.read_bytes()
        for secret in (password, browser.secret(), token):
            assert secret.encode() not in content
