"""A heatmap's cells trained one after the other, so but compiled, and as one program: images per second, by turns.

``python benchmarks/sweep_speed.py [--layers 1 2 3 4] [--width 32] [--side 16] [--batch 32] [--device D] [--out DIR]``
takes every pair of those layer counts as RAViTs on generated images and times a few optimiser steps of each
(``training.loop.ragged.probe``, what ``effbench sweep --program auto`` decides by) in ``--repeats`` fresh processes of
one thread. Compiled cells are measured on the dearest one; on a GPU they are CUDA graphs. Printed: images per second of
a cell and of the sweep, operators that a step starts (views left out), the share of the peak of fp32 products measured
beside, and how long the paper's map of 8 x 8 cells and 400 epochs of CIFAR-10 would take at the same FLOPs per second.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from dataclasses import asdict
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from effbench.processes.environment import conditions
from effbench.render.table import column, render
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import recipe_of
from effbench.training.recipes import forward_flops
from effbench.training.sweep.executors.slots import KEPT_MEMORY, SINGLE_THREAD

sys.path.insert(0, str(Path(__file__).parent))
from train_speed import told

PEAK_SIDE = 4096
"""Of the square matrices of a GPU's peak; a core takes a quarter of it."""

ENDLESS = 10**9
"""Optimiser steps of a training that is long enough to compile for."""


def recipes_of(args: argparse.Namespace) -> list[Recipe]:
    """One per cell."""
    data = {"name": "generated", "size": args.side, "batch": args.batch, "crop_padding": 2, "flip": 0.5}
    given = f"width={args.width},num_heads=4"
    pairs = product(args.layers, repeat=2)
    table = {"source": "benchmark", "data": data}
    return [recipe_of({**table, "model": f"ravit_cifar10:{a}-{b},{given}"}, "benchmark") for a, b in pairs]


def paper_flops() -> int:
    """3 x forward x images x epochs of the RAViTs with 1 to 8 layers in each branch, as the paper trains them."""
    forward = sum(forward_flops(f"ravit_cifar10:{a}-{b}", 32) for a, b in product(range(1, 9), repeat=2))
    return 3 * forward * 50_000 * 400


def serve(args: argparse.Namespace) -> None:
    """One fresh process: seconds of a step of both, and the peak."""
    from effbench.training.loop.device import set_threads
    from effbench.training.loop.job import Job
    from effbench.training.loop.ragged.probe import speed

    set_threads(1)
    dearest_first = recipes_of(args)[::-1]
    found = speed(Job(recipes=tuple(dearest_first), seed=0, device=args.device, steps=ENDLESS))
    print(json.dumps({**asdict(found), "peak": peak(args.device)}))


def peak(device: str) -> float:
    """FLOPs per second of an fp32 product."""
    import torch

    side = PEAK_SIDE if device == "cuda" else PEAK_SIDE // 4
    a, b, out = (torch.rand(side, side, device=device) for _ in range(3))
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    best = math.inf
    for _ in range(5):
        wait()
        start = time.perf_counter()
        torch.mm(a, b, out=out)
        wait()
        best = min(best, time.perf_counter() - start)
    return float(2 * side**3 / best)


