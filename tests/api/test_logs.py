# SPDX-License-Identifier: Apache-2.0
"""The log of an agent: two forms of the list, filters, pages, cursors, search, and what it never shows."""

from typing import Any, Callable
from urllib.parse import quote

import pytest

from api_support import NEEDS_APPROVAL, Agent, developer_call, iso, now_ms, sql
from harness import Server

ROW_KEYS = {
    "requestId",
    "agentId",
    "permissionId",
    "action",
    "amount",
    "vendor",
    "allowed",
    "approvalRequired",
    "reason",
    "risk",
    "shadow",
    "createdAt",
    "decision",
    "environment",
    "approvalId",
    "execution",
    "metadata",
}


@pytest.fixture(scope="module")
def agent(demo: Server) -> Agent:
    """An agent with one row of each kind, oldest first: see ROWS."""
    made = Agent(demo, "Logs")
    made.grant("read")
    made.grant("pay", constraints={"maxAmount": 10})
    made.grant("ship", requiresApproval=True)
    for action, fields in ROWS:
        assert made.verify(action, **fields).status_code == 200
    return made


ROWS: list[tuple[str, dict[str, Any]]] = [
    ("read", {"vendor": "mail.example", "metadata": {"environment": "Production"}}),
    ("pay", {"vendor": "shop.example", "amount": 5}),
    ("pay", {"vendor": "shop.example", "amount": 50, "metadata": {"env": "staging"}}),
    ("ship", {"vendor": "shop.example", "metadata": {"stage": "PRODUCTION"}}),
    ("steal", {"resource": "bank.example"}),
    ("read", {"shadow": True}),
    ("steal", {"mode": "shadow", "metadata": {"environment": "test"}}),
    ("read", {}),
]


def numbers(agent: Agent, **query: Any) -> list[int]:
    """Which of ROWS a query finds, in the order of the answer."""
    everything = [row["requestId"] for row in reversed(agent.rows())]
    return [everything.index(row["requestId"]) for row in agent.logs(**query)["logs"]]


# ---- the two forms ----


def test_without_query_the_log_is_an_array(agent: Agent) -> None:
    """Without a query string the answer is a bare array, newest first, each row with exactly its keys."""
    rows = agent.rows()
    assert [row["action"] for row in rows] == [action for action, _ in reversed(ROWS)]
    for row in rows:
        assert set(row) == ROW_KEYS
        assert row["agentId"] == agent.agent_id
        assert row["metadata"] is None and row["environment"] is None
    assert [row["createdAt"] for row in rows] == sorted((row["createdAt"] for row in rows), reverse=True)


def test_rows_say_what_was_decided(agent: Agent) -> None:
    """A row holds the decision, its reason, the amount, the vendor and the permission."""
    rows = list(reversed(agent.rows()))
    assert [row["decision"] for row in rows] == [
        "allowed",
        "allowed",
        "denied",
        "approval_required",
        "denied",
        "allowed",
        "denied",
        "allowed",
    ]
    assert [row["shadow"] for row in rows] == [False] * 5 + [True, True, False]
    assert [row["amount"] for row in rows] == [None, 5, 50] + [None] * 5
    assert [row["vendor"] for row in rows[3:6]] == ["shop.example", "bank.example", None]
    assert [row["risk"] for row in rows[:5]] == ["low", "low", "high", "medium", "high"]
    assert rows[3]["reason"] == NEEDS_APPROVAL
    assert (rows[3]["allowed"], rows[3]["approvalRequired"]) == (False, True)
    assert rows[4]["permissionId"] is None
    assert rows[0]["permissionId"] == rows[7]["permissionId"] != rows[1]["permissionId"]


def test_with_a_query_the_log_is_an_object(agent: Agent) -> None:
    """Any query parameter, even an unknown or an empty one, turns the answer into an object."""
    queries: list[dict[str, Any]] = [{"limit": 5}, {"anything": "x"}, {"limit": ""}]
    for query in queries:
        page = agent.logs(**query)
        assert set(page) == {"logs", "summary", "pagination"}
        assert {"limit", "page", "total", "hasMore"} <= set(page["pagination"])
    assert [row["requestId"] for row in agent.logs(anything="x")["logs"]] == [row["requestId"] for row in agent.rows()]


def test_plain_list_has_50_rows(demo: Server) -> None:
    """The bare array holds the newest 50 rows."""
    agent = Agent(demo)
    requests = [agent.decide("act")["requestId"] for _ in range(53)]
    assert [row["requestId"] for row in agent.rows()] == requests[:2:-1]


