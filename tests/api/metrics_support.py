# SPDX-License-Identifier: Apache-2.0
"""What the tests of the metrics share: a server with the second address, and what it says there."""

import re
from pathlib import Path
from typing import Any, Iterable

import requests

from harness import Server, free_port

SAMPLE = re.compile(r'([a-z_:]+(?:\{[a-z]+="(?:[^"\\]|\\.)*"\})?) (-?[0-9.]+)')
# These move by themselves, or by every request, and have tests of their own.
BUSY = ("behalfid_commit_", "behalfid_decision_duration_", "behalfid_http_", "process_")


def read_samples(text: str) -> dict[str, float]:
    """The samples, by name and label."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample is not None, line
        assert sample[1] not in found, line
        found[sample[1]] = float(sample[2])
    return found


def grown(before: dict[str, float], after: dict[str, float], names: Iterable[str] = ()) -> dict[str, float]:
    """By how much each counter has grown that has: all that only move when asked to, or those that begin so."""
    chosen = [name for name in after if re.match(r"\w+_total\b", name) and not name.startswith(BUSY)]
    if names:
        chosen = [name for name in after if name.startswith(tuple(names))]
    return {name: after[name] - before[name] for name in chosen if after[name] != before[name]}


class Watched(Server):
    """A server with the second address; not started."""

    def __init__(self, data_dir: Path, *options: str, **named: Any) -> None:
        self.metrics_port = free_port()
        self.metrics_url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        super().__init__(data_dir, "--metrics-listen", f"127.0.0.1:{self.metrics_port}", *options, **named)

    def __enter__(self) -> "Watched":
        self.start()
        return self

    def scrape(self) -> dict[str, float]:
        """All samples, now."""
        answer = requests.get(self.metrics_url, timeout=30)
        assert answer.status_code == 200, answer.text
        return read_samples(answer.text)

    def value(self, name: str) -> float:
        """One sample, now."""
        return self.scrape()[name]
