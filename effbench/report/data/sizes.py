"""Counts of networks without a formula at the image sizes the page offers, committed: counting them needs PyTorch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from effbench import __version__
from effbench.cost.counts import OpCounts
from effbench.counting.operations import LIBRARIES, operations
from effbench.errors import EffbenchError, SpecError
from effbench.files import journal
from effbench.files.atomic import write_files
from effbench.models.registry import named_models, resolve
from effbench.processes.environment import libraries

FILE = Path("baselines/sizes.jsonl")
"""Below the checkout; a line a model and size, by module path with every number in it as ``*``."""

OFFERED = (224, 256, 384, 512)
"""Image sides the page offers beside each model's own, pixels: those of the papers' tables."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What the file holds.

    Attributes:
        counts: (model, size) -> operations. absent: (model, size) -> why there can be none.
        by: what counted them, with versions.
    """

    counts: Mapping[tuple[str, int], OpCounts] = field(default_factory=dict)
    absent: Mapping[tuple[str, int], str] = field(default_factory=dict)
    by: str = ""


def read(root: Path) -> Sizes:
    """The committed counts; none where the file is missing.

    Raises:
        EffbenchError: a line is not what ``count`` writes.
    """
    head, *lines = journal.read(root / FILE) or [{}]
    try:
        places = [((str(line["model"]), int(line["size"])), line) for line in lines]
        return Sizes(
            counts={place: _counts(line["modules"]) for place, line in places if "modules" in line},
            absent={place: str(line["absent"]) for place, line in places if "absent" in line},
            by=counted_by(head.get("libraries", {})),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EffbenchError(f"{root / FILE} does not hold counts by size: {error!r}") from None


def count(root: Path, tell: Callable[[int, str], None]) -> None:
    """Count every network without a formula at every size and write the file.

    Raises:
        MissingExtra: torch is not installed.
    """
    wanted = [(name, size) for name in named_models() if not resolve(name).has_formula for size in OFFERED]
    lines: list[Mapping[str, object]] = [{"libraries": {name: libraries().get(name) for name in LIBRARIES}}]
    for left, (name, size) in zip(range(len(wanted), 0, -1), wanted, strict=True):
        tell(left, f"{name} at {size}²")
        lines.append({"model": name, "size": size, **_counted(name, size)})
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    write_files({root / FILE: text.encode()})


def _counted(name: str, size: int) -> dict[str, object]:
    try:
        return {"modules": _modules(operations(name, size).counts)}
    except SpecError as error:
        return {"absent": str(error)}


def _modules(counts: OpCounts) -> dict[str, dict[str, int]]:
    """Path pattern -> kind -> how many."""
    found: dict[str, dict[str, int]] = {}
    for (path, kind), n in counts.items.items():
        if n:
            of = found.setdefault(without_numbers(path), {})
            of[kind] = of.get(kind, 0) + int(n)
    return found


def without_numbers(path: str) -> str:
    """``stages.0.conv1`` -> ``stages.*.conv*``: no convention asks for numbers."""
    return re.sub(r"\d+", "*", path)


def _counts(modules: Mapping[str, Mapping[str, int]]) -> OpCounts:
    return OpCounts({(path, kind): int(n) for path, of in modules.items() for kind, n in of.items()})


def counted_by(versions: Mapping[str, str | None]) -> str:
    """Who counted, in words."""
    told = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    return f"network counted on the meta device, effbench {__version__}, {told}"
