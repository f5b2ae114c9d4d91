# SPDX-License-Identifier: Apache-2.0
"""The first start: whoever reads the server's output becomes its operator, once."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

import pytest
import requests

from accounts_support import PASSWORD, Browser, operator, setup_token
from api_support import error_of, sql
from harness import Server

StartServer = Callable[..., Server]

DONE = (410, "This server has been set up already.")
WRONG = (401, "The setup token is wrong or no longer valid.")


def set_up(server: Server, token: str, **more: str) -> requests.Response:
    """POST /api/setup as from a terminal."""
    body = {"token": token, "email": "ada@example.com", "password": PASSWORD, **more}
    return server.call("POST", "/api/setup", body)


def test_the_link_makes_the_operator_once(start_server: StartServer) -> None:
    """The printed token makes one operator, who owns the first account and is signed in; then it is worth nothing."""
    server = start_server(demo=False)
    token = setup_token(server.printed())
    assert f"{server.base_url}/setup#token={token}\n" in server.printed()
    assert server.call("GET", "/api/setup").json()["needed"] is True
    browser = Browser(server)
    body = {"token": token, "email": " Ada@Example.com ", "password": PASSWORD, "accountName": "Engines"}
    answer = browser.post("/api/setup", body)
    assert answer.status_code == 201, answer.text
    user = answer.json()["user"]
    assert user["email"] == "ada@example.com" and user["isOperator"] is True
    me = browser.get("/api/auth/me").json()
    assert me["user"]["userId"] == user["userId"] and me["user"]["isOperator"] is True
    assert me["account"]["name"] == "Engines" and me["role"] == "owner"
    assert browser.get("/api/dashboard/agents").status_code == 200
    assert server.call("GET", "/api/setup").json()["needed"] is False
    assert error_of(set_up(server, token, email="eve@example.com")) == DONE
    assert error_of(set_up(server, "x")) == DONE
    assert sql(server, "SELECT count(*), sum(is_operator) FROM person") == [(1, 1)]


@pytest.mark.parametrize("signup", ["closed", "invite", "open"])
def test_anybody_learns_what_the_server_offers(start_server: StartServer, signup: str) -> None:
    """Without a credential it tells how one may sign up and whether links can be mailed, and nothing else."""
    server = start_server("--signup", signup, demo=False)
    expected = {"needed": True, "signup": signup, "mailEnabled": False}
    assert server.call("GET", "/api/setup").json() == expected


def test_the_printed_line_wants_a_password(start_server: StartServer) -> None:
    """The curl line of the first start makes nobody as it is, and the operator with a password of one's own in it."""
    server = start_server(demo=False)
    printed = server.printed()
    assert "choose a password of at least 10 characters" in printed
    line = printed[printed.index("curl ") :]
    assert '"password":"..."' in line

    def paste(text: str) -> Any:
        done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    assert paste(line)["error"] == "Password must be between 10 and 200 characters."
    assert sql(server, "SELECT count(*) FROM person") == [(0,)]
    made = paste(line.replace('"password":"..."', f'"password":"{PASSWORD}"'))
    assert made["user"]["email"] == "operator@example.com"
    assert Browser(server).login("operator@example.com", PASSWORD).status_code == 200


def test_nothing_on_the_disk_opens_the_door(start_server: StartServer) -> None:
    """A start without an operator leaves neither the token nor its hash on the disk, nor anything in the log."""
    server = start_server("--log-level", "debug", demo=False)
    token = setup_token(server.printed())
    assert sorted(path.name for path in server.data_dir.iterdir() if not path.name.startswith("behalf.db")) == [
        "server.key",
        "server.lock",
    ]
    assert token not in server.log()
    for path in server.data_dir.iterdir():
        assert token.encode() not in path.read_bytes(), path
    assert sql(server, "SELECT count(*) FROM person") == [(0,)]


def test_a_token_ends_with_its_server(start_server: StartServer) -> None:
    """A restart prints a new token and forgets the old one; once there is an operator it prints none."""
    server = start_server(demo=False)
    old = setup_token(server.printed())
    assert server.stop() == 0
    server.start()
    new = setup_token(server.printed())
    assert new != old
    assert error_of(set_up(server, old)) == WRONG
    assert set_up(server, new).status_code == 201
    assert server.stop() == 0
    before = server.printed()
    server.start()
    assert server.printed() == before
    assert Browser(server).login("ada@example.com").status_code == 200


