"""Networks of timm, exported to ONNX and counted from the file, against our counter on the network itself.

``python benchmarks/onnx_counts.py [--models N] [--seed S] [--side PIXELS] [--out FILE]`` exports each network, its
weights random, in a process of its own. Multiply-accumulates must be the same by kind; where an exporter folds what is
computed from weights alone, they must be the same in what it writes without folding. What is in the record is not
counted again, so that a run that was stopped goes on. Exit code 1: some differ.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import timm
import torch

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import MAC_KINDS
from effbench.counting.by_tool import count_by_pass
from effbench.counting.counters.networks import network_and_inputs
from effbench.errors import EffbenchError, first_line
from effbench.files.atomic import write_files
from effbench.models.inputs import Side, shown
from effbench.models.registry import resolve

RECORD = Path(__file__).resolve().parents[1] / "reports" / "counting" / "onnx.json"
LONGEST = 420
"""Seconds that one network may take."""
LARGEST = 40_000_000
"""Parameters of the largest network."""


SMALL = ("tiny", "small", "nano", "pico", "atto", "xx", "18", "_b0", "_s", "_t")
"""What is in the names of small networks."""


def macs(counts: OpCounts) -> dict[str, int]:
    """Kind -> multiply-accumulates."""
    return {kind: int(n) for kind in MAC_KINDS if (n := counts.of(kind))}


def export(network: torch.nn.Module, images: tuple[Any, ...], file: Path, *, optimize: bool = True) -> str:
    """Write the file; which of PyTorch's two exporters did, the older one where the newer one cannot."""
    try:
        torch.onnx.export(network, images, dynamo=True, verbose=False, optimize=optimize).save(str(file))
        return "dynamo"
    except Exception:  # of PyTorch's exporter: any kind
        torch.onnx.export(network, images, str(file), dynamo=False, opset_version=18)
        return "torchscript"


def case(name: str, side: int) -> dict[str, Any]:
    """Both counts of one network, at that side or its own."""
    model = f"timm/{name}"
    size: Side | None = side
    try:
        network, inputs = network_and_inputs(resolve(model, size), "cpu")
        with torch.no_grad():
            network(*inputs.args)
    except Exception:  # anybody's network, at a size that it was not made for
        size = None
        network, inputs = network_and_inputs(resolve(model), "cpu")
    params = sum(one.numel() for one in network.parameters())
    if params > LARGEST:
        return {"failed": f"{params:,} parameters"}
    (ours,) = count_by_pass(model, size, convention("macs"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "net.onnx"
        exporter = export(network, inputs.args, file)
        begun = time.perf_counter()
        (found,) = count_by_pass(str(file), None, convention("macs"))
        seconds = time.perf_counter() - begun
        equal = unfolded = macs(ours.counts) == macs(found.counts)
        if not equal:  # what is computed from weights alone is folded: is it that?
            export(network, inputs.args, file, optimize=False)
            (whole,) = count_by_pass(str(file), None, convention("macs"))
            unfolded = macs(ours.counts) == macs(whole.counts)
    return {
        "size": shown(ours.size),
        "exporter": exporter,
        "equal": equal,
        "equal_without_folding": unfolded,
        "network": macs(ours.counts),
        "file": macs(found.counts),
        "not_counted": {"network": list(ours.uncounted), "file": list(found.uncounted)},
        "seconds": round(seconds, 2),
    }


def one(name: str, side: int) -> dict[str, Any]:
    """``case``, or why there is none."""
    try:
        return case(name, side)
    except EffbenchError as error:
        return {"failed": str(error)}
    except Exception as error:  # of PyTorch's exporter: any kind
        return {"failed": f"export: {first_line(error)}"}


def apart(name: str, side: int) -> dict[str, Any]:
    """``one`` in a process of its own."""
    command = [sys.executable, __file__, "--one", name, "--side", str(side)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return {"failed": f"longer than {LONGEST} s"}
    lines = ran.stdout.splitlines()
    return json.loads(lines[-1]) if ran.returncode == 0 and lines else {"failed": f"exit code {ran.returncode}"}


def names(number: int, seed: int) -> list[str]:
    """Those that timm tests itself with, then others by seed."""
    tests = timm.list_models("test_*")
    known = [name for name in timm.list_models() if name not in tests]
    small = [name for name in known if any(word in name for word in SMALL)]
    return [*tests, *random.Random(seed).sample(small, max(0, min(number - len(tests), len(small))))]


def main() -> int:
    """Count them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=70)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--out", type=Path, default=RECORD)
    parser.add_argument("--one", metavar="NAME")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.one:
        sys.stdout.write(f"\n{json.dumps(one(args.one, args.side))}\n")
        return 0
    rows = json.loads(args.out.read_text(encoding="utf-8"))["networks"] if args.out.exists() else {}
    for name in names(args.models, args.seed):
        if name not in rows:
            rows[name] = apart(name, args.side)
            sys.stderr.write(f"{len(rows)} {name}: {rows[name].get('equal', rows[name].get('failed'))}\n")
            write_files({args.out: f"{json.dumps(record(rows), indent=1)}\n".encode()})
    differ = [name for name, row in rows.items() if row.get("equal_without_folding") is False]
    sys.stdout.write(f"{sum('equal' in row for row in rows.values())} compared, {len(differ)} differ: {differ}\n")
    return 1 if differ else 0


def record(rows: dict[str, Any]) -> dict[str, Any]:
    """What the file holds: how many there are of each outcome, then each network."""
    compared = [row for row in rows.values() if "equal" in row]
    equal = sum(row["equal"] for row in compared)
    whole = sum(row["equal_without_folding"] for row in compared)
    failed = len(rows) - len(compared)
    summary = {"compared": len(compared), "equal": equal, "equal_without_folding": whole, "failed": failed}
    return {"torch": torch.__version__, "timm": timm.__version__, **summary, "networks": rows}


if __name__ == "__main__":
    sys.exit(main())
