"""Pictures of the page at the widths of a phone, a desk and a wide screen, for the documentation.

python benchmarks/page_pictures.py --out docs/pictures
"""

from __future__ import annotations

import argparse
import base64
from pathlib import Path
from typing import Any

from page_speed import PAGE, chromium

WIDTHS = (390, 1280, 1920)
PLACES = {
    "top": "",
    "atlas": "#atlas&atlas-macs=5.00e%2B9",
    "scatter": "#scatter",
    "maps": "#maps&maps-choice=cost%201",
}
"""Name of a picture -> the address of its view."""
DARK = "maps"


def take(browser: Any, width: int, place: str) -> bytes:
    """One screen of the page, as PNG."""
    size = {"width": width, "height": 1000 if width > 600 else 844, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wishes = {"prefers-color-scheme": "dark" if place == DARK else "light", "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get("about:blank")
    browser.get(PAGE.as_uri() + PLACES[place])
    browser.set_script_timeout(10)
    browser.execute_async_script("setTimeout(arguments[0], 500)")  # charts are drawn at the width they have
    return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    browser = chromium()
    try:
        for place in PLACES:
            for width in WIDTHS:
                (args.out / f"{place}_{width}.png").write_bytes(take(browser, width, place))
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
