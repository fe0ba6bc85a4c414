"""Claims of speed: every row names claims that exist, figures by hand, and verdicts of whole intervals."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effbench.audit.speed import Figure, SpeedTest, claimed, of_paper, outcome, parse, speed_tests, verdict
from effbench.claims.load import PAPERS, paper
from effbench.errors import EffbenchError, UnknownName
from effbench.registry import resolve

TWO_FOLD = Figure(text="about 2 x", value=Fraction(2), unit="x")
SEVENTY = Figure(text="70 %", value=Fraction(70), unit="%")


def test_every_row_of_the_file_is_about_models_that_are_registered():
    assert len(speed_tests()) >= 5
    for test in speed_tests():
        for name in (test.model, test.against):
            assert resolve(name).at_size(test.size)


def test_every_claim_of_training_time_has_a_measurement_that_tests_it():
    tested = {id for test in speed_tests() for id in test.ids}
    for key in PAPERS:
        assert {claim.id for claim in paper(key).claims if claim.metric == "training_hours"} <= tested


def test_models_are_those_of_the_claims():
    for test in speed_tests():
        about = paper(test.paper)
        claim = about.claim(test.claim)
        if test.over is None:
            assert claim.model == test.model
        if claim.relation == "percent":
            assert about.claim(claim.against).model == test.against


def test_places_that_say_the_same_print_the_same():
    for test in speed_tests():
        printed = {(claim.printed, claim.unit) for claim in map(paper(test.paper).claim, (test.claim, *test.same))}
        assert len(printed) == 1


def test_figures_are_those_printed_or_a_ratio_of_two():
    velocity, hours = (claimed(test, paper("ci2p_vit")) for test in of_paper("ci2p_vit"))
    assert (velocity.text, velocity.value, velocity.unit) == ("about 2 x", 2, "x")
    assert (hours.text, hours.value, hours.unit) == ("about 20 h / about 9 h = 2.22 x", Fraction(20, 9), "x")
    shares = [claimed(test, paper("ravit")).text for test in of_paper("ravit")]
    assert shares == ["81 %", "78 %", "70 %"]


def test_a_time_ratio_in_the_figure_s_unit():
    assert TWO_FOLD.of_ratio(0.5) == 2
    assert SEVENTY.of_ratio(0.5) == 50
    assert TWO_FOLD.interval(0.4, 0.5) == (2.0, 2.5)
    assert SEVENTY.interval(0.4, 0.5) == (40.0, 50.0)


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


# 61.25 to 78.75 %; less is better
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.68, 0.75, "holds"), (0.50, 0.60, "exceeded"), (0.80, 0.85, "falls short"), (0.75, 0.80, "undecided")],
)
def test_outcomes_of_a_share_of_the_cost(low, high, said):
    assert outcome(SEVENTY, low, high) == said


@pytest.mark.parametrize(
    ("figure", "values", "said"),
    [
        (TWO_FOLD, (0.5, 0.48, 0.52), "measured 2.00 x [1.92, 2.08] on M: about 2 x holds"),
        (TWO_FOLD, (0.65, 0.6, 0.7), "measured 1.54 x [1.43, 1.67] on M: falls short of about 2 x"),
        (SEVENTY, (0.55, 0.5, 0.6), "measured 55 % [50, 60] on M: better than about 70 %"),
        (SEVENTY, (0.8, 0.7, 0.9), "measured 80 % [70, 90] on M: too wide to tell whether about 70 % holds"),
    ],
)
def test_a_verdict_is_a_sentence(figure, values, said):
    assert verdict(figure, *values, "M") == said


def row(**changed):
    given = {
        "paper": "ravit",
        "claim": "table1.ours-1-3.flops-percent",
        "task": "infer",
        "model": "a",
        "against": "b",
        "size": 32,
        "note": "",
    }
    return {**given, **changed}


def test_a_row_is_read_whole():
    assert parse(row(same=["text.s1.flops-percent"])) == SpeedTest(**row(same=("text.s1.flops-percent",)))


@pytest.mark.parametrize("changed", [{"claim": "table9"}, {"over": "table9"}, {"same": ["table9"]}])
def test_a_claim_that_is_not_there_is_an_error(changed):
    with pytest.raises(EffbenchError, match="ravit has no claim table9"):
        parse(row(**changed))


def test_other_mistakes_of_the_file_are_errors():
    with pytest.raises(EffbenchError, match="task 'sleep'; allowed: infer, train"):
        parse(row(task="sleep"))
    with pytest.raises(UnknownName):
        parse(row(paper="nobody"))
