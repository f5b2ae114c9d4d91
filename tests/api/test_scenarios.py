# SPDX-License-Identifier: Apache-2.0
"""The demonstration: six calls that anybody can make, decided by the core over a policy that is built in."""

import json
import re
from typing import Any, Callable

import pytest
import requests

from api_support import ALLOWED, NEEDS_APPROVAL, NO_PERMISSION, Agent, error_of, sql
from harness import ROOT, Server

StartServer = Callable[..., Server]

FILE = json.loads((ROOT / "src" / "core" / "templates.json").read_text())
IDS = [row["id"] for row in FILE["scenarios"]]
BLOCKED = "Action is blocked by this permission."
REASONS = {
    "deploy-approval": (NEEDS_APPROVAL, "deploy_production"),
    "migration-denied": (NO_PERMISSION, None),
    "github-read-allowed": (ALLOWED, "github_issue_read"),
    "push-main-denied": (BLOCKED, "github_issue_read"),
    "secret-write-denied": (BLOCKED, "github_issue_read"),
    "dependency-approval": (NEEDS_APPROVAL, "update_dependencies"),
}


def play(server: Server, scenario_id: Any) -> requests.Response:
    """POST /api/demo/verify, as a stranger."""
    return server.call("POST", "/api/demo/verify", {"scenarioId": scenario_id})


def test_the_list_has_all_six_with_what_they_ask(demo: Server) -> None:
    """Anybody sees the six scenarios with label, action, vendor and description, and may keep the list."""
    answer = server_get(demo, "/api/demo/scenarios")
    members = {
        "scenarioId": "id",
        "label": "label",
        "action": "action",
        "vendor": "resource",
        "description": "description",
    }
    wanted = [{name: row[source] for name, source in members.items()} for row in FILE["scenarios"]]
    assert answer.json() == {"scenarios": wanted} and len(wanted) == 6
    assert all(row["description"] and row["label"] for row in wanted)
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def server_get(server: Server, path: str) -> requests.Response:
    """A GET of a stranger that must succeed."""
    answer = server.call("GET", path)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("row", FILE["scenarios"], ids=IDS)
def test_each_scenario_is_decided_as_verify_decides(demo: Server, row: dict[str, Any]) -> None:
    """The answer of a scenario is what an agent with the same permissions hears from verify, and says what was asked,
    and which permission decided."""
    agent = Agent(demo, "Played")
    for permission in FILE["scenarioPermissions"]:
        agent.grant(**permission)
    real = agent.decide(row["action"], vendor=row["resource"])
    answer = play(demo, row["id"])
    assert answer.status_code == 200, answer.text
    got = answer.json()
    for name in ("allowed", "approvalRequired", "reason", "risk"):
        assert got[name] == real[name], name
    assert (got["scenarioId"], got["demo"]) == (row["id"], True)
    assert re.fullmatch(r"req_[A-Za-z0-9_-]{16,}", got["requestId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", got["timestamp"])
    assert got["request"] == {"action": row["action"], "vendor": row["resource"]}
    assert got["scenario"] == {**got["request"], "label": row["label"], "description": row["description"]}
    reason, action = REASONS[row["id"]]
    assert got["reason"] == reason
    assert (got["permission"] or {}).get("action") == action
    if got["permission"] is not None:
        (source,) = [p for p in FILE["scenarioPermissions"] if p["action"] == action]
        assert {**source, "permissionId": got["permission"]["permissionId"]} == got["permission"]


def test_a_scenario_leaves_nothing_behind(server: Server) -> None:
    """No row in the log, no approval, no event, whatever is played."""
    for scenario_id in IDS:
        assert play(server, scenario_id).status_code == 200
    for table in ("audit", "approval", "event"):
        assert sql(server, f"SELECT count(*) FROM {table}") == [(0,)], table


@pytest.mark.parametrize("value", [None, "", "  ", 7, [], {}], ids=repr)
def test_without_an_id_it_says_what_is_missing(demo: Server, value: Any) -> None:
    """A scenarioId that is no text is required."""
    assert error_of(play(demo, value)) == (400, "scenarioId is required.")
    assert error_of(demo.call("POST", "/api/demo/verify", {})) == (400, "scenarioId is required.")


def test_an_unknown_id_is_named(demo: Server) -> None:
    """What is no scenario is named in the error, and other fields are refused."""
    for scenario_id in ("deploy", "deploy-approval-2", "DEPLOY-APPROVAL", "<b>"):
        assert error_of(play(demo, scenario_id)) == (400, f'Unknown scenarioId: "{scenario_id}".')
    body = {"scenarioId": IDS[0], "action": "act"}
    assert error_of(demo.call("POST", "/api/demo/verify", body)) == (400, "Unknown field: action.")


def test_the_demonstration_has_a_limit_of_its_own(start_server: StartServer) -> None:
    """Twenty calls a minute of one address are answered and the next is refused, while other routes and other
    addresses go on."""
    server = start_server("--trust-proxy-xff", rate_limit=1000)

    def ask(address: str) -> requests.Response:
        body = {"scenarioId": IDS[0]}
        return server.call("POST", "/api/demo/verify", body, {"X-Real-IP": address})

    answers = [ask("192.0.2.1") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert (answers[0].headers["RateLimit-Limit"], answers[0].headers["RateLimit-Remaining"]) == ("20", "19")
    assert error_of(answers[20]) == (429, "Rate limit exceeded.")
    assert 1 <= int(answers[20].headers["Retry-After"]) <= 60
    assert ask("192.0.2.2").status_code == 200
    assert server.call("GET", "/api/demo/scenarios", headers={"X-Real-IP": "192.0.2.1"}).status_code == 200


def test_without_a_rate_limit_there_is_none_here(demo: Server) -> None:
    """A server that limits no requests does not limit these."""
    answers = [play(demo, IDS[0]) for _ in range(25)]
    assert all(answer.status_code == 200 and "RateLimit-Limit" not in answer.headers for answer in answers)
