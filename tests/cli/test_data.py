"""``effbench data``."""

from __future__ import annotations

import pytest

from effbench.training.data.catalogue import DATASETS, normalisations, register
from effbench.training.data.dataset import DataSet
from effbench.training.data.listing import Pixels


def test_every_data_set_is_listed_with_where_to_get_it(effbench):
    ran = effbench("data list")
    assert ran.code == 0
    for known in DATASETS.values():
        assert known.name in ran.out
        assert known.get in ran.out
    rows = effbench("data list --format json").json
    assert [row["name"] for row in rows] == list(DATASETS)
    assert rows[0]["train"] == 1437


def test_one_data_set_is_listed_with_its_files(effbench):
    ran = effbench("data list tiny-imagenet")
    assert "tiny-imagenet-200/val/val_annotations.txt" in ran.out
    assert "cifar" not in ran.out
    ran = effbench("data list tiny")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown data set 'tiny'" in ran.err


def test_damaged_files_are_counted_named_and_the_exit_code(effbench, tmp_path):
    for part in ("train", "test"):
        (tmp_path / part / "a").mkdir(parents=True)
        (tmp_path / part / "a" / "x.png").write_bytes(b"no image")
    ran = effbench("data check folder --data", tmp_path)
    assert ran.code == 1
    assert f"train: {tmp_path / 'train' / 'a' / 'x.png'}: it is no image" in ran.out
    rows = effbench("data check folder --part test --format json --data", tmp_path).json
    assert rows == [
        {
            "part": "test",
            "images": 0,
            "expected": None,
            "damaged": 1,
            "files": [{"file": str(tmp_path / "test" / "a" / "x.png"), "reason": "it is no image"}],
        }
    ]


def test_bad_input_is_one_line(effbench, tmp_path, monkeypatch):
    monkeypatch.setenv("EFFBENCH_DATA", "nowhere")
    for line, said in (
        ("data check cifar10", "data set cifar10 is not there: nowhere/cifar-10-batches-py/data_batch_1"),
        (f"data check cifar10 --data {tmp_path}", "cifar-10-batches-py"),
        ("data check nothing", "unknown data set 'nothing'"),
        ("data check digits --jobs 0", "--jobs must be 1 or more"),
        ("data", ""),
    ):
        ran = effbench(line)
        assert ran.code == 2
        assert said in ran.err
        assert ran.err.count("\n") == (1 if said else 0)


def stripes(dataset, part, root, size):
    """Images of one of two shades; the class is which."""
    import numpy

    labels = [i % 2 for i in range(dataset.expected(part))]
    shades = numpy.array(labels, "uint8")[:, None, None, None] * 200
    return Pixels(numpy.broadcast_to(shades, (len(labels), 16, 16, 3)).copy(), labels, dataset.classes)


@pytest.fixture
def made_up():
    """A data set of this file, registered by one call."""
    added = DataSet(
        name="stripes",
        title="Stripes",
        about="two shades",
        reader=f"{__name__}:stripes",
        num_classes=2,
        side=16,
        train_images=32,
        test_images=8,
        classes=("dark", "light"),
        normalise=((0.4,) * 3, (0.4,) * 3),
        get="is made here",
    )
    register(added)
    yield added
    del DATASETS["stripes"]


def test_a_set_of_a_user_is_listed_checked_and_trained_on(made_up, effbench, tmp_path):
    pytest.importorskip("timm")
    assert normalisations()["stripes"] == made_up.normalise
    assert [row["train"] for row in effbench("data list stripes --format json").json] == [32]
    assert [row["images"] for row in effbench("data check stripes --format json").json] == [32, 8]
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        'source = "a test"\nmodel = "ravit_cifar10:0-1,width=8,num_heads=2,num_classes=2"\n'
        'data = { name = "stripes", size = 16, batch = 8, normalise = "stripes", calibration = 0.25 }\n'
    )
    assert effbench("train --dry-run --format json", recipe).json["images"] == 24
    (row,) = effbench("train --device cpu --format json --out", tmp_path / "run", recipe).json
    assert row["images"] == 8
