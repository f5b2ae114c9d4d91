# SPDX-License-Identifier: Apache-2.0
"""The event stream of an agent's log: every new row, in order, once."""

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from api_support import Agent, change_policy, error_of, other_account, sql
from event_stream import EventStream
from harness import Server
from people_support import Person

KEPT = 500


@pytest.fixture()
def agent(demo: Server) -> Agent:
    """An agent that may act."""
    made = Agent(demo, "Streamed")
    made.grant("act")
    return made


def listen(agent: Agent, query: str = "", **headers: str) -> EventStream:
    """The stream of the agent's log."""
    return EventStream(agent.server, f"/api/logs/{agent.agent_id}/stream{query}", {**agent.headers(), **headers})


def act(agent: Agent, count: int) -> list[str]:
    """Decisions, one after the other: their request ids."""
    return [agent.decide("act", amount=number)["requestId"] for number in range(count)]


def test_each_new_row_is_sent_as_the_list_shows_it(agent: Agent) -> None:
    """A decision that is made while somebody listens arrives within a moment, and looks as in the list."""
    act(agent, 3)
    with listen(agent) as stream:
        assert stream.status == 200
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert "no-store" in stream.headers["Cache-Control"]
        assert stream.headers["X-Accel-Buffering"] == "no"
        made = act(agent, 5)
        refused = agent.decide("something else")["requestId"]
        events = stream.take(6)
    assert [event.identity for event in events] == [*made, refused]
    assert {event.name for event in events} == {"decision"}
    assert [event.data for event in events] == list(reversed(agent.rows()[:6]))


def test_other_agents_rows_are_not_sent(agent: Agent) -> None:
    """Only the agent's own rows come, whoever else acts in the account."""
    neighbour = Agent(agent.server)
    with listen(agent) as stream:
        act(neighbour, 20)
        (made,) = act(agent, 1)
        event = stream.next()
        assert event is not None and event.identity == made
        act(neighbour, 5)
        with pytest.raises(TimeoutError):
            stream.next(1.5)


@pytest.mark.parametrize("form", ["header", "query"])
def test_whoever_comes_back_gets_what_was_missed(agent: Agent, form: str) -> None:
    """After the id of the last event all rows since then come first, then the new ones: none twice, none lost."""
    made = act(agent, 8)
    query = f"?after={made[2]}" if form == "query" else ""
    headers = {"Last-Event-ID": made[2]} if form == "header" else {}
    with listen(agent, query, **headers) as stream:
        made += act(agent, 4)
        events = stream.take(9)
        assert [event.identity for event in events] == made[3:]
        with pytest.raises(TimeoutError):
            stream.next(0.5)


def test_header_wins_over_the_query(agent: Agent) -> None:
    """A client that comes back by itself sends its place in the header beside the address of the first time."""
    made = act(agent, 6)
    with listen(agent, f"?after={made[0]}", **{"Last-Event-ID": made[4]}) as stream:
        event = stream.next()
        assert event is not None and event.identity == made[5]


def test_a_gap_is_said(agent: Agent) -> None:
    """Whoever has missed exactly as many rows as are kept gets all; one more, and the gap is said first."""
    first, second, *rest = act(agent, KEPT + 2)
    with listen(agent, f"?after={second}") as stream:
        assert [event.identity for event in stream.take(KEPT)] == rest
    with listen(agent, f"?after={first}") as stream:
        event = stream.next()
        assert event is not None and (event.name, event.data) == ("gap", {"kept": KEPT})
        assert [event.identity for event in stream.take(KEPT)] == rest


def from_then_on(agent: Agent, last: str) -> list[tuple[str, str]]:
    """Names and ids of what comes first to whoever saw that one last, up to a new decision."""
    (newest,) = act(agent, 1)
    found: list[tuple[str, str]] = []
    with listen(agent, **{"Last-Event-ID": last}) as stream:
        while not found or found[-1][1] != newest:
            event = stream.next()
            assert event is not None
            found.append((event.name, event.identity if event.name == "decision" else ""))
    return found[:-1]


