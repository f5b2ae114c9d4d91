# SPDX-License-Identifier: Apache-2.0
"""The example about deploys: staging goes at once, production when a person has approved, and then asks again."""

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
import requests

from adapter_venvs import copy_example, example_python
from api_support import ALLOWED_BY_GRANT, NEEDS_APPROVAL
from cli_support import Run
from harness import BINARY, ROOT, Server, free_port

SEED = r"""behalf permissions create agent_xxx \
  --action deploy \
  --resource vercel.com \
  --allowed "deploy to staging,create preview deployment,update environment variables on staging" \
  --blocked "deploy to production,promote to production,delete production deployment"
behalf permissions create agent_xxx \
  --action deploy_production \
  --resource vercel.com \
  --allowed "promote staging to production" \
  --blocked "rollback without approval,delete production deployment" \
  --requires-approval"""
HELD = re.compile(r"(req_[\w-]+) -> denied \(approvalRequired\)\nA person must approve (apr_[\w-]+): ")


class Desk(NamedTuple):
    """An agent that deploys, set up as README.md has it, and a person."""

    server: Server
    example: Path
    agent_id: str
    env: dict[str, str]
    page: requests.Session

    def command(self, *words: str) -> list[str]:
        """deploy.py with these words."""
        return [str(example_python(self.example)), "deploy.py", *words]

    def deploy(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Runs it."""
        env = {**self.env, **variables}
        return subprocess.run(
            self.command(*words), cwd=self.example, env=env, capture_output=True, text=True, timeout=90
        )

    def approve(self, approval_id: str, verb: str = "approve") -> None:
        """In the dashboard."""
        answer = self.page.post(f"{self.server.base_url}/api/dashboard/approvals/{approval_id}/{verb}", timeout=30)
        assert answer.status_code == 200, answer.text

    def deployed(self) -> list[str]:
        """Where deploys went."""
        path = self.example / "deployed.log"
        return [line.split(" ")[1] for line in path.read_text().splitlines()] if path.exists() else []

    def rows(self) -> list[tuple[str, str, str]]:
        """The agent's log, the oldest first."""
        headers = self.server.as_agent(self.env["BEHALFID_API_KEY"])
        rows = self.server.call("GET", f"/api/logs/{self.agent_id}", None, headers).json()
        return [(row["requestId"], row["action"], row["decision"]) for row in rows[::-1]]


@pytest.fixture()
def desk(start_server: Callable[..., Server], behalf: Run, home: Path, tmp_path: Path) -> Desk:
    """The example's README, up to the variables."""
    server = start_server()
    login = ("login", "--password", "--email", server.email, "--pass", server.password)
    assert behalf(*login, BEHALFID_BASE_URL=server.base_url).status == 0
    made = behalf("agents", "create", "--name", "Deploy agent", "--json", BEHALFID_BASE_URL=server.base_url).json()
    example = copy_example("deploy-approvals", tmp_path / "project")
    words = ["sh", "setup.sh", made["agentId"]]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BEHALF", "PYTHON"))}
    clean.update({"HOME": str(home), "BEHALFID_BASE_URL": server.base_url})
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "behalf").symlink_to(BINARY)
    env = {**clean, "PATH": f"{programs}:{clean['PATH']}"}
    done = subprocess.run(words, cwd=example, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    page = requests.Session()
    page.headers["Origin"] = server.base_url
    body = {"email": server.email, "password": server.password}
    assert page.post(server.base_url + "/api/auth/login", json=body, timeout=30).status_code == 200
    agent = {"BEHALFID_AGENT_ID": made["agentId"], "BEHALFID_API_KEY": made["apiKey"]}
    return Desk(server, example, made["agentId"], {**clean, **agent}, page)


def held(done: "subprocess.CompletedProcess[str]") -> Any:
    """Request and approval of a run that is held."""
    assert done.returncode == 3, done.stdout + done.stderr
    found = HELD.search(done.stdout)
    assert found is not None, done.stdout
    return found


def test_the_walk_through(desk: Desk) -> None:
    """Staging deploys; production is held, deploys once after the approval, and is held again; the log has the steps."""
    assert desk.deploy("staging").returncode == 0
    assert desk.deployed() == ["staging"]
    first = held(desk.deploy("production"))
    assert held(desk.deploy("production"))[2] == first[2]
    assert desk.deployed() == ["staging"]
    desk.approve(first[2])
    done = desk.deploy("production")
    assert done.returncode == 0 and "deployed to production" in done.stdout, done.stdout
    assert f"-> allowed: {ALLOWED_BY_GRANT}" in done.stdout
    again = held(desk.deploy("production"))
    assert again[2] != first[2]
    assert desk.deployed() == ["staging", "production"]
    rows = desk.rows()
    assert [(action, decision) for _, action, decision in rows] == [
        ("deploy", "allowed"),
        ("deploy_production", "approval_required"),
        ("deploy_production", "approval_required"),
        ("deploy_production", "allowed"),
        ("deploy_production", "approval_required"),
    ]
    assert (rows[1][0], rows[4][0]) == (first[1], again[1])
    assert rows[3][0] in done.stdout
    assert desk.server.call("GET", "/api/health").status_code == 200


@pytest.mark.parametrize(("verb", "status", "deployed"), [("approve", 0, ["production"]), ("deny", 3, [])])
def test_waiting(desk: Desk, verb: str, status: int, deployed: list[str]) -> None:
    """With --wait it goes on by itself when a person approves, and not when one refuses."""
    words = desk.command("production", "--wait", "60")
    process = subprocess.Popen(words, cwd=desk.example, env=desk.env, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    pending: list[dict[str, Any]] = []
    while not pending and time.monotonic() < deadline:
        pending = desk.page.get(desk.server.base_url + "/api/dashboard/approvals", timeout=30).json()["approvals"]
        time.sleep(0.05)
    assert desk.deployed() == []
    desk.approve(pending[0]["approvalId"], verb)
    printed = process.communicate(timeout=90)[0]
    assert (process.returncode, desk.deployed()) == (status, deployed), printed
    assert pending[0]["approvalId"] in printed and NEEDS_APPROVAL not in printed


def test_no_decision(desk: Desk) -> None:
    """Without a server, with another key or without a permission nothing is deployed, and the status says so."""
    away = f"http://127.0.0.1:{free_port()}"
    for variables in (
        {"BEHALFID_BASE_URL": away},
        {"BEHALFID_API_KEY": "bhf_sk_" + "x" * 43},
        {"BEHALFID_API_KEY": ""},
    ):
        done = desk.deploy("staging", **variables)
        assert done.returncode == 1 and "no decision" in done.stdout, done.stdout + done.stderr
    headers = desk.server.as_developer()
    made = desk.server.call("POST", "/api/agents", {"name": "Other"}, headers).json()
    done = desk.deploy("staging", BEHALFID_AGENT_ID=made["agentId"], BEHALFID_API_KEY=made["apiKey"])
    assert done.returncode == 1 and "-> denied: " in done.stdout, done.stdout + done.stderr
    assert desk.deployed() == []


def test_the_lines_are_those_of_the_guide() -> None:
    """setup.sh has the two commands of the walk-through, with the agent's id in place of agent_xxx."""
    text = (ROOT / "examples" / "deploy-approvals" / "setup.sh").read_text()
    assert text.endswith(
        SEED.replace("agent_xxx", '"$agent"').replace('deployment"\nbehalf', 'deployment"\n\nbehalf') + "\n"
    )
