"""What ``effbench predict`` answers: a row a network and machine, a published one or this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effbench.counting.time_terms import timeable
from effbench.models.inputs import Side
from effbench.models.shipped import Timeable
from effbench.models.spec import require_range
from effbench.prediction.predicting import Prediction, chosen, model_of, of_network
from effbench.prediction.setting import HERE, Setting

MAX_BATCH = 1_048_576


def predict(
    names: Sequence[str],
    sizes: Sequence[Side] | None = None,
    machines: Sequence[str] | None = None,
    batch: int | None = None,
    *,
    threads: int = 1,
    clock: str = "wall",
) -> list[Prediction]:
    """A row a model, size and machine.

    Args:
        names: registered names, or timm's. sizes: image sides, pixels; None for each model's own.
        machines: names of published settings, short or full, or ``here``; None for every one timed in inference.
        batch: images per step; of a published setting as it was timed, and of this machine 1 if None.
        threads, clock: of this machine: threads of PyTorch, and ``wall`` or ``cpu`` (processor) time.

    Raises:
        EffbenchError: an unknown name, a size a model cannot have, another batch, a network that cannot be counted, or
            this machine without a calibration.
    """
    if batch is not None:
        require_range("batch", batch, 1, MAX_BATCH)
    published = [name for name in machines or () if name != HERE]
    settings = chosen(None if machines is None else published)
    models = [model_of(name).at_size(size) for name in names for size in (sizes or (None,))]
    here = (threads, clock) if machines is not None and HERE in machines else None
    if here is not None:
        _require_calibrated(threads)
    return [row for model in models for row in _rows(timeable(model), settings, batch, here)]


def _require_calibrated(threads: int) -> None:
    """Raise EffbenchError before anything is counted if this machine was not calibrated."""
    from effbench.prediction.here import calibration

    calibration(threads)


def _rows(
    found: Timeable, settings: Sequence[Setting], batch: int | None, here: tuple[int, str] | None
) -> Iterator[Prediction]:
    yield from of_network(found, settings, batch)
    if here is not None:
        from effbench.prediction.here import machine

        yield machine(*here).predict(found, batch or 1)
