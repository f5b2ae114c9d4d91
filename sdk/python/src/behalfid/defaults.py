# SPDX-License-Identifier: Apache-2.0
"""The clients of the function `guard`: made from the environment at the first call, one in each process."""

from __future__ import annotations

import os

from .async_client import AsyncBehalfID
from .client import BehalfID
from .decisions import Question
from .decorator import AsyncPermit, Permit, guard_method, plan
from .guarding import Patience
from .models import Decision

_clients: dict[int, BehalfID] = {}
_async_clients: dict[int, AsyncBehalfID] = {}


def permit(question: Question, patience: Patience) -> Decision:
    """Asks by the default client."""
    client = _clients.get(os.getpid())
    if client is None:
        client = _clients.setdefault(os.getpid(), BehalfID())
    return client._permit(question, patience)


async def async_permit(question: Question, patience: Patience) -> Decision:
    """Asks by the default client for asyncio."""
    client = _async_clients.get(os.getpid())
    if client is None:
        client = _async_clients.setdefault(os.getpid(), AsyncBehalfID())
    return await client._permit(question, patience)


class Defaults:
    """Has `guard` for functions of both kinds."""

    def _permits(self) -> tuple[Permit, AsyncPermit]:
        return permit, async_permit

    guard = guard_method(plan)


guard = Defaults().guard
