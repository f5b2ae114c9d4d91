# SPDX-License-Identifier: Apache-2.0
"""What changes when a person looks: widths and colours of a real pseudo terminal."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path
from typing import Any


from harness import BINARY, Server

COLOUR = re.compile("\x1b\\[[0-9;]*m")


def on_terminal(home: Path, columns: int, *words: str, **variables: str) -> str:
    """What `behalf WORDS` shows on a terminal that is `columns` wide, stdout and stderr together."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "xterm", **variables}
    process = subprocess.Popen(
        [BINARY, *words], stdin=follower, stdout=follower, stderr=follower, env=environment, close_fds=True
    )
    os.close(follower)
    shown = b""
    try:
        while piece := os.read(leader, 65536):
            shown += piece
    except OSError:
        pass  # the terminal ends with its last user
    process.wait(timeout=60)
    os.close(leader)
    return shown.decode().replace("\r\n", "\n")


def variables(demo: Server) -> dict[str, str]:
    """Who asks, and where."""
    return {
        "BEHALFID_BASE_URL": demo.base_url,
        "BEHALFID_DEVELOPER_TOKEN": demo.developer_token,
        "BEHALFID_API_KEY": demo.api_key,
        "BEHALFID_AGENT_ID": demo.agent_id,
    }


def test_rows_fit_the_terminal(demo: Server, tmp_path: Path) -> None:
    """No line of a table is wider than the terminal; what is cut ends in an ellipsis; a wide one cuts nothing."""
    narrow = COLOUR.sub("", on_terminal(tmp_path, 60, "permissions", "list", demo.agent_id, **variables(demo)))
    wide = COLOUR.sub("", on_terminal(tmp_path, 300, "permissions", "list", demo.agent_id, **variables(demo)))
    assert max(len(line) for line in narrow.splitlines()) <= 60 < max(len(line) for line in wide.splitlines())
    assert "…" in narrow and "…" not in wide


def test_columns_variable_wins(demo: Server, tmp_path: Path) -> None:
    """COLUMNS says how wide the terminal is, as other tools have it."""
    shown = on_terminal(tmp_path, 300, "permissions", "list", demo.agent_id, COLUMNS="50", **variables(demo))
    assert max(len(line) for line in COLOUR.sub("", shown).splitlines()) <= 50


def test_keys_and_values_are_never_cut(demo: Server, tmp_path: Path) -> None:
    """What a person decides on is shown to its last character however narrow the terminal is."""
    shown = on_terminal(tmp_path, 20, "agents", "show", demo.agent_id, **variables(demo))
    assert demo.agent_id in shown


def test_decisions_have_colours_on_a_terminal(demo: Server, tmp_path: Path) -> None:
    """A denial is red on a terminal, and the same words without colours everywhere else."""
    words = ("verify", "--action", "no_such_action")
    shown = on_terminal(tmp_path, 80, *words, **variables(demo))
    assert "\x1b[31mDENIED\x1b[0m" in shown
    plain: dict[str, Any] = {"NO_COLOR": "1"}
    assert COLOUR.search(on_terminal(tmp_path, 80, *words, **plain, **variables(demo))) is None
    assert COLOUR.search(on_terminal(tmp_path, 80, *words, **{**variables(demo), "TERM": "dumb"})) is None
    piped = subprocess.run(
        [BINARY, *words],
        env={"HOME": str(tmp_path), "TERM": "xterm", **variables(demo)},
        capture_output=True,
        text=True,
    )
    assert COLOUR.search(piped.stdout + piped.stderr) is None and "DENIED" in piped.stdout


def test_an_empty_no_color_changes_nothing(demo: Server, tmp_path: Path) -> None:
    """NO_COLOR counts only with a value."""
    shown = on_terminal(tmp_path, 80, "verify", "--action", "none", NO_COLOR="", **variables(demo))
    assert "\x1b[31m" in shown


def test_json_has_no_colours(demo: Server, tmp_path: Path) -> None:
    """--json is the same bytes on a terminal: nothing cut, nothing coloured."""
    shown = on_terminal(tmp_path, 30, "agents", "list", "--json", **variables(demo))
    assert COLOUR.search(shown) is None and demo.agent_id in shown and "…" not in shown


def test_errors_have_colours_on_a_terminal(tmp_path: Path) -> None:
    """The words Error and Hint stand out, and the rest of an error is plain."""
    shown = on_terminal(tmp_path, 80, "frobnicate")
    assert shown.startswith('\x1b[31mError:\x1b[0m Unknown command "frobnicate".\n\x1b[1mHint:\x1b[0m ')
