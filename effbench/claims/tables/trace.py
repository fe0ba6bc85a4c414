"""Where a figure of a table comes from: published, ours, their arithmetic, and the command that shows it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from effbench.claims.load import Claim
from effbench.claims.ranking import is_direct
from effbench.claims.readings import PARAMETER_SCOPES, tokens
from effbench.claims.tables.accuracy import Accuracies, Accuracy
from effbench.claims.tables.figure import Context, figure
from effbench.claims.tables.find import label
from effbench.claims.tables.layout import Layout, RowKey
from effbench.claims.tables.notes import marks
from effbench.claims.tables.ours import Audited, audited
from effbench.claims.verdict import Verdict
from effbench.cost.convention import convention
from effbench.cost.kinds import PARAM
from effbench.counting.operations import LIBRARIES, operations
from effbench.models.registry import resolve
from effbench.processes.environment import libraries

Trace = dict[str, Any]

DOCS = {
    "all parameters": "trained or frozen, the classification head among them",
    "without head": "parameters but for those of the classification head",
    "tokens": "tokens that enter the last norm of the network",
}
"""What is counted, where no convention says it."""


def trace(layout: Layout, key: RowKey, claim: Claim, runs: Accuracies) -> Trace:
    """Everything behind one figure: plain JSON values.

    ``counts`` holds one entry per way of counting that matters: the table's usual one, and the one under which the
    published figure holds where that is another. Their parts add up to their value.
    """
    found = audited(layout.paper)
    verdict = found.verdicts[claim.id]
    shown = figure(Context(layout, found, marks(layout, found), runs), key, claim)
    run = runs.of(claim)
    return {
        **shown.row,
        "row": label(key, layout),
        "paper": found.paper.title,
        "url": found.paper.url,
        "version": found.paper.version,
        "file": f"effbench/claims/{layout.paper}.toml",
        "relation": _relation(found, claim),
        "exits": _exits(claim, verdict),
        "counts": [_counted(claim, verdict.size, under) for under in _unders(found, verdict)],
        "runs": None if run is None else _runs(run),
        "commands": _commands(layout, claim, verdict, found),
    }


def _unders(found: Audited, verdict: Verdict) -> list[str]:
    """Ways of counting to take apart: that of ours, then that of the published figure."""
    if not is_direct(verdict.claim) or not verdict.readings:
        return []
    names = (found.usual_of(verdict.claim), verdict.under if verdict.holds else None)
    return list(dict.fromkeys(name for name in names if name))


def _counted(claim: Claim, size: int | None, under: str) -> dict[str, Any]:
    """One way of counting, taken apart so that the parts add up."""
    counted = operations(claim.counted_model, size)
    parts = {"flops": _by_kind, "params": _by_module, "tokens": _tokens}[claim.metric](claim.counted_model, size, under)
    return {
        "model": claim.model,
        "under": under,
        "size": size,
        "source": counted.source,
        "by": counted.by,
        "libraries": _libraries() if counted.source == "counted" else {},
        "uncounted": list(counted.uncounted),
        "doc": convention(under).doc if claim.metric == "flops" else DOCS[under],
        "convention_source": convention(under).source if claim.metric == "flops" else "",
        "parts": parts,
        "value": sum(part["value"] for part in parts),
    }


def _by_kind(model: str, size: int | None, under: str) -> list[dict[str, Any]]:
    """Operations in scope by kind, times their prices; kinds without a price last, as 0."""
    chosen = convention(under)
    counts: Mapping[str, Any] = chosen.in_scope(operations(model, size).counts).by_kind()
    rows = [
        {"part": kind, "count": int(n), "price": chosen.price.get(kind, 0), "value": int(n) * chosen.price.get(kind, 0)}
        for kind, n in counts.items()
        if kind != PARAM and n
    ]
    return sorted(rows, key=lambda row: (not row["price"], -row["value"], row["part"]))


def _by_module(model: str, size: int | None, scope: str) -> list[dict[str, Any]]:
    """Parameters in scope by the first name of the module path."""
    found = convention(PARAMETER_SCOPES[scope]).in_scope(operations(model, size).counts).by_module(1)
    return [
        {"part": path or "(model)", "count": int(part.params), "price": 1, "value": int(part.params)}
        for path, part in found.items()
        if part.params
    ]


def _tokens(model: str, size: int | None, under: str) -> list[dict[str, Any]]:
    number = tokens(model, size)
    return [{"part": under, "count": number, "price": 1, "value": number}]


def _relation(found: Audited, claim: Claim) -> dict[str, Any] | None:
    """How a percentage or factor follows from two figures, published and ours."""
    if claim.relation is None or claim.of is None or claim.against is None:
        return None
    of, against = found.paper.claim(claim.of), found.paper.claim(claim.against)
    ours = [found.ours(one) for one in (of, against)]
    return {
        "kind": claim.relation,
        "of": of.id,
        "against": against.id,
        "published": [f"{one.printed} {one.unit}".strip() for one in (of, against)],
        "ours": None if any(one is None for one in ours) else [int(one.value) for one in ours if one is not None],
        "under": ours[0].under if ours[0] is not None else None,
    }


def _exits(claim: Claim, verdict: Verdict) -> dict[str, Any] | None:
    """Of a mean cost with early exits: what leaving at each exit costs, and the shares that give the figure."""
    if not verdict.shares or claim.model is None:
        return None
    under = convention(str(verdict.under))
    costs = [int(under.total(counts)) for counts in resolve(claim.model).at_size(verdict.size).exits()]
    return {"under": under.name, "costs": costs, "shares": list(verdict.shares)}


def _libraries() -> dict[str, str | None]:
    """Versions under which networks are counted: a count that was kept is of the same ones."""
    every = libraries()
    return {name: every[name] for name in LIBRARIES}


def _runs(run: Accuracy) -> list[dict[str, Any]]:
    """The trainings of ours that an accuracy is the mean of."""
    return [
        {"key": one.key, "seed": one.seed, "recipe": dict(one.recipe), "conditions": dict(one.conditions)}
        for one in run.runs
    ]


def _commands(layout: Layout, claim: Claim, verdict: Verdict, found: Audited) -> list[str]:
    """What shows the same numbers by other ways."""
    model = shlex.quote(claim.model or "")
    commands = []
    if claim.exit_threshold is not None and verdict.under is not None:
        commands.append(f"effbench flops {model} --sizes {verdict.size} --convention {verdict.under} --by module")
    for under in _unders(found, verdict):
        size = f"--sizes {verdict.size} " if verdict.size else ""
        if claim.metric == "flops":
            commands.append(f"effbench flops {model} {size}--convention {under} --by kind")
        elif claim.metric == "params":
            scope = PARAMETER_SCOPES[under]
            commands.append(f"effbench flops {model} {size}--convention {scope} --by module")
    return [*commands, f"effbench claims --paper {layout.paper} --all"]
