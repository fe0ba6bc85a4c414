"""Every bad line, every mutated file and every valid line; the record is ``baselines/fuzz.json``.

python tests/fuzz/campaign.py --out baselines/fuzz.json [--seed 0] [--lines 10000]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import damage
import files
import playground
from lines import Case, drawn
from run import LIMIT, WORK, fault_of, within
from valid import valid_lines

HEAVY = ("torch", "timm", "scipy.stats", "matplotlib.pyplot")
"""Imported first, so that the watch is on what effbench does."""


def main() -> int:
    """Exit code 1 if a case has a fault."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds of a case by the clock, more if it is busy")
    parser.add_argument("--lines", type=int, default=10_000)
    args = parser.parse_args()
    out = args.out and args.out.resolve()
    for module in HEAVY:
        __import__(module)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "a" / "b"
        folder.mkdir(parents=True)
        playground.make(folder)
        os.environ["EFFBENCH_CACHE"] = str(Path(place) / "cache")
        with within(folder):
            cases, faults = Counter[str](), []
            for kind, case in _cases(args.seed, args.lines):
                cases[kind] += 1
                fault = fault_of(case.words, case.codes, args.limit)
                if fault:
                    faults.append({"words": case.words, "about": case.about, "fault": fault})
                    print(case.words, case.about, fault, file=sys.stderr)
    record = {"seed": args.seed, "limit_s": args.limit, "limit_of_work_s": WORK, "cases": dict(cases), "faults": faults}
    print(json.dumps(record["cases"]), len(faults), "faults")
    if out:
        out.write_text(json.dumps(record, indent=1) + "\n")
    return 1 if faults else 0


def _cases(seed: int, lines: int) -> Iterator[tuple[str, Case]]:
    yield from (("lines", case) for case in drawn(lines, seed))
    for mutant in files.mutants(seed):
        mutant.write()
        yield "files", mutant.case
    for mutant in damage.damaged(seed):
        mutant.write()
        yield "damaged", mutant.case
    yield from (("valid", case) for case in valid_lines())


if __name__ == "__main__":
    raise SystemExit(main())
