"""A few kills and a few rounds of writers; the whole is ``nox -s kills``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kills import WRONG, whole

SCRIPTS = Path(__file__).resolve().parents[2] / "benchmarks"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


def script(name: str, *arguments: str) -> tuple[int, dict[str, object]]:
    """Exit code and record."""
    command = [sys.executable, str(SCRIPTS / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def test_a_few_kills_do_no_harm():
    code, record = script("kills.py", "--kills", "4", "--only", "flops")
    assert (code, record["kills"]) == (0, 4)
    assert {kind: record[kind] for kind in WRONG} == dict.fromkeys(WRONG, 0)


def test_of_several_writers_none_loses_anything():
    assert script("writers.py", "--rounds", "6", "--seed", "1")[0] == 0


def test_without_the_lock_writers_lose():
    code, record = script("writers.py", "--rounds", "20", "--without-lock")
    assert code == 1
    assert record["lost"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", b'{"a": 1}', True),
        ("a.json", b'{"a": 1', False),
        ("a.jsonl", b'{"a": 1}\n{"b"', True),  # an unfinished line is none
        ("a.jsonl", b'{"a"\n{"b": 1}\n', False),
        ("a.csv", b"a,b\n", True),
        ("a.csv", b"a,", False),
        ("a.svg", b"<svg></svg>\n", True),
        ("a.svg", b"<svg>", False),
        ("a.npz", b"PK", False),
    ],
)
def test_what_is_whole(name, content, expected):
    assert whole(name, content) is expected
