# SPDX-License-Identifier: Apache-2.0
"""`behalf init`: which server, and who."""

import json
import os
import pty
from pathlib import Path

import pytest

from api_support import Agent
from cli_support import KEY, Run, config_path, mode, write_config
from harness import BINARY, Server, free_port


def test_an_agent_is_kept_with_its_server(demo: Server, behalf: Run, home: Path) -> None:
    """Id, key and address are in the configuration afterwards, and the next command needs nothing more."""
    agent = Agent(demo)
    words = ["--base-url", demo.base_url, "--agent-id", agent.agent_id, "--key", agent.api_key]
    answer = behalf("init", "--json", *words).json()
    assert answer == {
        "initialized": True,
        "baseUrl": demo.base_url,
        "method": "key",
        "email": None,
        "agentId": agent.agent_id,
    }
    assert json.loads(config_path(home).read_text()) == {
        "baseUrl": demo.base_url,
        "agentId": agent.agent_id,
        "apiKey": agent.api_key,
    }
    assert mode(config_path(home)) == 0o600
    assert behalf("logs").status == 0


def test_a_person_signs_in(demo: Server, behalf: Run) -> None:
    """With --email and BEHALFID_PASSWORD nothing is asked, and the person is signed in at that server."""
    words = ["init", "--base-url", demo.base_url, "--email", demo.email, "--json"]
    answer = behalf(*words, BEHALFID_PASSWORD=demo.password).json()
    assert (answer["method"], answer["email"]) == ("password", demo.email)
    assert behalf("whoami", "--json").json()["email"] == demo.email


def test_only_the_address_is_kept_on_request(behalf: Run, home: Path) -> None:
    """--skip needs no server, and keeps what else is configured."""
    write_config(home, '{"agentId": "agent_x", "other": 1}')
    assert behalf("init", "--skip", "--base-url", "https://id.example.com/").status == 0
    kept = {"agentId": "agent_x", "other": 1, "baseUrl": "https://id.example.com"}
    assert json.loads(config_path(home).read_text()) == kept


def test_a_refused_key_changes_nothing(demo: Server, behalf: Run, home: Path) -> None:
    """A key that the server does not take for that agent is not kept."""
    words = ["--base-url", demo.base_url, "--agent-id", demo.agent_id, "--key", KEY]
    done = behalf("init", *words)
    assert done.status == 1
    assert "nothing was changed" in done.err
    assert not config_path(home).exists()


def test_a_key_is_kept_while_the_server_is_away(behalf: Run, home: Path) -> None:
    """Who cannot be asked refuses nothing; it is said that the key was not tried."""
    url = f"http://127.0.0.1:{free_port()}"
    done = behalf("init", "--base-url", url, "--agent-id", "agent_x", "--key", KEY)
    assert done.status == 0
    assert "The key was not tried" in done.err
    assert json.loads(config_path(home).read_text())["apiKey"] == KEY
    assert KEY not in done.out + done.err


def test_a_wrong_password_is_an_error(demo: Server, behalf: Run) -> None:
    """Nobody is signed in, and the address is not kept."""
    done = behalf("init", "--base-url", demo.base_url, "--email", demo.email, BEHALFID_PASSWORD="wrong")
    assert done.status == 1
    assert "Error: " in done.err
    assert behalf("config", "get", "base-url").out == "(not set)\n"


@pytest.mark.parametrize(
    "words, told",
    [
        ([], "There is no terminal to ask at."),
        (["--agent-id", "agent_x"], "An agent's id and its key are needed."),
        (["--key", KEY], "An agent's id and its key are needed."),
        (["--agent-id", "agent_x", "--key", "x"], "This is not the form of an agent's key."),
        (["--skip", "--password"], "Use one of --password, --key and --skip."),
        (["--skip", "--base-url", "ftp://x"], "must be an http or https address"),
        (["--skip", "--base-url", "http://u:p@x"], "must be an http or https address"),
        (["--email", "a@example.com"], "Email and password are needed."),
    ],
)
def test_without_a_terminal_the_missing_options_are_named(behalf: Run, home: Path, words: list[str], told: str) -> None:
    """Nothing is asked where nobody is, nothing is written, and the error says which options to pass."""
    done = behalf("init", *words)
    assert done.status == 1
    assert told in done.err
    assert not config_path(home).exists()


def at_a_terminal(home: Path, lines: list[str], *words: str) -> tuple[int, str]:
    """Status and screen of `behalf init WORDS` for somebody who types a line at each question."""
    child, terminal = pty.fork()
    if child == 0:
        env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "TERM": "dumb"}
        os.execve(str(BINARY), [str(BINARY), "init", *words], env)
    screen = b""
    for line in lines:
        while not screen.endswith(b": "):
            screen += os.read(terminal, 4096)
        os.write(terminal, line.encode() + b"\n")
        screen += b"\n"
    try:
        while piece := os.read(terminal, 4096):
            screen += piece
    except OSError:  # the other end is closed
        pass
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen.decode()


def test_a_person_is_asked_at_a_terminal(demo: Server, home: Path) -> None:
    """Address, way and credentials are asked in this order; the key is not echoed."""
    status, screen = at_a_terminal(home, [demo.base_url, "2", demo.agent_id, demo.api_key])
    assert status == 0, screen
    kept = json.loads(config_path(home).read_text())
    assert kept == {"baseUrl": demo.base_url, "agentId": demo.agent_id, "apiKey": demo.api_key}
    assert demo.api_key not in screen
    assert "Next: behalf mcp init" in screen


def test_what_an_option_says_is_not_asked(demo: Server, home: Path) -> None:
    """Only what is missing is asked."""
    status, screen = at_a_terminal(home, [demo.password], "--base-url", demo.base_url, "--email", demo.email)
    assert status == 0, screen
    assert demo.password not in screen
    assert "Next: behalf agents create" in screen


def test_an_answer_that_is_none_ends_it(home: Path) -> None:
    """A choice that is not there is an error; nothing is written."""
    status, screen = at_a_terminal(home, ["", "4"])
    assert status == 1
    assert "The answer must be 1, 2 or 3." in screen
    assert not config_path(home).exists()
