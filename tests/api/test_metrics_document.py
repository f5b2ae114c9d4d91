# SPDX-License-Identifier: Apache-2.0
"""docs/metrics.md says of the metrics and the alerts what there is, no more and no less."""

import re
import subprocess
from pathlib import Path

import pytest
import requests

from harness import ROOT
from metrics_support import Watched, read_samples

TOKEN = "document-0123456789abcdef"
DOCUMENT = (ROOT / "docs" / "metrics.md").read_text()
HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


def section(title: str) -> str:
    """The text under a heading."""
    return DOCUMENT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def named(text: str) -> list[str]:
    """What stands in code in the first column of its table."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


@pytest.fixture()
def watched(tmp_path: Path) -> Watched:
    """A server that is watched both ways; not started."""
    return Watched(tmp_path / "data", env={"BEHALFID_METRICS_TOKEN": TOKEN})


def test_every_metric_is_explained(watched: Watched) -> None:
    """The table names each metric that the server tells, with its label, and none besides."""
    with watched:
        text = requests.get(watched.metrics_url, timeout=30).text
    histograms = re.findall(r"# TYPE (\w+) histogram", text)
    told = set()
    for sample in read_samples(text):
        name, label = re.fullmatch(r"(\w+)(?:\{(\w+)=.*\})?", sample).groups()  # type: ignore[union-attr]
        if HISTOGRAM.sub("", name) in histograms:
            name, label = HISTOGRAM.sub("", name), None
        told.add(name + (f"{{{label}}}" if label else ""))
    assert sorted(named(section("What each one means"))) == sorted(told)


def test_every_value_of_a_label_is_explained(watched: Watched) -> None:
    """What outcomes, results, states and files are called stands in the row of their metric."""
    with watched:
        samples = watched.scrape()
    rows = {named(line)[0].split("{")[0]: line for line in DOCUMENT.splitlines() if line.startswith("| `behalfid")}
    for name, _, value in [re.split(r'\{|="|"\}', sample)[:3] for sample in samples if '="' in sample]:
        if not name.endswith("_bucket") and name != "behalfid_build_info":
            shown = value in ("3xx", "4xx") or f"`{value}`" in rows[name]
            assert shown, (name, value)


def test_every_alert_is_explained() -> None:
    """The table of the alerts names each of them, and none besides."""
    rules = (ROOT / "packaging" / "prometheus" / "alerts.yml").read_text()
    assert sorted(named(section("Alerts"))) == sorted(re.findall(r"- alert: (\w+)", rules))


def test_the_commands_read_them_as_shown(watched: Watched) -> None:
    """The lines of the document, with this server's addresses and token, print the numbers."""
    (block,) = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    with watched:
        for old, new in (("127.0.0.1:8421", f"127.0.0.1:{watched.metrics_port}"), ("8420", str(watched.port))):
            assert old in block
            block = block.replace(old, new)
        for line in block.splitlines():
            done = subprocess.run(
                ["sh", "-c", line],
                env={"PATH": "/usr/bin:/bin", "BEHALFID_METRICS_TOKEN": TOKEN},
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            )
            assert read_samples(done.stdout)["behalfid_database_up"] == 1
