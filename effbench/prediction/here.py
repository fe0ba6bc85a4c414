"""This machine: networks timed once and kept, and any other predicted from them.

Small networks of several kinds and widths are timed in batches of one and more; ``fit`` takes them as it takes what
timm publishes. Every group is kept as soon as it is timed, so a calibration that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from math import log
from typing import Any

from effbench.cost.launches import OF_OTHERS
from effbench.counting.time_terms import Timeable, timeable
from effbench.errors import EffbenchError
from effbench.files import cache as kept
from effbench.models.registry import resolve
from effbench.prediction.columns import values
from effbench.prediction.fitted import Fitted, Validation
from effbench.prediction.predicting import Prediction, Priced, priced
from effbench.prediction.rows import Example
from effbench.prediction.setting import HERE
from effbench.prediction.timing import BUSY, Start, busyness, name_of, timed, typical
from effbench.processes import environment
from effbench.processes.process import Worker, WorkerFailed
from effbench.profiling.worker.job import Job

CLOCKS = ("cpu", "wall")
ROUNDS = 4
SECONDS = 225.0
"""After which no further group is begun."""

_RAVITS = ("1-1", "2-4", "4-1", "1-3", "0-6", "1-1-2", "2-0-4")
_NETWORKS = {
    **{
        f"ravit width {width}": [(f"ravit_cifar10:{layers},width={width}", None, 1) for layers in _RAVITS]
        + [(f"ravit_cifar10:1-2,width={width}", None, 8)]
        for width in (64, 96, 128, 192, 256)
    },
    "vit": [
        *((f"vit_cifar10:{depth},width={width}", None, 1) for depth in (2, 5) for width in (72, 144, 240)),
        *(("vit_tiny_patch16", size, batch) for size, batch in ((96, 1), (160, 1), (224, 1), (96, 4))),
    ],
    "timm resnet": [("timm/resnet18", 96, 1), ("timm/resnet18", 160, 1), ("timm/resnet26", 128, 1)],
    "timm mobilenet": [("timm/mobilenetv3_small_100", 224, 1), ("timm/mobilenetv2_050", 160, 1)],
    "timm efficientnet": [("timm/efficientnet_b0", 160, 1), ("timm/efficientnet_lite0", 128, 4)],
    "timm convnext": [("timm/convnext_atto", 160, 1), ("timm/convnext_femto", 128, 1)],
    "timm regnet": [("timm/regnetx_002", 224, 1), ("timm/regnety_004", 160, 1)],
}
"""Group, held out together when the errors are estimated -> (model, image side, batch) of its networks."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What is known of this machine.

    Attributes:
        groups: group -> networks with their samples, as they were kept. conditions: of the first group.
        busy: the greatest ratio of wall over processor time of a group. left: groups that are not timed yet.
    """

    groups: Mapping[str, Any]
    conditions: Mapping[str, Any]
    busy: float
    left: Sequence[str]

    @property
    def is_busy(self) -> bool:
        """Whether other work shared the machine while it was calibrated."""
        return self.busy > BUSY


def calibrate(
    threads: int,
    *,
    again: bool = False,
    tell: Callable[[int, str], None] = lambda left, what: None,
    start: Start = Worker,
    clock: Callable[[], float] = time.monotonic,
) -> Calibration:
    """Time every group that is not kept, for SECONDS at most.

    Raises:
        EffbenchError: a network cannot be timed, with the reason.
    """
    file, ends = _file(threads), clock() + SECONDS
    if again:
        kept.write(file, {}, "an empty calibration")
    for number, (group, networks) in enumerate(wanted := _wanted()):
        if group in _groups(file) or clock() > ends:
            continue
        jobs = [Job(model=name, size=size, batch=batch, threads=threads) for name, size, batch in networks]
        tell(len(wanted) - number, group)
        try:
            turns = timed(jobs, ROUNDS, start=start)
        except WorkerFailed as failed:
            raise EffbenchError(f"this machine cannot be calibrated: {failed}") from None
        entry = {
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "load": environment.load(),
            "busy": round(busyness(turns), 3),
            "networks": [{**job.as_dict(), "samples": turns[name_of(job)]} for job in jobs],
        }
        kept.update(file, lambda held, group=group, entry=entry: {**_known(held), group: entry}, "a calibration")
    return _calibration(file)


def _wanted() -> list[tuple[str, list[tuple[str, int | None, int]]]]:
    """Groups that can be built here: those of timm need timm."""
    return [item for item in _NETWORKS.items() if not item[0].startswith("timm") or find_spec("timm") is not None]


def calibration(threads: int) -> Calibration:
    """What is kept.

    Raises:
        EffbenchError: nothing, or only a part.
    """
    found = _calibration(_file(threads))
    if found.left:
        what = "has not been calibrated" if not found.groups else "is calibrated in part"
        raise EffbenchError(f"this machine {what} for {threads} threads: run effbench predict --calibrate")
    return found


def _calibration(file: str) -> Calibration:
    groups = _groups(file)
    return Calibration(
        groups=groups,
        conditions=environment.machine(),
        busy=max((entry["busy"] for entry in groups.values()), default=1.0),
        left=[group for group, _ in _wanted() if group not in groups],
    )


def _file(threads: int) -> str:
    """One file a machine, version of PyTorch, number of threads and list of networks."""
    about = (environment.machine()["machine"], environment.libraries()["torch"], threads, _NETWORKS, ROUNDS)
    return f"calibrations/{hashlib.sha256(repr(about).encode()).hexdigest()[:32]}.json"


def _groups(file: str) -> dict[str, Any]:
    return _known(kept.read(file))


def _known(held: Any) -> dict[str, Any]:
    """What of the file is a calibration."""
    return {name: entry for name, entry in held.items() if name in _NETWORKS} if isinstance(held, dict) else {}


@dataclass(frozen=True)
class Machine:
    """A calibrated machine that predicts. Attributes: clock: one of CLOCKS, of the times."""

    clock: str
    fitted: Fitted
    validation: Validation
    examples: Sequence[Example]

    def predict(self, found: Timeable, batch: int) -> Prediction:
        """The row of a network at that batch."""
        import numpy as np

        from effbench.prediction.fitting import corrected

        vector = values(found.terms, batch)
        (by,) = corrected(self.examples, self.fitted, np.array([vector]))
        return priced(Priced(found.model, found.size, batch, HERE), self.fitted, vector, by)


@cache
def machine(threads: int, clock: str) -> Machine:
    """This machine, as it was calibrated.

    Raises:
        EffbenchError: it was not.
    """
    from effbench.prediction.fitting import fit

    known = tuple(_examples(calibration(threads), clock))
    one, said = fit(known, HERE, f"{threads} threads, {clock} time")
    return Machine(clock, one, said, known)


def _examples(found: Calibration, clock: str) -> Iterator[Example]:
    for group, entry in found.groups.items():
        for held in entry["networks"]:
            known = timeable(resolve(held["model"]).at_size(held["size"]))
            seconds = typical(held["samples"][clock]) / held["batch"]
            macs = sum(n for name, n in known.terms.items() if name.startswith("macs_") and name not in OF_OTHERS)
            yield Example(values=values(known.terms, held["batch"]), log_seconds=log(seconds), family=group, macs=macs)
