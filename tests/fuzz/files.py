"""Files of every format that a command reads, with bytes that are none and values that cannot be."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from lines import BAD, Case
from playground import ROOT, predictions, pytest_benchmark

DEEP = b"[" * 100_000
GARBAGE = (
    b"",
    b"\xff\xfe\x00",
    b"null\n",
    b"[]\n",
    b'"text"\n',
    b"1\n",
    b"{}\n",
    b"{\n",
    DEEP,
    b'{"a":' * 100_000,
    b"\x00" * 50,
)
"""Content that no format has. A journal that is empty or unfinished is one without results."""

WRONG = (None, True, "x", -1, float("nan"), float("inf"), [], {}, [[]], 10**400, "\x1b[31m", -0.5)
"""What takes the place of a value."""


@dataclass(frozen=True)
class Format:
    """A format. words: of the command that reads ``file``. codes: that a valid file may give.

    Attributes:
        text: a valid file. lines: whether it is a line of JSON a result, of which none is fine, too.
        strict: keys whose values no wrong one can replace; of others some are text, or may be left out.
        measures: whether a file without a fault begins a measurement, which no case waits for.
    """

    file: str
    words: tuple[str, ...]
    text: bytes
    codes: tuple[int, ...] = (0,)
    lines: bool = False
    strict: frozenset[str] = frozenset()
    measures: bool = False


def formats() -> list[Format]:
    """All of them."""
    exits = "exits --cost-per-exit 1 2 --predictions test.npz --policy policy2.json"
    digits, ravit = _read("experiments/ravit_digits.toml"), _read("effbench/claims/ravit.toml")
    store, profile = _lines("reports/sweeps/digits/results.jsonl", 2), _lines("reports/profile/ravit_cifar10.jsonl", 4)
    results = {"lines": True, "strict": _set("images top1 ece nll seed")}
    return [
        _format("s.jsonl", "tables ravit.1 --format json --store s.jsonl", store, **results),
        _format("p.jsonl", "claims --paper ravit --measurements p.jsonl", profile, lines=True),
        _format("policy2.json", exits, _policy(), strict=_set("schema score")),
        _format("b.json", "gate read base.json b.json", _json(pytest_benchmark()), (3, 4), strict=_set("median")),
        _format("snap.jsonl", "gate check vit_cifar10:3 --snapshot snap.jsonl", _lines("baselines/exact.jsonl", 3)),
        _format("base2.json", "gate baseline compare --baseline base2.json", _baseline(), measures=True),
        _format("cal.json", "gate run --base main --calibration cal.json", b"{}\n", measures=True),
        _format("recipe.toml", "train recipe.toml --dry-run", digits),
        _format("names2.toml", "lint results.csv --names names2.toml", b'"Ours" = "resnet50"\n', (0, 1)),
        _format("paper2.toml", "claims paper2.toml", ravit),
    ]


def _format(file: str, line: str, *given: Any, **named: Any) -> Format:
    return Format(file, tuple(line.split()), *given, **named)


def _read(file: str) -> bytes:
    return (ROOT / file).read_bytes()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _json(data: object) -> bytes:
    return json.dumps(data).encode()


def _lines(file: str, count: int) -> bytes:
    return b"".join((ROOT / file).read_bytes().splitlines(keepends=True)[:count])


def _policy() -> bytes:
    return _json({"schema": 1, "score": "entropy", "thresholds": [0.5], "temperatures": [1.0, 1.0]})


def _baseline() -> bytes:
    held = json.loads((ROOT / "baselines/throughput.json").read_bytes())
    return _json({**held, "recordings": held["recordings"][:1]})


@dataclass(frozen=True)
class Mutant:
    """A case, and how its file comes to be in the working folder."""

    case: Case
    write: Callable[[], object]


def mutants(seed: int, values: int = 60) -> Iterator[Mutant]:
    """Every format with every content that is none, and that many wrong values drawn by seed."""
    draw = Random(seed)
    for one in formats():
        for content in GARBAGE:
            fine = one.lines and (not content.endswith(b"\n") or content == b"")
            yield _mutant(one, content, (0, BAD) if fine or one.file.endswith("toml") else (BAD,), f"{content[:12]!r}")
        yield _mutant(one, one.text[: len(one.text) // 3].rsplit(b"\n", 1)[0] + b"\x00{\n", (BAD,), "cut off")
        yield Mutant(Case(one.words, (BAD,), f"{one.file} is a folder"), lambda one=one: _folder(one.file))
        if one.file.endswith(("json", "jsonl")) and not one.measures:
            for key, content in _wrong_values(one, draw, values):
                yield _mutant(
                    one, content, (BAD,) if key in one.strict else (0, 1, BAD, *one.codes), f"{one.file}: {key}"
                )
    yield from _arrays(draw)


def _mutant(one: Format, content: bytes, codes: tuple[int, ...], about: str) -> Mutant:
    return Mutant(Case(one.words, codes, f"{one.file}: {about}"), lambda: put(one.file, content))


def put(file: str | Path, content: bytes) -> None:
    path = Path(file)
    if path.is_dir():
        path.rmdir()
    path.write_bytes(content)


def _folder(file: str) -> None:
    Path(file).unlink(missing_ok=True)
    Path(file).mkdir()


def _wrong_values(one: Format, draw: Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Of one place in one line; a file of one document is one line."""
    lines = [
        json.loads(line) for line in (one.text.splitlines() if one.lines or one.file == "snap.jsonl" else [one.text])
    ]
    places = [(number, path) for number, line in enumerate(lines) for path in _paths(line)]
    for _ in range(count):
        number, path = draw.choice(places)
        changed = json.loads(json.dumps(lines))
        inside = changed[number]
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = draw.choice(WRONG if path[-1] != "score" else WRONG[:1])
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        if path[-1] == key and not (key in ("seed", "nll") and inside[key] in (-1, -0.5)):
            yield key, "\n".join(json.dumps(line) for line in changed).encode() + b"\n"


