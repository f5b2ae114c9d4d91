# SPDX-License-Identifier: Apache-2.0
"""A guarded site for the load of bench/site_guard.lua. Part of bench/measure.py."""

from typing import Any

from harness import Server

# Rules for others, which are newer than the one that allows the load's visitors, so that all are looked at.
OTHERS = ["GPTBot", "ClaudeBot", "CCBot", "PerplexityBot", "Bytespider", "Amazonbot", "Applebot", "Diffbot", "YouBot"]


def guarded_site(server: Server) -> str:
    """A site with rules; returns its key."""

    def make(path: str, body: dict[str, Any]) -> dict[str, dict[str, str]]:
        answer = server.call("POST", "/api/dashboard/sites" + path, body, server.as_developer())
        assert answer.status_code == 201, answer.text
        made: dict[str, dict[str, str]] = answer.json()
        return made

    site = make("", {"name": "Bench", "domain": "bench.example"})["site"]["siteId"]
    make(f"/{site}/rules", {"name": "Docs", "userAgentPattern": "*GoodBot*", "allowedPaths": ["/docs/*"]})
    for name in OTHERS:
        make(f"/{site}/rules", {"name": name, "userAgentPattern": f"*{name}*", "blockedPaths": ["/*"]})
    return str(make(f"/{site}/keys", {"name": "Bench"})["rawKey"])
