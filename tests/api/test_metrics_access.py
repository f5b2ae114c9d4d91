# SPDX-License-Identifier: Apache-2.0
"""Who gets at the metrics: whoever reaches the second address, whoever has the token, and nobody else."""

import http.client
import json
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest
import requests

from api_support import error_of
from harness import BINARY, Server, free_port
from metrics_support import Watched, read_samples
from webhook_calls import wait_until

StartServer = Callable[..., Server]

TOKEN = "metrics-token-0123456789"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
WANTED = (401, "Metrics token required.")
TEXT = "BEHALFID_METRICS_TOKEN must have 16 to 256 characters, printable ASCII without blanks."


def bearer(token: str) -> dict[str, str]:
    """The header with that token."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def guarded_metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the token and without the second address."""
    env = {"BEHALFID_METRICS_TOKEN": TOKEN}
    with Server(tmp_path_factory.mktemp("metrics") / "data", env=env) as server:
        yield server


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server with the second address and without a token."""
    with Watched(tmp_path_factory.mktemp("watched") / "data", "--max-connections", "2") as server:
        yield server


# ---- the token ----


def test_the_token_opens_the_main_address(guarded_metrics: Server) -> None:
    """With the token the answer is the text, kept by nobody, and counts against the address's limit as others."""
    answer = guarded_metrics.call("GET", "/metrics", headers=bearer(TOKEN))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, PLAIN)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert read_samples(answer.text)["behalfid_database_up"] == 1
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}0",
        f"Bearer {TOKEN.upper()}",
        "Bearer",
    ],
)
def test_without_the_token_it_stays_closed(guarded_metrics: Server, value: Optional[str]) -> None:
    """No token, or another one, is a 401 that says which is wanted and shows nothing."""
    headers = {} if value is None else {"Authorization": value}
    answer = guarded_metrics.call("GET", "/metrics", headers=headers)
    assert error_of(answer) == WANTED
    assert answer.json()["code"] == "AUTH_REQUIRED"
    assert "behalfid_" not in answer.text and TOKEN not in answer.text


def test_other_methods_and_paths(guarded_metrics: Server) -> None:
    """HEAD is GET without the text; other methods are told so; other paths are not there."""
    whole = guarded_metrics.call("HEAD", "/metrics", headers=bearer(TOKEN))
    assert (whole.status_code, whole.content, whole.headers["Content-Type"]) == (200, b"", PLAIN)
    assert guarded_metrics.call("HEAD", "/metrics").status_code == 401
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = guarded_metrics.call(method, "/metrics", headers=bearer(TOKEN))
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    for path in ("/metrics/", "/metrics/x", "/Metrics"):
        assert guarded_metrics.call("GET", path, headers=bearer(TOKEN)).status_code == 404
    assert guarded_metrics.call("GET", "/metrics?name=x", headers=bearer(TOKEN)).status_code == 200


