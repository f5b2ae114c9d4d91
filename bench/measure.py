# SPDX-License-Identifier: Apache-2.0
"""Measures the server and writes bench/RESULTS.md.

Every figure of speed is a ratio of two runs of the same session, because absolute figures of a shared machine do not
repeat. Load comes from wrk on the same machine. Each measurement is the median of several runs.
"""

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import hook  # noqa: E402
import webhooks  # noqa: E402
from harness import Server  # noqa: E402
from site_guard import guarded_site  # noqa: E402

BUILD = ROOT / "build-bench"
BENCH = ROOT / "bench"


class Load(NamedTuple):
    """What wrk saw, and what the server spent."""

    rate: float
    p50_us: float
    p99_us: float
    cpu_us: float
    errors: int


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


class Bench:
    """The settings of this run and what was measured."""

    def __init__(self, seconds: int, runs: int, scratch: Path) -> None:
        self.seconds = seconds
        self.runs = runs
        self.scratch = scratch
        self.rows: list[tuple[str, str, str, str]] = []

    def wrk(self, server: Server, script: str, connections: int, path: str, agents: Path, site_key: str = "") -> Load:
        """One run of wrk."""
        assert server.process is not None
        command = [
            "wrk",
            f"-t{min(2, connections)}",
            f"-c{connections}",
            f"-d{self.seconds}s",
            "-s",
            str(BENCH / script),
        ]
        before = cpu_seconds(server.process.pid)
        output = subprocess.run(
            [*command, server.base_url + path],
            env={**os.environ, "LUA_PATH": f"{BENCH}/?.lua", "AGENTS": str(agents), "SITE_KEY": site_key},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        spent = cpu_seconds(server.process.pid) - before
        result = json.loads(output.split("RESULT ", 1)[1])
        rate = result["requests"] / result["seconds"]
        cpu = spent / max(result["requests"], 1) * 1e6
        return Load(rate, result["p50_us"], result["p99_us"], cpu, result["errors"])

    def median(self, loads: list[Load]) -> Load:
        """Field by field."""
        return Load(*[statistics.median(values) for values in zip(*loads)])

    def verify(self, server: Server, connections: int, agents: Path) -> Load:
        """POST /api/verify."""
        return self.wrk(server, "load.lua", connections, "/", agents)

    def health(self, server: Server, connections: int) -> Load:
        """GET /api/health."""
        return self.wrk(server, "result.lua", connections, "/api/health", self.scratch)

    def check(self, server: Server, connections: int, site_key: str) -> Load:
        """POST /api/site-guard/check."""
        return self.wrk(server, "site_guard.lua", connections, "/", self.scratch, site_key)

    def note(self, what: str, figure: str, goal: str, detail: str) -> None:
        """One row of the table."""
        self.rows.append((what, figure, goal, detail))
        print(f"{what:<58} {figure:<14} (goal {goal})  {detail}", flush=True)


def seed(folder: Path, agents: int, rows: int) -> Path:
    """A data folder with agents and audit rows; returns the file of their keys."""
    folder.mkdir(parents=True)
    keys = folder.parent / f"{folder.name}.agents"
    with open(keys, "wb") as out:
        subprocess.run([str(BUILD / "seed"), str(folder), str(agents), str(rows)], stdout=out, check=True)
    return keys


def first_lines(source: Path, count: int) -> Path:
    """The first agents of a key file, as a file of their own."""
    target = source.parent / f"{source.name}.{count}"
    target.write_text("\n".join(source.read_text().splitlines()[:count]) + "\n")
    return target


def measure_ratio_to_health(bench: Bench, server: Server, agents: Path) -> None:
    """Durable verify against the server's own GET /api/health, in turn."""
    goals = {1: "-", 64: "0.25 (aim 0.35)", 512: "0.40 (aim 0.50)"}
    for connections, goal in goals.items():
        pairs = [
            (bench.verify(server, connections, agents), bench.health(server, connections)) for _ in range(bench.runs)
        ]
        ratio = statistics.median(v.rate / h.rate for v, h in pairs)
        verify = bench.median([v for v, _ in pairs])
        health = bench.median([h for _, h in pairs])
        bench.note(
            f"verify / health, {connections} connections",
            f"{ratio:.2f}",
            goal,
            f"verify {verify.rate:,.0f}/s, health {health.rate:,.0f}/s, p50 {verify.p50_us / 1000:.2f} ms, "
            f"p99 {verify.p99_us / 1000:.2f} ms, errors {verify.errors:.0f}",
        )
        if connections == 64:
            bench.note("p99 of verify, 64 connections", f"{verify.p99_us / 1000:.2f} ms", "< 8 ms", "")
            bench.note("server CPU per verify, 64 connections", f"{verify.cpu_us:.1f} us", "< 25 us", "all threads")


def measure_site_guard(bench: Bench) -> None:
    """Durable checks of a guarded site and durable verify calls against GET /api/health, in turn."""
    with Server(bench.scratch / "sites") as server:
        agents = webhooks.agents_file(server, bench.scratch / "sites.agents")
        site_key = guarded_site(server)
        for connections in (64, 512):
            rounds = [
                (
                    bench.check(server, connections, site_key),
                    bench.verify(server, connections, agents),
                    bench.health(server, connections),
                )
                for _ in range(bench.runs)
            ]
            check, verify, health = (bench.median(list(loads)) for loads in zip(*rounds))
            bench.note(
                f"site guard check / health, {connections} connections",
                f"{statistics.median(c.rate / h.rate for c, _, h in rounds):.2f}",
                f"{statistics.median(v.rate / h.rate for _, v, h in rounds):.2f}, as verify",
                f"check {check.rate:,.0f}/s, verify {verify.rate:,.0f}/s, health {health.rate:,.0f}/s, "
                f"p99 {check.p99_us / 1000:.2f} ms, {check.cpu_us:.1f} us of CPU, errors {check.errors:.0f}",
            )


def measure_pair(bench: Bench, what: str, goal: str, one: tuple[Server, Path], other: tuple[Server, Path]) -> None:
    """The rate of one load over another's, in turn, at 64 connections."""
    pairs = [(bench.verify(one[0], 64, one[1]), bench.verify(other[0], 64, other[1])) for _ in range(bench.runs)]
    ratio = statistics.median(a.rate / b.rate for a, b in pairs)
    first = bench.median([a for a, _ in pairs])
    second = bench.median([b for _, b in pairs])
    bench.note(what, f"{ratio:.2f}", goal, f"{first.rate:,.0f}/s against {second.rate:,.0f}/s")


def measure_idle_connections(bench: Bench, server: Server, agents: Path) -> None:
    """Holds idle keep-alive connections while verify answers."""
    assert server.process is not None
    before = resident_mb(server.process.pid)
    sockets = []
    for _ in range(10000):
        sockets.append(socket.create_connection((server.host, server.port)))
    for held in sockets:
        held.sendall(b"GET /api/health HTTP/1.1\r\nHost: bench\r\n\r\n")
    for held in sockets:
        held.recv(4096)
    after = resident_mb(server.process.pid)
    load = bench.verify(server, 64, agents)
    alive = 0
    for held in sockets:
        held.sendall(b"GET /api/health HTTP/1.1\r\nHost: bench\r\n\r\n")
        alive += held.recv(4096).startswith(b"HTTP/1.1 200")
        held.close()
    bench.note(
        "10,000 idle keep-alive connections",
        f"{alive} held",
        "held, verify answers",
        f"+{after - before:.0f} MB; verify beside them {load.rate:,.0f}/s, errors {load.errors}",
    )


def measure_listing(bench: Bench, server: Server, agents: Path) -> None:
    """The newest 50 rows of one agent."""
    agent_id, key = agents.read_text().split("\n", 1)[0].split(" ")
    path = f"/api/logs/{agent_id}"
    times = []
    with socket.create_connection((server.host, server.port)) as line:
        for _ in range(200):
            start = time.perf_counter()
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += line.recv(65536)
            head, body = answer.split(b"\r\n\r\n", 1)
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += line.recv(65536)
            times.append(time.perf_counter() - start)
            assert len(json.loads(body)) == 50, body[:300]
    bench.note(
        "newest 50 of one agent among the rows present",
        f"{statistics.median(times) * 1000:.2f} ms",
        "< 2 ms",
        f"p99 {sorted(times)[-2] * 1000:.2f} ms, as the client sees it",
    )


def measure_start(bench: Bench, folder: Path) -> None:
    """From exec to the first answer."""
    times = []
    for _ in range(bench.runs):
        server = Server(folder, demo=False)
        start = time.perf_counter()
        server.start()
        times.append(time.perf_counter() - start)
        server.stop()
    bench.note("start to first answer, rows present", f"{statistics.median(times):.2f} s", "< 0.5 s", "")


def measure_webhooks(bench: Bench) -> None:
    """Deliveries a second without other load, and what one subscribed endpoint costs the decisions."""
    folder = bench.scratch / "webhooks"
    with webhooks.Sink(BUILD / "receiver") as sink, Server(folder, "--allow-private-webhooks") as server:
        agents = webhooks.agents_file(server, bench.scratch / "webhooks.agents")
        for endpoints, events in ((1, 5000), (100, 400)):
            rates = [webhooks.delivery_rate(server, sink, endpoints, events, agents) for _ in range(bench.runs)]
            bench.note(
                f"deliveries a second to {endpoints} endpoint{'s' if endpoints > 1 else ''}",
                f"{statistics.median(rates):,.0f}/s",
                "-",
                f"a backlog of {events * endpoints:,} from {webhooks.AGENTS} agents; the receiver on this machine",
            )
        pairs = []
        delivered = []
        for _ in range(bench.runs):
            alone = bench.verify(server, 64, agents)
            with webhooks.subscribed(server, sink, 1):
                before = sink.count()
                pairs.append((bench.verify(server, 64, agents), alone))
                delivered.append((sink.count() - before) / bench.seconds)
        bench.note(
            "verify with one subscribed endpoint / without",
            f"{statistics.median(a.rate / b.rate for a, b in pairs):.2f}",
            "0.70",
            f"64 connections, {bench.median([a for a, _ in pairs]).rate:,.0f}/s against "
            f"{bench.median([b for _, b in pairs]).rate:,.0f}/s; every decision leaves an event, and "
            f"{statistics.median(delivered):,.0f}/s are delivered meanwhile, the rest afterwards",
        )


def measure_gateway(bench: Bench) -> None:
    """What the action gateway adds to reading a page, in a network where this machine has a public address."""
    command = [str(ROOT / "tests" / "gateway" / "inside.py"), sys.executable, str(BENCH / "gateway.py")]
    command += ["--requests", str(100 * bench.runs), "--scratch", str(bench.scratch)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    goals = {"text/plain": "< 2 ms", "text/html": "< 10 ms"}
    for line in printed.splitlines():
        found = json.loads(line)
        bench.note(
            f"action gateway, added to reading {found['kind']}",
            f"{found['gateway'] - found['direct']:.2f} ms",
            goals[found["kind"]],
            f"p50 {found['gateway']:.2f} ms through the gateway, {found['direct']:.2f} ms directly, each by curl with a "
            f"new connection, {found['requests']} times in turn; a page of {found['bytes']:,} bytes on this machine",
        )


def measure_hook(bench: Bench) -> None:
    """Start-up, and a coding agent's hook from beginning to end."""
    for row in hook.rows(hook.run(100 * bench.runs, str(bench.scratch))):
        bench.note(*row)


def measure_mcp_wrap(bench: Bench) -> None:
    """What the interceptor adds to a tool call, beside the verify call itself."""
    command = [sys.executable, str(BENCH / "mcp_wrap.py"), "--calls", str(300 * bench.runs)]
    command += ["--scratch", str(bench.scratch)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = json.loads(printed)
    bench.note(
        "MCP interceptor, added to a tool call beside its verify",
        f"{found['wrapped'] - found['bare'] - found['verify']:.2f} ms",
        "< 1 ms",
        f"p50 {found['wrapped']:.2f} ms behind `behalf mcp wrap`, {found['bare']:.2f} ms from the bare server, "
        f"{found['verify']:.2f} ms for a verify over an open connection, {found['calls']} times in turn",
    )


def machine() -> str:
    """What the figures were measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown processor",
    )
    memory = next(
        line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")
    )
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    return (
        f"{os.cpu_count()} cores of {model}, {int(memory) / 1048576:.0f} GiB, {platform.system()} "
        f"{platform.release()}, {compiler}"
    )


def write_results(bench: Bench, options: argparse.Namespace) -> None:
    """The table that is committed."""
    command = f"bench/measure.py --seconds {options.seconds} --runs {options.runs} --rows {options.rows}"
    lines = [
        "# Measured",
        "",
        f"Made by `make bench` (`{command}`).",
        "",
        f"Machine: {machine()}. Date: {time.strftime('%Y-%m-%d')}.",
        "",
        f"wrk and the server share the machine; each figure is the median of {options.runs} runs of "
        f"{options.seconds} s; ratios are of runs in turn. The log holds {options.rows:,} rows where it says so.",
        "",
        "| What | Measured | Goal | Detail |",
        "|---|---|---|---|",
    ]
    lines += [f"| {what} | {figure} | {goal} | {detail} |" for what, figure, goal, detail in bench.rows]
    notes = BENCH / "NOTES.md"
    tail = "\n" + notes.read_text() if notes.exists() else ""
    (BENCH / "RESULTS.md").write_text("\n".join(lines) + "\n" + tail)


def compile_all() -> None:
    """An optimised build with the seeding program."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(
            ["meson", "setup", str(BUILD), "--buildtype=release", "-Db_lto=true", "-Dtests=false", "-Dbench=true"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    subprocess.run(["ninja", "-C", str(BUILD)], check=True, stdout=subprocess.DEVNULL)
    os.environ["BEHALF_BIN"] = str(BUILD / "behalf")


def run(bench: Bench, options: argparse.Namespace) -> None:
    """All measurements."""
    empty = bench.scratch / "empty"
    keys = seed(empty, options.agents, 0)
    one = first_lines(keys, 1)
    with Server(empty, demo=False) as server:
        assert server.process is not None
        bench.note("resident memory, idle", f"{resident_mb(server.process.pid):.0f} MB", "< 30 MB", "just started")
        measure_ratio_to_health(bench, server, one)
        bench.verify(server, 64, keys)  # so that the agents are loaded, as they are in a server that runs
        measure_pair(bench, f"{options.agents:,} agents at random / one agent", "0.80", (server, keys), (server, one))
        bench.note(
            f"resident memory, {options.agents:,} agents loaded",
            f"{resident_mb(server.process.pid):.0f} MB",
            "< 200 MB",
            "after the run above",
        )
        measure_idle_connections(bench, server, one)
    measure_webhooks(bench)
    measure_site_guard(bench)
    measure_gateway(bench)
    measure_mcp_wrap(bench)
    measure_hook(bench)
    full = bench.scratch / "full"
    full_keys = seed(full, 1000, options.rows)
    measure_start(bench, full)
    shutil.rmtree(empty)
    fresh_keys = seed(empty, 1000, 0)
    with Server(full, demo=False) as large, Server(empty, demo=False) as small:
        measure_pair(
            bench,
            f"verify with {options.rows:,} audit rows / empty",
            "0.90",
            (large, first_lines(full_keys, 1)),
            (small, first_lines(fresh_keys, 1)),
        )
        measure_listing(bench, large, full_keys)


def main() -> int:
    """Parses the options, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=8, help="seconds per run (default: 8)")
    parser.add_argument("--runs", type=int, default=3, help="runs per figure (default: 3)")
    parser.add_argument("--rows", type=int, default=10_000_000, help="audit rows of the full log (default: 10,000,000)")
    parser.add_argument("--agents", type=int, default=100_000, help="agents of the wide load (default: 100,000)")
    parser.add_argument("--scratch", default=None, help="folder for the databases (default: a temporary one)")
    options = parser.parse_args()
    compile_all()
    import harness

    harness.BINARY = BUILD / "behalf"
    scratch = Path(tempfile.mkdtemp(prefix="behalf-bench-", dir=options.scratch))
    bench = Bench(options.seconds, options.runs, scratch)
    try:
        run(bench, options)
        write_results(bench, options)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
