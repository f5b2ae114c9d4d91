# SPDX-License-Identifier: Apache-2.0
"""The documents' examples do what they show."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from harness import BINARY, ROOT, Server, behind_refused_hosts, free_port
from node_support import node_modules


# A public address, which the servers of these tests refuse to connect to.
UNREACHED = "https://93.184.216.34"
NOT_OF_THE_SERVER = {
    "BEHALFID_HOOK_FAIL_OPEN",
    "BEHALFID_API_KEY",
    "BEHALFID_AGENT_ID",
    "BEHALFID_BASE_URL",
    "BEHALFID_CONFORMANCE",
    "BEHALFID_DEBUG",
    "BEHALFID_DEVELOPER_TOKEN",
    "BEHALFID_PASSWORD",
    "BEHALFID_SHADOW",
    "BEHALFID_SITE_KEY",
    "BEHALFID_BACKUPS",
    "BEHALFID_BACKUPS_KEPT",
}


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)


def exports() -> str:
    """The lines of the README that a reader of any document has typed before."""
    (block,) = [block for block in blocks("README.md", "sh") if block.startswith("export")]
    return block


def clone(server: Server, folder: Path) -> Path:
    """The folder as a clone in which the server was built and runs: links to the files, build and data."""
    for path in [path for path in ROOT.iterdir() if path.name[0] != "." and path.name not in ("build", "data")]:
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    for name, target in (("build", BINARY.parent), ("data", server.data_dir)):
        if not (folder / name).exists():
            (folder / name).symlink_to(target)
    return folder


def type_in(server: Server, folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    """Runs a script as a reader would: in a shell, in a clone, after the export lines of the README."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALF") and name != "BASE_URL"}
    env["HOME"] = str(folder)
    whole = exports() + script.replace("http://127.0.0.1:8420", server.base_url)
    return subprocess.run(
        ["sh", "-c", whole], cwd=clone(server, folder), env=env, capture_output=True, text=True, timeout=60, check=False
    )


def in_shell(server: Server, script: str) -> "subprocess.CompletedProcess[str]":
    """The same in a folder beside the server's data."""
    folder = server.data_dir.parent / "clone"
    folder.mkdir(exist_ok=True)
    return type_in(server, folder, script)


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
    return [line for line in block.splitlines() if line.startswith("behalf ")]


def test_the_commands_of_the_readme_end_as_they_say(server: Server) -> None:
    """Typed one after another, each ends with the status in the comment behind it, 0 where it says none."""
    assert len(readme_commands()) >= 7
    for line in readme_commands():
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


def commands(document: str) -> list[str]:
    """The lines of the document's sh blocks that start `behalf`."""
    text = "".join(blocks(document, "sh")).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.startswith("behalf ")]


