"""Two to eight processes that change one shared file at once: nothing that was said to be kept is lost.

``python benchmarks/writers.py [--rounds N] [--seed S] [--without-lock] [--out FILE]``. A round is one file, a drawn
kind of it, a drawn number of writers, and what each of them adds. ``--without-lock`` takes the lock out of the package:
then something must be lost, or this would find nothing. Exit code 1: something was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from effbench.files import cache, journal, locks
from effbench.files.atomic import write_files
from effbench.files.locks import alone

EACH = 5
"""What a writer adds in a round."""


def add_line(folder: Path, who: str) -> None:
    """To a journal: stores, samples, pairs."""
    journal.append(folder / "j.jsonl", {"who": who, "long": who * 200})


def add_kept(folder: Path, who: str) -> None:
    """To a result in the cache: calibrations, image sizes."""
    cache.update("kind/a.json", lambda kept: [*(kept or []), who], "it")


def add_whole(folder: Path, who: str) -> None:
    """To a file that is read, changed and replaced: snapshots, baselines, programs of a sweep."""
    path = folder / "a.json"
    with alone(path):
        kept = json.loads(path.read_text()) if path.exists() else []
        write_files({path: json.dumps([*kept, who]).encode()})


def lines(folder: Path) -> list[str]:
    """Who is in the journal."""
    return [entry["who"] for entry in journal.read(folder / "j.jsonl")]


def kept(folder: Path) -> list[str]:
    """Who is in the cache."""
    found: list[str] = cache.read("kind/a.json") or []
    return found


def whole(folder: Path) -> list[str]:
    """Who is in the file."""
    path = folder / "a.json"
    found: list[str] = json.loads(path.read_text()) if path.exists() else []
    return found


KINDS: dict[str, tuple[Callable[[Path, str], None], Callable[[Path], list[str]]]] = {
    "journal": (add_line, lines),
    "cache": (add_kept, kept),
    "file": (add_whole, whole),
}
"""Kind of a shared file -> what adds to it, what reads it."""


def lost(kind: str, writers: int, folder: Path) -> list[str]:
    """What is not in the file although every writer has ended well; all of them begin at once."""
    add, read = KINDS[kind]
    os.environ["EFFBENCH_CACHE"] = str(folder)
    wait, go = os.pipe()
    started = [_writer(add, folder, str(number), wait, go) for number in range(writers)]
    for end in (wait, go):
        os.close(end)
    failed = [pid for pid in started if os.waitpid(pid, 0)[1]]
    names = [f"{number}.{i}" for number in range(writers) for i in range(EACH)]
    try:
        there = read(folder)
    except Exception as error:  # a file that cannot be read has lost all
        return [f"unreadable: {error}"]
    left = [path.name for path in folder.rglob(".*")]
    return [*(f"writer {pid} failed" for pid in failed), *sorted({*names} - {*there}), *left]


def _writer(add: Callable[[Path, str], None], folder: Path, who: str, wait: int, go: int) -> int:
    """A process that adds EACH times when nobody holds ``go`` any more."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.close(go)
        os.read(wait, 1)
        for i in range(EACH):
            add(folder, f"{who}.{i}")
        os._exit(0)
    finally:
        os._exit(1)


def main() -> int:
    """The rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-lock", action="store_true")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a line is added to it")
    args = parser.parse_args()
    if args.without_lock:
        locks.take = lambda handle, *, wait=True: None
    draw, start, wrong = Random(args.seed), time.monotonic(), 0
    for number in range(args.rounds):
        kind, writers = draw.choice(list(KINDS)), draw.randint(2, 8)
        with tempfile.TemporaryDirectory() as folder:
            if missing := lost(kind, writers, Path(folder)):
                print(f"round {number}, {kind}, {writers} writers: {missing[:5]}", flush=True)
                wrong += 1
    minutes = round((time.monotonic() - start) / 60, 1)
    record = {
        "rounds": args.rounds,
        "seed": args.seed,
        "locked": not args.without_lock,
        "lost": wrong,
        "minutes": minutes,
    }
    print(json.dumps(record))
    if args.out:
        with args.out.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
