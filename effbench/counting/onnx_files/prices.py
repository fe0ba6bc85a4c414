"""What one operator of an ONNX file costs, from shapes alone: the rules that have no product of matrices in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from effbench.counting.onnx_files.twins import RUNTIME
from effbench.counting.provenance import ENDS, PASSES, WEIGHS, Origin, Product

Counts = dict[str, int]


class NoPrice(Exception):
    """What a call costs cannot be told: the operator is named."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A tensor that an operator reads or makes.

    Attributes:
        shape: None if unknown. bits: of an element, of the integer where it was made of one.
        made_from: None of weights. number: its value, where it is one that no input decides.
    """

    shape: tuple[int, ...] | None
    bits: int = 32
    made_from: Origin | None = None
    number: float | None = None

    @property
    def sides(self) -> tuple[int, ...]:
        """The shape.

        Raises:
            NoPrice: it is unknown.
        """
        if self.shape is None:
            raise NoPrice
        return self.shape

    @property
    def elements(self) -> int:
        """How many there are."""
        return prod(self.sides)

    @property
    def is_weight(self) -> bool:
        """Whether it was made from weights alone."""
        return self.made_from is None or not self.made_from.image


@dataclass(kw_only=True)
class Call:
    """One node with its tensors.

    Attributes:
        attributes: numbers, texts and lists of numbers by name. ins: what it reads, None where one is left out.
        out: its first result. product: the product that it is, set by its rule. bits: of its two factors.
    """

    attributes: Mapping[str, object]
    ins: Sequence[Value | None]
    out: Value
    product: Product | None = None
    bits: tuple[int, int] | None = field(default=None)

    def read(self, place: int) -> Value:
        """What it reads there.

        Raises:
            NoPrice: nothing.
        """
        found = self.maybe(place)
        if found is None:
            raise NoPrice
        return found

    def maybe(self, place: int) -> Value | None:
        """What it reads there, if anything."""
        return self.ins[place] if place < len(self.ins) else None

    def integer(self, name: str, default: int = 0) -> int:
        """An attribute."""
        found = self.attributes.get(name, default)
        return found if isinstance(found, int) else default

    def of_weights(self) -> bool:
        """Whether it reads weights alone."""
        return all(one is None or one.is_weight for one in self.ins)


Rule = Callable[[Call], Counts]


def free(call: Call) -> Counts:
    """Moves or makes data, and computes nothing."""
    return {}


def constant(call: Call) -> Counts:
    """Makes the same tensor for every input."""
    return {}


def random(call: Call) -> Counts:
    """Draws numbers, as if they were an input."""
    return {}


def elements(kind: str, of: str = "out") -> Rule:
    """One operation per element of the result, or of what is read (``of="input"``)."""

    def rule(call: Call) -> Counts:
        n = (call.read(0) if of == "input" else call.out).elements
        return {"weight_elem" if call.of_weights() else kind: n}

    return rule


def addition(call: Call) -> Counts:
    """A skip connection, a bias (a weight with one axis), an embedding (with more), or an offset by a number."""
    n, both = call.out.elements, (call.read(0), call.read(1))
    weights = [one for one in both if one.is_weight]
    if len(weights) == 2:
        return {"weight_elem": n}
    if not weights:
        return {"residual_add": n}
    axes = len(weights[0].sides)
    return {"embed_add" if axes > 1 else "bias_add" if axes else "other_elem": n}


def sum_of_all(call: Call) -> Counts:
    """``Sum`` of any number of tensors."""
    return {"residual_add": call.out.elements * (len(call.ins) - 1)}


def power(call: Call) -> Counts:
    """A square is a product; any other power is a non-linearity."""
    return elements("mul_elem" if call.read(1).number == 2 else "act_elem")(call)


def mean(call: Call) -> Counts:
    """A mean over both sides of a map is a global pool; over tokens or channels it is a mean."""
    axes = call.attributes.get("axes")
    given = call.maybe(1)
    read = len(call.read(0).sides)
    many = len(axes) if isinstance(axes, list) else read if given is None else prod(given.sides)
    return elements("global_pool_elem" if read == 4 and many == 2 else "mean_elem", of="input")(call)


def resize(call: Call) -> Counts:
    """An interpolation, which may be antialiased."""
    return {"antialias_elem" if call.integer("antialias") else "resample_elem": call.out.elements}


def skip_norm(call: Call) -> Counts:
    """A sum and a norm of it in one."""
    n = call.out.elements
    return {"residual_add": n, "layer_norm_elem": n}


def biased_activation(call: Call) -> Counts:
    """A bias and a non-linearity in one."""
    return {"bias_add": call.out.elements, "act_elem": call.out.elements}


@dataclass(frozen=True)
class Operator:
    """What an operator costs, and what it does to the scores of an attention: see ``provenance``."""

    rule: Rule
    how: str = ENDS


_NAMES: dict[str, Operator] = {
    """BitCast Cast CastLike Center CenterCropPad Col2Im Compress Concat DepthToSpace Dropout Expand Flatten Gather
    GatherElements GatherND Identity OneHot Pad Reshape ReverseSequence ScatterElements ScatterND Scatter Shape Size
    Slice SpaceToDepth Split Squeeze Tile Transpose Trilu Unsqueeze Where MaxUnpool""": Operator(free, PASSES),
    "Constant ConstantOfShape EyeLike Range HannWindow HammingWindow BlackmanWindow": Operator(constant),
    "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Bernoulli Multinomial": Operator(random),
    "Add Sub": Operator(addition, PASSES),
    "Sum": Operator(sum_of_all, PASSES),
    "Mul Div": Operator(elements("mul_elem"), PASSES),
    "Pow": Operator(power, PASSES),
    "Exp": Operator(elements("act_elem"), WEIGHS),
    "Softmax LogSoftmax": Operator(elements("softmax_elem"), WEIGHS),
    """Celu Clip Cos Elu Erf Gelu HardSigmoid HardSwish LeakyRelu Log Mish PRelu Reciprocal Relu Selu Sigmoid Sin
    Softplus Softsign Sqrt Swish Tanh ThresholdedRelu""": Operator(elements("act_elem"), PASSES),
    """Abs Acos Acosh And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Ceil Cosh
    DequantizeLinear DynamicQuantizeLinear Equal Floor Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Max Min Mod
    Neg Not Or QuantizeLinear Round Shrink Sign Sinh Tan Xor""": Operator(elements("other_elem"), PASSES),
    """ArgMax ArgMin CumSum LpNormalization NonZero ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMin
    ReduceProd ReduceSum ReduceSumSquare TopK Hardmax""": Operator(elements("reduce_elem", of="input")),
    "ReduceMean": Operator(mean),
    "LayerNormalization RMSNormalization": Operator(elements("layer_norm_elem")),
    "BatchNormalization": Operator(elements("batch_norm_elem")),
    "GroupNormalization InstanceNormalization": Operator(elements("group_norm_elem")),
    "AveragePool MaxPool LpPool": Operator(elements("window_pool_elem", of="input")),
    "GlobalAveragePool GlobalMaxPool GlobalLpPool": Operator(elements("global_pool_elem", of="input")),
    "Resize Upsample": Operator(resize),
    "GridSample": Operator(elements("resample_elem")),
}

_OF_RUNTIME: dict[str, Operator] = {
    "BiasGelu": Operator(biased_activation),
    "SkipLayerNormalization SkipSimplifiedLayerNormalization": Operator(skip_norm),
    "SimplifiedLayerNormalization LayerNormalization": Operator(elements("layer_norm_elem")),
}


def by_name(table: Mapping[str, Operator]) -> dict[str, Operator]:
    """Each of the names in a line -> its operator."""
    return {name: operator for names, operator in table.items() for name in names.split()}


PLAIN = {"": by_name(_NAMES), RUNTIME: by_name(_OF_RUNTIME)}
"""Domain -> operator without a product of matrices -> what it costs."""
