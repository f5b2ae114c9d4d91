# SPDX-License-Identifier: Apache-2.0
"""What both clients are, apart from how they send: their options, and methods made from flows."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any, Callable, Coroutine, Generator, Generic, Optional, TypeVar

import httpx

from .errors import BehalfIDConfigurationError
from .options import Options
from .wire import Flow

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")
H = TypeVar("H", httpx.Client, httpx.AsyncClient)


class Core(Generic[H]):
    """Options of a client. Without an argument it reads BEHALFID_BASE_URL, BEHALFID_API_KEY, BEHALFID_AGENT_ID,
    BEHALFID_DEVELOPER_TOKEN and BEHALFID_SITE_KEY.

    `timeout` is seconds for a call in all; without it 5, and 30 for `execute_action`. `http_client` is used in place of
    an own httpx client and stays open; its proxies, certificates and hooks are its own. Raises
    BehalfIDConfigurationError.
    """

    _kind: type[Any]

    def __init__(
        self,
        *,
        base_url: Optional[str] = None,
        api_key: Optional[str] = None,
        agent_id: Optional[str] = None,
        developer_token: Optional[str] = None,
        site_key: Optional[str] = None,
        timeout: Optional[float] = None,
        allow_insecure_http: bool = False,
        http_client: Optional[H] = None,
    ) -> None:
        self._options = Options(base_url, api_key, agent_id, developer_token, site_key, timeout, allow_insecure_http)
        if http_client is not None and not isinstance(http_client, self._kind):
            raise BehalfIDConfigurationError(f"http_client must be an httpx.{self._kind.__name__}.")
        self._injected = http_client
        self._closed = False
        self._prepare()

    def _prepare(self) -> None:
        """What one of the two has besides."""

    def _own_http(self) -> H:
        """The httpx client where none is injected."""
        raise NotImplementedError

    def _http(self) -> H:
        """What sends."""
        injected: Optional[H] = self._injected
        if self._closed or (injected is not None and injected.is_closed):
            raise BehalfIDConfigurationError("The client is closed.")
        return self._own_http() if injected is None else injected

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._options.base_url!r}, agent_id={self._options.agent_id!r})"


def blocking(flow: Callable[Concatenate[Options, P], Flow[T]]) -> Callable[Concatenate[Any, P], T]:
    """A method that does what the flow asks for."""

    @functools.wraps(flow)
    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        result: T = self._run(flow(self._options, *args, **kwargs))
        return result

    show(method, flow)
    return method


class Call(Coroutine[Any, Any, T]):
    """A coroutine without a truth value: one that nobody awaited would be true, whatever the answer is."""

    def __init__(self, steps: Coroutine[Any, Any, T]) -> None:
        self._steps = steps

    def __bool__(self) -> bool:
        raise TypeError("This is no answer yet: await the call first.")

    def __await__(self) -> Generator[Any, Any, T]:
        return self._steps.__await__()

    def send(self, value: Any) -> Any:
        """One step, as of any coroutine."""
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        """One step, which begins with this error."""
        return self._steps.throw(*error)

    def close(self) -> None:
        """Ends it."""
        self._steps.close()


def awaiting(flow: Callable[Concatenate[Options, P], Flow[T]]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Likewise, to await."""

    @functools.wraps(flow)
    async def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        result: T = await self._run(flow(self._options, *args, **kwargs))
        return result

    show(method, flow)
    return method


def judging(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """The same method, of whose answer it matters whether it is true."""

    @functools.wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return Call(method(self, *args, **kwargs))

    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(call)
    return call


def show(method: Any, flow: Callable[..., Any]) -> None:
    """Gives the method the signature that help() shows and get_type_hints() reads: its own, not that of the flow."""
    signature = inspect.signature(flow)
    first, *others = signature.parameters.values()
    result = str(signature.return_annotation)[len("Flow[") : -len("]")]
    method.__signature__ = signature.replace(
        parameters=[first.replace(name="self", annotation=inspect.Parameter.empty), *others], return_annotation=result
    )
    method.__annotations__ = {one.name: one.annotation for one in others}
    method.__annotations__["return"] = result
