# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus reads the server, and what is in packaging/ works on what it has read."""

import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Iterator, NamedTuple

import pytest
import requests
import yaml

from api_support import Agent
from delivery_support import allow, allowed_agent, subscribe
from execute_support import REFUSED, Reader
from guard_support import Site
from harness import ROOT, behind_refused_hosts, free_port
from metrics_support import Watched, read_samples
from receiver import Receiver
from webhook_calls import ALLOW_PRIVATE, wait_until

PACKAGING = ROOT / "packaging"
ALERTS = PACKAGING / "prometheus" / "alerts.yml"
TOKEN = "prometheus-0123456789abcdef"
OURS = re.compile(r"\b(?:behalfid|process)_[a-z_]+\b(?!\.)")


def dashboard() -> dict[str, Any]:
    """The Grafana dashboard."""
    loaded: dict[str, Any] = json.loads((PACKAGING / "grafana" / "behalfid.json").read_text())
    return loaded


def expressions() -> list[str]:
    """What the dashboard's panels ask, as Grafana would ask it for all servers and a short time."""
    found = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])]
    return [expr.replace("$instance", ".*").replace("$__rate_interval", "8s") for expr in found]


def promtool(*words: str, folder: Path = ROOT) -> str:
    """Runs Prometheus's checker, which must find nothing: what it says."""
    done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def with_both_jobs(text: str) -> str:
    """The configuration with the second job switched on too."""
    return re.sub(r"^  #(?=- |  )", "  ", text, flags=re.MULTILINE)


