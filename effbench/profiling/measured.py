"""What the processes of a row gave, put together: flat rows for tables, and measurements of one number each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from effbench import __version__
from effbench.cost.memory import peak_activation_bytes
from effbench.processes.environment import Conditions, joined
from effbench.profiling.jobs import model_of
from effbench.profiling.noise import reported
from effbench.profiling.rows import Row
from effbench.profiling.visits import Entry, Visits
from effbench.profiling.worker.clock import LAUNCH, WALL, latency_clock
from effbench.stats.summary import Centre, centre, percentile

PERCENTS = (90, 99)

HOST_BOUND = 0.9
"""Share of a step's wall time from which on handing the work over to the GPU is what takes the time."""

UNITS = {"latency": "s", "throughput": "image/s", "peak_memory": "byte", "energy": "J"}
"""Metric -> unit. Latency is of a step of ``batch`` images, energy of an image."""

SOURCE = "measured"
BESIDE = ("device", "dtype", "mode", "task", "threads", "again", "status", "reason", "processes", "samples", "steady")
"""What a measurement shows of its row besides the number."""

Flat = dict[str, Any]


def flat(row: Row) -> Flat:
    """One row for people: the job, its status, and what was measured in SI units (seconds, bytes, joules, images/s).

    ``latency`` is by the device's events on a GPU and by wall time on a CPU; None stands where nothing was measured,
    with ``…_reason`` beside it where a process said why.
    """
    job = row.job.as_dict()
    about = {name: job[name] for name in ("model", "size", "batch", "device", "dtype", "mode", "task", "threads")}
    about |= {"again": row.again, "status": row.status, "reason": row.reason or None}
    about |= {"processes": len(row.visits), "peak_predicted": predicted_peak(row)}
    if not row.visits:
        return about
    clocks = {name: [seconds(visit, name) for visit in row.visits] for name in row.visits[0]["samples"]}
    main = latency_clock(row.job.device)
    found = centre(clocks[main])
    return {
        **about,
        "size": row.visits[0]["size"],
        "samples": sum(map(len, clocks[main])),
        "steady": all(visit["warm"]["steady"] for visit in row.visits),
        **_interval("latency", found),
        **{f"latency_p{percent}": percentile(_pooled(clocks[main]), percent) for percent in PERCENTS},
        **{
            name: value
            for clock in clocks
            for name, value in _interval(f"latency_{clock}", centre(clocks[clock])).items()
        },
        **_interval("throughput", _rate(row.job.batch, found)),
        **_gpu(row, clocks),
        **_asked(row, "memory", "peak_memory", lambda told: told["bytes"], max),
        **_asked(row, "energy", "energy", lambda told: told["joules"] / told["steps"] / row.job.batch, median),
    }


def predicted_peak(row: Row) -> int | None:
    """Bytes of activations by formula; None for a training step and for networks that are counted."""
    model = model_of(row.job)
    if row.job.task != "infer" or not model.has_formula:
        return None
    found = model.cost()
    return peak_activation_bytes(found, batch=row.job.batch, dtype=row.job.dtype)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One measured number, or that it is missing.

    Attributes:
        value: in ``unit``; None: not measured, for the row's reason. low, high: its interval.
        row: as ``flat`` gives it. conditions: of all the row's processes; None: there were none.
    """

    metric: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    row: Flat
    conditions: Conditions | None = None

    def plain(self) -> dict[str, object]:
        """As JSON and CSV hold it: number, setting, state and conditions side by side."""
        if self.conditions is None:
            return {**self.row, "metric": self.metric, "value": None, "unit": self.unit, "source": SOURCE}
        return {
            "model": self.row["model"],
            "metric": self.metric,
            "value": self.value,
            "unit": self.unit,
            "source": SOURCE,
            "by": f"effbench {__version__}",
            "size": self.row["size"],
            "batch": self.row["batch"],
            "convention": None,
            "low": self.low,
            "high": self.high,
            **{name: self.row[name] for name in BESIDE},
            **({"reason": self.row["noise"]} if self.value is None else {}),
            **self.conditions.flat(),
        }


def measurements(row: Row, visits: Visits) -> list[Measurement]:
    """The row for programs: one per number that was measured; without any, one that says what went wrong."""
    if not row.visits:
        return [Measurement(metric="latency", value=None, unit=UNITS["latency"], row=flat(row))]
    under = joined([visits.under(visit) for visit in row.visits])
    values = reported(flat(row), under.load)
    return [
        Measurement(
            metric=metric,
            value=values[metric],
            unit=unit,
            low=values.get(f"{metric}_low"),
            high=values.get(f"{metric}_high"),
            row=values,
            conditions=under,
        )
        for metric, unit in UNITS.items()
        if values.get(metric) is not None or metric in values.get("noisy", ())
    ]


def seconds(visit: Entry, clock: str) -> list[float]:
    """Every sample of one clock; a clock that did not move counts as a nanosecond, as its logarithm is needed."""
    return [max(value, 1) / 1e9 for value in visit["samples"][clock]]


def _pooled(processes: list[list[float]]) -> list[float]:
    return [value for process in processes for value in process]


def _interval(name: str, found: Centre) -> Flat:
    known = math.isfinite(found.high)
    return {
        name: found.value,
        f"{name}_low": found.low if known else None,
        f"{name}_high": found.high if known else None,
    }


def _rate(batch: int, step: Centre) -> Centre:
    return Centre(batch / step.value, batch / step.high, batch / step.low if step.low else math.inf)


def _gpu(row: Row, clocks: Mapping[str, list[list[float]]]) -> Flat:
    """Of a GPU: whether the host holds it up, its clock, and why it was slowed."""
    if LAUNCH not in clocks:
        return {}
    launch, wall = _pooled(clocks[LAUNCH]), _pooled(clocks[WALL])
    share = median(handed / step for handed, step in zip(launch, wall, strict=True))
    states = [state for visit in row.visits for state in visit["state"]]
    told = [state for state in states if "unavailable" not in state]
    return {
        "host_bound": share >= HOST_BOUND,
        "sm_clock_hz": median(state["sm_clock_hz"] for state in told) if told else None,
        "slowed_by": sorted({reason for state in told for reason in state["slowed_by"]}),
        "state_reason": None if told else states[0]["unavailable"],
    }


def _asked(row: Row, request: str, name: str, value: Any, over: Any) -> Flat:
    """What an instrument said, over the processes in which it could; else its reason."""
    answers = [visit[request] for visit in row.visits]
    told = [value(answer) for answer in answers if "unavailable" not in answer]
    reason = next((answer["unavailable"] for answer in answers if "unavailable" in answer), None)
    return {name: over(told) if told else None, f"{name}_reason": reason}
