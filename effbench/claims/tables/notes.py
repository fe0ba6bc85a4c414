"""What stands below a table: how ours was counted, what the words mean, what does not fit together."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from effbench.claims.audit import Audit
from effbench.claims.paper import Layout
from effbench.claims.ranking import is_direct
from effbench.claims.readings import COUNTED_AS, DOCS
from effbench.claims.tables.layout import claims_of
from effbench.claims.tables.table import TableRow
from effbench.claims.wording import PUBLISHED_ONLY
from effbench.cost.convention import conventions

WORDS = {
    "flops": "FLOPs",
    "params": "parameters",
    "tokens": "tokens",
}

MEANINGS = {
    "rounded": "rounded, truncated: ours, so rounded or cut off, prints as the published digits.",
    "off": "off: no way of counting that was tried prints as the published digits.",
    "follows": "follows, contradicts: whether the percentage follows from the figures printed beside it.",
    "implies": "implies: the share of images that would have to leave at that exit for the published mean cost.",
    "not": "not counted here: a network without a formula needs PyTorch to be counted; with those another way "
    "of counting may explain more of the figures.",
    "measured": "measured: the mean of trainings of ours, with the epochs and image side that are named. Theirs had "
    "another recipe: a difference neither confirms nor refutes the published figure.",
    PUBLISHED_ONLY: "published only: an accuracy; ours would need a training on the same data set, of which no result "
    "was given (--store).",
}
"""First word of a verdict -> what it means."""

SAME = {"truncated": "rounded", "exact": "rounded", "contradicts": "follows"}


def marks(layout: Layout, found: Audit) -> dict[str, str]:
    """Way of counting -> the letter of its note: those of ours first, then those of the figures, in their order."""
    claims = [claim for claim in claims_of(found.paper, layout) if is_direct(claim)]
    usual = [found.usual_of(claim) for claim in claims]
    holding = [found.verdicts[claim.id].under for claim in claims if found.verdicts[claim.id].holds]
    names = dict.fromkeys(name for name in (*usual, *holding) if name)
    return {name: chr(ord("a") + i) for i, name in enumerate(names)}


def meaning(name: str) -> str:
    """What is counted under a convention, or which parameters are in a scope."""
    if name in COUNTED_AS:
        return name if "parameters" in name else f"parameters {name}"
    return f"{name}: {conventions()[name].doc}." if name in conventions() else DOCS[name]


def notes(layout: Layout, found: Audit, letters: Mapping[str, str], rows: Sequence[TableRow]) -> list[str]:
    """Everything but the letters."""
    return [*_usual(layout, found, letters), *_meanings(rows), *_findings(layout, found), _trace(layout, found)]


def _usual(layout: Layout, found: Audit, letters: Mapping[str, str]) -> Iterator[str]:
    direct = [claim for claim in claims_of(found.paper, layout) if is_direct(claim)]
    usual = {claim.metric: name for claim in direct if (name := found.usual_of(claim))}
    if usual:
        listed = ", ".join(f"{WORDS[metric]} as [{letters[name]}]" for metric, name in usual.items())
        yield f"Ours: {listed}, from formulas or counted; the verdict names what the published figure holds under."


def _meanings(rows: Sequence[TableRow]) -> Iterator[str]:
    verdicts = {figure.words for row in rows for cell in row.cells for figure in cell}
    firsts = {verdict if verdict == PUBLISHED_ONLY else verdict.partition(" ")[0].rstrip(",") for verdict in verdicts}
    used = {SAME.get(first, first) for first in firsts}
    yield from (text for word, text in MEANINGS.items() if word in used)


def _findings(layout: Layout, found: Audit) -> Iterator[str]:
    yield from (f"Found [{one.kind}]: {one.text}." for one in found.findings if one.where == layout.where)


def _trace(layout: Layout, found: Audit) -> str:
    return f"Trace a figure: {shlex.join(['effbench', 'why', layout.key, 'ROW', 'COLUMN', *found.paper.options])}."
