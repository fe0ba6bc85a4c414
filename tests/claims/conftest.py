"""Papers for the audit: small ones made of rows, and the real ones with single claims changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from effbench.claims.load import paper, parse_paper
from effbench.claims.paper import Paper
from effbench.claims.ratios import Conditions, Ratio

ABOUT = {
    "key": "p",
    "short": "P",
    "title": "A paper",
    "authors": ["A. Author"],
    "url": "https://example.org",
    "version": "v1",
}
ROW = {"where": "Table 1", "system": "A", "metric": "flops", "unit": "G"}


@pytest.fixture
def paper_of() -> Callable[..., Paper]:
    """``paper_of({"id": "a", "printed": "17.6", …}, …, table=[…])``: a paper of these rows and other tables.

    ROW fills in what a row leaves out.
    """

    def build(*rows: dict[str, Any], **tables: Any) -> Paper:
        claims = [{"row": row["id"], **ROW, **row} for row in rows]
        return parse_paper({"paper": ABOUT, "claim": claims, **tables}, "p.toml")

    return build


@pytest.fixture
def changed() -> Callable[..., Paper]:
    """``changed("ravit", {"table1.vit-3.flops": {"printed": "83.17"}})``: the real paper but for these claims."""

    def build(key: str, changes: dict[str, dict[str, Any]]) -> Paper:
        about = paper(key)
        assert set(changes) <= {claim.id for claim in about.claims}
        claims = (dataclasses.replace(claim, **changes.get(claim.id, {})) for claim in about.claims)
        return dataclasses.replace(about, claims=tuple(claims))

    return build


@pytest.fixture
def ratio() -> Callable[..., Ratio]:
    """``ratio(low=0.79, …)``: RAViT 1-3 over the ViT of 4 layers, 0.8 [0.79, 0.81]."""
    conditions = Conditions(
        machine="m",
        cpu="A processor",
        cores=2,
        accelerator=None,
        system="Linux",
        libraries="torch 2.9",
        commit="abc",
        dirty=False,
        load=0.5,
    )
    timed = Ratio(
        model="ravit_cifar10:1-3",
        against="vit_cifar10:4",
        size=32,
        batch=8,
        dtype="fp32",
        mode="eager",
        task="infer",
        device="cpu",
        threads=1,
        clock="wall",
        ratio=0.8,
        low=0.79,
        high=0.81,
        sets=8,
        steady=True,
        conditions=conditions,
        ended="today",
    )
    return lambda **changes: dataclasses.replace(timed, **changes)
