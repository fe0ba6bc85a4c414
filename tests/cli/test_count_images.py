"""``effbench count --data``."""

from __future__ import annotations

import pytest

from effbench.render.formats import FORMATS

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

NETWORK = """
from torch import nn

class Net(nn.Module):
    def __init__(self, drop=True):
        super().__init__()
        self.embed, self.layer, self.drop = nn.Linear(24, 8), nn.Linear(8, 8), drop

    def forward(self, image):
        rows = image.permute(0, 2, 1, 3).flatten(2)  # 8 tokens of 24 values
        keep = rows.mean(2) > -0.4
        x = self.embed(rows)
        return self.layer(x[keep] if self.drop else x * keep[..., None])
"""


@pytest.fixture
def line(tmp_path):
    """A command on the network, up to its data."""
    (tmp_path / "net.py").write_text(NETWORK)
    return f"count {tmp_path / 'net.py'}:Net"


def test_the_mean_is_that_of_the_tokens_that_the_images_keep(effbench, line):
    from sklearn.datasets import load_digits

    from effbench.training.data.listing import held_out

    found = load_digits()
    rows = found.images[held_out(found.target.tolist(), 0.2, "digits: test")].mean(2)  # 0 .. 16, as -1 .. 1
    kept = (rows / 8 - 1 > -0.4).sum(1)
    printed = effbench(f"{line} --data digits --images 360 --format json").json
    assert {row["reading"]: row["value"] for row in printed}["executed"] == pytest.approx(8 * 24 * 8 + kept.mean() * 64)
    assert {row["reading"]: row["value"] for row in printed}["worst"] == 8 * 24 * 8 + kept.max() * 64
    assert {(row["data"], row["images"], row["size"]) for row in printed} == {("digits", 360, 8)}


def test_people_see_what_a_mask_saves(effbench, line):
    ran = effbench(f"{line},drop=False --data digits --images 4 --kept 50% --wide")
    assert (ran.code, ran.err) == (0, "")
    promised, executed = (next(row for row in ran.out.splitlines() if word in row) for word in ("promised", "executed"))
    assert "1.024 k MACs" in promised
    assert "50.00 %" in promised
    assert "2.048 k MACs [2.048 k, 2.048 k]" in executed
    assert " 0.00 %" in executed
    assert "one process, and others differ" in ran.out


@pytest.mark.parametrize("style", FORMATS)
def test_every_format_has_every_reading(effbench, line, style):
    ran = effbench(f"{line} --data digits --images 2 --format {style} --columns model,reading,value,saved")
    assert (ran.code, ran.err) == (0, "")
    assert all(word in ran.out for word in ("dense", "worst", "promised", "executed", "clock"))


def test_several_networks_have_rows_each(effbench, line, tmp_path):
    ran = effbench(f"{line} {tmp_path / 'net.py'}:Net,drop=False --data digits --images 2 --format csv")
    assert len(ran.csv) == 10


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--data digits --images 0", "--images must be between 1 and 100000, got 0"),
        ("--data digits --images 361", "--images 361: digits has 360 images to test with"),
        ("--data digts", "unknown data set 'digts'; did you mean digits? (or give a folder of images)"),
        ("--data no/folder", "cannot read no/folder: No such file or directory"),
        ("--data digits --size 9", "net.py:Net does not take these images, 1 x 3 x 9 x 9: RuntimeError"),
        ("--data digits --size 8x9", "--data gives square images, not 8x9"),
        ("--data digits --by kind --batch 2", "--by, --batch 2: no effect with --data, which runs"),
        ("--data digits --kept 1.5", "'1.5' is not a fraction from 0 to 1"),
        ("--images 4", "--images has no effect without --data"),
        ("--kept 1", "--kept has no effect without --data"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(effbench, line, options, said):
    ran = effbench(f"{line} {options}")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert len(ran.err) <= 330
