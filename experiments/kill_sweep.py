"""A sweep that is killed again and again, against one that nobody disturbs: the same results, every cell once.

``python experiments/kill_sweep.py [--recipe NAME] [--kills 20] [--out reports/sweep]`` really trains: it starts
``effbench sweep``, kills it with SIGKILL at a random moment (the driver; the driver and its trainings; a training, and
later the driver) and starts it again, until it was killed often enough, and then lets it end. Then two more sweeps: of
one the last line of the store is cut in the middle, the other is run by two drivers at once. All are compared with the
undisturbed one: cells, right answers, losses, and every weight, bit by bit; not the seconds and the conditions. What
was found is written to ``kills.md`` and ``kills.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import torch

from effbench.files.atomic import write_files
from effbench.files.journal import read
from effbench.processes.environment import conditions
from effbench.render.table import column, render
from effbench.training.recipes import find_recipe
from effbench.training.sweep.plan import plan_file
from effbench.training.sweep.runner import TRIALS
from effbench.training.sweep.store import FILE

WAYS = ("driver", "driver and trainings", "a training, then the driver")
LIFE_S = (0.3, 9.0)
"""Shortest and longest life of a driver: from before the first training to several trainings on."""

SEEDS = (0, 1)
"""Two of each cell, so that the sweep outlives its kills."""

UNLIKE = ("seconds", "images_per_s", "conditions")
"""What two runs of a training need not share."""


def start(recipe: Path, folder: Path) -> subprocess.Popen[bytes]:
    """A driver with two trainings at a time."""
    command = [sys.executable, "-m", "effbench", "sweep", str(recipe), "--out", str(folder), "--jobs", "2"]
    command += ["--program", "separate", "--seeds", *map(str, SEEDS)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish(recipe: Path, folder: Path) -> float:
    """Run to the end; seconds."""
    begin = time.monotonic()
    if code := start(recipe, folder).wait():
        raise SystemExit(f"effbench sweep ended with code {code}")
    return time.monotonic() - begin


def trainings(driver: int) -> list[int]:
    """Process ids of the driver's trainings."""
    try:
        return [int(word) for word in Path(f"/proc/{driver}/task/{driver}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kill(*pids: int) -> None:
    """At once, without a chance to tidy up."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it was a moment faster
            continue


def kill_one(recipe: Path, folder: Path, draw: Random) -> dict[str, Any] | None:
    """Start a driver and kill it; None if it ended before."""
    driver, life, way = start(recipe, folder), draw.uniform(*LIFE_S), draw.choice(WAYS)
    if way == WAYS[2]:
        time.sleep(life / 2)
        kill(*trainings(driver.pid)[:1])
    time.sleep(life / 2 if way == WAYS[2] else life)
    if driver.poll() is not None:
        return None
    kill(*(trainings(driver.pid) if way == WAYS[1] else ()), driver.pid)
    driver.wait()
    return {"way": way, "after_s": round(life, 2), "lines": len(lines(folder))}


def lines(folder: Path) -> list[dict[str, Any]]:
    """Of the store."""
    path = folder / FILE
    return [dict(line) for line in read(path)] if path.exists() else []


def disturbed(recipe: Path, folder: Path, kills: int, draw: Random) -> list[dict[str, Any]]:
    """A sweep that is killed that often, and then ends; what was killed, when, and what was in the store by then."""
    done: list[dict[str, Any]] = []
    while len(done) < kills:
        found = kill_one(recipe, folder, draw)
        if found is None:
            raise SystemExit(f"the sweep ended after {len(done)} kills: it needs more or longer trainings")
        done.append(found)
        print(f"kill {len(done)} of {kills}: {found}", file=sys.stderr)
    finish(recipe, folder)
    return done


def essence(folder: Path) -> dict[str, Any]:
    """Key -> what must not depend on kills."""
    return {line["key"]: {k: v for k, v in line.items() if k not in UNLIKE} for line in lines(folder)}


def same_weights(one: Path, other: Path, key: str) -> bool:
    """Whether every tensor has the same bits."""
    a, b = (torch.load(folder / TRIALS / key / "weights.pt", weights_only=True) for folder in (one, other))
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def compared(recipe: Path, folder: Path, undisturbed: Path) -> dict[str, Any]:
    """How the results of a sweep differ from the undisturbed ones."""
    ours, theirs = essence(folder), essence(undisturbed)
    wanted = {trial.key for trial in plan_file(recipe, seeds=SEEDS).trials}
    times = Counter(line["key"] for line in lines(folder))
    return {
        "trainings": len(wanted),
        "missing": len(wanted - times.keys()),
        "twice": sum(count > 1 for count in times.values()),
        "other results": sum(ours.get(key) != theirs.get(key) for key in wanted),
        "other weights": sum(not same_weights(folder, undisturbed, key) for key in wanted),
    }


def truncated(recipe: Path, folder: Path) -> None:
    """A sweep whose store loses the end of its last line, and which is called again."""
    finish(recipe, folder)
    path = folder / FILE
    path.write_bytes(path.read_bytes()[:-40])
    finish(recipe, folder)


def shared(recipe: Path, folder: Path) -> None:
    """Two drivers at once."""
    codes = [driver.wait() for driver in [start(recipe, folder) for _ in range(2)]]
    if any(codes):
        raise SystemExit(f"two sweeps in one folder ended with codes {codes}")


def main() -> int:
    """Exit code 0 if every comparison finds no difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recipe", default="ravit_digits_sweep")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("reports/sweep"))
    args = parser.parse_args()
    recipe, draw = find_recipe(args.recipe), Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone_s = finish(recipe, folder / "undisturbed")
        kills = disturbed(recipe, folder / "killed", args.kills, draw)
        truncated(recipe, folder / "truncated")
        shared(recipe, folder / "shared")
        rows = [
            {"sweep": what, **compared(recipe, folder / what, folder / "undisturbed")}
            for what in ("killed", "truncated", "shared")
        ]
    found = {
        "recipe": args.recipe,
        "undisturbed_s": alone_s,
        "kills": kills,
        "rows": rows,
        "conditions": conditions().plain(),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(found, indent=1) + "\n"
    write_files({args.out / "kills.md": page(found).encode(), args.out / "kills.json": document.encode()})
    print(page(found))
    return int(any(row[what] for row in rows for what in ("missing", "twice", "other results", "other weights")))


def page(found: dict[str, Any]) -> str:
    """Markdown."""
    ways = Counter(kill["way"] for kill in found["kills"])
    here = found["conditions"]
    killed = ", ".join(f"{count} times {way}" for way, count in ways.items())
    notes = [
        f"killed: {killed}; each time {LIFE_S[0]} to {LIFE_S[1]} s after its start. truncated: the last line of the "
        "store was cut in the middle. shared: two drivers at once.",
        "Other results, other weights: trainings that differ from the undisturbed ones in cell, right answers of any "
        "exit, loss or steps, or in any bit of any weight.",
        f"{found['recipe']}, undisturbed in {found['undisturbed_s']:.0f} s; {here['cpu']}, {here['cores']} cores, "
        f"torch {here['libraries']['torch']}, load {here['load']}.",
    ]
    columns = [column(name, name, right=name != "sweep") for name in found["rows"][0]]
    title = f"python experiments/kill_sweep.py --kills {len(found['kills'])}"
    return render(found["rows"], columns, "markdown", title=title, notes=notes)


if __name__ == "__main__":
    raise SystemExit(main())