def test_logs_of_other_agents_are_not_mixed_in(demo: Server) -> None:
    """Each agent sees its own rows, also when several write in turns."""
    agents = [Agent(demo) for _ in range(3)]
    expected: list[list[str]] = [[], [], []]
    for turn in range(12):
        expected[turn % 3].insert(0, agents[turn % 3].decide("act")["requestId"])
    for agent, requests in zip(agents, expected):
        assert [row["requestId"] for row in agent.rows()] == requests
        assert agent.logs(limit=10)["pagination"]["total"] == 4


def test_disabled_agent_reads_its_log(demo: Server) -> None:
    """A disabled agent can still read what was decided."""
    agent = Agent(demo)
    agent.decide("act")
    developer_call(demo, "POST", f"/api/dashboard/agents/{agent.agent_id}/disable")
    assert len(agent.rows()) == 1


# ---- filters ----


@pytest.mark.parametrize(
    "query, found",
    [
        ({"allowed": "true"}, [7, 5, 1, 0]),
        ({"allowed": "false"}, [6, 4, 3, 2]),
        ({"allowed": "yes"}, [7, 6, 5, 4, 3, 2, 1, 0]),
        ({"decision": "allowed"}, [7, 5, 1, 0]),
        ({"decision": "denied"}, [6, 4, 3, 2]),
        ({"decision": "approval"}, [3]),
        ({"decision": "approval_required"}, [3]),
        ({"decision": "requires_approval"}, [3]),
        ({"decision": "nonsense"}, [7, 6, 5, 4, 3, 2, 1, 0]),
        ({"allowed": "true", "decision": "denied"}, [7, 5, 1, 0]),
        ({"risk": "low"}, [7, 5, 1, 0]),
        ({"risk": "medium"}, [3]),
        ({"risk": "high"}, [6, 4, 2]),
        ({"risk": "none"}, [7, 6, 5, 4, 3, 2, 1, 0]),
        ({"action": "pay"}, [2, 1]),
        ({"action": "Pay"}, []),
        ({"action": "pa"}, []),
        ({"vendor": "shop.example"}, [3, 2, 1]),
        ({"resource": "shop.example"}, [3, 2, 1]),
        ({"vendor": "bank.example"}, [4]),
        ({"vendor": "shop"}, []),
        ({"environment": "production"}, [3, 0]),
        ({"environment": "STAGING"}, [2]),
        ({"environment": "nowhere"}, []),
        ({"shadow": "true"}, [6, 5]),
        ({"shadow": "false"}, [7, 4, 3, 2, 1, 0]),
        ({"action": "steal", "shadow": "false"}, [4]),
        ({"vendor": "shop.example", "allowed": "false"}, [3, 2]),
        ({"action": "read", "environment": "production", "risk": "low"}, [0]),
        ({"action": "pay", "decision": "approval"}, []),
        ({"action": "' OR '1'='1"}, []),
    ],
)
def test_filters(agent: Agent, query: dict[str, str], found: list[int]) -> None:
    """Each filter finds exactly its rows, several narrow each other, and values of no meaning are ignored."""
    assert numbers(agent, **query) == found
    page = agent.logs(**query)
    assert (page["pagination"]["total"], page["summary"]["total"]) == (len(found), len(found))
    assert page["pagination"]["hasMore"] is False


def test_request_id_filter(agent: Agent) -> None:
    """A request id finds its row, and another agent's or a damaged one finds none."""
    for number, row in enumerate(reversed(agent.rows())):
        assert numbers(agent, requestId=row["requestId"]) == [number]
    other = Agent(agent.server)
    foreign = other.decide("act")["requestId"]
    own = agent.rows()[0]["requestId"]
    for request_id in (foreign, own[:-1], own + "A", own.swapcase(), "req_", "x"):
        assert numbers(agent, requestId=request_id) == []


def test_agent_filter_does_not_reach_other_agents(agent: Agent) -> None:
    """The parameter agentId opens no other agent's log."""
    other = Agent(agent.server)
    other.decide("act")
    for name in ("agentId", "agent"):
        for row in agent.logs(**{name: other.agent_id})["logs"]:
            assert row["agentId"] == agent.agent_id


