"""Every classifier of torchvision, as ``torchvision/NAME``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from effbench.errors import SpecError, UnknownName, first_line
from effbench.models.model import Entry, Family
from effbench.models.registry import register_prefix
from effbench.models.shipped import TORCHVISION, shipped
from effbench.models.spec import Spec


@dataclass(frozen=True, kw_only=True)
class TorchvisionSpec(Spec):
    """A classifier of torchvision; its sizes and depths are in its name.

    Attributes:
        shipped_as: its name among the shipped counts, ``torchvision/NAME``.
    """

    shipped_as: str


def build(spec: TorchvisionSpec) -> object:
    """The network with random weights; nothing is downloaded.

    Raises:
        SpecError: torchvision has no such network for that image size.
    """
    from effbench.models.networks.torchvision_names import network

    try:
        return network(spec.shipped_as, spec.image_size, spec.num_classes)
    except (AssertionError, RuntimeError, TypeError, ValueError) as error:
        raise SpecError(
            f"torchvision cannot build {spec.shipped_as} for {spec.side} pixels: {first_line(error)}"
        ) from error


def known_names(tagged: bool = False) -> Sequence[str]:
    """torchvision's names of its classifiers, in alphabetical order."""
    return sorted({one.architecture.removeprefix(TORCHVISION) for one in shipped().networks if _is_ours(one.family)})


def _is_ours(family: str) -> bool:
    return f"{family}/" == TORCHVISION


def any_model(name: str) -> Entry:
    """The entry of a classifier by torchvision's name, at the image size of its weights and with 1000 classes.

    Raises:
        UnknownName: torchvision has no such classifier.
    """
    known = shipped().find(f"{TORCHVISION}{name}")
    if known is None:
        raise UnknownName("torchvision model", name, known_names())
    spec = TorchvisionSpec(shipped_as=f"{TORCHVISION}{name}", image_size=known.size)
    return Entry(name=f"{TORCHVISION}{name}", family=cast(Family[Spec], FAMILY), spec=spec, registered_by=__name__)


FAMILY = Family(name="torchvision", source="github.com/pytorch/vision", build=build)

register_prefix("torchvision", any_model, known_names)
