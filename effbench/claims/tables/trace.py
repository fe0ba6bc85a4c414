"""Where a figure of a table comes from: published, ours, their arithmetic, and the command that shows it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from effbench.claims.audit import Audit, audit
from effbench.claims.paper import Claim, Layout, Paper
from effbench.claims.ranking import is_direct
from effbench.claims.readings import COUNTED_AS, DOCS, tokens
from effbench.claims.tables.accuracy import Training, accuracy
from effbench.claims.tables.figure import Context, Figure, figure
from effbench.claims.tables.layout import label, row_key
from effbench.claims.tables.notes import marks
from effbench.claims.verdict import Verdict
from effbench.claims.wording import audit_command
from effbench.cost.convention import convention
from effbench.cost.kinds import PARAM
from effbench.counting.operations import LIBRARIES, operations
from effbench.models.registry import resolve
from effbench.processes.environment import libraries


@dataclass(frozen=True, kw_only=True)
class Part:
    """One kind of operation, one module, or the tokens: count x price = value."""

    part: str
    count: int
    price: int
    value: int


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One way of counting, taken apart so that the parts add up to ``value``.

    Attributes:
        under: convention or scope; doc and convention_source say what it counts and where that was seen.
        source, by: how the operations are known. libraries: versions, of a counted network.
        uncounted: operators without a price.
    """

    model: str | None
    under: str
    size: int | None
    source: str
    by: str
    libraries: Mapping[str, str | None]
    uncounted: Sequence[str]
    doc: str
    convention_source: str
    parts: Sequence[Part]
    value: int


@dataclass(frozen=True, kw_only=True)
class Relation:
    """How a percentage or factor follows from two figures (ids), published and ours, ours in base units."""

    kind: str
    of: str
    against: str
    published: Sequence[str]
    ours: Sequence[int] | None
    under: str | None


@dataclass(frozen=True, kw_only=True)
class Exits:
    """What leaving at each exit costs, and the shares of images that would give a mean cost."""

    under: str
    costs: Sequence[int]
    shares: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Everything behind one figure.

    Attributes:
        figure: with ours. row: the label of its row. paper: title. file: where the claim is read.
        counts: one entry per way of counting that matters: the table's usual one, and the one under which the
            published figure holds where that is another.
        runs: trainings of ours; None where there are none. commands: what shows the same by other ways.
    """

    figure: Figure
    row: str
    paper: str
    url: str
    version: str
    file: str
    relation: Relation | None
    exits: Exits | None
    counts: Sequence[Counted]
    runs: Sequence[Training] | None
    commands: Sequence[str]

    def plain(self) -> dict[str, object]:
        """As JSON holds it: the figure, then what is behind it."""
        return {**self.figure.plain(), **{name: value for name, value in vars(self).items() if name != "figure"}}


def trace(about: Paper, layout: Layout, claim: Claim, trainings: Sequence[Training] = ()) -> Trace:
    """Everything behind one figure of a table."""
    found = audit(about)
    verdict = found.verdicts[claim.id]
    run = accuracy(claim, trainings)
    return Trace(
        figure=figure(Context(layout, found, marks(layout, found), trainings), claim),
        row=label(row_key(layout, claim), layout),
        paper=about.title,
        url=about.url,
        version=about.version,
        file=about.file,
        relation=_relation(found, claim),
        exits=_exits(claim, verdict),
        counts=[_counted(claim, verdict.size, under) for under in _unders(found, verdict)],
        runs=None if run is None else run.runs,
        commands=[*_commands(claim, verdict, found), audit_command(about)],
    )


def _unders(found: Audit, verdict: Verdict) -> list[str]:
    """Ways of counting to take apart: that of ours, then that of the published figure."""
    if not is_direct(verdict.claim) or not verdict.readings:
        return []
    names = (found.usual_of(verdict.claim), verdict.under if verdict.holds else None)
    return list(dict.fromkeys(name for name in names if name))


def _counted(claim: Claim, size: int | None, under: str) -> Counted:
    known = operations(claim.counted_model, size)
    takes_apart: Mapping[str, Callable[[str, int | None, str], list[Part]]] = {
        "flops": _by_kind,
        "params": _by_module,
        "tokens": _tokens,
    }
    parts = takes_apart[claim.metric](claim.counted_model, size, under)
    versions = libraries()
    return Counted(
        model=claim.model,
        under=under,
        size=size,
        source=known.source,
        by=known.by,
        libraries={name: versions[name] for name in LIBRARIES} if known.source == "counted" else {},
        uncounted=list(known.uncounted),
        doc=convention(under).doc if claim.metric == "flops" else DOCS[under],
        convention_source=convention(under).source if claim.metric == "flops" else "",
        parts=parts,
        value=sum(part.value for part in parts),
    )


def _by_kind(model: str, size: int | None, under: str) -> list[Part]:
    """Operations in scope by kind, times their prices; kinds without a price last, as 0."""
    chosen = convention(under)
    counts = chosen.in_scope(operations(model, size).counts).by_kind()
    parts = [_part(kind, int(n), chosen.price.get(kind, 0)) for kind, n in counts.items() if kind != PARAM and n]
    return sorted(parts, key=lambda part: (not part.price, -part.value, part.part))


def _by_module(model: str, size: int | None, scope: str) -> list[Part]:
    """Parameters in scope by the first name of the module path."""
    found = convention(COUNTED_AS[scope]).in_scope(operations(model, size).counts).by_module(1)
    return [_part(path or "(model)", int(part.params), 1) for path, part in found.items() if part.params]


def _tokens(model: str, size: int | None, under: str) -> list[Part]:
    return [_part(under, tokens(model, size), 1)]


def _part(name: str, count: int, price: int) -> Part:
    return Part(part=name, count=count, price=price, value=count * price)


def _relation(found: Audit, claim: Claim) -> Relation | None:
    if claim.relation is None or claim.of is None or claim.against is None:
        return None
    sides = [found.paper.claim(id) for id in (claim.of, claim.against)]
    ours = [one for one in map(found.ours, sides) if one is not None]
    return Relation(
        kind=claim.relation,
        of=claim.of,
        against=claim.against,
        published=[side.text for side in sides],
        ours=[int(one.value) for one in ours] if len(ours) == len(sides) else None,
        under=ours[0].under if found.ours(sides[0]) is not None else None,
    )


def _exits(claim: Claim, verdict: Verdict) -> Exits | None:
    """Of a mean cost with early exits; None of any other figure."""
    if not verdict.shares or claim.model is None:
        return None
    under = convention(str(verdict.under))
    costs = [int(under.total(counts)) for counts in resolve(claim.model, verdict.size).exits()]
    return Exits(under=under.name, costs=costs, shares=list(verdict.shares))


def _commands(claim: Claim, verdict: Verdict, found: Audit) -> list[str]:
    """What shows the same numbers by other ways."""
    start = f"effbench flops {shlex.quote(claim.model or '')}"
    commands = []
    if verdict.shares:
        commands.append(f"{start} --sizes {verdict.size} --convention {verdict.under} --by module")
    size = f" --sizes {verdict.size}" if verdict.size else ""
    for under in _unders(found, verdict):
        if claim.metric == "flops":
            commands.append(f"{start}{size} --convention {under} --by kind")
        elif claim.metric == "params":
            commands.append(f"{start}{size} --convention {COUNTED_AS[under]} --by module")
    return commands
