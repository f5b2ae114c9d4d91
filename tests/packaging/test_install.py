# SPDX-License-Identifier: Apache-2.0
"""`make install`: what lies where, and that it works from there."""

import subprocess
from pathlib import Path

import pytest

import harness
from harness import ROOT, Server
from packaging_support import install, run

INSTALLED = [
    "usr/local/bin/behalf",
    "usr/local/lib/behalfid/backup.sh",
    "usr/local/lib/systemd/system/behalfid.service",
    "usr/local/lib/systemd/system/behalfid-backup.service",
    "usr/local/lib/systemd/system/behalfid-backup.timer",
    "usr/local/share/man/man1/behalf.1",
    "usr/local/share/bash-completion/completions/behalf",
    "usr/local/share/zsh/site-functions/_behalf",
    "usr/local/share/fish/vendor_completions.d/behalf.fish",
    "usr/local/share/doc/behalfid/README.md",
    "usr/local/share/doc/behalfid/docs/deployment.md",
    "usr/local/share/doc/behalfid/examples/nginx/behalfid.conf",
    "usr/local/share/doc/behalfid/examples/caddy/Caddyfile",
    "etc/behalfid/behalfid.env",
]


def test_everything_is_installed(tree: Path) -> None:
    """Each file is where it is looked for, with content; links within the installed documents lead somewhere."""
    for name in INSTALLED:
        assert (tree / name).stat().st_size > 0, name
    documents = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert {path.name for path in (tree / "usr/local/share/doc/behalfid/docs").iterdir()} == documents
    assert (tree / "etc/behalfid/behalfid.env").stat().st_mode & 0o777 == 0o600
    assert (tree / "usr/local/bin/behalf").stat().st_mode & 0o777 == 0o755


def test_the_installed_program_serves(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed binary, by itself, is a server with its pages, and decides."""
    monkeypatch.setattr(harness, "BINARY", tree / "usr/local/bin/behalf")
    with Server(tmp_path / "data") as server:
        assert server.verify("purchase", vendor="coachella.com", amount=742).json()["allowed"] is True
        assert "<!doctype html>" in server.call("GET", "/dashboard").text


def test_the_texts_are_the_programs_own(tree: Path) -> None:
    """The manual page can be shown, and the completions are those that the program prints."""
    program = str(tree / "usr/local/bin/behalf")
    shown = run("groff", "-man", "-Tutf8", "-ww", str(tree / "usr/local/share/man/man1/behalf.1"))
    assert "behalf backup" in shown.stdout and shown.stderr == ""
    for shell, name in (("bash", INSTALLED[6]), ("zsh", INSTALLED[7]), ("fish", INSTALLED[8])):
        assert (tree / name).read_text() == run(program, "completion", shell).stdout


@pytest.mark.parametrize("prefix", ["/usr", "/opt/behalfid"])
def test_units_name_the_program_where_it_is(tmp_path: Path, prefix: str) -> None:
    """With another PREFIX and another folder of settings the units name those."""
    install(tmp_path, f"PREFIX={prefix}", "SYSCONFDIR=/srv/etc", "UNITDIR=/lib/systemd/system")
    unit = (tmp_path / "lib/systemd/system/behalfid.service").read_text()
    assert f"ExecStart={prefix}/bin/behalf serve\n" in unit
    assert "EnvironmentFile=-/srv/etc/behalfid/behalfid.env\n" in unit
    backup = (tmp_path / "lib/systemd/system/behalfid-backup.service").read_text()
    assert f"ExecStart={prefix}/lib/behalfid/backup.sh\n" in backup
    assert (tmp_path / f"{prefix[1:]}/bin/behalf").exists()


def test_settings_stay(tmp_path: Path) -> None:
    """Installing again replaces the program and leaves the settings as they were changed."""
    install(tmp_path)
    settings = tmp_path / "etc/behalfid/behalfid.env"
    settings.write_text("BEHALFID_RETENTION_DAYS=7\n")
    (tmp_path / "usr/local/bin/behalf").write_text("old")
    install(tmp_path)
    assert settings.read_text() == "BEHALFID_RETENTION_DAYS=7\n"
    assert (tmp_path / "usr/local/bin/behalf").stat().st_size > 100_000


def test_the_settings_are_the_servers(tree: Path, tmp_path: Path) -> None:
    """Each line of the example, also those that are commented out, is a setting that the server knows; with all but
    secrets switched on it starts."""
    program = str(tree / "usr/local/bin/behalf")
    known = run(program, "serve", "--help").stdout
    lines = (tree / "etc/behalfid/behalfid.env").read_text().splitlines()
    pairs = [line.lstrip("#").split("=", 1) for line in lines if line.lstrip("#").startswith("BEHALFID_")]
    assert len(pairs) >= 8
    for name, _ in pairs:
        assert name in known or name == "BEHALFID_BACKUPS_KEPT", name
    env = {name: value for name, value in pairs if "_LISTEN" not in name and name != "BEHALFID_SECRET_KEY"}
    server = Server(tmp_path / "data", env=env, rate_limit=None)
    server.start()
    assert server.stop() == 0


def test_nothing_is_overwritten_elsewhere(tree: Path) -> None:
    """Outside of PREFIX and the folder of settings nothing is installed."""
    found = subprocess.run(["find", ".", "-type", "f"], cwd=tree, capture_output=True, text=True, check=True).stdout
    assert all(name.startswith(("./usr/local/", "./etc/behalfid/")) for name in found.split())
