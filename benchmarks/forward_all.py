"""One forward pass on the CPU, at the size of its row, of every system that the papers compare with.

``python benchmarks/forward_all.py [--name NAME ...]`` builds each network with random weights and gives it one random
image. Printed: name, side, shape of the logits, whether they are finite, seconds of the pass. Left out are the two that
take minutes and many gigabytes, ``coca_encoder`` and ``mvitv2_huge_cls``. Exit code 1: some logits are not finite.
"""

from __future__ import annotations

import argparse
import time

import torch

from effbench.counters.networks import all_finite, logits_of, network_and_image
from effbench.registry import entries, resolve

TOO_LARGE = ("coca_encoder", "mvitv2_huge_cls")
OTHER_SIZES = {
    "ceit_small": (384,),
    "deit_base_patch16": (384,),
    "vit_base_patch16": (256, 384),
    "vit_base_patch32": (256,),
}
"""Rows at another size than the model's own, which is not a row of the ViTs."""


def rows() -> list[tuple[str, int]]:
    """(name, side) of every row without a network of the papers' own."""
    listed = [name for name, entry in entries().items() if entry.papers and entry.family.cost is None]
    listed += ["deit_small_patch16", "deit_base_patch16"]
    own = [(name, resolve(name).spec.image_size) for name in listed if name not in TOO_LARGE]
    return own + [(name, side) for name, sides in OTHER_SIZES.items() for side in sides]


def forward(name: str, side: int | None) -> bool:
    """Run one and print its line; whether all logits are finite."""
    model = resolve(name).at_size(side)
    network, image = network_and_image(model, "cpu")
    start = time.perf_counter()
    logits = logits_of(network, torch.randn_like(image))
    seconds = time.perf_counter() - start
    shapes = " ".join(str(tuple(one.shape)) for one in logits)
    finite = all_finite(logits)
    print(
        f"{name:<26} {model.spec.image_size:>4}  {shapes:<10}  {'finite' if finite else 'NOT FINITE'}  {seconds:7.2f} s",
        flush=True,
    )
    return finite


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", nargs="+", help="these instead, at their own size")
    args = parser.parse_args()
    torch.manual_seed(0)
    chosen = [(name, None) for name in args.name] if args.name else rows()
    return int(not all([forward(name, side) for name, side in chosen]))


if __name__ == "__main__":
    raise SystemExit(main())
