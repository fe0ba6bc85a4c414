"""Claims of speed: figures by hand, and verdicts of whole intervals."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.claims.load import paper
from effbench.claims.speed import Figure, claimed, outcome, verdict

TWO_FOLD = Figure(text="about 2 x", value=Fraction(2), unit="x", metric="training_hours")
SEVENTY = Figure(text="70 %", value=Fraction(70), unit="%", metric="flops")


def test_figures_are_those_printed_or_a_ratio_of_two():
    velocity, hours = (claimed(test, paper("ci2p_vit")) for test in paper("ci2p_vit").speed)
    assert (velocity.text, velocity.value, velocity.unit) == ("about 2 x", 2, "x")
    assert (hours.text, hours.value, hours.unit) == ("about 20 h / about 9 h = 2.22 x", Fraction(20, 9), "x")
    assert {velocity.metric, hours.metric} == {"training_hours"}
    shares = [claimed(test, paper("ravit")) for test in paper("ravit").speed]
    assert [(share.text, share.metric) for share in shares] == [("81 %", "flops"), ("78 %", "flops"), ("70 %", "flops")]


def test_a_time_ratio_in_the_figure_s_unit():
    assert TWO_FOLD.of_ratio(0.5) == 2
    assert SEVENTY.of_ratio(0.5) == 50
    assert TWO_FOLD.interval(0.4, 0.5) == (2.0, 2.5)
    assert SEVENTY.interval(0.4, 0.5) == (40.0, 50.0)
    assert (TWO_FOLD.in_unit(2.126), SEVENTY.in_unit(70.26)) == ("2.13 x", "70.3 %")


# An eighth either way is about: 1.75 to 2.25 x, which are time ratios of 0.444 to 0.571
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.48, 0.52, "holds"),
        (1 / 2.25, 1 / 1.75, "holds"),
        (0.30, 0.40, "exceeded"),
        (0.60, 0.70, "falls short"),
        (0.50, 0.60, "undecided"),
        (0.40, 0.50, "undecided"),
        (0.10, 0.90, "undecided"),
    ],
)
def test_outcomes_of_times_as_fast(low, high, said):
    assert outcome(TWO_FOLD, low, high) == said


# An eighth of the 30 points saved: 66.25 to 73.75 %; less is better
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.68, 0.73, "holds"),
        (0.50, 0.60, "exceeded"),
        (0.80, 0.85, "falls short"),
        (0.73, 0.80, "undecided"),
        (0.75, 0.80, "falls short"),
    ],
)
def test_outcomes_of_a_share_of_the_cost(low, high, said):
    assert outcome(SEVENTY, low, high) == said


@pytest.mark.parametrize(("value", "unit"), [("89", "%"), ("1.1", "x"), ("99", "%")])
def test_nothing_saved_never_holds(value, unit):
    figure = Figure(text="", value=Fraction(value), unit=unit, metric="flops")
    assert outcome(figure, 0.995, 1.005) == "falls short"


@pytest.mark.parametrize(
    ("figure", "interval", "said"),
    [
        (TWO_FOLD, (0.48, 0.52), "about 2 x holds on M"),
        (TWO_FOLD, (0.3, 0.4), "better than about 2 x on M"),
        (TWO_FOLD, (0.6, 0.7), "falls short of about 2 x on M"),
        (TWO_FOLD, (0.5, 0.6), "undecided whether about 2 x holds on M"),
        (SEVENTY, (0.5, 0.6), "better than about 70 % in time on M (claimed of FLOPs)"),
        (SEVENTY, (0.7, 0.9), "undecided whether about 70 % holds in time on M (claimed of FLOPs)"),
    ],
)
def test_a_verdict_is_a_sentence(figure, interval, said):
    assert verdict(figure, *interval, "M") == said


@pytest.mark.parametrize(
    ("value", "said"), [("100", "100"), ("20/9", "2.22"), ("63.35", "63.35"), ("2.50", "2.5"), ("10", "10")]
)
def test_a_verdict_has_the_figure_s_digits(value, said):
    figure = Figure(text="", value=Fraction(value), unit="x", metric="training_hours")
    assert verdict(figure, 1e-9, 1e-8, "M") == f"better than about {said} x on M"


@settings(deadline=None)
@given(st.floats(0.01, 10), st.floats(0.01, 10), st.sampled_from([TWO_FOLD, SEVENTY]))
def test_an_interval_is_on_one_side_or_undecided(one, two, figure):
    """Whatever a whole interval says, each of its ends alone says, too."""
    low, high = sorted((one, two))
    said = outcome(figure, low, high)
    assert said == "undecided" or outcome(figure, low, low) == outcome(figure, high, high) == said
    assert outcome(figure, low, low) != "undecided"
