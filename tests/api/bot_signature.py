# SPDX-License-Identifier: Apache-2.0
"""Requests signed as web bots sign them (RFC 9421, Ed25519), with the openssl command as the signer."""

import base64
import hashlib
import json
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple, Optional


def openssl(*words: str) -> bytes:
    """What the command writes."""
    return subprocess.run(["openssl", *words], capture_output=True, check=True, timeout=30).stdout


def base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Target(NamedTuple):
    """What a signature covers of a request."""

    method: str = "GET"
    authority: str = "shop.example"
    path: str = "/docs/a"


class Bot:
    """A key, the directory that publishes it, and signatures made with it."""

    def __init__(self, folder: Path, url: str = "https://bot.example") -> None:
        self.url = url
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.key = folder / "key.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.key))
        public = openssl("pkey", "-in", str(self.key), "-pubout", "-outform", "DER")[-32:]
        self.jwk = {"crv": "Ed25519", "kty": "OKP", "x": base64url(public)}
        text = json.dumps(self.jwk, separators=(",", ":"), sort_keys=True)
        self.kid = base64url(hashlib.sha256(text.encode()).digest())

    def key_set(self) -> dict[str, Any]:
        """The directory's document."""
        return {"keys": [{**self.jwk, "kid": self.kid}]}

    def sign_text(self, text: str) -> str:
        """The signature in standard base64."""
        base = self.folder / "base"
        base.write_text(text)
        words = ["pkeyutl", "-sign", "-rawin", "-inkey", str(self.key), "-in", str(base)]
        return base64.b64encode(openssl(*words)).decode()

    def headers(
        self, target: Target = Target(), agent: Optional[str] = None, created: Optional[int] = None, life: int = 60
    ) -> dict[str, str]:
        """The three header fields that identify the bot, over method, authority, path and Signature-Agent."""
        agent = agent or self.url
        made = int(time.time()) if created is None else created
        params = '("@method" "@authority" "@path" "signature-agent";key="sig1")'
        params += f';created={made};expires={made + life};keyid="{self.kid}";alg="ed25519";tag="web-bot-auth"'
        lines = [f'"@method": {target.method}', f'"@authority": {target.authority}', f'"@path": {target.path}']
        lines += [f'"signature-agent";key="sig1": "{agent}"', f'"@signature-params": {params}']
        return {
            "Signature-Agent": f'sig1="{agent}"',
            "Signature-Input": f"sig1={params}",
            "Signature": f"sig1=:{self.sign_text(chr(10).join(lines))}:",
        }
