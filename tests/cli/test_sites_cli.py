# SPDX-License-Identifier: Apache-2.0
"""`behalf sites` against a real server."""

import json
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from api_support import now_ms, sql  # noqa: E402
from cli_support import Group  # noqa: E402
from harness import Server  # noqa: E402


class Site(NamedTuple):
    """A site with a key, made by commands."""

    site_id: str
    key_id: str
    raw_key: str


COMMANDS = Group("sites")
run, done, as_json, error = COMMANDS.run, COMMANDS.done, COMMANDS.as_json, COMMANDS.error

ONE_SITE = "Error: Use one of --site-key, --site and --domain."
CLEAR = (
    "Error: --clear must be a list of agent, user-agent, verified, allow, block and notes, without what the line sets."
)
NOR_SITE = " nor the id of a site."


def new_site(server: Server) -> Site:
    """A site that lets bots read the documents."""
    site_id = as_json(server, "create", "--name", "Shop", "--domain", "shop.example")["site"]["siteId"]
    done(server, "rules", "create", site_id, "--name", "Docs", "--user-agent", "*Bot*", "--allow", "/docs/*")
    key = as_json(server, "keys", "create", site_id, "--name", "nginx")
    return Site(site_id, key["key"]["keyId"], key["rawKey"])


def test_life_of_a_site(server: Server) -> None:
    """Created, listed, shown, switched off and on, deleted: each command does it and says so."""
    assert done(server, "list").strip().endswith("(none)")
    made = as_json(server, "create", "--name", "Shop", "--domain", "Shop.Example.")["site"]
    site_id = made["siteId"]
    listed = done(server, "list").splitlines()
    assert listed[0].split() == ["SITEID", "NAME", "DOMAIN", "STATUS", "CREATEDAT"]
    assert listed[2].split()[:4] == [site_id, "Shop", "shop.example", "active"]
    assert as_json(server, "list") == {"sites": [made]}
    shown = as_json(server, "show", site_id)
    assert shown == {"site": made, "rules": [], "logs": [], "keys": [], "directories": []}
    for text in ("shop.example", "Rules, newest first:", "Keys:", "Newest checks:"):
        assert text in done(server, "show", site_id)
    assert "disabled" in done(server, "disable", site_id)
    assert as_json(server, "enable", site_id)["site"]["status"] == "active"
    assert done(server, "delete", site_id) == f"Site {site_id} deleted.\n"
    assert error(server, "show", site_id) == "Error: [NOT_FOUND] Site not found."
    assert as_json(server, "list") == {"sites": []}


def test_life_of_a_rule(server: Server) -> None:
    """A rule is made of the options, listed, switched off and on, and deleted."""
    site = new_site(server).site_id
    options = ["--agent", "bot", "--user-agent", "*x*", "--verified", "https://bot.example", "--allow", "/a, //b/*"]
    options += ["--block", "/c", "--requires-approval", "--notes", "why", "--disabled"]
    rule = as_json(server, "rules", "create", site, "--name", "All", *options)["rule"]
    assert (rule["agentIdentifier"], rule["userAgentPattern"], rule["verifiedAgent"]) == (
        "bot",
        "*x*",
        "https://bot.example",
    )
    assert (rule["allowedPaths"], rule["blockedPaths"]) == (["/a", "/b/*"], ["/c"])
    assert (rule["requiresApproval"], rule["notes"], rule["status"]) == (True, "why", "disabled")
    listed = done(server, "rules", site)
    assert listed == done(server, "rules", "list", site)
    assert listed.splitlines()[0].split()[:3] == ["RULEID", "NAME", "STATUS"]
    assert listed.splitlines()[2].split() == [
        rule["ruleId"], "All", "disabled", "bot", "*x*", "https://bot.example", "/a,/b/*", "/c", "yes",
    ]  # fmt: skip
    assert as_json(server, "rules", site)["rules"][0] == rule
    assert as_json(server, "rules", "enable", site, rule["ruleId"])["rule"]["status"] == "active"
    assert "disabled" in done(server, "rules", "disable", site, rule["ruleId"])
    assert done(server, "rules", "delete", site, rule["ruleId"]) == f"Rule {rule['ruleId']} deleted.\n"
    assert error(server, "rules", "delete", site, rule["ruleId"]) == "Error: [NOT_FOUND] Site Guard rule not found."
    assert [row["name"] for row in as_json(server, "rules", site)["rules"]] == ["Docs"]


