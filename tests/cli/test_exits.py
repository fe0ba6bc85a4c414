import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from effbench.cli.exits import SHOWN
from effbench.early_exit.policy import from_json

DIGITS = Path(__file__).resolve().parents[2] / "experiments" / "digits"
MODEL = "ravit_cifar10:1-1,width=64,num_heads=4"


@pytest.fixture
def digits(effbench):
    """The command on the predictions of the digits example, calibration apart."""

    def run(*arguments):
        stored = ("--predictions", DIGITS / "test.npz", "--calibrate-on", DIGITS / "calibration.npz")
        return effbench("exits", MODEL, *stored, *arguments)

    return run


def stored(path, logits, labels):
    np.savez(path, logits=logits, labels=labels)
    return path


def test_the_front_of_the_digits(digits):
    ran = digits("--format", "json")
    never, *front = ran.json
    assert never["left"] == [0, 450]
    assert front[0]["left"] == [450, 0]
    assert len(front) > 20  # all of it, not the table's selection
    assert {row["source"] for row in ran.json} == {"analytic"}
    # thresholds come from other images, so the test images need not be in order; the costs' order is kept all the same
    assert [row["cost_total"] for row in front] == sorted(row["cost_total"] for row in front)


def test_the_table_shows_some_of_the_front_with_both_ends(digits):
    ran = digits()
    assert sum(line.startswith("front") for line in ran.out.splitlines()) == SHOWN
    assert "Thresholds were chosen on 450 other images." in ran.out
    assert "10 softmax_elem, 10 act_elem, 10 mul_elem, 10 reduce_elem, 2 other_elem; worth 0 under macs." in ran.out


def test_a_guarantee_of_the_digits_holds_on_the_test_images(digits):
    never, kept = digits("--max-loss", "0.02", "--format", "json").json
    assert kept["accuracy"] >= never["accuracy"] - 0.02
    assert kept["cost"] < 0.5 * never["cost"]
    assert (kept["calibration_images"], kept["max_loss"], kept["delta"]) == (450, 0.02, 0.05)
    assert kept["loss_bound"] <= 0.02


def test_too_few_images_for_a_guarantee_say_so(digits):
    ran = digits("--max-loss", "0.001")
    assert "no thresholds passed on 450 images" in ran.out


def test_one_row_per_class(digits):
    rows = digits("--thresholds", "0.5", "--by", "class", "--format", "csv").csv
    assert [row["class"] for row in rows] == [str(c) for c in range(10)]
    assert sum(int(row["images"]) for row in rows) == 450


def test_a_policy_is_saved_and_read_back(digits, tmp_path):
    ran = digits("--budget", "2M", "--temperature", "--save-policy", tmp_path / "p.json", "--format", "json")
    policy = from_json((tmp_path / "p.json").read_text())
    assert list(policy.thresholds) == ran.json[1]["thresholds"]
    assert list(policy.temperatures) == ran.json[1]["temperatures"]


def test_a_saved_policy_decides_on_other_images(digits, tmp_path):
    file = tmp_path / "p.json"
    chosen = digits("--score", "margin", "--budget", "2M", "--temperature", "--save-policy", file, "--format", "json")
    given = digits("--policy", file, "--format", "json")
    assert given.json[1] == chosen.json[1] | {"policy": "given"}
    assert "by margin" in digits("--policy", file).out


def test_the_former_spelling_of_a_score_still_works_and_says_so(digits):
    former, now = (digits(option, "margin", "--thresholds", "0.5") for option in ("--policy", "--score"))
    assert former.out == now.out
    assert former.err == "--policy margin is now --score margin; --policy takes a FILE\n"
    assert now.err == digits("--policy", "margin", "--thresholds", "0.5", "-q").err == ""


@pytest.mark.parametrize("option", ["--min-accuracy", "--max-loss"])
def test_a_percentage_is_a_fraction(digits, option):
    assert digits(option, "10%").out == digits(option, "0.1").out


def test_measured_costs_without_a_model(effbench):
    line = f"exits --predictions {DIGITS / 'test.npz'} --cost-per-exit 0.001 0.004 --unit J --thresholds always"
    never, always = effbench(*line.split(), "--format", "json").json
    assert (never["cost"], always["cost"]) == (pytest.approx(0.004), pytest.approx(0.001))
    assert (never["unit"], never["source"], never["convention"]) == ("J", "measured", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("1e308 1.7e308", "costs are cumulative: from 0 to 1e+100"),
        ("1 2 --convention macs", "--convention has no effect with --cost-per-exit"),
        ("1 2 --size 32", "--size has no effect with --cost-per-exit"),
    ],
)
def test_measured_costs_that_cannot_be(effbench, arguments, said):
    ran = effbench("exits --predictions", DIGITS / "test.npz", "--cost-per-exit", *arguments.split())
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_figures_are_written_and_named(digits, tmp_path):
    pytest.importorskip("matplotlib")
    ran = digits("--out", tmp_path / "figures")
    names = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert names == [f"exits_entropy_{n}.{k}" for n in ("front", "shares", "threshold") for k in ("png", "svg")]
    assert ran.err.startswith("wrote ")


def test_a_battery_is_simulated(digits):
    rows = {row["controller"]: row for row in digits("--simulate", "battery", "--format", "json").json}
    assert rows["never exits"]["served"] == 1200  # 60 % of 2000
    assert rows["by charge per image left"]["served"] == 2000


