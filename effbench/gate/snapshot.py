"""The committed snapshot: what every model costs, exactly, one line of JSON a model, readable where it changes.

Counts are kept by (module pattern, kind), where a number in a path is ``*``: ``blocks.*.attn.qkv`` holds the sum over
all blocks. A digest of the counts by full path shows changes that the sums hide.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from effbench.cost.counts import OpCounts
from effbench.errors import EffbenchError
from effbench.files.atomic import require_readable, write_files
from effbench.files.document import parsed

FORMAT = 1

Modules = Mapping[str, Mapping[str, int]]
"""Module pattern -> kind -> how many."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The counts of one model, as a formula or its network gives them.

    Attributes:
        modules: by module pattern and kind; nothing that is zero.
        digest: of the counts by module path and kind.
    """

    modules: Modules
    digest: str

    def kinds(self) -> dict[str, int]:
        """Kind -> count over all modules, in alphabetical order."""
        found: dict[str, int] = {}
        for by_kind in self.modules.values():
            for kind, n in by_kind.items():
                found[kind] = found.get(kind, 0) + n
        return dict(sorted(found.items()))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is known exactly about one model at its own image size.

    Attributes:
        size: image side, pixels.
        formula: counts by formula; None where there is none.
        network: counts of the network; None where there is none, or it was not counted.
        operators: operator -> how often the network's forward pass runs it. uncounted: those without a price.
        predicted: name of a prediction -> bytes in fp32: ``parameters`` and, by formula, ``peak_activations`` (the most
            that is alive at one moment) and ``traffic`` (read and written by all operations), of one image.
    """

    size: int
    formula: Tally | None = None
    network: Tally | None = None
    operators: Mapping[str, int] = field(default_factory=dict)
    uncounted: Mapping[str, int] = field(default_factory=dict)
    predicted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Entries by the name a model is asked for.

    Attributes:
        whole_registry: whether every registered model belongs in it, or only those that were named.
        libraries: what networks are made of -> version at the time.
    """

    entries: Mapping[str, Entry]
    whole_registry: bool
    libraries: Mapping[str, str | None]


def tally(counts: OpCounts) -> Tally:
    """The counts in the form of the snapshot."""
    exact = sorted((path, kind, int(n)) for (path, kind), n in counts.items.items() if n)
    modules: dict[str, dict[str, int]] = {}
    for path, kind, n in exact:
        by_kind = modules.setdefault(pattern(path), {})
        by_kind[kind] = by_kind.get(kind, 0) + n
    lines = "\n".join(f"{path}\t{kind}\t{n}" for path, kind, n in exact)
    return Tally(modules=modules, digest=hashlib.sha256(lines.encode()).hexdigest()[:32])


def pattern(path: str) -> str:
    """``blocks.0.attn.qkv`` -> ``blocks.*.attn.qkv``."""
    return ".".join("*" if name.isdecimal() else name for name in path.split("."))


def write(path: Path, snapshot: Snapshot) -> None:
    """The same bytes for the same entries, whatever their order; the file is whole or as it was.

    Raises:
        EffbenchError: with the system's reason.
    """
    head = {
        "effbench_snapshot": FORMAT,
        "whole_registry": snapshot.whole_registry,
        "libraries": _sorted(snapshot.libraries),
    }
    lines = [_line(head), *(_line(_entry_as_json(name, entry)) for name, entry in sorted(snapshot.entries.items()))]
    write_files({path: "".join(lines).encode()})


def read(path: Path) -> Snapshot:
    """The snapshot in that file.

    Raises:
        EffbenchError: there is none, it cannot be read, or a line is not what ``write`` writes.
    """
    require_readable(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise EffbenchError(f"no snapshot {path}; effbench gate accept --snapshot {path} records one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise EffbenchError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    head = _object(path, 1, lines[0]) if lines else {}
    if head.get("effbench_snapshot") != FORMAT:
        raise EffbenchError(f"{path} is not an effbench snapshot of format {FORMAT}")
    entries: dict[str, Entry] = {}
    for number, line in enumerate(lines[1:], start=2):
        name, entry = _entry(path, number, line)
        if name in entries:
            raise EffbenchError(f"{path}, line {number}: {name} stands there twice")
        entries[name] = entry
    return Snapshot(
        entries=entries, whole_registry=bool(head.get("whole_registry")), libraries=head.get("libraries") or {}
    )


def _entry_as_json(name: str, entry: Entry) -> dict[str, Any]:
    """A network that counts as its formula says is told in one word."""
    same = entry.network is not None and entry.network == entry.formula
    return {
        "model": name,
        "size": entry.size,
        "bytes": _sorted(entry.predicted),
        "formula": _tally_as_json(entry.formula),
        "network": "formula" if same else _tally_as_json(entry.network),
        "operators": _sorted(entry.operators),
        "uncounted": _sorted(entry.uncounted),
    }


def _tally_as_json(found: Tally | None) -> dict[str, Any] | None:
    """The sums by kind are there for who reads the file; the modules say the same."""
    if found is None:
        return None
    modules = {path: _sorted(by_kind) for path, by_kind in sorted(found.modules.items())}
    return {"digest": found.digest, "kinds": found.kinds(), "modules": modules}


def _entry(path: Path, number: int, line: str) -> tuple[str, Entry]:
    data = _object(path, number, line)
    try:
        formula = _tally(data["formula"])
        network = formula if data["network"] == "formula" else _tally(data["network"])
        return str(data["model"]), Entry(
            size=int(data["size"]),
            formula=formula,
            network=network,
            operators=_numbers(data["operators"]),
            uncounted=_numbers(data["uncounted"]),
            predicted=_numbers(data["bytes"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EffbenchError(f"{path}, line {number} is not a model of a snapshot: {error}") from None


def _tally(data: Any) -> Tally | None:
    if data is None:
        return None
    modules = {str(path): _numbers(by_kind) for path, by_kind in data["modules"].items()}
    found = Tally(modules=modules, digest=str(data["digest"]))
    if found.kinds() != data["kinds"]:
        raise ValueError("its kinds are not the sums of its modules")
    return found


def _numbers(data: Mapping[str, Any]) -> dict[str, int]:
    if not all(isinstance(n, int) for n in data.values()):
        raise ValueError("a count is not a whole number")
    return {str(name): n for name, n in data.items()}


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        data = parsed(line)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise EffbenchError(f"{path}, line {number} is not a JSON object")
    return data


def _line(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False) + "\n"


def _sorted(values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return dict(sorted(dict(values).items()))
