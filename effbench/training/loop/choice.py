"""The arithmetic that was measured to be faster, and the file it is kept in. No torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files.atomic import make_folder, write_files
from effbench.files.document import parsed
from effbench.files.locks import alone
from effbench.files.typed import typed

AUTO = "auto"
FILE = "precision.json"
"""In the folder of runs: they and every later one of that folder train in what it says."""

GAIN = 1.2
"""bf16 is taken where it is at least so many times as fast as fp32."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Attributes: precision: bf16 or fp32. fp32, bf16: seconds of a step; None: not measured. why: for people."""

    precision: str
    fp32: float | None
    bf16: float | None
    why: str

    @classmethod
    def of(cls, fp32: float, bf16: float) -> Choice:
        """By seconds of a step."""
        precision = "bf16" if fp32 >= GAIN * bf16 else "fp32"
        why = (
            f"a step took {1e3 * fp32:.1f} ms in fp32, {1e3 * bf16:.1f} ms in bf16, which is taken from {GAIN} times on"
        )
        return cls(precision=precision, fp32=fp32, bf16=bf16, why=why)


def kept(folder: Path) -> Choice | None:
    """What a folder of runs says.

    Raises:
        EffbenchError: its file cannot be read.
    """
    try:
        found = typed(Choice, parsed((folder / FILE).read_bytes()), FILE)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EffbenchError):
        found = None
    if found is None or found.precision not in ("bf16", "fp32"):
        raise EffbenchError(f"{folder / FILE} cannot be read; remove it to measure the precision again")
    return found


def kept_or(folder: Path, measure: Callable[[], Choice]) -> Choice:
    """What the folder says, or what is measured now and kept; of two processes that measure the first is kept."""
    found = kept(folder)
    if found is not None:
        return found
    measured = measure()
    make_folder(folder)
    with alone(folder / FILE):
        found = kept(folder)
        if found is None:
            write_files({folder / FILE: (json.dumps(asdict(measured), indent=1) + "\n").encode()})
    return found or measured
