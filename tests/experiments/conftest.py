"""The papers' data sets, made small, as their readers' tests make them."""

from ..training.data.conftest import cifar, classes, image, tiny

__all__ = ["cifar", "classes", "image", "tiny"]
