"""Rows of what was trained, by hand."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError, MissingExtra
from effbench.stats.binomial import wilson
from effbench.training.loop.outcome import ExitMetrics, Outcome
from effbench.training.loop.recipe_file import recipe_of
from effbench.training.seeds import exit_rows, seed_means, train_seeds

RECIPE = recipe_of({"source": "s", "model": "ravit_cifar10:1-1", "data": {"name": "digits", "size": 32}}, "r")


def outcome(seed, *right):
    exits = tuple(ExitMetrics(images=100, top1=n, top5=100, nll=0.5, ece=n / 1000) for n in right)
    return Outcome(key=f"k{seed}", name="r", model=RECIPE.model, seed=seed, recipe={}, status="done", exits=exits)


def test_a_row_per_run_and_exit():
    rows = exit_rows(RECIPE, [outcome(0, 90, 95), outcome(1, 92, 97)])
    assert [(row.seed, row.exit, row.top1) for row in rows] == [
        (0, 1, 0.9),
        (0, 2, 0.95),
        (1, 1, 0.92),
        (1, 2, 0.97),
    ]
    assert (rows[0].low, rows[0].high) == wilson(90, 100)
    assert rows[0].macs < rows[1].macs


def test_a_failed_run_has_no_rows():
    assert exit_rows(RECIPE, [outcome(0)]) == []


def test_means_over_seeds():
    """95 and 97 %: mean 96, s/√2 = 1, Student's t of one degree of freedom 12.706; accuracies end at 100 %."""
    means = seed_means(exit_rows(RECIPE, [outcome(0, 90, 95), outcome(1, 90, 97)]))
    assert [(row.seed, row.exit) for row in means] == [("mean of 2", 1), ("mean of 2", 2)]
    assert (means[0].top1, means[0].low, means[0].high) == pytest.approx((0.9, 0.9, 0.9))
    assert (means[1].top1, means[1].low, means[1].high) == pytest.approx((0.96, 0.96 - 0.12706, 1.0), abs=1e-5)
    assert means[1].ece == pytest.approx(0.096)


def test_one_seed_has_no_mean():
    with pytest.raises(EffbenchError, match="needs two"):
        seed_means(exit_rows(RECIPE, [outcome(0, 90, 95)]))


def test_without_pytorch(monkeypatch, tmp_path):
    monkeypatch.setattr("effbench.training.loop.feasible.find_spec", lambda name: name != "torch" or None)
    with pytest.raises(MissingExtra, match=r"effbench train needs torch: .*install torch"):
        train_seeds(RECIPE, [0], tmp_path)
