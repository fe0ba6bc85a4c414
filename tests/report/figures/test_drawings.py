"""Figures are drawn from hand-made rows: the same rows give the same files, and what they say is written."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytest.importorskip("matplotlib")

from effbench.render.canvas import Images
from effbench.report.figures import animals10, parts, scatter, size_curves, speedups


def points() -> Images:
    def row(model: str, cost: float, accuracy: float, series: str, chance: float | None) -> scatter.ScatterRow:
        about = scatter.ScatterRow(
            group=series.partition(":")[0],
            series=series,
            model=model,
            cost=cost,
            accuracy=accuracy,
            images=100,
            seeds=None,
            seed_deviation=0.0,
            where="Table 1",
            on_front=model != "worse",
            chance=chance,
        )
        return about

    rows = [
        row("small", 1e9, 70.0, "published: A", 0.5),
        row("large", 9e9, 80.0, "trained: B", None),
        row("worse", 9e9, 60.0, "published: A", 0.5),
    ]
    return scatter.draw(rows, unit="MACs", title="t")


def curves() -> Images:
    rows = [
        size_curves.SizeRow(model="vit", convention="macs", size=size, value=size * 10**8, unit="MAC", published=shown)
        for size, shown in ((224, None), (256, 256 * 10**8))
    ]
    return size_curves.draw(rows, title="t")


def ratios() -> Images:
    about = {
        "model": "vit",
        "against": "other",
        "task": "infer",
        "size": 32,
        "claimed_of": "latency",
        "outcome": "holds",
    }
    known = {"claimed": 0.5, "predicted": 0.4, "measured": 0.45, "low": 0.4, "high": 0.5}
    rows = [
        speedups.RatioRow(label="one", **about, **known),
        speedups.RatioRow(label="two", **about, **(dict.fromkeys(known) | {"claimed": 0.7})),
    ]
    return speedups.draw(rows, title="t")


def bars() -> Images:
    rows = [animals10.BarRow(model="vit", accuracy=89.0, printed="89", where=at) for at in ("Table 3", "Abstract")]
    return animals10.draw(rows, title="t")


def shares() -> Images:
    shares = {"MLP": 0.6, "attention": 0.4}
    return parts.draw([parts.PartsRow(model="vit", size=32, macs=1, source="analytic", shares=shares)], title="t")


WRITTEN = {
    points: {"small  p=0.50", "large", "Pareto front: published"},  # the probability of the second is not known
    curves: {"marks: as the paper prints them"},
    ratios: {"one", "two"},  # a claim that was not measured keeps its line
    bars: {"Table 3", "Abstract"},
    shares: {"60", "40"},
}


@pytest.mark.parametrize(("drawn", "words"), WRITTEN.items())
def test_the_same_rows_give_the_same_files_with_their_words(drawn: Callable[[], Images], words: set[str]) -> None:
    first = drawn()
    assert first == drawn()
    assert words <= set(re.findall(r">\s*([^<>]+?)\s*</text>", first["svg"].decode()))


def test_what_is_not_on_the_front_has_no_name() -> None:
    assert "worse" not in points()["svg"].decode()
