"""The drawn map: two file formats, the same bytes for the same numbers, and every number in it."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest

from effbench.cost.convention import convention
from effbench.errors import MissingExtra
from effbench.maps.figure import _ink, draw
from effbench.maps.flops import paper_map
from effbench.maps.layer_map import Layer, Value
from effbench.maps.paper import paper_grid

MAP = paper_map(paper_grid("cifar10", convention("ravit"), max_layers=1, baseline_layers=1))


def texts(svg):
    """Every text in the SVG, where text is kept as text."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def frames(svg):
    """Frames of one line, in the ink of their cell."""
    return len(re.findall(r"stroke: (?:#ffffff|#000000); stroke-width: 1.8", svg))


@pytest.fixture(scope="module")
def images():
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    return draw(MAP)


def test_the_same_numbers_give_the_same_bytes_as_png_and_svg(images):
    assert images["png"].startswith(b"\x89PNG\r\n\x1a\n")
    assert images["svg"].startswith(b"<?xml")
    assert draw(MAP) == images


def test_other_numbers_give_another_picture(images):
    other = draw(paper_map(paper_grid("cifar10", convention("ravit"), max_layers=1)))
    assert other["svg"] != images["svg"]
    assert other["png"] != images["png"]


def test_every_cell_axis_title_and_unit_is_in_it(images):
    # 6 832 640 / 27 722 240 = 24.6 %, 27 722 240 / … = 100 %, 34 554 880 / … = 124.6 %
    shown = texts(images["svg"].decode())
    assert {"27.7 M", "100.0 %", "6.8 M", "24.6 %", "34.6 M", "124.6 %"} <= set(shown)
    assert {"RAViT on cifar10", "FLOPs of one image (ravit)", "100 % = vit_cifar10:1"} <= set(shown)
    assert {"layers in branch 1", "FLOPs"} <= set(shown)
    assert "layers in branch 2  (framed: costs less than 100 %)" in shown
    assert frames(images["svg"].decode()) == 1


@pytest.mark.parametrize("package", ["matplotlib", "pandas", "seaborn"])
def test_a_missing_package_is_named_with_the_line_that_installs_it(monkeypatch, package):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    for module in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    line = rf"drawing a heatmap needs {package}.*: python -m pip install .*{package}"
    with pytest.raises(MissingExtra, match=line):
        draw(MAP)


def test_panels_stand_side_by_side_under_one_title():
    """A missing value, a marked cell, and a colour bar of large numbers."""
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    left = Layer(
        name="accuracy",
        title="on the left",
        key="framed: good",
        values=[Value(), Value(status="failed"), Value(status="no exit"), Value(value=0.615, mark="*")],
    )
    right = Layer(
        name="cost",
        title="on the right",
        unit="FLOPs",
        values=[Value(), Value(value=1e6), Value(value=1.2e6), Value(value=2e6)],
    )
    svg = draw(replace(MAP, panels=[left, right]))["svg"].decode()
    shown = texts(svg)
    assert {
        "on the left",
        "on the right",
        "framed: good; hatched: not trained",
        "FLOPs",
        "accuracy, %",
        "1.8 M",
    } <= set(shown)
    assert (shown.count("layers in branch 2"), shown.count("failed"), shown.count("no exit")) == (2, 1, 1)
    assert (len(re.findall("<pattern", svg)), frames(svg)) == (1, 1)
    assert "1e6" not in svg


def test_where_all_cells_would_be_framed_none_is():
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    svg = draw(paper_map(paper_grid("imagenet", convention("ravit"), max_layers=1)))["svg"].decode()
    assert frames(svg) == 0
    assert any("all cost less than 100 %" in text for text in texts(svg))


def test_a_map_without_one_number_is_drawn_all_the_same():
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    nothing = Layer(name="accuracy", values=[Value(status="missing")] * 4)
    assert draw(replace(MAP, panels=[nothing]))["png"].startswith(b"\x89PNG")


def test_text_is_read_on_every_colour():
    # cividis begins with the dark (0.00, 0.14, 0.31) and ends with the bright (1.00, 0.91, 0.27); in between, grey 0.5
    # has a relative luminance of 0.214: 1.05 / 0.264 = 4.0 for white, 0.264 / 0.05 = 5.3 for black.
    assert [_ink(*colour) for colour in ((0.0, 0.14, 0.31), (1.0, 0.91, 0.27), (0.5, 0.5, 0.5))] == [
        "white",
        "black",
        "black",
    ]
