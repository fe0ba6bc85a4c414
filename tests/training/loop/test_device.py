"""Devices and precisions that are not there."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.errors import EffbenchError  # noqa: E402
from effbench.training.loop.device import autocast, find_device, require_precision, set_threads  # noqa: E402

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


def test_fp16_needs_a_gpu():
    with pytest.raises(EffbenchError, match="fp16 is trained on a GPU only, not on cpu: use bf16 or fp32"):
        require_precision("fp16", CPU)
    require_precision("bf16", CPU)
    require_precision("fp16", torch.device("cuda"))


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
