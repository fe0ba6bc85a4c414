"""The pages whose examples are run: the README and everything in ``docs``; and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if p.parent.name != "decisions")]
CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
FILE = re.compile(r"<!-- (?P<name>\w+\.py) -->\n```python\n(?P<text>.*?)```", re.DOTALL)


def console_blocks() -> Iterator[tuple[Path, str, str]]:
    """(page, command, output) of every console block."""
    for page in PAGES:
        for found in CONSOLE.finditer(page.read_text(encoding="utf-8")):
            yield page, found["command"], found["output"]


def shell_commands() -> Iterator[tuple[Path, str]]:
    """(page, command) of every line of the shell blocks; continued lines joined, comments left out."""
    for page in PAGES:
        for block in SHELL.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.split(" #")[0].strip()
                if command and not command.startswith("#"):
                    yield page, command


def files() -> dict[str, str]:
    """Name -> text of every file that a page gives in full."""
    return {found["name"]: found["text"] for page in PAGES for found in FILE.finditer(page.read_text(encoding="utf-8"))}
