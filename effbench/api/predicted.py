"""``effbench.predict``: images per second of networks on published machines, or on this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effbench.prediction.predicting import Prediction


def predict(
    *models: str,
    machine: str | Sequence[str] | None = None,
    size: int | None = None,
    batch: int | None = None,
    threads: int = 1,
    clock: str = "wall",
) -> list[Prediction]:
    """Predict throughput with a 90 % interval: a row a model and machine.

    Args:
        models: registered names, or timm's. machine: published settings, short names allowed, or ``here``; None: all.
        size: image side, pixels; None for each model's own. batch: as published, any on this machine.
        threads, clock: of this machine; ``wall`` or ``cpu`` time.

        >>> import effbench as eb
        >>> row, = eb.predict("resnet50", machine="rtx3090")
        >>> row.batch, row.low < row.images_per_s < row.high
        (1024, True)
    """
    from effbench.prediction.answers import predict as predicted

    machines = [machine] if isinstance(machine, str) else machine
    return predicted(models, None if size is None else [size], machines, batch, threads=threads, clock=clock)
