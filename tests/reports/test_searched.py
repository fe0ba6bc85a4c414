"""The committed page on searched layouts is what its script makes of the committed trainings."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytest.importorskip("scipy")

HERE = Path(__file__).parents[2] / "reports" / "prediction"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(HERE / "searched.py"))


def test_the_page_is_what_the_script_makes(script):
    assert script["page"]() == (HERE / "searched.md").read_text(encoding="utf-8")


def test_distances_are_over_the_seeds_of_both(script):
    def row(**accuracies):
        by_seed = {int(name[1:]): share for name, share in accuracies.items()}
        return script["Row"](model="a", chosen="drawn", accuracies=by_seed, macs=1, params=1)

    one, two = row(s0=0.75, s1=0.76, s2=0.9), row(s0=0.74, s1=0.73)
    # 1 and 3 points: mean 2, standard error 1, t of one degree of freedom 12.706
    assert script["apart"](one, two) == "+2.00 [-10.71, +14.71]"
    assert script["apart"](one, two, without=0) == "-"