class Reader:
    """Types the commands of a document into a shell, signed in, with ids of things that exist.

    In the documents `agent_...` and the like stand for an id, and example.com for whatever is one's own.
    """

    def __init__(self, server: Server, home: Path) -> None:
        self.server = server
        self.home = home
        self.made = 0
        keys = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}]}
        (home / "keys.json").write_text(json.dumps(keys))

    def verify(self, member: str) -> str:
        """A new request that waits for a person: one of the ids in the answer."""
        self.made += 1
        answer = self.server.verify("deploy_production", vendor="vercel.com", amount=self.made).json()
        return str(answer[member])

    def webhook(self) -> str:
        """A new endpoint, which nobody answers at."""
        body = {"url": f"http://127.0.0.1:{free_port()}/", "events": ["agent.created"]}
        answer = self.server.call("POST", "/api/dashboard/webhooks", body, self.server.as_developer()).json()
        return str(answer["webhook"]["webhookId"])

    def passport(self) -> str:
        """The token of a new passport link."""
        path = f"/api/dashboard/agents/{self.server.agent_id}/passport"
        answer = self.server.call("POST", path, None, self.server.as_developer()).json()
        return str(answer["passportUrl"].split("#token=")[1])

    def site(self) -> str:
        """A new guarded site, which lets bots read the documents."""
        self.made += 1
        body = {"name": "Site", "domain": f"site-{self.made}.example"}
        sites = "/api/dashboard/sites"
        answer = self.server.call("POST", sites, body, self.server.as_developer()).json()
        site_id = str(answer["site"]["siteId"])
        rule = {"name": "Docs", "userAgentPattern": "*Bot*", "allowedPaths": ["/docs/*"]}
        made = self.server.call("POST", f"{sites}/{site_id}/rules", rule, self.server.as_developer())
        assert made.status_code == 201, made.text
        return site_id

    def site_rule(self) -> str:
        """Such a site and its rule."""
        site_id = self.site()
        path = f"/api/dashboard/sites/{site_id}/rules"
        answer = self.server.call("GET", path, None, self.server.as_developer()).json()
        return f"{site_id} {answer['rules'][0]['ruleId']}"

    def site_key(self) -> str:
        """A key of such a site."""
        path = f"/api/dashboard/sites/{self.site()}/keys"
        return str(self.server.call("POST", path, {"name": "Key"}, self.server.as_developer()).json()["rawKey"])

    def directory(self) -> str:
        """Such a site and a key directory that it trusts, at an address that nobody connects to."""
        site_id = self.site()
        path = f"/api/dashboard/sites/{site_id}/directories"
        answer = self.server.call("POST", path, {"url": UNREACHED}, self.server.as_developer()).json()
        return f"{site_id} {answer['directory']['directoryId']}"

    def user_code(self) -> str:
        """The code of a machine that waits."""
        return str(self.server.call("POST", "/api/auth/device/request").json()["userCode"])

    def fill(self, line: str) -> str:
        """The line with ids, addresses and places that exist."""
        makers: dict[str, Callable[[], str]] = {
            r"agent_(\.\.\.|xxx)": lambda: self.server.agent_id,
            r"apr_\.\.\.": lambda: self.verify("approvalId"),
            r"req_\.\.\.": lambda: self.verify("requestId"),
            r"wh_\.\.\.": self.webhook,
            r"bhf_pt_\.\.\.": self.passport,
            r"bhf_sk_\.\.\.": lambda: self.server.api_key,
            r"site_\.\.\. sgd_\.\.\.": self.directory,
            r"site_\.\.\. sgr_\.\.\.": self.site_rule,
            r"site_\.\.\.": self.site,
            r"\$SITE_KEY": self.site_key,
            "ACDE-FGHJ": self.user_code,
            r"(operator|ada)@example\.com": lambda: self.server.email,
            r"https://bot\.example\.com": lambda: UNREACHED,
            r"https://example\.com/": lambda: f"http://127.0.0.1:{free_port()}/",
        }
        for pattern, make in makers.items():
            if re.search(pattern, line):
                line = re.sub(pattern, make(), line)
        return line

    def run(self, line: str) -> "subprocess.CompletedProcess[str]":
        """Runs one line. What goes on for ever is interrupted after a moment."""
        endless = "timeout --preserve-status -s INT 2 " if re.match("behalf (logs tail|webhooks listen)", line) else ""
        return type_in(self.server, self.home, endless + self.fill(line))


# What must not succeed as it stands, and what it says then.
REFUSALS = {
    "behalf verify ": "Permission requires approval before execution.",
    "behalf webhooks replay --event evt_...": "not found",
}


def test_the_gateway_is_asked_as_shown(start_server: Callable[..., Server]) -> None:
    """The request of docs/action-gateway.md, as it stands, is allowed to the demo's agent; it leads nowhere here."""
    server = start_server("--refused-networks", "11.0.0.0/8", prefix=behind_refused_hosts())
    (request,) = [block for block in blocks("docs/action-gateway.md", "sh") if block.startswith("curl")]
    answer = json.loads(in_shell(server, request.replace("agent_xxx", server.agent_id)).stdout)
    assert (answer["decision"], answer["executed"]) == ("allowed", False)
    assert answer["error"] == "Gateway URL resolves to a non-public address."


