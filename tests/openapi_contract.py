# SPDX-License-Identifier: Apache-2.0
"""Holds what the server sends against docs/openapi.json: whatever answer any test gets from it over `requests`, and
whatever event comes to a test's receiver.

The document must be complete, so that an object with named members has these and no others here, and a status that an
operation does not name is a mistake. Requests are looked at where they succeed; what is sent to be refused may be
anything. Methods and paths that the document does not have are left alone, as are other servers.
"""

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

import requests
from jsonschema import Draft202012Validator

import receiver

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
ANYWHERE = (413, 431, 500)  # what "default" may stand for: the form of the HTTP request, and bugs
SEEN = "BEHALF_OPENAPI_SEEN"  # names a folder for save_seen()
OURS = "X-Permitted-Cross-Domain-Policies"  # which none of the tests' receivers sends
SENDER = "BehalfID-Webhooks/"  # how the agent that sends events calls itself
SENT_HEADERS = ("webhook-", "behalfid-", "x-behalfid-")

Schema = dict[str, Any]


def resolve(document: Schema, node: Any, above: tuple[str, ...] = ()) -> Any:
    """A copy of the node in which what it refers to stands in its place, so that a check need not look it up."""
    if isinstance(node, list):
        return [resolve(document, item, above) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if reference is None:
        return {key: resolve(document, value, above) for key, value in node.items()}
    assert reference not in above, f"{reference} refers to itself"
    target: Any = document
    for part in reference.removeprefix("#/").split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**resolve(document, target, (*above, reference)), **beside}


