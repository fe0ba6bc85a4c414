"""Comparing, explaining and timing networks from Python."""

from __future__ import annotations

import pytest

import effbench as eb
from effbench.errors import EffbenchError

torch = pytest.importorskip("torch")
nn = torch.nn


def linear(out=10):
    return eb.count(nn.Linear(48, out), torch.zeros(1, 64, 48))


def test_a_figure_is_explained_by_the_conventions_that_print_so():
    found = eb.explain(linear(), "61.44k")
    assert found.holds_under == ("flops",)
    assert found.rows[0].value == 61_440
    assert "holds under flops" in str(found)
    assert "no convention" in eb.explain(linear(), "1.23G")._repr_html_()


def test_networks_are_compared_with_the_first():
    both = eb.compare({"wide": linear(20), "narrow": linear(10)})
    assert [(row.name, row.macs, row.ratio) for row in both.rows()] == [("wide", 61_440, 1.0), ("narrow", 30_720, 0.5)]
    assert both.to_pandas().loc["narrow", "ratio"] == 0.5
    with pytest.raises(EffbenchError, match="at least one cost"):
        eb.compare({})


def test_a_time_says_that_it_is_of_this_process_alone():
    found = eb.profile(nn.Linear(8, 4), torch.zeros(2, 8), samples=7)
    assert len(found.samples) == 7
    assert min(found.samples) <= found.seconds <= max(found.samples)
    assert "no interval is given" in repr(found)


def test_nothing_can_be_timed_without_values():
    with pytest.raises(EffbenchError, match="nothing to time"):
        eb.profile(nn.Linear(8, 4, device="meta"), torch.zeros(2, 8, device="meta"))
    with pytest.raises(EffbenchError, match="Linear does not run on cpu: RuntimeError: "):
        eb.profile(nn.Linear(8, 4), torch.zeros(2, 9))
