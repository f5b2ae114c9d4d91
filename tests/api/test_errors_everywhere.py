# SPDX-License-Identifier: Apache-2.0
"""The errors that any route can answer with are answered by each that docs/openapi.json has them for, and by no other;
that an answer has the form in the document, the fixture of all tests holds."""

import re
from typing import Any, Callable

import requests

from accounts_support import Browser
from harness import Server
from openapi_contract import Contract, Operation

StartServer = Callable[..., Server]


def ask(server: Server, operation: Operation, **named: Any) -> requests.Response:
    """The operation, of things that there are not, by nobody."""
    method, path = operation.name.split(" ")
    return requests.request(method, server.base_url + re.sub(r"\{\w+\}", "none", path), timeout=30, **named)


def json_bodies(contract: Contract) -> list[Operation]:
    """Those that take a body of JSON."""
    found = [
        one for one in contract.operations if "application/json" in one.value.get("requestBody", {}).get("content", {})
    ]
    assert len(found) > 35
    return found


def test_a_body_that_is_too_long(demo: Server, contract: Contract) -> None:
    """Every route that takes a body refuses one of more than 64 KiB with 413."""
    long, kind = b" " * 65537, {"Content-Type": "application/json"}
    told = {one.name: ask(demo, one, data=long, headers=kind).status_code for one in json_bodies(contract)}
    assert {name: status for name, status in told.items() if status != 413} == {}


def test_a_body_of_another_type(demo: Server, contract: Contract) -> None:
    """Every route that takes JSON refuses what calls itself something else with 415."""
    kind = {"Content-Type": "text/plain", "Origin": demo.base_url}
    told = {one.name: ask(demo, one, data=b"{}", headers=kind).status_code for one in json_bodies(contract)}
    assert {name: status for name, status in told.items() if status != 415} == {}


def test_the_limit_of_an_address(start_server: StartServer, contract: Contract) -> None:
    """Whoever has used the requests of a minute up hears 429 from every route that has it, and from no other."""
    server = start_server(rate_limit=1)
    for _ in range(3):
        last = server.call("GET", "/api/templates")
    assert last.status_code == 429
    wrong = []
    for operation in contract.operations:
        named: dict[str, Any] = {"json": {}} if "requestBody" in operation.value else {}
        status = ask(server, operation, **named).status_code
        if (status == 429) != ("429" in operation.value["responses"]):
            wrong.append((operation.name, status))
    assert wrong == []


def test_parameters_of_lists_and_streams(server: Server) -> None:
    """What they refuse: an entry that is none of theirs, a status that there is not, a limit that is too high."""
    browser = Browser(server)
    assert browser.login(server.email, server.password).status_code == 200
    for path, text in (
        ("/api/dashboard/logs/stream?after=none", "after must be the requestId of a decision in this log."),
        ("/api/operator/webhook-events?status=none", "status must be one of: pending, processing, completed, failed."),
        ("/api/operator/webhook-events?limit=101", "limit must be a whole number from 1 to 100."),
        ("/api/operator/webhook-events?before=none", "before must be the id of an event."),
    ):
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["error"]) == (400, text), path
