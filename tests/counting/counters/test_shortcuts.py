"""Empty results in place of slow meta kernels: same shape, dtype and strides as the kernel's, and the same counts."""

from itertools import product

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from effbench.counting.counters.dispatch import _run, count  # noqa: E402
from effbench.counting.counters.shortcuts import META, attention  # noqa: E402

aten = torch.ops.aten
FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
SHAPES = ((), (4,), (3, 4), (2, 3, 4), (2, 3, 4, 6), (1, 3, 1, 6), (0, 4), (2, 1, 3, 4, 6))


def contiguous(shape, dtype):
    return torch.empty(shape, dtype=dtype, device="meta")


def transposed(shape, dtype):
    return contiguous(shape[::-1], dtype).permute(tuple(reversed(range(len(shape)))))


def channels_last(shape, dtype):
    x = contiguous(shape, dtype)
    return x.to(memory_format=torch.channels_last) if x.ndim == 4 else x


def swapped(shape, dtype):
    return contiguous((*shape[:-2], *shape[:-3:-1]), dtype).mT if len(shape) > 1 else contiguous(shape, dtype)


def expanded(shape, dtype):
    return contiguous(shape[-1:], dtype).expand(shape)


def cut(shape, dtype):
    return contiguous((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2] if shape else contiguous(shape, dtype)


DENSE = (contiguous, transposed, channels_last, swapped)
LAYOUTS = (*DENSE, expanded, cut)


def on_each(*rest, shapes=SHAPES, dtypes=FLOATS):
    """Arguments whose first is a tensor of every shape, dtype and layout; whether that one is dense."""
    return [
        ((layout(shape, dtype), *rest), layout in DENSE) for shape, dtype, layout in product(shapes, dtypes, LAYOUTS)
    ]


def of_pairs():
    """A tensor with a number, with an equal one of any layout, and with those that broadcast to it, or do not."""
    for (args, dense), other in product(on_each(), (2, 0.5, True, 1j)):
        yield (*args, other), dense
    for (args, dense), other in product(on_each(dtypes=[torch.int64]), (2, 0.5)):
        yield (*args, other), dense
    for shape, (one, two) in product(SHAPES, product(LAYOUTS, LAYOUTS)):
        for left, right in (
            (torch.float32, torch.float32),
            (torch.float32, torch.float64),
            (torch.float16, torch.float32),
        ):
            yield (one(shape, left), two(shape, right)), one in DENSE and two in DENSE
    for left, right in product(SHAPES, SHAPES):
        yield (contiguous(left, torch.float32), contiguous(right, torch.float32)), True
    yield (contiguous((3,), torch.int64), contiguous((3,), torch.int64)), True


def of_layer_norms():
    for (args, dense), n in product(on_each(shapes=SHAPES[1:]), (1, 2)):
        shape = args[0].shape[-n:]
        if len(shape) == n:
            yield (*args, list(shape), contiguous(shape, args[0].dtype), None, 1e-5), dense


def of_batch_norms(*, training):
    for (x,), dense in on_each(shapes=[(2, 3), (2, 3, 4), (2, 3, 4, 6), (2, 3, 1, 1), (2, 3, 4, 6, 2)]):
        scales = [contiguous((3,), x.dtype) for _ in range(4)]
        yield (x, *scales, *(() if training is None else (training,)), 0.1, 1e-5), dense


def of_products(*leading):
    """(…, m, k) and (…, k, n) of every layout; some do not fit."""
    for one, two, dtype, n, k in product(LAYOUTS, LAYOUTS, FLOATS, (1, 5), (4, 6)):
        yield (one((*leading, 3, 4), dtype), two((*leading, k, n), dtype)), one in DENSE and two in DENSE
    yield (contiguous((*leading, 3, 4), torch.float32), contiguous((*leading, 4, 5), torch.float64)), True


def of_linears():
    for (left, right), dense in of_products():
        for bias in (right.shape[1], 7):
            yield (contiguous((bias,), left.dtype), left, right), dense
        yield (contiguous((), left.dtype), left, right), dense


def of_convolutions():
    """One to three axes, groups, strides, padding, dilation and biases."""
    for axes, groups, stride, padding, dilation, bias in product(
        (1, 2, 3), (1, 2), (1, 2), (0, 1), (1, 2), (True, False)
    ):
        x, weight = (contiguous(s, torch.float32) for s in ((2, 4, *[7] * axes), (6, 4 // groups, *[3] * axes)))
        where = ([stride] * axes, [padding] * axes, [dilation] * axes, False, [0] * axes, groups)
        yield (x, weight, contiguous((6,), torch.float32) if bias else None, *where), True


ARGUMENTS = {
    aten.convolution.default: of_convolutions,
    aten.native_layer_norm.default: of_layer_norms,
    aten.native_batch_norm.default: lambda: [*of_batch_norms(training=True), *of_batch_norms(training=False)],
    aten._native_batch_norm_legit_no_training.default: lambda: of_batch_norms(training=None),
    aten._softmax.default: lambda: on_each(-1, False, shapes=SHAPES[1:]),
    aten._safe_softmax.default: lambda: [
        *on_each(-1, shapes=SHAPES[1:]),
        *on_each(-1, torch.float32, shapes=SHAPES[1:]),
    ],
    aten.roll.default: lambda: [*on_each([1], [0], shapes=SHAPES[1:6]), *on_each([3], shapes=SHAPES[:6])],
    aten.addmm.default: of_linears,
    aten.mm.default: of_products,
    aten.bmm.default: lambda: of_products(2),
    **dict.fromkeys((aten.add.Tensor, aten.sub.Tensor, aten.mul.Tensor, aten.div.Tensor), of_pairs),
}


def look(out):
    """Shape, dtype, and the strides that matter: a side of 1 may have any."""
    out = out[0] if isinstance(out, tuple) else out
    return out.shape, out.dtype, [stride for stride, n in zip(out.stride(), out.shape, strict=True) if n > 1]


@pytest.mark.parametrize("op", META, ids=str)
def test_results_look_like_the_kernels(op):
    grid = list(ARGUMENTS.get(op, lambda: [*on_each(), *on_each(dtypes=[torch.int64])])())
    taken = 0
    for args, dense in grid:
        ours = META[op](args)
        if ours is None:
            continue
        taken += 1
        kernels = op(*args)
        shown = [(t.shape, t.stride(), t.dtype) if isinstance(t, torch.Tensor) else t for t in args]
        assert look(ours)[: 3 if dense else 2] == look(kernels)[: 3 if dense else 2], shown
        assert isinstance(ours, tuple) == isinstance(kernels, tuple)
    assert taken


@pytest.mark.parametrize("op", [aten.sigmoid.default, aten.tanh.default, aten._softmax.default, aten.div.Tensor])
def test_whole_numbers_are_left_to_the_kernel(op):
    assert META[op]((contiguous((3,), torch.int64), 1, False)[: 1 if len(op._schema.arguments) == 1 else 3]) is None


def masked(q, k, v, mask):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


# What does not fit together must fail as it does with values, not be counted.
@pytest.mark.parametrize(
    ("network", "shapes"),
    [
        pytest.param(lambda: nn.Linear(5, 3), [(2, 4)], id="linear"),
        pytest.param(lambda: nn.LayerNorm(5), [(2, 4)], id="layer norm"),
        pytest.param(lambda: nn.BatchNorm2d(5), [(2, 4, 3, 3)], id="batch norm"),
        pytest.param(lambda: Calls(torch.bmm), [(2, 3, 4), (2, 5, 3)], id="bmm, inner sides"),
        pytest.param(lambda: Calls(torch.bmm), [(2, 3, 4), (3, 4, 3)], id="bmm, batches"),
        pytest.param(lambda: Calls(torch.add), [(3, 4), (3, 5)], id="sum"),
        pytest.param(
            lambda: Calls(F.scaled_dot_product_attention), [(2, 3, 4), (2, 3, 5), (2, 3, 5)], id="query and key"
        ),
        pytest.param(lambda: Calls(F.scaled_dot_product_attention), [*[(2, 3, 4)] * 3, (5, 5)], id="mask"),
        pytest.param(lambda: Calls(masked), [*[(2, 3, 4)] * 3, (5, 5)], id="mask by name"),
    ],
)
def test_what_cannot_run_cannot_be_counted(network, shapes, device):
    with torch.device(device):
        made, inputs = network().eval(), [torch.rand(shape) for shape in shapes]
        with pytest.raises(RuntimeError):
            count(made, inputs)


class Calls(nn.Module):
    """A function as a network."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


@pytest.mark.parametrize(
    ("query", "key", "value", "out"),
    [
        ((2, 3, 5, 4), (2, 3, 5, 4), (2, 3, 5, 4), (2, 3, 5, 4)),
        ((2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 6), (2, 3, 5, 6)),
        ((3, 5, 4), (3, 7, 4), (3, 7, 6), (3, 5, 6)),
    ],
)
def test_attention_looks_like_pytorchs(query, key, value, out):
    q, k, v = (contiguous(shape, torch.bfloat16) for shape in (query, key, value))
    ours = attention(q, k, v, (), {})
    assert ours.shape == F.scaled_dot_product_attention(q, k, v).shape == out
    assert ours.dtype == torch.bfloat16


# A real kernel refuses this view of a transposed result; so does the empty one, and both runs say the same.
def test_views_of_results_are_refused_as_before():
    network = Calls(lambda x: torch.softmax(x, -1).mT.view(12))
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        count(network, [contiguous((3, 4), torch.float32)])


@pytest.mark.parametrize(
    "name",
    [
        "vit_tiny_patch16_224",
        "resnet18",
        "swin_tiny_patch4_window7_224",
        "mvitv2_tiny",
        "efficientnet_b0",
        "convnext_atto",
        "twins_svt_small",
    ],
)
def test_counts_are_the_same_with_and_without(name):
    timm = pytest.importorskip("timm")
    with torch.device("meta"):
        network, image = timm.create_model(name).eval(), [torch.empty(2, 3, 224, 224)]
    with_shortcuts, without = (_run(network, image, backward=False, shortcut=taken) for taken in (True, False))
    assert with_shortcuts == without
    assert with_shortcuts.uncounted == ()
