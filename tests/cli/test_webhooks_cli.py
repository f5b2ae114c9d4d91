# SPDX-License-Identifier: Apache-2.0
"""`behalf webhooks` against a real server and real receivers."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator, NamedTuple, Optional

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from api_support import Agent, now_ms, sql  # noqa: E402
from cli_support import Group, developer_env  # noqa: E402
from harness import BINARY, Server  # noqa: E402
from receiver import Received, Receiver, Reply  # noqa: E402
from webhook_calls import (  # noqa: E402
    ALLOW_PRIVATE,
    EVENTS,
    create,
    deaf_url,
    event_of,
    get,
    let_die,
    newest_event,
    toggle,
    wait_until,
)

TYPES = "agent.disabled,agent.enabled"
StartServer = Callable[..., Server]


@pytest.fixture()
def server(start_server: StartServer) -> Server:
    """A server that takes endpoints on this machine."""
    return start_server(ALLOW_PRIVATE)


COMMANDS = Group("webhooks")
run, done, as_json, error = COMMANDS.run, COMMANDS.done, COMMANDS.as_json, COMMANDS.error

# ---- endpoints ----


def test_life_of_an_endpoint(server: Server) -> None:
    """Created, listed, shown, changed, switched, rotated, deleted: each command does it and says so."""
    assert done(server, "list").strip().endswith("(none)")
    url, other = deaf_url(), deaf_url()
    made = as_json(server, "create", "--url", url, "--events", " agent.disabled, agent.enabled,")
    webhook_id, secret = made["webhook"]["webhookId"], made["secret"]
    assert made["webhook"]["events"] == TYPES.split(",")
    listed = done(server, "list")
    assert listed.splitlines()[0].split() == ["WEBHOOKID", "URL", "EVENTS", "STATUS", "CREATED"]
    assert listed.splitlines()[2].split()[:4] == [webhook_id, url, TYPES, "active"]
    assert as_json(server, "list")["webhooks"] == [made["webhook"]]
    assert webhook_id in done(server, "show", webhook_id)
    assert as_json(server, "show", webhook_id) == {"webhook": made["webhook"], "deliveries": []}
    assert other in done(server, "update", webhook_id, "--url", other)
    assert as_json(server, "update", webhook_id, "-e", "agent.created")["webhook"]["events"] == ["agent.created"]
    assert done(server, "disable", webhook_id) == f"Webhook {webhook_id} disabled.\n"
    assert error(server, "test", webhook_id) == "Error: [http_error] The webhook endpoint is not active."
    assert as_json(server, "enable", webhook_id) == {"enabled": True, "webhookId": webhook_id}
    rotated = as_json(server, "rotate-secret", webhook_id)
    assert rotated["secret"] not in (secret, "")
    everything = done(server, "list") + done(server, "show", webhook_id) + done(server, "list", "--json")
    assert secret not in everything and rotated["secret"] not in everything
    assert done(server, "delete", webhook_id) == f"Webhook {webhook_id} deleted.\n"
    assert error(server, "show", webhook_id) == "Error: [NOT_FOUND] Webhook not found."


def test_secret_is_shown_to_people_once(server: Server) -> None:
    """Create and rotate print the secret as a row of its own, and that it will not be shown again."""
    for words in (["create", "--url", deaf_url(), "--events", TYPES], ["rotate-secret"]):
        if words == ["rotate-secret"]:
            words.append(get(server, "/api/dashboard/webhooks")["webhooks"][0]["webhookId"])
        ended = run(server, *words)
        rows = dict(line.split(None, 1) for line in ended.stdout.splitlines())
        assert rows["secret"].startswith("whsec_") and len(rows["secret"]) == 50
        assert rows["webhookId"].startswith("wh_")
        assert "The secret is not shown again" in ended.stderr


def test_mistakes_are_told(server: Server) -> None:
    """What is missing or wrong in the arguments is named before anything is asked of the server."""
    cases = [
        (["create", "--url", "https://example.com/"], "Error: Option --events is required."),
        (["create", "--events", TYPES], "Error: Option --url is required."),
        (["create", "--url", "x", "--events", " , "], "Error: --events must name at least one type of event."),
        (["update", "wh_x"], "Error: Name at least one of --url and --events."),
        (["replay"], "Error: Name an endpoint, or --event EVENT, or --all: one of them."),
        (["replay", "wh_x", "--all"], "Error: Name an endpoint, or --event EVENT, or --all: one of them."),
        (["listen", "-i", "1"], "Error: --interval must be a whole number from 2 to 3600."),
        (["listen", "-i", "2s"], "Error: --interval must be a whole number from 2 to 3600."),
        (["listen", "--forward-to", "ftp://x/"], "Error: --forward-to must be an http or https URL."),
    ]
    for words, text in cases:
        assert error(server, *words) == text
    for words in (["show"], ["delete"], ["deliveries"], ["update"]):
        assert error(server, *words).startswith("Error: ")
    assert error(server, "create", "--url", "x", "--events", "y") == "Error: [http_error] url must be a valid URL."


def test_an_unknown_type_is_answered_with_those_there_are(server: Server) -> None:
    """The error of a wrong type is the server's, and the hint names the types that can be subscribed to."""
    types = get(server, "/api/dashboard/webhooks")["eventTypes"]
    ended = run(server, "create", "--url", deaf_url(), "--events", f"{types[0]},x.y")
    assert ended.returncode == 1 and ended.stderr.splitlines() == [
        "Error: [http_error] Unsupported webhook event: x.y.",
        f"Hint: Types of events: {', '.join(types)}.",
    ]


