"""The page's numbers, by its own script in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import effbench.report.page as package
from effbench.render.numbers import scaled

SCRIPT = Path(package.__file__).with_name("numbers.js")
NODE = shutil.which("node")


def run(expression):
    """What the expression gives after the script was read."""
    text = f"{SCRIPT.read_text(encoding='utf-8')}\nconsole.log(JSON.stringify({expression}));"
    ran = subprocess.run([NODE, "-e", text], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
def test_the_page_scales_as_the_tables_do():
    values = [0, 999, -1500, 999_999_500, 23_126_802_432, 4 * 10**18, 10**24, 2 * 10**30]
    assert run(f"{values}.map((n) => scaled(n))") == [scaled(value) for value in values]


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
def test_every_number_of_the_page_has_a_text():
    assert run("[NaN, Infinity, -Infinity].map((n) => scaled(n))") == ["NaN", "Infinity", "-Infinity"]
    found = run("[5, 1024, 3 * 2 ** 29, 5 * 2 ** 40, 2 ** 80, Infinity].map(bytes)")
    assert found == ["5 B", "1.0 KiB", "1.5 GiB", "5.0 TiB", "1.0 YiB", "Infinity B"]