@pytest.mark.parametrize("start, end", [("from", "to"), ("start", "end")])
def test_time_filters_are_inclusive(demo: Server, start: str, end: str) -> None:
    """from and to (or start and end) keep the rows at the instants themselves; what is no time is ignored."""
    agent = Agent(demo)
    for _ in range(5):
        agent.decide("act")
    rows = agent.rows()
    times = [row["createdAt"] for row in rows]

    def found(**query: str) -> list[str]:
        return [row["createdAt"] for row in agent.logs(**query)["logs"]]

    assert found(**{start: times[2]}) == [time for time in times if time >= times[2]]
    assert found(**{end: times[2]}) == [time for time in times if time <= times[2]]
    assert found(**{start: times[3], end: times[1]}) == [time for time in times if times[3] <= time <= times[1]]
    assert found(**{start: iso(now_ms() + 60_000)}) == []
    assert found(**{end: "2001-01-01"}) == []
    assert found(**{start: "yesterday", end: "soon"}) == times


def test_metadata_can_be_left_out_of_the_log(start_server: Callable[..., Server]) -> None:
    """With the switch off metadata is not stored, so nothing can be found by it."""
    server = start_server("--log-metadata=false")
    agent = Agent(server)
    agent.decide("act", metadata={"environment": "production", "note": "keep out"})
    assert agent.logs(environment="production")["logs"] == []
    assert sql(server, "SELECT count(*) FROM audit WHERE metadata IS NOT NULL") == [(0,)]


# ---- pages ----


@pytest.mark.parametrize(
    "given, used",
    [
        ("1", 1),
        ("500", 500),
        ("501", 100),
        ("0", 100),
        ("-1", 100),
        ("x", 100),
        ("", 100),
        ("5.5", 100),
        ("9" * 30, 100),
    ],
)
def test_limit(agent: Agent, given: str, used: int) -> None:
    """limit is a whole number from 1 to 500; anything else means 100."""
    page = agent.logs(limit=given)
    assert page["pagination"]["limit"] == used
    assert len(page["logs"]) == min(used, len(ROWS))


@pytest.mark.parametrize("given, used", [("2", 2), ("10000", 10000), ("10001", 1), ("0", 1), ("-1", 1), ("x", 1)])
def test_page_number(agent: Agent, given: str, used: int) -> None:
    """page is a whole number from 1 to 10,000; anything else means 1."""
    assert agent.logs(page=given)["pagination"]["page"] == used


def test_pages_cover_the_log(agent: Agent) -> None:
    """The pages in turn hold each row once, with the same total, and only the last says that there is no more."""
    everything = [row["requestId"] for row in agent.rows()]
    for limit in (1, 3, 4, 8, 9):
        seen: list[str] = []
        for number in range(1, 20):
            page = agent.logs(limit=limit, page=number)
            seen += [row["requestId"] for row in page["logs"]]
            assert page["pagination"]["total"] == len(everything)
            assert page["pagination"]["hasMore"] == (len(seen) < len(everything))
            if not page["pagination"]["hasMore"]:
                break
        assert seen == everything
        beyond = agent.logs(limit=limit, page=50)
        assert (beyond["logs"], beyond["pagination"]["hasMore"]) == ([], False)


@pytest.mark.parametrize("query", [{}, {"allowed": "false"}, {"search": "example"}, {"action": "read"}])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_cursor_walks_the_log(agent: Agent, query: dict[str, str], limit: int) -> None:
    """Following nextCursor yields each match once, newest first, and ends with null."""
    expected = [row["requestId"] for row in agent.logs(**query, limit=100)["logs"]]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(20):
        page = agent.logs(**query, **cursor, limit=limit)
        seen += [row["requestId"] for row in page["logs"]]
        if page["pagination"]["nextCursor"] is None:
            break
        cursor = {"cursor": page["pagination"]["nextCursor"]}
    assert seen == expected


def test_cursor_is_not_moved_by_new_rows(demo: Server) -> None:
    """Rows written during a walk do not make it repeat or miss one."""
    agent = Agent(demo)
    expected = [agent.decide("act")["requestId"] for _ in range(9)][::-1]
    seen: list[str] = []
    page = agent.logs(limit=2)
    while True:
        seen += [row["requestId"] for row in page["logs"]]
        cursor = page["pagination"]["nextCursor"]
        if cursor is None:
            break
        agent.decide("later")
        page = agent.logs(limit=2, cursor=cursor)
    assert seen == expected


@pytest.mark.parametrize("cursor", ["0", "-1", "x", "", "9" * 17, "9" * 40, "1e3", "%00"])
def test_odd_cursors_are_harmless(agent: Agent, cursor: str) -> None:
    """A cursor that is none shows the newest rows."""
    assert len(agent.logs(cursor=cursor)["logs"]) == len(ROWS)


