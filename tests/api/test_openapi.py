# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.json against the server's own tables. Real answers are held against it by tests/openapi_contract.py."""

import gzip
import json
import re
from typing import Any, Iterator, NamedTuple, Optional

import requests
from jsonschema import Draft202012Validator

from harness import ROOT, Server
from openapi_contract import METHODS, Contract, Event, Operation, closed, explain, load, resolve, without_notes
from receiver import Received
from route_table import EXPECTED, read_table

CONTRACT = load()
DOCUMENT = CONTRACT.document
ROLES = ["viewer", "approver", "admin", "owner"]
# What the document says of each kind of credential: one of these will do.
CREDENTIALS = {
    "NONE": [],
    "AGENT": ["agentKey"],
    "PASSPORT": ["agentKey", "passportToken"],
    "SITE": ["siteKey"],
    "PERSON": ["developerToken", "session"],
    "SESSION": ["session"],
    "GRANTOR": ["agentKey", "developerToken", "session"],
    "CREATOR": ["developerToken", "session", "setupToken"],
    "OPERATOR": ["operatorSession"],
    "OPERATOR, too": ["operatorSession", "setupToken"],
    "OPERATOR, alone": ["setupToken"],
    "METRICS": ["metricsToken"],
}
# What a route takes besides, or instead, of what its kind says.
EXCEPTIONS = {
    "POST /api/site-guard/check": ["developerToken", "siteKey"],
    "POST /api/auth/accept-invite": ["", "session"],
}
PERSONS = ("PERSON", "SESSION", "GRANTOR", "CREATOR", "OPERATOR")
# Rows without BH_ROUTE_BODY that read a body all the same: it is not application/json.
OWN_BODIES = {"POST /api/csp-report"}


def name_of(operation: Operation) -> str:
    """As the keys of the table of routes."""
    return re.sub(r"\{[^}]*\}", "{}", operation.name)


BY_NAME = {name_of(operation): operation for operation in CONTRACT.operations}


def wrong(check: Any) -> list[str]:
    """What check(row, operation) says of all rows that have an operation, where it says anything."""
    found = ((row, check(row, BY_NAME[row.name])) for row in read_table() if row.name in BY_NAME)
    return [f"{row.name}: {text}" for row, text in found if text]


# ---- the table of routes ----


def test_operations_are_the_routes() -> None:
    """Each row of the server's table is an operation of the document, and each operation is such a row."""
    assert sorted(BY_NAME) == sorted(row.name for row in read_table())


def test_credentials_are_those_of_the_routes() -> None:
    """Each operation names the credentials that its route takes."""

    def check(row: Any, operation: Operation) -> str:
        kind = row.kind + (f", {EXPECTED[row.name].setup}" if EXPECTED[row.name].setup else "")
        wanted = EXCEPTIONS.get(row.name, CREDENTIALS[kind])
        said = sorted(" and ".join(sorted(way)) for way in operation.value["security"])
        return "" if said == wanted else f"{said}, not {wanted}"

    assert wrong(check) == []


def test_roles_are_those_of_the_routes() -> None:
    """Where a route asks for a role, the operation names that one and those above; elsewhere none."""

    def check(row: Any, operation: Operation) -> str:
        least = EXPECTED[row.name].least
        wanted = ROLES[ROLES.index(least) :] if least else None
        said = operation.value.get("x-behalfid-roles")
        return "" if said == wanted else f"{said}, not {wanted}"

    assert wrong(check) == []


def test_bodies_are_those_of_the_routes() -> None:
    """Just the routes that take a body have one in the document, and it is a JSON object that is shown."""

    def check(row: Any, operation: Operation) -> str:
        takes = "BH_ROUTE_BODY" in row.flags or row.name in OWN_BODIES
        if takes != ("requestBody" in operation.value):
            return "a body" if takes else "no body"
        return ""

    assert wrong(check) == []
    for operation in CONTRACT.operations:
        content = operation.value.get("requestBody", {}).get("content", {}).get("application/json")
        assert content is None or "example" in content or "examples" in content, operation.name


def test_paths_name_their_parameters() -> None:
    """Each "{name}" of a path is a parameter of its operations, which have no others in the path."""
    for operation in CONTRACT.operations:
        said = [resolve(DOCUMENT, one) for one in operation.value.get("parameters", [])]
        in_path = sorted(one["name"] for one in said if one["in"] == "path" and one["required"])
        assert in_path == sorted(re.findall(r"\{(\w+)\}", operation.name)), operation.name


# ---- completeness ----


