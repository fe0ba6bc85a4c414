"""Conventions of tools against the tools, on drawn networks and on torchvision's and timm's small ones, for one image.

``python benchmarks/against_tools.py [--tool NAME ...] [--drawn N] [--models N] [--seed S] [--out FILE]`` prints, for
each tool, how many networks its convention prices to the digit, and every one that differs; ``--figures FILE`` keeps
what the tools said, for the tests. Exit code 1: one tool is equal on fewer than 97 networks of 100.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision
from drawn.networks import drawn
from drawn.tools import TOOLS, figure, is_installed
from torch import nn

from effbench.cost.convention import convention
from effbench.counting.counters.dispatch import count

Made = Callable[[], tuple[nn.Module, torch.Tensor]]
SMALL = 26_000_000
"""Parameters of the largest network of others: tools that trace run on the CPU."""


def networks(number: int, models: int, seed: int) -> Iterator[tuple[str, Made]]:
    """Name and maker of each network, on the device that is current."""
    for one in range(seed, seed + number):
        yield f"drawn {one}", lambda one=one: (drawn(one).network, drawn(one).input(1))
    r = random.Random(seed)
    others = r.sample(torchvision.models.list_models(module=torchvision.models), min(models // 3, 60))
    for name in others:
        yield f"torchvision {name}", lambda name=name: (torchvision.models.get_model(name), torch.rand(1, 3, 224, 224))
    for name in r.sample(timm.list_models(), models - len(others)):
        yield f"timm {name}", lambda name=name: _of_timm(name)


def _of_timm(name: str) -> tuple[nn.Module, torch.Tensor]:
    network = timm.create_model(name)
    return network, torch.rand(1, *network.default_cfg["input_size"])


def is_small(make: Made) -> bool:
    """Whether it builds, without values, and is small enough to run with them."""
    try:
        with torch.device("meta"):
            network, x = make()
    except Exception:  # anybody's network
        return False
    return sum(p.numel() for p in network.parameters()) < SMALL and x.numel() <= 3 * 256 * 256


def compare(name: str, make: Made, tools: list[str]) -> Iterator[tuple[str, str, int | str, int]]:
    """(tool, network, the tool's figure or its error, ours), of each tool."""
    for device in ("cpu", "meta"):
        chosen = [tool for tool in tools if TOOLS[tool][0] == device]
        if not chosen:
            continue
        with torch.device(device):
            network, x = make()
        network.eval()
        counts = count(network, [x], calls=True).forward
        for tool in chosen:  # not under the device: a tool that replaces functions would count them twice
            ours = int(convention(tool).total(counts))
            try:
                yield tool, name, figure(tool, network, x), ours
            except Exception as error:  # the tool's own
                yield tool, name, f"{type(error).__name__}: {(str(error) or '-').splitlines()[0][:100]}", ours


def record(rows: list[tuple[str, str, int | str, int]], seed: int) -> dict[str, Any]:
    """Of each tool: how many are equal, which are not, and on which the tool itself fails."""
    found: dict[str, Any] = {"seed": seed, "torch": torch.__version__.partition("+")[0], "timm": timm.__version__}
    for tool in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == tool]
        ran = [row for row in mine if not isinstance(row[2], str)]
        different = [row for row in ran if row[2] != row[3]]
        found[tool] = {
            "version": version(tool.partition("_")[0]),
            "networks": len(ran),
            "equal": len(ran) - len(different),
            "different": {name: {"tool": theirs, "convention": ours} for _, name, theirs, ours in different},
            "the tool fails": {row[1]: row[2] for row in mine if isinstance(row[2], str)},
        }
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", nargs="+", choices=TOOLS, default=[tool for tool in TOOLS if is_installed(tool)])
    parser.add_argument("--drawn", type=int, default=200, help="how many drawn networks (default: 200)")
    parser.add_argument("--models", type=int, default=60, help="how many of torchvision and timm (default: 60)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="also write the record here")
    parser.add_argument("--figures", type=Path, help="write network -> tool -> figure here")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    rows: list[tuple[str, str, int | str, int]] = []
    for name, make in networks(args.drawn, args.models, args.seed):
        if name.startswith("drawn") or is_small(make):
            print(f"\r{name:<70}", end="", file=sys.stderr)
            rows += compare(name, make, args.tool)
    print(file=sys.stderr)
    if args.figures:
        said = {name: {row[0]: row[2] for row in rows if row[1] == name} for name in dict.fromkeys(r[1] for r in rows)}
        args.figures.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    made = record(rows, args.seed)
    text = json.dumps(made, indent=1) + "\n"
    print(text, end="")
    if args.out:
        args.out.write_text(text, encoding="utf-8")
    return int(any(100 * made[tool]["equal"] < 97 * made[tool]["networks"] for tool in args.tool))


if __name__ == "__main__":
    raise SystemExit(main())
