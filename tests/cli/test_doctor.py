"""``effbench doctor``: a line for each thing it looks at, and an exit code by health."""

from __future__ import annotations

import pytest

from effbench.processes import health


def test_every_subject_has_a_line(effbench):
    ran = effbench("doctor --format json")
    assert (ran.code, ran.err) == (0, "")
    rows = {row["what"]: row["state"] for row in ran.json}
    assert {
        "extra measure",
        "devices",
        "energy counters",
        "clock thread_time",
        "load",
        "cache and locks",
    } <= rows.keys()


def test_a_cache_that_cannot_be_made_is_broken(effbench, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "file" / "cache"))
    ran = effbench("doctor --format json")
    assert ran.code == 1
    assert ran.json[-1]["state"] == "broken"
    assert "Not a directory" in ran.json[-1]["found"]


@pytest.mark.parametrize(("now", "state"), [(0.0, "ok"), (1e6, "limited"), (None, "limited")])
def test_a_busy_machine_is_said(monkeypatch, now, state):
    monkeypatch.setattr(health, "load", lambda: now)
    assert next(one for one in health.findings() if one.what == "load").state == state


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(health, "find_spec", lambda name: None if name == "PIL" else object())
    found = {one.what: one for one in health.findings()}
    assert (found["extra train"].state, found["extra train"].found) == ("limited", "install pillow")
    assert found["extra report"].state == "ok"
