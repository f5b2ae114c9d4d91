# SPDX-License-Identifier: Apache-2.0
"""Starting and stopping the server."""

import json
import os
import sqlite3
import stat
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable

import pytest
import requests

from harness import BINARY, Server, free_port


def test_sigterm_answers_what_is_in_flight(server: Server) -> None:
    """Every call that was decided before the end was also answered, and the process ends with status 0."""
    problems: list[str] = []
    answered = 0
    lock = threading.Lock()

    def caller() -> None:
        nonlocal answered
        with requests.Session() as line:
            while True:
                try:
                    answer = line.post(
                        server.base_url + "/api/verify",
                        json={"agentId": server.agent_id, "action": "access_data", "vendor": "gmail.com"},
                        headers=server.as_agent(),
                        timeout=20,
                    )
                except requests.ConnectionError:
                    return  # whether a decided call was dropped, the log tells
                with lock:
                    answered += 1
                if answer.status_code != 200:
                    problems.append(answer.text)
                    return

    callers = [threading.Thread(target=caller) for _ in range(8)]
    for thread in callers:
        thread.start()
    time.sleep(0.5)
    assert server.stop() == 0
    for thread in callers:
        thread.join()
    assert not problems
    with sqlite3.connect(f"file:{server.data_dir}/behalf.db?mode=ro", uri=True) as db:
        recorded = db.execute("SELECT count(*) FROM audit").fetchone()[0]
    assert recorded == answered > 8


