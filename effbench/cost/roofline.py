"""The roofline: what a machine of given ceilings could do at best with given work (Williams et al. 2009, CACM 52(4)).

FLOPs are two per multiply-accumulate and nothing else; bytes are those of ``traffic``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from effbench.cost.traffic import Work


@dataclass(frozen=True)
class Ceilings:
    """What a machine gives at best.

    Attributes:
        flop_per_s: of a large matrix product.
        byte_per_s: read and written by a copy, both counted.
    """

    flop_per_s: float
    byte_per_s: float

    @property
    def ridge(self) -> float:
        """FLOPs per byte from which on memory is no longer the limit."""
        return self.flop_per_s / self.byte_per_s

    def attainable(self, intensity: float) -> float:
        """FLOP/s that work of that intensity (FLOPs per byte) can reach."""
        return min(self.flop_per_s, intensity * self.byte_per_s)

    def seconds(self, work: Work) -> float:
        """Least time of one operation, its products and its transfers at once."""
        return max(work.flops / self.flop_per_s, work.bytes / self.byte_per_s)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A block or a whole model under the roof.

    Attributes:
        macs, bytes: of all its operations.
        seconds: least time if they run one after the other. memory_seconds: the part spent in those that memory limits.
    """

    macs: int
    bytes: int
    seconds: float
    memory_seconds: float

    @property
    def intensity(self) -> float:
        """FLOPs per byte."""
        return 2 * self.macs / self.bytes

    @property
    def bound(self) -> str:
        """``memory`` or ``compute``: where most of the least time goes."""
        return "memory" if 2 * self.memory_seconds > self.seconds else "compute"

    @property
    def flop_per_s(self) -> float:
        """Reached in the least time; never above the roof at its intensity."""
        return 2 * self.macs / self.seconds


def under(ceilings: Ceilings, work: Iterable[Work]) -> Part:
    """Operations that run one after the other, as one part."""
    operations = list(work)
    times = [(ceilings.seconds(w), w) for w in operations]
    return Part(
        macs=sum(w.macs for w in operations),
        bytes=sum(w.bytes for w in operations),
        seconds=sum(seconds for seconds, _ in times),
        memory_seconds=sum(seconds for seconds, w in times if seconds > w.flops / ceilings.flop_per_s),
    )


def model_flops_utilisation(macs: int, seconds: float, flop_per_s: float) -> float:
    """FLOPs the model needs, two per multiply-accumulate, per second it took, as a share of the machine's.

    Source: Chowdhery et al. 2022, arXiv:2204.02311, Appendix B; the machine's are those of our matrix product, not of a
    data sheet.
    """
    return 2 * macs / seconds / flop_per_s
