"""Verdicts in words, and the command that shows each with its evidence."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Literal

from effbench.claims.judge import verdicts
from effbench.claims.mistakes import CHANGED_LATER, explained, nearly
from effbench.claims.paper import Claim, Paper, Statement
from effbench.claims.ranking import is_direct
from effbench.claims.readings import READINGS
from effbench.claims.statements import counted
from effbench.claims.tables.layout import label, row_key
from effbench.claims.verdict import Verdict
from effbench.counting.operations import operations
from effbench.errors import EffbenchError, MissingExtra
from effbench.render.numbers import fixed, scaled
from effbench.render.table import MISSING
from effbench.stats.printed import SCALES

PUBLISHED_ONLY = "published only"
"""Verdict on a figure that only a training or another machine could test."""

EXPLAINED = "may be a slip"
"""How summaries count a figure that no way of counting gives, but another row, quantity or image size does: a guess."""

CHANGED = "changed by a later version"
"""How summaries count a figure that a later version of the paper prints otherwise."""

NEARLY = "one off in the last digit"
"""How summaries count a figure that is less than one in its last digit away from ours: 28.29 printed as 29."""

SHOWN_DEPTH = 2
"""Levels of modules that ``flops --by module`` shows unasked."""

NOT_COUNTED = "not counted here (needs the measure extra)"


@dataclass(frozen=True)
class Wording:
    """An outcome for people.

    Attributes:
        group: how summaries count it. stand: whether it speaks for the claim, against it, or neither.
        sentence: with places for {under} (the way of counting and the image side) and {detail}.
    """

    group: str
    stand: Literal["holds", "against", "open"]
    sentence: str


OUTCOMES = {
    "exact": Wording("holds", "holds", "holds exactly: {under}"),
    "rounded": Wording("holds", "holds", "holds, rounded: {under}"),
    "truncated": Wording("holds", "holds", "holds, cut off: {under}"),
    "follows": Wording(
        "follows from the paper's own figures", "holds", "follows from the paper's own figures: {detail}"
    ),
    "about": Wording("holds about", "holds", "holds about: {detail}"),
    "implies": Wording("possible", "holds", "possible: of the images {detail}; ours is the cost without early exits"),
    "no limit": Wording("no figure to hold against", "open", "no figure to hold against: {detail}"),
    "off": Wording(
        "holds under no way of counting tried", "against", "holds under no way of counting tried; ours: {under}"
    ),
    "contradicts": Wording(
        "contradicts the paper's own figures", "against", "contradicts the paper's own figures: {detail}"
    ),
    "not checked": Wording("not tested here", "open", "not tested here: {detail}"),
}
"""Every outcome of a verdict."""


def stand(outcome: str) -> str:
    """``holds``, ``against`` or ``open``: which way a verdict speaks."""
    return OUTCOMES[outcome].stand


def group_and_sentence(about: Paper, v: Verdict) -> tuple[str, str]:
    """How a summary counts the verdict, and the verdict as a sentence with the reading it rests on.

    Of a statement in words the sentence is what our counts say.
    """
    group, sentence = _judged(about, v)
    return group, "; ".join(part for part in (sentence, v.claim.read_as) if part)


def _judged(about: Paper, v: Verdict) -> tuple[str, str]:
    statement = about.statement(v.claim)
    if statement is not None:
        found = counted(statement)
        group = {True: "holds", False: "does not hold", None: "no figure to hold against"}[found.holds]
        return group, f"{group}: {found.text}"
    if v.outcome == "off" and is_direct(v.claim):
        if nearly(v):
            return NEARLY, f"{NEARLY}; ours: {_at(v)}"
        kind, reason = explained(v, verdicts(about))
        if kind != "off":
            group = CHANGED if kind == CHANGED_LATER else EXPLAINED
            return group, f"{group}: {reason}; ours: {_at(v)}"
    wording = OUTCOMES[v.outcome]
    text = wording.sentence.format(under=_at(v), detail=v.detail)
    return wording.group, f"{text}; {v.detail}" if v.outcome == "off" and v.detail else text


def _at(v: Verdict) -> str:
    return f"{v.under}, {v.size}²" if v.size else str(v.under)


def ours_in_words(v: Verdict) -> str:
    """Our value for people: of a relation in the claim's unit, else scaled; "-" for none."""
    if v.ours is None:
        return MISSING
    return f"{fixed(float(v.ours), 2)} {v.claim.unit}" if v.claim.relation else scaled(int(v.ours))


def in_few_words(v: Verdict) -> str:
    """The verdict for a cell of a table, without the way of counting."""
    if v.outcome == "implies":
        return f"implies {v.detail}"
    if v.outcome != "not checked":
        return v.outcome
    if v.claim.metric not in READINGS:
        return PUBLISHED_ONLY
    try:
        _ = v.claim.model is None or v.claim.relation is not None or operations(v.claim.model, v.claim.size)
    except MissingExtra:
        return NOT_COUNTED
    except EffbenchError as error:
        return str(error)
    return v.detail


def command(about: Paper, v: Verdict) -> str:
    """What shows the claim with its evidence: counts of a statement, the trace of a figure, its readings, the audit."""
    return _of_statement(about, v.claim) or _of_table(about, v.claim) or _of_figure(v) or audit_command(about)


def audit_command(about: Paper) -> str:
    """What shows every claim of the paper."""
    return shlex.join(["effbench", "claims", "--paper", about.key, *about.options, "--all"])


def _of_statement(about: Paper, claim: Claim) -> str | None:
    one = about.statement(claim)
    if one is None:
        return None
    if one.quantity == "memory":
        return audit_command(about)  # no listing of counts shows it
    models = dict.fromkeys((*one.models, *one.against))
    size = ["--sizes", str(one.size)] if one.size else []
    how = ["--convention", one.convention, "--by", "module", *_depth(one)]
    return shlex.join(["effbench", "flops", *models, *size, *how])


def _depth(one: Statement) -> list[str]:
    """As many levels of modules as its parts lie deep, where that is more than is shown unasked."""
    deepest = max((pattern.count(".") + 1 for patterns in one.parts.values() for pattern in patterns), default=0)
    return ["--depth", str(deepest)] if deepest > SHOWN_DEPTH else []


def _of_table(about: Paper, claim: Claim) -> str | None:
    for layout in about.tables:
        if layout.where == claim.where:
            row = label(row_key(layout, claim), layout)
            return shlex.join(["effbench", "why", layout.key, row, claim.column, *about.options])
    return None


def _of_figure(v: Verdict) -> str | None:
    claim = v.claim
    if claim.metric != "flops" or claim.relation is not None or not (claim.model and v.size and claim.unit in SCALES):
        return None
    value = f"{claim.digits}{claim.unit}"
    return shlex.join(["effbench", "explain", claim.model, "--size", str(v.size), "--value", value])
