#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A webhook receiver that takes nothing but what BehalfID signed. No packages needed.

    WEBHOOK_SECRET=whsec_... PORT=3000 python3 examples/webhook_receiver.py

Every request is signed in two ways, and both are checked here so that you can see them; in your own code one will do.
After a rotation put both secrets in, separated by a comma, until the old one has ended.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections import OrderedDict
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
BODY_LIMIT = 1 << 20
SECRETS = [secret for secret in os.environ.get("WEBHOOK_SECRET", "").split(",") if secret]


def is_recent(timestamp: str) -> bool:
    """Signed within the last five minutes: an old request that somebody recorded is refused."""
    return timestamp.isdigit() and len(timestamp) < 12 and abs(time.time() - int(timestamp)) <= TOLERANCE_S


def verify_own(secret: str, headers: Message, body: bytes) -> bool:
    """BehalfID-Signature: hex HMAC of "<timestamp>.<body>"; the key is the hex SHA-256 of the secret, as text."""
    timestamp = headers.get("BehalfID-Timestamp", "")
    key = hashlib.sha256(secret.encode()).hexdigest().encode()
    wanted = "v1=" + hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = [headers.get(name, "") for name in ("BehalfID-Signature", "BehalfID-Signature-Previous")]
    return is_recent(timestamp) and any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)


def verify_standard(secret: str, headers: Message, body: bytes) -> bool:
    """webhook-signature, as https://www.standardwebhooks.com describes it: any of several, separated by blanks."""
    event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{timestamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return is_recent(timestamp) and any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)


SEEN: "OrderedDict[str, None]" = OrderedDict()


def is_new(event_id: str) -> bool:
    """Events come at least once: remember which ones you have had. (A real receiver keeps this in its database.)"""
    if event_id in SEEN:
        return False
    SEEN[event_id] = None
    if len(SEEN) > 10_000:
        SEEN.popitem(last=False)
    return True


class Handler(BaseHTTPRequestHandler):
    """204 for what is genuine, 401 for anything else."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """One event. The body is verified as it came, before anything reads it."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            self.answer(413)
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        own = any(verify_own(secret, self.headers, body) for secret in SECRETS)
        standard = any(verify_standard(secret, self.headers, body) for secret in SECRETS)
        if not own or not standard:
            self.answer(401)
            return
        event = json.loads(body)
        if is_new(event["eventId"]):
            print(f"{event['createdAt']}  {event['eventId']}  {event['type']}  {json.dumps(event['data'])}", flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        """Soon: what takes long belongs into a queue, after ten seconds the event counts as not delivered."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def main() -> None:
    """Listens on the loopback address."""
    if not SECRETS:
        sys.exit("Set WEBHOOK_SECRET to the endpoint's secret.")
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Handler)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
