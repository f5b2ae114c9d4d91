# SPDX-License-Identifier: Apache-2.0
"""What switches hooks off in the coding agents does not do so when our launcher starts them: every row that
test_hosts_alone.py has shown to let a denied command run."""

import pytest

from guarded_support import Guarded
from host_rows import ROWS, Row
from host_support import HOSTS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_what_switches_a_hook_off_does_not(guarded: Guarded, row: Row) -> None:
    """The launcher repairs it, overrides it or refuses, and the denied command does not run."""
    guarded.install(row.host)
    options = row.prepare(guarded)
    guarded.launch(row.host, *options)
    guarded.assert_held()


@pytest.mark.parametrize("host", HOSTS)
def test_installed_hooks_hold_without_the_launcher(guarded: Guarded, host: str) -> None:
    """After `behalf hook install` an agent that is started as it is runs what is allowed, and only that."""
    guarded.install(host)
    guarded.start(host)
    guarded.assert_blocked()
    guarded.permit_commands()
    guarded.start(host)
    assert guarded.has_run(), guarded.story()


@pytest.mark.parametrize("host", HOSTS)
def test_a_hook_is_asked_once(guarded: Guarded, host: str) -> None:
    """Installed twice and launched, the hook asks the server once for a call: an approval is not used up twice."""
    guarded.install(host)
    guarded.install(host)
    guarded.permit_commands()
    guarded.launch(host)
    assert guarded.has_run(), guarded.story()
    assert len(guarded.decisions()) == 1
