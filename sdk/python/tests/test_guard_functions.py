# SPDX-License-Identifier: Apache-2.0
"""What can be guarded, what is kept of it, and what its fields are made of."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import typing
from decimal import Decimal
from typing import Any, AsyncIterator, Iterator

import pytest

import behalfid
from behalfid import BehalfIDConfigurationError, BehalfIDDenied
from clients import ENVIRONMENT, awaiting, blocking
from scripted_server import ALLOW, DENY, HELD, ScriptedServer, answer


class Money:
    """A type of the user's, for annotations."""


def sent(server: ScriptedServer, number: int = 0) -> Any:
    """The JSON of a request."""
    return json.loads(server.received[number].body)


def test_signature_name_and_hints_are_kept() -> None:
    """Frameworks that look at a function see the user's."""

    @behalfid.guard(action="purchase")
    def buy(shop: str, price: Money, *, note: str = "none") -> str:
        """Buys."""
        return shop

    assert str(inspect.signature(buy)) == "(shop: 'str', price: 'Money', *, note: 'str' = 'none') -> 'str'"
    assert typing.get_type_hints(buy) == {"shop": str, "price": Money, "note": str, "return": str}
    assert (buy.__name__, buy.__doc__, buy.__module__) == ("buy", "Buys.", __name__)


def test_an_async_function_stays_one() -> None:
    """Frameworks see that it is to be awaited, and one that blocks is not."""

    @behalfid.guard(action="purchase")
    async def buy() -> None:
        raise AssertionError

    @behalfid.guard(action="purchase")
    def sell() -> None:
        raise AssertionError

    assert inspect.iscoroutinefunction(buy) and asyncio.iscoroutinefunction(buy)
    assert not inspect.iscoroutinefunction(sell)


def test_fields_are_called_with_the_arguments_as_they_are_given() -> None:
    """Positions and keywords arrive as in the call."""
    with ScriptedServer([answer(ALLOW)]) as server, blocking(server.url) as client:
        seen: list[Any] = []

        @client.guard(
            action=lambda *args, **kwargs: seen.append((args, kwargs)) or "buy",  # type: ignore[func-returns-value]
            amount=lambda shop, price: price,
            metadata={"team": "events"},
            vendor=lambda shop, price: None,
        )
        def buy(shop: str, price: Decimal) -> str:
            return f"{shop} {price}"

        assert buy("shop", price=Decimal("7.50")) == "shop 7.50"
        assert seen == [(("shop",), {"price": Decimal("7.50")})]
        wanted = {"agentId": "agent_test", "action": "buy", "amount": 7.5, "metadata": {"team": "events"}}
        assert sent(server) == wanted


def test_request_is_one_function_for_all_fields() -> None:
    """request= makes the whole question, or is one."""
    with ScriptedServer([answer(ALLOW), answer(ALLOW)]) as server, blocking(server.url) as client:

        @client.guard(request=lambda path: {"action": "read_file", "policy_context": {"cwd": path}})
        def read(path: str) -> str:
            return path

        assert read("/tmp") == "/tmp"
        assert client.guard(request={"action": "list", "agent_id": "agent_2"})(lambda: 1)() == 1
        assert sent(server, 0) == {"agentId": "agent_test", "action": "read_file", "policyContext": {"cwd": "/tmp"}}
        assert sent(server, 1) == {"agentId": "agent_2", "action": "list"}


@pytest.mark.parametrize(
    "mapping",
    [
        {"request": lambda: {"action": "x", "policyContext": {}}},
        {"request": lambda: {"vendor": "x"}},
        {"request": lambda: None},
        {"request": lambda: [("action", "x")]},
        {"action": lambda: None},
        {"action": lambda: 7},
        {"action": "x", "vendor": lambda: 7},
        {"action": "x", "amount": lambda: "7"},
        {"action": "x", "amount": lambda: True},
        {"action": "x", "amount": lambda: float("nan")},
        {"action": "x", "amount": lambda: Decimal("Infinity")},
        {"action": "x", "metadata": lambda: {"a": object()}},
        {"action": "x", "metadata": lambda: {"a": float("inf")}},
        {"action": "x", "metadata": lambda: "text"},
        {"action": "x", "shadow": lambda: 1},
        {"action": "x", "mode": lambda: "live"},
        {"action": "x", "agent_id": ""},
    ],
)
def test_a_mapping_that_makes_no_request_runs_nothing(mapping: dict[str, Any]) -> None:
    """Nothing is sent and the function does not run."""
    ran: list[int] = []
    with ScriptedServer([answer(ALLOW)]) as server, blocking(server.url) as client:
        function = client.guard(**mapping)(lambda: ran.append(1))
        with pytest.raises(BehalfIDConfigurationError):
            function()
        assert not server.received and not ran