def test_summary(agent: Agent) -> None:
    """Denials include those that wait for a person; shadow calls, which enforce nothing, count apart."""
    summary = agent.logs(limit=1)["summary"]
    assert summary == {
        "total": 8,
        "allowed": 3,
        "denied": 3,
        "highRisk": 3,
        "approvalRequired": 1,
        "shadow": 2,
        "topDeniedAction": "steal",
        "topVendor": "shop.example",
    }
    none = agent.logs(action="nothing")["summary"]
    assert none["total"] == 0 and none["topDeniedAction"] is None and none["topVendor"] is None


# ---- search ----


@pytest.mark.parametrize("name", ["search", "q"])
@pytest.mark.parametrize(
    "text, found",
    [
        ("bank", [4]),
        ("BANK.example", [4]),
        ("stea", [6, 4]),
        ("maxAmount", [2]),
        ("no such thing here at all, whatever it is", []),
        ("decision:denied", [6, 4, 3, 2]),
        ("decision:approval_required", [3]),
        ("risk:high", [6, 4, 2]),
        ("RISK:High", [6, 4, 2]),
        ("action:pay", [2, 1]),
        ("vendor:shop.example", [3, 2, 1]),
        ("resource:shop.example", [3, 2, 1]),
        ("env:production", [3, 0]),
        ("environment:staging", [2]),
        ("action:pay decision:denied", [2]),
        ("action:pay maxamount", [2]),
        ("range:24h", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("range:7d action:ship", [3]),
        ("denied", [6, 4, 3, 2]),
        ("blocked", [6, 4, 3, 2]),
        ("rejected", [6, 4, 3, 2]),
        ("allowed", [7, 5, 1, 0]),
        ("permitted", [7, 5, 1, 0]),
        ("approval required", [3]),
        ("requires approval", [3]),
        ("high risk", [6, 4, 2]),
        ("medium risk", [3]),
        ("low risk", [7, 5, 1, 0]),
        ("production", [3, 0]),
        ("staging", [2]),
        ("today", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("last 24 hours", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("last 7 days", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("this week", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("show all denied actions from the last 24 hours", [6, 4, 3, 2]),
        ("find high risk requests for bank", [4]),
        ("list allowed shop.example", [1]),
        ("show me denied production", [3]),
        ("search bank", [4]),
        ("", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("   ", [7, 6, 5, 4, 3, 2, 1, 0]),
    ],
)
def test_search(agent: Agent, name: str, text: str, found: list[int]) -> None:
    """Tokens, phrases and plain text of a search find exactly their rows."""
    assert numbers(agent, **{name: text}) == found


def test_search_finds_ids(agent: Agent) -> None:
    """A part of a request id, of the agent's id or of a permission's id is found, in any case."""
    rows = agent.rows()
    request_id = rows[3]["requestId"]
    assert [row["requestId"] for row in agent.logs(search=request_id.upper())["logs"]] == [request_id]
    permission_id = rows[0]["permissionId"]
    assert {row["permissionId"] for row in agent.logs(search=permission_id[5:])["logs"]} == {permission_id}
    assert len(agent.logs(search=agent.agent_id)["logs"]) == len(ROWS)


def test_explicit_parameters_win_over_search(agent: Agent) -> None:
    """A parameter of its own is stronger than the same wish in the search text."""
    assert numbers(agent, search="decision:denied", decision="allowed") == [7, 5, 1, 0]
    assert numbers(agent, search="denied", allowed="true") == [7, 5, 1, 0]
    assert numbers(agent, search="action:pay", action="read") == [7, 5, 0]
    assert numbers(agent, search="risk:high", risk="medium") == [3]
    assert numbers(agent, search="vendor:bank.example", vendor="mail.example") == [0]
    assert numbers(agent, search="range:24h", **{"from": iso(now_ms() + 60_000)}) == []


def test_long_texts_are_no_phrases(agent: Agent) -> None:
    """In a text of more than six words that does not begin like a question, words are only text."""
    assert numbers(agent, search="one two three four five six denied") == []
    assert numbers(agent, search="Amount exceeds maxAmount constraint.") == [2]


@pytest.mark.hostile
@pytest.mark.parametrize("text", ["%", "_", "'", '"', "\\", "\u0000", "é", ":", "a:", ":a", "::", "\u2028", "+"])
def test_odd_searches_are_harmless(agent: Agent, text: str) -> None:
    """No search text is an error."""
    assert set(agent.logs(search=text)) == {"logs", "summary", "pagination"}


@pytest.mark.hostile
def test_long_searches_are_harmless(agent: Agent) -> None:
    """A search as long as a request line can hold, of one word or of very many, fails nothing."""
    for text in ("a" * 6000, "x " * 3000, "denied " * 800, "risk:high " * 500):
        answer = agent.server.call("GET", f"/api/logs/{agent.agent_id}?q={quote(text)}", headers=agent.headers())
        assert answer.status_code in (200, 414, 431)


def test_search_has_no_wild_cards(agent: Agent) -> None:
    """What a database or a pattern would read as a wild card is a plain character."""
    for text in ("%", "%%", "s%e", "sho_.example", "st?al", "st*l", "shop*", "[a-z]", "^read"):
        assert numbers(agent, search=text) == [], text


# ---- what the log never shows ----


@pytest.mark.parametrize(
    "given, shown",
    [
        ("bhf_sk_0123456789abcdef", "bhf_sk_[redacted]"),
        ("bhf_dev_0123456789abcdef", "bhf_dev_[redacted]"),
        ("bhf_pt_0123456789abcdef", "bhf_pt_[redacted]"),
        ("bhf_pass_0123456789abcdef", "bhf_pass_[redacted]"),
        ("bhf_site_0123456789abcdef", "bhf_site_[redacted]"),
        ("bhf_egress_0123.4567", "bhf_egress_[redacted]"),
        ("whsec_0123456789abcdef", "whsec_[redacted]"),
        ("Bearer abc.def-ghi==", "Bearer [redacted]"),
        ("x bhf_sk_abc y bearer zzz", "x bhf_sk_[redacted] y Bearer [redacted]"),
    ],
)
def test_rows_are_redacted(demo: Server, given: str, shown: str) -> None:
    """A secret that was sent as action or vendor is not shown by the log, in either form."""
    agent = Agent(demo)
    agent.decide(given, vendor=given)
    for row in (agent.rows()[0], agent.logs(limit=1)["logs"][0]):
        assert (row["action"], row["vendor"]) == (shown, shown)


def test_summary_is_redacted(demo: Server) -> None:
    """The summary shows no secret either."""
    agent = Agent(demo)
    agent.decide("bhf_sk_0123456789abcdef", vendor="whsec_0123456789abcdef")
    page = agent.logs(limit=1)
    assert "0123456789abcdef" not in str(page)


def test_metadata_is_never_shown(demo: Server) -> None:
    """What was sent as metadata or policyContext appears nowhere in the log, however it is asked for."""
    agent = Agent(demo)
    agent.decide("act", metadata={"note": "visible-nowhere"}, policyContext={"toolInput": {"command": "nor-this"}})
    names = [{"search": "visible-nowhere"}, {"environment": "x"}, {"format": "csv"}, {"limit": "1"}]
    for query in names:
        text = str(agent.logs(**query)) + str(agent.rows())
        assert "visible-nowhere" not in text and "nor-this" not in text
    assert agent.logs(search="visible-nowhere")["logs"] == []


def test_csv_is_not_offered_here(agent: Agent) -> None:
    """format=csv is ignored: the answer stays JSON."""
    assert len(agent.logs(format="csv")["logs"]) == len(ROWS)


def test_policy_context_is_not_stored(server: Server) -> None:
    """policyContext is judged and forgotten: no byte of it is in the data folder."""
    agent = Agent(server)
    agent.decide("act", policyContext={"toolInput": {"command": "needle-5d41402abc"}})
    for path in server.data_dir.iterdir():
        assert b"needle-5d41402abc" not in path.read_bytes()


def test_has_more_is_false_on_the_last_page(demo: Server) -> None:
    """When all matches are counted and shown, there is no more and no cursor, also behind a filter."""
    agent = Agent(demo)
    for _ in range(3):
        agent.decide("nothing")
    for query in ("allowed=false&limit=3", "allowed=false&limit=1&page=3", "risk=high", "limit=3"):
        answer = demo.call("GET", f"/api/logs/{agent.agent_id}?{query}", headers=agent.headers()).json()
        assert answer["pagination"]["total"] == 3 and answer["pagination"]["hasMore"] is False, query
        assert answer["pagination"]["nextCursor"] is None, query
    answer = demo.call("GET", f"/api/logs/{agent.agent_id}?allowed=false&limit=2", headers=agent.headers()).json()
    assert answer["pagination"]["hasMore"] is True and answer["pagination"]["nextCursor"]
