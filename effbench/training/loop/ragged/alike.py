"""Which trainings can be one program: RAViTs that differ in layers alone; and how fast they are. No torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from effbench.errors import SpecError
from effbench.models.registry import resolve
from effbench.models.spec.ravit import RAViTSpec
from effbench.training.loop.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Seconds of one optimiser step of every cell.

    Attributes:
        separate: one cell after the other; 0 if nothing could be measured. ragged: all of them as one program; None if
            that is impossible here. why: what was in the way of the program.
        compiled: one after the other, through ``torch.compile``; by what the first cell gains. None: not measured.
        compiling: seconds until the first cell was compiled. why_not: what was in the way of compiling.
    """

    separate: float
    ragged: float | None
    why: str = ""
    compiled: float | None = None
    compiling: float = 0.0
    why_not: str = ""


def require_alike(recipes: Sequence[Recipe]) -> None:
    """Raise SpecError, saying what is in the way, unless the recipes can be trained together."""
    if not recipes:
        raise SpecError("no recipes to train together")
    first = recipes[0]
    for recipe in recipes:
        recipe.validate()
        for key, value in _shared(recipe).items():
            if value != _shared(first)[key]:
                raise SpecError(
                    f"trained together, recipes may differ in the layers of their RAViTs alone: {key} is "
                    f"{_shared(first)[key]} for {first.model}, {value} for {recipe.model}"
                )
    if len({recipe.model for recipe in recipes}) < len(recipes):
        raise SpecError("a model stands twice among the recipes to train together")
    _require_independent(first)


def spec_of(recipe: Recipe) -> RAViTSpec:
    """The recipe's RAViT.

    Raises:
        SpecError: its model is another, or it is not to classify.
    """
    model = resolve(recipe.model)
    if recipe.task != "classify" or not isinstance(model.spec, RAViTSpec):
        family = model.entry.family.name
        raise SpecError(f"only RAViTs that classify are trained together; {recipe.model} is of the family {family}")
    return model.spec


def _shared(recipe: Recipe) -> dict[str, object]:
    """What must be the same: the recipe without its model, and the model without its layers."""
    spec = spec_of(recipe)
    model = {f"model {f.name}": getattr(spec, f.name) for f in dataclasses.fields(spec) if f.name != "layers"}
    table = {key: value for key, value in recipe.determining().items() if key != "model"}
    return {**model, "number of branches": len(spec.layers), **table}


def _require_independent(recipe: Recipe) -> None:
    """What looks at all parameters at once would tie the cells to each other."""
    if recipe.optimiser.clip:
        raise SpecError("optimiser.clip is a norm over one network's gradients: such cells are trained one by one")
    if recipe.training.precision == "fp16":
        raise SpecError(
            "fp16 skips a step of one network when its gradients overflow: such cells are trained one by one"
        )
