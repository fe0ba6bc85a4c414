"""A small sweep, and executors whose trial program has no torch in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effbench.training.loop.outcome import ExitMetrics, Outcome
from effbench.training.sweep.executors.local import LocalExecutor
from effbench.training.sweep.executors.slots import SINGLE_THREAD
from effbench.training.sweep.plan import Sweep, plan

FAKE = Path(__file__).with_name("fake_trial.py")


def changed(**changes: Any) -> dict[str, Any]:
    """A recipe of 2 x 2 cells without 0-0, with two seeds."""
    return {
        "source": "a test",
        "model": "ravit_cifar10:{b1}-{b2},width=16,num_heads=2",
        "data": {"name": "digits", "size": 16, "batch": 64},
        "training": {"seeds": [0, 1]},
        "sweep": {"b1": [0, 1], "b2": [0, 1], "exclude": [{"b1": 0, "b2": 0}]},
        **changes,
    }


@pytest.fixture
def table() -> Callable[..., dict[str, Any]]:
    """``table(optimiser={...})``: the small recipe, with these of its keys."""
    return changed


@pytest.fixture
def small() -> Sweep:
    """Three cells, two seeds."""
    return plan(changed(), "small")


@pytest.fixture
def local() -> Callable[..., LocalExecutor]:
    """Fake trials in ``count`` processes; ``step_s``: seconds of each of their five steps."""

    def make(count: int = 2, step_s: float = 0.0) -> LocalExecutor:
        environment = {**SINGLE_THREAD, "FAKE_STEP_S": str(step_s)}
        return LocalExecutor([environment] * count, [sys.executable, str(FAKE)])

    return make


@pytest.fixture
def outcome_of() -> Callable[..., Outcome]:
    """An outcome of a trial, ``done`` unless a reason is given, with ``top1`` of 1000 images right."""

    def make(trial: Any, top1: int = 500, reason: str = "") -> Outcome:
        exits = () if reason else (ExitMetrics(images=1000, top1=top1, top5=1000, nll=0.5, ece=0.01),)
        return Outcome(
            key=trial.key,
            name=trial.recipe.name,
            model=trial.recipe.model,
            seed=trial.seed,
            recipe=trial.recipe.determining(),
            status="failed" if reason else "done",
            reason=reason,
            exits=exits,
            seconds=2.0,
        )

    return make
