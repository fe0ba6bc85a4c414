"""The best of a column or of a row: highest accuracy, lowest cost, ties all."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from effbench.claims.paper import Layout
from effbench.claims.tables.best import with_best
from effbench.claims.tables.table import Figure, Record, TableRow


def a_figure(
    claim: str, published: str, metric: Any = "flops", ours: str | None = None, relation: str | None = None
) -> Figure:
    """A figure with what ``with_best`` looks at."""
    empty: dict[str, Any] = dict.fromkeys(f.name for f in fields(Record))
    given = {"claim": claim, "published": published, "metric": metric, "relation": relation}
    return Figure(record=Record(**{**empty, **given}), ours=ours, difference=None)


def best_of(*rows: list[Figure], by: Any = "column", ours: bool = False) -> list[str]:
    """Claims of the best figures; each row is its cells."""
    table = Layout(key="t", paper="p", where="Table 1", caption="", labels=("l",), columns=("c", "d"), best=by)
    made = with_best(tuple(TableRow(labels=("l",), side=None, cells=tuple((f,) for f in row)) for row in rows), table)
    figures = [figure for row in made for cell in row.cells for figure in cell]
    return [figure.record.claim for figure in figures if (figure.ours_best if ours else figure.best)]


def test_less_cost_is_better():
    assert best_of([a_figure("a", "17.6")], [a_figure("b", "8.477")], [a_figure("c", "107")]) == ["b"]


def test_more_accuracy_is_better():
    assert best_of([a_figure("a", "77.91", "top1")], [a_figure("b", "77", "top1")]) == ["a"]


def test_equals_are_all_best():
    assert best_of([a_figure("a", "2.0")], [a_figure("b", "2")], [a_figure("c", "3")]) == ["a", "b"]


def test_where_all_are_equal_none_is():
    assert best_of([a_figure("a", "2")], [a_figure("b", "2")]) == []


def test_digits_with_a_thousands_separator_are_numbers():
    assert best_of([a_figure("a", "2,100")], [a_figure("b", "667")]) == ["b"]


def test_of_a_row_the_columns_are_compared():
    rows = [a_figure("a", "5"), a_figure("b", "4")], [a_figure("c", "3"), a_figure("d", "4")]
    assert best_of(*rows, by="row") == ["b", "c"]
    assert best_of(*rows, by="column") == ["c"]


def test_reductions_take_no_part():
    assert best_of([a_figure("a", "5"), a_figure("b", "1", relation="reduction")], by="row") == []


def test_ours_are_compared_among_themselves():
    rows = [a_figure("a", "5", ours="7")], [a_figure("b", "6", ours="6")], [a_figure("c", "9")]
    assert best_of(*rows) == ["a"]
    assert best_of(*rows, ours=True) == ["b"]
