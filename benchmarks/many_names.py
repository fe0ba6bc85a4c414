"""What ``effbench flops`` takes for many names: processor time and peak memory of a fresh process.

``python benchmarks/many_names.py [--names N ...]`` prints a line for each number of names and each kind of model. The
memory is that of the process at its largest, and should not grow with the number of names.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

MODELS = {
    "ravit_cifar10": lambda i: f"ravit_cifar10:1-3,width={8 * i}",
    "vit_base_patch16": lambda i: f"vit_base_patch16:width={12 * i}",
    "ravit_imagenet": lambda i: f"ravit_imagenet:1-1-{8 + i % 20},width={12 * i}",
}
"""Kind of model -> the name of its i-th network, from 1."""

MEASURE = """
import contextlib, io, resource, sys, time
from effbench.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    code = main(["flops", *sys.stdin.read().split()])
print(code, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measured(names: list[str]) -> tuple[float, float]:
    """Seconds of processor time and MiB at most, of a process that prices these names."""
    command = [sys.executable, "-c", MEASURE]
    ran = subprocess.run(command, input=" ".join(names), capture_output=True, text=True, check=True)
    code, seconds, memory = ran.stdout.split()
    if code != "0":
        raise SystemExit(ran.stderr)
    return float(seconds), float(memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, nargs="+", default=[1, 100, 1000], help="how many (default: 1 100 1000)")
    args = parser.parse_args()
    for model, name in MODELS.items():
        for number in args.names:
            seconds, memory = measured([name(i) for i in range(1, number + 1)])
            print(f"{model:<18} {number:>6} names  {seconds:6.2f} s  {memory:6.1f} MiB")


if __name__ == "__main__":
    main()
