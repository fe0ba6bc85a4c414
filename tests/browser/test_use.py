"""The page as a reader uses it, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from effbench.models.registry import named_models, resolve

from .reader import choose, names, type_in

Open = Callable[..., Any]


def test_columns_sort_both_ways(page: Open) -> None:
    browser = page()
    by_cost = names(browser)
    priced = "return arguments[0].map((name) => window.effbench.costOf(name, 'own', 'macs'))"
    costs = browser.execute_script(priced, by_cost)
    assert costs == sorted(costs)
    head = next(th for th in browser.find_elements("css selector", "#model-table th") if th.text.startswith("Model"))
    assert head.get_attribute("aria-sort") == "none"
    head.find_element("tag name", "button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert len(names(browser)) == len(named_models())
    up = names(browser)
    head.find_element("tag name", "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names(browser) == up[::-1] != by_cost


def test_filters_narrow_the_table(page: Open) -> None:
    browser = page()
    type_in(browser, "model-search", "ci2p vit_ds")
    assert names(browser) == ["ci2p_vit_ds"]
    type_in(browser, "model-search", "nothing of that name")
    assert names(browser) == []
    assert browser.find_element("id", "model-count").text.startswith("0 of ")
    browser = page()
    choose(browser, "model-paper", "ravit")
    assert set(names(browser)) == {name for name in named_models() if "ravit" in resolve(name).entry.papers}


def test_a_row_opens_to_the_conditions_of_its_numbers(page: Open) -> None:
    browser = page()
    type_in(browser, "model-search", "resnet50")
    browser.find_element("css selector", "#model-table button.open").click()
    detail = browser.find_element("css selector", "#model-table tr.detail").text
    assert "counted: from the network" in detail
    assert re.search(r"torch \d+\.\d+", detail)
    assert "effbench flops resnet50" in detail


def test_a_size_a_model_cannot_have_is_a_dash_with_its_reason(page: Open) -> None:
    browser = page()
    choose(browser, "size", "384")
    type_in(browser, "model-search", "coca_encoder")
    dash = next(e for e in browser.find_elements("css selector", "#model-table td.absent span") if e.text == "–")
    assert "must be a multiple of 18" in dash.get_attribute("title")


def test_the_slider_changes_accuracy_and_cost(page: Open) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = page()
    slider = browser.find_element("id", "threshold")
    told = ("exit-accuracy", "exit-cost", "exit-threshold")

    def read() -> list[str]:
        return [browser.find_element("id", id).text.splitlines()[0] for id in told]

    slider.send_keys(Keys.HOME)
    never = read()
    slider.send_keys(Keys.END)
    always = read()
    assert never[2] == "never"
    assert all(a != b for a, b in zip(never, always, strict=True))
    # README: never 96.2 % at 4.86 M MACs, always 94.2 % at 922.37 k MACs
    assert (never[:2], always[:2]) == (["96.2 %", "4.86 M"], ["94.2 %", "922.37 k"])
    assert "accuracy 94.2 %" in slider.get_attribute("aria-valuetext")
    choose(browser, "convention", "flops")
    assert read()[1] == "1.84 M"  # two operations per multiply-accumulate


def test_claims_are_filtered_and_open_to_their_evidence(page: Open) -> None:
    browser = page()
    choose(browser, "claim-verdict", "against")
    rows = browser.find_elements("css selector", "#claim-table tr.row")
    assert rows
    assert all(row.find_elements("css selector", ".verdict.against") for row in rows)
    rows[0].find_element("css selector", "button.open").click()
    assert "effbench " in browser.find_element("css selector", "#claim-table code.command").text


def test_the_scatter_is_walked_by_keyboard(page: Open) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = page()
    chart = browser.find_element("css selector", "#scatter-plot svg[tabindex]")
    chart.send_keys(Keys.HOME)
    first = browser.find_element("id", "scatter-reading").text
    chart.send_keys(Keys.ARROW_RIGHT)
    second = browser.find_element("id", "scatter-reading").text
    assert "published" in first
    assert "published" in second
    assert first != second
    assert len(browser.find_elements("css selector", "#scatter-plot .chosen")) == 1


def test_an_accuracy_stays_at_its_image_size(page: Open) -> None:
    """Whatever size the reader asks for: the network was not trained at it."""
    places = "return [...document.querySelectorAll('#scatter-plot [data-index]')].map((one) => one.outerHTML)"
    browser = page()
    before = browser.execute_script(places)
    choose(browser, "size", "512")
    assert browser.execute_script(places) == before
    choose(browser, "convention", "ci2p_fused_attention")
    assert browser.execute_script(places) != before


def test_everything_is_reached_and_used_by_keyboard(page: Open) -> None:
    """Tab goes through the header in reading order; Enter opens a row; focus stays where it was."""
    from selenium.webdriver.common.keys import Keys

    browser = page()
    active: list[str] = []
    for _ in range(14):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        one = browser.switch_to.active_element
        active.append(
            one.get_attribute("id") or one.get_attribute("href").rpartition("#")[2]
            if one.tag_name != "button"
            else one.text
        )
    wanted = [
        "models",
        "top",
        "models",
        "atlas",
        "scatter",
        "exits",
        "maps",
        "claims",
        "measured",
        "conventions",
        "convention",
        "size",
    ]
    assert active[: len(wanted)] == wanted  # the first is the link that skips the header
    button = browser.find_element("css selector", "#model-table button.open")
    name = button.text
    button.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.text == name
    assert browser.switch_to.active_element.get_attribute("aria-expanded") == "true"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("aria-expanded") == "false"
