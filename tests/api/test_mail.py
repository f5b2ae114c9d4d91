# SPDX-License-Identifier: Apache-2.0
"""Links by mail, against a real SMTP server."""

import re
import socket
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from accounts_support import PASSWORD, Browser, operator, sign_up
from api_support import error_of, sql
from harness import Server, free_port
from smtp_sink import Sink, own_certificate

StartServer = Callable[..., Server]

UNVERIFIED = (403, "Email verification required. Check your inbox or resend the verification email.")
BAD_LINK = (400, "This verification link or code is invalid or has expired.")


@pytest.fixture()
def sink() -> Iterator[Sink]:
    """A mail server for one test."""
    with Sink() as started:
        yield started


def link(text: str, server: Server, path: str) -> str:
    """The token of the one link in a mail."""
    found = re.findall(r"(\S+)#token=([A-Za-z0-9_-]{43})\r?\n", text)
    assert len(found) == 1, text
    assert found[0][0] == server.base_url + path
    token: str = found[0][1]
    return token


def wait_for_log(server: Server, text: str) -> None:
    """Until the server has said so."""
    deadline = time.monotonic() + 30
    while text not in server.log():
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.02)


def test_a_new_address_must_be_verified(start_server: StartServer, sink: Sink) -> None:
    """With mail a new person can do nothing with agents until the link in the mail was opened, which works once."""
    server = start_server("--signup", "open", env=sink.environment())
    assert server.call("GET", "/api/setup").json()["mailEnabled"] is True
    browser = Browser(server)
    answer = browser.post("/api/auth/signup", {"email": "ada@example.com", "password": PASSWORD})
    assert answer.json()["emailVerificationSent"] is True
    (mail,) = sink.wait(1)
    assert browser.get("/api/auth/me").json()["user"]["emailVerified"] is False
    assert error_of(browser.get("/api/dashboard/agents")) == UNVERIFIED
    assert error_of(browser.post("/api/agents", {"name": "x"})) == UNVERIFIED
    token = link(str(mail.get_payload()), server, "/verify-email")
    page = Browser(server)
    assert error_of(page.post("/api/auth/verify-email", {})) == (400, "Verification token or code is required.")
    assert error_of(page.post("/api/auth/verify-email", {"token": token + "x"})) == BAD_LINK
    assert error_of(page.post("/api/auth/reset-password", {"token": token, "password": PASSWORD}))[0] == 400
    assert page.post("/api/auth/verify-email", {"token": token}).json() == {"ok": True}
    assert browser.get("/api/dashboard/agents").status_code == 200
    assert error_of(page.post("/api/auth/verify-email", {"code": token})) == BAD_LINK


def test_a_verification_can_be_sent_again(start_server: StartServer, sink: Sink) -> None:
    """A second mail brings a new link, which takes the place of the first; who is verified gets none."""
    server = start_server("--signup", "open", env=sink.environment())
    browser, email = sign_up(server, "ada@example.com")
    sink.wait(1)
    assert browser.post("/api/auth/resend-verification", {"email": email.upper()}).json() == {"ok": True}
    mails = sink.wait(2)
    first, second = [link(str(mail.get_payload()), server, "/verify-email") for mail in mails]
    assert sql(server, "SELECT expires_at - created_at FROM mail_token") == [(24 * 3600 * 1000,)]
    assert error_of(browser.post("/api/auth/verify-email", {"token": first})) == BAD_LINK
    assert browser.post("/api/auth/verify-email", {"code": second}).json() == {"ok": True}
    assert browser.post("/api/auth/resend-verification", {"email": email}).json() == {"ok": True}
    assert browser.post("/api/auth/forgot-password", {"email": email}).json() == {"ok": True}
    assert "Reset" in str(sink.wait(3)[2]["Subject"])


