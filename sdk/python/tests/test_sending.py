# SPDX-License-Identifier: Apache-2.0
"""Time, size, redirects, proxies, connections, threads and processes."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import datetime
import gzip
import json
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import httpx
import pytest

from behalfid import (
    BehalfIDAPIError,
    BehalfIDApprovalRequired,
    BehalfIDConfigurationError,
    BehalfIDDenied,
    BehalfIDUnavailable,
    Decision,
)
from clients import KEY, awaiting, blocking
from keeping_server import KeepingServer
from scripted_server import ALLOW, ScriptedServer, answer

HERE = Path(__file__).resolve().parent
FAULTS = ["hang", "hang_body", "drip_head", "drip_body"]


async def ask(url: str, **options: Any) -> Decision:
    """One question of an async client."""
    async with awaiting(url, **options) as client:
        return await client.verify(action="x", idempotency_key="one")


def ask_blocking(url: str, **options: Any) -> Decision:
    """One question of a client that blocks."""
    with blocking(url, **options) as client:
        return client.verify(action="x", idempotency_key="one")


def ask_async(url: str, **options: Any) -> Decision:
    """Likewise, in an event loop of its own."""
    return asyncio.run(ask(url, **options))


BOTH = pytest.mark.parametrize("ask_once", [ask_blocking, ask_async])


@BOTH
@pytest.mark.parametrize("fault", FAULTS)
def test_the_time_of_a_call_is_for_all_of_it(ask_once: Any, fault: str) -> None:
    """A server that hangs, or sends a byte now and then, is given up when the time is over."""
    with ScriptedServer([{"fault": fault}] * 4) as server:
        begun = time.monotonic()
        with pytest.raises(BehalfIDUnavailable) as caught:
            ask_once(server.url, timeout=0.6)
        assert caught.value.kind == "timeout" and caught.value.status is None
        assert 0.5 < time.monotonic() - begun < 4
        assert len(server.received) == 1


@BOTH
def test_a_name_that_is_not_resolved_in_time_is_given_up(ask_once: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up counts too."""
    real = socket.getaddrinfo

    def slow(host: Any, *rest: Any, **named: Any) -> Any:
        if "localhost" in str(host):
            time.sleep(1.5)
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    begun = time.monotonic()
    with pytest.raises(BehalfIDUnavailable) as caught:
        if ask_once is ask_blocking:
            ask_once("http://localhost:9", timeout=0.3)
        else:
            asyncio.run(unresolved(begun))
    assert caught.value.kind == "timeout"


async def unresolved(begun: float) -> None:
    """Leaving the event loop waits for the look-up's thread, so the time is looked at inside."""
    try:
        await ask("http://localhost:9", timeout=0.3)
    finally:
        assert time.monotonic() - begun < 1.2


@BOTH
def test_a_compressed_answer_is_none(ask_once: Any) -> None:
    """Nobody asked for compression, and a small one can become large."""

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        body = gzip.compress(json.dumps(ALLOW).encode())
        return httpx.Response(200, content=body, headers={"Content-Encoding": "gzip"})

    with pytest.raises(BehalfIDUnavailable) as caught:
        ask_once("http://127.0.0.1:9", http_client=injected(ask_once, handle))
    assert caught.value.kind == "malformed"


@pytest.mark.parametrize("key", ["  ", " a", "a ", "\x7f", "a\n", "\u00e9", 7, b"a"])
def test_idempotency_keys_that_are_none(key: Any) -> None:
    """A key that would arrive as another one, or not at all, is an error of the caller's, and nothing is sent."""
    with ScriptedServer([answer(ALLOW)] * 3) as server, blocking(server.url) as client:
        with pytest.raises(BehalfIDConfigurationError, match="idempotency_key"):
            client.verify(action="x", idempotency_key=key)
        client.verify(action="x", idempotency_key="a b")
        assert [one.headers["idempotency-key"] for one in server.received] == ["a b"]


@BOTH
@pytest.mark.parametrize("timeout", [1e10, 10**400, float("nan"), True, "5", 2_147_484])
def test_times_that_no_clock_can_wait(ask_once: Any, timeout: Any) -> None:
    """Threads and event loops would break on them after the question has been sent: refused before."""
    with ScriptedServer([answer(ALLOW)]) as server:
        with pytest.raises(BehalfIDConfigurationError, match="timeout must be a number of seconds"):
            ask_once(server.url, timeout=timeout)
        with blocking(server.url) as client, pytest.raises(BehalfIDConfigurationError, match="timeout"):
            client.verify(action="x", timeout=timeout)
        assert not server.received


