"""Kills at random moments over the commands that write: nothing is lost, corrupt, left behind or lives on.

``python benchmarks/kills.py [--kills N] [--seed S] [--only COMMAND …] [--out FILE]``. Each command runs undisturbed
once, which says how long it takes and how often it changes files. Then it is killed, half of the times at a moment of
that time, half before one of those changes, the one between two renames too; one signal in five is SIGTERM or SIGHUP,
which must end it with 143 or 129. Afterwards its files are whole, no process lives after 5 s, and the next run ends as
if nothing had been and leaves no file that the undisturbed one does not. Exit code 1: something was not so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from killed.commands import COMMANDS, Command
from killed.process import Moment, gone, ran

WRONG = ("lost", "corrupt", "orphans", "leftovers", "exit codes")
KEPT = "torchinductor_"
"""A folder of PyTorch's that it keeps."""

TRIAL = re.compile(r"[a-z0-9_]{8}")
"""The file, with ``blat`` in it or nothing, by which ``tempfile`` tries whether it may write."""

ENDS = {".svg": b"</svg>\n", ".png": b"IEND\xaeB`\x82"}


@dataclass
class Undisturbed:
    """A command that nobody kills. files: what it leaves, with contents; before: what it found."""

    seconds: float
    changes: int
    before: dict[str, bytes]
    files: dict[str, bytes]


def files_of(folder: Path) -> dict[str, bytes]:
    """Path in the folder -> content; the repository's own files and those of Python apart."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    names = ((path.relative_to(folder), path) for path in found)
    return {
        str(name): path.read_bytes() for name, path in names if not {".git", "__pycache__", "effbench"} & {*name.parts}
    }


def undisturbed(command: Command, place: Path) -> Undisturbed:
    """Raises RuntimeError if it fails."""
    folder = _begun(command, place)
    before = files_of(folder)
    code, seconds, changes = ran(command.line, folder, None, command.shorter)
    if code not in (0, 3):
        raise RuntimeError(f"{command.line}: exit code {code}: {(place / 'said').read_text()}")
    return Undisturbed(seconds, changes, before, files_of(folder))


def _begun(command: Command, place: Path) -> Path:
    folder = place / "work"
    folder.mkdir(parents=True)
    command.before(folder)
    return folder


def moment_of(known: Undisturbed, draw: Random) -> Moment:
    """One of the command's life."""
    sent = draw.choice([signal.SIGKILL] * 4 + [draw.choice([signal.SIGTERM, signal.SIGHUP])])
    if draw.random() < 0.5:
        return Moment(sent=sent, seconds=draw.uniform(0.0, known.seconds))
    return Moment(sent=sent, change=draw.randrange(known.changes))


def killed(command: Command, known: Undisturbed, moment: Moment, place: Path) -> Iterator[tuple[str, str]]:
    """(one of WRONG, what): nothing if all is well."""
    folder = _begun(command, place)
    if command.warm:
        shutil.copytree(place.with_name("undisturbed") / "cache", place / "cache")
    code, *_ = ran(command.line, folder, moment, command.shorter)
    expected = (0, 3, -9) if moment.sent == signal.SIGKILL else (0, 3, 128 + moment.sent, -moment.sent)
    if code not in expected:
        yield "exit codes", f"{code} after {moment}: {(place / 'said').read_text()[-300:]}"
    if orphans := gone(place):
        yield "orphans", str(orphans)
    now = files_of(folder)
    yield from _damage(command, known, now)
    kept = (path for path in (place / "cache").rglob("*.json") if not path.name.startswith("."))
    yield from (("corrupt", path.name) for path in kept if not whole(path.name, path.read_bytes()))
    code, *_ = ran(command.line, folder, None, command.shorter)
    done = command.once and known.files.keys() <= now.keys()
    if code not in ((2,) if done else (0, 3)):
        yield "exit codes", f"the next run: {code}: {(place / 'said').read_text()[-300:]}"
    after = files_of(folder)
    yield from _loss(command, now, after)
    yield from (("lost", name) for name in known.files.keys() - after.keys())
    yield from (("leftovers", name) for name in after.keys() - known.files.keys())
    temporary = (path.name for path in (place / "temporary").iterdir() if not _is_foreign(path))
    yield from (("leftovers", name) for name in temporary)
    yield from (("leftovers", path.name) for path in (place / "cache").rglob(".*"))
    if not command.measured:
        differs = [
            name for name in known.files if name.endswith((".csv", ".md", ".json")) and not name.startswith("runs")
        ]
        yield from (("corrupt", f"{name} at last") for name in differs if after.get(name) != known.files[name])


