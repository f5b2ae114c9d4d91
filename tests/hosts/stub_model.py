# SPDX-License-Identifier: Apache-2.0
"""A model on the loopback address that asks for the tool calls of a script, one a turn, and then ends.

It speaks what the coding agents speak: the Messages API for Claude Code and the Responses API for Codex, both as a
stream of events. Where a conversation stands is read from the results that the agent sends along, so that one stub
serves any number of sessions. By hand:  stub_model.py 'touch /tmp/x'  prints its address and serves until it is ended.
"""

import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Iterator, NamedTuple, Optional

USAGE = {"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
END = "That is all."
HELPER = "You are the helper."  # in the prompt of an agent that the agent starts


class Call(NamedTuple):
    """A tool call that the model asks for: "shell", "write", "edit", "read", "patch", "type" (into the session of the
    first call), or with "tool:" before it any tool's own name, whose input is `text` as JSON."""

    kind: str
    text: str = ""
    path: str = ""
    tty: bool = False


class Answered(NamedTuple):
    """What the agent reported about one call."""

    text: str
    is_error: bool


def shell(command: str, tty: bool = False) -> Call:
    """The one call that most scripts are."""
    return Call("shell", command, tty=tty)


def event(kind: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """One event of a stream."""
    return kind, {"type": kind, **fields}


def flat(content: Any) -> str:
    """The text of a tool's result, whatever its shape."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", part)) if isinstance(part, dict) else str(part) for part in content)
    return content if isinstance(content, str) else json.dumps(content)


# ---- Messages API ----


def claude_results(request: dict[str, Any]) -> list[Answered]:
    """The results in a conversation, in order."""
    found = []
    for message in request.get("messages", []):
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            if block.get("type") == "tool_result":
                found.append(Answered(flat(block.get("content", "")), bool(block.get("is_error"))))
    return found


def claude_tool(call: Call) -> tuple[str, dict[str, Any]]:
    """Name and input of the tool as Claude Code has it."""
    if call.kind.startswith("tool:"):
        return call.kind[5:], json.loads(call.text)
    return {
        "shell": ("Bash", {"command": call.text, "description": "Does the work"}),
        "write": ("Write", {"file_path": call.path, "content": call.text}),
        "read": ("Read", {"file_path": call.path}),
    }[call.kind]


def claude_block(call: Optional[Call], step: int) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The start of the answer's only block, its delta, and why the turn stops."""
    if call is None:
        return {"type": "text", "text": ""}, {"type": "text_delta", "text": END}, "end_turn"
    name, wanted = claude_tool(call)
    start = {"type": "tool_use", "id": f"toolu_{step:04}", "name": name, "input": {}}
    return start, {"type": "input_json_delta", "partial_json": json.dumps(wanted)}, "tool_use"


def claude_message(request: dict[str, Any], step: int) -> dict[str, Any]:
    """The message before it has content."""
    head = {"id": f"msg_{step:04}", "type": "message", "role": "assistant", "model": request.get("model", "stub")}
    return {**head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": USAGE}


def claude_events(request: dict[str, Any], call: Optional[Call], step: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answer as a stream."""
    start, delta, stop = claude_block(call, step)
    yield event("message_start", message=claude_message(request, step))
    yield event("content_block_start", index=0, content_block=start)
    yield event("content_block_delta", index=0, delta=delta)
    yield event("content_block_stop", index=0)
    yield event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": 5})
    yield event("message_stop")


# ---- Responses API ----


def codex_results(request: dict[str, Any]) -> list[Answered]:
    """The results in a conversation, in order."""
    outputs = [item for item in request.get("input", []) if str(item.get("type", "")).endswith("_call_output")]
    return [Answered(flat(item.get("output", "")), False) for item in outputs]


def codex_tools(request: dict[str, Any]) -> dict[str, str]:
    """The names of the tools that the request offers, and their types."""
    return {str(tool.get("name", tool.get("type"))): str(tool.get("type")) for tool in request.get("tools", [])}


def codex_session(request: dict[str, Any]) -> int:
    """The shell that the first call has left open, as its result names it."""
    for answered in codex_results(request):
        found = re.search(r"session ID (\d+)|\"session_id\":\s*(\d+)", answered.text)
        if found:
            return int(found.group(1) or found.group(2))
    return 0


def codex_namespace(call: Call) -> tuple[str, str]:
    """Codex calls the tool mcp__SERVER__TOOL by the name TOOL in the namespace mcp__SERVER."""
    found = re.fullmatch(r"tool:(mcp__.+?)__(.+)", call.kind)
    return (found.group(1), found.group(2)) if found else ("", "")


def codex_search(request: dict[str, Any], call: Call, step: int) -> Optional[dict[str, Any]]:
    """The search that comes first where the tools of MCP servers are not offered before somebody looks for them."""
    space, name = codex_namespace(call)
    call_id = f"search_{step}"
    if not space or "tool_search" not in codex_tools(request).values():
        return None
    if any(item.get("call_id") == call_id for item in request.get("input", [])):
        return None
    head = {"type": "tool_search_call", "id": call_id, "call_id": call_id, "status": "completed"}
    return {**head, "execution": "client", "arguments": {"query": f"{space} {name}", "limit": 8}}


def codex_function(request: dict[str, Any], call: Call) -> tuple[str, dict[str, Any]]:
    """Name and arguments of the tool as Codex has it."""
    if call.kind.startswith("tool:"):
        return call.kind[5:], json.loads(call.text)
    if call.kind == "shell" and "exec_command" in codex_tools(request):
        return "exec_command", {"cmd": call.text, "tty": call.tty, "yield_time_ms": 3000}
    known: dict[str, tuple[str, dict[str, Any]]] = {
        "shell": ("shell_command", {"command": call.text}),
        "type": ("write_stdin", {"session_id": codex_session(request), "chars": call.text, "yield_time_ms": 2000}),
        "read": ("view_image", {"path": call.path}),
    }
    return known[call.kind]


def patch(call: Call) -> str:
    """A patch that adds the file, unless the call brings its own."""
    if call.kind == "patch":
        return call.text
    lines = "".join(f"+{line}\n" for line in call.text.splitlines())
    return f"*** Begin Patch\n*** Add File: {call.path}\n{lines}*** End Patch\n"


def codex_item(request: dict[str, Any], call: Optional[Call], step: int) -> dict[str, Any]:
    """The answer's only item."""
    if call is None:
        content = [{"type": "output_text", "text": END, "annotations": []}]
        return {"type": "message", "id": f"msg_{step}", "role": "assistant", "status": "completed", "content": content}
    head = {"id": f"item_{step}", "call_id": f"call_{step}", "status": "completed"}
    if call.kind in ("patch", "write"):
        return {**head, "type": "custom_tool_call", "name": "apply_patch", "input": patch(call)}
    search = codex_search(request, call, step)
    if search is not None:
        return search
    name, wanted = codex_function(request, call)
    if codex_tools(request).get("exec") == "custom" and name not in codex_tools(request):
        script = f"text(await tools.{name}({json.dumps(wanted)}))"
        return {**head, "type": "custom_tool_call", "name": "exec", "input": script}
    space, plain = codex_namespace(call)
    if space:
        head, name = {**head, "namespace": space}, plain
    return {**head, "type": "function_call", "name": name, "arguments": json.dumps(wanted)}


def codex_events(request: dict[str, Any], call: Optional[Call], step: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answer as a stream."""
    item = codex_item(request, call, step)
    answer = {"id": f"resp_{step}", "object": "response", "status": "in_progress", "output": []}
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    yield event("response.created", response=answer)
    yield event("response.output_item.added", output_index=0, item=item)
    yield event("response.output_item.done", output_index=0, item=item)
    yield event("response.completed", response={**answer, "status": "completed", "output": [item], "usage": usage})


# ---- the server ----


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: "Listener"

    def log_message(self, format: str, *args: Any) -> None:  # pylint: disable=redefined-builtin
        """Nothing on stderr."""

    def send_json(self, value: Any, status: int = 200) -> None:
        """A whole answer."""
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_events(self, events: Iterator[tuple[str, dict[str, Any]]]) -> None:
        """A stream, ended by the end of the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for kind, data in events:
            self.wfile.write(f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode())
        self.close_connection = True

    def do_GET(self) -> None:
        """Lists of models are empty: the agents know theirs."""
        self.server.stub.note("GET", self.path, {})
        if "/models" in self.path:
            self.send_json({"object": "list", "data": [], "models": [], "has_more": False})
        else:
            self.send_json({"error": {"type": "not_found_error", "message": "no such path"}}, 404)

    def do_HEAD(self) -> None:
        """Whether the server is there."""
        self.send_json({})

    def do_POST(self) -> None:
        """A turn of a conversation, or something small beside it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            request = json.loads(body)
        except ValueError:
            request = {}
        stub = self.server.stub
        stub.note("POST", self.path, request)
        if "count_tokens" in self.path:
            self.send_json({"input_tokens": 10})
        elif "/messages" in self.path:
            self.answer_claude(request)
        elif "/responses" in self.path:
            call, step = stub.turn(codex_results(request), codex_tools(request))
            self.send_events(codex_events(request, call, step))
        else:
            self.send_json({"error": {"type": "not_found_error", "message": "no such path"}}, 404)

    def answer_claude(self, request: dict[str, Any]) -> None:
        """As a stream, or whole where the agent asks for that."""
        tools = {str(tool.get("name")): "function" for tool in request.get("tools", [])}
        results, messages = claude_results(request), request.get("messages") or [{}]
        if tools and HELPER in flat(messages[0].get("content", "")):
            call, step = self.server.stub.helper_turn(results)
        else:
            call, step = self.server.stub.turn(results, tools)
        if request.get("stream"):
            self.send_events(claude_events(request, call, step))
            return
        content = [{"type": "text", "text": END}]
        self.send_json({**claude_message(request, step), "content": content, "stop_reason": "end_turn"})


class Listener(ThreadingHTTPServer):
    """The listening socket."""

    daemon_threads = True
    stub: "StubModel"


class StubModel:
    """The server. Use as a context manager; `asked` counts the calls that it asked for, `answers` has what came back.
    `before[n]` is done once, before the call number n is asked for: what breaks at 0 was whole when the session
    began. `pause_s` passes after it. `tools` are the names and types of those that the agent has offered."""

    def __init__(self, *script: Call) -> None:
        self.script = list(script)
        self.lock = threading.Lock()
        self.asked = 0
        self.tools: dict[str, str] = {}
        self.helper_call: Optional[Call] = None
        self.helper_asked = 0
        self.helper_answers: list[Answered] = []
        self.before: dict[int, Callable[[], object]] = {}
        self.pause_s = 0.0
        self.answers: list[Answered] = []
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.listener.stub = self
        self.url = f"http://127.0.0.1:{self.listener.server_address[1]}"

    def note(self, method: str, path: str, request: dict[str, Any]) -> None:
        """Remembers a request."""
        with self.lock:
            self.requests.append((method, path, request))

    def turn(self, results: list[Answered], tools: dict[str, str]) -> tuple[Optional[Call], int]:
        """What comes next in a conversation with these results. Without tools it is none of the script's."""
        with self.lock:
            if len(results) > len(self.answers):
                self.answers = results
            step = len(results)
            self.tools = tools or self.tools
            if not tools or step >= len(self.script):
                return None, step
            if step in self.before:
                self.before.pop(step)()
                time.sleep(self.pause_s)
            self.asked += 1
            return self.script[step], step

    def helper_turn(self, results: list[Answered]) -> tuple[Optional[Call], int]:
        """The same in a conversation of a helper that the agent has started: it has one call."""
        with self.lock:
            if results:
                self.helper_answers = results
                return None, len(results)
            self.helper_asked += 1
            return self.helper_call, 0

    def __enter__(self) -> "StubModel":
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown()
        self.listener.server_close()


def main() -> int:
    """Serves a script of shell commands until it is ended."""
    with StubModel(*[shell(command) for command in sys.argv[1:]]) as stub:
        print(stub.url, flush=True)
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
