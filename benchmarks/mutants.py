"""Errors drawn into the package by a seed, one at a time, in a copy: do the tests of that room find each?

``python benchmarks/mutants.py [--mutants N] [--seed S] [--rooms ROOM …] [--out FILE]``. An error turns a comparison,
an operator, a constant or a truth around. Its tests are those of its room (``tests/ROOM``), stopped at the first that
fails. Exit code 1: fewer than 95 % are found.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("cost", "early_exit", "gate", "stats", "claims", "files")
LEAST = 0.95
LIMIT = 900.0
"""Seconds for the tests of a room; an error that makes them endless is found too."""

TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


class Mutant(NamedTuple):
    """An error: the file below the root, the line it is in, what it was, and the file's text with it."""

    file: str
    line: int
    was: str
    text: str


def mutants(file: Path, root: Path = ROOT) -> Iterator[Mutant]:
    """Every error that can be made in the file, one at a time."""
    text = file.read_text(encoding="utf-8")
    for number, node in enumerate(ast.walk(ast.parse(text))):
        changed = ast.parse(text)
        same = next(one for i, one in enumerate(ast.walk(changed)) if i == number)
        if isinstance(node, ast.expr | ast.BoolOp) and _turn(same):
            yield Mutant(str(file.relative_to(root)), node.lineno, ast.unparse(node), ast.unparse(changed))


def _turn(node: ast.AST) -> bool:
    """Change the expression; whether there was something to change."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in TURNED:
        node.op = TURNED[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
        node.ops[0] = TURNED[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    else:
        return False
    return True


def drawn(rooms: tuple[str, ...], count: int, draw: Random) -> list[Mutant]:
    """As many of a room as it has files: first a file, then an error in it."""
    files = [file for room in rooms for file in sorted((ROOT / "effbench" / room).rglob("*.py"))]
    found: dict[tuple[str, str], Mutant] = {}
    while len(found) < count:
        if there := list(mutants(draw.choice(files))):
            one = draw.choice(there)
            found[one.file, one.text] = one
    return list(found.values())


def is_found(one: Mutant, copy: Path) -> bool:
    """Whether a test of its room fails."""
    file = copy / one.file
    right = file.read_text(encoding="utf-8")
    file.write_text(one.text, encoding="utf-8")
    try:
        return not passes(Path(one.file).parts[1], copy)
    finally:
        file.write_text(right, encoding="utf-8")


def passes(room: str, copy: Path) -> bool:
    """Whether the tests of the room do, within LIMIT."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", str(copy / "tests" / room)]
    environment = {**os.environ, "PYTHONPATH": str(copy), "CI": "1"}
    try:
        ran = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return False
    return ran.returncode == 0


def main() -> int:
    """The campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", nargs="+", default=ROOMS, choices=ROOMS)
    parser.add_argument("--out", type=Path, metavar="FILE", help="a line is added to it")
    args = parser.parse_args()
    start, alive = time.monotonic(), []
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary, "copy")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "runs", "site"))
        for room in args.rooms:
            if not passes(room, copy):
                raise RuntimeError(f"tests/{room} fail without an error of ours")
        for one in drawn(tuple(args.rooms), args.mutants, Random(args.seed)):
            if not is_found(one, copy):
                alive.append(f"{one.file}:{one.line}: {one.was}")
                print(alive[-1], flush=True)
    minutes = round((time.monotonic() - start) / 60, 1)
    record = {"mutants": args.mutants, "seed": args.seed, "rooms": args.rooms, "alive": alive, "minutes": minutes}
    print(json.dumps(record))
    if args.out:
        with args.out.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")
    return 1 if len(alive) > (1 - LEAST) * args.mutants else 0


if __name__ == "__main__":
    sys.exit(main())