@pytest.mark.threads
def test_one_of_many_at_once_becomes_the_operator(start_server: StartServer) -> None:
    """Of many who use the link at the same time one wins, the others are told that it is done."""
    server = start_server(demo=False)
    token = setup_token(server.printed())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: set_up(server, token, email=f"p{i}@example.com"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [410] * 7
    assert sql(server, "SELECT count(*) FROM person") == [(1,)]
    assert sql(server, "SELECT count(*) FROM session") == [(1,)]


def test_what_setup_refuses(start_server: StartServer) -> None:
    """Wrong tokens, foreign pages and bad fields are refused in clear words, and nobody is made."""
    server = start_server(demo=False)
    token = setup_token(server.printed())
    for wrong in ("", "x", token[:-1], token + "A", token.swapcase()):
        assert error_of(set_up(server, wrong)) == WRONG
    assert error_of(server.call("POST", "/api/setup", {"email": "a@b.c", "password": PASSWORD})) == WRONG
    foreign = Browser(server, "https://evil.example")
    body = {"token": token, "email": "a@b.c", "password": PASSWORD}
    assert error_of(foreign.post("/api/setup", body)) == (403, "Invalid request origin.")
    assert error_of(set_up(server, token, email="nobody")) == (400, "A valid email is required.")
    assert error_of(set_up(server, token, password="123456789")) == (
        400,
        "Password must be between 10 and 200 characters.",
    )
    assert error_of(set_up(server, token, accountName="x" * 121)) == (
        400,
        "accountName must be 120 characters or fewer.",
    )
    assert error_of(set_up(server, token, role="x")) == (400, "Unknown field: role.")
    assert sql(server, "SELECT count(*) FROM person") == [(0,)]
    assert set_up(server, token, accountName="x" * 120).status_code == 201


def test_the_configured_setup_token_works_too(start_server: StartServer) -> None:
    """BEHALFID_SETUP_TOKEN makes the operator as the printed one does; an empty one opens nothing."""
    server = start_server(demo=False, env={"BEHALFID_SETUP_TOKEN": "a-token-of-the-configuration"})
    assert error_of(set_up(server, "another")) == WRONG
    assert set_up(server, "a-token-of-the-configuration").status_code == 201
    other = start_server(demo=False, name="other", env={"BEHALFID_SETUP_TOKEN": ""})
    assert error_of(set_up(other, "")) == WRONG


def test_the_demo_has_an_operator(server: Server) -> None:
    """--demo makes an operator whose address and password are in demo.json, who owns the demo's agent and token."""
    assert "/setup#token=" not in server.printed()
    assert server.email in server.printed() and server.password in server.printed()
    assert len(server.password) >= 20
    browser = operator(server)
    me = browser.get("/api/auth/me").json()
    assert me["user"]["isOperator"] is True and me["role"] == "owner"
    assert [agent["agentId"] for agent in browser.get("/api/dashboard/agents").json()["agents"]] == [server.agent_id]
    ((person,),) = sql(server, "SELECT id FROM person")
    assert sql(server, "SELECT owner_person FROM agent") == [(person,)]
    assert sql(server, "SELECT owner_person FROM developer_token") == [(person,)]
    by_token = server.call("GET", "/api/auth/me", headers=server.as_developer()).json()
    assert by_token["user"] == me["user"] and by_token["role"] == "owner"
    assert server.stop() == 0
    server.start()
    assert operator(server).is_in()


def test_an_older_demo_without_a_person_goes_on(start_server: StartServer) -> None:
    """A demo.json without address and password stays as it is, and the start offers a setup link."""
    server = start_server()
    assert server.stop() == 0
    for table in ("session", "member", "person"):
        sql(server, f"DELETE FROM {table}")
    sql(server, "UPDATE agent SET owner_person = NULL")
    sql(server, "UPDATE developer_token SET owner_person = NULL")
    path = server.data_dir / "demo.json"
    demo = json.loads(path.read_text())
    del demo["email"], demo["password"]
    path.write_text(json.dumps(demo))
    server.start()
    assert server.verify("purchase", vendor="coachella.com", amount=1).json()["allowed"] is True
    assert set_up(server, setup_token(server.printed())).status_code == 201
    assert json.loads(path.read_text()) == demo


def test_a_demo_beside_an_operator_makes_no_second_one(start_server: StartServer) -> None:
    """--demo on a server that has an operator makes agent and token, but nobody who could sign in."""
    server = start_server(demo=False)
    assert set_up(server, setup_token(server.printed())).status_code == 201
    assert server.stop() == 0
    server.demo = True
    server.start()
    assert server.agent_id and not server.email
    assert sql(server, "SELECT email FROM person") == [("ada@example.com",)]
    assert server.verify("purchase", vendor="coachella.com", amount=1).json()["allowed"] is True


@pytest.mark.parametrize("value", ["Closed", "yes", ""])
def test_signup_has_three_values(start_server: StartServer, value: str) -> None:
    """--signup takes closed, invite or open, and says so."""
    with pytest.raises(RuntimeError, match="--signup must be closed, invite or open"):
        start_server(f"--signup={value}")


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_the_link_can_be_opened(tmp_path: Path, host: str) -> None:
    """A server that listens on all addresses prints a link to one of them, and it answers there."""
    server = Server(tmp_path / "data", demo=False)
    server.host = host
    with server:
        link = f"http://127.0.0.1:{server.port}"
        token = setup_token(server.printed())
        assert f"\n{link}/setup#token={token}\n" in server.printed() and f" {link}/api/setup " in server.printed()
        assert requests.get(link + "/api/setup", timeout=30).json()["needed"] is True
