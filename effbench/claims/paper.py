"""What a paper prints, as data: its claims, the layout of its tables, and what can test its statements."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from effbench.claims.orderings import Ordering
from effbench.errors import EffbenchError

Metric = Literal["flops", "params", "top1", "top5", "tokens", "training_hours"]

Unit = Literal["", "k", "M", "G", "%", "x", "h", "points"]

Relation = Literal["percent", "reduction", "difference", "ratio", "greater", "similar"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One published figure, or one comparison a paper makes in words.

    Attributes:
        paper: key of the paper. id: unique within it.
        where, row, column: place and labels as printed.
        system: the paper's name for what the figure is about; model: ours, where the registry has it.
        metric: flops is the paper's word, whatever it counted.
        printed: the digits as they stand. unit: scale (k, M, G) or %, x (times), h, points.
        size: image side, only where the paper states it. dataset: where one is named.
        exit_threshold: of early-exit rows. approximate: the paper says about, around, -fold.
        cites: the reference a comparison row is credited to.
        relation: how the figure follows from two others, ``of`` and ``against`` (ids) or two models.
        part: of a relation between two models, the patterns of the module paths it is about; empty for the whole.
        scope: what the figure covers, where that is more than the registered model.
        reading: how we read the words, or what we took for the model, where the verdict rests on it.
        later, later_in: the digits that a later version prints in its place, and which version that is.
    """

    paper: str
    id: str
    where: str
    row: str
    system: str
    metric: Metric
    printed: str
    unit: Unit
    column: str = ""
    model: str | None = None
    size: int | None = None
    dataset: str | None = None
    exit_threshold: str | None = None
    approximate: bool = False
    cites: str | None = None
    relation: Relation | None = None
    of: str | None = None
    against: str | None = None
    of_model: str | None = None
    against_model: str | None = None
    part: tuple[str, ...] = ()
    scope: str = ""
    reading: str = ""
    later: str = ""
    later_in: str = ""

    @property
    def counted_model(self) -> str:
        """The registry name, of a claim that has one."""
        if self.model is None:
            raise EffbenchError(f"claim {self.id!r} of {self.paper} names no registered model")
        return self.model

    @property
    def digits(self) -> str:
        """The printed digits without thousands separators."""
        return self.printed.replace(",", "")

    @property
    def decimals(self) -> int:
        """How many digits are printed after the point."""
        return len(self.digits.partition(".")[2])

    @property
    def text(self) -> str:
        """Digits and unit as printed; "in words" where there is no figure."""
        return f"{self.printed} {self.unit}".strip() or "in words"

    @property
    def read_as(self) -> str:
        """The reading for people; empty where none was needed."""
        return f"read: {self.reading}" if self.reading else ""

    @property
    def quoted(self) -> str:
        """``text``, after "about" where the paper says so."""
        return f"about {self.text}" if self.approximate and self.printed else self.text

    @property
    def in_table(self) -> bool:
        """Whether it stands in a table (and not in the text), whatever that is called."""
        return bool(self.column) or self.where.startswith("Table")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One table of a paper.

    Attributes:
        paper: key of the paper. key: name of the table on the command line. where: its name in the claims.
        caption: as printed; empty where the text version we read lacks it.
        labels: heads of the label columns; a claim's row is split at " / " among them.
        columns: heads of the columns with figures, as the claims have them, in the order of the paper.
        side: head of the column with the image side, which stands last; empty where there is none.
        units: whether the unit stands in the cells and not in the heads.
        best: whether the best figure of a column or of a row is set in bold.
    """

    paper: str
    key: str
    where: str
    caption: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    side: str = ""
    units: bool = False
    best: Literal["column", "row"] = "column"


@dataclass(frozen=True, kw_only=True)
class SpeedTest:
    """A claim of speed and the measurement that tests it.

    Attributes:
        claim: id of the figure. over: id of a second one, where the claim is the first over the second.
        same: ids of claims that say the same in other places.
        task: what is timed. model, against: registry names; the measured ratio is time of ``model`` over time of
            ``against``. size: image side of both, pixels.
        note: what the measurement is not.
    """

    claim: str
    task: Literal["infer", "train"]
    model: str
    against: str
    size: int
    note: str
    over: str | None = None
    same: tuple[str, ...] = ()

    @property
    def ids(self) -> list[str]:
        """Every claim it tests."""
        return [self.claim, *([self.over] if self.over else []), *self.same]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement without a figure, and which of our counts bear on it.

    Attributes:
        claim: id of the statement.
        models: whose counts are shown. against: of a reduction, what each of them is compared with.
        parts: name -> patterns of module paths, whose shares of each model's cost are shown, or, with ``against``, how
            much less each of them costs.
        whole: name -> patterns of what the shares are also shown of, beside the whole model.
        judged: ``first``: the first part is the largest in every model; ``rising``: each value is above the one
            before; ``reduced``: every value is above 0; empty where the statement names no limit, so that the values
            stand without a verdict.
        convention, size: how it is counted, and at which image side (None: the models' own).
        quantity: ``flops``, ``params`` (values in M instead of shares) or ``memory`` (fp32 weights and the largest
            activations of inference, one image).
    """

    claim: str
    models: tuple[str, ...]
    convention: str
    against: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judged: Literal["", "first", "rising", "reduced"] = ""
    size: int | None = None
    quantity: Literal["flops", "params", "memory"] = "flops"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A shape that a paper prints, beside the formula and the factors that it gives for it.

    Attributes:
        id: unique in the paper. where: place. said: what the shape is of.
        formula: of each side, a product and quotient of factors such as ``c*d*d/s``. factors: their printed values.
        printed: the sides as printed.
    """

    id: str
    where: str
    said: str
    formula: tuple[str, ...]
    factors: Mapping[str, int]
    printed: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Paper:
    """A paper and everything it claims, in its order.

    Attributes:
        key: name of the paper on the command line. short: what its method is called.
        title, authors, url, version: of the text that was read. note: what that text lacks.
        order: place among the papers; those without one come last, by key.
        claims: every figure and statement. tables: their layouts.
        speed, statements, orderings: what can test claims of time, of words and of accuracy.
        shapes: printed beside the formulas that give them.
        file: where it was read. given: whether a user gave that file.
    """

    key: str
    short: str
    title: str
    authors: tuple[str, ...]
    url: str
    version: str
    note: str = ""
    order: int | None = None
    claims: tuple[Claim, ...]
    tables: tuple[Layout, ...] = ()
    speed: tuple[SpeedTest, ...] = ()
    statements: tuple[Statement, ...] = ()
    orderings: tuple[Ordering, ...] = ()
    shapes: tuple[Shape, ...] = ()
    file: str = ""
    given: bool

    @property
    def options(self) -> list[str]:
        """Options with which a command finds the paper: none for those of the package."""
        return ["--papers", self.file] if self.given else []

    def claim(self, id: str) -> Claim:
        """The claim of that id."""
        return _by_id(self)[id]

    def statement(self, claim: Claim) -> Statement | None:
        """What bears on a statement without a figure; None of any other claim."""
        return next((one for one in self.statements if one.claim == claim.id), None)

    def excerpt(self, where: str) -> Paper:
        """The paper reduced to one table or section whose relations do not reach beyond it."""
        return _excerpt(self, where)


@cache
def _by_id(paper: Paper) -> Mapping[str, Claim]:
    return {claim.id: claim for claim in paper.claims}


@cache
def _excerpt(paper: Paper, where: str) -> Paper:
    """The same paper object for the same question, so that what is computed of it is kept."""
    return dataclasses.replace(paper, claims=tuple(claim for claim in paper.claims if claim.where == where))
