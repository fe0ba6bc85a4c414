"""Prices in the browser are those of Python, to the last operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from effbench.claims.load import paper
from effbench.cost.convention import conventions
from effbench.counting.operations import operations
from effbench.models.registry import named_models, resolve
from effbench.render.numbers import scaled

from .reader import cell, choose

Open = Callable[..., Any]


def test_the_convention_turns_25_762_into_28_782(page: Open) -> None:
    browser = page()
    choose(browser, "size", "512")
    choose(browser, "convention", "ci2p_fused_attention")
    before = cell(browser, "ci2p_vit_ds", ".cost")
    choose(browser, "convention", "ci2p")
    after = cell(browser, "ci2p_vit_ds", ".cost")
    # the first is the paper's figure (Table 2), the second what it would be counted like the paper's other columns
    assert (before, after) == ("25.762 G", "28.782 G")
    assert before == f"{paper('ci2p_vit').claim('table2.512.ci2p-vit-ds-flops').printed} G"


def test_every_price_is_that_of_python_to_the_last_operation(page: Open) -> None:
    """All models by formula x all sizes x all conventions; networks without a formula: those of the snapshot."""
    browser = page()
    script = """
      const found = {};
      for (const model of window.effbench.models) for (const size of ['own', '224', '256', '384', '512'])
        for (const name of window.effbench.conventions) {
          const cost = window.effbench.costOf(model, size, name);
          if (cost !== null) found[`${model} ${size} ${name}`] = cost;
        }
      return found;
    """
    found = browser.execute_script(script)
    expected = {}
    for name in named_models():
        model = resolve(name)
        if not model.has_formula:
            continue
        for size in ("own", "224", "256", "384", "512"):
            side = model.spec.image_size if size == "own" else int(size)
            if side % model.spec.side_multiple:
                continue
            counts = operations(name, side).counts
            expected |= {f"{name} {size} {one.name}": int(one.total(counts)) for one in conventions().values()}
    assert len(expected) > 3000
    assert {key: found.get(key) for key in expected} == expected


def test_numbers_are_rounded_as_python_rounds_them(page: Open) -> None:
    values = [0, 7, 999, 1000, 999_499, 999_500, 999_999, 25_762_499_999, 25_762_500_000, 28_781_500_000, 2**53 - 1]
    shown = page().execute_script("return arguments[0].map((value) => window.effbench.scaled(value))", values)
    assert shown == [scaled(value) for value in values]


def test_a_count_that_is_not_exact_is_an_error_and_no_figure(page: Open) -> None:
    groups = "[['', 1, [0, 2 ** 53 - 1]]]"  # twice as many are more than a double holds exactly
    said = page().execute_script(
        f"try {{ return window.effbench.price({groups}, 'flops'); }} catch (error) {{ return error.name; }}"
    )
    assert said == "RangeError"


def test_how_sure_a_point_is_to_be_on_the_front_is_what_python_says(page: Open) -> None:
    from effbench.stats.front_chance import Point, chance

    points = [(1.0, 80.0, 50_000), (2.0, 80.2, 50_000), (2.0, 80.3, 10_000), (3.0, 79.0, 50_000)]
    given = [{"cost": c, "accuracy": a, "images": n} for c, a, n in points]
    script = "const given = arguments[0]; return given.map((point) => window.effbench.onFront(point, given))"
    found = page().execute_script(script, given)
    ours = [Point(cost=c, accuracy=a / 100, images=n) for c, a, n in points]
    assert found == pytest.approx([chance(i, ours) for i in range(len(ours))], abs=1e-5)
