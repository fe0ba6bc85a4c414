"""timm's published ImageNet accuracy as data: model -> top-1 and top-5 at the image size they were measured at.

Source: huggingface/pytorch-image-models, ``results/results-imagenet.csv``, commit aa4b5850 (Apache-2.0).
"""

from __future__ import annotations

import csv
import gzip
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("timm_top1.csv.gz")
SOURCE = "huggingface/pytorch-image-models, results-imagenet.csv, commit aa4b5850"


class Accuracy(NamedTuple):
    """One line. Attributes: model: timm's name with its tag. size: image side. top1, top5: shares, 0 to 1."""

    model: str
    size: int
    top1: float
    top5: float


@cache
def accuracies() -> tuple[Accuracy, ...]:
    """Every published line, the most accurate first."""
    text = gzip.decompress(FILE.read_bytes()).decode()
    _, _, table = text.partition("\n")
    rows = csv.reader(StringIO(table))
    next(rows)
    return tuple(Accuracy(name, int(size), _share(top1), _share(top5)) for name, size, top1, top5 in rows)


def _share(percent: str) -> float:
    return round(float(percent) / 100, 7)
