# SPDX-License-Identifier: Apache-2.0
"""What the tests of passports share."""

import re
from typing import Any, Optional

import requests

from api_support import Agent, developer_call


def link_path(agent: Agent) -> str:
    """The address of the agent's link, for people."""
    return f"/api/dashboard/agents/{agent.agent_id}/passport"


def mint(agent: Agent) -> str:
    """A new link: its token."""
    answer = developer_call(agent.server, "POST", link_path(agent))
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["passportUrl"].split("#token=")[1]
    return token


def read(agent: Agent, token: str, fmt: Optional[str] = None) -> requests.Response:
    """GET of the passport."""
    url = f"{agent.server.base_url}/api/passport/{agent.agent_id}"
    query = {} if fmt is None else {"format": fmt}
    return requests.get(url, params=query, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def document(agent: Agent, token: str) -> Any:
    """The document, which must be there."""
    answer = read(agent, token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def actions(agent: Agent, token: str) -> list[str]:
    """The actions in the passport."""
    return [scope["action"] for scope in document(agent, token)["permissions"]]


def preview(agent: Agent, token: str, body: Any) -> requests.Response:
    """POST of the passport."""
    headers = {"Authorization": f"Bearer {token}"}
    return agent.server.call("POST", f"/api/passport/{agent.agent_id}", body, headers)


def outcome(agent: Agent, token: str, **fields: Any) -> tuple[bool, str, str]:
    """What the preview of an action says."""
    answer = preview(agent, token, fields)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["requestId", "allowed", "reason", "risk"]
    assert re.fullmatch(r"req_[A-Za-z0-9_-]{16}", body["requestId"])
    return body["allowed"], body["reason"], body["risk"]
