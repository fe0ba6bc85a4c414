"""The tests of a module, the likeliest first: the file of its name, and those of its room that import it."""

from __future__ import annotations

import re
from pathlib import Path


def files_for(file: str, root: Path) -> list[str]:
    """Files of tests, below the root as ``file`` is; small ones first, after the one of the module's name.

    Where there is none of that name: those of other rooms that import it, and its whole room, its folder first.
    """
    *packages, name = Path(file).with_suffix("").parts
    package = r"\.".join(packages)
    imports = re.compile(rf"{package}\.{name}\b|from {package} import [^#\n]*\b{name}\b")
    room = set((root / "tests" / packages[1]).rglob("test_*.py"))
    named = {one for one in room if one.stem == f"test_{name}"}
    every = room if named else (root / "tests").rglob("test_*.py")
    importing = {one for one in every if imports.search(one.read_text(encoding="utf-8"))}
    folder = root.joinpath("tests", *packages[1:])

    def place(one: Path) -> tuple[object, ...]:
        return one not in named, one not in importing, one not in room, one.parent != folder, one.stat().st_size

    chosen = named | importing if named else importing | room
    return [one.relative_to(root).as_posix() for one in sorted(chosen, key=place)]
