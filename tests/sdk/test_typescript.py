# SPDX-License-Identifier: Apache-2.0
"""The TypeScript SDK as packed, installed into an empty project outside the source tree and used from there, by each
Node that it promises to run on, imported and required."""

import json
import os
import platform
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Iterator

import pytest

from harness import ROOT, Server
from node_support import node_modules
from sdk_packages import install, must, tarball

SOURCE = ROOT / "sdk" / "typescript"
TOOLS = Path(__file__).resolve().parent / "node"
CASES = ROOT / "sdk" / "conformance" / "cases.jsonl"
NODES = ("18", "own", "22")
MODULES = ("esm", "cjs")


def node(version: str) -> str:
    """The program of this Node."""
    if version == "own":
        return "node"
    kind = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    return str(node_modules(TOOLS) / f"node{version}-linux-{kind}" / "bin" / "node")


def run(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A command in the folder, with nothing of BehalfID in its environment but these variables."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BEHALFID_")}
    env.update(variables)
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project with the package, into which the package's tests are copied."""
    folder = tmp_path_factory.mktemp("typescript") / "project"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "empty", "private": true}')
    install(folder, tarball())
    shutil.copytree(SOURCE / "test", folder / "test")
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose webhooks may go to this machine."""
    with Server(tmp_path_factory.mktemp("typescript-server") / "data", "--allow-private-webhooks") as server:
        yield server


def run_tests(project: Path, version: str, modules: str, file: str, **variables: str) -> int:
    """Runs one file of tests, in which nothing may fail or be left out; how many passed."""
    words = [node(version), "--test", "--test-reporter=tap", f"test/{file}"]
    printed = must(run(project, *words, BEHALFID_TEST_MODULES=modules, BEHALFID_CASES=str(CASES), **variables))
    counts = dict(re.findall(r"^# (pass|fail|cancelled|skipped|todo) (\d+)$", printed, re.MULTILINE))
    passed = int(counts.pop("pass"))
    assert set(counts.values()) == {"0"}, printed
    return passed


@pytest.mark.parametrize("modules", MODULES)
@pytest.mark.parametrize("version", NODES)
def test_the_shared_cases_hold(project: Path, version: str, modules: str) -> None:
    """Each case of sdk/conformance is a test, and passes."""
    cases = len(CASES.read_text(encoding="utf-8").splitlines())
    assert cases >= 80
    assert run_tests(project, version, modules, "conformance.test.mjs") == cases + 1


@pytest.mark.parametrize("modules", MODULES)
@pytest.mark.parametrize("version", NODES)
def test_what_only_this_language_has(project: Path, version: str, modules: str) -> None:
    """Signals, this, a fetch of one's own, browsers; and what a hostile program does around it."""
    assert run_tests(project, version, modules, "client.test.mjs") >= 25
    assert run_tests(project, version, modules, "hostile.test.mjs") >= 10


@pytest.mark.parametrize("modules", MODULES)
@pytest.mark.parametrize("version", NODES)
def test_the_client_with_a_real_server(project: Path, shop: Server, version: str, modules: str) -> None:
    """Every method does what it says, with an agent of the demo's kind for each run."""
    facts = {
        "baseUrl": shop.base_url,
        "agentId": shop.agent_id,
        "apiKey": shop.api_key,
        "developerToken": shop.developer_token,
        "email": shop.email,
        "password": shop.password,
        "run": f"{version}-{modules}",
    }
    assert run_tests(project, version, modules, "live.test.mjs", BEHALFID_TEST_SERVER=json.dumps(facts)) >= 13


def test_the_package_brings_nothing_along(project: Path) -> None:
    """Nothing else is installed with it, and it runs no scripts when it is installed."""
    installed = sorted(str(path.parent.relative_to(project)) for path in project.glob("node_modules/**/package.json"))
    assert [name for name in installed if "/dist/" not in name] == ["node_modules/@behalfid/sdk"]
    package = json.loads((project / "node_modules/@behalfid/sdk/package.json").read_text())
    assert not package.get("dependencies")
    assert not {"preinstall", "install", "postinstall", "prepare"} & set(package["scripts"])


