# SPDX-License-Identifier: Apache-2.0
"""Runs everything that must pass, stage by stage: builds, linters, unit, API, fault and fuzz tests.

A stage builds what it needs, and after the build some stages run at a time. The conformance vectors are part of
the stages unit and api. A skipped test counts as failed. Ends with one line: N passed, N failed. Exit status 0 only
when nothing failed and something ran.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, NamedTuple, Optional

ROOT = Path(__file__).resolve().parent.parent
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:abort_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}
NO_TESTS = ("-Dtests=false", "-Ddashboard=disabled")
DISK = tempfile.gettempdir()
MEMORY = "/dev/shm"
ROOM = 6 << 30
NO_REGISTRY = 3  # as tests/hosts/host_packages.py ends


class Count(NamedTuple):
    """How many checks passed and failed."""

    passed: int = 0
    failed: int = 0

    def __add__(self, other: object) -> "Count":
        assert isinstance(other, Count)
        return Count(self.passed + other.passed, self.failed + other.failed)


SAYING = threading.Lock()


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for what the tests write: in memory, where there is room for it, because each commit waits for the disk."""
    try:
        about = os.statvfs(MEMORY)
        fits = not about.f_flag & os.ST_NOEXEC and about.f_bavail * about.f_frsize >= ROOM
    except OSError:
        fits = False
    return tempfile.TemporaryDirectory(prefix="behalf-", dir=MEMORY if fits else None, ignore_cleanup_errors=True)


def say(text: str) -> None:
    """Progress for whoever watches. Stages run beside each other: what is said at once stays together."""
    with SAYING:
        print(text, flush=True)


def run(command: list[str], env: Optional[dict[str, str]] = None, timeout: int = 1800) -> tuple[int, str]:
    """Exit status and output (both streams) of a command."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"").decode(errors="replace")
        return 124, f"{output}\n(no end after {timeout} s: {' '.join(command)})"
    return done.returncode, done.stdout.decode(errors="replace")


def check(name: str, command: list[str], env: Optional[dict[str, str]] = None) -> Count:
    """One command that must succeed."""
    status, output = run(command, env)
    if status == 0:
        return Count(1, 0)
    say(f"FAILED {name}\n{output[-6000:]}")
    return Count(0, 1)


# ---- builds ----


BUILT: dict[str, bool] = {}
BUILDING = threading.Lock()


def build(folder: str, *options: str, env: Optional[dict[str, str]] = None) -> Count:
    """Configures and compiles one variant. A variant that this run has built counts nothing; one that failed fails."""
    return build_once(folder, lambda: compile_variant(folder, options, env))


def build_once(folder: str, compiled: Callable[[], Count]) -> Count:
    """One build at a time: each takes all processors."""
    with BUILDING:
        if folder in BUILT:
            return Count() if BUILT[folder] else Count(0, 1)
        count = compiled()
        BUILT[folder] = count.failed == 0
        return count


def compile_variant(folder: str, options: tuple[str, ...], env: Optional[dict[str, str]]) -> Count:
    """Configures, unless that was done before, and compiles."""
    if not (ROOT / folder / "build.ninja").exists():
        status, output = run(["meson", "setup", folder, *options], env)
        if status != 0:
            say(f"FAILED setup of {folder}\n{output[-4000:]}")
            return Count(0, 1)
    return check(f"build of {folder}", ["ninja", "-C", folder])


def build_shipped() -> Count:
    """What users run: the Makefile's own build."""
    return build_once("build-shipped", lambda: check("make", ["make", "BUILD=build-shipped", "all"]))


def build_plain() -> Count:
    """The unit tests without sanitizers."""
    return build("build-plain", "--buildtype=debugoptimized", "-Dtests=true")


def build_clang() -> Count:
    """The second compiler has other warnings."""
    return build("build-clang", "--buildtype=debugoptimized", env={"CC": "clang"})


def build_asan() -> Count:
    """Address and undefined behaviour sanitizers."""
    return build("build-asan", "--buildtype=debug", "--optimization=1", "-Db_sanitize=address,undefined")


def build_tsan() -> Count:
    """Thread sanitizer."""
    return build(
        "build-tsan",
        "--buildtype=debug",
        "--optimization=1",
        "-Db_sanitize=thread",
        *NO_TESTS,
    )


