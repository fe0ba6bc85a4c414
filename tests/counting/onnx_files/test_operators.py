"""What single operators cost, and what is said of those without a price."""

from __future__ import annotations

import pytest

pytest.importorskip("onnx")
import numpy

from effbench.cost.convention import convention
from effbench.cost.kinds import PARAM
from effbench.counting.by_tool import count_by_pass
from effbench.errors import EffbenchError
from effbench.models.inputs import parse_inputs


def zeros(*shape, kind="float32"):
    return numpy.zeros(shape, kind)


def counted(path, *inputs, **how):
    (row,) = count_by_pass(str(path), None, convention("macs"), inputs=parse_inputs(inputs), **how)
    return row


def kinds(row):
    return {kind: n for kind, n in row.counts.by_kind().items() if kind != PARAM}


ATTENTION = [
    ("MatMul", "x wq", "q"),
    ("MatMul", "x wk", "k"),
    ("MatMul", "x wv", "v"),
    ("Transpose", "k", "kt", {"perm": [0, 2, 1]}),
    ("MatMul", "q kt", "scores"),
    ("Softmax", "scores", "p"),
    ("MatMul", "p v", "y"),
]


def test_products_with_a_softmax_between_are_attention(onnx_file):
    row = counted(onnx_file(ATTENTION, {"x": [2, 5, 8]}, {w: zeros(8, 4) for w in ("wq", "wk", "wv")}))
    assert kinds(row) == {"mac_linear": 3 * 10 * 8 * 4, "mac_qk": 200, "softmax_elem": 50, "mac_av": 200}
    assert (row.params, row.batch, row.size) == (96, 2, "x=2x5x8")


def test_products_without_a_softmax_are_none(onnx_file):
    nodes = [one for one in ATTENTION if one[0] != "Softmax"]
    row = counted(
        onnx_file(
            [*nodes[:-1], ("MatMul", "scores v", "y")], {"x": [1, 5, 8]}, dict.fromkeys(("wq", "wk", "wv"), zeros(8, 4))
        )
    )
    assert kinds(row)["mac_matmul"] == 200
    assert "mac_qk" not in kinds(row)


@pytest.mark.parametrize(
    ("node", "weights", "expected", "params"),
    [
        (("Conv", "x w", "y", {"group": 2}), {"w": zeros(6, 2, 3, 3)}, {"mac_conv": 6 * 16 * 18}, 108),
        (("Gemm", "w w b", "y"), {"w": zeros(6, 6), "b": zeros(6)}, {"mac_linear": 216, "bias_add": 36}, 42),
        (("ConvTranspose", "x w", "y", {"strides": [2, 2]}), {"w": zeros(4, 3, 2, 2)}, {"mac_conv": 36 * 4 * 12}, 48),
        (("Einsum", "x w", "y", {"equation": "bchw,dc->bdhw"}), {"w": zeros(5, 4)}, {"mac_linear": 36 * 20}, 20),
        (("Relu", "x", "y"), {}, {"act_elem": 144}, 0),
        (("Add", "x w", "y"), {"w": zeros(6)}, {"bias_add": 144}, 6),
        (("Add", "x w", "y"), {"w": zeros(4, 1, 1)}, {"embed_add": 144}, 4),
        (("Add", "x x", "y"), {}, {"residual_add": 144}, 0),
        (("BatchNormalization", "x w w m m", "y"), {"w": zeros(4), "m": zeros(4)}, {"batch_norm_elem": 144}, 4),
        (("MaxPool", "x", "y", {"kernel_shape": [2, 2]}), {}, {"window_pool_elem": 144}, 0),
        (("GlobalAveragePool", "x", "y"), {}, {"global_pool_elem": 144}, 0),
        (("ReduceMean", "x w", "y"), {"w": numpy.array([2, 3])}, {"global_pool_elem": 144}, 0),
        (("Pow", "x w", "y"), {"w": numpy.float32(2)}, {"mul_elem": 144}, 0),
        (("Pow", "x w", "y"), {"w": numpy.float32(3)}, {"act_elem": 144}, 0),
    ],
)  # fmt: skip
def test_one_operator(onnx_file, node, weights, expected, params):
    row = counted(onnx_file([node], {"x": [1, 4, 6, 6]}, weights))
    assert (kinds(row), row.params, row.uncounted) == (expected, params, ())


def test_lengths_that_are_worked_out_in_the_file_cost_nothing(onnx_file):
    nodes = [
        ("Shape", "x", "s"),
        ("Gather", "s zero", "b"),
        ("Mul", "b two", "twice"),
        ("Concat", "twice rest", "shape", {"axis": 0}),
        ("Reshape", "x shape", "flat"),
        ("MatMul", "flat w", "y"),
    ]
    weights = {"zero": numpy.array([0]), "two": numpy.array([2]), "rest": numpy.array([-1]), "w": zeros(8, 3)}
    row = counted(onnx_file(nodes, {"x": ["n", 16]}, weights), "5x16")
    assert (kinds(row), row.params) == ({"mac_linear": 10 * 8 * 3}, 24)


