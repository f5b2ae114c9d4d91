# SPDX-License-Identifier: Apache-2.0
"""The client for asyncio."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING, Any, AsyncIterator, Optional, TypeVar, Union
from weakref import WeakKeyDictionary

import httpx

from . import agents, approvals, decisions, logs, site_guard
from .core import Core, awaiting, judging
from .decorator import AsyncPermit, guard_method, plan
from .errors import BehalfIDConfigurationError
from .guarding import Patience, permit
from .models import Decision, LogEntry
from .transport import TOO_LATE, Collector, client_arguments, failure_of, request_arguments
from .wire import Answer, Effect, Failure, Flow, Notify, Send, Sleep

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")
Reply = Union[Answer, Failure]


async def exchange(client: httpx.AsyncClient, request: Send) -> Reply:
    """One request in a task of its own, which is cancelled when its time is over or the caller is cancelled."""
    task = asyncio.ensure_future(answer_of(client, request, time.monotonic() + request.seconds))
    try:
        # Not wait_for: before Python 3.12 it forgets a cancellation that comes together with the result.
        await asyncio.wait({task}, timeout=request.seconds)
        return task.result() if task.done() else TOO_LATE
    finally:
        task.cancel()


async def answer_of(client: httpx.AsyncClient, request: Send, deadline: float) -> Reply:
    """The whole answer."""
    try:
        async with client.stream(**request_arguments(request)) as response:
            answer = Collector(response, deadline)
            if answer.wants_body:
                async for piece in response.aiter_bytes():
                    if not answer.add(piece):
                        break
            return answer.reply()
    except Exception as error:
        return failure_of(request, error)


class AsyncSiteGuard:
    """Site guard, as `client.site_guard`."""

    def __init__(self, client: AsyncBehalfID) -> None:
        self._options = client._options
        self._run = client._run

    check = awaiting(site_guard.check)


class AsyncBehalfID(Core[httpx.AsyncClient]):
    """As BehalfID, to await, under asyncio. May be used in several event loops. Close it, or use `async with`."""

    _kind = httpx.AsyncClient

    def _prepare(self) -> None:
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()
        self.site_guard = AsyncSiteGuard(self)

    verify = judging(awaiting(decisions.verify))
    verify_or_raise = awaiting(decisions.verify_or_raise)
    wait_for_approval = awaiting(approvals.wait_for_approval)
    execute_action = awaiting(agents.execute_action)
    get_boundary = awaiting(agents.get_boundary)
    get_logs = awaiting(logs.get_logs)
    rotate_key = awaiting(agents.rotate_key)
    create_agent = awaiting(agents.create_agent)
    create_permission = awaiting(agents.create_permission)
    guard = guard_method(plan)

    async def iter_logs(self, agent_id: Optional[str] = None, **filters: logs.Filter) -> AsyncIterator[LogEntry]:
        """All rows, the newest first, page by page; `limit` is the size of a page. Filters as in `get_logs`."""
        pages = logs.Pages(agent_id, filters)
        while pages.more:
            for entry in await self._run(pages.next(self._options)):
                yield entry

    async def aclose(self) -> None:
        """Ends its connections of this event loop. Calls after it raise BehalfIDConfigurationError."""
        self._closed = True
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def __aenter__(self) -> AsyncBehalfID:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    def _own_http(self) -> httpx.AsyncClient:
        """The one of this event loop: connections belong to the loop that made them."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = httpx.AsyncClient(**client_arguments(self._options))
        return client

    async def _run(self, flow: Flow[T]) -> T:
        """Does what the flow asks for, until it ends. An error between its steps, of whatever kind, ends it too."""
        http = self._http()  # made before the time of a call begins
        reply: Any = None
        while True:
            try:
                effect = flow.send(reply)
            except StopIteration as done:
                result: T = done.value
                return result
            reply = await self._perform(effect, http)

    async def _perform(self, effect: Effect, http: httpx.AsyncClient) -> Any:
        """One step."""
        if isinstance(effect, Send):
            return await exchange(http, effect)
        if isinstance(effect, Sleep):
            return await asyncio.sleep(effect.seconds)
        assert isinstance(effect, Notify)
        told = effect.function(effect.argument)
        if inspect.isawaitable(told):
            await told
        return None

    async def _permit(self, question: decisions.Question, patience: Patience) -> Decision:
        return await self._run(permit(self._options, question, patience))

    def _permits(self) -> tuple[None, AsyncPermit]:
        return None, self._permit
