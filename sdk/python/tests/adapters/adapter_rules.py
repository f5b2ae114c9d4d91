# SPDX-License-Identifier: Apache-2.0
"""What holds for every adapter. Each framework has a subclass that says how its model calls tools."""

from __future__ import annotations

import re
from typing import Any, Optional

import pytest

from adapter_world import HELD, Call, Seen, World, async_functions, functions, nobody_there

WAYS = ["sync", "async", "async-client"]


class AdapterRules:
    """The rules. A way is how tools and agent run, and with which client."""

    marks_errors = True  # does the model see that a result is an error?
    own_error = "boom 42"  # what the model sees of a tool's own error
    ways = WAYS

    def drive(
        self, behalf: Any, tools: dict[str, Any], calls: list[Call], awaited: bool, mapping: Any = None
    ) -> list[Seen]:
        """Guards the tools, lets a scripted model make the calls one by one, and tells what it was shown of each."""
        raise NotImplementedError

    def run(
        self, world: World, way: str, *calls: Call, mapping: Any = None, base_url: Optional[str] = None
    ) -> list[Seen]:
        """The calls in one of the ways."""
        make = world.async_client if way == "async-client" else world.client
        behalf = make(base_url) if base_url else make()
        tools = functions(world) if way == "sync" else async_functions(world)
        return self.drive(behalf, tools, list(calls), way != "sync", mapping)

    def check_refused(self, seen: Seen, *words: str) -> None:
        """The model was told, as the framework tells errors."""
        for word in words:
            assert word in seen.text, seen.text
        assert "was not called" in seen.text
        assert seen.is_error is (True if self.marks_errors else None)

    def test_allowed_runs_once(self, world: World, way: str) -> None:
        """An allowed call runs once, with its arguments, and the model sees what the tool gave."""
        (seen,) = self.run(world, way, Call("buy", {"shop": "coachella.com", "price": 742.0}))
        assert world.ran == [("buy", {"shop": "coachella.com", "price": 742.0})]
        assert "buy done" in seen.text and not seen.is_error
        (row,) = world.log()
        assert (row["action"], row["decision"]) == ("buy", "allowed")

    def test_denied_does_not_run(self, world: World, way: str) -> None:
        """A denied call does not run, and the model sees the reason and the request's id; the next call goes on."""
        denied, allowed = self.run(
            world, way, Call("drop_table", {"name": "users"}), Call("buy", {"shop": "a", "price": 1.0})
        )
        assert world.ran == [("buy", {"shop": "a", "price": 1.0})]
        row = world.log()[0]
        self.check_refused(denied, "denied", row["reason"], row["requestId"])
        assert "buy done" in allowed.text

    def test_approval(self, world: World, way: str) -> None:
        """A call that a person must approve runs once after the approval, and then asks again."""
        call = Call("deploy", {"target": "production"})
        (held,) = self.run(world, way, call)
        assert world.ran == []
        self.check_refused(held, "APPROVAL REQUIRED", HELD, "A person must approve", "same arguments")
        approval_id = re.findall(r"apr_[\w-]+", held.text)[0]
        world.approve(approval_id)
        done, again = self.run(world, way, call, call)
        assert world.ran == [("deploy", {"target": "production"})]
        assert "deploy done" in done.text
        self.check_refused(again, "APPROVAL REQUIRED")
        assert approval_id not in again.text

    def test_server_gone(self, world: World, way: str) -> None:
        """Without a server nothing runs, and the model is told not to act."""
        (seen,) = self.run(world, way, Call("buy", {"shop": "a", "price": 1.0}), base_url=nobody_there())
        assert world.ran == []
        self.check_refused(seen, "could not be decided", "Do not act")

    def test_own_error(self, world: World, way: str) -> None:
        """A tool's own error stays its own, and the tool is not tried again."""
        (seen,) = self.run(world, way, Call("fail", {"reason": "42"}))
        assert self.own_error in seen.text and "BehalfID" not in seen.text
        assert world.ran == [("fail", {"reason": "42"})]

    def test_path_is_asked_about(self, world: World, way: str) -> None:
        """Without a mapping the path of a tool is held against the rules about paths."""
        good, bad = self.run(
            world,
            way,
            Call("read_file", {"path": "/srv/notes/a"}),
            Call("read_file", {"path": "/srv/notes/../../etc/passwd"}),
        )
        assert world.ran == [("read_file", {"path": "/srv/notes/a"})]
        assert "read_file done" in good.text
        self.check_refused(bad, "denied")

    def test_mapping(self, world: World, way: str) -> None:
        """A mapping says what is asked: by the tool's name, by a function, or one request for all."""
        world.permit("purchase", constraints={"vendors": ["coachella.com"], "maxAmount": 500})
        rows = {
            "buy": {"action": "purchase", "vendor": lambda given: given["shop"], "amount": lambda given: given["price"]}
        }

        def ask(tool: str, given: dict[str, Any]) -> dict[str, Any]:
            return {"action": "purchase", "vendor": given["shop"], "amount": given["price"]}

        for mapping in (
            rows,
            ask,
            {"action": "purchase", "vendor": "coachella.com", "amount": lambda given: given["price"]},
        ):
            world.ran.clear()
            calls = [Call("buy", {"shop": "coachella.com", "price": price}) for price in (400.0, 742.0)]
            bought, refused = self.run(world, way, *calls, mapping=mapping)
            assert world.ran == [("buy", {"shop": "coachella.com", "price": 400.0})]
            assert "buy done" in bought.text
            self.check_refused(refused, "denied")
            assert [(row["vendor"], row["amount"]) for row in world.log()[-2:]] == [
                ("coachella.com", 400),
                ("coachella.com", 742),
            ]

    def test_mapping_fails(self, world: World, way: str) -> None:
        """When the mapping fails, nothing is asked and nothing runs."""
        broken = {"buy": {"vendor": lambda given: given["nowhere"]}}
        (seen,) = self.run(world, way, Call("buy", {"shop": "a", "price": 1.0}), mapping=broken)
        self.check_refused(seen, "could not be decided", "KeyError")
        assert (world.ran, world.log()) == ([], [])


def pytest_generate(metafunc: pytest.Metafunc) -> None:
    """Each rule in each of the framework's ways."""
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", metafunc.cls.ways)
