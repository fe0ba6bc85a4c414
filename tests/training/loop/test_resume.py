"""Interrupted anywhere, a run ends with the bits of an undisturbed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.errors import EffbenchError  # noqa: E402
from effbench.processes import environment  # noqa: E402
from effbench.training.loop.classify import Classify  # noqa: E402
from effbench.training.loop.folder import stored_result  # noqa: E402
from effbench.training.loop.run import train  # noqa: E402

from .conftest import TABLE, Noise, small  # noqa: E402

CHANGES = ("training.micro_batch=3", "training.ema=0.8", "optimiser.clip=1.0", "training.evaluate_every=1")
KNOWN = environment.conditions()  # found once: it starts processes


class Interrupted:
    """Raises KeyboardInterrupt in one of the calls of a loss (two a step here) or of a judgement."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left = -1
        self.calls = 0
        for name in ("loss", "judge"):
            patch.setattr(Classify, name, self._watched(getattr(Classify, name)))
        patch.setattr("effbench.training.loop.opening.open_part", lambda data, part, **named: Noise(part))
        patch.setattr("effbench.processes.environment.conditions", lambda: KNOWN)

    def _watched(self, method):
        def call(task, *given):
            self.calls += 1
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return method(task, *given)

        return call

    def run(self, folder: Path, *changes: str, after: tuple[int, ...] = ()):
        """Train, interrupted in that many calls after each start."""
        for self.left in (*after, -1):
            try:
                return train(small(*changes), seed=0, folder=folder)
            except KeyboardInterrupt:
                assert not (folder / "result.json").exists()
        raise AssertionError("the last start is not interrupted")

    def stop(self, folder: Path, *changes: str, after: int) -> None:
        """Leave a checkpoint: one is made at every step."""
        self.left = after
        with pytest.raises(KeyboardInterrupt):
            train(small(*changes, "training.checkpoint_every=1"), seed=0, folder=folder)
        assert (folder / "checkpoint.pt").exists()


def what_lasts(folder: Path):
    """Weights, predictions and the log without its times, to the bit."""
    weights = torch.load(folder / "weights.pt", weights_only=True)
    found = {name: value.numpy().tobytes() for name, value in weights.items()}
    for part in ("test", "calibration"):
        with np.load(folder / f"{part}.npz") as arrays:
            found |= {f"{part} {name}": arrays[name].tobytes() for name in arrays.files}
    log = [line.split(",")[:-2] for line in (folder / "log.csv").read_text().splitlines()]
    result = stored_result(folder)
    return found, log, result.exits, result.figures, result.steps, result.key


@pytest.fixture(scope="module")
def interrupted():
    with pytest.MonkeyPatch.context() as patch:
        yield Interrupted(patch)


@pytest.fixture(scope="module")
def undisturbed(interrupted, tmp_path_factory):
    """What lasts of a run of 2 epochs of 3 steps, and how many calls it took: 6 steps of two, 3 judgements."""
    folder = tmp_path_factory.mktemp("undisturbed")
    interrupted.calls = 0
    interrupted.run(folder, *CHANGES)
    assert interrupted.calls == 15
    return what_lasts(folder)


@settings(max_examples=30, deadline=None)
@given(every=st.integers(0, 4), after=st.lists(st.integers(1, 15), min_size=1, max_size=4).map(tuple))
def test_an_interrupted_run_ends_as_an_undisturbed_one(interrupted, undisturbed, every, after):
    """Between and within steps, between micro-batches, in evaluations; several times; checkpoints every few steps."""
    with tempfile.TemporaryDirectory() as folder:
        interrupted.run(Path(folder), *CHANGES, f"training.checkpoint_every={every}", after=after)
        assert what_lasts(Path(folder)) == undisturbed
        assert not (Path(folder) / "checkpoint.pt").exists()


def test_an_interrupt_keeps_the_checkpoint_and_nothing_is_done_twice(interrupted, tmp_path):
    """Checkpoints after every step: the interrupt in step 5 (call 10, after a judgement) leaves steps 5 and 6 to do."""
    interrupted.stop(tmp_path, *CHANGES, after=10)
    interrupted.calls = 0
    interrupted.run(tmp_path, *CHANGES, "training.checkpoint_every=1")
    assert interrupted.calls == 6  # two steps of two micro-batches, the test images, those for calibration


def test_a_checkpoint_of_another_model_is_refused(interrupted, tmp_path):
    interrupted.stop(tmp_path, after=5)
    other = "model=ravit_cifar10:1-2,width=8,num_heads=2,num_classes=3"
    with pytest.raises(EffbenchError, match=r"checkpoint.pt is of another run: model is .*1-1.* there, .*1-2.* here"):
        interrupted.run(tmp_path, other)
    interrupted.run(tmp_path)  # it is still there


def test_a_checkpoint_that_does_not_fit_the_network(interrupted, tmp_path):
    """As where a model file was changed since: its name is the same, its weights are not."""
    interrupted.stop(tmp_path, after=5)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    torch.save({**state, "network": {"other": torch.zeros(1)}}, tmp_path / "checkpoint.pt")
    with pytest.raises(
        EffbenchError, match=r"checkpoint.pt does not fit ravit_cifar10:1-1.*: Error.* in loading state"
    ):
        interrupted.run(tmp_path)


def job(folder: Path) -> str:
    table = {**TABLE, "model": TABLE["model"].replace("num_classes=3", "num_classes=10"), "name": "kills"}
    table = table | {"data": {**TABLE["data"], "batch": 64}, "training": {"epochs": 4, "checkpoint_every": 3}}
    return json.dumps({"recipe": table, "seed": 0, "folder": str(folder)})


def trial(folder: Path) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-m", "effbench.training.loop.trial"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    started.stdin.write(job(folder))
    started.stdin.close()
    return started


def test_a_trial_that_is_killed_again_and_again_ends_as_an_undisturbed_one(tmp_path):
    """SIGKILL, at moments drawn at random from when its folder is there to when it ends."""
    pytest.importorskip("sklearn")
    draw = Random(3)
    with trial(tmp_path / "whole") as whole:
        line = whole.stdout.read()
    assert json.loads(line)["ok"]["status"] == "done"
    kills = 0
    for _ in range(3):
        with trial(tmp_path / "killed") as killed:
            while killed.poll() is None and not (tmp_path / "killed" / "recipe.json").exists():
                time.sleep(0.01)
            time.sleep(draw.uniform(0.0, 0.3))
            kills += killed.poll() is None
            killed.send_signal(signal.SIGKILL)
    with trial(tmp_path / "killed") as last:
        last.stdout.read()
    assert kills
    assert what_lasts(tmp_path / "killed") == what_lasts(tmp_path / "whole")
