"""A training through ``torch.compile``: the same result, told as what it is; and a compiler that is not there."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.errors import EffbenchError  # noqa: E402 - after the check for torch
from effbench.train import compiled as module  # noqa: E402

SMALL = ("model='ravit_cifar10:0-1,width=8,num_heads=2,num_classes=3'", "training.epochs=1")


@pytest.mark.filterwarnings("default")  # of the compiler about itself
def test_a_compiled_training_gives_what_a_plain_one_gives(trained):
    plain = trained(*SMALL, folder="plain")
    fast = trained(*SMALL, "training.compile=true", folder="fast")
    assert (plain.program, fast.program) == ("separate", "compiled")
    assert fast.key == plain.key
    assert fast.figures["training_loss"] == pytest.approx(plain.figures["training_loss"], rel=1e-5)


@pytest.mark.filterwarnings("default")
def test_without_a_compiler_the_way_out_is_told(trained, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (None, "/nowhere/c++"))
    with pytest.raises(
        EffbenchError, match=r"torch\.compile cannot be used here: .*training\.compile = false$"
    ) as found:
        trained(*SMALL, "training.compile=true", "data.batch=5")
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(("device", "mode"), [("cpu", None), ("cuda", "reduce-overhead")])
def test_on_a_gpu_steps_are_recorded_as_graphs(monkeypatch, device, mode):
    asked = []
    monkeypatch.setattr(torch, "compile", lambda network, **how: asked.append(how) or network)
    network = torch.nn.Linear(2, 2)
    assert module.compiled(network, torch.device(device)) is network
    assert asked == [{"mode": mode}]


def test_other_errors_are_not_the_compilers():
    assert module.compiler_failure(RuntimeError("shapes do not fit")) is None
