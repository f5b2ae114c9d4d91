# SPDX-License-Identifier: Apache-2.0
"""Options of a client: arguments, else the environment, held against the rules before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Any, Iterable, Mapping, Optional
from urllib.parse import urlsplit

from .errors import BehalfIDConfigurationError

LONGEST = 2_147_483.647  # seconds; what the SDK for TypeScript can wait too
DEFAULT_BASE_URL = "http://127.0.0.1:8420"
KEY_PREFIXES = {
    "api_key": ("bhf_sk_", "bhf_site_"),
    "developer_token": ("bhf_dev_",),
    "site_key": ("bhf_site_",),
}
PLAIN_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[!-~]*)?", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Does the host name this machine?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def base_url_of(text: str, allow_insecure_http: bool) -> str:
    """The server's address without a final slash. The text is in no error: it may hold a password."""
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that are no address
        parts = urlsplit("http://")
    if parts.scheme.lower() not in ("http", "https"):
        raise BehalfIDConfigurationError("base_url must begin with http:// or https://.")
    if "@" in parts.netloc:
        raise BehalfIDConfigurationError("base_url must not hold a user name or a password.")
    if "?" in text or "#" in text or "\\" in text:
        raise BehalfIDConfigurationError("base_url must have no query, no fragment and no backslash.")
    if not PLAIN_URL.fullmatch(text) or not parts.hostname:
        raise BehalfIDConfigurationError("base_url must be an address such as https://behalfid.example.com.")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise BehalfIDConfigurationError("base_url must have a port of 1 to 65535, or none.")
    if parts.scheme.lower() == "http" and not is_loopback(parts.hostname) and not allow_insecure_http:
        raise BehalfIDConfigurationError(
            "base_url is http:// to another machine, which sends keys in the clear; use https://, or say "
            "allow_insecure_http=True."
        )
    return text.rstrip("/")


def given(name: str, value: Optional[str]) -> Optional[str]:
    """The argument, else the variable of the environment. An empty variable is none; an empty argument is a mistake."""
    if value is None:
        return os.environ.get(f"BEHALFID_{name.upper()}") or None
    if not isinstance(value, str) or not value:
        raise BehalfIDConfigurationError(f"{name} must be a text that is not empty.")
    return value


def credential_of(name: str, text: Optional[str]) -> Optional[str]:
    """A key that begins as it must and has nothing in it that is no key, or None."""
    if text is None:
        return None
    if text != text.strip():
        raise BehalfIDConfigurationError(f"{name} has a blank or a line break at an end: take it away.")
    prefixes = KEY_PREFIXES[name]
    if not any(re.fullmatch(prefix + r"[A-Za-z0-9_-]+", text) for prefix in prefixes):
        raise BehalfIDConfigurationError(
            f"{name} must begin with {' or '.join(prefixes)} and have only letters, digits, - and _ after it."
        )
    return text


def seconds_of(name: str, value: float) -> float:
    """A time in seconds: above 0, and no longer than any clock here can wait."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LONGEST:
        raise BehalfIDConfigurationError(f"{name} must be a number of seconds above 0, at most {LONGEST}.")
    return float(value)


def text_of(name: str, value: Any) -> str:
    """What must be a text."""
    if not isinstance(value, str):
        raise BehalfIDConfigurationError(f"{name} must be a text.")
    return value


def mapping_of(name: str, value: Any) -> dict[str, Any]:
    """A copy of what must be a mapping."""
    if not isinstance(value, Mapping):
        raise BehalfIDConfigurationError(f"{name} must be a mapping.")
    return dict(value)


def list_of(name: str, value: Any) -> list[Any]:
    """A copy of what must be a list, or other things one by one. A text is one thing, and not its letters."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise BehalfIDConfigurationError(f"{name} must be a list.")
    return list(value)


class Options:
    """What a client knows. Only `api_key` ever changes: rotating replaces it. Nothing here shows a key in its text."""

    def __init__(
        self,
        base_url: Optional[str],
        api_key: Optional[str],
        agent_id: Optional[str],
        developer_token: Optional[str],
        site_key: Optional[str],
        timeout: Optional[float],
        allow_insecure_http: bool,
    ) -> None:
        self.base_url = base_url_of(given("base_url", base_url) or DEFAULT_BASE_URL, allow_insecure_http is True)
        self.api_key = credential_of("api_key", given("api_key", api_key))
        self.agent_id = given("agent_id", agent_id)
        self.developer_token = credential_of("developer_token", given("developer_token", developer_token))
        self.site_key = credential_of("site_key", given("site_key", site_key))
        self.timeout = None if timeout is None else seconds_of("timeout", timeout)
        if self.api_key is None and self.developer_token is None and self.site_key is None:
            raise BehalfIDConfigurationError("There is no key: set BEHALFID_API_KEY, or give api_key.")

    @property
    def is_local(self) -> bool:
        """Is the server this machine? Then no proxy may come between."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    def agent(self, agent_id: Optional[str]) -> str:
        """The agent a call is about."""
        chosen = self.agent_id if agent_id is None else agent_id
        if not isinstance(chosen, str) or not chosen:
            raise BehalfIDConfigurationError("agent_id is missing: give it to the client, or set BEHALFID_AGENT_ID.")
        return chosen

    def __repr__(self) -> str:
        return f"Options(base_url={self.base_url!r}, agent_id={self.agent_id!r})"
