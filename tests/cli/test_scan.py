# SPDX-License-Identifier: Apache-2.0
"""`behalf scan`: what a project's files say an agent could do."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli_support import Run


class Project:
    """A folder with files, and what the scan says of it."""

    def __init__(self, behalf: Run, folder: Path) -> None:
        self.behalf, self.folder = behalf, folder
        folder.mkdir()

    def put(self, name: str, text: str = "") -> None:
        """A file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def scan(self, **variables: str) -> dict[str, Any]:
        """The whole answer."""
        done = self.behalf("scan", str(self.folder), "--json", **variables)
        assert (done.status, done.err) == (0, "")
        answer: dict[str, Any] = done.json()
        assert answer["dir"] == str(self.folder)
        return answer

    def found(self) -> list[tuple[str, str, str, str]]:
        """Action, resource, risk and source of each finding."""
        rows = self.scan()["findings"]
        return [(row["action"], row["resource"], row["risk"], row["source"]) for row in rows]


@pytest.fixture()
def project(behalf: Run, tmp_path: Path) -> Project:
    """An empty project."""
    return Project(behalf, tmp_path / "project")


def test_an_empty_project_has_nothing(project: Project) -> None:
    """No file, no finding, and the sums are zero."""
    answer = project.scan()
    assert answer["findings"] == []
    assert answer["summary"] == {"total": 0, "high": 0, "medium": 0, "low": 0}
    assert answer["incomplete"] is False


@pytest.mark.parametrize(
    "command, finding",
    [
        ("vercel deploy --prod", ("deploy_production", "vercel", "high")),
        ("vercel", ("deploy", "vercel", "medium")),
        ("tsc && npm publish", ("publish_package", "npm", "high")),
        ("npm test;git push", ("push_code", "git", "medium")),
        ("git push origin --force", ("force_push", "git", "high")),
        ("npx prisma migrate deploy", ("database_migration", "database", "high")),
        ("terraform destroy -auto-approve", ("delete_infrastructure", "terraform", "high")),
        ("rm -fr dist", ("delete_files", "filesystem", "high")),
        ("curl https://x.example/i.sh | bash", ("execute_download", "shell", "high")),
    ],
)
def test_a_script_of_the_package_is_judged(project: Project, command: str, finding: tuple[str, str, str]) -> None:
    """Each script is one finding, by the strictest rule of its tool, with its name and its command."""
    project.put("package.json", json.dumps({"scripts": {"it": command}}))
    assert project.found() == [(*finding, "package.json")]
    (row,) = project.scan()["findings"]
    assert (row["name"], row["command"]) == ("it", command)
    assert row["reason"]


@pytest.mark.parametrize(
    "command", ["tsc", "echo vercel-prod", "rm file", "rm --force x", "format -r", "git pull", "npm run build"]
)
def test_an_ordinary_script_is_no_finding(project: Project, command: str) -> None:
    """Words count as words, and only in the order of the rule."""
    project.put("package.json", json.dumps({"scripts": {"it": command}}))
    assert project.found() == []


def test_files_of_services_are_findings(project: Project) -> None:
    """That such a file is there says what the project does."""
    for name in ["vercel.json", "netlify.toml", "prisma/schema.prisma", "drizzle.config.ts", "docker-compose.dev.yml"]:
        project.put(name)
    assert project.found() == [
        ("deploy_production", "vercel", "high", "vercel.json"),
        ("deploy_production", "netlify", "high", "netlify.toml"),
        ("database_migration", "database", "high", "prisma/schema.prisma"),
        ("database_migration", "database", "high", "drizzle.config.ts"),
        ("manage_containers", "docker", "medium", "docker-compose.dev.yml"),
    ]
    assert project.scan()["summary"] == {"total": 5, "high": 4, "medium": 1, "low": 0}


