"""Model name -> specification and cost. Model files register themselves; nothing here imports torch."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TypeVar, cast

from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models import plugins
from effbench.models.arguments import with_arguments
from effbench.models.inputs import Input, Side, sides_of
from effbench.models.member import network_of, only_network, own_networks, parts
from effbench.models.model import Entry, Family, Model
from effbench.models.nearby import nearby
from effbench.models.spec import Spec

__all__ = ["Entry", "Family", "Model", "entries", "named_models", "register", "register_prefix", "resolve"]

S = TypeVar("S", bound=Spec)

FAMILIES = "effbench.models.families"
"""The package with a file per family."""

_entries: dict[str, Entry] = {}
_prefixes: dict[str, tuple[Callable[[str], Entry], Callable[[bool], Sequence[str]]]] = {}


def register(
    family: Family[S],
    variants: Mapping[str, S],
    *,
    papers: Sequence[str] = (),
    examples: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Add the models of one file; a name that is taken raises.

    The same call once more, as of a reloaded module or of a cell of a notebook, changed or not, takes its own place.
    """
    caller = sys._getframe(1)
    by = caller.f_globals.get("__name__", "")  # says whose code it is, whatever wraps ``build``
    at = by if by == "__main__" else f"{by} {caller.f_code.co_filename}:{caller.f_lineno}"
    for name, spec in variants.items():
        if name in _entries and _entries[name].registered_at != at:
            raise EffbenchError(f"model {name!r} is registered twice")
        named = tuple((examples or {}).get(name, ()))
        kind = cast(Family[Spec], family)  # an entry holds the two together
        _entries[name] = Entry(
            name=name,
            family=kind,
            spec=spec,
            papers=tuple(papers),
            examples=named,
            registered_by=by,
            registered_at=at,
        )


def register_prefix(
    prefix: str, entry_of: Callable[[str], Entry], names: Callable[[bool], Sequence[str]] = lambda tagged: ()
) -> None:
    """Names that are written ``prefix/NAME`` are those of ``entry_of(NAME)``; ``names``: those known, or with tags."""
    _prefixes[prefix] = entry_of, names


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


def resolve(name: str, size: Side | None = None, inputs: Sequence[Input] = ()) -> Model:
    """The model of that name.

    Args:
        name: ``NAME``, ``NAME:arguments``, ``timm/NAME``, ``FILE.py``, ``FILE.py:NAME,arguments`` or
            ``package.module:factory,arguments``.
        size: sides of its images (None: its own); the variant must exist at this size.
        inputs: what its network is called with, where that is not one image of three channels.

    Raises:
        UnknownName: no such model or option. SpecError: arguments no network can have. EffbenchError: code that cannot
            be read. CodeRefused: code that nobody has allowed to run, see ``models.plugins``.
    """
    if plugins.is_onnx(name):
        raise SpecError(f"{name} is an ONNX file: effbench count and formula take it, other commands do not")
    if size is not None and inputs:
        raise SpecError("a size and inputs exclude one another: the sides of an image are part of its input")
    found = _found(name)
    wanted = found.at_size(size if size is not None else sides_of(inputs))
    return replace(wanted, inputs=tuple(inputs)) if inputs else wanted


def _found(name: str) -> Model:
    """The model of that name at its own size, which need not exist there."""
    prefix, slash, rest = name.partition("/")
    in_file, in_module = plugins.file_of(name), plugins.module_of(name)
    if slash and not in_file and entries() and prefix in _prefixes:
        try:
            entry = _prefixes[prefix][0](rest)
        except UnknownName:
            raise _unknown(name) from None
        return Model(name=name, entry=entry, spec=entry.spec)
    if in_file:
        plugins.require_allowed(name)
        found = _in_file(name, *in_file)
        if isinstance(found, Model):
            return found
        name = found
    elif in_module and not _is_registered(in_module[0]) and _may_be_module(in_module[0], name):
        plugins.require_allowed(name)
        return _in_module(name, *in_module)
    base, colon, arguments = name.partition(":")
    entry = _entry(base, name)
    if entry.needs_argument and not arguments.strip():
        example = f", e.g. {base}:{entry.examples[0]}" if entry.examples else ""
        raise SpecError(f"{base} needs {entry.spec.positional} after a colon{example}")
    if colon and not arguments.strip():
        raise SpecError(f"{name}: nothing after the colon")
    try:
        spec = with_arguments(entry.spec, base, arguments) if arguments else entry.spec
    except SpecError as error:
        raise SpecError(f"{name}: {error}") if not str(error).startswith(base) else error from None
    return Model(name=name, entry=entry, spec=spec)


