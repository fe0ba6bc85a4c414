"""BoTNet-S1: a ResNet with squeeze-and-excitation whose last stage attends at stride 1.

Source: Srinivas et al. 2021, arXiv:2101.11605, S1 models. The papers' table holds BoTNet-S1-128 at 256 pixels and
prints 75.1 M parameters. The network has 69.13 M; with squeeze-and-excitation in the 12 attention blocks too, where
there is none, it would come near (75.4 M). The operations agree with the 19.3 G of the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, Spec, require_heads, require_range

STAGES = 4
ATTENTION_WIDTH = 512


@dataclass(frozen=True, kw_only=True)
class BoTNetSpec(Spec):
    """A BoTNet-S1.

    Attributes:
        depths: blocks of the three convolutional stages and of the attention stage.
        num_heads: of each attention, 512 channels wide in all.
    """

    depths: tuple[int, ...] = (3, 4, 23, 12)
    num_heads: int = 4

    @property
    def side_multiple(self) -> int:
        return 16  # convolution 2, pooling 2, two stages of stride 2

    def validate(self) -> None:
        super().validate()
        require_range("number of depths", len(self.depths), STAGES, STAGES)
        for depth in self.depths:
            require_range("depths", depth, 1, MAX_LAYERS)
        require_heads(ATTENTION_WIDTH, self.num_heads)


def build(spec: BoTNetSpec) -> Any:
    """The network, for images of ``models.spec.image_size``."""
    from effbench.models.networks.botnet import botnet_s1

    return botnet_s1(
        image_size=spec.image_size,
        num_classes=spec.num_classes,
        depths=spec.depths,
        num_heads=spec.num_heads,
    )


FAMILY = Family(name="botnet", source="arXiv:2101.11605", build=build)

register(FAMILY, {"botnet_s1_128": BoTNetSpec(image_size=256)}, papers=("token_fusion",))
