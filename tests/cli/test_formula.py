"""``effbench formula``."""

from __future__ import annotations

import pytest

from effbench.render.table import FORMATS

VIT = "formula vit_base_patch16"


def test_people_see_the_three_forms_and_what_the_letters_mean(effbench):
    out = effbench(VIT).out
    assert out.startswith("vit_base_patch16: MACs under macs, one image\n  S = image side in pixels\n")
    assert [line for line in out.splitlines() if line in ("plain:", "latex:", "python:")] == [
        "plain:",
        "latex:",
        "python:",
    ]
    assert out.endswith("Valid where the image side is a multiple of 16.\n")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        # Patch embedding 3·D·S², blocks n·(12·L·D² + 2·L²·D) with L = S²/256 + 1, head 1000·D.
        ("plain", "3*D^2*S^2*n/64 + 12*D^2*n + D*S^4*n/32768 + D*S^2*n/64 + 3*D*S^2 + 2*D*n + 1000*D\n"),
        ("latex", r"\frac{3 D^{2} S^{2} n}{64} + 12 D^{2} n + \frac{D S^{4} n}{32768}"),
        ("python", "def macs(image_side, depth, width):\n    return ("),
    ],
)
def test_a_style_is_printed_alone(effbench, style, expected):
    out = effbench(f"{VIT} --style {style}").out
    assert out.startswith(expected)
    assert out.endswith("\n")


def test_the_python_form_can_be_run(effbench):
    names = {}
    exec(effbench("formula ci2p_vit --convention ci2p --style python").out, names)
    assert names["macs"](256, 12, 768) == 8_476_811_264
    assert names["macs"](512, 12, 768) == 34_810_339_328


def test_the_convention_is_chosen(effbench):
    assert effbench("formula ravit_cifar10:1-3 --convention ravit --style python").out.startswith(
        "def flops(image_side, layers_1, layers_2, width):"
    )


def test_json_has_one_object_with_every_form(effbench):
    (form,) = effbench(f"{VIT} --format json").json
    assert (form["model"], form["convention"], form["unit"]) == ("vit_base_patch16", "macs", "MAC")
    assert {"plain", "latex", "python", "symbols", "valid"} <= set(form)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(effbench, format):
    ran = effbench(f"{VIT} --format {format}")
    assert (ran.code, ran.err) == (0, "")
    assert "embedding width" in ran.out


def test_output_goes_to_the_file_and_nowhere_else(effbench, tmp_path):
    printed = effbench(f"{VIT} --style python")
    assert effbench(f"{VIT} --style python --output", tmp_path / "vit.py") == (0, "", "")
    assert (tmp_path / "vit.py").read_text(encoding="utf-8") == printed.out


def test_a_formula_that_says_no_symbols_is_one_of_the_side_all_the_same(effbench, model_file):
    """``spec.image_size`` stands in the formula, and the family does not say so: the cost grows with the side."""
    path = model_file(cost="lambda spec: ops.linear(1, 3 * spec.image_size ** 2, 5).at('head')")
    out = effbench("formula", path).out
    assert "15*S^2" in out  # 3 · S² · 5
    assert "Valid where S is from 1 to" in out


def test_the_sides_of_any_network_in_a_file(effbench, tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "net.py"
    file.write_text("from torch import nn\ndef net(width=8):\n    return nn.Conv2d(1, width, 4, stride=4, bias=False)\n")
    form = effbench(f"formula {file}:net --arg width=16 --input Bx1xHxW --style plain")
    assert (form.code, form.out) == (0, "16*B*H*W\n")
    assert "no free side" in effbench(f"formula {file}:net --input 1x1x8x8").err
