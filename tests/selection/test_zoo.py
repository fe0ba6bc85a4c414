"""The search over timm against a scan of the published files' facts."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError
from effbench.models.shipped import shipped
from effbench.selection.accuracy import accuracies
from effbench.selection.budget import Budget
from effbench.selection.zoo import search


def test_what_is_found_is_what_a_scan_finds():
    found = search(Budget(macs=5e9, params=30e6))
    scan = {}
    for one in accuracies():
        network = shipped().find(one.model, one.size)
        if network is not None and network.macs <= 5e9 and network.params <= 30e6:
            scan[one.model, one.size] = one.top1
    assert {(row.model, row.size): row.top1 for row in found.rows} == scan
    assert [row.top1 for row in found.rows] == sorted(scan.values(), reverse=True)
    assert found.uncounted == []


def test_a_published_accuracy_stands_beside_its_size():
    # results-imagenet.csv: tf_efficientnet_b4.ns_jft_in1k, 380, 85.160
    row = search(Budget(macs=5e9, params=30e6)).rows[0]
    assert (row.model, row.size, row.top1) == ("tf_efficientnet_b4.ns_jft_in1k", 380, pytest.approx(0.8516, abs=5e-5))
    assert row.memory == 4 * row.params


def test_a_budget_of_time_holds_for_prediction_and_publication():
    found = search(Budget(throughput=1000), "rtx3090")
    assert found.rows
    assert all(row.images_per_s is not None and row.images_per_s >= 1000 for row in found.rows)
    assert all(row.measured is None or row.measured >= 1000 for row in found.rows)
    assert {row.machine for row in found.rows} == {"infer-amp-nchw-pt240-cu124-rtx3090"}


@pytest.mark.parametrize("sort", ["macs", "params", "speed"])
def test_rows_are_sorted(sort):
    rows = search(Budget(macs=1e9), "rtx3090", sort).rows
    keys = [{"macs": row.macs, "params": row.params, "speed": -(row.images_per_s or 0)}[sort] for row in rows]
    assert keys == sorted(keys)


def test_where_nothing_meets_the_budget_the_nearest_are_named():
    found = search(Budget(macs=1e6))
    assert not found.rows
    assert len(found.nearest) == 3
    assert found.nearest[0].excess == pytest.approx(found.nearest[0].macs / 1e6)
    assert found.nearest[0].macs == min(
        network.macs for one in accuracies() if (network := shipped().find(one.model, one.size)) is not None
    )


def test_time_needs_a_machine_and_latency_one_image():
    with pytest.raises(EffbenchError, match="--machine"):
        search(Budget(latency=0.02))
    with pytest.raises(EffbenchError, match="batches of 1024"):
        search(Budget(latency=0.02), "rtx3090")
    with pytest.raises(EffbenchError, match="--sort speed"):
        search(Budget(), None, "speed")
    assert all(row.batch == 1 for row in search(Budget(latency=0.02), "i7_12700h").rows)
