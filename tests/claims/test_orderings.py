"""Statements of what is more accurate than what; mistakes in them are those of the file: test_load.py."""

from __future__ import annotations

from effbench.claims.load import papers
from effbench.claims.orderings import Ordering, problem
from effbench.maps.paper import PRESETS
from effbench.models.registry import resolve

ORDERINGS = [ordering for about in papers() for ordering in about.orderings]


def test_statements_are_those_of_their_paper():
    assert len(ORDERINGS) >= 13
    assert [(one.paper, one.id) for one in ORDERINGS] == [(a.key, one.id) for a in papers() for one in a.orderings]


def test_a_statement_has_as_many_branches_as_the_paper_uses_on_that_data_set():
    assert {one.dataset for one in ORDERINGS} == set(PRESETS)
    assert all(one.branches == PRESETS[one.dataset].branches for one in ORDERINGS)


def test_every_pair_is_of_networks_that_there_are():
    layers = {(one.dataset, layers) for one in ORDERINGS for pair in one.pairs for layers in pair}
    assert layers
    for dataset, pattern in layers:
        resolve(f"{PRESETS[dataset].family}:{pattern.replace('n', '1').replace('m', '1')}")


def test_a_letter_must_stand_in_both_networks_of_a_pair():
    def ordering(*pairs):
        return Ordering(paper="p", id="a", where="", said="", dataset="d", relation="greater", pairs=pairs)

    assert problem(ordering(("1-n", "0-n"), ("2-m", "n-1"))).startswith("pairs [['1-n', '0-n'], ['2-m', 'n-1']]")
    assert problem(ordering(("1-n", "0-n"), ("2-m", "m-1"))) == ""
    assert problem(ordering(("1-n", "0-n"), ("1;n", "1;n"))).endswith("must be layer counts of equally many branches")