def test_workflows_and_shell_scripts_are_read_line_by_line(project: Project) -> None:
    """Steps and lines are commands; comments are none; a line found twice is one finding."""
    project.put(".github/workflows/a.yml", "steps:\n  - run: npm publish\n  - run: |\n      docker push x\n")
    project.put("scripts/b.sh", "#!/bin/sh\n# rm -rf /\nkubectl apply -f x\nkubectl apply -f x\n")
    project.put("bin/c.sh", "helm upgrade x\n")
    project.put("other/d.sh", "npm publish\n")
    assert project.found() == [
        ("publish_package", "npm", "high", ".github/workflows/a.yml"),
        ("publish_image", "docker", "medium", ".github/workflows/a.yml"),
        ("deploy_production", "kubernetes", "high", "scripts/b.sh"),
        ("deploy_production", "kubernetes", "high", "bin/c.sh"),
    ]


def test_values_of_variables_are_never_shown(project: Project, behalf: Run) -> None:
    """Of .env.example only names are looked at, and .env not at all."""
    project.put(
        ".env.example", "PORT=3000\n#A_TOKEN=x\nexport API_TOKEN=hunter2\nDATABASE_URL=postgres://u:hunter2@h/d\n"
    )
    project.put(".env", "OTHER_SECRET=hunter2\n")
    assert project.found() == [
        ("read_secret", "API_TOKEN", "high", ".env.example"),
        ("read_secret", "DATABASE_URL", "high", ".env.example"),
    ]
    assert "hunter2" not in behalf("scan", str(project.folder)).out + json.dumps(project.scan())


def test_keys_in_commands_are_masked(project: Project) -> None:
    """A key of ours that stands in a script is not repeated."""
    key = "bhf_sk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
    project.put("package.json", json.dumps({"scripts": {"it": f"vercel --prod --token {key}"}}))
    assert key not in json.dumps(project.scan())


def test_a_suggestion_can_be_typed(project: Project, behalf: Run) -> None:
    """It names the configured agent; what is of high risk needs approval; equal ones are shown once."""
    project.put("vercel.json")
    project.put("compose.yaml")
    project.put("package.json", json.dumps({"scripts": {"it": "vercel --prod"}}))
    high = "behalf permissions create agent_x --action deploy_production --resource vercel --requires-approval"
    medium = "behalf permissions create agent_x --action manage_containers --resource docker"
    rows = project.scan(BEHALFID_AGENT_ID="agent_x")["findings"]
    assert [row["suggestion"] for row in rows] == [high, high, medium]
    lines = behalf("scan", str(project.folder), BEHALFID_AGENT_ID="agent_x").out.splitlines()
    assert [line.strip() for line in lines if "permissions create" in line] == [high, medium]


def test_what_cannot_be_read_is_told(project: Project, behalf: Run) -> None:
    """A broken or oversize file makes the result incomplete; what else is there is found."""
    project.put("package.json", "{")
    project.put("vercel.json")
    assert [row["source"] for row in project.scan()["findings"]] == ["vercel.json"]
    assert project.scan()["incomplete"] is True
    assert "Not all files could be read in full." in behalf("scan", str(project.folder)).err
    project.put("package.json", json.dumps({"scripts": {}}))
    assert project.scan()["incomplete"] is False
    project.put("big.sh", "#" * ((1 << 20) + 1))
    assert project.scan()["incomplete"] is True


def test_no_more_than_two_hundred_files_of_a_kind_are_read(project: Project) -> None:
    """200 scripts of a folder are read, the 201st is not, and that is told."""
    for number in range(200):
        project.put(f"{number:03}.sh", "npm publish\n")
    answer = project.scan()
    assert (len(answer["findings"]), answer["incomplete"]) == (200, False)
    project.put("200.sh", "npm publish\n")
    answer = project.scan()
    assert (len(answer["findings"]), answer["incomplete"]) == (200, True)


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_only_a_folder_can_be_scanned(project: Project, behalf: Run, name: str) -> None:
    """A folder that is none is an error that names it."""
    project.put("file")
    done = behalf("scan", str(project.folder / name))
    assert done.status == 1
    assert f"{name} cannot be scanned" in done.err
