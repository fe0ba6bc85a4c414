"""Papers read from TOML files: those of this folder and those a user names. README.md beside this file says how."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from effbench.claims.orderings import Ordering, problem
from effbench.claims.paper import Claim, Layout, Paper, Shape, SpeedTest, Statement
from effbench.claims.shapes import problem as shape_problem
from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.files.toml import read_toml
from effbench.files.typed import typed
from effbench.models.registry import resolve

FOLDER = Path(__file__).parent

SECTIONS = ("paper", "claim", "table", "speed", "statement", "ordering", "shape")
"""Tables of a paper's file; all but the first may be there many times."""

CONTENT = ("claims", "tables", "speed", "statements", "orderings", "shapes")
"""Fields of a paper that the other tables fill."""

_KEY = re.compile(r"\w[\w.-]*")
"""Of a paper and of a table: files are named after it."""

_NUMBER = re.compile(r"\d+(\.\d+)?")

T = TypeVar("T")


@cache
def paper(key: str) -> Paper:
    """The paper of the package with that key; UnknownName if there is none."""
    known = {path.stem: path for path in FOLDER.glob("*.toml")}
    if key not in known:
        raise UnknownName("paper", key, known)
    return read_paper(known[key], f"effbench/claims/{key}.toml", given=False)


def papers(given: Iterable[Path] = ()) -> tuple[Paper, ...]:
    """Every paper of the package, in the order that the files give themselves, then those that a user gives.

    Args:
        given: files, and folders of ``.toml`` files.

    Raises:
        EffbenchError: a mistake in a file, no paper in a folder, or two papers or tables of one name.
    """
    return _different([*_shipped(), *papers_in(given)])


def papers_in(paths: Iterable[Path]) -> tuple[Paper, ...]:
    """A user's papers alone; paths and errors as in ``papers``."""
    return _different([read_paper(file, str(file), given=True) for path in paths for file in _files(path)])


@cache
def _shipped() -> tuple[Paper, ...]:
    found = [paper(path.stem) for path in FOLDER.glob("*.toml")]
    return tuple(sorted(found, key=lambda about: (about.order is None, about.order, about.key)))


def _different(found: Sequence[Paper]) -> tuple[Paper, ...]:
    """The papers, if no two of them and no two of their tables have the same name."""
    _once([(f"paper {about.key!r}", about.file) for about in found])
    _once([(f"table {table.key!r}", about.file) for about in found for table in about.tables])
    return tuple(found)


def _once(names: Sequence[tuple[str, str]]) -> None:
    for name, count in Counter(name for name, _ in names).items():
        if count > 1:
            files = [file for other, file in names if other == name]
            raise EffbenchError(f"{name} is there twice: in {' and in '.join(dict.fromkeys(files))}")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.toml"))
    if not found:
        raise EffbenchError(f"no paper in {path}: the folder holds no .toml file")
    return found


def read_paper(path: Path, file: str, *, given: bool) -> Paper:
    """The paper in a file.

    Args:
        file: what the file is called in errors and traces. given: whether a user gave it: its models are checked, too.

    Raises:
        EffbenchError: the file cannot be read, or there is a mistake in it.
    """
    found = dataclasses.replace(parse_paper(read_toml(path, "paper"), file), given=given)
    if given:
        for where, name in _models(found):
            _require_model(where, name)
    return found


def parse_paper(data: Mapping[str, object], file: str) -> Paper:
    """A file's content as a Paper; every mistake in it is an error that names the file and the place."""
    for section in data:
        if section not in SECTIONS:
            raise UnknownName(f"table of {file}", section, SECTIONS)
    table, place = data.get("paper", {}), f"[paper] in {file}"
    about = typed(Paper, table, place, f"{place}: ", file=file, given=False, **dict.fromkeys(CONTENT, ()))
    key = {"paper": about.key}
    found = dataclasses.replace(
        about,
        claims=_rows(Claim, data, "claim", "id", file, **key),
        tables=_rows(Layout, data, "table", "key", file, **key),
        speed=_rows(SpeedTest, data, "speed", "claim", file),
        statements=_rows(Statement, data, "statement", "claim", file),
        orderings=_rows(Ordering, data, "ordering", "id", file, **key),
        shapes=_rows(Shape, data, "shape", "id", file),
    )
    for place, mistake in _mistakes(found):
        raise SpecError(f"{place} in {file}: {mistake}")
    return found


