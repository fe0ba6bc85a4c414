"""Our counter against PyTorch's FlopCounterMode on timm's architectures: multiply-accumulates of a forward pass.

``python benchmarks/against_torch.py [--models N] [--name NAME ...]`` builds each network once on the meta device, at
its default size, and counts it twice. Printed: every network on which the two disagree, with the operators that have
no price in ours, and every one that does not build or run without values, with the reason. Exit code 1: some disagree.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from typing import NamedTuple

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from effbench.counting.counters.dispatch import count

PRODUCTS = ("mac_linear", "mac_qk", "mac_av")


class Comparison(NamedTuple):
    """One network: (convolutions, products of matrices) by each counter, and what ours could not price."""

    name: str
    ours: tuple[int, int]
    theirs: tuple[int, int]
    uncounted: tuple[str, ...]


def names(number: int) -> list[str]:
    """That many of timm's architectures, evenly spread over its alphabetical list; 0 for all."""
    known = timm.list_models()
    number = min(number, len(known)) or len(known)
    return [known[i * len(known) // number] for i in range(number)]


def on_meta(name: str) -> tuple[nn.Module, torch.Tensor]:
    """The network, and an image of its default size."""
    with torch.device("meta"):
        network = timm.create_model(name).eval().requires_grad_(False)
        return network, torch.empty(1, *network.default_cfg["input_size"])


def by_torch(network: nn.Module, image: torch.Tensor) -> tuple[int, int]:
    """FLOPs halved, of convolutions and of all else."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(image)
    flops = counter.get_flop_counts().get("Global", {})
    convolutions = sum(n for op, n in flops.items() if "convolution" in str(op))
    return convolutions // 2, (sum(flops.values()) - convolutions) // 2


def compare(name: str) -> Comparison:
    """Both counts of a fresh network."""
    network, image = on_meta(name)
    found = count(network, [image])
    ours = found.forward.of("mac_conv"), sum(found.forward.of(kind) for kind in PRODUCTS)
    return Comparison(name, ours, by_torch(network, image), tuple(sorted({u.op for u in found.uncounted})))


def run(chosen: list[str]) -> tuple[list[Comparison], dict[str, str]]:
    """What can be compared, and why the rest cannot."""
    compared, failed = [], {}
    for i, name in enumerate(chosen):
        print(f"\r{i + 1} of {len(chosen)}  {name:<60}", end="", file=sys.stderr)
        try:
            compared.append(compare(name))
        except Exception as error:  # anybody's network: any kind
            failed[name] = f"{type(error).__name__}: {(str(error) or '-').splitlines()[0][:90]}"
    print(file=sys.stderr)
    return compared, failed


def report(compared: list[Comparison], failed: dict[str, str]) -> str:
    """Tables of what differs and of what failed, and how often an operator has no price."""
    differ = [c for c in compared if c.ours != c.theirs]
    lines = [f"{len(compared)} networks counted twice, {len(compared) - len(differ)} agree to the last digit"]
    for c in differ:
        conv, product = (ours - theirs for ours, theirs in zip(c.ours, c.theirs, strict=True))
        lines.append(f"  {c.name:<44} conv {conv:+,}  products {product:+,}  {', '.join(c.uncounted)}")
    named = Counter(op for c in compared for op in c.uncounted)
    lines += [f"without a price in ours: {op} in {n} networks" for op, n in named.most_common()]
    lines += [f"{len(failed)} networks cannot be compared", *(f"  {name:<44} {why}" for name, why in failed.items())]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=300, help="how many architectures; 0 for all (default: 300)")
    parser.add_argument("--name", nargs="+", help="these instead")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    compared, failed = run(args.name or names(args.models))
    print(report(compared, failed))
    return int(any(c.ours != c.theirs for c in compared))


if __name__ == "__main__":
    raise SystemExit(main())
