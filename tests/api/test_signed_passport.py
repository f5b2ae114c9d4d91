# SPDX-License-Identifier: Apache-2.0
"""Signed passports: what they hold, how others verify them, and how their keys change."""

import base64
import json
import time
from typing import Any, Callable

import pytest
import requests

from api_support import Agent, iso, now_ms, sql
from harness import Server
from people_support import Person
from signed_support import KEYS, jose, key_set, part, rotate, signed, signing_seed

MINUTE = 60
OVERLAP_MS = 2 * 24 * 60 * MINUTE * 1000


def verify(server: Server, token: str, **task: Any) -> Any:
    """The verdict of the library with the server's key set; the set is given unless the task has a `url`."""
    if "url" not in task and "keys" not in task:
        task["keys"] = key_set(server)
    return jose({"do": "verify", "token": token, "issuer": server.base_url, **task})[0]


# ---- the document ----


def test_a_signed_passport_is_the_document_with_claims(demo: Server) -> None:
    """The claims are the members of the plain document, and beside them who, whom, when and which policy."""
    path = f"/api/passport/{demo.agent_id}"
    plain = demo.call("GET", path, headers=demo.as_agent(demo.api_key)).json()
    before = int(time.time())
    claims = part(signed(demo), 1)
    after = int(time.time())
    ((version,),) = sql(demo, "SELECT policy_version FROM agent WHERE agent_id = ?", demo.agent_id)
    assert before <= claims["iat"] <= after
    own = {"iss": demo.base_url, "sub": demo.agent_id, "iat": claims["iat"], "exp": claims["iat"] + 15 * MINUTE}
    assert claims == {**plain, **own, "policyVersion": version}


def test_the_policy_version_grows_with_the_policy(demo: Server) -> None:
    """A new permission is in the next signed passport, under a higher policy version."""
    agent = Agent(demo, "Signed")

    def claims() -> Any:
        url = f"{demo.base_url}/api/passport/{agent.agent_id}?format=jwt"
        return part(requests.get(url, headers=agent.headers(), timeout=30).text, 1)

    first = claims()
    agent.grant("read_notes")
    second = claims()
    assert (first["permissions"], [row["action"] for row in second["permissions"]]) == ([], ["read_notes"])
    assert second["policyVersion"] > first["policyVersion"]


def test_the_minutes_of_a_signed_passport_can_be_set(start_server: Callable[..., Server]) -> None:
    """With --passport-minutes 1440 a signed passport is valid for a day."""
    claims = part(signed(start_server("--passport-minutes", "1440")), 1)
    assert claims["exp"] - claims["iat"] == 1440 * MINUTE


@pytest.mark.parametrize("minutes", ["0", "1441", "x"])
def test_minutes_out_of_range_are_refused(start_server: Callable[..., Server], minutes: str) -> None:
    """Less than a minute, more than a day and no number end the start with a message that names the option."""
    with pytest.raises(RuntimeError, match="--passport-minutes"):
        start_server("--passport-minutes", minutes)


def test_only_who_may_read_the_passport_gets_it_signed(demo: Server) -> None:
    """Without a credential, and with another agent's key, there is no signed passport."""
    other = Agent(demo, "Other")
    url = f"{demo.base_url}/api/passport/{demo.agent_id}?format=jwt"
    nobody: dict[str, str] = {}
    for headers in (nobody, other.headers()):
        answer = requests.get(url, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["error"]) == (401, "Invalid passport link.")


# ---- by others ----


def test_the_library_verifies_it_with_the_published_keys(demo: Server) -> None:
    """With the key set at hand, and fetched from its address, the library gives the claims back."""
    token = signed(demo)
    assert verify(demo, token) == part(token, 1)
    assert verify(demo, token, url=demo.base_url + KEYS) == part(token, 1)


def test_the_library_refuses_an_altered_one(demo: Server) -> None:
    """One claim changed, the signature no longer fits."""
    token = signed(demo)
    header, claims, signature = token.split(".")
    other = claims[:-8] + ("AAAAAAAA" if claims[-8:] != "AAAAAAAA" else "BBBBBBBB")
    altered = f"{header}.{other}.{signature}"
    assert verify(demo, altered) == {"code": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}


def test_the_library_refuses_it_once_it_has_expired(demo: Server) -> None:
    """In its last second it is valid, at its end no more."""
    token = signed(demo)
    expires = part(token, 1)["exp"]
    assert verify(demo, token, now=expires - 1)["sub"] == demo.agent_id
    assert verify(demo, token, now=expires) == {"code": "ERR_JWT_EXPIRED"}


# ---- the keys ----