def test_a_rule_and_a_site_are_changed_in_place(server: Server) -> None:
    """Update changes what is named and clears what it is told to, and leaves everything else as it was."""
    site = new_site(server).site_id
    (rule,) = as_json(server, "rules", site)["rules"]
    words = ["rules", "update", site, rule["ruleId"]]
    changed = as_json(server, *words, "--name", "Help", "--allow", "/docs/*,/help/*", "--requires-approval")["rule"]
    wanted = {"name": "Help", "allowedPaths": ["/docs/*", "/help/*"], "requiresApproval": True}
    assert changed == {**rule, **wanted, "updatedAt": changed["updatedAt"]}
    options = ["--agent", "bot", "--block", "/x", "--notes", "why", "--no-approval"]
    changed = as_json(server, *words, *options)["rule"]
    assert (changed["agentIdentifier"], changed["blockedPaths"], changed["notes"]) == ("bot", ["/x"], "why")
    assert (changed["requiresApproval"], changed["userAgentPattern"]) == (False, "*Bot*")
    changed = as_json(server, *words, "--clear", "user-agent, allow,block,notes")["rule"]
    assert (changed["userAgentPattern"], changed["allowedPaths"], changed["blockedPaths"]) == (None, [], [])
    assert (changed["agentIdentifier"], changed["notes"], changed["name"]) == ("bot", None, "Help")
    refused = error(server, *words, "--clear", "agent")
    assert refused == "Error: [http_error] agentIdentifier or userAgentPattern is required."
    assert (
        dict(line.split(None, 1) for line in done(server, "update", site, "--name", "New").splitlines())["name"]
        == "New"
    )
    assert as_json(server, "show", site)["site"]["name"] == "New"


def test_rules_that_can_match_nobody_are_noted(server: Server, tmp_path: Path) -> None:
    """Whoever lists, makes or changes a rule for a directory that the site does not trust is told so, until it does."""
    site = new_site(server).site_id
    url = "https://bot.example"
    rule = ["rules", "create", site, "--name", "Partner", "--allow", "/p/*", "--verified"]
    made = run(server, *rule, url)
    assert made.returncode == 0 and f"the site does not trust {url}" in made.stderr
    assert "the site trusts no directory" in run(server, *rule, "*").stderr
    for words in (["rules", site], ["show", site]):
        assert run(server, *words).stderr.count("matches nobody") == 2
        assert run(server, *words, "--json").stderr == ""
    keys = tmp_path / "keys.json"
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}
    keys.write_text(json.dumps({"keys": [jwk]}))
    done(server, "directories", "add", site, "--url", url, "--keys", str(keys))
    for words in (["rules", site], ["show", site]):
        assert "matches nobody" not in run(server, *words).stderr


def test_a_key_is_shown_to_people_once(server: Server) -> None:
    """Create prints the key as a row of its own, and that it will not be shown again; nothing else shows it."""
    site = new_site(server)
    ended = run(server, "keys", "create", site.site_id, "--name", "Web server")
    rows = dict(line.split(None, 1) for line in ended.stdout.splitlines())
    assert rows["rawKey"].startswith("bhf_site_") and len(rows["rawKey"]) == 52
    assert "The key is not shown again" in ended.stderr
    listed = done(server, "keys", site.site_id)
    assert listed.splitlines()[0].split() == ["KEYID", "NAME", "KEYPREVIEW", "STATUS", "LASTUSEDAT", "CREATEDAT"]
    assert rows["keyId"] in listed and site.key_id in listed
    everything = listed + done(server, "show", site.site_id) + done(server, "keys", site.site_id, "--json")
    assert rows["rawKey"] not in everything and site.raw_key not in everything
    assert done(server, "keys", "revoke", site.site_id, site.key_id) == f"Key {site.key_id} revoked.\n"
    again = error(server, "keys", "revoke", site.site_id, site.key_id)
    assert again == "Error: [NOT_FOUND] Site Guard key not found or already revoked."
    assert [row["status"] for row in as_json(server, "keys", site.site_id)["keys"]] == ["active", "revoked"]


