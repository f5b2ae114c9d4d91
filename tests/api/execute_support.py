# SPDX-License-Identifier: Apache-2.0
"""
What the tests of the action gateway share. Nothing here may reach a network: a page that a test asks for has a name
that leads to an address that the server is told to refuse, which it finds out after the decision.
"""

from pathlib import Path
from typing import Any, Optional

import requests

from api_support import Agent
from harness import Server, behind_refused_hosts

EXECUTE = "/api/actions/execute"
REFUSED = ("--refused-networks", "11.0.0.0/8")
PAGE = "http://page.example.com/page"
NOT_REACHED = "Gateway URL resolves to a non-public address."
UNSUPPORTED = "Action Gateway MVP only supports browse_web on the web resource."


def refusing(data: Path, *options: str, **named: Any) -> Server:
    """A server from which nothing of the tests reaches a network."""
    return Server(data, *REFUSED, *options, prefix=behind_refused_hosts(), **named)


class Reader(Agent):
    """An agent that may read the web, if not told otherwise."""

    def __init__(self, server: Server, may_read: bool = True, **fields: Any) -> None:
        super().__init__(server, "Reader")
        if may_read:
            self.grant("browse_web", resource="web", **fields)

    def body(self, url: Any = PAGE, **changes: Any) -> dict[str, Any]:
        """The body of a call that reads the page."""
        return {"agentId": self.agent_id, "action": "browse_web", "resource": "web", "input": {"url": url}, **changes}

    def send(self, body: Any, headers: Optional[dict[str, str]] = None) -> requests.Response:
        """POST /api/actions/execute with exactly this body."""
        return self.server.call("POST", EXECUTE, body, {**self.headers(), **(headers or {})})

    def read(self, url: Any = PAGE, headers: Optional[dict[str, str]] = None, **changes: Any) -> requests.Response:
        """POST /api/actions/execute for the page."""
        return self.send(self.body(url, **changes), headers)
