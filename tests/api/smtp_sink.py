# SPDX-License-Identifier: Apache-2.0
"""A real SMTP server on this machine that keeps what it gets."""

import socket
import ssl
import subprocess
import time
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, Optional

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session

from harness import free_port


class Sink:
    """Use as a context manager. `host` is a name of this machine."""

    def __init__(self, host: str = "127.0.0.1", tls: Optional[ssl.SSLContext] = None, login: str = "") -> None:
        self.host = host
        self.envelopes: list[Envelope] = []
        self.secured: list[bool] = []
        self.logins: list[str] = []
        self.connections = 0
        options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
        if login:
            options.update(authenticator=self.authenticate, auth_required=True, auth_require_tls=tls is not None)
        self.wanted = login
        address = socket.gethostbyname(host)
        self.controller = Controller(self, hostname=address, port=free_port(), **options)

    # ---- what aiosmtpd calls ----

    def authenticate(self, _server: Any, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        """Lets one user in."""
        said = f"{data.login.decode()}:{data.password.decode()}"
        self.logins.append(said)
        return AuthResult(success=said == self.wanted)

    async def handle_EHLO(self, _server: Any, session: Session, _e: Envelope, hostname: str, answer: Any) -> Any:
        """Counts who says hello."""
        self.connections += 1
        session.host_name = hostname  # type: ignore[assignment]
        return answer

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:
        """Keeps the mail."""
        self.secured.append(session.ssl is not None)
        self.envelopes.append(envelope)
        return "250 OK"

    # ---- what tests call ----

    def __enter__(self) -> "Sink":
        self.controller.start()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop()

    def environment(self, **more: str) -> dict[str, str]:
        """How a server is told to send its mail here."""
        user = self.wanted + "@" if self.wanted else ""
        url = f"smtp://{user}{self.host}:{self.controller.port}"
        return {"BEHALFID_SMTP_URL": url, "BEHALFID_SMTP_FROM": "behalf@example.org", **more}

    def wait(self, count: int, timeout: float = 30.0) -> list[Message]:
        """The mails, once there are so many."""
        deadline = time.monotonic() + timeout
        while len(self.envelopes) < count:
            assert time.monotonic() < deadline, f"{len(self.envelopes)} mails of {count}"
            time.sleep(0.02)
        assert len(self.envelopes) == count
        return [message_from_bytes(envelope.original_content or b"") for envelope in self.envelopes]


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody else has signed."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
