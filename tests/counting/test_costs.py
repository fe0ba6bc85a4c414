"""Cost records: what a row holds, and that taking a cost apart loses nothing."""

from __future__ import annotations

import json

import pytest

from effbench import __version__
from effbench.cost.convention import convention, conventions
from effbench.cost.kinds import PARAM
from effbench.counting.costs import MAX_BATCH, by_kind, by_module, cost_records
from effbench.errors import EffbenchError, SpecError, UnknownName

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

every_model = pytest.mark.parametrize("name", SOME_OF_EVERY_FAMILY)
every_convention = pytest.mark.parametrize("priced", conventions().values(), ids=list(conventions()))


def one(name, priced=MACS, size=None, batch=1):
    (record,) = cost_records([name], None if size is None else [size], [priced], batch)
    return record


def test_a_record_is_a_flat_row():
    assert one("ci2p_vit", CI2P, 256).as_row() == {
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


@every_model
@every_convention
def test_the_value_is_a_whole_number_that_survives_json(name, priced):
    row = one(name, priced).as_row()
    assert type(row["value"]) is type(row["params"]) is int
    assert json.loads(json.dumps(row)) == row


def test_one_record_per_model_size_and_convention_in_that_order():
    found = cost_records(["ci2p_vit", "ci2p_vit_ds"], [256, 512], [MACS, CI2P])
    assert [(r.model, r.size, r.convention) for r in found] == [
        (model, size, name) for model in ("ci2p_vit", "ci2p_vit_ds") for size in (256, 512) for name in ("macs", "ci2p")
    ]


def test_without_sizes_a_model_has_its_own():
    found = cost_records(["vit_cifar10:3", "vit_base_patch16", "ci2p_vit"], None, [MACS])
    assert [r.size for r in found] == [32, 224, 256]


def test_a_batch_multiplies_operations_and_activations_but_not_parameters():
    single, batch = one("vit_base_patch16"), one("vit_base_patch16", batch=32)
    assert batch.batch == 32
    assert batch.value == 32 * single.value
    assert batch.also["peak_activation_bytes"] == 32 * single.also["peak_activation_bytes"]
    assert (batch.also["params"], batch.also["params_total"]) == (single.also["params"], single.also["params_total"])


@pytest.mark.parametrize("batch", [0, -1, MAX_BATCH + 1])
def test_a_batch_that_cannot_be_is_an_error(batch):
    with pytest.raises(SpecError, match=f"batch must be between 1 and {MAX_BATCH}, got {batch}"):
        cost_records(["ci2p_vit"], None, [MACS], batch)


@pytest.mark.parametrize(
    ("names", "sizes", "error"),
    [(["ci2p_vit", "ci2p_vitt"], None, UnknownName), (["vit_base_patch16", "ci2p_vit"], [240], EffbenchError)],
)
def test_a_bad_name_or_size_is_known_before_anything_is_computed(monkeypatch, names, sizes, error):
    monkeypatch.setattr("effbench.models.registry.Model.cost", lambda _: pytest.fail("computed"))
    with pytest.raises(error):
        cost_records(names, sizes, [MACS])


@every_model
@every_convention
def test_the_kinds_add_up_to_the_cost(name, priced):
    record = one(name, priced)
    assert sum(row["value"] for row in by_kind(record, priced)) == record.value


@every_model
@every_convention
@pytest.mark.parametrize("depth", [1, 2, 9])
def test_the_modules_add_up_to_the_cost_and_the_parameters(name, priced, depth):
    record = one(name, priced, batch=2)
    rows = by_module(record, priced, depth)
    assert sum(row["value"] for row in rows) == record.value
    assert sum(row["params"] for row in rows) == record.also["params"]
    assert sum(row["share"] for row in rows) == pytest.approx(1)


def test_a_kind_is_its_count_times_its_price():
    # 25 norms over 257 tokens of width 768, at 5 an element; 2 images.
    rows = {row["kind"]: row for row in by_kind(one("vit_base_patch16", CI2P, 256, 2), CI2P)}
    norm = rows["layer_norm_elem"]
    elements = 2 * 25 * 257 * 768
    assert (norm["count"], norm["price"], norm["value"]) == (elements, 5, 5 * elements)


def test_kinds_that_are_not_counted_are_shown_with_price_0():
    rows = {row["kind"]: row for row in by_kind(one("vit_base_patch16"), MACS)}
    assert rows["softmax_elem"]["count"] == 12 * 12 * 197**2  # blocks · heads · tokens²
    assert (rows["softmax_elem"]["price"], rows["softmax_elem"]["value"]) == (0, 0)


def test_parameters_are_no_operation():
    assert PARAM not in {row["kind"] for row in by_kind(one("vit_base_patch16"), MACS)}


def test_the_rows_say_what_they_are_part_of():
    expected = {"model": "ci2p_vit", "size": 256, "batch": 1, "convention": "ci2p", "unit": "MAC", "source": "analytic"}
    record = one("ci2p_vit", CI2P)
    for row in [*by_kind(record, CI2P), *by_module(record, CI2P, 1)]:
        assert {key: row[key] for key in expected} == expected


def test_modules_are_named_as_in_pytorch_in_the_order_of_execution():
    rows = by_module(one("ci2p_vit", CI2P), CI2P, 1)
    assert [row["module"] for row in rows] == ["patch_embed", "blocks", "norm", "(model)"]


def test_a_module_outside_the_scope_of_the_convention_is_left_out():
    assert "head" in {row["module"] for row in by_module(one("ci2p_vit"), MACS, 1)}
    assert "head" not in {row["module"] for row in by_module(one("ci2p_vit", CI2P), CI2P, 1)}


def test_a_deeper_cut_names_single_blocks():
    modules = {row["module"]: row["value"] for row in by_module(one("vit_base_patch16"), MACS, 2)}
    # 12·L·D² + 2·L²·D with L = 197, D = 768
    assert modules["blocks.11"] == 12 * 197 * 768**2 + 2 * 197**2 * 768
