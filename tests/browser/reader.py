"""What a reader does with the page, and sees of it."""

from __future__ import annotations

from typing import Any


def choose(browser: Any, id: str, value: str) -> None:
    """Choose in a <select> as a reader does."""
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element("id", id)).select_by_value(value)


def type_in(browser: Any, id: str, text: str) -> None:
    field = browser.find_element("id", id)
    field.clear()
    field.send_keys(text)


def names(browser: Any) -> list[str]:
    """Models of the table, in its order."""
    rows = browser.find_elements("css selector", "#model-table tr.row")
    return [row.get_attribute("data-key") for row in rows]


def cell(browser: Any, model: str, selector: str) -> str:
    row = next(
        r for r in browser.find_elements("css selector", "#model-table tr.row") if r.get_attribute("data-key") == model
    )
    return str(row.find_element("css selector", selector).text)
