# SPDX-License-Identifier: Apache-2.0
"""examples/openai-agent, installed as its README says, with a model on the loopback address that follows a script."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from harness import ROOT, Server, free_port
from node_support import node_modules
from receiver import Received, Receiver, Reply
from sdk_packages import copy_example, must, node_program, npm

USAGE = {
    "input_tokens": 1,
    "output_tokens": 1,
    "total_tokens": 2,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}


class Model:
    """The Responses API: calls one tool, then repeats what it was told of it."""

    def __init__(self, name: str, arguments: dict[str, Any]) -> None:
        what = {"name": name, "arguments": json.dumps(arguments)}
        self.call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed", **what}
        self.read: list[str] = []

    def answer(self, request: Received, _number: int) -> Reply:
        """The next turn."""
        assert request.path == "/v1/responses"
        given = json.loads(request.body)["input"]
        self.read = [item["output"] for item in given if item.get("type") == "function_call_output"]
        text = {"type": "output_text", "text": f"The tool says: {self.read}", "annotations": []}
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}
        response = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "script"}
        body: dict[str, Any] = {**response, "output": [message if self.read else self.call], "usage": USAGE}
        return Reply(200, ("Content-Type: application/json",), json.dumps(body).encode())


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example after `npm install` and `cp .env.example .env`."""
    folder = copy_example("openai-agent", tmp_path_factory.mktemp("openai-agent"))
    must(npm(folder, "install", "--prefer-offline"))
    shutil.copy(folder / ".env.example", folder / ".env")
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo's permissions."""
    with Server(tmp_path_factory.mktemp("openai-server") / "data") as server:
        yield server


def go(example: Path, server: Server, name: str, arguments: dict[str, Any], base_url: str = "") -> tuple[str, str]:
    """`npm start` with a model that calls the tool: what was printed, and what the model read."""
    model = Model(name, arguments)
    program = Path(node_program(node_modules(ROOT / "tests" / "sdk" / "adapters")))
    with Receiver(model.answer) as receiver:
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("BEHALF", "OPENAI"))},
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "BEHALFID_BASE_URL": base_url or server.base_url,
            "BEHALFID_AGENT_ID": server.agent_id,
            "BEHALFID_API_KEY": server.api_key,
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{receiver.port}/v1",
        }
        words = ["npm", "start", "--", "Go"]
        done = subprocess.run(words, cwd=example, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert len(receiver.requests) == 2, done.stdout + done.stderr
    return must(done), model.read[0]


def test_an_allowed_tool_runs(example: Path, shop: Server) -> None:
    """A purchase within the permission is made, and the model reads the tool's result."""
    printed, read = go(example, shop, "buy_ticket", {"shop": "coachella.com", "price": 742})
    assert printed.count("(tool) bought at coachella.com for 742") == 1
    assert read == "bought at coachella.com for 742"


@pytest.mark.parametrize(
    "name, arguments, told",
    [
        ("buy_ticket", {"shop": "coachella.com", "price": 900}, "BehalfID: denied."),
        ("delete_account", {"customer": "Ann"}, "No active permission exists for this action."),
        ("promote_release", {"release": "1.4"}, "APPROVAL REQUIRED."),
    ],
)
def test_other_tools_do_not_run(example: Path, shop: Server, name: str, arguments: dict[str, Any], told: str) -> None:
    """What is denied, and what a person must approve, does not run; the model reads why and what to do."""
    printed, read = go(example, shop, name, arguments)
    assert "(tool)" not in printed
    assert told in read
    assert "Request ID: req_" in read
    assert ("Approval ID: apr_" in read) == (name == "promote_release")


def test_without_a_server_nothing_runs(example: Path, shop: Server) -> None:
    """When nobody can decide, the tool does not run."""
    gone = f"http://127.0.0.1:{free_port()}"
    printed, read = go(example, shop, "buy_ticket", {"shop": "coachella.com", "price": 742}, gone)
    assert "(tool)" not in printed
    assert "could not be decided" in read
