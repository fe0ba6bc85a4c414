"""Pages made when the site is built: every command's help, and the Python reference from docstrings.

They cannot go out of date, as nothing of them is kept.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

import effbench

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "effbench"
INNER = ("cli", "worker", "models")
"""Packages a reader has no use for as Python: commands, the measured process, registered names."""


def on_config(config: Any) -> Any:
    """The pages of the sub-packages take their place under "Reference"."""
    reference = next(entry["Reference"] for entry in config.nav if isinstance(entry, dict) and "Reference" in entry)
    reference.append({"Modules": [f"api/{name}.md" for name in (*packages(), "modules")]})
    decisions = next(entry for entry in config.nav if isinstance(entry, dict) and "Decisions" in entry)
    pages = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    decisions["Decisions"] = ["decisions/README.md", *(f"decisions/{name}" for name in pages)]
    return config


def on_files(files: Files, config: Any) -> Files:
    """The made pages beside those in ``docs``, and the report page if there is one."""
    pages = {"commands.md": commands(), **api()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    page = ROOT / "reports" / "index.html"
    if page.is_file():
        files.append(File.generated(config, "report.html", abs_src_path=str(page)))
    return files


def commands() -> str:
    """Help of every command and action, as the command line prints it."""
    from effbench.cli import COMMANDS

    os.environ["COLUMNS"] = "100"  # argparse wraps to the terminal otherwise
    parts = ["# Commands\n", "What `--help` prints, for every command.\n"]
    for name, file in COMMANDS.items():
        command = import_module(f"effbench.cli.{file}")
        actions = getattr(command, "ACTIONS", None)
        parts.append(_summary(name, command))
        if actions is None:
            parts.append(_help(name, command))
        for action, module in (actions or {}).items():
            inner = import_module(f"{command.__name__}.{module}")
            parts += [_summary(f"{name} {action}", inner, level=3), _help(f"{name} {action}", inner)]
    return "\n".join(parts)


def _summary(name: str, command: Any, level: int = 2) -> str:
    text = command.SUMMARY
    return f"{'#' * level} effbench {name}\n\n{text[0].upper()}{text[1:]}.\n"


def _help(name: str, command: Any) -> str:
    from effbench.cli.parser import Parser

    parser = Parser(name, command.SUMMARY, command.EXAMPLES)
    command.configure(parser)
    return f"```text\n{parser.format_help().rstrip()}\n```\n"


def api() -> dict[str, str]:
    """Page path -> text: one page per sub-package, with its modules in alphabetical order, and an index."""
    pages, lines = {}, ["# Python\n", "One page per sub-package, made from the docstrings.\n"]
    for name, summary in packages().items():
        pages[f"api/{name}.md"] = f"# effbench.{name}\n\n{summary}\n\n{_modules(PACKAGE / name)}"
        lines.append(f"- [effbench.{name}]({name}.md): {summary}")
    pages["api/modules.md"] = "# Modules of their own\n\n" + _modules(PACKAGE)
    lines.append("- [modules of their own](modules.md): the registry, records, specifications, errors and others")
    return {"api/index.md": "\n".join(lines) + "\n", **pages}


def packages() -> dict[str, str]:
    """Sub-package -> its line of the map in ``effbench/__init__.py``, without those of no use as Python."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - set(INNER)
    words = (line.split(None, 1) for line in (effbench.__doc__ or "").splitlines() if " " in line)
    summaries = {first: rest for first, rest in words if first in folders}
    return {name: summaries[name] for name in sorted(folders)}


def _modules(folder: Path) -> str:
    files = sorted(p for p in folder.rglob("*.py") if folder != PACKAGE or p.parent == PACKAGE)
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in files if not p.stem.startswith("_")]
    return "\n".join(f"::: {name}\n    options:\n      heading_level: 2\n" for name in names)
