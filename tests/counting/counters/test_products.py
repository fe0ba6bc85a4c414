"""Products of tensors that are not dense and real, and of layers that are seldom seen: hand numbers."""

import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402

COMPLEX = torch.complex64


def macs(function, *inputs):
    """Multiply-accumulates by kind, and names of what has no price."""

    class Network(nn.Module):
        def forward(self, *given):
            return function(*given)

    found = count(Network(), inputs)
    return {k: n for k, n in found.forward.by_kind().items() if k.startswith("mac_")}, sorted(found.unpriced())


def made(*shape, dtype=torch.float32, device="cpu"):
    return torch.zeros(shape, dtype=dtype, device=device)


# Four real multiply-accumulates in each complex one.
@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        (torch.matmul, [(3, 4), (4, 5)], {"mac_matmul": 4 * 60}),
        (F.linear, [(3, 4), (5, 4)], {"mac_matmul": 4 * 60}),
        (F.conv1d, [(1, 2, 6), (3, 2, 1)], {"mac_conv": 4 * 6 * 6}),
        (F.conv2d, [(1, 4, 8, 8), (4, 4, 1, 1)], {"mac_conv": 4 * 64 * 16}),
        (F.conv_transpose2d, [(1, 2, 3, 3), (2, 5, 2, 2)], {"mac_conv": 4 * 9 * 2 * 5 * 4}),
    ],
)
def test_complex_numbers_are_four_real_products(device, function, shapes, expected):
    inputs = [made(*shape, dtype=COMPLEX, device=device) for shape in shapes]
    assert macs(function, *inputs) == (expected, [])


# N log2 N a transform of N points: rows of 8 are 24, maps of 8 x 8 are 384; 6 points are 15.51, rounded up.
@pytest.mark.parametrize(
    ("function", "shape", "dtype", "expected"),
    [
        (torch.fft.fft, (5, 8), COMPLEX, 5 * 24),
        (torch.fft.rfft, (5, 8), torch.float32, 5 * 24),
        (lambda x: torch.fft.irfft(x, n=8), (5, 5), COMPLEX, 5 * 24),
        (torch.fft.fft2, (3, 8, 8), COMPLEX, 3 * 384),
        (torch.fft.rfft2, (3, 8, 8), torch.float32, 3 * 384),
        (torch.fft.fft, (6,), COMPLEX, math.ceil(6 * math.log2(6))),
    ],
)
def test_a_fourier_transform_is_n_log_n(device, function, shape, dtype, expected):
    assert macs(function, made(*shape, dtype=dtype, device=device)) == ({"mac_fft": expected}, [])


@pytest.mark.parametrize("norm", [1.0, 2.0, 3.0])
def test_distances_are_a_product_a_pair_and_coordinate(device, norm):
    one, two = made(2, 64, 48, device=device), made(2, 100, 48, device=device)
    assert macs(lambda a, b: torch.cdist(a, b, p=norm), one, two) == ({"mac_matmul": 2 * 64 * 100 * 48}, [])


def test_a_bilinear_layer_weighs_every_pair(device):
    layer = nn.Bilinear(20, 30, 40, bias=False, device=device)
    assert macs(layer, made(2, 20, device=device), made(2, 30, device=device))[0] == {"mac_linear": 2 * 20 * 30 * 40}


def test_a_deformable_convolution_is_one_of_its_samples(device):
    ops = pytest.importorskip("torchvision.ops")
    layer = ops.DeformConv2d(4, 6, 3, padding=1).to(device)
    found = macs(layer, made(1, 4, 8, 8, device=device), made(1, 18, 8, 8, device=device))
    assert found == ({"mac_conv": 64 * 6 * 4 * 9}, [])


@pytest.mark.filterwarnings("ignore:.*flex_attention")
def test_flexible_attention_is_attention(device):
    flex = pytest.importorskip("torch.nn.attention.flex_attention")
    q = made(1, 4, 64, 16, device=device)
    found = macs(lambda x: flex.flex_attention(x, x, x, score_mod=lambda s, b, h, i, j: s + (i - j)), q)
    assert found == ({"mac_qk": 4 * 64 * 64 * 16, "mac_av": 4 * 64 * 64 * 16}, [])


