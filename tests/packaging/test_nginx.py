# SPDX-License-Identifier: Apache-2.0
"""packaging/nginx/behalfid.conf: a real nginx with TLS in front of a real server."""

import http.client
import json
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

import pytest

from certificates import VALID, Authority
from harness import ROOT, Server, free_port

NAME = "behalfid.example.com"
URL = f"https://{NAME}"


class Answer(NamedTuple):
    """What came back through the proxy."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The body of an answer of the API."""
        return json.loads(self.body)


class Proxy:
    """nginx with the example's configuration, changed in nothing but names of files, ports and the log."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.port, self.plain_port = free_port(), free_port()
        folder.mkdir()
        self.authority = Authority(folder)
        self.authority.signed("site", f"DNS:{NAME}", VALID)
        self.process: Optional[subprocess.Popen[bytes]] = None

    def configuration(self) -> str:
        """The example below http { }, as Debian's nginx includes it."""
        text = (ROOT / "packaging" / "nginx" / "behalfid.conf").read_text()
        changes = {
            "127.0.0.1:8420": f"127.0.0.1:{self.server.port}",
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
            "/etc/ssl/behalfid/fullchain.pem": f"{self.folder}/site.pem",
            "/etc/ssl/behalfid/privkey.pem": f"{self.folder}/site.key",
        }
        for old, new in changes.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in kinds)
        return f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n"

    def start(self) -> "Proxy":
        """Returns once it answers."""
        (self.folder / "nginx.conf").write_text(self.configuration())
        outside = f"daemon off; master_process off; pid {self.folder}/pid; error_log stderr;"
        words = ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr", "-g", outside]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("nginx does not answer")

    def connect(self) -> http.client.HTTPConnection:
        """A connection that trusts the tests' authority and demands the name."""
        context = ssl.create_default_context(cafile=str(self.authority.ca))
        line = socket.create_connection(("127.0.0.1", self.port), 30)
        connection = http.client.HTTPConnection(NAME, timeout=30)
        connection.sock = context.wrap_socket(line, server_hostname=NAME)
        return connection

    def call(
        self, method: str, path: str, body: Any = None, headers: Optional[dict[str, str]] = None, raw: bytes = b""
    ) -> Answer:
        """One request over TLS."""
        connection = self.connect()
        content = raw if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        connection.request(method, path, content or None, sent)
        answer = connection.getresponse()
        whole = Answer(answer.status, answer.headers, answer.read())
        connection.close()
        return whole

    def close(self) -> None:
        """Ends it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


def behind_tls(folder: Path, *options: str, rate_limit: int = 0) -> Server:
    """A server with the two settings that the example asks for."""
    settings = {"BEHALFID_PUBLIC_URL": URL, "BEHALFID_TRUST_PROXY_XFF": "true"}
    return Server(folder, *options, env=settings, rate_limit=rate_limit).start()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The server of this file behind nginx."""
    folder = tmp_path_factory.mktemp("behind")
    server = behind_tls(folder / "data")
    made = Proxy(folder / "nginx", server).start()
    yield made
    made.close()
    server.close()


def ask(proxy: Proxy, **headers: str) -> Answer:
    """A decision, asked for over TLS."""
    server = proxy.server
    body = {"agentId": server.agent_id, "action": "purchase", "vendor": "coachella.com", "amount": 742}
    return proxy.call("POST", "/api/verify", body, {**server.as_agent(), **headers})


def test_a_decision_over_tls(proxy: Proxy) -> None:
    """An agent is answered through the proxy, with the headers that a browser is told to be strict by, each once."""
    answer = ask(proxy)
    assert (answer.status, answer.json()["allowed"]) == (200, True)
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=63072000; includeSubDomains; preload"]
    page = proxy.call("GET", "/dashboard")
    assert (page.status, len(page.headers.get_all("Content-Security-Policy") or [])) == (200, 1)


def test_plain_http_leads_to_tls(proxy: Proxy) -> None:
    """Whoever comes by plain HTTP is sent to the address with TLS, and gets nothing else."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=20)
    connection.request("GET", "/dashboard?a=b", headers={"Host": NAME})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, f"{URL}/dashboard?a=b")


def test_a_person_signs_in(proxy: Proxy) -> None:
    """The session's cookie goes over TLS only, and works; a page of another origin cannot sign anybody in."""
    server = proxy.server
    body = {"email": server.email, "password": server.password}
    assert proxy.call("POST", "/api/auth/login", body, {"Origin": "https://evil.example"}).status == 403
    answer = proxy.call("POST", "/api/auth/login", body, {"Origin": URL})
    assert answer.status == 200, answer.body
    cookie = answer.headers["Set-Cookie"]
    assert "; Secure" in cookie and "; HttpOnly" in cookie
    me = proxy.call("GET", "/api/auth/me", None, {"Cookie": cookie.split(";")[0]})
    assert me.json()["user"]["email"] == server.email


def test_streams_arrive_as_they_are_made(proxy: Proxy) -> None:
    """An event is there while the stream goes on: nothing on the way collects first."""
    server = proxy.server
    connection = proxy.connect()
    connection.request("GET", f"/api/logs/{server.agent_id}/stream", headers=server.as_agent())
    stream = connection.getresponse()
    assert (stream.status, stream.getheader("Content-Type")) == (200, "text/event-stream")
    for _ in range(3):
        wanted = ask(proxy).json()["requestId"].encode()
        text = b""
        while wanted not in text:
            piece = stream.read1(65536)
            assert piece, "the stream has ended"
            text += piece
    connection.close()


def test_what_callers_say_of_their_address_does_not_count(tmp_path: Path) -> None:
    """Limits count by the address that nginx sees, however callers try to have many."""
    server = behind_tls(tmp_path / "data", rate_limit=30)
    proxy = Proxy(tmp_path / "nginx", server).start()
    try:
        statuses = []
        for number in range(60):
            forged = f"192.0.2.{number}"
            headers = {"X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": f"for={forged}"}
            statuses.append(proxy.call("GET", "/api/nothing", None, headers).status)
        assert 429 in statuses
        assert statuses.count(404) <= 31
    finally:
        proxy.close()
        server.close()


def test_large_bodies_end_at_the_proxy(proxy: Proxy) -> None:
    """64 KiB reach the server; one byte more does not."""
    server = proxy.server
    at_limit = proxy.call("POST", "/api/verify", None, server.as_agent(), b"x" * 65536)
    assert (at_limit.status, at_limit.json()["error"]) == (400, "Request body must be valid JSON.")
    above = proxy.call("POST", "/api/verify", None, server.as_agent(), b"x" * 65537)
    assert above.status == 413 and b"nginx" in above.body


def test_metrics_are_not_for_the_world(proxy: Proxy) -> None:
    """/metrics ends at the proxy, whoever asks."""
    answer = proxy.call("GET", "/metrics", None, {"Authorization": "Bearer x"})
    assert answer.status == 404 and b"nginx" in answer.body


def test_a_server_that_is_away_is_no_answer(tmp_path: Path) -> None:
    """Without a server behind it the proxy answers 502, which callers take for a deny, and repeats nothing."""
    server = behind_tls(tmp_path / "data")
    proxy = Proxy(tmp_path / "nginx", server).start()
    try:
        assert ask(proxy).status == 200
        server.stop()
        assert ask(proxy).status == 502
        server.start()
        assert ask(proxy).status == 200
    finally:
        proxy.close()
        server.close()
