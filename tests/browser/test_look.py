"""The page at the widths of a desk and of a phone, light and dark: no request, no overlap, readable."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effbench.report.page import MAX_BYTES

from .conftest import PAGE, prefer, requested

Open = Callable[..., Any]

WIDTHS = (1280, 390)
VIEWS = [*((width, "") for width in WIDTHS), (1280, "monospace"), (390, "monospace"), (1000, "serif")]
"""Widths with fonts: a machine has other ones, and one of them is wider."""


@pytest.mark.parametrize(("width", "font"), VIEWS)
def test_nothing_is_wider_than_the_window(page: Open, width: int, font: str) -> None:
    browser = page(width, font)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


OVERLAPS = """
  const boxes = [...document.querySelectorAll(arguments[0] + ' svg[viewBox] > text')].map((text) => {
    const box = text.getBoundingClientRect();
    return [text.textContent, box.left + 1, box.top + 2, box.right - 1, box.bottom - 2];
  }).filter(([, left, , right]) => right > left);
  const found = [];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a[1] < b[3] && b[1] < a[3] && a[2] < b[4] && b[2] < a[4]) found.push([a[0], b[0]]);
  }));
  return [boxes.length, found];
"""


@pytest.mark.parametrize(("width", "font"), VIEWS)
@pytest.mark.parametrize("chart", ["#scatter-plot", "#atlas-plot", "#exit-plot", "#speeds-plot", "#roofline-body"])
def test_labels_of_charts_do_not_overlap(page: Open, width: int, font: str, chart: str) -> None:
    number, overlapping = page(width, font).execute_script(OVERLAPS, chart)
    assert number > 4
    assert overlapping == []


def test_dark_where_the_reader_wants_it_dark(page: Open) -> None:
    browser = page()
    shade = "return getComputedStyle(document.body).backgroundColor"
    colours = []
    for scheme in ("light", "dark"):
        prefer(browser, scheme)
        colours.append(sum(map(int, re.findall(r"\d+", browser.execute_script(shade))[:3])))
    assert colours[0] > 600 > 150 > colours[1]


CONTRAST = """
  const luminance = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const root = getComputedStyle(document.documentElement);
  const probe = document.createElement('span');
  document.body.append(probe);
  const colour = (name) => { probe.style.color = `var(--${name})`; return luminance(getComputedStyle(probe).color); };
  const found = [];
  for (const front of ['ink', 'soft', 'accent', 'green', 'orange']) for (const back of ['paper', 'surface', 'wash']) {
    const [a, b] = [colour(front), colour(back)].sort((x, y) => y - x);
    found.push([`${front} on ${back}`, (a + 0.05) / (b + 0.05)]);
  }
  return found;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_every_ground(page: Open, scheme: str) -> None:
    """Contrast of 4.5 or more: WCAG 2.1, success criterion 1.4.3, level AA."""
    browser = page()
    prefer(browser, scheme)
    found = browser.execute_script(CONTRAST)
    assert [(name, round(ratio, 2)) for name, ratio in found if ratio < 4.5] == []


def test_every_control_has_a_name(page: Open) -> None:
    unnamed = page().execute_script(
        "const named = (one) => one.textContent.trim() || one.labels?.length || one.getAttribute('aria-label');"
        "const controls = [...document.querySelectorAll('input, select, button')];"
        "return controls.filter((one) => !named(one)).map((one) => one.outerHTML);"
    )
    assert unnamed == []


def test_the_page_is_small_enough_to_send() -> None:
    assert PAGE.stat().st_size < MAX_BYTES


@pytest.mark.parametrize("width", WIDTHS)
def test_opens_without_network_and_without_a_word_on_the_console(page: Open, width: int) -> None:
    browser = page(width)
    assert browser.find_element("tag name", "h1").text
    assert browser.get_log("browser") == []
    assert {url.partition(":")[0] for url in requested(browser)} <= {"file", "data"}


def test_its_policy_forbids_every_request(page: Open) -> None:
    browser = page()
    browser.set_script_timeout(10)
    ask = "fetch('https://example.org/').then(() => arguments[0]('came'), (error) => arguments[0](error.name))"
    said = browser.execute_async_script(ask)
    assert said == "TypeError"
    refused = [entry["message"] for entry in browser.get_log("browser")]
    assert any("Content Security Policy" in message for message in refused)


MARKS = """
  const boxes = [...document.querySelectorAll('#scatter-plot [data-index]')].map((one) => one.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return [boxes.length, boxes.filter((a, i) => boxes.slice(i + 1).some((b) => meet(a, b))).length];
"""


@pytest.mark.parametrize(("width", "font"), [*VIEWS, (700, ""), (1111, ""), (1920, "")])
def test_marks_do_not_overlap(page: Open, width: int, font: str) -> None:
    number, overlapping = page(width, font).execute_script(MARKS)
    assert number > 20
    assert overlapping == 0


STRUCK = """
  const line = document.querySelector(`#${arguments[0]} .front`);
  const places = [...Array(400).keys()].map((i) => line.getPointAtLength(i * line.getTotalLength() / 399))
    .map((at) => at.matrixTransform(line.getScreenCTM()));
  const names = [...document.querySelectorAll(`#${arguments[0]} text.label`)];
  const boxes = names.map((one) => one.getBoundingClientRect());
  const through = (b) => places.some((p) => b.left < p.x && p.x < b.right && b.top + 2 < p.y && p.y < b.bottom - 2);
  return [names.length, names.filter((_, i) => through(boxes[i])).map((one) => one.textContent)];
"""


@pytest.mark.parametrize(("width", "font"), VIEWS)
@pytest.mark.parametrize("chart", ["scatter-plot", "atlas-plot"])
def test_no_name_is_struck_through_by_the_front(page: Open, width: int, font: str, chart: str) -> None:
    number, struck = page(width, font).execute_script(STRUCK, chart)
    assert number > 0
    assert struck == []


AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is missing: npm install --prefix tests/browser")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(page: Open, width: int, scheme: str) -> None:
    browser = page(width)
    prefer(browser, scheme)
    browser.set_script_timeout(60)
    browser.find_element("css selector", "#model-table button.open").click()
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "axe.run().then((found) => arguments[0](found.violations.map((one) =>"
        " [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200)])))"
    )
    assert found == []
