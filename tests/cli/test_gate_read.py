"""``effbench gate read``."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("scipy")


@pytest.fixture
def saved(tmp_path):
    """``saved("a", 1.0)``: a file of pytest-benchmark with that median of one benchmark, in seconds."""

    def save(name: str, median: float, cpu: str = "CPU") -> str:
        data = {
            "machine_info": {"cpu": {"brand_raw": cpu}},
            "benchmarks": [{"fullname": "t", "stats": {"median": median}}],
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
        return str(tmp_path / f"{name}.json")

    return save


def test_one_run_a_side_is_inconclusive(effbench, saved):
    ran = effbench("gate read", saved("a", 1.0), saved("b", 2.0))
    assert ran.code == 3
    assert "gate: INCONCLUSIVE" in ran.out
    assert "+100.0 %" in ran.out
    assert "did not take turns" in ran.out


@pytest.mark.parametrize(("slower", "code"), [(1.0, 0), (1.2, 1)])
def test_several_runs_decide(effbench, saved, slower, code):
    base = [saved(f"a{i}", 1 + i / 1000) for i in range(3)]
    head = [saved(f"b{i}", slower * (1 + i / 1000)) for i in range(3)]
    ran = effbench("gate read --format json --base", *base, "--head", *head)
    assert ran.code == code
    assert ran.json[0]["change"] == pytest.approx(slower - 1, abs=1e-6)


def test_a_known_spread_and_margin(effbench, saved):
    files = [saved("a", 1.0), saved("b", 1.2)]
    assert effbench("gate read --between-runs 1% --margin 5%", *files).code == 1
    assert effbench("gate read --between-runs 1% --margin 40%", *files).code == 0


def test_nothing_in_both_sides(effbench, saved, tmp_path):
    (tmp_path / "empty.json").write_text('{"benchmarks": []}')
    (tmp_path / "empty2.json").write_text('{"benchmarks": []}')
    assert effbench("gate read", tmp_path / "empty.json", tmp_path / "empty2.json").code == 4
    assert effbench("gate read", saved("a", 1.0), tmp_path / "empty.json").code == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("gate read", "nothing to compare"),
        ("gate read a.json", "two files are compared, got 1"),
        ("gate read a.json b.json c.json", "two files are compared, got 3"),
        ("gate read a.json b.json --base c.json", "not both"),
        ("gate read --base a.json", "nothing to compare"),
        ("gate read a.json a.json", "a.json is given twice"),
        ("gate read a.json b.json", "a.json: no such file"),
        ("gate read a.json b.json --margin -1", "is not a fraction from 0 to 1"),
        ("gate read a.json b.json --margin nan", "is not a fraction from 0 to 1"),
        ("gate read a.json b.json --between-runs 0%", "--between-runs must be above 0 and below 1"),
    ],
)
def test_bad_input(effbench, line, said):
    ran = effbench(line)
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
