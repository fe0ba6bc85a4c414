"""How far a short schedule can be trusted: are networks in the same order early on, and after a longer one?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean

from effbench.maps.axes import Layers
from effbench.maps.selection import Network, Selected
from effbench.render.numbers import fixed
from effbench.stats.ranks import Agreement, agreement

SHARES = (Fraction(1, 3), Fraction(2, 3), Fraction(1))
"""Of a schedule, after which networks are put in order."""

ENOUGH = 12
"""Networks that two schedules must have in common to be compared."""


@dataclass(frozen=True, kw_only=True)
class RankRow:
    """Two orders of the same networks by accuracy.

    Attributes:
        epoch, of: the first order is after so many epochs of a schedule of ``of``.
        against: the second is after the last epoch of a schedule of this many.
        networks: how many. tau, low, high: Kendall's tau-b and its 95 % interval (bootstrap over the networks).
    """

    epoch: int
    of: int
    against: int
    networks: int
    tau: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """``after 4 of 12 epochs 0.85 [0.64, 1.00]``."""
        ends = f"{fixed(self.tau, 2)} [{fixed(self.low, 2)}, {fixed(self.high, 2)}]"
        longer = f" against {self.against} epochs" if self.against != self.of else ""
        return f"after {self.epoch} of {self.of} epochs{longer} {ends}"


def rank_rows(selected: Selected, others: Sequence[Selected]) -> list[RankRow]:
    """A recipe's networks at thirds of its schedule against its end, and its end against longer schedules.

    Args:
        others: recipes on the same data; those that differ in more than the number of epochs are left out.
    """
    last, epochs = _accuracies(selected, None), round(selected.epochs)
    rows = [_row(_accuracies(selected, round(share * epochs)), last, epochs, epochs, share) for share in SHARES]
    for other in others:
        theirs = _accuracies(other, None)
        longer = other.besides_epochs == selected.besides_epochs and other.epochs > selected.epochs
        if longer and len(last.keys() & theirs.keys()) >= ENOUGH:
            rows.append(_row(last, theirs, epochs, round(other.epochs), Fraction(1)))
    return [row for row in rows if row is not None]


def _row(
    early: Mapping[Layers, float], late: Mapping[Layers, float], of: int, against: int, share: Fraction
) -> RankRow | None:
    """None for an order of one network with itself, or where nothing was looked at that early."""
    common = sorted(early.keys() & late.keys())
    found: Agreement | None = agreement([early[one] for one in common], [late[one] for one in common])
    if found is None or (share == 1 and of == against):
        return None
    tau, low, high, count = found
    return RankRow(epoch=round(share * of), of=of, against=against, networks=count, tau=tau, low=low, high=high)


def _accuracies(selected: Selected, epoch: int | None) -> dict[Layers, float]:
    """Layers -> mean over seeds after that epoch of the curve, or at the end."""
    found = {network.layers: _values(network, epoch) for network in selected.networks}
    return {layers: fmean(values) for layers, values in found.items() if values}


def _values(network: Network, epoch: int | None) -> list[float]:
    runs = network.training.judged
    if epoch is None:
        return [run.exits[-1].accuracy for run in runs]
    return [dict(run.curve)[epoch] for run in runs if epoch in dict(run.curve)]


def rank_note(rows: Sequence[RankRow]) -> list[str]:
    """The rows as a line below a map."""
    if not rows:
        return []
    said = "; ".join(row.words for row in rows)
    return [
        f"Order of the networks early on against the end (Kendall's tau, 1 is the same; 95% bootstrap over networks): "
        f"{said}. An early epoch of a long schedule is not the end of a short one."
    ]
