"""How long a large store of trainings takes to be read and mapped, and how much memory.

``python benchmarks/large_store.py [--runs N]`` writes N runs, those of ``reports/sweeps/textures`` with other seeds, to
a temporary store and prints processor seconds and peak memory of each step that ``effbench heatmap --metric accuracy``
takes with it.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from effbench.claims.load import paper
from effbench.cost.convention import convention
from effbench.maps.accuracy import accuracy_map
from effbench.maps.flops import Stored
from effbench.maps.grid import trained_grid
from effbench.maps.selection import read_trainings, select

T = TypeVar("T")

SOURCE = Path(__file__).parents[1] / "reports" / "sweeps" / "textures" / "results.jsonl"


def write(store: Path, runs: int) -> None:
    """A store of that many runs: every run of SOURCE again and again, each time with the next seeds."""
    entries = [json.loads(line) for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    seeds = 1 + max(entry["seed"] for entry in entries)
    with store.open("w", encoding="utf-8") as stream:
        for number in range(runs):
            repeat, place = divmod(number, len(entries))
            entry = entries[place]
            line = {**entry, "seed": entry["seed"] + seeds * repeat, "key": f"{number:016x}"}
            stream.write(json.dumps(line, separators=(",", ":")) + "\n")


def timed(what: str, step: Callable[[], T]) -> T:
    """What the step gives, with a line about it."""
    start = time.process_time()
    found = step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:24}{time.process_time() - start:8.2f} s{peak:8.0f} MiB at most so far")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21_000, help="(default: 21000)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results.jsonl"
        write(store, args.runs)
        print(f"{args.runs} runs, {store.stat().st_size / 2**20:.0f} MiB")
        found = timed("read and group by recipe", lambda: read_trainings(store, "textures"))
        selected = timed("select one recipe", lambda: select(found))
        grid = timed("price every network", lambda: trained_grid(selected, convention("ravit")))
        stored = Stored(store=str(store), selected=selected, grid=grid)
        made = timed("map, with SciPy's import", lambda: accuracy_map(stored, paper("ravit").orderings, {}))
        timed("JSON", lambda: made.text("json"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