def test_help_begins_its_texts_below_each_other(server: Server) -> None:
    """The summaries of `behalf webhooks --help` stand in one column, behind the longest name too."""
    lines = [line for line in server.command_line("webhooks", "--help").stdout.splitlines() if line.startswith("  ")]
    starts = {len(line) - len(line[2:].split(None, 1)[1]) for line in lines}
    assert len(lines) > 5 and len(starts) == 1


def test_a_credential_is_needed(server: Server) -> None:
    """Without a developer token or a session the command says what to give, and asks nobody."""
    ended = server.command_line("webhooks", "list", env={"HOME": str(server.data_dir), "BEHALFID_DEVELOPER_TOKEN": ""})
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: [auth] ")
    assert "BEHALFID_DEVELOPER_TOKEN" in ended.stderr


# ---- events ----


def test_deliveries_events_and_replays(server: Server) -> None:
    """What failed is found, explained and sent again, one by one and all together."""
    status = 500

    def rule(_request: Received, _number: int) -> Reply:
        return Reply(status)

    with Receiver(rule) as receiver:
        made = create(server, receiver.url, TYPES.split(","))
        agent = Agent(server)
        toggle(server, agent, 1)
        event_id = newest_event(server)
        let_die(server, event_id)
        table = done(server, "deliveries", made.webhook_id)
        assert "ATTEMPT" in table and table.count("Endpoint returned HTTP 500.") == 2
        assert [row["attempt"] for row in as_json(server, "deliveries", made.webhook_id)] == [5, 1]
        assert [event["eventId"] for event in as_json(server, "events", "--dead-letter")["events"]] == [event_id]
        assert "failed" in done(server, "events", event_id)
        assert as_json(server, "events", event_id)["event"]["deadLetter"] is True
        status = 200
        assert done(server, "replay", "--event", event_id) == f"Event {event_id} is sent again.\n"
        wait_until(lambda: event_of(server, event_id)["status"] == "completed")
        text = "Error: [http_error] Only dead-lettered webhook events can be replayed."
        assert error(server, "replay", "--event", event_id) == text
        assert as_json(server, "events", "--dead-letter")["events"] == []
        assert as_json(server, "replay", "--all") == {"replayed": 0}
        assert done(server, "replay", made.webhook_id) == "0 dead-lettered deliveries are sent again.\n"
        toggle(server, agent, 2)
        assert len(as_json(server, "events", "--limit", "2")["events"]) == 2
        ended = run(server, "events", "--limit", "2")
        assert ended.stderr.startswith("Older ones: --before evt_")
        older = as_json(server, "events", "--before", ended.stderr.split()[-1])["events"]
        assert [event["eventId"] for event in older] == [event_id]
        wait_until(lambda: not as_json(server, "events", "--status", "pending")["events"])
        enabled = as_json(server, "events", "--type", "agent.enabled", "--status", "completed")["events"]
        assert {event["type"] for event in enabled} == {"agent.enabled"}


