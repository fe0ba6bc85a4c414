"""The operations of a model: what its formula gives, or what its network was seen to do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from effbench.cost.convention import Convention
from effbench.cost.counts import OpCounts


@dataclass(frozen=True, kw_only=True)
class Count:
    """What a model does for one image, or for each batch, and how that is known.

    Attributes:
        model: its name. size: image side, pixels. batch: images.
        counts: operations by (module path, kind), of the whole batch.
        source: ``analytic`` (by formula) or ``counted``. by: what made it, with versions.
        uncounted: operators of the network that have no price, with shapes.
    """

    model: str
    size: int
    batch: int = 1
    counts: OpCounts
    source: Literal["analytic", "counted"]
    by: str
    uncounted: tuple[str, ...] = ()

    def of_batch(self, images: int) -> Count:
        """The count of that many images instead of one; they share the parameters."""
        return dataclasses.replace(self, batch=images, counts=self.counts.batch(images))

    def total(self, convention: Convention) -> int:
        """The cost under a convention, in its unit."""
        return int(convention.total(self.counts))