def configure(folder: Path, server: Watched) -> Path:
    """The configuration of packaging/ with this server's addresses: the file."""
    shutil.copytree(PACKAGING / "prometheus", folder, dirs_exist_ok=True)
    path = folder / "prometheus.yml"
    text = with_both_jobs(path.read_text())
    for old, new in (
        ("127.0.0.1:8421", f"127.0.0.1:{server.metrics_port}"),
        ("127.0.0.1:8420", f"127.0.0.1:{server.port}"),
        ("_interval: 15s", "_interval: 1s"),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    (folder / "behalfid.token").write_text(TOKEN)
    return path


class Prometheus(NamedTuple):
    """A running one, and the server that it reads."""

    url: str
    server: Watched

    def get(self, path: str, **query: str) -> Any:
        """The data of an answer of its API."""
        answer = requests.get(self.url + path, params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def numbers(self, expr: str) -> list[float]:
        """The values that the expression has now; NaN is none."""
        values = [float(row["value"][1]) for row in self.get("/api/v1/query", query=expr)["result"]]
        return [value for value in values if value == value]


def make_traffic(server: Watched) -> None:
    """Some of everything that is counted."""
    agent = allowed_agent(server)
    agent.grant("ask", requiresApproval=True)
    allow(agent, 5)
    agent.decide("ask", vendor="vendor.example")
    agent.decide("unknown")
    agent.decide("unknown", shadow=True)
    Reader(server).read()
    site = Site(server)
    site.check("/closed")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus on the loopback address, reading a server both ways, while things happen there."""
    folder = tmp_path_factory.mktemp("prometheus")
    env = {"BEHALFID_METRICS_TOKEN": TOKEN}
    port, stop = free_port(), threading.Event()
    server = Watched(folder / "data", *REFUSED, ALLOW_PRIVATE, env=env, prefix=behind_refused_hosts())
    with server, Receiver() as receiver, open(folder / "log", "wb") as log:
        subscribe(server, receiver.url)
        command = ["prometheus", f"--config.file={configure(folder, server)}", "--log.level=warn"]
        command += [f"--storage.tsdb.path={folder / 'series'}", f"--web.listen-address=127.0.0.1:{port}"]

        def go_on() -> None:
            while not stop.wait(0.3):
                make_traffic(server)

        traffic = threading.Thread(target=go_on)
        with subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process:
            traffic.start()
            try:
                yield Prometheus(f"http://127.0.0.1:{port}", server)
            finally:
                stop.set()
                traffic.join()
                process.terminate()
        assert b"level=error" not in (folder / "log").read_bytes()


def is_ready(prometheus: Prometheus) -> bool:
    """It answers, and has read the server both ways."""
    try:
        if requests.get(prometheus.url + "/-/ready", timeout=5).status_code != 200:
            return False
    except requests.RequestException:
        return False
    targets = prometheus.get("/api/v1/targets", state="active")["activeTargets"]
    return len(targets) == 2 and {target["health"] for target in targets} == {"up"}


# ---- what is in packaging ----


def test_rules_and_configuration_pass_the_checker(tmp_path: Path) -> None:
    """promtool finds no fault in the rules and the configuration as they are given."""
    assert "SUCCESS" in promtool("check", "rules", str(ALERTS))
    folder = tmp_path / "prometheus"
    shutil.copytree(PACKAGING / "prometheus", folder)
    (folder / "behalfid.token").write_text(TOKEN)
    for text in (text := (folder / "prometheus.yml").read_text(), with_both_jobs(text)):
        (folder / "prometheus.yml").write_text(text)
        said = promtool("check", "config", "prometheus.yml", folder=folder)
        assert "SUCCESS: prometheus.yml is valid prometheus config file syntax" in said


def test_the_server_itself_is_read() -> None:
    """No job goes through the proxies of the examples, which have no /metrics; one job is on, for the other would fail."""
    text = (PACKAGING / "prometheus" / "prometheus.yml").read_text()
    addresses = []
    for jobs in (yaml.safe_load(text)["scrape_configs"], yaml.safe_load(with_both_jobs(text))["scrape_configs"]):
        addresses.append([(job.get("scheme", "http"), *job["static_configs"][0]["targets"]) for job in jobs])
    assert addresses == [[("http", "127.0.0.1:8421")], [("http", "127.0.0.1:8421"), ("http", "127.0.0.1:8420")]]
    assert re.search(r"location = /metrics \{\s+return 404;", (PACKAGING / "nginx" / "behalfid.conf").read_text())
    assert "respond /metrics 404" in (PACKAGING / "caddy" / "Caddyfile").read_text()


def test_only_what_the_server_tells_is_asked_for(prometheus: Prometheus) -> None:
    """Every name in the dashboard and in the rules is one of the server's."""
    text = requests.get(prometheus.server.metrics_url, timeout=30).text
    told = {re.split(r"[{ ]", name)[0] for name in read_samples(text)}
    rules = re.findall(r"expr: (.*)", ALERTS.read_text())
    asked = {name for expr in [*expressions(), *rules] for name in OURS.findall(expr)}
    assert len(rules) >= 10 and len(asked) > 20
    assert asked <= told
    variable = dashboard()["templating"]["list"][1]["definition"]
    assert variable == "label_values(behalfid_build_info, instance)"


def test_the_dashboard_fits_any_grafana(prometheus: Prometheus) -> None:
    """Each panel reads from the source that is chosen, and none lies on another."""
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
            assert {source["uid"] for source in sources} == {"${datasource}"}
            assert all('instance=~"$instance"' in target["expr"] for target in panel["targets"])
    assert dashboard()["templating"]["list"][0]["type"] == "datasource"
    assert prometheus.url not in json.dumps(panels)


# ---- what a real one makes of it ----


def test_both_ways_are_read(prometheus: Prometheus) -> None:
    """The second address and the main one with its token are both read, without a fault."""
    wait_until(lambda: is_ready(prometheus), 60)
    targets = prometheus.get("/api/v1/targets", state="active")["activeTargets"]
    assert {target["labels"]["job"] for target in targets} == {"behalfid", "behalfid-by-token"}
    assert {target["lastError"] for target in targets} == {""}
    kinds = prometheus.get("/api/v1/metadata")
    assert kinds["behalfid_decision_duration_seconds"][0]["type"] == "histogram"
    assert kinds["behalfid_commit_queue_length"][0]["type"] == "gauge"
    assert {kinds[name][0]["type"] for name in kinds if name.startswith("behalfid_decisions")} == {"counter"}


def test_every_panel_has_data(prometheus: Prometheus) -> None:
    """Each expression of the dashboard has a number, once there was traffic."""
    asked = expressions()
    assert len(asked) > 30
    wait_until(lambda: is_ready(prometheus), 60)
    deadline = time.monotonic() + 60
    empty = asked
    while empty and time.monotonic() < deadline:
        empty = [expr for expr in empty if not prometheus.numbers(expr)]
        time.sleep(0.5)
    assert empty == []
    assert prometheus.numbers('sum(rate(behalfid_decisions_total{outcome="allowed",job="behalfid"}[8s]))') > [0.0]
    assert prometheus.numbers('sum(behalfid_webhook_deliveries_total{result="succeeded"})') > [0.0]


def test_rules_are_evaluated_and_silent(prometheus: Prometheus) -> None:
    """On a server that is well every rule can be evaluated and none fires."""
    wait_until(lambda: is_ready(prometheus), 60)

    def rules() -> list[dict[str, Any]]:
        return [rule for group in prometheus.get("/api/v1/rules")["groups"] for rule in group["rules"]]

    wait_until(lambda: {rule["health"] for rule in rules()} == {"ok"}, 60)
    assert {rule["state"] for rule in rules()} == {"inactive"}


# ---- when the alerts fire ----

JOB = 'instance="a",job="behalfid"'
CASES: dict[str, tuple[dict[str, str], str]] = {
    "BehalfIDDown": ({f"up{{{JOB}}}": "1 1 0x20"}, "5m"),
    "BehalfIDCommitFailing": ({f"behalfid_commit_failures_total{{{JOB}}}": "0 0 1x20"}, "3m"),
    "BehalfIDDecisionsFailing": ({f'behalfid_decisions_total{{outcome="failed",{JOB}}}': "0 0 1 2 3 4x20"}, "6m"),
    "BehalfIDDatabaseUnreadable": ({f"behalfid_database_up{{{JOB}}}": "1 1 0x20"}, "5m"),
    "BehalfIDChainBroken": ({f'behalfid_audit_chain_state{{state="broken",{JOB}}}': "0 0 1x20"}, "3m"),
    "BehalfIDChainUnchecked": ({f'behalfid_audit_chain_state{{state="unknown",{JOB}}}': "0 0 1x40"}, "20m"),
    "BehalfIDQueueLong": ({f"behalfid_commit_queue_length{{{JOB}}}": "5000 5000 5001x20"}, "5m"),
    "BehalfIDSlow": (
        {
            f'behalfid_decision_duration_seconds_bucket{{le="0.25",{JOB}}}': "0+90x60",
            f'behalfid_decision_duration_seconds_bucket{{le="0.5",{JOB}}}': "0+100x60",
            f'behalfid_decision_duration_seconds_bucket{{le="+Inf",{JOB}}}': "0+100x60",
        },
        "20m",
    ),
    "BehalfIDOutboxOld": ({f"behalfid_outbox_oldest_age_seconds{{{JOB}}}": "300 300 301x20"}, "10m"),
    "BehalfIDDeadLetters": ({f'behalfid_webhook_deliveries_total{{result="dead",{JOB}}}': "0 0 1x20"}, "3m"),
    "BehalfIDExecutionUnrecorded": (
        {f'behalfid_gateway_executions_total{{outcome="unrecorded",{JOB}}}': "0 0 1x20"},
        "3m",
    ),
    "BehalfIDWalLarge": ({f'behalfid_database_bytes{{file="wal",{JOB}}}': "1e9 1e9 1000000001x40"}, "20m"),
    "BehalfIDDescriptors": (
        {f"process_open_fds{{{JOB}}}": "900 900 901x20", f"process_max_fds{{{JOB}}}": "1000x30"},
        "10m",
    ),
}


def test_every_alert_has_a_case() -> None:
    """A rule that no case below is about fails this."""
    assert re.findall(r"- alert: (\w+)", ALERTS.read_text()) == list(CASES)


@pytest.mark.parametrize("alert", CASES)
def test_alert_fires_at_its_edge(tmp_path: Path, alert: str) -> None:
    """Each alert is silent on the last value that is well, and fires after the first that is not."""
    series, fired_at = CASES[alert]
    rows = [{"series": name, "values": values} for name, values in series.items()]
    asked = [
        {"expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})', "eval_time": fired_at,
         "exp_samples": [{"labels": "{}", "value": 1}]},
        {"expr": "count(ALERTS) or vector(0)", "eval_time": "1m", "exp_samples": [{"labels": "{}", "value": 0}]},
    ]  # fmt: skip
    if alert == "BehalfIDSlow":  # its state goes through "pending", for ten minutes
        asked.pop()
    tests = {"rule_files": [str(ALERTS)], "evaluation_interval": "1m",
             "tests": [{"interval": "1m", "input_series": rows, "promql_expr_test": asked}]}  # fmt: skip
    (tmp_path / "tests.yml").write_text(json.dumps(tests))
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "tests.yml"))