# A (4, 6) matrix with 5 non-zeros times (6, 3): 5·3, in any layout.
@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("layout", ["to_sparse", "to_sparse_csr"])
@pytest.mark.parametrize("function", [torch.mm, torch.matmul, torch.sparse.mm])
def test_of_a_sparse_matrix_the_non_zeros_count(layout, function):
    dense = torch.zeros(4, 6)
    dense.view(-1)[[0, 3, 8, 11, 20]] = 1.0
    assert macs(function, getattr(dense, layout)(), torch.ones(6, 3)) == ({"mac_matmul": 15}, [])


@pytest.mark.filterwarnings("ignore:Sparse")
def test_a_product_of_two_sparse_matrices_is_named():
    one = torch.eye(4).to_sparse()
    found, unpriced = macs(torch.sparse.mm, one, one)
    assert not sum(found.values())
    assert unpriced


# Three and two tokens of width 4, by a (5, 4) weight; attention of each with itself, 9 and 4 scores.
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested")
@pytest.mark.parametrize("layout", [torch.jagged, torch.strided])
def test_of_nested_tensors_every_component_counts(layout):
    nested = torch.nested.nested_tensor([torch.rand(3, 4), torch.rand(2, 4)], layout=layout)
    found, unpriced = macs(lambda x: F.linear(x, torch.ones(5, 4)), nested)
    assert (sum(found.values()), unpriced) == (5 * 4 * 5, [])


class Opaque(torch.Tensor):
    """A tensor whose products run where nothing sees them."""

    @staticmethod
    def __new__(cls, value):
        return torch.Tensor._make_wrapper_subclass(cls, value.shape, dtype=value.dtype)

    def __init__(self, value):
        self.value = value

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        left, right = (a.value if isinstance(a, Opaque) else a for a in args[:2])
        return torch.from_numpy(left.numpy() @ right.numpy())


class Open(Opaque):
    """One that shows what it runs."""

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return func(*(a.value if isinstance(a, Opaque) else a for a in args))


def test_a_tensor_of_another_class_is_counted_inside_or_named():
    assert macs(torch.mm, Open(torch.ones(3, 4)), torch.ones(4, 5))[1] == []
    assert sum(macs(torch.mm, Open(torch.ones(3, 4)), torch.ones(4, 5))[0].values()) == 60
    assert macs(torch.mm, Opaque(torch.ones(3, 4)), torch.ones(4, 5)) == ({}, ["aten.mm.default"])


@pytest.mark.filterwarnings("ignore:.*deprecated")
def test_quantised_convolutions_are_read_from_their_packed_weights():
    q = pytest.importorskip("torch.ao.nn.quantized")
    if not torch.backends.quantized.supported_engines:
        pytest.skip("no quantised kernels here")
    layer = q.Conv2d(3, 8, 3)
    x = torch.quantize_per_tensor(torch.rand(1, 3, 10, 10), 0.1, 0, torch.quint8)
    assert macs(layer, x) == ({"mac_conv": 64 * 8 * 27}, [])


# Copies, pads and marks move or name; they compute nothing.
@pytest.mark.parametrize(
    "function",
    [
        lambda x: F.pad(x, (1, 1), mode="reflect"),
        lambda x: F.pad(x, (1, 1), mode="replicate"),
        lambda x: F.pad(x[None], (1,) * 6, mode="replicate"),
        lambda x: torch.take_along_dim(x, x.argsort(-1) * 0, -1),
        lambda x: torch.ops.aten._unsafe_index(x, [torch.zeros(2, dtype=torch.long, device=x.device)]),
        lambda x: x.rot90(1, (1, 2)),
    ],
)
def test_copies_and_pads_are_free(device, function):
    assert macs(function, made(2, 4, 8, device=device)) == ({}, [])


def test_a_profilers_mark_is_free(device):
    def marked(x):
        with torch.profiler.record_function("head"):
            return x.reshape(-1)

    assert macs(marked, made(2, 3, device=device)) == ({}, [])
