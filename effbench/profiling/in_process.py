"""Steps of a network that is there already, timed in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError, first_line

if TYPE_CHECKING:
    from torch import nn


def step_seconds(
    network: nn.Module, inputs: Sequence[object], named: Mapping[str, object], samples: int, warm_up: int
) -> tuple[str, int, list[float]]:
    """Device, threads, and wall seconds of every step of inference.

    Raises:
        EffbenchError: the network has no values, or does not run.
    """
    import torch

    from effbench.counting.counters.inputs import Inputs
    from effbench.profiling.worker.clock import WALL, Clocks

    given = Inputs(tuple(inputs), named)
    owned = [*network.parameters(), *network.buffers(), *given.tensors()]
    device, threads = (owned[0].device if owned else torch.device("cpu")), torch.get_num_threads()
    if device.type == "meta":
        raise EffbenchError("a network on the meta device has no values to compute: nothing to time")
    clocks = Clocks(device.type, threads)
    try:
        with torch.inference_mode():
            taken = [clocks(lambda: given.call(network))[WALL] for _ in range(warm_up + samples)]
    except Exception as error:  # the network's own code: any kind
        raise EffbenchError(f"{type(network).__name__} does not run on {device}: {first_line(error)}") from error
    return str(device), threads, [nanoseconds / 1e9 for nanoseconds in taken[warm_up:]]
