"""What a product is: a layer, attention, or neither; and what is made from weights alone, followed through products."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.nn.utils import parametrizations, parametrize  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402

HEADS, L, D = 2, 5, 4
QKV = [(1, HEADS, L, D)] * 3
SCORES = HEADS * L * L
PRODUCT = SCORES * D


def macs(network, *shapes, device="cpu"):
    """Multiply-accumulates by kind."""
    with torch.device(device):
        found = count(network.to(device), [torch.rand(shape) for shape in shapes])
    assert found.uncounted == ()
    return {kind: n for kind, n in found.forward.by_kind().items() if kind.startswith("mac_")}


def sums_to_one(scores):
    """A softmax that is written out."""
    weights = (scores - scores.amax(-1, keepdim=True)).exp()
    return weights / weights.sum(-1, keepdim=True)


ATTENTION = {
    "plain": lambda q, k, v: (q @ k.mT).softmax(-1) @ v,
    "scaled and masked": lambda q, k, v: (q @ k.mT * 0.5 + q.new_zeros(L, L)).softmax(-1) @ v,
    "masked fill": lambda q, k, v: (q @ k.mT).masked_fill(q.new_ones(L, L) > 2, -9.0).softmax(-1) @ v,
    "softmax written out": lambda q, k, v: sums_to_one(q @ k.mT) @ v,
    "dropped": lambda q, k, v: F.dropout((q @ k.mT).softmax(-1), 0.1) @ v,
    "over channels": lambda q, k, v: ((q.mT @ k).softmax(-1) @ v.mT).mT,
    "einsum": lambda q, k, v: torch.einsum("bhij,bhjd->bhid", torch.einsum("bhid,bhjd->bhij", q, k).softmax(-1), v),
    "soft cap": lambda q, k, v: (torch.tanh((q @ k.mT) / 9) * 9).softmax(-1) @ v,
}


@pytest.mark.parametrize("name", ATTENTION)
def test_a_softmax_between_two_products_is_attention(calls, device, name):
    found = macs(calls(ATTENTION[name]), *QKV, device=device)
    per_head = D * D * L if name == "over channels" else L * L * D
    assert found == {"mac_qk": HEADS * per_head, "mac_av": HEADS * per_head}


class TalkingHeads(nn.Module):
    """Scores mixed over heads before the softmax, and weights after it."""

    def __init__(self):
        super().__init__()
        self.before, self.after = nn.Linear(HEADS, HEADS), nn.Linear(HEADS, HEADS)

    def forward(self, q, k, v):
        scores = self.before((q @ k.mT).permute(0, 2, 3, 1))
        return self.after(scores.softmax(2)).permute(0, 3, 1, 2) @ v


def test_heads_that_talk_are_attention(device):
    found = macs(TalkingHeads(), *QKV, device=device)
    assert found == {"mac_qk": PRODUCT, "mac_av": PRODUCT, "mac_linear": 2 * L * L * HEADS * HEADS}


# No side is a weight, and no softmax lies between: a Gram matrix, linear attention, a gate by softmax of a layer.
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda q, k, v: q @ k.mT, PRODUCT),
        (lambda q, k, v: (q @ k.mT) @ v, 2 * PRODUCT),
        (lambda q, k, v: q.softmax(-1) @ (k.softmax(-2).mT @ v), 2 * HEADS * L * D * D),
        (lambda q, k, v: (q @ k.mT).relu() @ v, 2 * PRODUCT),
        (lambda q, k, v: (q @ k.mT).softmax(-1) * v.sum(), PRODUCT),
    ],
)
def test_without_a_softmax_between_a_product_is_a_product(calls, device, function, expected):
    assert macs(calls(function), *QKV, device=device) == {"mac_matmul": expected}


def test_pooling_by_a_softmax_of_a_layer_is_no_attention(device):
    class Pool(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(D, 1)

        def forward(self, x):  # (1, L, D)
            return self.score(x).softmax(1).mT @ x

    assert macs(Pool(), (1, L, D), device=device) == {"mac_linear": L * D, "mac_matmul": L * D}


# One learned query meets the keys of five tokens: 5·4, and weights the values.
def test_a_learned_query_attends(calls, device):
    found = macs(calls(lambda x, q: (q @ x.mT).softmax(-1) @ x, q=(1, D)), (1, L, D), device=device)
    assert found == {"mac_qk": L * D, "mac_av": L * D}


class Held(nn.Module):
    """A matrix that is neither a parameter nor a buffer, kept somewhere."""

    def __init__(self, where):
        super().__init__()
        matrix = torch.eye(D) * 2
        self.get = {
            "attribute": lambda: self.plain,
            "list": lambda: self.many[0],
            "closure": lambda: matrix,
            "made in the pass": lambda: torch.eye(D),
            "written in place": self.written,
        }[where]
        self.plain, self.many = matrix, [matrix]

    def written(self):
        made = self.plain.new_zeros(D, D)
        made[0, 0] = 1.0
        return made

    def forward(self, x):
        return x @ self.get()


@pytest.mark.parametrize("where", ["attribute", "list", "closure", "made in the pass", "written in place"])
def test_a_constant_is_a_weight_wherever_it_is_kept(device, where):
    with torch.device(device):
        network = Held(where)
    assert macs(network, (1, L, D), device=device) == {"mac_linear": L * D * D}


def test_what_an_input_is_written_into_is_no_weight(device):
    class Cache(nn.Module):
        def forward(self, x):
            kept = x.new_zeros(2 * L, D)
            kept[:L] = x[0]
            return x @ kept.mT

    assert macs(Cache(), (1, L, D), device=device) == {"mac_matmul": L * D * 2 * L}


class LowRank(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Parameter(torch.zeros(2, D)), nn.Parameter(torch.zeros(D, 2))

    def forward(self, weight):
        return weight + self.b @ self.a


class Directed(LowRank):
    """As DoRA: the merged weight at a learned length."""

    def forward(self, weight):
        merged = super().forward(weight)
        return merged / merged.norm(dim=0, keepdim=True)


@pytest.mark.parametrize("make", [LowRank, Directed])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_merged_update_is_made_once_whatever_the_batch(device, make, batch):
    layer = nn.Linear(D, D)
    parametrize.register_parametrization(layer, "weight", make())
    found = macs(layer.to(device), (batch, L, D), device=device)
    assert found == {"mac_linear": batch * L * D * D, "mac_matmul": D * 2 * D}


@pytest.mark.parametrize("batch", [1, 3])
def test_a_spectral_norm_is_made_once_whatever_the_batch(device, batch):
    layer = parametrizations.spectral_norm(nn.Linear(D, D)).eval().to(device)
    found = macs(layer, (batch, L, D), device=device)
    assert found == {"mac_linear": batch * L * D * D, "mac_matmul": D * D + D}


def test_the_gradients_of_attention_are_attentions(calls):
    q = [torch.rand(QKV[0], requires_grad=True) for _ in range(3)]
    found = count(calls(ATTENTION["plain"]), q, backward=True).backward
    assert (found.of("mac_qk"), found.of("mac_av"), found.of("mac_matmul")) == (2 * PRODUCT, 2 * PRODUCT, 0)


def test_nothing_is_left_on_tensors(device):
    x, kept = torch.rand(1, L, D, device=device), torch.zeros(L, D, device=device)

    class Writes(nn.Module):
        def forward(self, y):
            kept.copy_(y[0])
            return y

    count(Writes(), [x])
    assert all(getattr(t, "_effbench_origin", None) is None for t in (x, kept))
