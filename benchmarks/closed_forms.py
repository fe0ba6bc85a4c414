"""Closed forms of timm's networks: exact at sizes that they were not made from, and refused only where they must be.

``python benchmarks/closed_forms.py --out FILE [--models N] [--seed S]`` asks ``formula timm/NAME --input 1x3xHxW`` for
each drawn network and compares the form with PyTorch's FlopCounterMode at three sizes that were never counted. A
refusal is confirmed by PyTorch alone: on each step that was tried the network fails, or its work is no polynomial.
FILE holds a line for each network; the same command resumes. Exit code 1: a form is wrong or a refusal unconfirmed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import timm
import torch
from torch.utils.flop_counter import FlopCounterMode

from effbench.cost.convention import convention
from effbench.counting import counted_formula
from effbench.counting.counters.as_found import nothing_fused
from effbench.counting.counters.networks import network_and_inputs
from effbench.counting.interpolation import DEGREE, STEPS, degree_of
from effbench.errors import EffbenchError
from effbench.models.registry import resolve

HELD_OUT = 3


def drawn(number: int, seed: int) -> list[str]:
    """That many of timm's architectures, in an order that is drawn: the first N of any number are the same."""
    names = timm.list_models()
    Random(seed).shuffle(names)
    return names[:number]


def theirs(name: str, height: int, width: int) -> int | None:
    """Multiply-accumulates by FlopCounterMode, without values; None where the network fails."""
    try:
        network, inputs = network_and_inputs(resolve(name, f"{height}x{width}"), "meta")
        with nothing_fused(), torch.no_grad(), FlopCounterMode(display=False) as counter:
            inputs.call(network.requires_grad_(False))  # with gradients the counter fails on some views
    except Exception:  # anybody's network: any kind
        return None
    return counter.get_total_flops() // 2


def held_out(axes: Sequence[Any], seen: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sizes in the domain that were not counted, drawn."""
    draw, found = Random(1), set(seen)
    for _ in range(200):
        point = tuple(draw.randrange(axis.low, axis.high + 1, axis.step) for axis in axes)
        if point not in found:
            found.add(point)
            yield point
        if len(found) == len(seen) + HELD_OUT:
            return


def refused_rightly(name: str) -> str:
    """How PyTorch confirms that there is no form in one of the sides; empty if it does not."""
    side = resolve(name).spec.image_sides[0]
    known = cache(theirs)
    for place in (0, 1):
        whys = []
        for step in STEPS:
            sizes = [(side + step * t, side) if place == 0 else (side, side + step * t) for t in range(DEGREE + 3)]
            values = []
            for size in sizes:
                values.append(known(name, *size))
                if values[-1] is None:
                    break
            if values[-1] is None:
                whys.append(f"fails at {sizes[len(values) - 1][0]}x{sizes[len(values) - 1][1]}")
            elif degree_of(values) is None:
                whys.append(f"varies on a step of {step}")
        if len(whys) == len(STEPS):
            return "; ".join(whys)
    return ""


def tried(name: str) -> dict[str, Any]:
    """What became of one network."""
    seen: set[tuple[int, int]] = set()
    count = counted_formula.counted_network

    def counted(model: Any, **options: Any) -> Any:
        seen.add(model.spec.image_sides)
        return count(model, **options)

    start = time.process_time()
    try:
        with patch.object(counted_formula, "counted_network", counted):
            form = counted_formula.of_name(f"timm/{name}", ["1x3xHxW"], convention("macs"))
    except EffbenchError as error:
        confirmed = refused_rightly(f"timm/{name}")
        return {"verdict": "refused", "why": str(error), "confirmed": confirmed, "counts": len(seen)}
    took = round(time.process_time() - start, 1)
    points = [(p, form.polynomial(p), theirs(f"timm/{name}", *p)) for p in held_out(form.polynomial.axes, seen)]
    exact = len(points) == HELD_OUT and all(ours == other for _, ours, other in points)
    return {
        "verdict": "exact" if exact else "wrong",
        "axes": list(map(str, form.polynomial.axes)),
        "held out": [[*p, ours, other] for p, ours, other in points],
        "uncounted": list(form.uncounted),
        "counts": len(seen),
        "CPU s": took,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=400, help="how many of timm's architectures (default: 400)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true", help="try those again that were wrong or refused")
    parser.add_argument("--out", type=Path, required=True, help="lines of JSON, to which new ones are added")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    lines = args.out.read_text(encoding="utf-8").splitlines() if args.out.exists() else []
    found = {row.pop("name"): row for row in map(json.loads, lines)}
    names = drawn(args.models, args.seed)
    for i, name in enumerate(names):
        if name in found and not (args.again and found[name]["verdict"] != "exact"):
            continue
        print(f"{i + 1} of {len(names)}  {name}", file=sys.stderr, flush=True)
        found[name] = tried(name)
        args.out.write_text("".join(json.dumps({"name": n, **row}) + "\n" for n, row in found.items()), "utf-8")
    rows = [found[name] for name in names]
    wrong = [row for row in rows if row["verdict"] == "wrong" or row.get("confirmed") == ""]
    print(dict(Counter(row["verdict"] for row in rows)), f"{len(wrong)} wrong or unconfirmed")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
