# SPDX-License-Identifier: Apache-2.0
"""As much of a workflow runner as the examples need: steps with `run` or a local action, inputs, outputs, commands."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import yaml

SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
EXPRESSION = re.compile(r"\$\{\{\s*([^}]*?)\s*\}\}")


class Ended(NamedTuple):
    """How one step ended."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str


def expand(text: str, values: dict[str, str]) -> str:
    """A text with its expressions replaced, as text. An expression that is not known is a mistake of the test."""
    return EXPRESSION.sub(lambda found: values[found[1]], text)


def read_outputs(path: Path) -> dict[str, str]:
    """name=value lines, and name<<MARK blocks, as runners read them; a later line wins."""
    found: dict[str, str] = {}
    lines = iter(path.read_text().split("\n")) if path.exists() else iter([])
    for line in lines:
        if "<<" in line.split("=", 1)[0]:
            name, mark = line.split("<<", 1)
            block = []
            for one in lines:
                if one == mark:
                    break
                block.append(one)
            found[name] = "\n".join(block)
        elif "=" in line:
            name, value = line.split("=", 1)
            found[name] = value
    return found


class SmallRunner:
    """Runs steps in a folder."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), **env}
        self.number = 0

    def run_script(self, script: str, env: dict[str, str]) -> Ended:
        """One `run` of a step."""
        self.number += 1
        outputs, summary = self.folder / f"outputs-{self.number}", self.folder / f"summary-{self.number}"
        full = {**self.env, **env, "GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)}
        done = subprocess.run(
            [*SHELL, script], cwd=self.folder, env=full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
        )
        shown = summary.read_text() if summary.exists() else ""
        return Ended(done.returncode, done.stdout.decode(), read_outputs(outputs), shown)

    def run_action(self, folder: Path, given: dict[str, str]) -> Ended:
        """A composite action of one step, with inputs and their defaults."""
        action: dict[str, Any] = yaml.safe_load((folder / "action.yml").read_text())
        unknown = set(given) - set(action["inputs"])
        assert not unknown, unknown
        values = {
            f"inputs.{name}": str(given.get(name, row.get("default", ""))) for name, row in action["inputs"].items()
        }
        (step,) = action["runs"]["steps"]
        assert action["runs"]["using"] == "composite" and step["shell"] == "bash"
        assert "${{" not in step["run"], "an input within a script is run"
        env = {name: expand(text, values) for name, text in step["env"].items()}
        ended = self.run_script(step["run"], {**env, "GITHUB_ACTION_PATH": str(folder)})
        inner = {f"steps.{step['id']}.outputs.{name}": value for name, value in ended.outputs.items()}
        outputs = {name: expand(row["value"], inner) for name, row in action["outputs"].items()}
        return ended._replace(outputs=outputs)

    def run_job(self, steps: list[dict[str, Any]], values: dict[str, str]) -> list[Ended]:
        """The steps until one fails. Actions are local; those of others are not here and do nothing."""
        ended: list[Ended] = []
        for step in steps:
            uses = step.get("uses", "")
            if uses and not uses.startswith("./"):
                continue
            texts = {name: expand(str(text), values) for name, text in step.get("with" if uses else "env", {}).items()}
            ended.append(self.run_action(self.folder / uses, texts) if uses else self.run_script(step["run"], texts))
            values = {**values, **{f"steps.{step.get('id')}.outputs.{k}": v for k, v in ended[-1].outputs.items()}}
            if ended[-1].status != 0:
                break
        return ended
