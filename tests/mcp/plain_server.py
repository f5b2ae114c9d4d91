# SPDX-License-Identifier: Apache-2.0
"""A small MCP server on standard input and output, well behaved or not, for the tests of the interceptor.

Writes each line that it gets, as it is, to the file WRAP_RECORD. How it misbehaves is the first argument.
"""

import json
import os
import signal
import sys
import time
from typing import Any

MODE = sys.argv[1] if len(sys.argv) > 1 else "plain"
RECORD = open(os.environ["WRAP_RECORD"], "ab", buffering=0)
PAGES = [["echo", "secret"], ["write_file", "big"]]


def send(message: Any) -> None:
    """One message."""
    raw(json.dumps(message).encode() + b"\n")


def raw(data: bytes) -> None:
    """Bytes as they are."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def tool(name: str) -> dict[str, Any]:
    """A tool as it is listed."""
    return {"name": name, "inputSchema": {"type": "object"}}


def list_tools(params: dict[str, Any]) -> dict[str, Any]:
    """One page of tools."""
    page = int(params.get("cursor", "0"))
    result: dict[str, Any] = {"tools": [tool(name) for name in PAGES[page]]}
    if page + 1 < len(PAGES):
        result["nextCursor"] = str(page + 1)
    return result


def call(name: str, arguments: dict[str, Any]) -> Any:
    """What the tool gives."""
    if name == "die":
        os._exit(int(arguments.get("status", 3)))
    if name == "half":
        raw(b'{"jsonrpc":"2.0","id":')
        os._exit(0)
    if name == "garbage":
        raw(b"this is no JSON\n\xff\xfe\n")
    if name == "slow":
        time.sleep(float(arguments["seconds"]))
    text = "x" * int(arguments["size"]) if name == "big" else json.dumps(arguments)
    return {"content": [{"type": "text", "text": text}]}


def answer(message: Any) -> None:
    """The answer to one message."""
    method, number = message.get("method"), message.get("id")
    params = message.get("params") or {}
    if number is None or method is None or method == "hang":
        return
    if method == "initialize":
        result: Any = {
            "protocolVersion": params.get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "plain", "version": "1"},
        }
    elif method == "tools/list":
        result = list_tools(params)
    elif method == "tools/call":
        result = call(params["name"], params.get("arguments") or {})
    elif method == "ping":
        result = {}
    elif method == "env":
        result = dict(os.environ)
    elif method == "sample":
        send({"jsonrpc": "2.0", "id": "s1", "method": "sampling/createMessage", "params": {"of": "server"}})
        result = {}
    elif method == "changed":
        send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        result = {}
    else:
        send({"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "unknown"}})
        return
    send({"jsonrpc": "2.0", "id": number, "result": result})


def main() -> None:
    """Answers line by line until the end."""
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(f"pid {os.getpid()}", file=sys.stderr, flush=True)
    if MODE == "deaf":
        time.sleep(600)
    if MODE == "flood":
        while True:
            raw(b'{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"%s"}}\n' % (b"f" * 900))
    for line in sys.stdin.buffer:
        RECORD.write(line)
        message = json.loads(line) if line.strip() else None
        if isinstance(message, list):
            answers = [{"jsonrpc": "2.0", "id": item["id"], "result": {}} for item in message if "id" in item]
            send(answers)
        elif message is not None:
            answer(message)
    while MODE == "stubborn":
        time.sleep(1)


main()
