"""``effbench heatmap``."""

from __future__ import annotations

import sys

import pytest

from effbench.cost.convention import convention
from effbench.models.registry import resolve
from effbench.render.table import FORMATS

CIFAR = "heatmap --dataset cifar10"


def names(folder):
    """Everything in the folder, hidden files too."""
    return {path.name for path in folder.iterdir()}


def test_json_holds_the_map(effbench):
    found = effbench(f"{CIFAR} --format json").json
    assert (found["dataset"], found["convention"], found["unit"]) == ("cifar10", "ravit", "FLOP")
    assert found["rows"] == found["cols"] == list(range(9))
    assert (found["row_branch"], found["col_branch"], found["fixed"]) == (1, 2, {})
    assert (found["baseline"], found["baseline_value"]) == ("vit_cifar10:4", 110_888_960)
    assert found["values"][1][3] == 89_999_360  # Table I: 89.99 MFLOPs


@pytest.mark.parametrize(
    ("options", "fixed", "model", "baseline"),
    [
        ("cifar10", {}, "ravit_cifar10:2-1", "vit_cifar10:4"),
        ("cifar10 --baseline-layers 5", {}, "ravit_cifar10:2-1", "vit_cifar10:5"),
        ("cifar10 --convention macs", {}, "ravit_cifar10:2-1", "vit_cifar10:4"),
        ("tiny-imagenet", {"3": 3}, "ravit_tiny_imagenet:2-1-3", "vit_tiny_imagenet:4"),
        ("imagenet", {"3": 8}, "ravit_imagenet:2-1-8", "vit_imagenet:12"),
        ("imagenet --fix 1=4", {"1": 4}, "ravit_imagenet:4-2-1", "vit_imagenet:12"),
        ("imagenet --fix 2=0", {"2": 0}, "ravit_imagenet:2-0-1", "vit_imagenet:12"),
    ],
)
def test_options_choose_networks_baseline_and_prices(effbench, options, fixed, model, baseline):
    found = effbench(f"heatmap --dataset {options} --max-layers 2 --format json").json
    price = convention(found["convention"])
    assert (found["fixed"], found["baseline"], found["unit"]) == (fixed, baseline, price.unit)
    assert found["values"][2][1] == price.total(resolve(model).cost())
    assert found["baseline_value"] == price.total(resolve(baseline).cost())


def test_csv_has_a_row_per_cell(effbench):
    rows = effbench(f"{CIFAR} --max-layers 3 --format csv").csv
    assert len(rows) == 16
    (row,) = (row for row in rows if row["model"] == "ravit_cifar10:1-3")
    assert (row["branch_1"], row["branch_2"], row["value"]) == ("1", "3", "89999360")


def test_people_see_value_percentage_and_what_is_cheaper(effbench):
    # 89 999 360 / 110 888 960 = 81.2 %, 4 · 6 832 640 + 110 888 960 is dearer than the ViT of 4 layers.
    out = effbench(f"{CIFAR} --max-layers 4").out
    assert "90.00 M 81.2%*" in out
    assert "138.22 M 124.6% \n" in out or "138.22 M 124.6%\n" in out
    assert "* cheaper than vit_cifar10:4 (110.89 M = 100 %)" in out


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(effbench, format):
    ran = effbench(f"{CIFAR} --max-layers 2 --format {format}")
    assert (ran.code, ran.err) == (0, "")
    assert "ravit" in ran.out


def test_output_goes_to_the_file_and_nowhere_else(effbench, tmp_path):
    printed = effbench(f"{CIFAR} --max-layers 2 --format json")
    assert effbench(f"{CIFAR} --max-layers 2 --format json --output", tmp_path / "map.json") == (0, "", "")
    assert (tmp_path / "map.json").read_text(encoding="utf-8") == printed.out


def test_out_writes_png_svg_and_csv(effbench, tmp_path):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    folder = tmp_path / "figures" / "new"
    ran = effbench(f"{CIFAR} --max-layers 2 --format csv --out", folder)
    assert ran.code == 0
    assert names(folder) == {f"heatmap_cifar10_ravit.{kind}" for kind in ("png", "svg", "csv")}
    assert (folder / "heatmap_cifar10_ravit.csv").read_text(encoding="utf-8") == ran.out


def test_out_says_what_it_wrote_on_standard_error(effbench, tmp_path):
    pytest.importorskip("seaborn", reason="the report extra is not installed")
    ran = effbench(f"{CIFAR} --max-layers 1 --format json --out", tmp_path)
    assert ran.json["dataset"] == "cifar10"
    assert ran.err.startswith("wrote ")
    assert ran.err.count("heatmap_cifar10_ravit.") == 3


def test_a_full_disk_leaves_no_part_of_the_figure(effbench, tmp_path, monkeypatch):
    pytest.importorskip("seaborn", reason="the report extra is not installed")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    ran = effbench(f"{CIFAR} --max-layers 1 --out", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "No space left on device" in ran.err
    assert names(tmp_path) == set()


def test_without_the_drawing_packages_the_line_that_installs_them_is_shown(effbench, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "seaborn", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = effbench(f"{CIFAR} --max-layers 1 --out", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("effbench: error: drawing a heatmap needs matplotlib")
    assert "python -m pip install matplotlib seaborn" in ran.err
