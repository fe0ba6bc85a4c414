"""What a family of models shares, a registered name, and a name that is resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import signature
from itertools import accumulate
from typing import Generic, TypeVar

from effbench.cost.counts import OpCounts
from effbench.errors import SpecError, missing
from effbench.models.inputs import Input, Side, batch_of, height_width
from effbench.models.spec import CodeSpec, Spec

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
        rectangular: whether ``cost`` and ``branches`` hold for images that are not square.
    """

    name: str
    source: str
    cost: Callable[[S], OpCounts] | None = None
    build: Callable[[S], object] | None = None
    symbols: Mapping[str, str] = field(default_factory=dict)
    branches: Callable[[S], list[OpCounts]] | None = None
    rectangular: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One registered name: a specification that arguments after a colon may change.

    Attributes:
        papers: keys of the papers (``effbench/claims``) in which the model stands.
        examples: arguments the papers name, e.g. ``("1-3",)`` for ``ravit_cifar10:1-3``.
        registered_by: the module that called ``register``. registered_at: where in it, for the same call once more.
    """

    name: str
    family: Family[Spec]
    spec: Spec
    papers: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    registered_by: str = ""
    registered_at: str = field(default="", compare=False)

    @property
    def needs_argument(self) -> bool:
        """Whether the plain name is no model yet."""
        positional = self.spec.positional
        return positional is not None and not getattr(self.spec, positional)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A name, resolved.

    Attributes:
        inputs: what its network is called with; empty for one image of three channels and of the specification's sides.
    """

    name: str
    entry: Entry
    spec: Spec
    inputs: tuple[Input, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether effbench itself registers it; otherwise code of a user or of another package makes its network."""
        return self.entry.registered_by.partition(".")[0] == "effbench"

    @property
    def size(self) -> Side:
        """What goes in, for a row: sides of the image, or the shapes of other inputs."""
        return " ".join(map(str, self.inputs)) or self.spec.side

    @property
    def states_classes(self) -> bool:
        """Whether ``num_classes`` is the network's own; of code that nobody registered it is not known."""
        return not isinstance(self.spec, CodeSpec)

    @property
    def batch(self) -> int:
        """Images, or samples, that one call of its network takes in."""
        return batch_of(self.inputs) if self.inputs else 1

    def called_with(self, batch: int = 1) -> tuple[Input, ...]:
        """What its network is called with, for a batch of that many images where inputs do not say it."""
        return self.inputs or (Input(shape=(batch, 3, *height_width(self.spec.side))),)

    def at_size(self, side: Side | None) -> Model:
        """The same model for images of those sides (None: as registered), where it exists."""
        try:
            if side is not None:
                sized = replace(self, spec=self.spec.resized(side))
                sized._require_square()
                return sized
            self.spec.validate()
            return self
        except SpecError as error:
            raise error if str(error).startswith(self.name) else SpecError(f"{self.name}: {error}") from None

    def _require_square(self) -> None:
        """Raise SpecError for a rectangle where a family of ours says in its formula that it takes squares alone."""
        family = self.entry.family
        if self.spec.image_width and self.is_ours and family.cost is not None and not family.rectangular:
            raise SpecError(f"takes square images alone, not {self.spec.side}")

    @property
    def has_formula(self) -> bool:
        """Whether ``cost`` works without building the network: of one image, which is square for most families."""
        family = self.entry.family
        return family.cost is not None and not self.inputs and (family.rectangular or not self.spec.image_width)

    def cost(self) -> OpCounts:
        """Operation counts of one image by formula, parameters with them.

        Raises:
            SpecError: the family has no formula.
        """
        if self.entry.family.cost is None or not self.has_formula:
            raise SpecError(f"{self.name} has no formula; its network must be counted")
        return self.entry.family.cost(self.spec)

    def build(self, **options: object) -> object:
        """The network, a ``torch.nn.Module``.

        Args:
            options: of the family's ``build``, e.g. ``encoder_weights`` of CI2P.

        Raises:
            SpecError: the family has none, or no such option. MissingExtra, MissingPackage: a library it needs is not
                installed.
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
            raise missing(f"building {self.name}", error) or error from None

    def branches(self) -> list[OpCounts]:
        """Operation counts of each part that ends in an exit, in order; the whole model where there is one exit."""
        return [self.cost()] if self.entry.family.branches is None else self.entry.family.branches(self.spec)

    def exits(self) -> list[OpCounts]:
        """Cumulative operation counts up to each exit; one entry for a model without early exits."""
        return list(accumulate(self.branches()))
