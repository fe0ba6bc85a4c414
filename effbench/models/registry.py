"""Model name -> specification and cost. Model files register themselves; nothing here imports torch."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from inspect import signature
from itertools import accumulate
from pathlib import Path
from typing import Generic, TypeVar, cast

from effbench.cost.counts import OpCounts
from effbench.errors import EffbenchError, MissingExtra, SpecError, UnknownName
from effbench.models import plugins
from effbench.models.arguments import with_arguments
from effbench.models.spec import Spec

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, kw_only=True)
class Family(Generic[S]):
    """What the models of one file share.

    Attributes:
        name: the family's name, that of its file.
        source: where the architecture is described.
        cost: specification -> operation counts of one image; the fields in ``symbols`` may be arrays or symbols. None
            where there is no formula: such a model is counted from its network.
        build: specification -> the network, a torch module; imports torch when called, not before.
        symbols: name of a free quantity in closed forms -> the specification field it stands for.
        branches: specification -> counts of each part that ends in an exit, in order; None without early exits.
    """

    name: str
    source: str
    cost: Callable[[S], OpCounts] | None = None
    build: Callable[[S], object] | None = None
    symbols: Mapping[str, str] = field(default_factory=dict)
    branches: Callable[[S], list[OpCounts]] | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One registered name: a specification that arguments after a colon may change.

    Attributes:
        papers: keys of the papers (``effbench/claims``) in which the model stands.
        examples: arguments the papers name, e.g. ``("1-3",)`` for ``ravit_cifar10:1-3``.
    """

    name: str
    family: Family[Spec]
    spec: Spec
    papers: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def needs_argument(self) -> bool:
        """Whether the plain name is no model yet."""
        positional = self.spec.positional
        return positional is not None and not getattr(self.spec, positional)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A name, resolved."""

    name: str
    entry: Entry
    spec: Spec

    def at_size(self, image_size: int | None) -> Model:
        """The same model for images of that side (None: as registered)."""
        if image_size is None:
            return self
        try:
            return Model(name=self.name, entry=self.entry, spec=self.spec.resized(image_size))
        except SpecError as error:
            raise SpecError(f"{self.name}: {error}") from None

    @property
    def has_formula(self) -> bool:
        """Whether ``cost`` works without building the network."""
        return self.entry.family.cost is not None

    def cost(self) -> OpCounts:
        """Operation counts of one image by formula, parameters with them.

        Raises:
            SpecError: the family has no formula.
        """
        if self.entry.family.cost is None:
            raise SpecError(f"{self.name} has no formula; its network must be counted")
        return self.entry.family.cost(self.spec)

    def build(self, **options: object) -> object:
        """The network, a ``torch.nn.Module``.

        Args:
            options: of the family's ``build``, e.g. ``encoder_weights`` of CI2P.

        Raises:
            SpecError: the family has none, or no such option. MissingExtra: torch or a library it needs is missing.
        """
        build = self.entry.family.build
        if build is None:
            raise SpecError(f"{self.name} has no network")
        unknown = set(options) - set(signature(build).parameters)
        if unknown:
            raise SpecError(f"{self.name} takes no {', '.join(sorted(unknown))}")
        try:
            return partial(build, **options)(self.spec)
        except ImportError as error:
            raise MissingExtra(f"building {self.name}", error.name or "torch", "measure") from None

    def branches(self) -> list[OpCounts]:
        """Operation counts of each part that ends in an exit, in order; the whole model where there is one exit."""
        return [self.cost()] if self.entry.family.branches is None else self.entry.family.branches(self.spec)

    def exits(self) -> list[OpCounts]:
        """Cumulative operation counts up to each exit; one entry for a model without early exits."""
        return list(accumulate(self.branches()))


_FILE_NAME = re.compile(r"(?P<file>.+\.py)(:(?P<model>.*))?")

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
    for name, spec in variants.items():
        if name in _entries:
            raise EffbenchError(f"model {name!r} is registered twice")
        named = tuple((examples or {}).get(name, ()))
        kind = cast(Family[Spec], family)  # an entry holds the two together
        _entries[name] = Entry(name=name, family=kind, spec=spec, papers=tuple(papers), examples=named)


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
        file = ".".join(getattr(item[1].family.build, "__module__", "").split(".")[:4])
        return order.index(file) if file in order else len(order)

    ordered = sorted(_entries.items(), key=place)
    _entries.clear()
    _entries.update(ordered)
    return _entries


def resolve(name: str) -> Model:
    """The model of that name: ``NAME``, ``NAME:arguments``, ``timm/NAME``, ``FILE.py`` or ``FILE.py:NAME``.

    Raises:
        UnknownName: no such model or option. SpecError: arguments no network can have. EffbenchError: a model file that
            cannot be read.
    """
    prefix, slash, rest = name.partition("/")
    if slash and not _FILE_NAME.fullmatch(name) and entries() and prefix in _prefixes:
        entry = _prefixes[prefix](rest)
        entry.spec.validate()
        return Model(name=name, entry=entry, spec=entry.spec)
    in_file = _FILE_NAME.fullmatch(name)
    if in_file:
        name = _name_in_file(Path(in_file["file"]), in_file["model"] or "")
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
