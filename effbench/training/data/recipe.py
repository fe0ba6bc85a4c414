"""What a recipe says about its images: which set, at which size, augmented and normalised how. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.errors import SpecError, UnknownName
from effbench.models.spec import MAX_SIDE, require_range
from effbench.training.data.catalogue import dataset, normalisations

MAX_BATCH = 1 << 20


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """The images of a training.

    Attributes:
        name: of a data set in ``training.data.catalogue``.
        size: side of the square images the network gets, pixels.
        batch: images of one optimiser step, over all devices.
        resize: shorter side before a centre crop to ``size``; 0 resizes straight to ``size``.
        crop_padding: pixels of zero padding of a random crop to ``size``; 0 for none.
        random_resized_crop: smallest share of the area of a random crop that is resized to ``size``; 1 for none.
        flip: probability of a horizontal flip. vertical_flip: of a vertical one.
        rotation: largest angle of a random rotation, degrees either way.
        normalise: a name in ``catalogue.normalisations``.
        calibration: share of the training images that is held out to choose exit thresholds; 0 for none.
        workers: processes that decode the images of a set too large for memory; changes no result.
    """

    name: str
    size: int
    batch: int = 256
    resize: int = 0
    crop_padding: int = 0
    random_resized_crop: float = 1.0
    flip: float = 0.0
    vertical_flip: float = 0.0
    rotation: float = 0.0
    normalise: str = "half"
    calibration: float = 0.0
    workers: int = 4

    def validate(self) -> None:
        """Raise EffbenchError for a data set or a normalisation that is none, SpecError for a value that cannot be."""
        dataset(self.name)
        require_range("data.size", self.size, 1, MAX_SIDE)
        require_range("data.batch", self.batch, 1, MAX_BATCH)
        require_range("data.workers", self.workers, 0, 1024)
        require_range("data.crop_padding", self.crop_padding, 0, self.size)
        if self.resize and self.resize < self.size:
            raise SpecError(f"data.resize must be 0 or at least data.size ({self.size}), got {self.resize}")
        for name in ("flip", "vertical_flip"):
            require_between(f"data.{name}", getattr(self, name), 0.0, 1.0)
        require_between("data.rotation", self.rotation, 0.0, 180.0)
        require_between("data.calibration", self.calibration, 0.0, 0.9)
        if not 0 < self.random_resized_crop <= 1:
            raise SpecError(f"data.random_resized_crop must be above 0 and at most 1, got {self.random_resized_crop:g}")
        if self.normalise not in normalisations():
            raise UnknownName("normalisation", self.normalise, normalisations())


def require_between(name: str, value: float, low: float, high: float) -> None:
    """Raise SpecError unless low <= value <= high; NaN is not."""
    if not low <= value <= high:
        raise SpecError(f"{name} must be between {low:g} and {high:g}, got {value:g}")
