"""Counts, times, maps and comparisons show themselves in a notebook: as tables and as figures, both escaped."""

from __future__ import annotations

import pytest

import effbench as eb
from effbench.errors import EffbenchError


@pytest.fixture(scope="module")
def made():
    torch = pytest.importorskip("torch")
    cost = eb.count(torch.nn.Linear(8, 4), torch.zeros(1, 8))
    return {
        "count": cost,
        "comparison": eb.compare({"<b>": cost}),
        "profile": eb.profile(torch.nn.Linear(8, 4), torch.zeros(1, 8), samples=3),
        "map": eb.layer_map("cifar10", max_layers=1),
    }


KINDS = ("count", "comparison", "profile", "map")


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_a_table(made, kind):
    assert "<table>" in made[kind]._repr_html_()
    assert "<b>" not in made[kind]._repr_html_()


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_a_figure_that_can_be_saved(made, kind, tmp_path):
    pytest.importorskip("seaborn")
    figure = made[kind].plot()
    assert "<svg" in figure._repr_svg_()
    figure.save(tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(EffbenchError, match=r"written as \.png or \.svg"):
        figure.save("x.pdf")


def test_figures_leave_the_backend_of_a_notebook(made):
    matplotlib = pytest.importorskip("matplotlib")
    before = matplotlib.rcParams["backend"]
    made["count"].plot()
    assert matplotlib.rcParams["backend"] == before


def test_a_time_says_what_it_is_not(made):
    assert "no interval is given" in made["profile"]._repr_html_()
