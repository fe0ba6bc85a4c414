"""Errors drawn into files by a seed: a comparison, an operator, a constant or a truth is turned around.

What only declares (decorators, annotations) is left alone. Each draw has a generator of its own, so a change of one
file leaves the draws from the others as they were.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

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
DECLARED = ("decorator_list", "annotation", "returns")

NAMED = (
    ("effbench/early_exit/guarantee.py", "delta / len(vectors)", "delta"),
    ("effbench/gate/baseline.py", "< LEAST:", "< LEAST - 1:"),
    ("effbench/gate/pairs.py", "play(seats, 1 + rounds, order)[1:]", "play(seats, 1 + rounds, order)[:-1]"),
    ("effbench/files/journal.py", "locks.take(stream.fileno())", "pass"),
    ("effbench/files/journal.py", "os.fsync(stream.fileno())", "pass"),
    ("effbench/files/locks.py", "fcntl.flock(handle, fcntl.LOCK_EX)", "pass"),
    ("effbench/files/atomic.py", "os.fsync(handle)", "pass"),
)
"""Errors that tests once missed: file, what stands there, what takes its place."""


class Mutant(NamedTuple):
    """An error.

    Attributes:
        file: below the root. line: it is in. inside: qualified name of the function it is in; empty outside of any.
        was, now: the expression. text: of the file with it.
    """

    file: str
    line: int
    inside: str
    was: str
    now: str
    text: str


class Place(NamedTuple):
    """An expression that can be turned, and the function it is in."""

    node: ast.expr
    inside: str


def drawn(rooms: tuple[str, ...], count: int, seed: int, root: Path) -> list[Mutant]:
    """As many different ones: first a file of these rooms of the package, then an error in it."""
    files = [file for room in rooms for file in sorted((root / "effbench" / room).rglob("*.py"))]
    found: dict[tuple[str, str], Mutant] = {}
    number = 0
    while len(found) < count:
        draw = Random(f"{seed} {number}")
        number += 1
        file = draw.choice(files)
        if there := len(places(ast.parse(file.read_text(encoding="utf-8")))):
            one = mutant(file, draw.randrange(there), root)
            found[one.file, one.text] = one
    return list(found.values())


def mutant(file: Path, number: int, root: Path) -> Mutant:
    """The file with its place of that number turned."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node, inside = places(tree)[number]
    was = ast.unparse(node)
    turn(node)
    name = file.relative_to(root).as_posix()
    return Mutant(name, node.lineno, inside, was, ast.unparse(node), ast.unparse(tree))


def named(root: Path) -> Iterator[Mutant]:
    """NAMED, each where it stands first.

    Raises:
        ValueError: what one changes is not there.
    """
    for file, was, now in NAMED:
        text = (root / file).read_text(encoding="utf-8")
        line = text[: text.index(was)].count("\n") + 1
        around = (place.inside for place in places(ast.parse(text)) if place.node.lineno <= line)
        yield Mutant(file, line, list(around)[-1], was, now, text.replace(was, now, 1))


def places(tree: ast.AST, inside: str = "", *, closed: bool = False) -> list[Place]:
    """All, in the order of the text; ``closed``: what is defined in a function counts as that function."""
    found = []
    for field, value in ast.iter_fields(tree):
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and field not in DECLARED:
                if isinstance(node, ast.expr) and can_turn(node):
                    found.append(Place(node, inside))
                name = inside
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not closed:
                    name = f"{inside}.{node.name}".strip(".")
                found += places(node, name, closed=closed or isinstance(node, ast.FunctionDef))
    return found


def can_turn(node: ast.expr) -> bool:
    """Whether ``turn`` has something to change."""
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return type(node.op) in TURNED
    if isinstance(node, ast.Compare):
        return type(node.ops[0]) in TURNED
    return isinstance(node, ast.Constant) and type(node.value) in (int, float, bool)


def turn(node: ast.expr) -> None:
    """Change the expression in place."""
    if isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = TURNED[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Compare):
        node.ops[0] = TURNED[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
