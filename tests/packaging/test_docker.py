# SPDX-License-Identifier: Apache-2.0
"""The Dockerfile and the compose file, as far as they can be held against something without an engine."""

import re
from pathlib import Path
from typing import Any

import yaml

from harness import BINARY, ROOT
from packaging_support import run

FOLDER = ROOT / "packaging" / "docker"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
INSTRUCTIONS = re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)


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
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text().split()
    for name in ("data", ".git", "**/*.key", "**/*.db", "**/.env"):
        assert name in ignored


def test_the_service_is_shut_in() -> None:
    """No capabilities, nothing to write to but its volumes, and on the host this machine's address alone."""
    service = compose()
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
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