def test_a_place_of_another_history_is_a_gap(server: Server, tmp_path: Path) -> None:
    """After a restore other decisions have the numbers of those that a client saw: it is told of the gap and gets all."""
    agent = Agent(server)
    agent.grant("act")
    before = act(agent, 2)
    copy = tmp_path / "copy.db"
    assert server.command_line("backup", str(copy), "--data", str(server.data_dir)).returncode == 0
    lost = act(agent, 3)
    server.stop()
    done = server.command_line("restore", str(copy), "--data", str(server.data_dir), "--force")
    assert done.returncode == 0, done.stderr
    server.start()
    made = act(agent, 4)
    rows = [("decision", identity) for identity in [*before, *made]]
    for last in lost:
        assert from_then_on(agent, last)[: 1 + len(rows)] == [("gap", ""), *rows]
    assert from_then_on(agent, before[1])[:4] == rows[2:]


def test_a_place_that_was_erased_is_a_gap(server: Server) -> None:
    """Behind an entry that was erased nobody can tell what a client has seen: it is told so."""
    agent = Agent(server)
    agent.grant("act")
    first, second, third = act(agent, 3)
    assert Person(server).call("DELETE", f"/api/dashboard/logs/{second}").status_code == 200
    assert from_then_on(agent, second) == [("gap", ""), ("decision", first), ("decision", third)]


@pytest.mark.parametrize("after", ["req_", "req_" + "A" * 22, "x", "0", "req_%00", "%20", "req_" + "A" * 500])
def test_after_must_be_a_request_id(agent: Agent, after: str) -> None:
    """A place that is none is refused with the rule, also by header."""
    act(agent, 1)
    places: list[tuple[dict[str, str], str]] = [({}, f"?after={after}"), ({"Last-Event-ID": after}, "")]
    for headers, query in places:
        path = f"/api/logs/{agent.agent_id}/stream{query}"
        answer = requests.get(agent.server.base_url + path, headers={**agent.headers(), **headers}, timeout=20)
        assert error_of(answer) == (400, "after must be the requestId of a decision in this log.")


@pytest.mark.threads
def test_no_row_is_lost_under_load(server: Server) -> None:
    """While many decide at once, several listeners who come and go each see every row once and in order."""
    agent = Agent(server)
    agent.grant("act")
    workers, each = 6, 60
    start = act(agent, 1)[0]
    seen: list[list[str]] = [[] for _ in range(4)]

    def follow(number: int) -> None:
        last = start
        while len(seen[number]) < workers * each:
            with listen(agent, **{"Last-Event-ID": last}) as stream:
                for _ in range(50 if number % 2 else workers * each):
                    event = stream.next()
                    assert event is not None and event.name == "decision"
                    last = event.identity
                    seen[number].append(last)
                    if len(seen[number]) == workers * each:
                        return

    listeners = [threading.Thread(target=follow, args=(number,)) for number in range(len(seen))]
    for listener in listeners:
        listener.start()
    with ThreadPoolExecutor(workers) as pool:
        made = [identity for part in pool.map(lambda _: act(agent, each), range(workers)) for identity in part]
    for listener in listeners:
        listener.join(60)
    assert all(rows == seen[0] for rows in seen)
    assert sorted(seen[0]) == sorted(made)
    order = [row["requestId"] for row in reversed(agent.logs(limit=500)["logs"])]
    assert seen[0] == order[1:]


def test_silence_is_broken_by_heartbeats(agent: Agent) -> None:
    """A stream without news carries a comment now and then, which shows that both sides are alive."""
    with listen(agent) as stream:
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            stream.next(17)
        assert stream.comments == 1
        assert time.monotonic() - start > 14


def test_rotated_key_ends_its_streams(agent: Agent) -> None:
    """A stream ends soon after its key was rotated, and nothing of what comes later is shown to its reader."""
    with listen(agent) as stream:
        answer = agent.server.call("POST", f"/api/agents/{agent.agent_id}/rotate-key", headers=agent.headers())
        assert answer.status_code == 200
        assert stream.next(5) is None and stream.ended


