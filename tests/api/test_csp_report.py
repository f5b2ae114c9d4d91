# SPDX-License-Identifier: Apache-2.0
"""Reports of broken content security policies: anybody can send them, and nobody can fill or forge the log with them."""

import json
from typing import Any, Optional

import pytest
import requests

from api_support import error_of
from harness import Server

OLD = "application/csp-report"
NEW = "application/reports+json"
LINE = "a browser reports a broken content security policy"


def send(server: Server, body: Any, content_type: Optional[str] = OLD) -> requests.Response:
    """POST of a report, as a browser sends it."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if content_type is None else {"Content-Type": content_type}
    return requests.post(server.base_url + "/api/csp-report", data=data, headers=headers, timeout=30)


def old(directive: str, blocked: str, page: str) -> Any:
    """The report of the older kind."""
    return {"csp-report": {"violated-directive": directive, "blocked-uri": blocked, "document-uri": page}}


def lines(server: Server) -> list[dict[str, Any]]:
    """What the log has of reports."""
    found = [json.loads(line) for line in server.log().splitlines() if LINE in line]
    return [{name: line[name] for name in ("level", "directive", "blocked", "page")} for line in found]


def test_both_kinds_of_reports_are_one_line_each(server: Server) -> None:
    """What browsers send, in the older and in the newer form, is taken without an answer's body and logged."""
    answer = send(server, old("script-src", "https://evil.example/x.js", "https://here.example/agents"))
    assert (answer.status_code, answer.content) == (204, b"")
    body = {"effectiveDirective": "img-src", "blockedURL": "data", "documentURL": "https://here.example/"}
    reports = [{"type": "csp-violation", "age": 1, "url": "https://here.example/", "body": body}] * 3
    assert send(server, reports, NEW + "; charset=utf-8").status_code == 204
    first = {"directive": "script-src", "blocked": "https://evil.example/x.js", "page": "https://here.example/agents"}
    second = {"directive": "img-src", "blocked": "data", "page": "https://here.example/"}
    assert lines(server) == [{"level": "warn", **first}, {"level": "warn", **second}]


def test_no_secret_and_no_forged_line_gets_into_the_log(server: Server) -> None:
    """Queries and fragments are left out, keys are redacted, what a terminal would obey is replaced, and long texts
    are cut."""
    key = "bhf_sk_" + "k" * 43
    page = "https://here.example/passport/agent_1#token=bhf_pt_" + "p" * 43
    send(server, old(f"img-src {key}\n\x1b[31mERROR", "https://evil.example/?session=abc", page))
    send(server, old("x" * 500, "\u202ebackwards", ""))
    (first, second) = lines(server)
    assert first["directive"] == "img-src bhf_sk_[redacted]??[31mERROR"
    assert (first["blocked"], first["page"]) == ("https://evil.example/", "https://here.example/passport/agent_1")
    assert second["directive"] == "x" * 200 and second["blocked"] == "???backwards"
    assert key not in server.log() and "p" * 43 not in server.log() and "abc" not in server.log()


def test_ten_lines_a_minute_are_the_most(server: Server) -> None:
    """However many reports come, all are taken, and no more than ten are logged."""
    for _ in range(30):
        assert send(server, old("img-src", "data", "")).status_code == 204
    assert len(lines(server)) == 10


def test_eight_kilobytes_are_the_most(demo: Server) -> None:
    """A report of 8,192 bytes is taken; one byte more is refused."""
    empty = json.dumps({"pad": ""}).encode()
    whole = json.dumps({"pad": "x" * (8192 - len(empty))}).encode()
    assert len(whole) == 8192
    assert send(demo, whole).status_code == 204
    assert error_of(send(demo, whole + b" ")) == (413, "Request body is too large.")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/csp-report-x", "multipart/form-data"])
def test_other_kinds_of_bodies_are_refused(demo: Server, kind: str) -> None:
    """What no browser sends as a report is no report; without a type it may be one."""
    wanted = "Content-Type must be application/csp-report or application/reports+json."
    assert error_of(send(demo, {}, kind)) == (415, wanted)
    assert send(demo, {}, None).status_code == 204


@pytest.mark.parametrize("body", [b"", b"{", b"nothing", b"\xff"])
def test_what_is_no_json_is_refused(demo: Server, body: bytes) -> None:
    """A report must be JSON."""
    assert error_of(send(demo, body)) == (400, "Request body must be valid JSON.")


@pytest.mark.parametrize("body", [[], {}, 7, None, [7], [{"body": 7}], {"csp-report": []}, [[]]], ids=repr)
def test_json_without_a_report_is_not_logged(server: Server, body: Any) -> None:
    """What has no report in it is taken and forgotten."""
    assert send(server, body, NEW).status_code == 204
    assert lines(server) == []
