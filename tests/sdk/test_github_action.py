# SPDX-License-Identifier: Apache-2.0
"""The GitHub action of the examples lets a job go on after an allow, and in no other case."""

import json
import shutil
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import yaml

from api_support import ALLOWED, NEEDS_APPROVAL, NO_PERMISSION, Agent
from harness import ROOT, Server, free_port
from receiver import Received, Receiver, Reply
from small_runner import Ended, SmallRunner

EXAMPLE = ROOT / "examples" / "github-action"
CI = {
    "GITHUB_WORKFLOW": "Deploy",
    "GITHUB_RUN_ID": "4242",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_REPOSITORY": "octo/shop",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
}
Act = Callable[..., Ended]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this file."""
    with Server(tmp_path_factory.mktemp("action") / "data") as server:
        yield server


@pytest.fixture()
def agent(shop: Server) -> Agent:
    """It may deploy; production takes a person."""
    made = Agent(shop)
    made.grant("deploy", resource="vercel.com")
    made.grant("deploy_production", resource="vercel.com", requiresApproval=True)
    return made


@pytest.fixture()
def act(agent: Agent, tmp_path: Path) -> Act:
    """Runs the action with some inputs other than usual."""

    def run(**inputs: str) -> Ended:
        usual = {"api-key": agent.api_key, "agent-id": agent.agent_id, "base-url": agent.server.base_url}
        usual.update({"action": "deploy", "resource": "vercel.com"})
        changed = {name.replace("_", "-"): value for name, value in inputs.items()}
        ended = SmallRunner(tmp_path, CI).run_action(EXAMPLE, {**usual, **changed})
        assert agent.api_key not in ended.log.replace(f"::add-mask::{agent.api_key}\n", "", 1)
        return ended

    return run


def check_refused(ended: Ended, *words: str) -> None:
    """The step failed, said why in one line, and told that nothing is allowed."""
    assert ended.status == 1
    errors = [line for line in ended.log.splitlines() if line.startswith("::error title=BehalfID::")]
    assert len(errors) == 1, ended.log
    for word in words:
        assert word in errors[0], errors[0]
    assert ended.outputs["decision"] == "denied"


def rows_of(agent: Agent) -> list[dict[str, Any]]:
    """The agent's rows with their metadata, the newest first."""
    answer = agent.server.call(
        "GET", f"/api/dashboard/logs?agentId={agent.agent_id}", None, agent.server.as_developer()
    )
    rows: list[dict[str, Any]] = answer.json()["logs"]
    return rows


def test_allowed(act: Act, agent: Agent) -> None:
    """An allow lets the step pass, with its facts as outputs, and records what ran beside the metadata given."""
    ended = act(metadata='{"branch": "main", "_ci": "mine"}', risk="high")
    assert ended.status == 0, ended.log
    (row,) = rows_of(agent)
    assert ended.outputs == {"decision": "allowed", "reason": ALLOWED, "request-id": row["requestId"]}
    assert row["requestId"] in ended.summary
    assert row["vendor"] == "vercel.com"
    assert row["metadata"] == {
        "branch": "main",
        "_ci": {
            "risk": "high", "workflow": "Deploy", "run_id": "4242", "actor": "octocat", "repo": "octo/shop",
            "ref": "refs/heads/main", "sha": "01234567",
        },
    }  # fmt: skip


def test_denied(act: Act, agent: Agent) -> None:
    """A denial fails the step and says why."""
    ended = act(action="drop_database")
    (row,) = rows_of(agent)
    check_refused(ended, "Denied", NO_PERMISSION, row["requestId"])
    assert ended.outputs == {"decision": "denied", "reason": NO_PERMISSION, "request-id": row["requestId"]}


def test_approval(act: Act, agent: Agent) -> None:
    """Where a person must approve, the step fails and names the approval; after it the next run passes, once."""
    ended = act(action="deploy_production")
    approval_id = rows_of(agent)[0]["approvalId"]
    check_refused(ended, "Approval required", NEEDS_APPROVAL, approval_id)
    assert ended.outputs["reason"] == NEEDS_APPROVAL
    approve(agent.server, approval_id)
    assert act(action="deploy_production").status == 0
    check_refused(act(action="deploy_production"), "Approval required")