def test_life_of_a_directory(server: Server, tmp_path: Path) -> None:
    """A directory is trusted with the keys of a file or fetched, listed, refreshed and deleted."""
    site = new_site(server).site_id
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}
    kid = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [jwk]}))
    added = done(server, "directories", "add", site, "--url", "https://bot.example/", "--keys", str(keys))
    rows = dict(line.split(None, 1) for line in added.splitlines())
    assert (rows["url"], rows["pinned"], rows["key"]) == ("https://bot.example", "true", kid)
    unfetchable = error(server, "directories", "add", site, "--url", "https://localhost")
    assert unfetchable.startswith("Error: [http_error] url must have a public host, since its keys are fetched.")
    again = as_json(server, "directories", "add", site, "--url", "https://localhost", "--keys", str(keys))
    fetched = again["directory"]["directoryId"]
    # As if it were one whose keys are fetched, so that nothing is looked up.
    sql(server, "UPDATE site_directory SET is_pinned = 0 WHERE directory_id = ?", fetched)
    listed = done(server, "directories", site)
    assert listed == done(server, "directories", "list", site)
    assert listed.splitlines()[0].split() == ["DIRECTORYID", "URL", "KEYS", "PINNED", "FETCHEDAT", "ERROR"]
    assert listed.splitlines()[3].split()[:4] == [rows["directoryId"], "https://bot.example", "1", "true"]
    assert "Trusted key directories:" in done(server, "show", site)
    assert done(server, "directories", "refresh", site, fetched) == f"Directory {fetched} will be fetched now.\n"
    refused = error(server, "directories", "refresh", site, rows["directoryId"])
    assert refused == "Error: [http_error] The keys of this directory were given by you and are not fetched."
    assert done(server, "directories", "delete", site, fetched) == f"Directory {fetched} deleted.\n"
    assert error(server, "directories", "delete", site, fetched) == "Error: [NOT_FOUND] Directory not found."
    keys.write_text("[]")
    unread = "Error: [bad_input] The file of keys cannot be read, or is no JSON object."
    for path in (keys, tmp_path / "missing"):
        assert error(server, "directories", "add", site, "--url", "https://x.example", "--keys", str(path)) == unread
    assert len(as_json(server, "directories", site)["directories"]) == 1


def test_logs_come_in_pages(server: Server) -> None:
    """The newest come first; a page that is not the last says how to go on."""
    site = new_site(server).site_id
    for number in range(1, 4):
        sql(
            server,
            "INSERT INTO site_check (site, number, request_id, domain, path, user_agent, allowed, reason, created_at)"
            " SELECT id, ?, ?, domain, ?, 'Bot/1', ?, ?, ? FROM site WHERE site_id = ?",
            number, f"req_{number}", f"/{number}", number % 2, 5 if number % 2 else 7, now_ms(), site,
        )  # fmt: skip
    ended = run(server, "logs", site, "--limit", "2")
    lines = ended.stdout.splitlines()
    assert [line.split()[1:3] for line in lines[2:]] == [["allowed", "/3"], ["denied", "/2"]]
    assert ended.stderr == "There are more: --before 2\n"
    assert [row["path"] for row in as_json(server, "logs", site, "--before", "2")["logs"]] == ["/1"]
    refused = error(server, "logs", site, "--limit", "101")
    assert refused == "Error: [http_error] limit must be a whole number from 1 to 100."


def test_a_check_exits_by_its_decision(server: Server) -> None:
    """0 when the path is allowed, 1 when it is denied or the key is wrong; the key comes from line or environment."""
    site = new_site(server)
    words = ["check", "--site-key", site.raw_key, "--path", "/docs/a", "--user-agent", "DocsBot/1"]
    assert done(server, *words).splitlines()[0] == "ALLOWED"
    allowed = as_json(server, *words)
    assert allowed["allowed"] is True and allowed["siteId"] == site.site_id
    denied = run(server, "check", "-p", "/admin", "-u", "DocsBot/1", BEHALFID_SITE_KEY=site.raw_key)
    assert denied.returncode == 1 and denied.stdout.splitlines()[0] == "DENIED"
    assert "No active Site Guard rule allows this path." in denied.stdout
    assert error(server, "check", "-k", "bhf_site_x", *words[3:]).endswith("Invalid Site Guard key.")
    assert len(as_json(server, "logs", site.site_id)["logs"]) == 3


