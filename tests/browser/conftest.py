"""The committed page in headless Chromium, opened from disk with every host name unknown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "reports" / "index.html"

OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # in a container the tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--window-size=1280,900",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no network, whatever the page asks for
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A driver of headless Chromium; skips where Selenium or Chromium is not installed."""
    pytest.importorskip("selenium", reason="Selenium is not installed")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("Chromium or chromedriver is not installed")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield found
    found.quit()


DRAWN = "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(done))"
"""Charts are drawn when the browser has laid the page out: before its first picture."""

FONT = """
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { font-family: %s !important }');
  document.adoptedStyleSheets = [sheet];
"""


@pytest.fixture
def page(browser: Any) -> Iterator[Callable[..., Any]]:
    """``page(width)``: the page anew at that width; console and requests of earlier tests are forgotten.

    ``page(width, font)``: as on a machine that has only this font.
    """
    scripts = []

    def open_at(width: int = 1280, font: str = "") -> Any:
        if font:
            added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": FONT % font})
            scripts.append(added)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        prefer(browser, "light")
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.get(PAGE.as_uri())
        browser.set_script_timeout(30)
        browser.execute_async_script(DRAWN)
        return browser

    yield open_at
    for script in scripts:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def prefer(browser: Any, scheme: str) -> None:
    """A reader who wants the page light or dark, and nothing that moves (a click would miss what still scrolls)."""
    wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def requested(browser: Any) -> list[str]:
    """Addresses that were asked for since the page was opened."""
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
