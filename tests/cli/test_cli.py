# SPDX-License-Identifier: Apache-2.0
"""The command line as people and scripts meet it: output, exit status, a real server."""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from cli_support import KEY, Result, Run, config_path
from harness import BINARY, Server, free_port


# ---- help and usage ----

COMMANDS = [
    "serve", "init", "login", "logout", "whoami", "verify", "run", "claude", "codex", "cursor", "hook", "mcp",
    "execute", "evaluate", "agents", "permissions", "approvals", "logs", "webhooks", "sites", "members", "tokens",
    "passport", "audit", "admin", "backup", "restore", "config", "completion", "doctor", "scan", "health", "version",
]  # fmt: skip
DETAILED = [
    "verify", "run", "hook pre-tool-use", "hook cursor", "execute", "logs", "health", "version",
    "doctor", "scan", "init", "backup", "restore",
    "agents list", "agents create", "agents show", "agents disable",
    "agents enable", "agents rotate-key", "permissions list", "permissions create", "permissions revoke",
    "approvals list", "approvals show", "approvals approve", "approvals deny", "approvals watch",
    "config set", "config get", "config list", "config clear",
    "members list", "members role", "members remove", "members invite", "members invites", "members uninvite",
    "tokens list", "tokens create", "tokens revoke", "logs tail", "logs export",
    "mcp start", "passport", "passport create", "passport revoke",
    "login", "logout", "whoami", "admin reset-link", "admin people list", "admin people restore",
    "webhooks list", "webhooks create", "webhooks show", "webhooks update", "webhooks enable",
    "webhooks disable", "webhooks rotate-secret", "webhooks delete", "webhooks test", "webhooks events",
    "webhooks deliveries", "webhooks replay", "webhooks listen", "passport verify", "permissions templates",
    "admin keys list", "admin keys rotate",
    "mcp init", "mcp status", "hook install", "hook uninstall", "hook status",
    "sites list", "sites create", "sites show", "sites enable", "sites disable", "sites delete", "sites rules",
    "sites rules create", "sites rules enable", "sites rules disable", "sites rules delete", "sites keys",
    "sites keys create", "sites keys revoke", "sites directories", "sites directories add",
    "sites directories delete", "sites directories refresh", "sites logs", "sites check", "mcp wrap", "mcp unwrap",
]  # fmt: skip


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_overview_lists_every_command(behalf: Run, words: list[str]) -> None:
    """Without a command and with help the overview comes, on stdout, with status 0."""
    result = behalf(*words)
    assert result.status == 0
    assert result.err == ""
    listed = [line.split()[0] for line in result.out.splitlines() if line.startswith("  ")]
    assert listed == COMMANDS


@pytest.mark.parametrize("command", DETAILED)
def test_help_of_a_command_shows_usage_examples_and_exit_status(behalf: Run, command: str) -> None:
    """`help CMD` and `CMD --help` are one text with usage, options, an example and the exit status."""
    words = command.split()
    result = behalf("help", *words)
    assert result.status == 0
    assert f"Usage: behalf {command} " in result.out
    for part in ["Options:\n", "--json", "Examples:\n  behalf ", "Exit status: 0 "]:
        assert part in result.out
    assert behalf(*words, "--help").out == result.out
    assert max(len(line) for line in result.out.splitlines()) <= 110


def test_unknown_command_points_to_help(behalf: Run) -> None:
    """An unknown command is an error on stderr that names it and the way to help."""
    result = behalf("frobnicate")
    assert result.status == 1
    assert result.out == ""
    first, second = result.err.splitlines()
    assert first == 'Error: Unknown command "frobnicate".'
    assert second == "Hint: Run `behalf --help` for the list of commands."


