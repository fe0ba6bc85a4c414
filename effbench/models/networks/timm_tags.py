"""timm's models by their published names, tags included, as timm itself builds them: own image size, own classes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

import timm
import torch
from timm.models import _registry, get_pretrained_cfg, model_entrypoint
from torch import Tensor, nn

from effbench.errors import SpecError, UnknownName

READS_TAG = re.compile(r"pretrained_cfg\.tag|kwargs\.get\(.pretrained_cfg.")


@dataclass(frozen=True)
class Build:
    """What timm builds a network from. Two names with equal builds have the same network, and differ in weights alone.

    Attributes:
        architecture: the name before the dot. input: channels, height, width. classes: outputs; 0 without a head.
        fixed: whether it is built for its input size.
        tag: of the weights, where timm looks at it when it builds the network; else empty.
    """

    architecture: str
    input: tuple[int, int, int]
    classes: int
    fixed: bool
    tag: str


def names(patterns: Sequence[str] = ()) -> list[str]:
    """Every architecture, and every tag of weights, in alphabetical order; those that match one of the patterns.

    Raises:
        UnknownName: a pattern without ``*``, ``?`` or ``[`` is no model. SpecError: a pattern matches nothing.
    """
    known = sorted(_known())
    chosen: set[str] = set()
    for pattern in patterns:
        found = [name for name in known if fnmatchcase(name, pattern)]
        if not found and not any(c in pattern for c in "*?["):
            raise UnknownName("timm model", pattern, known)
        if not found:
            raise SpecError(f"no timm model matches {pattern!r}")
        chosen.update(found)
    return sorted(chosen) if patterns else known


def current(name: str) -> str:
    """The name that timm has now for one that it has renamed; any other as it is."""
    renamed = getattr(_registry, "_deprecated_models", {})
    return str(renamed.get(name) or name)


def family(architecture: str) -> str:
    """The module of timm that builds it: networks of one module are variations on one design."""
    return model_entrypoint(architecture).__module__.rpartition(".")[2]


def is_known(name: str) -> bool:
    """Whether timm has the architecture, and the tag where there is one."""
    return name in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset((*timm.list_models(), *timm.list_models(pretrained=True)))


def build_of(name: str, size: int | None = None) -> Build:
    """What timm builds the network of that name from; at another image size if one is given."""
    config = get_pretrained_cfg(name)
    channels, height, width = config.input_size
    return Build(
        architecture=name.partition(".")[0],
        input=(channels, size or height, size or width),
        classes=config.num_classes,
        fixed=bool(config.fixed_input_size),
        tag=config.tag or "" if _asks_for_tag(name.partition(".")[0]) else "",
    )


@cache
def _asks_for_tag(architecture: str) -> bool:
    """Whether the module that builds it reads the tag of the weights, e.g. for the width of an output.

    Told by its source, since building every name takes longer than counting every network.
    """
    module = inspect.getmodule(model_entrypoint(architecture))
    return module is not None and READS_TAG.search(inspect.getsource(module)) is not None


def network_and_image(name: str, size: int | None = None) -> tuple[nn.Module, Tensor]:
    """The network on the meta device in evaluation mode, and one image without values.

    Args:
        size: image side, for a network that is to see other images than its weights did.
    """
    given = build_of(name)
    wanted = build_of(name, size)
    with torch.device("meta"):
        network = timm.create_model(name)
        if wanted != given and _asks_for_size(network):
            network = timm.create_model(name, img_size=wanted.input[1:])
        return network.eval().requires_grad_(False), torch.empty(1, *wanted.input)


def classifier(network: nn.Module) -> tuple[str, ...]:
    """Paths of the layers that give the classes, several of a distilled network."""
    found = getattr(network, "default_cfg", {}).get("classifier") or ()
    return (found,) if isinstance(found, str) else tuple(found)


def _asks_for_size(network: nn.Module) -> bool:
    return any("img_size" in inspect.signature(kind).parameters for kind in type(network).__mro__)
