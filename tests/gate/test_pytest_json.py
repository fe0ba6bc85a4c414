"""Runs of pytest-benchmark against each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("scipy")

from effbench.errors import EffbenchError
from effbench.gate.pytest_json import NOT_KNOWN, compare, load

CPU = "Some CPU @ 2 GHz"


@pytest.fixture
def run(tmp_path):
    """``run({"test_a": 0.01})``: a file with that median in seconds, read back."""
    made = iter(range(100))

    def make(medians, cpu=CPU):
        path = tmp_path / f"{next(made)}.json"
        benchmarks = [{"fullname": name, "stats": {"median": value, "stddev": 1e-9}} for name, value in medians.items()]
        path.write_text(
            json.dumps({"machine_info": {"cpu": {"brand_raw": cpu}, "system": "Linux"}, "benchmarks": benchmarks})
        )
        return load(path)

    return make


def rows(found):
    """Benchmark -> (verdict, reason)."""
    return {row.model: (row.verdict, row.reason) for row in found}


def test_one_run_a_side_never_decides_however_large_the_change(run):
    [row] = compare([run({"a": 1.0})], [run({"a": 9.0})], margin=0.05)
    assert (row.verdict, row.reason) == ("INCONCLUSIVE", NOT_KNOWN)
    assert (row.effect.change, row.effect.low, row.effect.high) == (pytest.approx(8), None, None)


def test_several_runs_a_side_decide(run):
    """Medians that repeat to 0.1 % and differ by 10 %, against a margin of 5 %."""
    base = [
        run({"slow": 1.000, "same": 1.000}),
        run({"slow": 1.001, "same": 1.001}),
        run({"slow": 0.999, "same": 0.999}),
    ]
    head = [
        run({"slow": 1.100, "same": 1.001}),
        run({"slow": 1.101, "same": 1.000}),
        run({"slow": 1.099, "same": 0.999}),
    ]
    found = compare(base, head, margin=0.05)
    assert rows(found) == {"slow": ("FAIL", ""), "same": ("PASS", "")}
    slow = found[0]
    assert slow.effect.low < 0.10 < slow.effect.high
    assert (slow.base_ns, slow.head_ns, slow.pairs) == (1_000_000_000, 1_100_000_000, 3)


def test_runs_that_differ_among_themselves_decide_nothing(run):
    base = [run({"a": value}) for value in (1.0, 1.3, 0.9)]
    head = [run({"a": value}) for value in (1.1, 1.4, 1.2)]
    assert rows(compare(base, head, margin=0.05)) == {"a": ("INCONCLUSIVE", "")}


def test_a_known_spread_lets_one_run_decide(run):
    """ln 1.2 = 0.182; reach at 1 %: 2.326 · sqrt 2 · spread, 0.033 for 1 % and 0.33 for 10 %."""
    sides = [run({"a": 1.0})], [run({"a": 1.2})]
    assert rows(compare(*sides, margin=0.05, spread=0.01)) == {"a": ("FAIL", "")}
    assert rows(compare(*sides, margin=0.05, spread=0.10)) == {"a": ("INCONCLUSIVE", "")}
    same = [run({"a": 1.0})], [run({"a": 1.0})]
    assert rows(compare(*same, margin=0.05, spread=0.01)) == {"a": ("PASS", "")}


def test_more_benchmarks_ask_for_more_evidence(run):
    """Each of m gets alpha / m, so its interval widens."""
    one = compare([run({"a": 1.0})], [run({"a": 1.1})], margin=0.05, spread=0.01)[0]
    many = dict.fromkeys("abcdefghij", 1.0)
    ten = compare([run(many)], [run(many | {"a": 1.1})], margin=0.05, spread=0.01)[0]
    assert ten.effect.low < one.effect.low
    assert one.verdict == ten.verdict == "FAIL"


def test_what_one_side_lacks_is_said(run):
    found = compare([run({"a": 1.0, "old": 1.0})], [run({"a": 1.0, "new": 1.0})], margin=0.05)
    assert rows(found) == {
        "a": ("INCONCLUSIVE", NOT_KNOWN),
        "old": ("INCONCLUSIVE", "only in base"),
        "new": ("INCONCLUSIVE", "only in head"),
    }


def test_different_machines_are_not_compared(run):
    [row] = compare([run({"a": 1.0})], [run({"a": 2.0}, cpu="Other CPU")], margin=0.05, spread=0.01)
    assert row.verdict == "INCONCLUSIVE"
    assert row.reason == "made on different machines: Other CPU, Linux; Some CPU @ 2 GHz, Linux"


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"benchmarks": [{"fullname": "a"}]}',
        "3",
    ],
)
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(EffbenchError, match=r"x\.json is not a file of pytest-benchmark"):
        load(tmp_path / "x.json")


@pytest.mark.parametrize("value", ["0", "-5", "NaN", "Infinity", '"0.5"', "true", "null"])
def test_a_median_that_is_no_time_is_named(tmp_path, value):
    (tmp_path / "x.json").write_text(f'{{"benchmarks": [{{"fullname": "a", "stats": {{"median": {value}}}}}]}}')
    with pytest.raises(EffbenchError, match=r"x\.json, median of a: .* is not a time"):
        load(tmp_path / "x.json")


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(EffbenchError, match="no such file"):
        load(tmp_path / "x.json")
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(EffbenchError, match="cannot read"):
        load(tmp_path / "x.json")


def test_a_file_that_pytest_benchmark_wrote(tmp_path):
    pytest.importorskip("pytest_benchmark")
    (tmp_path / "test_sum.py").write_text("def test_sum(benchmark):\n    assert benchmark(sum, range(10)) == 45\n")
    options = ["--benchmark-max-time=0.01", "--benchmark-min-rounds=2", "--benchmark-json=out.json"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_benchmark.plugin", *options, "test_sum.py"]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    alone = outside | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    found = load(tmp_path / "out.json")
    assert list(found.medians) == ["test_sum.py::test_sum"]
    assert 0 < found.medians["test_sum.py::test_sum"] < 1
    assert "unknown" not in found.machine
