"""Facts of timm's and torchvision's networks as the file that a release ships (``models.shipped``)."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping, Sequence

from effbench.cost.launches import TERMS
from effbench.counting.atlas.gather import Wanted, family, versions
from effbench.counting.atlas.worker import Facts
from effbench.models.shipped import APART, COLUMNS
from effbench.processes.environment import libraries


def archive(own: Sequence[Wanted], others: Sequence[Wanted], found: Mapping[str, Facts]) -> bytes:
    """The file: a line for every distinct network that could be counted.

    Args:
        own: every name at its own image size. others: names at other sizes.
    """
    names: dict[str, list[str]] = {one.key: [] for one in (*own, *others)}
    for one in own:
        names[one.key].append(one.name)
    buffer = io.StringIO()
    made_with = {**versions(), "torchvision": libraries()["torchvision"]}
    buffer.write(f"# {', '.join(f'{name} {version}' for name, version in made_with.items())}\n")
    writer = csv.DictWriter(buffer, [*COLUMNS, *TERMS], lineterminator="\n")
    writer.writeheader()
    for key in sorted(names):
        if not found[key].failed:
            writer.writerow(_line(key, names[key], found[key]))
    return gzip.compress(buffer.getvalue().encode(), 9, mtime=0)


def _line(key: str, names: Sequence[str], facts: Facts) -> dict[str, object]:
    architecture, image, classes, _, *tag = key.split(" ")
    channels, height, width = image.split("x")
    parts = (" ".join([path, *(f"{kind}:{n}" for kind, n in kinds.items())]) for path, kinds in facts.parts.items())
    return {
        "architecture": architecture,
        "height": height,
        "width": width,
        "channels": channels,
        "classes": classes,
        "tag": " ".join(tag),
        "family": family(architecture),
        "names": " ".join(names),
        "parts": "|".join(parts),
        "uncounted": " ".join(sorted(facts.uncounted)),
        **{name: facts.apart.get(name, 0) for name in APART},
        **{name: facts.terms.get(name, "") for name in TERMS},
    }
