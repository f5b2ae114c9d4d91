# SPDX-License-Identifier: Apache-2.0
"""POST /api/actions/execute up to the point where a page would be fetched, and what stays on record of it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import requests

from api_support import ALLOWED, ALLOWED_BY_GRANT, NEEDS_APPROVAL, NO_PERMISSION, Agent, error_of, other_account, sql
from approval_support import approve, listed, show
from event_stream import EventStream
from execute_support import EXECUTE, NOT_REACHED, PAGE, UNSUPPORTED, Reader, refusing
from harness import Server
from people_support import Person
from webhook_calls import wait_until

StartServer = Callable[..., Server]
FAILED_CLOSED = "Verification failed closed."


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that refuses the network in which the tests' pages are."""
    with refusing(tmp_path_factory.mktemp("web") / "data") as server:
        yield server


@pytest.fixture()
def start_refusing(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers of one test alone."""
    started: list[Server] = []

    def start(*options: str, **named: Any) -> Server:
        started.append(refusing(tmp_path / "data", *options, **named))
        return started[-1].start()

    yield start
    for server in started:
        server.close()


@pytest.fixture()
def owner(web: Server) -> Person:
    """An owner of its first account."""
    return Person(web)


def count_of(server: Server, table: str) -> int:
    """Rows of a table."""
    ((count,),) = sql(server, f"SELECT count(*) FROM {table}")
    return int(count)


def denial(answer: requests.Response) -> dict[str, Any]:
    """The answer to an action that was not allowed, without its request id."""
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body.pop("requestId").startswith("req_")
    return body


# ---- the body ----


def test_the_first_wrong_field_is_the_answer(web: Server) -> None:
    """Each field has its error, and of several the first in the order of the checks is told."""
    agent = Reader(web)
    body = agent.body()
    agent_id, action = {"agentId": agent.agent_id}, {"action": "browse_web"}
    cases: list[tuple[Any, str]] = [
        ([], "Request body must be a JSON object."),
        ({"zzz": 1, "agentId": ""}, "Unknown field: zzz."),
        ({**body, "shadow": True}, "Unknown field: shadow."),
        ({**body, "metadata": {}}, "Unknown field: metadata."),
        ({}, "agentId is required."),
        ({"agentId": " "}, "agentId is required."),
        ({"agentId": 5}, "agentId is required."),
        (agent_id, "action is required."),
        ({**agent_id, "action": "x" * 81}, "action must be 80 characters or fewer."),
        ({**agent_id, **action}, "resource is required."),
        ({**agent_id, **action, "resource": ["web"]}, "resource is required."),
        ({**agent_id, **action, "resource": "x" * 201}, "resource must be 200 characters or fewer."),
        ({**agent_id, **action, "resource": "web"}, "input must be an object."),
        ({**body, "input": None}, "input must be an object."),
        ({**body, "input": ["url"]}, "input must be an object."),
        ({**body, "input": {"url": "", "method": "POST"}}, "Unknown field: method."),
        ({**body, "input": {"headers": {}}, "action": "send_email"}, "Unknown field: headers."),
        ({**body, "input": {}}, "input.url is required."),
        ({**body, "input": {"url": 5}}, "input.url is required."),
    ]
    before = count_of(web, "audit")
    for sent, expected in cases:
        assert error_of(agent.send(sent)) == (400, expected), sent
    assert count_of(web, "audit") == before


def test_names_of_the_greatest_length_are_decided(web: Server) -> None:
    """An action of 80 characters and a resource of 200 are within the limits."""
    agent = Reader(web)
    assert denial(agent.read(action="é" * 80, resource="é" * 200))["reason"] == NO_PERMISSION


URLS = [
    ("  ", "input.url is required."),
    ("page", "input.url must be a valid URL."),
    ("http://", "input.url must be a valid URL."),
    ("ftp://example.com/", "Gateway only supports http:// and https:// URLs."),
    ("file:///etc/passwd", "Gateway only supports http:// and https:// URLs."),
    ("http://me:pw@example.com/", "Gateway URLs must not include credentials."),
    ("http://localhost/", "Gateway URL host is not public."),
    ("http://metadata.google.internal/", "Gateway URL host is not public."),
    ("http://nothing.test/", "Gateway URL host is not public."),
    ("http://127.1/", "Gateway URL IP address is not public."),
    ("http://169.254.169.254/", "Gateway URL IP address is not public."),
    ("http://[::1]/", "Gateway URL host is not public."),
    ("http://page.example.com:8080/", "Gateway URL port is not allowed."),
    ("http://[::ffff:1.2.3.4]/", NOT_REACHED),
    ("http://[::1.2.3.4]/", NOT_REACHED),
    ("http://11.22.33.44/", NOT_REACHED),
    ("https://0xb.22.11308/", NOT_REACHED),
]


def test_a_refused_url_decides_nothing_and_spends_nothing(web: Server, owner: Person) -> None:
    """A URL that can be refused by itself is refused before the decision: no entry, and the grant is still there."""
    agent = Reader(web, requiresApproval=True)
    approval_id = denial(agent.read())["approvalId"]
    approve(owner, approval_id)
    before = count_of(web, "audit")
    for url, expected in URLS:
        assert error_of(agent.read(url)) == (400, expected), url
    assert count_of(web, "audit") == before
    assert show(owner, approval_id)["status"] == "approved"
    assert agent.read().json()["reason"] == ALLOWED_BY_GRANT
    assert show(owner, approval_id)["status"] == "used"


def test_a_url_that_is_too_long_is_told_the_limit(web: Server) -> None:
    """A URL of 8,192 bytes is decided on; one of more, also only when it is escaped, is not, and the hint says why."""
    agent = Reader(web)
    room = 8192 - len("http://page.example.com/")
    assert agent.read("http://page.example.com/" + "a" * room).json()["allowed"] is True
    for path in ("a" * (room + 1), "<" + "a" * (room - 1)):
        answer = agent.read("http://page.example.com/" + path)
        assert error_of(answer) == (400, "input.url must be a valid URL.")
        assert "8192 bytes" in answer.json()["hint"]
    assert "hint" not in agent.read("page").json()


def test_the_operator_decides_on_ports_and_schemes(start_refusing: StartServer) -> None:
    """Further ports are open, and http is closed, where the server is told so."""
    server = start_refusing("--gateway-https-only", "--gateway-ports", "8443,9443")
    agent = Reader(server)
    assert error_of(agent.read(PAGE)) == (400, "Gateway requires https:// URLs in production.")
    assert agent.read("https://page.example.com:9443/").json()["allowed"] is True
    assert error_of(agent.read("https://page.example.com:9444/")) == (400, "Gateway URL port is not allowed.")


# ---- the caller ----


def test_only_the_key_of_the_agent_will_do(web: Server) -> None:
    """Without the agent's own key nothing is decided, and another account's agent looks like none."""
    agent, other = Reader(web), Reader(web)
    foreign = Agent(web, token=other_account(web))
    before = count_of(web, "audit")
    body = agent.body()
    missing = (401, "Missing or invalid API key.")
    assert error_of(web.call("POST", EXECUTE, body)) == missing
    assert error_of(web.call("POST", EXECUTE, body, web.as_agent("bhf_sk_" + "x" * 43))) == missing
    assert error_of(web.call("POST", EXECUTE, body, web.as_developer())) == missing
    assert error_of(agent.send(body, other.headers())) == (401, "API key does not match this agent.")
    unknown = (404, "Unknown agent.")
    assert error_of(agent.send({**body, "agentId": "agent_none"})) == unknown
    assert error_of(agent.send(body, foreign.headers())) == unknown
    assert count_of(web, "audit") == before


def test_a_mistake_in_the_body_is_told_before_a_wrong_key(web: Server) -> None:
    """The body is looked at first, as everywhere."""
    body = Reader(web).body("http://localhost/")
    assert error_of(web.call("POST", EXECUTE, body)) == (400, "Gateway URL host is not public.")


def test_a_developer_token_is_not_looked_at(web: Server) -> None:
    """A wrong developer token beside the key changes nothing: the route takes none."""
    answer = Reader(web).read(headers={"X-Developer-Token": "bhf_dev_wrong"})
    assert answer.json()["allowed"] is True


def test_calls_count_against_the_limits(start_refusing: StartServer) -> None:
    """The answer says what is left of the key's limit, and beyond it comes a 429."""
    server = start_refusing(rate_limit=5)
    agent = Reader(server)
    left = [agent.read().headers["RateLimit-Remaining"] for _ in range(2)]
    assert int(left[0]) == int(left[1]) + 1
    answers = [agent.read() for _ in range(5)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "RATE_LIMIT_EXCEEDED"
    assert "Retry-After" in answers[-1].headers


def test_an_idempotency_key_does_nothing(web: Server) -> None:
    """Each call is an action of its own, also when it repeats a key."""
    agent = Reader(web)
    answers = [agent.read(headers={"Idempotency-Key": "same"}).json() for _ in range(2)]
    assert answers[0]["requestId"] != answers[1]["requestId"]
    assert len(agent.rows()) == 2


# ---- the decision ----


def test_what_is_denied_is_not_executed(web: Server) -> None:
    """A denial says so in the gateway's words, and is in the log without an execution."""
    agent = Reader(web, may_read=False)
    answer = agent.read()
    assert denial(answer) == {
        "allowed": False,
        "decision": "denied",
        "reason": NO_PERMISSION,
        "executed": False,
        "approvalRequired": False,
    }
    (row,) = agent.rows()
    assert row["requestId"] == answer.json()["requestId"]
    assert (row["action"], row["vendor"], row["allowed"]) == ("browse_web", "web", False)
    assert row["execution"] is None


def test_an_action_that_needs_approval_runs_once_a_person_approved(web: Server, owner: Person) -> None:
    """It names the request; approved, the next call spends the grant and runs; the one after asks again."""
    agent = Reader(web, requiresApproval=True)
    waiting = denial(agent.read())
    approval_id = waiting.pop("approvalId")
    assert waiting == {
        "allowed": False,
        "decision": "denied",
        "reason": NEEDS_APPROVAL,
        "executed": False,
        "approvalRequired": True,
    }
    assert denial(agent.read())["approvalId"] == approval_id
    assert agent.rows()[0]["execution"] is None
    approve(owner, approval_id)
    ran = agent.read()
    assert (ran.json()["allowed"], ran.json()["reason"]) == (True, ALLOWED_BY_GRANT)
    assert agent.rows()[0]["execution"]["executor"] == "public_web_read"
    assert denial(agent.read())["approvalId"] != approval_id


@pytest.mark.parametrize("action, resource", [("browse_web", "intranet"), ("send_email", "web"), ("x", "y")])
@pytest.mark.parametrize("asks", [False, True])
def test_what_the_gateway_cannot_do_is_denied(
    web: Server, owner: Person, action: str, resource: str, asks: bool
) -> None:
    """However the policy has it, but for a denial: nobody is asked, and a grant for it is not spent."""
    agent = Reader(web, may_read=False)
    agent.grant(action, resource=resource, requiresApproval=asks)
    approval_id = ""
    if asks:
        approval_id = agent.decide(action, resource=resource)["approvalId"]
        approve(owner, approval_id)
    before = count_of(web, "approval")
    assert denial(agent.read(action=action, resource=resource)) == {
        "allowed": False,
        "decision": "denied",
        "reason": UNSUPPORTED,
        "executed": False,
        "approvalRequired": False,
    }
    row = agent.rows()[0]
    assert (row["reason"], row["risk"], row["execution"]) == (UNSUPPORTED, "high", None)
    assert count_of(web, "approval") == before
    assert [each["approvalId"] for each in listed(owner, status="approved", agentId=agent.agent_id)] == (
        [approval_id] if asks else []
    )


def test_a_denial_by_policy_keeps_its_reason(web: Server) -> None:
    """What the gateway cannot do and the policy denies is denied by the policy."""
    agent = Reader(web, may_read=False)
    assert denial(agent.read(action="send_email"))["reason"] == NO_PERMISSION


def test_a_policy_that_changed_counts_at_once(web: Server) -> None:
    """A permission that was revoked reads nothing from the next call on."""
    agent = Reader(web, may_read=False)
    permission_id = agent.grant("browse_web", resource="web")
    assert agent.read().json()["allowed"] is True
    agent.revoke(permission_id)
    assert denial(agent.read())["allowed"] is False


def test_the_decision_knows_that_it_came_through_the_gateway(web: Server, owner: Person) -> None:
    """The metadata on record says so, and what the resource was."""
    agent = Reader(web)
    request_id = agent.read().json()["requestId"]
    entry = owner.get(f"/api/dashboard/logs/{request_id}")["log"]
    assert entry["metadata"] == {"gateway": "actions.execute", "resource": "web"}


def test_decisions_of_the_gateway_are_told_as_those_of_verify(start_refusing: StartServer) -> None:
    """Allowed, denied and waiting for approval each make their event, with the same data as verify's."""
    server = start_refusing("--allow-private-webhooks")
    body = {
        "url": "http://127.0.0.1:9/hook",
        "events": ["verification.allowed", "verification.denied", "verification.approval_required"],
    }
    answer = server.call("POST", "/api/dashboard/webhooks", body, server.as_developer())
    assert answer.status_code == 201, answer.text
    agents = [Reader(server), Reader(server, may_read=False), Reader(server, requiresApproval=True)]
    answers = [agent.read().json() for agent in agents]
    events = [json.loads(row[0]) for row in sql(server, "SELECT payload FROM event ORDER BY id")]
    assert [event["type"] for event in events] == body["events"]
    for event, given in zip(events, answers):
        assert event["data"]["requestId"] == given["requestId"]
        assert event["data"]["allowed"] is given["allowed"]
    assert events[2]["data"]["approvalId"] == answers[2]["approvalId"]
    assert PAGE not in json.dumps(events)


# ---- the outcome ----


def test_an_action_that_fails_says_so(web: Server) -> None:
    """It was allowed and not executed: status 400, with the decision and the error."""
    answer = Reader(web).read()
    assert answer.status_code == 400
    body = answer.json()
    assert body.pop("requestId").startswith("req_")
    assert body == {
        "allowed": True,
        "decision": "allowed",
        "reason": ALLOWED,
        "executed": False,
        "error": NOT_REACHED,
    }


def assert_execution(execution: dict[str, Any]) -> None:
    """As a failed one is shown."""
    assert execution.pop("endedAt").endswith("Z")
    assert execution.pop("durationMs") >= 0
    assert execution == {
        "executor": "public_web_read",
        "state": "failed",
        "url": "http://page.example.com/page?...",
        "finalUrl": "http://page.example.com/page?...",
        "status": None,
        "bytes": 0,
        "error": NOT_REACHED,
    }


def test_the_log_says_what_became_of_it(web: Server, owner: Person) -> None:
    """All listings show the execution with its entry; of the query, which may be secret, only that there was one."""
    agent = Reader(web)
    request_id = agent.read(PAGE + "?token=s3cr3t#part").json()["requestId"]
    rows = [
        agent.rows()[0],
        agent.logs(limit=1)["logs"][0],
        owner.get("/api/dashboard/logs", agentId=agent.agent_id)["logs"][0],
        owner.get(f"/api/dashboard/logs/{request_id}")["log"],
    ]
    for row in rows:
        assert row["requestId"] == request_id
        assert_execution(row["execution"])
    dump = "\n".join(str(row) for row in sql(web, "SELECT * FROM execution"))
    assert "s3cr3t" not in dump and "part" not in dump


def test_a_stream_shows_that_something_runs(web: Server) -> None:
    """The event of a decision that runs something has its execution, that of a denial has none."""
    agent = Reader(web)
    with EventStream(web, f"/api/logs/{agent.agent_id}/stream", agent.headers()) as stream:
        agent.read()
        denial(agent.read(action="other"))
        ran, denied = [event.data["execution"] for event in stream.take(2)]
    assert ran["executor"] == "public_web_read"
    assert ran["state"] in ("started", "failed")
    assert denied is None


def test_a_secret_in_an_address_is_not_shown(web: Server) -> None:
    """A target that holds what looks like a key of ours is shown without it."""
    agent = Reader(web)
    agent.read("http://page.example.com/bhf_sk_0123456789abcdef")
    assert agent.rows()[0]["execution"]["url"] == "http://page.example.com/bhf_sk_[redacted]"


def test_a_long_address_is_recorded_in_part(web: Server) -> None:
    """Of a target the first 1000 characters are kept."""
    agent = Reader(web)
    agent.read("http://page.example.com/" + "p" * 3000)
    shown = agent.rows()[0]["execution"]["url"]
    assert shown == "http://page.example.com/" + "p" * 976 + "..."


def test_places_are_given_back_on_every_way(web: Server, owner: Person) -> None:
    """More calls than an account has places, of each kind, one after the other, are all answered."""
    failing, denied, waiting = Reader(web), Reader(web, may_read=False), Reader(web, requiresApproval=True)
    unsupported = Reader(web)
    for _ in range(12):
        assert failing.read().json()["error"] == NOT_REACHED
        assert denial(denied.read())["reason"] == NO_PERMISSION
        assert denial(waiting.read())["reason"] == NEEDS_APPROVAL
        assert denial(unsupported.read(resource="x"))["allowed"] is False
        assert failing.read("http://localhost/").status_code == 400
        assert failing.send(failing.body(), denied.headers()).status_code == 401


def break_outcomes(server: Server) -> None:
    """From now on the database refuses to record how an action ended, and nothing else."""
    sql(server, "CREATE TRIGGER broken BEFORE UPDATE ON execution BEGIN SELECT RAISE(ABORT, 'broken'); END")


def test_an_outcome_that_cannot_be_recorded_is_not_told(start_refusing: StartServer) -> None:
    """The answer is a 503 that allows nothing, and names the decision, which is on record and stays open."""
    server = start_refusing()
    agent = Reader(server)
    break_outcomes(server)
    answer = agent.read()
    assert answer.status_code == 503
    body = answer.json()
    assert isinstance(body.pop("hint"), str)
    assert body == {
        "error": FAILED_CLOSED,
        "code": "VERIFY_FAILED_CLOSED",
        "requestId": agent.rows()[0]["requestId"],
        "allowed": False,
        "decision": "denied",
        "reason": FAILED_CLOSED,
        "executed": False,
    }
    assert agent.rows()[0]["execution"]["state"] == "started"
    sql(server, "DROP TRIGGER broken")
    assert agent.read().json()["error"] == NOT_REACHED
    assert server.command_line("audit", "verify").returncode == 0


def test_the_record_of_an_outcome_is_tried_again(start_refusing: StartServer) -> None:
    """An outcome that cannot be recorded at once is recorded when the database works again soon, and then told."""
    server = start_refusing()
    agent = Reader(server)
    break_outcomes(server)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(agent.read)
        wait_until(lambda: bool(agent.rows()))
        time.sleep(0.5)  # the first tries fail
        assert not answer.done()
        sql(server, "DROP TRIGGER broken")
        assert answer.result().json()["error"] == NOT_REACHED
    assert agent.rows()[0]["execution"]["state"] == "failed"
    assert server.command_line("audit", "verify").returncode == 0


def test_a_server_that_stops_tries_a_last_time(start_refusing: StartServer) -> None:
    """A server that is told to stop does not wait for a database that cannot record an outcome, and leaves it open."""
    server = start_refusing()
    agent = Reader(server)
    break_outcomes(server)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(agent.read)
        wait_until(lambda: bool(agent.rows()))
        assert server.stop() == 0
        assert answer.result().status_code == 503
    sql(server, "DROP TRIGGER broken")
    server.start()
    assert agent.rows()[0]["execution"]["state"] == "unknown"


def test_an_action_that_never_ended_is_unknown(start_refusing: StartServer) -> None:
    """A record that is still open after a minute, as after a crash, is shown as unknown."""
    server = start_refusing()
    agent = Reader(server)
    break_outcomes(server)
    assert agent.read().status_code == 503
    sql(server, "UPDATE audit SET created_at = created_at - 61000")
    execution = agent.rows()[0]["execution"]
    assert execution == {
        "executor": "public_web_read",
        "state": "unknown",
        "url": PAGE,
        "finalUrl": None,
        "status": None,
        "bytes": None,
        "error": None,
        "durationMs": None,
        "endedAt": None,
    }


def test_an_altered_outcome_is_found_by_the_check_of_the_log(start_refusing: StartServer) -> None:
    """Who changes in the database how an action ended is found out, and the finding names the entry."""
    server = start_refusing()
    agent = Reader(server)
    agent.read()
    report = json.loads(server.command_line("audit", "verify", "--json").stdout)
    assert (report["intact"], report["executions"]) == (True, 1)
    sql(server, "UPDATE execution SET error = NULL, state = 1, http_status = 200")
    done = server.command_line("audit", "verify", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["intact"], report["executions"]) == (1, False, 0)
    assert report["findings"] == [{"kind": "execution altered", "first": 1, "last": 1}]


def test_an_execution_goes_with_its_entry(start_refusing: StartServer) -> None:
    """Erasing the entry takes the record of what was read along, and the log is still intact."""
    server = start_refusing()
    agent = Reader(server)
    request_id = agent.read().json()["requestId"]
    assert Person(server).call("DELETE", f"/api/dashboard/logs/{request_id}").status_code == 200
    assert count_of(server, "execution") == 0
    assert server.command_line("audit", "verify").returncode == 0
