"""Sets that need no download: they come with scikit-learn and scikit-image, or are made."""

from __future__ import annotations

from typing import Any

from effbench.data.listing import Pixels
from effbench.data.splits import held_out
from effbench.errors import MissingExtra


def digits(part: str) -> Pixels:
    """Scikit-learn's handwritten digits: 1,437 to train, 360 to test, stratified; 8 x 8, grey in all three channels.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MissingExtra("data set digits", "scikit-learn", "train") from None
    found = load_digits()
    grey = (found.images * (255 / 16)).round().astype("uint8")  # 0 .. 16 as 0 .. 255
    labels = found.target.tolist()
    listed = Pixels(_three_channels(grey), labels, tuple(str(digit) for digit in range(10)))
    test = held_out(labels, 0.2, "digits: test")
    return listed.take(test if part == "test" else _others(len(labels), test))


def _three_channels(grey: Any) -> Any:
    """(n, H, W) -> (n, H, W, 3)."""
    return grey[..., None].repeat(3, axis=3)


def _others(images: int, positions: list[int]) -> list[int]:
    out = set(positions)
    return [i for i in range(images) if i not in out]
