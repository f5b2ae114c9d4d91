# SPDX-License-Identifier: Apache-2.0
"""`behalf evaluate` against the decisions of an independent model."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from harness import BINARY, ROOT

VECTORS = Path(os.environ.get("BEHALFID_CONFORMANCE", str(ROOT.parent / "shared" / "conformance")))
EXAMPLES = ROOT / "examples" / "evaluate.jsonl"


def evaluate(text: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Runs the command with the text as its input."""
    return subprocess.run([str(BINARY), "evaluate", *words], input=text, capture_output=True, text=True, check=False)


def decision_lines() -> list[str]:
    """The vectors, split at line feeds only."""
    path = VECTORS / "decision.jsonl"
    assert path.exists(), f"cannot read {path}: set BEHALFID_CONFORMANCE to the folder of the vectors"
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_every_decision_vector_comes_out_as_expected() -> None:
    """Each line gives exactly the expected five members and its id, in the order of the input."""
    lines = decision_lines()
    done = evaluate("\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert done.returncode == 0, done.stderr
    assert len(lines) >= 4000 and len(answers) == len(lines)
    wrong = [
        (vector["id"], answer, vector["expect"])
        for vector, answer in zip(map(json.loads, lines), answers)
        if answer != {"id": vector["id"], **vector["expect"]}
    ]
    assert not wrong, wrong[:5]


def test_file_operand_and_standard_input_agree() -> None:
    """A file, "-" and no operand at all read the same."""
    from_file = subprocess.run([str(BINARY), "evaluate", str(EXAMPLES)], capture_output=True, text=True, check=True)
    assert from_file.stdout == evaluate(EXAMPLES.read_text()).stdout == evaluate(EXAMPLES.read_text(), "-").stdout
    first, second = [json.loads(line) for line in from_file.stdout.splitlines()]
    assert first["allowed"] is True and second["reason"] == "Amount exceeds maxAmount constraint."


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        "7",
        '{"id":"x"}',
        '{"id":"x","now":"soon","agent":{"status":"active"},"permissions":[],"request":{"action":"a"}}',
    ],
)
def test_a_line_that_does_not_parse_gets_an_error_line_and_the_rest_goes_on(broken: str) -> None:
    """The answer to a bad line is an error line; the lines around it are decided; the exit status is 1."""
    good = EXAMPLES.read_text().splitlines()[0]
    done = evaluate(f"{good}\n{broken}\n{good}\n")
    answers: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [("error" in answer) for answer in answers] == [False, True, False]


def test_a_request_with_a_wrong_field_names_the_field() -> None:
    """The rules of a verify body hold offline too."""
    vector = json.loads(EXAMPLES.read_text().splitlines()[0])
    vector["request"]["amount"] = -1
    done = evaluate(json.dumps(vector))
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"] == "request: amount must be a non-negative number."


def test_an_unreadable_file_is_a_usage_error() -> None:
    """Status 2 and a message that names the file."""
    done = evaluate("", "/nonexistent/lines.jsonl")
    assert done.returncode == 2 and "/nonexistent/lines.jsonl" in done.stderr


def test_a_hundred_thousand_lines_are_decided_in_one_run() -> None:
    """Many lines stream through: as many answers as lines, none lost. (How fast is printed, not asserted.)"""
    lines = decision_lines()
    text = "\n".join((lines * (100_000 // len(lines) + 1))[:100_000]) + "\n"
    start = time.monotonic()
    done = evaluate(text)
    print(f"100,000 lines in {time.monotonic() - start:.1f} s")
    assert done.returncode == 0 and done.stdout.count("\n") == 100_000
