"""Rows from facts, by hand."""

from __future__ import annotations

from effbench.counting.atlas.gather import Wanted
from effbench.counting.atlas.rows import agreement, row

ONE = Wanted("a.tag", None, "a 3x224x160 10 0")
FACTS = {
    "kinds": {"mac_conv": 100, "mac_linear": 50, "mac_qk": 20, "mac_av": 30, "softmax_elem": 7, "param": 9},
    "totals": {},
    "activations": 5,
    "uncounted": {"aten.z": 2, "aten.a": 1},
    "torch": [100, 100],
}


def test_a_row_has_the_counts_by_kind_and_the_share_of_attention():
    assert row(ONE, FACTS) == {
        "model": "a.tag",
        "input": "3x224x160",
        "classes": 10,
        "params": 9,
        "macs": 200,
        "mac_linear": 50,
        "mac_conv": 100,
        "mac_qk": 20,
        "mac_av": 30,
        "activations": 5,
        "attention_share": 0.25,  # (20 + 30) / 200
        "torch": "equal",
        "unseen": "aten.a;aten.z",
        "failed": "",
    }


def test_a_failure_has_the_same_columns_and_its_reason():
    failed = row(ONE, {"failed": "ValueError: no"})
    assert list(failed) == list(row(ONE, FACTS))
    assert (failed["macs"], failed["failed"]) == (None, "ValueError: no")


def test_a_network_without_products_has_no_attention():
    assert row(ONE, {**FACTS, "kinds": {"param": 3}, "torch": None})["attention_share"] == 0.0


def test_a_difference_is_told_by_kind():
    assert agreement({**FACTS, "torch": [99, 103]}) == "differs: convolutions +1, products -3"
    assert agreement({**FACTS, "torch": None}) is None
