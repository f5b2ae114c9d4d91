# SPDX-License-Identifier: Apache-2.0
"""What the README, the quickstart and the page about enforcement show, typed in by somebody who has only Node or only
Python, a server's address and a key. The packages come from that server."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import pytest

from harness import ROOT, Server
from sdk_packages import must

ADDRESS = "http://127.0.0.1:8420"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo's server."""
    with Server(tmp_path_factory.mktemp("shop") / "data") as server:
        yield server


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)


def block(document: str, language: str, mark: str) -> str:
    """The one that has the mark."""
    (found,) = [text for text in blocks(document, language) if mark in text]
    return found


def type_in(server: Server, folder: Path, script: str, timeout: int = 300) -> "subprocess.CompletedProcess[str]":
    """In a shell, with nothing of this project but what demo.env says."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BEHALF", "PYTHON"))}
    env["HOME"] = str(folder)
    whole = f"set -e\n. {server.data_dir}/demo.env\n" + script.replace(ADDRESS, server.base_url)
    words = ["sh", "-c", whole]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="module")
def node(shop: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder in which the two lines of the quickstart have been typed."""
    folder = tmp_path_factory.mktemp("node")
    must(type_in(shop, folder, block("docs/quickstart.md", "sh", "npm install")))
    installed = sorted(path.name for path in (folder / "node_modules").iterdir() if path.name[0] != ".")
    assert installed == ["@behalfid"]
    return folder


