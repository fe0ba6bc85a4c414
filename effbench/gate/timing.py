"""The timing gate from end to end: compare two revisions, or measure a runner's own noise."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import stdev
from typing import Any

from effbench.errors import EffbenchError, MissingExtra
from effbench.files import journal
from effbench.files.locks import alone
from effbench.gate import calibration
from effbench.gate.calibration import POWER, WORTH_FINDING, Calibration, setting_of
from effbench.gate.outcome import FAIL
from effbench.gate.pairs import Pair, Side, measure_pair, pair_of
from effbench.gate.revisions import Checkout, checkouts
from effbench.gate.sequential import Plan
from effbench.gate.session import ROUNDS, PairedVerdict, Session
from effbench.processes import environment
from effbench.processes.environment import Conditions
from effbench.profiling.worker.clock import gate_clocks
from effbench.profiling.worker.job import Job
from effbench.render.progress import Tell, silent

DEFAULT_MODELS = ("ravit_cifar10:1-3", "vit_cifar10:4")
"""Small networks that exercise the package's own blocks and timm's."""

SLOW_DOWNS = (0.0, 0.03, 0.05, 0.10)
"""At which a calibration states how often the gate would fail."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What ``gate run`` found.

    Attributes:
        rows: a verdict for each model.
        notes: what was compared, where, and what a reader must know.
    """

    rows: list[PairedVerdict]
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a calibration promises for one model.

    Attributes:
        pairs: identical ones that were measured. spreads: clock -> standard deviation of their log ratios, the clock
            that decides first.
        fails: slow-down -> share of runs in which the gate would fail it. minutes: that a run without one would take;
            None: too few pairs.
        may_block: whether a verdict on it may block a change. machine, setting: for which this holds.
    """

    model: str
    margin: float
    pairs: int
    spreads: Mapping[str, float]
    fails: Mapping[float, float | None]
    minutes: float | None
    may_block: bool
    machine: str
    setting: str

    def plain(self) -> dict[str, object]:
        """As JSON and CSV hold it."""
        return {
            **{name: value for name, value in vars(self).items() if name not in ("spreads", "fails")},
            **{f"sd_{clock}": spread for clock, spread in self.spreads.items()},
            **{f"fail_at_{round(100 * slower)}": share for slower, share in self.fails.items()},
        }


def compare_revisions(
    jobs: Sequence[Job],
    plan: Plan,
    *,
    repository: Path,
    base: str,
    head: str | None,
    rounds: int = ROUNDS,
    isolated: bool = False,
    install: Sequence[str] = (),
    out: Path | None = None,
    calibrated: Path | None = None,
    tell: Tell = silent,
) -> Compared:
    """Base and head of a repository, in lock-step, until every model is decided.

    Args:
        jobs: what to measure, one for each model. plan: how to decide.
        repository, base, head, isolated, install: see ``gate.revisions.checkouts``.
        rounds: turns of each side in a pair.
        out: journal of the pairs; an interrupted run resumes from it.
        calibrated: calibration of this machine; None for the one that ``gate calibrate`` kept.

    Raises:
        EffbenchError: a revision that cannot be made, a journal of another run, a calibration of another machine.
    """
    need_torch("gate run")
    conditions = environment.conditions(repository)
    runner = calibration.kept(conditions.machine, calibrated)
    labels = {job.model: job for job in jobs}
    with checkouts(repository, base, head, isolated=isolated, install=install, say=tell) as (one, two):
        header = {"run": _identity(labels, plan, rounds, (one, two)), "conditions": conditions.plain()}
        session = Session(
            base=_side(labels, one),
            head=_side(labels, two),
            labels=list(labels),
            plan=plan,
            order=Random(secrets.randbits(32)),
            rounds=rounds,
            pairs=_earlier(out, header),
            keep=(lambda pair: None) if out is None else (lambda pair: journal.append(out, pair.plain())),
            tell=tell,
        )
        rows = [_with_power(row, labels, plan, runner) for row in session.run()]
    return Compared(rows=rows, notes=_notes(one, two, plan, conditions, runner))


def calibrate(
    jobs: Sequence[Job], plan: Plan, pairs: int, *, again: bool = False, rounds: int = ROUNDS, tell: Tell
) -> tuple[list[Promise], Calibration]:
    """Measure pairs with identical sides until each job has ``pairs``, and keep each at once.

    Returns:
        A row for each job; the calibration.

    Raises:
        EffbenchError: a job that cannot be measured.
    """
    need_torch("gate calibrate")
    machine = environment.machine().machine
    labels = {job.model: job for job in jobs}
    side, order = Side(jobs=labels), Random(secrets.randbits(32))
    former = calibration.kept(machine) or Calibration(machine)
    found, forgotten = (Calibration(machine), former) if again else (former, None)
    while lacking := [label for label, job in labels.items() if _pairs(found, job) < pairs]:
        have = min(_pairs(found, labels[label]) for label in lacking)
        tell(f"pair {have + 1} of {pairs}: {', '.join(lacking)}", have / pairs)
        pair = measure_pair(side, side, lacking, rounds=rounds, order=order)
        for label, (_, kind, reason) in pair.failed.items():
            raise EffbenchError(f"{label} cannot be measured: {kind}: {reason}")
        found = calibration.keep_pair(found, pair, labels, forgotten)
    return [_promise(found, job, plan, len(labels)) for job in jobs], found


