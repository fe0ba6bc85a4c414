"""One forward pass on the CPU of every model in the papers' tables, at the image side of its row.

``python benchmarks/forward_all.py [--name NAME ...]`` builds each network with random weights and gives it one random
image. Printed: name, side, shape of the logits, whether they are finite, seconds of the pass. Left out is what would
take minutes and many gigabytes: MViT-XL, and CoCa, of which only the encoder is registered. Exit code 1: some logits
are not finite.
"""

from __future__ import annotations

import argparse
import time

import torch

from effbench.claims.load import papers
from effbench.counting.counters.networks import all_finite, logits_of, network_and_inputs
from effbench.models.registry import resolve

TOO_LARGE = ("coca_encoder", "mvitv2_huge_cls")


def rows() -> list[tuple[str, int]]:
    """(name, side) of every row, once; the side is the model's own where the table states none."""
    claims = [claim for about in papers() for claim in about.claims if claim.in_table and claim.model]
    found = [(str(c.model), resolve(str(c.model)).at_size(c.size).spec.image_size) for c in claims]
    return [(name, side) for name, side in dict.fromkeys(found) if name not in TOO_LARGE]


def line(name: str, side: int | None) -> tuple[str, bool]:
    """What one pass gives, and whether all logits are finite."""
    model = resolve(name).at_size(side)
    network, inputs = network_and_inputs(model, "cpu")
    (image,) = inputs.args
    start = time.perf_counter()
    logits = logits_of(network, torch.randn_like(image))
    seconds = time.perf_counter() - start
    shapes = " ".join(str(tuple(one.shape)) for one in logits)
    finite = all_finite(logits)
    said = "finite" if finite else "NOT FINITE"
    return f"{name:<56} {model.spec.image_size:>4}  {said}  {seconds:6.2f} s  {shapes}", finite


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", nargs="+", help="these instead, at their own size")
    args = parser.parse_args()
    torch.manual_seed(0)
    code = 0
    for name, side in [(name, None) for name in args.name] if args.name else rows():
        said, finite = line(name, side)
        print(said, flush=True)
        code = code if finite else 1
    return code


if __name__ == "__main__":
    raise SystemExit(main())
