"""BoTNet-S1: a ResNet with squeeze-and-excitation whose last stage attends at stride 1.

Source: Srinivas et al. 2021, arXiv:2101.11605, S1 models. The papers' table holds BoTNet-S1-128 at 256 pixels and
prints 75.1 M parameters. The network has 69.13 M; with squeeze-and-excitation in the 12 attention blocks too, where
there is none, it would come near (75.4 M). The operations agree with the 19.3 G of the source.
"""

from __future__ import annotations

from effbench.models.registry import Family, register
from effbench.models.spec.botnet import BoTNetSpec


def build(spec: BoTNetSpec) -> object:
    """The network, for images of the size in its specification."""
    from effbench.models.networks.botnet import botnet_s1

    return botnet_s1(spec)


FAMILY = Family(name="botnet", source="arXiv:2101.11605", build=build)

register(FAMILY, {"botnet_s1_128": BoTNetSpec(image_size=256)}, papers=("token_fusion",))
