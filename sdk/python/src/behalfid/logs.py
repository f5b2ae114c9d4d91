# SPDX-License-Identifier: Apache-2.0
"""The agent's log, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Union
from urllib.parse import urlencode

from .decisions import api_key_of
from .errors import BehalfIDConfigurationError, BehalfIDUnavailable
from .models import LogEntry
from .options import Options
from .reader import Reader
from .wire import Call, Flow, Malformed, receive, segment, timeout_of

Filter = Union[str, int, bool, None]
PAGE_SIZE = 100
NAMES = {"request_id": "requestId", "from_": "from"}
KNOWN = (
    "limit page before cursor decision allowed risk action vendor request_id environment shadow from_ to search".split()
)


@dataclass(frozen=True)
class LogPage:
    """Rows, and the id to go on `before`; None after the last ones."""

    entries: list[LogEntry]
    next_before: Optional[str] = None


def query_of(filters: Mapping[str, Filter]) -> str:
    """The query string, in the order of the arguments."""
    for name in filters:
        if name not in KNOWN:
            raise BehalfIDConfigurationError(f"{name} is no filter of the log; there are: {', '.join(KNOWN)}.")
    pairs = [(NAMES.get(name, name), filter_text(name, value)) for name, value in filters.items() if value is not None]
    return f"?{urlencode(pairs)}" if pairs else ""


def filter_text(name: str, value: Filter) -> str:
    """The value as the address has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        if isinstance(value, (str, int)):
            return str(value).encode().decode()
    except ValueError:  # half a character, or too many digits
        pass
    raise BehalfIDConfigurationError(f"{name} must be a text, a number, True or False.")


def entry_of(data: Any) -> LogEntry:
    """One row, or Malformed."""
    row = Reader(data)
    return LogEntry(
        request_id=row.text("requestId"),
        agent_id=row.optional_text("agentId"),
        permission_id=row.optional_text("permissionId"),
        action=row.optional_text("action"),
        vendor=row.optional_text("vendor"),
        amount=row.optional_number("amount"),
        allowed=row.optional_flag("allowed"),
        approval_required=row.optional_flag("approvalRequired"),
        approval_id=row.optional_text("approvalId"),
        decision=row.optional_text("decision"),
        reason=row.optional_text("reason"),
        risk=row.optional_text("risk"),
        shadow=row.optional_flag("shadow"),
        created_at=row.optional_text("createdAt"),
        execution=row.optional_object("execution"),
    )


def entries_of(rows: Any) -> list[LogEntry]:
    """Rows, or Malformed."""
    if not isinstance(rows, list):
        raise Malformed("there is no array of rows")
    return [entry_of(row) for row in rows]


def page_of(data: Any) -> LogPage:
    """What comes where there is a query."""
    page = Reader(data)
    pagination = Reader(page.data.get("pagination"))
    return LogPage(entries_of(page.data.get("logs")), pagination.optional_text("nextBefore"))


def get_page(
    options: Options, agent_id: Optional[str], filters: Mapping[str, Filter], timeout: Optional[float] = None
) -> Flow[LogPage]:
    """One page of the log; without a query the server gives an array."""
    query = query_of(filters)
    path = f"/api/logs/{segment(options.agent(agent_id))}{query}"
    seconds = timeout_of(options, timeout)
    call = Call("GET", path, bearer=api_key_of(options), repeatable=True, timeout=seconds)
    read: Callable[[Any], LogPage] = page_of if query else lambda data: LogPage(entries_of(data))
    return (yield from receive(options, call, read))


def get_logs(
    options: Options, /, agent_id: Optional[str] = None, *, timeout: Optional[float] = None, **filters: Filter
) -> Flow[list[LogEntry]]:
    """The newest rows: 50, or those of one page when there is any filter (`limit`, `decision`, `action`, `from_` ...)."""
    page = yield from get_page(options, agent_id, filters, timeout)
    return page.entries


class Pages:
    """Goes through all rows, the newest first. `more` is false after the last page."""

    def __init__(self, agent_id: Optional[str], filters: Mapping[str, Filter]) -> None:
        self.agent_id = agent_id
        self.filters: dict[str, Filter] = dict(filters)
        self.filters.setdefault("limit", PAGE_SIZE)
        self.seen: set[str] = set()
        self.more = True
        query_of(self.filters)

    def next(self, options: Options) -> Flow[list[LogEntry]]:
        """The rows of the next page; there may be none although more follow."""
        page = yield from get_page(options, self.agent_id, self.filters)
        self.more = page.next_before is not None
        if page.next_before is not None:
            if page.next_before in self.seen:
                raise BehalfIDUnavailable("The server's log does not get on.", kind="malformed", status=200)
            self.seen.add(page.next_before)
            self.filters["before"] = page.next_before
        return page.entries
