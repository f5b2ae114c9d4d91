# SPDX-License-Identifier: Apache-2.0
"""The signed checkpoint: what it says, that other tools can check it, and what it finds when kept."""

import base64
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from api_support import Agent, sql
from harness import Server
from log_support import Person

DAY = 86_400_000


def checkpoint(server: Server, size: int = 0) -> dict[str, Any]:
    """The newest checkpoint, once it covers at least `size` entries."""
    deadline = time.monotonic() + 30
    while True:
        answer = server.call("GET", "/api/audit/checkpoint")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        if found["checkpoint"]["size"] >= size:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.1)


def newest(server: Server) -> tuple[int, str]:
    """Id and chain of the newest row as they are stored."""
    ((row, chain),) = sql(server, "SELECT id, hex(chain) FROM audit ORDER BY id DESC LIMIT 1")
    return row, chain.lower()


def hold(server: Server, path: Path) -> tuple[int, dict[str, Any]]:
    """`behalf audit verify --checkpoint FILE --json`: status and report."""
    done = server.command_line("audit", "verify", "--checkpoint", str(path), "--json")
    return done.returncode, json.loads(done.stdout or done.stderr)


def keep(server: Server, path: Path) -> int:
    """Saves the newest checkpoint with the command line: its size."""
    checkpoint(server, newest(server)[0])
    done = server.command_line("audit", "checkpoint", "-o", str(path))
    assert done.returncode == 0, done.stderr
    size: int = json.loads(path.read_text())["checkpoint"]["size"]
    return size


