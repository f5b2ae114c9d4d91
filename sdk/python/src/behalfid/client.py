# SPDX-License-Identifier: Apache-2.0
"""The client for code that blocks."""

from __future__ import annotations

import contextvars
import inspect
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Iterator, Optional, TypeVar, Union

import httpx

from . import agents, approvals, decisions, logs, site_guard
from .core import Core, blocking
from .decorator import Permit, guard_method, plan
from .errors import BehalfIDConfigurationError, BehalfIDUnavailable
from .guarding import Patience, permit
from .models import Decision, LogEntry
from .transport import TOO_LATE, Collector, client_arguments, failure_of, request_arguments
from .wire import Answer, Effect, Failure, Flow, Notify, Send, Sleep

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")


class Exchange:
    """One request in a thread of its own, so that its time holds whatever it hangs in: name, connection, headers."""

    def __init__(self, client: httpx.Client, request: Send) -> None:
        self.client = client
        self.request = request
        self.deadline = time.monotonic() + request.seconds
        self.done = threading.Event()
        self.reply: Union[Answer, Failure] = TOO_LATE
        self.error: Optional[BaseException] = None

    def result(self) -> Union[Answer, Failure]:
        """Waits. What is left when the time is over ends by itself, and its answer counts for nothing."""
        context = contextvars.copy_context()
        try:
            threading.Thread(target=context.run, args=(self.work,), name="behalfid", daemon=True).start()
        except RuntimeError as error:
            return failure_of(self.request, error)
        if not self.done.wait(max(0.0, self.deadline - time.monotonic())):
            return TOO_LATE
        if self.error is not None:
            raise self.error
        return self.reply

    def work(self) -> None:
        """In the thread."""
        try:
            self.reply = self.send()
        except Exception as error:
            self.reply = failure_of(self.request, error)
        except BaseException as error:
            self.error = error
        self.done.set()

    def send(self) -> Union[Answer, Failure]:
        """The request and its whole answer."""
        with self.client.stream(**request_arguments(self.request)) as response:
            answer = Collector(response, self.deadline)
            if answer.wants_body:
                for piece in response.iter_bytes():
                    if not answer.add(piece):
                        break
            return answer.reply()


class SiteGuard:
    """Site guard, as `client.site_guard`."""

    def __init__(self, client: BehalfID) -> None:
        self._options = client._options
        self._run = client._run

    check = blocking(site_guard.check)


class BehalfID(Core[httpx.Client]):
    """A client of one server, for one agent. May be used by several threads, and after a fork. Close it, or use
    `with`.
    """

    _kind = httpx.Client

    def _prepare(self) -> None:
        self._clients: dict[int, httpx.Client] = {}
        self.site_guard = SiteGuard(self)

    verify = blocking(decisions.verify)
    verify_or_raise = blocking(decisions.verify_or_raise)
    wait_for_approval = blocking(approvals.wait_for_approval)
    execute_action = blocking(agents.execute_action)
    get_boundary = blocking(agents.get_boundary)
    get_logs = blocking(logs.get_logs)
    rotate_key = blocking(agents.rotate_key)
    create_agent = blocking(agents.create_agent)
    create_permission = blocking(agents.create_permission)
    guard = guard_method(plan)

    def iter_logs(self, agent_id: Optional[str] = None, **filters: logs.Filter) -> Iterator[LogEntry]:
        """All rows, the newest first, page by page; `limit` is the size of a page. Filters as in `get_logs`."""
        pages = logs.Pages(agent_id, filters)
        while pages.more:
            yield from self._run(pages.next(self._options))

    def close(self) -> None:
        """Ends its connections. Calls after it raise BehalfIDConfigurationError."""
        self._closed = True
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def __enter__(self) -> BehalfID:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def _own_http(self) -> httpx.Client:
        """The one of this process: connections of before a fork are the parent's."""
        client = self._clients.get(os.getpid())
        if client is None:
            made = httpx.Client(**client_arguments(self._options))
            client = self._clients.setdefault(os.getpid(), made)  # no lock: one may be held during a fork
            if client is not made:
                made.close()
        return client

    def _run(self, flow: Flow[T], stop: Optional[threading.Event] = None) -> T:
        """Does what the flow asks for, until it ends. An error between its steps, of whatever kind, ends it too.

        Once `stop` is set, by another thread, no further step is begun.
        """
        http = self._http()  # made before the time of a call begins
        reply: Any = None
        while True:
            try:
                effect = flow.send(reply)
            except StopIteration as done:
                result: T = done.value
                return result
            if stop is not None and stop.wait(effect.seconds if isinstance(effect, Sleep) else 0):
                raise BehalfIDUnavailable("The call was cancelled.", kind="timeout")
            reply = None if stop is not None and isinstance(effect, Sleep) else self._perform(effect, http)

    def _perform(self, effect: Effect, http: httpx.Client) -> Any:
        """One step."""
        if isinstance(effect, Send):
            return Exchange(http, effect).result()
        if isinstance(effect, Sleep):
            return time.sleep(effect.seconds)
        assert isinstance(effect, Notify)
        told = effect.function(effect.argument)
        if inspect.isawaitable(told):
            if inspect.iscoroutine(told):
                told.close()
            raise BehalfIDConfigurationError("on_approval_required must not be async in a guard of a BehalfID.")
        return None

    def _permit(
        self, question: decisions.Question, patience: Patience, stop: Optional[threading.Event] = None
    ) -> Decision:
        return self._run(permit(self._options, question, patience), stop)

    def _permits(self) -> tuple[Permit, None]:
        return self._permit, None
