# SPDX-License-Identifier: Apache-2.0
"""packaging/caddy/Caddyfile, as far as it can be held against something without Caddy."""

import re

from harness import ROOT

UNITS = {"KB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2}  # as Caddy reads them


def test_bodies_have_the_servers_limit() -> None:
    """The proxy takes exactly what the server takes, so that the answer to more is one and the same."""
    text = (ROOT / "packaging" / "caddy" / "Caddyfile").read_text()
    (number, unit), *others = re.findall(r"^\s*max_size (\d+)(\w+)$", text, re.MULTILINE)
    limit = re.search(r"#define BH_BODY_LIMIT (\d+)", (ROOT / "src" / "http" / "server.h").read_text())
    assert limit is not None and not others
    assert int(number) * UNITS[unit] == int(limit.group(1))


def test_the_caller_does_not_choose_its_address() -> None:
    """Both headers by which the server counts callers are set anew from the connection, whatever the caller sent."""
    text = (ROOT / "packaging" / "caddy" / "Caddyfile").read_text()
    assert re.findall(r"^\s*header_up (\S+) (\S+)$", text, re.MULTILINE) == [
        ("X-Real-IP", "{remote_host}"),
        ("X-Forwarded-For", "{remote_host}"),
    ]
