from __future__ import annotations

from typing import Any

import pytest

from effbench.claims.load import PAPERS, paper
from effbench.report.data.audit import audit_data, command, stand

pytest.importorskip("torch", reason="some claims are about networks that are counted")


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return audit_data()


def test_every_claim_has_a_verdict_and_what_shows_it(data: dict[str, Any]) -> None:
    assert len(data["claims"]) == sum(len(paper(key).claims) for key in PAPERS)
    assert all(claim["verdict"] and claim["command"].startswith("effbench ") for claim in data["claims"])


def test_the_evidence_holds_the_reading_of_the_verdict(data: dict[str, Any]) -> None:
    judged = [claim for claim in data["claims"] if claim["readings"]]
    assert len(judged) > 70
    for claim in judged:
        assert [claim["under"], claim["size"], claim["ours"], claim["verdict"]] in [
            [under, size, float(value), match] for under, size, value, match in claim["readings"]
        ]


@pytest.mark.parametrize(
    ("outcome", "way"), [("rounded", "holds"), ("implies", "holds"), ("off", "against"), ("not checked", "open")]
)
def test_which_way_a_verdict_speaks(outcome: str, way: str) -> None:
    assert stand(outcome) == way


def test_the_command_of_a_cost_explains_it() -> None:
    claim = paper("ci2p_vit").claim("table2.512.ci2p-vit-ds-flops")
    assert command(claim, 512) == "effbench explain ci2p_vit_ds --size 512 --value 25.762G"
    assert command(claim, None) == "effbench claims --paper ci2p_vit --all"


def test_speeds_say_on_which_machine(data: dict[str, Any]) -> None:
    measured = [row for row in data["speeds"] if row["measured"] is not None]
    assert measured
    assert all(row["cpu"] and row["libraries"] and row["commit"] for row in measured)
