# SPDX-License-Identifier: Apache-2.0
"""`behalf logs` for a whole account: listing, exporting, deleting."""

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

# pylint: disable=wrong-import-position
from cli_support import Run, config_path, write_config  # noqa: E402
from harness import Server  # noqa: E402
from api_support import Agent, iso, now_ms, sql  # noqa: E402
from log_support import Person, lengthen_log  # noqa: E402

DAY = 86_400_000


@pytest.fixture()
def person(server: Server, home: Path) -> Person:
    """The owner of the account, signed in on this machine."""
    owner = Person(server)
    write_config(home, json.dumps({"baseUrl": server.base_url, "sessionBaseUrl": server.base_url}))
    session = config_path(home).parent / "session"
    session.write_text(f"behalfid_developer={owner.session}\n")
    session.chmod(0o600)
    config_path(home).chmod(0o600)
    return owner


@pytest.fixture()
def agents(server: Server) -> list[Agent]:
    """Two agents with three entries each: allowed, denied, waiting for a person."""
    made = [Agent(server, name) for name in ("A", "B")]
    for agent in made:
        agent.grant("read")
        agent.grant("ship", requiresApproval=True)
        for action in ("read", "steal", "ship"):
            agent.decide(action, vendor='shop, "x"')
    return made


def rows(behalf: Run, *words: str, **variables: str) -> list[dict[str, Any]]:
    """The rows that `behalf logs WORDS --json` shows."""
    done = behalf("logs", *words, "--json", **variables)
    assert done.status == 0, done.err
    found: list[dict[str, Any]] = done.json()
    return found


def test_without_an_agent_the_account_is_listed(behalf: Run, person: Person, agents: list[Agent]) -> None:
    """Signed in, or with a developer token, `behalf logs` shows all agents; with one named, its rows."""
    assert len(rows(behalf)) == 6
    assert {row["agentName"] for row in rows(behalf, "list")} == {"A", "B"}
    assert [row["agentId"] for row in rows(behalf, agents[0].agent_id)] == [agents[0].agent_id] * 3
    server = person.server
    variables = {"BEHALFID_BASE_URL": server.base_url, "BEHALFID_DEVELOPER_TOKEN": server.developer_token}
    assert len(rows(behalf, **variables)) == 6
    shown = behalf("logs").out
    assert shown.splitlines()[0].split()[:3] == ["WHEN", "DECISION", "REQUESTID"]
    assert "approval_required" in shown


def test_rows_of_several_agents_say_whose_they_are(behalf: Run, person: Person, agents: list[Agent]) -> None:
    """The account's table has a column AGENT, one agent's has none; APPROVAL is there when some row has one."""
    assert person.server.base_url
    lines = behalf("logs").out.splitlines()
    assert lines[0].split() == (
        ["WHEN", "DECISION", "REQUESTID", "AGENT", "ACTION", "VENDOR", "AMOUNT", "RISK", "APPROVAL", "REASON"]
    )
    assert [line.split()[3] for line in lines[2:]] == ["B", "B", "B", "A", "A", "A"]
    assert [line for line in lines[2:] if " apr_" in line] == [lines[2], lines[5]]
    assert behalf("logs", "--allowed").out.splitlines()[0].split()[-2:] == ["RISK", "REASON"]
    assert "AGENT" not in behalf("logs", agents[0].agent_id).out.splitlines()[0].split()


def test_a_search_that_stopped_early_does_not_say_that_there_is_nothing(
    behalf: Run, start_server: Callable[..., Server]
) -> None:
    """Where the server looked at its limit of rows, the answer says how many, and the cursor leads to the rest."""
    server = start_server("--retention-days", "0")
    assert server.verify("rare").status_code == 200
    assert server.verify("purchase").status_code == 200
    assert server.stop() == 0
    lengthen_log(server, 20_100)
    server.start(60)
    variables = {"BEHALFID_BASE_URL": server.base_url, "BEHALFID_DEVELOPER_TOKEN": server.developer_token}
    out = behalf("logs", "--action", "rare", **variables).out
    found = re.fullmatch(r"No match among the newest 20000 looked at; older ones: add --cursor (\d+)\n", out)
    assert found, out
    older = behalf("logs", "--action", "rare", "--json", "--cursor", found.group(1), **variables)
    assert [row["action"] for row in older.json()] == ["rare"]
    assert behalf("logs", "--action", "rare", "--since", "2999-01-01", **variables).out == "(none)\n"


def test_filters(behalf: Run, person: Person, agents: list[Agent]) -> None:
    """Each filter keeps its rows."""
    assert person.server.base_url
    assert [row["action"] for row in rows(behalf, agents[0].agent_id, "--decision", "approval_required")] == ["ship"]
    assert {row["action"] for row in rows(behalf, "--risk", "high")} == {"steal"}
    assert len(rows(behalf, "--action", "read")) == 2
    assert len(rows(behalf, "--search", "steal", "--limit", "1")) == 1
    assert len(rows(behalf, "--since", "1h")) == len(rows(behalf, "--since", iso(now_ms() - DAY)[:10])) == 6
    assert rows(behalf, "--since", iso(now_ms() + DAY)) == []


