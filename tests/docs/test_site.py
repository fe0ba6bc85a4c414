"""The documentation site builds without warnings, and holds every command and module."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from effbench.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("mkdocs")
pytest.importorskip("mkdocstrings")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "WARNING" not in ran.stdout + ran.stderr
    return folder


def test_every_command_has_its_help(site: Path) -> None:
    page = (site / "commands.html").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f'id="effbench-{name}"' not in page] == []


def test_public_functions_have_their_docstrings(site: Path) -> None:
    page = (site / "api" / "cost.html").read_text(encoding="utf-8")
    assert "effbench.cost.ops.linear" in page
    assert "effbench.cost.convention.convention" in page


def test_search_answers_on_a_page_opened_from_a_folder(site: Path) -> None:
    pytest.importorskip("selenium", reason="Selenium is not installed")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("Chromium or chromedriver is not installed")
    from selenium import webdriver
    from selenium.webdriver.support.ui import WebDriverWait

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(option)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        browser.get((site / "tutorials" / "check-a-paper.html").as_uri())
        field = browser.find_element("css selector", "input.md-search__input")
        browser.execute_script("arguments[0].focus()", field)
        field.send_keys("roofline")
        found = "return document.querySelectorAll('.md-search-result__item').length"
        WebDriverWait(browser, 20).until(lambda one: one.execute_script(found) > 0)
    finally:
        browser.quit()


def test_lines_of_output_are_not_cut_off(site: Path) -> None:
    style = (site / "stylesheets" / "blocks.css").read_text(encoding="utf-8")
    assert "pre-wrap" in style
    assert "stylesheets/blocks.css" in (site / "tutorials" / "check-a-paper.html").read_text(encoding="utf-8")


def test_pages_load_nothing_from_the_network(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert 'src="http' not in text, path
        assert 'rel="stylesheet" href="http' not in text, path
