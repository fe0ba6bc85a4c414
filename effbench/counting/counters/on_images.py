"""A network run on images, one at a time, with values: each counted, then each timed beside the most expensive one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor, nn

from effbench.cost.counts import OpCounts
from effbench.counting.counters.as_found import as_found
from effbench.counting.counters.dispatch import count
from effbench.counting.counters.inputs import Inputs
from effbench.counting.counters.memory import require_memory
from effbench.counting.counters.networks import network_and_inputs
from effbench.counting.counters.placed import META, placed_count
from effbench.errors import EffbenchError, first_line
from effbench.models.registry import Model

Images = Callable[[], Iterator[Tensor]]
"""The images, (1, 3, side, side) each, as often as they are asked for."""

Numbered = tuple[int, Tensor]
"""Which image, and the image."""

WARM, TURNS = 3, 5
"""Passes before any is timed, and passes of each image that are."""


@dataclass(frozen=True)
class OnImages:
    """What a network did.

    Attributes:
        counts: of each image. dense: without values; None where the network needs them.
        uncounted: operators without a price.
        seconds: of each image, the fastest of TURNS: what else runs here only adds.
        worst_seconds: of the most expensive image, by turns with each.
        threads: of the CPU.
    """

    counts: tuple[OpCounts, ...]
    dense: OpCounts | None
    uncounted: tuple[str, ...]
    seconds: tuple[float, ...]
    worst_seconds: tuple[float, ...]
    threads: int


def on_images(
    model: Model,
    images: Images,
    cost: Callable[[OpCounts], int],
    tell: Callable[[str], None] = lambda doing: None,
    *,
    strict: bool = False,
) -> OnImages:
    """Run the model's network on the CPU, in this process.

    Args:
        images: one or more. cost: of a count, which says what is most expensive. tell: before each image.
        strict: raise UncountedError where an operator has no price.

    Raises:
        EffbenchError: the network cannot be built, does not fit into memory, or does not take the images.
    """
    network, _ = network_and_inputs(model, "cpu")
    first = next(images())
    counts: list[OpCounts] = []
    unpriced: dict[str, None] = {}
    worst, most = (0, first), -1
    with torch.random.fork_rng(devices=[]), _taken(model.name, first):
        with as_found(network):
            require_memory(model.name, network, Inputs((first,)))
        for number, image in enumerate(images()):
            tell("counting")
            torch.manual_seed(number)  # what a network draws is not the same for every image
            found = count(network, (image,), strict=strict, calls=True)
            unpriced |= dict.fromkeys(found.unpriced())
            counts.append(found.forward)
            if cost(found.forward) > most:
                worst, most = (number, image), cost(found.forward)
        timed = list(_timed(network, images, worst, tell))
    dense = None
    with suppress(EffbenchError):
        dense = placed_count(model.name, network, Inputs((first,)), device=META).forward
    seconds, worst_seconds = zip(*timed, strict=True)
    return OnImages(tuple(counts), dense, tuple(unpriced), seconds, worst_seconds, torch.get_num_threads())


@contextmanager
def _taken(name: str, image: Tensor) -> Iterator[None]:
    """An error of the network as one line."""
    try:
        yield
    except EffbenchError:
        raise
    except Exception as error:  # the network's own code: any kind
        shape = " x ".join(map(str, image.shape))
        raise EffbenchError(f"{name} does not take these images, {shape}: {first_line(error)}") from error


def _timed(
    network: nn.Module, images: Images, worst: Numbered, tell: Callable[[str], None]
) -> Iterator[tuple[float, float]]:
    """Seconds of each image and of the worst one, by turns: what slows the machine slows both."""
    for _ in range(WARM):
        _seconds(network, worst)
    for one in enumerate(images()):
        tell("timing")
        turns = [(_seconds(network, one), _seconds(network, worst)) for _ in range(TURNS)]
        yield min(own for own, _ in turns), min(other for _, other in turns)


def _seconds(network: nn.Module, numbered: Numbered) -> float:
    """Of one pass, from the state and with the draws that were counted."""
    number, image = numbered
    torch.manual_seed(number)
    with as_found(network), torch.no_grad():
        start = perf_counter()
        network(image)
        return perf_counter() - start