def test_a_check_of_a_visitor_without_a_user_agent(server: Server) -> None:
    """The user agent may be left out or empty, as visitors do; a name of its own is then the visitor's only signal."""
    site = new_site(server)
    done(server, "rules", "create", site.site_id, "--name", "Named", "--agent", "helper", "--allow", "/named")
    key = ["check", "-k", site.raw_key]
    assert done(server, *key, "-p", "/named", "--agent-identifier", "Helper").splitlines()[0] == "ALLOWED"
    for words in ((), ("--user-agent", ""), ("--user-agent=",), ("-u", "")):
        denied = run(server, *key, "-p", "/docs/a", *words)
        assert (denied.returncode, denied.stdout.splitlines()[0]) == (1, "DENIED")
        assert "No matching active Site Guard rule." in denied.stdout
    assert {row["userAgent"] for row in as_json(server, "logs", site.site_id)["logs"]} == {""}


def test_a_check_with_a_developer_token(server: Server) -> None:
    """With --site or --domain the developer token asks, also when a site key is set; without one that is said."""
    site = new_site(server)
    visit = ["check", "-p", "/docs/a", "-u", "DocsBot/1"]
    for name in (["--site", site.site_id], ["--domain", "shop.example"]):
        assert done(server, *visit, *name).splitlines()[0] == "ALLOWED"
        assert run(server, *visit, *name, BEHALFID_SITE_KEY="bhf_site_x").returncode == 0
        missing = run(server, *visit, *name, BEHALFID_DEVELOPER_TOKEN="")
        assert missing.returncode == 1 and "A developer token is required" in missing.stderr
    assert "Site not found." in run(server, *visit, "--site", "site_x").stdout


def test_mistakes_are_told(server: Server) -> None:
    """What is missing or wrong in the arguments is named before anything is asked of the server."""
    no_key = "Error: A site key is required: --site-key or BEHALFID_SITE_KEY."
    cases = [
        (["create", "--name", "x"], "Error: Option --domain is required."),
        (["create", "--domain", "x"], "Error: Option --name is required."),
        (["keys", "create", "site_x"], "Error: Option --name is required."),
        (
            ["rules", "create", "site_x", "--name", "x"],
            "Error: Name at least one of --agent, --user-agent and --verified.",
        ),
        (
            ["rules", "create", "site_x", "-n", "x", "--agent", "x", "--allow", " , "],
            "Error: --allow must be a list with at least one path.",
        ),
        (
            ["rules", "create", "site_x", "-n", "x", "--agent", "x", "--block", ","],
            "Error: --block must be a list with at least one path.",
        ),
        (["check", "--path", "/", "--user-agent", "x"], no_key),
        (["check", "-k", "bhf_sk_x", "--path", "/", "--user-agent", "x"], no_key),
        (["check", "--user-agent", "x"], "Error: Option --path is required."),
        (["check", "--path", "/", "--site", "site_x", "-k", "bhf_site_x"], ONE_SITE),
        (["check", "--path", "/", "--site", "site_x", "--domain", "x"], ONE_SITE),
        (["check", "--path", "/", "--agent-identifier", ""], "Error: Option --agent-identifier needs a value."),
        (["update", "site_x"], "Error: Option --name is required."),
        (["rules", "update", "site_x", "sgr_x"], "Error: Name at least one thing to change."),
        (
            ["rules", "update", "site_x", "sgr_x", "--requires-approval", "--no-approval"],
            "Error: Use one of --requires-approval and --no-approval.",
        ),
        (["rules", "update", "site_x", "sgr_x", "--clear", "name"], CLEAR),
        (["rules", "update", "site_x", "sgr_x", "--clear", "notes", "--notes", "x"], CLEAR),
        (["rules", "update", "site_x", "sgr_x", "--clear", "notes,notes"], CLEAR),
        (["rules", "craete", "site_x"], 'Error: "craete" is neither a command of `behalf sites rules`' + NOR_SITE),
        (["keys", "x"], 'Error: "x" is neither a command of `behalf sites keys`' + NOR_SITE),
        (["directories", "--json", "x"], '{"error":"\\"x\\" is neither a command'),
    ]
    for words, text in cases:
        assert error(server, *words).startswith(text)
    for words in (["show"], ["delete"], ["logs"], ["rules"], ["keys"], ["rules", "enable", "x"], ["keys", "revoke"]):
        assert error(server, *words).startswith("Error: ")
    bad = error(server, "create", "--name", "x", "--domain", "https://x.example")
    assert bad == "Error: [http_error] domain must be a hostname."


def test_a_site_key_never_shows_in_an_error(server: Server) -> None:
    """A key in the wrong place of the line, which the error repeats, is redacted there."""
    ended = run(server, "bhf_site_" + "a" * 43)
    assert ended.returncode == 1
    assert "bhf_site_[redacted]" in ended.stderr and "a" * 20 not in ended.stderr
