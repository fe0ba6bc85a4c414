"""Errors a user can cause: what was wrong, what is allowed, the nearest valid name."""

from __future__ import annotations

import re

import pytest

from effbench.errors import EffbenchError, MissingExtra, SpecError, UnknownName

COLOURS = ("yellow", "violet", "blue")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("yelow", "unknown colour 'yelow'; did you mean yellow?"),
        ("bleue", "unknown colour 'bleue'; did you mean blue?"),
        ("xyz", "unknown colour 'xyz'; known: blue, violet, yellow"),
        ("", "unknown colour ''; known: blue, violet, yellow"),
    ],
)
def test_an_unknown_name_offers_the_nearest_or_all(name, message):
    assert str(UnknownName("colour", name, COLOURS)) == message


def test_several_near_names_are_offered_nearest_first():
    known = ["vit_base_patch16", "vit_base_patch32", "resnet"]
    assert str(UnknownName("model", "vit_base_patch1", known)).endswith(
        "did you mean vit_base_patch16 or vit_base_patch32?"
    )


def test_a_name_that_begins_others_offers_those_first():
    known = ["cpvt_base", "exit_vit_base", "mvitv2_base", "vit_base_patch16", "vit_base_patch16_gap"]
    assert "did you mean vit_base_patch16 or vit_base_patch16_gap or " in str(UnknownName("model", "vit_base", known))


def test_many_names_are_not_all_listed():
    message = str(UnknownName("model", "9" * 500, [f"name{number}" for number in range(1000)]))
    assert len(message) <= 300
    assert re.search(r"name0, name1, name10, .* and \d+ more$", message)


def test_a_hint_says_where_the_full_list_is():
    assert str(UnknownName("colour", "yelow", COLOURS, hint="(all: colours)")).endswith("yellow? (all: colours)")


@pytest.mark.parametrize(
    ("absent", "asked", "line"),
    [
        ({"seaborn", "pandas"}, ("seaborn", "report"), "needs seaborn: python -m pip install pandas seaborn"),
        (set(), ("matplotlib.pyplot", "report"), "needs matplotlib: python -m pip install matplotlib"),
        ({"PIL", "torch"}, ("PIL.Image", "train"), "needs pillow: python -m pip install torch pillow"),
        ({"ray", "sklearn"}, ("ray", "cluster"), "needs ray: python -m pip install scikit-learn ray"),
    ],
)
def test_a_missing_extra_is_the_line_that_installs_all_of_it_by_name(monkeypatch, absent, asked, line):
    monkeypatch.setattr("effbench.errors._is_installed", lambda module: module not in absent)
    assert str(MissingExtra("drawing a heatmap", *asked)) == f"drawing a heatmap {line}"


@pytest.mark.parametrize("kind", [SpecError, UnknownName, MissingExtra])
def test_every_error_is_one_that_the_command_line_prints(kind):
    assert issubclass(kind, EffbenchError)
