# SPDX-License-Identifier: Apache-2.0
"""An installed tree and a package, made once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from packaging_support import BUILD, install, run  # noqa: E402


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make install` makes."""
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def deb() -> Path:
    """What `make deb` makes."""
    run("make", "deb", f"BUILD={BUILD}")
    (package,) = (BUILD / "deb").glob("behalfid_*.deb")
    return package
