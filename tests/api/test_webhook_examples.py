# SPDX-License-Identifier: Apache-2.0
"""Receivers of the examples and of the document take what BehalfID signed, and nothing else."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator, NamedTuple, Optional

import pytest
import requests

from adapter_venvs import installed_program
from api_support import Agent
from harness import ROOT, Server, free_port
from node_support import node_modules
from receiver import Received, Receiver
from sdk_packages import installed_example
from webhook_calls import ALLOW_PRIVATE, WEBHOOKS, Endpoint, call, create, event_of, toggle, wait_until

TYPES = ["agent.disabled", "agent.enabled"]
EXAMPLES: dict[str, Callable[[], list[str]]] = {
    "python": lambda: installed_program("webhook-receiver/python", "webhook_receiver.py"),
    "node": lambda: ["node", str(installed_example("webhook-receiver/node") / "receiver.mjs")],
}
HOP = {"content-length", "host", "accept", "user-agent"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this file."""
    with Server(tmp_path_factory.mktemp("examples") / "data", ALLOW_PRIVATE) as made:
        yield made


class Running:
    """An example that listens, and the lines that it has printed."""

    def __init__(self, kind: str, port: int, secret: str, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.output = folder / f"{kind}-{port}.out"
        env = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)}
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(EXAMPLES[kind](), stdout=out, stderr=subprocess.STDOUT, env=env)
        wait_until(lambda: f"listening on {self.url}" in self.output.read_text())

    def printed(self) -> list[str]:
        """One line for each event that it took."""
        return self.output.read_text().splitlines()[1:]

    def close(self) -> None:
        """Ends it."""
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture()
def run_example(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts examples that end with the test."""
    started: list[Running] = []

    def run(kind: str, port: int, secret: str) -> Running:
        started.append(Running(kind, port, secret, tmp_path))
        return started[-1]

    yield run
    for running in started:
        running.close()


class Sent(NamedTuple):
    """A request as the server made it, and the secrets that signed it."""

    request: Received
    secret: str
    previous: Optional[str]

    def headers(self) -> dict[str, str]:
        """Its headers without those of the connection."""
        return {name: value for name, value in self.request.headers.items() if name not in HOP}


def capture(server: Server, rotated: bool) -> Sent:
    """A request to an endpoint, before or after its secret was rotated."""
    with Receiver() as receiver:
        made = create(server, receiver.url, TYPES)
        secret = made.secret
        if rotated:
            secret = call(server, "POST", f"{WEBHOOKS}/{made.webhook_id}/rotate-secret").json()["secret"]
        toggle(server, Agent(server, "Caf\u00e9 \U0001f511"), 1)
        request = receiver.wait(1)[0]
        call(server, "DELETE", f"{WEBHOOKS}/{made.webhook_id}")
    return Sent(request, secret, made.secret if rotated else None)


def change_parts(value: str, change: Callable[[str], str]) -> str:
    """A header with each of its signatures changed."""
    return " ".join(change(part) for part in value.split(" "))


def flip(part: str) -> str:
    """One character of the signature is another one."""
    return part[:4] + ("0" if part[4] != "0" else "1") + part[5:]


def forgeries(sent: Sent) -> list[tuple[str, dict[str, str], bytes]]:
    """The request with one thing wrong: what it is, the headers, the body."""
    headers, body = sent.headers(), sent.request.body
    found: list[tuple[str, dict[str, str], bytes]] = []

    def add(name: str, changes: dict[str, Optional[str]], text: bytes = body) -> None:
        merged: dict[str, Optional[str]] = {**headers, **changes}
        found.append((name, {key: value for key, value in merged.items() if value is not None}, text))

    add("another body", {}, body.replace(b"agent.disabled", b"agent.enabled"))
    add("a longer body", {}, body + b" ")
    add("an empty body", {}, b"")
    later = str(int(headers["webhook-timestamp"]) + 1)
    add("another time", {name: later for name in headers if name.endswith("timestamp")})
    signatures = [name for name in headers if "signature" in name]
    assert len(signatures) >= 3
    add("no signature", {name: None for name in signatures})
    add("empty signatures", {name: "" for name in signatures})
    add("cut signatures", {name: change_parts(headers[name], lambda part: part[:-2]) for name in signatures})
    flipped = {name: change_parts(headers[name], flip) for name in signatures}
    add("other signatures", dict(flipped))
    add("no time", {name: None for name in headers if name.endswith("timestamp")})
    add("a time that is no number", {name: "now" for name in headers if name.endswith("timestamp")})
    return found


# ---- the examples ----


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_example_receiver_takes_events(server: Server, run_example: Callable[..., Running], kind: str) -> None:
    """The example prints each event once and answers 204; with the old secret it goes on after a rotation."""
    port = free_port()
    made = create(server, f"http://127.0.0.1:{port}/", TYPES)
    running = run_example(kind, port, made.secret)
    first = send_test(server, made)
    rotated = call(server, "POST", f"{WEBHOOKS}/{made.webhook_id}/rotate-secret").json()["secret"]
    second = send_test(server, made)
    running.close()
    running = run_example(kind, port, f"{rotated},{made.secret}")
    third = send_test(server, made)
    assert len({first, second, third}) == 3
    assert [third in line for line in running.printed()] == [True]
    call(server, "DELETE", f"{WEBHOOKS}/{made.webhook_id}")


def send_test(server: Server, made: Endpoint) -> str:
    """A test event that must arrive: its id."""
    event_id: str = call(server, "POST", f"{WEBHOOKS}/{made.webhook_id}/test").json()["eventId"]
    wait_until(lambda: event_of(server, event_id)["attempts"] >= 1)
    event = event_of(server, event_id)
    assert (event["status"], event["lastError"]) == ("completed", None)
    return event_id


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_example_receiver_refuses_forgeries(server: Server, run_example: Callable[..., Running], kind: str) -> None:
    """One changed thing, or another endpoint's secret, and the example answers 401 and prints nothing."""
    sent = capture(server, rotated=False)
    running = run_example(kind, free_port(), sent.secret)
    for name, headers, body in forgeries(sent):
        assert requests.post(running.url, data=body, headers=headers, timeout=20).status_code == 401, name
    assert not running.printed()
    for _ in range(2):
        answer = requests.post(running.url, data=sent.request.body, headers=sent.headers(), timeout=20)
        assert answer.status_code == 204
    assert len(running.printed()) == 1
    stranger = run_example(kind, free_port(), create(server, None, TYPES).secret)
    answer = requests.post(stranger.url, data=sent.request.body, headers=sent.headers(), timeout=20)
    assert answer.status_code == 401


# ---- the document ----

CALLS = {
    "standardwebhooks": """
import { readFileSync } from "node:fs";
const { secret, requests } = JSON.parse(readFileSync(0, "utf8"));
const genuine = ({ headers, body }) => {
  try {
    return readEvent(secret, headers, body).eventId === JSON.parse(body).eventId;
  } catch {
    return false;
  }
};
console.log(JSON.stringify(requests.map(genuine)));
""",
    "node:crypto": """
import { readFileSync } from "node:fs";
const { secret, requests } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(requests.map(({ headers, body }) => isGenuine(secret, headers, body))));
""",
    "python": """
import email.message, json, sys
given = json.load(sys.stdin)
def judge(request):
    headers = email.message.Message()
    for name, value in request["headers"].items():
        headers[name] = value
    return is_genuine(given["secret"], headers, request["body"].encode())
print(json.dumps([judge(request) for request in given["requests"]]))
""",
}


def snippet(kind: str) -> str:
    """The document's block of that kind."""
    language = "python" if kind == "python" else "js"
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL)
    (block,) = [block for block in blocks if kind == "python" or f'from "{kind}"' in block]
    text: str = block
    return text


