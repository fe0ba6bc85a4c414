"""Names that become files and folders: whatever comes from data or a command line must stay in the folder meant."""

from __future__ import annotations

import re
from pathlib import Path

from effbench.errors import EffbenchError

LONGEST = 200
"""Bytes; file systems take 255, and endings and temporary neighbours are added to a name."""

SHOWN = 60
"""Characters of a wrong name that a message repeats."""


def require_file_name(name: str, what: str) -> str:
    """The name itself, if it can be that of a file or folder on any system and leads nowhere else.

    Args:
        what: it is the name of, for the message.

    Raises:
        EffbenchError: it is empty, too long, ``.`` or ``..``, or has a separator, a drive or a control character.
    """
    wrong = _wrong(name)
    if wrong:
        shown = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
        raise EffbenchError(f"{what} {shown!r} cannot be used as a file name: {wrong}")
    return name


def inside(folder: Path, name: str, what: str = "file") -> Path:
    """The file or folder of that name in a folder, never one elsewhere.

    Raises:
        EffbenchError: see ``require_file_name``.
    """
    return folder / require_file_name(name, what)


def _wrong(name: str) -> str:
    """Why it is no plain name; empty if it is one."""
    if not name.strip():
        return "it is empty"
    if "/" in name or "\\" in name:
        return "it has a separator of folders"
    if name in (".", ".."):
        return "it stands for another folder"
    if re.match("[A-Za-z]:", name):
        return "it begins with a drive"
    if not name.isprintable():
        return "it has a control character"
    if len(name.encode()) > LONGEST:
        return f"it has more than {LONGEST} bytes"
    return ""
