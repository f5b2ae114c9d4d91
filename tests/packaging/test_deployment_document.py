# SPDX-License-Identifier: Apache-2.0
"""docs/deployment.md: what it tells to type is typed here, on a machine whose systemd and apt are stand-ins."""

import os
import re
import secrets
import subprocess
import time
from pathlib import Path
from typing import Optional

import pytest
import yaml

from harness import BINARY, ROOT, Server

TEXT = (ROOT / "docs" / "deployment.md").read_text()


def section(title: str) -> list[str]:
    """The sh blocks of one section."""
    (part,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


class Machine:
    """A machine with the package installed: real programs, but for those that would change this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.data, self.backups = folder / "data", folder / "backups"
        self.server: Optional[Server] = None
        self.calls = folder / "calls"
        self.settings = folder / "etc" / "behalfid.env"
        for made in (self.bin, self.backups, self.settings.parent):
            made.mkdir(mode=0o700)
        self.settings.write_text((ROOT / "packaging" / "behalfid.env").read_text())
        (self.bin / "behalf").symlink_to(BINARY)
        self.stand_in("runuser", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
        self.stand_in("apt", f'echo "apt $*" >> {self.calls}')

    def stand_in(self, name: str, script: str) -> None:
        """A program of ours under a name of theirs."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def type_in(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Types a block, line after line; systemctl starts and stops the real server."""
        script = script.replace("/var/lib/behalfid", str(self.data)).replace("/var/backups/behalfid", str(self.backups))
        script = script.replace("/etc/behalfid", str(self.settings.parent))
        env = {"PATH": f"{self.bin}:/usr/bin:/bin:/usr/sbin", "HOME": str(self.folder)}
        env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
        done = subprocess.CompletedProcess[str](script, 0, "", "")
        said = exported = ""
        for line in script.splitlines():
            if line.startswith("export "):
                exported += f"{line}\n"
                continue
            order = re.fullmatch(r"systemctl (start|stop) behalfid", line)
            if order:
                assert self.server is not None
                assert order.group(1) == "start" or self.server.stop() == 0
                if order.group(1) == "start":
                    self.server.start()
                continue
            done = subprocess.run(
                ["sh", "-ec", exported + line],
                cwd=self.folder,
                env=env,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            said += done.stdout
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        done.stdout = said
        return done


@pytest.fixture(params=["key in a file", "key in the settings"])
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> Machine:
    """With a server that runs."""
    made = Machine(tmp_path)
    env = {}
    if request.param == "key in the settings":
        env["BEHALFID_SECRET_KEY"] = secrets.token_urlsafe(32)
        with open(made.settings, "a", encoding="utf-8") as settings:
            settings.write(f"BEHALFID_SECRET_KEY={env['BEHALFID_SECRET_KEY']}\n")
    made.server = Server(made.data, env=env).start()
    assert (made.data / "server.key").exists() == (not env)
    return made


def decided(server: Server) -> int:
    """How many decisions the agent's log has."""
    answer = server.call("GET", f"/api/logs/{server.agent_id}?limit=1", headers=server.as_agent()).json()
    total: int = answer["pagination"]["total"]
    return total


def buy(server: Server) -> None:
    """An allowed decision."""
    assert server.verify("purchase", vendor="coachella.com", amount=742).json()["allowed"] is True


def test_backup_and_restore_as_printed(machine: Machine) -> None:
    """The blocks of "Back up" and "Restore", typed one after another, bring back what was there, and keep the rest."""
    server = machine.server
    assert server is not None
    buy(server)
    by_hand = section("Back up")[1]
    machine.type_in(by_hand)
    buy(server)
    assert decided(server) == 2
    assert "The audit log is intact." in machine.type_in(section("Restore")[0]).stdout
    assert decided(server) == 1
    buy(server)
    (kept,) = machine.data.glob("behalf.db.before-*")
    server.stop()
    export, _, again, *_ = section("Restore")[0].splitlines()
    machine.type_in(f"{export}\n{again}".replace("/var/backups/behalfid/before-change.db", str(kept)))
    server.start()
    assert decided(server) == 2
    assert len((machine.data / "restores.jsonl").read_text().splitlines()) == 2
    server.close()


def test_a_new_machine_as_printed(machine: Machine, tmp_path: Path) -> None:
    """With the backup and the key alone, the second block of "Restore" makes a server of another machine."""
    server = machine.server
    assert server is not None
    buy(server)
    machine.type_in(section("Back up")[1])
    (tmp_path / "new").mkdir()
    other = Machine(tmp_path / "new")
    (other.folder / "before-change.db").write_bytes((machine.backups / "before-change.db").read_bytes())
    script = section("Restore")[1]
    if server.env:
        other.settings.write_text(machine.settings.read_text())
        script = script.replace(" --key server.key", "")
    else:
        key = other.folder / "server.key"
        key.write_bytes((machine.data / "server.key").read_bytes())
        key.chmod(0o600)
    other.type_in(script)
    again = Server(other.data, demo=False, env=server.env).start()
    again.agent_id, again.api_key = server.agent_id, server.api_key
    assert decided(again) == 1
    buy(again)
    again.close()
    server.close()


def test_an_upgrade_as_printed(machine: Machine) -> None:
    """The block of "Upgrade" makes a backup before anything else, and ends with a server that has everything."""
    server = machine.server
    assert server is not None
    buy(server)
    machine.type_in(section("Upgrade")[0])
    assert decided(server) == 1
    assert (machine.backups / "before-upgrade.db").exists()
    assert machine.calls.read_text() == "apt install ./build/deb/behalfid_*.deb\n"
    server.close()


COMPOSE = r"docker compose -f \S*packaging/docker/compose.yaml"


def outside(script: str) -> str:
    """What is done to containers, as it would be done without."""
    script = re.sub(rf"{COMPOSE} (stop|start) behalfid$", r"systemctl \1 behalfid", script, flags=re.MULTILINE)
    script = re.sub(rf"{COMPOSE} run --rm behalfid ", "behalf ", script)
    script = re.sub(rf"{COMPOSE} exec (?:-T )?(?:-e (\S+) )?behalfid ", r"env \1 ", script)
    assert "docker" not in script
    return script.replace("/usr/lib/behalfid/backup.sh", str(ROOT / "packaging/backup.sh"))


def test_containers_as_printed(machine: Machine) -> None:
    """The backup of "Docker" works again and again, by hand and by cron, and its restore brings back what was there.
    The commands are run without an engine: their volumes are folders, and the service's variables are exported."""
    server = machine.server
    assert server is not None
    starts, by_hand, back = section("Docker")
    (nightly,) = re.findall(rf"^30 2 \* \* \* root ({COMPOSE} exec -T .*)$", TEXT, re.MULTILINE)
    service = yaml.safe_load((ROOT / "packaging/docker/compose.yaml").read_text())["services"]
    assert re.fullmatch(rf"{COMPOSE} up --build --detach\n", starts) and list(service) == ["behalfid"]
    assert {"data:/data", "backups:/backups"} <= set(service["behalfid"]["volumes"])
    dockerfile = (ROOT / "packaging/docker/Dockerfile").read_text()
    assert "ENV BEHALFID_DATA=/data " in dockerfile and " /usr/lib/behalfid/backup.sh\n" in dockerfile
    variables = {"BEHALFID_DATA": str(machine.data), **server.env}
    exported = "".join(f"export {name}={value}\n" for name, value in variables.items())

    def type_in(script: str) -> str:
        return machine.type_in(exported + outside(script).replace("/backups", str(machine.backups))).stdout

    buy(server)
    type_in(by_hand)
    (first,) = machine.backups.iterdir()
    buy(server)
    for script in (by_hand, nightly):
        before = time.strftime("%S")
        while time.strftime("%S") == before:
            time.sleep(0.05)
        type_in(script)
    assert len(list(machine.backups.glob("behalf-*Z.db"))) == 3
    shown = re.findall(r"/backups/(behalf-\d{8}T\d{6}Z\.db) --force$", back, re.MULTILINE)
    assert len(shown) == 1
    assert "The audit log is intact." in type_in(back.replace(shown[0], first.name))
    assert decided(server) == 1
    server.close()


def test_the_link_is_found_as_printed(tmp_path: Path) -> None:
    """What the document greps out of the journal is the set-up link, with the public address."""
    settings = dict(line.split("=", 1) for line in re.findall(r"^BEHALFID_\w+=.*$", TEXT, re.MULTILINE))
    assert settings["BEHALFID_PUBLIC_URL"].startswith("https://")
    server = Server(tmp_path / "data", demo=False, env=settings)
    server.start()
    machine = Machine(tmp_path)
    machine.stand_in("journalctl", f'cat "{server.log_path.with_suffix(".out")}"')
    machine.stand_in("systemctl", "true")
    found = machine.type_in(section("Start")[0].replace("systemctl enable --now behalfid\n", "")).stdout
    assert re.search(r"https://behalfid\.example\.com/setup#token=\S+", found)
    server.close()


def test_what_it_names_is_there(tree: Path) -> None:
    """Files of the clone and of the package that the document names exist; its rating of the unit is the measured one."""
    for name in re.findall(r"`(packaging/[\w./-]+)`", TEXT):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"/usr/(share/doc/behalfid/\S+?)[ )`]", TEXT):
        assert (tree / "usr/local" / name).exists(), name
    unit = str(ROOT / "packaging/systemd/behalfid.service")
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit]
    measured = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    rated = re.search(r"exposure level for behalfid.service: ([\d.]+)", measured)
    assert rated is not None and f"rates it {rated.group(1)} " in TEXT