def test_who_asks_for_openmetrics_gets_it(guarded_metrics: Server) -> None:
    """OpenMetrics is answered with the same samples, in its own form."""
    plain = guarded_metrics.call("GET", "/metrics", headers=bearer(TOKEN))
    headers = {**bearer(TOKEN), "Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    answer = guarded_metrics.call("GET", "/metrics", headers=headers)
    assert answer.headers["Content-Type"] == OPEN
    assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept"
    assert answer.text.endswith("\n# EOF\n")
    assert "# TYPE behalfid_decisions counter\n" in answer.text
    assert set(read_samples(answer.text)) == set(read_samples(plain.text))


def test_scrapes_count_against_the_limit(start_server: StartServer) -> None:
    """The token does not lift the address's limit."""
    server = start_server(rate_limit=2, env={"BEHALFID_METRICS_TOKEN": TOKEN})
    codes = [server.call("GET", "/metrics", headers=bearer(TOKEN)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


@pytest.mark.parametrize("env", [{}, {"BEHALFID_METRICS_TOKEN": ""}], ids=["unset", "empty"])
def test_without_a_configured_token_there_is_no_such_page(start_server: StartServer, env: dict[str, str]) -> None:
    """By default /metrics is answered as any path that is not there, whatever the method and the credential."""
    server = start_server(env=env)
    tried: list[dict[str, str]] = [{}, {"Authorization": "Bearer "}, bearer(TOKEN), {"Accept": "text/html"}]
    for headers in tried:
        for method in ("GET", "HEAD", "POST", "DELETE"):
            answer = server.call(method, "/metrics", headers=headers)
            unknown = server.call(method, "/other", headers=headers)
            assert (answer.status_code, "Allow" in answer.headers) == (404, False)
            assert answer.headers["Content-Type"] == unknown.headers["Content-Type"]
            assert "text/html" in headers.values() or answer.text == unknown.text


# ---- the second address ----


@pytest.mark.beside_the_api
def test_the_second_address_answers_that_one_question(watched: Watched) -> None:
    """It gives the text to anybody, and nothing else to anybody."""
    answer = requests.get(watched.metrics_url, timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, PLAIN)
    assert requests.head(watched.metrics_url, timeout=30).status_code == 200
    for path in ("/", "/api/health", "/api/verify", "/dashboard", "/metrics/", "/api/operator/summary"):
        # not by requests: it is no answer of the API, which all others are held against
        line = http.client.HTTPConnection("127.0.0.1", watched.metrics_port, timeout=30)
        line.request("GET", path)
        refusal = line.getresponse()
        assert (refusal.status, json.loads(refusal.read())["error"]) == (404, "Not found.")
        line.close()
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = requests.request(method, watched.metrics_url, timeout=30)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert watched.call("GET", "/metrics").status_code == 404


def test_the_second_address_answers_while_the_main_one_is_full(watched: Watched) -> None:
    """Whoever takes all connections of the main address does not hide the server from who watches it."""
    wait_until(lambda: watched.value("behalfid_http_connections") == 0)
    held = [socket.create_connection((watched.host, watched.port)) for _ in range(2)]
    try:
        with socket.create_connection((watched.host, watched.port)) as refused:
            assert refused.recv(1) == b""
        assert watched.value("behalfid_http_connections") == 2
    finally:
        for line in held:
            line.close()


def ask(server: Watched, host: str) -> socket.socket:
    """A connection to the second address from another one of this machine, which was answered and stays open."""
    line = socket.create_connection(("127.0.0.1", server.metrics_port), source_address=(host, 0))
    line.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    assert line.recv(12) == b"HTTP/1.1 200"
    return line


def assert_refused(server: Watched, host: str) -> None:
    """A connection from there is closed at once."""
    address = ("127.0.0.1", server.metrics_port)
    with socket.create_connection(address, 20, source_address=(host, 0)) as above:
        assert above.recv(1) == b""


def test_the_second_address_takes_few_connections(tmp_path: Path) -> None:
    """One address has four connections, all have sixteen; the next one is closed, and the main address does not
    notice."""
    with Watched(tmp_path / "data") as server, ExitStack() as held:
        for number in range(2, 6):
            host = f"127.0.0.{number}"
            for _ in range(4):
                held.enter_context(ask(server, host))
            assert_refused(server, host)
        assert_refused(server, "127.0.0.6")
        assert server.call("GET", "/api/health").status_code == 200
        held.close()
        wait_until(lambda: answers(server))


def test_nobody_holds_a_place_for_nothing(tmp_path: Path) -> None:
    """Connections that neighbours leave idle, before or after an answer, are closed, and whoever watches gets in."""
    with Watched(tmp_path / "data") as server, ExitStack() as held:
        address = ("127.0.0.1", server.metrics_port)
        for number in range(2, 6):
            for _ in range(2):
                held.enter_context(ask(server, f"127.0.0.{number}"))
                held.enter_context(socket.create_connection(address, source_address=(f"127.0.0.{number}", 0)))
        wait_until(lambda: answers(server), 30)


def answers(server: Watched) -> bool:
    """A connection to the second address is free again."""
    try:
        return server.value("behalfid_database_up") == 1
    except requests.ConnectionError:
        return False


def test_both_ways_at_once(tmp_path: Path) -> None:
    """With both switched on, each address keeps its own rule."""
    with Watched(tmp_path / "data", env={"BEHALFID_METRICS_TOKEN": TOKEN}) as server:
        assert server.value("behalfid_database_up") == 1
        assert server.call("GET", "/metrics").status_code == 401
        assert server.call("GET", "/metrics", headers=bearer(TOKEN)).status_code == 200


# ---- options ----


def refused_start(
    tmp_path: Path, *options: str, env: Optional[dict[str, str]] = None
) -> "subprocess.CompletedProcess[str]":
    """What a start says that comes to nothing."""
    server = Server(tmp_path / "data", *options, demo=False, env=env)
    command = server.command()
    assert command[0] == str(BINARY)
    return subprocess.run(command, capture_output=True, text=True, env=server.environment(), timeout=30, check=False)


@pytest.mark.parametrize(
    "token", ["x" * 15, "x" * 257, "x" * 15 + " x", "x" * 16 + "\n", "é" * 16, " "], ids=[*"abcdef"]
)
def test_a_token_that_is_none_is_refused_at_the_start(tmp_path: Path, token: str) -> None:
    """A token that is too short, too long or cannot be sent ends the start with the rule, and is not repeated."""
    done = refused_start(tmp_path, env={"BEHALFID_METRICS_TOKEN": token})
    assert done.returncode == 2
    assert TEXT in done.stderr
    assert token.strip() == "" or token.strip() not in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("length", [16, 256])
def test_tokens_at_the_edges_are_taken(start_server: StartServer, length: int) -> None:
    """Sixteen characters are enough and 256 not too many."""
    token = "~!" * (length // 2)
    server = start_server(env={"BEHALFID_METRICS_TOKEN": token})
    assert server.call("GET", "/metrics", headers=bearer(token)).status_code == 200


def test_there_is_no_flag_for_the_token(tmp_path: Path) -> None:
    """The token does not stand in the process list."""
    done = refused_start(tmp_path, "--metrics-token", TOKEN)
    assert done.returncode == 2 and "Unknown option --metrics-token" in done.stderr


@pytest.mark.parametrize("address", ["9090", "metrics.example:9090", "127.0.0.1", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    """The second address has the form of the first one."""
    done = refused_start(tmp_path, "--metrics-listen", address)
    assert done.returncode == 2
    assert (
        f'--metrics-listen must look like 127.0.0.1:8420 or [::1]:8420, with a port up to 65535, not "{address}".'
        in (done.stderr)
    )


def test_a_second_address_that_is_taken_ends_the_start(tmp_path: Path) -> None:
    """Where the second address is somebody else's, nothing is made and no address is kept."""
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = refused_start(tmp_path, "--metrics-listen", address)
        assert done.returncode == 1
        assert address in done.stderr and "already in use" in done.stderr
        assert not (tmp_path / "data").exists()


def test_the_address_may_come_from_the_environment(start_server: StartServer) -> None:
    """BEHALFID_METRICS_LISTEN does what the flag does; an empty one switches nothing on."""
    port = free_port()
    start_server(env={"BEHALFID_METRICS_LISTEN": f"127.0.0.1:{port}"})
    assert requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).status_code == 200
    other: Any = start_server(name="other", env={"BEHALFID_METRICS_LISTEN": ""})
    assert "listening for metrics" not in other.log()
