"""Whether two trees of effbench give the same numbers: ``python benchmarks/same_numbers.py OLD_TREE [NEW_TREE]``.

Each tree runs in a process of its own, with its own records and an empty cache: the commands of OLD_TREE's README and
those of ``same_numbers.toml``, as JSON and as CSV, and the whole report (tables, figures, page). All values are then
compared one by one: integers exactly, decimals digit by digit, and so is the order of columns. Differences that
``same_numbers.toml`` expects, with a reason, count as none. NEW_TREE is this one unless another is given.

Exit code 1: values differ. 2: a tree could not be run.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

HERE = Path(__file__).resolve()
RULES = HERE.with_suffix(".toml")
BLOCK = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?(?:.* && )?effbench (?P<words>.*?)(?: #.*| \|.*)?$", re.MULTILINE)
PAGE_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
RECORDS = ("baselines", "experiments", "reports")
Rules = Mapping[str, Sequence[Mapping[str, str]]]
"""The tables of ``same_numbers.toml``."""

SHOWN = 12
"""Differences shown of one output."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """What one command printed, or one file it wrote; ``style`` is json, csv or html, ``said`` its standard error."""

    style: str
    text: str
    code: int = 0
    said: str = ""


@dataclass(kw_only=True)
class Comparison:
    """Of one output: how many values both trees gave, and what differs, path by path."""

    name: str
    values: int = 0
    differences: dict[str, str] = field(default_factory=dict)
    expected: int = 0
    remark: str = ""


def readme_commands(tree: Path) -> list[str]:
    """Every ``effbench`` command of the README's blocks, without comments and pipes."""
    blocks = BLOCK.findall((tree / "README.md").read_text(encoding="utf-8"))
    return list(dict.fromkeys(found["words"].strip() for block in blocks for found in COMMAND.finditer(block)))


def named(command: str, rules: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
    """The first rule whose pattern the command fits."""
    return next((rule for rule in rules if fnmatchcase(command, rule["command"])), None)


def in_style(command: str, style: str) -> list[str]:
    """The words of the command with ``--format`` set; the report has no formats."""
    words = shlex.split(command)
    if words[0] == "report":
        return words
    if "--format" in words:
        at = words.index("--format")
        del words[at : at + 2]
    return [*words, "--format", style]


def collect(tree: Path, commands: Mapping[str, Sequence[str]], folder: Path) -> dict[str, Output]:
    """Run the commands in a process of the tree's own.

    Raises:
        SystemExit: the process itself failed.
    """
    reader = folder / "reader"
    for name in RECORDS:
        shutil.copytree(tree / name, reader / name, ignore=shutil.ignore_patterns("*.svg", "*.png"))
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "EFFBENCH_CACHE": str(folder / "cache"),
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
    }
    made = folder / "outputs.json"
    child = [sys.executable, "-P", str(HERE), "--collect", str(tree), str(made)]
    ran = subprocess.run(child, cwd=reader, env=environment, input=json.dumps(commands), text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{tree} could not be run: exit code {ran.returncode}")
    return {name: Output(**one) for name, one in json.loads(made.read_text(encoding="utf-8")).items()}


def collect_here(tree: Path, commands: Mapping[str, Sequence[str]], made: Path) -> None:
    """In the tree's process: run every command in its formats, and keep what it prints and writes."""
    import effbench
    from effbench.cli import main

    if not Path(effbench.__file__).is_relative_to(tree):
        raise SystemExit(f"{effbench.__file__} is not in {tree}")
    outputs: dict[str, Output] = {}
    for command, styles in commands.items():
        for style in styles:
            words, before = in_style(command, style), files()
            printed, said = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
                code = main(words)
            name = shlex.join(words)
            outputs[name] = Output(style=style, text=printed.getvalue(), code=code, said=said.getvalue().strip())
            outputs |= {f"{name}: {path}": one for path, one in written(before)}
    made.write_text(json.dumps({name: asdict(one) for name, one in outputs.items()}), encoding="utf-8")


def files() -> dict[Path, int]:
    """Files below the working folder -> when they were written."""
    return {path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.is_file()}


def written(before: Mapping[Path, int]) -> Iterator[tuple[Path, Output]]:
    """Files with numbers that have been written since."""
    for path in sorted(at for at, when in files().items() if before.get(at) != when):
        if path.suffix in (".csv", ".json", ".html"):
            yield path, Output(style=path.suffix[1:], text=path.read_text(encoding="utf-8"))


def values(output: Output) -> dict[str, str]:
    """Path -> value, as it is written: of JSON, of a CSV file by row and column, of a page its data."""
    if not output.text:
        return {}
    if output.style == "csv":
        head, *rows = csv.reader(io.StringIO(output.text))
        return {f"{i}.{name}": cell for i, row in enumerate(rows) for name, cell in zip(head, row, strict=True)}
    data = PAGE_DATA.search(output.text) if output.style == "html" else None
    if output.style == "json" or data:
        text = data[1] if data else output.text
        return dict(leaves(json.loads(text, parse_float=Number, parse_int=Number), ""))
    return {}


class Number(str):
    """A number of a JSON file, with the digits it has there."""


def leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every value below, with its path; empty lists and objects are values."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for i, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{i}" if path else str(i))
    else:
        yield path, str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def compared(name: str, old: Output | None, new: Output | None, rules: Rules) -> Comparison:
    """Every difference between the outputs, those that are expected counted apart."""
    if old is None or new is None:
        found = Comparison(name=name, differences={"": "only in the " + ("new tree" if old is None else "old tree")})
    elif old.code and not new.code:
        found = Comparison(name=name, remark="not compared: the old tree refuses it")
    elif old.code != new.code:
        found = Comparison(name=name, differences={"": f"exit code {old.code} -> {new.code}: {new.said}"})
    elif old.code and not old.text:
        found = Comparison(name=name, remark=f"not compared: exit code {old.code} in both trees")
    else:
        found = of_values(name, values(old), values(new))
    for path in list(found.differences):
        reason = expected(name, path, rules)
        if reason is not None:
            del found.differences[path]
            found.expected += 1
            found.remark = reason
    return found


