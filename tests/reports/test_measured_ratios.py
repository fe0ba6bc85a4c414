"""The summary in the package is what its command makes of the committed records."""

from __future__ import annotations

import argparse
import dataclasses
import re
import shlex
from pathlib import Path

import pytest

from effbench.claims.load import papers
from effbench.claims.ratios import SHIPPED, measurements, shipped
from effbench.cli import claims
from effbench.cli.parser import Parser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def documented():
    """Arguments of the command in the folder's README, its patterns filled in as a shell does."""
    (command,) = re.findall(r"^\$ effbench claims (.+)$", (SHIPPED / "README.md").read_text(encoding="utf-8"), re.M)
    parser = Parser("claims", claims.SUMMARY, claims.EXAMPLES)
    claims.configure(parser)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        words = [file for word in shlex.split(command) for file in (_matching(word) if "*" in word else [word])]
        yield parser.read(words, argparse.Namespace())


def _matching(pattern: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))


def test_the_command_writes_what_ships(documented):
    assert documented.summary.parent == Path("effbench") / "claims" / "measured"
    assert [path.name for path in SHIPPED.glob("*.json")] == [documented.summary.name]


def test_the_summary_is_that_of_the_records(documented):
    """Also that there is one as soon as there are records, and none without."""
    if documented.measurements:
        pytest.importorskip("scipy")
    tests = [test for about in papers() for test in about.speed]
    of_records = [one for path in documented.measurements for one in measurements(path, tests)]
    kept = shipped(papers())
    assert len(kept) == len(of_records)
    for one, other in zip(kept, of_records, strict=True):
        ends = ("ratio", "low", "high")
        assert [getattr(one, end) for end in ends] == pytest.approx([getattr(other, end) for end in ends], rel=1e-9)
        assert dataclasses.replace(one, **{end: getattr(other, end) for end in ends}) == other


def test_every_record_of_a_comparison_is_in_it(documented):
    """Records elsewhere in the folder hold nothing that a claim is about."""
    given = {path.resolve() for path in documented.measurements}
    others = [path for path in (ROOT / "reports" / "profile").glob("*.jsonl") if path.resolve() not in given]
    comparing = [path.name for path in others if '"kind":"set"' in path.read_text(encoding="utf-8")]
    assert comparing == []