def build_fuzz() -> Count:
    """The fuzz targets, with sanitizers. All code tells the fuzzer where it goes, not just the targets."""
    return build(
        "build-fuzz",
        "--buildtype=debug",
        "--optimization=1",
        "-Dfuzz=true",
        *NO_TESTS,
        "-Db_sanitize=address,undefined",
        "-Db_lundef=false",
        "-Dc_args=-fsanitize=fuzzer-no-link",
        env={"CC": "clang"},
    )


def with_build(variant: Callable[[], Count], stage: Callable[[], Count]) -> Count:
    """Builds the variant and runs the stage on it; not on what an earlier build has left."""
    built = variant()
    return built if built.failed else built + stage()


# ---- linters ----


def lint() -> Count:
    """Formatters, linters and the checks that hold the conventions."""
    total = Count()
    files = run(["git", "ls-files", "*.c", "*.h"])[1].split()
    scripts = run(["git", "ls-files", "*.py"])[1].split()
    total += check("clang-format", ["clang-format", "--dry-run", "-Werror", *files])
    total += check("black", ["black", "-q", "--check", *scripts])
    # The SDK for Python has checks of its own, with what it needs beside it: tests/sdk/test_python.py.
    own = [name for name in scripts if not name.startswith("sdk/python/")]
    total += check("mypy", ["mypy", "--no-error-summary", *own])
    total += check("conventions", [sys.executable, "tools/check_conventions.py"])
    return total + with_build(build_plain, lint_built)


def lint_built() -> Count:
    """Checks of what a build leaves: the core's library, the packages of the dashboard. And what npm's packages check."""
    total = check("core purity", ["tools/check_core_purity.sh", "build-plain/src/libcore.a"])
    total += check("dashboard", ["npm", "--prefix", "web", "run", "check"])
    if not npm_packages("tests/browser") or not npm_packages("tests/openapi"):
        return total + Count(0, 1)
    redocly = ["tests/openapi/node_modules/.bin/redocly", "lint", "--config", "tests/openapi/redocly.yaml"]
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    total += check("docs/openapi.json", [*redocly, "docs/openapi.json"], quiet)
    tsc = "tests/browser/node_modules/.bin/tsc"
    total += check("types of the browser tests", [tsc, "-p", "tests/browser"])
    total += check("form of the browser tests", ["web/node_modules/.bin/prettier", "--check", "tests/browser"])
    if not npm_packages("tests/sdk/node"):
        return total + Count(0, 1)
    return total + check("SDK for TypeScript", ["npm", "--prefix", "tests/sdk/node", "run", "check"])


def tidy() -> Count:
    """clang-tidy over the sources, with the compile commands of the clang build. A process for each file: its analysis
    of variadic functions remembers names across files, and then reports what is not there."""
    sources = run(["git", "ls-files", "src/*.c"])[1].split()
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda name: run(["clang-tidy", "-p", "build-clang", "--quiet", name]), sources)
        failed = [output for status, output in done if status != 0]
    for output in failed:
        say(f"FAILED clang-tidy\n{output[-6000:]}")
    return Count(1, 0) if sources and not failed else Count(0, max(len(failed), 1))


# ---- tests ----


def unit_test(program: Path) -> Count:
    """One test program; every cmocka test counts."""
    status, output = run([str(program)], {**SANITIZER_ENV, "CMOCKA_MESSAGE_OUTPUT": "TAP"}, 600)
    skipped = len(re.findall(r"^ok .*# SKIP", output, re.MULTILINE))
    passed = len(re.findall(r"^ok ", output, re.MULTILINE)) - skipped
    failed = len(re.findall(r"^not ok ", output, re.MULTILINE)) + skipped
    if status != 0 and failed == 0:
        failed = 1
    if failed or passed == 0:
        say(f"FAILED {program.relative_to(ROOT)}\n{output[-4000:]}")
        failed = max(failed, 1)
    return Count(passed, failed)


def unit_tests(folder: str) -> Count:
    """The test programs of a build, two at a time."""
    found = sorted((ROOT / folder / "tests" / "unit").glob("test_*"))
    programs = [path for path in found if path.is_file() and os.access(path, os.X_OK)]
    if not programs:
        say(f"FAILED no test programs in {folder}")
        return Count(0, 1)
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(unit_test, programs), Count())