def of_values(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Comparison:
    """Paths whose values differ or that one tree alone has; another order of the same paths is a remark."""
    differences = {
        path: f"{old.get(path, 'absent')} -> {new.get(path, 'absent')}"
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path)
    }
    reordered = not differences and list(old) != list(new)
    return Comparison(
        name=name,
        values=len(old.keys() & new.keys()),
        differences=differences,
        remark="keys in another order" if reordered else "",
    )


def expected(name: str, path: str, rules: Rules) -> str | None:
    """The reason that ``same_numbers.toml`` gives for a difference at this value; None if it gives none."""
    found = (r for r in rules["expected"] if fnmatchcase(name, r["output"]) and fnmatchcase(path, r["path"]))
    return next((rule["reason"] for rule in found), None)


def shown(found: Sequence[Comparison]) -> Iterator[str]:
    """The table, then the differences."""
    yield f"{'values':>8} {'differ':>7} {'expected':>9}  output"
    for one in (one for one in found if one.values or one.differences or one.expected or one.remark):
        yield f"{one.values:>8} {len(one.differences):>7} {one.expected:>9}  {one.name}  {one.remark}".rstrip()
    for one in found:
        if one.differences:
            yield f"\n{one.name}"
            yield from (f"  {path}: {what[:200]}" for path, what in [*one.differences.items()][:SHOWN])
            if len(one.differences) > SHOWN:
                yield f"  … and {len(one.differences) - SHOWN} more"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, metavar="OLD_TREE")
    parser.add_argument("new", type=Path, metavar="NEW_TREE", nargs="?", default=HERE.parent.parent)
    parser.add_argument("--collect", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.collect:
        collect_here(args.old, json.load(sys.stdin), args.new)
        return 0
    rules = tomllib.loads(RULES.read_text(encoding="utf-8"))
    every = list(dict.fromkeys((*readme_commands(args.old), *(rule["command"] for rule in rules["besides"]))))
    left_out = {command: rule["reason"] for command in every if (rule := named(command, rules["not_compared"]))}
    commands = {
        command: ("json",) if named(command, rules["once"]) else ("json", "csv")
        for command in every
        if command not in left_out
    }
    outputs = []
    for tree in (args.old.resolve(), args.new.resolve()):
        print(f"running {len(commands)} commands of {tree}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            outputs.append(collect(tree, commands, Path(folder)))
    old, new = outputs
    found = [compared(name, old.get(name), new.get(name), rules) for name in dict.fromkeys((*old, *new))]
    print("\n".join(shown(found)))
    print("\nnot compared:", *(f"  {command}: {reason}" for command, reason in left_out.items()), sep="\n")
    different = sum(len(one.differences) for one in found)
    print(f"\n{sum(one.values for one in found)} values compared, {different} unexpected differences")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
