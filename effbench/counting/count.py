"""The operations of a model: what its formula gives, or what its network was seen to do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from effbench.cost.convention import Convention
from effbench.cost.counts import OpCounts
from effbench.models.inputs import Side


@dataclass(frozen=True, kw_only=True)
class Count:
    """What a model does for one image, or for each batch, and how that is known.

    Attributes:
        model: its name. size: sides of the image in pixels, or the shapes of other inputs. batch: images.
        counts: operations by (module path, kind), of the whole batch.
        source: ``analytic`` (by formula) or ``counted``. by: what made it, with versions.
        device: where the network was counted, ``meta`` where nothing had values; empty of a formula.
        uncounted: operators of the network that have no price, with shapes.
    """

    model: str
    size: Side
    batch: int = 1
    counts: OpCounts
    source: Literal["analytic", "counted"]
    by: str
    device: str = ""
    uncounted: tuple[str, ...] = ()

    def of_batch(self, images: int) -> Count:
        """The count of that many images instead of one; they share the parameters."""
        return self if images == 1 else dataclasses.replace(self, batch=images, counts=self.counts.batch(images))

    def total(self, convention: Convention) -> int:
        """The cost under a convention, in its unit."""
        return int(convention.total(self.counts))
