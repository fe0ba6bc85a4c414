"""The page where networks were trained and timed: a copy of the committed one with such records in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effbench.counting.operations import operations
from effbench.report.data.conventions import groups
from effbench.report.page import page as assembled

from .conftest import PAGE
from .reader import choose

TRAINED = ("ravit_cifar10:1-1", "ravit_cifar10:1-2")

CELL: dict[str, Any] = {"status": "trained", "images": 100, "seeds": [0, 1], "low": 0.7, "high": 0.8, "cost": 10**7}

MAP: dict[str, Any] = {
    "dataset": "textures",
    "row_branch": 1,
    "col_branch": 2,
    "fixed": {},
    "rows": [1],
    "cols": [1, 2],
    "convention": "ravit",
    "unit": "FLOP",
    "baseline": "ravit_cifar10:0-4",
    "file": "reports/sweeps/textures/heatmap_accuracy.json",
    "how": "small; exit last",
}


def run(model: str, *accuracies: float) -> dict[str, Any]:
    return {
        "model": model,
        "experiment": "small",
        "cell": {},
        "dataset": "textures",
        "size": 32,
        "epochs": 8,
        "accuracies": {str(seed): value for seed, value in enumerate(accuracies)},
        "images": 100,
        "failed": 0,
        "groups": groups(operations(model, 32).counts, labelled=False),
        "file": "reports/sweeps/textures/results.jsonl",
        "conditions": {"cpu": "a CPU", "accelerator": None},
    }


@pytest.fixture
def trained(tmp_path: Path, page: Callable[..., Any]) -> Callable[..., Any]:
    """``trained(width)`` opens the copy."""
    found = re.search(r'id="data">(.*?)</script>', PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    data = json.loads(found[1])
    data["trained"] = [run(TRAINED[0], 70.0, 74.0), run(TRAINED[1], 75.0)]
    accuracy = [
        CELL | {"model": TRAINED[0], "accuracy": 0.72, "frontier": True},
        CELL | {"model": TRAINED[1], "accuracy": None, "status": "failed", "frontier": False},
    ]
    times = {"latency": 0.0123, "latency_low": 0.012, "latency_high": 0.013, "throughput": 456.0, "cost": 10**7}
    latency = [times | {"model": name, "status": "measured"} for name in TRAINED]
    data["measured_maps"] = [
        MAP | {"metric": "accuracy", "cells": [accuracy]},
        MAP | {"metric": "latency", "cells": [latency]},
    ]
    path = tmp_path / "page.html"
    path.write_bytes(assembled(data))

    def open_at(width: int = 1280) -> Any:
        browser = page(width)
        browser.get(path.as_uri())
        return browser

    return open_at


def test_our_trainings_stand_in_the_scatter_and_say_so(trained: Callable[..., Any]) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = trained()
    choose(browser, "scatter-dataset", "textures")
    browser.find_element("css selector", "#scatter-plot svg[tabindex]").send_keys(Keys.HOME)
    told = browser.find_element("id", "scatter-reading").text
    assert "72.00 % trained here: small, 8 epochs, 2 seeds (70.00 to 74.00)" in told
    assert "published" not in told
    assert browser.get_log("browser") == []


def test_maps_of_accuracy_and_latency_can_be_chosen(trained: Callable[..., Any]) -> None:
    browser = trained()
    choose(browser, "maps-choice", "measured 0")
    cells = [cell.text for cell in browser.find_elements("css selector", "#maps-body td")]
    assert cells == ["72.0 %\n10.0 M", "failed"]
    assert len(browser.find_elements("css selector", "#maps-body td.cheaper")) == 1
    assert "reports/sweeps/textures/heatmap_accuracy.json" in browser.find_element("id", "maps-body").text
    choose(browser, "maps-choice", "measured 1")
    cells = [cell.text for cell in browser.find_elements("css selector", "#maps-body td")]
    assert cells == ["12.3 ms\n456/s"] * 2
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [1280, 390])
def test_it_still_fits(trained: Callable[..., Any], width: int) -> None:
    browser = trained(width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
