# SPDX-License-Identifier: Apache-2.0
"""What the tests of deliveries share beside webhook_calls: decisions to tell about, and signatures computed
independently."""

import base64
import hashlib
import hmac
import json
from typing import Optional

from api_support import Agent, sql
from harness import Server
from receiver import Received
from webhook_calls import Endpoint, create

ALLOWED_TYPE = "verification.allowed"


def subscribe(server: Server, url: str, *events: str) -> Endpoint:
    """A new endpoint."""
    return create(server, url, list(events) or [ALLOWED_TYPE])


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


def hurry(server: Server) -> None:
    """Makes all waiting retries due now, as if their time had passed."""
    sql(server, "UPDATE delivery SET next_attempt_at = 1 WHERE status = 'pending'")
    sql(server, "UPDATE outbox_state SET version = version + 1")
