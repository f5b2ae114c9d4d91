# SPDX-License-Identifier: Apache-2.0
"""Scope templates and presets: the data is complete and fits together, and what is made from it works."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

import pytest
import requests

from api_support import ALLOWED, NEEDS_APPROVAL, NO_PERMISSION, Agent, developer_call, sql
from harness import ROOT, Server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from cli_support import Result, Run  # noqa: E402

# id, label, category, action, resource, approval
TEMPLATES = [
    ("read_email", "Read email", "data_access", "access_data", "gmail.com", True),
    ("send_email", "Send email", "communication", "send_email", "gmail.com", True),
    ("browse_web", "Browse web", "data_access", "browse_web", "web", False),
    ("read_calendar", "Read calendar", "scheduling", "access_data", "calendar.google.com", False),
    ("write_calendar", "Create calendar events", "scheduling", "schedule", "calendar.google.com", True),
    ("schedule_meeting", "Schedule meetings", "scheduling", "schedule", "calendly.com", True),
    ("read_documents", "Read documents", "data_access", "access_data", "drive.google.com", False),
    ("edit_documents", "Edit documents", "content", "create_content", "drive.google.com", True),
    ("read_crm", "Read CRM records", "data_access", "access_data", "salesforce.com", False),
    ("update_crm", "Update CRM records", "admin", "access_data", "salesforce.com", True),
    ("create_invoice", "Create invoices", "commerce", "create_content", "stripe.com", True),
    ("issue_refund", "Issue refunds", "commerce", "purchase", "stripe.com", True),
    ("purchase", "Make purchases", "commerce", "purchase", "coachella.com", True),
    ("send_message", "Send messages", "communication", "send_message", "slack.com", True),
    ("create_content", "Create content", "content", "create_content", "notion.so", False),
    ("read_analytics", "Read analytics", "data_access", "access_data", "analytics.google.com", False),
    ("read_code", "Read code repository", "data_access", "access_data", "github.com", False),
    ("write_code", "Write code and open PRs", "content", "create_content", "github.com", True),
    ("deploy_staging", "Deploy to staging", "admin", "deploy", "vercel.com", False),
    ("deploy_production", "Deploy to production", "admin", "deploy_production", "vercel.com", True),
    ("read_finance", "Read financial data", "data_access", "access_data", "quickbooks.com", False),
    ("read_monitoring", "Read monitoring and logs", "data_access", "access_data", "datadog.com", False),
    ("read_tickets", "Read support tickets", "data_access", "access_data", "zendesk.com", False),
    ("update_tickets", "Update support tickets", "admin", "create_content", "zendesk.com", True),
    ("manage_tasks", "Manage tasks", "admin", "access_data", "linear.app", False),
    ("post_social", "Post to social media", "communication", "create_content", "twitter.com", True),
    ("send_notifications", "Send notifications", "communication", "send_message", "twilio.com", True),
    ("book_travel", "Book travel", "commerce", "purchase", "expedia.com", True),
    ("access_data", "Access data (general)", "data_access", "access_data", None, False),
    ("coding_agent_local", "Coding agent, local", "developer", "create_content", "local-filesystem", False),
    ("coding_agent_staging", "Coding agent, staging", "developer", "deploy", "staging", False),
    ("coding_agent_production", "Coding agent, production", "developer", "deploy_production", "production", True),
    ("github_read_issues", "GitHub issues, no merge", "developer", "access_data", "github.com", False),
    ("filesystem_safe", "Files, no recursive delete", "developer", "create_content", "local-filesystem", False),
    ("database_read_only", "Database, read only", "developer", "access_data", "database", False),
    ("database_migrations", "Database migrations", "developer", "deploy", "database", True),
    ("stripe_test_mode", "Stripe test mode", "developer", "access_data", "stripe.com/test", False),
    ("custom", "Custom scope", "custom", None, None, False),
]

# id: provider and scopes
PRESETS = {
    "email_reader": ("chatgpt", ["read_email"]),
    "social_manager": ("claude", ["create_content", "post_social"]),
    "scheduler": ("claude", ["read_calendar", "schedule_meeting"]),
    "developer": ("claude", ["read_code", "write_code"]),
    "researcher": ("chatgpt", ["browse_web", "read_documents"]),
    "data_analyst": ("chatgpt", ["read_analytics", "read_documents"]),
    "shopper": ("claude", ["browse_web", "purchase"]),
    "finance_reviewer": ("chatgpt", ["read_finance", "create_invoice"]),
    "content_creator": ("claude", ["read_documents", "create_content"]),
    "project_manager": ("claude", ["manage_tasks", "read_documents"]),
    "crm_assistant": ("chatgpt", ["read_crm", "update_crm"]),
    "travel_planner": ("chatgpt", ["browse_web", "book_travel"]),
    "customer_support": ("claude", ["read_tickets", "update_tickets"]),
    "devops_monitor": ("claude", ["read_monitoring", "read_code"]),
}

# action, resource, approval, highest amount
POLICIES = {
    "coding_agent_local": [("create_content", "local-filesystem", False, None)],
    "coding_agent_deploy": [("deploy", "staging", False, None), ("deploy_production", "production", True, None)],
    "github_read_issues": [("access_data", "github.com", False, None)],
    "filesystem_safe": [("create_content", "local-filesystem", False, None)],
    "database_read": [("access_data", "database", False, None), ("deploy", "database", True, None)],
    "stripe_test_live": [("access_data", "stripe.com/test", False, None), ("purchase", "stripe.com/live", True, None)],
    "email_draft_send": [("create_content", "email", False, None), ("send_email", "email", True, None)],
    "browser_safe_purchase": [("browse_web", "web", False, None), ("purchase", "web", True, 25)],
}

# action, resource
GATES = {
    "production_deploys": ("deploy_production", "production"),
    "secret_env_changes": ("secrets_write", "environment"),
    "infrastructure_mutations": ("infrastructure.mutate", "production"),
    "database_schema_changes": ("database_migrate_production", "production"),
    "billing_payment_actions": ("billing_vendor_api", "billing"),
    "external_network_actions": ("external.network", "external"),
}

# action, resource, outcome
SCENARIOS = {
    "deploy-approval": ("deploy_production", "vercel.com", "approval"),
    "migration-denied": ("db_migrate", "prod-postgres", "denied"),
    "github-read-allowed": ("github_issue_read", "github.com", "allowed"),
    "push-main-denied": ("git_push_main", "github.com", "denied"),
    "secret-write-denied": ("write_env", "repo", "denied"),
    "dependency-approval": ("update_dependencies", "npm", "approval"),
}

PROVIDERS = "Custom Ollie ChatGPT Claude Gemini Zapier Make LangChain OpenAI Ollama Other".split()
CATEGORIES = {
    "data_access": "Data access",
    "communication": "Communication",
    "scheduling": "Scheduling",
    "commerce": "Commerce",
    "content": "Content",
    "admin": "Admin",
    "developer": "Developer",
    "custom": "Custom",
}
RISKS = {"commerce": "high", "admin": "high", "communication": "medium", "scheduling": "medium", "content": "medium"}
KINDS = {
    "access_data": "access_data",
    "browse_web": "access_data",
    "create_content": "create_content",
    "send_email": "create_content",
    "schedule": "schedule",
    "purchase": "purchase",
}
SURFACES: dict[str, Optional[str]] = {
    "claude_code": "claude",
    "codex": "openai",
    "cursor": None,
    "github_actions": None,
    "internal": "custom",
    "other": "other",
}
FILE = json.loads((ROOT / "src" / "core" / "templates.json").read_text())
BY_ID: dict[str, dict[str, Any]] = {row["id"]: row for row in FILE["templates"]}


# ---- the data ----


def test_the_document_is_served_to_anybody(demo: Server) -> None:
    """Without a credential the whole file comes, as JSON that may be kept for five minutes."""
    answer = requests.get(demo.base_url + "/api/templates", timeout=30)
    assert (answer.status_code, answer.json()) == (200, FILE)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Content-Type"].startswith("application/json")


def test_all_templates_are_there_with_their_facts() -> None:
    """Each template has its label, category, action, resource and approval, in this order, and no other is there."""
    members = ("id", "label", "category", "action", "resource", "requiresApproval")
    assert [tuple(row[name] for name in members) for row in FILE["templates"]] == TEMPLATES


def test_kind_and_risk_follow_from_action_and_category() -> None:
    """A template's kind is that of its action, its risk that of its category."""
    for row in FILE["templates"]:
        assert row["template"] == KINDS.get(row["action"], "custom"), row["id"]
        assert row["risk"] == RISKS.get(row["category"], "low"), row["id"]


