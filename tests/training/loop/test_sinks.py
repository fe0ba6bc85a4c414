"""Where the log goes."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from effbench.errors import EffbenchError, UnknownName
from effbench.training.loop.sinks import LOGS, CSVLog, make_sink

COLUMNS = ("epoch", "loss", "accuracy_1")


def row(epoch, loss=0.5, accuracy=None):
    return {"epoch": epoch, "loss": loss, "accuracy_1": accuracy}


def test_a_line_an_epoch(tmp_path):
    log = CSVLog(tmp_path / "log.csv", COLUMNS, [])
    log.epoch(row(1))
    log.epoch(row(2, 0.25, 1.0))
    log.close()
    assert (tmp_path / "log.csv").read_text() == "epoch,loss,accuracy_1\n1,0.5,\n2,0.25,1.0\n"


def test_epochs_that_are_made_again_are_cut_off(tmp_path):
    """Three epochs were logged, the checkpoint knows one."""
    log = CSVLog(tmp_path / "log.csv", COLUMNS, [])
    for epoch in (1, 2, 3):
        log.epoch(row(epoch))
    CSVLog(tmp_path / "log.csv", COLUMNS, [row(1)]).epoch(row(2))
    assert (tmp_path / "log.csv").read_text().splitlines() == ["epoch,loss,accuracy_1", "1,0.5,", "2,0.5,"]


def test_a_log_that_cannot_be_written(tmp_path):
    with pytest.raises(EffbenchError, match=r"cannot write .*none"):
        CSVLog(tmp_path / "none" / "log.csv", COLUMNS, [])
    log = CSVLog(tmp_path / "log.csv", COLUMNS, [])
    (tmp_path / "log.csv").unlink()
    (tmp_path / "log.csv").mkdir()
    with pytest.raises(EffbenchError, match=r"cannot write .*log.csv: Is a directory"):
        log.epoch(row(1))


def test_an_unknown_log(tmp_path):
    with pytest.raises(UnknownName, match="did you mean tensorboard"):
        make_sink("tensorbord", tmp_path, "name", {})


@pytest.mark.parametrize(
    ("kind", "package"), [("tensorboard", "torch.utils.tensorboard"), ("mlflow", "mlflow"), ("wandb", "wandb")]
)
def test_a_package_that_is_not_installed(tmp_path, monkeypatch, kind, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EffbenchError, match=f"{kind}.*python -m pip install"):
        make_sink(kind, tmp_path, "name", {})


def test_tensorboard_writes_its_events(tmp_path):
    pytest.importorskip("tensorboard")
    pytest.importorskip("torch")
    sink = make_sink("tensorboard", tmp_path, "name", {})
    sink.epoch(row(1, 0.5, 0.75))
    sink.close()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert {tag: events.Scalars(tag)[0].value for tag in events.Tags()["scalars"]} == {"loss": 0.5, "accuracy_1": 0.75}


@pytest.mark.parametrize("kind", sorted(LOGS))
def test_nothing_is_opened_before_the_first_epoch(tmp_path, monkeypatch, kind):
    """Bad input, found after a log was asked for, must leave nothing."""
    pytest.importorskip("tensorboard")
    pytest.importorskip("torch")
    for package in ("mlflow", "wandb"):
        monkeypatch.setitem(sys.modules, package, SimpleNamespace())  # any use of it is an AttributeError
    make_sink(kind, tmp_path, "name", {}).close()
    assert list(tmp_path.iterdir()) == []


def test_mlflow_is_told(tmp_path, monkeypatch):
    told = []
    fake = SimpleNamespace(
        start_run=lambda run_name: told.append(run_name),
        log_params=told.append,
        log_metrics=lambda values, step: told.append((values, step)),
        end_run=lambda: told.append("end"),
    )
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    sink = make_sink("mlflow", tmp_path, "name", {"seed": 1})
    sink.epoch(row(3))
    sink.close()
    assert told == ["name", {"seed": 1}, ({"loss": 0.5}, 3), "end"]


def test_wandb_is_told(tmp_path, monkeypatch):
    told = []
    run = SimpleNamespace(log=lambda values, step: told.append((values, step)), finish=lambda: told.append("end"))
    fake = SimpleNamespace(init=lambda **named: told.append(named) or run)
    monkeypatch.setitem(sys.modules, "wandb", fake)
    sink = make_sink("wandb", tmp_path, "name", {"seed": 1})
    sink.epoch(row(3))
    sink.close()
    assert told == [{"name": "name", "dir": str(tmp_path), "config": {"seed": 1}}, ({"loss": 0.5}, 3), "end"]


def test_the_command_line_knows_every_log():
    from effbench.cli.train import LOGS as OFFERED

    assert set(OFFERED) == set(LOGS)
