"""``effbench.explain``, ``conventions`` and ``price``: what a figure counts, and prices of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from effbench.api.network_cost import NetworkCost
from effbench.claims.readings import Explanation, explain_counts
from effbench.cost.convention import Convention
from effbench.cost.convention import conventions as known
from effbench.cost.kinds import KINDS
from effbench.errors import MissingExtra, UnknownName
from effbench.render.numbers import scaled
from effbench.render.table import Column, of, render


@dataclass(frozen=True)
class Explained:
    """A printed figure against every convention, the nearest first.

    Attributes:
        cost: what it was compared with. figure: as printed. rows: one for each convention.
    """

    cost: NetworkCost
    figure: str
    rows: tuple[Explanation, ...]

    @property
    def holds_under(self) -> tuple[str, ...]:
        """Conventions that print as the figure."""
        return tuple(row.convention for row in self.rows if row.match != "off")

    def table(self, style: str = "table") -> str:
        """As text, in any format of the command line."""
        holds = ", ".join(self.holds_under)
        title = f"{self.figure} {f'holds under {holds}' if holds else 'holds under no convention'}"
        return render(self.rows, EXPLANATION, style, title=title, notes=self.cost.notes())

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return self.table(style="html")


EXPLANATION: list[Column[Explanation]] = [
    of("convention", lambda row: row.convention),
    of("ours", lambda row: f"{scaled(row.value)} {row.unit}s", right=True),
    of("match", lambda row: row.match),
    of("ours / published", lambda row: row.ratio, lambda ratio: f"{ratio:.4f}", right=True),
    of("counts", lambda row: row.doc),
]


def explain(cost: NetworkCost, figure: str) -> Explained:
    """Which conventions give a published figure for a network, and how far off the others are.

    Args:
        figure: as printed, e.g. ``"4.12G"``.

        >>> import effbench as eb
        >>> from torch import nn, zeros
        >>> eb.explain(eb.count(nn.Linear(48, 10), zeros(1, 64, 48)), "61.4k").holds_under
        ('flops',)
    """
    found = explain_counts(cost.counts, cost.name, cost.inputs, figure, len(cost.uncounted))
    return Explained(cost, figure, tuple(found))


def conventions() -> dict[str, Convention]:
    """Every named convention: what tools and papers count, as prices of kinds of operation.

    >>> import effbench as eb
    >>> eb.conventions()["flops"].price["mac_linear"]
    2
    """
    return dict(known())


def price(operator: object, rule: Callable[[object], Mapping[str, int]]) -> None:
    """Teach the counter an operator, for this process.

    Args:
        operator: of PyTorch, all its overloads or one: ``torch.ops.torchvision.deform_conv2d``, or its name as
            ``"torchvision::deform_conv2d"``.
        rule: from a call, with ``args``, ``kwargs`` and ``out``, to kind -> how many; kinds are those of
            ``effbench.cost.kinds``.

    Raises:
        UnknownName: there is no such operator; or, when the rule is used, no such kind.

        >>> import effbench as eb
        >>> eb.price("aten::cdist", lambda call: {"mac_linear": call.out.numel() * call.args[0].shape[-1]})
    """
    try:
        from effbench.counting.counters.rules import operator_of, register
    except ImportError as error:
        raise MissingExtra("a price", error.name or "torch", "measure") from None

    def checked(call: object) -> Mapping[str, int]:
        counts = rule(call)
        for kind in counts:
            if kind not in KINDS:
                raise UnknownName("kind of operation", kind, KINDS)
        return counts

    register(operator_of(operator) if isinstance(operator, str) else operator, checked)
