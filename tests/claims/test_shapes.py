"""Printed shapes against their factors."""

from __future__ import annotations

import pytest

from effbench.claims.paper import Shape
from effbench.claims.shapes import differs, problem, sides


def shape(formula, printed, **factors):
    return Shape(id="s", where="Section 1", said="the output", formula=formula, factors=factors, printed=printed)


def test_products_and_quotients_are_read_left_to_right():
    assert sides(shape(("c*d*d/s", "h/d", "2*h"), (768, 8, 512), c=3, d=32, s=4, h=256)) == (768, 8, 512)


def test_a_shape_that_follows_is_no_finding_and_another_one_is():
    right = shape(("c*4", "h/2"), (768, 8), c=192, h=16)
    wrong = shape(("c*4", "h/2"), (768, 16), c=192, h=16)
    assert differs(right) == ""
    assert differs(wrong).endswith("with c = 192, h = 16 gives 768 x 8")


@pytest.mark.parametrize(
    ("formula", "printed", "factors", "said"),
    [
        (("c",), (1, 2), {"c": 1}, "1 formulas for 2"),
        (("c+1",), (1,), {"c": 1}, "product or quotient"),
        (("__import__('os')",), (1,), {"c": 1}, "product or quotient"),
        (("d",), (1,), {"c": 1}, "no factor 'd'"),
        (("c",), (1,), {"c": 0}, "1 or more"),
    ],
)
def test_what_is_no_formula_is_refused(formula, printed, factors, said):
    assert said in problem(shape(formula, printed, **factors))