@pytest.fixture(scope="module")
def python(shop: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for Python."""
    folder = tmp_path_factory.mktemp("python")
    must(type_in(shop, folder, block("docs/quickstart.md", "sh", "pip install")))
    return folder


def test_the_readme_installs_as_the_quickstart_does() -> None:
    """The same lines, which the fixtures of this file have typed."""
    for mark in ("npm install", "pip install"):
        assert block("README.md", "sh", mark) == block("docs/quickstart.md", "sh", mark)


def run_node(shop: Server, folder: Path, program: str) -> "subprocess.CompletedProcess[str]":
    """Types the program into a file and runs it."""
    (folder / "protect.mjs").write_text(program)
    return type_in(shop, folder, block("docs/quickstart.md", "sh", "node protect.mjs"))


def run_python(shop: Server, folder: Path, program: str) -> "subprocess.CompletedProcess[str]":
    """Likewise."""
    (folder / "protect.py").write_text(program)
    return type_in(shop, folder, block("docs/quickstart.md", "sh", "python protect.py"))


def shown_output() -> str:
    """What the quickstart says that both programs print, as a pattern."""
    (text,) = blocks("docs/quickstart.md", "text")
    return re.escape(text).replace(re.escape("req_..."), r"req_[A-Za-z0-9_-]{22}")


def test_the_quickstart_protects_a_function_in_node(shop: Server, node: Path) -> None:
    """Its program prints what is shown: one purchase, and one that did not happen."""
    printed = must(run_node(shop, node, block("docs/quickstart.md", "js", "buyTicket")))
    assert re.fullmatch(shown_output(), printed), printed


def test_the_quickstart_protects_a_function_in_python(shop: Server, python: Path) -> None:
    """The same two lines."""
    printed = must(run_python(shop, python, block("docs/quickstart.md", "python", "buy_ticket")))
    assert re.fullmatch(shown_output(), printed), printed


@pytest.mark.parametrize("document", ["README.md", "docs/sdk.md", "sdk/typescript/README.md"])
def test_the_first_program_for_node(shop: Server, node: Path, document: str) -> None:
    """It prints the purchase that is allowed and ends with BehalfIDDenied at the other."""
    (program,) = [
        text for kind in ("js", "ts") for text in blocks(document, kind) if "guard(" in text and "742" in text
    ]
    done = run_node(shop, node, re.sub(r": (string|number)", "", program))
    assert done.returncode == 1
    assert done.stdout == "bought at coachella.com for 742\n"
    assert "BehalfIDDenied: Denied by BehalfID: Amount exceeds maxAmount constraint." in done.stderr


@pytest.mark.parametrize("document", ["README.md", "docs/sdk.md", "sdk/python/README.md"])
def test_the_first_program_for_python(shop: Server, python: Path, document: str) -> None:
    """It prints the purchase that is allowed and ends with BehalfIDDenied at the other."""
    done = run_python(shop, python, block(document, "python", "buy_ticket"))
    assert done.returncode == 1
    assert done.stdout == "bought at coachella.com for 742\n"
    assert "BehalfIDDenied: " in done.stderr and "Amount exceeds maxAmount constraint." in done.stderr


def test_the_other_program_of_the_python_package(shop: Server, python: Path) -> None:
    """Both clients of the package's README ask, and what was denied is listed."""
    assert shop.verify("purchase", vendor="coachella.com", amount=900).json()["allowed"] is False
    program = block("sdk/python/README.md", "python", "AsyncBehalfID") + "\nimport asyncio\n\nasyncio.run(ask())\n"
    request_id, *denied = must(run_python(shop, python, program)).splitlines()
    assert re.fullmatch(r"req_[\w-]{22}", request_id)
    assert denied and all(" purchase Amount exceeds maxAmount constraint." in line for line in denied)


NODE_AROUND = """
import { BehalfID } from "@behalfid/sdk";
const behalf = new BehalfID();
const runDeploy = async () => "deployed";
const tellTheTeam = (id) => console.log(`waiting for ${id}`);
%s
console.log(await deploy());
"""
PYTHON_AROUND = """
from behalfid import guard
def run_deploy():
    return "deployed"
def tell_the_team(approval_id):
    print(f"waiting for {approval_id}")
%s
print(deploy())
"""


@pytest.mark.parametrize("document", ["docs/quickstart.md", "docs/sdk.md"])
@pytest.mark.parametrize("language", ["node", "python"])
def test_what_a_person_must_approve_waits_and_runs(
    shop: Server, node: Path, python: Path, document: str, language: str
) -> None:
    """The programs that are shown tell the request's id, go on waiting while nobody has answered, and run once it is
    approved."""
    kind = {"node": "js" if document == "docs/quickstart.md" else "ts", "python": "python"}[language]
    around = {"node": NODE_AROUND, "python": PYTHON_AROUND}[language] if document == "docs/sdk.md" else "%s"
    folder, name, line = {
        "node": (node, "deploy.mjs", "node deploy.mjs"),
        "python": (python, "deploy.py", "venv/bin/python deploy.py"),
    }[language]
    assert f"`{line}`" in (ROOT / "docs" / "quickstart.md").read_text()
    (folder / name).write_text(around % block(document, kind, "deploy_production"))
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(type_in, shop, folder, line, 60)
        waiting: list[str] = []
        while not waiting and not done.done():
            listed = json.loads(must(shop.command_line("admin", "approvals", "list", "--json")))
            waiting = [row["approvalId"] for row in listed]
        assert len(waiting) == 1 and not done.done()
        must(shop.command_line("admin", "approvals", "approve", waiting[0]))
        assert must(done.result()) == f"waiting for {waiting[0]}\ndeployed\n"


SIGNED = """
import hashlib, hmac, json, time
timestamp = int(time.time())
key = hashlib.sha256(b"whsec_a").hexdigest().encode()
signature = "v1=" + hmac.new(key, b"%d.{}" % timestamp, hashlib.sha256).hexdigest()
"""


def test_the_forms_of_the_webhook_check(shop: Server, node: Path, python: Path) -> None:
    """Each line that docs/sdk.md shows takes what the secret has signed, and refuses what another one has."""
    ours = block("docs/sdk.md", "python", "verify_webhook_signature")
    theirs = block("docs/sdk.md", "ts", "verifyWebhookSignature")
    lines = re.findall(r"^verify.*\)", ours, re.MULTILINE)
    calls = re.findall(r"^(verify.*\));", theirs, re.MULTILINE)
    assert len(lines) == len(calls) == 3
    for secret, wanted in (("whsec_a", "True True True\n"), ("whsec_b", "False False False\n")):
        given = (
            f"secret, raw_body = {secret!r}, b'{{}}'\nclass request:\n    headers = "
            "{'BehalfID-Timestamp': str(timestamp), 'BehalfID-Signature': signature}\n"
        )
        program = f"{SIGNED}from behalfid import verify_webhook_signature\n{given}print({', '.join(lines)})\n"
        assert must(run_python(shop, python, program)) == wanted
        signed = must(run_python(shop, python, SIGNED + "print(json.dumps([str(timestamp), signature]))\n")).strip()
        given = (
            f"const [timestamp, signature] = {signed}, secret = '{secret}', rawBody = '{{}}';\n"
            "const request = { headers: { 'behalfid-timestamp': timestamp, 'behalfid-signature': signature } };\n"
        )
        shown = f"console.log({', '.join(calls)});\n"
        program = "import { verifyWebhookSignature } from '@behalfid/sdk';\n" + given + shown
        assert must(run_node(shop, node, program)) == wanted.lower()


def test_without_a_server_nothing_is_bought(shop: Server, node: Path, python: Path) -> None:
    """The quickstart's programs end with BehalfIDUnavailable where nobody answers, as it says."""
    away = "process.env.BEHALFID_BASE_URL = 'http://127.0.0.1:9';\n"
    js = block("docs/quickstart.md", "js", "buyTicket").replace("const behalf", away + "const behalf", 1)
    py = "import os\nos.environ['BEHALFID_BASE_URL'] = 'http://127.0.0.1:9'\n"
    for done in (
        run_node(shop, node, js),
        run_python(shop, python, py + block("docs/quickstart.md", "python", "buy_ticket")),
    ):
        assert (done.returncode, done.stdout) == (1, "")
        assert "BehalfIDUnavailable" in done.stderr


@pytest.mark.parametrize("amount", [742, 900])
def test_the_page_about_enforcement_refunds_only_what_is_allowed(shop: Server, node: Path, amount: int) -> None:
    """Its function runs after an allow and in no other case."""
    action = shop.grant(shop.agent_id, "refund", resource="stripe.com", constraints={"maxAmount": 800})
    assert action
    program = block("docs/enforcement.md", "js", "verifyOrThrow")
    done = run_node(shop, node, f"{program}\nconsole.log(await refund('order 1', {amount}));\n")
    if amount == 742:
        assert must(done) == "refunded 742 of order 1\n"
    else:
        assert done.returncode == 1 and done.stdout == "" and "BehalfIDDenied" in done.stderr


@pytest.mark.parametrize("amount", [742, 900])
def test_the_page_about_trust_goes_on_only_after_an_allow(shop: Server, node: Path, amount: int) -> None:
    """The lines of docs/security-and-trust.md reach their end with 742 and throw the reason with 900."""
    program = block("docs/security-and-trust.md", "js", "result.allowed").replace("742", str(amount))
    done = run_node(shop, node, program)
    if amount == 742:
        assert must(done) == "Only execute the action after this point.\n"
    else:
        assert (done.returncode, done.stdout) == (1, "")
        assert "Error: Blocked by BehalfID: Amount exceeds maxAmount constraint." in done.stderr


def test_the_page_about_trust_knows_a_webhook_by_its_signature(shop: Server, node: Path) -> None:
    """Its function takes what the secret has signed now, by the signature alone, and nothing else."""
    program = block("docs/security-and-trust.md", "js", "isOurs")
    calls = """
import { createHash, createHmac } from "node:crypto";
const key = createHash("sha256").update("whsec_a").digest("hex");
const sign = (time, body) => "v1=" + createHmac("sha256", key).update(`${time}.${body}`).digest("hex");
const now = Math.floor(Date.now() / 1000);
const tries = [["whsec_a", "{}", sign(now, "{}")], ["whsec_a", "{}", sign(now - 400, "{}")],
  ["whsec_b", "{}", sign(now, "{}")], ["whsec_a", "{ }", sign(now, "{}")]];
console.log(tries.map((one) => isOurs(...one)).join(" "));
"""
    assert must(run_node(shop, node, program + calls)) == "true false false false\n"


@pytest.mark.parametrize("amount", [742, 900])
def test_three_conditions_without_a_library(shop: Server, tmp_path: Path, amount: int) -> None:
    """The program of docs/enforcement.md that needs nothing but Python raises unless it may buy."""
    program = block("docs/enforcement.md", "python", "urllib").replace("742", str(amount))
    (tmp_path / "ask.py").write_text(program)
    done = type_in(shop, tmp_path, "/usr/bin/python3 ask.py")
    if amount == 742:
        assert must(done) == "may buy\n"
    else:
        assert done.returncode == 1 and done.stdout == ""
        assert "PermissionError: Amount exceeds maxAmount constraint." in done.stderr
