# SPDX-License-Identifier: Apache-2.0
"""The rules of guarded sites over HTTP: their limits, and the words of each refusal."""

import re
from typing import Any, Iterator, Optional

import pytest

from api_support import error_of, other_account
from harness import Server
from site_support import NO_RULE, NO_SIGNAL, World, call, made, new_rule, new_site, read, rule_body, version


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server of this file."""
    with Server(tmp_path_factory.mktemp("sites") / "data") as server:
        yield World(server, other_account(server))


@pytest.fixture()
def alone(server: Server) -> World:
    """A server for one test that counts or fills up."""
    return World(server, other_account(server))


# ---- rules ----


def test_a_rule_is_shown_with_all_its_members(world: World) -> None:
    """A rule with nothing but a signal has empty lists and asks for no approval."""
    site = new_site(world)
    rule = new_rule(world, site)
    assert re.fullmatch(r"sgr_[A-Za-z0-9_-]{16}", rule["ruleId"])
    assert list(rule) == [
        "ruleId", "siteId", "name", "status", "agentIdentifier", "userAgentPattern", "verifiedAgent", "allowedPaths",
        "blockedPaths", "requiresApproval", "notes", "createdAt", "updatedAt",
    ]  # fmt: skip
    assert rule["siteId"] == site["siteId"] and rule["status"] == "active"
    assert (rule["agentIdentifier"], rule["userAgentPattern"], rule["verifiedAgent"]) == ("bot", None, None)
    assert (rule["allowedPaths"], rule["blockedPaths"], rule["requiresApproval"]) == ([], [], False)
    full = new_rule(
        world, site, userAgentPattern=" *Bot* ", allowedPaths=["/docs/*"], blockedPaths=["/admin"], notes=" n ",
        requiresApproval=True, status="disabled", verifiedAgent=True,
    )  # fmt: skip
    assert (full["userAgentPattern"], full["notes"], full["status"]) == ("*Bot*", "n", "disabled")
    assert (full["allowedPaths"], full["blockedPaths"], full["requiresApproval"]) == (["/docs/*"], ["/admin"], True)
    assert full["verifiedAgent"] == "*"
    assert read(world, site)["rules"] == [full, rule]
    assert made(call(world, "GET", f"/{site['siteId']}/rules"), 200) == {"rules": [full, rule]}


LIMITS = [
    ("name", "x" * 121, "name must be 120 characters or fewer."),
    ("name", "", "name is required."),
    ("agentIdentifier", "x" * 181, "agentIdentifier must be 180 characters or fewer."),
    ("agentIdentifier", 5, "agentIdentifier must be a string or null."),
    ("userAgentPattern", "x" * 241, "userAgentPattern must be 240 characters or fewer."),
    ("userAgentPattern", ["x"], "userAgentPattern must be a string or null."),
    ("notes", 5, "notes must be a string or null."),
    ("notes", "x" * 1001, "notes must be 1000 characters or fewer."),
    ("status", "revoked", "status must be active or disabled."),
    ("requiresApproval", "yes", "requiresApproval must be a boolean."),
    ("requiresApproval", None, "requiresApproval must be a boolean."),
    ("ruleId", "sgr_x", "Unknown field: ruleId."),
]


@pytest.mark.parametrize("field, value, text", LIMITS)
def test_what_is_no_rule_is_refused_by_name(world: World, field: str, value: Any, text: str) -> None:
    """Each field that breaks its rule is named, at creation and at a change."""
    site = new_site(world)
    assert error_of(call(world, "POST", f"/{site['siteId']}/rules", rule_body(**{field: value}))) == (400, text)
    assert read(world, site)["rules"] == []
    path = f"/{site['siteId']}/rules/{new_rule(world, site)['ruleId']}"
    changed = "name must be a non-empty string." if value == "" else text
    assert error_of(call(world, "PATCH", path, {field: value})) == (400, changed)


def test_texts_may_be_as_long_as_their_limits(world: World) -> None:
    """Each text of a rule is taken at exactly its limit, counted as JavaScript counts."""
    texts = {"name": 120, "agentIdentifier": 180, "userAgentPattern": 240, "notes": 1000}
    for filler in ("x", "\U0001f600"):
        values = {name: filler * (units // (1 if filler == "x" else 2)) for name, units in texts.items()}
        rule = new_rule(world, new_site(world), **values)
        assert {name: rule[name] for name in texts} == values


@pytest.mark.parametrize("field", ["allowedPaths", "blockedPaths"])
def test_lists_of_paths_are_refused_in_their_words(world: World, field: str) -> None:
    """What is no array of up to 40 absolute patterns that can match is refused, and says which list."""
    site = new_site(world)
    path = f"/{site['siteId']}/rules"
    absolute = f"{field} must contain absolute paths without queries or fragments."
    cases: list[tuple[Any, str]] = [
        ("/x", f"{field} must be an array of paths."),
        ({}, f"{field} must be an array of paths."),
        (["/x"] * 41, f"{field} must have 40 paths or fewer."),
        (["/x", 5], f"{field} must contain strings."),
        ([None], f"{field} must contain strings."),
        *(([odd], absolute) for odd in ("", "x", "*", "/a?b", "/a#b", "/a%2fb", "/a\\b", "/a/../b", "/./a", "/a\nb")),
        (["/" + "x" * 500], absolute),
    ]
    for value, text in cases:
        assert error_of(call(world, "POST", path, rule_body(**{field: value}))) == (400, text), value
    longest = "/" + "x" * 499
    rule = new_rule(world, site, **{field: [longest] * 40})
    assert rule[field] == [longest] * 40
    assert new_rule(world, site, **{field: None})[field] == []


def test_patterns_are_stored_in_the_form_that_is_compared(world: World) -> None:
    """Spaces around a pattern go, and runs of slashes become one."""
    rule = new_rule(world, new_site(world), allowedPaths=[" //docs///* ", "/"], blockedPaths=["/Admin//"])
    assert (rule["allowedPaths"], rule["blockedPaths"]) == (["/docs/*", "/"], ["/Admin/"])


@pytest.mark.parametrize(
    "value, stored",
    [
        (True, "*"),
        (" * ", "*"),
        ("https://Bot.Example", "https://bot.example"),
        ("https://bot.example./", "https://bot.example"),
        ("HTTPS://bot.example:443", "https://bot.example"),
        ("https://bot.example:8443/", "https://bot.example:8443"),
        (False, None),
        (None, None),
    ],
)
def test_a_demand_for_a_verified_agent_is_stored_in_one_form(world: World, value: Any, stored: Optional[str]) -> None:
    """true and "*" are any trusted directory, an https origin is that one, false and null are no demand."""
    assert new_rule(world, new_site(world), verifiedAgent=value)["verifiedAgent"] == stored


@pytest.mark.parametrize(
    "value",
    ["", "bot.example", "http://bot.example", "https://", "https://bot.example/x", "https://u@bot.example",
     "https://bot.example:0", "https://bot.example:65536", "https://bot.example?x", "https://bot.example#x",
     "https://bot.example:", "https://b_t.example", "https://bot.example//", 5, ["*"], "true"],
)  # fmt: skip
def test_what_is_no_directory_is_refused(world: World, value: Any) -> None:
    """Anything but the https address of a host is refused as a demand."""
    site = new_site(world)
    answer = call(world, "POST", f"/{site['siteId']}/rules", rule_body(verifiedAgent=value))
    assert error_of(answer) == (400, 'verifiedAgent must be true, "*" or the https address of a directory.')


def test_a_rule_for_everybody_cannot_be_made(world: World) -> None:
    """Without identifier, pattern and demand a rule is refused, also when a change would take the last one away."""
    site = new_site(world)
    path = f"/{site['siteId']}/rules"
    widest: list[dict[str, Any]] = [{}, {"agentIdentifier": " ", "userAgentPattern": None}, {"verifiedAgent": False}]
    for fields in widest:
        assert error_of(call(world, "POST", path, {"name": "All", **fields})) == NO_SIGNAL
    rule = made(call(world, "POST", path, {"name": "Signed", "verifiedAgent": True}))["rule"]
    one = f"{path}/{rule['ruleId']}"
    assert error_of(call(world, "PATCH", one, {"verifiedAgent": None})) == NO_SIGNAL
    changed = made(call(world, "PATCH", one, {"verifiedAgent": None, "userAgentPattern": "*"}), 200)["rule"]
    assert (changed["verifiedAgent"], changed["userAgentPattern"]) == (None, "*")
    assert error_of(call(world, "PATCH", one, {"userAgentPattern": ""})) == NO_SIGNAL
    assert read(world, site)["rules"] == [changed]


def test_a_rule_changes_by_what_is_named(world: World) -> None:
    """PATCH leaves alone what it does not name, and raises the version that checks go by."""
    site = new_site(world)
    rule = new_rule(world, site, notes="n", allowedPaths=["/a"], blockedPaths=["/b"], requiresApproval=True)
    path, before = f"/{site['siteId']}/rules/{rule['ruleId']}", version(world, site)
    changes: list[dict[str, Any]] = [
        {"name": "New"},
        {"status": "disabled"},
        {"notes": None},
        {"allowedPaths": []},
        {"blockedPaths": ["/c"]},
        {"requiresApproval": False},
        {"userAgentPattern": "*x*"},
        {"agentIdentifier": "other"},
        {"verifiedAgent": "*"},
    ]
    for number, change in enumerate(changes, 1):
        changed = made(call(world, "PATCH", path, change), 200)["rule"]
        rule = {**rule, **change, "updatedAt": changed["updatedAt"]}
        assert changed == rule and version(world, site) == before + number
    assert error_of(call(world, "PATCH", path, {})) == (400, "At least one editable rule field is required.")
    assert made(call(world, "DELETE", path), 200) == {"deleted": True}
    assert version(world, site) == before + 10
    for method, body in (("DELETE", None), ("PATCH", {"name": "x"})):
        assert error_of(call(world, method, path, body)) == NO_RULE
    assert read(world, site)["rules"] == []


def test_a_site_has_two_hundred_rules_and_shows_fifty(alone: World) -> None:
    """The 201st rule is refused; the site shows the newest 50, the list of rules all of them."""
    site = new_site(alone)
    rules = [new_rule(alone, site, name=f"Rule {number}") for number in range(200)]
    refused = call(alone, "POST", f"/{site['siteId']}/rules", rule_body())
    assert error_of(refused) == (409, "A site can have 200 rules or fewer.")
    names = {rule["name"] for rule in rules}
    assert len(read(alone, site)["rules"]) == 50
    assert {rule["name"] for rule in call(alone, "GET", f"/{site['siteId']}/rules").json()["rules"]} == names
    made(call(alone, "DELETE", f"/{site['siteId']}/rules/{rules[0]['ruleId']}"), 200)
    new_rule(alone, site)


def test_rules_of_a_site_have_a_size_in_all(world: World) -> None:
    """Rules whose texts would pass 256 KB in all are refused, made or changed, and leave nothing behind."""
    site = new_site(world)
    paths = ["/" + "x" * 499] * 40
    too_large = (409, "The rules of a site can have 256 KB of text in all.")
    fitting = 262_144 // (2 * len('["",]') + 2 * 40 * 503)
    for _ in range(fitting):
        last = new_rule(world, site, allowedPaths=paths, blockedPaths=paths)
    body = rule_body(allowedPaths=paths, blockedPaths=paths)
    assert error_of(call(world, "POST", f"/{site['siteId']}/rules", body)) == too_large
    small = new_rule(world, site)
    path = f"/{site['siteId']}/rules/{small['ruleId']}"
    assert error_of(call(world, "PATCH", path, {"allowedPaths": paths, "blockedPaths": paths})) == too_large
    assert read(world, site)["rules"][0] == small and last in read(world, site)["rules"]