def test_every_template_says_what_it_permits_and_refuses() -> None:
    """All but the custom one have a description and both lists, of different snake_case names."""
    for row in FILE["templates"]:
        names = row["allowedActions"] + row["blockedActions"]
        assert len(set(names)) == len(names) and row["description"], row["id"]
        assert all(name.replace("_", "").isalpha() and name == name.lower() for name in names), row["id"]
        assert bool(row["allowedActions"] and row["blockedActions"]) == (row["id"] != "custom"), row["id"]


def test_no_template_blocks_what_another_is_for() -> None:
    """One agent can have any templates together: none refuses the action of another, nor what one of its preset
    permits."""
    actions = {row["action"] for row in FILE["templates"]}
    for row in FILE["templates"]:
        assert not actions & set(row["blockedActions"]), row["id"]
    for preset in FILE["presets"]:
        allowed = {name for scope in preset["scopes"] for name in BY_ID[scope]["allowedActions"]}
        blocked = {name for scope in preset["scopes"] for name in BY_ID[scope]["blockedActions"]}
        assert not allowed & blocked, preset["id"]


def test_all_presets_are_there_and_name_templates_that_exist() -> None:
    """Each preset has its provider and scopes, and each of those is a template."""
    assert {row["id"]: (row["provider"], row["scopes"]) for row in FILE["presets"]} == PRESETS
    assert len(FILE["presets"]) == len(PRESETS)
    assert all(scope in BY_ID for row in FILE["presets"] for scope in row["scopes"])