@pytest.mark.parametrize(
    "document", ["accounts", "approvals", "webhooks", "audit", "passports", "templates", "site-guard"]
)
def test_the_commands_of_a_document_work(start_server: Callable[..., Server], home: Path, document: str) -> None:
    """Each command, typed as it stands by somebody who is signed in, ends with success or with what it is to say."""
    refused = ("--refused-networks", UNREACHED.removeprefix("https://") + "/32")
    reader = Reader(start_server("--allow-private-webhooks", *refused), home)
    lines = commands(f"docs/{document}.md")
    assert len(lines) >= (8 if document != "templates" else 4)
    for line in lines:
        assert reader.run("behalf login --password --email operator@example.com").returncode == 0
        done = reader.run(line)
        refusal = next((text for start, text in REFUSALS.items() if line.startswith(start)), None)
        assert done.returncode == (0 if refusal is None else 1), f"{line}\n{done.stdout}{done.stderr}"
        assert refusal is None or refusal in done.stdout + done.stderr, line


class Developer:
    """Follows docs/coding-agents.md in a project, with nothing but a server and a home of its own."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.home, self.project = server, folder, folder / "project"
        self.project.mkdir()

    def fill(self, line: str) -> str:
        """The line with the ids that the steps before have made."""
        config = self.home / ".behalf" / "config.json"
        values = {"http://127.0.0.1:8420": self.server.base_url, "ada@example.com": self.server.email}
        if "_xxx" in line or "_..." in line:
            stored = json.loads(config.read_text())
            values.update({"agent_xxx": stored["agentId"], "bhf_sk_xxx": stored["apiKey"]})
        if "apr_..." in line:
            waiting = json.loads(self.run("behalf approvals list --json").stdout)["approvals"]
            values["apr_..."] = next(row["approvalId"] for row in waiting if row["agentId"] == values["agent_xxx"])
        for shown, value in values.items():
            line = line.replace(shown, value)
        return line

    def run(self, line: str) -> "subprocess.CompletedProcess[str]":
        """Types one line."""
        path = f"{BINARY.parent}:/usr/bin:/bin"
        env = {"HOME": str(self.home), "PATH": path, "BEHALFID_PASSWORD": self.server.password}
        env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
        words = ["sh", "-c", self.fill(line)]
        return subprocess.run(words, cwd=self.project, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_the_way_to_a_blocked_deploy_works_as_printed(start_server: Callable[..., Server], home: Path) -> None:
    """The commands of docs/coding-agents.md, typed one after another, end as it says, from the first set-up to the
    approved deploy and its trail."""
    developer = Developer(start_server(), home)
    lines = commands("docs/coding-agents.md")
    assert len(lines) >= 18
    answers = []
    for line in lines:
        stated = re.search(r"# exit (\d)", line)
        done = developer.run(line)
        assert done.returncode == (int(stated.group(1)) if stated else 0), f"{line}\n{done.stdout}{done.stderr}"
        if line.startswith("behalf verify "):
            answers.append(done.stdout.split()[0])
    assert answers == ["APPROVAL", "ALLOWED", "APPROVAL"]
    assert (developer.project / ".mcp.json").exists()
    assert "deploy_production" in (developer.project / ".behalf" / "context.md").read_text()


def test_the_requests_of_the_passports_document_are_answered_as_shown(server: Server) -> None:
    """The answers have the members of docs/passports.md, in their order; those of the preview its values too."""
    requests = [block for block in blocks("docs/passports.md", "sh") if block.startswith("curl")]
    shown = [json.loads(block) for block in blocks("docs/passports.md", "json")[:2]]
    whole, tried = [json.loads(in_shell(server, block).stdout) for block in requests]
    assert list(whole) == list(shown[0]) and list(whole["agent"]) == list(shown[0]["agent"])
    assert list(whole["permissions"][0]) == list(shown[0]["permissions"][0])
    assert list(tried) == list(shown[1])
    assert {**tried, "requestId": "req_..."} == shown[1]


def test_an_outsider_verifies_a_passport_as_shown(server: Server, home: Path) -> None:
    """The offline example of docs/passports.md and the one with the npm package accept a genuine passport and no
    other."""
    reader = Reader(server, home)
    (offline,) = blocks("docs/passports.md", "bash")
    (program,) = blocks("docs/passports.md", "js")
    (home / "node_modules").symlink_to(node_modules())
    (home / "verify.mjs").write_text(program)
    assert reader.run("behalf passport agent_... --format jwt > passport.jwt").returncode == 0
    path = home / "passport.jwt"
    for token, status in ((path.read_text(), 0), (path.read_text()[:-9] + "AAAAAAAA\n", 1)):
        path.write_text(token)
        lines = offline.strip().splitlines() + ["node verify.mjs"]
        fetched, verified, ran = [reader.run(line) for line in lines]
        assert (fetched.returncode, verified.returncode, ran.returncode) == (0, status, status), verified.stderr
        assert (server.agent_id in verified.stdout) == (server.agent_id in ran.stdout) == (status == 0)


def test_an_outsider_checks_a_checkpoint_as_shown(server: Server, home: Path) -> None:
    """The last block of docs/audit.md, run as it stands, verifies the checkpoint's signature."""
    script = blocks("docs/audit.md", "sh")[-1].replace("http://127.0.0.1:8420", server.base_url)
    done = subprocess.run(["sh", "-ec", script], cwd=home, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "Signature Verified Successfully\n"), done.stderr


