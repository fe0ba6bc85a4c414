"""timm's networks on the page are those that ``effbench search`` finds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from effbench.selection.budget import Budget
from effbench.selection.zoo import search

from .reader import choose, type_in
from .test_share import slide

Open = Callable[..., Any]


def told(browser: Any) -> tuple[int, str]:
    """How many networks meet the budgets, and the most accurate."""
    found = re.match(r"([\d,]+) of .*most accurate: (\S+),", browser.find_element("id", "atlas-count").text)
    assert found
    return int(found[1].replace(",", "")), found[2]


@pytest.mark.parametrize(("quantity", "step"), [("macs", 110), ("params", 90), ("memory", 70)])
def test_a_budget_leaves_what_the_command_finds(page: Open, quantity: str, step: int) -> None:
    browser = page()
    slide(browser, f"atlas-{quantity}", step)
    every = search(Budget()).rows
    values = [getattr(row, quantity) for row in every]
    limit = min(values) * (max(values) / min(values)) ** (step / 200)
    found = search(Budget(**{quantity: limit})).rows
    assert told(browser) == (len(found), found[0].model)


def test_a_speed_is_that_of_the_chosen_machine(page: Open) -> None:
    browser = page()
    choose(browser, "atlas-machine", "i7_12700h")
    slide(browser, "atlas-speed", 150)
    number, best = told(browser)
    assert 0 < number < 1000
    type_in(browser, "atlas-search", best)
    time.sleep(0.3)  # the table follows the slider when it rests
    browser.find_element("css selector", "#atlas-table button.open").click()
    detail = browser.find_element("css selector", "#atlas-table tr.detail").text
    row = next(one for one in search(Budget(), "i7_12700h").rows if one.model == best)
    shown = re.search(r"predicted\s+([\d.]+)/s, 90 % interval \[([\d.]+)/s, ([\d.]+)/s\]", detail)
    assert shown
    assert [float(one) for one in shown.groups()] == pytest.approx([row.images_per_s, row.low, row.high], rel=0.02)
    assert f"effbench predict {best} --machine i7_12700h" in detail


def test_the_front_moves_with_a_budget(page: Open) -> None:
    browser = page()
    line = "return document.querySelector('#atlas-plot .front').getAttribute('d')"
    before = browser.execute_script(line)
    slide(browser, "atlas-params", 100)
    assert browser.execute_script(line) != before
    slide(browser, "atlas-macs", 0)
    slide(browser, "atlas-speed", 200)
    assert browser.find_element("id", "atlas-count").text == "No network meets all budgets."


def test_pages_of_the_table_are_turned(page: Open) -> None:
    browser = page()
    time.sleep(0.3)
    first = browser.find_element("css selector", "#atlas-table tr.row").text
    browser.find_element("xpath", "//section[@id='atlas']//button[text()='Next']").click()
    assert browser.find_element("css selector", "#atlas-table tr.row").text != first
    assert "26 to 50 of" in browser.find_element("css selector", "#atlas .tools:last-of-type").text
