# SPDX-License-Identifier: Apache-2.0
"""Starting and stopping the server."""

import json
import stat
import subprocess
import threading
import time
from pathlib import Path
from typing import Callable

import requests

from harness import BINARY, Server, free_port


def test_sigterm_answers_what_is_in_flight(server: Server) -> None:
    """No call that was accepted before SIGTERM ends without an answer, and the process ends with status 0."""
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
                except requests.ConnectionError as error:
                    if "Connection refused" not in str(error) and "closed connection" not in str(error):
                        if "reset" not in str(error).lower():
                            problems.append(str(error))
                    return
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
    assert answered > 8


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


def test_a_taken_port_is_refused(server: Server, tmp_path: Path) -> None:
    """A start on a port in use ends with status 1 and names the address."""
    done = subprocess.run(
        [str(BINARY), "serve", "--listen", f"127.0.0.1:{server.port}", "--data", str(tmp_path / "other")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert str(server.port) in done.stderr


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
    assert set(demo) == {"baseUrl", "agentId", "apiKey", "developerToken"}
    assert demo["baseUrl"] == server.base_url


def test_the_log_lines_are_json_and_hold_no_secret(server: Server) -> None:
    """Off a terminal each log line is one JSON object; keys and tokens never appear on stderr."""
    server.verify("access_data", vendor="gmail.com")
    server.stop()
    lines = [line for line in server.log().splitlines() if line.startswith("{")]
    assert lines and all({"time", "level", "message"} <= set(json.loads(line)) for line in lines)
    assert not any(server.api_key in line or server.developer_token in line for line in lines)


def test_options_come_from_the_environment_too(start_server: Callable[..., Server]) -> None:
    """BEHALFID_RATE_LIMIT=0 turns the limit off like --rate-limit 0; a wrong value names the option."""
    done = subprocess.run(
        [str(BINARY), "serve", "--rate-limit", "many"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert "--rate-limit" in done.stderr and "whole number" in done.stderr
    help_text = subprocess.run([str(BINARY), "serve", "--help"], capture_output=True, text=True, check=True).stdout
    assert "BEHALFID_RATE_LIMIT" in help_text and "127.0.0.1:8420" in help_text