def test_the_defaults_of_the_function_are_asked_about() -> None:
    """What a call leaves to the function is what its mappings see, each by the names that it has. A default of their
    own counts for nothing."""
    prices: list[float] = []
    with ScriptedServer([answer(ALLOW)] * 3) as server, blocking(server.url) as client:

        @client.guard(
            action="x",
            vendor=lambda shop, *_, **__: shop,
            amount=lambda shop, price=1, **_: price,
            resource=lambda *_, kind: kind,
        )
        def buy(shop: str, /, price: float = 900, *, kind: str = "ticket", note: str = "") -> None:
            prices.append(price)

        buy("a")
        buy("b", kind="book")
        buy("c", 7)
        asked = [sent(server, i) for i in range(3)]
        facts = [(one["vendor"], one["amount"], one["resource"]) for one in asked]
        assert facts == [("a", 900, "ticket"), ("b", 900, "book"), ("c", 7, "ticket")]
        assert prices == [900, 900, 7]


def test_defaults_that_a_mapping_does_not_name_are_not_given_to_it() -> None:
    """A mapping of the shop alone fits a call of the shop alone."""
    with ScriptedServer([answer(ALLOW)]) as server, blocking(server.url) as client:
        client.guard(action="x", vendor=lambda shop: shop)(lambda shop, price=900: price)("a")
        assert sent(server) == {"agentId": "agent_test", "action": "x", "vendor": "a"}


def test_a_mapping_that_does_not_take_the_arguments_runs_nothing() -> None:
    """A field is called exactly as the function is: what does not fit is an error."""
    ran: list[int] = []
    with ScriptedServer([answer(ALLOW)]) as server, blocking(server.url) as client:
        function = client.guard(action="x", vendor=lambda shop: shop)(lambda shop, price: ran.append(1))
        with pytest.raises(TypeError):
            function("shop", 7)
        assert not server.received and not ran


@pytest.mark.parametrize("options", [{}, {"action": "x", "request": {"action": "x"}}])
def test_a_guard_without_one_mapping_is_refused(options: dict[str, Any]) -> None:
    """A guard has an action or a request, not both."""
    with pytest.raises(BehalfIDConfigurationError):
        behalfid.guard(**options)


@pytest.mark.parametrize(
    "options", [{"approval": "never"}, {"approval_timeout": 0}, {"timeout": float("inf")}, {"on_approval_required": 7}]
)
def test_options_of_a_guard_are_checked_at_once(options: dict[str, Any]) -> None:
    """A mistake shows when the function is made, not when it is called."""
    with pytest.raises(BehalfIDConfigurationError):
        behalfid.guard(action="x", **options)


def test_methods_class_methods_and_static_methods_are_guarded() -> None:
    """In a class, in either order of the decorators."""
    with ScriptedServer([answer(ALLOW)] * 5) as server, blocking(server.url) as client:

        class Desk:
            name = "desk"

            @client.guard(action="sell", vendor=lambda self, thing: self.name)
            def sell(self, thing: str) -> str:
                return self.name + thing

            @classmethod
            @client.guard(action="lend", vendor=lambda cls, thing: cls.name)
            def lend(cls, thing: str) -> str:
                return cls.name + thing

            @client.guard(action="give", vendor=lambda cls, thing: cls.name)
            @classmethod
            def give(cls, thing: str) -> str:
                return cls.name + thing

            @staticmethod
            @client.guard(action="take", vendor=lambda thing: thing)
            def take(thing: str) -> str:
                return thing

        class Lower(Desk):
            name = "lower"

        assert Desk().sell("1") == "desk1" and Lower().sell("1") == "lower1"
        assert Lower.lend("2") == "lower2" and Lower.give("3") == "lower3" and Desk.take("4") == "4"
        assert [sent(server, n)["vendor"] for n in range(5)] == ["desk", "lower", "lower", "lower", "4"]


def generator() -> Iterator[int]:
    """A generator function."""
    yield 1


async def async_generator() -> AsyncIterator[int]:
    """An async one."""
    yield 1


