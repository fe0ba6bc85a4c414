"""Bytes moved by each operation, by hand; against what PyTorch's operators read and write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.cost import ops
from effbench.cost.convention import convention
from effbench.cost.convolution import gdn
from effbench.cost.counts import OpCounts, combine
from effbench.cost.traffic import ATTENTION, Work, least_bytes, traffic
from effbench.cost.transformer import encoder_block
from effbench.errors import SpecError
from effbench.models.registry import named_models, resolve


def moved(counts, **how):
    """(path, kind) -> bytes."""
    return {(work.path, work.kind): work.bytes for work in traffic(counts, **how)}


SINGLE = [
    # 16 x 4 in, 16 x 8 out, weights 32 and biases 8, which are added on the way
    (ops.linear(16, 4, 8), "mac_linear", 64 + 128 + 40),
    # output 3 x 2·2, input 2 x 4·4, weights 3·2·9 and 3 biases
    (ops.conv2d(2, 2, 2, 3, 3, stride=2), "mac_conv", 12 + 32 + 54 + 3),
    # input 2 x 2·2, output 3 x 4·4, weights 2·3·2·2 and 3 biases
    (ops.conv_transpose2d(2, 2, 2, 3, 2), "mac_conv", 8 + 48 + 24 + 3),
    # q, k, v and the output of 5·8 elements; the scores stay inside
    (ops.attention_products(5, 8, 2), ATTENTION, 4 * 40),
    # 5·8 in and out, scale and shift of 8
    (ops.layer_norm(5, 8), "layer_norm_elem", 80 + 16),
    (ops.batch_norm2d(2, 2, 3), "batch_norm_elem", 24 + 6),
    (ops.activation(7), "act_elem", 14),
    # in place: the same memory is read and written
    (ops.activation(7, inplace=True), "act_elem", 14),
    (ops.global_pool(2, 2, 3), "global_pool_elem", 12 + 3),
    (ops.window_pool(2, 2, 3, 2), "window_pool_elem", 48 + 12),
    (ops.mean(5, 8), "mean_elem", 40 + 8),
    (ops.resize(2, 2, 3, source=48), "resample_elem", 48 + 12),
    # two streams in, one out
    (ops.residual(7), "residual_add", 21),
    # tokens in and out, the embedding is a weight
    (ops.embedding(5, 8), "embed_add", 80 + 40),
    (ops.multiply(7), "mul_elem", 14),
    (ops.multiply(7, factors=2), "mul_elem", 21),
    (ops.reparametrisation(7), "weight_elem", 14),
]


@pytest.mark.parametrize(
    ("counts", "kind", "elements"), SINGLE, ids=[f"{i}-{kind}" for i, (_, kind, _) in enumerate(SINGLE)]
)
def test_one_operation(counts, kind, elements):
    assert moved(counts) == {("", kind): 4 * elements}


def test_an_unfused_attention_moves_its_scores_four_times():
    # scores: 2 heads of 5·5
    assert moved(ops.attention_products(5, 8, 2), fused_attention=False) == {("", ATTENTION): 4 * (4 * 40 + 4 * 50)}


def test_an_attention_is_one_operation_with_both_products():
    assert traffic(ops.attention_products(5, 8, 2)) == [Work(path="", kind=ATTENTION, macs=2 * 25 * 8, bytes=640)]


def test_what_must_stay_in_memory_does_not_move():
    assert moved(ops.activation(7).holding(100)) == moved(ops.activation(7))


def test_a_block_of_an_encoder():
    # 16 tokens of width 4, 2 heads, hidden 16: a stream of 64 elements
    assert moved(encoder_block(16, 4, 2, 16), dtype="bf16") == {
        ("norm1", "layer_norm_elem"): 2 * (128 + 8),
        ("attn.qkv", "mac_linear"): 2 * (64 + 192 + 48 + 12),
        ("attn", ATTENTION): 2 * (192 + 64),
        ("attn.proj", "mac_linear"): 2 * (128 + 16 + 4),
        ("", "residual_add"): 2 * 2 * 192,
        ("norm2", "layer_norm_elem"): 2 * (128 + 8),
        ("mlp.fc1", "mac_linear"): 2 * (64 + 256 + 64 + 16),
        ("mlp.act", "act_elem"): 2 * 512,
        ("mlp.fc2", "mac_linear"): 2 * (256 + 64 + 64 + 4),
    }


def test_the_weights_of_a_module_are_read_by_its_product():
    # 2 channels of 3 x 3: square 36, product 36 + weights 4 + 2, root 36, quotient of two streams 54
    found = moved(gdn(3, 3, 2))
    assert found["", "mac_conv"] == 4 * (36 + 6)
    assert (found["", "mul_elem"], found["", "act_elem"]) == (4 * (36 + 54), 4 * 36)


def test_parameters_without_an_operation_are_read_all_the_same():
    assert moved(ops.activation(7).at("act") + ops.parameters(5).at("token"))["token", "param"] == 20


def test_a_batch_shares_weights():
    # 3 x (16·4 + 16·8) elements, 40 parameters once
    assert moved(ops.linear(16, 4, 8), batch=3) == {("", "mac_linear"): 4 * (3 * 192 + 40)}
    assert moved(ops.reparametrisation(7), batch=3) == {("", "weight_elem"): 56}


def test_repeated_blocks_move_as_often():
    three, one = encoder_block(16, 4, 2, 16).repeat("blocks", 3), encoder_block(16, 4, 2, 16)
    assert sum(moved(three).values()) == 3 * sum(moved(one).values())
    assert sum(moved(one.scaled(3)).values()) == 3 * sum(moved(one).values())


@pytest.mark.parametrize("name", ["vit_tiny_patch16", "ci2p_vit_ds", "ravit_cifar10:2-7"])
def test_macs_are_those_of_the_model(name):
    counts = resolve(name).cost()
    assert sum(work.macs for work in traffic(counts, batch=3)) == 3 * convention("macs").total(counts)
    assert all(work.flops == 2 * work.macs for work in traffic(counts))


FORMULAS = [name for name in named_models() if resolve(name).has_formula]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_model_gets_by_with_less_than_the_least(name):
    model = resolve(name)
    counts, ends = model.cost(), 3 * model.spec.image_size**2
    assert sum(work.bytes for work in traffic(counts)) > least_bytes(counts, ends)


def test_least_is_weights_once_and_both_ends_of_the_network():
    # 40 parameters; 3 images of 4 elements in and 8 out
    assert least_bytes(ops.linear(1, 4, 8), 12, batch=3, dtype="fp16") == 2 * (40 + 36)


def test_counts_that_do_not_say_what_is_moved_are_refused():
    with pytest.raises(SpecError, match="were not counted"):
        traffic(OpCounts({("head", "mac_linear"): 5}))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_parts_add_up(tokens, width, hidden):
    parts = [ops.linear(tokens, width, hidden).at("a"), ops.activation(tokens * hidden).at("b")]
    assert moved(combine(parts)) == {**moved(parts[0]), **moved(parts[1])}


def test_the_encoder_of_a_vit_moves_what_pytorch_s_operators_read_and_write():
    """Block by block: tensors that operators read and wrote on the meta device, views and bookkeeping left out."""
    torch = pytest.importorskip("torch")
    from torch.utils._python_dispatch import TorchDispatchMode

    from effbench.counting.counters.networks import network_and_inputs

    aten = torch.ops.aten
    read_or_written = {
        aten.addmm,
        aten.native_layer_norm,
        aten.gelu,
        aten.add,
        aten._scaled_dot_product_flash_attention_for_cpu,
    }

    others = []

    class Moved(TorchDispatchMode):
        elements = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            if func.overloadpacket in read_or_written:
                first = out[0] if isinstance(out, tuple) else out  # beside it: statistics, which inference drops
                self.elements += sum(a.numel() for a in args if isinstance(a, torch.Tensor)) + first.numel()
            else:
                others.append(str(func.overloadpacket))
            return out

    model = resolve("vit_tiny_patch16_gap").at_size(64)
    network, _ = network_and_inputs(model, "cpu")
    tokens = torch.zeros(1, 16, 192)
    with torch.no_grad(), Moved() as mode:
        network.blocks[0](tokens)
    mine = sum(w.bytes for w in traffic(encoder_block(16, 192, 3, 768))) / 4
    assert mode.elements == mine
    assert not [op for op in others if "mm" in op]
