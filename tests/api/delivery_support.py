# SPDX-License-Identifier: Apache-2.0
"""What the tests of webhooks share: endpoints, and signatures computed independently."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any, Callable, NamedTuple, Optional

from api_support import Agent, developer_call, sql
from harness import Server
from receiver import Received

ALLOWED_TYPE = "verification.allowed"


class Endpoint(NamedTuple):
    """A webhook and its secret."""

    server: Server
    webhook_id: str
    secret: str

    def read(self) -> dict[str, Any]:
        """The record."""
        answer = developer_call(self.server, "GET", f"/api/dashboard/webhooks/{self.webhook_id}")
        assert answer.status_code == 200, answer.text
        webhook: dict[str, Any] = answer.json()["webhook"]
        return webhook

    def deliveries(self) -> list[dict[str, Any]]:
        """The delivery log, newest first."""
        answer = developer_call(self.server, "GET", f"/api/dashboard/webhooks/{self.webhook_id}")
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["deliveries"]
        return rows

    def act(self, what: str) -> dict[str, Any]:
        """disable, enable, rotate-secret."""
        answer = developer_call(self.server, "POST", f"/api/dashboard/webhooks/{self.webhook_id}/{what}")
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done


def subscribe(server: Server, url: str, *events: str) -> Endpoint:
    """A new endpoint."""
    body = {"url": url, "events": list(events) or [ALLOWED_TYPE]}
    answer = developer_call(server, "POST", "/api/dashboard/webhooks", body)
    assert answer.status_code == 201, answer.text
    return Endpoint(server, answer.json()["webhook"]["webhookId"], answer.json()["secret"])


def allowed_agent(server: Server) -> Agent:
    """An agent that may purchase."""
    agent = Agent(server)
    agent.grant("purchase")
    return agent


def allow(agent: Agent, times: int = 1) -> list[str]:
    """So many allowed decisions; their request ids."""
    return [str(agent.decide("purchase", amount=number)["requestId"]) for number in range(times)]


def request_id(request: Received) -> str:
    """Which decision the event tells about."""
    found: str = json.loads(request.body)["data"]["requestId"]
    return found


def legacy_signature(secret: str, request: Received, pepper: Optional[str] = None) -> str:
    """The value of BehalfID-Signature as a published receiver computes it."""
    key = hashlib.sha256(secret.encode()).hexdigest()
    if pepper:
        key = hmac.new(pepper.encode(), key.encode(), hashlib.sha256).hexdigest()
    signed = request.headers["behalfid-timestamp"].encode() + b"." + request.body
    return "v1=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


def standard_signature(secret: str, request: Received) -> str:
    """One signature of webhook-signature."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def eventually(check: Callable[[], object], timeout: float = 15.0) -> None:
    """Waits until the check holds."""
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def hurry(server: Server) -> None:
    """Makes all waiting retries due now, as if their time had passed."""
    sql(server, "UPDATE delivery SET next_attempt_at = 1 WHERE status = 'pending'")
    sql(server, "UPDATE outbox_state SET version = version + 1")
