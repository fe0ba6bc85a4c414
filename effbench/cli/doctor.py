"""``effbench doctor``."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from effbench.cli.parser import Parser
from effbench.errors import EXTRAS, EffbenchError, not_installed

SUMMARY = "say what this machine lets effbench do: packages, devices, energy, clocks, load, caches"
EXAMPLES = """\
  effbench doctor
  effbench doctor --format json

ok: works. limited: works, but something cannot be had, or times are not to be trusted.
broken: there, and does not work.
Exit codes: 0 nothing is broken, 1 something is, 2 bad input."""

OK, LIMITED, BROKEN = "ok", "limited", "broken"
HEALTHY, UNHEALTHY = 0, 1

BUSY = 0.5
"""Processes ready to run for each core, above which a time is also that of others."""

ROOM = 100_000_000
"""Bytes free on a disk below which results may soon not be kept."""

ELSEWHERE = "name another folder: EFFBENCH_CACHE, TMPDIR"

LIMIT = 120.0
"""Seconds in which a process must have imported PyTorch and asked its devices."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """Attributes: check: what was looked at. state: OK, LIMITED or BROKEN. found: in words. remedy: what would help."""

    check: str
    state: str = OK
    found: str
    remedy: str = ""


def configure(parser: Parser) -> None:
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.files.atomic import emit
    from effbench.render.table import Column, of, render

    columns: list[Column[Check]] = [
        of("check", lambda row: row.check),
        of("state", lambda row: row.state),
        of("found", lambda row: row.found),
        of("what would help", lambda row: row.remedy or None),
    ]
    rows = [*_machine(), *map(_extra, EXTRAS), *_devices(), *_revisions(), *_places()]
    emit(render(rows, columns, args.format), args.output)
    return UNHEALTHY if any(row.state == BROKEN for row in rows) else HEALTHY


def _machine() -> Iterator[Check]:
    from effbench.processes.environment import available_cores, libraries, load, machine

    here, cores, busy = machine(), available_cores(), load()
    told = f"{here.machine}: {here.cpu}, {here.cores} cores of which {cores} may be used, {here.system}"
    yield Check(check="machine", found=f"{told}; Python {libraries()['python']}")
    if busy is None:
        yield Check(check="load", state=LIMITED, found="the system does not tell")
    elif busy > BUSY * (here.cores or 1):
        said = "times are also those of others: measure when it is below"
        yield Check(check="load", state=LIMITED, found=f"{busy:g}", remedy=f"{said} {BUSY * (here.cores or 1):g}")
    else:
        yield Check(check="load", found=f"{busy:g}")


def _extra(extra: str) -> Check:
    lacking = not_installed(EXTRAS[extra])
    if not lacking:
        return Check(check=f"extra {extra}", found=f"all {len(EXTRAS[extra])} packages")
    remedy = f"python -m pip install {' '.join(lacking)}"
    return Check(check=f"extra {extra}", state=LIMITED, found=f"without {', '.join(lacking)}", remedy=remedy)


def _devices() -> Iterator[Check]:
    """PyTorch and its devices, as a process of their own finds them: an import that dies is an answer too."""
    from effbench.processes.process import WorkerFailed, our_worker

    if find_spec("torch") is None:
        yield Check(check="PyTorch", state=LIMITED, found="not installed: nothing can be measured or trained")
        return
    try:
        with our_worker("profiling.worker.offers") as worker:
            there = worker.ask({}, LIMIT)
    except (WorkerFailed, EffbenchError, OSError) as error:
        yield Check(check="PyTorch", state=BROKEN, found=str(error), remedy="install it again")
        return
    yield Check(check="PyTorch", found=there["torch"])
    yield _gpu(there)
    for device, energy in there["energy"].items():
        state = OK if energy["readable"] else LIMITED
        yield Check(check=f"energy of {device}", state=state, found=energy["how"])
        yield Check(check=f"clocks of {device}", found=_clocks(device))


def _gpu(there: dict[str, Any]) -> Check:
    from effbench.processes.environment import machine

    names, state = there["gpus"], there["gpu"] or {}
    driver = machine().accelerator
    if not names and driver:
        found = f"the driver has {driver}, PyTorch finds none"
        return Check(check="GPU", state=BROKEN, found=found, remedy="a PyTorch for this driver; CUDA_VISIBLE_DEVICES")
    if not names:
        return Check(check="GPU", state=LIMITED, found="none: --device cuda cannot be measured")
    slowed, blind = state.get("slowed_by"), state.get("unavailable")
    beside = f"; slowed by {', '.join(slowed)}" if slowed else f"; its clocks cannot be read: {blind}" if blind else ""
    return Check(check="GPU", state=LIMITED if beside else OK, found=f"{', '.join(names)}{beside}")


def _clocks(device: str) -> str:
    """What is read on it, and by what a verdict is made."""
    from effbench.profiling.worker.clock import CLOCKS, called, gate_clocks

    decides, objects = (called(name).reads for name in gate_clocks(device))
    names = "; ".join(clock.reads for clock in CLOCKS if device in clock.uses)
    return f"{names}. The gate decides by {decides}, {objects} may object"


def _revisions() -> Iterator[Check]:
    """What ``gate run`` needs beside PyTorch."""
    if shutil.which("git") is None:
        yield Check(check="git", state=LIMITED, found="not found", remedy="gate run compares revisions with it")
    else:
        yield Check(check="git", found="there")


def _places() -> Iterator[Check]:
    """The cache, the temporary folder, and what is locked in them or was left."""
    from effbench.files import cache
    from effbench.files.locks import is_held
    from effbench.files.scratch import dead
    from effbench.gate.revisions import PREFIX

    try:
        kept, temporary = cache.folder(), Path(tempfile.gettempdir())
    except (RuntimeError, OSError) as error:  # no home, or no folder for temporary files that can be written
        yield Check(check="folders", state=BROKEN, found=str(error), remedy=ELSEWHERE)
        return
    names = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*.json"))
    useless = sum(cache.read(name) is None for name in names)
    again = f", {useless} of which cannot be used and are made again" if useless else ""
    yield _place("cache", kept, f": {len(names)} results{again}")
    yield _place("temporary files", temporary, "")
    held, left = sum(map(is_held, kept.rglob(".*.lock"))), len(list(dead(PREFIX)))
    yield Check(check="locks", found=f"{held} held in the cache; {left} folders of killed runs, which the next removes")


def _place(check: str, folder: Path, holds: str) -> Check:
    """Whether files can be made in the folder, or in the one that will hold it."""
    from effbench.files.atomic import require_writable

    there = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    try:
        require_writable(there)
    except EffbenchError as error:
        return Check(check=check, state=BROKEN, found=str(error), remedy=ELSEWHERE)
    free = shutil.disk_usage(there).free
    state, remedy = (LIMITED, "make room") if free < ROOM else (OK, "")
    return Check(check=check, state=state, found=f"{folder}{holds}; {free / 1e9:,.1f} GB free", remedy=remedy)
