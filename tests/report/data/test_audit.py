from __future__ import annotations

import pytest

from effbench.claims.load import papers
from effbench.report.data.audit import AuditData, audit_data

pytest.importorskip("torch", reason="some claims are about networks that are counted")


@pytest.fixture(scope="module")
def data() -> AuditData:
    return audit_data(papers())


def test_every_claim_has_a_verdict_and_what_shows_it(data: AuditData) -> None:
    assert len(data.claims) == sum(len(about.claims) for about in papers())
    rows = [claim.plain() for claim in data.claims]
    assert all(row["verdict"] and str(row["command"]).startswith("effbench ") for row in rows)
    assert {row["stand"] for row in rows} == {"holds", "against", "open"}


def test_the_evidence_holds_the_reading_of_the_verdict(data: AuditData) -> None:
    judged = [row for row in (claim.plain() for claim in data.claims) if row["readings"]]
    assert len(judged) > 70
    for row in judged:
        assert [row["under"], row["size"], row["ours"], row["verdict"]] in row["readings"]


def test_speeds_say_on_which_machine(data: AuditData) -> None:
    rows = [one.plain() for one in data.speeds if one.measured is not None]
    assert rows
    assert all(row["cpu"] and row["libraries"] and row["commit"] for row in rows)
