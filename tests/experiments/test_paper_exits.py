"""Exits of a run beside the paper's: shares, a promise, and the promise tested."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "experiments"
DIGITS = [
    "--model", "ravit_cifar10:1-1,width=64,num_heads=4",
    "--predictions", str(FOLDER / "digits" / "test.npz"),
    "--calibrate-on", str(FOLDER / "digits" / "calibration.npz"),
]  # fmt: skip


@pytest.fixture
def script():
    return runpy.run_path(str(FOLDER / "paper_exits.py"))


@pytest.fixture
def logits(tmp_path):
    """Four hundred images at two exits; the first is right where it is sure."""
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 10, 400)
    values = draw.normal(size=(400, 2, 10))
    values[np.arange(400), 0, labels] += 6 * draw.random(400)
    values[np.arange(400), 1, labels] += 4
    path = tmp_path / "logits.npz"
    np.savez(path, logits=values.astype(np.float32), labels=labels)
    return path


def test_the_paper_s_thresholds_stand_beside_the_shares_that_its_flops_imply(script, logits, tmp_path, capsys):
    out = tmp_path / "out"
    script["main"](["--model", "ravit_cifar10:1-3", "--predictions", str(logits), "--out", str(out)])
    rows = {row["threshold"]: row for row in json.loads((out / "exits.json").read_text())["rows"]}
    # (FLOPs of all - 80.81 M) / (FLOPs of all - FLOPs to exit 1), and with 67.72 M
    assert [round(100 * rows[value]["implied"][0], 2) for value in (0.05, 0.15)] == [11.05, 26.79]
    assert [rows[value]["printed"] for value in (0.05, 0.15)] == ["84.6", "82.6"]
    shares = [row["exits"][0] for _, row in sorted(rows.items())]
    assert shares == sorted(shares)
    assert shares[0] == 0 < shares[-1]
    assert (out / "README.md").read_text().startswith("**Early exits of ravit_cifar10:1-3**")


def test_the_promise_is_kept_in_re_calibrations_on_digits(script, tmp_path, capsys):
    script["main"]([*DIGITS, "--max-loss", "0.02", "--calibrations", "200", "--out", str(tmp_path)])
    found = json.loads((tmp_path / "exits.json").read_text())
    assert found["recalibrated"]["calibrations"] == 200
    assert found["recalibrated"]["low"] <= 0.05
    assert found["promise"]["saved"] > 0.3


def test_thresholds_without_a_guarantee_are_seen_to_break_it(script, logits, monkeypatch):
    every = script["evaluation"].__globals__["load"](logits)
    loose = script["one_exit"]
    monkeypatch.setitem(
        script["recalibrated"].__globals__, "one_exit", lambda *a, **k: replace(loose(*a, **k), thresholds=(np.inf,))
    )
    found = script["recalibrated"](every, script["SCORES"]["entropy"], 200, (0.01, 0.05), 20)
    assert found.broken == 20


def test_what_is_missing_is_said(script, capsys):
    with pytest.raises(SystemExit, match="2"):
        script["main"](["--model", "ravit_cifar10:1-3"])
    assert "give a RUN of effbench train, or --model and --predictions" in capsys.readouterr().err
