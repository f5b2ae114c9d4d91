# SPDX-License-Identifier: Apache-2.0
"""Where a person is signed in: listed for nobody else, and ended from one place."""

import time
from typing import Any, Callable

import requests

from accounts_support import PASSWORD, Browser, operator, setup_token, sign_up
from api_support import error_of, iso, now_ms, sql
from event_stream import EventStream
from harness import Server
from people_support import Person, digest

StartServer = Callable[..., Server]

HOUR = 3600 * 1000
LIFE = 14 * 24 * HOUR
MISSING = (404, "Session not found.")
FIELDS = {"sessionId", "current", "kind", "createdAt", "lastSeenAt", "expiresAt", "userAgent", "address"}


def listed(browser: Browser) -> list[dict[str, Any]]:
    """The sessions that a browser sees."""
    answer = browser.get("/api/auth/sessions")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["sessions"]
    assert all(set(row) == FIELDS for row in rows)
    return rows


def end(browser: Browser, session_id: str = "") -> requests.Response:
    """DELETE of one session, or of all others, from a page."""
    path = "/api/auth/sessions" + (f"/{session_id}" if session_id else "")
    return browser.http.delete(browser.server.base_url + path, headers={"Origin": browser.origin}, timeout=60)


def current(browser: Browser) -> str:
    """The id of a browser's own session."""
    session_id: str = browser.get("/api/auth/session").json()["session"]["sessionId"]
    return session_id


def second(server: Server, email: str, user_agent: str = "") -> Browser:
    """Another browser of the same person."""
    browser = Browser(server)
    if user_agent:
        browser.http.headers["User-Agent"] = user_agent
    assert browser.login(email).status_code == 200
    return browser


def test_the_list_tells_where_one_is_signed_in(start_server: StartServer) -> None:
    """Each session has its id, which is neither its secret nor the hash of it, who asked for it and from where; the
    present one is marked."""
    server = start_server("--signup", "open")
    first, email = sign_up(server)
    other = second(server, email, "Mozilla/5.0 (Test)")
    before = now_ms()
    rows = {row["sessionId"]: row for row in listed(first)}
    assert len(rows) == 2 and set(rows) == {current(first), current(other)}
    mine, theirs = rows[current(first)], rows[current(other)]
    assert (mine["current"], theirs["current"]) == (True, False)
    assert mine["userAgent"].startswith("python-requests/") and theirs["userAgent"] == "Mozilla/5.0 (Test)"
    assert all(row["address"] == "127.0.0.1" and row["kind"] == "password" for row in rows.values())
    assert all(row["createdAt"] <= row["lastSeenAt"] <= iso(before) for row in rows.values())
    assert all(iso(before + HOUR - 60000) <= row["expiresAt"] <= iso(before + HOUR) for row in rows.values())
    for browser in (first, other):
        assert browser.secret() not in str(rows) and digest(browser.secret()).hex() not in str(rows)


def test_each_way_in_is_named(start_server: StartServer) -> None:
    """The first operator's session says setup, a device's device, that of an invitation invite."""
    server = start_server(demo=False)
    body = {"token": setup_token(server.printed()), "email": "ada@example.com", "password": PASSWORD}
    browser = Browser(server)
    assert browser.post("/api/setup", body).status_code == 201
    codes = server.call("POST", "/api/auth/device/request").json()
    assert browser.post("/api/auth/device/authorize", {"userCode": codes["userCode"]}).status_code == 200
    agent = {"User-Agent": "behalf/0"}
    done = server.call("POST", "/api/auth/device/poll", {"deviceCode": codes["deviceCode"]}, agent).json()
    assert done["status"] == "authorized"
    assert [(row["kind"], row["userAgent"]) for row in listed(browser) if not row["current"]] == [
        ("device", "behalf/0")
    ]
    assert [row["kind"] for row in listed(browser) if row["current"]] == ["setup"]
    invite = browser.post("/api/dashboard/members/invites", {"role": "viewer"}).json()
    guest = Browser(server)
    guest_body = {"token": invite["inviteUrl"].split("#token=")[1], "email": "eve@example.com", "password": PASSWORD}
    assert guest.post("/api/auth/accept-invite", guest_body).status_code == 201
    assert [row["kind"] for row in listed(guest)] == ["invite"]


def test_newest_activity_comes_first_and_ended_ones_do_not(demo: Server) -> None:
    """Sessions are in the order of their last use; one that has ended is not listed, and cannot be ended; a session
    from before it was noted says null."""
    person = Person(demo)
    now = now_ms()
    rows = [("sess_a" + "x" * 15, 5000), ("sess_b" + "x" * 15, 1000), ("sess_c" + "x" * 15, HOUR)]
    for number, (name, ago) in enumerate(rows):
        sql(
            demo,
            "INSERT INTO session (session_id, token_hash, person, account, created_at, seen_at) VALUES (?,?,?,?,?,?)",
            name,
            digest(f"{person.email}{number}"),
            person.number,
            person.account.number,
            now - HOUR,
            now - ago,
        )
    person.set_session_times(now - 2 * HOUR, now - 3000)
    got = person.get("/api/auth/sessions")["sessions"]
    assert [row["sessionId"] for row in got] == [rows[1][0], person.session_id, rows[0][0]]
    assert got[0]["userAgent"] is None and got[0]["address"] is None
    assert (got[0]["lastSeenAt"], got[0]["expiresAt"]) == (iso(now - 1000), iso(now - 1000 + HOUR))
    assert error_of(person.call("DELETE", f"/api/auth/sessions/{rows[2][0]}")) == MISSING
    person.set_session_times(now - LIFE + 60000, now)
    mine = [row for row in person.get("/api/auth/sessions")["sessions"] if row["current"]]
    assert mine[0]["expiresAt"] == iso(now + 60000)
    sql(demo, "DELETE FROM session WHERE person = ?", person.number)


