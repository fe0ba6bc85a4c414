"""Stage ``checks``: what only a GPU can show, as functions that need no pytest; tests marked ``cuda`` call them too.

Each returns what it saw and raises AssertionError, with the numbers, if that is not as it should be.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from effbench.early_exit.decide import entropy
from effbench.early_exit.engine import AdaptiveClassifier
from effbench.early_exit.policy import Policy
from effbench.models.registry import resolve
from effbench.profiling.worker import nvml
from effbench.profiling.worker.clock import Clocks
from effbench.profiling.worker.energy import steps_energy
from effbench.profiling.worker.job import Job
from effbench.profiling.worker.subject import Subject, _captured
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import recipe_of
from effbench.training.loop.run import train

from .records import Found, Records, Setting, Skipped

STAGE = "checks"
SMALL = "width=32,num_heads=2"
CELL = "1-1"


class Check(NamedTuple):
    """Attributes: name: for people. run: device -> what was seen. cuda: whether it needs a GPU."""

    name: str
    run: Callable[[str], Found]
    cuda: bool


def run(setting: Setting, records: Records) -> None:
    """Every check."""
    for check in CHECKS:
        records.unit(STAGE, check.name, lambda check=check: _checked(check, setting.device))


def _checked(check: Check, device: str) -> Found:
    if check.cuda and device != "cuda":
        raise Skipped("needs an NVIDIA GPU")
    return check.run(device)


def require(holds: bool, message: str) -> None:
    """Raise AssertionError unless it holds, also under ``python -O``."""
    if not holds:
        raise AssertionError(message)


def events_clock(device: str) -> Found:
    """Four times the work takes four times the device's time, which is within the time of the wall."""
    clock, a = Clocks("cuda", 1), torch.rand(4096, 4096, device=device)
    out = torch.empty_like(a)

    def products(count: int) -> Callable[[], object]:
        return lambda: [torch.mm(a, a, out=out) for _ in range(count)]

    def timed(count: int) -> list[dict[str, int]]:
        return [clock(products(count)) for _ in range(10)][3:]

    short, long = timed(4), timed(16)
    ratio = median(s["device"] for s in long) / median(s["device"] for s in short)
    require(3.2 < ratio < 4.8, f"16 products took {ratio:.2f} times as long as 4")
    require(all(s["launch"] <= s["wall"] for s in long), "handing work over took longer than the work")
    require(all(s["device"] <= 1.05 * s["wall"] for s in long), "events measured more than the wall clock")
    return Found(f"16 products took {ratio:.2f} times as long as 4", {"ratio": ratio, "samples": short + long})


def cuda_graph(device: str) -> Found:
    """A captured step does its work once at every replay; a captured network takes less host time than an eager one."""
    count = torch.zeros((), device=device)
    replay = _captured(lambda: count.add_(1))
    before = count.item()
    for _ in range(5):
        replay()
    torch.cuda.synchronize()
    require(count.item() - before == 5, f"5 replays counted {count.item() - before:g}")
    host = {}
    for mode in ("eager", "cuda_graph"):
        step, clock = Subject(Job(model="ravit_cifar10:1-3", batch=8, device=device, mode=mode)).step, Clocks("cuda", 1)
        host[mode] = median([clock(step)["launch"] for _ in range(20)][5:])
    require(host["cuda_graph"] < host["eager"], f"host time of a step, ns: {host}")
    return Found(f"host time of a step: {host['eager'] / host['cuda_graph']:.1f} times less as a graph", host)


def energy_counter(device: str) -> Found:
    """NVML's energy over a second of products is between 20 and 1,500 W."""
    a, clock = torch.rand(8192, 8192, device=device), Clocks("cuda", 1)
    clock(lambda: a @ a)
    seconds = clock(lambda: a @ a)["wall"] / 1e9
    steps = max(1, round(1.5 / seconds))
    found: dict[str, Any] = {}
    taken = clock(lambda: found.update(steps_energy(lambda: a @ a, steps, device)))["wall"] / 1e9
    if "unavailable" in found:
        raise Skipped(f"energy: {found['unavailable']}")
    watts = found["joules"] / taken
    require(20 < watts < 1500, f"{watts:.0f} W while multiplying matrices")
    return Found(f"{watts:.0f} W while multiplying matrices", {**found, "watts": watts, "state": nvml.state()})