def test_values_of_the_wrong_kind_are_named_and_nothing_is_sent() -> None:
    """As the fields of a question: an error that says which, and none of Python's own."""
    with ScriptedServer([]) as server:
        client = blocking(server.url, developer_token="bhf_dev_test", site_key="bhf_site_test")
        wrong: Any = 7
        calls: list[tuple[str, Any]] = [
            ("input", lambda: client.execute_action(action="x", resource="web", input=wrong)),
            ("action", lambda: client.execute_action(action=wrong, resource="web", input={})),
            ("allowed_actions", lambda: client.create_permission(action="x", allowed_actions=wrong)),
            ("blocked_actions", lambda: client.create_permission(action="x", blocked_actions="deploy")),
            ("constraints", lambda: client.create_permission(action="x", constraints=wrong)),
            ("headers", lambda: client.site_guard.check(path="/", user_agent="x", headers=wrong)),
            ("metadata", lambda: client.site_guard.check(path="/", user_agent="x", metadata=wrong)),
            ("search", lambda: client.get_logs(search="a\ud800")),
            ("from_", lambda: client.get_logs(from_=datetime.datetime(2026, 1, 1))),  # type: ignore[arg-type]
            ("limit", lambda: list(client.iter_logs(limit=10**5000))),
        ]
        for name, call in calls:
            with pytest.raises(BehalfIDConfigurationError, match=name):
                call()
        with pytest.raises(BehalfIDConfigurationError, match="base_url"):
            blocking("http://[::1")
        assert not server.received


@BOTH
def test_no_secret_of_an_answer_is_among_the_locals_of_a_traceback(ask_once: Any) -> None:
    """Error trackers send them along."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": f"{KEY} is no key", "hint": f"not {KEY}"})

    with pytest.raises(BehalfIDAPIError) as caught:
        ask_once("http://127.0.0.1:9", http_client=injected(ask_once, handle))
    frames = traceback.walk_tb(caught.value.__traceback__)
    shown = [repr(frame.f_locals) for frame, _ in frames if "/behalfid/" in frame.f_code.co_filename]
    assert len(shown) > 4 and not any("hidden" in text for text in shown)


def test_an_id_that_has_no_bytes() -> None:
    """Half a character cannot be written into an address."""
    with blocking("http://127.0.0.1:9") as client:
        with pytest.raises(BehalfIDConfigurationError, match="half a character"):
            client.get_boundary("a\ud800")


def injected(ask_once: Any, handle: Any, **options: Any) -> Any:
    """An httpx client of the user's, with a transport that answers by itself."""
    kind = httpx.Client if ask_once is ask_blocking else httpx.AsyncClient
    return kind(transport=httpx.MockTransport(handle), **options)


@BOTH
def test_an_injected_client_changes_neither_redirects_nor_credentials(ask_once: Any) -> None:
    """It is used as it is, but never to follow, and it stays open."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example.com/"})

    client = injected(ask_once, handle, follow_redirects=True, auth=("user", "password"), timeout=1)
    with pytest.raises(BehalfIDUnavailable) as caught:
        ask_once("http://127.0.0.1:9", http_client=client)
    assert caught.value.kind == "redirect" and len(seen) == 1
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert not client.is_closed


@BOTH
def test_a_transport_sees_the_context_of_the_caller(ask_once: Any) -> None:
    """Tracing keeps its spans in context variables."""
    span: contextvars.ContextVar[str] = contextvars.ContextVar("span", default="none")
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(span.get())
        return httpx.Response(200, json=ALLOW)

    span.set("mine")
    assert ask_once("http://127.0.0.1:9", http_client=injected(ask_once, handle))
    assert seen == ["mine"]


def test_the_wrong_kind_of_client_is_refused() -> None:
    """Each takes its own kind."""
    with pytest.raises(BehalfIDConfigurationError):
        blocking("http://127.0.0.1:9", http_client=httpx.AsyncClient())
    with httpx.Client() as client, pytest.raises(BehalfIDConfigurationError):
        awaiting("http://127.0.0.1:9", http_client=client)


@BOTH
def test_texts_of_httpx_are_redacted_and_its_errors_left_behind(ask_once: Any) -> None:
    """Its errors may name anything and hold the request with its headers; ours neither show nor keep them."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot send Authorization: Bearer {KEY} with whsec_hidden456", request=request)

    with pytest.raises(BehalfIDUnavailable) as caught:
        ask_once("http://127.0.0.1:9", http_client=injected(ask_once, handle))
    error = caught.value
    assert error.kind == "network" and "at http://127.0.0.1:9: ConnectError" in str(error)
    assert "hidden" not in f"{error} {error!r} {vars(error)}"
    assert error.__cause__ is None and error.__context__ is None


