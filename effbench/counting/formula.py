"""The closed form of a registered model's cost."""

from __future__ import annotations

import dataclasses
from typing import Any

from effbench.cost.closed_form import STYLES, closed_form, rendered, symbols
from effbench.cost.convention import Convention
from effbench.models.registry import Model, resolve

FIELD_NAMES = {"image_size": "image_side", "depth": "depth", "width": "width", "layers": "layers"}
FIELD_DOCS = {
    "image_size": "image side in pixels",
    "depth": "transformer blocks",
    "width": "embedding width",
    "layers": "transformer layers of branch",
}


def formula(name: str, convention: Convention) -> dict[str, Any]:
    """Plain, LaTeX and Python text of the cost of one image, its symbols explained.

    The Python form is a function of integers that returns the exact integer; its arguments are named in words.
    """
    model = resolve(name)
    letters = _letters(model)
    words = {letter: word for letter, (_, word, _) in letters.items()}
    short = closed_form(_symbolic(model, letters, list(letters)).cost(), convention)
    long = closed_form(_symbolic(model, letters, list(words.values())).cost(), convention)
    plain, latex, python = STYLES
    return {
        "model": name,
        "convention": convention.name,
        "unit": convention.unit,
        "symbols": {letter: doc for letter, (_, _, doc) in letters.items()},
        plain: rendered(short, plain, "", ()),
        latex: rendered(short, latex, "", ()),
        python: rendered(long, python, f"{convention.unit.lower()}s", words.values()),
        "valid": f"Valid where {_valid(model)}.",
    }


Letters = dict[str, tuple[str, str, str]]
"""Letter -> (specification field, word, what it is)."""


def _letters(model: Model) -> Letters:
    """One letter per free quantity; one per branch for layer counts, branches of 0 layers staying out."""
    letters: Letters = {}
    for letter, name in model.entry.family.symbols.items():
        if name != "layers":
            letters[letter] = (name, FIELD_NAMES[name], FIELD_DOCS[name])
            continue
        for branch, layers in enumerate(getattr(model.spec, name), start=1):
            if layers:
                letters[f"{letter}{branch}"] = (name, f"layers_{branch}", f"{FIELD_DOCS[name]} {branch}")
    return letters


def _symbolic(model: Model, letters: Letters, names: list[str]) -> Model:
    """The model with SymPy symbols of those names in its free fields."""
    free = dict(zip(letters, symbols(names), strict=True))
    changes: dict[str, Any] = {field: free[letter] for letter, (field, _, _) in letters.items() if field != "layers"}
    if hasattr(model.spec, "layers"):
        layers = enumerate(model.spec.layers, start=1)
        changes["layers"] = tuple(free.get(f"n{branch}", count) for branch, count in layers)
    spec = dataclasses.replace(model.spec, **changes)
    return dataclasses.replace(model, spec=spec)


def _valid(model: Model) -> str:
    side = f"the image side is a multiple of {model.spec.side_multiple}"
    if model.entry.family.branches is None:
        return side
    return f"{side} and every branch's side comes out as a whole number of patches without rounding"