def test_the_other_lists_are_complete() -> None:
    """Providers, categories, sets of permissions, surfaces, profiles and gates are as they are documented."""
    assert [row["label"] for row in FILE["providers"]] == PROVIDERS
    assert all(row["id"] == row["label"].lower() for row in FILE["providers"])
    assert {row["id"]: row["label"] for row in FILE["categories"]} == CATEGORIES
    members = ("action", "resource", "requiresApproval", "maxAmount")
    policies = {
        row["id"]: [tuple(p[name] for name in members) for p in row["permissions"]] for row in FILE["policyTemplates"]
    }
    assert policies == POLICIES
    assert {row["id"]: (row["action"], row["resource"]) for row in FILE["gates"]} == GATES
    assert all(row["requiresApproval"] is True for row in FILE["gates"])
    assert {row["id"]: row["provider"] for row in FILE["surfaces"]} == SURFACES
    assert [row["id"] for row in FILE["profiles"]] == ["conservative", "balanced", "production_strict", "custom"]


# ---- through the API ----


@pytest.mark.parametrize("template", FILE["templates"], ids=list(BY_ID))
def test_every_template_works_through_the_api(demo: Server, template: dict[str, Any]) -> None:
    """A permission made from a template answers its action on its resource as the table says, and is never denied."""
    agent = Agent(demo, "Template")
    members = ("description", "template", "requiresApproval", "allowedActions", "blockedActions")
    action = template["action"] or "act"
    place = {} if template["resource"] is None else {"resource": template["resource"]}
    agent.grant(action, **{name: template[name] for name in members}, **place)
    decision = agent.decide(action, **place)
    approval = template["requiresApproval"]
    assert (decision["allowed"], decision["approvalRequired"]) == (not approval, approval)
    assert decision["reason"] == (NEEDS_APPROVAL if approval else ALLOWED)
    for name in template["blockedActions"][:1]:
        assert agent.decide(name, **place)["reason"] == "Action is blocked by this permission."


def test_every_scenario_ends_as_it_says(demo: Server) -> None:
    """With the permissions of the scenarios each of them is allowed, denied or left to a person as it says: the
    migration because nothing permits it, push and secrets because they are blocked."""
    members = ("action", "resource", "outcome")
    assert {row["id"]: tuple(row[name] for name in members) for row in FILE["scenarios"]} == SCENARIOS
    agent = Agent(demo, "Scenarios")
    for row in FILE["scenarioPermissions"]:
        agent.grant(**row)
    reasons = {}
    for row in FILE["scenarios"]:
        decision = agent.decide(row["action"], resource=row["resource"])
        approval = row["outcome"] == "approval"
        assert (decision["allowed"], decision["approvalRequired"]) == (row["outcome"] == "allowed", approval), row
        reasons[row["id"]] = decision["reason"]
    assert reasons["migration-denied"] == NO_PERMISSION
    assert reasons["push-main-denied"] == reasons["secret-write-denied"] == "Action is blocked by this permission."


# ---- on the command line ----


class Desk:
    """The command line with a developer token, and an agent."""

    def __init__(self, run: Run, server: Server) -> None:
        self.run, self.server = run, server
        self.agent = Agent(server, "Desk")

    def behalf(self, *words: str) -> Result:
        """`behalf WORDS`."""
        variables = {"BEHALFID_BASE_URL": self.server.base_url}
        return self.run(*words, BEHALFID_DEVELOPER_TOKEN=self.server.developer_token, **variables)

    def create(self, *words: str) -> Any:
        """`behalf permissions create --agent ID WORDS`, which must succeed: the permission as it is stored."""
        done = self.behalf("permissions", "create", "--agent", self.agent.agent_id, *words, "--json")
        assert done.status == 0, done.err
        (stored,) = [row for row in self.permissions() if row["permissionId"] == done.json()["permissionId"]]
        return stored

    def permissions(self, agent_id: str = "") -> Any:
        """The agent's permissions."""
        path = f"/api/dashboard/agents/{agent_id or self.agent.agent_id}"
        return developer_call(self.server, "GET", path).json()["permissions"]