@BOTH
def test_an_error_that_httpx_does_not_know_is_no_decision(ask_once: Any) -> None:
    """Whatever a transport raises, there is no allow."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise ValueError("odd")

    with pytest.raises(BehalfIDUnavailable) as caught:
        ask_once("http://127.0.0.1:9", http_client=injected(ask_once, handle))
    assert caught.value.kind == "network"


@BOTH
def test_a_closed_client_asks_nothing(ask_once: Any) -> None:
    """Its calls are errors."""
    with blocking("http://127.0.0.1:9") as client:
        pass
    with pytest.raises(BehalfIDConfigurationError):
        client.verify(action="x")
    later = awaiting("http://127.0.0.1:9")

    async def close_and_ask() -> None:
        await later.aclose()
        await later.verify(action="x")

    with pytest.raises(BehalfIDConfigurationError):
        asyncio.run(close_and_ask())


@BOTH
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_nothing_for_this_machine_goes_through_a_proxy(
    ask_once: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment would see the keys, and could answer in the server's place."""
    with ScriptedServer([answer(ALLOW)]) as server, ScriptedServer([]) as proxy:
        monkeypatch.setenv(name, proxy.url)
        assert ask_once(server.url)
        assert not proxy.received and len(server.received) == 1


@BOTH
def test_other_machines_are_asked_through_the_proxy_of_the_environment(
    ask_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As everything that uses httpx."""
    with ScriptedServer([answer(ALLOW)]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert ask_once("http://behalf.example.com", allow_insecure_http=True)
        assert proxy.received[0].path == "http://behalf.example.com/api/verify"


@BOTH
def test_a_netrc_adds_no_credentials(ask_once: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only ours are sent."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedServer([answer(ALLOW)]) as server:
        assert ask_once(server.url)
        assert server.received[0].headers["authorization"] == f"Bearer {KEY}"


def test_threads_share_a_client() -> None:
    """Each gets the answer to its own question, over connections that are used again."""
    wrong: list[str] = []
    with KeepingServer() as server, blocking(server.url) as client:

        def ask_often(name: str) -> None:
            for number in range(20):
                action = f"{name}-{number}"
                reason = client.verify(action=action).reason
                if reason != action:
                    wrong.append(f"{action} got {reason}")

        threads = [threading.Thread(target=ask_often, args=(f"thread-{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        assert 1 <= server.connections <= 40


def test_a_child_process_has_connections_of_its_own() -> None:
    """After a fork, parent and child would read each other's answers from a connection that both hold."""
    with KeepingServer() as server, blocking(server.url) as client:
        assert client.verify(action="parent").reason == "parent"
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, client.verify(action="child").reason.encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reading, 100) == b"child"
        os.close(reading)
        os.close(writing)
        assert client.verify(action="again").reason == "again"
        assert server.connections == 2


def test_an_async_client_serves_one_event_loop_after_the_other() -> None:
    """Connections of a loop that has ended are not used again."""
    with KeepingServer() as server:
        client = awaiting(server.url)

        async def ask_twice(name: str) -> None:
            for _ in range(2):
                assert (await client.verify(action=name)).reason == name
            await client._http().aclose()

        asyncio.run(ask_twice("first"))
        asyncio.run(ask_twice("second"))
        assert server.connections == 2


def test_cancelling_ends_the_request_and_runs_nothing() -> None:
    """CancelledError comes through, the function does not run, and nothing is asked again."""
    ran: list[int] = []

    async def cancel(url: str) -> None:
        async with awaiting(url) as client:

            @client.guard(action="x")
            async def function() -> None:
                ran.append(1)

            task = asyncio.ensure_future(function())
            while not server.received:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with ScriptedServer([{"fault": "hang"}, answer(ALLOW)]) as server:
        asyncio.run(cancel(server.url))
        assert len(server.received) == 1 and not ran


