"""Two processes on one training: the same weights as one, and one clear error when the other is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("sklearn")

from torch import distributed as dist  # noqa: E402 - after the check for torch
from torch import nn  # noqa: E402

from effbench.errors import EffbenchError  # noqa: E402
from effbench.training.loop import distributed as module  # noqa: E402
from effbench.training.loop.distributed import (  # noqa: E402
    ALONE,
    Ranks,
    device_of,
    join,
    together,
)
from effbench.training.loop.folder import stored_result  # noqa: E402
from effbench.training.loop.launch import launch  # noqa: E402
from effbench.training.loop.recipe_file import read_table, recipe_of  # noqa: E402
from effbench.training.loop.run import train  # noqa: E402

RECIPE = """
source = "a test"
model = "ravit_cifar10:1-1,width=16,num_heads=2"
data = { name = "digits", size = 16, batch = 240, crop_padding = 1 }
optimiser = { name = "sgd", lr = 0.1 }
training = { epochs = 2, micro_batch = 50, checkpoint_every = 1 }
"""
"""Ten steps, of two or three micro-batches in each of two processes; SGD, which does not forgive a wrong scale."""

TOLERANCE = 1e-6
"""Of a weight after them; 6e-8 was seen."""

DIES = """
import os, signal, sys
from effbench.cli import main
from effbench.training.loop.classify import Classify

calls, whole = 0, Classify.loss

def loss(*given):
    global calls
    calls += 1
    if calls == int(os.environ["DIES_AT"]) and os.environ["RANK"] == "1":
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*given)

Classify.loss = loss
sys.exit(main(sys.argv[1:]))
"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", **more}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def two(recipe: Path) -> Path:
    """The run of two processes, started as a user does."""
    out = recipe.parent / "two"
    command = [sys.executable, "-m", "effbench", "train", str(recipe), "--out", str(out), "--device", "cpu"]
    done = subprocess.run([*command, "--processes", "2"], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.count("top-1") == 1  # one of them speaks
    assert "processes 2" in done.stdout
    return out / "seed0"


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(torch.load(folder / "weights.pt", weights_only=True))


def test_two_processes_are_one(recipe: Path, two: Path, tmp_path: Path):
    alone = train(recipe_of(read_table(recipe), "small"), seed=0, folder=tmp_path / "one")
    together = stored_result(two)
    assert together is not None
    assert (together.key, together.steps, together.conditions["processes"]) == (alone.key, 10, 2)
    assert together.figures["training_loss"] == pytest.approx(alone.figures["training_loss"], abs=1e-5)
    assert (two / "log.csv").read_text().count("\n") == 3  # one process writes
    one, other = weights(tmp_path / "one"), weights(two)
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=0, atol=TOLERANCE, msg=name)


def test_one_that_is_killed_ends_the_other_and_both_go_on_to_the_same_bits(recipe: Path, two: Path, tmp_path: Path):
    script = tmp_path / "dies.py"
    script.write_text(DIES)
    out = tmp_path / "out"
    command = [sys.executable, str(script), "train", str(recipe), "--out", str(out), "--device", "cpu"]
    with pytest.raises(EffbenchError, match="process 1 of 2 was killed by signal 9"):
        launch(command, 2, environment=environment(DIES_AT="11"))  # three losses a step: in the fourth
    assert (out / "seed0" / "checkpoint.pt").is_file()
    assert not (out / "seed0" / "result.json").exists()
    assert launch(command, 2, environment=environment(DIES_AT="0")) == 0
    undisturbed = weights(two)
    assert all(torch.equal(value, undisturbed[name]) for name, value in weights(out / "seed0").items())


@pytest.fixture
def team() -> Iterator[Ranks]:
    """A team of one, which still goes through PyTorch's own."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield Ranks(rank=0, world=1)
    module.leave()
    assert not dist.is_initialized()


def test_a_team_s_network_total_and_wait(team: Ranks):
    wrapped = team.wrap(nn.Linear(2, 1))
    wrapped(torch.ones(1, 2)).sum().backward()
    with team.apart(wrapped):
        assert not wrapped.require_backward_grad_sync
    assert team.total(torch.tensor(3.0)) == 3
    team.wait()
    with pytest.raises(TypeError, match="wrap"):
        team.apart(nn.Linear(2, 1))


class Frozen(nn.Module):
    """Batch normalisation that keeps its statistics, as in a frozen backbone."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.head = nn.BatchNorm1d(2), nn.Linear(2, 1)

    def train(self, mode: bool = True) -> Frozen:
        super().train(mode)
        self.norm.eval()
        return self


def test_batch_normalisation_needs_gpus_unless_it_is_frozen(team: Ranks):
    with pytest.raises(EffbenchError, match="Sequential normalises over the batch, which several processes can only"):
        team.wrap(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval())
    team.wrap(Frozen())


def test_a_process_on_its_own(monkeypatch: pytest.MonkeyPatch):
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert join("cpu") is ALONE
    assert (device_of("cuda"), device_of("cpu")) == ("cuda", "cpu")
    for name, value in (("RANK", "1"), ("LOCAL_RANK", "1"), ("WORLD_SIZE", "2")):  # as an MPI shell may have them
        monkeypatch.setenv(name, value)
        assert join("cpu") is ALONE
        assert device_of("cuda") == "cuda"


def test_each_process_has_its_own_gpu(monkeypatch: pytest.MonkeyPatch):
    for name, value in (("RANK", "3"), ("LOCAL_RANK", "3"), ("WORLD_SIZE", "4"), (module.STORE, "127.0.0.1:1")):
        monkeypatch.setenv(name, value)
    assert (device_of("cuda"), device_of("cuda:1"), device_of("cpu")) == ("cuda:3", "cuda:1", "cpu")


def test_a_team_that_nobody_else_is_of(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "TIMEOUT", timedelta(seconds=1))
    store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), (module.STORE, f"127.0.0.1:{store.port}")):
        monkeypatch.setenv(name, value)
    with pytest.raises(EffbenchError, match="process 1 of 2 found no team"):
        join("cpu")


@pytest.mark.parametrize(
    ("words", "kind"),
    [("[gloo/pair.cc] Connection closed by peer", EffbenchError), ("mat1 and mat2 cannot be multiplied", RuntimeError)],
)
def test_only_a_lost_process_is_told_as_one(team: Ranks, words: str, kind: type[Exception]):
    with pytest.raises(kind, match="another process" if kind is EffbenchError else "mat1"), together():
        raise RuntimeError(words)


def test_alone_no_process_can_be_lost():
    with pytest.raises(RuntimeError, match="broken pipe"), together():
        raise RuntimeError("broken pipe")
