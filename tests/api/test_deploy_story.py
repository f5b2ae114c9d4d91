# SPDX-License-Identifier: Apache-2.0
"""The story of the deploy approvals page from its first step to its last, over HTTP and the command line: the agent
asks and is held, a person approves, the agent acts once; every step is in the log, and every step left a signed event."""

import importlib.util
import json
import shlex
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Iterator, NamedTuple

import pytest
import requests

from api_support import ALLOWED_BY_GRANT, NEEDS_APPROVAL
from cli_support import Result, Run
from harness import ROOT, Server
from node_support import node_modules
from receiver import Received, Receiver

# The commands are the page's own, letter for letter; only agent_xxx is replaced.
STAGING = r"""behalf permissions create agent_xxx \
  --action deploy \
  --resource vercel.com \
  --allowed "deploy to staging,create preview deployment,update environment variables on staging" \
  --blocked "deploy to production,promote to production,delete production deployment" """
PRODUCTION = r"""behalf permissions create agent_xxx \
  --action deploy_production \
  --resource vercel.com \
  --allowed "promote staging to production" \
  --blocked "rollback without approval,delete production deployment" \
  --requires-approval"""
LOGS = "behalf logs agent_xxx"

TYPES = [
    "permission.created", "verification.allowed", "verification.denied", "verification.approval_required",
    "approval.requested", "approval.approved", "approval.denied", "approval.used",
]  # fmt: skip

VERIFY_BY_LIBRARY = """
import { Webhook } from "standardwebhooks";
const { secret, requests } = JSON.parse(process.argv[2]);
for (const { headers, body } of requests) new Webhook(secret).verify(body, headers);
console.log(requests.length);
"""


class Story(NamedTuple):
    """Who takes part."""

    server: Server
    receiver: Receiver
    secret: str
    agent_id: str
    api_key: str
    run: Callable[..., Result]

    def verify(self, action: str, **fields: Any) -> dict[str, Any]:
        """What the agent is told."""
        body = {"agentId": self.agent_id, "action": action, "vendor": "vercel.com", **fields}
        answer = self.server.call("POST", "/api/verify", body, self.server.as_agent(self.api_key))
        assert answer.status_code == 200, answer.text
        decision: dict[str, Any] = answer.json()
        return decision

    def events(self, count: int) -> list[dict[str, Any]]:
        """The first events that came, in their order of coming."""
        return [json.loads(request.body) for request in self.receiver.wait(count)[:count]]


@pytest.fixture()
def story(start_server: Callable[..., Server], behalf: Run, home: Path) -> Iterator[Story]:
    """A person signed in on the command line, an agent, and an endpoint that wants to know everything about it."""
    server = start_server("--allow-private-webhooks")
    demo = json.loads((server.data_dir / "demo.json").read_text())

    def run(line: str, **variables: str) -> Result:
        words = shlex.split(line.replace("\\\n", " "))
        assert words[0] == "behalf"
        return behalf(*words[1:], BEHALFID_BASE_URL=server.base_url, **variables)

    signed_in = run(f"behalf login --password --email {demo['email']} --pass {demo['password']}")
    assert signed_in.status == 0, signed_in.err
    made = run("behalf agents create --name 'Coding agent' --json").json()
    with Receiver() as receiver:
        created = run(f"behalf webhooks create --url {receiver.url} --events {','.join(TYPES)} --json").json()
        yield Story(server, receiver, created["secret"], made["agentId"], made["apiKey"], run)


