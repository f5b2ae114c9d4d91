# SPDX-License-Identifier: Apache-2.0
# The frameworks are not there where types are checked.
# mypy: disable-error-code="misc,no-untyped-call"
"""An MCP server on standard input and output; writes each call that it runs to the file in MCP_RECORD."""

import json
import os
from typing import Any

try:
    from mcp.server.mcpserver import MCPServer as Server  # mcp 2
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server  # mcp 1

server: Any = Server("notes")


def record(tool: str, **arguments: Any) -> str:
    """A tool has run."""
    with open(os.environ["MCP_RECORD"], "a") as out:
        out.write(json.dumps([tool, arguments]) + "\n")
    return f"{tool} done"


@server.tool()
def buy(shop: str, price: float) -> str:
    """Buys a ticket."""
    return record("buy", shop=shop, price=price)


@server.tool()
def drop_table(name: str) -> str:
    """Drops a table."""
    return record("drop_table", name=name)


@server.tool()
def deploy(target: str) -> str:
    """Deploys."""
    return record("deploy", target=target)


@server.tool()
def read_file(path: str) -> str:
    """Reads a file."""
    return record("read_file", path=path)


@server.tool()
def fail(reason: str) -> str:
    """Fails."""
    record("fail", reason=reason)
    raise ValueError(f"boom {reason}")


if __name__ == "__main__":
    server.run("stdio")
