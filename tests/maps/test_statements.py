"""Statements judged on trainings: pairs, seeds, intervals, and what each outcome takes."""

from __future__ import annotations

import pytest

from effbench.claims.orderings import Ordering
from effbench.maps.grid import Cell
from effbench.maps.statements import FAILS, HOLDS, NOT_TRAINED, UNDECIDED, instances, judged

pytest.importorskip("scipy")


def statement(*pairs, relation="greater"):
    return Ordering(
        paper="ravit", id="a", where="Section V-A", said="so", dataset="cifar10", relation=relation, pairs=pairs
    )


def cell(name, *rights, images=1000):
    layers = tuple(map(int, name.split("-")))
    done = {seed: right for seed, right in enumerate(rights) if right is not None}
    return Cell(
        layers=layers,
        model=f"ravit_cifar10:{name}",
        status="trained" if done else "missing",
        right=done,
        images=images,
        cost=layers[0] + 4 * layers[1],
    )


def judge(said, *cells):
    (verdict,) = judged([said], cells, "textures")
    return verdict


def test_a_difference_is_paired_by_seed():
    # Differences of 10, 12, 14 of 1000: mean 0.012, s = 0.002, t(0.975; 2) = 4.3027: ± 4.3027 · 0.002 / √3 = 0.004968.
    # Unpaired, seeds that differ by 100 would drown it.
    found = judge(statement(("1-3", "0-4")), cell("1-3", 710, 812, 914), cell("0-4", 700, 800, 900))
    assert found.outcome == HOLDS
    assert found.difference == pytest.approx(0.012)
    assert found.low == pytest.approx(0.012 - 0.004968, abs=1e-6)
    assert found.high == pytest.approx(0.012 + 0.004968, abs=1e-6)
    (pair,) = found.pairs
    assert (pair.seeds, pair.cost_ratio) == ((0, 1, 2), 13 / 16)


@pytest.mark.parametrize(
    ("of", "relation", "outcome"),
    [
        ((810, 811, 812), "greater", HOLDS),
        ((790, 791, 792), "greater", FAILS),
        ((790, 801, 812), "greater", UNDECIDED),
        ((810, 811, 812), "no gain", FAILS),
        ((790, 791, 792), "no gain", HOLDS),
        ((801, 802, 803), "no gain", HOLDS),  # 2 ± 2.5 of 1000: below the margin of 5
        ((803, 804, 805), "no gain", FAILS),  # 4 ± 2.5 of 1000
        ((790, 801, 812), "no gain", UNDECIDED),  # 1 ± 27 of 1000
    ],
)
def test_an_interval_on_one_side_decides(of, relation, outcome):
    # Against 800 with every seed: t(0.975; 2) · s / √3 is 2.5 of 1000 for seeds 1 apart, 27 for seeds 11 apart.
    found = judge(statement(("1-3", "0-4"), relation=relation), cell("1-3", *of), cell("0-4", 800, 800, 800))
    assert found.outcome == outcome


def test_one_seed_decides_nothing():
    found = judge(statement(("1-3", "0-4")), cell("1-3", 900), cell("0-4", 100))
    assert found.outcome == UNDECIDED
    assert (found.difference, found.low, found.high) == (pytest.approx(0.8), None, None)


def test_seeds_that_one_network_lacks_are_left_out():
    found = judge(statement(("1-3", "0-4")), cell("1-3", 710, None, 714), cell("0-4", 700, 700, 700))
    assert found.pairs[0].seeds == (0, 2)


@pytest.mark.parametrize(
    "cells",
    [
        [cell("1-3", 700), cell("1-1", 700)],
        [cell("1-3", 700), cell("0-4")],
        [cell("1-3", 700, None), cell("0-4", None, 700)],
    ],
    ids=["not in the store", "failed", "no common seed"],
)
def test_a_pair_without_a_common_seed_is_not_trained(cells):
    found = judge(statement(("1-3", "0-4")), *cells)
    assert (found.outcome, found.difference, found.untrained) == (NOT_TRAINED, None, (("1-3", "0-4"),))


def test_a_statement_about_other_numbers_of_branches_is_not_judged():
    assert judged([statement(("0-5-0", "0-0-3"))], [cell("1-3", 700)], "textures") == []


def test_a_letter_is_every_layer_count_and_no_network_without_layers():
    assert instances(statement(("1-n", "0-n")), [0, 1, 3]) == [("1-1", "0-1"), ("1-3", "0-3")]
    assert instances(statement(("m-2", "m-1"), ("1-3", "0-4")), [0, 1]) == [
        ("0-2", "0-1"),
        ("1-2", "1-1"),
        ("1-3", "0-4"),
    ]


def test_many_pairs_are_averaged_seed_by_seed():
    # Seed by seed: (20 + 0) / 2, (0 + 20) / 2, (10 + 10) / 2 = 10, 10, 10: sure, though no pair is by itself.
    cells = [
        *(cell("1-1", 620, 600, 610), cell("0-1", 600, 600, 600)),
        *(cell("1-2", 700, 720, 710), cell("0-2", 700, 700, 700)),
    ]
    found = judge(statement(("1-n", "0-n")), *cells)
    assert found.outcome == HOLDS
    assert (found.difference, found.low, found.high) == (pytest.approx(0.01),) * 3
    assert [one.outcome for one in found.pairs] == [UNDECIDED, UNDECIDED]
    assert (found.pairs_holding, found.pairs_against) == (0, 0)


def test_pairs_without_a_common_seed_have_a_mean_and_no_interval():
    cells = [
        *(cell("1-1", 620, None), cell("0-1", 600, 600)),
        *(cell("1-2", None, 740), cell("0-2", 700, 700)),
    ]
    found = judge(statement(("1-n", "0-n")), *cells)
    assert found.outcome == UNDECIDED
    assert (found.difference, found.low, found.high) == (pytest.approx(0.03), None, None)


def test_a_verdict_says_whose_data_each_side_is_about():
    found = judge(statement(("1-3", "0-4")), cell("1-3", 710, 712), cell("0-4", 700, 702))
    assert (found.of_dataset, found.judged_on, found.where) == ("cifar10", "textures", "Section V-A")
    assert found.pairs[0].differences == (pytest.approx(0.01), pytest.approx(0.01))
    assert (found.pairs_holding, found.pairs_against, found.outcome) == (1, 0, HOLDS)