def test_version_is_one_number_and_json_is_complete(behalf: Run) -> None:
    """-V and --version print the number alone; `version --json` names the libraries too."""
    number = behalf("-V").out
    assert behalf("--version").out == number
    assert number.count(".") == 2 and number.endswith("\n")
    versions = behalf("--json", "version").json()
    assert versions["version"] == number.strip()
    assert {"buildType", "sqlite", "libcurl", "libmicrohttpd", "jansson", "openssl"} < set(versions)
    assert all(versions.values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["verify", "agent_x"], "Option --action is required."),
        (["verify", "agent_x", "-a"], "Option --action needs a value."),
        (["verify", "agent_x", "-a", "read", "--frob"], "Unknown option --frob."),
        (["verify", "agent_x", "-a", "read", "--amount", "many"], "--amount must be a number of 0 or more."),
        (["verify", "agent_x", "-a", "read", "--metadata", "[1]"], "--metadata must be a JSON object."),
        (["verify", "", "-a", "read"], "An argument is empty: [agentId]."),
        (["logs", "--allowed", "--denied"], "Use either --allowed or --denied, not both."),
        (["logs", "--risk", "extreme"], "--risk must be one of: low, medium, high."),
        (["logs", "--limit", "501"], "--limit must be a whole number from 1 to 500."),
        (["permissions", "create", "agent_x", "-a", "x", "--expires", "soon"],
            "--expires must be an ISO date or a duration like 30m, 2h or 7d."),
        (["permissions", "create", "agent_x", "-a", "x", "--allowed-paths", ","],
            "--allowed-paths must be a list with at least one item."),
        (["permissions", "revoke"], "Missing argument: <permissionId>."),
        (["agents", "create"], "Option --name is required."),
        (["agents", "disable"], "Missing argument: <agentId>."),
        (["config", "set", "colour", "red"], 'Unknown key "colour". Valid keys: api-key, agent-id, base-url'),
        (["agents"], "A command is missing."),
    ],
)  # fmt: skip
def test_usage_errors_name_the_mistake(behalf: Run, words: list[str], message: str) -> None:
    """A mistake on the line ends with 1, names itself and points to help; --json makes one line of it."""
    result = behalf(*words, BEHALFID_API_KEY=KEY, BEHALFID_DEVELOPER_TOKEN="bhf_dev_x")
    assert result.status == 1
    assert result.out == ""
    assert result.err.startswith(f"Error: {message}")
    assert "--help`" in result.err
    as_json = behalf("--json", *words, BEHALFID_API_KEY=KEY, BEHALFID_DEVELOPER_TOKEN="bhf_dev_x")
    assert as_json.status == 1
    assert as_json.error()["error"].startswith(message)
    assert as_json.error()["hint"].startswith("Run `behalf ")


# ---- no server, no credentials ----


def test_no_server_is_a_network_error(behalf: Run) -> None:
    """Where nobody listens, every command that asks ends with 1 and the code `network`."""
    url = f"http://127.0.0.1:{free_port()}"
    result = behalf("verify", "agent_x", "-a", "read", "--json", "--base-url", url, BEHALFID_API_KEY=KEY)
    assert result.status == 1
    assert result.out == ""
    assert result.error()["code"] == "network"
    assert url in result.error()["error"]
    assert behalf("health", BEHALFID_BASE_URL=url).err.startswith(f"Error: [network] Could not reach {url}: ")


