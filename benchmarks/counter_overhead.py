"""What a count costs: CPU time of ``count`` on the meta device by turns with the bare forward pass and other counters.

``python benchmarks/counter_overhead.py [--runs N]`` prints, for each network, medians of the process's CPU time and the
medians of the paired ratios to the bare forward pass; then fvcore, which needs values, on the CPU; then the peak memory
that a first count adds to a process that has run the network once.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from effbench.counting.counters.dispatch import count

NETWORKS: dict[str, tuple[str, dict[str, Any], int]] = {
    "ViT-B/16 at 512": ("vit_base_patch16_224", {"img_size": 512}, 512),
    "ResNet-50": ("resnet50", {}, 224),
    "Swin-B": ("swin_base_patch4_window7_224", {}, 224),
    "MViTv2-B": ("mvitv2_base", {}, 224),
}
"""Name -> timm's name, its arguments, image side."""

WITH_FVCORE = ("ViT-B/16 at 512", "MViTv2-B")


def made(name: str, device: str) -> tuple[nn.Module, torch.Tensor]:
    """The network and an image."""
    timm_name, arguments, side = NETWORKS[name]
    with torch.device(device):
        return timm.create_model(timm_name, **arguments).eval(), torch.zeros(1, 3, side, side)


def bare(network: nn.Module, image: torch.Tensor) -> None:
    with torch.no_grad():
        network(image)


def ours(network: nn.Module, image: torch.Tensor) -> None:
    count(network, [image])


def pytorchs(network: nn.Module, image: torch.Tensor) -> None:
    with torch.no_grad(), FlopCounterMode(display=False):
        network(image)


def fvcores(network: nn.Module, image: torch.Tensor) -> None:
    from fvcore.nn import FlopCountAnalysis

    FlopCountAnalysis(network, image).unsupported_ops_warnings(False).total()


Counter = Callable[[nn.Module, torch.Tensor], None]


def by_turns(jobs: dict[str, tuple[Counter, nn.Module, torch.Tensor]], runs: int) -> dict[str, list[float]]:
    """Seconds of CPU time of every job, in ``runs`` rounds after one that is not kept."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(runs + 1):
        for name, (job, network, image) in jobs.items():
            start = time.process_time()
            job(network, image)
            seconds[name].append(time.process_time() - start)
    return {name: found[1:] for name, found in seconds.items()}


def line(name: str, seconds: dict[str, list[float]], base: str) -> str:
    """Medians, each with the median of its paired ratios to ``base``."""
    cells = []
    for job, found in seconds.items():
        ratio = median(a / b for a, b in zip(found, seconds[base], strict=True))
        cells.append(f"{job} {1000 * median(found):8.1f} ms ({ratio:5.2f}x)")
    return f"{name:<16} {'  '.join(cells)}"


def memory_added(name: str) -> str:
    """What a first count adds, at its peak, to a process that has run the network once; Linux only."""
    network, image = made(name, "meta")
    bare(network, image)
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        return "not measured on this system"
    reset.write_text("5")  # the peak starts again from what is resident now
    before = _kib("VmRSS")
    count(network, [image])
    return f"{(_kib('VmHWM') - before) / 1024:.1f} MiB"


def _kib(field: str) -> int:
    """A line of the process's own status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--runs", type=int, default=15, help="rounds on meta; a third of them with fvcore (default: 15)"
    )
    parser.add_argument("--memory", choices=NETWORKS, help="only print the peak memory that a count adds")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    if args.memory:
        print(memory_added(args.memory))
        return 0
    print(f"medians of {args.runs} rounds, CPU time; torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name in NETWORKS:
        network, image = made(name, "meta")
        jobs = {job.__name__: (job, network, image) for job in (bare, ours, pytorchs)}
        print(line(name, by_turns(jobs, args.runs), "bare"))
    print("against fvcore, which runs on the CPU")
    for name in WITH_FVCORE:
        jobs = {"ours": (ours, *made(name, "meta")), "fvcores": (fvcores, *made(name, "cpu"))}
        print(line(name, by_turns(jobs, max(args.runs // 3, 1)), "ours"))
    print("peak memory added by a count")
    for name in NETWORKS:
        command = [sys.executable, __file__, "--memory", name]
        added = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        print(f"{name:<16} {added}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
