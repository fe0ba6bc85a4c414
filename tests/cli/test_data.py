"""``effbench data``."""

from __future__ import annotations

from effbench.training.data.catalogue import DATASETS


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
