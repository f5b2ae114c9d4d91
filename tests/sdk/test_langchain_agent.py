# SPDX-License-Identifier: Apache-2.0
"""examples/langchain-agent, installed as its README says, with a model on the loopback address that follows a script."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from adapter_venvs import installed_program
from harness import Server, free_port
from receiver import Received, Receiver, Reply


class Model:
    """The Chat Completions API: calls one tool, then repeats what it was told of it."""

    def __init__(self, name: str, arguments: dict[str, Any]) -> None:
        function = {"name": name, "arguments": json.dumps(arguments)}
        self.call = {"id": "call_1", "type": "function", "function": function}
        self.read: list[str] = []
        self.offered: list[str] = []

    def answer(self, request: Received, _number: int) -> Reply:
        """The next turn."""
        assert request.path == "/v1/chat/completions"
        asked = json.loads(request.body)
        self.offered = [tool["function"]["name"] for tool in asked["tools"]]
        self.read = [message["content"] for message in asked["messages"] if message["role"] == "tool"]
        message: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [self.call]}
        if self.read:
            message = {"role": "assistant", "content": f"The tool says: {self.read[-1]}"}
        choice = {"index": 0, "message": message, "finish_reason": "stop" if self.read else "tool_calls"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "script"}
        body = json.dumps({**head, "choices": [choice], "usage": usage}).encode()
        return Reply(200, ("Content-Type: application/json",), body)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo's permissions."""
    with Server(tmp_path_factory.mktemp("langchain-server") / "data") as server:
        yield server


def go(server: Server, folder: Path, name: str, arguments: dict[str, Any], base_url: str = "") -> tuple[str, str]:
    """The example with a model that calls the tool: what was printed, and what the model read."""
    model = Model(name, arguments)
    with Receiver(model.answer) as receiver:
        other = ("BEHALF", "OPENAI", "LANG", "PYTHON", "HTTP", "ALL_PROXY")
        env = {
            **{name: value for name, value in os.environ.items() if not name.upper().startswith(other)},
            "HOME": str(folder),
            "BEHALFID_BASE_URL": base_url or server.base_url,
            "BEHALFID_AGENT_ID": server.agent_id,
            "BEHALFID_API_KEY": server.api_key,
            "LANGSMITH_TRACING": "false",
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{receiver.port}/v1",
        }
        words = [*installed_program("langchain-agent", "langchain_agent.py"), "Go"]
        done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert model.offered == ["buy_ticket", "promote_release", "delete_account"]
    assert len(receiver.requests) == 2 and len(model.read) == 1
    return done.stdout, model.read[0]


def test_an_allowed_tool_runs(shop: Server, tmp_path: Path) -> None:
    """What the permissions allow is done, and the model reads what it gave."""
    printed, read = go(shop, tmp_path, "buy_ticket", {"shop": "coachella.com", "price": 742})
    assert read == "bought at coachella.com for 742"
    assert printed.splitlines() == ["(tool) bought at coachella.com for 742", f"The tool says: {read}"]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("buy_ticket", {"shop": "coachella.com", "price": 900}, ["denied", "Amount exceeds maxAmount constraint."]),
        ("buy_ticket", {"shop": "other.example", "price": 1}, ["denied"]),
        ("delete_account", {"customer": "Ann"}, ["denied", "No active permission exists for this action."]),
        ("promote_release", {"release": "1.4"}, ["APPROVAL REQUIRED", "apr_", "A person must approve"]),
    ],
)
def test_a_refused_tool_does_not_run(
    shop: Server, tmp_path: Path, name: str, arguments: dict[str, Any], words: list[str]
) -> None:
    """What they do not allow is not done, and the model reads why."""
    printed, read = go(shop, tmp_path, name, arguments)
    assert "(tool)" not in printed
    for word in [*words, "req_"]:
        assert word in read


def test_without_a_server_nothing_runs(shop: Server, tmp_path: Path) -> None:
    """Where nobody answers, the model is told not to act."""
    arguments = {"shop": "coachella.com", "price": 742}
    printed, read = go(shop, tmp_path, "buy_ticket", arguments, f"http://127.0.0.1:{free_port()}")
    assert "(tool)" not in printed and "could not be decided. Do not act" in read
