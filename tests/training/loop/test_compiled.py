"""A training through ``torch.compile``: the same result, told as what it is; and a compiler that is not there.

Compiled in processes of their own, as a sweep does: the compiler minds what a process has imported before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("sklearn")

from effbench.training.loop import compiled as module  # noqa: E402 - after the check for torch

SMALL = ("model='ravit_cifar10:0-1,width=8,num_heads=2'", "data.batch=512", "data.calibration=0", "training.epochs=1")


@pytest.fixture
def answer(recipe, tmp_path):
    """``answer(compile, CXX=...)``: what a process says to a training on digits."""

    def ask(compile, **environment):
        job = {
            "recipe": asdict(recipe(*SMALL, f"training.compile={json.dumps(compile)}")),
            "seed": 0,
            "folder": str(tmp_path / f"compile={compile}"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "effbench.training.loop.trial"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        )
        return json.loads(done.stdout)

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
