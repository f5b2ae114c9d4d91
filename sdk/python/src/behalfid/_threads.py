# SPDX-License-Identifier: Apache-2.0
"""Asking in a thread, for tools that are awaited with a client that blocks."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from typing import Callable, Optional

from .errors import BehalfIDUnavailable


async def in_thread(work: Callable[[threading.Event], None]) -> None:
    """Awaits the work in a thread of its own. The event is set once nobody awaits it any more.

    A person may take half an hour, and neither other tools nor the end of the program wait for that.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Optional[BaseException]] = loop.create_future()
    stop = threading.Event()

    def finish(error: Optional[BaseException]) -> None:
        if not done.done():
            done.set_result(error)

    def run() -> None:
        error: Optional[BaseException] = None
        try:
            work(stop)
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(finish, error)

    context = contextvars.copy_context()
    try:
        threading.Thread(target=context.run, args=(run,), name="behalfid-tool", daemon=True).start()
    except RuntimeError as error:
        raise BehalfIDUnavailable(f"No thread can be started: {error}") from error
    try:
        failed = await done
    finally:
        stop.set()
    if failed is not None:
        raise failed
