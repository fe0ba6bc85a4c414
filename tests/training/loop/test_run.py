"""A run from recipe to result, and how it can end."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.early_exit.prediction_file import load  # noqa: E402
from effbench.early_exit.predictions import require_apart  # noqa: E402
from effbench.errors import EffbenchError  # noqa: E402
from effbench.files import locks  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402
from effbench.training.loop import folder as files  # noqa: E402
from effbench.training.loop.evaluate import exit_metrics  # noqa: E402
from effbench.training.loop.outcome import Outcome  # noqa: E402


def test_a_run_leaves_everything_others_read(trained, tmp_path, recipe):
    outcome = trained()
    run = tmp_path / "run"
    names = {"recipe.json", "log.csv", "weights.pt", "test.npz", "calibration.npz", "result.json"}
    assert {path.name for path in run.iterdir()} == names
    assert Outcome.from_entry(json.loads((run / "result.json").read_text())) == outcome
    assert (outcome.status, outcome.steps, outcome.key) == ("done", 6, recipe().key(0))
    assert outcome.conditions["device"] == "cpu"
    test, calibration = load(run / "test.npz"), load(run / "calibration.npz")
    assert (test.images, calibration.images, test.exits) == (7, 5, 2)
    require_apart(calibration, test)
    assert exit_metrics(np.load(run / "test.npz")["logits"], test.labels) == outcome.exits


def test_what_a_kill_left_between_the_result_and_the_end_is_removed_by_the_next_call(trained, tmp_path):
    outcome = trained()
    run = tmp_path / "run"
    for name in (files.CHECKPOINT, files.LOCK):
        (run / name).touch()
    assert trained() == outcome
    assert not {files.CHECKPOINT, files.LOCK} & {path.name for path in run.iterdir()}
    (run / files.CHECKPOINT).touch()
    with files.held(run):  # somebody is at work
        assert trained() == outcome
    assert (run / files.CHECKPOINT).exists()


def test_the_weights_are_those_that_were_judged(trained, tmp_path, recipe, noise):
    trained("training.ema=0.9")
    network = resolve(recipe().model).at_size(16).build()
    network.load_state_dict(torch.load(tmp_path / "run" / "weights.pt", weights_only=True))
    with torch.inference_mode():
        logits = torch.stack(network.eval()(next(iter(noise("test").in_order(7))).images), dim=1)
    np.testing.assert_allclose(np.load(tmp_path / "run" / "test.npz")["logits"], logits, rtol=1e-4, atol=1e-5)


def test_the_log_has_a_line_an_epoch(trained, tmp_path):
    outcome = trained("training.epochs=3", "training.evaluate_every=2")
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").read_text().splitlines()))
    assert list(rows[0]) == ["epoch", "lr", "loss", "accuracy_1", "accuracy_2", "images_per_s", "seconds"]
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [bool(row["accuracy_2"]) for row in rows] == [False, True, True]  # every second, and the last
    assert float(rows[-1]["accuracy_2"]) == outcome.exits[1].accuracy
    assert float(rows[-1]["loss"]) == outcome.figures["training_loss"]


def test_training_learns(trained):
    """13 images are learnt by heart."""
    losses = [
        trained(f"training.epochs={n}", "schedule.warmup=0", folder=str(n)).figures["training_loss"] for n in (1, 20)
    ]
    assert losses[1] < losses[0] / 2


def test_one_seed_gives_one_result_and_another_another(trained, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        trained(folder=name, seed=seed)
    a, b, c = (torch.load(tmp_path / name / "weights.pt", weights_only=True) for name in "abc")
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not all(torch.equal(a[name], c[name]) for name in a)


def test_the_caller_s_random_numbers_go_on(trained):
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    trained()
    assert torch.equal(torch.rand(3), wanted)


def test_a_finished_run_is_read_and_not_made_again(trained, monkeypatch):
    first = trained()
    monkeypatch.setattr(
        "effbench.training.loop.opening.open_part", lambda *given, **named: pytest.fail("trained again")
    )
    assert trained() == first


@pytest.mark.parametrize(
    ("changes", "seed", "said"), [(("optimiser.lr=0.5",), 0, "optimiser.lr is 0.01"), ((), 1, "seed is 0")]
)
def test_a_folder_of_another_run_is_refused(trained, changes, seed, said):
    trained()
    with pytest.raises(EffbenchError, match=rf"result.json is of another run: {said} there"):
        trained(*changes, seed=seed)


def test_a_result_that_is_none(trained, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "result.json").write_text('{"kind": "training"}')
    with pytest.raises(EffbenchError, match=r"result.json is no result of a training"):
        trained()


def test_a_folder_in_use_is_refused(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "PAUSE", 0.0)
    with files.held(tmp_path / "run"), pytest.raises(EffbenchError, match=r"another process trains in .*run"):
        trained()
    assert trained().status == "done"


def test_what_a_kill_left_half_written_is_removed(trained, tmp_path):
    (tmp_path / "run").mkdir()
    for name in (".checkpoint.pt.x1", ".result.json.x2", "mine.txt"):
        (tmp_path / "run" / name).touch()
    trained()
    left = {path.name for path in (tmp_path / "run").iterdir()}
    assert "mine.txt" in left
    assert not any(name.startswith(".") for name in left)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("model=ravit_cifar10:1-1", "has 10 classes, data set digits has 3: write num_classes=3"),
        ("model=no_such_model", "unknown model 'no_such_model'"),
        ("training.precision=fp16", "fp16 is trained on a GPU only"),
        ("loss.exit_weights=[1.0]", "loss.exit_weights has 1 values"),
        ("data.batch=1048577", "data.batch must be between"),
    ],
)
def test_bad_input_leaves_nothing(trained, tmp_path, change, said):
    with pytest.raises(EffbenchError, match=said):
        trained(change)
    assert list(tmp_path.iterdir()) == []


def test_a_seed_that_is_none(trained):
    with pytest.raises(EffbenchError, match="seed must be one or more different numbers from 0"):
        trained(seed=-1)


def test_a_loss_that_is_no_number_is_a_recorded_failure(trained, tmp_path):
    outcome = trained("optimiser.lr=100.0", "optimiser.name=sgd", "schedule.warmup=0", "training.epochs=20")
    assert (outcome.status, outcome.exits) == ("failed", ())
    assert "not a finite number" in outcome.reason or "not finite numbers" in outcome.reason
    assert files.stored_result(tmp_path / "run") == outcome
    assert not (tmp_path / "run" / "weights.pt").exists()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory.\nmore"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_no_memory_is_a_recorded_failure(trained, monkeypatch, error):
    def loss(*given):
        raise error

    monkeypatch.setattr("effbench.training.loop.classify.Classify.loss", loss)
    outcome = trained()
    assert outcome.status == "failed"
    assert outcome.reason.startswith("out of memory: ")
    assert "\n" not in outcome.reason


def test_any_other_error_is_the_programmer_s(trained, monkeypatch, tmp_path):
    def loss(*given):
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr("effbench.training.loop.classify.Classify.loss", loss)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        trained()
    assert not (tmp_path / "run" / "result.json").exists()


def test_sinks_are_told_and_closed(trained):
    class Sink:
        def __init__(self):
            self.rows, self.closed = [], 0

        def epoch(self, row):
            self.rows.append(row)

        def close(self):
            self.closed += 1

    sink = Sink()
    trained(sinks=[sink])
    assert [row["epoch"] for row in sink.rows] == [1, 2]
    assert sink.closed == 1


def test_bf16_is_trained_and_judged(trained, tmp_path):
    outcome = trained("training.precision=bf16")
    assert outcome.status == "done"
    assert outcome.conditions["attention"] in ("explicit", "fused")
    logits = torch.from_numpy(np.load(tmp_path / "run" / "test.npz")["logits"])
    assert torch.equal(logits, logits.bfloat16().float())  # what left a head was rounded to 16 bits
