"""Rows from facts, by hand."""

from __future__ import annotations

from dataclasses import replace

from effbench.counting.atlas.gather import Wanted
from effbench.counting.atlas.rows import agreement, row
from effbench.counting.atlas.worker import Facts
from effbench.render.plain import plain

ONE = Wanted("a.tag", None, "a 3x224x160 10 0")
FACTS = Facts(
    kinds={"mac_conv": 100, "mac_linear": 50, "mac_qk": 20, "mac_av": 30, "softmax_elem": 7, "param": 9},
    activations=5,
    uncounted={"aten.z": 2, "aten.a": 1},
    torch=(100, 100),
)


def test_a_row_has_the_counts_by_kind_and_the_share_of_attention():
    assert plain(row(ONE, FACTS)) == {
        "model": "a.tag",
        "input": "3x224x160",
        "classes": 10,
        "params": 9,
        "macs": 200,
        "mac_linear": 50,
        "mac_conv": 100,
        "mac_qk": 20,
        "mac_av": 30,
        "mac_matmul": 0,
        "mac_fft": 0,
        "activations": 5,
        "attention_share": 0.25,  # (20 + 30) / 200
        "torch": "equal",
        "unseen": "aten.a;aten.z",
        "failed": "",
    }


def test_a_failure_has_no_counts_and_its_reason():
    failed = row(ONE, Facts(failed="ValueError: no"))
    assert (failed.input, failed.macs, failed.failed) == ("3x224x160", None, "ValueError: no")


def test_a_network_without_products_has_no_attention():
    assert row(ONE, replace(FACTS, kinds={"param": 3}, torch=None)).attention_share == 0.0


def test_a_difference_is_told_by_kind():
    assert agreement(replace(FACTS, torch=(99, 103))) == "differs: convolutions +1, products -3"
    assert agreement(replace(FACTS, torch=None)) is None
