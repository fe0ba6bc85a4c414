"""Model name -> specification and cost. Model files register themselves; nothing here imports torch."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models import plugins
from effbench.models.arguments import with_arguments
from effbench.models.model import Entry, Family, Model
from effbench.models.spec import Spec

__all__ = ["Entry", "Family", "Model", "entries", "named_models", "register", "register_prefix", "resolve"]

S = TypeVar("S", bound=Spec)

FAMILIES = "effbench.models.families"
"""The package with a file per family."""

_entries: dict[str, Entry] = {}
_prefixes: dict[str, Callable[[str], Entry]] = {}


def register(
    family: Family[S],
    variants: Mapping[str, S],
    *,
    papers: Sequence[str] = (),
    examples: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Add the models of one file; a name that is taken raises."""
    by = sys._getframe(1).f_globals.get("__name__", "")  # says whose code it is, whatever wraps ``build``
    for name, spec in variants.items():
        if name in _entries:
            raise EffbenchError(f"model {name!r} is registered twice")
        named = tuple((examples or {}).get(name, ()))
        kind = cast(Family[Spec], family)  # an entry holds the two together
        _entries[name] = Entry(
            name=name, family=kind, spec=spec, papers=tuple(papers), examples=named, registered_by=by
        )


def register_prefix(prefix: str, entry_of: Callable[[str], Entry]) -> None:
    """Names that are written ``prefix/NAME`` are those of ``entry_of(NAME)``."""
    _prefixes[prefix] = entry_of


@cache
def entries() -> dict[str, Entry]:
    """Every registered name, in the order of the model files."""
    order = [f"{FAMILIES}.{name}" for name in _model_files()]
    for name in order:
        importlib.import_module(name)

    def place(item: tuple[str, Entry]) -> int:
        """Of the file, whatever was imported before it."""
        file = ".".join(item[1].registered_by.split(".")[:4])
        return order.index(file) if file in order else len(order)

    ordered = sorted(_entries.items(), key=place)
    _entries.clear()
    _entries.update(ordered)
    return _entries


def resolve(name: str) -> Model:
    """The model of that name: ``NAME``, ``NAME:arguments``, ``timm/NAME``, ``FILE.py`` or ``FILE.py:NAME``.

    Raises:
        UnknownName: no such model or option. SpecError: arguments no network can have. EffbenchError: a model file that
            cannot be read. CodeRefused: one that nobody has allowed to run, see ``models.plugins``.
    """
    prefix, slash, rest = name.partition("/")
    in_file = plugins.file_of(name)
    if slash and not in_file and entries() and prefix in _prefixes:
        entry = _prefixes[prefix](rest)
        entry.spec.validate()
        return Model(name=name, entry=entry, spec=entry.spec)
    if in_file:
        plugins.require_allowed(name)
        name = _name_in_file(*in_file)
    base, colon, arguments = name.partition(":")
    entry = _entry(base, name)
    if entry.needs_argument and not arguments.strip():
        example = f", e.g. {base}:{entry.examples[0]}" if entry.examples else ""
        raise SpecError(f"{base} needs {entry.spec.positional} after a colon{example}")
    if colon and not arguments.strip():
        raise SpecError(f"{name}: nothing after the colon")
    try:
        spec = with_arguments(entry.spec, base, arguments) if arguments else entry.spec
        spec.validate()
    except SpecError as error:
        raise SpecError(f"{name}: {error}") if not str(error).startswith(base) else error from None
    return Model(name=name, entry=entry, spec=spec)


@cache
def _model_files() -> tuple[str, ...]:
    """Names of the files and folders in ``families``, in alphabetical order."""
    found = (path.stem for path in (Path(__file__).parent / "families").iterdir())
    return tuple(sorted(name for name in found if not name.startswith("_")))


def _entry(base: str, name: str) -> Entry:
    """The registered name, of this package or of an installed one that declares ``effbench.models``.

    Most names begin as their file is called: that file is tried before all are imported.
    """
    likely = max((file for file in _model_files() if base.startswith(file)), key=len, default=None)
    if likely is not None:
        importlib.import_module(f"{FAMILIES}.{likely}")
    if base in _entries:
        return _entries[base]
    known = entries()
    if base not in known:
        plugins.load_installed()
    if base not in known:
        raise UnknownName("model", name, known, hint="(all: effbench list)")
    return known[base]


@cache
def _names_in(path: Path) -> tuple[str, ...]:
    """The names that a user's model file registers when it is run, which is once."""
    before = set(entries())
    plugins.run_file(path)
    names = tuple(name for name in entries() if name not in before)
    if not names:
        raise EffbenchError(f"{path} registers no model: call effbench.models.registry.register in it")
    return names


def _name_in_file(path: Path, wanted: str) -> str:
    """The name meant by ``FILE.py`` (the only one in it) or ``FILE.py:NAME``, arguments kept."""
    names = _names_in(path)
    if wanted:
        if wanted.partition(":")[0] not in names:
            raise UnknownName(f"model of {path}", wanted, names)
        return wanted
    if len(names) > 1:
        raise EffbenchError(f"{path} registers several models; write {path}:NAME with one of {', '.join(names)}")
    return names[0]


def named_models(selected: Iterable[Entry] | None = None) -> list[str]:
    """Every model that has a full name: plain ones, and parametric ones with the arguments the papers use."""
    names = []
    for entry in entries().values() if selected is None else selected:
        names += [] if entry.needs_argument else [entry.name]
        names += [f"{entry.name}:{arguments}" for arguments in entry.examples]
    return names
