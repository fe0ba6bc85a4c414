"""Published figures, read from this folder's TOML files. Nothing of ours is in them (README.md beside this file)."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, UnknownName

PAPERS = ("ci2p_vit", "token_fusion", "ravit")
METRICS = ("flops", "params", "top1", "top5", "tokens", "training_hours")
_NUMBER = re.compile(r"\d+(\.\d+)?")

RELATIONS = ("percent", "reduction", "difference", "ratio", "greater")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One published figure, or one comparison a paper makes in words.

    Attributes:
        paper: key of the paper. id: unique within it.
        where, row, column: place and labels as printed.
        system: the paper's name for what the figure is about; model: ours, where the registry has it.
        metric: one of METRICS; flops is the paper's word, whatever it counted.
        printed: the digits as they stand. unit: scale (k, M, G) or %, x (times), h, points.
        size: image side, only where the paper states it. dataset: where one is named.
        exit_threshold: of early-exit rows. approximate: the paper says about, around, -fold.
        cites: the reference a comparison row is credited to.
        relation: how the figure follows from two others, ``of`` and ``against`` (ids) or two models.
    """

    paper: str
    id: str
    where: str
    row: str
    system: str
    metric: str
    printed: str
    unit: str
    column: str = ""
    model: str | None = None
    size: int | None = None
    dataset: str | None = None
    exit_threshold: str | None = None
    approximate: bool = False
    cites: str | None = None
    relation: str | None = None
    of: str | None = None
    against: str | None = None
    of_model: str | None = None
    against_model: str | None = None

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
    def in_table(self) -> bool:
        """Whether it stands in a table (and not in the text)."""
        return self.where.startswith("Table")


@dataclass(frozen=True, kw_only=True, eq=False)
class Paper:
    """A paper and everything it claims, in its order."""

    key: str
    title: str
    authors: tuple[str, ...]
    url: str
    version: str
    note: str
    claims: tuple[Claim, ...]

    def excerpt(self, where: str) -> Paper:
        """The paper reduced to one table or section whose relations do not reach beyond it."""
        return dataclasses.replace(self, claims=tuple(claim for claim in self.claims if claim.where == where))

    def claim(self, id: str) -> Claim:
        """The claim of that id."""
        return _by_id(self)[id]


@cache
def _by_id(paper: Paper) -> Mapping[str, Claim]:
    return {claim.id: claim for claim in paper.claims}


@cache
def paper(key: str) -> Paper:
    """The paper of that key, its file checked.

    Raises:
        UnknownName: no such paper. EffbenchError: a key, metric, relation or id in the file that cannot be.
    """
    if key not in PAPERS:
        raise UnknownName("paper", key, PAPERS)
    text = Path(__file__).with_name(f"{key}.toml").read_text(encoding="utf-8")
    return parse_paper(key, tomllib.loads(text))


def parse_paper(key: str, data: Mapping[str, Any]) -> Paper:
    """A file's content as a Paper; every mistake in it is an error."""
    allowed = {field.name for field in fields(Claim)} - {"paper"}
    needed = {field.name for field in fields(Claim) if field.default is MISSING} - {"paper"}
    claims: dict[str, Claim] = {}
    for row in data["claim"]:
        _require(not set(row) - allowed, key, row, f"unknown keys {sorted(set(row) - allowed)}")
        _require(not needed - set(row), key, row, f"missing keys {sorted(needed - set(row))}")
        _require(row["id"] not in claims, key, row, "an id stands twice")
        claims[row["id"]] = Claim(paper=key, **row)
    for claim in claims.values():
        row = {"id": claim.id}
        _require(claim.metric in METRICS, key, row, f"metric {claim.metric!r}; allowed: {METRICS}")
        _require(claim.relation in (None, *RELATIONS), key, row, f"relation {claim.relation!r}; allowed: {RELATIONS}")
        _require({claim.of, claim.against} - {None} <= set(claims), key, row, "of or against names no claim")
        is_number = _NUMBER.fullmatch(claim.digits) is not None
        in_words = not claim.printed and claim.relation is None and claim.model is None  # told, not checked
        wanted = claim.relation == "greater" or is_number or in_words
        _require(wanted, key, row, f"printed {claim.printed!r} is no number")
    about = {**data["paper"], "authors": tuple(data["paper"]["authors"])}
    return Paper(claims=tuple(claims.values()), **{"note": "", **about})


def _require(holds: bool, key: str, row: Mapping[str, Any], problem: str) -> None:
    if not holds:
        raise EffbenchError(f"claims/{key}.toml, claim {row.get('id')!r}: {problem}")
