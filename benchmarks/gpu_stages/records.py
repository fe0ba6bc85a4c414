"""What a stage is given, and the lines that it keeps: one for every unit of work that has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from effbench.errors import EffbenchError
from effbench.files import journal
from effbench.processes import environment

STAGE = "(stage)"
"""Unit of the line that says how a whole stage ended."""

ENDED = ("done", "failed", "skipped")
"""Statuses of a unit that is not begun again, unless ``--retry`` asks for it."""


class Skipped(Exception):
    """A unit cannot run here; the message says why."""


class NotDone(Exception):
    """A stage cannot be finished in this call; the next call begins it again. The message says why."""


class Found(NamedTuple):
    """What a unit gave.

    Attributes:
        says: one line for people. data: plain JSON values.
    """

    says: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a stage is given.

    Attributes:
        device: ``cpu`` or ``cuda``. smoke: every size is tiny, and results prove nothing but that the code runs.
        out: folder of the records. work: folder that is kept on this machine between two calls.
        data: folders of CIFAR-10. epochs: lengths of Table I to choose from. retry: try failed units again.
        ends: when the stage must end, seconds since the epoch.
    """

    device: str
    smoke: bool
    out: Path
    work: Path
    data: tuple[Path, ...]
    epochs: tuple[int, ...]
    retry: bool
    ends: float

    @property
    def left(self) -> float:
        """Seconds until the stage must end."""
        return self.ends - time.time()

    @property
    def name(self) -> str:
        """Stem of the files in ``out``: a smoke run has others than a real one."""
        return "smoke" if self.smoke else "gpu"

    @property
    def store(self) -> Path:
        """Folder of the results of trainings."""
        return self.out / "smoke" if self.smoke else self.out


class Records:
    """The lines in ``out``, those of earlier calls included."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.path = setting.out / f"{setting.name}.jsonl"
        self.lines = journal.read(self.path)

    def last(self, stage: str, unit: str) -> Mapping[str, Any] | None:
        """The latest line of a unit."""
        found = [line for line in self.lines if (line["stage"], line["unit"]) == (stage, unit)]
        return found[-1] if found else None

    def data(self, stage: str, unit: str) -> Mapping[str, Any] | None:
        """What a unit gave, if it is done."""
        line = self.last(stage, unit)
        return line["data"] if line is not None and line["status"] == "done" else None

    def ended(self, stage: str, unit: str) -> bool:
        """Whether a unit is not to be begun (again)."""
        former = self.last(stage, unit)
        if former is None or former["status"] not in ENDED:
            return False
        return former["status"] == "done" or not self._setting.retry

    def finished(self, stage: str) -> bool:
        """Whether the stage has nothing left to do."""
        line = self.last(stage, STAGE)
        return line is not None and line["status"] == "done" and not self._setting.retry

    def keep(self, stage: str, unit: str, status: str, says: str, data: Mapping[str, Any] | None = None) -> None:
        """Add a line and wait until it is on the disk."""
        line = {
            **{"stage": stage, "unit": unit, "status": status, "says": says, "smoke": self._setting.smoke},
            **{"device": self._setting.device, "data": dict(data or {}), "when": round(time.time(), 1)},
            "conditions": environment.conditions().plain(),
        }
        journal.append(self.path, line)
        self.lines.append(line)
        print(f"{stage}: {unit}: {status}: {says}", flush=True)

    def unit(self, stage: str, unit: str, work: Callable[[], Found]) -> None:
        """Run a unit and keep its line, unless it has ended before. What it raises is its result.

        Raises:
            NotDone: there is no time left to begin it.
        """
        if self.ended(stage, unit):
            return
        if self._setting.left <= 0:
            raise NotDone(f"the time was up before {unit}")
        start = time.monotonic()
        try:
            found = work()
        except Skipped as reason:
            self.keep(stage, unit, "skipped", str(reason))
        except NotDone:
            raise
        except Exception as error:  # whatever it is, the other units are still worth their time
            self.keep(stage, unit, "failed", f"{type(error).__name__}: {str(error).partition(chr(10))[0][:300]}")
        else:
            took = {"unit_seconds": round(time.monotonic() - start, 2)}
            self.keep(stage, unit, "done", found.says, {**found.data, **took})


def require_same_kind(setting: Setting) -> None:
    """Raise EffbenchError if ``out`` holds records of another device, or smoke records beside real ones."""
    other = setting.out / ("gpu.jsonl" if setting.smoke else "smoke.jsonl")
    if other.exists():
        kind = "real" if setting.smoke else "smoke"
        raise EffbenchError(f"{setting.out} holds records of a {kind} run: choose another folder with --out")
    devices = {line["device"] for line in Records(setting).lines}
    if devices - {setting.device}:
        raise EffbenchError(f"{setting.out} holds records of {devices.pop()}: choose another folder with --out")
