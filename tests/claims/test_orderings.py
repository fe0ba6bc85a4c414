"""Statements of what is more accurate than what: every file as it stands, and every mistake that may be made in one."""

from __future__ import annotations

import pytest

from effbench.claims.load import PAPERS
from effbench.claims.orderings import Ordering, orderings, parse_orderings
from effbench.errors import EffbenchError, UnknownName
from effbench.maps.paper import PRESETS
from effbench.models.registry import resolve

ROW = {
    "id": "a",
    "where": "Section V-A",
    "said": "1-3 is better than 0-4",
    "dataset": "cifar10",
    "relation": "greater",
    "pairs": [["1-n", "0-n"]],
}


def parsed(**changes):
    return parse_orderings("ravit", {"ordering": [ROW | changes]})


@pytest.mark.parametrize("key", PAPERS)
def test_every_file_is_read(key):
    assert all(one.paper == key for one in orderings(key))


def test_a_statement_has_as_many_branches_as_the_paper_uses_on_that_data_set():
    statements = orderings("ravit")
    assert {one.dataset for one in statements} == set(PRESETS)
    assert all(one.branches == PRESETS[one.dataset].branches for one in statements)


def test_every_pair_is_of_networks_that_there_are():
    for one in orderings("ravit"):
        for layers in (layers for pair in one.pairs for layers in pair):
            for letter in "nm":
                layers = layers.replace(letter, "1")
            resolve(f"{PRESETS[one.dataset].family}:{layers}")


def test_a_row_becomes_an_ordering():
    assert parsed() == (
        Ordering(
            paper="ravit",
            id="a",
            where="Section V-A",
            said="1-3 is better than 0-4",
            dataset="cifar10",
            relation="greater",
            pairs=(("1-n", "0-n"),),
        ),
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"colour": "red"}, "unknown keys"),
        ({"relation": "better"}, "relation 'better'; allowed"),
        ({"pairs": []}, "pairs"),
        ({"pairs": [["1-3"]]}, "pairs"),
        ({"pairs": [["1-3", "0-4", "1-1"]]}, "pairs"),
        ({"pairs": [["1-3", "0-0-4"]]}, "pairs"),
        ({"pairs": [["1-3", "0-4"], ["1-1-1", "0-0-2"]]}, "pairs"),
        ({"pairs": [["1-n", "0-m"]]}, "pairs"),
        ({"pairs": [["1-", "0-4"]]}, "pairs"),
        ({"pairs": [["1-3 ", "0-4"]]}, "pairs"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_statement(changes, problem):
    with pytest.raises(EffbenchError, match=rf"claims/ravit\.toml, ordering 'a': {problem}"):
        parsed(**changes)


def test_a_missing_key_and_a_double_id_are_errors():
    with pytest.raises(EffbenchError, match=r"missing keys \['said'\]"):
        parse_orderings("ravit", {"ordering": [{key: value for key, value in ROW.items() if key != "said"}]})
    with pytest.raises(EffbenchError, match="an id stands twice"):
        parse_orderings("ravit", {"ordering": [ROW, ROW]})


def test_an_unknown_paper_names_the_known():
    with pytest.raises(UnknownName, match="unknown paper 'ravid'; did you mean ravit"):
        orderings("ravid")
