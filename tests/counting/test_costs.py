"""What models cost: what a row holds, and that taking a cost apart loses nothing."""

from __future__ import annotations

import json

import pytest

from effbench import __version__
from effbench.cost.convention import convention, conventions
from effbench.cost.kinds import PARAM
from effbench.counting import operations
from effbench.counting.costs import MAX_BATCH, by_kind, by_module, cost, costs, counts
from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.render.plain import plain

MACS, CI2P = convention("macs"), convention("ci2p")

SOME_OF_EVERY_FAMILY = (
    "vit_base_patch16",
    "vit_cifar10:3",
    "ci2p_vit_ds",
    "ravit_imagenet:1-1-8",
    "token_fusion_late:channel",
    "token_fusion_early:mixing",
    "token_fusion_layerwise:token",
)


def count(name, size=None, batch=1):
    (found,) = counts([name], None if size is None else [size], batch)
    return found


def test_a_cost_is_a_flat_row():
    assert plain(cost(count("ci2p_vit", 256), CI2P)) == {
        "model": "ci2p_vit",
        "metric": "cost",
        "value": 8_476_811_264,
        "unit": "MAC",
        "source": "analytic",
        "by": f"effbench {__version__}",
        "size": 256,
        "batch": 1,
        "convention": "ci2p",
        "params": 88_956_320,  # without head, which ci2p does not look at
        "params_total": 88_956_320 + 769_000,
        "peak_activation_bytes": 128 * 128 * 128 * 4 * 3,  # three maps of 128 channels at half the side, fp32
        "uncounted": 0,
    }


@pytest.mark.parametrize("name", SOME_OF_EVERY_FAMILY)
def test_the_value_is_a_whole_number_that_survives_json(name):
    found = count(name)
    for priced in conventions().values():
        row = plain(cost(found, priced))
        assert type(row["value"]) is type(row["params"]) is int
        assert json.loads(json.dumps(row)) == row


def test_one_row_per_model_size_and_convention_in_that_order():
    found = costs(["ci2p_vit", "ci2p_vit_ds"], [256, 512], [MACS, CI2P])
    assert [(r.model, r.size, r.convention) for r in found] == [
        (model, size, name) for model in ("ci2p_vit", "ci2p_vit_ds") for size in (256, 512) for name in ("macs", "ci2p")
    ]


def test_without_a_size_every_model_has_its_own():
    found = counts(["vit_cifar10:3", "vit_base_patch16", "ci2p_vit"], None)
    assert [one.size for one in found] == [32, 224, 256]


def test_a_batch_multiplies_operations_and_activations_and_not_parameters():
    single, many = (cost(count("ci2p_vit_ds", batch=images), CI2P) for images in (1, 32))
    assert many.value == 32 * single.value
    assert many.peak_activation_bytes == 32 * single.peak_activation_bytes
    assert (many.params, many.params_total) == (single.params, single.params_total)


def test_counts_are_made_one_at_a_time(monkeypatch):
    made = []

    def noted(model):
        made.append(model.name)
        return operations.count_of(model)

    monkeypatch.setattr("effbench.counting.costs.count_of", noted)
    found = counts(["vit_cifar10:3", "vit_cifar10:4"], None)
    assert made == []
    assert (next(found).model, made) == ("vit_cifar10:3", ["vit_cifar10:3"])


@pytest.mark.parametrize("batch", [0, -1, MAX_BATCH + 1])
def test_an_impossible_batch_is_refused(batch):
    with pytest.raises(SpecError, match=f"batch must be between 1 and {MAX_BATCH}, got {batch}"):
        counts(["ci2p_vit"], None, batch)


@pytest.mark.parametrize(
    ("names", "sizes", "error"),
    [(["ci2p_vit", "ci2p_vitt"], None, UnknownName), (["vit_base_patch16", "ci2p_vit"], [240], EffbenchError)],
)
def test_a_bad_name_or_size_is_known_before_anything_is_computed(names, sizes, error):
    with pytest.raises(error):
        counts(names, sizes)


@pytest.mark.parametrize("name", SOME_OF_EVERY_FAMILY)
def test_the_parts_add_up_to_the_cost(name):
    found = count(name, batch=2)
    for priced in conventions().values():
        whole = cost(found, priced)
        assert sum(row.value for row in by_kind(found, priced)) == whole.value
        for depth in (1, 2, 9):
            rows = by_module(found, priced, depth)
            assert sum(row.value for row in rows) == whole.value
            assert sum(row.params for row in rows) == whole.params
            assert sum(row.share for row in rows) == pytest.approx(1)


def test_a_kind_is_its_count_times_its_price():
    # 25 norms over 257 tokens of width 768, at 5 an element; 2 images.
    norm = {row.kind: row for row in by_kind(count("vit_base_patch16", 256, 2), CI2P)}["layer_norm_elem"]
    elements = 2 * 25 * 257 * 768
    assert (norm.count, norm.price, norm.value) == (elements, 5, 5 * elements)


def test_kinds_that_are_not_counted_are_shown_with_price_0():
    rows = {row.kind: row for row in by_kind(count("vit_base_patch16"), MACS)}
    assert rows["softmax_elem"].count == 12 * 12 * 197**2  # blocks · heads · tokens²
    assert (rows["softmax_elem"].price, rows["softmax_elem"].value) == (0, 0)
    assert PARAM not in rows  # no operation


def test_the_rows_say_what_they_are_part_of():
    expected = {"model": "ci2p_vit", "size": 256, "batch": 1, "convention": "ci2p", "unit": "MAC", "source": "analytic"}
    found = count("ci2p_vit")
    for row in (*by_kind(found, CI2P), *by_module(found, CI2P, 1)):
        assert list(plain(row).items())[: len(expected)] == list(expected.items())


def test_modules_are_those_in_scope_named_as_in_pytorch_in_the_order_of_execution():
    found = count("ci2p_vit")
    assert [row.module for row in by_module(found, CI2P, 1)] == ["patch_embed", "blocks", "norm", "(model)"]
    assert "head" in {row.module for row in by_module(found, MACS, 1)}


def test_a_deeper_cut_names_single_blocks():
    modules = {row.module: row.value for row in by_module(count("vit_base_patch16"), MACS, 2)}
    # 12·L·D² + 2·L²·D with L = 197, D = 768
    assert modules["blocks.11"] == 12 * 197 * 768**2 + 2 * 197**2 * 768