def _paths(data: object, before: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in parts:
        yield (*before, key)
        yield from _paths(value, (*before, key))


def _arrays(draw: Random) -> Iterator[Mutant]:
    """Predictions with wrong shapes, types and values, and archives that are none."""
    import numpy as np

    predictions(Path("good.npz"))
    with np.load("good.npz") as held:
        logits, labels = held["logits"], held["labels"]
    nan = np.where(np.arange(logits.size).reshape(logits.shape) == 7, np.nan, logits)
    wrong: list[dict[str, object]] = [
        {"logits": logits}, {"labels": labels}, {"logits": logits[:-1], "labels": labels},
        {"logits": nan, "labels": labels},
        {"logits": logits[:, 0], "labels": labels}, {"logits": logits, "labels": labels + 50},
        {"logits": logits, "labels": labels - 9}, {"logits": logits.astype("U9"), "labels": labels},
        {"logits": np.inf * np.ones_like(logits), "labels": labels}, {"logits": logits[:0], "labels": labels[:0]},
        {"logits": logits, "labels": labels.astype(float) + 0.5}, {"logits": logits.astype(complex), "labels": labels},
        {"logits": np.array(None, dtype=object), "labels": labels},
    ]  # fmt: skip
    words = ("exits", "--cost-per-exit", "1", "2", "--predictions", "w.npz")
    for number, arrays in enumerate(wrong):
        yield Mutant(Case(words, (BAD,), f"predictions {number}"), lambda a=arrays: np.savez("w.npz", **a))
    whole = Path("good.npz").read_bytes()
    for _ in range(40):
        place = draw.randrange(len(whole))
        cut = draw.choice((whole[:place], whole[:place] + draw.randbytes(40) + whole[place + 40 :]))
        yield Mutant(Case(words, (0, BAD), "damaged predictions"), lambda c=cut: put("w.npz", c))
    yield Mutant(Case(words, (BAD,), "a huge array"), _huge)
    yield from _tensors(words)


def _huge() -> None:
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
    with zipfile.ZipFile("w.npz", "w") as archive:
        archive.writestr("logits.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head)


def _tensors(words: tuple[str, ...]) -> Iterator[Mutant]:
    import torch

    odd: list[object] = [
        [torch.zeros(3)], torch.zeros(3), {"logits": 1, "labels": 2}, 7, None, {}, {3: 4}, "text",
        {"logits": torch.zeros(4, 2, 3, device="meta")}, {"logits": {"a": 1}},
        {"logits": torch.zeros(4, 2, 3).to_sparse(), "labels": torch.zeros(4)},
    ]  # fmt: skip
    for number, what in enumerate(odd):
        yield Mutant(
            Case((*words[:-1], "w.pt"), (BAD,), f"tensors {number}"), lambda what=what: torch.save(what, "w.pt")
        )
