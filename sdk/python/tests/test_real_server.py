# SPDX-License-Identifier: Apache-2.0
"""Both clients and a real server with demo data. SDK_TEST_SERVER names a file with its address, keys and command line."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import subprocess
from pathlib import Path
from typing import Any, AsyncIterator, Callable

import httpx
import pytest

from behalfid import (
    AsyncBehalfID,
    BehalfID,
    BehalfIDAPIError,
    BehalfIDApprovalRequired,
    BehalfIDDenied,
)

SERVER: dict[str, Any] = json.loads(Path(os.environ["SDK_TEST_SERVER"]).read_text())
HELD: dict[str, Any] = {"action": "deploy_production", "vendor": "vercel.com"}
KINDS = pytest.mark.parametrize("kind", [BehalfID, AsyncBehalfID])


@contextlib.asynccontextmanager
async def made(kind: Any, **options: Any) -> AsyncIterator[Any]:
    """A client for the demo's agent."""
    names = {"base_url": "baseUrl", "api_key": "apiKey", "agent_id": "agentId", "developer_token": "developerToken"}
    whole = {name: SERVER[key] for name, key in names.items()}
    whole.update(options)
    client = kind(**whole)
    try:
        yield client
    finally:
        await done(client.close() if kind is BehalfID else client.aclose())


async def done(result: Any) -> Any:
    """What a call of either client gives."""
    if inspect.isasyncgen(result):
        return [one async for one in result]
    return await result if inspect.isawaitable(result) else result


def settle(verdict: str) -> Callable[[BehalfIDApprovalRequired], None]:
    """A person who decides at once."""

    def decide(error: BehalfIDApprovalRequired) -> None:
        command = [*SERVER["command"], "admin", "approvals", verdict, str(error.approval_id)]
        environment = {**os.environ, "BEHALFID_DATA": SERVER["data"], "BEHALFID_BASE_URL": SERVER["baseUrl"]}
        subprocess.run(command, env=environment, check=True, capture_output=True)

    return decide


def guarded(client: Any, ran: list[str], **options: Any) -> Any:
    """A function of the client's kind that needs a person."""

    async def later(place: str) -> str:
        ran.append(place)
        return place

    def now(place: str) -> str:
        ran.append(place)
        return place

    # each place is a request of its own
    mapping = client.guard(request=lambda place: dict(HELD, amount=int(place)), **options)
    return mapping(now if isinstance(client, BehalfID) else later)


@KINDS
def test_decisions(kind: Any) -> None:
    """Allowed, denied, a person must approve, and shadow."""

    async def ask() -> None:
        async with made(kind) as client:
            purchase: dict[str, Any] = {"action": "purchase", "vendor": "coachella.com"}
            allow = await done(client.verify(**purchase, amount=742, idempotency_key=f"{kind.__name__}-1"))
            assert allow and allow.risk == "low" and allow.approval_id is None and not allow.shadow
            again = await done(client.verify(**purchase, amount=742, idempotency_key=f"{kind.__name__}-1"))
            assert again == allow
            denied = await done(client.verify(**purchase, amount=900))
            assert not denied and denied.reason == "Amount exceeds maxAmount constraint."
            held = await done(client.verify(**HELD))
            assert not held and held.approval_required and held.approval_id.startswith("apr_")
            shadow = await done(client.verify(**purchase, amount=900, shadow=True))
            assert shadow and shadow.shadow and shadow.shadow_decision.allowed is False
            with pytest.raises(BehalfIDDenied):
                await done(client.verify_or_raise(**purchase, amount=900))
            with pytest.raises(BehalfIDApprovalRequired):
                await done(client.verify_or_raise(**HELD))

    asyncio.run(ask())