def test_cancelling_together_with_the_answer_runs_nothing() -> None:
    """A cancellation in the very moment of the allow is not lost."""
    ran: list[int] = []

    async def cancel() -> None:
        for steps in range(40):

            async def handle_later(request: httpx.Request) -> httpx.Response:
                loop = asyncio.get_running_loop()

                def count(left: int) -> None:
                    if left == 0:
                        task.cancel()
                    else:
                        loop.call_soon(count, left - 1)

                count(steps)
                return httpx.Response(200, json=ALLOW)

            http = httpx.AsyncClient(transport=httpx.MockTransport(handle_later))
            client = awaiting("http://127.0.0.1:9", http_client=http)

            async def function() -> None:
                ran.append(steps)
                await asyncio.sleep(3600)

            task = asyncio.ensure_future(client.guard(action="x")(function)())
            done, _ = await asyncio.wait({task}, timeout=5)
            assert done and task.cancelled()
            await http.aclose()

    asyncio.run(cancel())
    assert ran, "a cancellation that comes later finds the function running"
    assert ran == list(range(ran[0], 40)) and ran[0] > 1


PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where it is ignored around the tests
import sys
from behalfid import guard

@guard(action="x", timeout=60)
def function():
    print("ran", flush=True)

print("asking", flush=True)
try:
    function()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interrupt_ends_the_call_at_once_and_runs_nothing() -> None:
    """Ctrl-C need not wait for the answer, and the program can end."""
    with ScriptedServer([{"fault": "hang"}]) as server:
        environment = {**os.environ, "BEHALFID_BASE_URL": server.url, "BEHALFID_API_KEY": KEY, "BEHALFID_AGENT_ID": "a"}
        words = [sys.executable, "-c", PROGRAM]
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
            while not server.received:
                time.sleep(0.02)
            process.send_signal(2)
            output, _ = process.communicate(timeout=15)
        assert output == "asking\ninterrupted\n" and process.returncode == 0


def test_no_key_is_in_the_text_of_a_client() -> None:
    """repr is for logs."""
    with blocking("http://127.0.0.1:9", developer_token="bhf_dev_hidden") as client:
        assert "hidden" not in f"{client!r} {client._options!r}"


def test_errors_survive_being_sent_to_another_process() -> None:
    """They are pickled by multiprocessing and by queues of tasks."""
    decision = Decision("req_1", False, True, "Held.", "medium", "apr_1")
    errors = [
        BehalfIDDenied(decision, "The approval is denied."),
        BehalfIDApprovalRequired(decision),
        BehalfIDUnavailable("late", kind="timeout"),
        BehalfIDAPIError("no", status=429, code="A", hint="b", retry_after=3, request_id="req_2"),
    ]
    for error in errors:
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(twin) is type(error) and str(twin) == str(error) and vars(twin) == vars(error)


def test_a_decision_is_true_only_when_it_allows() -> None:
    """`if client.verify(...)` is safe, and a decision cannot be changed."""
    allow = Decision("req_1", True, False, "", "low")
    assert allow and not Decision("req_1", False, False, "", "low")
    with pytest.raises(AttributeError):
        allow.allowed = False  # type: ignore[misc]


@BOTH
def test_a_refusal_says_what_to_do(ask_once: Any) -> None:
    """The text of an error that the server gives a hint for has it: a traceback shows nothing else."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": "No key.", "code": "A", "hint": "Send one."})

    with pytest.raises(BehalfIDAPIError) as caught:
        ask_once("http://127.0.0.1:9", http_client=injected(ask_once, handle))
    assert str(caught.value) == "No key. (HTTP 401) Send one." and caught.value.hint == "Send one."


@pytest.mark.parametrize("key", ["bhf_sk_a.b", "bhf_sk_a/c", "bhf_sk_a=", "bhf_sk_a b", "bhf_sk_", "bhf_dev_a"])
def test_keys_that_are_none(key: str) -> None:
    """A server makes keys of letters, digits, - and _; another text is no key, and is in no error."""
    with pytest.raises(BehalfIDConfigurationError, match="api_key") as caught:
        blocking("http://127.0.0.1:9", api_key=key)
    assert len(key) == len("bhf_sk_") or key not in str(caught.value)
