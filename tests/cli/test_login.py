# SPDX-License-Identifier: Apache-2.0
"""`behalf login`, `logout` and `whoami` against a real server."""

import json
import os
import pty
import re
import resource
import signal
import subprocess
import termios
import time
from pathlib import Path
from typing import Callable, Iterator, Optional

import pytest
import requests

from cli_support import KEY, Run, config_path, mode, write_config
from harness import BINARY, ROOT, Server, free_port

COOKIE = "behalfid_developer"


def session_path(home: Path) -> Path:
    """Where the session is."""
    return home / ".behalf" / "session"


def log_in(behalf: Run, server: Server) -> None:
    """Signs the command line in as the person of the demo."""
    result = behalf(
        "login",
        "--password",
        "--email",
        server.email,
        BEHALFID_PASSWORD=server.password,
        BEHALFID_BASE_URL=server.base_url,
    )
    assert result.status == 0, result.err


def test_login_with_a_password_keeps_a_private_session(behalf: Run, home: Path, demo: Server) -> None:
    """A login leaves one line in a file for this user alone, and tells no secret."""
    log_in(behalf, demo)
    assert re.fullmatch(COOKIE + "=[A-Za-z0-9_-]{43}\n", session_path(home).read_text())
    assert mode(session_path(home)) == 0o600 and mode(session_path(home).parent) == 0o700
    result = behalf("login", "-e", demo.email, "-p", demo.password, "--json", BEHALFID_BASE_URL=demo.base_url)
    assert result.json() == {"loggedIn": True, "email": demo.email}
    assert demo.password not in result.out + result.err + config_path(home).read_text()


def test_commands_take_the_session_in_place_of_a_token(behalf: Run, demo: Server) -> None:
    """What wants a developer token works with a session, and after a logout not any more."""
    env = {"BEHALFID_BASE_URL": demo.base_url}
    refused = behalf("agents", "list", "--json", **env)
    assert refused.status == 1
    assert refused.error()["error"] == "This command requires you to be logged in. Run `behalf login`."
    log_in(behalf, demo)
    listed = behalf("agents", "list", "--json", **env).json()["agents"]
    assert demo.agent_id in [agent["agentId"] for agent in listed]
    made = behalf("agents", "create", "--name", "By session", "--json", **env)
    assert made.status == 0, made.err
    agent_id = made.json()["agentId"]
    assert behalf("agents", "show", agent_id, **env).status == 0
    granted = behalf("permissions", "create", agent_id, "--action", "act", "--json", **env)
    assert granted.status == 0, granted.err
    assert behalf("permissions", "list", agent_id, **env).status == 0
    assert behalf("permissions", "revoke", granted.json()["permissionId"], **env).status == 0
    assert behalf("agents", "disable", agent_id, **env).status == 0
    assert behalf("agents", "enable", agent_id, **env).status == 0
    assert behalf("agents", "rotate-key", agent_id, **env).status == 0
    assert behalf("logout", "--json", **env).json() == {"loggedOut": True}
    assert behalf("agents", "list", **env).status == 1


def test_logout_ends_the_session_at_the_server(behalf: Run, home: Path, demo: Server) -> None:
    """After a logout the secret opens nothing and the file is empty; a second logout has nothing to do."""
    log_in(behalf, demo)
    secret = session_path(home).read_text().strip().split("=")[1]
    assert requests.get(demo.base_url + "/api/auth/me", cookies={COOKIE: secret}, timeout=30).status_code == 200
    assert behalf("logout", BEHALFID_BASE_URL=demo.base_url).out == "Logged out.\n"
    assert requests.get(demo.base_url + "/api/auth/me", cookies={COOKIE: secret}, timeout=30).status_code == 401
    assert session_path(home).read_text() == ""
    again = behalf("logout", "--json", BEHALFID_BASE_URL=demo.base_url)
    assert (again.status, again.json()) == (0, {"loggedOut": False, "reason": "not logged in"})


