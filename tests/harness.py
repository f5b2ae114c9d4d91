# SPDX-License-Identifier: Apache-2.0
"""A real server in a folder of its own, for tests and measurements."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Optional

import requests

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("BEHALF_BIN", str(ROOT / "build" / "behalf")))


def behind_refused_hosts() -> list[str]:
    """What a server's command begins with so that refused_hosts is its /etc/hosts.

    The name of the tests' page is there, and the server is told to refuse its address. So it fails, as only a look-up
    can say, and nothing reaches a network. Takes a user and a mount namespace of its own; root is not needed.
    """
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    spaces = ["unshare", "--user", "--map-root-user", "--mount", "--"]
    return [*spaces, "sh", "-c", script, str(ROOT / "tests" / "refused_hosts")]


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One `behalf serve` process. Use as a context manager, or call start() and stop()."""

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        demo: bool = True,
        env: Optional[dict[str, str]] = None,
        prefix: Optional[list[str]] = None,
        rate_limit: Optional[int] = 0,
    ) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.host = "127.0.0.1"
        self.base_url = f"http://{self.host}:{self.port}"
        self.options = list(options)
        self.demo = demo
        self.env = env or {}
        self.prefix = prefix or []
        self.rate_limit = rate_limit
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.log_path = data_dir.parent / f"{data_dir.name}.log"
        self.agent_id = ""
        self.api_key = ""
        self.developer_token = ""
        self.email = ""
        self.password = ""

    def command(self) -> list[str]:
        """The command line that start() runs."""
        words = self.prefix + [str(BINARY), "serve", "--listen", f"{self.host}:{self.port}"]
        words += ["--data", str(self.data_dir)]
        if self.rate_limit is not None:  # else the environment says it
            words += ["--rate-limit", str(self.rate_limit)]
        return words + (["--demo"] if self.demo else []) + self.options

    def environment(self) -> dict[str, str]:
        """The process's environment. Sign-ins are not limited, unless a test says so: all come from one address."""
        return {**os.environ, "BEHALFID_AUTH_RATE_LIMIT": "0", **self.env}

    def start(self, timeout: float = 30.0) -> "Server":
        """Starts the process and waits for its first answer."""
        with open(self.log_path, "ab") as log, open(self.log_path.with_suffix(".out"), "ab") as out:
            self.process = subprocess.Popen(self.command(), stdout=out, stderr=log, env=self.environment())
        self.wait_ready(timeout)
        self.read_demo()
        return self

    def wait_ready(self, timeout: float) -> None:
        """Returns once /api/health answers; fails with the log when the process ends before."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log()}")
            try:
                if requests.get(self.base_url + "/api/health", timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.01)
        raise RuntimeError(f"the server does not answer: {self.log()}")

    def read_demo(self) -> None:
        """Takes the credentials of demo.json, if there is one."""
        path = self.data_dir / "demo.json"
        if path.exists():
            demo = json.loads(path.read_text())
            self.agent_id = demo["agentId"]
            self.api_key = demo["apiKey"]
            self.developer_token = demo["developerToken"]
            self.email = demo.get("email", "")
            self.password = demo.get("password", "")

    def log(self) -> str:
        """What the server has written to stderr."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def printed(self) -> str:
        """What the server has written to stdout."""
        return self.log_path.with_suffix(".out").read_text()

    def kill(self) -> None:
        """SIGKILL: as if the power had gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, timeout: float = 30.0) -> int:
        """SIGTERM; returns the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def __enter__(self) -> "Server":
        return self.start()

    def close(self) -> None:
        """Stops it if it still runs. A sanitizer that found something, a leak too, ends it with another status."""
        if self.process is not None and self.process.poll() is None:
            status = self.stop()
            assert status == 0, f"the server ended with status {status}: {self.log()}"

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- calls ----

    def call(
        self, method: str, path: str, body: Any = None, headers: Optional[dict[str, str]] = None
    ) -> requests.Response:
        """One request with a JSON body (or none)."""
        return requests.request(method, self.base_url + path, json=body, headers=headers, timeout=30)

    def as_agent(self, key: Optional[str] = None) -> dict[str, str]:
        """Headers with an agent's key."""
        return {"Authorization": f"Bearer {key or self.api_key}"}

    def as_developer(self, token: Optional[str] = None) -> dict[str, str]:
        """Headers with a developer token."""
        return {"X-Developer-Token": token or self.developer_token}

    def verify(self, action: str, headers: Optional[dict[str, str]] = None, **fields: Any) -> requests.Response:
        """POST /api/verify as the demo agent."""
        body = {"agentId": self.agent_id, "action": action, **fields}
        return self.call("POST", "/api/verify", body, {**self.as_agent(), **(headers or {})})

    def create_agent(self, name: str = "Agent") -> tuple[str, str]:
        """A new agent: its id and its key."""
        answer = self.call("POST", "/api/agents", {"name": name}, self.as_developer())
        assert answer.status_code == 201, answer.text
        return answer.json()["agentId"], answer.json()["apiKey"]

    def grant(self, agent_id: str, action: str, **fields: Any) -> str:
        """A new permission: its id."""
        body = {"agentId": agent_id, "action": action, **fields}
        answer = self.call("POST", "/api/permissions", body, self.as_developer())
        assert answer.status_code == 201, answer.text
        permission_id: str = answer.json()["permissionId"]
        return permission_id

    def command_line(self, *words: str, env: Optional[dict[str, str]] = None) -> "subprocess.CompletedProcess[str]":
        """Runs `behalf WORDS` against this server's data folder and address."""
        full = {**os.environ, "BEHALFID_DATA": str(self.data_dir), "BEHALFID_BASE_URL": self.base_url, **(env or {})}
        return subprocess.run([str(BINARY), *words], capture_output=True, text=True, env=full, timeout=120, check=False)
