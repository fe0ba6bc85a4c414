"""The best of a column or of a row: highest accuracy, lowest cost, ties all."""

from __future__ import annotations

import pytest

from effbench.claims.paper import Layout
from effbench.claims.tables.best import with_best
from effbench.claims.tables.table import TableRow


@pytest.fixture
def best_of(a_figure):
    """``best_of([("a", "17.6", {})], …)``: ids of the best figures; each row is its cells, of one figure each."""

    def found(*rows, by="column", ours=False):
        layout = Layout(key="t", paper="p", where="Table 1", caption="", labels=("l",), columns=("c", "d"), best=by)
        cells = [[(a_figure(printed, id=id, **more),) for id, printed, more in row] for row in rows]
        made = with_best(tuple(TableRow(labels=("l",), side=None, cells=tuple(row)) for row in cells), layout)
        figures = [figure for row in made for cell in row.cells for figure in cell]
        return [figure.claim.id for figure in figures if (figure.ours_best if ours else figure.best)]

    return found


TOP1 = {"metric": "top1", "unit": "%"}


@pytest.mark.parametrize(
    ("figures", "best"),
    [
        ([("a", "17.6", {}), ("b", "8.477", {}), ("c", "107", {})], ["b"]),
        ([("a", "77.91", TOP1), ("b", "77", TOP1)], ["a"]),
        ([("a", "2.0", {}), ("b", "2", {}), ("c", "3", {})], ["a", "b"]),
        ([("a", "2", {}), ("b", "2", {})], []),  # where all are equal none is
        ([("a", "2,100", {}), ("b", "667", {})], ["b"]),
    ],
)
def test_less_cost_is_better_and_more_accuracy(best_of, figures, best):
    assert best_of(*([figure] for figure in figures)) == best


def test_of_a_row_the_columns_are_compared(best_of):
    rows = [("a", "5", {}), ("b", "4", {})], [("c", "3", {}), ("d", "4", {})]
    assert best_of(*rows, by="row") == ["b", "c"]
    assert best_of(*rows, by="column") == ["c"]


def test_reductions_take_no_part(best_of):
    assert best_of([("a", "5", {}), ("b", "1", {"relation": "reduction"})], by="row") == []


def test_ours_are_compared_among_themselves(best_of):
    rows = [("a", "5", {"ours": 7 * 10**9})], [("b", "6", {"ours": 6 * 10**9})], [("c", "9", {})]
    assert best_of(*rows) == ["a"]
    assert best_of(*rows, ours=True) == ["b"]
