"""Reference kernels: their work by hand, their steps against PyTorch, and kernels as subjects of a worker."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.processes.process import WorkerFailed  # noqa: E402
from effbench.profiling.network_worker import NetworkWorker  # noqa: E402
from effbench.profiling.worker import kernels  # noqa: E402
from effbench.profiling.worker.job import DTYPES, Job  # noqa: E402
from effbench.profiling.worker.subject import Subject, Unavailable  # noqa: E402

WORK = [
    # (2·4, 4) x (4, 4): 2·8·4·4 FLOPs; 32 + 16 elements in, 32 out
    ("kernel/gemm", 4, 2, 256, 80),
    # 2·4·4 elements, read and written
    ("kernel/copy", 4, 2, 0, 64),
    # 2 · 2 products of 4·4·768 MACs in each of 2 images; q, k, v and the output of 2·4·768 elements
    ("kernel/attention", 4, 2, 98_304, 24_576),
    # 2·4·768 elements read and written, scale and shift of 768 read
    ("kernel/layer_norm", 4, 2, 0, 13_824),
]


@pytest.mark.parametrize(("name", "n", "batch", "flops", "elements"), WORK)
@pytest.mark.parametrize(("dtype", "bytes_each"), [("fp32", 4), ("bf16", 2), ("fp16", 2)])
def test_work_of_a_step(name, n, batch, flops, elements, dtype, bytes_each):
    job = Job(model=name, size=n, batch=batch, dtype=dtype)
    assert kernels.work(job) == {"flops": flops, "bytes": elements * bytes_each}


def test_every_kernel_and_type_is_tested():
    assert {name for name, *_ in WORK} == set(kernels.KERNELS)
    assert set(kernels.BYTES) == set(DTYPES)


@pytest.mark.parametrize("name", kernels.KERNELS)
def test_without_a_size_the_kernel_s_own_is_taken(name):
    own = kernels.KERNELS[name].size
    assert kernels.side(Job(model=name)) == own
    assert kernels.work(Job(model=name)) == kernels.work(Job(model=name, size=own))


@pytest.mark.parametrize(
    ("name", "shape"),
    [("gemm", (8, 4)), ("copy", (2, 4, 4)), ("attention", (2, 12, 4, 64)), ("layer_norm", (2, 4, 768))],
)
@pytest.mark.parametrize(("dtype", "torch_dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_a_step_computes_in_the_job_s_shape_and_type(name, shape, dtype, torch_dtype):
    out = kernels.prepared(Job(model=f"kernel/{name}", size=4, batch=2, dtype=dtype))()
    assert (out.shape, out.dtype) == (shape, torch_dtype)
    assert torch.isfinite(out).all()
    assert out.std() > 0


def test_flops_are_those_pytorch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    job = Job(model="kernel/gemm", size=8, batch=3)
    step = kernels.prepared(job)
    with FlopCounterMode(display=False) as counter:
        step()
    assert counter.get_total_flops() == kernels.work(job)["flops"]


def test_a_kernel_is_a_subject_without_parameters():
    subject = Subject(Job(model="kernel/gemm", size=8))
    assert (subject.params, subject.size, subject.work["flops"]) == (0, 8, 2 * 8**3)
    subject.step()


@pytest.mark.parametrize("how", [{"task": "train"}, {"mode": "compile"}])
def test_a_kernel_is_neither_trained_nor_compiled(how):
    with pytest.raises(Unavailable, match="one operator"):
        Subject(Job(model="kernel/gemm", size=8, **how))


def test_an_unknown_kernel_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"no kernel 'kernel/fft'; there are: kernel/gemm, kernel/copy"):
        kernels.work(Job(model="kernel/fft"))


@pytest.mark.parametrize(("name", "is_one"), [("kernel/gemm", True), ("vit_tiny_patch16", False), ("kernel.py", False)])
def test_only_names_with_the_prefix_are_kernels(name, is_one):
    assert kernels.is_kernel(name) is is_one


def test_a_worker_tells_the_work_and_takes_turns():
    with NetworkWorker() as worker:
        loaded = worker.load("k", Job(model="kernel/copy", size=16))
        assert (loaded["params"], loaded["size"], loaded["flops"], loaded["bytes"]) == (0, 16, 0, 2 * 256 * 4)
        assert len(worker.turn("k", 3, 60)["wall"]) == 3
        with pytest.raises(WorkerFailed, match="no kernel 'kernel/fft'"):
            worker.load("other", Job(model="kernel/fft"))
