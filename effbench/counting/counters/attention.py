"""Which products of matrices are attention, by what happens to their results."""

from __future__ import annotations

from typing import Any

from effbench.counting import provenance
from effbench.counting.counters.origin import origin
from effbench.counting.counters.products import convolution
from effbench.counting.counters.rules import PASSING, WEIGHING, Rule
from effbench.counting.provenance import ENDS, MIXES, PASSES, WEIGHS, Origin, Product


def through(rule: Rule | None, args: Any, made_from: Origin | None, out: Any, running: Product | None) -> Origin | None:
    """What an operator that computes leaves of the products that its arguments hold; see ``provenance.through``."""
    if rule in PASSING:
        how = PASSES
    elif rule in WEIGHING:
        how = WEIGHS
    else:
        how = MIXES if rule is convolution else ENDS  # convolutions and norms between heads of scores
    return provenance.through(how, made_from, running, lambda: _is_of_same_shape(args, out))


def _is_of_same_shape(args: Any, out: Any) -> bool:
    """Whether the scores among the arguments have the shape of the result."""
    read = next((value for value in args if (found := origin(value)) is not None and found.products), None)
    return read is not None and bool(read.shape == out.shape)
