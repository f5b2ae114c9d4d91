# SPDX-License-Identifier: Apache-2.0
"""The body of a verify call: each field's rule, its text, its edge, and the order of the checks."""

import json
import socket
from typing import Any, Optional

import pytest
import requests

from api_support import ALLOWED, Agent, error_of, send_raw
from harness import Server

NOT_JSON = (400, "Request body must be valid JSON.")
NOT_OBJECT = (400, "Request body must be a JSON object.")
EMPTY_VENDOR = (400, "resource must be a non-empty string.")
AMOUNT = (400, "amount must be a non-negative number.")
METADATA = (400, "metadata must be an object under 2KB.")
CONTEXT_TYPE = (400, "policyContext must be an object.")
CONTEXT_SIZE = (400, "policyContext must be an object under 16384 bytes.")
TOO_LARGE = (413, "Request body is too large.")


@pytest.fixture(scope="module")
def agent(demo: Server) -> Agent:
    """An agent that may do "act" at any vendor and "pay" up to 2^53."""
    made = Agent(demo, "Fields")
    made.grant("act")
    made.grant("pay", constraints={"maxAmount": 9007199254740992})
    return made


def body_of(agent: Agent, **fields: Any) -> dict[str, Any]:
    """A body that is allowed, but for the fields given."""
    return {"agentId": agent.agent_id, "action": "act", **fields}


def raw_body(agent: Agent, members: str, action: str = "act") -> bytes:
    """A body with further members, as JSON text."""
    return f'{{"agentId":"{agent.agent_id}","action":"{action}",{members}}}'.encode()


# ---- agentId and action ----


@pytest.mark.parametrize("value", [None, "", "  ", "\ufeff\u3000\u2029", 5, True, ["agent_x"], {}])
def test_agent_id_is_required(agent: Agent, value: Any) -> None:
    """An agentId that is missing, blank or no string is refused by name."""
    assert error_of(agent.post({"agentId": value, "action": "act"})) == (400, "agentId is required.")
    assert error_of(agent.post({"action": "act"})) == (400, "agentId is required.")


@pytest.mark.parametrize("value", [None, "", " \t\n", 5, False, ["act"], {}])
def test_action_is_required(agent: Agent, value: Any) -> None:
    """An action that is missing, blank or no string is refused by name."""
    assert error_of(agent.post(body_of(agent, action=value))) == (400, "action is required.")
    assert error_of(agent.post({"agentId": agent.agent_id})) == (400, "action is required.")


def test_texts_are_trimmed_as_javascript_trims(agent: Agent) -> None:
    """White space of JavaScript around agentId, action and vendor does not count; other characters do."""
    spaces = "\t\n\v\f\r \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
    body = {"agentId": f"{spaces}{agent.agent_id}{spaces}", "action": f"{spaces}act{spaces}", "vendor": f"{spaces}v"}
    assert agent.post(body).json()["reason"] == ALLOWED
    assert agent.rows()[0]["vendor"] == "v"
    for other in ("\u0085", "\u200b", "\u001f"):
        assert agent.decide("act" + other)["allowed"] is False


@pytest.mark.parametrize("text", ["a" * 80, "é" * 80, "\U0001f600" * 40])
def test_action_may_have_80_units(agent: Agent, text: str) -> None:
    """An action of 80 UTF-16 units is judged, one of 81 is refused."""
    assert agent.decide(text)["allowed"] is False
    expected = (400, "action must be 80 characters or fewer.")
    assert error_of(agent.verify(text + "a")) == expected
    assert error_of(agent.verify("  " + text + "a")) == expected
    assert agent.verify("  " + text + "  ").status_code == 200


# ---- vendor and resource ----


@pytest.mark.parametrize("value", ["", "   ", None, 5, [], {}, False])
@pytest.mark.parametrize("field", ["vendor", "resource"])
def test_vendor_must_not_be_empty(agent: Agent, field: str, value: Any) -> None:
    """A vendor or resource that is there must be a string that is not blank."""
    assert error_of(agent.post(body_of(agent, **{field: value}))) == EMPTY_VENDOR


@pytest.mark.careless
@pytest.mark.parametrize("value", ["", None, 7])
def test_vendor_hides_resource(agent: Agent, value: Any) -> None:
    """When vendor is there, even empty, resource is not looked at."""
    assert error_of(agent.post(body_of(agent, vendor=value, resource="good.com"))) == EMPTY_VENDOR
    assert agent.post(body_of(agent, vendor="good.com", resource=value)).status_code == 200
    assert agent.rows()[0]["vendor"] == "good.com"


