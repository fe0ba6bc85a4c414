"""What the letters of a table say."""

from __future__ import annotations

import pytest

from effbench.claims.tables.notes import meaning


@pytest.mark.parametrize(
    ("name", "said"),
    [("all parameters", "all parameters"), ("without head", "parameters without head")],
)
def test_a_scope_is_said_with_what_it_is_of(name, said):
    assert meaning(name) == said


def test_a_convention_is_said_with_what_it_counts():
    assert meaning("macs").startswith("macs: multiply-accumulates")
