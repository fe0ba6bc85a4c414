"""Systems of the papers' tables that timm holds, and any other model of timm by its own name.

Names are timm's, without the image size where timm's carry one. Image sizes are those of the tables' rows. The released
code of TNT-B has 125,440 parameters more than timm's, frozen and never used. MViT-XL of the Token Fusion paper is
MViTv2-H with class token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from effbench.errors import MissingExtra, SpecError, UnknownName, first_line
from effbench.files import cache
from effbench.models.registry import Entry, Family, Model, register, register_prefix
from effbench.models.shipped import TORCHVISION, Network, shipped
from effbench.models.spec import MAX_SIDE, Spec, require_range

MIN_SIDE = 32
"""Smaller images shrink to nothing in most of these networks."""


class System(NamedTuple):
    """A row of the papers' tables.

    Attributes:
        timm_name: the model in timm.
        image_size: side of the image in the row, pixels.
        multiple: the network is built for one size, a multiple of this many pixels; None if any size runs.
        papers: keys of the papers with that row.
        source: where the architecture is described.
        unused: parameters of the authors' released code, over timm's, that no forward pass reads.
    """

    timm_name: str
    image_size: int
    multiple: int | None
    papers: tuple[str, ...]
    source: str
    unused: int = 0


_BOTH = ("ci2p_vit", "token_fusion")
_FUSION = ("token_fusion",)

SYSTEMS = {
    "tnt_b_patch16": System("tnt_b_patch16_224", 224, 16, _BOTH, "arXiv:2103.00112", unused=125_440),
    "swin_tiny_patch4_window7": System("swin_tiny_patch4_window7_224", 224, 32, _FUSION, "arXiv:2103.14030"),
    "swin_base_patch4_window7": System("swin_base_patch4_window7_224", 224, 32, _BOTH, "arXiv:2103.14030"),
    "densenet169": System("densenet169", 224, None, _FUSION, "arXiv:1608.06993"),
    "resnet50": System("resnet50", 224, None, _FUSION, "arXiv:1512.03385"),
    "efficientnet_b1": System("efficientnet_b1", 240, None, _FUSION, "arXiv:1905.11946"),
    "efficientnet_b6": System("efficientnet_b6", 528, None, _FUSION, "arXiv:1905.11946"),
    "resnext101_64x4d": System("resnext101_64x4d", 224, None, _FUSION, "arXiv:1611.05431"),
    "twins_svt_base": System("twins_svt_base", 224, None, _FUSION, "arXiv:2104.13840"),
    "twins_svt_large": System("twins_svt_large", 224, None, _FUSION, "arXiv:2104.13840"),
    "mvitv2_base": System("mvitv2_base", 224, 32, _FUSION, "arXiv:2112.01526"),
    "mvitv2_large": System("mvitv2_large", 384, 32, _FUSION, "arXiv:2112.01526"),
    "mvitv2_huge_cls": System("mvitv2_huge_cls", 512, 32, _FUSION, "arXiv:2112.01526"),
}

_BY_TIMM_NAME = {system.timm_name: system for system in SYSTEMS.values()}


@dataclass(frozen=True, kw_only=True)
class TimmSpec(Spec):
    """A model of timm; its sizes and depths are in its name.

    Attributes:
        timm_name: the name in timm.
    """

    timm_name: str

    @property
    def shipped_as(self) -> str:
        """Its name among the shipped counts."""
        return self.timm_name

    @property
    def side_multiple(self) -> int:
        """1 where any size runs, and for models in no table: what those refuse, timm says when building or running."""
        system = _BY_TIMM_NAME.get(self.timm_name)
        return 1 if system is None or system.multiple is None else system.multiple

    def validate(self) -> None:
        if not isinstance(self.timm_name, str):
            raise SpecError("timm_name is part of the model's name and no option")
        for side in self.image_sides:
            require_range("image size", side, MIN_SIDE, MAX_SIDE)
        super().validate()


def build(spec: TimmSpec) -> object:
    """The network with random weights; nothing is downloaded.

    Raises:
        SpecError: timm has no such network for that image size.
    """
    from effbench.models.networks.timm_zoo import asks_for_size, create

    system = _BY_TIMM_NAME.get(spec.timm_name)
    one_size = asks_for_size(spec.timm_name) if system is None else system.multiple is not None
    try:
        return create(spec.timm_name, num_classes=spec.num_classes, image_sides=spec.image_sides if one_size else None)
    except (AssertionError, RuntimeError, TypeError, ValueError) as error:
        raise SpecError(f"timm cannot build {spec.timm_name} for {spec.side} pixels: {first_line(error)}") from error


def spec_of(timm_name: str) -> TimmSpec:
    """The specification of any model of timm, at timm's own image size and with 1000 classes.

    Of timm's own names the size is shipped; any other is kept in the cache, since timm takes seconds to import.

    Raises:
        UnknownName: timm has no such model. MissingExtra: timm is not installed.
    """
    if _timm_version() in ("none", shipped().made_with["timm"]):
        known = shipped().find(timm_name)
        if known is not None and not timm_name.startswith(TORCHVISION):
            return TimmSpec(timm_name=timm_name, image_size=known.size)
        if "." not in timm_name:  # tags come and go with weights; every architecture is shipped
            raise UnknownName("timm model", timm_name, known_names())
    kept = f"timm-sizes/{_timm_version()}.json"
    sizes = cache.read(kept)
    size = sizes.get(timm_name) if isinstance(sizes, dict) else None
    if type(size) is not int or not MIN_SIDE <= size <= MAX_SIDE:
        try:
            from effbench.models.networks.timm_zoo import default_size
        except ImportError as error:
            raise MissingExtra(f"timm/{timm_name}", error.name or "timm", "measure") from None
        size = default_size(timm_name)

        def with_ours(known: object) -> dict[str, int]:  # others may have added theirs while timm was imported
            return {**(known if isinstance(known, dict) else {}), timm_name: size}

        cache.update(kept, with_ours, "the image size of a timm model")
    return TimmSpec(timm_name=timm_name, image_size=size)


def shipped_network(model: Model) -> Network | None:
    """The shipped network of timm's or torchvision's, with its own number of classes; None of any other model."""
    name = getattr(model.spec, "shipped_as", "")
    return shipped().find(name, model.spec.side) if name and isinstance(model.spec.side, int) else None


def unused_parameters(name: str) -> int:
    """Parameters that the authors' code of a registered system holds and never uses; 0 of any other model."""
    system = SYSTEMS.get(name)
    return 0 if system is None else system.unused


def any_model(name: str) -> Entry:
    """The entry of any model of timm, by timm's name; see ``spec_of`` for errors."""
    timm_name, colon, _ = name.partition(":")
    if colon or not timm_name:
        raise SpecError(f"timm/{name}: a timm model is written timm/NAME, without arguments")
    family = cast(Family[Spec], FAMILY)
    return Entry(name=f"timm/{name}", family=family, spec=spec_of(timm_name), registered_by=__name__)


def known_names(tagged: bool = False) -> Sequence[str]:
    """timm's names of the shipped networks, in alphabetical order; ``tagged``: those with a tag, too."""
    every = (name for one in shipped().networks for name in one.names if tagged or "." not in name)
    return sorted(name for name in every if not name.startswith(TORCHVISION))


def _timm_version() -> str:
    """Of the installed timm, which is not imported."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("timm")
    except PackageNotFoundError:
        return "none"


FAMILY = Family(name="timm", source="github.com/huggingface/pytorch-image-models", build=build)

register_prefix("timm", any_model, known_names)

for _name, _system in SYSTEMS.items():
    register(
        replace(FAMILY, source=_system.source),
        {_name: TimmSpec(timm_name=_system.timm_name, image_size=_system.image_size)},
        papers=_system.papers,
    )
