"""This machine: networks timed once and kept, and any other predicted from them.

Small networks of several kinds and widths take turns, in batches of one and more; ``fit`` takes them as it takes what
timm publishes. Every round is kept as soon as it is over, so a calibration that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from math import log
from random import Random
from typing import Any

from effbench.cost.launches import OF_OTHERS
from effbench.counting.time_terms import timeable
from effbench.errors import EffbenchError
from effbench.files import cache as kept
from effbench.models.registry import resolve
from effbench.models.shipped import Timeable
from effbench.prediction.columns import values
from effbench.prediction.fitted import Fitted, Validation
from effbench.prediction.predicting import Prediction, Priced, priced
from effbench.prediction.rows import Example
from effbench.prediction.setting import HERE
from effbench.prediction.timing import BUSY, Start, Tell, busyness, joined, name_of, rounds, typical
from effbench.processes import environment
from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import NetworkWorker, Turn
from effbench.profiling.worker.job import Job

CLOCKS = ("wall", "cpu")
ROUNDS, FEWEST = 12, 4
"""Rounds of a calibration, and with how many it can be used where there was no time for more."""
SECONDS = 215.0
"""After which no further round is begun."""

_RAVITS = ("1-1", "2-4", "4-1", "1-3", "0-6", "6-6", "1-1-2", "2-0-4", "5-2-4")
"""Shallow and deep ones: a layer more must not be a guess."""
_OF_FAMILIES = {
    "byobnet": "mobileone_s1",
    "coat": "coat_lite_tiny",
    "cspnet": "cs3darknet_s",
    "deit": "deit_tiny_patch16_224",
    "densenet": "densenet121",
    "dla": "dla46_c",
    "edgenext": "edgenext_xx_small",
    "efficientformer_v2": "efficientformerv2_s0",
    "efficientvit_mit": "efficientvit_b0",
    "fasternet": "fasternet_t0",
    "fastvit": "fastvit_t8",
    "ghostnet": "ghostnet_100",
    "hgnet": "hgnetv2_b0",
    "hrnet": "hrnet_w18_small",
    "inception_next": "inception_next_atto",
    "levit": "levit_128s",
    "maxxvit": "maxvit_pico_rw_256",
    "metaformer": "poolformer_s12",
    "mlp_mixer": "mixer_s32_224",
    "mobilevit": "mobilevit_xxs",
    "nfnet": "nf_regnet_b0",
    "pit": "pit_ti_224",
    "pvt_v2": "pvt_v2_b0",
    "repvit": "repvit_m0_9",
    "resnetv2": "resnetv2_18",
    "rexnet": "rexnet_100",
    "swin_transformer": "swin_tiny_patch4_window7_224",
    "tiny_vit": "tiny_vit_5m_224",
    "vision_transformer_hybrid": "vit_tiny_r_s16_p8_224",
    "vovnet": "ese_vovnet19b_slim_dw",
    "xcit": "xcit_nano_12_p16_224",
}
"""Family of timm -> a small network of it, at its own image size."""

_NETWORKS: Mapping[str, Sequence[tuple[str, int | None, int]]] = {
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
    **{f"timm {family}": [(f"timm/{name}", None, 1)] for family, name in _OF_FAMILIES.items()},
}
"""Group, held out together when the errors are estimated -> (model, image side, batch) of its networks."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What was timed on this machine.

    Attributes:
        played: round by round, name -> clock -> nanoseconds. conditions: of the machine, and of each round.
    """

    played: Sequence[Mapping[str, Turn]]
    conditions: Mapping[str, Any]

    @property
    def busy(self) -> float:
        """Wall over processor time of all rounds."""
        return busyness(joined(self.played)) if self.played else 1.0

    @property
    def is_busy(self) -> bool:
        """Whether other work shared the machine while it was calibrated."""
        return self.busy > BUSY

    @property
    def is_enough(self) -> bool:
        """Whether predictions can be made from it."""
        return len(self.played) >= FEWEST


def jobs(threads: int) -> dict[str, list[Job]]:
    """Group -> what is timed: those of timm where timm is installed."""
    has_timm = find_spec("timm") is not None
    return {
        group: [Job(model=name, size=size, batch=batch, threads=threads) for name, size, batch in networks]
        for group, networks in _NETWORKS.items()
        if has_timm or not group.startswith("timm")
    }


def calibrate(
    threads: int,
    *,
    again: bool = False,
    tell: Tell = lambda left, what: None,
    start: Start = NetworkWorker,
    clock: Callable[[], float] = time.monotonic,
) -> Calibration:
    """Play the rounds that are not kept, for SECONDS at most.

    Raises:
        EffbenchError: a network cannot be timed, with the reason.
    """
    file, ends = _file(threads), clock() + SECONDS
    if again:
        kept.write(file, [], "an empty calibration")
    todo = ROUNDS - len(_known(kept.read(file)))
    if todo <= 0:
        return calibration(threads)
    every = [job for group in jobs(threads).values() for job in group]
    try:
        with closing(rounds(every, Random(todo), tell, start)) as playing:
            for left in range(todo, 0, -1):
                _keep(file, next(playing))
                tell(left - 1, "rounds")
                if clock() > ends:
                    break
    except WorkerFailed as failed:
        raise EffbenchError(f"this machine cannot be calibrated: {failed}") from None
    return calibration(threads)


def _keep(file: str, turns: Mapping[str, Turn]) -> None:
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"ended": ended, "load": environment.load(), "turns": turns}
    kept.update(file, lambda held: [*_known(held), entry], "a round of the calibration")


def calibration(threads: int) -> Calibration:
    """What is kept.

    Raises:
        EffbenchError: too little.
    """
    held = _known(kept.read(_file(threads)))
    found = Calibration(
        played=[entry["turns"] for entry in held],
        conditions={
            **asdict(environment.machine()),
            "rounds": [{k: entry[k] for k in ("ended", "load")} for entry in held],
        },
    )
    if not found.is_enough:
        what = "has not been calibrated" if not held else f"has {len(held)} of at least {FEWEST} rounds"
        raise EffbenchError(f"this machine {what} for threads: {threads}; run effbench predict --calibrate")
    return found


def _file(threads: int) -> str:
    """One file a machine, version of PyTorch, number of threads and list of networks."""
    about = (environment.machine().machine, environment.libraries()["torch"], jobs(threads))
    return f"calibrations/{hashlib.sha256(repr(about).encode()).hexdigest()[:32]}.json"


def _known(held: Any) -> list[Any]:
    """What of the file is rounds."""
    return [entry for entry in held if "turns" in entry] if isinstance(held, list) else []


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
    return machine_from(joined(calibration(threads).played), threads, clock)


def machine_from(turns: Mapping[str, Turn], threads: int, clock: str) -> Machine:
    """The machine on which the networks of ``jobs`` took these turns."""
    from effbench.prediction.fitting import fit

    known = tuple(_examples(turns, threads, clock))
    one, said = fit(known, HERE, f"{threads} threads, {clock} time")
    return Machine(clock, one, said, known)


def _examples(turns: Mapping[str, Turn], threads: int, clock: str) -> Iterator[Example]:
    for group, timed in jobs(threads).items():
        for job in timed:
            known = timeable(resolve(job.model).at_size(job.size))
            yield Example(
                values=values(known.terms, job.batch),
                log_seconds=log(typical(turns[name_of(job)][clock]) / job.batch),
                family=group,
                macs=sum(n for name, n in known.terms.items() if name.startswith("macs_") and name not in OF_OTHERS),
            )
