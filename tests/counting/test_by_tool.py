"""Counting networks: passes, other tools, and every tool on one network with the differences explained."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.errors import EffbenchError, SpecError, UnknownName

pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("fvcore")
pytest.importorskip("ptflops")

from effbench.counting.by_tool import COUNTERS, DEVICES, count_by_pass, tool_count
from effbench.counting.counters import adapters
from effbench.counting.crosscheck import crosscheck

# fvcore 0.1.5 scripts a function when it is imported
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")

MACS = convention("macs")

# ViT-Ti/16 at 224: L tokens (196 patches and the class token) of width D, MLP 4D, 12 blocks, 25 norms.
L, D = 197, 192
ATTENTION = 12 * L**2 * D  # of each of the two products
VIT_TINY = 196 * 768 * D + 12 * 12 * L * D**2 + 2 * ATTENTION + D * 1000
BIASES = 196 * D + 12 * L * (3 * D + D + 4 * D + D) + 1000


@pytest.fixture(scope="module")
def tiny():
    """Counter -> its row, of ViT-Ti/16."""
    return {row.counter: row for row in crosscheck(["vit_tiny_patch16"], None, MACS)}


def test_every_counter_has_an_adapter_and_a_device():
    assert set(COUNTERS) == {"dispatch", *adapters.ADAPTERS} == set(DEVICES)


def passes(name, *, convention=MACS, backward=False, strict=False, size=None):
    return count_by_pass(name, size, convention, backward=backward, strict=strict)


def test_a_count_has_a_row_and_the_counts_behind_it(model_file):
    (row,) = passes(str(model_file()))
    assert row.plain() == {
        "model": "toy",
        "size": 8,
        "batch": 1,
        "counter": "dispatch",
        "device": "meta",
        "pass": "forward",
        "convention": "macs",
        "value": 960,  # 192 · 5
        "unit": "MAC",
        "params": 965,
        "uncounted": 0,
        "source": "counted",
    }
    assert row.counts.of("bias_add") == 5
    assert row.uncounted == ()


def test_the_backward_pass_has_rows_of_its_own(model_file):
    # The weights' gradient is 192 · 5 products; the image needs none; nothing is computed twice.
    rows = passes(str(model_file()), backward=True)
    assert [(row.step, row.value) for row in rows] == [("forward", 960), ("backward", 960), ("recomputed", 0)]


def test_a_count_is_priced_by_the_convention():
    (macs,) = passes("vit_cifar10:3")
    (flops,) = passes("vit_cifar10:3", convention=convention("flops"))
    assert (flops.value, flops.unit) == (2 * macs.value, "FLOP")


def test_an_operator_without_a_price_is_named_with_its_place(model_file):
    path = model_file(forward="return self.head(torch.linalg.qr(x.flatten(1)).R)")
    (row,) = passes(str(path))
    assert (row.value, row.uncounted) == (960, ("1 x aten.linalg_qr.default in (model) on [(1, 192)]",))


def test_a_strict_count_refuses_operators_without_a_price(model_file):
    path = model_file(forward="return self.head(torch.linalg.qr(x.flatten(1)).R)")
    with pytest.raises(EffbenchError, match=r"1 operators have no rule: aten\.linalg_qr\.default in \(model\)"):
        passes(str(path), strict=True)


def test_the_size_of_the_image_can_be_chosen():
    # (16 / 4)² + 1 = 17 tokens, at 32 pixels 65; 3 blocks of width 128.
    (row,) = passes("vit_cifar10:3", size=16)
    assert (row.size, row.counts.of("mac_qk")) == (16, 3 * 17**2 * 128)


def test_a_size_that_cannot_be_is_an_error():
    with pytest.raises(SpecError, match="multiple of 4"):
        passes("vit_cifar10:3", size=17)


def test_a_tool_reports_in_its_own_way():
    row = tool_count("vit_cifar10:3", None, "torch")
    assert (row.counter, row.device, row.unit, row.convention) == ("torch", "meta", "FLOP", None)
    assert (row.step, row.by.split()[0]) == ("forward", "torch")
    assert row.params == 611_082


def test_the_device_can_be_chosen():
    # On the CPU attention is one operator, which ptflops does not know: 3 blocks · 2 products · 65² · 128 less.
    meta, cpu = (tool_count("vit_cifar10:3", None, "ptflops_aten", device) for device in ("meta", "cpu"))
    assert (meta.device, cpu.device) == ("meta", "cpu")
    assert meta.value - cpu.value == 3 * 2 * 65**2 * 128


def test_what_a_tool_leaves_out_is_in_its_own_words():
    row = tool_count("vit_cifar10:3", None, "fvcore")
    assert "aten::scaled_dot_product_attention" in row.uncounted
    assert row.plain()["said"].split("; ") == list(row.uncounted)
    assert row.plain()["uncounted"] == len(row.uncounted)


def test_an_unknown_counter_offers_the_known_ones():
    with pytest.raises(UnknownName, match="unknown counter 'fvcor'; did you mean fvcore"):
        tool_count("vit_cifar10:3", None, "fvcor")


def test_formula_and_our_counter_agree(tiny):
    for counter in ("formula", "dispatch"):
        row = tiny[counter]
        assert (row.value, row.unit, row.verdict, row.why) == (VIT_TINY, "MAC", "equal", "")
        assert row.params == 5_717_416


def test_pytorch_counts_two_flops_a_mac(tiny):
    row = tiny["torch"]
    assert (row.value, row.unit) == (2 * VIT_TINY, "FLOP")
    assert (row.verdict, row.why) == ("counts as flops", "2 FLOPs per MAC")


def test_fvcore_counts_norms_and_no_fused_attention(tiny):
    row = tiny["fvcore"]
    norms = 25 * L * D
    assert row.value == VIT_TINY + 5 * norms - 2 * ATTENTION
    assert row.verdict == "counts as fvcore"


def test_ptflops_by_operators_counts_biases_on_the_meta_device(tiny):
    row = tiny["ptflops_aten"]
    assert (row.value, row.device) == (VIT_TINY + BIASES, "meta")
    assert row.verdict == "counts as ptflops_aten"


def test_ptflops_by_modules_loses_the_layers_inside_attention(tiny):
    row = tiny["ptflops"]
    assert row.verdict == "counts as ptflops"
    assert row.value != VIT_TINY


def test_every_row_says_what_was_expected(tiny):
    assert list(tiny) == ["formula", *COUNTERS]
    assert {row.expected for row in tiny.values()} == {VIT_TINY}


def test_a_model_without_a_formula_has_no_row_for_it(model_file):
    rows = crosscheck([str(model_file(cost="None"))], None, MACS)
    assert [row.counter for row in rows] == list(COUNTERS)


def test_a_wrong_formula_is_not_equal(model_file):
    # 192 · 6 instead of 192 · 5.
    row = crosscheck([str(model_file(cost="lambda spec: ops.linear(1, 192, 6).at('head')"))], None, MACS)[0]
    assert (row.counter, row.value, row.verdict) == ("formula", 1152, "unexplained")
    assert row.why == "+192 MACs, +20.000%"


def test_a_tool_that_fails_is_a_row_with_its_reason(monkeypatch):
    def failing(network, inputs):
        raise EffbenchError("fvcore cannot count this network: too new")

    monkeypatch.setitem(adapters.ADAPTERS, "fvcore", failing)
    rows = {row.counter: row for row in crosscheck(["vit_cifar10:3"], None, MACS)}
    assert (rows["fvcore"].value, rows["fvcore"].device) == (None, "cpu")
    assert (rows["fvcore"].verdict, rows["fvcore"].why) == (
        "did not run",
        "fvcore cannot count this network: too new",
    )
    assert rows["torch"].verdict == "counts as flops"


def test_models_are_checked_one_after_the_other():
    rows = crosscheck(["vit_cifar10:3", "vit_cifar10:4"], 16, MACS)
    assert [row.model for row in rows[:: len(COUNTERS) + 1]] == ["vit_cifar10:3", "vit_cifar10:4"]
    assert {row.size for row in rows} == {16}
