# SPDX-License-Identifier: Apache-2.0
"""The server's decision is what happens: the real coding agents through our launcher, with everything in order."""

import json
import threading
from pathlib import Path

import pytest

from api_support import approvals, settle
from guarded_support import Guarded
from host_support import HOSTS
from stub_model import HELPER, Call, shell

each_host = pytest.mark.parametrize("host", HOSTS)


@each_host
def test_an_allowed_command_runs(guarded: Guarded, host: str) -> None:
    """What a permission allows runs, once, and the launch ends with the agent's own status."""
    guarded.permit_commands()
    assert guarded.launch(host).status == 0, guarded.story()
    assert guarded.has_run(), guarded.story()
    assert [row["allowed"] for row in guarded.decisions()] == [True]


@each_host
def test_a_denied_command_does_not_run(guarded: Guarded, host: str) -> None:
    """What no permission allows does not run; the model is told why, with the id of the decision."""
    guarded.launch(host)
    guarded.assert_blocked()
    (decision,) = guarded.decisions()
    assert decision["allowed"] is False
    assert decision["requestId"] in guarded.answers()[0].text, guarded.story()
    assert "No active permission exists for this action." in guarded.answers()[0].text, guarded.story()


@each_host
def test_a_command_with_denied_words_does_not_run(guarded: Guarded, host: str) -> None:
    """A command with words that a permission forbids does not run, though others of the same session do."""
    other = guarded.project / "other"
    guarded.permit_commands(constraints={"deniedCommands": [guarded.marker.name]})
    guarded.stub.script = [shell(f"touch {other}"), shell(f"touch {guarded.marker}")]
    guarded.launch(host)
    assert other.exists(), guarded.story()
    guarded.assert_blocked()
    assert guarded.stub.asked == 2 and len(guarded.answers()) == 2, guarded.story()


@each_host
def test_a_permission_revoked_in_the_session_counts_at_once(guarded: Guarded, host: str) -> None:
    """The first command runs; then somebody revokes the permission, and the second does not."""
    other = guarded.project / "other"
    permission_id = guarded.permit_commands()
    guarded.stub.script = [shell(f"touch {other}"), shell(f"touch {guarded.marker}")]
    guarded.stub.before[1] = lambda: guarded.agent.revoke(permission_id)
    guarded.launch(host)
    assert other.exists(), guarded.story()
    guarded.assert_blocked()
    assert len(guarded.answers()) == 2, guarded.story()


@each_host
def test_a_command_that_needs_approval_runs_after_it_once(guarded: Guarded, host: str) -> None:
    """A held command runs in the launch after a person has approved it, and only in that one."""
    guarded.permit_commands(requiresApproval=True)
    guarded.launch(host)
    guarded.assert_blocked()
    (waiting,) = [row for row in approvals(guarded.server) if row["agentId"] == guarded.agent.agent_id]
    assert waiting["approvalId"] in guarded.answers()[0].text, guarded.story()

    settle(guarded.server, waiting["approvalId"])
    guarded.launch(host)
    assert guarded.has_run(), guarded.story()

    guarded.marker.unlink()
    guarded.launch(host)
    guarded.assert_blocked()


@each_host
def test_an_approval_in_the_session_lets_the_next_call_run(guarded: Guarded, host: str) -> None:
    """A person approves while the session goes on: the agent's next try runs."""
    guarded.permit_commands(requiresApproval=True)
    command = shell(f"touch {guarded.marker}")
    guarded.stub.script = [command, command]

    def approve() -> None:
        (waiting,) = [row for row in approvals(guarded.server) if row["agentId"] == guarded.agent.agent_id]
        settle(guarded.server, waiting["approvalId"])

    guarded.stub.before[1] = approve
    guarded.launch(host)
    assert guarded.has_run(), guarded.story()
    assert [row["allowed"] for row in guarded.decisions()] == [True, False]


@each_host
def test_a_denied_file_is_not_written(guarded: Guarded, host: str) -> None:
    """A tool that writes files asks with the path: a denied one is not written, an allowed one is."""
    allowed, denied = guarded.project / "open" / "a.txt", guarded.project / "closed" / "b.txt"
    guarded.agent.grant("write_file", resource="filesystem", constraints={"allowedPaths": [f"{allowed.parent}/**"]})
    guarded.stub.script = [Call("write", "text\n", str(allowed)), Call("write", "text\n", str(denied))]
    guarded.launch(host)
    assert allowed.exists() and not denied.exists(), guarded.story()
    assert guarded.stub.asked == 2 and len(guarded.answers()) == 2, guarded.story()


def test_a_patch_is_denied_for_one_file_of_many(guarded: Guarded) -> None:
    """Codex writes files with patches: one denied path among allowed ones, and none of them is written."""
    allowed, denied = guarded.project / "open" / "a.txt", guarded.project / "closed" / "b.txt"
    guarded.agent.grant("write_file", resource="filesystem", constraints={"allowedPaths": [f"{allowed.parent}/**"]})
    files = "".join(f"*** Add File: {path}\n+text\n" for path in (allowed, denied))
    guarded.stub.script = [Call("patch", f"*** Begin Patch\n{files}*** End Patch\n")]
    guarded.launch("codex")
    assert not allowed.exists() and not denied.exists(), guarded.story()
    assert guarded.stub.asked == 1 and len(guarded.answers()) == 1, guarded.story()


def test_a_denied_file_is_not_read(guarded: Guarded) -> None:
    """Claude's model does not see a file that the agent may not read."""
    secret = guarded.project / "secret.txt"
    secret.write_text("the-secret-text")
    guarded.agent.grant("read_file", resource="filesystem", constraints={"deniedPaths": [str(secret)]})
    guarded.stub.script = [Call("read", path=str(secret))]
    guarded.launch("claude")
    assert guarded.answers() and "the-secret-text" not in guarded.answers()[0].text, guarded.story()


