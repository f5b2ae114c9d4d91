# SPDX-License-Identifier: Apache-2.0
"""Deploys to staging at once, and to production once a person has approved: `python deploy.py production`.

What is "deployed" here is a line in deployed.log. Put your own command in its place: it runs only after an allow.
"""

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

from behalfid import BehalfID, BehalfIDApprovalRequired, BehalfIDDenied, BehalfIDError, Decision

VENDOR = "vercel.com"
ACTIONS = {"staging": "deploy", "production": "deploy_production"}
APPROVAL_REQUIRED = 3  # exit status; 1: denied or undecided


def say(text: str) -> None:
    """At once, also into a pipe."""
    print(text, flush=True)


def deploy(target: str) -> None:
    """The deploy itself."""
    when = datetime.now(timezone.utc).isoformat(timespec="seconds")
    with open(Path(__file__).with_name("deployed.log"), "a", encoding="utf-8") as log:
        log.write(f"{when} {target}\n")
    say(f"deployed to {target}")


def tell(error: BehalfIDApprovalRequired) -> None:
    """What whoever watches needs to know."""
    say(f"{error.request_id} -> denied (approvalRequired)")
    if error.approval_id is None:
        say("A person must approve, and nobody was asked: it was refused a moment ago, or too many requests wait.")
        return
    say(
        f"A person must approve {error.approval_id}: in the dashboard, or by `behalf approvals approve {error.approval_id}`"
    )


def run(behalf: BehalfID, target: str, wait: float) -> None:
    """Asks, and deploys when the answer is an allow; waits so many seconds for a person."""

    def ask() -> Decision:
        # With a key of its own, a question that got lost on the way is repeated, and counts once.
        return behalf.verify_or_raise(action=ACTIONS[target], vendor=VENDOR, idempotency_key=str(uuid4()))

    try:
        decision = ask()
    except BehalfIDApprovalRequired as error:
        tell(error)
        if wait <= 0 or error.approval_id is None:
            raise
        say(f"waiting up to {wait:.0f} s")
        approval = behalf.wait_for_approval(error.approval_id, timeout=wait)
        say(f"{error.approval_id} is {approval.status}")
        if approval.status != "approved":
            raise
        decision = ask()
    say(f"{decision.request_id} -> allowed: {decision.reason}")
    deploy(target)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(ACTIONS))
    parser.add_argument(
        "--wait", type=float, default=0, metavar="SECONDS", help="wait for the approval (default: do not)"
    )
    options = parser.parse_args()
    try:
        with BehalfID() as behalf:
            run(behalf, options.target, options.wait)
    except BehalfIDApprovalRequired:
        say("not deployed: run this again once it is approved")
        return APPROVAL_REQUIRED
    except BehalfIDDenied as error:
        say(f"{error.request_id} -> denied: {error.reason}")
        return 1
    except BehalfIDError as error:
        say(f"not deployed, because there is no decision: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