def test_vendor_wins_over_resource(agent: Agent) -> None:
    """With both given the vendor is judged and recorded; alone, the resource is."""
    agent.decide("act", vendor="a.com", resource="b.com")
    assert agent.rows()[0]["vendor"] == "a.com"
    agent.decide("act", resource="b.com")
    assert agent.rows()[0]["vendor"] == "b.com"


@pytest.mark.parametrize("field", ["vendor", "resource"])
def test_vendor_may_have_200_units(agent: Agent, field: str) -> None:
    """A vendor of 200 UTF-16 units is judged, one of 201 is refused."""
    assert agent.post(body_of(agent, **{field: "\U0001f600" * 100})).status_code == 200
    status, text = error_of(agent.post(body_of(agent, **{field: "v" * 201})))
    assert (status, text) == (400, f"{field} must be 200 characters or fewer.")


# ---- amount ----


@pytest.mark.parametrize("text", ["-1", "-0.0001", '"5"', "null", "true", "[]", "{}", '""', "-1e300"])
def test_amount_must_be_a_number_from_zero(agent: Agent, text: str) -> None:
    """An amount below zero or of another type is refused."""
    assert error_of(send_raw(agent, raw_body(agent, f'"amount":{text}'))) == AMOUNT


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1" + "0" * 400])
def test_amount_that_overflows_is_refused(agent: Agent, text: str) -> None:
    """A number that no double can hold is an error, not infinity."""
    answer = send_raw(agent, raw_body(agent, f'"amount":{text}', "pay"))
    assert answer.status_code == 400
    assert answer.json()["error"] in (NOT_JSON[1], AMOUNT[1])


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "01", "+1", "0x10", ".5", "5.", "1e", "--1"])
def test_amount_must_be_json(agent: Agent, text: str) -> None:
    """What JavaScript might read as a number but JSON does not know is no JSON."""
    assert error_of(send_raw(agent, raw_body(agent, f'"amount":{text}', "pay"))) == NOT_JSON


@pytest.mark.parametrize(
    "text, allowed",
    [
        ("0", True),
        ("-0", True),
        ("-0.0", True),
        ("1e-400", True),
        ("9007199254740992", True),
        ("9007199254740993", True),
        ("9007199254740994", False),
        ("18446744073709551616", False),
        ("99999999999999999999999999", False),
        ("1.7976931348623157e308", False),
    ],
)
def test_amount_is_a_double(agent: Agent, text: str, allowed: bool) -> None:
    """Amounts compare as IEEE doubles: minus zero is zero, 2^53 + 1 equals 2^53, large ones do not wrap."""
    answer = send_raw(agent, raw_body(agent, f'"amount":{text}', "pay"))
    assert (answer.status_code, answer.json().get("allowed")) == (200, allowed)


@pytest.mark.parametrize("text, shown", [("-0.0", 0), ("0.1", 0.1), ("742.50", 742.5), ("1e21", 1e21)])
def test_amount_is_recorded_as_given(agent: Agent, text: str, shown: float) -> None:
    """The log shows the amount that was judged."""
    send_raw(agent, raw_body(agent, f'"amount":{text}', "pay"))
    amount = agent.rows()[0]["amount"]
    assert amount == shown and "-" not in json.dumps(amount)


# ---- metadata and policyContext ----


@pytest.mark.parametrize("value", [None, "x", 5, [], True, [{}]])
def test_metadata_must_be_an_object(agent: Agent, value: Any) -> None:
    """Metadata of another type is refused."""
    assert error_of(agent.post(body_of(agent, metadata=value))) == METADATA


@pytest.mark.parametrize("value", [None, "x", 5, [], True])
def test_policy_context_must_be_an_object(agent: Agent, value: Any) -> None:
    """A policyContext of another type is refused."""
    assert error_of(agent.post(body_of(agent, policyContext=value))) == CONTEXT_TYPE


@pytest.mark.parametrize("field, units, error", [("metadata", 2048, METADATA), ("policyContext", 16384, CONTEXT_SIZE)])
@pytest.mark.parametrize("char, units_each", [("x", 1), ("é", 1), ("€", 1), ("\U0001f600", 2), ("\n", 2), ('"', 2)])
def test_objects_are_measured_as_compact_json(
    agent: Agent, field: str, units: int, error: tuple[int, str], char: str, units_each: int
) -> None:
    """The limit counts UTF-16 units of the compact JSON text: at the limit fine, one more is refused."""
    count, rest = divmod(units - len('{"k":""}'), units_each)
    value = char * count + "x" * rest

    def send(text: str, indent: Optional[int] = None) -> requests.Response:
        value = json.dumps({"k": text}, ensure_ascii=False, indent=indent)
        return send_raw(agent, raw_body(agent, f'"{field}":{value}'))

    assert send(value).status_code == 200
    assert error_of(send(value + "x")) == error
    assert send(value, indent=200).status_code == 200


