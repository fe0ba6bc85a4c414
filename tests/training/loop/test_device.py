"""Devices and precisions that are not there, and trainings through ``torch.compile``."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

pytest.importorskip("timm")
pytest.importorskip("sklearn")

from effbench.errors import EffbenchError  # noqa: E402
from effbench.training.loop import device as module  # noqa: E402
from effbench.training.loop.device import autocast, find_device, set_threads  # noqa: E402
from effbench.training.loop.job import Job  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize("name", ["cpu", "auto"])
def test_without_a_gpu_it_is_the_cpu(no_gpu, name):
    assert find_device(name) == CPU


def test_auto_takes_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert find_device("auto") == torch.device("cuda")


def test_a_gpu_that_is_not_there(no_gpu):
    with pytest.raises(EffbenchError, match="PyTorch sees no CUDA device: train with device cpu"):
        find_device("cuda")


def test_a_gpu_too_many(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert find_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(EffbenchError, match="no cuda:2: PyTorch sees 2 CUDA devices"):
        find_device("cuda:2")


@pytest.mark.parametrize("name", ["tpu", "cuda:x", "cpu:0", ""])
def test_what_is_no_device(name):
    with pytest.raises(EffbenchError, match="a device is cpu, cuda or auto"):
        find_device(name)


def test_autocast_computes_products_in_16_bits():
    layer, x = torch.nn.Linear(2, 2), torch.ones(1, 2)
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        with autocast(precision, CPU):
            assert layer(x).dtype == dtype


def test_impossible_threads():
    before = torch.get_num_threads()
    for number in (0, -1, 5000):
        with pytest.raises(EffbenchError, match="threads must be between 1 and 4096"):
            set_threads(number)
    set_threads(before)
    assert torch.get_num_threads() == before


SMALL = ("model='ravit_cifar10:0-1,width=8,num_heads=2'", "data.batch=512", "data.calibration=0", "training.epochs=1")


@pytest.fixture
def answer(recipe, tmp_path):
    """``answer(compile, CXX=...)``: what a process says to a training on digits."""

    def ask(compile, **environment):
        made = recipe(*SMALL, f"training.compile={json.dumps(compile)}")
        job = Job(recipe=made, seed=0, folder=str(tmp_path / f"compile={compile}")).as_plain()
        done = subprocess.run(
            [sys.executable, "-m", "effbench.training.loop.trial"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        )
        return json.loads(done.stdout)["ok"]

    return ask


def test_a_compiled_training_gives_what_a_plain_one_gives(answer):
    plain, fast = answer(False), answer(True)
    assert (plain["program"], fast["program"]) == ("separate", "compiled")
    assert fast["key"] == plain["key"]
    assert fast["figures"]["training_loss"] == pytest.approx(plain["figures"]["training_loss"], rel=1e-5)


def test_without_a_compiler_the_way_out_is_told(answer, tmp_path):
    found = answer(True, CXX="/nowhere/c++", TORCHINDUCTOR_CACHE_DIR=str(tmp_path / "cache"))
    assert found["again"] is False
    assert found["error"].startswith("torch.compile cannot be used here: ")
    assert found["error"].endswith("/nowhere/c++'); train with training.compile = false")
    assert "\n" not in found["error"]


@pytest.mark.parametrize(("device", "mode"), [("cpu", None), ("cuda", "reduce-overhead")])
def test_on_a_gpu_steps_are_recorded_as_graphs(monkeypatch, device, mode):
    asked = []
    monkeypatch.setattr(torch, "compile", lambda network, **how: asked.append(how) or network)
    network = torch.nn.Linear(2, 2)
    assert module.compiled(network, torch.device(device)) is network
    assert asked == [{"mode": mode}]


def test_other_errors_are_not_the_compilers():
    assert module.compiler_failure(RuntimeError("shapes do not fit")) is None
