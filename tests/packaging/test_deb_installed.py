# SPDX-License-Identifier: Apache-2.0
"""The package is installed, upgraded and purged by the real dpkg, on a copy of this machine that is gone afterwards."""

import os
import subprocess
from pathlib import Path

import pytest

# What is written lands in memory, over this machine's own root, and only in this process's view of the mounts.
COPY = """
set -e
top="$1"
mount -t tmpfs none "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
mount -t proc none "$top/root/proc"
mount --bind /dev "$top/root/dev"
cp "$2" "$top/root/package.deb"
cp "$3" "$top/root/story.sh"
exec chroot "$top/root" sh -e /story.sh
"""

# As an operator does it: install, start, back up, restore as root, upgrade, purge.
STORY = """
cd /
export BEHALFID_DATA=/var/lib/behalfid
look() { stat -c "%n %a %U:%G" "$@"; }
dpkg -i /package.deb >/dev/null
echo "# installed"
look /var/lib/behalfid /var/backups/behalfid /etc/behalfid/behalfid.env
runuser -u behalfid -- behalf serve --demo --listen 127.0.0.1:0 >/dev/null 2>&1 &
server=$!
until [ -e /var/lib/behalfid/demo.json ]; do sleep 0.1; done
runuser -u behalfid -- /usr/lib/behalfid/backup.sh >/dev/null 2>&1
kill "$server"
wait "$server" || true
until flock --nonblock /var/lib/behalfid/server.lock true; do sleep 0.1; done
behalf restore /var/backups/behalfid/*.db --force >/dev/null 2>&1
echo "# restored by root"
look /var/lib/behalfid/*
runuser -u behalfid -- behalf audit verify | tail -n 1
echo "BEHALFID_RETENTION_DAYS=7" > /etc/behalfid/behalfid.env
dpkg -i /package.deb >/dev/null
echo "# upgraded"
cat /etc/behalfid/behalfid.env
dpkg --purge behalfid >/dev/null
echo "# purged"
ls /etc | grep behalfid || true
ls /usr/bin | grep behalf || true
ls /var/lib/behalfid | grep -x behalf.db
echo "# purged with a key"
dpkg -i /package.deb >/dev/null
echo "BEHALFID_SMTP_URL=smtps://user:secret@mail.example.com" > /etc/behalfid/behalfid.env
echo "BEHALFID_SECRET_KEY=as-it-was" >> /etc/behalfid/behalfid.env
dpkg --purge behalfid | grep "server key"
look /etc/behalfid/*
cat /etc/behalfid/*
echo "# installed anew"
dpkg -i /package.deb | grep "server-key"
cat /etc/behalfid/server-key.kept
cat /etc/behalfid/server-key.kept >> /etc/behalfid/behalfid.env
dpkg --remove behalfid >/dev/null
dpkg -i --force-confold /package.deb >/dev/null
ls /etc/behalfid
echo "# purged with a key and without data"
rm -r /var/lib/behalfid/* /var/backups/behalfid/*
dpkg --purge behalfid | grep "server key" || true
ls /etc | grep behalfid || true
"""


@pytest.fixture(scope="module")
def told(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the story said, by its chapters."""
    folder = tmp_path_factory.mktemp("machine")
    story = folder / "story.sh"
    story.write_text(STORY)
    (folder / "top").mkdir()
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    words = [*as_root, "unshare", "--mount", "sh", "-c", COPY, "sh", str(folder / "top"), str(deb), str(story)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    chapters = [part.strip().split("\n") for part in done.stdout.split("# ")[1:]]
    return {lines[0]: lines[1:] for lines in chapters}


def test_folders_belong_to_its_user(told: dict[str, list[str]]) -> None:
    """The user that the server runs as has its two folders, which nobody else can read; the settings are root's."""
    assert told["installed"] == [
        "/var/lib/behalfid 700 behalfid:behalfid",
        "/var/backups/behalfid 700 behalfid:behalfid",
        "/etc/behalfid/behalfid.env 600 root:root",
    ]


def test_what_root_restores_is_the_servers(told: dict[str, list[str]]) -> None:
    """After a restore by root every file is still the server's own, and it can read its log."""
    *files, verdict = told["restored by root"]
    assert verdict == "The audit log is intact."
    assert len(files) >= 5
    assert all(line.endswith(" 600 behalfid:behalfid") for line in files), files


def test_an_upgrade_keeps_settings_and_a_purge_the_data(told: dict[str, list[str]]) -> None:
    """Changed settings survive an upgrade; a purge takes program and settings, and leaves the database."""
    assert told["upgraded"] == ["BEHALFID_RETENTION_DAYS=7"]
    assert told["purged"] == ["behalf.db"]


def test_a_purge_keeps_the_key_of_what_stays(told: dict[str, list[str]]) -> None:
    """A key that stands in the settings outlives them while there is a database, in a file that only root reads; no
    other setting does. A new installation says where it is."""
    said, *left = told["purged with a key"]
    assert "the server key stays, in /etc/behalfid/server-key.kept" in said
    assert left == ["/etc/behalfid/server-key.kept 600 root:root", "BEHALFID_SECRET_KEY=as-it-was"]
    said, key, *files = told["installed anew"]
    assert "/etc/behalfid/server-key.kept" in said and key == "BEHALFID_SECRET_KEY=as-it-was"
    assert files == ["behalfid.env"]


def test_a_purge_forgets_the_key_of_nothing(told: dict[str, list[str]]) -> None:
    """Where neither a database nor a backup is left, the key goes with the other settings."""
    assert told["purged with a key and without data"] == []