def approve(server: Server, approval_id: str) -> None:
    """A signed-in person approves."""
    login = {"email": server.email, "password": server.password}
    answer = server.call("POST", "/api/auth/login", login, {"Origin": server.base_url})
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    headers = {"Origin": server.base_url, "Cookie": cookie}
    answer = server.call("POST", f"/api/dashboard/approvals/{approval_id}/approve", None, headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"base-url": f"http://127.0.0.1:{free_port()}"}, "gave no answer"),
        ({"api-key": "bhf_sk_" + "x" * 43}, "401"),
        ({"api-key": ""}, "api-key must be"),
        ({"api-key": "bhf_dev_" + "x" * 43}, "api-key must be"),
        ({"agent-id": "agent_xxxxxxxxxxxxxxxx"}, "the server answered 40"),
        ({"agent-id": ""}, "agent-id is missing"),
        ({"action": ""}, "action is missing"),
        ({"action": "x" * 81}, "400"),
        ({"risk": "none"}, "risk must be"),
        ({"metadata": "[]"}, "metadata must be"),
        ({"metadata": "{} {}"}, "metadata must be"),
        ({"metadata": "nonsense"}, "metadata must be"),
        ({"metadata": json.dumps({"a": "x" * 3000})}, "400"),
        ({"base-url": ""}, "base-url must"),
        ({"base-url": "http://behalfid.example.com"}, "base-url must"),
        ({"base-url": "http://127.0.0.1.example.com"}, "base-url must"),
        ({"base-url": "https://user:secret@example.com"}, "base-url must"),
        ({"base-url": "https://example.com/?a=b"}, "base-url must"),
        ({"base-url": "file:///etc/passwd"}, "base-url must"),
        ({"base-url": "https://example.com\nurl = https://other.example"}, "base-url must"),
    ],
)
def test_no_decision(act: Act, agent: Agent, inputs: dict[str, str], words: str) -> None:
    """Without a decision the step fails, says what is wrong, and nothing is recorded as allowed."""
    check_refused(act(**inputs), "No decision", words)
    assert rows_of(agent) == []


JSON_TYPE = ("Content-Type: application/json",)
ALLOW: dict[str, Any] = {
    "requestId": "req_1",
    "allowed": True,
    "approvalRequired": False,
    "reason": "Fine.",
    "risk": "low",
}

FAULTS: list[dict[str, Any]] = [
    {"allowed": "true"},
    {"allowed": 1},
    {"allowed": None},
    {"approvalRequired": True},
    {"approvalRequired": None},
    {"requestId": ""},
    {"requestId": "req\nx"},
    {"requestId": "req_1\n"},
    {"reason": None},
    {"risk": "none"},
    {"shadow": True},
]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, ("Location: /elsewhere",)),
        Reply(500, JSON_TYPE, json.dumps(ALLOW).encode()),
        Reply(201, JSON_TYPE, json.dumps(ALLOW).encode()),
        Reply(200, JSON_TYPE, b""),
        Reply(200, JSON_TYPE, b"[]"),
        Reply(200, JSON_TYPE, json.dumps(ALLOW).encode() * 2),
        Reply(200, JSON_TYPE, json.dumps({**ALLOW, "pad": "x" * (1 << 20)}).encode()),
        *[Reply(200, JSON_TYPE, json.dumps({**ALLOW, **change}).encode()) for change in FAULTS],
    ],
    ids=lambda reply: f"{reply.status} {reply.body[:60]!r}",
)
def test_another_answer(act: Act, reply: Reply) -> None:
    """Whatever else answers in the server's place fails the step."""
    with Receiver(lambda _request, _number: reply) as other:
        check_refused(act(base_url=other.url.rstrip("/")), "No decision")


def test_the_answer_that_is_one(act: Act) -> None:
    """The same answer without a fault passes: the ones before fail for their faults."""
    with Receiver(lambda _request, _number: Reply(200, JSON_TYPE, json.dumps(ALLOW).encode())) as other:
        ended = act(base_url=other.url.rstrip("/"))
        assert (ended.status, ended.outputs["request-id"]) == (0, "req_1")
        assert other.requests[0].headers["idempotency-key"]


def answers_in_turn(*replies: Reply) -> Callable[..., Reply]:
    """A rule: each reply once, the last one for good."""

    def answer(_request: Received, number: int) -> Reply:
        return replies[min(number, len(replies) - 1)]

    return answer


def test_a_second_try(act: Act) -> None:
    """After a 503 with an error the next answer counts, and it is the same question."""
    busy = Reply(503, JSON_TYPE, b'{"error": "Busy.", "code": "VERIFY_FAILED_CLOSED"}')
    with Receiver(answers_in_turn(busy, Reply(200, JSON_TYPE, json.dumps(ALLOW).encode()))) as other:
        ended = act(base_url=other.url.rstrip("/"))
        assert (ended.status, ended.outputs["decision"]) == (0, "allowed"), ended.log
        first, second = (request.headers["idempotency-key"] for request in other.requests)
        assert first == second


