# SPDX-License-Identifier: Apache-2.0
"""`behalf execute`, and what `behalf logs` shows of what was executed. Nothing here reaches a network."""

from pathlib import Path
from typing import Iterator

import pytest

from cli_support import Run
from harness import Server, behind_refused_hosts

PAGE = "http://page.example.com/page"
NOT_REACHED = "Gateway URL resolves to a non-public address."


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that refuses the network in which the tests' pages are."""
    data: Path = tmp_path_factory.mktemp("web") / "data"
    with Server(data, "--refused-networks", "11.0.0.0/8", prefix=behind_refused_hosts()) as server:
        yield server


class Reader:
    """An agent, and the variables by which the command line acts for it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.id, key = server.create_agent("Reader")
        self.variables = {"BEHALFID_BASE_URL": server.base_url, "BEHALFID_API_KEY": key, "BEHALFID_AGENT_ID": self.id}


@pytest.fixture()
def reader(web: Server) -> Reader:
    """A new agent without permissions."""
    return Reader(web)


def test_a_denied_action_is_told_and_fails(behalf: Run, reader: Reader) -> None:
    """A denial is printed with its reason, and the status is 1."""
    done = behalf("execute", "--url", PAGE, **reader.variables)
    assert (done.status, done.err) == (1, "")
    assert done.out.splitlines()[0] == "DENIED"
    assert "No active permission exists for this action." in done.out


def test_an_agent_is_named_once(behalf: Run, reader: Reader) -> None:
    """--agent and [agentId] together are refused before anything is asked; each alone names the agent."""
    both = behalf("execute", reader.id, "--agent", reader.id, "--url", PAGE, **reader.variables)
    assert (both.status, both.out) == (1, "")
    assert both.err.splitlines()[0] == "Error: Use either --agent or [agentId], not both."
    for words in (["--agent", reader.id], [reader.id]):
        alone = behalf("execute", *words, "--url", PAGE, **{**reader.variables, "BEHALFID_AGENT_ID": "agent_x"})
        assert alone.out.splitlines()[0] == "DENIED"


def test_an_action_that_needs_approval_names_the_request(behalf: Run, reader: Reader) -> None:
    """What a person must approve is told with its id, and the status is 1."""
    reader.server.grant(reader.id, "browse_web", resource="web", requiresApproval=True)
    done = behalf("execute", "--url", PAGE, **reader.variables)
    assert done.status == 1
    assert done.out.splitlines()[0] == "APPROVAL REQUIRED"
    assert "approvalId  apr_" in done.out


def test_a_failed_action_is_an_outcome(behalf: Run, reader: Reader) -> None:
    """What was allowed and failed is printed with its error and its request id; with --json as the server said it."""
    reader.server.grant(reader.id, "browse_web", resource="web")
    words = ["execute", "--agent", reader.id, "--action", "browse_web", "--resource", "web", "--url", PAGE]
    done = behalf(*words, **reader.variables)
    assert (done.status, done.err) == (1, "")
    assert done.out.splitlines()[0] == "ALLOWED, BUT IT FAILED"
    assert "requestId  req_" in done.out and NOT_REACHED in done.out
    done = behalf(*words, "--json", **reader.variables)
    assert done.status == 1
    assert (done.json()["allowed"], done.json()["executed"], done.json()["error"]) == (True, False, NOT_REACHED)


def test_a_mistake_is_an_error(behalf: Run, reader: Reader) -> None:
    """A URL that is refused decides nothing: the error is on stderr; without --url nothing is asked at all."""
    done = behalf("execute", "--url", "http://localhost/", **reader.variables)
    assert (done.status, done.out) == (1, "")
    assert "Gateway URL host is not public." in done.err
    done = behalf("execute", **reader.variables)
    assert done.status == 1
    assert "--url" in done.err


def test_logs_show_what_became_of_an_action(behalf: Run, reader: Reader) -> None:
    """The list has a column for it where some row has an execution, and none where no row has."""
    behalf("execute", "--url", PAGE, **reader.variables)
    assert "EXECUTION" not in behalf("logs", **reader.variables).out
    reader.server.grant(reader.id, "browse_web", resource="web")
    behalf("execute", "--url", PAGE, **reader.variables)
    out = behalf("logs", **reader.variables).out
    assert "EXECUTION" in out.splitlines()[0]
    assert f"failed: {NOT_REACHED}" in out
    rows = behalf("logs", "--json", **reader.variables).json()
    assert rows[0]["execution"]["error"] == NOT_REACHED
    assert rows[1]["execution"] is None
