# SPDX-License-Identifier: Apache-2.0
"""The documents' examples do what they show."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from harness import BINARY, ROOT, Server


NOT_OF_THE_SERVER = {
    "BEHALFID_API_KEY",
    "BEHALFID_AGENT_ID",
    "BEHALFID_BASE_URL",
    "BEHALFID_CONFORMANCE",
    "BEHALFID_DEVELOPER_TOKEN",
    "BEHALFID_PASSWORD",
}


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)


def in_shell(server: Server, script: str) -> "subprocess.CompletedProcess[str]":
    """Runs a block as a reader would: in a shell, in the checkout, with the credentials of the demo."""
    env = {
        **os.environ,
        "BEHALFID_API_KEY": server.api_key,
        "BEHALFID_AGENT_ID": server.agent_id,
        "BEHALFID_DEVELOPER_TOKEN": server.developer_token,
        "BEHALFID_BASE_URL": server.base_url,
        "BEHALFID_DATA": str(server.data_dir),
        "BEHALFID_PASSWORD": json.loads((server.data_dir / "demo.json").read_text())["password"],
        "HOME": str(server.data_dir),
    }
    script = script.replace("build/behalf", str(BINARY)).replace("http://127.0.0.1:8420", server.base_url)
    return subprocess.run(
        ["sh", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_first_curl_of_the_readme_is_answered_as_shown(server: Server) -> None:
    """The answer has the members and values of the README, in their order; only the request id differs."""
    curl = next(block for block in blocks("README.md", "sh") if block.startswith("curl"))
    shown = json.loads(blocks("README.md", "json")[0])
    done = in_shell(server, curl)
    answer = json.loads(done.stdout)
    assert list(answer) == list(shown)
    assert re.fullmatch(r"req_[A-Za-z0-9_-]{22}", answer.pop("requestId"))
    shown.pop("requestId")
    assert answer == shown


def readme_commands() -> list[str]:
    """The command lines of the README's "Use" block that start the binary."""
    block = next(block for block in blocks("README.md", "sh") if "behalf verify" in block)
    return [line for line in block.splitlines() if line.startswith("build/behalf")]


@pytest.mark.parametrize("line", readme_commands())
def test_each_command_of_the_readme_ends_as_it_says(server: Server, line: str) -> None:
    """The exit status is the one in the comment behind the command, 0 where it says none."""
    stated = re.search(r"# exit (\d)", line)
    done = in_shell(server, line)
    assert done.returncode == (int(stated.group(1)) if stated else 0), done.stdout + done.stderr
    assert done.stdout


def test_the_offline_example_prints_what_the_document_shows(server: Server) -> None:
    """The first line of `behalf evaluate examples/evaluate.jsonl` is the one in docs/decisions.md."""
    command = blocks("docs/decisions.md", "sh")[0]
    shown = blocks("docs/decisions.md", "json")[0].strip()
    assert in_shell(server, command).stdout.splitlines()[0] == shown


def test_an_approval_looks_as_the_document_shows(server: Server) -> None:
    """The members of an approval-required answer are those of docs/approvals.md, in their order."""
    shown = json.loads(blocks("docs/approvals.md", "json")[0])
    answer = server.verify("deploy_production", vendor="vercel.com").json()
    assert list(answer) == list(shown)
    assert {key: answer[key] for key in ("allowed", "approvalRequired", "reason", "risk")} == {
        key: shown[key] for key in ("allowed", "approvalRequired", "reason", "risk")
    }


def test_every_document_that_is_linked_says_something() -> None:
    """No link within the documents leads nowhere or to an empty file."""
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if not target.startswith("http"):
                linked = document.parent / Path(target)
                assert linked.is_file() and linked.read_text().strip(), f"{document.name}: {target}"


def test_every_option_of_the_server_is_in_its_help(server: Server) -> None:
    """Options that the documents name are options that `behalf serve --help` knows."""
    known = subprocess.run([str(BINARY), "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for name in re.findall(r"BEHALFID_[A-Z_]+", document.read_text()):
            assert name in known or name in NOT_OF_THE_SERVER, f"{document.name}: {name}"
    assert server.base_url