# ---- listen ----


class Listening(NamedTuple):
    """`behalf webhooks listen` in the background."""

    process: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    def lines(self) -> list[str]:
        """What it has printed."""
        return self.out.read_text().splitlines()


@pytest.fixture()
def listen(server: Server, tmp_path: Path) -> Iterator[Callable[..., Listening]]:
    """Starts listeners that end with the test."""
    started: list[Listening] = []

    def start(*words: str) -> Listening:
        number = len(started)
        out, err = tmp_path / f"listen-{number}.out", tmp_path / f"listen-{number}.err"
        env = {**os.environ, **developer_env(server), "BEHALFID_BASE_URL": server.base_url}
        command = [str(BINARY), "webhooks", "listen", "-i", "2", *words]
        with open(out, "wb") as to_out, open(err, "wb") as to_err:
            process = subprocess.Popen(command, stdout=to_out, stderr=to_err, env=env)
        started.append(Listening(process, out, err))
        return started[-1]

    yield start
    for listening in started:
        if listening.process.poll() is None:
            listening.process.terminate()
            assert listening.process.wait(20) == 0


def is_listening(listening: Listening) -> bool:
    """Has it looked once?"""
    return "Listening." in listening.err.read_text()


def test_listening_prints_old_events_and_then_new_ones(server: Server, listen: Callable[..., Listening]) -> None:
    """At the start the five newest, whatever their type; then each new one of the types asked for, in order, once."""
    with Receiver() as receiver:
        create(server, receiver.url, TYPES.split(","))
        agent = Agent(server)
        toggle(server, agent, 7)
        old = [event["eventId"] for event in get(server, EVENTS)["events"]][:5]
        listening = listen("--events", "agent.enabled, agent.created")
        wait_until(lambda: is_listening(listening))
        assert [line.split()[1] for line in listening.lines()] == list(reversed(old))
        toggle(server, agent, 6)
        new = [event["eventId"] for event in get(server, EVENTS, type="agent.enabled", limit=3)["events"]]
        wait_until(lambda: len(listening.lines()) == 8)
        assert [line.split()[1] for line in listening.lines()[5:]] == list(reversed(new))
        assert listening.lines()[5].split()[4] == agent.agent_id
        listening.process.send_signal(signal.SIGINT)
        assert listening.process.wait(20) == 0


def test_listening_passes_new_events_on(server: Server, listen: Callable[..., Listening]) -> None:
    """New events go to the address as the payload alone, without our credentials or a signature; old ones do not."""
    with Receiver() as endpoint, Receiver(lambda _request, number: Reply(500 if number == 0 else 200)) as mine:
        create(server, endpoint.url, TYPES.split(","))
        agent = Agent(server)
        toggle(server, agent, 1)
        listening = listen("--forward-to", mine.url + "?from=behalf", "--json")
        wait_until(lambda: len(listening.lines()) == 1)
        toggle(server, agent, 2)
        first, second = mine.wait(2)
        assert [first.body, second.body] == [request.body for request in sorted_by_event(endpoint.wait(3))[1:]]
        assert first.path == "/hook?from=behalf"
        assert first.headers["content-type"] == "application/json"
        for request in (first, second):
            assert not [name for name in request.headers if "signature" in name or name.startswith("x-")]
            assert server.developer_token not in json.dumps(request.headers)
            assert "authorization" not in request.headers and "cookie" not in request.headers
        printed = [json.loads(line) for line in listening.lines()]
        assert [event["payload"] for event in printed[1:]] == [json.loads(first.body), json.loads(second.body)]
        assert len(mine.requests) == 2


