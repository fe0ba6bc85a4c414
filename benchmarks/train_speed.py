"""Images per second of one training on one core: our loop against a plain PyTorch loop, by turns.

``python benchmarks/train_speed.py [--rounds N] [--out DIR]`` trains RAViT 1-3 of CIFAR-10 (128 wide, batch 256) on
random images of CIFAR's shape. Plain: a DataLoader with torchvision's transforms image by image, eager, AdamW as it
comes, fp32, the loss read at every step. Ours: ``effbench.training.loop`` as a sweep runs it. Every variant is a
process of its own with one thread; they take turns on one core, in an order drawn anew in every round, four steps a
turn. Variants without one of our measures, and with bf16, say what each is worth. CPU time decides, since it does not
count what other programs take away.

Goals: 2.3 times the plain loop, and its augmentation alone 10 times. The first was set on a processor with matrix units
for bf16 (AMX); without them the products in fp32 are the limit, which is why their peak is measured beside.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from train_loops import BATCH, GEMM, MODEL, SIDE, STEPS, TIMES, VARIANTS

from effbench.processes.environment import conditions
from effbench.render.table import column, render
from effbench.stats.paired import interval
from effbench.training.sweep.executors.slots import KEPT_MEMORY, SINGLE_THREAD


class Process:
    """A variant that waits for its turn."""

    def __init__(self, name: str) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in KEPT_MEMORY} | SINGLE_THREAD
        if VARIANTS[name].memory:
            environment |= KEPT_MEMORY
        program = Path(__file__).with_name("train_loops.py")
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, program, name], stdin=pipe, stdout=pipe, text=True, env=environment
        )

    def ask(self, what: str) -> dict[str, float]:
        """A turn of ``train``, ``data``, ``gemm`` or ``count``: CPU and wall seconds, and what it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(what, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"a process ended with code {self._process.wait()}")
        found: dict[str, float] = json.loads(answer)
        return found

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Measured(NamedTuple):
    """CPU seconds of every round.

    Attributes:
        trained: of a turn of each variant. loaded: of the data alone, plain and ours. products: of the product.
        flops: of the products of a turn of each variant, as executed.
    """

    trained: dict[str, list[float]]
    loaded: dict[str, list[float]]
    products: list[float]
    flops: dict[str, float]


def measure(names: Sequence[str], rounds: int) -> Measured:
    """Rounds of turns, after one that warms up."""
    processes = {name: Process(name) for name in names}
    found = Measured({name: [] for name in names}, {"plain": [], "ours": []}, [], {})
    order = random.Random(0)
    try:
        for number in range(rounds + 1):
            for name in order.sample(list(names), len(names)):
                found.trained[name].append(processes[name].ask("train")["cpu"])
            for name in order.sample(list(found.loaded), 2):
                found.loaded[name].append(processes[name].ask("data")["cpu"])
            found.products.append(processes["ours"].ask("gemm")["cpu"])
            print(f"round {number} of {rounds}", file=sys.stderr)
        for name, process in processes.items():  # last: the counter leaves the allocator's memory in pieces
            found.flops[name] = process.ask("count")["said"]
    finally:
        for process in processes.values():
            process.close()
    for seconds in (*found.trained.values(), *found.loaded.values(), found.products):
        del seconds[0]
    return found


def times(base: Sequence[float], ours: Sequence[float]) -> str:
    """How many times as fast, with the 95 % interval of the mean logarithm over rounds (Student's t)."""
    found = interval([math.log(b / o) for b, o in zip(base, ours, strict=True)])
    value, low, high = map(math.exp, found)
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def page(found: Measured, style: str) -> str:
    """Both tables, with what they were measured under."""
    n, k, m = GEMM
    peak = TIMES * 2 * n * k * m / median(found.products)
    trained, loaded, count = found.trained, found.loaded, BATCH * STEPS
    rows: list[dict[str, Any]] = [
        {
            "what": VARIANTS[name].says,
            "rate": count / median(seconds),
            "times": "1" if name == "plain" else times(trained["plain"], seconds),
            "flops": found.flops[name] / count / 1e6,
            "share": 100 * found.flops[name] / median(seconds) / peak,
        }
        for name, seconds in trained.items()
    ]
    data = [
        {"what": "torchvision, image by image", "rate": count / median(loaded["plain"]), "times": "1"},
        {"what": "ours, in batches", "rate": count / median(loaded["ours"]), "times": times(*loaded.values())},
    ]
    shown = [
        column("", "what"),
        column("images per CPU second", "rate", lambda rate: f"{rate:,.0f}", right=True),
        column("times the plain loop", "times", right=True),
    ]
    work = [
        column("MFLOPs an image", "flops", lambda value: f"{value:.0f}", right=True),
        column("of the product peak", "share", lambda value: f"{value:.0f} %", right=True),
    ]
    goal = count / median(trained["plain"]) * 2.3
    needed = 100 * goal * found.flops["ours"] / count / peak if "ours" in found.flops else 0
    notes = [
        f"{MODEL}, batch {BATCH}, {SIDE}x{SIDE}, fp32 unless said, one thread; {len(found.products)} rounds of {STEPS} "
        "steps, in turns. Medians of CPU time; intervals: 95 % of the mean over rounds.",
        "MFLOPs: of the products, forward and backward, as executed (FlopCounterMode; 2 per multiply-accumulate).",
        f"Product peak: {peak / 1e9:.0f} GFLOP/s, measured between the turns: fp32, {n}x{k} by {k}x{m}, in the cache. "
        f"2.3 times the plain loop would be {goal:,.0f} images per second, {needed:.0f} % of it.",
        f"Conditions: {told(conditions().plain())}",
    ]
    title = "Training on one core"
    first = render(rows, [*shown, *work], style, title=title, notes=notes)
    return first + "\n" + render(data, shown, style, title="Data alone: crop, flip, normalise", notes=[])


def told(here: dict[str, Any]) -> str:
    """Conditions in a line."""
    versions = ", ".join(f"{name} {version}" for name, version in here["libraries"].items() if version)
    return f"{here['cpu']}, {here['cores']} cores, {here['system']}, {versions}, load {here['load']}"


def main() -> None:
    """Measure and print; with ``--out`` also write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--out", type=Path, help="folder for train_speed.md and train_speed.json")
    args = parser.parse_args()
    found = measure(list(dict.fromkeys(["plain", "ours", *args.variants])), args.rounds)
    print(page(found, "table"))
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        raw = {"unit": "CPU seconds a turn", **found._asdict(), "conditions": conditions().plain()}
        (args.out / "train_speed.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
        (args.out / "train_speed.md").write_text(page(found, "markdown"), encoding="utf-8")


if __name__ == "__main__":
    main()