def own_helper() -> ModuleType:
    """The module of the Python SDK that verifies."""
    path = ROOT / "sdk" / "python" / "src" / "behalfid" / "webhooks.py"
    spec = importlib.util.spec_from_file_location("webhooks", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_signatures(secret: str, requests_: list[Received]) -> None:
    """Each request is signed in both ways, by the judgement of our helper and of the standard's own library."""
    helper = own_helper()
    for request in requests_:
        assert helper.verify_webhook_signature(secret, request.body, request.headers)
        assert not helper.verify_webhook_signature(secret + "x", request.body, request.headers)
    sent = [{"headers": request.headers, "body": request.body.decode()} for request in requests_]
    script = node_modules().parent / "verify_story.mjs"
    words = ["node", "--input-type=module", "-", json.dumps({"secret": secret, "requests": sent})]
    done = subprocess.run(
        words, input=VERIFY_BY_LIBRARY, cwd=script.parent, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(len(requests_))), done.stderr


def sign_in(server: Server) -> requests.Session:
    """The person of the demo at a page of the server."""
    demo = json.loads((server.data_dir / "demo.json").read_text())
    page = requests.Session()
    page.headers["Origin"] = server.base_url
    body = {"email": demo["email"], "password": demo["password"]}
    answer = page.post(server.base_url + "/api/auth/login", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return page


def test_deploy_approvals_from_the_first_step_to_the_last(story: Story) -> None:
    """Held, approved, allowed once, held again; and the ids agree in answers, log, approvals and signed events."""
    # Step 1: the two permissions, as printed.
    for line in (STAGING, PRODUCTION):
        made = story.run(line.replace("agent_xxx", story.agent_id))
        assert made.status == 0, made.err
    staging, production = [event["data"]["permissionId"] for event in story.events(2)]

    # Staging needs nobody; production waits for a person.
    deployed = story.verify("deploy")
    assert deployed["allowed"] is True
    held = story.verify("deploy_production")
    assert list(held) == ["requestId", "allowed", "approvalRequired", "approvalId", "reason", "risk"]
    assert [held[key] for key in ("allowed", "approvalRequired", "reason", "risk")] == [
        False, True, NEEDS_APPROVAL, "medium",
    ]  # fmt: skip

    # Step 5: the person sees the request and approves it. An agent's key cannot.
    page = sign_in(story.server)
    base = story.server.base_url + "/api/dashboard/approvals"
    (row,) = page.get(base, timeout=30).json()["approvals"]
    assert [row[key] for key in ("approvalId", "requestId", "agentId", "permissionId", "action", "vendor")] == [
        held["approvalId"], held["requestId"], story.agent_id, production, "deploy_production", "vercel.com",
    ]  # fmt: skip
    by_key = story.server.as_agent(story.api_key)
    assert (
        story.server.call("POST", f"/api/dashboard/approvals/{held['approvalId']}/approve", None, by_key).status_code
        == 401
    )
    approved = page.post(f"{base}/{held['approvalId']}/approve", timeout=30)
    assert (approved.status_code, approved.json()["approved"]) == (200, True)

    # The agent that waits is told, without asking the policy again.
    waited = requests.get(
        f"{story.server.base_url}/api/approvals/{held['approvalId']}?wait=30", headers=by_key, timeout=60
    ).json()["approval"]
    assert (waited["status"], waited["grantExpiresAt"]) == ("approved", approved.json()["grantExpiresAt"])

    # Step 6: once, and then a person is asked again.
    done = story.verify("deploy_production")
    assert [done[key] for key in ("allowed", "approvalRequired", "reason", "risk")] == [
        True, False, ALLOWED_BY_GRANT, "low",
    ]  # fmt: skip
    again = story.verify("deploy_production")
    assert again["approvalRequired"] is True
    assert again["approvalId"] != held["approvalId"]

    # The person refuses this time, on the command line.
    refused = story.run(f"behalf approvals deny {again['approvalId']}")
    assert refused.status == 0, refused.err

    # Step 7: every step is in the log, for the person and for the agent, with its approval.
    decided = [again, done, held, deployed]
    table = story.run(LOGS.replace("agent_xxx", story.agent_id))
    assert table.status == 0, table.err
    assert [line for line in table.out.splitlines() if held["requestId"] in line][0].count("approval_required") == 1
    rows = story.run(f"behalf logs {story.agent_id} --json").json()
    assert [entry["requestId"] for entry in rows] == [decision["requestId"] for decision in decided]
    assert [entry["decision"] for entry in rows] == ["approval_required", "allowed", "approval_required", "allowed"]
    assert [entry["approvalId"] for entry in rows] == [
        again["approvalId"],
        held["approvalId"],
        held["approvalId"],
        None,
    ]
    csv = page.get(story.server.base_url + "/api/dashboard/logs?format=csv&decision=approval_required", timeout=60).text
    assert [line.split(",")[-2:] for line in csv.split("\n")[1:]] == [
        [again["requestId"], again["approvalId"]], [held["requestId"], held["approvalId"]],
    ]  # fmt: skip

    # And every step left an event, in order, signed.
    events = story.events(11)
    assert [event["type"] for event in events] == [
        "permission.created", "permission.created", "verification.allowed",
        "approval.requested", "verification.approval_required", "approval.approved",
        "approval.used", "verification.allowed",
        "approval.requested", "verification.approval_required", "approval.denied",
    ]  # fmt: skip
    assert [event["data"].get("approvalId") for event in events] == [
        None, None, None,
        held["approvalId"], held["approvalId"], held["approvalId"],
        held["approvalId"], None,
        again["approvalId"], again["approvalId"], again["approvalId"],
    ]  # fmt: skip
    assert [event["data"].get("requestId") for event in events[2:5]] == [
        deployed["requestId"], held["requestId"], held["requestId"],
    ]  # fmt: skip
    assert events[4]["data"] == {
        "requestId": held["requestId"],
        "agentId": story.agent_id,
        "action": "deploy_production",
        "allowed": False,
        "approvalRequired": True,
        "approvalId": held["approvalId"],
        "risk": "medium",
        "permissionId": production,
    }
    assert events[2]["data"]["permissionId"] == staging
    assert len({event["eventId"] for event in events}) == 11
    check_signatures(story.secret, story.receiver.wait(11))
