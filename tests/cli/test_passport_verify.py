# SPDX-License-Identifier: Apache-2.0
"""`behalf passport verify`: genuine passports are told from all others, with and without a server."""

import json
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Callable, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from cli_support import Result, Run  # noqa: E402
from harness import BINARY, Server, free_port  # noqa: E402
from signed_support import KEYS, jose, key_set, part, rotate, signed, signing_seed  # noqa: E402

MINUTE = 60


class Desk(NamedTuple):
    """A signed passport and a key set in files, and a command line without any configuration."""

    run: Run
    server: Server
    folder: Path
    token: str

    @property
    def keys(self) -> str:
        """The file with the key set."""
        return str(self.folder / "jwks.json")

    def verify(self, token: str, *words: str, **variables: str) -> Result:
        """`behalf passport verify FILE WORDS`, offline unless the words say otherwise."""
        path = self.folder / "passport.jwt"
        path.write_text(token)
        return self.run("passport", "verify", str(path), *(words or ("--keys", self.keys)), **variables)

    def sign(self, claims: Any, number: int = 1) -> str:
        """A token with these claims, by the server's own key."""
        key = key_set(self.server)["keys"][0]
        seed = signing_seed(self.server, number)
        (token,) = jose({"do": "sign", "seed": seed, "x": key["x"], "kid": key["kid"], "claims": claims})
        assert isinstance(token, str)
        return token

    def forge(self, how: str) -> str:
        """A token with the genuine claims and the genuine key's name, made without that key."""
        key = key_set(self.server)["keys"][0]
        claims = part(self.token, 1)
        (token,) = jose({"do": "forge", "how": how, "claims": claims, "kid": key["kid"], "x": key["x"]})
        assert isinstance(token, str)
        return token

    def claims(self, **changed: Any) -> Any:
        """The genuine claims but for these; None = left out."""
        claims = {**part(self.token, 1), **changed}
        return {name: value for name, value in claims.items() if value is not None}


@pytest.fixture()
def desk(demo: Server, behalf: Run, tmp_path: Path) -> Desk:
    """On the demo server."""
    (tmp_path / "jwks.json").write_text(json.dumps(key_set(demo)))
    return Desk(behalf, demo, tmp_path, signed(demo))


def refusal(done: Result) -> str:
    """The code of the one refusal; nothing was printed as if it were valid."""
    assert (done.status, done.out) == (1, "")
    code, _, _ = done.err.removeprefix("Error: [").partition("]")
    return code


# ---- valid ----


def test_a_genuine_passport_is_valid_offline(desk: Desk) -> None:
    """With the keys in a file and no server to be reached, agent, issuer, times, policy and scopes are shown."""
    done = desk.verify(desk.token, "--keys", desk.keys, BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert (done.status, done.err) == (0, "")
    claims = part(desk.token, 1)
    pairs = dict(line.split(None, 1) for line in done.out.split("\n\n")[0].splitlines())
    assert (pairs["agent"], pairs["issuer"]) == (desk.server.agent_id, desk.server.base_url)
    for name, claim in (("issued", "iat"), ("expires", "exp")):
        assert pairs[name] == time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(claims[claim]))
    assert pairs["policyVersion"] == str(claims["policyVersion"])
    table = done.out.split("\n\n")[1]
    assert table.splitlines()[0].split() == ["ACTION", "RESOURCE", "SCOPE", "APPROVAL", "EXPIRES"]
    assert [line.split()[0] for line in table.splitlines()[2:]] == [row["action"] for row in claims["permissions"]]


def test_json_has_all_claims(desk: Desk) -> None:
    """With --json the claims come whole."""
    done = desk.verify(desk.token, "--keys", desk.keys, "--json")
    assert (done.status, done.json()) == (0, {"valid": True, "claims": part(desk.token, 1)})


