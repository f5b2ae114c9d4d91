# SPDX-License-Identifier: Apache-2.0
"""What all adapters share: mappings, and waiting in threads. No framework is needed for that."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from behalfid import BehalfIDConfigurationError, BehalfIDDenied
from behalfid._tools import ToolGuard
from clients import awaiting, blocking
from scripted_server import ALLOW, DENY, HELD, ScriptedServer, answer

PENDING = answer({"approval": {"approvalId": "apr_1", "status": "pending"}})
NOBODY = "http://127.0.0.1:9"


def resource_of(tool: str, arguments: Any, fields: Any) -> dict[str, Any]:
    """A default request as that of MCP."""
    return {"action": "mcp_tool", "resource": f"mcp:files:{tool}"}


def request(mapping: Any) -> dict[str, Any]:
    """What would be asked about a call."""
    with blocking(NOBODY) as client:
        return ToolGuard(client, mapping, None, resource_of).request("rm", {"path": "/etc"})


def test_none_in_a_mapping_is_as_left_out() -> None:
    """A vendor hides the resource; one that is None is no vendor, and so with the other fields."""
    default = {"action": "mcp_tool", "resource": "mcp:files:rm"}
    assert request(lambda name, given: {"vendor": given.get("site")}) == default
    assert request({"rm": {"vendor": None, "resource": None, "action": None}}) == default
    assert request({"rm": {"vendor": lambda given: None}}) == default
    assert request({"rm": {"vendor": "a.com"}}) == {"action": "mcp_tool", "vendor": "a.com"}


@pytest.mark.parametrize(
    ("mapping", "tools", "words"),
    [
        ({"action": lambda given: "write_file"}, None, '"action" among names of tools'),
        ({"action": lambda given: "write_file", "amount": 1}, ["rm"], '"action" among names of tools'),
        ({"vendor": "a.com"}, None, '"vendor" among names of tools'),
        ({"vendor": {"action": "x"}}, ["rm"], '"vendor" among names of tools'),
        ({"rm": {"amuont": 1}}, None, '"amuont", which is no field'),
        ({"action": "x", "amuont": 1}, ["rm"], '"amuont", which is no field'),
        ({"rm": 7}, ["rm"], "no dict and no function"),
        ({"mr": {}}, ["rm"], '"mr", which is none of the tools'),
        (7, None, "mapping must be"),
    ],
)
def test_a_mapping_that_is_none_is_refused_at_once(mapping: Any, tools: Any, words: str) -> None:
    """Nothing in it is overlooked: otherwise something else would be asked than the developer has written."""
    with blocking(NOBODY) as client, pytest.raises(BehalfIDConfigurationError, match=words):
        ToolGuard(client, mapping, tools)


def test_a_tool_may_have_the_name_of_a_field() -> None:
    """Then its row is a row."""
    with blocking(NOBODY) as client:
        known = ToolGuard(client, {"action": lambda given: {"vendor": given["a"]}}, ["action"])
        assert known.request("action", {"a": "b"}) == {"action": "action", "vendor": "b"}
        assert ToolGuard(client, {"mode": {"amount": 1}}, None).request("mode", {}) == {"action": "mode", "amount": 1}


def test_what_is_awaited_gets_the_answer() -> None:
    """An allow returns, a denial raises, and whatever a function of the user's raises comes through."""

    async def ask(gate: ToolGuard) -> None:
        await asyncio.wait_for(gate.acheck("buy", {}), 10)

    def stop(error: Any) -> None:
        raise StopIteration

    with ScriptedServer([answer(ALLOW), answer(DENY), answer(HELD)]) as server, blocking(server.url) as client:
        asyncio.run(ask(ToolGuard(client, None, None)))
        with pytest.raises(BehalfIDDenied):
            asyncio.run(ask(ToolGuard(client, None, None)))
        with pytest.raises(RuntimeError, match="StopIteration"):
            asyncio.run(ask(ToolGuard(client, None, None, on_approval_required=stop)))
    with ScriptedServer([answer(ALLOW)]) as server:

        async def awaited() -> None:
            async with awaiting(server.url) as client:
                await ToolGuard(client, None, None).acheck("buy", {})

        asyncio.run(awaited())


@pytest.mark.parametrize("answers", [[answer(HELD), PENDING], [answer(HELD), {"fault": "hang"}]])
def test_cancelling_ends_the_wait_for_a_person(answers: Any) -> None:
    """A cancelled tool asks no more, so an approval that comes later is not used up, and the program can end."""

    async def story(gate: ToolGuard, server: ScriptedServer) -> None:
        task = asyncio.ensure_future(gate.acheck("buy", {}))
        while len(server.received) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    approved = answer({"approval": {"approvalId": "apr_1", "status": "approved"}})
    with ScriptedServer([*answers, approved, answer(ALLOW)]) as server, blocking(server.url) as client:
        begun = time.monotonic()
        asyncio.run(story(ToolGuard(client, None, None, approval="wait"), server))
        assert time.monotonic() - begun < 5
        server.over.set()  # the answer that hangs comes now
        time.sleep(1.5)
        assert [one.method for one in server.received] == ["POST", "GET"]


def test_waiting_tools_do_not_keep_others_from_running() -> None:
    """However many tools wait for a person, another one is asked about at once."""
    many = 40

    class Server(ScriptedServer):
        """Holds what is called wait, until the end."""

        def answer(self, connection: Any, given: Any) -> None:
            waits = b'"wait"' in self.received[-1].body
            super().answer(connection, {"fault": "hang"} if waits else answer(ALLOW))

    async def story(gate: ToolGuard) -> float:
        waiting = []
        for number in range(many):
            waiting.append(asyncio.ensure_future(gate.acheck("wait", {})))
            while len(server.received) <= number:
                await asyncio.sleep(0.005)
        begun = time.monotonic()
        await gate.acheck("buy", {})
        took = time.monotonic() - begun
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return took

    with Server([{}] * (many + 1)) as server, blocking(server.url, timeout=8) as client:
        assert asyncio.run(asyncio.wait_for(story(ToolGuard(client, None, None)), 30)) < 3
        server.over.set()


def test_without_threads_nothing_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """When no thread can be started, the call is undecided."""

    def start(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    async def story(client: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            with pytest.raises(Exception, match="No thread can be started"):
                await ToolGuard(client, None, None).acheck("buy", {})

    with blocking(NOBODY) as client:
        asyncio.run(story(client))


def test_the_request_is_made_once() -> None:
    """What the mapping made is asked, and nothing that it is changed into later."""
    context = {"toolInput": {"command": "ls"}}

    def tell(error: Any) -> None:
        context["toolInput"]["command"] = "rm -rf /"

    approved = answer({"approval": {"approvalId": "apr_1", "status": "approved"}})
    with ScriptedServer([answer(HELD), approved, answer(ALLOW)]) as server, blocking(server.url) as client:
        mapping = {"run": {"action": "execute_command", "policy_context": context}}
        ToolGuard(client, mapping, ["run"], approval="wait", on_approval_required=tell).check("run", {})
        asked = [json.loads(one.body)["policyContext"] for one in server.received if one.method == "POST"]
    assert asked == [{"toolInput": {"command": "ls"}}] * 2
