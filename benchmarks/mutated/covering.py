"""The tests of a module: the file of its name, and those of its room that import it."""

from __future__ import annotations

import re
from pathlib import Path


def files_for(file: str, root: Path) -> list[str]:
    """Files of tests, below the root as ``file`` is; the one of that name first. All of the room if there are none."""
    path = Path(file).with_suffix("")
    room, (*packages, name) = path.parts[1], path.parts
    package = r"\.".join(packages)
    imports = re.compile(rf"{package}\.{name}\b|from {package} import [^#\n]*\b{name}\b")
    files = sorted((root / "tests" / room).rglob("test_*.py"))
    chosen = [one for one in files if one.stem == f"test_{name}" or imports.search(one.read_text(encoding="utf-8"))]
    chosen.sort(key=lambda one: (one.stem != f"test_{name}", one.stat().st_size))
    return [one.relative_to(root).as_posix() for one in chosen or files]
