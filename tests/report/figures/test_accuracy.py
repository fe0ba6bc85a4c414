from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from effbench.claims.load import papers
from effbench.files import journal
from effbench.report.figures.accuracy import accuracy_figures
from effbench.report.figures.animals10 import animals10_figure
from effbench.report.figures.figure import Figure
from effbench.training.loop.outcome import ExitMetrics, Outcome

pytest.importorskip("torch", reason="some published models are counted from their networks")


def figures(root: Path) -> dict[str, Figure]:
    return {figure.name: figure for figure in [*accuracy_figures(root, papers()), animals10_figure(papers())]}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figure]:
    """Of a checkout without trainings."""
    return figures(tmp_path_factory.mktemp("root"))


def test_the_front_holds_what_none_beats(published: dict[str, Figure]) -> None:
    rows = published["accuracy_cost_imagenet"].rows
    for row in rows:
        beaten = any(
            (other.cost < row.cost and other.accuracy >= row.accuracy)
            or (other.cost == row.cost and other.accuracy > row.accuracy)
            for other in rows
        )
        if row.on_front:
            assert not beaten
    assert any(row.on_front for row in rows)
    assert all(0 <= row.chance <= 1 for row in rows)


def test_early_exits_stand_at_their_printed_cost_and_are_called_so(published: dict[str, Figure]) -> None:
    """Table I: 84.6 % at 80.77 MFLOPs with T = 0.05."""
    early = [row for row in published["accuracy_cost_cifar10"].rows if "early exit" in row.series]
    assert {row.model for row in early} == {"RAViT 1-3, T 0.05", "RAViT 1-3, T 0.15"}
    assert all(row.series.endswith("cost as printed") for row in early)


def test_what_is_missing_is_said(published: dict[str, Figure]) -> None:
    assert "no committed store" in published["accuracy_cost_imagenet"].missing
    assert "Figure 5" in published["accuracy_animals10"].missing
    assert all(row.source == "published" for row in published["accuracy_animals10"].rows)


def outcome(seed: int, top1: int) -> Outcome:
    return Outcome(
        key=f"k{seed}",
        name="small",
        model="ravit_cifar10:1-1",
        seed=seed,
        recipe={
            "model": "ravit_cifar10:1-1",
            "data": {"name": "digits", "size": 32},
            "training": {"epochs": 3},
        },
        status="done",
        exits=(ExitMetrics(images=100, top1=top1, top5=99, nll=0.5, ece=0.1),),
    )


def test_published_accuracies_and_ours_have_fronts_of_their_own(published: dict[str, Figure]) -> None:
    """Committed trainings on CIFAR-10 change nothing of what is said of the published points."""
    ours = figures(Path(__file__).parents[3])["accuracy_cost_cifar10"].rows
    alone = published["accuracy_cost_cifar10"].rows
    assert [row for row in ours if row.group == "published"] == list(alone)
    assert {row.group for row in ours} >= {"published", "ravit_cifar10_short"}


def test_trainings_are_a_series_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "sweeps" / "digits" / "results.jsonl"
    path.parent.mkdir(parents=True)
    for one in (outcome(0, 80), outcome(1, 84)):
        entry: dict[str, Any] = one.as_entry() | {"cell": {"b": 1}, "experiment": "small"}
        journal.append(path, entry)
    (row,) = figures(tmp_path)["accuracy_cost_digits"].rows
    assert (row.series, row.seeds, row.accuracy) == ("trained: small, 3 epochs", 2, 82.0)
    # standard deviation of 80 and 84 is √8; of their mean √8/√2 = 2
    assert row.seed_deviation == pytest.approx(2.0)
    assert not figures(tmp_path)["accuracy_cost_digits"].missing
