"""Whether a recipe can be trained, as far as formulas and the catalogue of data sets say. No torch."""

from __future__ import annotations

from importlib.util import find_spec

from effbench.errors import EffbenchError, MissingExtra, SpecError, UnknownName
from effbench.models.registry import Model, resolve
from effbench.models.spec import require_range
from effbench.training.data.catalogue import dataset
from effbench.training.loop.recipe import Recipe

NEEDED = ("numpy", "torch", "timm")
"""Packages without which nothing is trained."""

CODECS = ("bmshj2018_factorized",)
MAX_THREADS = 4096

QUALITIES = range(1, 9)
"""Of CompressAI's model zoo; 128 and 192 channels up to quality 5, 192 and 320 from 6 on."""

STRIDE = 16
"""Pixels of the image per pixel of the latent, each way."""


def model_of(recipe: Recipe) -> Model:
    """The recipe's model at the size of its images."""
    return resolve(recipe.model, recipe.data.size)


def require_feasible(recipe: Recipe) -> None:
    """Raise EffbenchError unless there are such a model and data set, and they and the loss fit each other."""
    if recipe.task == "compress":
        quality_of(recipe)
        return
    model, classes = model_of(recipe), dataset(recipe.data.name).num_classes
    if classes is not None:
        require_classes(model, recipe, classes)
    if model.entry.family.branches is not None:
        recipe.exit_weights(len(model.branches()))
    elif model.is_ours:
        recipe.exit_weights(1)


def require_classes(model: Model, recipe: Recipe, classes: int) -> None:
    """Raise SpecError unless the model tells as many classes apart as the data set has."""
    if model.spec.num_classes != classes:
        raise SpecError(
            f"model {model.name} has {model.spec.num_classes} classes, data set {recipe.data.name} has {classes}: "
            f"write num_classes={classes} in the model's name"
        )


def require_arithmetic(precision: str, device: str) -> None:
    """Raise EffbenchError for fp16 without a GPU: gradients of that range need its scaled kernels.

    Args:
        device: ``cpu``, ``cuda``, or ``auto``, which may be either where there is no PyTorch to ask.
    """
    if precision == "fp16" and device == "auto" and find_spec("torch"):
        from effbench.training.loop.device import find_device

        device = find_device(device).type
    if precision == "fp16" and device == "cpu":
        raise EffbenchError("fp16 is trained on a GPU only, not on cpu: use bf16 or fp32")


def require_threads(number: int) -> None:
    """Raise SpecError unless PyTorch may have that many CPU threads."""
    require_range("threads", number, 1, MAX_THREADS)


def require_installed(what: str) -> None:
    """Raise MissingExtra, naming the first that is missing, unless the packages that training needs are there."""
    for package in NEEDED:
        if find_spec(package) is None:
            raise MissingExtra(what, package, "train")


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