def test_the_first_check_of_a_site_is_answered_as_shown(server: Server) -> None:
    """The first block of docs/site-guard.md, run as it stands, ends in the decision that is shown behind it."""
    shown = json.loads(blocks("docs/site-guard.md", "json")[0])
    token = f"export BEHALFID_DEVELOPER_TOKEN={server.developer_token}\n"  # as the document asks for
    done = in_shell(server, "set -e\n" + token + blocks("docs/site-guard.md", "sh")[0])
    answer = json.loads(done.stdout)
    assert list(answer) == list(shown), done.stderr
    for member, prefix in (("requestId", "req_"), ("matchedRuleId", "sgr_"), ("siteId", "site_")):
        assert re.fullmatch(prefix + r"[A-Za-z0-9_-]{16}", answer[member])
        assert re.fullmatch(prefix + r"[A-Za-z0-9_-]{16}", shown.pop(member))
        answer.pop(member)
    assert answer == shown


def documented_routes() -> set[tuple[str, str]]:
    """Method and path of each route in docs/api.md; `/x` behind a route stands for one that ends in x instead."""
    found: set[tuple[str, str]] = set()
    last = None
    for text in re.findall(r"(?:`|^## )([^`\n]+)", (ROOT / "docs/api.md").read_text(), re.MULTILINE):
        route = re.fullmatch(r"(GET|POST|PATCH|DELETE) (/[^ ?]*)(\?.*)?", text)
        if route:
            last = (route.group(1), re.sub(r"\{\w+\}", "{}", route.group(2)))
            found.add(last)
        elif last and re.fullmatch(r"/[a-z-]+", text):
            found.add((last[0], last[1].rsplit("/", 1)[0] + text))
    return found


def test_every_route_is_documented() -> None:
    """docs/api.md names every route of the server, and none that it does not have."""
    table = (ROOT / "src/http/route.c").read_text()
    served = set(re.findall(r'\{BH_([A-Z]+), "([^"]+)"', table))
    assert len(served) > 80
    assert served - documented_routes() == set()
    assert documented_routes() - served == set()


def test_texts_of_the_troubleshooting_are_what_is_said() -> None:
    """Each reason, error and code that docs/troubleshooting.md explains is one that the server gives."""
    said = "".join((ROOT / path).read_text() for path in ("src/core/reason_table.h", "src/lib/err_table.h"))
    text = (ROOT / "docs/troubleshooting.md").read_text()
    shown = re.findall(r"`([^`]+[^`.]\.)`", text) + re.findall(r"`([A-Z]+_[A-Z_]+)`", text) + ["path_not_permitted"]
    assert len(shown) >= 14
    assert [one for one in shown if f'"{one}' not in said and not one.startswith("BEHALFID_")] == []


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
        if document.name == "cli.md":  # written by the commands themselves, with the variables of each
            continue
        for name in re.findall(r"BEHALFID_[A-Z_]+", document.read_text()):
            assert name in known or name in NOT_OF_THE_SERVER, f"{document.name}: {name}"
    assert server.base_url
