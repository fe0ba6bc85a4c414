"""The drawn roofline: the same bytes for the same rows, and the numbers in it."""

from __future__ import annotations

import re
import sys

import pytest

from effbench.errors import MissingExtra
from effbench.profiling.roofline_figure import COLOURS, MARKERS, _look, draw

pytest.importorskip("matplotlib", reason="the report extra is not installed")


def row(model, record="model", intensity=20.0, attainable=8e10, seconds=0.5, macs=10**10):
    """A model reaches 2·10¹⁰ / 0.5 s = 40 GFLOP/s, half of what it could."""
    reached = 2 * macs / seconds if seconds and record == "model" else None
    return {
        "record": record,
        "model": model,
        "intensity": intensity,
        "macs": macs,
        "attainable_flop_per_s": attainable,
        "measured_seconds": seconds,
        "attained_share": reached and reached / attainable,
    }


ROWS = [row("vit"), row("vit", "block", 2.0, 2e10), row("vit", "block", 0.0, 0.0), row("ci2p", intensity=15.0)]
HOW = {"flop_per_s": 1.725e11, "byte_per_s": 1.307e10, "title": "A machine, fp32"}


def texts(images):
    """Every text in the SVG, where text is kept as text."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", images["svg"].decode())


@pytest.fixture(scope="module")
def images():
    return draw(ROWS, **HOW)


def test_there_is_a_png_and_an_svg(images):
    assert set(images) == {"png", "svg"}
    assert images["png"].startswith(b"\x89PNG\r\n\x1a\n")


def test_the_same_rows_give_the_same_bytes(images):
    assert draw(ROWS, **HOW) == images


def test_another_ceiling_gives_another_picture(images):
    assert draw(ROWS, **{**HOW, "byte_per_s": 2e10})["svg"] != images["svg"]


def test_ceilings_models_and_shares_are_in_it(images):
    found = texts(images)
    assert {"A machine, fp32", "vit", "ci2p", "GFLOP/s", "copy 13.07 GB/s"} <= set(found)
    assert "matrix product 172.5 GFLOP/s" in found
    assert found.count("50 %") == 2


def test_a_model_that_was_not_measured_says_so():
    found = texts(draw([row("vit", seconds=None)], **HOW))
    assert "vit (not measured)" in found
    assert not [text for text in found if text.endswith(" %")]


def test_blocks_without_products_have_no_place_on_logarithmic_axes(images):
    without = [one for one in ROWS if one["intensity"]]
    assert draw(without, **HOW) == images


def test_models_differ_in_colour_and_in_shape():
    assert len(set(COLOURS)) == len(COLOURS) == len(MARKERS) == len(set(MARKERS))
    assert len({_look(place) for place in range(49)}) == 49


def test_a_missing_package_is_named_with_the_line_that_installs_it(monkeypatch):
    for module in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"drawing a roofline needs matplotlib.*: python -m pip install matplotlib"):
        draw(ROWS, **HOW)
