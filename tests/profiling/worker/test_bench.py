"""What a worker answers, asked in this process."""

from __future__ import annotations

import gc
import json
import os

import pytest

torch = pytest.importorskip("torch")

from effbench.models import plugins  # noqa: E402
from effbench.processes.serve import reply  # noqa: E402
from effbench.profiling.worker.bench import Bench, kind  # noqa: E402
from effbench.profiling.worker.job import Job  # noqa: E402
from effbench.profiling.worker.subject import Unavailable  # noqa: E402


@pytest.fixture
def ask():
    """``ask("load", key=…)``: what the loop answers."""
    bench = Bench()
    return lambda do, **request: json.loads(reply(bench, {"do": do, **request}, kind))


def job(path, **how):
    return Job(model=str(path), **how).as_dict()


def test_a_network_is_loaded_stepped_and_forgotten(ask, model_file):
    loaded = ask("load", key="a", job=job(model_file(), batch=3))["ok"]
    assert (loaded["params"], loaded["size"]) == (192 * 5 + 5, 8)
    assert set(loaded["first"]) == {"wall", "cpu"}
    turn = ask("turn", key="a", steps=4)["ok"]
    assert {name: len(values) for name, values in turn.items()} == {"wall": 4, "cpu": 4}
    assert all(value > 0 for value in turn["wall"])
    assert {"bytes", "unavailable"} & set(ask("memory", key="a")["ok"])
    assert {"joules", "unavailable"} & set(ask("energy", key="a", steps=1)["ok"])
    assert ask("drop", key="a") == {"ok": {}}
    assert ask("turn", key="a", steps=1)["kind"] == "model"


def test_a_model_file_is_run_if_the_request_allows_it(ask, model_file):
    path = model_file()
    with plugins.nothing_allowed():
        refused = ask("load", key="a", job=job(path), code=False)
        assert refused["kind"] == "model"
        assert "which is Python code" in refused["error"]
        assert ask("load", key="a", job=job(path), code=True)["ok"]["params"] == 965


def test_what_a_network_imports_is_told_with_digests(ask, model_file, monkeypatch):
    monkeypatch.syspath_prepend(str(model_file("WIDTH = 5", name="wide.py").parent))
    path = model_file(forward="import wide; return self.head(x.flatten(1))")
    for file in ("wide.py", "my_model.py"):
        os.utime(path.with_name(file), (0, 0))  # older than this process
    ask("load", key="a", job=job(path))
    found = ask("imported")["ok"]
    assert {"wide", "effbench_user_my_model"} <= set(found["files"])
    assert "torch" in found["packages"]
    assert not {"json", "torch", "effbench"} & {name.partition(".")[0] for name in found["files"]}


def test_garbage_is_not_collected_during_a_turn(ask, model_file):
    path = model_file(
        forward="import gc; assert not gc.isenabled() or not hasattr(self, 'loaded'); "
        "self.loaded = True; return self.head(x.flatten(1))"
    )
    assert "ok" in ask("load", key="a", job=job(path))
    assert "ok" in ask("turn", key="a", steps=2)
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("forward", "kind", "said"),
    [
        ("raise ValueError('no such shape')", "model", "ValueError: no such shape"),
        ("raise MemoryError('no room')", "out_of_memory", "MemoryError: no room"),
        ("import torch; raise torch.OutOfMemoryError('CUDA out of memory')", "out_of_memory", "OutOfMemoryError"),
        ("import torch; return torch.empty(2**62, dtype=torch.uint8)", "out_of_memory", "can't allocate memory"),
    ],
)
def test_an_error_of_the_network_is_an_answer_of_its_kind(ask, model_file, forward, kind, said):
    found = ask("load", key="a", job=job(model_file(forward=forward)))
    assert found["kind"] == kind
    assert said in found["error"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.parametrize("mode", ["eager", "cuda_graph"])
def test_a_machine_without_a_gpu_says_so(ask, model_file, mode):
    found = ask("load", key="a", job=job(model_file(), device="cuda", mode=mode))
    assert found == {"error": "Unavailable: PyTorch sees no CUDA device", "kind": "unavailable"}


def test_a_graph_needs_a_gpu(ask, model_file):
    found = ask("load", key="a", job=job(model_file(), mode="cuda_graph"))
    assert (found["kind"], "CUDA graphs need" in found["error"]) == ("unavailable", True)


def test_unavailable_is_no_error_of_the_network():
    def refuse(request):
        raise Unavailable("not here")

    assert json.loads(reply(refuse, {}, kind)) == {"error": "Unavailable: not here", "kind": "unavailable"}