def errors_of(row: Any) -> set[str]:
    """The errors that every route of this kind can answer with."""
    found = set() if row.kind == "NONE" else {"401"}
    if row.kind in PERSONS and EXPECTED[row.name].setup != "alone":
        found.add("403")
    if EXPECTED[row.name].origin:
        found.add("403")
    if "BH_ROUTE_BODY" in row.flags:
        found |= {"400", "413", "415"}
    if "BH_ROUTE_UNLIMITED" not in row.flags:
        found.add("429")
    if "BH_ROUTE_POOL" in row.flags:
        found.add("503")
    return found | {"default"}


def test_operations_name_their_errors() -> None:
    """Each operation has the errors that come of its credential, its body, its limit and the database."""

    def check(row: Any, operation: Operation) -> str:
        missing = errors_of(row) - set(operation.value["responses"])
        return f"without {sorted(missing)}" if missing else ""

    assert wrong(check) == []


def test_operations_are_described() -> None:
    """Each operation has a summary, an id of its own, one tag of the document, and a success with an example."""
    tags = [tag["name"] for tag in DOCUMENT["tags"]]
    ids = [operation.operation_id for operation in CONTRACT.operations]
    assert len(ids) == len(set(ids))
    for operation in CONTRACT.operations:
        value = operation.value
        assert value["summary"] and len(value["tags"]) == 1 and value["tags"][0] in tags, operation.name
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation.operation_id), operation.name
        good = [status for status in value["responses"] if status.startswith("2")]
        assert good, operation.name
        for status in good:
            content = resolve(DOCUMENT, value["responses"][status]).get("content", {})
            assert not content or any("example" in one or "examples" in one for one in content.values()), operation.name


# ---- examples ----


class Example(NamedTuple):
    """An example, and where it stands."""

    where: str
    status: str  # of an answer, else empty
    schema: Any
    value: Any


def shown(where: str, status: str, holder: Any) -> Iterator[Example]:
    """The examples of a content or a parameter."""
    if "example" in holder:
        yield Example(where, status, holder["schema"], holder["example"])
    for name, one in holder.get("examples", {}).items():
        yield Example(f"{where} ({name})", status, holder["schema"], one["value"])


def find_examples() -> Iterator[Example]:
    """All examples of all operations and events."""
    described: list[Operation | Event] = [*CONTRACT.operations, *CONTRACT.events.values()]
    for operation in described:
        value = resolve(DOCUMENT, operation.value)
        for parameter in value.get("parameters", []):
            yield from shown(f"{operation.name}, {parameter['name']}", "", parameter)
        for content in value.get("requestBody", {}).get("content", {}).values():
            yield from shown(f"{operation.name}, request", "", content)
        for status, answer in value["responses"].items():
            for content in answer.get("content", {}).values():
                yield from shown(f"{operation.name}, {status}", status, content)


EXAMPLES = list(find_examples())


def test_examples_are_what_their_schemas_say() -> None:
    """Each example has the members that its schema names, no others, and values that the schema allows."""
    assert len(EXAMPLES) > 4 * len(CONTRACT.operations)
    for example in EXAMPLES:
        schema = closed(without_notes(example.schema))
        Draft202012Validator.check_schema(schema)
        assert explain(Draft202012Validator(schema), example.value) is None, example.where


def find_decisions(value: Any) -> Iterator[Any]:
    """Whatever in the value says whether something is allowed, and how great the risk is."""
    if isinstance(value, list):
        for item in value:
            yield from find_decisions(item)
    if isinstance(value, dict):
        if isinstance(value.get("allowed"), bool) and "risk" in value and value.get("shadow") is not True:
            yield value
        for item in value.values():
            yield from find_decisions(item)


def test_decisions_that_are_shown_are_possible() -> None:
    """The risk follows from the decision: an allow has a low one, what a person must approve a medium one, a denial a
    high one."""
    found = [(one.where, decision) for one in EXAMPLES for decision in find_decisions(one.value)]
    assert len(found) > 15
    for where, decision in found:
        asks = decision.get("approvalRequired") is True
        wanted = "low" if decision["allowed"] else "medium" if asks else "high"
        assert decision["risk"] == wanted, where


def read_errors() -> list[tuple[str, str, str, str]]:
    """Status, code, text and hint of src/lib/err_table.h."""
    table = (ROOT / "src" / "lib" / "err_table.h").read_text(encoding="utf-8")
    text = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
    rows = re.findall(rf"BH_ERR\(\s*\w+,\s*(\d+),\s*{text},\s*{text},\s*{text}\)", table)
    assert len(rows) == len(re.findall(r"^BH_ERR\(", table, re.MULTILINE))

    def joined(pieces: str) -> str:
        return "".join(json.loads(piece) for piece in re.findall(r'"(?:[^"\\]|\\.)*"', pieces))

    return [(status, joined(code), joined(words), joined(hint)) for status, code, words, hint in rows]


