# SPDX-License-Identifier: Apache-2.0
"""The Dockerfile and the compose file, as far as they can be held against something without an engine."""

import re
from pathlib import Path
from typing import Any

import yaml

from harness import BINARY, ROOT, Server
from packaging_support import run

FOLDER = ROOT / "packaging" / "docker"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
INSTRUCTIONS = re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)


KEPT = ("behalf.db", "behalf.db-wal", "behalf.db-shm", "server.key", "demo.json", "demo.env", "restores.jsonl", ".env")


def pattern_of(line: str) -> "re.Pattern[str]":
    """A line of the ignore file, as Docker matches it: from the top, and all below what it names."""
    words = {"**/": "(?:.*/)?", "*": "[^/]*"}
    parts = re.split(r"(\*\*/|\*)", line)
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts) + "(?:/.*)?")


IGNORED = [
    pattern_of(line)
    for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    if line and not line.startswith("#")
]


def is_ignored(name: str) -> bool:
    """Is this file of a clone not sent to the build?"""
    return any(pattern.fullmatch(name) for pattern in IGNORED)


def texts(name: str) -> list[str]:
    """What stands behind an instruction, each on one line."""
    return [re.sub(r"\s*\\\n\s*", " ", text) for instruction, text in INSTRUCTIONS if instruction == name]


def compose() -> dict[str, Any]:
    """The one service."""
    service: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]["behalfid"]
    return service


def test_instructions_are_known() -> None:
    """Every line belongs to an instruction that there is, and the image ends as nobody's root."""
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL"}
    assert {name for name, _ in INSTRUCTIONS} <= known | {"ENTRYPOINT", "CMD"}
    assert texts("USER") == ["8420:8420"]
    assert [text.split()[0] for text in texts("FROM")] == ["debian:12-slim", "debian:12-slim"]
    assert "--uid 8420" in texts("RUN")[-1] and "--gid 8420" in texts("RUN")[-1]
    names = [name for name, _ in INSTRUCTIONS]
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in ("RUN", "COPY"))


def test_it_builds_as_the_makefile_does() -> None:
    """The targets that it makes are the Makefile's, and the files that it copies are in the clone."""
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"make ((?:all|install)[\w-]*)", " ".join(texts("RUN")))
    assert targets == ["all", "install-files"]
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert "tools/install_deps.sh run" in " ".join(texts("RUN"))
    sources = [text.split()[0] for text in texts("COPY") if not text.startswith("--from")]
    assert sources == ["tools/install_deps.sh", "."] and all((ROOT / name).exists() for name in sources)


def test_it_has_the_libraries(deb: Path) -> None:
    """The packages of the last stage are those that the Debian package asks for."""
    last = texts("RUN")[-1]
    found = re.search(r"--no-install-recommends (.*?) &&", last)
    assert found is not None
    depends = run("dpkg-deb", "-f", str(deb), "Depends").stdout.strip()
    wanted = {item.split()[0] for item in depends.split(", ")} - {"libc6", "adduser"}
    assert set(found.group(1).split()) == wanted | {"ca-certificates"}


def test_what_it_starts_is_there() -> None:
    """The program knows the commands that the image starts and asks for its health with."""
    assert texts("ENTRYPOINT") == ['["behalf"]'] and texts("CMD") == ['["serve"]']
    (health,) = texts("HEALTHCHECK")
    words = re.findall(r'"([^"]+)"', health.split("CMD ")[1])
    assert words[:2] == ["behalf", "health"]
    helped = run(str(BINARY), "health", "--help").stdout
    assert words[2] in helped


def test_no_secret_is_in_a_layer() -> None:
    """No credential is set while the image is made, and files that may hold one are not sent to the build."""
    assert not re.search(r"SECRET|TOKEN|PASSWORD|\bARG\b", DOCKERFILE)
    kept = [*KEPT, "behalf.db.before-20260101T000000Z", "copy.db.part", "server.key.before-20260101T000000Z"]
    for name in kept:
        assert all(is_ignored(folder + name) for folder in ("", "mine/", "a/b/mine/")), name
    assert is_ignored(".git/config") and is_ignored("data/anything")


def test_what_the_server_keeps_is_known(tmp_path: Path) -> None:
    """No file that a server makes in its folder is sent to a build, wherever in the clone that folder is."""
    with Server(tmp_path / "own") as server:
        (tmp_path / "own" / "demo.env").touch()
        made = {path.name for path in server.data_dir.iterdir()}
    assert {"behalf.db", "server.key", "demo.json"} <= made
    assert [name for name in made - {"server.lock"} if not is_ignored(f"own/{name}")] == []


def test_what_was_built_outside_stays_outside() -> None:
    """What git does not take is not taken either, so that nothing built on the host is in the image; all that git has is
    taken."""
    sources = run("git", "ls-files").stdout.splitlines()
    assert len(sources) > 500 and [name for name in sources if is_ignored(name)] == []
    found = 0
    for path in (path for path in sources if Path(path).name == ".gitignore"):
        for pattern in (ROOT / path).read_text().split():
            name = pattern.strip("/").replace("*", "x") + ("/file" if pattern.endswith("/") else "")
            above = "" if str(Path(path).parent) == "." else f"{Path(path).parent}/"
            assert is_ignored(above + name), f"{pattern} of {path}"
            assert "/" in pattern.strip("/") or pattern[0] == "/" or is_ignored(f"{above}a/{name}"), pattern
            found += 1
    assert found > 15


def test_the_service_is_shut_in() -> None:
    """No capabilities, nothing to write to but its volumes, and on the host this machine's address alone."""
    service = compose()
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["stop_grace_period"].removesuffix("s")) >= 30  # it answers what it has begun
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    volumes = {text.split(":")[1] for text in service["volumes"]}
    assert volumes == set(re.findall(r'"([^"]+)"', texts("VOLUME")[0]))
    assert (FOLDER / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == FOLDER / "Dockerfile"


def test_settings_are_the_servers() -> None:
    """Each variable that is set is one of the server's."""
    known = run(str(BINARY), "serve", "--help").stdout
    named = re.findall(r"BEHALFID_\w+", DOCKERFILE + (FOLDER / "compose.yaml").read_text())
    assert len(named) >= 4
    assert all(name in known for name in named)