def require_known(name: str) -> None:
    """Raise UnknownName or SpecError for a name that ``resolve`` refuses; files and modules are taken as given."""
    in_module = plugins.module_of(name)
    if not plugins.file_of(name) and not (in_module and not _is_registered(in_module[0])):
        resolve(name)


def require_runnable(name: str) -> None:
    """Raise CodeRefused if the name is one of code that nobody has allowed to run; a registered family is no code."""
    in_module = plugins.module_of(name)
    if not in_module or not _is_registered(in_module[0]):
        plugins.require_allowed(name)


def _is_registered(base: str) -> bool:
    """Whether a family has that name; its arguments follow a colon, too."""
    try:
        _entry(base, base)
    except UnknownName:
        return False
    return True


def _may_be_module(module: str, name: str) -> bool:
    """Whether a name that no family has is that of a module; nothing is imported to find out."""
    top = module.partition(".")[0]
    return "." in module or (plugins.is_allowed(name) and plugins.is_importable(top))


def _in_module(name: str, module: str, target: str) -> Model:
    """What ``package.module:factory,arguments`` names."""
    path, _, arguments = target.partition(",")
    return network_of(name, plugins.run_module(module), path, arguments)


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
        raise _unknown(name)
    return known[base]


def _unknown(name: str) -> UnknownName:
    """No family, file or prefix has that model."""
    prefixed = {prefix: names(False) for prefix, (_, names) in _prefixes.items()}
    near = nearby(name, list(entries()), prefixed)
    return UnknownName("model", name, entries(), hint="(all: effbench list)", near=near)


@cache
def _run_once(path: Path) -> tuple[ModuleType, tuple[str, ...]]:
    """A user's file, which is run once, and the names of models that it registers."""
    before = set(entries())
    module = plugins.run_file(path)
    return module, tuple(name for name in entries() if name not in before)


def _in_file(name: str, path: Path, wanted: str) -> str | Model:
    """The registered name, arguments kept, or the network of code, meant by ``FILE.py`` or ``FILE.py:WANTED``."""
    module, names = _run_once(path)
    base, joint, arguments = parts(wanted)
    if base in names:
        return f"{base}:{arguments}" if joint else base
    if base:
        if not hasattr(module, base.partition(".")[0]):
            raise UnknownName(f"model of {path}", base, [*names, *own_networks(module)])
        return network_of(name, module, base, arguments)
    if len(names) > 1:
        raise EffbenchError(f"{path} registers several models; write {path}:NAME with one of {', '.join(names)}")
    if names:
        return f"{names[0]}:{arguments}" if arguments else names[0]
    return network_of(name, module, only_network(path, module), arguments)


def named_models(selected: Iterable[Entry] | None = None) -> list[str]:
    """Every model that has a full name: plain ones, and parametric ones with the arguments the papers use."""
    names = []
    for entry in entries().values() if selected is None else selected:
        names += [] if entry.needs_argument else [entry.name]
        names += [f"{entry.name}:{arguments}" for arguments in entry.examples]
    return names


def every_name(tagged: bool = False) -> list[str]:
    """Those of ``named_models``, then those with a prefix, where they are known; ``tagged``: their tags included."""
    own = named_models()  # the files of families declare the prefixes
    return [*own, *(f"{prefix}/{name}" for prefix, (_, names) in _prefixes.items() for name in names(tagged))]