def test_errors_that_are_shown_are_real() -> None:
    """Text, code and hint of each error that an example shows are those of an error that the server has."""
    known = read_errors()
    shown_errors = [one for one in EXAMPLES if isinstance(one.value, dict) and "error" in one.value]
    assert len(shown_errors) > 2 * len(CONTRACT.operations)
    for example in shown_errors:
        if example.value.get("allowed") is True:
            continue  # an action that was allowed and failed: it has a text alone
        said = [example.value.get(key, "") for key in ("error", "code", "hint")]
        fits = [
            row
            for row in known
            if re.fullmatch(re.escape(row[2]).replace("%s", ".*"), said[0]) and list(row[1:])[::2] == said[1:]
        ]
        assert fits, f"{example.where}: {said}"


def test_codes_are_those_of_the_server() -> None:
    """The codes of errors in the document are all that the server has."""
    assert DOCUMENT["components"]["schemas"]["Error"]["properties"]["code"]["enum"] == sorted(
        {code for _, code, _, _ in read_errors() if code}
    )


# ---- events ----


def test_events_are_those_of_the_server() -> None:
    """The document has just the types of the server's table, which endpoints can ask for, and the test besides."""
    table = (ROOT / "src" / "core" / "event_table.h").read_text(encoding="utf-8")
    types = re.findall(r'^BH_EVENT\(\w+, \d+, "([^"]+)"\)$', table, re.MULTILINE)
    assert len(types) == len(re.findall(r"^BH_EVENT\(", table, re.MULTILINE))
    assert DOCUMENT["components"]["schemas"]["EventType"]["enum"] == types
    assert list(DOCUMENT["webhooks"]) == [*types, "webhook.test"]


def test_events_are_described() -> None:
    """Each event is a signed POST with a summary, an id and a schema of its own, an example, and what to answer."""
    ids = {operation.operation_id for operation in CONTRACT.operations}
    schemas = set()
    for name, event in CONTRACT.events.items():
        (method,) = DOCUMENT["webhooks"][name]
        assert method == "post" and event.value["summary"] and event.value["tags"] == ["Webhooks"], name
        assert event.value["security"] == [] and set(event.value["responses"]) == {"2XX", "default"}, name
        content = DOCUMENT["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
        assert content["example"]["type"] == name == event.schema["properties"]["type"]["const"], name
        ids.add(event.value["operationId"])
        schemas.add(content["schema"]["$ref"])
    assert len(ids) == len(CONTRACT.operations) + len(CONTRACT.events) and len(schemas) == len(CONTRACT.events)


# ---- the document itself ----


def test_version_is_that_of_the_build() -> None:
    """The document has the version of meson.build."""
    (version,) = re.findall(r"^  version: '([^']+)'", (ROOT / "meson.build").read_text(encoding="utf-8"), re.MULTILINE)
    assert DOCUMENT["info"]["version"] == version


def test_it_is_served_to_anybody(demo: Server) -> None:
    """GET /openapi.json is the file of the repository, without a credential, and may be kept for 5 minutes."""
    answer = demo.call("GET", "/openapi.json")
    assert (answer.status_code, answer.json()) == (200, DOCUMENT)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_it_is_compressed_and_not_sent_twice(demo: Server) -> None:
    """Whoever takes gzip gets a tenth of the bytes, whoever has the document gets none; each encoding has its ETag."""
    url = demo.base_url + "/openapi.json"
    plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=30)
    packed = requests.get(url, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=30)
    raw = packed.raw.read()
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content and len(raw) < len(plain.content) / 5
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for encoding, first in (("identity", plain), ("gzip", packed)):
        headers = {"Accept-Encoding": encoding, "If-None-Match": first.headers["ETag"]}
        again = requests.get(url, headers=headers, timeout=30)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == "public, max-age=300"
        headers["If-None-Match"] = '"another"'
        assert requests.get(url, headers=headers, timeout=30).json() == DOCUMENT


# ---- the check of real answers ----


def answered(method: str, path: str, status: int, value: Any, sent: Any = None) -> list[str]:
    """What the check says of such an answer."""
    contract = Contract(DOCUMENT)
    answer = requests.Response()
    answer.request = requests.Request(method, "http://127.0.0.1" + path, json=sent).prepare()
    answer.status_code = status
    answer.headers["Content-Type"] = "application/json; charset=utf-8"
    answer.headers["X-Permitted-Cross-Domain-Policies"] = "none"
    answer._content = json.dumps(value).encode()
    contract.note(answer, False)
    return contract.take_broken()


VERIFIED = {"requestId": "req_x", "allowed": True, "approvalRequired": False, "reason": "Yes.", "risk": "low"}
ASKED = {"agentId": "agent_x", "action": "act"}


