"""``effbench.formula``: the exact cost of a network in the sides of its input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from effbench.cost.convention import convention
from effbench.counting.counted_formula import CountedFormula, Seen, counted_formula, of_name, template
from effbench.counting.formula import Formula
from effbench.errors import MissingExtra
from effbench.models.inputs import Input
from effbench.models.plugins import allow


@dataclass(frozen=True)
class ClosedForm:
    """A cost that is asked with sizes: ``form(H=224, W=320)``; ``str(form)`` is the polynomial."""

    found: CountedFormula

    def __call__(self, **sides: int) -> int:
        """The exact cost.

        Raises:
            EffbenchError: a side is missing or unknown, or the formula does not hold there.
        """
        return self.found(sides)

    @property
    def valid(self) -> str:
        """Where it holds, and at how many sizes that was checked."""
        return self.found.valid

    @property
    def uncounted(self) -> tuple[str, ...]:
        """Operators without a price, which are not in it."""
        return self.found.uncounted

    @cached_property
    def text(self) -> Formula:
        """The formula as ``texts`` in plain, LaTeX and Python form, with its symbols explained."""
        return self.found.form()

    def __str__(self) -> str:
        return self.text.texts["plain"]

    def __repr__(self) -> str:
        return f"<{self.found.convention.unit}s of {self.found.model}: {self}; {self.text.valid}>"

    def _repr_latex_(self) -> str:
        return f"${self.text.texts['latex']}$"


def formula(model: object, input: str = "1x3xHxW", *, under: str = "macs") -> ClosedForm:
    """The closed form of a network's cost in the sides of its input, from exact counts; checked at other sizes.

    Args:
        model: a network, or the name of one, which is then made anew for every size.
        input: its shape with capitals for what is free: ``1x3xHxW``, ``1x3xSxS`` for squares, ``Bx3xHxW``; several
            inputs with a space between.
        under: the convention.

    Raises:
        EffbenchError: the work depends on values, or is no polynomial of the sides, with the reason.

        >>> import effbench as eb
        >>> from torch import nn
        >>> form = eb.formula(nn.Conv2d(3, 8, 4, stride=4))
        >>> str(form)  # 8 filters of 3 x 4 x 4 on a quarter of each side
        '24*H*W'
        >>> form(H=224, W=320)
        1720320
        >>> form.valid.split('. ')[0]
        'Valid where H is a multiple of 4, from 4 to 2048; W is a multiple of 4, from 4 to 2048'
    """
    prices, wanted = convention(under), template(input.split())
    if isinstance(model, str):
        allow(model)
        return ClosedForm(of_name(model, input.split(), prices))
    try:
        from effbench.counting.counters.inputs import made
        from effbench.counting.counters.placed import META, as_network, placed_count
    except ImportError as error:
        raise MissingExtra("a formula", error.name or "torch", "measure") from None
    name, network = getattr(model, "__name__", type(model).__name__), as_network(model)

    def count(inputs: tuple[Input, ...]) -> Seen:
        found = placed_count(name, network, made(inputs, META), device=META)
        return found.forward, tuple(map(str, found.uncounted))

    return ClosedForm(counted_formula(name, count, wanted, prices))