def test_a_second_server_on_the_same_folder_is_refused(server: Server) -> None:
    """The second start ends with status 1 and says why; the first goes on."""
    done = subprocess.run(
        [str(BINARY), "serve", "--listen", f"127.0.0.1:{free_port()}", "--data", str(server.data_dir)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "already uses this data folder" in done.stderr
    assert server.verify("access_data", vendor="gmail.com").status_code == 200


def serve(data_dir: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """A start with demo data that must end by itself."""
    return subprocess.run(
        [str(BINARY), "serve", "--demo", "--data", str(data_dir), *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_an_address_that_cannot_be_had_leaves_nothing_behind(server: Server, tmp_path: Path) -> None:
    """On a taken port or another machine's address: status 1, one line with address and reason, no demo."""
    for address, reason in (
        (f"127.0.0.1:{server.port}", "already in use"),
        ("192.0.2.1:8420", "does not have the address"),
    ):
        done = serve(tmp_path / "other", "--listen", address)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert address in line and reason in line
        assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("address", ["foo", "127.0.0.1:99999", "127.0.0.1", "example.com:80", ":8420", ""])
def test_what_is_no_address_is_a_usage_error(tmp_path: Path, address: str) -> None:
    """--listen with something else than an address and a port: status 2, the option's name, nothing made."""
    done = serve(tmp_path / "other", "--listen", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--listen" in done.stderr
    assert not (tmp_path / "other").exists()


def test_demo_json_is_complete_before_the_first_answer(tmp_path: Path) -> None:
    """With a port of the server's choosing, demo.json names that port, and what is printed too."""
    with open(tmp_path / "out", "wb") as out:
        process = subprocess.Popen(
            [str(BINARY), "serve", "--demo", "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0"],
            stdout=out,
            stderr=out,
        )
    try:
        path = tmp_path / "data" / "demo.json"
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        base_url = json.loads(path.read_text())["baseUrl"]
        assert requests.get(base_url + "/api/health", timeout=30).status_code == 200
        printed = (tmp_path / "out").read_text()
        assert f"export BEHALFID_BASE_URL={base_url}\n" in printed
        assert f"{base_url}/api/verify" in printed
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_an_earlier_demo_is_found_again(start_server: Callable[..., Server]) -> None:
    """A later start with --demo puts its address into demo.json, keeps the rest, and says where that file is."""
    server = start_server()
    path = server.data_dir / "demo.json"
    assert server.stop() == 0
    demo: dict[str, Any] = {**json.loads(path.read_text()), "baseUrl": "http://127.0.0.1:1", "note": [1, "mine"]}
    path.write_text(json.dumps(demo))
    before = len(server.printed())
    server.start()
    assert json.loads(path.read_text()) == {**demo, "baseUrl": server.base_url}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = server.printed()[before:]
    assert str(path) in said and "two hours" in said
    assert server.api_key not in said


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_damaged_demo_json_does_not_keep_the_server_down(
    start_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A demo.json that cannot be read is left alone, and the server starts."""
    server = start_server()
    path = server.data_dir / "demo.json"
    assert server.stop() == 0
    path.write_text(text)
    monkeypatch.setattr(server, "read_demo", lambda: None)
    server.start()
    assert path.read_text() == text


def test_an_open_database_is_closed_to_others(start_server: Callable[..., Server]) -> None:
    """Modes that a copy or a restored backup has left too wide are narrowed to the owner at the start."""
    server = start_server()
    server.kill()
    names = ["behalf.db", "behalf.db-wal", "behalf.db-shm"]
    for name in names:
        (server.data_dir / name).chmod(0o664)
    server.start()
    for name in names:
        assert stat.S_IMODE((server.data_dir / name).stat().st_mode) == 0o600, name
    assert server.verify("access_data", vendor="gmail.com").status_code == 200


def test_restart_keeps_everything(start_server: Callable[..., Server]) -> None:
    """After a stop and a start the same key works, the log is there, and no second demo is made."""
    server = start_server()
    request_id = server.verify("access_data", vendor="gmail.com").json()["requestId"]
    demo = (server.data_dir / "demo.json").read_text()
    assert server.stop() == 0
    server.start()
    assert (server.data_dir / "demo.json").read_text() == demo
    rows = server.call("GET", f"/api/logs/{server.agent_id}", headers=server.as_agent()).json()
    assert [row["requestId"] for row in rows] == [request_id]


def test_files_of_the_data_folder_are_private(server: Server) -> None:
    """The folder is 0700 and each file in it is readable by its owner only."""
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    for path in server.data_dir.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name
    demo = json.loads((server.data_dir / "demo.json").read_text())
    assert set(demo) == {"baseUrl", "agentId", "apiKey", "developerToken", "email", "password"}
    assert demo["baseUrl"] == server.base_url


def test_the_log_lines_are_json_and_hold_no_secret(server: Server) -> None:
    """Off a terminal each log line is one JSON object; keys and tokens never appear on stderr."""
    server.verify("access_data", vendor="gmail.com")
    server.stop()
    lines = server.log().splitlines()
    assert len(lines) >= 3 and all({"time", "level", "message"} <= set(json.loads(line)) for line in lines)
    assert not any(server.api_key in line or server.developer_token in line for line in lines)


def test_options_come_from_the_environment_too(start_server: Callable[..., Server]) -> None:
    """BEHALFID_RATE_LIMIT=0 turns the limit off like --rate-limit 0; a wrong value names the option."""
    done = subprocess.run(
        [str(BINARY), "serve", "--rate-limit", "many"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert "--rate-limit" in done.stderr and "whole number" in done.stderr
    answers = []
    for value, name in (("2", "limited"), ("0", "unlimited")):
        server = start_server(name=name, env={"BEHALFID_RATE_LIMIT": value}, rate_limit=None)
        answers.append([server.verify("nothing").status_code for _ in range(4)])
    assert answers == [[200, 200, 429, 429], [200] * 4]
    help_text = subprocess.run([str(BINARY), "serve", "--help"], capture_output=True, text=True, check=True).stdout
    assert "BEHALFID_RATE_LIMIT" in help_text and "127.0.0.1:8420" in help_text


@pytest.mark.parametrize("flag,variable", [("--gateway-ca", "GATEWAY_CA"), ("--webhook-ca", "WEBHOOK_CA")])
def test_authorities_that_cannot_be_used_end_the_start(tmp_path: Path, flag: str, variable: str) -> None:
    """A file of authorities that is missing, empty, a folder or without a certificate is refused by option and path."""
    empty, words = tmp_path / "empty.pem", tmp_path / "words.pem"
    empty.write_text("")
    words.write_text("-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n")
    command = [str(BINARY), "serve", "--data", str(tmp_path / "data"), "--listen", f"127.0.0.1:{free_port()}"]
    for path in (tmp_path / "nothing.pem", empty, words, tmp_path):
        expected = f'{flag} must be a readable file of certificates in PEM, not "{path}".'
        by_flag = subprocess.run([*command, flag, str(path)], capture_output=True, text=True, timeout=30, check=False)
        assert (by_flag.returncode, by_flag.stderr.strip()) == (2, expected)
        env = {**os.environ, f"BEHALFID_{variable}": str(path)}
        by_variable = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
        assert by_variable.returncode == 2 and by_variable.stderr.startswith(expected)


def test_the_help_names_the_limits_of_lists() -> None:
    """The help says how many ports and networks an option takes, and one more of them is refused."""
    text = subprocess.run([str(BINARY), "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for flag, most, items in (
        ("--gateway-ports", 16, [str(8000 + number) for number in range(17)]),
        ("--refused-networks", 64, [f"198.51.100.{number}/32" for number in range(65)]),
    ):
        part = text[text.index(flag) : text.index("\n  --", text.index(flag))]
        assert f"at most {most}" in part
        done = subprocess.run(
            [str(BINARY), "serve", flag, ",".join(items)], capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 2 and f"{flag} must be at most {most}" in done.stderr
