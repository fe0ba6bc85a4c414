"""Our counter against PyTorch's FlopCounterMode on drawn networks and on timm's, forward, without values.

``python benchmarks/against_torch.py [--drawn N] [--models N] [--seed S] [--out FILE]`` counts each network at
batches of 1, 3 and 8, and at a second size where it takes one. Convolutions and products of matrices must agree to the
last digit; what FlopCounterMode does not count at all is added by hand, here, and nowhere else. Exit code 1: some differ.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from drawn.networks import drawn
from effbench.cost.kinds import MAC_KINDS
from effbench.counting.counters.as_found import nothing_fused
from effbench.counting.counters.dispatch import count

BATCHES = (1, 3, 8)
COUNTED = tuple(kind for kind in MAC_KINDS if kind != "mac_fft")
"""Kinds that FlopCounterMode knows."""


def _bilinear(layer: nn.Bilinear, inputs: tuple[torch.Tensor, ...], out: torch.Tensor) -> int:
    """Every output weighs every product of the two inputs."""
    return out.numel() * layer.in1_features * layer.in2_features


BY_HAND: dict[type[nn.Module], Callable[[Any, Any, Any], int]] = {nn.Bilinear: _bilinear}
"""Layers that FlopCounterMode counts as 0 -> multiply-accumulates of a call."""


class Case(NamedTuple):
    """One count of one network: what it is, and multiply-accumulates by each counter."""

    name: str
    batch: int
    size: str
    ours: int
    theirs: int
    unpriced: tuple[str, ...]


def theirs(network: nn.Module, image: torch.Tensor) -> int:
    """Multiply-accumulates by FlopCounterMode, and by hand of the layers it does not know."""
    by_hand: list[int] = []
    hooks = [
        layer.register_forward_hook(lambda m, x, y, rule=BY_HAND[type(layer)]: by_hand.append(rule(m, x, y)))
        for layer in network.modules()
        if type(layer) in BY_HAND
    ]
    try:
        with nothing_fused(), torch.no_grad(), FlopCounterMode(display=False) as counter:
            network(image)
    finally:
        for hook in hooks:
            hook.remove()
    return counter.get_total_flops() // 2 + sum(by_hand)


def case(name: str, network: nn.Module, image: torch.Tensor) -> Case:
    """Both counts."""
    found = count(network, [image])
    ours = sum(found.forward.of(kind) for kind in COUNTED)
    size = "x".join(map(str, image.shape[1:]))
    return Case(name, image.shape[0], size, ours, theirs(network, image), tuple(sorted(found.unpriced())))


def drawn_cases(seeds: range) -> Iterator[Case]:
    """Every drawn network at every batch."""
    for seed in seeds:
        with torch.device("meta"):
            one = drawn(seed)
            for batch in BATCHES:
                yield case(f"drawn {seed}", one.network, one.input(batch))


def timm_names(number: int, seed: int) -> list[str]:
    """That many of timm's architectures by seed; all if there are fewer."""
    known = timm.list_models()
    return sorted(random.Random(seed).sample(known, min(number, len(known))))


def timm_cases(name: str) -> Iterator[Case]:
    """One of timm's at every batch, and at a batch of 1 one quarter larger where it takes that."""
    with torch.device("meta"):
        network = timm.create_model(name).eval().requires_grad_(False)
        channels, *sides = network.default_cfg["input_size"]
        for batch in BATCHES:
            yield case(name, network, torch.empty(batch, channels, *sides))
        try:
            yield case(name, network, torch.empty(1, channels, *(side + side // 4 // 32 * 32 for side in sides)))
        except Exception:  # anybody's network, at a size that it was not made for
            return


def run(drawn_number: int, models: list[str], seed: int) -> tuple[list[Case], dict[str, str]]:
    """What can be compared, and why the rest cannot."""
    cases, failed = list(drawn_cases(range(seed, seed + drawn_number))), {}
    for i, name in enumerate(models):
        print(f"\r{i + 1} of {len(models)}  {name:<60}", end="", file=sys.stderr)
        try:
            cases += timm_cases(name)
        except Exception as error:  # anybody's network: any kind
            failed[name] = f"{type(error).__name__}: {(str(error) or '-').splitlines()[0][:90]}"
    print(file=sys.stderr)
    return cases, failed


def record(cases: list[Case], failed: dict[str, str], seed: int) -> dict[str, Any]:
    """What was compared, what differs, and what could not be compared."""
    differ = [c for c in cases if c.ours != c.theirs]
    return {
        "torch": torch.__version__.partition("+")[0],
        "timm": timm.__version__,
        "seed": seed,
        "batches": list(BATCHES),
        "networks": len({c.name for c in cases}),
        "counts": len(cases),
        "counts at a second size": len(cases) - len(BATCHES) * len({c.name for c in cases}),
        "equal": len(cases) - len(differ),
        "different": [c._asdict() for c in differ],
        "by hand, because FlopCounterMode counts 0": {k.__name__: rule.__doc__ for k, rule in BY_HAND.items()},
        "operators without a price": sorted({op for c in cases for op in c.unpriced}),
        "not compared": failed,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawn", type=int, default=400, help="how many drawn networks (default: 400)")
    parser.add_argument("--models", type=int, default=400, help="how many of timm's architectures (default: 400)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="1/1", help="only the I-th of N parts of timm's, I/N")
    parser.add_argument("--out", type=Path, help="also write the record here")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    part, parts = map(int, args.part.split("/"))
    names = timm_names(args.models, args.seed)[part - 1 :: parts]
    cases, failed = run(args.drawn, names, args.seed)
    text = json.dumps(record(cases, failed, args.seed), indent=1) + "\n"
    print(text, end="")
    if args.out:
        args.out.write_text(text, encoding="utf-8")
    return int(any(c.ours != c.theirs for c in cases))


if __name__ == "__main__":
    raise SystemExit(main())
