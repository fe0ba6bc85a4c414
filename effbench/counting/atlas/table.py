"""The atlas for people: its table, its summary, and what disagrees with a published file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from effbench.counting.atlas.against import AgainstRow
from effbench.counting.atlas.rows import AtlasRow
from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, of, render

COLUMNS: list[Column[AtlasRow]] = [
    of("model", lambda row: row.model),
    of("input", lambda row: row.input),
    of("classes", lambda row: row.classes, right=True),
    of("params", lambda row: row.params, scaled, right=True),
    of("MACs", lambda row: row.macs, scaled, right=True),
    of("conv", lambda row: row.mac_conv, scaled, right=True),
    of("linear", lambda row: row.mac_linear, scaled, right=True),
    of("QK", lambda row: row.mac_qk, scaled, right=True),
    of("AV", lambda row: row.mac_av, scaled, right=True),
    of("matmul", lambda row: row.mac_matmul, scaled, right=True),
    of("FFT", lambda row: row.mac_fft, scaled, right=True),
    of("activations", lambda row: row.activations, scaled, right=True),
    of("attention", lambda row: row.attention_share, lambda share: f"{fixed(100 * share, 2)} %", right=True),
    of("unseen, or why not", lambda row: row.failed or row.unseen),
]

AGAINST: list[Column[AgainstRow]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: f"{row.size}²", right=True),
    of("quantity", lambda row: row.quantity),
    of("published", lambda row: row.published, right=True),
    of("ours", lambda row: row.ours, scaled, right=True),
    of("ratio", lambda row: row.ratio, lambda ratio: fixed(ratio, 4), right=True),
    of("verdict", lambda row: row.verdict),
    of("holds under, or reason", lambda row: row.under or row.reason),
]


def notes(rows: Sequence[AtlasRow]) -> list[str]:
    """What a reader of the table must know."""
    return [
        *_coverage(rows),
        "MACs: of convolutions, linear layers and the two products of attention; activations: output elements of "
        "convolutions and matrix products. Attention: share of its two products in the MACs.",
        "Unseen: operators without a price, which none of the columns needs.",
    ]


def _coverage(rows: Sequence[AtlasRow]) -> Iterator[str]:
    counted = [row for row in rows if not row.failed]
    yield f"{len(rows)} names, {len(counted)} counted, {len(rows) - len(counted)} failed."
    asked = [row for row in counted if row.torch]
    if asked:
        equal = sum(row.torch == "equal" for row in asked)
        yield (
            f"PyTorch's FlopCounterMode finds the same multiply-accumulates, convolutions and matrix products apart, "
            f"for {equal} of {len(asked)} names."
        )


def summary(rows: Sequence[AtlasRow], *, command: str, conditions: Sequence[str]) -> str:
    """The page beside the table, in Markdown."""
    parts = [
        "# Atlas of timm",
        f"Made by `{command}`; the numbers are in `atlas.csv`, a line a name.",
        _listed(conditions),
        _listed(notes(rows)),
        _failures(rows),
        _differences(rows),
        _unseen(rows),
        _extremes([row for row in rows if not row.failed]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _failures(rows: Sequence[AtlasRow]) -> str:
    failed: dict[str, list[str]] = {}
    for row in rows:
        if row.failed:
            failed.setdefault(row.failed, []).append(row.model)
    if not failed:
        return ""
    return "## Not counted\n\n" + _listed(f"{reason}: {', '.join(models)}" for reason, models in failed.items())


def _differences(rows: Sequence[AtlasRow]) -> str:
    differ = [f"{row.model}: {row.torch}" for row in rows if row.torch not in (None, "equal")]
    return f"## Differs from FlopCounterMode\n\n{_listed(differ)}" if differ else ""


def _unseen(rows: Sequence[AtlasRow]) -> str:
    named = Counter(op for row in rows for op in row.unseen.split(";") if op)
    if not named:
        return ""
    return "## Operators without a price\n\n" + _listed(f"`{op}`: {n} names" for op, n in named.most_common())


def _extremes(rows: Sequence[AtlasRow]) -> str:
    """Architectures alone: tags share their networks."""
    plain = [row for row in rows if "." not in row.model]
    if not plain:
        return ""
    ordered = {
        "most multiply-accumulates": sorted(plain, key=lambda row: -(row.macs or 0)),
        "largest share of attention products": sorted(plain, key=lambda row: -(row.attention_share or 0)),
    }
    tables = (
        f"### The ten with the {what}\n\n{render(found[:10], COLUMNS[:-1], 'markdown').rstrip()}"
        for what, found in ordered.items()
    )
    return "\n\n".join(("## Extremes", *tables))


def against_notes(rows: Sequence[AgainstRow]) -> list[str]:
    """How many figures agree, by quantity, and under what the others hold."""
    said = []
    for quantity in dict.fromkeys(row.quantity for row in rows if row.quantity):
        found = [row for row in rows if row.quantity == quantity]
        verdicts = Counter(row.verdict for row in found)
        under = Counter(row.under for row in found if row.verdict == "explained")
        explained = "".join(f", {n} hold under {name}" for name, n in under.most_common())
        said.append(
            f"{quantity}: {len(found)} figures, {verdicts['agrees']} agree{explained}, "
            f"{verdicts['disagrees']} hold under no way of counting tried."
        )
    failed = [row for row in rows if row.verdict == "not counted"]
    return [*said, *([f"{len(failed)} lines are of models that were not counted."] if failed else [])]


def disagreeing(rows: Sequence[AgainstRow]) -> list[AgainstRow]:
    """The rows that are worth a look."""
    return [row for row in rows if row.verdict != "agrees"]


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