def pytests(
    stage: str,
    binary: str,
    *paths: str,
    marks: str = "",
    workers: int = 0,
    within: tuple[str, ...] = (),
    env: Optional[dict[str, str]] = None,
) -> Count:
    """pytest against one binary, on so many workers (0 = none), within what a program sets up. A skipped test is a
    failed one: it has shown nothing."""
    report = (ROOT / binary).parent / f"pytest-{stage}.xml"
    report.unlink(missing_ok=True)
    command = [
        *within,
        "/usr/bin/python3",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        "--tb=short",
    ]
    command += ["-rs"]
    command += ["-m", marks] if marks else []
    command += ["-n", str(workers), "--dist", "loadfile"] if workers else []
    variables = {**SANITIZER_ENV, "BEHALF_BIN": str(ROOT / binary), **(env or {})}
    status, output = run([*command, *paths], variables, 3000)
    if not report.exists():
        say(f"FAILED pytest {' '.join(paths)}\n{output[-4000:]}")
        return Count(0, 1)
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    failed = sum(int(suite.get(kind, "0")) for kind in ("failures", "errors", "skipped"))
    passed = int(suite.get("tests", "0")) - failed
    if failed or status != 0 or passed == 0:
        say(f"FAILED pytest {' '.join(paths)} with {binary}\n{output[-12000:]}")
        failed = max(failed, 1)
    return Count(passed, failed)


def api_tests(binary: str, *paths: str) -> Count:
    """The tests of the API, in which every operation of docs/openapi.json must be seen to succeed."""
    with tempfile.TemporaryDirectory() as seen:
        count = pytests("api", binary, *paths, workers=2, env={"BEHALF_OPENAPI_SEEN": seen})
        return count + check("operations that were seen", ["/usr/bin/python3", "tests/openapi_seen.py", seen])


def hosts() -> Count:
    """The real coding agents, cut off from every network but the machine's own. Without npm nothing is shown, and said
    so. Without sanitizers, as people run them: the hook has a deadline."""
    status = subprocess.run(["/usr/bin/python3", "tests/hosts/host_packages.py"], cwd=ROOT, check=False).returncode
    if status == NO_REGISTRY:
        say("SKIPPED hosts: the tests with Claude Code and Codex need npm and its registry (the reason stands above)")
        return Count()
    if status != 0:
        say("FAILED installation of the coding agents")
        return Count(0, 1)
    return pytests("hosts", "build-plain/behalf", "tests/hosts", workers=2, within=("tests/gateway/inside.py",))


def npm_packages(folder: str) -> bool:
    """Installs what the folder's lock file names; says so when that fails."""
    status, output = run(["/usr/bin/python3", "tests/node_support.py", folder])
    if status != 0:
        say(f"FAILED packages of {folder}\n{output[-4000:]}")
    return status == 0


def browser() -> Count:
    """The stories of the dashboard in a real browser."""
    if not npm_packages("tests/browser"):
        return Count(0, 1)
    report = ROOT / "tests" / "browser" / "results" / "report.json"
    report.unlink(missing_ok=True)
    command = ["tests/browser/node_modules/.bin/playwright", "test", "-c", "tests/browser"]
    _, output = run(command, {"BEHALF_BIN": str(ROOT / "build-plain" / "behalf")}, 2400)
    if not report.exists():
        say(f"FAILED browser tests\n{output[-8000:]}")
        return Count(0, 1)
    stats = json.loads(report.read_text())["stats"]
    count = Count(stats["expected"], stats["unexpected"] + stats["flaky"] + stats["skipped"])
    if count.failed or count.passed == 0:
        say(f"FAILED browser tests\n{output[-12000:]}")
    return count if count.passed else count + Count(0, 1)


def fuzz_one(target: Path, seconds: int) -> Count:
    """One fuzz target for a while, from its seeds and from what earlier runs have found."""
    corpus = ROOT / "build-fuzz" / "corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "fuzz" / "seeds" / target.name
    if not any(seeds.glob("*")):
        say(f"FAILED no seeds in {seeds}")
        return Count(0, 1)
    command = [str(target), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]
    command += [f"-artifact_prefix={corpus}/crash-"]
    return check(f"fuzz {target.name}", [*command, str(corpus), str(seeds)], SANITIZER_ENV)