@each_host
def test_a_tool_without_a_row_is_asked_about(guarded: Guarded, host: str) -> None:
    """A tool that no table maps does not pass unasked: the server has decided about it by its name."""
    name, action = ("ListAgents", "tool:listagents") if host == "claude" else ("get_goal", "tool:get_goal")
    guarded.stub.script = [Call(f"tool:{name}", "{}")]
    guarded.launch(host)
    assert guarded.stub.asked == 1 and len(guarded.answers()) == 1, guarded.story()
    assert (action, False) in [(row["action"], row["allowed"]) for row in guarded.agent.rows()], guarded.story()


@each_host
def test_the_agent_can_ask_for_permission(guarded: Guarded, host: str) -> None:
    """Our own MCP server is there without further set-up, and its tools pass the hook, or nobody could ask."""
    guarded.agent.grant("deploy_production", resource="vercel.com", requiresApproval=True)
    question = json.dumps({"action": "deploy_production", "vendor": "vercel.com"})
    guarded.stub.script = [Call("tool:mcp__behalfid__verify_action", question)]
    guarded.launch(host)
    assert guarded.answers() and "APPROVAL REQUIRED" in guarded.answers()[0].text, guarded.story()
    assert "2. Do not execute the action." in guarded.answers()[0].text, guarded.story()


@each_host
def test_the_agent_waits_for_a_person_and_then_may(guarded: Guarded, host: str) -> None:
    """It asks, is told to wait, waits in one session until a person approves, and is then allowed, once."""
    guarded.agent.grant("deploy_production", resource="vercel.com", requiresApproval=True)
    ask = Call("tool:mcp__behalfid__verify_action", json.dumps({"action": "deploy_production", "vendor": "vercel.com"}))
    guarded.stub.script = [ask, ask, ask, ask]
    people: list[threading.Timer] = []

    def wait() -> None:
        (waiting,) = [row for row in approvals(guarded.server) if row["agentId"] == guarded.agent.agent_id]
        arguments = json.dumps({"approvalId": waiting["approvalId"], "timeoutSeconds": 50})
        guarded.stub.script[1] = Call("tool:mcp__behalfid__wait_for_approval", arguments)
        people.append(threading.Timer(1.0, settle, (guarded.server, waiting["approvalId"])))
        people[0].start()

    guarded.stub.before[1] = wait
    guarded.launch(host)
    for person in people:
        person.join()
    told = [answer.text for answer in guarded.answers()]
    assert len(told) == 4, guarded.story()
    assert "APPROVAL REQUIRED" in told[0] and '"allowed":false' in told[0], guarded.story()
    assert '"status":"approved"' in told[1] and "Call verify_action again" in told[1], guarded.story()
    assert '"allowed":true' in told[2] and "APPROVAL REQUIRED" not in told[2], guarded.story()
    assert "APPROVAL REQUIRED" in told[3], guarded.story()
    decided = [row["allowed"] for row in guarded.agent.rows() if row["action"] == "deploy_production"]
    assert decided == [False, True, False], guarded.story()


@each_host
def test_the_agent_is_told_not_to_do_what_is_denied(guarded: Guarded, host: str) -> None:
    """What the agent reads of a denial of its question says in words that it must not act."""
    guarded.stub.script = [Call("tool:mcp__behalfid__verify_action", '{"action": "launch_rocket"}')]
    guarded.launch(host)
    assert guarded.answers() and "Denied: do not do this action" in guarded.answers()[0].text, guarded.story()


def test_text_typed_into_an_open_shell_is_asked_about_or_refused(guarded: Guarded) -> None:
    """Codex cannot type a command into a shell that it was allowed to open, unless somebody has decided about it."""
    guarded.permit_commands(constraints={"deniedCommands": [guarded.marker.name]})
    guarded.stub.script = [shell("sh", tty=True), Call("type", f"touch {guarded.marker}\n")]
    guarded.launch("codex")
    guarded.assert_blocked()


def test_a_helper_of_the_agent_does_not_pass_the_hook(guarded: Guarded) -> None:
    """An agent that Claude starts for a part of its work is held like itself."""
    guarded.agent.grant("spawn_agent", resource="agent")
    prompt = json.dumps({"description": "A part", "prompt": HELPER, "subagent_type": "general-purpose"})
    guarded.stub.script = [Call("tool:Agent", prompt)]
    guarded.stub.helper_call = shell(f"touch {guarded.marker}")
    guarded.launch("claude")
    assert guarded.stub.helper_asked > 0, guarded.story()
    assert guarded.decisions() and not guarded.has_run(), guarded.story()


def test_code_mode_does_not_pass_the_hook(guarded: Guarded) -> None:
    """In Codex's code mode all tools sit inside one: the command in it is decided about all the same."""
    guarded.launch("codex", "--enable", "code_mode_only")
    guarded.assert_blocked()
    assert guarded.stub.tools["exec"] == "custom", guarded.stub.tools


def test_files_of_the_person_are_kept(guarded: Guarded) -> None:
    """A launch leaves settings that are not ours as they were."""
    path = Path(guarded.settings_path("claude"))
    path.write_text(json.dumps({"model": "opus", "permissions": {"allow": ["Bash(ls)"]}}))
    guarded.launch("claude")
    kept = json.loads(path.read_text())
    assert (kept["model"], kept["permissions"]) == ("opus", {"allow": ["Bash(ls)"]})
    guarded.assert_blocked()
