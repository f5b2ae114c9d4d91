# SPDX-License-Identifier: Apache-2.0
"""Receivers that use the npm package "standardwebhooks" verify what we sign."""

import base64
import json
import subprocess
from typing import Any, Callable, Optional

from harness import Server
from node_support import FOLDER, node_modules
from receiver import Received, Receiver
from delivery_support import ALLOWED_TYPE, allow, allowed_agent, subscribe


def verify(*requests: tuple[str, Received, Optional[bytes]]) -> list[Optional[str]]:
    """What the library says of (secret, request, other body): the type of each payload; None = refused."""
    node_modules()
    rows: list[dict[str, Any]] = [
        {"secret": secret, "headers": request.headers, "body": base64.b64encode(body or request.body).decode()}
        for secret, request, body in requests
    ]
    done = subprocess.run(
        ["node", "verify.js"],
        cwd=FOLDER,
        input=json.dumps(rows),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    verdicts: list[Optional[str]] = json.loads(done.stdout)
    return verdicts


def test_the_library_verifies_our_requests(start_server: Callable[..., Server]) -> None:
    """The library accepts a request under its secret, both secrets after a rotation, and nothing that was altered."""
    server = start_server("--allow-private-webhooks")
    agent = allowed_agent(server)
    with Receiver() as receiver:
        endpoint = subscribe(server, receiver.url)
        other = subscribe(server, receiver.url.replace("/hook", "/other"), "verification.denied").secret
        allow(agent)
        receiver.wait(1)
        new = endpoint.act("rotate-secret")["secret"]
        allow(agent)
        before, after = receiver.wait(2)
        altered = after.body.replace(b'"allowed":true', b'"allowed":true ')
        assert altered != after.body
        assert verify(
            (endpoint.secret, before, None),
            (new, before, None),
            (endpoint.secret, after, None),
            (new, after, None),
            (other, after, None),
            (new, after, altered),
        ) == [ALLOWED_TYPE, None, ALLOWED_TYPE, ALLOWED_TYPE, None, None]