def operators(args: argparse.Namespace) -> tuple[int, int]:
    """That a step of all cells starts: one after the other, and as one program; views and metadata left out."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    from effbench.training.data.opening import open_part
    from effbench.training.loop.ragged import probe

    class Count(TorchDispatchMode):
        """Counts operators that write."""

        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        def __torch_dispatch__(self, func: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
            self.count += not (
                func.is_view or func._schema.name in ("aten::detach", "aten::empty", "aten::_unsafe_view")
            )
            return func(*arguments, **(named or {}))

    def counted(turns: list[probe.Turn]) -> int:
        with Count() as found:
            for turn in turns:
                turn()
        return found.count // probe.STEPS

    recipes, device = recipes_of(args), torch.device(args.device)
    source = open_part(recipes[0].data, "train", root=None, device=device)
    alone = [probe.separate(recipe, 0, source, device) for recipe in recipes]
    return counted(alone), counted([probe.together(recipes, 0, source, device)])


def fresh(args: argparse.Namespace) -> dict[str, Any]:
    """A measurement in a process of its own, which finds nothing compiled before."""
    command = [sys.executable, __file__, "--worker", *sys.argv[1:]]
    with TemporaryDirectory() as cache:
        environment = {**os.environ, **SINGLE_THREAD, **KEPT_MEMORY, "TORCHINDUCTOR_CACHE_DIR": cache}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def page(args: argparse.Namespace, found: list[dict[str, Any]], started: tuple[int, int], style: str) -> str:
    """The table, with what it was measured under."""
    recipes = recipes_of(args)
    flops = 3 * args.batch * sum(forward_flops(recipe.model, args.side) for recipe in recipes)
    top = max(each["peak"] for each in found)
    rows = []
    for name, count in zip(("separate", "compiled", "ragged"), (started[0], None, started[1]), strict=True):
        if None in [each[name] for each in found]:
            continue
        seconds = median(each[name] for each in found)
        ratios = sorted(each["separate"] / each[name] for each in found)
        rows.append(
            {
                "program": name,
                "cell": args.batch / seconds,
                "sweep": args.batch * len(recipes) / seconds,
                "times": f"{median(ratios):.2f} [{ratios[0]:.2f}, {ratios[-1]:.2f}]",
                "operators": count,
                "share": 100 * flops / seconds / top,
                "paper": paper_flops() / (flops / seconds) / 3600,
            }
        )
    columns = [
        column("program", "program"),
        column("images per second of a cell", "cell", lambda rate: f"{rate:,.0f}", right=True),
        column("of the sweep", "sweep", lambda rate: f"{rate:,.0f}", right=True),
        column("times separate", "times", right=True),
        column(
            "operators a step", "operators", lambda count: "not counted" if count is None else f"{count:,}", right=True
        ),
        column("of the product peak", "share", lambda value: f"{value:.1f} %", right=True),
        column("the paper's map at this rate", "paper", lambda hours: f"{hours:,.0f} h", right=True),
    ]
    notes = [
        f"{len(recipes)} RAViTs of {min(args.layers)} to {max(args.layers)} layers in each branch, {args.width} wide, "
        f"{args.side}² pixels, batch {args.batch}, fp32, {args.device}, one thread; median of {len(found)} fresh "
        "processes, in brackets the smallest and the largest.",
        f"Peak: {top / 1e9:,.0f} GFLOP/s, an fp32 product measured beside. FLOPs: 3 x forward, 2 per "
        "multiply-accumulate, by formula, also where last blocks make less than that; the paper's map: "
        f"{paper_flops():.2e}.",
        f"Conditions: {told(conditions().plain())}",
    ]
    if all(each["compiled"] is not None for each in found):
        seconds = median(each["compiling"] for each in found)
        notes.insert(1, f"Compiled: by the dearest cell; {seconds:.0f} s of compiling every cell are not in it.")
    notes += [f"Not measured: {why}." for each in found[:1] for why in (each["why"], each["why_not"]) if why]
    if args.device == "cpu":
        notes.append("CUDA: not measured, no GPU at hand.")
    return render(rows, columns, style, title="A heatmap, cell by cell and as one program", notes=notes)


def main() -> None:
    """Measure and print; with ``--out`` also write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--layers", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--side", type=int, default=16)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, help="folder for sweep_speed_WIDTH_SIDE_BATCH.md and .json")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        serve(args)
        return
    found, started = [fresh(args) for _ in range(args.repeats)], operators(args)
    print(page(args, found, started, "table"))
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        stem = f"sweep_speed_{args.width}_{args.side}_{args.batch}"
        raw = json.dumps({"found": found, "operators": started, "conditions": conditions().plain()}, indent=1)
        (args.out / f"{stem}.json").write_text(raw + "\n", encoding="utf-8")
        (args.out / f"{stem}.md").write_text(page(args, found, started, "markdown"), encoding="utf-8")


if __name__ == "__main__":
    main()