def sorted_by_event(requests: list[Received]) -> list[Received]:
    """In the order in which the events happened."""
    return sorted(requests, key=lambda request: str(json.loads(request.body)["createdAt"]))


def test_listening_says_when_it_leaves_events_out(server: Server, listen: Callable[..., Listening]) -> None:
    """More than two thousand events between two looks: the newest are printed, and a note tells of the others."""
    create(server, None, TYPES.split(","))
    toggle(server, Agent(server), 1)
    listening = listen()
    wait_until(lambda: is_listening(listening))
    rows = "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 2200)"
    names = "id, salt, account, agent, type, only_webhook, created_at, request_row, payload"
    # Of now: what is old, retention takes away meanwhile.
    values = f"i, 7, (SELECT MIN(account) FROM webhook), 0, 14, 0, {now_ms()}, 0, '{{}}'"
    sql(server, f"{rows} INSERT INTO event ({names}) SELECT {values} FROM n")
    wait_until(lambda: len(listening.lines()) == 2001)
    note = "More than 2000 events came since the last look: only the newest are shown."
    assert note in listening.err.read_text()


def test_replay_goes_on_until_all_is_replayed(server: Server) -> None:
    """However many calls it takes, all dead letters are sent again, and the whole number is printed."""
    create(server, None, TYPES.split(","))
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)"
    names = "id, salt, account, agent, type, only_webhook, created_at, request_row, payload"
    # Of now: what is old, retention takes away meanwhile.
    values = f"i, 7, (SELECT MIN(account) FROM webhook), 0, 14, 0, {now_ms()}, 0, '{{}}'"
    sql(server, f"{rows} INSERT INTO event ({names}) SELECT {values} FROM n")
    sql(server, f"{rows} INSERT INTO delivery SELECT (SELECT id FROM webhook), i, 'dead', 5, 0, NULL FROM n")
    assert as_json(server, "replay", "--all") == {"replayed": 10050}


def test_listening_goes_on_after_a_fault(start_server: StartServer, tmp_path: Path) -> None:
    """While the server is away the listener says so, and when it is back nothing has been missed."""
    server = start_server(ALLOW_PRIVATE)
    create(server, None, TYPES.split(","))
    agent = Agent(server)
    toggle(server, agent, 1)
    env = {**os.environ, **developer_env(server), "BEHALFID_BASE_URL": server.base_url}
    words = [str(BINARY), "webhooks", "listen", "-i", "2"]
    listening = Listening(start(words, env, tmp_path), tmp_path / "out", tmp_path / "err")
    try:
        wait_until(lambda: is_listening(listening))
        toggle(server, agent, 2)
        server.kill()
        wait_until(lambda: "Could not reach" in listening.err.read_text())
        server.start()
        toggle(server, agent, 1)
        wait_until(lambda: len(listening.lines()) == 4)
        listed = [event["eventId"] for event in get(server, EVENTS)["events"]]
        assert [line.split()[1] for line in listening.lines()] == list(reversed(listed))
    finally:
        listening.process.terminate()
    assert listening.process.wait(20) == 0


def start(words: list[str], env: dict[str, str], folder: Path) -> "subprocess.Popen[bytes]":
    """A process whose output goes to files."""
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        return subprocess.Popen(words, stdout=out, stderr=err, env=env)


def test_listening_without_endpoints(server: Server, listen: Callable[..., Listening]) -> None:
    """Without an endpoint there is nothing to hear, and the listener says so."""
    listening = listen()
    wait_until(lambda: is_listening(listening))
    assert "The account has no endpoint" in listening.err.read_text()


def test_listening_fails_at_once_when_it_may_not(server: Server, tmp_path: Path) -> None:
    """A token that is not valid ends the listener at the start."""
    env: dict[str, Optional[str]] = {**developer_env(server), "BEHALFID_DEVELOPER_TOKEN": "bhf_dev_" + "A" * 43}
    ended = server.command_line("webhooks", "listen", env={key: value or "" for key, value in env.items()})
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0] == "Error: [INVALID_DEVELOPER_TOKEN] Invalid developer token."