class GeneratorObject:
    """An object whose call is a generator."""

    def __call__(self) -> Iterator[int]:
        yield 1


@pytest.mark.parametrize(
    "function",
    [
        generator,
        async_generator,
        functools.partial(generator),
        GeneratorObject(),
        Money,
        7,
        None,
        classmethod(generator),
        functools.singledispatch(len),
    ],
)
def test_what_cannot_be_guarded_is_refused(function: Any) -> None:
    """Generators run after the guard, and classes are no functions: TypeError when they are decorated."""
    with pytest.raises(TypeError, match="guard"):
        behalfid.guard(action="x")(function)


def test_objects_with_a_call_are_guarded() -> None:
    """Also partial functions, and objects whose call is to be awaited."""

    class Tool:
        async def __call__(self, thing: str) -> str:
            return thing

    async def asked(url: str) -> str:
        async with awaiting(url) as client:
            guarded = client.guard(action="x", vendor=lambda thing: thing)
            return await guarded(Tool())("a") + await guarded(functools.partial(Tool().__call__))("b")

    with ScriptedServer([answer(ALLOW)] * 3) as server, blocking(server.url) as client:
        assert client.guard(action="x")(functools.partial(max, 1))(2) == 2
        assert asyncio.run(asked(server.url)) == "ab"


def test_a_client_guards_only_its_kind_of_functions() -> None:
    """A client that blocks would stop the event loop, and one to await cannot be awaited in a function that blocks."""

    async def later() -> None:
        raise AssertionError

    with blocking("http://127.0.0.1:9") as client, pytest.raises(TypeError, match="AsyncBehalfID"):
        client.guard(action="x")(later)
    with pytest.raises(TypeError, match="BehalfID"):
        awaiting("http://127.0.0.1:9").guard(action="x")(lambda: 1)


def test_a_call_that_nobody_awaited_is_not_true() -> None:
    """`if client.verify(...)` without await is an error, and not an allow. All that awaits takes such a call."""

    async def ask(url: str) -> list[bool]:
        async with awaiting(url) as client:
            forgotten = client.verify(action="x")
            with pytest.raises(TypeError, match="await"):
                bool(forgotten)
            forgotten.close()
            task = asyncio.create_task(client.verify(action="x"))
            seen = [await asyncio.wait_for(client.verify(action="x"), 30), await client.verify(action="x"), await task]
            seen += await asyncio.gather(client.verify(action="x"), asyncio.shield(client.verify(action="x")))
            return [one.allowed for one in seen]

    with ScriptedServer([answer(ALLOW)] * 5) as server:
        assert asyncio.run(ask(server.url)) == [True] * 5


def test_an_async_listener_of_approvals_is_awaited() -> None:
    """on_approval_required of an async guard may be async, and its error ends the call."""
    told: list[str] = []

    async def tell(error: behalfid.BehalfIDApprovalRequired) -> None:
        await asyncio.sleep(0)
        told.append(str(error.approval_id))
        raise LookupError("nobody is there")

    async def ask(url: str) -> None:
        async with awaiting(url) as client:

            @client.guard(action="x", approval="wait", on_approval_required=tell)
            async def function() -> None:
                told.append("ran")

            await function()

    with ScriptedServer([answer(HELD)]) as server:
        with pytest.raises(LookupError):
            asyncio.run(ask(server.url))
    assert told == ["apr_1"]


def test_both_questions_of_a_wait_are_the_same() -> None:
    """What is asked was copied when the guard was called: changed during the wait, it is asked again as it was."""
    context: dict[str, Any] = {"toolInput": {"command": "ls"}}
    metadata: dict[str, Any] = {"note": ["a"], "none": None}
    ran: list[int] = []

    def change(error: behalfid.BehalfIDApprovalRequired) -> None:
        context["toolInput"]["command"] = "rm -rf /"
        metadata["note"].append("b")

    approved = answer({"approval": {"approvalId": "apr_1", "status": "approved"}})
    with ScriptedServer([answer(HELD), approved, answer(ALLOW)]) as server, blocking(server.url) as client:
        guard = client.guard(
            action="x", policy_context=context, metadata=metadata, approval="wait", on_approval_required=change
        )
        guard(lambda: ran.append(1))()
        wanted = {"agentId": "agent_test", "action": "x"}
        wanted.update({"metadata": {"note": ["a"], "none": None}, "policyContext": {"toolInput": {"command": "ls"}}})
        assert [sent(server, 0), sent(server, 2)] == [wanted, wanted] and ran == [1]


