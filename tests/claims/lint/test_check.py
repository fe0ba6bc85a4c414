"""Tables with one mistake each, the tables of the three papers, and correct tables made at random."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from effbench.claims.consistency import findings
from effbench.claims.judge import verdicts
from effbench.claims.lint.check import check, check_file
from effbench.claims.lint.names import named, names_file
from effbench.claims.lint.read import Table
from effbench.claims.load import paper
from effbench.errors import EffbenchError

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import made  # noqa: E402  # beside this file, which pytest imports without a package

sys.path.pop(0)

HEADS = ("Model", "Image size", "#Params (M)", "FLOPs (G)")
# As their own papers print them: 28.3 M and 4.5 G, 49.6 M and 8.7 G, 87.8 M and 15.4 G, 22.1 M and 4.6 G.
RIGHT = (
    ("Swin-T", "224", "28.3", "4.49"),
    ("Swin-S", "224", "49.6", "8.74"),
    ("Swin-B", "224", "87.8", "15.43"),
    ("DeiT-S", "224", "22.1", "4.60"),
)


def found(rows, heads=HEADS, caption=""):
    return [(one.row, one.column, one.finding) for one in check(Table(caption, heads, tuple(rows)), {}).findings]


def with_cell(row, column, text):
    rows = [list(line) for line in RIGHT]
    rows[row][column] = text
    return [tuple(line) for line in rows]


def test_a_correct_table_has_no_findings_and_its_conventions_are_named():
    checked = check(Table("", HEADS, RIGHT), {})
    assert checked.findings == ()
    assert [(one.column, one.convention, one.holding) for one in checked.columns] == [
        ("#Params (M)", "all parameters", 4),
        ("FLOPs (G)", "macs", 4),
    ]


@pytest.mark.parametrize(
    ("row", "column", "text", "finding"),
    [
        (0, 3, "8.98", "convention"),  # twice the MACs
        (1, 3, "15.43", "copied"),  # Swin-B's
        (0, 2, "4.49", "swapped"),  # the cost
        (0, 2, "2.83", "swapped"),  # the point
        (3, 3, "5.10", "off"),
        (2, 1, "384", "size"),  # 15.43 G are those at 224
    ],
)
def test_a_mistake_is_named_at_its_place(row, column, text, finding):
    rows = with_cell(row, column, text)
    here = [one for one in found(rows) if one[0] == RIGHT[row][0]]
    if finding == "size":
        pytest.importorskip("timm")  # 384 pixels are not in the shipped counts
        assert (RIGHT[row][0], "FLOPs (G)", "size") in here
    else:
        assert here == [(RIGHT[row][0], HEADS[column], finding)]


def test_a_row_with_the_cost_of_another_is_read_at_that_row_s_size():
    # ViT-B/32 with the cost that ViT-B/16 has at 256; its parameters are 88,235,752 there and 88,224,232 at 224.
    names = {"A": "ci2p_vit", "B": "vit_base_patch16_gap", "C": "vit_base_patch32"}
    for params, faults in (("88.236", ["copied"]), ("88.224", ["size", "copied"])):
        rows = (("A", "89.725", "8.477"), ("B", "86.612", "23.127"), ("C", params, "23.127"))
        findings = check(Table("", (HEADS[0], *HEADS[2:]), rows), names).findings
        assert [(one.row, one.finding) for one in findings] == [("C", fault) for fault in faults]


def test_a_unit_that_is_not_that_of_the_figures_is_said_once():
    assert found(RIGHT, ("Model", "Image size", "#Params (M)", "FLOPs (M)")) == [("", "FLOPs (M)", "unit")]


def test_figures_over_1024_to_the_third_are_not_in_10_to_the_ninth():
    # 4,283,537,072, 8,921,133,056 and 17,277,996,032 MACs over 2^30
    costs = (("18", "21.3", "3.99"), ("32", "41.2", "8.31"), ("48", "77.5", "16.1"))
    rows = [(f"hrnet_w{name}", "224", params, cost) for name, params, cost in costs]
    assert found(rows) == [(name, "FLOPs (G)", "unit") for name, *_ in rows]
    assert "is over 2^30" in check(Table("", HEADS, tuple(rows)), {}).findings[0].text
    assert found([*rows[:1], *RIGHT]) == [("hrnet_w18", "FLOPs (G)", "off")]


# 8.74 / 4.49, 15.43 / 4.49; 4.60 / 4.49 = 102.4; and how much more, where nothing stands in the row it is more than
@pytest.mark.parametrize("cells", [("100", "194.7", "343.7", "150"), ("-", "94.7", "243.7", "50")])
def test_a_percentage_that_does_not_follow_is_found(cells):
    rows = [(*row, cell) for row, cell in zip(RIGHT, cells, strict=True)]
    assert found(rows, (*HEADS, "% FLOPs")) == [("DeiT-S", "% FLOPs", "arithmetic")]


def test_a_row_that_is_not_known_is_undecidable_and_a_names_file_decides_it(tmp_path):
    rows = [("Ours", "224", "22.1", "4.60"), *RIGHT]
    assert found(rows) == [("Ours", "", "undecidable")]
    file = tmp_path / "names.toml"
    file.write_text('"Ours" = "deit_small_patch16_224"\n', encoding="utf-8")
    assert check(Table("", HEADS, tuple(rows)), names_file(file)).findings == ()


@pytest.mark.parametrize(("text", "said"), [('"A" = "swin_tinny"', "did you mean"), ('"A" = 1', "name of a model")])
def test_a_names_file_with_a_mistake_is_refused(tmp_path, text, said):
    (tmp_path / "names.toml").write_text(text, encoding="utf-8")
    with pytest.raises(EffbenchError, match=said):
        names_file(tmp_path / "names.toml")


@pytest.mark.parametrize(
    ("row", "side", "model"),
    [
        ("Swin-T [8]", 224, "swin_tiny_patch4_window7"),
        ("ConvNeXt-B", None, "convnext_base"),
        ("ConvNeXtBase", None, "convnext_base"),
        ("ResNet-50 (He et al. 2016)", 224, "resnet50"),
        ("convnext-tiny_32xb128_in1k", None, "convnext_tiny"),
        ("regnetx-3.2gf_8xb64_in1k", None, "regnetx_032"),
        ("MobileViT-XXS", None, "mobilevit_xxs"),
        ("vit_base_patch16_224.augreg_in21k", 224, "vit_base_patch16_224"),
        ("RepVGG-B0", None, "repvgg_b0"),
    ],
)
def test_names_of_rows(row, side, model):
    assert named(row, "", side, {}).model == model


def lint(name, key):
    (checked,) = check_file(HERE / "papers" / f"{name}.tex", names_file(HERE / "papers" / f"{key}.toml"))
    return {(one.row, one.column, one.finding) for one in checked.findings if one.is_fault}


KINDS = {"copied figure": "copied", "image size": "size", "other quantity": "swapped"}
UNSEEN = ("duplicate row", "parameter scope")
"""Kinds that a table alone does not show."""


@pytest.mark.parametrize(
    ("name", "key", "where"),
    [
        ("ci2p_vit_1", "ci2p_vit", "Table 1"),
        ("ci2p_vit_2", "ci2p_vit", "Table 2"),
        ("token_fusion_2", "token_fusion", "Table 2"),
        ("ravit_1", "ravit", "Table I"),
        ("ravit_3", "ravit", "Table III"),
    ],
)
def test_a_transcribed_table_yields_what_the_audit_of_the_paper_finds(name, key, where):
    pytest.importorskip("timm")
    about = paper(key)
    told = (one for one in findings(about, verdicts(about)) if one.where == where and one.kind not in UNSEEN)
    expected = {(KINDS.get(one.kind, one.kind), claim) for one in told for claim in one.claims}
    systems = {(kind, about.claim(claim).system) for kind, claim in expected if kind != "size" or "params" in claim}
    found = lint(name, key)
    rows = {(finding, row.partition(" (")[0]) for row, _, finding in found if row}
    of_columns = {(finding, column.removesuffix(" FLOPs")) for row, column, finding in found if not row}
    ours = rows | {(finding, column) for finding, column in of_columns if finding != "size"}
    assert {(kind, system.partition(" (")[0]) for kind, system in systems} == {
        (finding, row.removeprefix("our ").partition(" (")[0])
        if key != "ravit"
        else (finding, _system(about, where, row))
        for finding, row in ours
    }
    if name == "ci2p_vit_1":
        assert ("", "FLOPs(G)", "size") in found


def _system(about, where, row):
    """The paper's name of a row, which the audit's findings are told by."""
    return next(claim.system for claim in about.claims if claim.where == where and claim.row.startswith(row))


@pytest.mark.parametrize("seed", range(200))
def test_a_correct_table_made_at_random_has_no_findings(tmp_path, seed):
    table = made.made(seed)
    path = tmp_path / f"table.{table.ending}"
    path.write_text(table.text, encoding="utf-8")
    assert [finding for checked in check_file(path, {}) for finding in checked.findings] == []
