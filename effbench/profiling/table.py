"""Tables of what was profiled: columns that vary, and in notes what the numbers are and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from effbench.models.inputs import shown
from effbench.profiling.noise import SAID
from effbench.profiling.worker.clock import CLOCKS, called, latency_clock
from effbench.render.numbers import bytes_binary, fixed, joules, scaled, seconds, significant
from effbench.render.table import MISSING, Column, Quantity, Row, column
from effbench.stats.summary import LEVEL, RESAMPLES, needed

SETTINGS = ("batch", "dtype", "mode", "task")


def profile_columns(rows: Sequence[Row]) -> list[Column[Row]]:
    """Model and settings, then what was measured; a column that nothing fills is left out."""
    columns = _profile(rows)
    return [*(c for c in columns if any(c.show(row) != "-" for row in rows)), *_ends(rows, "processes")]


def possible_columns(*, ratios: bool) -> list[Column[Row]]:
    """Every column that a table of profiles or of ratios may have, whatever will be measured."""
    steps = {f"{clock.name}_step": None for clock in CLOCKS}
    differ = [
        {"device": device, "status": device, **dict.fromkeys(SETTINGS, device), **steps} for device in ("cpu", "cuda")
    ]
    return ratio_columns(differ) if ratios else [*_profile(differ), *_ends(differ, "processes")]


def _profile(rows: Sequence[Row]) -> list[Column[Row]]:
    return [
        *_settings(rows),
        _number("latency", "latency", seconds),
        _interval("latency", seconds),
        column("p90", "latency_p90", seconds, right=True),
        column("p99", "latency_p99", seconds, right=True),
        *_clocks(rows),
        _number("images/s", "throughput", significant),
        column("peak predicted", "peak_predicted", bytes_binary, right=True),
        column("peak measured", "peak_memory", bytes_binary, right=True),
        column("energy/image", "energy", joules, right=True),
        column("SM clock", "sm_clock_hz", lambda value: f"{scaled(value, 2)}Hz", right=True),
    ]


def ratio_columns(rows: Sequence[Row]) -> list[Column[Row]]:
    """Model and settings, time per step and its ratio to the base by each clock, and the ratio that MACs predict."""
    columns = [*_settings(rows)]
    for clock in (clock.name for clock in CLOCKS if any(f"{clock.name}_step" in row for row in rows)):
        columns += [
            column(f"{clock} per step", f"{clock}_step", seconds, right=True),
            _number(f"{clock} ratio", f"{clock}_ratio", times),
            _interval(clock, times),
        ]
    return [*columns, column("MACs ratio", "macs_ratio", times, right=True), *_ends(rows, "sets")]


def _number(title: str, key: str, show: Callable[[float], str]) -> Column[Row]:
    """A number that a busy machine may have made meaningless."""

    def cell(row: Row) -> str:
        value = row.get(key)
        return SAID if key in row.get("noisy", ()) else MISSING if value is None else show(value)

    best = "most" if key == "throughput" else "least"
    quantity: Quantity[Row] = Quantity(lambda row: row.get(key), "s" if show is seconds else "", best)
    return Column(title, cell, right=True, key=key, quantity=quantity)


def between(row: Row, name: str, show: Callable[[float], str]) -> str:
    """The ends of an interval."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return "-" if low is None or high is None else f"{show(low)} .. {show(high)}"


def times(value: float) -> str:
    """A ratio."""
    return fixed(value, 3)


def profile_notes(rows: Sequence[Row]) -> list[str]:
    """What the columns are, and what could not be measured."""
    clock = called(latency_clock(rows[0]["device"])).reads
    notes = [
        f"latency: time of a step of batch images, by {clock}; median over processes of each one's median. Interval: "
        f"{LEVEL:.0%}, Student's t with the standard error of {RESAMPLES} bootstraps of processes and samples within.",
        "CPU time: that of one thread where threads is 1, else of the whole process. Peak: above what is held before a "
        "step (weights, images); predicted: activations by formula, inference.",
    ]
    for percent in (90, 99):
        short = [row["samples"] for row in rows if row.get("samples") and row.get(f"latency_p{percent}") is None]
        if short:
            notes.append(f"p{percent}: omitted; it needs {needed(percent)} samples, not {min(short)} (--samples).")
    for name, what in (("peak_memory", "peak measured"), ("energy", "energy"), ("state", "clock")):
        reasons = dict.fromkeys(row.get(f"{name}_reason") for row in rows if row.get(f"{name}_reason"))
        notes += [f"{what}: not available: {reason}." for reason in reasons]
    notes += [f"{label(row)}: the GPU waits for the host (launch-bound)." for row in rows if row.get("host_bound")]
    notes += [f"{label(row)}: clocks slowed by {', '.join(row['slowed_by'])}." for row in rows if row.get("slowed_by")]
    return [*notes, *troubles(rows)]


