"""How quickly the page opens, and what a step of a slider costs, in headless Chromium; the record is committed.

    python benchmarks/page_speed.py --out reports/page_speed.json

A step sets a slider, runs its listeners and forces the layout: scripting, styles and layout, without painting, in
processor time of the page's thread, which other programs on the machine move little. The
table below the chart is drawn when the slider rests, outside the step. Opening is wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from selenium import webdriver

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "reports" / "index.html"
SLIDERS = ("atlas-macs", "atlas-params", "atlas-memory", "atlas-speed", "threshold")
OPENS = 7
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900")

OPENED = "const [one] = performance.getEntriesByType('navigation'); return one.loadEventEnd;"

STEP = """
  (() => {
    const input = document.getElementById('%s');
    input.value = %d;
    input.dispatchEvent(new Event('input'));
    document.body.getBoundingClientRect();
  })()
"""

SPENT = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


def chromium() -> Any:
    """A driver of headless Chromium."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    for option in OPTIONS:
        options.add_argument(option)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def measured(browser: Any) -> dict[str, object]:
    """Milliseconds to the end of the load event, and of a step of every slider."""
    opened = []
    for _ in range(OPENS):
        browser.get("about:blank")
        browser.get(PAGE.as_uri())
        opened.append(browser.execute_script(OPENED))
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    steps = {name: _steps(browser, name) for name in SLIDERS}
    return {
        "bytes": PAGE.stat().st_size,
        "open_ms": {"median": round(median(opened), 1), "slowest": round(max(opened), 1), "times": OPENS},
        "step_ms": {name: _summary(times) for name, times in steps.items()},
        "browser": browser.capabilities["browserVersion"],
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def _steps(browser: Any, name: str) -> list[float]:
    """Milliseconds of every place of a slider, down and up, after a first time."""
    ends = "const one = document.getElementById(arguments[0]); return [Number(one.min), Number(one.max)]"
    low, high = browser.execute_script(ends, name)
    places = [*range(high, low - 1, -1), *range(low, high + 1)]
    found = []
    for place in [*places, *places]:
        before = _spent(browser)
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": STEP % (name, place)})
        found.append(1000 * (_spent(browser) - before))
    return found[len(places) :]


def _spent(browser: Any) -> float:
    """Seconds of scripting, styles and layout so far."""
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return sum(one["value"] for one in metrics if one["name"] in SPENT)


def _summary(times: list[float]) -> dict[str, float]:
    return {"median": round(median(times), 2), "p95": round(quantiles(times, n=20)[-1], 2), "steps": len(times)}


def main() -> None:
    """Measure, write, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    browser = chromium()
    try:
        found = measured(browser)
    finally:
        browser.quit()
    args.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