def need_torch(what: str) -> None:
    """Raise MissingExtra unless a command of the gate can measure."""
    from importlib.util import find_spec

    for package in ("torch", "scipy"):
        if find_spec(package) is None:
            raise MissingExtra(f"effbench {what}", package, "measure")


def _side(labels: dict[str, Job], checkout: Checkout) -> Side:
    return Side(jobs=labels, python=str(checkout.python), folder=checkout.folder)


def _identity(labels: dict[str, Job], plan: Plan, rounds: int, sides: Sequence[Checkout]) -> dict[str, Any]:
    """What must be equal for two runs to be one."""
    return {
        "sides": [side.label for side in sides],
        "commits": [side.commit for side in sides],
        "jobs": [setting_of(job) for job in labels.values()],
        "margin": plan.margin,
        "alpha": plan.alpha,
        "looks": list(plan.looks),
        "rounds": rounds,
    }


def _earlier(out: Path | None, header: Mapping[str, Any]) -> list[Pair]:
    """Pairs of the same run in ``out``; a new journal gets its header."""
    if out is None:
        return []
    with alone(out):  # two runs that begin at once must not both find it empty
        entries = journal.read(out)
        if not entries:
            journal.append(out, header)
            return []
    if entries[0].get("run") != header["run"]:
        raise EffbenchError(f"{out} belongs to a different run (other revisions, models or plan); name another file")
    if any("changed" in side for side in header["run"]["sides"]):
        raise EffbenchError(f"{out}: a run on a changed working tree cannot be resumed; name another file")
    again = next((n for n, entry in enumerate(entries, start=1) if entry in entries[: n - 1]), None)
    if again is not None:  # as if the machine never varied
        raise EffbenchError(f"{out}, line {again} repeats an earlier one")
    return [_read(entry, f"{out}, line {number}") for number, entry in enumerate(entries[1:], start=2)]


def _read(entry: Mapping[str, object], where: str) -> Pair:
    try:
        return pair_of(entry)
    except EffbenchError as error:
        raise EffbenchError(f"{where}: {error}") from None


def _pairs(found: Calibration, job: Job) -> int:
    ratios = found.ratios.get(setting_of(job), {})
    return min(map(len, ratios.values()), default=0)


def _with_power(row: PairedVerdict, labels: Mapping[str, Job], plan: Plan, runner: Calibration | None) -> PairedVerdict:
    """Whether the verdict may block, and why not."""
    rates = None if runner is None else runner.power(labels[row.model], plan, WORTH_FINDING, len(labels))
    power = None if rates is None else rates.fail
    broken = row.verdict == FAIL and row.reason != ""
    blocking = broken or (power is not None and power >= POWER)
    reason = row.reason
    if row.verdict == FAIL and not blocking:
        reason = f"advisory: {'this runner is not calibrated for it' if power is None else 'too little power here'}"
    return replace(row, blocking=blocking, power=power, reason=reason)


def _promise(found: Calibration, job: Job, plan: Plan, models: int) -> Promise:
    """For one of ``models`` models that a run would gate."""
    rates = {slower: found.power(job, plan, slower, models) for slower in SLOW_DOWNS}
    ratios = found.ratios[setting_of(job)]
    decides, objects = gate_clocks(job.device)
    typical = sorted(found.seconds)[len(found.seconds) // 2]
    worth, same = rates[WORTH_FINDING], rates[0.0]
    return Promise(
        model=job.model,
        margin=plan.margin,
        pairs=len(ratios[decides]),
        spreads={clock: stdev(ratios[clock]) for clock in (decides, objects)},
        fails={slower: None if rate is None else rate.fail for slower, rate in rates.items()},
        minutes=None if same is None else same.pairs * typical / 60,
        may_block=worth is not None and worth.fail >= POWER,
        machine=found.machine,
        setting=setting_of(job),
    )


def _notes(one: Checkout, two: Checkout, plan: Plan, conditions: Conditions, runner: Calibration | None) -> list[str]:
    known = "calibrated" if runner else "not calibrated: a timing verdict cannot block (effbench gate calibrate)"
    return [
        f"head {two.label} against base {one.label}; FAIL: more than {100 * plan.margin:g} % slower, with at most "
        f"{100 * plan.alpha:g} % chance of any false FAIL.",
        f"Machine {conditions.machine} ({conditions.cpu}, {conditions.cores} cores, load "
        f"{conditions.load}), torch {conditions.libraries['torch']}; {known}.",
    ]