# ---- order ----


def test_first_mistake_is_answered(agent: Agent) -> None:
    """With every mistake at once the first in order is named; each repaired, the next one is."""
    body: dict[str, Any] = {
        "zzz": 1,
        "agentId": "",
        "action": "",
        "vendor": "",
        "amount": -1,
        "metadata": [],
        "policyContext": [],
    }
    repairs: list[tuple[str, Any, tuple[int, str]]] = [
        ("agentId", agent.agent_id, (400, "agentId is required.")),
        ("action", "act", (400, "action is required.")),
        ("vendor", "v.com", EMPTY_VENDOR),
        ("amount", 1, AMOUNT),
        ("metadata", {}, METADATA),
        ("policyContext", {}, CONTEXT_TYPE),
    ]
    assert error_of(agent.post(body)) == (400, "Unknown field: zzz.")
    del body["zzz"]
    for field, good, error in repairs:
        assert error_of(agent.post(body)) == error
        body[field] = good
    assert agent.post(body).json()["allowed"] is True


def test_fields_come_before_the_key(agent: Agent) -> None:
    """A body that is wrong is answered 400 without a key; only one that is right asks for it."""
    url = agent.server.base_url + "/api/verify"
    wrong = requests.post(url, json=body_of(agent, amount=-1), timeout=30)
    assert error_of(wrong) == AMOUNT
    right = requests.post(url, json=body_of(agent), timeout=30)
    assert error_of(right) == (401, "Missing or invalid API key.")


@pytest.mark.parametrize("key", ["zzz", "AgentId", "agent_id", "approvalId", "", "__proto__", "allowed", "ключ"])
def test_unknown_field_is_named(agent: Agent, key: str) -> None:
    """A key that verify does not know is refused by name, whatever it holds."""
    for value in (None, {"allowed": True}):
        assert error_of(agent.post(body_of(agent, **{key: value}))) == (400, f"Unknown field: {key}.")


def test_first_unknown_field_is_named(agent: Agent) -> None:
    """Of several unknown keys the first in the body is named."""
    for first, second in (("zzz", "aaa"), ("aaa", "zzz")):
        answer = send_raw(agent, f'{{"{first}":1,"action":"act","{second}":2}}'.encode())
        assert error_of(answer) == (400, f"Unknown field: {first}.")


# ---- the body as a whole ----


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/jso", "application/problem+json", "", "json"],
)
def test_other_content_types_are_refused(agent: Agent, content_type: str) -> None:
    """A Content-Type that does not say application/json is a 415."""
    answer = send_raw(agent, json.dumps(body_of(agent)).encode(), content_type)
    assert error_of(answer) == (415, "Content-Type must be application/json.")


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "Application/JSON", "application/json; charset=utf-8", "text/x;application/json"],
)
def test_json_content_types_are_accepted(agent: Agent, content_type: Optional[str]) -> None:
    """application/json anywhere in any case will do, and so will no Content-Type at all."""
    answer = send_raw(agent, json.dumps(body_of(agent)).encode(), content_type)
    assert (answer.status_code, answer.json().get("allowed")) == (200, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b"{}{}",
        b"{'agentId':1}",
        b'{"agentId":}',
        b'{"agentId":"x",}',
        b"{agentId:1}",
        b"// no\n{}",
        b"undefined",
        b"\x00{}",
        b"{}\x00",
        b"<xml/>",
    ],
)
def test_body_must_be_json(agent: Agent, body: bytes) -> None:
    """What is not one JSON text, nothing at all included, is refused as such."""
    assert error_of(send_raw(agent, body)) == NOT_JSON


@pytest.mark.parametrize("body", [b"[]", b"null", b"true", b"5", b'"text"', b"[{}]", b" [] "])
def test_body_must_be_an_object(agent: Agent, body: bytes) -> None:
    """JSON that is no object is refused as such."""
    assert error_of(send_raw(agent, body)) == NOT_OBJECT


