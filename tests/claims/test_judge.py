"""Verdicts: what becomes of a published figure. Expected integers are worked out here from the papers' formulas."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effbench.claims.judge import verdicts
from effbench.claims.load import paper, papers
from effbench.claims.wording import OUTCOMES
from effbench.models.registry import Entry, Family, entries
from effbench.models.spec import Spec


@pytest.fixture
def verdict():
    """``verdict(paper, id)``."""
    return lambda about, claim_id: next(v for v in verdicts(about) if v.claim.id == claim_id)


def layer(tokens: int, width: int) -> int:
    """FLOPs of one layer, RAViT eq. 2: 2 · (2L²D + 12LD²)."""
    return 2 * (2 * tokens**2 * width + 12 * tokens * width**2)


# Patches + class token per branch: CIFAR-10 16, 64; Tiny ImageNet 16, 64, 256; ImageNet 16, 64, 196.
CIFAR = [layer(tokens, 128) for tokens in (17, 65)]
TINY = [layer(tokens, 768) for tokens in (17, 65, 257)]
IMAGENET = [layer(tokens, 768) for tokens in (17, 65, 197)]

NO_EXIT_ROWS = [
    ("table1.vit-3", 3 * CIFAR[1], "truncated"),  # 83 166 720 as 83.16
    ("table1.vit-4", 4 * CIFAR[1], "truncated"),
    ("table1.vit-5", 5 * CIFAR[1], "truncated"),
    ("table1.ours-1-3", CIFAR[0] + 3 * CIFAR[1], "truncated"),  # 89 999 360 as 89.99
    ("table2.vit-3", 3 * TINY[2], "truncated"),
    ("table2.vit-4", 4 * TINY[2], "truncated"),
    ("table2.vit-6", 6 * TINY[2], "truncated"),
    ("table2.ours-2-0-3", 2 * TINY[0] + 3 * TINY[2], "truncated"),
    ("table3.vit-8", 8 * IMAGENET[2], "truncated"),
    ("table3.vit-10", 10 * IMAGENET[2], "truncated"),
    ("table3.vit-12", 12 * IMAGENET[2], "truncated"),
    ("table3.ours-1-1-8", IMAGENET[0] + IMAGENET[1] + 8 * IMAGENET[2], "truncated"),
    ("table3.ours-1-1-10", IMAGENET[0] + IMAGENET[1] + 10 * IMAGENET[2], "truncated"),
]


@pytest.mark.parametrize(("row", "flops", "outcome"), NO_EXIT_ROWS, ids=[row for row, _, _ in NO_EXIT_ROWS])
def test_every_row_without_early_exit_of_ravit_holds(verdict, row, flops, outcome):
    found = verdict(paper("ravit"), f"{row}.flops")
    assert (found.ours, found.under, found.outcome) == (flops, "ravit", outcome)


TABLE2 = [
    ("256.vit", 23_126_802_432, "ci2p"),
    ("384.vit", 55_432_691_712, "ci2p"),
    ("512.vit", 107_002_724_352, "ci2p"),
    ("256.ci2p-vit", 8_476_811_264, "ci2p"),
    ("384.ci2p-vit", 19_283_963_904, "ci2p"),
    ("512.ci2p-vit", 34_810_339_328, "ci2p"),
    ("256.ci2p-vit-ds", 6_441_525_248, "ci2p_fused_attention"),
    ("384.ci2p-vit-ds", 14_491_865_088, "ci2p_fused_attention"),
    ("512.ci2p-vit-ds", 25_762_340_864, "ci2p_fused_attention"),
]


@pytest.mark.parametrize(("cell", "macs", "under"), TABLE2, ids=[cell for cell, _, _ in TABLE2])
def test_every_figure_of_ci2p_table_2_holds_under_one_of_two_conventions(verdict, cell, macs, under):
    found = verdict(paper("ci2p_vit"), f"table2.{cell}-flops")
    assert (found.ours, found.under, found.outcome) == (macs, under, "rounded")


@pytest.mark.parametrize(
    ("row", "exit", "percent"),
    # Eq. 4 solved for the share that leaves: (full - published) / (cost of the layers after the exit).
    [
        ("table1.ours-1-3-ee-0-05", 1, 11.05),
        ("table1.ours-1-3-ee-0-15", 1, 26.8),
        ("table2.ours-2-0-3-ee-0-2", 1, 8.9),
        ("table2.ours-2-0-3-ee-0-25", 1, 19.8),
        ("table3.ours-1-1-10-ee-1-5", 2, 10.4),
        ("table3.ours-1-1-8-ee-1-0", 2, 6.9),
    ],
)
def test_an_early_exit_row_implies_the_share_of_images_that_left(verdict, row, exit, percent):
    found = verdict(paper("ravit"), f"{row}.flops")
    assert found.outcome == "implies"
    assert 100 * found.shares[exit - 1] == pytest.approx(percent, abs=0.05)


def test_each_share_gives_the_published_cost_back(verdict):
    found = verdict(paper("ravit"), "table3.ours-1-1-8-ee-1-0.flops")
    full = IMAGENET[0] + IMAGENET[1] + 8 * IMAGENET[2]
    exits = [IMAGENET[0], IMAGENET[0] + IMAGENET[1]]
    means = [share * cost + (1 - share) * full for share, cost in zip(found.shares, exits, strict=True)]
    assert means == pytest.approx([22.84e9, 22.84e9])


@pytest.mark.parametrize(
    ("published", "outcome"),
    # 1-3 costs 89 999 360 in all, 6 832 640 up to its first exit: no mean lies outside. 6 may be 6.83, cut off.
    [("95", "off"), ("90", "implies"), ("89.9", "implies"), ("6", "implies"), ("6.7", "off"), ("5", "off")],
)
def test_a_cost_that_no_share_gives_is_off(verdict, changed, published, outcome):
    about = changed("ravit", {"table1.ours-1-3-ee-0-05.flops": {"printed": published}})
    assert verdict(about, "table1.ours-1-3-ee-0-05.flops").outcome == outcome


@pytest.mark.parametrize(
    ("published", "outcome"), [("5", "implies"), ("0.3", "implies"), ("95", "implies"), ("97", "off")]
)
def test_a_reduction_by_early_exits_implies_a_share_too(verdict, changed, published, outcome):
    # 12.006 G MACs, of which 0.483 G lead to the first exit: no share saves more than 95.98 %.
    about = changed("ravit", {"text.s5-b.ee-0-15.flops-reduction": {"printed": published}})
    found = verdict(about, "text.s5-b.ee-0-15.flops-reduction")
    assert found.outcome == outcome
    assert found.shares[0] == pytest.approx(float(published) / 95.98, abs=0.0005)


@pytest.mark.parametrize("about", papers(), ids=lambda about: about.key)
def test_every_claim_has_one_verdict_in_its_order(about):
    found = verdicts(about)
    assert [v.claim for v in found] == list(about.claims)
    assert {v.outcome for v in found} <= set(OUTCOMES)


@pytest.mark.parametrize(
    ("key", "claim_id", "outcome"),
    [
        ("ci2p_vit", "text.s3-2.ci2p-vit.tokens", "exact"),  # 64 = (256 / 32)²
        ("ci2p_vit", "table1.ci2p-vit.params", "rounded"),  # 88 956 320 without head
        ("ci2p_vit", "table1.vit-b-32.flops", "off"),  # ViT-B/16's figure
        ("ci2p_vit", "text.s4-3.ci2p-vit.params-increase", "follows"),  # 88.96 > 86
        ("ravit", "table3.ours-1-1-10.flops-percent", "contradicts"),  # 30.25 / 34.89 = 86.7 %, printed 81
        ("ravit", "text.s1.half-size", "rounded"),  # 4.06 prints as "4 times"
        ("ravit", "table1.vit-3.top1", "not checked"),
        ("token_fusion", "table2.vit-b-16.params", "off"),  # 86.1 M, printed 55.5
        ("token_fusion", "table2.ours.params", "rounded"),  # 139.6 M without head, 140.3 M with
        ("token_fusion", "text.params-fewer-than-mvitv2-l", "follows"),  # 1 - 140 / 218 = 35.8 %
    ],
)
def test_outcomes(verdict, key, claim_id, outcome):
    assert verdict(paper(key), claim_id).outcome == outcome


@pytest.mark.parametrize(
    ("key", "claim_id", "reason"),
    [
        ("ravit", "table1.vit-3.top1", "accuracy: needs training"),
        ("ci2p_vit", "text.s4-1.vit-b-16.training-hours", "time: needs the authors' machine"),
        (
            "token_fusion",
            "table3.coca.params",
            "printed of the whole of CoCa, both text decoders among it; "
            "coca_encoder alone has 1022.2 M (all parameters, 576²)",
        ),
    ],
)
def test_what_is_not_checked_says_why(verdict, key, claim_id, reason):
    found = verdict(paper(key), claim_id)
    assert (found.outcome, found.detail, found.ours) == ("not checked", reason, None)


@pytest.mark.parametrize(("size", "alike"), [(256, "71.33"), (384, "72.13"), (512, "73.10")])
def test_a_percentage_of_figures_counted_differently_is_recomputed_alike(verdict, size, alike):
    # 1 - 6.630 / 23.127, 1 - 15.447 / 55.433, 1 - 28.782 / 107.003
    found = verdict(paper("ci2p_vit"), f"table2.{size}.ci2p-vit-ds-reduction")
    assert found.outcome == "follows"
    assert f"{float(found.alike):.2f}" == alike
    assert f"counted alike {alike} %" in found.detail


def test_a_percentage_of_figures_counted_alike_needs_no_recount(verdict):
    assert verdict(paper("ci2p_vit"), "table2.256.ci2p-vit-reduction").alike is None


def test_a_ratio_is_ours_over_the_printed_figure(verdict, paper_of):
    # 8 476 811 264 at 256, under ci2p, which gives the other figure.
    wrong = {"id": "a", "printed": "10.00", "model": "ci2p_vit", "size": 256}
    right = {"id": "b", "printed": "23.127", "model": "vit_base_patch16_gap", "size": 256}
    assert verdict(paper_of(wrong, right), "a").ratio == pytest.approx(0.8476811264)


def test_a_comparison_in_words_has_no_ratio(verdict):
    assert verdict(paper("ci2p_vit"), "text.s4-3.ci2p-vit.params-increase").ratio is None


TIMES = {"relation": "ratio", "of_model": "ravit_tiny_imagenet:0-0-3", "against_model": "ravit_tiny_imagenet:0-5-0"}


@pytest.mark.parametrize(
    ("printed", "approximate", "outcome"),
    # 3 · layer(257) / (5 · layer(65)) is 2.470; with patch embedding and head, under macs, 2.471.
    [
        ("2.5", False, "rounded"),
        ("2", False, "rounded"),
        ("2.7", False, "off"),
        ("2.7", True, "about"),  # 2.7 less an eighth is 2.36
        ("2.9", True, "off"),
    ],
)
def test_a_factor_between_models_is_our_own(verdict, paper_of, printed, approximate, outcome):
    row = {"id": "a", "unit": "x", "printed": printed, "approximate": approximate, **TIMES}
    found = verdict(paper_of(row, {"id": "b", "printed": "1", "where": "Text"}), "a")
    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("better", "worse", "outcome"), [("86.97", "86.96", "follows"), ("87.32", "87.32", "contradicts")]
)
def test_greater_means_greater(verdict, paper_of, better, worse, outcome):
    top1 = {"metric": "top1", "unit": "%"}
    order = {"id": "c", "printed": "", "relation": "greater", "of": "a", "against": "b", **top1}
    about = paper_of({"id": "a", "printed": better, **top1}, {"id": "b", "printed": worse, **top1}, order)
    assert verdict(about, "c").outcome == outcome


def test_a_figure_of_a_size_that_the_model_cannot_have_is_not_checked(verdict, paper_of):
    about = paper_of({"id": "a", "printed": "8.477", "model": "ci2p_vit", "size": 250})
    assert verdict(about, "a").outcome in ("off", "not checked")


def test_a_figure_of_a_model_with_neither_formula_nor_network_is_not_checked(monkeypatch, verdict, paper_of):
    family = Family(name="named", source="a name alone")
    monkeypatch.setitem(entries(), "named", Entry(name="named", family=family, spec=Spec()))
    found = verdict(paper_of({"id": "a", "printed": "8.477", "model": "named"}), "a")
    assert (found.outcome, found.ours) == ("not checked", None)


def test_a_difference_of_nothing_has_no_ratio(verdict, paper_of):
    top1 = {"metric": "top1", "printed": "81.8", "unit": "%"}
    same = {"id": "c", "metric": "top1", "printed": "0.0", "unit": "points", "relation": "difference"}
    about = paper_of({"id": "a", **top1}, {"id": "b", **top1}, {**same, "of": "a", "against": "b"})
    found = verdict(about, "c")
    assert (found.outcome, found.ours, found.ratio) == ("follows", Fraction(0), None)


@pytest.mark.parametrize(("claim_id", "end"), [("1.ours-1-3-ee-0-05", "M, cut off"), ("3.vit-8", "G, rounded")])
def test_a_percentage_says_by_which_rule_it_follows_where_only_one_gives_it(verdict, claim_id, end):
    # 80.81 / 110.88 = 72.88 %, printed 72; 23.26 / 34.89 = 66.67 %, printed 67.
    assert verdict(paper("ravit"), f"table{claim_id}.flops-percent").detail.endswith(end)


def test_a_figure_of_the_text_is_counted_as_in_its_table(verdict):
    found = verdict(paper("ci2p_vit"), "text.s4-3.ci2p-vit-ds.flops")
    assert (found.under, found.claim.where) == ("ci2p_fused_attention", "Section 4.3")


def test_cut_by_and_cut_to_are_told_apart(verdict):
    # 157 286 400 of 704 643 072 with attention products; without them 4 LD^2, a quarter of the tokens: 75 % less.
    found = verdict(paper("ci2p_vit"), "text.s1.attention-flops-quarter")
    without = "fvcore_fused_attention, ci2p_fused_attention, ptflops_aten_fused_attention, thop"
    assert f'; "to 25 %" would hold under {without}, so likely a slip of wording' in found.detail
