"""What a gate would say: complete runs drawn from measured worker pairs, with replacement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from effbench.gate.sequential import FAIL, PASS, Plan, decide
from effbench.stats.checked import finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 10_000
SEED = 20_260

Array: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Shares of drawn runs.

    Attributes:
        fail, passes, inconclusive: of the verdicts on one model.
        any_fail: of the runs in which any model fails.
        pairs: worker pairs a run used, on average. draws: runs that were drawn.
    """

    fail: float
    passes: float
    inconclusive: float
    any_fail: float
    pairs: float
    draws: int


def rates(
    gated: Array,
    beside: Array,
    plan: Plan,
    *,
    model: int = 0,
    slower: float = 0.0,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Rates:
    """Error rates or power of ``plan`` for one model.

    Args:
        gated, beside: (pairs, models) log ratios of measured pairs, on the clock that decides and on the other.
        model: whose verdicts are reported.
        slower: slow-down added to that model's ratios by arithmetic, e.g. 0.05; 0 takes the pairs as they are.
        draws: runs. seed: of the draw.

    Raises:
        EffbenchError: a ratio that is not finite, whether it is drawn or not.
    """
    import numpy as np

    for name, ratios in (("deciding", gated), ("other", beside)):
        finite(ratios.ravel().tolist(), f"log ratios on the {name} clock")
    finite([slower], "the slow-down")
    shift = np.zeros(gated.shape[-1])
    shift[model] = math.log1p(slower)
    rng = np.random.default_rng(seed)
    chosen = rng.integers(gated.shape[0], size=(draws, plan.looks[-1]))
    verdict, used = decide((gated + shift)[chosen], (beside + shift)[chosen], plan)
    own = verdict[:, model]
    fail, passes = float((own == FAIL).mean()), float((own == PASS).mean())
    return Rates(
        fail=fail,
        passes=passes,
        inconclusive=float(((own != FAIL) & (own != PASS)).mean()),
        any_fail=float((verdict == FAIL).any(axis=-1).mean()),
        pairs=float(used.mean()),
        draws=draws,
    )
