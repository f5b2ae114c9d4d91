# SPDX-License-Identifier: Apache-2.0
"""A webhook receiver that takes nothing but what BehalfID signed: README.md tells how to run it.

After a rotation put both secrets in, separated by a comma, until the old one has ended.
"""

import json
import os
import sys
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from behalfid import verify_webhook_signature

BODY_LIMIT = 1 << 20
SECRETS = [secret for secret in os.environ.get("WEBHOOK_SECRET", "").split(",") if secret]
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
    timeout = 30  # seconds without a byte

    def do_POST(self) -> None:
        """One event. The body is verified as it came, before anything reads it."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > BODY_LIMIT:
            self.close_connection = True
            self.answer(413)
            return
        body = self.rfile.read(int(length))
        headers = dict(self.headers.items())
        if not any(verify_webhook_signature(secret, body, headers) for secret in SECRETS):
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
