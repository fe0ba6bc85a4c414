from __future__ import annotations

from effbench.claims.load import paper, papers
from effbench.report.data.published import accuracy_rows, paper_rows


def test_every_paper_has_a_short_name() -> None:
    assert {key: row.paper.short for key, row in paper_rows(papers()).items()} == {
        "ci2p_vit": "CI2P-ViT",
        "token_fusion": "Token Fusion",
        "ravit": "RAViT",
        "swiftformer": "SwiftFormer",
    }


def test_accuracies_are_of_as_many_images_as_the_sets_have() -> None:
    found = {row.claim.dataset: row.images for row in accuracy_rows(papers())}
    known = {"imagenet": 50_000, "cifar10": 10_000, "tiny-imagenet": 10_000}
    assert found == {name: known.get(name) for name in found}  # Animals-10 has no official split
    assert found.keys() >= {*known, "animals10"}


def test_accuracies_are_as_printed_and_relations_are_none() -> None:
    rows = accuracy_rows(papers())
    assert rows
    for row in rows:
        claim = paper(row.claim.paper).claim(row.claim.id)
        assert (claim.metric, claim.relation) == ("top1", None)
        assert (row.plain()["printed"], row.accuracy) == (claim.printed, float(claim.digits))


def test_an_early_exit_has_the_cost_of_its_own_row() -> None:
    """Table I of arXiv:2602.24159, row 1-3 with T = 0.05: 84.6 % at 80.77 MFLOPs."""
    exits = [row for row in accuracy_rows(papers()) if row.claim.exit_threshold == "0.05"]
    (row,) = (row for row in exits if row.claim.dataset == "cifar10")
    place = row.claim.where, row.claim.row, "M"
    claim = next(c for c in paper("ravit").claims if (c.where, c.row, c.unit) == place)
    assert row.cost_printed == float(claim.digits) * 1e6
    assert row.plain()["cost_text"] == f"{claim.printed} M"


def test_a_row_without_flops_has_no_printed_cost() -> None:
    row = next(row for row in accuracy_rows(papers()) if row.claim.id == "table1.late-token.top1")
    assert row.cost_printed is None