def test_rows_of_another_process_arrive(agent: Agent) -> None:
    """A key that another process has rotated away ends the stream too: the server looks by itself."""
    with listen(agent) as stream:
        change_policy(
            agent.server,
            agent.agent_id,
            "UPDATE agent SET key_hash = randomblob(32) WHERE agent_id = ?",
            agent.agent_id,
        )
        assert stream.next(5) is None and stream.ended
    assert sql(agent.server, "SELECT count(*) FROM agent WHERE agent_id = ?", agent.agent_id) == [(1,)]


def test_head_tells_of_the_stream_and_ends(agent: Agent) -> None:
    """HEAD gets the headers of a stream and no stream."""
    path = f"{agent.server.base_url}/api/logs/{agent.agent_id}/stream"
    answer = requests.head(path, headers=agent.headers(), timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.content == b""


def test_streams_of_one_agent_are_limited(server: Server) -> None:
    """The hundredth stream of an agent is served, the next one is refused; a place given back can be had again."""
    agent = Agent(server)
    other = Agent(server)
    agent.grant("act")
    streams = [listen(agent) for _ in range(100)]
    assert {stream.status for stream in streams} == {200}
    path = f"{server.base_url}/api/logs/{agent.agent_id}/stream"
    answer = requests.get(path, headers=agent.headers(), timeout=20)
    assert error_of(answer) == (429, "Too many streams and waiting requests of this caller are open.")
    assert answer.json()["code"] == "TOO_MANY_STREAMS"
    assert int(answer.headers["Retry-After"]) > 0
    with listen(other) as stream:
        assert stream.status == 200
    (made,) = act(agent, 1)
    for stream in streams:
        event = stream.next()
        assert event is not None and event.identity == made
    streams.pop().close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with listen(agent) as stream:
            if stream.status == 200:
                break
        time.sleep(0.2)
    assert stream.status == 200
    for stream in streams:
        stream.close()


# ---- all agents of an account ----


def listen_as_person(server: Server, headers: dict[str, str]) -> EventStream:
    """The stream of the account's log."""
    return EventStream(server, "/api/dashboard/logs/stream", headers)


def test_account_stream_has_the_rows_of_all_its_agents(demo: Server) -> None:
    """Rows of every agent of the account come as the account's list shows them; other accounts' never do."""
    one, two = Agent(demo, "One"), Agent(demo, "Two")
    foreigner = Agent(demo, "Foreigner", other_account(demo))
    with listen_as_person(demo, demo.as_developer()) as stream:
        made = []
        for number in range(6):
            foreigner.decide("act")
            made.append((one, two)[number % 2].decide("act")["requestId"])
        events = stream.take(6)
        assert [event.identity for event in events] == made
        listed = demo.call("GET", "/api/dashboard/logs?limit=6", headers=demo.as_developer()).json()["logs"]
        assert [event.data for event in events] == list(reversed(listed))
        assert {event.data["agentName"] for event in events} == {"One", "Two"}


def test_account_stream_goes_on_where_it_was(demo: Server) -> None:
    """The place in the account's log holds over connections, also for rows of several agents."""
    one, two = Agent(demo, "One"), Agent(demo, "Two")
    made = [(one, two)[number % 2].decide("act")["requestId"] for number in range(8)]
    headers = {**demo.as_developer(), "Last-Event-ID": made[3]}
    with listen_as_person(demo, headers) as stream:
        assert [event.identity for event in stream.take(4)] == made[4:]


def test_account_stream_ends_with_its_token(demo: Server) -> None:
    """A developer token that is taken away ends its streams."""
    token = other_account(demo)
    with listen_as_person(demo, demo.as_developer(token)) as stream:
        assert stream.status == 200
        sql(demo, "DELETE FROM developer_token WHERE token_hash = ?", hashlib.sha256(token.encode()).digest())
        assert stream.next(5) is None and stream.ended
