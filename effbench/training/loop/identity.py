"""What one run is told from another by. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError


def require_same(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raise EffbenchError, naming what differs, unless two identities of runs are equal."""
    found = differences(there, here)
    if found:
        raise EffbenchError(f"{path} is of another run: {'; '.join(found)}. Give another folder, or remove it")


def differences(there: Mapping[str, Any], here: Mapping[str, Any], inside: str = "") -> list[str]:
    """``table.key is A there, B here`` of everything in which two nested mappings differ."""
    found = []
    for key in dict.fromkeys((*there, *here)):
        a, b = there.get(key), here.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differences(a, b, f"{inside}{key}.")
        elif a != b:
            found.append(f"{inside}{key} is {a} there, {b} here")
    return found