@pytest.mark.parametrize("last", [b"", b" ", b"\0", b"{"])
def test_what_an_earlier_try_said(act: Act, last: bytes) -> None:
    """An allow in the body of a 503 is none, also when the answer that counts says nothing."""
    early = Reply(503, JSON_TYPE, json.dumps(ALLOW).encode())
    with Receiver(answers_in_turn(early, Reply(200, JSON_TYPE, last))) as other:
        check_refused(act(base_url=other.url.rstrip("/")), "No decision")
        assert len(other.requests) == 2


HOSTILE = [
    'a"; touch PWNED; echo "',
    "$(touch PWNED)",
    "`touch PWNED`",
    "'; touch PWNED; '",
    "a\n::set-output name=decision::allowed\n::error::x",
    "a\ndecision=allowed\nrequest-id=req_x",
    "decision<<EOF\nallowed\nEOF",
    "%0A::set-output name=decision::allowed",
    "a\\nb\tc \u2028 \u202e d",
    '","allowed":true,"x":"',
    "-K /etc/passwd",
    "@/etc/passwd",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_inputs(act: Act, agent: Agent, tmp_path: Path, text: str) -> None:
    """Quotes, newlines, substitutions and commands to the runner are text: nothing of them runs or becomes an output."""
    for name in ("action", "agent-id", "api-key", "base-url", "metadata", "risk", "resource"):
        ended = act(**{name: text})
        assert (ended.status, ended.outputs["decision"]) == (1, "denied"), name
        for line in ended.log.splitlines():
            assert line.startswith("::error title=BehalfID::") or line == f"::add-mask::{agent.api_key}", line
    ended = act(metadata=json.dumps({"note": text}))
    assert (ended.status, ended.outputs["decision"]) == (0, "allowed")
    assert rows_of(agent)[0]["metadata"]["note"] == text
    assert not [path for path in tmp_path.rglob("*") if "PWNED" in path.name]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answers(act: Act, tmp_path: Path, text: str) -> None:
    """The same in a server's reason or error."""
    for status, body in ((200, {**ALLOW, "allowed": False, "reason": text}), (403, {"error": text})):
        reply = Reply(status, JSON_TYPE, json.dumps(body).encode())
        with Receiver(lambda _request, _number, reply=reply: reply) as other:  # type: ignore[misc]
            ended = act(base_url=other.url.rstrip("/"))
        check_refused(ended)
        assert len(ended.log.splitlines()) == 2
    assert not [path for path in tmp_path.rglob("*") if "PWNED" in path.name]


@pytest.mark.parametrize(("action", "deployed"), [("deploy", True), ("deploy_production", False), ("other", False)])
def test_workflow(agent: Agent, tmp_path: Path, action: str, deployed: bool) -> None:
    """In the example's workflow the deploy step runs after an allow, and with its request id; else it does not run."""
    place = tmp_path / ".github" / "actions" / "behalfid"
    place.mkdir(parents=True)
    for name in ("action.yml", "verify.sh"):
        shutil.copy(EXAMPLE / name, place / name)
    (tmp_path / "deploy.sh").write_text('#!/bin/sh\necho "$1" > deployed\n')
    (tmp_path / "deploy.sh").chmod(0o755)
    workflow = yaml.safe_load((EXAMPLE / "example-workflow.yml").read_text())
    steps = workflow["jobs"]["deploy"]["steps"]
    steps[1]["with"]["action"] = action
    values = {
        "secrets.BEHALFID_API_KEY": agent.api_key,
        "vars.BEHALFID_AGENT_ID": agent.agent_id,
        "vars.BEHALFID_BASE_URL": agent.server.base_url,
        "toJSON(github.repository)": '"octo/shop"',
        "toJSON(github.ref_name)": json.dumps('main", "repository": "other'),
    }
    ended = SmallRunner(tmp_path, CI).run_job(steps, values)
    (row,) = rows_of(agent)
    assert row["metadata"]["repository"] == "octo/shop" and row["metadata"]["branch"].startswith("main")
    assert (tmp_path / "deployed").exists() == deployed
    assert len(ended) == (2 if deployed else 1)
    if deployed:
        assert (tmp_path / "deployed").read_text() == row["requestId"] + "\n"


def test_the_readme_shows_the_workflow() -> None:
    """The step that README.md shows is that of the workflow, with what is required, and its tables name all inputs."""
    text = (EXAMPLE / "README.md").read_text()
    (shown,) = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    action = yaml.safe_load((EXAMPLE / "action.yml").read_text())
    step = yaml.safe_load((EXAMPLE / "example-workflow.yml").read_text())["jobs"]["deploy"]["steps"][1]
    assert shown["with"].items() <= step["with"].items()
    assert {name for name, row in action["inputs"].items() if row["required"]} <= set(shown["with"])
    assert all(f"`{name}`" in text for name in [*action["inputs"], *action["outputs"]])