def test_shadow_does_not_hide_errors(behalf: Run) -> None:
    """--shadow turns denials into status 0, but not a verification that never took place."""
    url = f"http://127.0.0.1:{free_port()}"
    assert behalf("verify", "agent_x", "-a", "read", "--shadow", "-k", KEY, "--base-url", url).status == 1


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["verify", "agent_x", "-a", "read"], ["--key", "BEHALFID_API_KEY"]),
        (["logs", "agent_x"], ["--key", "BEHALFID_API_KEY"]),
        (["agents", "list"], ["--developer-token", "BEHALFID_DEVELOPER_TOKEN"]),
        (["agents", "create", "-n", "Bot"], ["--developer-token", "BEHALFID_DEVELOPER_TOKEN"]),
        (["agents", "show", "agent_x"], ["--developer-token", "BEHALFID_DEVELOPER_TOKEN", "--key"]),
        (["agents", "disable", "agent_x"], ["--developer-token", "BEHALFID_DEVELOPER_TOKEN"]),
        (["agents", "rotate-key", "agent_x"], ["--developer-token", "--key"]),
        (["permissions", "revoke", "perm_x"], ["--developer-token", "BEHALFID_DEVELOPER_TOKEN"]),
        (["health", "--db"], ["BEHALFID_SETUP_TOKEN"]),
    ],
)
def test_missing_credential_names_flag_and_variable(behalf: Run, words: list[str], names: list[str]) -> None:
    """Without a credential nothing is sent, and the error names what would provide one."""
    result = behalf(*words, BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert result.status == 1
    assert result.err.startswith("Error: [auth] ")
    for name in names:
        assert name in result.err


def test_missing_agent_id_names_the_ways_to_give_it(behalf: Run) -> None:
    """Without an agent id the error names the argument, the configuration and the variable."""
    result = behalf("verify", "-a", "read", "-k", KEY)
    assert result.status == 1
    assert "config set agent-id" in result.err and "BEHALFID_AGENT_ID" in result.err


@pytest.mark.parametrize("name", ["--key", "--developer-token", "--idempotency-key"])
def test_line_breaks_cannot_add_headers(behalf: Run, name: str) -> None:
    """A credential with a line break is refused before anything is sent."""
    words = ["verify", "agent_x", "-a", "read", "-k", KEY, name, "x\r\nX-Evil: 1"]
    result = behalf(*words, BEHALFID_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert result.status == 1
    assert "holds characters that cannot be sent" in result.err


def test_errors_are_redacted_and_neutral(behalf: Run) -> None:
    """An error text shows neither secrets nor terminal control characters."""
    result = behalf("version", f"\x1b[2J{KEY}")
    assert result.status == 1
    assert result.err.startswith('Error: Unexpected argument "\\u001b[2Jbhf_sk_[redacted]".\n')


def test_lost_output_is_an_error() -> None:
    """What could not be printed does not end with status 0."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(BINARY), "version"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == b"Error: The output could not be written.\n"


# ---- against a server ----


class Agent(NamedTuple):
    """An agent of one test, and the variables that speak for it and for its developer."""

    id: str
    key: str
    variables: dict[str, str]


@pytest.fixture()
def agent(behalf: Run, demo: Server) -> Agent:
    """A fresh agent without permissions, made by the command line."""
    developer = {"BEHALFID_BASE_URL": demo.base_url + "/", "BEHALFID_DEVELOPER_TOKEN": demo.developer_token}
    result = behalf("agents", "create", "--name", "Test agent", "--json", **developer)
    assert result.status == 0, result.err
    answer = result.json()
    return Agent(answer["agentId"], answer["apiKey"], {**developer, "BEHALFID_API_KEY": answer["apiKey"]})


def grant(behalf: Run, agent: Agent, *words: str) -> str:
    """A permission made by the command line: its id."""
    result = behalf("permissions", "create", agent.id, *words, "--json", **agent.variables)
    assert result.status == 0, result.err
    assert result.json()["status"] == "active"
    permission_id: str = result.json()["permissionId"]
    return permission_id


def verify(behalf: Run, agent: Agent, *words: str) -> Result:
    """`behalf verify` as the agent."""
    return behalf("verify", agent.id, *words, **agent.variables)


def test_health_is_keys_and_values(behalf: Run, demo: Server) -> None:
    """health prints the members of the answer, aligned, and the answer itself as JSON."""
    result = behalf("health", "--base-url", demo.base_url)
    assert result.status == 0
    assert "status     ok\n" in result.out
    assert behalf("health", "--json", "--base-url", demo.base_url).json()["service"] == "behalfid"


def test_verify_allows_and_denies_by_exit_status(behalf: Run, agent: Agent) -> None:
    """Allowed is 0, denied is 1, also with --json."""
    grant(behalf, agent, "-a", "purchase", "-r", "coachella.com", "--max-amount", "800", "--expires", "2h")
    allowed = verify(behalf, agent, "-a", "purchase", "-v", "coachella.com", "--amount", "320")
    assert allowed.status == 0, allowed.err
    assert allowed.out.startswith("ALLOWED\nrequestId  req_")
    assert "reason     Action allowed by active permission.\nrisk       low\n" in allowed.out
    denied = verify(behalf, agent, "-a", "purchase", "-v", "coachella.com", "--amount", "801")
    assert denied.status == 1
    assert denied.out.startswith("DENIED\n")
    as_json = verify(behalf, agent, "-a", "purchase", "-v", "coachella.com", "--amount", "801", "--json")
    assert as_json.status == 1
    assert as_json.json()["reason"] == "Amount exceeds maxAmount constraint."
    assert verify(behalf, agent, "-a", "purchase", "-v", "evil.com", "--amount", "1").status == 1


def test_verify_approval_required_is_not_allowed(behalf: Run, agent: Agent) -> None:
    """A decision that waits for a person prints its approval id and ends with 1."""
    grant(behalf, agent, "-a", "deploy_production", "-r", "vercel.com", "--requires-approval")
    result = verify(behalf, agent, "-a", "deploy_production", "-r", "vercel.com")
    assert result.status == 1
    assert result.out.startswith("APPROVAL REQUIRED\n")
    assert "approvalId  apr_" in result.out
    assert verify(behalf, agent, "-a", "deploy_production", "-r", "vercel.com", "--json").status == 1


def test_verify_shadow_always_succeeds_and_tells_the_decision(behalf: Run, agent: Agent) -> None:
    """In shadow mode a denial ends with 0, and the output says what would have happened."""
    result = verify(behalf, agent, "-a", "purchase", "--shadow")
    assert result.status == 0, result.err
    assert result.out.startswith("ALLOWED (shadow mode: would not be allowed)\n")
    assert "No active permission exists for this action." in result.out
    as_json = verify(behalf, agent, "-a", "purchase", "--shadow", "--json")
    assert as_json.status == 0
    assert as_json.json()["shadowDecision"]["allowed"] is False


def test_verify_sends_path_command_and_cwd(behalf: Run, agent: Agent) -> None:
    """Path and command rules are held against --path, --cwd and --command."""
    grant(behalf, agent, "-a", "read_file", "--allowed-paths", "src/**,docs/**", "--denied-paths", "**/.env")
    assert verify(behalf, agent, "-a", "read_file", "--path", "docs/a.md", "--cwd", "/w").status == 0
    denied = verify(behalf, agent, "-a", "read_file", "--path", "src/.env", "--cwd", "/w")
    assert denied.status == 1 and "path_not_permitted" in denied.out
    grant(behalf, agent, "-a", "execute_command", "--denied-commands", "rm -rf")
    assert verify(behalf, agent, "-a", "execute_command", "--command", "ls -l").status == 0
    denied = verify(behalf, agent, "-a", "execute_command", "--command=rm -rf /")
    assert denied.status == 1 and "command_blocked" in denied.out


def test_verify_repeats_with_an_idempotency_key(behalf: Run, agent: Agent) -> None:
    """The same idempotency key and arguments get the same request id."""
    words = ["-a", "read", "--metadata", '{"n": 1}', "--idempotency-key", "one", "--json"]
    assert verify(behalf, agent, *words).json() == verify(behalf, agent, *words).json()


def test_verify_server_errors_fail_closed(behalf: Run, agent: Agent) -> None:
    """A wrong key ends with 1, shows the server's code and never the key."""
    wrong = KEY[:-1] + "x"
    variables = {**agent.variables, "BEHALFID_API_KEY": wrong}
    result = behalf("verify", agent.id, "-a", "read", "--json", **variables)
    assert result.status == 1
    assert result.out == ""
    assert result.error()["code"] in ("AGENT_AUTH_REQUIRED", "AGENT_API_KEY_MISMATCH")
    assert wrong not in result.err


def test_order_of_sources(behalf: Run, agent: Agent, demo: Server) -> None:
    """Key and URL: flag, variable, configuration. Agent id: argument, configuration, variable."""
    url = {"BEHALFID_BASE_URL": demo.base_url}
    nowhere = f"http://127.0.0.1:{free_port()}"
    behalf("config", "set", "api-key", agent.key)
    behalf("config", "set", "agent-id", agent.id)
    behalf("config", "set", "base-url", nowhere)
    ask = ["verify", "-a", "read", "--shadow"]
    assert behalf(*ask, "--json").error()["code"] == "network"
    assert behalf(*ask, **url).status == 0
    assert behalf(*ask, "--base-url", demo.base_url, BEHALFID_BASE_URL=nowhere).status == 0
    assert behalf(*ask, BEHALFID_AGENT_ID="agent_other", **url).status == 0
    assert behalf("verify", "agent_other", "-a", "read", "--shadow", **url).status == 1
    assert behalf(*ask, BEHALFID_API_KEY=KEY, **url).status == 1
    assert behalf(*ask, "-k", agent.key, BEHALFID_API_KEY=KEY, **url).status == 0
    behalf("config", "clear")
    assert behalf(*ask, BEHALFID_AGENT_ID=agent.id, BEHALFID_API_KEY=agent.key, **url).status == 0


def test_agents_are_listed_and_shown(behalf: Run, agent: Agent) -> None:
    """list has a row per agent; show works with the developer token and with the agent's key alone."""
    listed = behalf("agents", "list", **agent.variables)
    assert listed.status == 0, listed.err
    assert listed.out.splitlines()[0].split() == ["AGENTID", "NAME", "STATUS", "TYPE", "PROVIDER", "CREATED"]
    assert agent.id in listed.out
    answer = behalf("agents", "list", "--json", **agent.variables).json()
    assert agent.id in [row["agentId"] for row in answer["agents"]]
    permission_id = grant(behalf, agent, "-a", "read")
    by_key = {name: value for name, value in agent.variables.items() if name != "BEHALFID_DEVELOPER_TOKEN"}
    for variables in [agent.variables, by_key]:
        shown = behalf("agents", "show", agent.id, **variables)
        assert shown.status == 0, shown.err
        assert "name       Test agent\n" in shown.out
        assert permission_id in shown.out
        answer = behalf("agents", "show", agent.id, "--json", **variables).json()
        assert answer["agent"]["agentId"] == agent.id


def test_agents_create_saves_on_request_only(behalf: Run, demo: Server, home: Path) -> None:
    """Without --save the configuration stays as it was; with it, it holds the new id and key."""
    words = ["agents", "create", "-n", "Bot", "--type", "connected", "--provider", "claude", "--json"]
    options = ["--base-url", demo.base_url, "--developer-token", demo.developer_token]
    answer = behalf(*words, *options).json()
    assert (answer["agentType"], answer["provider"]) == ("connected", "claude")
    assert not config_path(home).exists()
    answer = behalf(*words, *options, "--save").json()
    saved = json.loads(config_path(home).read_text())
    assert saved == {"agentId": answer["agentId"], "apiKey": answer["apiKey"]}


def test_disabled_agent_is_denied_until_enabled(behalf: Run, agent: Agent) -> None:
    """disable denies at once, enable lets the permissions count again."""
    grant(behalf, agent, "-a", "read")
    disabled = behalf("agents", "disable", agent.id, "--json", **agent.variables)
    assert disabled.json() == {"disabled": True, "agentId": agent.id}
    assert "Agent is disabled." in verify(behalf, agent, "-a", "read").out
    enabled = behalf("agents", "enable", agent.id, **agent.variables)
    assert (enabled.status, enabled.out) == (0, f"Agent {agent.id} enabled.\n")
    assert verify(behalf, agent, "-a", "read").status == 0


def test_rotated_key_replaces_the_old_one(behalf: Run, agent: Agent) -> None:
    """By the agent's key and by the developer token, the new key works and the old one does not."""
    grant(behalf, agent, "-a", "read")
    key = agent.key
    choices: list[list[str]] = [["-k", key], []]
    for words in choices:
        result = behalf("agents", "rotate-key", agent.id, *words, "--json", **agent.variables)
        assert result.status == 0, result.err
        new = result.json()["apiKey"]
        assert verify(behalf, agent, "-a", "read", "-k", key).status == 1
        assert verify(behalf, agent, "-a", "read", "-k", new).status == 0
        key = new


def test_permissions_are_created_listed_and_revoked(behalf: Run, agent: Agent) -> None:
    """A permission has the fields of its flags, is listed with its expiry, and ends with revoke."""
    permission_id = grant(
        behalf, agent, "-a", "purchase", "-r", "shop.com", "-s", "tickets", "-d", "Buy tickets",
        "--template", "purchase", "--max-amount", "5", "--expires", "7d", "--allowed", "a, b,",
        "--blocked", "c",
    )  # fmt: skip
    row = behalf("permissions", "list", agent.id, "--json", **agent.variables).json()[0]
    assert row["permissionId"] == permission_id
    assert (row["resource"], row["scope"], row["description"]) == ("shop.com", "tickets", "Buy tickets")
    assert (row["allowedActions"], row["blockedActions"]) == (["a", "b"], ["c"])
    assert (row["constraints"]["maxAmount"], row["constraints"]["allowedVendors"]) == (5, ["shop.com"])
    table = behalf("permissions", "list", agent.id, **agent.variables).out
    assert table.splitlines()[0].split() == ["PERMISSIONID", "ACTION", "RESOURCE", "STATUS", "EXPIRES"]
    assert row["constraints"]["expiresAt"] in table
    assert verify(behalf, agent, "-a", "purchase", "-v", "shop.com", "--amount", "5").status == 0
    revoked = behalf("permissions", "revoke", permission_id, "--json", **agent.variables)
    assert revoked.json() == {"revoked": True}
    denied = verify(behalf, agent, "-a", "purchase", "-v", "shop.com", "--amount", "5")
    assert "Permission has been revoked." in denied.out


def test_agent_key_cannot_grant(behalf: Run, agent: Agent) -> None:
    """permissions create with the agent's key alone is refused with the server's code."""
    result = behalf(
        "permissions", "create", agent.id, "-a", "read", "--json",
        BEHALFID_BASE_URL=agent.variables["BEHALFID_BASE_URL"], BEHALFID_API_KEY=agent.key,
    )  # fmt: skip
    assert result.status == 1
    assert result.error()["code"] == "AUTHORITY_FORBIDDEN"


def test_logs_in_both_spellings(behalf: Run, agent: Agent) -> None:
    """`logs ID`, `logs list ID` and `logs --agent ID` are the same; JSON is always an array, newest first."""
    verify(behalf, agent, "-a", "first")
    verify(behalf, agent, "-a", "second", "--shadow")
    table = behalf("logs", agent.id, **agent.variables)
    assert table.status == 0, table.err
    assert table.out == behalf("logs", "list", agent.id, **agent.variables).out
    assert table.out == behalf("logs", "--agent", agent.id, **agent.variables).out
    lines = table.out.splitlines()
    headings = ["WHEN", "DECISION", "REQUESTID", "ACTION", "VENDOR", "AMOUNT", "RISK", "REASON"]
    assert lines[0].split() == headings
    assert "denied (shadow)" in lines[2] and "second" in lines[2]
    assert "first" in lines[3] and "shadow" not in lines[3]
    rows = behalf("logs", agent.id, "--json", **agent.variables).json()
    assert [row["action"] for row in rows] == ["second", "first"]


def test_logs_filters_reach_the_server(behalf: Run, agent: Agent) -> None:
    """Each filter leaves only the rows that fit it, and JSON stays an array."""
    grant(behalf, agent, "-a", "read")
    grant(behalf, agent, "-a", "deploy", "--requires-approval")
    for action in ["read", "deploy", "write"]:
        verify(behalf, agent, "-a", action)

    def actions(*words: str) -> list[str]:
        result = behalf("--json", "logs", agent.id, *words, **agent.variables)
        assert result.status == 0, result.err
        return [row["action"] for row in result.json()]

    assert actions("--allowed") == ["read"]
    assert actions("--denied") == ["write", "deploy"]
    assert actions("--decision", "approval_required") == ["deploy"]
    assert actions("--risk", "high") == ["write"]
    assert actions("--action", "read") == ["read"]
    assert actions("--limit", "2") == ["write", "deploy"]


def test_logs_pages_follow_the_cursor(behalf: Run, agent: Agent) -> None:
    """A page that leaves rows out says how to go on, and the next page goes on there."""
    for action in ["one", "two", "three"]:
        verify(behalf, agent, "-a", action)
    page = behalf("logs", agent.id, "--limit", "2", **agent.variables)
    assert page.err.startswith("Older entries: add --cursor ")
    cursor = page.err.split()[-1]
    rest = behalf("logs", agent.id, "--limit", "2", "--cursor", cursor, "--json", **agent.variables)
    assert [row["action"] for row in rest.json()] == ["one"]


def test_log_rows_cannot_drive_the_terminal(behalf: Run, agent: Agent) -> None:
    """What an agent wrote into the log is shown without control characters."""
    verify(behalf, agent, "-a", "\x1b]0;owned\x07\u202e")
    result = behalf("logs", agent.id, **agent.variables)
    assert "\\u001b]0;owned\\u0007\\u202e" in result.out
    assert "\x1b" not in result.out and "\u202e" not in result.out
    assert "\x1b" not in behalf("logs", agent.id, "--json", **agent.variables).out


def test_unknown_agent_and_empty_log(behalf: Run, agent: Agent) -> None:
    """An agent without decisions has an empty table; an unknown one is an error."""
    assert behalf("logs", agent.id, **agent.variables).out == "(none)\n"
    assert behalf("logs", "agent_unknown", **agent.variables).status == 1
    assert behalf("agents", "show", "../health", **agent.variables).status == 1
