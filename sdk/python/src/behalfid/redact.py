# SPDX-License-Identifier: Apache-2.0
"""Takes secrets out of texts before anybody reads them."""

from __future__ import annotations

import re

BEARER = re.compile(r"\b(bearer)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE)
TOKEN = re.compile(r"(bhf_[a-z]+_|whsec_)[A-Za-z0-9._~+/=-]+")


def redact(text: str) -> str:
    """The text with each bearer value and each BehalfID secret replaced by `[redacted]`."""
    return TOKEN.sub(r"\1[redacted]", BEARER.sub(r"\1 [redacted]", text))
