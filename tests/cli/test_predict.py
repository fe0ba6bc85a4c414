"""``effbench predict``."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from effbench.cli import main

COLUMNS = {"model", "size", "batch", "machine", "images_per_s", "low", "high"}


def test_json_rows(capsys):
    assert (
        main(["predict", "resnet50", "timm/vit_base_patch16_224", "--machine", "rtx3090", "i9", "--format", "json"])
        == 0
    )
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 4
    for row in rows:
        assert set(row) >= COLUMNS
        assert row["low"] < row["images_per_s"] < row["high"]


def test_the_table_says_how_it_was_made(capsys):
    assert main(["predict", "resnet50", "--machine", "rtx3090"]) == 0
    out = capsys.readouterr().out
    assert "90 % interval" in out
    assert "families were held out" in out


def test_the_settings_are_listed_with_their_errors(capsys):
    assert main(["predict", "--machines", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 22
    assert all(row["median_error"] < row["macs_alone"] for row in rows)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "name a MODEL"),
        ("resnet50 --machine rtx309", "unknown machine"),
        ("resnet5 --machine rtx3090", "unknown model"),
        ("resnet50 --machine rtx3090 --batch 3", "batches of 1024"),
        ("resnet50 --batch 0", "batch must be between"),
        ("resnet50 --machines", "leave everything else out"),
        ("resnet50 --again", "--again needs --calibrate"),
        ("resnet50 --out x", "--out needs --fit"),
        ("resnet50 --threads 0", "threads must be between"),
    ],
)
def test_bad_input_is_one_line(line, said, capsys):
    assert main(["predict", *line.split()]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert len(err) <= 320


def test_this_machine_needs_a_calibration(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path))
    assert main(["predict", "resnet50", "--machine", "here"]) == 2
    assert "run effbench predict --calibrate" in capsys.readouterr().err


def test_models_of_timm_are_answered_without_torch_and_numpy():
    code = (
        "import sys\n"
        "from effbench.cli import main\n"
        "main(['predict', 'resnet50', '--machine', 'rtx3090'])\n"
        "main(['search', '--max-macs', '5G', '--machine', 'rtx3090'])\n"
        "main(['flops', 'timm/vit_base_patch16_224'])\n"
        "assert not {'torch', 'timm', 'numpy', 'scipy'} & set(sys.modules), 'heavy'\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "17.564 G" in ran.stdout