def ratio_notes(rows: Sequence[Row]) -> list[str]:
    """What the ratios are, and what is missing."""
    base = rows[0]["against"]
    return [
        f"ratio: time of a step over that of {base}; per set the median over rounds of turns in random order, then the "
        f"mean of logarithms over sets of fresh processes, Student's t interval, {LEVEL:.0%}. Below 1 is faster.",
        "MACs ratio: predicted from multiply-accumulates alone; a training step includes those of the backward pass.",
        *troubles(rows),
    ]


def knee_note(job: Row, batch: int, best: int, sure: bool) -> str:
    """Where a sweep's knee is."""
    settings = " ".join(str(job[name]) for name in ("dtype", "mode", "task"))
    doubt = "" if sure else "; within the intervals a smaller one is possible"
    return (
        f"{job['model']}, {settings}: knee at batch {batch}, the smallest within 5 % of the best throughput (batch "
        f"{best}, measured again in fresh processes: the largest of several noisy values is too high){doubt}."
    )


def troubles(rows: Sequence[Row]) -> list[str]:
    """Rows that were not measured, or never settled."""
    failed = dict.fromkeys(f"{label(row)}: {row['status']}: {row['reason']}." for row in rows if row["reason"])
    unsteady = [f"{label(row)}: not steady after its warm-up." for row in rows if row.get("steady") is False]
    noisy = [f"{label(row)}: {row['noise']}." for row in rows if row.get("noise")]
    return [*failed, *unsteady, *noisy]


class Circumstances(Protocol):
    """What the note shows of ``Conditions``; a summary of several has the same."""

    @property
    def cpu(self) -> str: ...
    @property
    def cores(self) -> int | None: ...
    @property
    def accelerator(self) -> str | None: ...
    @property
    def system(self) -> str: ...
    @property
    def commit(self) -> str | None: ...
    @property
    def dirty(self) -> bool | None: ...
    @property
    def load(self) -> float | None: ...
    @property
    def versions(self) -> str: ...


def condition_notes(under: Circumstances, threads: int) -> list[str]:
    """Where and under what it was measured."""
    state = f"commit {under.commit[:12]}{' (dirty)' if under.dirty else ''}" if under.commit else "no revision"
    device = f", {under.accelerator}" if under.accelerator else ""
    return [
        f"Conditions: {under.cpu}, {under.cores} cores{device}, {under.system}, "
        f"threads {threads}, {under.versions}, {state}, load up to {under.load}."
    ]


def label(row: Row) -> str:
    """A row in words."""
    settings = " ".join(str(row[name]) for name in ("dtype", "mode", "task"))
    return f"{row['model']}, batch {row['batch']}, {settings}{', again' if row.get('again') else ''}"


def _settings(rows: Sequence[Row]) -> list[Column[Row]]:
    """Model, size, batch, and of the other settings those that vary."""
    vary = [name for name in SETTINGS[1:] if len({row[name] for row in rows}) > 1]
    return [
        column("model", "model"),
        column("size", "size", shown, right=True),
        Column("batch", lambda row: f"{row['batch']}{' again' if row.get('again') else ''}", right=True),
        *(column(name, name) for name in vary),
    ]


def _clocks(rows: Sequence[Row]) -> list[Column[Row]]:
    """A column a clock, those with an interval first; the one whose time is the latency has none of its own."""
    latencies = {latency_clock(row["device"]) for row in rows}
    columns = []
    for clock in sorted(CLOCKS, key=lambda clock: not clock.interval):
        name = f"latency_{clock.name}"
        if latencies != {clock.name}:
            columns += [_number(clock.title, name, seconds)]
            columns += [_interval(name, seconds)] if clock.interval else []
    return columns


def _interval(name: str, show: Callable[[float], str]) -> Column[Row]:
    return Column(f"{LEVEL:.0%} interval", lambda row: between(row, name, show), right=True)


def _ends(rows: Sequence[Row], unit: str) -> list[Column[Row]]:
    """How many processes or sets; and the status, if one was not measured."""
    ends = [column(unit, unit, right=True)]
    return [*ends, column("status", "status")] if any(row["status"] != "measured" for row in rows) else ends
