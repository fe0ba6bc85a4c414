"""CI2P-ViT's Table 2, recomputed at any sizes, the paper's figures beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from effbench.claims.consistency import Finding, findings
from effbench.claims.load import paper
from effbench.claims.verdict import Verdict, verdicts
from effbench.cost.convention import Convention
from effbench.counting.costs import costs
from effbench.render.plain import plain

PAPER, TABLE = "ci2p_vit", "Table 2"
MODELS = ("vit_base_patch16_gap", "ci2p_vit", "ci2p_vit_ds")
SIZES = (256, 384, 512)


def table2(sizes: Sequence[int], convention: Convention, batch: int = 1) -> list[dict[str, Any]]:
    """One row per size and model: our cost, its reduction against the first model, and what the paper prints.

    The paper's figures and their verdict stand in fields that begin with ``paper_``; None where it prints none.
    """
    records = costs(MODELS, sizes, [convention], batch)
    baseline = {record.size: record.value for record in records if record.model == MODELS[0]}
    found = table_verdicts()
    published = {(v.claim.size, v.claim.model): v for v in found if v.claim.relation is None}
    cuts = {(v.claim.size, v.claim.model): v.claim.printed for v in found if v.claim.relation == "reduction"}
    order = {(size, name): i for i, (size, name) in enumerate((s, m) for s in sizes for m in MODELS)}
    rows = []
    for record in sorted(records, key=lambda r: order[r.size, r.model]):
        place = record.size, record.model
        rows.append(
            {
                **plain(record),
                "reduction_percent": 100 * (1 - record.value / baseline[record.size]),
                **_published(published.get(place), cuts.get(place)),
            }
        )
    return rows


def mixed_conventions() -> list[Finding]:
    """Where that table mixes ways of counting."""
    return [f for f in findings(paper(PAPER).excerpt(TABLE), table_verdicts()) if f.kind == "convention"]


@cache
def table_verdicts() -> tuple[Verdict, ...]:
    """Our verdicts on the table's figures, computed once."""
    return tuple(verdicts(paper(PAPER).excerpt(TABLE)))


def _published(verdict: Verdict | None, cut: str | None) -> dict[str, Any]:
    if verdict is None:
        return {"paper_printed": None, "paper_reduction": None, "paper_holds_under": None, "paper_match": None}
    return {
        "paper_printed": f"{verdict.claim.printed} {verdict.claim.unit}",
        "paper_reduction": cut,
        "paper_holds_under": verdict.under if verdict.outcome != "off" else None,
        "paper_match": verdict.outcome,
    }