def test_the_keys_come_from_the_server_unless_told(desk: Desk) -> None:
    """Without --keys the configured server's key set counts; an address or a set's own address do as well."""
    base = desk.server.base_url
    assert desk.verify(desk.token, "--base-url", base).status == 0
    assert desk.verify(desk.token, "--json", BEHALFID_BASE_URL=base).status == 0
    for url in (base, base + "/", base + KEYS):
        assert desk.verify(desk.token, "--keys", url).status == 0


def test_what_the_command_line_fetches_it_verifies(desk: Desk) -> None:
    """`passport --format jwt` piped into `passport verify -` is valid."""
    base = desk.server.base_url
    words = ("passport", desk.server.agent_id, "--key", desk.server.api_key, "--base-url", base, "--format", "jwt")
    fetched = desk.run(*words)
    assert fetched.status == 0
    command = [str(BINARY), "passport", "verify", "-", "--keys", desk.keys]
    done = subprocess.run(command, input=fetched.out, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_old_passport_is_valid_after_a_rotation(server: Server, behalf: Run, tmp_path: Path) -> None:
    """With the key set from after a rotation both passports are valid, with that from before only the older one."""
    desk = Desk(behalf, server, tmp_path, signed(server))
    (tmp_path / "jwks.json").write_text(json.dumps(key_set(server)))
    rotate(server)
    newer = signed(server)
    assert desk.verify(desk.token, "--keys", server.base_url).status == 0
    assert desk.verify(newer, "--keys", server.base_url).status == 0
    assert desk.verify(desk.token).status == 0
    assert refusal(desk.verify(newer)) == "unknown_key"


# ---- not valid ----


def test_an_altered_passport_is_refused(desk: Desk) -> None:
    """A claim that was changed is a signature that does not fit."""
    header, claims, signature = desk.token.split(".")
    other = claims[:-8] + ("AAAAAAAA" if claims[-8:] != "AAAAAAAA" else "BBBBBBBB")
    assert refusal(desk.verify(f"{header}.{other}.{signature}")) == "signature"


@pytest.mark.parametrize("how, code", [("other key", "signature"), ("none", "malformed"), ("HS256", "malformed")])
def test_a_forged_passport_is_refused(desk: Desk, how: str, code: str) -> None:
    """Another key under the name of the genuine one, no signature, and the public key as a shared secret all fail."""
    assert refusal(desk.verify(desk.forge(how))) == code


def test_a_passport_ends_with_its_last_second(desk: Desk) -> None:
    """One that ends in a minute is valid, one that ended a second ago is not: there is no leeway."""
    now = int(time.time())
    assert desk.verify(desk.sign(desk.claims(iat=now - MINUTE, exp=now + MINUTE))).status == 0
    assert refusal(desk.verify(desk.sign(desk.claims(iat=now - MINUTE, exp=now - 1)))) == "expired"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_clock_may_be_a_minute_ahead(desk: Desk, claim: str) -> None:
    """What begins within the next minute is valid, what begins later is not yet."""
    now = int(time.time())
    near, far = ({claim: now + ahead, "exp": now + 99 * MINUTE} for ahead in (50, 90))
    assert desk.verify(desk.sign(desk.claims(**near))).status == 0
    assert refusal(desk.verify(desk.sign(desk.claims(**far)))) == "not_yet_valid"


def test_another_issuer_is_refused(desk: Desk) -> None:
    """With --issuer only that server's passports are valid; a final slash does not matter."""
    base = desk.server.base_url
    assert desk.verify(desk.token, "--keys", desk.keys, "--issuer", base + "/").status == 0
    done = desk.verify(desk.token, "--keys", desk.keys, "--issuer", "https://behalf.example.com")
    assert refusal(done) == "other_issuer"


def test_an_unknown_key_is_refused(desk: Desk, start_server: Callable[..., Server]) -> None:
    """A passport of another server is refused, because its key is not in the set."""
    assert refusal(desk.verify(signed(start_server()))) == "unknown_key"


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": None},
        {"iat": None},
        {"exp": "tomorrow"},
        {"exp": 1e300},
        {"exp": 1.5},
        {"iat": -1},
        {"nbf": "now"},
        {"sub": None},
        {"sub": "agent_other"},
        {"iss": None},
        {"iss": " "},
        {"passportVersion": None},
        {"permissions": None},
        {"policyVersion": None},
    ],
)
def test_what_lacks_a_claim_is_no_passport(desk: Desk, changed: dict[str, Any]) -> None:
    """Signed with the right key, but without a claim or with one of another kind, it is no passport."""
    assert refusal(desk.verify(desk.sign(desk.claims(**changed)))) == "malformed"


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "{}", "\x00", "é.é.é"])
def test_other_texts_are_malformed(desk: Desk, text: str) -> None:
    """What is no token is told so."""
    assert refusal(desk.verify(text)) == "malformed"


