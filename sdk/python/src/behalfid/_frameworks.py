# SPDX-License-Identifier: Apache-2.0
"""Says which package an adapter needs, where Python would name a module that nobody can install by that name."""

from __future__ import annotations

from importlib.util import find_spec


def require(module: str, package: str) -> None:
    """ImportError with the package's name when its module is not there."""
    if find_spec(module) is None:
        raise ImportError(f"This adapter of behalfid needs the package {package}: pip install {package}", name=module)