@KINDS
def test_a_guard_waits_for_a_person(kind: Any) -> None:
    """It runs once after an approval, not at all after a denial, and not when nobody has time."""

    async def wait() -> None:
        ran: list[str] = []
        first = 100 if kind is BehalfID else 200
        async with made(kind) as client:
            approved = guarded(client, ran, approval="wait", on_approval_required=settle("approve"))
            assert await done(approved(str(first))) == str(first)
            denied = guarded(client, ran, approval="wait", on_approval_required=settle("deny"))
            with pytest.raises(BehalfIDDenied) as caught:
                await done(denied(str(first + 1)))
            assert type(caught.value) is BehalfIDDenied and caught.value.reason == "The approval is denied."
            late = guarded(client, ran, approval="wait", approval_timeout=0.5)
            with pytest.raises(BehalfIDApprovalRequired) as pending:
                await done(late(str(first + 2)))
            approval = await done(client.wait_for_approval(pending.value.approval_id, timeout=0.2))
            assert approval.status == "pending" and approval.amount == first + 2
        assert ran == [str(first)]

    asyncio.run(wait())


@KINDS
def test_an_agent_of_ones_own(kind: Any) -> None:
    """Made, permitted, asked, rotated, and read in the log, page by page."""

    async def live() -> None:
        async with made(kind) as owner:
            key = await done(owner.create_agent("Clerk", description="By a test."))
            assert key.agent_id.startswith("agent_") and "bhf_sk_" not in repr(key)
            permission = await done(
                owner.create_permission(agent_id=key.agent_id, action="pay", constraints={"maxAmount": 10})
            )
            assert permission.permission_id.startswith("perm_")
        async with made(kind, agent_id=key.agent_id, api_key=key.api_key, developer_token=None) as client:
            ids = [(await done(client.verify(action="pay", amount=amount))).request_id for amount in range(7, 14)]
            assert (await done(client.get_boundary()))["agentId"] == key.agent_id
            rotated = await done(client.rotate_key())
            assert rotated.api_key != key.api_key
            rows = await done(client.get_logs())
            assert [row.request_id for row in rows] == ids[::-1]
            denied = await done(client.get_logs(decision="denied"))
            assert [row.amount for row in denied] == [13, 12, 11]
            walked = client.iter_logs(limit=2)
            walked = list(walked) if kind is BehalfID else await done(walked)
            assert walked == rows
        async with made(kind, agent_id=key.agent_id, api_key=key.api_key) as stale:
            with pytest.raises(BehalfIDAPIError) as caught:
                await done(stale.verify(action="pay", amount=1))
            assert caught.value.status == 401

    asyncio.run(live())


@KINDS
def test_the_gateway(kind: Any) -> None:
    """What is not allowed is returned, what cannot be is refused."""

    async def act() -> None:
        async with made(kind) as client:
            other = await done(
                client.execute_action(action="send_mail", resource="web", input={"url": "https://example.com"})
            )
            assert not other and not other.executed and not other.allowed and other.request_id.startswith("req_")
            with pytest.raises(BehalfIDAPIError) as caught:
                await done(
                    client.execute_action(action="browse_web", resource="web", input={"url": "http://127.0.0.1/"})
                )
            assert caught.value.status == 400

    asyncio.run(act())


@KINDS
def test_site_guard(kind: Any) -> None:
    """A site's key asks for its site."""
    headers = {"X-Developer-Token": SERVER["developerToken"]}
    with httpx.Client(base_url=SERVER["baseUrl"], headers=headers, trust_env=False) as http:
        site = http.post(
            "/api/dashboard/sites", json={"name": "Docs", "domain": f"{kind.__name__}.example.com".lower()}
        )
        assert site.status_code == 201, site.text
        path = f"/api/dashboard/sites/{site.json()['site']['siteId']}"
        rule = {"name": "Docs", "userAgentPattern": "*Bot*", "allowedPaths": ["/docs/*"]}
        assert http.post(f"{path}/rules", json=rule).status_code == 201
        key = http.post(f"{path}/keys", json={"name": "proxy"}).json()["rawKey"]

    async def check() -> None:
        async with made(kind, api_key=key) as client:
            answer = await done(client.site_guard.check(path="/docs/intro", user_agent="ExampleBot/1.0"))
            assert answer and answer.site_id == site.json()["site"]["siteId"]
            assert not await done(client.site_guard.check(path="/private", user_agent="ExampleBot/1.0"))

    asyncio.run(check())