def test_json_errors_name_the_reason(desk: Desk) -> None:
    """With --json a refusal is a verdict like any other: "valid": false, with its code and text, on stdout."""
    done = desk.verify("a.b.c", "--keys", desk.keys, "--json")
    assert (done.status, done.err) == (1, "")
    assert done.json() == {"valid": False, "error": "This is no signed passport.", "code": "malformed"}
    now = int(time.time())
    done = desk.verify(desk.sign(desk.claims(iat=now - MINUTE, exp=now - 1)), "--keys", desk.keys, "--json")
    assert done.status == 1
    verdict = done.json()
    assert (verdict["valid"], verdict["code"], verdict["hint"]) == (False, "expired", "Fetch a new one.")
    assert "claims" not in verdict


def test_json_of_what_cannot_be_read_is_an_error(desk: Desk) -> None:
    """With --json a file that is missing is no verdict: status 2, and the error on stderr alone."""
    done = desk.run("passport", "verify", str(desk.folder / "missing"), "--keys", desk.keys, "--json")
    assert (done.status, done.out, done.error()["code"]) == (2, "", "read_failed")


# ---- wrong use ----


def test_what_cannot_be_read_is_neither(desk: Desk) -> None:
    """A missing file, keys that are none or cannot be reached, and wrong arguments end with 2."""
    missing = str(desk.folder / "missing")
    nowhere = f"http://127.0.0.1:{free_port()}"
    (desk.folder / "none.json").write_text('{"keys":[]}')
    assert desk.run("passport", "verify", missing, "--keys", desk.keys).status == 2
    assert desk.run("passport", "verify").status == 2
    assert desk.run("passport", "verify", "a", "b").status == 2
    for keys in (missing, nowhere, str(desk.folder / "none.json"), desk.server.base_url + "/api/health"):
        done = desk.verify(desk.token, "--keys", keys)
        assert (done.status, done.out) == (2, "") and done.err.startswith("Error: ")


def test_a_file_that_is_too_long_is_not_read(desk: Desk) -> None:
    """More than a signed passport can be is refused before anything is looked at."""
    done = desk.verify("a" * (5 << 20))
    assert done.status == 2 and "it is too long" in done.err


def test_no_credential_goes_to_the_keys_address(desk: Desk) -> None:
    """Key sets are public and the address is anybody's: fetching one sends neither key nor token."""
    seen: list[dict[str, str]] = []
    body = Path(desk.keys).read_bytes()

    class KeyServer(BaseHTTPRequestHandler):
        """Hands out the key set and notes who asks."""

        def do_GET(self) -> None:  # pylint: disable=invalid-name
            """The key set, at any path."""
            seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with HTTPServer(("127.0.0.1", 0), KeyServer) as keys:
        Thread(target=keys.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{keys.server_port}/some/keys"
        secrets = {"BEHALFID_API_KEY": "bhf_sk_" + "A" * 43, "BEHALFID_DEVELOPER_TOKEN": "bhf_dev_" + "A" * 43}
        assert desk.verify(desk.token, "--keys", url, "--base-url", url.rsplit("/", 2)[0], **secrets).status == 0
        keys.shutdown()
    (request,) = seen
    assert request["path"] == "/some/keys"
    assert not {"authorization", "cookie", "x-developer-token"} & set(request)