@pytest.mark.parametrize("words", [("--since", "soon"), ("--since", "5"), ("--risk", "x"), ("--limit", "0")])
def test_wrong_filters_are_told(behalf: Run, words: tuple[str, str]) -> None:
    """A filter that means nothing is an error that names it."""
    done = behalf("logs", *words)
    assert done.status == 1 and words[0] in done.err


def test_export_as_csv(behalf: Run, person: Person, agents: list[Agent], tmp_path: Path) -> None:
    """The CSV holds every entry of the account under its header, and the filters hold."""
    path = tmp_path / "log.csv"
    done = behalf("logs", "export", "--csv", "-o", str(path))
    assert (done.status, done.out, done.err) == (0, "", f"Wrote 6 rows to {path}.\n")
    table = list(csv.DictReader(io.StringIO(path.read_text())))
    assert [row["requestId"] for row in table] == [row["requestId"] for row in person.logs()["logs"]]
    assert table[0]["vendor"] == 'shop, "x"'
    assert list(tmp_path.glob("*.part")) == []
    done = behalf("logs", "export", "--csv", "--agent", agents[1].agent_id, "--decision", "allowed")
    assert [row["agentName"] for row in csv.DictReader(io.StringIO(done.out))] == ["B"]


def test_export_as_lines(behalf: Run, person: Person, agents: list[Agent], tmp_path: Path) -> None:
    """Without --csv each line is one entry in JSON, over as many pages as there are."""
    for _ in range(510):
        agents[0].decide("read")
    path = tmp_path / "log.jsonl"
    assert behalf("logs", "export", "-o", str(path)).err == f"Wrote 516 rows to {path}.\n"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 516 == person.logs()["pagination"]["total"]
    assert len({line["requestId"] for line in lines}) == 516
    done = behalf("logs", "export", "--action", "steal")
    assert [json.loads(line)["action"] for line in done.out.splitlines()] == ["steal", "steal"]


def test_export_counts_rows_and_not_lines(behalf: Run, person: Person, agents: list[Agent], tmp_path: Path) -> None:
    """A line break within a cell makes no row, and an export without rows says 0."""
    assert person.server.base_url
    agents[0].decide("read", vendor="two\nlines")
    path = tmp_path / "log.csv"
    done = behalf("logs", "export", "--csv", "--action", "read", "-o", str(path))
    assert done.err == f"Wrote 3 rows to {path}.\n"
    done = behalf("logs", "export", "--csv", "--action", "none", "-o", str(path))
    assert done.err == f"Wrote 0 rows to {path}.\n"


def test_a_failed_export_leaves_no_file(behalf: Run, person: Person, tmp_path: Path) -> None:
    """When the server refuses, or the folder is not there, no file is left and the status is 1."""
    sql(person.server, "DELETE FROM session")
    for words in (("--csv",), ()):
        done = behalf("logs", "export", *words, "-o", str(tmp_path / "log"))
        assert done.status == 1 and done.err
    assert behalf("logs", "export", "-o", str(tmp_path / "none" / "log")).status == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("log")] == []


def test_help_names_the_commands(behalf: Run) -> None:
    """`behalf logs --help` lists list, tail, export and delete, each with what it does."""
    lines = [line.split() for line in behalf("logs", "--help").out.splitlines() if line.startswith("  ")]
    named = [words[0] for words in lines if len(words) > 3]
    assert [name for name in named if name in ("list", "tail", "export", "delete")] == [
        "list",
        "tail",
        "export",
        "delete",
    ]


def test_delete(behalf: Run, person: Person, agents: list[Agent]) -> None:
    """One entry and all entries are erased, and only when it is said twice."""
    request_id = rows(behalf, agents[0].agent_id)[0]["requestId"]
    for words in ((), (request_id,), ("--all",), (request_id, "--all", "--yes")):
        done = behalf("logs", "delete", *words)
        assert done.status == 1 and done.err
    assert len(rows(behalf)) == 6
    assert behalf("logs", "delete", request_id, "--yes", "--json").json() == {"deleted": True}
    assert behalf("logs", "delete", "--all", "--yes", "--json").json() == {"deleted": 5}
    assert rows(behalf) == []
    assert [erasure["entries"] for erasure in person.trail()] == [5, 1]
    done = behalf("logs", "delete", request_id, "--yes")
    assert done.status == 1 and "Log not found." in done.err


def test_deleting_needs_a_person(behalf: Run, server: Server, agents: list[Agent]) -> None:
    """A developer token or an agent's key deletes nothing."""
    variables = {"BEHALFID_BASE_URL": server.base_url}
    credentials: list[dict[str, str]] = [
        {"BEHALFID_DEVELOPER_TOKEN": server.developer_token},
        {"BEHALFID_API_KEY": agents[0].api_key, "BEHALFID_AGENT_ID": agents[0].agent_id},
        {},
    ]
    for credential in credentials:
        done = behalf("logs", "delete", "--all", "--yes", **variables, **credential)
        assert done.status == 1 and "logged in" in done.err
    assert sql(server, "SELECT count(*) FROM erasure") == [(0,)]