def test_an_ended_session_is_out_at_once(start_server: StartServer) -> None:
    """Who is ended from elsewhere is refused on the next request, and a second attempt finds nothing."""
    server = start_server("--signup", "open")
    first, email = sign_up(server)
    other = second(server, email)
    session_id = current(other)
    assert end(first, session_id).json() == {"revoked": True}
    assert not other.is_in() and first.is_in()
    assert error_of(end(first, session_id)) == MISSING
    assert error_of(end(first, "sess_" + "x" * 16)) == MISSING


def test_ending_ones_own_session_takes_the_cookie_back(start_server: StartServer) -> None:
    """Whoever ends the session they are in is signed out, and the browser forgets it."""
    server = start_server("--signup", "open")
    browser, _ = sign_up(server)
    answer = end(browser, current(browser))
    assert answer.json() == {"revoked": True} and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert browser.secret() == "" and not browser.is_in()


def test_all_others_end_together(start_server: StartServer) -> None:
    """All of the person's other sessions end, and a device that was confirmed but has not come yet gets none; nobody
    else's end."""
    server = start_server("--signup", "open")
    first, email = sign_up(server)
    stranger, _ = sign_up(server)
    others = [second(server, email) for _ in range(3)]
    codes = server.call("POST", "/api/auth/device/request").json()
    assert others[0].post("/api/auth/device/authorize", {"userCode": codes["userCode"]}).status_code == 200
    assert end(first).json() == {"revoked": 3}
    assert [browser.is_in() for browser in others] == [False] * 3
    assert first.is_in() and stranger.is_in()
    polled = server.call("POST", "/api/auth/device/poll", {"deviceCode": codes["deviceCode"]}).json()
    assert polled == {"status": "expired"}
    assert end(first).json() == {"revoked": 0} and [row["current"] for row in listed(first)] == [True]


def test_nobody_sees_or_ends_anothers(demo: Server) -> None:
    """An owner of the same account neither lists nor ends a member's session: to them it is not there."""
    owner, member = Person(demo), Person(demo, "viewer")
    assert [row["sessionId"] for row in owner.get("/api/auth/sessions")["sessions"]] == [owner.session_id]
    assert error_of(owner.call("DELETE", f"/api/auth/sessions/{member.session_id}")) == MISSING
    assert owner.call("DELETE", "/api/auth/sessions").json() == {"revoked": 0}
    assert member.get("/api/auth/session")["authenticated"] is True


def test_without_an_origin_nothing_ends(demo: Server) -> None:
    """A page of somebody else cannot sign anybody out: the Origin must be this server's."""
    person = Person(demo)
    for path in ("/api/auth/sessions", f"/api/auth/sessions/{person.session_id}"):
        for headers in (person.by_session(None), person.by_session("https://evil.example")):
            assert error_of(demo.call("DELETE", path, headers=headers)) == (403, "Invalid request origin.")
    assert person.get("/api/auth/session")["authenticated"] is True


def test_who_left_the_account_can_still_sign_out(demo: Server) -> None:
    """Sessions are the person's, not the account's: without a part in it they are still shown and ended."""
    person = Person(demo)
    person.leave()
    assert len(person.get("/api/auth/sessions")["sessions"]) == 1
    assert person.call("DELETE", f"/api/auth/sessions/{person.session_id}").json() == {"revoked": True}
    assert demo.call("GET", "/api/auth/session", headers=person.by_session()).status_code == 401


def test_open_streams_end_with_their_session(server: Server) -> None:
    """An event stream of a session that is ended elsewhere ends soon."""
    watcher = operator(server)
    other = operator(server)
    headers = {"Cookie": f"behalfid_developer={other.secret()}"}
    with EventStream(server, "/api/dashboard/logs/stream", headers) as stream:
        assert stream.status == 200
        assert end(watcher, current(other)).status_code == 200
        begin = time.monotonic()
        while not stream.ended:
            stream.read_chunk()
        assert time.monotonic() - begin < 15  # before a comment would come


def test_user_agents_are_cut_and_cleaned(start_server: StartServer) -> None:
    """Two hundred characters of a user agent are kept; a key in it is redacted, markup stays data, and what is no
    text is not kept."""
    server = start_server("--signup", "open")
    first, email = sign_up(server)
    token = "bhf_sk_" + "a" * 43
    shown = {
        "x" * 200: "x" * 200,
        "y" * 201: "y" * 200,
        f"tool {token}": "tool bhf_sk_[redacted]",
        '<script>"&': '<script>"&',
        "caf\xe9".encode("latin-1").decode("latin-1"): None,
    }
    for agent, wanted in shown.items():
        session_id = current(second(server, email, agent))
        (row,) = [row for row in listed(first) if row["sessionId"] == session_id]
        assert row["userAgent"] == wanted, agent
