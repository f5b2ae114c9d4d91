# SPDX-License-Identifier: Apache-2.0
"""The official clients with `behalf mcp start`: handshake, list and tools, in every version of the protocol."""

import json
from pathlib import Path

import pytest

from approval_support import approve
from harness import Server
from mcp_support import HANDSHAKE_VERSIONS, STATELESS, SdkClient, texts
from people_support import Person

ALL = [*HANDSHAKE_VERSIONS, STATELESS]
TOOLS = ["verify_action", "get_permissions", "get_boundary", "wait_for_approval", "execute_action"]


@pytest.mark.parametrize("version", ALL)
def test_each_version_is_spoken_as_asked(demo: Server, home: Path, version: str) -> None:
    """The client gets the version that it asks for, the server's name, and the tools in the form of the version."""
    with SdkClient(version, demo, home) as client:
        assert client.ready["version"] == version
        assert client.ready["server"]["name"] == "behalfid"
        assert client.ready["capabilities"] == {"tools": {}}
        assert "verify_action" in client.ready["instructions"]
        tools = client.run("list")["tools"]
        assert [tool["name"] for tool in tools] == TOOLS
        for tool in tools:
            assert tool["inputSchema"]["type"] == "object"
            assert ("annotations" in tool) == (version >= "2025-03-26")
            assert ("outputSchema" in tool) == (version >= "2025-06-18")
            assert ("title" in tool) == (version >= "2025-06-18")
        assert client.close() == []


def test_a_client_that_tries_both_ways_settles_on_the_stateless_one(demo: Server, home: Path) -> None:
    """A client that probes with server/discover goes on without a handshake."""
    with SdkClient("2026-auto", demo, home) as client:
        assert client.ready["version"] == STATELESS
        client.close()


@pytest.mark.parametrize("version", ALL)
def test_tools_answer_in_text_and_structure(server: Server, home: Path, version: str) -> None:
    """verify_action, get_permissions and get_boundary give text, and from 2025-06-18 on what their schemas say."""
    with SdkClient(version, server, home) as client:
        client.run("list")  # from here on the client holds results against the output schemas
        results = {
            "verify_action": client.call("verify_action", action="purchase", vendor="coachella.com", amount=742),
            "get_permissions": client.call("get_permissions"),
            "get_boundary": client.call("get_boundary"),
        }
        for result in results.values():
            said = json.loads(texts(result)[0])
            assert not result.get("isError")
            structured = result.get("structuredContent")
            notes = texts(result)[1:]
            more = {"instructions": notes[0]} if notes else {}
            assert structured == ({**said, **more} if version >= "2025-06-18" else None)
        decision = json.loads(texts(results["verify_action"])[0])
        assert (decision["allowed"], decision["risk"]) == (True, "low")
        assert json.loads(texts(results["get_permissions"])[0])["agent"]["agentId"] == server.agent_id
        assert json.loads(texts(results["get_boundary"])[0])["agentId"] == server.agent_id
        client.close()


@pytest.mark.parametrize("version", ALL)
def test_a_held_action_goes_on_after_a_person_has_approved(server: Server, home: Path, version: str) -> None:
    """Held, waited for with progress, approved by a person, allowed once: and a ping is answered meanwhile."""
    question = {"action": "deploy_production", "vendor": "vercel.com"}
    with SdkClient(version, server, home) as client:
        client.run("list")
        held = texts(client.call("verify_action", **question))[0]
        assert held.startswith("APPROVAL REQUIRED")
        approval_id = held.split("Approval ID: ")[1].split("\n")[0]
        known = {"approvalId": approval_id} if version == STATELESS else {}
        wait = client.start("call", name="wait_for_approval", arguments=known, progress=True)
        assert approval_id in json.dumps(next(client.events(wait))) or version == "2024-11-05"
        if version != STATELESS:
            assert client.run("ping") == {}
        approve(Person(server), approval_id)
        waited = client.finish(wait)["result"]
        assert texts(waited)[0].startswith(f"{approval_id}: approved.")
        again = json.loads(texts(client.call("verify_action", **question))[0])
        assert (again["allowed"], again["reason"]) == (True, "Action allowed by approved permission grant.")
        assert texts(client.call("verify_action", **question))[0].startswith("APPROVAL REQUIRED")
        client.close()


@pytest.mark.parametrize("version", ["2025-11-25", STATELESS])
def test_a_cancelled_wait_ends(server: Server, home: Path, version: str) -> None:
    """When the client gives a wait up, the server says nothing more about it and has its place free."""
    with SdkClient(version, server, home) as client:
        held = texts(client.call("verify_action", action="deploy_production", vendor="vercel.com"))[0]
        approval_id = held.split("Approval ID: ")[1].split("\n")[0]
        for _ in range(6):  # more than there are places
            wait = client.start("call", name="wait_for_approval", arguments={"approvalId": approval_id}, progress=True)
            assert "progress" in next(client.events(wait))
            abort = client.start("abort", call=wait)
            ended = {event["n"]: event for event in (client.next(), client.next())}
            assert "error" in ended[wait] and "result" in ended[abort]
        client.close()


def test_a_denial_is_told_as_one(server: Server, home: Path) -> None:
    """What no permission allows is denied in text and structure, and is no error of the tool."""
    with SdkClient("2025-11-25", server, home) as client:
        client.run("list")
        result = client.call("verify_action", action="launch_rocket", vendor="example.com")
        assert result["structuredContent"]["allowed"] is False
        assert texts(result)[1].startswith("Denied: do not do this action")
        assert result["structuredContent"]["instructions"] == texts(result)[1]
        assert not result.get("isError")
        client.close()
