"""When enough worker pairs have been seen, and what they say: looks, t tests against a margin, Holm over models.

All functions take arrays whose last two axes are (pairs, models), so that the gate decides one run and a study of its
error rates decides ten thousand with the same code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from effbench.errors import EffbenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNDECIDED, PASS, FAIL = 0, 1, 2

Array: TypeAlias = "NDArray[np.float64]"
Flags: TypeAlias = "NDArray[np.bool_]"
Numbers: TypeAlias = "NDArray[np.int_]"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a gate run decides.

    Attributes:
        margin: relative slow-down that is tolerated, e.g. 0.02.
        alpha: probability, over all models and looks, of failing a run in which no model is slower than the margin; and
            for each model of passing it although it is. Each look spends an equal part (Bonferroni), which holds
            whatever the dependence between looks.
        looks: numbers of pairs after which a decision is tried.
    """

    margin: float = 0.02
    alpha: float = 0.01
    looks: tuple[int, ...] = (6, 12, 18, 24, 30)

    def __post_init__(self) -> None:
        if not 0 <= self.margin < 1:
            raise EffbenchError(f"the margin must be at least 0 and below 100 %, got {100 * self.margin:g} %")
        if not 0 < self.alpha < 0.5:
            raise EffbenchError(f"alpha must be above 0 and below 0.5, got {self.alpha:g}")
        if not self.looks or self.looks[0] < 3 or any(b <= a for a, b in pairwise(self.looks)):
            raise EffbenchError(f"looks must rise from at least 3 pairs, got {', '.join(map(str, self.looks))}")

    @property
    def level(self) -> float:
        """What one look may spend of ``alpha``."""
        return self.alpha / len(self.looks)


def slower(log_ratios: Array, margin: float) -> tuple[Array, Array]:
    """One-sided p values of a t test on the pairs, (…, pairs, models) -> twice (…, models).

    Returns:
        p against "at most the margin slower" (small: it is slower), and p against "slower than the margin" (small: it
        is not). No spread at all is a certainty.

    Raises:
        EffbenchError: a ratio that is not finite, of which any comparison would be an answer.
    """
    import numpy as np
    from scipy.special import stdtr

    if not np.isfinite(log_ratios).all():
        *_, pair, model = np.argwhere(~np.isfinite(log_ratios))[0]
        value = log_ratios[~np.isfinite(log_ratios)][0]
        raise EffbenchError(f"pair {pair + 1} of model {model + 1}: the log ratio {value} is not a finite number")
    pairs = log_ratios.shape[-2]
    mean = log_ratios.mean(axis=-2) - math.log1p(margin)
    error = log_ratios.std(axis=-2, ddof=1) / math.sqrt(pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0, mean / error, np.where(mean > 0, np.inf, -np.inf))
    return stdtr(pairs - 1, -t), stdtr(pairs - 1, t)


def holm(p: Array, level: float, open_models: Flags) -> Flags:
    """Which hypotheses fall when all open models together may err with probability ``level``.

    Args:
        p: (…, models). open_models: those still undecided; the others do not count.
    """
    import numpy as np

    p = np.where(open_models, p, np.inf)
    order = np.argsort(p, axis=-1)
    rank = np.arange(p.shape[-1])
    allowed = level / np.maximum(open_models.sum(axis=-1, keepdims=True) - rank, 1)
    fell = np.logical_and.accumulate(np.take_along_axis(p, order, axis=-1) <= allowed, axis=-1)
    out = np.empty_like(fell)
    np.put_along_axis(out, order, fell, axis=-1)
    return out


def look(gated: Array, beside: Array, plan: Plan, open_models: Flags) -> tuple[Numbers, Flags, Flags]:
    """What the pairs seen so far say: (verdict, whether the clocks say the opposite, whether they part) per model.

    Args:
        gated: log ratios on the clock that decides. beside: on the clock that may object. Both (…, pairs, models).
        open_models: (…, models), those still undecided; the others stay undecided here.

    Clocks part whose ratios head / base differ by more than the margin: work was moved to where the deciding clock does
    not see it, say, into another thread. That fails, unless both clocks pass it. A PASS waits for more pairs, if any
    are to come, while the means of the clocks differ so much that they might part.

    A clock objects by saying the opposite: FAIL against PASS or PASS against FAIL. Then nothing is decided.
    """
    import numpy as np

    above, below = slower(gated, plan.margin)
    other_above, other_below = slower(beside, plan.margin)
    beyond = [slower(difference, plan.margin)[0] for difference in (beside - gated, gated - beside)]
    fails, passes = holm(above, plan.level, open_models), open_models & (below <= plan.level)
    parts = holm(2.0 * np.min(beyond, axis=0), plan.level, open_models) & ~(passes & (other_below <= plan.level))
    objects = ~parts & ((fails & (other_below <= plan.level)) | (passes & (other_above <= plan.level)))
    if gated.shape[-2] < plan.looks[-1]:
        passes &= (beside - gated).mean(axis=-2) <= math.log1p(plan.margin)
    verdict = np.where(fails | parts, FAIL, np.where(passes, PASS, UNDECIDED))
    return np.where(objects, UNDECIDED, verdict), objects, parts


def decide(gated: Array, beside: Array, plan: Plan) -> tuple[Numbers, Numbers]:
    """The verdict of whole runs, look after look; a model keeps its first decision.

    Args:
        gated, beside: (…, pairs, models) log ratios; looks beyond the pairs there are do not happen.

    Returns:
        Verdict per model (UNDECIDED: inconclusive) and the number of pairs after which each run could stop.
    """
    import numpy as np

    verdict = np.full((*gated.shape[:-2], gated.shape[-1]), UNDECIDED)
    used = np.full(verdict.shape[:-1], min(plan.looks[-1], gated.shape[-2]))
    for pairs in (n for n in plan.looks if n <= gated.shape[-2]):
        running = verdict == UNDECIDED
        found, *_ = look(gated[..., :pairs, :], beside[..., :pairs, :], plan, running)
        verdict = np.where(running, found, verdict)
        used = np.where(running.any(axis=-1) & (verdict != UNDECIDED).all(axis=-1), pairs, used)
    return verdict, used
