"""Networks made slower by a known share: after every forward pass, real matrix products until the time is spent.

``slowed.py:slowed_ravit:percent=5`` is ``ravit_cifar10:1-3`` with 5 % more thread CPU time (a little more: the last
product of some microseconds is finished). The time is that of the pass itself, measured each time, so the share is the
same on any machine and under any load.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

from effbench.models.registry import Family, register, resolve
from effbench.models.spec import Spec, require_range

SLOWED = "ravit_cifar10:1-3"


@dataclass(frozen=True, kw_only=True)
class SlowedSpec(Spec):
    """``percent``: extra thread CPU time of a forward pass."""

    image_size: int = 32
    num_classes: int = 10
    percent: int = 0

    def validate(self) -> None:
        super().validate()
        require_range("percent", self.percent, 0, 1000)


def build(spec: SlowedSpec) -> Any:
    """The network, with the extra work behind it."""
    import torch
    from torch import nn

    class Slowed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = resolve(SLOWED).build()
            self.factor = torch.rand(32, 32)
            self.product = torch.empty(32, 32)

        def forward(self, image: torch.Tensor) -> Any:
            start = time.thread_time_ns()
            logits = self.inner(image)
            done = time.thread_time_ns()
            until = done + (done - start) * spec.percent // 100
            while time.thread_time_ns() < until:
                torch.mm(self.factor, self.factor, out=self.product)
            return logits

    return Slowed()


register(
    Family(name="slowed", source="this file", build=build),
    {"slowed_ravit": dataclasses.replace(SlowedSpec())},
)
