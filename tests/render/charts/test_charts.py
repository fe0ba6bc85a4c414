"""Figures are drawn from hand-made rows: the same rows give the same files, and names keep apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from effbench.render.charts.canvas import beside, draw
from effbench.render.charts.lines import cost_by_size
from effbench.render.charts.ranges import published_bars, speedups, stacked
from effbench.render.charts.scatter import accuracy_cost

Images = dict[str, bytes]

POINT: dict[str, Any] = {"series": "published: A", "images": 100, "chance": 0.5, "on_front": True}


def scatter() -> Images:
    rows = [
        POINT | {"model": "small", "cost": 1e9, "accuracy": 70.0},
        POINT | {"model": "large", "cost": 9e9, "accuracy": 80.0, "series": "trained: B", "chance": None},
        POINT | {"model": "worse", "cost": 9e9, "accuracy": 60.0, "on_front": False},
    ]
    return accuracy_cost(rows, unit="MACs", title="t")


def curves() -> Images:
    rows = [
        {"model": "vit", "convention": "macs", "size": size, "value": size * 10**8, "published": published}
        for size, published in ((224, None), (256, 256 * 10**8))
    ]
    return cost_by_size(rows, title="t")


def ratios() -> Images:
    known = {"label": "one", "claimed": 0.5, "predicted": 0.4, "measured": 0.45, "low": 0.4, "high": 0.5}
    return speedups([known, dict.fromkeys(known) | {"label": "two", "claimed": 0.7}], title="t")


def accuracies() -> Images:
    row = {"model": "vit", "accuracy": 89.0, "printed": "89"}
    return published_bars([row | {"where": "Table 3"}, row | {"where": "Abstract"}], title="t")


def shares() -> Images:
    return stacked([{"label": "vit", "MLP": 0.6, "attention": 0.4}], ["MLP", "attention"], title="t")


ALL = [scatter, curves, ratios, accuracies, shares]


def texts(images: Images) -> set[str]:
    """What is written in the SVG."""
    return {text.strip() for text in re.findall(r">([^<>]+)</text>", images["svg"].decode())}


@pytest.mark.parametrize("chart", ALL)
def test_the_same_rows_give_the_same_files(chart: Callable[[], Images]) -> None:
    first, second = chart(), chart()
    assert first == second
    assert first["png"].startswith(b"\x89PNG")


def test_the_front_is_named_with_its_probability() -> None:
    written = texts(scatter())
    assert "small  p=0.50" in written
    assert "large" in written  # its probability is not known
    assert not any(text.startswith("worse") for text in written)


def test_marks_stand_only_where_something_is_printed() -> None:
    assert "marks: as the paper prints them" in texts(curves())


def test_a_claim_that_was_not_measured_keeps_its_line() -> None:
    assert {"one", "two"} <= texts(ratios())


def test_the_same_model_in_two_places_is_two_bars() -> None:
    assert {"Table 3", "Abstract"} <= texts(accuracies())


def test_names_keep_apart() -> None:
    """Of ten points in one place one gets its name: the others' would cover it."""

    def paint(axes: Any) -> None:
        axes.plot([0, 1], [0, 1])
        beside(axes, [(0.5, 0.5, f"a name of some length {i}") for i in range(10)])
        boxes = [text.get_window_extent() for text in axes.texts]
        assert 1 <= len(boxes) < 10
        for i, one in enumerate(boxes):
            assert not any(one.overlaps(other) for other in boxes[i + 1 :])

    draw(paint, size=(4, 3), title="t")
