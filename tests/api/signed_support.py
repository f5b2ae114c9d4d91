# SPDX-License-Identifier: Apache-2.0
"""What the tests of signed passports share."""

import base64
import hashlib
import hmac
import json
import subprocess
from typing import Any

import requests

from harness import Server
from node_support import FOLDER, node_modules

KEYS = "/.well-known/jwks.json"


def jose(*tasks: dict[str, Any]) -> list[Any]:
    """What the npm package "jose" makes of each task; see tests/node/passport.mjs."""
    node_modules()
    done = subprocess.run(
        ["node", "passport.mjs"],
        cwd=FOLDER,
        input=json.dumps(tasks),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def signed(server: Server) -> str:
    """The signed passport of the server's demo agent."""
    path = f"/api/passport/{server.agent_id}?format=jwt"
    answer = server.call("GET", path, headers=server.as_agent(server.api_key))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/jwt"), answer.text
    return answer.text


def key_set(server: Server) -> Any:
    """The published keys."""
    answer = requests.get(server.base_url + KEYS, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def part(token: str, number: int) -> Any:
    """Header (0) or claims (1) of a token, unverified."""
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def signing_seed(server: Server, number: int = 1) -> str:
    """The secret part of a key, as the owner of the machine can work it out from the server's key."""
    text = (server.data_dir / "server.key").read_text().strip()
    key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    seed = hmac.new(key, f"passport-signing-{number}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(seed).decode().rstrip("=")


def rotate(server: Server) -> Any:
    """`behalf admin keys rotate`: the keys, newest first."""
    done = server.command_line("admin", "keys", "rotate", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
