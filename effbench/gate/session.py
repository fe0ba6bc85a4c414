"""A gate run: worker pairs until every model is decided or the last look is over."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean, median

from effbench.gate.outcome import FAIL, INCONCLUSIVE, NOT_MEASURED, PASS, Effect, Verdict, effect_of, percent
from effbench.gate.pairs import Failure, Pair, Side, measure_pair
from effbench.gate.sequential import FAIL as FELL
from effbench.gate.sequential import PASS as PASSED
from effbench.gate.sequential import UNDECIDED, Plan, look
from effbench.profiling.rounds import TURN
from effbench.profiling.worker.clock import called, gate_clocks
from effbench.render.progress import Tell, silent
from effbench.stats.paired import interval

ROUNDS = 12
"""Turns of each side for each model in one pair."""

LOST = 3
"""Lost processes after which a model is given up; one may be an accident of the machine."""

SHOWN_LEVEL = 0.95
"""Of the intervals that are shown; verdicts come from ``Plan.level``."""


@dataclass(frozen=True, kw_only=True)
class PairedVerdict(Verdict):
    """A verdict from worker pairs.

    Attributes:
        wall: the effect by the clock that may object. power: chance of finding a slow-down of ``WORTH_FINDING`` on this
            runner; None where it is not calibrated.
    """

    wall: Effect = NOT_MEASURED
    power: float | None = None


@dataclass
class Session:
    """What is known of a run; pairs of an earlier, interrupted one may be in ``pairs`` from the start.

    Attributes:
        base, head: the sides. labels: models, as keys of both sides' ``jobs``.
        plan: how it decides. rounds, turn: of each pair. order: draws who goes first.
        pairs: so far.
        keep: called with each new one. tell: called with each step, for people.
    """

    base: Side
    head: Side
    labels: Sequence[str]
    plan: Plan
    order: Random
    rounds: int = ROUNDS
    turn: float = TURN
    pairs: list[Pair] = field(default_factory=list)
    keep: Callable[[Pair], None] = lambda pair: None
    tell: Tell = silent
    _verdicts: dict[str, int] = field(default_factory=dict)
    _clash: dict[str, bool] = field(default_factory=dict)

    def run(self) -> list[PairedVerdict]:
        """Measure until decided; a row for each model, in the order of ``labels``."""
        for pairs in self.plan.looks:
            self._measure_until(pairs)
            self._look(pairs)
            if not self._open():
                break
        return [self._row(label) for label in self.labels]

    def _open(self) -> list[str]:
        """Models that still need pairs: undecided, and not given up."""
        return [label for label in self.labels if label not in self._verdicts and not self._given_up(label)]

    def _measure_until(self, pairs: int) -> None:
        while lacking := [label for label in self._open() if len(self._with(label)) < pairs]:
            have = min(len(self._with(label)) for label in lacking)
            most = self.plan.looks[-1]
            self.tell(f"pair {have + 1} of at most {most}: {', '.join(lacking)}", have / most)
            pair = measure_pair(self.base, self.head, lacking, rounds=self.rounds, order=self.order, turn=self.turn)
            self.pairs.append(pair)
            self.keep(pair)

    def _look(self, pairs: int) -> None:
        """Decide what the first ``pairs`` pairs of every open model allow."""
        import numpy as np

        labels = self._open()
        if not labels:
            return
        gated, beside = (np.array([self._ratios(label, i)[:pairs] for label in labels]).T for i in (0, 1))
        verdicts, objects, parts = look(gated, beside, self.plan, np.ones(len(labels), dtype=bool))
        for label, verdict, clash in zip(labels, verdicts, objects | parts, strict=True):
            self._clash[label] = bool(clash)
            if verdict != UNDECIDED:
                self._verdicts[label] = int(verdict)

    def _with(self, label: str) -> list[Pair]:
        return [pair for pair in self.pairs if label in pair.turns]

    def _failures(self, label: str) -> list[Failure]:
        """Of each time it did not get through."""
        return [pair.failed[label] for pair in self.pairs if label in pair.failed]

    def _given_up(self, label: str) -> bool:
        kinds = [kind for _, kind, _ in self._failures(label)]
        return any(kind not in ("killed", "timeout") for kind in kinds) or len(kinds) >= LOST

    def _ratios(self, label: str, clock: int) -> list[float]:
        """Log ratios on the clock that decides (0) or may object (1)."""
        name = gate_clocks(self.base.jobs[label].device)[clock]
        return [pair.log_ratio(label, name) for pair in self._with(label)]

    def _row(self, label: str) -> PairedVerdict:
        return PairedVerdict(
            model=label,
            clock=gate_clocks(self.base.jobs[label].device)[0],
            effect=_effect(self._ratios(label, 0)),
            margin=self.plan.margin,
            verdict=self._verdict(label),
            pairs=len(self._with(label)),
            wall=_effect(self._ratios(label, 1)),
            base_ns=self._step_ns(label, "base"),
            head_ns=self._step_ns(label, "head"),
            minutes=sum(pair.seconds for pair in self.pairs) / 60,
            reason=self._reason(label),
        )

    def _verdict(self, label: str) -> str:
        """A model that the change broke fails; one that could not be measured is inconclusive."""
        if self._given_up(label):
            side, kind, _ = self._failures(label)[-1]
            return FAIL if side == "head" and kind == "model" else INCONCLUSIVE
        return {FELL: FAIL, PASSED: PASS}.get(self._verdicts.get(label, UNDECIDED), INCONCLUSIVE)

    def _reason(self, label: str) -> str:
        if self._given_up(label):
            side, kind, reason = self._failures(label)[-1]
            return f"{side}: {reason}" if kind == "model" else f"{side}: {kind.replace('_', ' ')}: {reason}"
        if self._clash.get(label):
            return self._disagreement(label)
        return "" if label in self._verdicts else "too little is known after the last look"

    def _disagreement(self, label: str) -> str:
        """Which clocks, and what each says; a FAIL with a reason blocks wherever it is."""
        decides, objects = (
            f"{called(name).reads} ({percent(math.expm1(fmean(self._ratios(label, i))))})"
            for i, name in enumerate(gate_clocks(self.base.jobs[label].device))
        )
        return f"{objects} and {decides} disagree"

    def _step_ns(self, label: str, side: str) -> int | None:
        """Nanoseconds of a typical step on the clock that decides."""
        clock, _ = gate_clocks(self.base.jobs[label].device)
        steps = [pair.step_ns(label, side, clock) for pair in self._with(label)]
        return round(median(steps)) if steps else None


def _effect(log_ratios: Sequence[float]) -> Effect:
    """Nothing where nothing was measured; one pair gives no interval."""
    return effect_of(interval(log_ratios, SHOWN_LEVEL)) if log_ratios else NOT_MEASURED