def fuzz(seconds: int) -> Count:
    """All fuzz targets, two at a time."""
    targets = sorted(path for path in (ROOT / "build-fuzz" / "fuzz").glob("fuzz_*") if path.is_file())
    if not targets:
        say("FAILED no fuzz targets in build-fuzz")
        return Count(0, 1)
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda target: fuzz_one(target, seconds), targets), Count())


def stages(fuzz_seconds: int) -> dict[str, Callable[[], Count]]:
    """What runs, by name, in this order: of what runs beside others, the long ones begin early."""
    asan, plain, shipped, tsan = (f"build-{name}/behalf" for name in ("asan", "plain", "shipped", "tsan"))
    api = ("tests/api", "tests/cli", "tests/conformance", "tests/mcp")
    threads = ("tests/api", "tests/fault", "tests/mcp")
    hostile = "hostile and not memory"
    parallel = "(threads or hostile) and not memory"
    inside = ("tests/gateway/inside.py",)
    disk = {"TMPDIR": DISK}  # faults are of disks; and the packages of the SDKs' tests are linked from their cache
    return {
        "build": lambda: build_plain() + build_clang() + build_asan() + build_tsan(),
        "api": lambda: with_build(build_asan, lambda: api_tests(asan, *api)),
        "lint": lint,
        "sdk": lambda: with_build(build_plain, lambda: pytests("sdk", plain, "tests/sdk", workers=2, env=disk)),
        "tidy": lambda: with_build(build_clang, tidy),
        "unit": lambda: with_build(build_plain, lambda: unit_tests("build-plain")),
        "unit-asan": lambda: with_build(build_asan, lambda: unit_tests("build-asan")),
        "browser": lambda: with_build(build_plain, browser),
        "gateway": lambda: with_build(build_asan, lambda: pytests("gateway", asan, "tests/gateway", within=inside)),
        "packaging": lambda: with_build(build_shipped, lambda: pytests("packaging", shipped, "tests/packaging")),
        "hosts": lambda: with_build(build_plain, hosts),
        "fuzz": lambda: with_build(build_fuzz, lambda: fuzz(fuzz_seconds)),
        "fault": lambda: with_build(
            lambda: build_plain() + build_shipped(),
            lambda: pytests("fault", shipped, "tests/fault", env=disk),
        ),
        "fault-asan": lambda: with_build(build_asan, lambda: pytests("fault-asan", asan, "tests/fault", marks=hostile)),
        "threads": lambda: with_build(build_tsan, lambda: pytests("threads", tsan, *threads, marks=parallel)),
    }


AT_ONCE = 3  # stages on two processors: most tests wait more than they work
# The build and the browser take all processors by themselves; and deadlines are what the others test.
ALONE = ("build", "browser", "fault", "fault-asan", "threads")


def run_stage(name: str, stage: Callable[[], Count]) -> Count:
    """One stage, with its beginning and its end said."""
    start = time.monotonic()
    say(f"== {name}")
    count = stage()
    say(f"== {name}: {count.passed} passed, {count.failed} failed, {time.monotonic() - start:.0f} s")
    return count


def run_stages(chosen: dict[str, Callable[[], Count]]) -> Count:
    """The build, then what can run beside others, then the rest."""
    beside = [name for name in chosen if name not in ALONE]
    total = run_stage("build", chosen["build"]) if "build" in chosen else Count()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        total = sum(pool.map(lambda name: run_stage(name, chosen[name]), beside), total)
    return sum((run_stage(name, chosen[name]) for name in ALONE[1:] if name in chosen), total)


def main() -> int:
    """Runs the stages and prints the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=list(stages(0)), help="run only this stage; may be repeated")
    parser.add_argument("--fuzz-seconds", type=int, default=15, help="seconds per fuzz target (default: 15)")
    options = parser.parse_args()
    every = stages(options.fuzz_seconds)
    with scratch() as folder:
        os.environ["TMPDIR"] = folder
        total = run_stages({name: stage for name, stage in every.items() if name in (options.only or every)})
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 0 if total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
