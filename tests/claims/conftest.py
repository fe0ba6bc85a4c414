"""Papers for the audit: small ones made of rows, and the real ones with single claims changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from effbench.claims.load import Paper, paper, parse_paper

ABOUT = {"key": "p", "title": "A paper", "authors": ["A. Author"], "url": "https://example.org", "version": "v1"}
ROW = {"where": "Table 1", "system": "A", "metric": "flops", "unit": "G"}


@pytest.fixture
def paper_of() -> Callable[..., Paper]:
    """``paper_of({"id": "a", "printed": "17.6", …}, …)``: a paper of these rows; ROW fills in what a row leaves out."""

    def build(*rows: dict[str, Any]) -> Paper:
        return parse_paper("p", {"paper": ABOUT, "claim": [{"row": row["id"], **ROW, **row} for row in rows]})

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
