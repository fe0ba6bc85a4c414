"""What a recipe says about its images: which set, at which size, augmented and normalised how. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.errors import SpecError, UnknownName
from effbench.models.spec import MAX_SIDE, require_range

NORMALISATIONS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "half": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
}
"""Name -> mean and standard deviation per channel of images in [0, 1].

``none`` leaves [0, 1] as CompressAI's encoders take it, ``half`` gives [-1, 1]; ``imagenet`` is torchvision's and
stands in the Token Fusion paper's text, ``cifar10`` is that of the repository the RAViT paper's recipe follows.
"""

MAX_BATCH = 1 << 20


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """The images of a training.

    Attributes:
        name: a data set of ``training.data.catalogue``.
        size: side of the square images the network gets, pixels.
        batch: images of one optimiser step, over all devices.
        resize: shorter side before a centre crop to ``size``; 0 resizes straight to ``size``.
        crop_padding: pixels of zero padding of a random crop to ``size``; 0 for none.
        random_resized_crop: smallest share of the area of a random crop that is resized to ``size``; 1 for none.
        flip: probability of a horizontal flip. vertical_flip: of a vertical one.
        rotation: largest angle of a random rotation, degrees either way.
        normalise: name in NORMALISATIONS.
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
        """Raise SpecError for a value that cannot be; the name of the set is known to ``training.data.catalogue``."""
        require_range("data.size", self.size, 1, MAX_SIDE)
        require_range("data.batch", self.batch, 1, MAX_BATCH)
        require_range("data.workers", self.workers, 0, 1024)
        require_range("data.crop_padding", self.crop_padding, 0, self.size)
        if self.resize and self.resize < self.size:
            raise SpecError(f"data.resize must be 0 or at least data.size ({self.size}), got {self.resize}")
        for name in ("flip", "vertical_flip"):
            _require_share(f"data.{name}", getattr(self, name), 0.0, 1.0)
        _require_share("data.rotation", self.rotation, 0.0, 180.0)
        _require_share("data.calibration", self.calibration, 0.0, 0.9)
        if not 0 < self.random_resized_crop <= 1:
            raise SpecError(f"data.random_resized_crop must be above 0 and at most 1, got {self.random_resized_crop:g}")
        if self.normalise not in NORMALISATIONS:
            raise UnknownName("normalisation", self.normalise, NORMALISATIONS)


def _require_share(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SpecError(f"{name} must be between {low:g} and {high:g}, got {value:g}")