AMOUNTS: list[Any] = [
    10**400,
    -(10**400),
    Decimal("1e400"),
    Decimal("1e-400"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    float("nan"),
    Decimal("100.00000000000000001"),
    2**53 + 1,
    True,
    "1",
]


@pytest.mark.parametrize("amount", AMOUNTS, ids=lambda value: f"{type(value).__name__} {value!s:.24}")
def test_amounts_that_cannot_be_asked_about(amount: Any) -> None:
    """Too large, no number, or with digits that the server would not see: nothing is asked and nothing runs."""
    ran: list[int] = []
    with ScriptedServer([answer(ALLOW)]) as server, blocking(server.url) as client:
        with pytest.raises(BehalfIDConfigurationError, match="amount"):
            client.guard(action="x", amount=amount)(lambda: ran.append(1))()
        assert not server.received and not ran


@pytest.mark.parametrize("amount", [0, -1, 2**53, 10**23, 0.1, Decimal("100.10"), Decimal("1E+3"), Decimal("0.1")])
def test_amounts_that_can(amount: Any) -> None:
    """Each is asked about as it is."""
    with ScriptedServer([answer(ALLOW)]) as server, blocking(server.url) as client:
        client.verify(action="x", amount=amount)
        assert float(sent(server)["amount"]) == float(amount)


def test_an_async_listener_cannot_be_told_by_code_that_blocks() -> None:
    """It would never run: an error, and the function does not run."""
    ran: list[int] = []

    async def tell(error: behalfid.BehalfIDApprovalRequired) -> None:
        ran.append(2)

    with ScriptedServer([answer(HELD)]) as server, blocking(server.url) as client:
        with pytest.raises(BehalfIDConfigurationError):
            client.guard(action="x", on_approval_required=tell)(lambda: ran.append(1))()
    assert not ran


def test_a_listener_that_ends_the_iteration_lets_nothing_through() -> None:
    """StopIteration means the end inside of generators; of a listener it is an error as any other."""
    ran: list[int] = []

    def tell(error: behalfid.BehalfIDApprovalRequired) -> None:
        raise StopIteration

    with ScriptedServer([answer(HELD)] * 2) as server, blocking(server.url) as client:
        with pytest.raises(StopIteration):
            client.guard(action="x", on_approval_required=tell)(lambda: ran.append(1))()

        async def ask() -> None:
            async def function() -> None:
                ran.append(1)

            async with awaiting(server.url) as later:
                await later.guard(action="x", on_approval_required=tell)(function)()

        with pytest.raises(RuntimeError):
            asyncio.run(ask())
    assert not ran


def test_the_function_guard_takes_its_clients_from_the_environment_of_the_first_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not when it is imported or decorates: the environment may come later. It serves functions of both kinds."""
    ran: list[str] = []

    @behalfid.guard(action="x")
    def now() -> None:
        ran.append("now")

    @behalfid.guard(action="x")
    async def later() -> None:
        ran.append("later")

    monkeypatch.setattr(behalfid.defaults, "_clients", {})
    monkeypatch.setattr(behalfid.defaults, "_async_clients", {})
    with pytest.raises(BehalfIDConfigurationError):
        now()
    with ScriptedServer([answer(ALLOW), answer(ALLOW), answer(DENY)]) as server:
        for name, value in {**ENVIRONMENT, "BEHALFID_BASE_URL": server.url}.items():
            monkeypatch.setenv(name, value)
        now()
        asyncio.run(later())
        with pytest.raises(BehalfIDDenied):
            now()
    assert ran == ["now", "later"]
    assert len(behalfid.defaults._clients) == len(behalfid.defaults._async_clients) == 1


def test_a_guard_says_what_it_takes() -> None:
    """Without parentheses, and with a name that is none, the error speaks of guard."""
    with pytest.raises(TypeError, match=r"guard takes what to ask, by name: @guard\(action=\.\.\.\)"):
        behalfid.guard(lambda: None)  # type: ignore[call-arg]


def test_an_adapter_names_the_package_it_needs() -> None:
    """Not the module: `agents` is another package than openai-agents."""
    from behalfid._frameworks import require

    with pytest.raises(ImportError, match="pip install openai-agents"):
        require("agents_that_nobody_has", "openai-agents")