def test_the_key_set_is_public_and_may_be_kept(demo: Server) -> None:
    """Anybody gets it, as JSON, for five minutes; a key has exactly the public members."""
    answer = requests.get(demo.base_url + KEYS, timeout=30)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Content-Type"].startswith("application/json")
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("OKP", "Ed25519", "sig", "EdDSA")
    assert key["kid"] == part(signed(demo), 0)["kid"]


def test_nothing_secret_is_stored_of_a_key(server: Server) -> None:
    """The files of the database have neither the secret part of the first key nor that of a new one."""
    rotate(server)
    assert signed(server)
    keys = key_set(server)["keys"]
    for number, key in ((2, keys[0]), (1, keys[1])):
        seed = signing_seed(server, number)
        claims = {"iss": server.base_url}
        (ours,) = jose({"do": "sign", "seed": seed, "x": key["x"], "kid": key["kid"], "claims": claims})
        assert verify(server, ours) == claims  # it is the secret part
        raw = base64.urlsafe_b64decode(seed + "=")
        for path in server.data_dir.glob("behalf.db*"):
            content = path.read_bytes()
            assert seed.encode() not in content and raw not in content and raw.hex().encode() not in content


def test_a_new_key_is_published_and_signs_at_once(server: Server) -> None:
    """After `admin keys rotate` the running server publishes both keys, the new one first, and signs with it."""
    old = key_set(server)["keys"]
    before = now_ms()
    listed = rotate(server)
    new = key_set(server)["keys"]
    assert new[1:] == old and new[0] not in old
    assert part(signed(server), 0)["kid"] == new[0]["kid"]
    assert [row["kid"] for row in listed] == [key["kid"] for key in new]
    assert [(row["number"], row["signs"]) for row in listed] == [(2, True), (1, False)]
    assert listed[0]["publishedUntil"] is None and listed[1]["createdAt"] is None
    assert iso(before + OVERLAP_MS) <= listed[1]["publishedUntil"] <= iso(now_ms() + OVERLAP_MS)


def test_what_the_old_key_signed_still_verifies(server: Server) -> None:
    """A passport from before a rotation verifies with the new key set, and one from after it too."""
    before = signed(server)
    rotate(server)
    after = signed(server)
    assert verify(server, before)["sub"] == server.agent_id
    assert verify(server, after)["sub"] == server.agent_id
    assert part(before, 0)["kid"] != part(after, 0)["kid"]


def test_the_old_key_leaves_the_set_after_its_time(server: Server) -> None:
    """Once its two days are over, a replaced key is published no more and what it signed is refused."""
    before = signed(server)
    rotate(server)
    sql(server, "UPDATE signing_key SET published_until = ? WHERE number = 1", now_ms() - 1)
    assert len(key_set(server)["keys"]) == 1
    assert verify(server, before) == {"code": "ERR_JWKS_NO_MATCHING_KEY"}


def test_the_keys_are_the_same_after_a_restart(start_server: Callable[..., Server]) -> None:
    """Keys follow from the server's key and the database: a restart changes none of them."""
    server = start_server()
    rotate(server)
    keys = key_set(server)
    assert server.stop() == 0
    server.start()
    assert key_set(server) == keys


def test_an_operator_sees_and_changes_the_keys(server: Server) -> None:
    """The operator's list and rotation answer alike: the published keys, newest first."""
    operator = Person(server, operator=True)
    first = operator.get("/api/operator/signing-keys")["keys"]
    assert [row["number"] for row in first] == [1]
    answer = operator.call("POST", "/api/operator/signing-keys/rotate")
    assert answer.status_code == 200, answer.text
    assert [row["number"] for row in answer.json()["keys"]] == [2, 1]
    assert operator.get("/api/operator/signing-keys") == answer.json()
    done = server.command_line("admin", "keys", "list", "--json")
    assert json.loads(done.stdout) == answer.json()["keys"]


def test_sixteen_keys_are_published_and_not_one_more(server: Server) -> None:
    """The sixteenth key can be made; for a seventeenth the first must have ended, in both ways to make one."""
    operator = Person(server, operator=True)
    for _ in range(14):
        sql(server, "UPDATE signing_key SET published_until = ? WHERE published_until = 0", now_ms() + OVERLAP_MS)
        sql(
            server,
            "INSERT INTO signing_key SELECT coalesce(max(number), 1) + 1, 1, 0 FROM signing_key",
        )
    assert len(rotate(server)) == 16 - 1
    assert len(rotate(server)) == 16
    assert len(key_set(server)["keys"]) == 16
    refused = "Too many signing keys are published."
    answer = operator.call("POST", "/api/operator/signing-keys/rotate")
    assert (answer.status_code, answer.json()["error"]) == (409, refused)
    done = server.command_line("admin", "keys", "rotate")
    assert done.returncode == 1 and refused in done.stderr
    sql(server, "UPDATE signing_key SET published_until = 1 WHERE number = 2")
    assert len(rotate(server)) == 16