def _is_foreign(path: Path) -> bool:
    """Whether PyTorch or Python made it, and no command of ours."""
    is_trial = TRIAL.fullmatch(path.name) and path.is_file() and path.read_bytes() in (b"", b"blat")
    return path.name.startswith(KEPT) or bool(is_trial)


def _damage(command: Command, known: Undisturbed, now: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Files that are neither what they were nor whole."""
    for name, content in now.items():
        hidden = Path(name).name.startswith(".")  # temporary: the next run must remove it
        if not hidden and content != known.before.get(name) and not whole(name, content):
            yield "corrupt", name
    yield from (("lost", name) for name in known.before.keys() - now.keys())


def _loss(command: Command, now: dict[str, bytes], after: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Finished lines that the next run has dropped."""
    for name in command.grows:
        finished = now.get(name, b"").rpartition(b"\n")[0]
        if not after.get(name, b"").startswith(finished):
            yield "lost", f"lines of {name}"


def whole(name: str, content: bytes) -> bool:
    """Whether the file can be what its ending says, to its last byte."""
    suffix = Path(name).suffix
    try:
        if suffix == ".json":
            json.loads(content)
        elif suffix == ".jsonl":
            for line in content.splitlines(keepends=True):
                if line.endswith(b"\n"):
                    json.loads(line)
        elif suffix == ".onnx":
            import onnx

            return bool(onnx.load_model_from_string(content).graph.node)
        elif suffix in (".npz", ".pt"):
            with tempfile.TemporaryFile() as stream:
                stream.write(content)
                return zipfile.ZipFile(stream).testzip() is None
        elif suffix in ENDS:
            return content.endswith(ENDS[suffix])
        else:
            return content.endswith(b"\n")
    except Exception:  # whatever its reader raises
        return False
    return True


def main() -> int:
    """The campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", metavar="COMMAND", help="also those that take minutes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a line is added to it")
    args = parser.parse_args()
    chosen = [one for one in COMMANDS if (one.name in args.only if args.only else one.share)]
    shares, start = sum(max(one.share, 1) for one in chosen), time.monotonic()
    made: dict[str, int] = {}
    wrong: Counter[str] = Counter()
    if not all(one.light for one in chosen):
        _import()
    for command in chosen:
        kills = round(args.kills * max(command.share, 1) / shares)
        wrong += _campaign(command, kills, Random(f"{args.seed} {command.line}"))
        made[command.name] = made.get(command.name, 0) + kills
        print(f"{command.line}: {kills} kills", flush=True)
    counts = {kind: wrong[kind] for kind in WRONG}
    minutes = round((time.monotonic() - start) / 60, 1)
    record = {"kills": sum(made.values()), "seed": args.seed, **counts, "minutes": minutes, "commands": made}
    print(json.dumps(record))
    if args.out:
        with args.out.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")
    return 1 if wrong else 0


def _campaign(command: Command, kills: int, draw: Random) -> Counter[str]:
    """How often which of WRONG happened; each is printed."""
    wrong: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary).resolve()
        known = undisturbed(command, place / "undisturbed")
        for number in range(kills):
            moment = moment_of(known, draw)
            for kind, what in killed(command, known, moment, place / str(number)):
                print(f"{kind}: {what}; {command.line}; {moment}", flush=True)
                wrong[kind] += 1
    return wrong


def _import() -> None:
    """What commands import, once: each of them is a fork of this process."""
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in (
        "torch",
        "timm",
        "sklearn.datasets",
        "matplotlib.pyplot",
        "effbench.cli",
        "effbench.training.loop.loop",
    ):
        __import__(name)


if __name__ == "__main__":
    sys.exit(main())
