"""What ``effbench flops`` costs a user, against only importing the libraries that count by running the network.

``python benchmarks/startup.py [--runs N] [--python P]`` starts two commands by turns, each as a fresh process, and
prints their median wall time, CPU time and peak memory, and the median of the paired ratios. Exit code 3: torch, timm
or fvcore is not installed for P, so nothing was compared.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OURS = ("-m", "effbench", "flops", "--sizes", "256", "384", "512")
THEIRS = ("-W", "ignore", "-c", "import torch, timm, fvcore.nn")
PROBE = "import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, ('torch', 'timm', 'fvcore'))))"


class Run(NamedTuple):
    """One process."""

    code: int
    wall_s: float
    cpu_s: float
    peak_mib: float


def run(python: str, *arguments: str) -> Run:
    """Start a process in the project's folder, its output thrown away, and wait for it."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    to_devnull = [(os.POSIX_SPAWN_DUP2, devnull, 1), (os.POSIX_SPAWN_DUP2, devnull, 2)]
    start = time.perf_counter()
    pid = os.posix_spawnp(python, [python, *arguments], os.environ, file_actions=to_devnull)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    os.close(devnull)
    unit = 2**20 if sys.platform == "darwin" else 2**10  # macOS reports bytes, Linux KiB
    return Run(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def pairs(runs: int, python: str) -> list[tuple[Run, Run]]:
    """Our command and the imports, by turns, so that a slow moment of the machine meets both.

    Raises:
        RuntimeError: a command failed; its time means nothing.
    """
    found = []
    for i in range(runs + 1):
        pair = run(sys.executable, *OURS), run(python, *THEIRS)
        if any(one.code for one in pair):
            raise RuntimeError(f"exit codes {[one.code for one in pair]}; expected 0 and 0")
        if i:  # the first pair fills the file cache
            found.append(pair)
    return found


def report(found: list[tuple[Run, Run]]) -> str:
    """A small table and the paired ratios."""
    lines = [f"medians of {len(found)} paired runs     wall      CPU   peak memory"]
    for name, side in (("effbench flops", 0), ("import torch, timm, fvcore", 1)):
        wall, cpu, peak = (median(pair[side][field] for pair in found) for field in (1, 2, 3))
        lines.append(f"{name:<28} {wall:8.3f} s {cpu:6.3f} s {peak:8.1f} MiB")
    for name, field in (("wall", 1), ("CPU", 2), ("peak memory", 3)):
        ratio = median(ours[field] / theirs[field] for ours, theirs in found)
        lines.append(f"{name}: ours is {100 * ratio:.1f} % of the imports alone (median of paired ratios)")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="pairs to time, after one that is not (default: 7)")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has torch, timm and fvcore")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error("--runs must be 1 or more")
    os.chdir(ROOT)
    if run(args.python, "-c", PROBE).code:
        print(f"{args.python} lacks torch, timm or fvcore: nothing was compared", file=sys.stderr)
        return 3
    print(report(pairs(args.runs, args.python)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