def early_exits(device: str) -> Found:
    """The engine sends each image to the exit that the logits of the whole network say, with these logits."""
    network, images = _exits(device)
    with torch.inference_mode():
        logits = torch.stack(list(network(images)))  # (exits, b, classes)
    score = entropy(logits[0].double())
    threshold = _gap(score)
    found = AdaptiveClassifier(network, Policy(score="entropy", thresholds=(threshold,)))(images)
    expected = (score > threshold).long()
    require(bool((found.exits == expected).all()), f"{int((found.exits != expected).sum())} images left elsewhere")
    routed = logits[expected, torch.arange(len(images), device=device)]
    error = float((found.logits - routed).abs().max())
    require(error < 1e-3, f"logits differ by {error:.1e}")
    return Found(
        f"{len(images)} images, {found.reached[1]} went on, logits differ by at most {error:.1e}",
        {"reached": found.reached, "error": error},
    )


def early_exit_waits(device: str) -> Found:
    """The host waits for the GPU at most once per exit."""
    network, images = _exits(device)
    with torch.inference_mode():
        threshold = _gap(entropy(network(images)[0].double()))
    engine = AdaptiveClassifier(network, Policy(score="entropy", thresholds=(threshold,)))
    engine(images)
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            engine(images)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    waits = sum("synchroniz" in str(warning.message) for warning in caught)
    require(0 < waits <= 2, f"{waits} waits in a network with 2 exits")
    return Found(f"{waits} waits in a network with 2 exits", {"waits": waits})


def compiled_training(device: str) -> Found:
    """A training through ``torch.compile``, as CUDA graphs, gets what a plain one gets, but for rounding."""
    with TemporaryDirectory() as name:
        found = [
            train(_recipe(CELL, compile=compiled), seed=0, folder=Path(name) / str(compiled), device=device)
            for compiled in (True, False)
        ]
    require(found[0].program == "compiled", f"the program was {found[0].program}")
    return _same(found[:1], found[1:])


def _same(ours: list[Any], theirs: list[Any]) -> Found:
    """Training losses within 0.5 %, and at most 5 of 256 test images judged differently."""
    losses = [[o.figures["training_loss"] for o in side] for side in (ours, theirs)]
    right = [[o.exits[-1].top1 for o in side] for side in (ours, theirs)]
    worst = max(abs(a / b - 1) for a, b in zip(*losses, strict=True))
    require(worst < 5e-3, f"losses differ by {worst:.1e}: {losses}")
    images = max(abs(a - b) for a, b in zip(*right, strict=True))
    require(images <= 5, f"{images} more test images right: {right}")
    return Found(f"losses differ by at most {worst:.1e}", {"losses": losses, "right": right})


def _recipe(cell: str, **training: Any) -> Recipe:
    table = {
        "source": "a check of the device",
        "model": f"ravit_cifar10:{cell},{SMALL}",
        "data": {"name": "generated", "size": 16, "batch": 64},
        "training": {"epochs": 2, **training},
    }
    return recipe_of(table, "gpu_check")


def _exits(device: str) -> tuple[Any, torch.Tensor]:
    torch.manual_seed(0)
    return resolve("ravit_cifar10:1-3").build().eval().to(device), torch.rand(256, 3, 32, 32).to(device)


def _gap(score: torch.Tensor) -> float:
    """A threshold in the widest gap of the middle half, so that rounding decides about no image."""
    ordered = score.sort().values
    quarter = len(ordered) // 4
    at = quarter + int(ordered[quarter:-quarter].diff().argmax())
    return float((ordered[at] + ordered[at + 1]) / 2)


CHECKS = (
    Check("CUDA events clock", events_clock, True),
    Check("CUDA graphs", cuda_graph, True),
    Check("NVML energy", energy_counter, True),
    Check("early exits on the device", early_exits, False),
    Check("waits of early exits", early_exit_waits, True),
    Check("compiled training", compiled_training, True),
)
