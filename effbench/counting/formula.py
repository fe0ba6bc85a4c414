"""The closed form of a registered model's cost."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

from effbench.cost.closed_form import STYLES, closed_form, rendered, symbols
from effbench.cost.convention import Convention
from effbench.models.registry import Model, resolve


class Free(NamedTuple):
    """A free quantity: the field of the specification that it stands for, its name in words, and what it is."""

    field: str
    word: str
    doc: str


FREE = {
    "image_size": Free("image_size", "image_side", "image side in pixels"),
    "depth": Free("depth", "depth", "transformer blocks"),
    "width": Free("width", "width", "embedding width"),
}
LAYERS = "transformer layers of branch"


@dataclass(frozen=True, kw_only=True)
class Formula:
    """The cost of one image in a model's free quantities.

    Attributes:
        model, convention, unit: what it gives. symbols: letter -> what it is. valid: where it holds.
        texts: style -> the formula; the Python form is a function of integers that returns the exact integer, and its
            arguments are named in words.
    """

    model: str
    convention: str
    unit: str
    symbols: dict[str, str]
    texts: dict[str, str]
    valid: str

    def plain(self) -> dict[str, object]:
        """Name -> value, each style under its own name."""
        said = "; ".join(f"{letter} = {doc}" for letter, doc in self.symbols.items())
        head = {"model": self.model, "convention": self.convention, "unit": self.unit, "symbols": said}
        return {**head, **self.texts, "valid": self.valid}


def formula(name: str, convention: Convention) -> Formula:
    """Plain, LaTeX and Python text of the cost of one image, its symbols explained."""
    model = resolve(name)
    free = _free(model)
    words = [one.word for one in free.values()]
    short = closed_form(_symbolic(model, free, list(free)).cost(), convention)
    long = closed_form(_symbolic(model, free, words).cost(), convention)
    plain, latex, python = STYLES
    return Formula(
        model=name,
        convention=convention.name,
        unit=convention.unit,
        symbols={letter: one.doc for letter, one in free.items()},
        texts={
            plain: rendered(short, plain, "", ()),
            latex: rendered(short, latex, "", ()),
            python: rendered(long, python, f"{convention.unit.lower()}s", words),
        },
        valid=f"Valid where {_valid(model)}.",
    )


def _free(model: Model) -> dict[str, Free]:
    """One letter per free quantity; one per branch for layer counts, branches of 0 layers staying out."""
    free: dict[str, Free] = {}
    for letter, name in model.entry.family.symbols.items():
        if name != "layers":
            free[letter] = FREE[name]
            continue
        for branch, layers in enumerate(getattr(model.spec, name), start=1):
            if layers:
                free[f"{letter}{branch}"] = Free(name, f"layers_{branch}", f"{LAYERS} {branch}")
    return free


def _symbolic(model: Model, free: dict[str, Free], names: list[str]) -> Model:
    """The model with SymPy symbols of those names in its free fields."""
    made = dict(zip(free, symbols(names), strict=True))
    changes: dict[str, object] = {one.field: made[letter] for letter, one in free.items() if one.field != "layers"}
    if hasattr(model.spec, "layers"):
        layers = enumerate(model.spec.layers, start=1)
        changes["layers"] = tuple(made.get(f"n{branch}", count) for branch, count in layers)
    return dataclasses.replace(model, spec=model.spec.changed(changes))


def _valid(model: Model) -> str:
    side = f"the image side is a multiple of {model.spec.side_multiple}"
    if model.entry.family.branches is None:
        return side
    return f"{side} and every branch's side comes out as a whole number of patches without rounding"
