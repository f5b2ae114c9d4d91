# SPDX-License-Identifier: Apache-2.0
"""Reads members of a JSON object. What has the wrong type is Malformed, never a default."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional

from .wire import Malformed


class Reader:
    """A JSON object of an answer. Unknown members are ignored; an optional one may be absent or null."""

    def __init__(self, data: Any) -> None:
        if not isinstance(data, dict):
            raise Malformed("it is no JSON object")
        self.data: Mapping[str, Any] = data

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.data.get(name)
        if not isinstance(value, str) or not value:
            raise Malformed(f"{name} is no text")
        return value

    def any_text(self, name: str) -> str:
        """A text, which may be empty."""
        value = self.data.get(name)
        if not isinstance(value, str):
            raise Malformed(f"{name} is no text")
        return value

    def one_of(self, name: str, values: Iterable[str]) -> Any:
        """One of these texts."""
        value = self.text(name)
        if value not in values:
            raise Malformed(f"{name} is none of those known")
        return value

    def flag(self, name: str) -> bool:
        """true or false, and nothing that only looks like it."""
        value = self.data.get(name)
        if not isinstance(value, bool):
            raise Malformed(f"{name} is neither true nor false")
        return value

    def optional_flag(self, name: str) -> Optional[bool]:
        """true, false, or None."""
        return None if self.data.get(name) is None else self.flag(name)

    def optional_text(self, name: str) -> Optional[str]:
        """A text or None."""
        return None if self.data.get(name) is None else self.any_text(name)

    def optional_number(self, name: str) -> Optional[float]:
        """A number or None."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        raise Malformed(f"{name} is no number")

    def optional_object(self, name: str) -> Optional[Mapping[str, Any]]:
        """An object or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, dict):
            raise Malformed(f"{name} is no object")
        return value
