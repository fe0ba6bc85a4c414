"""Which products of matrices are attention, by what happens to their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from effbench.counting.counters.origin import Origin, Product, origin
from effbench.counting.counters.products import convolution
from effbench.counting.counters.rules import PASSING, WEIGHING, Rule


def through(rule: Rule | None, args: Any, made_from: Origin | None, out: Any, running: Product | None) -> Origin | None:
    """What an operator that computes leaves of the products that its arguments hold.

    Args:
        running: the product that the operator itself is.
    """
    if running is None:
        if made_from is None or rule in PASSING:
            return made_from
        return made_from.weighing() if rule in WEIGHING else _of_same_shape(rule, made_from, args, out)
    image = made_from is not None and made_from.image
    if made_from is not None and made_from.products and running.kind == "mac_linear":
        return _talking(made_from, args, out)
    return Origin(image, () if running.settled else (running,))


def attend(origins: Sequence[Origin]) -> None:
    """The products whose softmax weights values now were those of queries and keys.

    One of weights and an input, such as that with a table of positions, is so only where there is no other.
    """
    found = [product for one in origins for product in one.products if product.kind != "mac_av"]
    between = [product for product in found if product.kind in ("mac_matmul", "mac_qk")]
    for product in between or found:
        product.refile("mac_qk")


def _talking(made_from: Origin, args: Any, out: Any) -> Origin | None:
    """Heads of scores that are mixed by a linear layer are scores still."""
    read = next((value for value in args if (found := origin(value)) is not None and found.products), None)
    return made_from if read is not None and read.shape == out.shape else made_from.plain()


def _of_same_shape(rule: Rule | None, made_from: Origin, args: Any, out: Any) -> Origin | None:
    """Convolutions and norms between heads of scores."""
    return _talking(made_from, args, out) if rule is convolution else made_from.plain()
