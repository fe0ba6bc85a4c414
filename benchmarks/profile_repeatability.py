"""How often two profiles of one model agree: their 95 % intervals must overlap in at least 95 % of repetitions.

    python benchmarks/profile_repeatability.py --repetitions 20 --out repeatability.jsonl

A repetition is two profiles, one after the other, each in fresh processes as ``effbench profile`` makes them. Every
profile is kept in the file as it is finished, and the same command goes on from there. Then a step of known length is
profiled, which must be right within 1 %: it sleeps for 19 ms and waits until 20 ms have passed, because a sleep alone
lasts about 0.1 ms longer than asked for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Any

from effbench.files import journal
from effbench.profiling.measured import flat
from effbench.profiling.rows import Plan, measure, rows_for
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

CLOCKS = ("wall", "cpu")

STEP = 0.02

SLEEPER = f"""
import time

import torch
from effbench.cost import ops
from effbench.models.registry import Family, register
from effbench.models.spec import Spec


class Sleeper(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(1, 5))

    def forward(self, images):
        end = time.perf_counter() + {STEP}
        time.sleep({STEP - 0.001})
        while time.perf_counter() < end:
            pass
        return self.logits


register(
    Family(name="sleeper", source="a known time", build=lambda spec: Sleeper(), cost=lambda spec: ops.linear(1, 1, 1)),
    {{"sleeper": Spec(image_size=8, num_classes=5)}},
)
"""


def profile(model: str, batch: int, processes: int) -> dict[str, Any]:
    """One profile, as a flat row."""
    plan, visits = Plan(processes=processes), Visits(None, "")
    rows = rows_for([Job(model=model, batch=batch)], plan, visits)
    ended = measure(rows, plan, visits, order=Random())
    if ended or rows[0].status != "measured":
        raise SystemExit(ended or f"{rows[0].status}: {rows[0].reason}")
    return {**flat(rows[0]), "load": visits.under(rows[0].visits[-1])["load"]}


def overlap(one: dict[str, Any], two: dict[str, Any], clock: str) -> bool:
    """Whether the intervals of two profiles have a point in common."""
    low, high = f"latency_{clock}_low", f"latency_{clock}_high"
    return bool(one[low] <= two[high] and two[low] <= one[high])


def share(pairs: list[tuple[dict[str, Any], dict[str, Any]]], clock: str) -> str:
    """How many of the pairs overlap."""
    found = sum(overlap(one, two, clock) for one, two in pairs)
    return f"{found} of {len(pairs)} ({100 * found / len(pairs):.1f} %)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="vit_cifar10:3")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--processes", type=int, default=Plan().processes)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    wanted = {"model": args.model, "batch": args.batch, "processes": args.processes}
    kept = [row for row in journal.read(args.out) if wanted.items() <= row.items()]
    while len(kept) < 2 * args.repetitions:
        kept.append(profile(args.model, args.batch, args.processes))
        journal.append(args.out, kept[-1])
        print(f"\r{len(kept)} of {2 * args.repetitions} profiles", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    kept = kept[: 2 * args.repetitions]
    for clock in CLOCKS:
        print(f"{clock}: repetitions that overlap {share(list(pairwise(kept))[::2], clock)}, ", end="")
        print(f"of all pairs {share(list(combinations(kept, 2)), clock)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sleeper.py"
        path.write_text(SLEEPER, encoding="utf-8")
        found = profile(str(path), 1, args.processes)["latency"]
    print(f"a step of {1e3 * STEP:g} ms: {1e3 * found:.3f} ms, off by {100 * (found / STEP - 1):+.2f} %")


if __name__ == "__main__":
    main()
