# SPDX-License-Identifier: Apache-2.0
"""`behalf doctor`: what stands between an agent and its permissions, and the command that puts it right."""

import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Callable, Iterator, Optional

import pytest

from api_support import Agent
from cli_support import KEY, config_path
from harness import BINARY, Server, free_port
from receiver import Receiver, Reply
from setup_support import Desk

OK, WARN, ERROR = "ok", "warn", "error"


class Patient:
    """Somebody whose machine is examined."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.status = 0

    def rows(self, *words: str) -> dict[str, dict[str, Any]]:
        """The rows by their names; the status is 1 exactly when there is an error."""
        done = self.desk.run("doctor", "--json", *words)
        rows = done.json()
        assert all(set(row) == {"name", "status", "detail", "fix"} for row in rows)
        assert all(row["status"] in (OK, WARN, ERROR) for row in rows)
        self.status = done.status
        assert self.status == int(any(row["status"] == ERROR for row in rows)), rows
        return {row["name"]: row for row in rows}

    def row(self, name: str, *words: str) -> tuple[str, str, Optional[str]]:
        """Status, detail and fix of one row."""
        row = self.rows(*words)[name]
        return row["status"], row["detail"], row["fix"]

    def follow(self, fix: Optional[str]) -> None:
        """Types the fix into a shell."""
        assert fix is not None
        env = self.desk.environment()
        env["PATH"] = f"{BINARY.parent}:{env['PATH']}"
        done = subprocess.run(["sh", "-c", fix], cwd=self.desk.project, env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    def cure(self, name: str, *words: str) -> None:
        """The row is not in order, and is after its fix was typed."""
        status, _, fix = self.row(name, *words)
        assert status != OK
        self.follow(fix)
        assert self.row(name, *words)[0] == OK


@pytest.fixture()
def patient(demo: Server, desk: Desk) -> Patient:
    """A machine with an agent, and nobody signed in."""
    agent = Agent(demo, "Patient")
    desk.login(demo, agent.agent_id, agent.api_key)
    config_path(desk.home).chmod(0o600)
    config_path(desk.home).parent.chmod(0o700)
    return Patient(desk)


def change_config(desk: Desk, **values: Optional[str]) -> None:
    """Other values in the configuration; None takes one out."""
    config = json.loads(config_path(desk.home).read_text())
    config.update(values)
    config_path(desk.home).write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


# ---- the whole ----


def test_a_machine_in_order_has_no_errors(patient: Patient, demo: Server) -> None:
    """Everything that can be checked is, with status 0, and each line for people has its mark."""
    patient.desk.variables["BEHALFID_DEVELOPER_TOKEN"] = demo.developer_token
    (patient.desk.home / ".claude").mkdir()
    assert patient.desk.run("hook", "install", "--host", "claude").status == 0
    assert patient.desk.run("mcp", "init").status == 0
    rows = patient.rows("--canary")
    assert patient.status == 0
    assert {name for name, row in rows.items() if row["status"] == OK} >= {
        "Config directory", "Config file", "Agent ID", "API key", "Base URL", "Fail closed", "API health", "Clock",
        "Key accepted", "Agent status", "Session", "Webhooks", "MCP config", "MCP server entry", "Context file",
        "Claude hook", "Claude canary", "CLI version",
    }  # fmt: skip
    done = patient.desk.run("doctor")
    assert done.status == 0
    assert "ok     Key accepted: " in done.out
    assert done.out.endswith("warnings\n")


def test_an_empty_home_is_told_how_to_begin(desk: Desk) -> None:
    """Without any configuration there are errors, and `behalf init` is the way out of them."""
    desk.variables["BEHALFID_BASE_URL"] = f"http://127.0.0.1:{free_port()}"
    patient = Patient(desk)
    rows = patient.rows()
    assert patient.status == 1
    for name in ["Agent ID", "API key"]:
        assert (rows[name]["status"], rows[name]["fix"]) == (ERROR, "behalf init")
    for name in ["Config directory", "Config file"]:
        assert (rows[name]["status"], rows[name]["fix"]) == (WARN, "behalf init")
    assert rows["API health"]["status"] == ERROR
    assert "Key accepted" not in rows


# ---- the configuration ----


def test_files_that_are_open_to_others_are_closed(patient: Patient) -> None:
    """Folder and file belong to one person alone."""
    config_path(patient.desk.home).chmod(0o644)
    patient.cure("Config file")
    config_path(patient.desk.home).parent.chmod(0o755)
    patient.cure("Config directory")


def test_a_broken_configuration_is_an_error(patient: Patient) -> None:
    """It reads as empty elsewhere; here it is told, and the fix keeps it aside."""
    config_path(patient.desk.home).write_text("{")
    status, _, fix = patient.row("Config file")
    assert status == ERROR
    patient.follow(fix)
    assert patient.row("Config file")[0] == WARN


@pytest.mark.parametrize("agent_id", ["agent", "agent_", "agent_a b", "agnt_x"])
def test_an_agent_id_has_its_form(patient: Patient, agent_id: str) -> None:
    """agent_ and letters, digits, _ or -."""
    change_config(patient.desk, agentId=agent_id)
    assert patient.row("Agent ID")[0] == ERROR


@pytest.mark.parametrize("key", ["bhf_sk_1234567", "bhf_sk_12345678 x", "sk_12345678901234"])
def test_a_key_has_its_form_and_is_never_shown(patient: Patient, key: str) -> None:
    """Eight characters at least behind the prefix; no part of it stands in the output."""
    change_config(patient.desk, apiKey=key)
    assert patient.row("API key")[0] == ERROR
    assert key not in patient.desk.run("doctor").out
    change_config(patient.desk, apiKey="bhf_sk_12345678")
    assert patient.row("API key")[0] == OK
    assert "12345678" not in patient.desk.run("doctor").out


def test_an_address_must_be_one(patient: Patient) -> None:
    """Anything but http and https is an error, and its fix is the usual address."""
    change_config(patient.desk, baseUrl="ftp://x")
    patient.cure("Base URL")


def test_failing_open_is_a_warning(patient: Patient) -> None:
    """BEHALFID_HOOK_FAIL_OPEN=1 is named."""
    patient.desk.variables["BEHALFID_HOOK_FAIL_OPEN"] = "1"
    assert patient.row("Fail closed")[::2] == (WARN, "unset BEHALFID_HOOK_FAIL_OPEN")


# ---- the server ----


def test_a_refused_key_is_an_error_with_a_way_out(patient: Patient, demo: Server) -> None:
    """Who is signed in gets a new key by typing the fix."""
    change_config(patient.desk, apiKey=KEY)
    assert patient.row("Key accepted")[::2] == (ERROR, "behalf init")
    patient.desk.variables["BEHALFID_DEVELOPER_TOKEN"] = demo.developer_token
    patient.cure("Key accepted")


def test_a_disabled_agent_is_an_error(patient: Patient, demo: Server) -> None:
    """Everything would be denied; the fix enables it."""
    agent_id = json.loads(config_path(patient.desk.home).read_text())["agentId"]
    patient.desk.variables["BEHALFID_DEVELOPER_TOKEN"] = demo.developer_token
    assert patient.row("Agent status") == (OK, "active", None)
    assert patient.desk.run("agents", "disable", agent_id).status == 0
    patient.cure("Agent status")


def test_a_session_that_is_over_is_a_warning(patient: Patient) -> None:
    """Nobody has to be signed in, but a token that the server refuses is told."""
    assert patient.row("Session")[::2] == (WARN, "behalf login")
    patient.desk.variables["BEHALFID_DEVELOPER_TOKEN"] = "bhf_dev_0123456789abcdefghijklmnopqrstuvwxyz"
    assert patient.row("Session")[::2] == (WARN, "unset BEHALFID_DEVELOPER_TOKEN")


@pytest.fixture()
def clock() -> Iterator[Callable[[str], str]]:
    """A server that has another time: its address."""
    servers = []

    def start(timestamp: str) -> str:
        class Health(BaseHTTPRequestHandler):
            """Answers everything alike."""

            def do_GET(self) -> None:
                """One answer."""
                body = json.dumps({"status": "ok", "timestamp": timestamp}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        server = HTTPServer(("127.0.0.1", 0), Health)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "timestamp, words", [("2020-01-01T00:00:00.000Z", "ahead of"), ("2099-01-01T00:00:00.000Z", "behind")]
)
def test_clocks_that_disagree_are_an_error(
    patient: Patient, clock: Callable[[str], str], timestamp: str, words: str
) -> None:
    """More than five minutes are an error, in either direction."""
    change_config(patient.desk, baseUrl=clock(timestamp))
    status, detail, fix = patient.row("Clock")
    assert (status, fix) == (ERROR, "sudo timedatectl set-ntp true")
    assert f"seconds {words} the server's" in detail


def test_a_webhook_that_fails_is_told_with_its_last_failure(start_server: Callable[..., Server], desk: Desk) -> None:
    """The endpoint, since when, and what it answered last."""
    server = start_server("--allow-private-webhooks")
    desk.login(server, server.agent_id, server.api_key)
    desk.variables["BEHALFID_DEVELOPER_TOKEN"] = server.developer_token
    with Receiver(lambda _request, _number: Reply(500)) as receiver:
        done = desk.run("webhooks", "create", "--url", receiver.url, "--events", "agent.created", "--json")
        webhook_id = done.json()["webhook"]["webhookId"]
        assert Patient(desk).row("Webhooks")[0] == OK
        assert desk.run("webhooks", "test", webhook_id).status == 0
        receiver.wait(1)
        status, detail, fix = wait_for_warning(Patient(desk))
    assert (status, fix) == (WARN, f"behalf webhooks test {webhook_id}")
    assert webhook_id in detail and "HTTP 500" in detail


def wait_for_warning(patient: Patient) -> tuple[str, str, Optional[str]]:
    """The row once the failure is on record."""
    for _ in range(100):
        row = patient.row("Webhooks")
        if row[0] != OK and "last failure" in row[1]:
            return row
    raise AssertionError(row)


# ---- the project and the hooks ----


def test_a_project_without_a_set_up_is_cured_by_it(patient: Patient) -> None:
    """Each of the three rows is in order after its fix."""
    for name in ["MCP config", "Context file"]:
        assert patient.row(name)[::2] == (WARN, "behalf mcp init")
    patient.cure("Context file")
    assert patient.row("MCP server entry")[0] == OK
    (patient.desk.project / ".mcp.json").write_text('{"mcpServers": {}}')
    patient.cure("MCP server entry")
    (patient.desk.project / ".mcp.json").write_text("{")
    patient.cure("MCP config")


def test_agents_that_are_not_here_need_no_hook(patient: Patient) -> None:
    """Neither program nor folder: that is no error."""
    rows = patient.rows()
    for name in ["Claude CLI", "Codex CLI", "Cursor CLI"]:
        assert rows[name]["status"] == OK
    assert not any(name.endswith(" hook") for name in rows)


def test_a_missing_hook_is_an_error_for_claude(patient: Patient) -> None:
    """Claude Code is here and nothing stands in front of it; the fix installs the hook."""
    (patient.desk.home / ".claude").mkdir()
    assert patient.row("Claude hook")[::2] == (ERROR, "behalf hook install --host claude")
    patient.cure("Claude hook")


def test_a_hook_that_is_not_in_force_is_an_error(patient: Patient) -> None:
    """Somebody relies on it, though it is switched off."""
    (patient.desk.home / ".cursor").mkdir()
    assert patient.row("Cursor hook")[0] == WARN
    patient.cure("Cursor hook")
    path = patient.desk.home / ".cursor" / "hooks.json"
    settings = json.loads(path.read_text())
    settings["hooks"]["beforeReadFile"] = []
    path.write_text(json.dumps(settings))
    assert patient.row("Cursor hook")[0] == ERROR
    patient.cure("Cursor hook")


def test_a_canary_without_a_hook_is_an_error(patient: Patient) -> None:
    """Who asks for a proof and has nothing to prove is told."""
    assert patient.row("Canary", "--canary")[::2] == (ERROR, "behalf hook install")
    assert "Canary" not in patient.rows()


def test_the_canary_says_why_everything_is_blocked(patient: Patient) -> None:
    """A hook that blocks for want of a server is no proof, and says what is missing."""
    (patient.desk.home / ".claude").mkdir()
    assert patient.desk.run("hook", "install", "--host", "claude").status == 0
    assert patient.row("Claude canary", "--canary") == (OK, "the hook blocks", None)
    change_config(patient.desk, baseUrl=f"http://127.0.0.1:{free_port()}")
    status, detail, _ = patient.row("Claude canary", "--canary")
    assert status == ERROR
    assert detail.startswith("every call is blocked: BehalfID: blocked")


def test_the_program_of_an_agent_is_named(patient: Patient) -> None:
    """Where it was found on PATH; without it, but with its folder, that is a warning."""
    program = patient.desk.tools / "cursor"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert patient.row("Cursor CLI")[:2] == (OK, str(program))
    os.remove(program)
    (patient.desk.home / ".cursor").mkdir()
    assert patient.row("Cursor CLI")[0] == WARN
