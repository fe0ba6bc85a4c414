"""What this machine lets effbench do, found out without importing torch."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from effbench.errors import EXTRAS, IMPORTED_AS, EffbenchError
from effbench.files import cache
from effbench.files.atomic import make_folder
from effbench.files.locks import hold
from effbench.processes.environment import available_cores, load, machine

GOOD, LIMITED, BROKEN = "ok", "limited", "broken"
RAPL = "/sys/class/powercap"
FINE = 1e-6
"""Resolution of a clock, seconds, above which short steps cannot be timed."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was looked at, its state (``limited``: something cannot be done), and what was found."""

    what: str
    state: str
    found: str


def findings() -> Iterator[Finding]:
    """All of them, in the order in which a reader wants them."""
    yield from map(_extra, EXTRAS)
    yield _devices()
    yield _energy()
    yield from map(_clock, ("perf_counter", "process_time", "thread_time"))
    yield _load()
    yield _cache()


def _extra(extra: str) -> Finding:
    names = {package: module for module, package in IMPORTED_AS.items()}
    lacking = [package for package in EXTRAS[extra] if find_spec(names.get(package, package)) is None]
    told = f"install {' '.join(lacking)}" if lacking else ", ".join(EXTRAS[extra])
    return Finding(what=f"extra {extra}", state=LIMITED if lacking else GOOD, found=told)


def _devices() -> Finding:
    here = machine()
    told = f"{here.cpu}, {available_cores()} cores; {here.accelerator or 'no GPU'}"
    return Finding(what="devices", state=GOOD, found=told)


def _energy() -> Finding:
    counters = [path for path in Path(RAPL).glob("*/energy_uj") if os.access(path, os.R_OK)]
    if counters:
        return Finding(what="energy counters", state=GOOD, found=f"{len(counters)} of the CPU")
    if machine().accelerator:
        return Finding(what="energy counters", state=GOOD, found="of the GPU, where its driver gives one")
    return Finding(
        what="energy counters", state=LIMITED, found=f"none that can be read in {RAPL}: no energy is measured"
    )


def _clock(name: str) -> Finding:
    step = time.get_clock_info(name).resolution
    return Finding(what=f"clock {name}", state=GOOD if step <= FINE else LIMITED, found=f"steps of {1e9 * step:g} ns")


def _load() -> Finding:
    now, cores = load(), available_cores()
    if now is None:
        return Finding(what="load", state=LIMITED, found="not known on this system")
    busy = now >= cores
    told = f"{now:.1f} on {cores} cores{': times will be noisy' if busy else ''}"
    return Finding(what="load", state=LIMITED if busy else GOOD, found=told)


def _cache() -> Finding:
    """Whether counts are kept, and the file system has locks."""
    folder = cache.folder()
    try:
        make_folder(folder)
        with hold(folder / f".doctor-{os.getpid()}.lock", wait=False):
            pass
    except EffbenchError as error:
        return Finding(what="cache and locks", state=BROKEN, found=str(error))
    return Finding(what="cache and locks", state=GOOD, found=str(folder))
