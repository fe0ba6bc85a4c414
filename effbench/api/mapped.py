"""``effbench.layer_map``: what RAViTs of every layer count cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effbench.maps.layer_map import Map


def layer_map(dataset: str = "cifar10", under: str = "macs", max_layers: int = 8) -> Map:
    """The cost of the paper's networks by the layers in two branches, as ``effbench heatmap`` has it.

    Args:
        dataset: ``cifar10``, ``tiny-imagenet`` or ``imagenet``. under: a convention. max_layers: in a branch, at most.

    Raises:
        UnknownName: no such data set or convention. SpecError: a number of layers that cannot be.

        >>> import effbench as eb
        >>> made = eb.layer_map("cifar10", max_layers=2)
        >>> len(made.rows), made.rows[1]["model"]
        (9, 'ravit_cifar10:0-1')
    """
    from effbench.cost.convention import convention
    from effbench.maps.flops import paper_map
    from effbench.maps.paper import paper_grid

    return paper_map(paper_grid(dataset, convention(under), max_layers=max_layers))
