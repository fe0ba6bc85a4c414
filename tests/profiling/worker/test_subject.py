"""A job as a step: what it runs, in which precision, and what it leaves changed."""

from __future__ import annotations

import gc
import weakref
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from effbench.profiling.worker.job import Job  # noqa: E402
from effbench.profiling.worker.subject import Subject, _captured  # noqa: E402

SPY = """
import torch
from effbench.models.registry import Family, register
from effbench.models.spec import Spec

SEEN = []

def build(spec):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.head = torch.nn.Linear(192, 5)
            self.frozen = torch.nn.Linear(5, 5).requires_grad_(False)

        def forward(self, x):
            logits = self.head(x.flatten(1))
            SEEN.append((tuple(x.shape), x.dtype, logits.dtype, torch.is_grad_enabled(), self.training, self))
            return [logits, self.frozen(logits)]

    return Net()

register(Family(name="spy", source="a test", build=build, cost=None), {"spy": Spec(image_size=8, num_classes=5)})
"""


@pytest.fixture
def stepped(model_file):
    """``stepped(batch=…)``: (subject, what its forward saw) after two steps."""
    import sys

    def run(**how):
        subject = Subject(Job(model=str(model_file(SPY, name="spy.py")), **how))
        seen = sys.modules["effbench_user_spy"].SEEN
        before = [p.detach().clone() for p in network_of(subject, seen).parameters()]
        for _ in range(2):
            subject.step()
        return subject, seen, before

    def network_of(subject, seen):
        subject.step()
        return seen[-1][-1]

    return run


@pytest.mark.parametrize(
    ("dtype", "type_"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_inference_runs_in_the_jobs_precision_and_changes_nothing(stepped, dtype, type_):
    subject, seen, before = stepped(batch=3, dtype=dtype)
    assert {one[:5] for one in seen} == {((3, 3, 8, 8), type_, type_, False, False)}
    assert subject.params == 192 * 5 + 5 + 5 * 5 + 5
    assert all(torch.equal(a, b) for a, b in zip(before, seen[-1][-1].parameters(), strict=True))


@pytest.mark.parametrize(("dtype", "type_"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_a_training_step_updates_what_is_not_frozen(stepped, dtype, type_):
    _, seen, before = stepped(batch=3, dtype=dtype, task="train")
    assert {one[:5] for one in seen} == {((3, 3, 8, 8), torch.float32, type_, True, True)}
    network = seen[-1][-1]
    changed = {name: not torch.equal(a, b) for a, (name, b) in zip(before, network.named_parameters(), strict=True)}
    assert changed == {"head.weight": True, "head.bias": True, "frozen.weight": False, "frozen.bias": False}


def test_the_same_seed_gives_the_same_network(stepped, model_file):
    first = stepped(seed=1)[2]
    assert all(torch.equal(a, b) for a, b in zip(first, stepped(seed=1)[2], strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, stepped(seed=2)[2], strict=True))


def test_a_captured_step_keeps_what_it_reads(monkeypatch):
    """A graph knows addresses alone: on a GPU, the weights of a large network were freed under it."""
    replayed = []
    cuda = {
        "Stream": lambda: SimpleNamespace(wait_stream=lambda other: None),
        "current_stream": lambda: SimpleNamespace(wait_stream=lambda other: None),
        "stream": lambda of: nullcontext(),
        "graph": lambda of: nullcontext(),
        "CUDAGraph": lambda: SimpleNamespace(replay=lambda: replayed.append(True)),
    }
    for name, fake in cuda.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    weight = torch.zeros(3)
    alive = weakref.ref(weight)
    replay = _captured(lambda weight=weight: weight.add_(1))
    del weight
    gc.collect()
    replay()
    assert replayed == [True]
    assert alive() is not None
    del replay
    gc.collect()
    assert alive() is None
