"""Complete calls of ``effbench gate run`` on revisions of this package, the slow-down being a commit.

``python reports/gate/end_to_end.py`` clones the repository into a temporary folder, makes a branch for each slow-down
in which RAViT's forward pass does that much more, runs the gate on each (and on identical revisions), and appends what
it said to ``runs.jsonl`` beside this file. Calls that are there already are not made again. One core is kept busy,
unless ``--load`` says what else keeps the machine busy.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from collect import HERE, LEVELS, MODELS, busy_core

from effbench.files import journal
from effbench.processes import environment

RUNS = HERE / "runs.jsonl"
CALIBRATION = HERE / "calibration.json"
PLANNED = {0: 5, 3: 1, 5: 3, 10: 1}
"""Percent of slow-down -> calls."""

SLOW_DOWN = '''

def _slowed(plain, percent):
    """The forward pass, then matrix products for that share of its thread CPU time."""
    import time

    factor = torch.rand(32, 32)

    def forward(self, image):
        start = time.thread_time_ns()
        exits = plain(self, image)
        done = time.thread_time_ns()
        while time.thread_time_ns() < done + (done - start) * percent // 100:
            factor @ factor
        return exits

    return forward


RAViT.forward = _slowed(RAViT.forward, {percent})
'''


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=effbench", "-c", "user.email=effbench@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def clone(folder: Path) -> None:
    """The repository with a branch ``slower-N`` for every slow-down; ``slower-0`` is the present revision."""
    git(HERE, "clone", "-q", "--no-hardlinks", str(HERE.parents[1]), str(folder))
    network = folder / "effbench" / "nn" / "ravit.py"
    plain = network.read_text(encoding="utf-8")
    git(folder, "branch", "slower-0")
    for percent in LEVELS[1:]:
        git(folder, "checkout", "-q", "-b", f"slower-{percent}", "slower-0")
        network.write_text(plain + SLOW_DOWN.replace("{percent}", str(percent)), encoding="utf-8")
        git(folder, "commit", "-qam", f"RAViT does {percent} % more")


def call(folder: Path, percent: int) -> dict[str, object]:
    """One call of the gate."""
    models = [option for model in MODELS for option in ("--model", model)]
    sides = ["--repository", str(folder), "--base", "slower-0", "--head", f"slower-{percent}"]
    command = [sys.executable, "-m", "effbench", "gate", "run", *sides, *models, "--calibration", str(CALIBRATION)]
    start = time.monotonic()
    ran = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False)
    seconds = round(time.monotonic() - start, 1)
    if ran.returncode == 2:
        raise SystemExit(ran.stderr)
    load = environment.load()
    return {
        "percent": percent,
        "exit": ran.returncode,
        "seconds": seconds,
        "load": load,
        "rows": json.loads(ran.stdout),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", metavar="WORDS", help="what keeps the machine busy, in place of a loop on one core")
    given = parser.parse_args().load
    have = Counter(entry["percent"] for entry in journal.read(RUNS) if "percent" in entry)
    left = [percent for percent, count in PLANNED.items() for _ in range(count - have[percent])]
    if not have:
        load = given or "a loop on one core"
        journal.append(RUNS, {"conditions": environment.conditions(HERE).plain(), "load": load})
    with tempfile.TemporaryDirectory() as temporary, nullcontext() if given else busy_core():
        folder = Path(temporary) / "effbench"
        clone(folder)
        for number, percent in enumerate(left, start=1):
            entry = call(folder, percent)
            journal.append(RUNS, entry)
            said = ", ".join(f"{row['model']} {row['verdict']} ({row['pairs']} pairs)" for row in entry["rows"])
            print(
                f"{number}/{len(left)}: +{percent} %, exit {entry['exit']}, {entry['seconds']} s: {said}",
                file=sys.stderr,
            )


if __name__ == "__main__":
    main()
