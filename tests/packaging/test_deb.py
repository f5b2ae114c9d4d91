# SPDX-License-Identifier: Apache-2.0
"""`make deb`: the package holds what it should, and asks for what it needs."""

import re
import subprocess
from pathlib import Path

import pytest

import harness
from harness import BINARY, ROOT, Server
from packaging_support import run


@pytest.fixture(scope="module")
def unpacked(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's files, and its control files below DEBIAN."""
    folder = tmp_path_factory.mktemp("deb") / "root"
    run("dpkg-deb", "--raw-extract", str(deb), str(folder))
    return folder


def test_lintian_has_nothing_to_say(deb: Path) -> None:
    """Debian's own checker finds neither errors nor warnings."""
    assert run("lintian", "--allow-root", "--fail-on", "error,warning", str(deb)).stdout == ""


def test_its_head_is_right(deb: Path, unpacked: Path) -> None:
    """Version and architecture are the program's; the settings are a file that upgrades ask about."""
    version = run(str(BINARY), "-V").stdout.strip()
    assert run("dpkg-deb", "-f", str(deb), "Package", "Version", "Architecture").stdout.split("\n")[:3] == [
        "Package: behalfid",
        f"Version: {version}",
        f"Architecture: {run('dpkg', '--print-architecture').stdout.strip()}",
    ]
    assert (unpacked / "DEBIAN/conffiles").read_text() == "/etc/behalfid/behalfid.env\n"
    assert (unpacked / "etc/behalfid/behalfid.env").stat().st_mode & 0o777 == 0o600


def test_it_asks_for_every_library(unpacked: Path) -> None:
    """Each library that the program is linked with or loads later comes from a package that it depends on."""
    program = unpacked / "usr/bin/behalf"
    needed = re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", str(program)).stdout)
    needed.append(run("python3", "tools/soname.py", "cc", "xml2").stdout.strip())
    control = (unpacked / "DEBIAN/control").read_text()
    depends = re.search(r"^Depends: (.*)$", control, re.MULTILINE)
    assert depends is not None and len(needed) >= 8
    packages = {item.split()[0] for item in depends.group(1).split(", ")}
    for library in needed:
        owners = run("dpkg-query", "-S", f"*/{library}").stdout.splitlines()
        assert any(owner.split(":")[0] in packages for owner in owners), library
    assert "adduser" in packages


def test_its_files_belong_to_root(deb: Path) -> None:
    """No file belongs to whoever has built the package, and none is writable by others."""
    for line in run("dpkg-deb", "-c", str(deb)).stdout.splitlines():
        rights, owner = line.split()[:2]
        assert owner == "root/root", line
        assert rights[5] != "w" and rights[8] != "w", line


def test_the_unpacked_program_serves(unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stripped binary is the whole server."""
    monkeypatch.setattr(harness, "BINARY", unpacked / "usr/bin/behalf")
    with Server(tmp_path / "data") as server:
        assert server.verify("purchase", vendor="coachella.com", amount=742).json()["allowed"] is True


def test_units_are_where_debian_has_them(unpacked: Path) -> None:
    """The units are Debian's, and name the installed program and script."""
    for name in ("behalfid.service", "behalfid-backup.service", "behalfid-backup.timer"):
        text = (unpacked / "lib/systemd/system" / name).read_text()
        assert text == (ROOT / "packaging/systemd" / name).read_text()
        for path in re.findall(r"ExecStart=(\S+)", text):
            assert (unpacked / path.lstrip("/")).stat().st_mode & 0o111


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_its_scripts_are_plain_shell(unpacked: Path, script: str) -> None:
    """The scripts parse, and do nothing when they are told of something that does not concern them."""
    path = unpacked / "DEBIAN" / script
    run("sh", "-n", str(path))
    done = subprocess.run([str(path), "abort-upgrade"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_purge_leaves_the_data(unpacked: Path, tmp_path: Path) -> None:
    """The script that a purge runs removes the settings, and neither the log nor the backups; it says so."""
    for name in ("etc/behalfid", "var/lib/behalfid", "var/backups/behalfid"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text("x")
    script = (unpacked / "DEBIAN/postrm").read_text()
    moved = re.sub(r"(/etc/|/var/|/run/)", rf"{tmp_path}\1", script)
    done = subprocess.run(["sh", "-c", moved, "postrm", "purge"], capture_output=True, text=True, check=True)
    assert done.stdout.count("stays") == 2
    assert not (tmp_path / "etc/behalfid").exists()
    assert "server key" not in done.stdout
    assert (tmp_path / "var/lib/behalfid/file").exists() and (tmp_path / "var/backups/behalfid/file").exists()