def without_notes(schema: Any) -> Any:
    """The schema without what no check reads."""
    if isinstance(schema, list):
        return [without_notes(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: (
            {name: without_notes(part) for name, part in value.items()}
            if key == "properties"
            else value
            if key in ("enum", "const")
            else without_notes(value)
        )
        for key, value in schema.items()
        if key not in ("description", "examples", "example", "title", "default", "format")
    }


def closed(schema: Any) -> Any:
    """The schema, with objects of named members taking no others. It must not have been put together by allOf."""
    if not isinstance(schema, dict):
        return schema
    assert "allOf" not in schema, "write the members out: what allOf puts together cannot be closed part by part"
    found = dict(schema)
    for key in ("anyOf", "oneOf"):
        if key in found:
            found[key] = [closed(part) for part in found[key]]
    if "items" in found:
        found["items"] = closed(found["items"])
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = closed(found["additionalProperties"])
    if "properties" in found:
        found["properties"] = {name: closed(part) for name, part in found["properties"].items()}
        found.setdefault("additionalProperties", False)
    return found


def explain(validator: Draft202012Validator, value: Any) -> Optional[str]:
    """The first rule that the value breaks, and where: the innermost one of what comes closest. None if none."""
    for error in validator.iter_errors(value):
        while error.context:
            error = max(error.context, key=lambda part: len(part.absolute_path))
        rule = {key: error.schema[key] for key in (error.validator,) if key in error.schema}
        shown = json.dumps(rule)
        return f"{error.json_path}: {error.message[:300]} (rule: {shown[:300]})"
    return None


def trimmed(value: Any) -> Any:
    """The value as the server measures it: texts without the blanks around them."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [trimmed(item) for item in value]
    return {key: trimmed(item) for key, item in value.items()} if isinstance(value, dict) else value


class Operation:
    """One method of one path."""

    def __init__(self, document: Schema, method: str, path: str) -> None:
        self.name = f"{method.upper()} {path}"
        self.value: Schema = document["paths"][path][method]
        self.operation_id: str = self.value["operationId"]
        self.document = document
        self.pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)))
        self.literal = len(re.sub(r"\{[^}]*\}", "", path))
        self.responses: dict[int, Optional[Schema]] = {}
        self.validators: dict[str, Optional[Draft202012Validator]] = {}

    def response(self, status: int) -> Optional[Schema]:
        """What the document says of the status."""
        if status not in self.responses:
            responses = self.value["responses"]
            found = responses.get(str(status), responses.get("default") if status in ANYWHERE else None)
            self.responses[status] = None if found is None else dict(resolve(self.document, found))
        return self.responses[status]

    def validator(self, key: str, content: Schema, is_closed: bool) -> Optional[Draft202012Validator]:
        """For JSON of the content; made once. None where it has no schema of JSON."""
        if key not in self.validators:
            schema = content.get("application/json", {}).get("schema")
            if schema is not None:
                schema = without_notes(resolve(self.document, schema))
                self.validators[key] = Draft202012Validator(closed(schema) if is_closed else schema)
            else:
                self.validators[key] = None
        return self.validators[key]

    def request_validator(self) -> Optional[Draft202012Validator]:
        """For the body that is sent."""
        body = self.value.get("requestBody")
        return None if body is None else self.validator("request", body["content"], False)


class Event:
    """One type of event: the request that brings it."""

    def __init__(self, document: Schema, name: str) -> None:
        self.name = name
        self.value: Schema = resolve(document, document["webhooks"][name]["post"])
        self.parameters: Schema = {one["name"].lower(): one for one in self.value["parameters"]}
        self.schema = closed(without_notes(self.value["requestBody"]["content"]["application/json"]["schema"]))
        self.validator = Draft202012Validator(self.schema)

    def check(self, headers: dict[str, str], body: Any) -> Optional[str]:
        """What is wrong with a request of this type, or None."""
        return self.check_headers(headers) or explain(self.validator, body)

    def check_headers(self, headers: dict[str, str]) -> Optional[str]:
        """What is wrong with the headers, whose names are in small letters, or None."""
        for name, parameter in self.parameters.items():
            if name not in headers and parameter["required"]:
                return f"without the header {name}"
        for name, value in headers.items():
            parameter = self.parameters.get(name)
            if parameter is None and name.startswith(SENT_HEADERS):
                return f"docs/openapi.json has no header {name}"
            found = None if parameter is None else check_header(parameter["schema"], value)
            if found is not None:
                return f"{name}: {found}"
        return None


def check_header(schema: Schema, value: str) -> Optional[str]:
    """What is wrong with the value of a header, or None."""
    is_number = schema["type"] == "integer" and re.fullmatch("[0-9]+", value)
    return explain(Draft202012Validator(without_notes(schema)), int(value) if is_number else value)


class Contract:
    """The document, and what has been held against it."""

    def __init__(self, document: Schema) -> None:
        self.document = document
        self.operations = [
            Operation(document, method, path)
            for path, item in document["paths"].items()
            for method in item
            if method in METHODS
        ]
        self.by_method: dict[str, list[Operation]] = {}
        for operation in sorted(self.operations, key=lambda one: -one.literal):
            self.by_method.setdefault(operation.name.split(" ")[0], []).append(operation)
        self.events = {name: Event(document, name) for name in document["webhooks"]}
        self.seen: set[tuple[str, int]] = set()
        self.broken: list[str] = []
        self.watching = True
        self.careful = True  # requests that were taken must be as the document has them
        self.lock = threading.Lock()

    def find(self, method: str, path: str) -> Optional[Operation]:
        """The operation; of a path that fits several, the one that says more of it."""
        for operation in self.by_method.get(method, []):
            if operation.pattern.fullmatch(path):
                return operation
        return None

    def note(self, answer: requests.Response, stream: bool) -> None:
        """Remembers what the answer breaks, for take_broken(). A stream's body is left to whoever reads it."""
        if not self.watching:
            return
        request = answer.request
        operation = self.find(request.method or "", urlsplit(request.url or "").path)
        if operation is None or OURS not in answer.headers:
            return
        found = self.check_answer(operation, answer, stream)
        if found is None and answer.ok and self.careful:
            found = self.check_request(operation, request.body)
        with self.lock:
            if found is None:
                self.seen.add((operation.operation_id, answer.status_code))
            else:
                self.broken.append(f"{operation.name}, {answer.status_code}: {found}")

    def note_event(self, request: receiver.Received) -> None:
        """Remembers what a request to a test's receiver breaks, if the server has sent it to tell of an event."""
        if not request.headers.get("user-agent", "").startswith(SENDER):
            return
        found = self.check_event(request)
        if found is not None:
            with self.lock:
                self.broken.append(found)

    def check_event(self, request: receiver.Received) -> Optional[str]:
        """What is wrong with the request, or None."""
        if request.headers.get("content-type") != "application/json":
            return "an event that is not sent as application/json"
        try:
            body = json.loads(request.body)
        except ValueError:
            return f"an event that is not JSON: {request.body[:200]!r}"
        name = body.get("type") if isinstance(body, dict) else None
        if name not in self.events:
            return f"docs/openapi.json has no event of type {name!r}"
        found = self.events[name].check(request.headers, body)
        return None if found is None else f"event {name}: {found}"

    def check_answer(self, operation: Operation, answer: requests.Response, stream: bool) -> Optional[str]:
        """What is wrong with the answer, or None."""
        said = operation.response(answer.status_code)
        if said is None:
            return f"docs/openapi.json has no such status ({answer.text[:200] if not stream else ''})"
        content = said.get("content", {})
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if not content:
            return None if stream or not answer.content else f"docs/openapi.json has no body, this is {kind}"
        if kind not in content:
            return f"docs/openapi.json has no content of type {kind!r}"
        if stream or kind != "application/json":
            return None
        validator = operation.validator(str(answer.status_code), content, True)
        return None if validator is None else explain(validator, answer.json())

    def check_request(self, operation: Operation, body: Any) -> Optional[str]:
        """What is wrong with the body of a request that has succeeded, or None."""
        validator = operation.request_validator()
        if validator is None or not isinstance(body, (str, bytes)):
            return None
        found = explain(validator, trimmed(json.loads(body)))
        return None if found is None else f"the request was taken, but: {found}"

    def save_seen(self) -> None:
        """Leaves which operations have answered with which status in the folder that SEEN names, if it does."""
        if SEEN in os.environ:
            lines = sorted(f"{operation} {status}\n" for operation, status in self.seen)
            Path(os.environ[SEEN], f"{os.getpid()}.txt").write_text("".join(lines), encoding="ascii")

    def take_broken(self) -> list[str]:
        """What was found wrong since the last call."""
        with self.lock:
            found, self.broken = self.broken, []
            return found


@contextmanager
def watch(contract: Contract) -> Iterator[None]:
    """Holds every answer of `requests` and every event against the contract while the generator stands."""
    send = requests.Session.send

    def checked_send(self: requests.Session, request: requests.PreparedRequest, **named: Any) -> requests.Response:
        answer = send(self, request, **named)
        contract.note(answer, bool(named.get("stream")))
        return answer

    setattr(requests.Session, "send", checked_send)
    receiver.WATCHERS.append(contract.note_event)
    try:
        yield
    finally:
        receiver.WATCHERS.remove(contract.note_event)
        setattr(requests.Session, "send", send)


def load() -> Contract:
    """The contract of the repository."""
    return Contract(json.loads(DOCUMENT.read_text(encoding="utf-8")))