def _rows(kind: type[T], data: Mapping[str, object], section: str, id: str, file: str, **given: str) -> tuple[T, ...]:
    """The rows of a section; each has a name of its own, in the field ``id``."""
    rows = data.get(section, [])
    if not isinstance(rows, list):
        raise SpecError(f"{section} in {file} must be written as [[{section}]]")
    found: dict[str, T] = {}
    for row in rows:
        name = row.get(id) if isinstance(row, Mapping) else None
        place = f"{section} {name!r}"
        if name in found:
            raise SpecError(f"{place} stands twice in {file}")
        found[str(name)] = typed(kind, row, f"{place} in {file}", f"{place} in {file}: ", **given)
    return tuple(found.values())


def _mistakes(about: Paper) -> Iterator[tuple[str, str]]:
    """(place, what cannot be) of everything in the file that no type says."""
    claims = {claim.id: claim for claim in about.claims}
    for key in (about.key, *(table.key for table in about.tables)):
        if not _KEY.fullmatch(key):
            yield f"key {key!r}", "may hold letters, digits, dots, - and _, and begins with a letter or digit"
    for claim in about.claims:
        yield from ((f"claim {claim.id!r}", mistake) for mistake in _of_claim(claim, claims))
    for table in about.tables:
        yield from ((f"table {table.key!r}", mistake) for mistake in _of_table(table, about.claims))
    for test in about.speed:
        yield from ((f"speed {test.claim!r}", f"no claim {id!r}") for id in test.ids if id not in claims)
    yield from _of_statements(about, claims)
    for ordering in about.orderings:
        yield from ((f"ordering {ordering.id!r}", mistake) for mistake in (problem(ordering),) if mistake)
    for shape in about.shapes:
        yield from ((f"shape {shape.id!r}", mistake) for mistake in (shape_problem(shape),) if mistake)


def _of_statements(about: Paper, claims: Mapping[str, Claim]) -> Iterator[tuple[str, str]]:
    for one in about.statements:
        told = claims.get(one.claim)
        if told is None or told.printed or told.relation or told.model:
            yield f"statement {one.claim!r}", "no claim in words has that id"
        if not (one.parts or one.against or one.quantity != "flops") or len(one.against) not in (0, len(one.models)):
            yield f"statement {one.claim!r}", "needs parts, or against with a model for each of models"
        if one.parts and one.quantity != "flops":
            yield f"statement {one.claim!r}", "parts go with the quantity flops"
        if one.whole and (one.against or not one.parts):
            yield f"statement {one.claim!r}", "whole goes with parts, and not with against"


def _of_claim(claim: Claim, claims: Mapping[str, Claim]) -> Iterator[str]:
    sides = [name for name in ("of", "against", "of_model", "against_model") if getattr(claim, name) is not None]
    for id in (claim.of, claim.against):
        if id is not None and id not in claims:
            yield "of or against names no claim"
        elif id is not None and not _is_number(claims[id]):
            yield f"{id!r} prints no number to compare with"
    if sides not in ([["of", "against"], ["of_model", "against_model"]] if claim.relation else [[]]):
        yield f"relation {claim.relation!r} goes with of and against, or with of_model and against_model"
    in_words = not claim.printed and claim.relation is None and claim.model is None  # shown, not checked
    if claim.part and claim.of_model is None:
        yield "part goes with of_model and against_model"
    if not (claim.relation in ("greater", "similar") or in_words or _is_number(claim)):
        yield f"printed {claim.printed!r} is not a number"
    if bool(claim.later) != bool(claim.later_in) or (claim.later and not _NUMBER.fullmatch(claim.later)):
        yield f"later {claim.later!r} must be a number, and goes with later_in"
    if claim.size is not None and claim.size < 1:
        yield f"size must be 1 or more, got {claim.size}"


def _is_number(claim: Claim) -> bool:
    return _NUMBER.fullmatch(claim.digits) is not None


def _of_table(table: Layout, claims: Iterable[Claim]) -> Iterator[str]:
    columns = dict.fromkeys(claim.column for claim in claims if claim.where == table.where)
    if not columns:
        yield f"no claim stands in {table.where!r}"
    for column in columns:
        if column not in table.columns:
            yield f"no column {column!r}, in which a claim stands"
    if not table.labels:
        yield "labels must name a column or more"


def _models(about: Paper) -> Iterator[tuple[str, str]]:
    """(place, name) of every model that the paper's file names."""
    for claim in about.claims:
        for name in (claim.model, claim.of_model, claim.against_model):
            if name is not None:
                yield f"claim {claim.id!r} in {about.file}", name
    for test in about.speed:
        yield from ((f"speed {test.claim!r} in {about.file}", name) for name in (test.model, test.against))
    for one in about.statements:
        yield from ((f"statement {one.claim!r} in {about.file}", name) for name in (*one.models, *one.against))


def _require_model(where: str, name: str) -> None:
    try:
        resolve(name)
    except EffbenchError as error:
        raise SpecError(f"{where}: {error}") from None