@pytest.fixture()
def desk(demo: Server, behalf: Run) -> Desk:
    """On the demo server."""
    return Desk(behalf, demo)


def test_a_template_fills_the_permission(desk: Desk) -> None:
    """All that the template says is in the permission, its resource as the only vendor too."""
    stored = desk.create("--template", "send_email")
    template = BY_ID["send_email"]
    for name in ("action", "resource", "description", "template", "requiresApproval"):
        assert stored[name] == template[name]
    for name in ("allowedActions", "blockedActions"):
        assert stored[name] == template[name]
    assert stored["constraints"]["allowedVendors"] == ["gmail.com"]


def test_the_line_overrides_the_template(desk: Desk) -> None:
    """What the line names stands in place of the template's word, and the rest stays."""
    stored = desk.create(
        *("--template", "book_travel", "--action", "book", "--resource", "trips.example", "--max-amount", "900"),
        *("--description", "Trips", "--blocked", "first_class"),
    )
    assert (stored["action"], stored["resource"], stored["description"]) == ("book", "trips.example", "Trips")
    assert stored["constraints"] == {"allowedVendors": ["trips.example"], "maxAmount": 900}
    assert stored["blockedActions"] == ["first_class"]
    assert stored["allowedActions"] == BY_ID["book_travel"]["allowedActions"]
    assert (stored["template"], stored["requiresApproval"]) == ("purchase", True)


@pytest.mark.parametrize(
    "template, flags, approval",
    [
        ("read_email", [], True),
        ("read_email", ["--no-requires-approval"], False),
        ("read_calendar", [], False),
        ("read_calendar", ["--requires-approval"], True),
        ("read_calendar", ["--no-requires-approval"], False),
    ],
)
def test_the_line_says_whether_a_person_must_approve(
    desk: Desk, template: str, flags: list[str], approval: bool
) -> None:
    """The line switches the approval of a template on and off, and without a word it is as the template says."""
    assert desk.create("--template", template, *flags)["requiresApproval"] is approval


def test_beside_an_action_a_kind_is_a_kind(desk: Desk) -> None:
    """`--action x --template purchase` names the kind alone, as ever, and says so; without --action it is the scope
    template."""
    words = ("permissions", "create", desk.agent.agent_id, "--action", "x", "--template", "purchase")
    noted = desk.behalf(*words)
    assert noted.status == 0 and "names the kind alone" in noted.err
    (stored,) = desk.permissions()
    assert (stored["template"], stored["requiresApproval"], stored["blockedActions"]) == ("purchase", False, [])
    stored = desk.create("--template", "purchase")
    assert (stored["action"], stored["requiresApproval"]) == ("purchase", True)
    assert stored["blockedActions"] == BY_ID["purchase"]["blockedActions"]


def test_the_custom_template_wants_an_action(desk: Desk) -> None:
    """The custom template has no action of its own; with one it makes a permission of that kind."""
    done = desk.behalf("permissions", "create", desk.agent.agent_id, "--template", "custom")
    assert (done.status, done.err.splitlines()[0]) == (1, "Error: Option --action is required.")
    stored = desk.create("--template", "custom", "--action", "fly")
    assert (stored["action"], stored["template"], stored["resource"]) == ("fly", "custom", None)


def test_a_resource_of_none_is_no_resource(desk: Desk) -> None:
    """The general template restricts neither resource nor vendor."""
    stored = desk.create("--template", "access_data")
    assert (stored["resource"], stored["constraints"]) == (None, {})
    assert desk.agent.decide("access_data", vendor="anything")["allowed"] is True


@pytest.mark.parametrize(
    "words, error",
    [
        (["--template", "nope"], 'There is no "nope" among the templates.'),
        ([], "Option --action is required."),
        (["--template", "read_email", "agent_x"], "Use either --agent or [agentId], not both."),
        (
            ["--template", "read_email", "--requires-approval", "--no-requires-approval"],
            "Use either --requires-approval or --no-requires-approval, not both.",
        ),
    ],
)
def test_wrong_words_are_refused(desk: Desk, words: list[str], error: str) -> None:
    """An unknown template, neither template nor action, an agent named twice, and approval both ways make nothing."""
    done = desk.behalf("permissions", "create", "--agent", desk.agent.agent_id, *words)
    assert done.status == 1 and done.err.splitlines()[0] == f"Error: {error}"
    assert desk.permissions() == []