def test_answers_as_the_document_has_them_pass() -> None:
    """The check has nothing to say of an answer that is as the document has it, nor of a route that it does not have."""
    assert answered("POST", "/api/verify", 200, VERIFIED, ASKED) == []
    assert answered("POST", "/api/verify", 400, {"error": "No."}, {"no": "field"}) == []
    assert answered("GET", "/api/nothing", 404, {"any": "thing"}) == []
    assert answered("PUT", "/api/verify", 405, {"any": "thing"}) == []


def test_answers_that_the_document_does_not_have_fail() -> None:
    """The check names operation, status, place and rule of a surplus or missing member, a wrong value, an unknown
    status, and of a request that was taken though the document does not offer it."""
    surplus = answered("POST", "/api/verify", 200, {**VERIFIED, "more": 1}, ASKED)
    missing = answered("POST", "/api/verify", 200, {key: VERIFIED[key] for key in VERIFIED if key != "risk"}, ASKED)
    value = answered("POST", "/api/verify", 200, {**VERIFIED, "risk": "none"}, ASKED)
    status = answered("POST", "/api/verify", 418, {"error": "Tea."}, ASKED)
    request = answered("POST", "/api/verify", 200, VERIFIED, {**ASKED, "amount": -1})
    within: dict[str, Any] = {"agent": {}, "permissions": []}
    inner = answered("GET", "/api/agents/agent_x", 200, within)
    for found, words in (
        (surplus, ["POST /api/verify, 200: $: ", "'more'", '"additionalProperties": false']),
        (missing, ["$: ", "'risk'", '"required"']),
        (value, ["$.risk: ", "'none'", '"enum"']),
        (status, ["POST /api/verify, 418", "no such status"]),
        (request, ["the request was taken", "$.amount: ", '"minimum": 0']),
        (inner, ["GET /api/agents/{agentId}, 200: $.agent: ", '"required"']),
    ):
        assert len(found) == 1 and all(word in found[0] for word in words), found


def test_the_more_literal_path_is_found() -> None:
    """Of two paths that fit a request, the check takes the one that names more of it, as the server does."""
    for method in METHODS:
        for operation in CONTRACT.operations:
            if operation.name.startswith(method.upper()):
                path = operation.name.split(" ")[1].replace("{", "").replace("}", "")
                assert CONTRACT.find(method.upper(), path) is operation


# ---- the check of real events ----


def sent(body: Any, **headers: Optional[str]) -> list[str]:
    """What the check says of such an event; a header that is None is left out."""
    contract = Contract(DOCUMENT)
    shown_headers: dict[str, Optional[str]] = {
        name: str(one["example"]) for name, one in contract.events["agent.enabled"].parameters.items()
    }
    shown_headers["content-type"] = "application/json"
    shown_headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    kept = {name: value for name, value in shown_headers.items() if value is not None}
    contract.note_event(Received("/hook", kept, json.dumps(body).encode(), 0.0))
    return contract.take_broken()


TOLD = DOCUMENT["webhooks"]["agent.enabled"]["post"]["requestBody"]["content"]["application/json"]["example"]


def test_events_as_the_document_has_them_pass() -> None:
    """The check has nothing to say of an event as the document has it, nor of what the server has not sent."""
    assert sent(TOLD) == []
    assert sent(TOLD, behalfid_signature_previous=None, x_behalfid_signature_previous=None, accept="*/*") == []
    assert sent({"any": "thing"}, user_agent="curl/8") == []


def test_events_that_the_document_does_not_have_fail() -> None:
    """The check names type, place and rule of a surplus or missing member or header, and of a wrong value."""
    for found, words in (
        (sent({**TOLD, "more": 1}), ["event agent.enabled: $: ", "'more'", '"additionalProperties": false']),
        (sent({**TOLD, "data": {}}), ["$.data: ", "'agentId'", '"required"']),
        (sent({**TOLD, "data": {"agentId": 1}}), ["$.data.agentId: ", '"type": "string"']),
        (sent({**TOLD, "data": {**TOLD["data"], "name": "x"}}), ["$.data: ", "'name'"]),
        (sent({**TOLD, "type": "agent.exploded"}), ["no event of type 'agent.exploded'"]),
        (sent([TOLD]), ["no event of type None"]),
        (sent(TOLD, webhook_signature=None), ["without the header webhook-signature"]),
        (sent(TOLD, behalfid_signature="v1=0"), ["behalfid-signature: ", '"pattern"']),
        (sent(TOLD, webhook_timestamp="now"), ["webhook-timestamp: ", '"type": "integer"']),
        (sent(TOLD, webhook_secret="x"), ["no header webhook-secret"]),
        (sent(TOLD, content_type="text/plain"), ["application/json"]),
    ):
        assert len(found) == 1 and all(word in found[0] for word in words), found
