from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.render.plain import plain
from effbench.report.data.measured_maps import SHOWN, measured_maps

FOLDER = Path(__file__).parents[3] / "reports" / "sweeps" / "textures"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a checkout: a folder with one map that was written by the command."""
    made = tmp_path / "reports" / "sweeps" / "digits"
    made.mkdir(parents=True)
    shutil.copy(FOLDER / "heatmap_accuracy.json", made)
    return made


def test_a_map_keeps_its_axes_and_what_is_shown_of_its_cells(folder: Path, tmp_path: Path) -> None:
    (recorded,) = measured_maps(tmp_path)
    row = plain(recorded)
    assert (row["dataset"], row["metric"], row["file"]) == (
        "textures",
        "accuracy",
        "reports/sweeps/digits/heatmap_accuracy.json",
    )
    assert row["baseline"] == "ravit_cifar10:0-4,width=64,num_heads=4"
    assert "ravit_textures_heatmap; exit last; store reports/sweeps" in str(row["how"])
    cells = row["cells"]
    assert isinstance(cells, list)
    assert [len(line) for line in cells] == [6] * 6
    assert tuple(cells[1][3]) == SHOWN["accuracy"]
    assert cells[1][3]["model"] == "ravit_cifar10:1-3,width=64,num_heads=4"


def test_a_file_that_is_no_map_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "heatmap_latency.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EffbenchError, match="is not a map"):
        measured_maps(tmp_path)
