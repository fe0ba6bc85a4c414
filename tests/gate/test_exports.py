"""Verdicts as other tools read them."""

from __future__ import annotations

import json

import pytest

from effbench.gate import exports, outcome
from effbench.gate.session import PairedVerdict


def row(**given):
    """A row of the gate: +5 % on the CPU clock, interval +3 to +7 %, unless said otherwise."""
    effect = {"change": 0.05, "low": 0.03, "high": 0.07}
    effect |= {name: given.pop(name) for name in effect if name in given}
    plain = {
        "model": "toy",
        "clock": "cpu",
        "verdict": "FAIL",
        "margin": 0.02,
        "pairs": 6,
        "base_ns": 1000,
        "head_ns": 1050,
        "minutes": 1.25,
        "reason": "",
    }
    return outcome.Verdict(**plain | given, effect=outcome.Effect(**effect))


LOST = row(model="gone", change=None, low=None, high=None, verdict="INCONCLUSIVE", head_ns=None, reason="base: raised")


def test_github_action_benchmark_gets_the_time_relative_to_base_and_the_time():
    assert json.loads(exports.github_action_benchmark([row(), LOST])) == [
        {
            "name": "toy (cpu): time relative to base",
            "unit": "% of base",
            "value": 105.0,
            "range": "± 2.00",  # half of 7 - 3
            "extra": "FAIL: +5.0 % [+3.0, +7.0] over 6 pairs",
        },
        {
            "name": "toy (cpu): time of a step",
            "unit": "ns",
            "value": 1050,
            "extra": "FAIL: +5.0 % [+3.0, +7.0] over 6 pairs",
        },
    ]


def test_bencher_gets_both_measures_with_bounds():
    assert json.loads(exports.bencher([row(), LOST])) == {
        "toy (cpu)": {
            "relative-time": {"value": 1.05, "lower_value": 1.03, "upper_value": 1.07},
            "latency": {"value": 1050},
        }
    }


@pytest.mark.parametrize("ends", [{"low": None, "high": None}, {"low": float("-inf"), "high": float("inf")}])
@pytest.mark.parametrize("export", [exports.github_action_benchmark, exports.bencher])
def test_without_a_finite_interval_there_is_none(export, ends):
    text = export([row(**ends)])
    assert "lower_value" not in text
    assert "range" not in text
    assert "Infinity" not in text
    assert json.loads(text)


@pytest.mark.parametrize("export", [exports.github_action_benchmark, exports.bencher])
def test_nothing_measured_is_empty(export):
    assert json.loads(export([LOST])) in ([], {})


def test_the_summary_shows_every_row_and_the_verdict_on_top():
    lines = exports.summary([row(), LOST], notes=["margin 2 %"]).splitlines()
    assert lines[0] == "### effbench gate: FAIL"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert cells[0] == ["model", "clock", "change", "margin", "verdict", "pairs", "minutes", "reason"]
    assert cells[2] == ["toy", "cpu", "+5.0 % [+3.0, +7.0]", "2 %", "**FAIL**", "6", "1.2", ""]
    assert cells[3] == ["gone", "cpu", "-", "2 %", "**INCONCLUSIVE**", "6", "1.2", "base: raised"]
    assert "- margin 2 %" in lines


def test_a_reason_cannot_break_out_of_the_table():
    text = exports.summary([row(reason="a | b\n<img src=x> `c`")])
    assert r"a \| b &lt;img src=x> \`c\`" in text
    assert all(line.count("|") - line.count(r"\|") == 9 for line in text.splitlines() if line.startswith("|"))


@pytest.mark.parametrize(
    ("verdicts", "code", "word"),
    [
        (["PASS", "PASS"], 0, "PASS"),
        (["PASS", "FAIL", "INCONCLUSIVE"], 1, "FAIL"),
        (["PASS", "INCONCLUSIVE"], 3, "INCONCLUSIVE"),
    ],
)
def test_exit_codes(verdicts, code, word):
    rows = [row(verdict=verdict) for verdict in verdicts]
    assert outcome.exit_code(rows) == code
    assert outcome.overall(rows) == word


def test_a_failure_that_may_not_block_is_called_one():
    rows = [row(verdict="PASS"), row(verdict="FAIL", blocking=False)]
    assert outcome.exit_code(rows) == 3
    assert outcome.overall(rows) == "FAIL, which does not block"


def test_nothing_measured_is_a_code_of_its_own():
    assert outcome.exit_code([LOST]) == outcome.exit_code([]) == 4
    assert outcome.exit_code([LOST, row(verdict="PASS")]) == 3


def test_a_change_without_its_interval():
    assert str(row(low=None).effect) == "+5.0 %"
    assert str(LOST.effect) == "-"


def test_a_verdict_as_json_holds_it_has_no_value_inside_another():
    paired = PairedVerdict(model="a", clock="cpu", margin=0.02, wall=outcome.Effect(change=0.5), power=0.9)
    found = paired.plain()
    assert (found["change"], found["wall_change"], found["power"], found["blocking"]) == (None, 0.5, 0.9, True)
    assert json.loads(json.dumps(found)) == found
    assert list(row().plain())[:6] == ["model", "clock", "change", "low", "high", "margin"]
