"""How many trials this machine runs at a time, and the environment of each: one thread, one device.

Two threads in one training win little, and beside other programs they lose: a batch of 64 of a RAViT 1-3 took 5 to 23
times as long with two threads that wait actively as with two that wait passively, on two cores of which one was busy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from effbench.errors import EffbenchError

SINGLE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
}
KEPT_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "268435456"}
"""glibc: activations above 32 MB are not given back and faulted in again at every step (1.2 times as fast in fp32)."""


def cpu_slots(jobs: int | None = None) -> list[dict[str, str]]:
    """Environments of ``jobs`` processes with a thread each; one per physical core by default."""
    return [{**SINGLE_THREAD, **_unless_given(KEPT_MEMORY)} for _ in range(jobs or physical_cores())]


def gpu_slots(jobs: int | None = None) -> list[dict[str, str]]:
    """Environments of a process per NVIDIA GPU; with more ``jobs`` than GPUs several share one.

    Raises:
        EffbenchError: there is none.
    """
    devices = _devices()
    if not devices:
        raise EffbenchError("no CUDA device was found; --device cpu trains on the processor")
    count = len(devices) if jobs is None else jobs
    return [{**SINGLE_THREAD, "CUDA_VISIBLE_DEVICES": devices[i % len(devices)]} for i in range(count)]


def physical_cores() -> int:
    """Cores that this process may use, those with two hardware threads once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    return len({_siblings(cpu) for cpu in os.sched_getaffinity(0)})


def _siblings(cpu: int) -> str:
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text(encoding="ascii")
    except OSError:
        return str(cpu)


def _devices() -> list[str]:
    """What CUDA_VISIBLE_DEVICES may name; nothing is imported."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name for name in given.split(",") if name.strip()]
    folder = Path("/proc/driver/nvidia/gpus")
    return [str(i) for i in range(len(list(folder.iterdir())))] if folder.is_dir() else []


def _unless_given(wanted: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if name not in os.environ}
