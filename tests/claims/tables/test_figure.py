"""Published figures beside ours: numbers derived by hand from the papers' formulas."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effbench.claims.audit import audit
from effbench.claims.load import paper, papers
from effbench.claims.tables.figure import Context, difference, figure, shown
from effbench.claims.tables.layout import table
from effbench.claims.tables.notes import marks


def made(key, claim_id, runs=()):
    """The figure of that claim."""
    about, layout = table(key, papers())
    claim = about.claim(claim_id)
    context = Context(layout, audit(about), marks(layout, audit(about)), runs)
    return figure(context, claim)


def test_a_figure_that_holds_has_ours_with_one_digit_more_and_its_convention():
    # 3 layers of 65 tokens, width 128: 3 (2·65²·128 + 12·65·128²) = 41,583,360 MACs, twice that in FLOPs.
    found = made("ravit.1", "table1.vit-3.flops")
    assert (found.claim.printed, found.ours, found.words, found.mark) == ("83.16", "83.167", "truncated", "a")
    assert found.plain()["ours"] == 83_166_720
    assert found.plain()["holds_under"] == "ravit"


def test_ours_is_counted_like_the_rest_of_the_table_where_the_paper_was_not():
    # The attention products are 3,019,898,880 MACs: 25.762 G without them, 28.782 G with them, as the other columns.
    found = made("ci2p.2", "table2.512.ci2p-vit-ds-flops")
    assert found.plain()["ours"] == 25_762_340_864 + 3_019_898_880
    assert (found.plain()["ours_under"], found.plain()["holds_under"]) == ("ci2p", "ci2p_fused_attention")
    assert found.judgement().partition(",")[0] == "+11.72 %"  # 28,782,239,744 / 25.762 G = 1.117236


def test_a_percentage_of_ours_is_made_of_figures_counted_alike():
    # 100 (1 - 28,782,239,744 / 107,002,724,352) = 73.1014; the paper prints 75.92.
    found = made("ci2p.2", "table2.512.ci2p-vit-ds-reduction")
    assert (found.ours, found.judgement()) == ("73.101", "-2.82 points, follows")


def test_a_percentage_that_does_not_follow_says_so():
    found = made("ravit.3", "table3.ours-1-1-10.flops-percent")
    assert (found.claim.printed, found.ours, found.words) == ("81", "86.7", "contradicts")


def test_a_mean_cost_with_early_exits_is_no_count_of_ours():
    found = made("ravit.1", "table1.ours-1-3-ee-0-05.flops")
    assert found.ours is None
    # (89,999,360 - 80.81 M) / (89,999,360 - 6,832,640) = 11.05 %
    assert found.words == "implies 11.05 % if all leave at exit 1"


def test_an_accuracy_is_published_only():
    found = made("ravit.1", "table1.vit-3.top1")
    assert (found.ours, found.judgement()) == (None, "published only")


def test_an_accuracy_of_ours_stands_beside_it(training):
    found = made("ravit.1", "table1.ours-1-3.top1", [training(top1=80), training(top1=83)])
    assert found.ours == "81.50"  # the mean of 80 and 83 against 84.9
    assert found.judgement() == "-3.40 points, measured, 2 seeds, 400 epochs at 32²"
    assert found.plain()["ours_source"] == "measured"


def test_the_image_side_is_said_where_the_paper_states_none():
    pytest.importorskip("torch")
    assert made("ci2p.1", "table1.deit-b.flops").judgement().endswith(" at 224²")
    assert " at " not in made("ci2p.2", "table2.256.vit-flops").judgement()


def test_ours_is_rounded_half_up_in_the_unit_of_the_paper():
    claim = paper("ravit").claim("table1.vit-3.flops")
    assert shown(83_166_500, claim) == "83.167"  # 83.1665
    assert shown(83_166_499, claim) == "83.166"


@pytest.mark.parametrize(
    ("ours", "said"),
    [(83_160_000, "0.00 %"), (83_160_001, "0.00 %"), (83_159_999, "0.00 %"), (84_000_000, "+1.01 %")],
)
def test_a_difference_that_rounds_to_nothing_has_no_sign(ours, said):
    assert difference(ours, paper("ravit").claim("table1.vit-3.flops")) == said


def test_percentages_differ_in_points():
    claim = paper("ravit").claim("table1.vit-3.flops-percent")
    assert difference(Fraction(149, 2), claim) == "-0.50 points"
