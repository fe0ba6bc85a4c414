"""The drawn map: two file formats, the same bytes for the same numbers, and every number in it."""

from __future__ import annotations

import re
import sys

import pytest

from effbench.errors import MissingExtra
from effbench.maps.figure import Panel, _ink, draw, draw_panels

MAP = {
    "values": [[None, 27_722_240], [6_832_640, 34_554_880]],
    "rows": [0, 1],
    "cols": [0, 1],
    "baseline": 30_000_000,
    "labels": ("layers in branch 1", "layers in branch 2"),
    "title": "RAViT on cifar10",
    "unit": "FLOP",
}


@pytest.fixture(scope="module")
def images():
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    return draw(**MAP)


@pytest.fixture(scope="module")
def texts(images):
    """Every text in the SVG, where text is kept as text."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", images["svg"].decode())


def test_there_is_a_png_and_an_svg(images):
    assert set(images) == {"png", "svg"}
    assert images["png"].startswith(b"\x89PNG\r\n\x1a\n")
    assert images["svg"].startswith(b"<?xml")


def test_the_same_numbers_give_the_same_bytes(images):
    assert draw(**MAP) == images


def test_other_numbers_give_another_picture(images):
    other = draw(**{**MAP, "values": [[None, 27_722_240], [6_832_640, 1]]})
    assert other["svg"] != images["svg"]
    assert other["png"] != images["png"]


@pytest.mark.parametrize(("value", "percent"), [("27.7 M", "92.4 %"), ("6.8 M", "22.8 %"), ("34.6 M", "115.2 %")])
def test_a_cell_has_its_value_and_its_share_of_the_baseline(texts, value, percent):
    # 27 722 240 / 30 000 000 = 92.41 %, 6 832 640 / … = 22.78 %, 34 554 880 / … = 115.18 %
    assert value in texts
    assert percent in texts


def test_axes_title_and_unit_are_named(texts):
    assert {"RAViT on cifar10", "layers in branch 1", "FLOPs"} <= set(texts)
    assert any(text.startswith("layers in branch 2") for text in texts)


def test_cheaper_cells_are_framed(images):
    # A frame is a white outline: two cells cost less than the baseline, one more, one is empty.
    frames = re.findall(r"stroke: #ffffff; stroke-width: 2\.2", images["svg"].decode())
    assert len(frames) == 2


@pytest.mark.parametrize("package", ["matplotlib", "pandas", "seaborn"])
def test_a_missing_package_is_named_with_the_line_that_installs_it(monkeypatch, package):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    for module in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    line = rf"drawing a heatmap needs {package}.*: python -m pip install 'effbench\[report\]'"
    with pytest.raises(MissingExtra, match=line):
        draw(**MAP)


@pytest.fixture(scope="module")
def pair():
    """Two maps: a missing value, a framed cell, and a value with a prefix."""
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    left = Panel(
        title="accuracy",
        unit="accuracy, %",
        values=[[None, 61.5]],
        texts=[["failed", "61.5"]],
        framed=[(0, 1)],
        hatched=[(0, 0)],
        below="framed: good",
    )
    right = Panel(title="cost", unit="FLOPs", values=[[1e6, 2e6]], texts=[["1.0 M", "2.0 M"]])
    drawn = draw_panels([left, right], rows=[0], cols=[1, 2], labels=("down", "across"), title="both")
    return drawn["svg"].decode()


def test_maps_stand_side_by_side_under_one_title(pair):
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", pair)
    assert {"both", "accuracy", "cost", "framed: good", "down", "FLOPs", "accuracy, %"} <= set(texts)
    assert texts.count("across") == 2


def test_a_missing_value_is_hatched_and_says_why(pair):
    assert len(re.findall("<pattern", pair)) == 1
    assert re.findall(r"<text[^>]*>(failed)</text>", pair) == ["failed"]


def test_a_framed_cell_has_a_white_line_on_a_black_one(pair):
    assert len(re.findall(r"stroke: #ffffff; stroke-width: 2\.2", pair)) == 1
    assert len(re.findall(r"stroke: #000000; stroke-width: 3\.8", pair)) == 1


def test_a_colour_bar_of_large_numbers_has_prefixes(pair):
    assert re.search(r">1\.5 M</text>", pair)
    assert "1e6" not in pair


def test_text_is_read_on_every_colour():
    # cividis begins with the dark (0.00, 0.14, 0.31) and ends with the bright (1.00, 0.91, 0.27); in between, grey 0.5
    # has a relative luminance of 0.214: 1.05 / 0.264 = 4.0 for white, 0.264 / 0.05 = 5.3 for black.
    assert [_ink(colour) for colour in ((0.0, 0.14, 0.31, 1), (1.0, 0.91, 0.27, 1), (0.5, 0.5, 0.5, 1))] == [
        "white",
        "black",
        "black",
    ]