def test_the_package_holds_what_it_is_made_of_and_nothing_else() -> None:
    """Compiled files, their types, the README and the licence."""
    with tarfile.open(tarball()) as packed:
        names = {name.removeprefix("package/") for name in packed.getnames()}
    assert {"package.json", "README.md", "LICENSE", "dist/esm/index.js", "dist/cjs/index.js"} <= names
    others = [name for name in names if not re.fullmatch(r"dist/(esm|cjs)/[a-z/-]+(\.js|\.d\.ts|package\.json)", name)]
    assert sorted(others) == ["LICENSE", "README.md", "dist/cjs/package.json", "dist/esm/package.json", "package.json"]


def test_the_version_is_one(project: Path) -> None:
    """package.json, the constant and the lock file say the same."""
    package = json.loads((SOURCE / "package.json").read_text())
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    said = must(run(project, "node", "-p", "require('@behalfid/sdk').VERSION")).strip()
    assert package["version"] == lock["version"] == lock["packages"][""]["version"] == said


@pytest.mark.parametrize("checker", ["publint --strict", "attw --profile node16"])
def test_the_package_is_right_for_every_resolver(checker: str) -> None:
    """publint and arethetypeswrong find nothing in the tarball."""
    name, *options = checker.split()
    must(run(TOOLS, str(node_modules(TOOLS) / ".bin" / name), str(tarball()), *options))


@pytest.mark.parametrize(
    "options",
    [
        "--module node16 --types node",
        "--module nodenext --types node",
        "--module esnext --moduleResolution bundler --types node",
        "--module commonjs --moduleResolution node10 --types node",
        "--module nodenext --lib es2022,dom,dom.iterable",
        "--module esnext --moduleResolution bundler",
    ],
)
def test_the_types_are_those_that_users_expect(project: Path, options: str) -> None:
    """With every way of resolving, with the types of Node and, where there are none, with those of the web."""
    modules = project / "node_modules"
    (modules / "@types").mkdir(exist_ok=True)
    if "--types" in options:
        for name in ("@types/node", "undici-types"):
            shutil.copytree(node_modules(TOOLS) / name, modules / name, dirs_exist_ok=True)
    else:
        shutil.rmtree(modules / "@types")
        shutil.rmtree(modules / "undici-types", ignore_errors=True)
    files = ["test/types/usage.ts"]
    if "--types" in options:  # what names modules of Node
        files += ["test/types/node_headers.ts", "test/types/sub_paths.ts"]
    if "bundler" not in options:
        files.append("test/types/required.cts")
    strict = "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --target es2022"
    tsc = str(node_modules(TOOLS) / ".bin" / "tsc")
    must(run(project, tsc, *strict.split(), *options.split(), *files))


def test_a_newcomer_types_in_what_the_document_shows(project: Path, shop: Server) -> None:
    """The first block of docs/sdk.md compiles as it stands, prints the purchase, and ends with BehalfIDDenied."""
    text = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
    (program,) = [block for block in re.findall(r"```ts\n(.*?)```", text, re.DOTALL) if "742" in block]
    (project / "ticket.mts").write_text(program, encoding="utf-8")
    for name in ("@types/node", "undici-types"):
        shutil.copytree(node_modules(TOOLS) / name, project / "node_modules" / name, dirs_exist_ok=True)
    tsc = str(node_modules(TOOLS) / ".bin" / "tsc")
    must(run(project, tsc, "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node", "ticket.mts"))
    variables = {
        "BEHALFID_BASE_URL": shop.base_url,
        "BEHALFID_AGENT_ID": shop.agent_id,
        "BEHALFID_API_KEY": shop.api_key,
    }
    done = run(project, "node", "ticket.mjs", **variables)
    assert (done.returncode, done.stdout) == (1, "bought at coachella.com for 742\n")
    assert "BehalfIDDenied: Denied by BehalfID: Amount exceeds maxAmount constraint." in done.stderr
    assert shop.api_key not in done.stderr
