# SPDX-License-Identifier: Apache-2.0
"""The shared cases, in Python's words: names with underlines, times in seconds."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
import re
from pathlib import Path
from typing import Any, Callable, Optional

import behalfid
from behalfid import AsyncBehalfID, BehalfID, verify_webhook_signature
from scripted_server import Received

HERE = Path(__file__).resolve().parent
PLACES = [HERE / "cases.jsonl", HERE.parent.parent / "conformance" / "cases.jsonl"]
NEEDED_CLIENT = {"apiKey": "bhf_sk_test", "agentId": "agent_test", "timeoutMs": 5000}
Case = dict[str, Any]


def read_cases() -> list[Case]:
    """All of them."""
    path = next(place for place in PLACES if place.exists())
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def snake(name: str) -> str:
    """requestId: request_id; what Python cannot say has an underline behind it."""
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    return name + "_" if name == "from" else name


def options_of(given: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a call or a constructor; milliseconds become seconds."""
    options: dict[str, Any] = {}
    for name, value in given.items():
        if name.endswith("Ms"):
            options[snake(name[:-2])] = value / 1000 if type(value) in (int, float) else value
        else:
            options[snake(name)] = value
    return options


def plain(value: Any) -> Any:
    """What a call returned, without what is None."""
    if dataclasses.is_dataclass(value):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(member) for name, member in members.items() if member is not None}
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def expected(value: Any, name: Callable[[str], str] = snake) -> Any:
    """What a case wants, likewise."""
    if isinstance(value, dict):
        return {name(key): expected(one, name) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [expected(one, name) for one in value]
    return value


class Guarded:
    """The function of a case that guards: it counts."""

    def __init__(self, call: dict[str, Any]) -> None:
        self.call = call
        self.ran = 0
        self.told = 0

    def run(self) -> str:
        """What the guarded function does."""
        self.ran += 1
        if self.call.get("function") == "throws":
            raise ZeroDivisionError("the function's own")
        return "ran"

    async def run_later(self, *_: Any) -> str:
        """Likewise, to await."""
        return self.run()

    def tell(self, error: BaseException) -> None:
        """on_approval_required."""
        assert isinstance(error, behalfid.BehalfIDApprovalRequired)
        self.told += 1

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of guard."""
        options = options_of(self.call.get("options", {}))
        if options.get("on_approval_required") is True:
            options["on_approval_required"] = self.tell
        elif options.get("on_approval_required") == "throws":
            options["on_approval_required"] = fail
        mapping = self.call["mapping"]
        if mapping == "throws":
            return {"request": fail, **options}
        return {**{snake(name): from_arguments(value) for name, value in mapping.items()}, **options}


def fail(*_: Any) -> Any:
    """A function of the user's with an error of its own."""
    raise ZeroDivisionError("the mapping's own")


def from_arguments(value: Any) -> Any:
    """ "$1" is the second argument of the call."""
    if isinstance(value, str) and re.fullmatch(r"\$\d", value):
        number = int(value[1:])
        return lambda *arguments: arguments[number]
    return value


def keywords(method: Any, arguments: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments: an object is spread out, ids and names stay where they are."""
    positions: list[Any] = []
    named: dict[str, Any] = {}
    for argument in arguments:
        if isinstance(argument, dict):
            named.update(options_of(argument))
        else:
            positions.append(argument)
    return positions, named


def webhook_arguments(arguments: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The three-argument form, or one object."""
    if len(arguments) == 1:
        return [], {snake(name): value for name, value in arguments[0].items()}
    named = {snake(name): value for options in arguments[3:] for name, value in options.items()}
    return list(arguments[:3]), named


class Blocking:
    """Does the calls of a case with BehalfID."""

    make: Callable[..., Any] = BehalfID

    def call(self, client: Any, call: dict[str, Any], guarded: Guarded) -> Any:
        """One call."""
        if call["method"] == "guard":
            return client.guard(**guarded.arguments())(lambda *_: guarded.run())(*call["arguments"])
        method = method_of(client, call["method"])
        positions, named = keywords(method, call["arguments"])
        result = method(*positions, **named)
        return list(result) if inspect.isgenerator(result) else result

    def calls(self, options: dict[str, Any], calls: list[dict[str, Any]], guarded: Guarded) -> Any:
        """All calls; what the last one returned."""
        with BehalfID(**options) as client:
            result: Any = None
            for call in calls:
                result = self.call(client, call, guarded) if call["method"] != "new" else client
            return result


class Awaiting:
    """Does the calls of a case with AsyncBehalfID."""

    async def call(self, client: Any, call: dict[str, Any], guarded: Guarded) -> Any:
        """One call."""
        if call["method"] == "guard":
            return await client.guard(**guarded.arguments())(guarded.run_later)(*call["arguments"])
        method = method_of(client, call["method"])
        positions, named = keywords(method, call["arguments"])
        result = method(*positions, **named)
        return [one async for one in result] if inspect.isasyncgen(result) else await result

    async def all(self, options: dict[str, Any], calls: list[dict[str, Any]], guarded: Guarded) -> Any:
        """All calls; what the last one returned."""
        async with AsyncBehalfID(**options) as client:
            result: Any = None
            for call in calls:
                result = await self.call(client, call, guarded) if call["method"] != "new" else client
            return result

    def calls(self, options: dict[str, Any], calls: list[dict[str, Any]], guarded: Guarded) -> Any:
        """All calls, in an event loop of their own."""
        return asyncio.run(self.all(options, calls, guarded))


NAMES = {"verifyOrThrow": "verify_or_raise", "iterateLogs": "iter_logs"}


def method_of(client: Any, name: str) -> Any:
    """The client's method; a dot leads on."""
    for part in name.split("."):
        client = getattr(client, NAMES.get(part, snake(part)))
    return client


def run_case(runner: Any, case: Case, url: str) -> tuple[Any, Optional[BaseException], Guarded]:
    """What came of the case: a result or an error, and how often its function ran."""
    calls = case["call"] if isinstance(case["call"], list) else [case["call"]]
    guarded = Guarded(calls[-1])
    try:
        if calls[0]["method"] == "verifyWebhookSignature":
            positions, named = webhook_arguments(calls[0]["arguments"])
            return verify_webhook_signature(*positions, **named), None, guarded
        given: dict[str, Any] = {**NEEDED_CLIENT, "baseUrl": url, **case.get("client", {})}
        if isinstance(given["baseUrl"], str):
            given["baseUrl"] = given["baseUrl"].replace("SERVER", url)
        options = options_of({name: value for name, value in given.items() if value is not None})
        return runner.calls(options, calls, guarded), None, guarded
    except Exception as error:
        return None, error, guarded


def check_outcome(outcome: dict[str, Any], result: Any, error: Optional[BaseException], guarded: Guarded) -> None:
    """Holds what came against what the case says."""
    if "throws" in outcome:
        assert error is not None, f"returned {result!r}"
        wanted = ZeroDivisionError if outcome["throws"] == "Error" else getattr(behalfid, outcome["throws"])
        assert type(error) is wanted, repr(error)
        for name, value in outcome.get("fields", {}).items():
            assert same(plain(getattr(error, snake(name))), value), name
        text = f"{error} {error!r} {vars(error)}"
        for part in texts(outcome.get("says")):
            assert part in text
        for part in texts(outcome.get("saysNot")):
            assert part not in text
    else:
        assert error is None, repr(error)
    if "returns" in outcome:
        assert same(plain(result), outcome["returns"]), f"{plain(result)!r}"
    if "ran" in outcome:
        assert guarded.ran == int(outcome["ran"])
    if "told" in outcome:
        assert guarded.told == outcome["told"]


def same(result: Any, wanted: Any) -> bool:
    """Equal: in Python's names, but inside of what is passed on as the server says it."""
    if isinstance(wanted, list):
        return len(result) == len(wanted) and all(same(*pair) for pair in zip(result, wanted))
    if not isinstance(wanted, dict):
        return bool(result == wanted)
    if result == expected(wanted, str):
        return True
    present = {snake(name): value for name, value in wanted.items() if value is not None}
    return set(result) == set(present) and all(same(result[name], value) for name, value in present.items())


def texts(value: Any) -> list[str]:
    """One text or several."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def check_requests(wanted: list[dict[str, Any]], received: list[Received]) -> None:
    """Holds what the server got against what the case says."""
    assert [(one.method, one.path) for one in received] == [(one["method"], one["path"]) for one in wanted]
    for request, want in zip(received, wanted):
        for name, value in want.get("headers", {}).items():
            check_header(request.headers.get(name), value, received[0].headers.get(name), name)
        if "body" in want:
            body = json.loads(request.body) if request.body else None
            assert body == want["body"]


def check_header(value: Optional[str], wanted: Optional[str], first: Optional[str], name: str) -> None:
    """One header."""
    if wanted == "*":
        assert value, name
    elif wanted == "=1":
        assert value == first, name
    elif wanted == "!1":
        assert value and value != first, name
    else:
        assert value == wanted, name