@pytest.mark.hostile
@pytest.mark.parametrize(
    "text",
    [
        b"\\u0000",
        b"a\\u0000b",
        b"\\ud800",
        b"\\udc00",
        b"\\ud800x",
        b"\\udc00\\ud800",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\x01",
        b"\n",
        b"\\x41",
        b"\\u12g4",
    ],
)
def test_strings_must_be_unicode_text(agent: Agent, text: bytes) -> None:
    """NUL, half surrogates, broken UTF-8, raw control characters and unknown escapes are no JSON anywhere."""
    start = raw_body(agent, '"vendor":"')[:-1]
    assert error_of(send_raw(agent, start + text + b'"}')) == NOT_JSON
    deep = raw_body(agent, '"metadata":{"k":["')[:-1]
    assert error_of(send_raw(agent, deep + text + b'"]}}')) == NOT_JSON
    key = raw_body(agent, '"metadata":{"')[:-1]
    assert error_of(send_raw(agent, key + text + b'":1}}')) == NOT_JSON


def test_surrogate_pairs_are_one_character(agent: Agent) -> None:
    """An escaped surrogate pair is the character that it stands for."""
    send_raw(agent, raw_body(agent, '"vendor":"\\ud83d\\ude00"'))
    assert agent.rows()[0]["vendor"] == "\U0001f600"


def test_last_duplicate_key_counts(agent: Agent) -> None:
    """Of a key given twice the last value is judged and recorded."""
    first_bad = b'{"agentId":"x","agentId":"%s","action":5,"action":"pay","amount":"no","amount":3}'
    answer = send_raw(agent, first_bad % agent.agent_id.encode())
    assert (answer.status_code, answer.json().get("allowed")) == (200, True)
    assert agent.rows()[0]["amount"] == 3
    last_bad = b'{"agentId":"%s","action":"pay","amount":3,"amount":1e300}'
    assert send_raw(agent, last_bad % agent.agent_id.encode()).json()["allowed"] is False


@pytest.mark.hostile
@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}"), (b"[", b""), (b'[{"a":', b"")])
def test_depth_bomb_is_refused(agent: Agent, opening: bytes, closing: bytes) -> None:
    """Brackets nested as deep as a body can hold are refused, wherever they are, and the server lives on."""
    count = 60000 // (len(opening) + len(closing))
    bomb = opening * count + b"1" + closing * count
    assert error_of(send_raw(agent, bomb)) == NOT_JSON
    start = raw_body(agent, '"metadata":{"k":')[:-1]
    assert error_of(send_raw(agent, start + bomb + b"}}")) == NOT_JSON
    assert agent.decide("act")["allowed"] is True


def test_brackets_in_strings_do_not_nest(agent: Agent) -> None:
    """Brackets within a string are text."""
    assert agent.post(body_of(agent, metadata={"k": '[{"' * 300, "quote": '\\"[[' * 50})).status_code == 200


def test_body_may_have_65536_bytes(agent: Agent) -> None:
    """A body of 65,536 bytes is read, one of 65,537 is a 413, with a length and without."""
    body = json.dumps(body_of(agent)).encode()
    full = body + b" " * (65536 - len(body))
    assert send_raw(agent, full).status_code == 200
    assert error_of(send_raw(agent, full + b" ")) == TOO_LARGE

    def chunked(data: bytes) -> requests.Response:
        headers = {**agent.headers(), "Content-Type": "application/json"}
        chunks = iter([data[:40000], data[40000:]])
        return requests.post(agent.server.base_url + "/api/verify", data=chunks, headers=headers, timeout=30)

    assert chunked(full).status_code == 200
    assert error_of(chunked(full + b" ")) == TOO_LARGE


@pytest.mark.hostile
def test_announced_length_is_refused_before_the_body(demo: Server) -> None:
    """A Content-Length above the limit is answered 413 without waiting for the bytes."""
    for length in ("65537", "999999999999", "9" * 40):
        with socket.create_connection((demo.host, demo.port), timeout=10) as connection:
            head = f"POST /api/verify HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(65536).startswith(b"HTTP/1.1 413 "), length


# ---- shadow and mode ----


@pytest.mark.parametrize("fields", [{"shadow": True}, {"mode": "shadow"}, {"shadow": False, "mode": "shadow"}])
def test_shadow_values(agent: Agent, fields: dict[str, Any]) -> None:
    """shadow true, or mode "shadow", asks for a shadow decision."""
    assert agent.decide("nothing", **fields)["shadow"] is True


@pytest.mark.parametrize(
    "fields",
    [
        {"shadow": "true"},
        {"shadow": 1},
        {"shadow": None},
        {"shadow": {}},
        {"mode": "SHADOW"},
        {"mode": " shadow "},
        {"mode": "enforce"},
        {"mode": True},
        {"mode": ["shadow"]},
    ],
)
def test_other_shadow_values_enforce(agent: Agent, fields: dict[str, Any]) -> None:
    """Every other value of shadow and mode is no error and means enforcement."""
    decision = agent.decide("nothing", **fields)
    assert decision["allowed"] is False and "shadow" not in decision
