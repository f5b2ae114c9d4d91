# SPDX-License-Identifier: Apache-2.0
"""The operator's commands: developer tokens and approvals, on the data folder of a running server."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

import pytest

from cli_support import Run
from harness import Server, free_port

LIMIT = "Maximum of 10 developer API tokens allowed. Revoke one to create another."
SECRET = "bhf_sk_" + "A" * 43


def admin(server: Server, *words: str) -> "subprocess.CompletedProcess[str]":
    """`behalf admin WORDS`."""
    return server.command_line("admin", *words)


def answer(server: Server, *words: str) -> Any:
    """`behalf admin WORDS --json`, which must succeed."""
    done = admin(server, *words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def works(server: Server, token: str) -> bool:
    """Whether the server takes the token."""
    status = server.call("GET", "/api/dashboard/agents", headers=server.as_developer(token)).status_code
    assert status in (200, 401)
    return status == 200


def ask(server: Server, agent: tuple[str, str], action: str, **fields: Any) -> str:
    """A call of the agent that needs approval: the id of the request."""
    body = {"agentId": agent[0], "action": action, **fields}
    made = server.call("POST", "/api/verify", body, server.as_agent(agent[1]))
    approval_id: str = made.json()["approvalId"]
    return approval_id


@pytest.fixture()
def agent(demo: Server) -> tuple[str, str]:
    """Id and key of an agent that may ship and run commands, after approval."""
    agent_id, api_key = demo.create_agent("Admin tests")
    demo.grant(agent_id, "ship", requiresApproval=True)
    demo.grant(agent_id, "execute_command", requiresApproval=True)
    return agent_id, api_key


def ask_command(server: Server, agent: tuple[str, str], text: str) -> str:
    """A command that needs approval: the id of the request."""
    return ask(server, agent, "execute_command", policyContext={"toolInput": {"command": text}})


# ---- tokens ----


def test_tokens_are_listed_without_their_secret(server: Server) -> None:
    """The list has id, name, preview and time of each token, newest first, and no token."""
    made = answer(server, "token", "create", "--name", "ci")
    listed = answer(server, "token", "list")
    assert [row["name"] for row in listed] == ["ci", "Demo"]
    assert set(listed[0]) == {"tokenId", "name", "tokenPreview", "createdAt"}
    assert listed[0]["tokenId"] == made["tokenId"]
    assert listed[0]["tokenPreview"] == made["token"][:12] + "..." + made["token"][-6:]
    table = admin(server, "token", "list").stdout
    assert table.splitlines()[0].split() == ["TOKENID", "NAME", "PREVIEW", "CREATED"]
    assert made["tokenId"] in table and made["token"] not in table + json.dumps(listed)


def test_a_revoked_token_is_refused_at_once(server: Server) -> None:
    """A running server takes a token until it is revoked and not once more; others stay good."""
    made = answer(server, "token", "create")
    assert works(server, made["token"])
    assert answer(server, "token", "revoke", made["tokenId"]) == {"revoked": True}
    assert not works(server, made["token"])
    assert works(server, server.developer_token)
    assert made["tokenId"] not in admin(server, "token", "list").stdout


@pytest.mark.parametrize("token_id", ["tok_AAAAAAAAAAAAAAAA", "x", "%"])
def test_unknown_tokens_cannot_be_revoked(demo: Server, token_id: str) -> None:
    """Revoking what is not there is an error that says so."""
    done = admin(demo, "token", "revoke", token_id)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: [NOT_FOUND] Token not found.")


def test_a_token_is_revoked_once(server: Server) -> None:
    """The second revocation finds nothing."""
    token_id = answer(server, "token", "create")["tokenId"]
    assert admin(server, "token", "revoke", token_id).returncode == 0
    assert admin(server, "token", "revoke", token_id).returncode == 1


@pytest.mark.threads
def test_the_server_has_ten_tokens_at_most(server: Server) -> None:
    """Of many tokens made at once only as many come into being as there is room for; a revocation makes room."""
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: admin(server, "token", "create"), range(15)))
    assert sorted(one.returncode for one in done) == [0] * 10 + [1] * 5
    assert all(LIMIT in one.stderr for one in done if one.returncode == 1)
    tokens = answer(server, "token", "list")
    assert len(tokens) == 11  # the demo's belongs to the demo's person
    assert admin(server, "token", "revoke", tokens[0]["tokenId"]).returncode == 0
    assert admin(server, "token", "create").returncode == 0
    assert admin(server, "token", "create").returncode == 1


def test_token_names_are_limited(server: Server) -> None:
    """A name has 120 characters at most."""
    assert admin(server, "token", "create", "--name", "x" * 121).returncode == 1
    assert answer(server, "token", "create", "--name", "x" * 120)["name"] == "x" * 120


# ---- the data folder ----


@pytest.mark.parametrize(
    "words",
    [
        ["token", "create"],
        ["token", "list"],
        ["approvals", "list"],
        ["people", "list"],
        ["people", "restore", "a@b.c"],
        ["reset-link", "a@b.c"],
    ],
)
@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_without_a_database_is_not_made_one(
    behalf: Run, tmp_path: Path, words: list[str], exists: bool
) -> None:
    """A mistyped data folder is an error that names it; neither folder nor database nor key come into being."""
    folder = tmp_path / "typo"
    if exists:
        folder.mkdir()
    done = behalf("admin", *words, "--data", str(folder), "--json")
    assert (done.status, done.out) == (1, "")
    assert done.error()["error"] == f"There is no database in {folder}."
    assert "--data" in done.error()["hint"]
    assert list(folder.iterdir()) == [] if exists else not folder.exists()


def test_no_key_is_made_beside_a_database(behalf: Run, server: Server) -> None:
    """Without its key a database is not opened, and no other key is put beside it."""
    assert server.stop() == 0
    (server.data_dir / "server.key").unlink()
    done = behalf("admin", "token", "list", BEHALFID_DATA=str(server.data_dir))
    assert done.status == 1 and "The server key is missing" in done.err
    assert not (server.data_dir / "server.key").exists()


# ---- approvals ----


@pytest.mark.parametrize(
    "words, message",
    [
        (["--status", "open"], "--status must be one of: pending, approved, denied, used, expired, all."),
        (["--status", "Pending"], "--status must be one of: pending, approved, denied, used, expired, all."),
        (["--limit", "0"], "--limit must be a whole number from 1 to 1000."),
        (["--limit", "1001"], "--limit must be a whole number from 1 to 1000."),
        (["--limit", "-1"], "--limit must be a whole number from 1 to 1000."),
        (["--limit", "5x"], "--limit must be a whole number from 1 to 1000."),
        (["--limit", "99999999999999999999"], "--limit must be a whole number from 1 to 1000."),
    ],
)
def test_mistakes_in_the_filter_are_told(demo: Server, words: list[str], message: str) -> None:
    """A filter that means nothing is an error, not an empty list."""
    done = admin(demo, "approvals", "list", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


def test_the_list_is_filtered_and_cut(demo: Server, agent: tuple[str, str]) -> None:
    """The list can be of one agent, and of the newest few."""
    first, second = ask(demo, agent, "ship"), ask(demo, agent, "ship", amount=1)
    other = demo.create_agent("Other")
    demo.grant(other[0], "ship", requiresApproval=True)
    third = ask(demo, other, "ship")
    words = ("approvals", "list", "--agent", agent[0])
    assert [row["approvalId"] for row in answer(demo, *words)] == [second, first]
    assert [row["approvalId"] for row in answer(demo, *words, "--limit", "1")] == [second]
    assert [row["approvalId"] for row in answer(demo, "approvals", "list", "--limit", "2")] == [third, second]
    assert answer(demo, "approvals", "list", "--limit", "1000", "--agent", "agent_none") == []


@pytest.mark.parametrize("length, cut", [(499, False), (500, False), (501, True)])
def test_the_preview_is_cut(demo: Server, agent: tuple[str, str], length: int, cut: bool) -> None:
    """The list in JSON has the first 500 characters of a target and says whether there is more."""
    text = "x" * (length - 1) + "y"
    ask_command(demo, agent, text)
    (row,) = answer(demo, "approvals", "list", "--agent", agent[0])
    assert (row["targetPreview"], row["targetPreviewTruncated"]) == (text[:500], cut)
    assert "target" not in row


@pytest.mark.parametrize("length, shown", [(60, "x" * 60), (61, "x" * 59 + "\u2026")])
def test_the_table_is_cut(demo: Server, agent: tuple[str, str], length: int, shown: str) -> None:
    """In the table a target has 60 characters at most; an ellipsis says that there is more."""
    ask_command(demo, agent, "x" * length)
    table = admin(demo, "approvals", "list", "--agent", agent[0]).stdout
    assert shown in table.split()


def test_secrets_are_redacted_in_the_list_only(demo: Server, agent: tuple[str, str]) -> None:
    """The list hides secrets, also where the cut goes through one; `show` has what is really approved."""
    text = "y" * 450 + f" deploy --key {SECRET}"
    approval_id = ask_command(demo, agent, text)
    words = ("approvals", "list", "--agent", agent[0])
    assert "AAAA" not in json.dumps(answer(demo, *words)) + admin(demo, *words).stdout
    assert "bhf_sk_[redacted]" in answer(demo, *words)[0]["targetPreview"]
    assert answer(demo, "approvals", "show", approval_id)["target"] == text
    assert SECRET in admin(demo, "approvals", "show", approval_id).stdout


def test_show_has_all_that_is_bound(demo: Server, agent: tuple[str, str]) -> None:
    """One approval is shown with everything its grant covers, the longest target whole, and how it went."""
    text = "make deploy " + "z" * 5000
    approval_id = ask_command(demo, agent, text)
    shown = answer(demo, "approvals", "show", approval_id)
    assert len(shown.pop("fingerprint")) == 64
    assert shown.pop("permissionId").startswith("perm_")
    assert shown.pop("createdAt") < shown.pop("expiresAt")
    assert shown == {
        "approvalId": approval_id,
        "status": "pending",
        "agentId": agent[0],
        "action": "execute_command",
        "vendor": None,
        "amount": None,
        "targetKind": "command",
        "target": text,
        "resolvedAt": None,
        "resolvedBy": None,
        "grantExpiresAt": None,
        "usedAt": None,
    }
    assert text in admin(demo, "approvals", "show", approval_id).stdout
    admin(demo, "approvals", "approve", approval_id)
    shown = answer(demo, "approvals", "show", approval_id)
    assert (shown["status"], shown["resolvedBy"]) == ("approved", "admin command")
    assert None not in (shown["resolvedAt"], shown["grantExpiresAt"])


def test_unknown_approvals_are_not_shown(demo: Server) -> None:
    """An id of no approval is an error."""
    done = admin(demo, "approvals", "show", "apr_AAAAAAAAAAAAAAAA")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Approval request not found" in done.stderr


def test_a_target_cannot_act_on_the_terminal(demo: Server, agent: tuple[str, str]) -> None:
    """Escape sequences in a target are shown, not sent."""
    approval_id = ask_command(demo, agent, "echo \x1b[2Jx")
    for words in (("list", "--agent", agent[0]), ("show", approval_id)):
        out = admin(demo, "approvals", *words).stdout
        assert "\x1b" not in out and "\\u001b[2Jx" in out


def test_links_of_admin_commands_lead_to_the_running_server(server: Server) -> None:
    """A reset link has the address that the server said at its start, BEHALFID_PUBLIC_URL and --public-url before it."""

    def link(*words: str, **env: str) -> str:
        done = server.command_line("admin", "reset-link", server.email, "--json", *words, env=env)
        assert done.returncode == 0, done.stderr
        base: str = json.loads(done.stdout)["link"].split("/reset-password#token=")[0]
        return base

    assert link() == server.base_url
    assert server.stop() == 0
    assert link() == server.base_url
    server.options += ["--public-url", "https://behalf.example/"]
    server.start()
    assert link() == "https://behalf.example"
    assert link(BEHALFID_PUBLIC_URL="https://other.example/") == "https://other.example"
    assert link("--public-url", "https://flag.example", BEHALFID_PUBLIC_URL="https://other.example") == (
        "https://flag.example"
    )


def test_events_of_admin_commands_link_to_the_running_server(start_server: Callable[..., Server]) -> None:
    """The dashboardUrl of an event written by `behalf admin approvals` is at the server's own address."""
    server = start_server("--allow-private-webhooks")
    body = {"url": f"http://127.0.0.1:{free_port()}/", "events": ["approval.approved"]}
    assert server.call("POST", "/api/dashboard/webhooks", body, server.as_developer()).status_code == 201
    approval_id = server.verify("deploy_production", vendor="vercel.com").json()["approvalId"]
    done = server.command_line("admin", "approvals", "approve", approval_id)
    assert done.returncode == 0, done.stderr
    events = server.call("GET", "/api/dashboard/webhook-events", headers=server.as_developer()).json()["events"]
    (event,) = [event for event in events if event["type"] == "approval.approved"]
    assert event["payload"]["data"]["dashboardUrl"].startswith(server.base_url + "/")
