"""Lines of units: kept when they end, not repeated, and never mixed."""

from __future__ import annotations

import pytest

pytest.importorskip("gpu_stages.records")

from gpu_stages.records import Found, NotDone, Records, Skipped, require_same_kind

from effbench.errors import EffbenchError


def raising(error):
    def work():
        raise error

    return work


def test_a_unit_is_run_once_whatever_came_of_it(setting):
    made = setting()
    works = {"done": lambda: Found("well", {"n": 1}), "failed": raising(RuntimeError("two\nlines"))}
    works["skipped"] = raising(Skipped("needs a GPU"))
    for unit, work in works.items():
        Records(made).unit("checks", unit, work)
        Records(made).unit("checks", unit, lambda: pytest.fail("begun again"))  # another call
        assert Records(made).last("checks", unit)["status"] == unit
    assert Records(made).data("checks", "done")["n"] == 1
    assert Records(made).data("checks", "failed") is None
    assert Records(made).last("checks", "failed")["says"] == "RuntimeError: two"


def test_a_retry_begins_what_is_not_done_again(setting):
    Records(setting()).unit("checks", "a", raising(Skipped("absent")))
    again = Records(setting(retry=True))
    again.unit("checks", "a", lambda: Found("there", {}))
    again.unit("checks", "a", lambda: pytest.fail("begun again"))
    assert Records(setting()).last("checks", "a")["says"] == "there"


def test_nothing_is_begun_after_the_end(setting):
    records = Records(setting(left=0.0))
    with pytest.raises(NotDone, match="before a"):
        records.unit("checks", "a", lambda: pytest.fail("begun"))
    assert records.lines == []


@pytest.mark.parametrize("other", [{"smoke": True}, {"device": "cuda"}])
def test_records_of_another_kind_are_not_added_to(setting, other):
    Records(setting()).keep("checks", "a", "done", "")
    require_same_kind(setting())
    with pytest.raises(EffbenchError, match="choose another folder with --out"):
        require_same_kind(setting(**other))