def openssl_accepts(folder: Path, pem: str, text: str, signature: str) -> bool:
    """Whether OpenSSL's own command line takes the signature."""
    (folder / "key.pem").write_text(pem)
    (folder / "text").write_bytes(text.encode())
    (folder / "signature").write_bytes(base64.b64decode(signature))
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "text"]
    done = subprocess.run(words + ["-sigfile", "signature"], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def test_the_checkpoint_names_the_newest_entry(server: Server) -> None:
    """Anybody gets size and chain of the newest row, and the signed text says the same."""
    agent = Agent(server)
    agent.decide("act")
    row, chain = newest(server)
    found = checkpoint(server, row)
    assert set(found) == {"checkpoint", "text", "signature", "keyId"}
    point = found["checkpoint"]
    assert (point["size"], point["chain"]) == (row, chain)
    expected = f"BehalfID audit checkpoint 1\nsize {row}\nchain {chain}\ntime {point['time']}\n"
    assert found["text"] == expected


def test_openssl_verifies_the_signature(server: Server, tmp_path: Path) -> None:
    """OpenSSL accepts the signature with the published key, and no longer when a character is changed."""
    found = checkpoint(server)
    (key,) = server.call("GET", "/.well-known/behalfid-keys.json").json()["keys"]
    assert (key["keyId"], key["algorithm"]) == (found["keyId"], "Ed25519")
    der = base64.b64decode("".join(key["pem"].splitlines()[1:-1]))
    assert der[-32:] == base64.b64decode(key["publicKey"]) and len(der) == 44
    assert openssl_accepts(tmp_path, key["pem"], found["text"], found["signature"])
    size = found["checkpoint"]["size"]
    assert not openssl_accepts(
        tmp_path, key["pem"], found["text"].replace(f"size {size}\n", f"size {size + 1}\n"), found["signature"]
    )


def test_an_empty_log_has_a_checkpoint(start_server: Callable[..., Server]) -> None:
    """Before the first decision the size is 0 and the chain zeros."""
    point = checkpoint(start_server(demo=False))["checkpoint"]
    assert (point["size"], point["chain"]) == (0, "0" * 64)


def test_the_key_stays_the_same(start_server: Callable[..., Server]) -> None:
    """The key is the server key's: the same after a restart, another one for another server."""
    server = start_server()
    keys = server.call("GET", "/.well-known/behalfid-keys.json").json()
    server.stop()
    server.start()
    assert server.call("GET", "/.well-known/behalfid-keys.json").json() == keys
    assert start_server(name="other").call("GET", "/.well-known/behalfid-keys.json").json() != keys


def test_a_kept_checkpoint_holds(server: Server, tmp_path: Path) -> None:
    """A checkpoint kept from yesterday holds against a log that went on and lost entries to erasure."""
    agent, person = Agent(server), Person(server)
    made = [agent.decide("act")["requestId"] for _ in range(3)]
    size = keep(server, tmp_path / "point.json")
    agent.decide("act")
    person.erase(made[0])
    person.erase_all()
    status, report = hold(server, tmp_path / "point.json")
    assert status == 0, report
    assert report["intact"] and report["checkpoint"] == {"size": size, "result": "holds"}


def test_a_restored_copy_is_found(server: Server, tmp_path: Path) -> None:
    """An older copy of the database, put back with its own valid signatures, fails against the checkpoint."""
    agent = Agent(server)
    agent.decide("act")
    server.stop()
    shutil.copytree(server.data_dir, tmp_path / "copy")
    server.start()
    agent.decide("act")
    agent.decide("act")
    keep(server, tmp_path / "point.json")
    server.stop()
    shutil.rmtree(server.data_dir)
    shutil.copytree(tmp_path / "copy", server.data_dir)
    assert server.command_line("audit", "verify").returncode == 0
    status, report = hold(server, tmp_path / "point.json")
    assert (status, report["checkpoint"]["result"]) == (1, "the log is shorter")
    server.start()
    for _ in range(5):
        agent.decide("other")
    assert server.command_line("audit", "verify").returncode == 0
    status, report = hold(server, tmp_path / "point.json")
    assert (status, report["intact"], report["checkpoint"]["result"]) == (1, False, "the log is another")


def test_retention_ends_what_can_be_said(start_server: Callable[..., Server], tmp_path: Path) -> None:
    """When retention has removed the checkpoint's entry, the command says so and does not fail."""
    server = start_server("--retention-days", "1")
    agent = Agent(server)
    agent.decide("act")
    size = keep(server, tmp_path / "point.json")
    for _ in range(3):
        agent.decide("act")
    server.stop()
    sql(server, "UPDATE audit SET created_at = created_at - ?", 3 * DAY)
    sql(server, "UPDATE audit SET created_at = created_at + ? WHERE id > ?", 3 * DAY, size + 1)
    server.start()
    deadline = time.monotonic() + 30
    while sql(server, "SELECT min(id) FROM audit") != [(size + 2,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    _, report = hold(server, tmp_path / "point.json")
    assert report["checkpoint"] == {"size": size, "result": "removed by retention"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda point: point.update(text=point["text"].replace("size ", "size 1")),
        lambda point: point.update(signature="A" * 86 + "=="),
        lambda point: point.update(signature="short"),
        lambda point: point.pop("text"),
        lambda point: point["checkpoint"].update(size=1),
    ],
)
def test_a_forged_checkpoint_is_refused(server: Server, tmp_path: Path, spoil: Callable[[Any], Any]) -> None:
    """A checkpoint that this server's key did not sign as it stands proves nothing, and is said to."""
    for _ in range(3):
        server.verify("act")
    path = tmp_path / "point.json"
    keep(server, path)
    point = json.loads(path.read_text())
    spoil(point)
    path.write_text(json.dumps(point))
    status, report = hold(server, path)
    assert status == 2 and "checkpoint" in report["error"], report


def test_a_checkpoint_of_another_server_is_refused(start_server: Callable[..., Server], tmp_path: Path) -> None:
    """Another server's checkpoint is told apart by its key."""
    one = start_server(name="one")
    one.verify("act")
    keep(one, tmp_path / "point.json")
    status, report = hold(start_server(name="two"), tmp_path / "point.json")
    assert status == 2 and "key" in report["error"], report


def test_the_command_line_prints_it(server: Server) -> None:
    """`behalf audit checkpoint` shows it to people, and --json gives what the server answered."""
    found = checkpoint(server)
    done = server.command_line("audit", "checkpoint", "--json")
    assert set(json.loads(done.stdout)) == set(found)
    done = server.command_line("audit", "checkpoint")
    assert done.returncode == 0 and found["keyId"] in done.stdout
