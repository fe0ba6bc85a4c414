"""A view of the page is an address, its tables and figures are files, and its theme is the reader's."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from .conftest import PAGE
from .reader import choose, names, type_in

Open = Callable[..., Any]

SAVED = """
  const found = [];
  HTMLAnchorElement.prototype.click = function () { found.push([this.download, this.href]); };
  window.saved = found;
"""


def address(browser: Any) -> str:
    """The address, once the page has settled it."""
    time.sleep(0.4)  # the page changes it 200 ms after the last edit
    return str(browser.execute_script("return location.hash"))


def follow(browser: Any, link: str) -> None:
    """Open the page by a link, as in a new tab."""
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get("about:blank")
    browser.get(PAGE.as_uri() + link)
    WebDriverWait(browser, 10).until(lambda one: one.execute_script("return Boolean(window.effbench)"))


def slide(browser: Any, id: str, value: int) -> None:
    script = "const one = document.getElementById(arguments[0]); one.value = arguments[1];"
    browser.execute_script(script + "one.dispatchEvent(new Event('input'))", id, value)


def test_the_address_is_empty_until_something_is_chosen(page: Open) -> None:
    assert address(page()) == ""


def test_a_link_opens_the_view_it_was_copied_from(page: Open) -> None:
    browser = page()
    choose(browser, "size", "512")
    choose(browser, "convention", "ci2p")
    choose(browser, "maps-choice", "cost 1")
    choose(browser, "model-dataset", "cifar10")
    type_in(browser, "model-search", "ci2p vit_ds")
    browser.find_element("css selector", "#model-table button.open").click()
    slide(browser, "threshold", 3)
    slide(browser, "atlas-macs", 120)
    link = address(browser)
    shown = ("return [...document.querySelectorAll('select, input')].map((one) => one.value)", "#atlas-count")
    before = [browser.execute_script(shown[0]), browser.find_element("css selector", shown[1]).text]
    follow(browser, link)
    assert [browser.execute_script(shown[0]), browser.find_element("css selector", shown[1]).text] == before
    assert len(browser.find_elements("css selector", "#model-table tr.detail")) == 1
    assert names(browser) == ["ci2p_vit_ds"]
    assert browser.get_log("browser") == []


@pytest.mark.parametrize(
    "link",
    [
        "#models&convention=nobody",
        "#&size=7&atlas-macs=abc&threshold=%",
        "#claims&models.sort=99&models.open=none&=&x",
        "#maps-choice=&atlas-speed=-1&atlas-memory=1e99",
    ],
)
def test_a_link_that_says_nonsense_opens_the_page_as_it_is(page: Open, link: str) -> None:
    browser = page()
    follow(browser, link)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.getElementById('convention').value") == "macs"
    assert len(names(browser)) > 20


def test_a_link_to_a_section_keeps_the_view(page: Open) -> None:
    browser = page()
    choose(browser, "convention", "ci2p")
    address(browser)
    browser.find_element("css selector", "nav a[href='#maps']").click()
    assert address(browser) == "#maps&convention=ci2p"


def test_a_table_is_downloaded_as_it_is_filtered_and_sorted(page: Open) -> None:
    browser = page()
    browser.execute_script(SAVED)
    choose(browser, "model-paper", "ravit")
    browser.find_element("css selector", "#models .tools button:last-child").click()
    ((name, link),) = browser.execute_script("return window.saved")
    assert name == "models.csv"
    head, *rows = csv.reader(io.StringIO(unquote(link.partition(",")[2])))
    assert head[:2] == ["Model", "Family"]
    assert [row[0] for row in rows] == names(browser)


@pytest.mark.parametrize("section", ["scatter", "atlas", "maps", "measured"])
def test_a_figure_is_downloaded_as_a_drawing_and_a_picture(page: Open, section: str) -> None:
    browser = page()
    browser.execute_script(SAVED)
    for button in browser.find_elements("css selector", f"#{section} .tools[role=group] button"):
        browser.execute_script("arguments[0].click()", button)
    time.sleep(0.5)  # the picture is drawn when the drawing has loaded
    saved = dict(browser.execute_script("return window.saved"))
    drawing = next(link for name, link in saved.items() if name.endswith(".svg"))
    root = ElementTree.fromstring(unquote(drawing.partition(",")[2]))
    assert len(list(root.iter())) > 20
    assert not [one for one in root.iter() if one.get("class") and one.tag.endswith(("path", "text"))]
    assert next(link for name, link in saved.items() if name.endswith(".png")).startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize("choice", ["cost 1", "measured 0"])
def test_a_layer_map_is_downloaded_as_rows(page: Open, choice: str) -> None:
    browser = page()
    browser.execute_script(SAVED)
    choose(browser, "maps-choice", choice)
    browser.find_element("css selector", "#maps .tools button:last-child").click()
    ((name, link),) = browser.execute_script("return window.saved")
    assert name == "layer-map.csv"
    head, *rows = csv.reader(io.StringIO(unquote(link.partition(",")[2])))
    assert head[:4] == ["data set", "layers in branch 1", "layers in branch 2", "model"]
    cells = [cell.get_attribute("title") for cell in browser.find_elements("css selector", "#maps td[title]")]
    assert [row[3] for row in rows] == [title.partition(": ")[0] for title in cells]
    assert {len(row) for row in rows} == {len(head)}


def test_the_theme_is_the_readers(page: Open) -> None:
    browser = page()
    shade = "return getComputedStyle(document.body).backgroundColor"
    found = []
    for _ in range(3):
        browser.find_element("id", "theme").click()
        found.append(browser.execute_script(shade))
    assert found[0] == found[2] != found[1]  # light, dark, and as the system: light


def test_accuracies_of_one_data_set_stand_in_a_column(page: Open) -> None:
    browser = page()
    shown = "return [...document.querySelectorAll('#model-table td:nth-child(8) span')].map((one) => one.title)"
    for dataset in ("imagenet", "cifar10"):
        choose(browser, "model-dataset", dataset)
        head = browser.find_element("css selector", "#model-table th:nth-child(8)").text
        asked = "return JSON.parse(document.getElementById('data').textContent).published"
        printed = {row["where"] for row in browser.execute_script(asked) if row["dataset"] == dataset}
        titles = browser.execute_script(shown)
        assert titles
        assert all(any(where in title for where in printed) for title in titles)
        assert head.lower().replace("-", "").endswith(dataset)
