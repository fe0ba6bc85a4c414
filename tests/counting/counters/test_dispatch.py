"""A count as a whole: what it returns, for a batch, a shared weight, a network without a price."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from effbench.cost.counts import OpCounts  # noqa: E402
from effbench.counting.counters.dispatch import Run, Uncounted, UncountedError, count  # noqa: E402
from effbench.counting.counters.function_calls import COMPOSITE  # noqa: E402
from effbench.errors import EffbenchError  # noqa: E402


class Tied(nn.Module):
    """One weight under two names, a parameter of the network itself, a buffer and a part that does not run."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.unused = (nn.Linear(4, 4, bias=False) for _ in range(3))
        self.two.weight = self.one.weight
        self.token = nn.Parameter(torch.zeros(4))
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x):
        return self.two(self.one(x * self.scale + self.token))


# A shared parameter counts once, under its first owner; a part that does not run has parameters all the same.
def test_parameters_are_counted_once_and_buffers_not_at_all():
    items = count(Tied(), [torch.rand(2, 4)]).forward.items
    assert {path: n for (path, kind), n in items.items() if kind == "param"} == {"": 4, "one": 16, "unused": 16}


def test_a_count_is_only_what_ran():
    assert count(nn.Linear(3, 5, device="meta"), [torch.rand(2, 3, device="meta")]) == Run(
        forward=OpCounts({("", "mac_linear"): 30, ("", "bias_add"): 10, ("", "param"): 20}),
        backward=None,
        recomputed=None,
        uncounted=(),
    )


def convolutional():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.GELU(), nn.Flatten(), nn.Linear(8 * 36, 5)).eval()


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), (6, 8)),
        (convolutional, (3, 8, 8)),
    ],
    ids=["transformer", "convolutional"],
)
def test_a_batch_multiplies_operations_and_no_parameters(make, shape, device):
    with torch.device(device):
        network = make()
        one, three = (count(network, [torch.rand(n, *shape)]).forward for n in (1, 3))
    assert three.items == one.batch(3).items


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "xcit_nano_12_p16_224", "efficientnet_b0", "levit_128"])
def test_values_change_nothing(name):
    timm = pytest.importorskip("timm")
    found = []
    for device in ("cpu", "meta"):
        with torch.device(device):
            found.append(count(timm.create_model(name).eval(), [torch.zeros(1, 3, 224, 224)], strict=True))
    assert found[0] == found[1]


def test_counting_twice_finds_the_same():
    network, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU()), torch.rand(2, 4)
    assert count(network, [x]) == count(network, [x])


class Orthogonal(nn.Module):
    """An operator without a price, below a part."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Module()
        self.mix.forward = lambda x: torch.linalg.qr(x).R

    def forward(self, x):
        return self.mix(self.mix(x))


def test_what_has_no_price_is_named_with_its_place_and_shape():
    found = count(Orthogonal(), [torch.rand(2, 4)]).uncounted
    assert found == (Uncounted("aten.linalg_qr.default", "mix", ((2, 4),), 2),)


def test_strict_counting_raises_and_names_it():
    with pytest.raises(UncountedError, match=r"aten.linalg_qr.default in mix on \(\(2, 4\),\)"):
        count(Orthogonal(), [torch.rand(2, 4)], strict=True)


def test_strict_counting_of_a_known_network_changes_nothing():
    network, x = nn.Linear(4, 4), torch.rand(2, 4)
    assert count(network, [x], strict=True) == count(network, [x])


def test_it_is_an_error_like_all_others():
    assert issubclass(UncountedError, EffbenchError)


COMPOSED = {
    F.lp_pool1d: (torch.rand(1, 2, 8), 2.0, 2),
    F.lp_pool2d: (torch.rand(1, 2, 8, 8), 2.0, 2),
    F.lp_pool3d: (torch.rand(1, 2, 4, 4, 4), 2.0, 2),
    F.gumbel_softmax: (torch.rand(2, 4),),
    F.upsample: (torch.rand(1, 2, 4, 4), None, 2),
    F.upsample_nearest: (torch.rand(1, 2, 4, 4), None, 2),
    F.upsample_bilinear: (torch.rand(1, 2, 4, 4), None, 2),
}


class Calls(nn.Module):
    """A function of torch as a network."""

    def __init__(self, function, more):
        super().__init__()
        self.function, self.more = function, more

    def forward(self, x):
        return self.function(x, *self.more)


@pytest.mark.filterwarnings("ignore:.*upsample")
@pytest.mark.parametrize("function", COMPOSED, ids=lambda function: function.__name__)
def test_what_tools_see_inside_a_function_changes_nothing_of_the_count(function):
    x, *more = COMPOSED[function]
    plain, called = (count(Calls(function, more), [x], calls=calls) for calls in (False, True))
    assert called.forward.items == plain.forward.items
    assert called.forward.calls


def test_every_composite_function_is_tried():
    assert COMPOSITE - {F.multi_head_attention_forward} == set(COMPOSED)
