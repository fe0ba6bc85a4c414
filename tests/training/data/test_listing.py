"""Stratified draws."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from effbench.training.data.listing import held_out, others


@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.integers(0, 90).map(lambda percent: percent / 100))
def test_every_class_gives_its_share_to_within_one_image(labels, share):
    out = held_out(labels, share, "draw")
    exact = Fraction(str(share))
    assert len(out) == len(set(out)) == ceil(len(labels) * exact)
    assert out == sorted(out)
    given_up = Counter(labels[i] for i in out)
    for label, count in Counter(labels).items():
        assert abs(given_up[label] - count * exact) < 1


def test_a_share_is_meant_as_it_is_written():
    # 10 classes of 10: a tenth is 10 images exactly; the binary number 0.1 is a little more, whose ceiling were 11
    assert len(held_out([i % 10 for i in range(100)], 0.1, "draw")) == 10


def test_draws_differ_by_name_and_are_the_same_again():
    labels = [0] * 1000
    assert held_out(labels, 0.5, "a") == held_out(labels, 0.5, "a")
    same = len(set(held_out(labels, 0.5, "a")) & set(held_out(labels, 0.5, "b")))
    assert 200 < same < 300  # 250 expected of two independent halves, standard deviation 7.9


def test_an_image_is_drawn_by_its_name_not_its_place():
    names = [f"{i}.jpg" for i in range(50)]
    out = {names[i] for i in held_out([0] * 50, 0.2, "draw", names)}
    assert {names[::-1][i] for i in held_out([0] * 50, 0.2, "draw", names[::-1])} == out


def test_the_draw_never_changes():
    # what tables rest on: these are the held-out images of every release
    assert held_out([0] * 20, 0.2, "digits: test") == [0, 12, 13, 15]


def test_others_are_the_rest_in_order():
    assert others(6, [4, 0]) == [1, 2, 3, 5]