@pytest.mark.threads
def test_a_forgotten_password_is_reset_by_mail(start_server: StartServer, sink: Sink) -> None:
    """The mail is for one person, complete, and its link sets a new password; nothing of it is in the log."""
    server = start_server("--log-level", "debug", env=sink.environment())
    browser = operator(server)
    assert browser.post("/api/auth/forgot-password", {"email": server.email}).json() == {"ok": True}
    (mail,) = sink.wait(1)
    (envelope,) = sink.envelopes
    assert [envelope.mail_from, *envelope.rcpt_tos] == ["behalf@example.org", server.email]
    assert mail["From"] == "BehalfID <behalf@example.org>" and mail["To"] == f"<{server.email}>"
    assert mail["Subject"] == "Reset your BehalfID password"
    assert mail.get_content_type() == "text/plain" and mail.get_content_charset() == "utf-8"
    assert re.fullmatch(r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000", mail["Date"])
    assert re.fullmatch(r"<mail_[A-Za-z0-9_-]{16}@example\.org>", mail["Message-ID"])
    assert b"\n" not in (envelope.original_content or b"").replace(b"\r\n", b"")
    assert "deletes your developer tokens and open invitations" in str(mail.get_payload())
    token = link(str(mail.get_payload()), server, "/reset-password")
    answer = browser.post("/api/auth/reset-password", {"token": token, "password": "brand new password"})
    assert answer.json() == {"ok": True}
    assert not browser.is_in()
    assert Browser(server).login(server.email, "brand new password").status_code == 200
    for secret in (token, server.email, "behalf@example.org"):
        assert secret not in server.log()


def test_known_and_unknown_addresses_get_one_answer(start_server: StartServer, sink: Sink) -> None:
    """Asking for a mail is answered alike whatever the address is; only the one who is known gets one."""
    server = start_server(env=sink.environment())
    seen = []
    wrong: list[Any] = ["x", "", "a\r\nBcc: b@c.d", "x" * 300, None, 5, ["a@example.com"]]
    for email in ("nobody@example.com", server.email, *wrong):
        for path in ("forgot-password", "resend-verification"):
            answer = Browser(server).post(f"/api/auth/{path}", {"email": email})
            headers = {name: value for name, value in answer.headers.items() if name != "Date"}
            seen.append((answer.status_code, answer.text, headers))
    assert all(one == seen[0] for one in seen) and seen[0][:2] == (200, '{"ok":true}')
    sink.wait(1)
    time.sleep(0.5)
    assert [envelope.rcpt_tos for envelope in sink.envelopes] == [[server.email]]
    for path in ("forgot-password", "resend-verification"):
        assert Browser(server).post(f"/api/auth/{path}", {}).json() == {"ok": True}
        assert Browser(server).post(f"/api/auth/{path}", {"mail": server.email}).json() == {"ok": True}
        answer = Browser(server).post(f"/api/auth/{path}", [server.email])
        assert error_of(answer) == (400, "Request body must be a JSON object.")


@pytest.mark.threads
def test_the_answer_does_not_wait_for_the_mail_server(start_server: StartServer) -> None:
    """While the mail server hangs, whoever asks is answered, the queue is bounded, and a stop does not wait for it."""
    with socket.create_server(("127.0.0.1", free_port())) as silent:
        port = silent.getsockname()[1]
        env = {"BEHALFID_SMTP_URL": f"smtp://127.0.0.1:{port}", "BEHALFID_SMTP_FROM": "a@b.c"}
        server = start_server(env=env)
        browser = Browser(server)
        for _ in range(70):
            assert browser.post("/api/auth/forgot-password", {"email": server.email}).json() == {"ok": True}
        assert server.log().count("too many mails wait: one was dropped") in (5, 6)
        assert server.stop(20) == 0
    assert "mails that waited were not sent" in server.log()
    assert server.email not in server.log()


def test_a_mail_server_that_is_away_is_reported(start_server: StartServer) -> None:
    """A mail that cannot be sent is logged, without the address and without the link."""
    env = {"BEHALFID_SMTP_URL": f"smtp://user:pa55word@127.0.0.1:{free_port()}", "BEHALFID_SMTP_FROM": "a@b.c"}
    server = start_server("--log-level", "debug", env=env)
    assert Browser(server).post("/api/auth/forgot-password", {"email": server.email}).status_code == 200
    wait_for_log(server, "a mail could not be sent")
    for secret in (server.email, "token", "pa55word", "a@b.c"):
        assert secret not in server.log()


def test_mail_goes_by_starttls_and_with_a_login(start_server: StartServer, tmp_path: Path) -> None:
    """Where the mail server offers TLS it is used before user name and password are sent."""
    with Sink(tls=own_certificate(tmp_path), login="user:pa55word") as sink:
        server = start_server(env=sink.environment())
        assert Browser(server).post("/api/auth/forgot-password", {"email": server.email}).status_code == 200
        sink.wait(1)
        assert sink.secured == [True] and sink.logins == ["user:pa55word"]


def test_no_mail_leaves_the_machine_without_tls(start_server: StartServer, tmp_path: Path) -> None:
    """To a name that is not the loopback's nothing is sent in the clear, nor to a certificate nobody vouches for."""
    name = socket.gethostname()
    for tls in (None, own_certificate(tmp_path)):
        with Sink(host=name, tls=tls) as sink:
            server = start_server(name=f"tls{tls is not None}", env=sink.environment())
            assert Browser(server).post("/api/auth/forgot-password", {"email": server.email}).status_code == 200
            wait_for_log(server, "a mail could not be sent")
            assert sink.connections > 0 and sink.envelopes == []


def test_without_a_mail_server_nobody_waits_for_mail(start_server: StartServer) -> None:
    """Without mail an address counts as verified, and asking for a link is answered as ever."""
    server = start_server("--signup", "open")
    browser = Browser(server)
    answer = browser.post("/api/auth/signup", {"email": "ada@example.com", "password": PASSWORD})
    assert answer.json()["emailVerificationSent"] is False
    assert browser.get("/api/dashboard/agents").status_code == 200
    assert browser.post("/api/auth/forgot-password", {"email": "ada@example.com"}).json() == {"ok": True}
    assert "no SMTP server is configured" in server.log()
    assert sql(server, "SELECT count(*) FROM mail_token") == [(0,)]


@pytest.mark.parametrize(
    "url, sender",
    [
        ("http://mail.example.com", "a@b.c"),
        ("mail.example.com", "a@b.c"),
        ("smtp://", "a@b.c"),
        ("smtp://user:geheim@host/x", "a@b.c"),
        ("smtp://user:geheim@host", ""),
        ("smtp://user:geheim@host", "Name <a@b.c>"),
        ("smtp://user:geheim@host", "a@b.c\r\nX: y"),
    ],
)
def test_a_wrong_mail_configuration_is_refused(start_server: StartServer, url: str, sender: str) -> None:
    """A server that could not send its mail does not start, and says why without the password."""
    with pytest.raises(RuntimeError, match="BEHALFID_SMTP_(URL|FROM) must") as refusal:
        start_server(env={"BEHALFID_SMTP_URL": url, "BEHALFID_SMTP_FROM": sender})
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:8420"])
def test_mail_needs_an_address_for_its_links(start_server: StartServer, listen: str) -> None:
    """A server for other machines does not guess what its mails' links begin with: it asks for --public-url."""
    env = {"BEHALFID_SMTP_URL": "smtp://user:geheim@host", "BEHALFID_SMTP_FROM": "a@b.c"}
    with pytest.raises(RuntimeError, match="--public-url is needed when BEHALFID_SMTP_URL is set and --listen"):
        start_server("--listen", listen, env=env)


def test_mail_with_a_public_address(tmp_path: Path) -> None:
    """With --public-url a server that other machines can reach sends mail, with links to that address."""
    with Sink() as sink:
        server = Server(tmp_path / "data", "--public-url", "https://b.example", env=sink.environment())
        server.host = "0.0.0.0"
        with server:
            browser = Browser(server, "https://b.example")
            assert browser.post("/api/auth/forgot-password", {"email": server.email}).status_code == 200
            (mail,) = sink.wait(1)
        assert "https://b.example/reset-password#token=" in str(mail.get_payload())
