"""Work as executed: networks whose exact work on each image is known by hand."""

from __future__ import annotations

from math import sqrt
from statistics import fmean, stdev

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from effbench.cost.convention import convention  # noqa: E402
from effbench.counting.executed import executed  # noqa: E402
from effbench.errors import EffbenchError  # noqa: E402
from effbench.models.plugins import allow  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402

NETWORKS = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layer, self.head = nn.Linear(12, 8), nn.Linear(8, 8), nn.Linear(8, 2)

    def forward(self, image):
        rows = image.permute(0, 2, 1, 3).flatten(2)  # 4 tokens of 12 values
        return self.head(self.rest(self.embed(rows), rows).mean(1))

class Drop(Net):
    def rest(self, x, rows):
        return self.layer(x[:, rows.mean((0, 2)) > 0.5])

class Mask(Net):
    def rest(self, x, rows):
        return self.layer(x * (rows.mean(2, keepdim=True) > 0.5))

class Leave(Net):
    def rest(self, x, rows):
        return self.layer(x) if rows.mean().item() > 0.4 else x

class Cautious(Net):
    def rest(self, x, rows):
        return self.layer(self.layer(x)) if x.is_meta else self.layer(x)

class Counter(Net):
    seen = 0

    def rest(self, x, rows):
        self.seen += 1
        for _ in range(self.seen):
            x = self.layer(x)
        return x

class Random(Net):
    def rest(self, x, rows):
        return self.layer(x[:, torch.rand(4) > 0.5])

class Breaks(Net):
    def rest(self, x, rows):
        if torch.utils._python_dispatch._get_current_dispatch_mode() is None:
            raise ValueError("no")
        return x

class Bare(nn.Module):
    def forward(self, image):
        return image[image > 0.5].sum()
"""

EMBED, TOKEN, HEAD = 4 * 12 * 8, 8 * 8, 8 * 2
ALL = EMBED + 4 * TOKEN + HEAD
KEPT = (1, 4, 2)
"""Bright rows of each image: the tokens that are kept."""


@pytest.fixture
def work(tmp_path):
    """Reading -> row, of one of NETWORKS on the images."""
    (tmp_path / "net.py").write_text(NETWORKS)

    def rows(name, bright=KEPT, side=4, by="macs", **how):
        images = [torch.zeros(1, 3, side, side) for _ in bright]
        for image, count in zip(images, bright, strict=True):
            image[:, :, :count] = 1
        typed = f"{tmp_path / 'net.py'}:{name}"
        allow(typed)
        found = executed(resolve(typed, 4), lambda: iter(images), "bars", convention(by), **how)
        return {row.reading: row for row in found.rows}

    return rows


@pytest.mark.parametrize(
    ("name", "each"),
    [
        ("Drop", [EMBED + kept * TOKEN + HEAD for kept in KEPT]),
        ("Mask", [ALL, ALL, ALL]),
        ("Leave", [EMBED + HEAD, ALL, ALL]),
    ],
)
def test_the_work_of_each_image_is_what_is_executed(work, name, each):
    rows = work(name)
    assert (rows["dense"].value, rows["worst"].value, rows["executed"].value) == (ALL, ALL, fmean(each))
    assert rows["executed"].saved == 1 - fmean(each) / ALL
    half = 4.302653 * stdev(each) / sqrt(3)  # Student's t of two degrees of freedom
    assert (rows["executed"].low, rows["executed"].high) == pytest.approx((fmean(each) - half, fmean(each) + half))


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("Drop", [(1 + kept / 4 + 1) / 3 for kept in KEPT]),  # of embed, layer and head
        ("Mask", [1, 1, 1]),
        ("Leave", [2 / 3, 1, 1]),
    ],
)
def test_promised_is_the_dense_work_times_the_share_of_the_tokens(work, name, shares):
    row = work(name)["promised"]
    assert (row.value, row.saved) == pytest.approx((ALL * fmean(shares), 1 - fmean(shares)))
    assert (row.source, row.how) == ("counted", "kept share of tokens, as executed")


def test_a_mask_saves_nothing_whatever_is_stated(work):
    rows = work("Mask", kept=0.5)
    assert (rows["promised"].value, rows["promised"].saved, rows["promised"].source) == (ALL / 2, 0.5, "claimed")
    assert (rows["executed"].value, rows["executed"].saved) == (ALL, 0)
    assert rows["dense"].how == "without values"


def test_what_needs_values_is_as_dense_as_its_most_expensive_image(work):
    rows = work("Drop", (1, 2))
    assert (rows["dense"].value, rows["dense"].how) == (EMBED + 2 * TOKEN + HEAD, "the most expensive image")
    assert rows["clock"].saved is not None


def test_nothing_dense_is_on_the_clock_where_no_image_is(work):
    rows = work("Cautious")
    assert (rows["dense"].value, rows["worst"].value) == (ALL + 4 * TOKEN, ALL)
    assert rows["dense"].how == "without values"
    assert rows["executed"].saved == pytest.approx(1 - ALL / (ALL + 4 * TOKEN))
    assert rows["clock"].saved is None


def test_the_clock_has_seconds_and_no_interval(work):
    row = work("Drop")["clock"]
    assert (row.unit, row.source, row.low, row.high) == ("s", "measured", None, None)
    assert row.value > 0


def test_one_image_has_no_interval(work):
    rows = work("Drop", (2,))
    assert {(row.low, row.high) for row in rows.values()} == {(None, None)}


def test_a_network_without_layers_promises_nothing(work):
    rows = work("Bare", by="macs")
    assert (rows["promised"].value, rows["executed"].value, rows["executed"].saved) == (None, 0, None)


def test_every_image_finds_the_network_as_it_was(work):
    assert work("Counter")["worst"].value == ALL


def test_what_is_drawn_is_not_the_same_for_every_image(work):
    rows = work("Random", (4,) * 20)
    assert rows["executed"].value < rows["worst"].value
    assert work("Random", (4,) * 20)["executed"].value == rows["executed"].value


def test_a_network_that_breaks_on_the_clock_alone_is_an_error_too(work):
    with pytest.raises(EffbenchError, match=r"Breaks does not take these images, 1 x 3 x 4 x 4: ValueError: no$"):
        work("Breaks")


def test_another_convention(work):
    assert work("Mask", by="flops")["executed"].value >= 2 * ALL


def test_images_that_are_not_taken_are_said_with_their_shape(work):
    with pytest.raises(EffbenchError, match=r"Drop does not take these images, 1 x 3 x 5 x 5: RuntimeError: "):
        work("Drop", side=5)
