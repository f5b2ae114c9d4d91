# SPDX-License-Identifier: Apache-2.0
"""What the tests of the site guard share: a guarded site with a key, and bots that sign their requests."""

import base64
import hashlib
import json
import secrets
import subprocess
from pathlib import Path
from typing import Any, Optional

import requests

from api_support import now_ms, sql
from harness import Server

ALLOWED = "Path allowed by an active Site Guard rule."
BLOCKED = "Path is blocked by an active Site Guard rule."
NEEDS_APPROVAL = "Site Guard rule requires approval before access."
NOT_ALLOWED = "No active Site Guard rule allows this path."
NO_RULE = "No matching active Site Guard rule."
DISABLED = "Site is disabled."
NO_SITE = "Site not found."
CLOSED = "Site Guard failed closed."


class Site:
    """A new site of a server's first account, with a key."""

    def __init__(self, server: Server, token: Optional[str] = None) -> None:
        self.server = server
        self.token = token
        self.domain = f"site-{secrets.token_hex(8)}.example"
        self.site_id: str = self.manage("POST", "", {"name": "Site", "domain": self.domain})["site"]["siteId"]
        self.key_id, self.key = self.new_key()

    def manage(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A call of the owner's, which must succeed."""
        path = "/api/dashboard/sites" + path
        answer = self.server.call(method, path, body, self.server.as_developer(self.token))
        assert answer.status_code in (200, 201), answer.text
        made: dict[str, Any] = answer.json()
        return made

    def new_key(self) -> tuple[str, str]:
        """A new key: its id and the key itself."""
        made = self.manage("POST", f"/{self.site_id}/keys", {"name": "Key"})
        return made["key"]["keyId"], made["rawKey"]

    def rule(self, **fields: Any) -> str:
        """A new rule, for user agents with "Bot" in them unless it says otherwise: its id."""
        signal = {} if {"agentIdentifier", "verifiedAgent"} & set(fields) else {"userAgentPattern": "*Bot*"}
        made = self.manage("POST", f"/{self.site_id}/rules", {"name": "Rule", **signal, **fields})
        rule_id: str = made["rule"]["ruleId"]
        return rule_id

    def change_rule(self, rule_id: str, **fields: Any) -> None:
        """Changes one of its rules."""
        self.manage("PATCH", f"/{self.site_id}/rules/{rule_id}", fields)

    def change(self, **fields: Any) -> None:
        """Changes the site."""
        self.manage("PATCH", f"/{self.site_id}", fields)

    def headers(self) -> dict[str, str]:
        """The site's credential."""
        return {"Authorization": f"Bearer {self.key}"}

    def ask(self, body: Any, headers: Optional[dict[str, str]] = None) -> requests.Response:
        """POST /api/site-guard/check with exactly this body."""
        return self.server.call("POST", "/api/site-guard/check", body, self.headers() if headers is None else headers)

    def check(self, path: str, user_agent: str = "GoodBot/1.0", **fields: Any) -> dict[str, Any]:
        """The answer to a check that must be one."""
        answer = self.ask({"path": path, "userAgent": user_agent, **fields})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def authorize(self, headers: dict[str, str]) -> requests.Response:
        """GET /api/site-guard/authorize, as a proxy asks."""
        sent = {**self.headers(), "User-Agent": "GoodBot/1.0", **headers}
        return self.server.call("GET", "/api/site-guard/authorize", None, sent)

    def logs(self) -> list[dict[str, Any]]:
        """The newest entries of the access log."""
        rows: list[dict[str, Any]] = self.manage("GET", f"/{self.site_id}/logs")["logs"]
        return rows

    def trust(self, bot: "Bot", pinned: bool = True, age_ms: int = 0) -> None:
        """Trusts the bot's directory; `age_ms` ago its key was fetched."""
        then = now_ms() - age_ms
        sql(
            self.server,
            "INSERT INTO site_directory (directory_id, site, url, is_pinned, keys, fetched_at, attempted_at, created_at,"
            " updated_at, next_at) SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ? FROM site WHERE site_id = ?",
            "sgd_" + secrets.token_urlsafe(12), bot.url, int(pinned), json.dumps([{"kid": bot.kid, "x": bot.x}]),
            then, then, then, then, now_ms() + 3_600_000, self.site_id,
        )  # fmt: skip
        sql(self.server, "UPDATE site SET policy_version = policy_version + 1 WHERE site_id = ?", self.site_id)
        sql(self.server, "UPDATE account SET policy_version = policy_version + 1")


class Bot:
    """A bot with an Ed25519 key, which signs as Web Bot Auth says."""

    def __init__(self, folder: Path, url: str = "https://bot.example") -> None:
        self.url = url
        self.key = folder / f"{secrets.token_hex(4)}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(self.key)], check=True)
        command = ["openssl", "pkey", "-in", str(self.key), "-pubout", "-outform", "DER"]
        public = subprocess.run(command, capture_output=True, check=True).stdout[-32:]
        self.x = base64.urlsafe_b64encode(public).decode().rstrip("=")
        jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{self.x}"}}'
        self.kid = base64.urlsafe_b64encode(hashlib.sha256(jwk.encode()).digest()).decode().rstrip("=")

    def sign(self, components: dict[str, str], age_s: int = 0, life_s: int = 300) -> dict[str, str]:
        """The headers of a request with these components, signed so long ago."""
        created = now_ms() // 1000 - age_s
        names = " ".join(f'"{name}"' for name in components)
        params = f'({names});created={created};expires={created + life_s};keyid="{self.kid}";alg="ed25519"'
        params += ';tag="web-bot-auth"'
        lines = [f'"{name}": {value}' for name, value in components.items()] + [f'"@signature-params": {params}']
        base = self.key.with_suffix(".base")
        base.write_text("\n".join(lines))
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(self.key), "-in", str(base)]
        signature = subprocess.run(command, capture_output=True, check=True).stdout
        return {
            "Signature-Input": f"sig={params}",
            "Signature": f"sig=:{base64.b64encode(signature).decode()}:",
        }