def test_a_latency_is_simulated(digits):
    ran = digits("--simulate", "latency", "--target", "2M")
    assert "a target of 2.00 M MACs per image" in ran.out
    assert "by recent cost" in ran.out


def test_patience(digits):
    ran = digits("--score", "patience", "--thresholds", "1", "--format", "json")
    assert ran.json[1]["left"] == [450, 0]  # every image has agreed with itself once


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--thresholds", "0.1", "0.2"], "2 exits needs 1 thresholds (the last exit has none), got 2"),
        (["--min-accuracy", "1"], "no thresholds reach an accuracy of 1; the best is 0."),
        (["--min-accuracy", "1.5"], "--min-accuracy: '1.5' is not a fraction from 0 to 1, e.g. 0.02 or 2%"),
        (["--min-accuracy", "-1"], "'-1' is not a fraction"),
        (["--min-accuracy", "nan"], "'nan' is not a fraction"),
        (["--max-loss", "0.1", "--delta", "5"], "--delta: '5' is not a fraction"),
        (["--budget", "1k"], "no thresholds cost 1000 or less; the cheapest cost 922368"),
        (["--max-loss", "0"], "max_loss must be between 0 and 1"),
        (["--max-loss", "0.1", "--delta", "1"], "delta must be between 0 and 1"),
        (["--max-loss", "0.1", "--budget", "2M"], "not allowed with"),
        (["--calibrate-share", "0.5"], "not allowed with"),
        (
            ["--by", "class"],
            "--by has no effect without --thresholds, --policy, --min-accuracy,",
        ),
        (["--save-policy", "p.json"], "--save-policy has no effect without"),
        (["--temperature", "--thresholds", "0.1"], "--temperature has no effect on thresholds that are given"),
        (["--delta", "0.1"], "--delta has no effect without --max-loss"),
        (["--method", "bonferroni"], "--method has no effect without --max-loss"),
        (["--max-loss", "0.1", "--method", "bonferroni"], "--method bonferroni has no effect with one early exit"),
        (["--unit", "J"], "--unit has no effect without --cost-per-exit"),
        (["--stream", "2000"], "--stream has no effect without --simulate"),
        (["--capacity", "0.6"], "--capacity has no effect without --simulate battery"),
        (["--simulate", "latency", "--target", "1M", "--capacity", "0.6"], "--capacity has no effect without"),
        (["--simulate", "battery", "--target", "1M"], "--target has no effect without --simulate latency"),
        (["--policy", "p.json", "--budget", "2M"], "--policy settles the thresholds: give it without --budget"),
        (["--policy", "p.json", "--score", "margin"], "--score has no effect with --policy FILE"),
        (["--policy", "margin", "--score", "margin"], "--policy margin is the former spelling of --score margin"),
        (["--policy", "missing.json"], "policy missing.json cannot be read: No such file"),
        (["--cost-per-exit", "1", "2"], "give either a MODEL"),
        (["--score", "entrophy"], "invalid choice"),
        (["--convention", "mac"], "did you mean macs"),
        (["--seed", "-1"], "a seed is 0 or more"),
        (
            ["--simulate", "battery", "--temperature"],
            "--temperature has no effect with --simulate",
        ),
        (["--simulate", "battery", "--budget", "2M"], "--budget has no effect with --simulate"),
        (["--simulate", "battery", "--stream", "1000001"], "at most 1000000 images"),
        (["--simulate", "latency"], "a latency needs a target"),
        (["--out", "/dev/null/x", "--thresholds", "0.5"], "cannot make folder"),
    ],
)
def test_bad_input_is_one_line(digits, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    if "--out" in arguments:
        pytest.importorskip("matplotlib")
    ran = digits(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert ran.out == ""


@pytest.mark.parametrize(
    ("logits", "labels", "said"),
    [
        (np.full((2, 2, 3), np.nan), [0, 1], "image 0, exit 1, class 0 is nan"),
        (np.zeros((2, 3, 10)), [0, 1], "has 3 exits, ravit_cifar10:1-3 has 2"),
        (np.zeros((2, 2, 3)), [0, 1], "has 3 classes, ravit_cifar10:1-3 has 10"),
    ],
)
def test_bad_predictions_are_one_line(effbench, tmp_path, logits, labels, said):
    path = stored(tmp_path / "p.npz", logits, labels)
    ran = effbench("exits ravit_cifar10:1-3 --predictions", path)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_one_image(effbench, tmp_path):
    path = stored(tmp_path / "p.npz", np.eye(10)[None, :2], [0])  # class 0 at the first exit, 1 at the second
    never, *front = effbench("exits ravit_cifar10:1-3 --format json --predictions", path).json
    assert (never["correct"], never["images"]) == (0, 1)
    assert [row["left"] for row in front] == [[1, 0]]  # cheaper and right


def test_no_number_without_numpy(tmp_path):
    """A light installation is told what to install."""
    script = (
        "import sys; sys.modules['scipy'] = None\n"
        "from effbench.cli import main\n"
        "raise SystemExit(main(['exits', 'ravit_cifar10:1-3', '--predictions', *sys.argv[1:]]))"
    )
    (tmp_path / "x.npz").write_bytes(b"")
    command = [sys.executable, "-c", script, str(tmp_path / "x.npz")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "effbench exits needs scipy: python -m pip install scipy" in ran.stderr


def test_json_holds_no_infinity(digits):
    ran = digits("--thresholds", "never", "--format", "json")
    json.loads(ran.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