# Moves the clock of the lines by so many seconds.
SHIFTS = {
    "python": "\n_now = time.time\ntime.time = lambda: _now() + {}\n",
    "node:crypto": "\nconst now = Date.now;\nDate.now = () => now() + 1000 * {};\n",
    "standardwebhooks": "\nconst now = Date.now;\nDate.now = () => now() + 1000 * {};\n",
}


def judge(
    kind: str, folder: Path, secret: str, asked: list[tuple[dict[str, str], bytes]], shift: int = 0
) -> list[bool]:
    """What the document's lines say to each request."""
    script = folder / ("check.py" if kind == "python" else "check.mjs")
    script.write_text(snippet(kind) + SHIFTS[kind].format(f"({shift})") + CALLS[kind])
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(node_modules())
    given = {"secret": secret, "requests": [{"headers": headers, "body": body.decode()} for headers, body in asked]}
    words = [sys.executable if kind == "python" else "node", str(script)]
    done = subprocess.run(words, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    verdicts: list[bool] = json.loads(done.stdout)
    return verdicts


@pytest.mark.parametrize("rotated", [False, True], ids=["", "rotated"])
@pytest.mark.parametrize("kind", sorted(CALLS))
def test_lines_of_the_document(server: Server, tmp_path: Path, kind: str, rotated: bool) -> None:
    """They accept a genuine request, by the new secret and by the one before it, and refuse each forgery."""
    sent = capture(server, rotated)
    good = (sent.headers(), sent.request.body)
    forged = forgeries(sent)
    for secret in filter(None, (sent.secret, sent.previous)):
        asked = [good, *((headers, body) for _, headers, body in forged)]
        verdicts = judge(kind, tmp_path, secret, asked)
        assert verdicts[0] is True
        assert [name for (name, _, _), verdict in zip(forged, verdicts[1:]) if verdict] == []
    stranger = create(server, None, TYPES).secret
    assert judge(kind, tmp_path, stranger, [good]) == [False]


@pytest.mark.parametrize("kind", sorted(CALLS))
def test_lines_of_the_document_refuse_old_requests(server: Server, tmp_path: Path, kind: str) -> None:
    """A request that was signed more than five minutes ago is refused, however right its signature."""
    sent = capture(server, rotated=False)
    good = (sent.headers(), sent.request.body)
    for shift in (280, -280):
        assert judge(kind, tmp_path, sent.secret, [good], shift) == [True]
    for shift in (320, -320):
        assert judge(kind, tmp_path, sent.secret, [good], shift) == [False]
