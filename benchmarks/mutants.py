"""Errors drawn into the package by a seed, one at a time, in a copy: do the tests of that module find each?

``python benchmarks/mutants.py --out FILE [--mutants N] [--seed S] [--rooms ROOM …]``. FILE.jsonl gets a line for each
error; the same command goes on where one was stopped, and asks again about those that no test has found. FILE.md sums
them up. Those that change nothing a test could see are named, with the reason, in ``mutated/equivalent.toml``, and
asked once.
Exit code 1: fewer than 95 % are found, more than 5 % are named there, or another is left.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import json
import os
import shutil
import sys
import tempfile
import tomllib
from itertools import groupby
from pathlib import Path
from typing import Any

from mutated.covering import files_for
from mutated.errors import Mutant, drawn, named
from mutated.forked import Tests

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("cost", "early_exit", "gate", "stats", "claims", "files")
HEAVY = ("torch", "torchvision", "timm", "scipy.stats", "numpy", "sympy")
"""Imported once, before the forks."""

LEAST, EQUIVALENT = 0.95, 0.05
LEFT_OUT = (".git", "__pycache__", ".*_cache", ".hypothesis", "runs", "site", ".said")


def main() -> int:
    """The campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", nargs="+", default=ROOMS, choices=ROOMS)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    args = parser.parse_args()
    if args.root == ROOT:
        for module in HEAVY:
            __import__(module)
    named_ones = [*named(args.root)] if args.root == ROOT else []
    errors = [*named_ones, *drawn(tuple(args.rooms), args.mutants, args.seed, args.root)]
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary).resolve() / "copy"
        shutil.copytree(args.root, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        compileall.compile_dir(copy / "effbench", quiet=2)  # once, and not in every fork
        rows = _tried(errors, Tests(copy), args)
        blamed = sorted({row["by"] for row in rows if "::" in row["by"]})
        for _, some in groupby(blamed, key=lambda test: test.split("/")[1]):
            if not (ran := Tests(copy).run([*some])).passed:
                raise RuntimeError(f"{ran.by} fails without an error of ours")
    rows = [{"drawn": number >= len(named_ones), **row} for number, row in enumerate(rows)]
    args.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    text, good = summary(rows, args.seed)
    args.out.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    return 0 if good else 1


def _tried(errors: list[Mutant], tests: Tests, args: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each error; what an earlier run found is not asked again, nor what is named as changing nothing."""
    reasons = _reasons()
    known = {row["sha256"]: row for row in _rows(args.out) if row["found"] or _key(row) in reasons}
    rows = []
    for number, error in enumerate(errors):
        digest = hashlib.sha256(f"{error.file}\n{error.text}".encode()).hexdigest()[:16]
        row = known.get(digest)
        if row is None:
            ran = tests.with_error(error.file, error.text, files_for(error.file, tests.root))
            row = {"sha256": digest, **{name: value for name, value in error._asdict().items() if name != "text"}}
            row |= {"found": not ran.passed, "by": ran.by, "seconds": ran.seconds}
            print(number, "found" if row["found"] else "ALIVE", row, flush=True)
            with args.out.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
        row["line"] = error.line  # which other changes of the file may have moved
        rows.append(row)
    return rows


def _reasons() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "mutated" / "equivalent.toml").read_text(encoding="utf-8"))


def _key(row: dict[str, Any]) -> str:
    return f"{row['file']}, {row['inside']}: {row['was']} -> {row['now']}"


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def summary(rows: list[dict[str, Any]], seed: int) -> tuple[str, bool]:
    """In Markdown, and whether enough are found."""
    reasons = _reasons()
    of_draw = [row for row in rows if row["drawn"]]
    alive = [row for row in rows if not row["found"]]
    same = [row for row in alive if _key(row) in reasons]
    left = [row for row in alive if _key(row) not in reasons]
    found = sum(row["found"] for row in of_draw)
    good = found >= LEAST * len(of_draw) and len(same) <= EQUIVALENT * len(of_draw) and not left
    rooms = sorted({Path(row["file"]).parts[1] for row in of_draw})
    lines = [
        "# Errors that the tests find\n",
        f"`nox -s mutants`: {len(of_draw)} errors drawn by seed {seed}, {found} found, {len(same)} change nothing that "
        f"a test could see, {len(left)} left. Beside them {len(rows) - len(of_draw)} that tests once missed, "
        f"{sum(row['found'] for row in rows if not row['drawn'])} found.\n",
        "| room | errors | found |\n| :-- | --: | --: |",
    ]
    for room in rooms:
        here = [row["found"] for row in of_draw if Path(row["file"]).parts[1] == room]
        lines.append(f"| {room} | {len(here)} | {sum(here)} |")
    for title, some in (("Change nothing", same), ("Left", left)):
        if some:
            lines.append(f"\n## {title}\n")
        for row in some:
            why = f": {reasons[_key(row)]}" if _key(row) in reasons else ""
            lines.append(f"- `{row['file']}:{row['line']}`, `{row['was']}` became `{row['now']}`{why}")
    return "\n".join(lines) + "\n", good


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