def test_logout_forgets_also_without_the_server(behalf: Run, home: Path, demo: Server) -> None:
    """A server that is away does not keep anybody logged in on this machine."""
    log_in(behalf, demo)
    result = behalf("logout", "--json", BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert (result.status, result.json()) == (0, {"loggedOut": True})
    assert session_path(home).read_text() == ""


def test_whoami_never_fails(behalf: Run, demo: Server) -> None:
    """It shows the person and the account, and what is known without a server or a session otherwise."""
    env = {"BEHALFID_BASE_URL": demo.base_url, "BEHALFID_API_KEY": KEY}
    nobody = behalf("whoami", "--json", **env)
    assert nobody.status == 0 and nobody.err == ""
    assert nobody.json()["loggedIn"] is False and nobody.json()["email"] is None
    assert KEY not in nobody.out and nobody.json()["apiKey"].startswith(KEY[:10])
    log_in(behalf, demo)
    me = behalf("whoami", "--json", **env).json()
    assert me["loggedIn"] is True and me["email"] == demo.email and me["role"] == "owner"
    assert me["account"] == "Default" and me["baseUrl"] == demo.base_url
    assert demo.email in behalf("whoami", **env).out
    away = behalf("whoami", "--json", BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert away.status == 0 and away.json()["loggedIn"] is False
    by_token = behalf("whoami", "--json", BEHALFID_DEVELOPER_TOKEN=demo.developer_token, **env)
    assert by_token.json()["email"] == demo.email


def test_a_session_goes_to_its_own_server_only(behalf: Run, demo: Server, start_server: Callable[..., Server]) -> None:
    """The secret of one server is not sent to another, whatever the address of the moment is."""
    log_in(behalf, demo)
    other = start_server(name="other")
    result = behalf("agents", "list", "--json", BEHALFID_BASE_URL=other.base_url)
    assert result.error()["error"].startswith("This command requires you to be logged in.")
    assert behalf("agents", "list", BEHALFID_BASE_URL=demo.base_url).status == 0


@pytest.mark.parametrize("config", ["{}", "{broken", '{"sessionBaseUrl": 5}', None])
def test_a_session_without_a_known_server_is_not_sent(
    behalf: Run, home: Path, demo: Server, config: Optional[str]
) -> None:
    """A session whose server is not noted, or not readably, goes to no server; a new login makes it good again."""
    log_in(behalf, demo)
    config_path(home).unlink()
    if config is not None:
        write_config(home, config)
    result = behalf("agents", "list", "--json", BEHALFID_BASE_URL=demo.base_url)
    assert result.error()["error"].startswith("This command requires you to be logged in.")
    log_in(behalf, demo)
    assert behalf("agents", "list", BEHALFID_BASE_URL=demo.base_url).status == 0


def test_only_the_line_of_a_session_is_one(behalf: Run, home: Path, demo: Server) -> None:
    """A session file with something else in it is no session."""
    log_in(behalf, demo)
    session_path(home).write_text("something else\n")
    assert behalf("agents", "list", BEHALFID_BASE_URL=demo.base_url).status == 1


def test_config_clear_signs_out(behalf: Run, home: Path, demo: Server, start_server: Callable[..., Server]) -> None:
    """Clearing the configuration forgets the session too, and says so: it goes to no server any more."""
    for words, said in (((), "Logged out here"), (("--json",), '"loggedOut": true')):
        log_in(behalf, demo)
        cleared = behalf("config", "clear", *words)
        assert (cleared.status, cleared.err) == (0, "") and said in cleared.out
        assert (session_path(home).read_text(), json.loads(config_path(home).read_text())) == ("", {})
    for server in (demo, start_server(name="other")):
        assert behalf("agents", "list", BEHALFID_BASE_URL=server.base_url).status == 1
    assert behalf("config", "clear").out == "Config cleared.\n"
    assert "sign out" in behalf("config", "clear", "--help").out


def test_a_login_that_breaks_off_leaves_nobody_signed_in(
    home: Path, behalf: Run, demo: Server, start_server: Callable[..., Server]
) -> None:
    """A login at another server that dies between its files never leaves the first server's secret in its name."""
    log_in(behalf, demo)
    other = start_server(name="other")
    words = [str(BINARY), "login", "-e", other.email, "-p", other.password]
    env = {**os.environ, "HOME": str(home), "BEHALFID_BASE_URL": other.base_url}
    long_enough = len(config_path(home).read_text()) + 2  # for the configuration, not for the session
    assert long_enough < len(session_path(home).read_text())
    done = subprocess.run(
        words,
        capture_output=True,
        env=env,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (long_enough, long_enough)),
    )
    assert done.returncode != 0
    assert json.loads(config_path(home).read_text())["sessionBaseUrl"] == other.base_url
    assert session_path(home).read_text() == ""


def test_a_login_without_its_note_leaves_nobody_signed_in(behalf: Run, home: Path, demo: Server) -> None:
    """When the server of a login cannot be noted, the login fails and the session of before is forgotten."""
    log_in(behalf, demo)
    config_path(home).unlink()
    config_path(home).mkdir()
    words = ("login", "-e", demo.email, "-p", demo.password)
    result = behalf(*words, BEHALFID_BASE_URL=demo.base_url)
    assert result.status == 1 and "The configuration could not be written" in result.err
    assert session_path(home).read_text() == ""


def test_a_wrong_password_changes_nothing(behalf: Run, home: Path, demo: Server) -> None:
    """A login that fails says why and leaves the session as it was."""
    log_in(behalf, demo)
    before = session_path(home).read_text()
    result = behalf("login", "-e", demo.email, "-p", "wrong password", "--json", BEHALFID_BASE_URL=demo.base_url)
    assert result.status == 1 and result.error()["error"] == "Invalid email or password."
    assert session_path(home).read_text() == before


def test_login_in_a_script_needs_all_it_asks_for(behalf: Run, demo: Server) -> None:
    """Without a terminal nothing can be asked for: the error names the variable."""
    command = [str(BINARY), "login", "--password", "--json"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        start_new_session=True,  # no terminal to ask at
        env={**os.environ, "BEHALFID_BASE_URL": demo.base_url, "HOME": "/nonexistent"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "BEHALFID_PASSWORD" in json.loads(done.stderr)["hint"]


def test_the_password_is_asked_for_without_echo(home: Path, demo: Server) -> None:
    """At a terminal address and password are asked for, and the password does not appear on it."""
    env = {"HOME": str(home), "BEHALFID_BASE_URL": demo.base_url, "PATH": os.environ["PATH"]}
    env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    child, terminal = pty.fork()
    if child == 0:
        os.execve(str(BINARY), [str(BINARY), "login", "--password"], env)
    shown = b""

    shown += read_until(terminal, b"Email: ")
    os.write(terminal, demo.email.encode() + b"\n")
    shown += read_until(terminal, b"Password: ")
    os.write(terminal, demo.password.encode() + b"\n")
    shown += read_until(terminal, b"Logged in")
    assert os.waitpid(child, 0)[1] == 0
    os.close(terminal)
    assert demo.email.encode() in shown and demo.password.encode() not in shown
    assert session_path(home).read_text().startswith(COOKIE)


def read_until(terminal: int, text: bytes) -> bytes:
    """What the terminal shows up to this text."""
    seen = b""
    while text not in seen:
        seen += os.read(terminal, 1024)
    return seen


def has_echo(terminal: int) -> bool:
    """Whether the terminal shows what is typed."""
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


@pytest.fixture()
def prompt(home: Path) -> Iterator[tuple[int, int]]:
    """A login, run by a shell, that waits for the password at a terminal: the process and the terminal."""
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    script = 'trap : INT QUIT; "$0" login -e a@b.c; echo "ended $?"; cat'
    shell, terminal = pty.fork()
    if shell == 0:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # ignored, where the tests run in the background
            signal.signal(number, signal.SIG_DFL)
        os.execve("/bin/sh", ["sh", "-c", script, str(BINARY)], env)
    read_until(terminal, b"Password: ")
    yield int(Path(f"/proc/{shell}/task/{shell}/children").read_text()), terminal
    os.close(terminal)  # hangs up
    os.waitpid(shell, 0)


@pytest.mark.parametrize(
    "number, key",
    [
        (signal.SIGINT, b"\x03"),
        (signal.SIGQUIT, b"\x1c"),
        (signal.SIGTERM, None),
        (signal.SIGHUP, None),
    ],
)
def test_a_signal_at_the_password_prompt_leaves_the_echo(
    prompt: tuple[int, int], number: signal.Signals, key: Optional[bytes]
) -> None:
    """Ctrl-C at the hidden prompt, or another end, ends the command by that signal, with the echo on again."""
    child, terminal = prompt
    assert not has_echo(terminal)
    if key is not None:
        os.write(terminal, key)
    else:
        os.kill(child, number)
    read_until(terminal, f"ended {128 + number}".encode())
    assert has_echo(terminal)


def test_after_a_stop_the_password_is_asked_for_again(prompt: tuple[int, int]) -> None:
    """Ctrl-Z at the hidden prompt switches the echo on; who comes back is asked again, without echo."""
    child, terminal = prompt
    os.write(terminal, b"\x1a")  # the shell has no job control, so the command goes on at once
    assert b"\n" in read_until(terminal, b"Password: ")
    assert not has_echo(terminal)
    os.kill(child, signal.SIGTERM)
    read_until(terminal, b"ended 143")


def begin_device_login(home: Path, demo: Server, *words: str) -> tuple["subprocess.Popen[str]", str]:
    """`behalf login`, and the code that it shows."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF")}
    env.update({"HOME": str(home), "BEHALFID_BASE_URL": demo.base_url})
    # the caller waits for it
    process = subprocess.Popen(  # pylint: disable=consider-using-with
        [str(BINARY), "login", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )
    assert process.stderr is not None
    shown = ""
    while "Waiting" not in shown:
        line = process.stderr.readline()
        assert line, shown
        shown += line
    found = re.search(re.escape(demo.base_url) + r"/authenticate\?code=([A-Z0-9]{4}-[A-Z0-9]{4})\n", shown)
    assert found, shown
    assert f"confirm the code  {found.group(1)}\n" in shown
    assert "Without either, stop this and run `behalf login --password`.\n" in shown
    assert f"behalf login --confirm {found.group(1)}\n" in shown
    return process, found.group(1)


def answer(server: Server, verb: str, code: str) -> None:
    """A person in a browser confirms or denies the code."""
    browser = requests.Session()
    headers = {"Origin": server.base_url}
    body = {"email": server.email, "password": server.password}
    browser.post(server.base_url + "/api/auth/login", json=body, headers=headers, timeout=30)
    done = browser.post(
        f"{server.base_url}/api/auth/device/{verb}", json={"userCode": code}, headers=headers, timeout=30
    )
    assert done.status_code == 200, done.text


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_login_by_a_browser(behalf: Run, home: Path, demo: Server, words: list[str]) -> None:
    """Without a password the command shows a code, waits until it is confirmed, and is signed in."""
    process, code = begin_device_login(home, demo, *words)
    answer(demo, "authorize", code)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out) == {"loggedIn": True} if words else out == f"Logged in at {demo.base_url}.\n"
    assert mode(session_path(home)) == 0o600
    assert behalf("whoami", "--json", BEHALFID_BASE_URL=demo.base_url).json()["email"] == demo.email


def test_the_documented_line_confirms_a_login(behalf: Run, home: Path, demo: Server) -> None:
    """The curl line of docs/accounts.md confirms a code with the session of another login."""
    log_in(behalf, demo)
    other = home.parent / "other"
    other.mkdir()
    process, code = begin_device_login(other, demo)
    text = (ROOT / "docs" / "accounts.md").read_text()
    (block,) = [part for part in text.split("```")[1::2] if "device/authorize" in part]
    line = block.removeprefix("sh\n").replace("http://127.0.0.1:8420", demo.base_url).replace("ACDE-FGHJ", code)
    done = subprocess.run(
        ["sh", "-c", line],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(home)},
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == {"authorized": True}, done.stdout
    assert process.communicate(timeout=60)[0].startswith("Logged in") and process.returncode == 0


@pytest.mark.parametrize("confirm", [True, False])
def test_a_code_is_answered_on_the_command_line(behalf: Run, home: Path, demo: Server, confirm: bool) -> None:
    """Who is logged in confirms or refuses a code that another machine shows."""
    log_in(behalf, demo)
    other = home.parent / "other"
    other.mkdir()
    process, code = begin_device_login(other, demo)
    word = "--confirm" if confirm else "--refuse"
    done = behalf("login", word, code.lower(), "--json", BEHALFID_BASE_URL=demo.base_url)
    assert done.json() == ({"authorized": True} if confirm else {"denied": True}), done.err
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out.startswith("Logged in")) == ((0, True) if confirm else (1, False))
    again = behalf("login", word, code, "--json", BEHALFID_BASE_URL=demo.base_url)
    assert again.status == 1 and again.error()["error"]


def test_a_code_is_answered_by_a_person_alone(behalf: Run, demo: Server) -> None:
    """Without a session, or with both answers at once, nothing is sent."""
    env = {"BEHALFID_BASE_URL": demo.base_url}
    alone = behalf("login", "--confirm", "ACDE-FGHJ", "--json", **env)
    assert alone.status == 1 and "logged in" in alone.error()["error"]
    by_token = behalf("login", "--refuse", "ACDE-FGHJ", "--json", BEHALFID_DEVELOPER_TOKEN=demo.developer_token, **env)
    assert by_token.status == 1 and "BEHALFID_DEVELOPER_TOKEN" in by_token.error()["hint"]
    both = behalf("login", "--confirm", "A", "--refuse", "B", **env)
    assert both.status == 1 and "--confirm or --refuse" in both.err
    log_in(behalf, demo)
    unknown = behalf("login", "--confirm", "ACDE-FGHJ", "--json", **env)
    assert unknown.status == 1 and unknown.error()["error"]


def test_a_limit_says_for_how_long(behalf: Run, start_server: Callable[..., Server]) -> None:
    """Beyond a rate limit the error says in how many seconds it ends."""
    server = start_server(rate_limit=1)
    results = [
        behalf(
            "agents",
            "list",
            "--json",
            BEHALFID_BASE_URL=server.base_url,
            BEHALFID_DEVELOPER_TOKEN=server.developer_token,
        )
        for _ in range(3)
    ]
    limited = results[-1].error()
    assert limited["code"] == "RATE_LIMIT_EXCEEDED"
    seconds = re.fullmatch(r"Try again in (\d+) seconds?\.", limited["hint"])
    assert seconds and 1 <= int(seconds.group(1)) <= 60


def test_a_denied_login_ends(home: Path, demo: Server) -> None:
    """When the person says no, the command ends with an error and leaves no session."""
    process, code = begin_device_login(home, demo)
    answer(demo, "deny", code)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "The sign-in was denied." in err
    assert not session_path(home).exists()


def test_polling_outlives_a_restart(home: Path, start_server: Callable[..., Server]) -> None:
    """A poll that fails is skipped: a server that restarts meanwhile signs the device in all the same."""
    server = start_server()
    process, code = begin_device_login(home, server)
    assert server.stop() == 0
    time.sleep(6)
    assert process.poll() is None
    server.start()
    answer(server, "authorize", code)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
