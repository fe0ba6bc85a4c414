"""Do the savings of early exits arrive on the clock? Batched inference with compaction against the network run whole.

``python benchmarks/early_exit_speed.py [--model NAME ...] [--dtype fp32 bf16] [--shares 0 25 50 75 90] [--rounds N]``
takes one batch of random images, sets the threshold of the first exit between two of the scores that the batch really
has, so that the share of images that leave there is known, and lets none leave at further exits. Measured, by turns in
one process: the whole network on the batch (all branches, no decisions) and the adaptive classifier, next to each
other, who is first drawn by lot; in every fourth round also the routing of single images, as the paper evaluates it.
Printed: the speed-up that multiply-accumulates predict, the measured one with the 95 % interval of its median, and the
second as a percentage of the first.

``--micro-batch N`` gives both sides the batch in parts of N images; ``--compiled`` puts both through ``torch.compile``.
Goals on a CPU at batch 256: at least 95 % in fp32 and 85 % in bf16, and no more than 2 % slower where nobody leaves.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Sequence
from statistics import NormalDist, median
from typing import NamedTuple

import torch
from torch import Tensor, nn

from effbench.cost.convention import convention
from effbench.counting.exits import exit_costs
from effbench.early_exit.decide import entropy
from effbench.early_exit.engine import AdaptiveClassifier
from effbench.early_exit.policy import Policy, never
from effbench.models.registry import resolve
from effbench.processes.environment import conditions
from effbench.profiling.worker.clock import Clocks
from effbench.render.table import column, render

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
SINGLE_EVERY = 4

Run = Callable[[], object]


class Ratio(NamedTuple):
    """A median and its 95 % interval."""

    value: float
    low: float
    high: float


class Contest(NamedTuple):
    """One share of images that leave at the first exit.

    Attributes:
        share: of the images, per cent. predicted: speed-up by multiply-accumulates.
        adaptive: the batch. single: its images one by one.
    """

    share: float
    predicted: float
    adaptive: Run
    single: Run


def subject(name: str, args: argparse.Namespace, dtype: torch.dtype) -> tuple[nn.Module, Tensor, list[int]]:
    """The network, a batch, and the multiply-accumulates up to each exit."""
    torch.manual_seed(args.seed)
    model = resolve(name)
    side = model.spec.image_size
    network = model.build().eval().to(args.device, dtype)
    images = torch.rand(args.batch, 3, side, side).to(args.device, dtype)
    return network, images, exit_costs(model.branches(), convention("macs"), model.spec.num_classes)


def whole(network: nn.Module, images: Tensor, args: argparse.Namespace) -> Run:
    """The network without early exit: the logits of all exits."""
    run = torch.compile(network) if args.compiled else network
    parts = images.split(args.micro_batch or len(images))

    def step() -> object:
        with torch.inference_mode():
            return [run(part) for part in parts]

    return step


def contests(network: nn.Module, images: Tensor, costs: Sequence[int], args: argparse.Namespace) -> list[Contest]:
    """One per share."""
    exits, found = len(costs), []
    with torch.inference_mode():
        scores = entropy(network.stages[0](images, None)[0].double()).sort().values.tolist()
    for share in args.shares:
        leave = round(len(images) * share / 100)
        engine = AdaptiveClassifier(
            network, _policy(scores, leave, exits), micro_batch=args.micro_batch, compiled=args.compiled
        )
        left = len(images) - engine(images).reached[1] if leave < len(images) else len(images)
        mean = (left * costs[0] + (len(images) - left) * costs[-1]) / len(images)
        singles = images.split(1)
        found.append(
            Contest(
                100 * left / len(images),
                costs[-1] / mean,
                lambda engine=engine: engine(images),
                lambda engine=engine, singles=singles: [engine(image) for image in singles],
            )
        )
    return found


def _policy(scores: Sequence[float], leave: int, exits: int) -> Policy:
    """The ``leave`` lowest entropies leave at the first exit, nobody later."""
    edges = (-math.inf, *scores, math.inf)
    first = (edges[leave] + edges[leave + 1]) / 2
    return Policy(score="entropy", thresholds=(first, *never("entropy", exits - 1).thresholds))


def play(plain: Run, rivals: Sequence[Contest], args: argparse.Namespace) -> dict[str, list[list[float]]]:
    """Side -> for each contest, the speed-up over the whole network in every round."""
    clock, draw = Clocks(args.device, args.threads), random.Random(args.seed)
    found: dict[str, list[list[float]]] = {"adaptive": [[] for _ in rivals], "single": [[] for _ in rivals]}
    for step in (plain, *(rival.adaptive for rival in rivals)):  # warm-up; compiles
        step()
    for round_ in range(args.rounds):
        if sys.stderr.isatty():
            print(f"\rround {round_ + 1} of {args.rounds}", end="", file=sys.stderr)
        for i in draw.sample(range(len(rivals)), len(rivals)):
            sides = {"adaptive": rivals[i].adaptive}
            if args.single and round_ % SINGLE_EVERY == 0:
                sides["single"] = rivals[i].single
            for side, step in sides.items():
                found[side][i].append(paired(plain, step, clock, args.clock, first=draw.random() < 0.5))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return found


def paired(plain: Run, rival: Run, clock: Callable[[Run], dict[str, int]], name: str, *, first: bool) -> float:
    """Time of ``plain`` over that of ``rival``, one right after the other; ``first``: plain begins."""
    times = {step: clock(step)[name] for step in ((plain, rival) if first else (rival, plain))}
    return times[plain] / times[rival]


def middle(values: Sequence[float]) -> Ratio:
    """The median, and the order statistics that hold the true one with at least 95 % (normal approximation)."""
    ordered = sorted(values)
    reach = NormalDist().inv_cdf(0.975) * math.sqrt(len(ordered)) / 2
    low = max(0, math.floor(len(ordered) / 2 - reach))
    return Ratio(median(ordered), ordered[low], ordered[len(ordered) - 1 - low])


def rows(name: str, dtype: str, args: argparse.Namespace) -> list[dict[str, object]]:
    """The table of one network in one number format."""
    network, images, costs = subject(name, args, DTYPES[dtype])
    rivals = contests(network, images, costs, args)
    found = play(whole(network, images, args), rivals, args)
    made = []
    for i, rival in enumerate(rivals):
        row: dict[str, object] = {"model": name, "dtype": dtype, "share": rival.share, "predicted": rival.predicted}
        for side, ratios in found.items():
            if ratios[i]:
                speed_up = middle(ratios[i])
                row |= {side: speed_up.value, f"{side}_low": speed_up.low, f"{side}_high": speed_up.high}
                row[f"{side}_realised"] = 100 * speed_up.value / rival.predicted
        made.append(row)
    return made


def times(value: float) -> str:
    return f"{value:.3f}x"


COLUMNS = [
    column("model", "model"),
    column("dtype", "dtype"),
    column("leave at exit 1", "share", "{:.1f} %".format, right=True),
    column("predicted", "predicted", times, right=True),
    column("batched", "adaptive", times, right=True),
    column("from", "adaptive_low", times, right=True),
    column("to", "adaptive_high", times, right=True),
    column("realised", "adaptive_realised", "{:.1f} %".format, right=True),
    column("one by one", "single", times, right=True),
    column("realised", "single_realised", "{:.1f} %".format, right=True),
]


def notes(args: argparse.Namespace) -> list[str]:
    """What was run, and where."""
    where = conditions()
    libraries = ", ".join(f"{name} {v}" for name, v in where["libraries"].items() if v)
    return [
        f"batch {args.batch}, micro-batch {args.micro_batch or 'none'}, {args.device}, {args.threads} threads, "
        f"{args.clock} time, {args.rounds} rounds, {'compiled' if args.compiled else 'not compiled'}, seed {args.seed}",
        f"{where['cpu']}, {where['cores']} cores, accelerator {where['accelerator'] or 'none'}, load {where['load']}",
        f"{libraries}; commit {where['commit']}{' with changes' if where['dirty'] else ''}",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", default=["ravit_cifar10:1-3"], help="registered names")
    parser.add_argument("--dtype", nargs="+", default=["fp32", "bf16"], choices=DTYPES)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--shares", nargs="+", type=float, default=[0, 25, 50, 75, 90], help="per cent")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--clock", default="wall", choices=("wall", "cpu", "device"), help="device: CUDA events")
    parser.add_argument("--micro-batch", type=int)
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--no-single", dest="single", action="store_false", help="leave single images out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", default="table", choices=("table", "json", "csv", "markdown"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    made = [row for name in args.model for dtype in args.dtype for row in rows(name, dtype, args)]
    command = " ".join(["python benchmarks/early_exit_speed.py", *sys.argv[1:]])
    print(render(made, COLUMNS, args.format, title=command, notes=notes(args)), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
