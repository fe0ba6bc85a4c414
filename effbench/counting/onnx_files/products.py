"""What products cost in an ONNX file: of matrices, convolutions, attention and recurrent cells, quantised or not."""

from __future__ import annotations

from math import prod

from effbench.counting.onnx_files.prices import PLAIN, Call, Counts, NoPrice, Operator, Rule, Value, by_name
from effbench.counting.onnx_files.twins import RUNTIME
from effbench.counting.provenance import ENDS, MIXES, product_of


def _product(call: Call, left: Value, right: Value, macs: int) -> Counts:
    """A product of two factors, by what it is; a weight on the right with two axes is a layer's."""
    layer = len(right.sides) <= 2
    call.product = product_of(left.made_from, right.made_from, layer=layer)
    call.bits = left.bits, right.bits
    return {call.product.kind: macs}


def _biased(call: Call, counts: Counts, place: int) -> Counts:
    """With what is added to the result, if anything is read there."""
    bias = call.maybe(place)
    if bias is None:
        return counts
    return {**counts, "bias_add" if bias.is_weight else "residual_add": call.out.elements}


def matmul(left: int = 0, right: int = 1, bias: int | None = None, turned: str = "") -> Rule:
    """(…, m, k) x (…, k, n), whose factors are the inputs ``left`` and ``right``; ``turned``: says (…, k, m)."""

    def rule(call: Call) -> Counts:
        a, b = call.read(left), call.read(right)
        if not a.sides or not b.sides:
            raise NoPrice
        k = a.sides[-2 if call.integer(turned) and len(a.sides) > 1 else -1]
        counts = _product(call, a, b, call.out.elements * k)
        return counts if bias is None else _biased(call, counts, bias)

    return rule


def dynamic(call: Call) -> Counts:
    """``DynamicQuantizeMatMul``: floats are made integers of 8 bits on the way in."""
    counts = matmul(bias=4)(call)
    call.bits = 8, call.read(1).bits
    return counts


def few_bits(call: Call) -> Counts:
    """``MatMulNBits``: the weight is packed, its size and bits are attributes."""
    k = call.read(0).sides[-1]
    call.bits = call.read(0).bits, call.integer("bits", 4)
    return _biased(call, {"mac_linear": call.out.elements * k}, 5)


def convolution(x: int = 0, weight: int = 1, bias: int | None = 2) -> Rule:
    """Weight is (c_out, c_in / g, …)."""

    def rule(call: Call) -> Counts:
        counts = {"mac_conv": call.out.elements * prod(call.read(weight).sides[1:])}
        call.bits = call.read(x).bits, call.read(weight).bits
        return counts if bias is None else _biased(call, counts, bias)

    return rule


def transposed(call: Call) -> Counts:
    """``ConvTranspose``: weight is (c_in, c_out / g, …)."""
    counts = {"mac_conv": call.read(0).elements * prod(call.read(1).sides[1:])}
    call.bits = call.read(0).bits, call.read(1).bits
    return _biased(call, counts, 2)


def einsum(call: Call) -> Counts:
    """Of two factors: every combination of their indices; of one: a sum."""
    text = call.attributes.get("equation")
    if not isinstance(text, str) or "..." in text or len(call.ins) > 2:
        raise NoPrice
    terms = text.replace(" ", "").partition("->")[0].split(",")
    if len(terms) != len(call.ins):
        raise NoPrice
    lengths: dict[str, int] = {}
    for place, term in enumerate(terms):
        for letter, n in zip(term, call.read(place).sides, strict=False):
            lengths[letter] = max(n, lengths.get(letter, 1))
    if len(terms) == 1:
        return {"reduce_elem": call.read(0).elements}
    return _product(call, call.read(0), call.read(1), prod(lengths.values()))


def attention(call: Call) -> Counts:
    """``Attention`` of queries, keys and values: (b, heads, L, E), or (b, L, heads·E) and an attribute."""
    query, key, value = call.read(0), call.read(1), call.read(2)
    if call.maybe(4) is not None or call.maybe(5) is not None:  # keys and values of earlier calls
        raise NoPrice
    return _attention(call, query, key, value, call.integer("q_num_heads"))


def of_runtime(call: Call) -> Counts:
    """``MultiHeadAttention`` of ONNX Runtime, of queries, keys and values apart: (b, L, heads·E)."""
    if call.maybe(1) is None or call.maybe(2) is None or any(call.maybe(i) is not None for i in (6, 7)):
        raise NoPrice
    counts = _attention(call, call.read(0), call.read(1), call.read(2), call.integer("num_heads"))
    return _biased(call, counts, 3)


def _attention(call: Call, query: Value, key: Value, value: Value, heads: int) -> Counts:
    if len(query.sides) not in (3, 4) or len(key.sides) != len(query.sides) or len(value.sides) != len(query.sides):
        raise NoPrice
    heads = query.sides[1] if len(query.sides) == 4 else heads
    keys, rows = key.sides[-2], query.sides[0] * query.sides[-2] * heads
    call.bits = query.bits, key.bits
    across = call.out.elements * keys
    return {"mac_qk": query.elements * keys, "softmax_elem": rows * keys, "mac_av": across}


def recurrent(gates: int, sums: int, activations: int, products: int) -> Rule:
    """``LSTM`` and its like, x (length, batch, d_in): what an element of the state takes in each step."""

    def rule(call: Call) -> Counts:
        x, w, r = call.read(0), call.read(1), call.read(2)
        steps = x.sides[0] * x.sides[1]
        states = steps * prod(r.sides[:2]) // gates
        call.bits = x.bits, w.bits
        counts = {
            "mac_linear": steps * (w.elements + r.elements),
            "residual_add": sums * states,
            "act_elem": activations * states,
            "mul_elem": products * states,
        }
        return counts if call.maybe(3) is None else {**counts, "bias_add": 2 * gates * states}

    return rule


_PRODUCTS: dict[str, Operator] = {
    "MatMul MatMulInteger": Operator(matmul()),
    "Gemm": Operator(matmul(bias=2, turned="transA")),
    "QLinearMatMul": Operator(matmul(0, 3)),
    "Conv": Operator(convolution(), MIXES),
    "ConvInteger": Operator(convolution(bias=None), MIXES),
    "QLinearConv": Operator(convolution(0, 3, 8), MIXES),
    "DeformConv": Operator(convolution(bias=3)),
    "ConvTranspose": Operator(transposed),
    "Einsum": Operator(einsum),
    "Attention": Operator(attention),
    "LSTM": Operator(recurrent(gates=4, sums=5, activations=5, products=3)),
    "GRU": Operator(recurrent(gates=3, sums=5, activations=3, products=2)),
    "RNN": Operator(recurrent(gates=1, sums=1, activations=1, products=0)),
}

_OF_RUNTIME: dict[str, Operator] = {
    "DynamicQuantizeMatMul": Operator(dynamic),
    "MatMulIntegerToFloat": Operator(matmul(bias=6)),
    "MatMulNBits": Operator(few_bits),
    "MultiHeadAttention": Operator(of_runtime, ENDS),
}

OPERATORS = {
    "": {**PLAIN[""], **by_name(_PRODUCTS)},
    RUNTIME: {**PLAIN[RUNTIME], **by_name(_OF_RUNTIME)},
}
"""Domain -> operator -> what it costs; one that is missing is named as not counted."""
