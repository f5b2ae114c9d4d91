# SPDX-License-Identifier: Apache-2.0
"""Signing in a device without a browser: a code that a person confirms elsewhere."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest
import requests

from accounts_support import Browser, operator
from api_support import error_of, now_ms, sql
from harness import Server
from people_support import COOKIE

StartServer = Callable[..., Server]

INVALID = (404, "Invalid or expired code.")
EXPIRED = (410, "Code has expired.")
LIMITED = (429, "Rate limit exceeded.")


def request(server: Server) -> dict[str, Any]:
    """POST /api/auth/device/request."""
    answer = server.call("POST", "/api/auth/device/request")
    assert answer.status_code == 200, answer.text
    codes: dict[str, Any] = answer.json()
    return codes


def poll(server: Server, device_code: str) -> dict[str, Any]:
    """POST /api/auth/device/poll."""
    answer = server.call("POST", "/api/auth/device/poll", {"deviceCode": device_code})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store, private"
    state: dict[str, Any] = answer.json()
    return state


def test_a_device_is_signed_in_once(demo: Server) -> None:
    """The device waits, a person confirms its code as typed, the next poll gets a session, and no later one does."""
    browser = operator(demo)
    codes = request(demo)
    assert set(codes) == {"deviceCode", "userCode", "verificationUri", "expiresIn", "interval"}
    assert re.fullmatch("[A-Za-z0-9_-]{43}", codes["deviceCode"])
    assert re.fullmatch("[ACDEFGHJKLMNPQRTUVWXYZ2346789]{4}-[ACDEFGHJKLMNPQRTUVWXYZ2346789]{4}", codes["userCode"])
    assert codes["verificationUri"] == demo.base_url + "/authenticate"
    assert (codes["expiresIn"], codes["interval"]) == (900, 5)
    assert poll(demo, codes["deviceCode"]) == {"status": "pending"}
    typed = f" {codes['userCode'].lower().replace('-', ' ')} "
    assert browser.post("/api/auth/device/authorize", {"userCode": typed}).json() == {"authorized": True}
    done = poll(demo, codes["deviceCode"])
    assert set(done) == {"status", "token"} and done["status"] == "authorized"
    me = requests.get(demo.base_url + "/api/auth/me", cookies={COOKIE: done["token"]}, timeout=30).json()
    assert me == browser.get("/api/auth/me").json()
    assert done["token"] != browser.secret()
    assert poll(demo, codes["deviceCode"]) == {"status": "expired"}
    digest = hashlib.sha256(codes["deviceCode"].encode()).digest()
    assert sql(demo, "SELECT id FROM device_login WHERE device_hash = ?", digest) == []
    assert error_of(browser.post("/api/auth/device/authorize", {"userCode": codes["userCode"]})) == INVALID


def test_a_person_can_say_no(demo: Server) -> None:
    """A denied device is told so, and its code cannot be confirmed any more."""
    browser = operator(demo)
    codes = request(demo)
    assert browser.post("/api/auth/device/deny", {"userCode": codes["userCode"]}).json() == {"denied": True}
    assert poll(demo, codes["deviceCode"]) == {"status": "denied"}
    assert error_of(browser.post("/api/auth/device/authorize", {"userCode": codes["userCode"]})) == INVALID
    assert poll(demo, codes["deviceCode"]) == {"status": "denied"}


def test_codes_expire(start_server: StartServer) -> None:
    """After 15 minutes a code can be neither confirmed nor collected, also when it was confirmed in time."""
    server = start_server()
    browser = operator(server)
    open_codes, confirmed = request(server), request(server)
    assert browser.post("/api/auth/device/authorize", {"userCode": confirmed["userCode"]}).status_code == 200
    assert sql(server, "SELECT DISTINCT expires_at - created_at FROM device_login") == [(900000,)]
    sql(server, "UPDATE device_login SET expires_at = expires_at - 900000")
    for codes in (open_codes, confirmed):
        assert poll(server, codes["deviceCode"]) == {"status": "expired"}
    for verb in ("authorize", "deny"):
        assert error_of(browser.post(f"/api/auth/device/{verb}", {"userCode": open_codes["userCode"]})) == EXPIRED
    assert sql(server, "SELECT count(*) FROM session") == [(1,)]


@pytest.mark.threads
def test_one_poll_of_many_gets_the_session(demo: Server) -> None:
    """Of polls at the same time one gets the session, and only one session is made."""
    browser = operator(demo)
    codes = request(demo)
    browser.post("/api/auth/device/authorize", {"userCode": codes["userCode"]})
    before = sql(demo, "SELECT count(*) FROM session")[0][0]
    with ThreadPoolExecutor(8) as pool:
        states = [state["status"] for state in pool.map(lambda _: poll(demo, codes["deviceCode"]), range(16))]
    assert sorted(states) == ["authorized"] + ["expired"] * 15
    assert sql(demo, "SELECT count(*) FROM session")[0][0] == before + 1


def test_codes_are_kept_as_hashes_under_the_server_key(demo: Server) -> None:
    """The database holds neither code, nor a hash of the short one that could be tried out without the key."""
    codes = request(demo)
    hashes = sql(demo, "SELECT device_hash, user_code_hash FROM device_login ORDER BY id DESC LIMIT 1")[0]
    assert hashes[0] == hashlib.sha256(codes["deviceCode"].encode()).digest()
    short = codes["userCode"]
    for form in (short, short.replace("-", ""), short.lower()):
        assert hashlib.sha256(form.encode()).digest() != hashes[1]
    for path in demo.data_dir.glob("behalf.db*"):
        content = path.read_bytes()
        assert codes["deviceCode"].encode() not in content and short.encode() not in content


def test_guessing_codes_is_limited(start_server: StartServer) -> None:
    """One person may try ten codes in 15 minutes, confirming and denying together; the next one is refused unseen."""
    server = start_server("--auth-rate-limit", "10")
    browser = operator(server)
    codes = request(server)
    for i in range(10):
        verb = "deny" if i % 2 else "authorize"
        assert error_of(browser.post(f"/api/auth/device/{verb}", {"userCode": "ACDE-FGHJ"})) == INVALID
    assert error_of(browser.post("/api/auth/device/authorize", {"userCode": codes["userCode"]})) == LIMITED
    assert error_of(browser.post("/api/auth/device/deny", {"userCode": codes["userCode"]})) == LIMITED
    assert poll(server, codes["deviceCode"]) == {"status": "pending"}


def test_requests_are_limited_per_caller(start_server: StartServer) -> None:
    """Twenty device logins in 15 minutes may be begun from one network address."""
    server = start_server("--auth-rate-limit", "10")
    for _ in range(20):
        request(server)
    assert error_of(server.call("POST", "/api/auth/device/request")) == LIMITED


def test_open_requests_are_limited_in_all(start_server: StartServer) -> None:
    """Ten thousand device logins may wait at the same time, then it says when to try again; expired ones do not count."""
    server = start_server()
    sql(
        server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
        " INSERT INTO device_login (device_hash, user_code_hash, status, created_at, expires_at)"
        " SELECT 'd' || i, 'u' || i, 'pending', 0, ? FROM n",
        now_ms() + 600000,
    )
    request(server)
    answer = server.call("POST", "/api/auth/device/request")
    assert error_of(answer) == (429, "Too many sign-ins of devices are waiting.")
    assert answer.json()["code"] == "RATE_LIMIT_EXCEEDED"
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    sql(server, "UPDATE device_login SET expires_at = 1 WHERE device_hash = 'd7'")
    request(server)


def test_foreign_pages_begin_none(start_server: StartServer) -> None:
    """A page of another origin begins no device login; ours and a terminal, which names none, do."""
    server = start_server()
    for origin in ("https://evil.example", "null", server.base_url + ".evil.example"):
        answer = server.call("POST", "/api/auth/device/request", headers={"Origin": origin})
        assert error_of(answer) == (403, "Invalid request origin.")
    assert sql(server, "SELECT count(*) FROM device_login") == [(0,)]
    assert server.call("POST", "/api/auth/device/request", headers={"Origin": server.base_url}).status_code == 200
    request(server)


def test_who_lost_their_part_gets_no_session(start_server: StartServer) -> None:
    """A person who was removed from the account between confirming and collecting gets nothing."""
    server = start_server("--signup", "open")
    browser = Browser(server)
    assert browser.post("/api/auth/signup", {"email": "a@b.c", "password": "0123456789"}).status_code == 201
    codes = request(server)
    assert browser.post("/api/auth/device/authorize", {"userCode": codes["userCode"]}).status_code == 200
    sql(server, "DELETE FROM member WHERE person = (SELECT id FROM person WHERE email = 'a@b.c')")
    assert poll(server, codes["deviceCode"]) == {"status": "expired"}


@pytest.mark.hostile
def test_odd_codes_are_refused(demo: Server) -> None:
    """Whatever is sent as a code gets one clear refusal."""
    browser = operator(demo)
    for code in ("ACDE-FGH", "ACDE-FGHJK", "ACDE-FGH0", "\u00c4CDE-FGHJ", "x" * 81, "ACDE\tFGHJ", "%s%n%s%n"):
        for verb in ("authorize", "deny"):
            assert error_of(browser.post(f"/api/auth/device/{verb}", {"userCode": code})) == INVALID
    values: list[Any] = [None, "", " ", 5, [], {}]
    for value in values:
        answer = browser.post("/api/auth/device/authorize", {"userCode": value})
        assert error_of(answer) == (400, "userCode is required.")
        answer = demo.call("POST", "/api/auth/device/poll", {"deviceCode": value})
        assert error_of(answer) == (400, "deviceCode is required.")
    assert poll(demo, "x" * 60000) == {"status": "expired"}
    assert poll(demo, "' OR 1=1 --") == {"status": "expired"}


def test_only_people_confirm_devices(demo: Server) -> None:
    """Neither an agent's key nor a developer token nor nobody can confirm a code."""
    codes = request(demo)
    body = {"userCode": codes["userCode"]}
    tried: list[tuple[dict[str, str], int]] = [({}, 401), (demo.as_agent(), 401), (demo.as_developer(), 403)]
    for headers, status in tried:
        assert demo.call("POST", "/api/auth/device/authorize", body, headers).status_code == status
    assert poll(demo, codes["deviceCode"]) == {"status": "pending"}