def test_templates_are_listed_without_a_server(behalf: Run) -> None:
    """`permissions templates` shows each template in a table, and with --json whole."""
    lines = behalf("permissions", "templates").out.splitlines()
    assert lines[0].split() == ["ID", "LABEL", "ACTION", "RESOURCE", "APPROVAL", "RISK"]
    assert [line.split()[0] for line in lines[2:]] == list(BY_ID)
    assert behalf("permissions", "templates", "--json").json() == FILE["templates"]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_makes_an_agent_with_its_permissions(desk: Desk, preset: str) -> None:
    """The agent has the preset's provider and one permission for each scope, and its key works."""
    done = desk.behalf("agents", "create", "--name", "Preset", "--preset", preset, "--json")
    assert done.status == 0, done.err
    made = done.json()
    provider, scopes = PRESETS[preset]
    assert (made["provider"], made["preset"], made["missing"]) == (provider, preset, [])
    assert [row["template"] for row in made["permissions"]] == scopes
    stored = desk.permissions(made["agentId"])
    assert {row["permissionId"] for row in stored} == {row["permissionId"] for row in made["permissions"]}
    assert sorted(row["action"] for row in stored) == sorted(BY_ID[scope]["action"] for scope in scopes)
    for scope in scopes:
        body = {"agentId": made["agentId"], "action": BY_ID[scope]["action"], "resource": BY_ID[scope]["resource"]}
        decision = desk.server.call("POST", "/api/verify", body, desk.server.as_agent(made["apiKey"])).json()
        assert decision["reason"] in (ALLOWED, NEEDS_APPROVAL)


def test_a_preset_is_shown_for_people(desk: Desk) -> None:
    """Without --json the key comes first, then a table of the permissions."""
    done = desk.behalf("agents", "create", "--name", "Preset", "--preset", "shopper", "--provider", "openai")
    pairs, table = done.out.split("\n\n")
    assert "bhf_sk_" in pairs and "openai" in pairs
    assert [line.split()[0] for line in table.splitlines()] == ["TEMPLATE", "----------", "browse_web", "purchase"]


def test_an_unknown_preset_makes_no_agent(desk: Desk) -> None:
    """A preset that is none is refused before anything is made, with the names of those there are."""
    before = sql(desk.server, "SELECT count(*) FROM agent")
    done = desk.behalf("agents", "create", "--name", "Preset", "--preset", "nope")
    assert done.status == 1 and "email_reader" in done.err
    assert sql(desk.server, "SELECT count(*) FROM agent") == before


def test_a_preset_that_stops_says_what_exists(server: Server, behalf: Run) -> None:
    """When a permission cannot be made, the agent and its key are shown all the same, with what is there and what is
    missing."""
    sql(
        server,
        "CREATE TRIGGER stop BEFORE INSERT ON permission WHEN NEW.action = 'purchase'"
        " BEGIN SELECT RAISE(ABORT, 'stopped'); END",
    )
    desk = Desk(behalf, server)
    done = desk.behalf("agents", "create", "--name", "Preset", "--preset", "shopper", "--json")
    assert done.status == 1
    made = done.json()
    assert [row["template"] for row in made["permissions"]] == ["browse_web"]
    assert made["missing"] == ["purchase"] and made["apiKey"].startswith("bhf_sk_")
    last = json.loads(done.err.splitlines()[-1])
    assert last["error"] == f"The agent {made['agentId']} exists, with 1 of 2 permissions. Missing: purchase."
    assert [row["action"] for row in desk.permissions(made["agentId"])] == ["browse_web"]


# ---- the tool ----


@pytest.mark.parametrize(
    "text, why", [('{"a":1,"a":2}', "a member occurs twice"), ("{", "JSONDecodeError"), ('{"a":"é\\"\\\\"}', "")]
)
def test_a_document_with_a_mistake_stops_the_build(tmp_path: Path, text: str, why: str) -> None:
    """What is no JSON, or has a member twice, is not embedded; quotes, backslashes and other scripts are."""
    source, out = tmp_path / "in.json", tmp_path / "out.c"
    source.write_text(text)
    tool = str(ROOT / "tools" / "embed_json.py")
    words = [sys.executable, tool, "bh_x", "lib/span.h", str(out), str(source)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert why in done.stderr and (done.returncode == 0) == (why == "")
    assert out.exists() == (why == "")
