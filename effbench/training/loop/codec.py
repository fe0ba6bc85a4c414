"""Codecs that the task compress trains, by name: ``bmshj2018_factorized:QUALITY``. No torch."""

from __future__ import annotations

from effbench.errors import SpecError, UnknownName
from effbench.training.loop.recipe import Recipe

CODECS = ("bmshj2018_factorized",)
QUALITIES = range(1, 9)
"""Of CompressAI's model zoo; 128 and 192 channels up to quality 5, 192 and 320 from 6 on."""

STRIDE = 16
"""Pixels of the image per pixel of the latent, each way."""


def quality_of(recipe: Recipe) -> int:
    """The quality in the model's name, of a recipe that a codec can be trained by.

    Raises:
        UnknownName: no such codec. SpecError: no such quality, or images or an arithmetic it cannot be trained with.
    """
    name, colon, quality = recipe.model.partition(":")
    if name not in CODECS:
        raise UnknownName("codec of the task compress", name, CODECS)
    if not (colon and quality.isascii() and quality.isdecimal() and int(quality) in QUALITIES):
        raise SpecError(f"{name} needs a quality of 1 to 8 after a colon, e.g. {name}:5; got {recipe.model!r}")
    if recipe.data.normalise != "none":
        raise SpecError(
            f"task compress takes images in [0, 1]: data.normalise is {recipe.data.normalise!r}, not 'none'"
        )
    if recipe.data.size % STRIDE:
        raise SpecError(f"task compress needs a data.size that is a multiple of {STRIDE}, got {recipe.data.size}")
    if recipe.training.precision != "fp32":
        raise SpecError(f"task compress is trained in fp32: likelihoods have no room in {recipe.training.precision}")
    if recipe.options:
        raise SpecError(f"task compress has no options, got {', '.join(recipe.options)}")
    return int(quality)