def test_a_branch_that_no_input_decides_is_followed(onnx_file):
    from onnx import TensorProto, helper

    def branch(op):
        return helper.make_graph([helper.make_node(op, ["x"], [op])], op, [], [helper.make_empty_tensor_value_info(op)])

    node = ("If", "c", "y", {"then_branch": branch("Relu"), "else_branch": branch("Neg")})
    path = onnx_file([node, ("Relu", "y", "z")], {"x": [1, 4]}, {"c": numpy.array(True)})
    assert kinds(counted(path)) == {"act_elem": 8}
    open_ = onnx_file([node], {"x": [1, 4], "c": []}, kinds={"c": TensorProto.BOOL})
    assert counted(open_).uncounted == ("1 x If in (model) on [[1, 4]]",) or "If" in counted(open_).uncounted[0]


@pytest.mark.parametrize("node", [("Unique", "x", "y"), ("Nobody", "x", "y")])
def test_an_operator_without_a_price_is_named(onnx_file, node):
    path = onnx_file([node], {"x": [5, 1, 8]})
    row = counted(path)
    assert node[0] in row.uncounted[0]
    assert node[0] in str(row.plain()["said"])
    with pytest.raises(EffbenchError, match=f"1 operators have no rule: .*{node[0]}"):
        counted(path, strict=True)


def test_what_reads_an_unknown_shape_is_named_too(onnx_file):
    row = counted(onnx_file([("Nobody", "x", "z"), ("MatMul", "z w", "y")], {"x": [1, 8]}, {"w": zeros(8, 2)}))
    assert [one.split()[2] for one in row.uncounted] == ["Nobody", "MatMul"]
    assert row.value == 0


INT8 = {"w": zeros(8, 3, kind="int8"), "s": numpy.float32(0.1), "z": numpy.int8(0), "u": numpy.uint8(0)}
QUANTISE = ("QuantizeLinear", "x s z", "q")
WEIGHT = ("DequantizeLinear", "w s z", "e")
TURNED = [("Transpose", "e", "f"), ("Transpose", "f", "g")]


@pytest.mark.parametrize(
    ("nodes", "bits"),
    [
        ([QUANTISE, ("QLinearMatMul", "q s z w s z s z", "y")], "8x8"),
        ([QUANTISE, ("MatMulInteger", "q w", "y")], "8x8"),
        ([QUANTISE, ("DequantizeLinear", "q s z", "d"), WEIGHT, ("MatMul", "d e", "y")], "8x8"),
        ([WEIGHT, ("Gemm", "x e", "y")], "32x8"),
        ([WEIGHT, *TURNED, ("MatMul", "x g", "y")], "32x8"),
        ([("DynamicQuantizeMatMul", "x w s", "y", {"domain": "com.microsoft"})], "8x8"),
        ([QUANTISE, ("QGemm", "q s z w s z", "y", {"domain": "com.microsoft"})], "8x8"),
    ],
)  # fmt: skip
def test_quantised_products_are_counted_with_their_bits(onnx_file, nodes, bits):
    row = counted(onnx_file(nodes, {"x": [5, 8]}, INT8))
    assert (row.bits, row.value, row.params, row.uncounted) == ({bits: 120}, 120, 24, ())
    assert row.plain()["bits"] == f"{bits}: 120"


def test_quantised_convolutions(onnx_file):
    weights = {**INT8, "w": zeros(6, 4, 3, 3, kind="int8"), "b": zeros(6, kind="int32")}
    whole = [QUANTISE, ("QLinearConv", "q s z w s z s z b", "y")]
    integer = [QUANTISE, ("ConvInteger", "q w", "y")]
    for nodes, params in ((whole, 222), (integer, 216)):
        row = counted(onnx_file(nodes, {"x": [1, 4, 6, 6]}, weights))
        assert (row.bits, row.value, row.params) == ({"8x8": 6 * 16 * 36}, 6 * 16 * 36, params)


def test_packed_weights_of_four_bits(onnx_file):
    node = ("MatMulNBits", "x w s", "y", {"domain": "com.microsoft", "K": 32, "N": 3, "bits": 4, "block_size": 32})
    row = counted(onnx_file([node], {"x": [5, 32]}, {"w": zeros(3, 1, 16, kind="uint8"), "s": zeros(3)}))
    assert (row.bits, row.value, row.params) == ({"32x4": 480}, 480, 96)
