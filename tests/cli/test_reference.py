# SPDX-License-Identifier: Apache-2.0
"""What is written from the commands' own tables: the document, the manual page, the completions of shells."""

import subprocess
from pathlib import Path

import pytest

from cli_support import Run
from harness import BINARY, ROOT


def shell(home: Path, *words: str) -> str:
    """What a real shell prints that has `behalf` on its PATH and no settings."""
    path = f"{Path(BINARY).parent}:/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(
        words, env={"PATH": path, "HOME": str(home), "TERM": "dumb"}, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_document_is_what_the_program_says(behalf: Run) -> None:
    """docs/cli.md is what `behalf reference markdown` writes; `make reference` makes it anew."""
    assert (ROOT / "docs" / "cli.md").read_text() == behalf("reference", "markdown").out


def test_document_has_every_command(behalf: Run) -> None:
    """Each word of the completions that is a command has its heading and its usage, and nothing is left out."""
    text = behalf("reference", "markdown").out
    words = behalf("completion", "--words").out.splitlines()
    assert words == sorted(set(words)) and len(words) > 60
    for word in words:
        is_group = any(other.startswith(word + " ") for other in words)
        parent = word.rpartition(" ")[0]
        assert is_group or f"### behalf {word}\n" in text or f"### behalf {parent}\n" in text, word


def test_manual_page_is_well_formed(behalf: Run, tmp_path: Path) -> None:
    """groff formats the page without a warning and shows options as they are typed."""
    page = tmp_path / "behalf.1"
    page.write_text(behalf("reference", "man").out)
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-P-cbou", "-ww", page], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--requires-approval" in done.stdout and "behalf approvals approve" in done.stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("behalf app", "approvals"),
        ("behalf approvals a", "approve"),
        ("behalf permissions create agent_x --requires", "--requires-approval"),
        ("behalf verify --ac", "--action"),
    ],
)
def test_bash_completes(home: Path, line: str, words: str) -> None:
    """A real bash offers what the program knows."""
    script = """
        source <(behalf completion bash)
        COMP_LINE=$1 COMP_POINT=${#1}
        read -ra COMP_WORDS <<<"$1"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _behalf
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert shell(home, "bash", "--norc", "-c", script, "-", line).split() == [words]


@pytest.mark.parametrize(("line", "words"), [("behalf app", "approvals"), ("behalf approvals a", "approve")])
def test_fish_completes(home: Path, line: str, words: str) -> None:
    """A real fish offers what the program knows."""
    script = f"behalf completion fish | source; complete -C '{line}'"
    assert words in shell(home, "fish", "--no-config", "-c", script).split()


def test_zsh_takes_the_script(home: Path) -> None:
    """A real zsh loads the script and has the function registered for the command."""
    script = "autoload -U compinit; compinit -u; source <(behalf completion zsh); print $_comps[behalf]"
    assert shell(home, "zsh", "-f", "-c", script) == "_behalf\n"


def test_another_shell_is_refused(behalf: Run) -> None:
    """A shell without a script is an error that names those with one."""
    result = behalf("completion", "powershell")
    assert result.status == 1
    assert "bash, zsh or fish" in result.err


@pytest.mark.parametrize("words", [(), ("bash", "--words"), ("--words", "--line", "behalf ")])
def test_one_thing_is_completed_at_a_time(behalf: Run, words: tuple[str, ...]) -> None:
    """No form or two forms are an error."""
    assert behalf("completion", *words).status == 1


@pytest.mark.parametrize(
    "line", ["", "behalf", "   ", "x" * 5000, "behalf " + "y " * 2000, 'behalf "\\', "behalf \x01 "]
)
def test_strange_lines_offer_nothing(behalf: Run, line: str) -> None:
    """A line that is no beginning of a command offers nothing and is no error."""
    result = behalf("completion", f"--line={line}") if line else behalf("completion", "--line", " ")
    assert result.status == 0
