"""Everything that is no product, one call at a time: elements by kind for tiny shapes, by hand."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402
from effbench.counting.counters.rules import RULES, register  # noqa: E402

TOKENS = (2, 5, 4)  # 40 elements
MAP = (2, 6, 4, 4)  # 192 elements
POINTWISE = [nn.ReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.Hardswish, nn.Hardsigmoid, nn.ELU, nn.Mish]
POINTWISE += [nn.Softplus, nn.LeakyReLU, nn.PReLU, nn.ReLU6, nn.CELU, nn.SELU]


def no_statistics():
    return nn.BatchNorm2d(6, track_running_stats=False)


@pytest.mark.parametrize(
    ("make", "shape", "expected"),
    [
        pytest.param(lambda: nn.LayerNorm(4), TOKENS, {"layer_norm_elem": 40}, id="layer norm"),
        pytest.param(lambda: nn.RMSNorm(4), TOKENS, {"layer_norm_elem": 40}, id="RMS norm"),
        pytest.param(lambda: nn.BatchNorm2d(6), MAP, {"batch_norm_elem": 192}, id="batch norm"),
        pytest.param(no_statistics, MAP, {"batch_norm_elem": 192}, id="batch norm by its batch"),
        pytest.param(lambda: nn.GroupNorm(2, 6), MAP, {"group_norm_elem": 192}, id="group norm"),
        pytest.param(lambda: nn.InstanceNorm2d(6), MAP, {"group_norm_elem": 192}, id="instance norm"),
        # windows: every input element is read; 4x4 -> 2x2
        pytest.param(lambda: nn.MaxPool2d(2), MAP, {"window_pool_elem": 192}, id="max pool"),
        pytest.param(lambda: nn.AvgPool2d(2), MAP, {"window_pool_elem": 192}, id="average pool"),
        pytest.param(lambda: nn.AdaptiveAvgPool2d(1), MAP, {"global_pool_elem": 192}, id="global pool"),
        # a resize is filed by its output: 2·6 · 8·8
        pytest.param(lambda: nn.Upsample(scale_factor=2), MAP, {"resample_elem": 768}, id="nearest"),
        pytest.param(lambda: nn.Upsample(scale_factor=2, mode="bilinear"), MAP, {"resample_elem": 768}, id="bilinear"),
        pytest.param(lambda: nn.Upsample(scale_factor=2, mode="bicubic"), MAP, {"resample_elem": 768}, id="bicubic"),
        pytest.param(lambda: nn.Softmax(-1), TOKENS, {"softmax_elem": 40}, id="softmax"),
        pytest.param(lambda: nn.LogSoftmax(-1), TOKENS, {"softmax_elem": 40}, id="log-softmax"),
        *(pytest.param(make, TOKENS, {"act_elem": 40}, id=make.__name__) for make in POINTWISE),
        # nothing happens to values
        pytest.param(nn.Flatten, MAP, {}, id="flatten"),
        pytest.param(lambda: nn.PixelUnshuffle(2), MAP, {}, id="pixel unshuffle"),
        pytest.param(lambda: nn.ZeroPad2d(1), MAP, {}, id="zero pad"),
        pytest.param(lambda: nn.Unfold(2), MAP, {}, id="unfold"),
        pytest.param(nn.Dropout, MAP, {}, id="dropout, evaluating"),
    ],
)
def test_modules(kinds, device, make, shape, expected):
    assert kinds(make, [shape], device) == expected


ANTIALIASED = partial(F.interpolate, size=(2, 2), mode="bilinear", antialias=True)


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        pytest.param(ANTIALIASED, [MAP], {"antialias_elem": 48}, id="antialiased"),
        pytest.param(lambda x: x.mean((2, 3)), [MAP], {"global_pool_elem": 192}, id="mean over a map"),
        pytest.param(lambda x: x.mean(1), [TOKENS], {"mean_elem": 40}, id="mean over tokens"),
        pytest.param(lambda x: x.mean(2), [TOKENS], {"mean_elem": 40}, id="mean over channels"),
        pytest.param(lambda x: x.mean(), [TOKENS], {"mean_elem": 40}, id="mean of all"),
        pytest.param(lambda x, y: x * y, [TOKENS, TOKENS], {"mul_elem": 40}, id="gate"),
        pytest.param(lambda x: x / 2, [TOKENS], {"mul_elem": 40}, id="divisor"),
        pytest.param(lambda x: x**2, [TOKENS], {"mul_elem": 40}, id="square"),
        pytest.param(lambda x: x**0.5, [TOKENS], {"act_elem": 40}, id="power"),
        pytest.param(lambda x, y: x**y, [TOKENS, TOKENS], {"act_elem": 40}, id="power of tensors"),
        pytest.param(lambda x: 2**x, [TOKENS], {"act_elem": 40}, id="exponential"),
        # reductions read their input
        pytest.param(lambda x: x.sum(1), [TOKENS], {"reduce_elem": 40}, id="sum"),
        pytest.param(lambda x: x.amax(-1), [TOKENS], {"reduce_elem": 40}, id="maximum"),
        pytest.param(lambda x: x.topk(2, dim=1).values, [TOKENS], {"reduce_elem": 40}, id="top k"),
        pytest.param(lambda x: x.cumsum(1), [TOKENS], {"reduce_elem": 40}, id="running sum"),
        pytest.param(lambda x: x.median(1).values, [TOKENS], {"reduce_elem": 40}, id="median"),
        pytest.param(lambda x: x.mode(1).values, [TOKENS], {"reduce_elem": 40}, id="mode"),
        pytest.param(lambda x: x.kthvalue(2, 1).values, [TOKENS], {"reduce_elem": 40}, id="k-th value"),
        pytest.param(lambda x, y: F.mse_loss(x, y), [TOKENS, TOKENS], {"reduce_elem": 40}, id="loss"),
        pytest.param(
            lambda x, y: x.scatter_add(1, torch.zeros_like(y, dtype=torch.long), y),
            [TOKENS, TOKENS],
            {"reduce_elem": 40},
            id="scattered",
        ),
        # pointwise operators without a line of their own, in place too
        pytest.param(lambda x: x.clone().copysign_(x), [TOKENS], {"other_elem": 40}, id="in place"),
        pytest.param(lambda x: x.atan(), [TOKENS], {"other_elem": 40}, id="arc tangent"),
        pytest.param(lambda x: x > 0, [TOKENS], {"other_elem": 40}, id="comparison"),
        pytest.param(lambda x: x // 2, [TOKENS], {"other_elem": 40}, id="whole quotient"),
        pytest.param(lambda x: x.transpose(1, 2).reshape(2, 20), [TOKENS], {}, id="transposed copy"),
        pytest.param(lambda x: torch.cat((x, x), dim=1).chunk(3, dim=1), [TOKENS], {}, id="joined and cut"),
        pytest.param(lambda x: x.roll((1, 1), (1, 2)), [TOKENS], {}, id="rolled"),
        pytest.param(lambda x: F.pad(x, (1, 1)), [TOKENS], {}, id="padded"),
        pytest.param(lambda x: x[:, [0, 2]], [TOKENS], {}, id="chosen tokens"),
        pytest.param(lambda x: x.to(torch.bfloat16), [TOKENS], {}, id="another dtype"),
    ],
)
def test_functions(kinds, calls, device, function, shapes, expected):
    assert kinds(lambda: calls(function), shapes, device) == expected


# What reads values needs some: the elements that a mask picks are only known then.
def test_values_may_decide(kinds, calls):
    assert kinds(lambda: calls(lambda x: x[x > 0] * 2), [TOKENS], "cpu") == {"other_elem": 40, "mul_elem": 40}


@pytest.mark.parametrize(
    ("function", "operator", "shapes"),
    [
        (torch.linalg.qr, "aten.linalg_qr.default", ((3, 4, 4),)),
        (torch.linalg.svdvals, "aten._linalg_svd.default", ((3, 4, 4),)),
    ],
)
def test_what_has_no_price_is_named(calls, device, function, operator, shapes):
    found = count(calls(function), [torch.rand(3, 4, 4, device=device)])
    assert [(u.op, u.path, u.shapes, u.times) for u in found.uncounted] == [(operator, "", shapes, 1)]


def test_equal_calls_are_named_once(calls):
    found = count(calls(lambda x: torch.linalg.qr(torch.linalg.qr(x).R).R), [torch.rand(4, 4)])
    assert [(u.op, u.times) for u in found.uncounted] == [("aten.linalg_qr.default", 2)]


@torch.library.custom_op("effbench_tests::gelu_linear", mutates_args=())
def gelu_linear(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return F.gelu(F.linear(x, weight))


@gelu_linear.register_fake
def _(x, weight):
    return x.new_empty(*x.shape[:-1], len(weight))


# 2·5 tokens, 4 -> 3: 120 MACs and 30 non-linearities, once someone says so.
def test_an_operator_from_elsewhere_is_named_until_it_has_a_rule(calls, device):
    with torch.device(device):
        network, x = calls(gelu_linear, weight=(3, 4)), torch.rand(TOKENS)
    assert [(u.op, u.shapes) for u in count(network, [x]).uncounted] == [
        ("effbench_tests.gelu_linear.default", (TOKENS, (3, 4)))
    ]
    operator = torch.ops.effbench_tests.gelu_linear
    register(operator, lambda call: {"mac_linear": call.out.numel() * 4, "act_elem": call.out.numel()})
    try:
        found = count(network, [x], strict=True)
    finally:
        del RULES[operator.default]
    assert found.forward.by_kind() == {"mac_linear": 120, "act_elem": 30, "param": 12}
