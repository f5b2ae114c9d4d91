# SPDX-License-Identifier: Apache-2.0
"""The addresses of the conformance vectors and of the product's page, against the whole server."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Callable

from gateway_support import NO_ANSWER, NOT_PUBLIC, Gateway
from harness import ROOT, Server
from pages import page
from world import World

VECTORS = Path(os.environ.get("BEHALFID_CONFORMANCE", str(ROOT.parent / "shared" / "conformance"))) / "url.jsonl"
CURL = r"""
curl -X POST "$BASE_URL/api/actions/execute" \
  -H "Authorization: Bearer $BEHALFID_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"agentId":"agent_xxx","action":"browse_web","resource":"web","input":{"url":"https://example.com"}}'
"""


def vectors(accept: bool) -> list[dict[str, Any]]:
    """Those that are refused before any look-up, or those that are not."""
    assert VECTORS.exists(), f"cannot read {VECTORS}: set BEHALFID_CONFORMANCE to the folder of the vectors"
    lines = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").split("\n") if line]
    return [line for line in lines if line["expect"]["accept"] is accept]


def test_every_vector_that_is_refused_decides_nothing(start_gateway: Callable[..., Gateway], world: World) -> None:
    """Each refused address gives its error, without a decision, a look-up or a connection."""
    gateway = start_gateway("--gateway-ports", "")
    refused = vectors(False)
    assert len(refused) >= 300
    before = world.attempts()
    for vector in refused:
        outcome = gateway.execute(vector["url"])
        good = [vector["expect"]["error"], *vector["alt"]]
        assert outcome.status == 400 and outcome.body["error"] in good, (vector, outcome)
        assert set(outcome.body) <= {"error", "code", "hint"}, outcome
    assert gateway.agent.rows() == []
    assert world.attempts() == before


def test_every_vector_that_is_accepted_is_looked_up(gateway: Gateway, world: World) -> None:
    """Each accepted name is looked up as the vector says it; none of them exists here."""
    accepted = [vector for vector in vectors(True) if vector["expect"]["dns"]]
    assert len(accepted) >= 60
    for vector in accepted:
        outcome = gateway.execute(vector["url"])
        host = vector["expect"]["host"]
        if outcome.body.get("error") in vector["alt"]:
            continue
        if host.startswith("["):  # an address that is refused in any case, before anything is decided
            assert (outcome.status, outcome.body) == (400, {"error": NOT_PUBLIC}), outcome
            continue
        gateway.check_failed(outcome, NO_ANSWER)
        assert "A" in world.resolver.questions(host), vector


def test_every_accepted_address_is_connected_to(gateway_server: Server, internet: World) -> None:
    """Each accepted address without a name is connected to, at its port, and nothing else is."""
    gateway = Gateway(internet, gateway_server)
    accepted = [vector for vector in vectors(True) if not vector["expect"]["dns"]]
    assert accepted
    for vector in accepted:
        before = len(internet.sniffer.seen())
        outcome = gateway.execute(vector["url"])
        if outcome.body.get("error") in vector["alt"]:
            continue
        made = internet.sniffer.seen()[before:]
        reached = {(packet.address, packet.port) for packet in made if packet.port not in internet.own_ports}
        assert reached == {(vector["expect"]["host"], vector["expect"]["port"])}, (vector, outcome)


def test_the_call_of_the_page_works(gateway: Gateway, world: World) -> None:
    """The product page's own curl line reads the page, with nothing but the demo's agent."""
    world.site(page(b"<title>Example Domain</title><h1>Example</h1>", "text/html"), host="example.com")
    demo = gateway.server
    script = CURL.replace("agent_xxx", demo.agent_id)
    env = {"PATH": os.environ["PATH"], "BASE_URL": demo.base_url, "BEHALFID_API_KEY": demo.api_key}
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer.pop("requestId").startswith("req_")
    assert answer == {
        "allowed": True,
        "decision": "allowed",
        "reason": "Action allowed by active permission.",
        "executed": True,
        "result": {
            "url": "https://example.com/",
            "status": 200,
            "contentType": "text/html",
            "title": "Example Domain",
            "excerpt": "Example Domain Example",
            "truncated": False,
        },
    }
