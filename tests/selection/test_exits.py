"""Trained networks with early exits: mean cost and time at a promised loss, on the committed predictions of digits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from effbench.cli import main
from effbench.early_exit.evaluation import Run
from effbench.errors import EffbenchError
from effbench.selection.budget import Budget
from effbench.selection.exits import prefixes, search_exits
from effbench.selection.finalists import Here

DIGITS = Path(__file__).parents[2] / "experiments" / "digits"
MODEL = "ravit_cifar10:1-1,width=64,num_heads=4"
FIRST, LAST = 922_368, 4_855_296  # MACs up to each exit


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A folder with one finished run, and one that is not one."""
    for name in ("digits/seed0", "broken"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "result.json").write_text("{}")
    run = Run(model=MODEL, size=32, test=DIGITS / "test.npz", calibration=DIGITS / "calibration.npz")

    def finished(folder):
        if folder.name == "broken":
            raise EffbenchError("no result of a training")
        return run

    monkeypatch.setattr("effbench.selection.exits.finished_run", finished)
    return tmp_path


def found(runs, budget=None, machine=None, loss=0.02):
    return search_exits(runs, budget or Budget(), machine=machine, promise=(loss, 0.05), here=Here(count=0))


def test_mean_cost_is_that_of_the_shares_that_leave(runs):
    (row,), others = found(runs)
    assert others == []
    assert row.macs == pytest.approx(row.exits[0] * FIRST + row.exits[1] * LAST, rel=1e-3)
    assert row.worst == pytest.approx(LAST, rel=1e-3)
    assert row.full - row.top1 < 0.02
    assert row.exits[0] > 0.5


def test_a_smaller_loss_costs_more(runs):
    costs = [found(runs, loss=loss)[0][0].macs for loss in (0.01, 0.02, 0.05)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]


def test_a_budget_holds_for_the_mean_and_what_misses_it_is_apart(runs):
    mean = found(runs)[0][0].macs
    assert len(found(runs, Budget(macs=mean * 1.01))[0]) == 1
    rows, others = found(runs, Budget(macs=mean / 2))
    assert (rows, round(others[0].excess, 3)) == ([], 2.0)
    assert found(runs, Budget(top1=0.999))[0] == []


def test_time_is_between_that_of_the_first_branch_and_that_of_all(runs):
    row = found(runs, machine="i7_12700h")[0][0]
    assert 0 < row.seconds < row.seconds_worst
    saved = 1 - row.macs / row.worst
    assert 0 < 1 - row.seconds / row.seconds_worst < saved + 0.3


def test_prefixes_are_the_layouts_without_the_finer_branches():
    assert prefixes("ravit_cifar10:1-3,width=64") == ["ravit_cifar10:1-0,width=64", "ravit_cifar10:1-3,width=64"]
    with pytest.raises(EffbenchError, match="leave out --machine"):
        prefixes("vit_cifar10:4")


def test_the_command_gives_the_same(runs, capsys):
    assert main(["search", "--runs", str(runs), "--exit-loss", "0.02", "--format", "json"]) == 0
    row = json.loads(capsys.readouterr().out)[0]
    assert (row["model"], row["macs"]) == (MODEL, found(runs)[0][0].macs)
    assert main(["search", "--runs", str(runs), "--max-macs", "1k"]) == 1
    assert "the cost it misses most is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--runs {empty}", "holds no finished run"),
        ("--runs {runs} --exit-loss 0", "max_loss"),
        ("--runs {runs} --sort macs", "leave FAMILY and --sort out"),
        ("--exit-loss 0.02", "they need --runs DIR"),
        ("--runs {runs} --max-latency 3ms", "needs --machine"),
    ],
)
def test_bad_input_is_one_line(runs, line, said, tmp_path_factory, capsys):
    line = line.format(runs=runs, empty=tmp_path_factory.mktemp("empty"))
    assert main(["search", *line.split()]) == 2
    assert said in capsys.readouterr().err
