"""Adapters to other counters: the tools' own numbers, to the digit, and networks left as they were found."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.util import find_spec

import pytest

from effbench.counting.counters.adapters import ADAPTERS, ptflops_count, torch_count
from effbench.errors import EffbenchError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

# fvcore 0.1.5 scripts a function when it is imported
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")


def needs(package):
    return pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is not installed")


PACKAGE = {"fvcore": "fvcore", "ptflops": "ptflops", "ptflops_aten": "ptflops", "torch": "torch"}
TOOLS = [pytest.param(tool, marks=needs(package)) for tool, package in PACKAGE.items()]


@contextmanager
def timm_attention(fused):
    """timm's switch, which networks read when they are built."""
    from timm.layers import set_fused_attn, use_fused_attn

    before = use_fused_attn(), use_fused_attn(experimental=True)
    try:
        set_fused_attn(fused)
        yield
    finally:
        set_fused_attn(*before)


@lru_cache(maxsize=1)  # one at a time: each takes a third of a gigabyte
def subject(model, side, fused, device):
    """timm's network and an image; all zeros, since counts do not depend on values."""
    import timm

    size = {} if model == "resnet50" else {"img_size": side}
    with timm_attention(fused), torch.device("meta"):
        network = timm.create_model(model, **size).eval()
    if device != "meta":
        network.to_empty(device=device)
        with torch.no_grad():
            for tensor in (*network.parameters(), *network.buffers()):
                tensor.zero_()
    return network, torch.zeros(1, 3, side, side, device=device)


@cache
def said(tool, model, side, fused, device):
    network, image = subject(model, side, fused, device)
    return ADAPTERS[tool](network, (image,))


# timm's model, image side, fused attention, device
FUSED = ("vit_base_patch16_224", 256, True, "cpu")
APART = ("vit_base_patch16_224", 256, False, "cpu")
ON_META = ("vit_base_patch16_224", 256, True, "meta")
SWIN = ("swin_base_patch4_window7_224", 224, True, "cpu")
RESNET = ("resnet50", 224, True, "cpu")

# What the tools report, with torch 2.15, timm 1.0.31, fvcore 0.1.5 and ptflops 0.7.5. What the numbers of ViTs consist
# of is said in tests/cost/test_convention.py and test_tool_conventions.py.
REPORTED = {
    FUSED: {
        "fvcore": 22_004_641_536,
        "ptflops": 15_964_183_672,
        "ptflops_aten": 22_001_483_752,
        "torch": 46_394_769_408,
    },
    # now fvcore and ptflops_aten see the two attention products, 1,217,415,168
    APART: {
        "fvcore": 23_222_056_704,
        "ptflops": 15_964_183_672,
        "ptflops_aten": 23_218_898_920,
        "torch": 46_394_769_408,
    },
    # Swin's shifted windows do not use fused attention at timm's default level: 15,430,946,816 MACs are seen by all but
    # ptflops, which knows no product of two tensors with @. fvcore adds 5 per element of layer norm, 7,375,872;
    # ptflops_aten the biases, 28,400,616; ptflops those, a layer norm's elements once, GELU's twice, softmax's once.
    SWIN: {
        "fvcore": 15_430_946_816 + 5 * 7_375_872,
        "ptflops": 15_126_077_440 + 28_400_616 + 7_375_872 + 2 * 12_443_648 + 4_763_584,
        "ptflops_aten": 15_430_946_816 + 28_400_616,
        "torch": 2 * 15_430_946_816,
    },
    # 4,089,184,256 MACs. fvcore adds 2 per element of batch norm, 11,113,984, and the pooled 7·7·2048; ptflops those 2,
    # the head's 1000 biases and twice, as module and as function, ReLUs 9,608,704, max pool 802,816 and average pool.
    RESNET: {
        "fvcore": 4_089_184_256 + 2 * 11_113_984 + 100_352,
        "ptflops": 4_089_184_256 + 2 * 11_113_984 + 1000 + 2 * (9_608_704 + 802_816 + 100_352),
        "ptflops_aten": 4_089_184_256 + 1000,
        "torch": 2 * 4_089_184_256,
    },
    # on meta attention is taken apart; ptflops: see below
    ON_META: {"ptflops": 37_793_158_264, "ptflops_aten": 23_218_898_920, "torch": 46_394_769_408},
}


@needs("timm")
@pytest.mark.parametrize(
    ("tool", "where", "reported"),
    [
        pytest.param(
            tool, where, value, marks=needs(PACKAGE[tool]), id=f"{where[0]}-fused={where[2]}-{where[3]}-{tool}"
        )
        for where, values in REPORTED.items()
        for tool, value in values.items()
    ],
)
def test_the_number_is_the_tools_own(tool, where, reported):
    if tool == "torch" and where == FUSED and torch.__version__ < "2.15":
        pytest.skip("FlopCounterMode of an older PyTorch counts a CPU's fused attention as 0 (pytorch#195460)")
    found = said(tool, *where)
    assert (found.tool, found.value, found.unit) == (tool, reported, "FLOP" if tool == "torch" else "MAC")


@needs("timm")
@needs("ptflops")
def test_on_meta_ptflops_counts_all_linear_layers_once_more():
    # meta kernels are written in Python and call the functions that ptflops has patched; here the linear layers
    # inside attention, which its rule for attention hides, come back once, and all others come a second time
    linear = resolve("vit_base_patch16").at_size(256).cost().of("mac_linear")
    assert said("ptflops", *ON_META).value == 15_964_183_672 + linear


@needs("timm")
@needs("fvcore")
def test_fvcore_on_meta_is_refused_in_one_line():
    reason = "it traces the network, which fails on the meta device; use the cpu"
    with pytest.raises(EffbenchError, match=rf"^fvcore cannot count this network: {reason} \(\w+\)$"):
        said("fvcore", *ON_META)


# What a tool says it left out


@needs("timm")
@pytest.mark.parametrize(
    ("tool", "operator"),
    [
        pytest.param("fvcore", "aten::scaled_dot_product_attention", marks=needs("fvcore")),
        pytest.param("ptflops_aten", "aten._scaled_dot_product_flash_attention_for_cpu", marks=needs("ptflops")),
    ],
)
def test_fused_attention_is_named_as_uncounted(tool, operator):
    assert operator in said(tool, *FUSED).uncounted
    assert operator not in said(tool, *APART).uncounted


@needs("timm")
@needs("ptflops")
def test_ptflops_names_types_of_module_each_once_and_not_ours():
    blind = ("Identity", "PatchEmbed", "Dropout", "LayerNorm", "Mlp", "Block", "VisionTransformer")
    assert said("ptflops", *ON_META).uncounted == blind


@needs("timm")
def test_torch_says_nothing_of_operators_without_a_formula():
    assert said("torch", *ON_META).uncounted == ()


# Where it counted


@needs("timm")
def test_torch_by_module_has_the_paths_of_the_network():
    # L = 257, D = 768; a block is 12LD² + 2L²D MACs, its attention 4LD² + 2L²D
    products = 2 * 257**2 * 768
    by_module = said("torch", *ON_META).by_module
    assert by_module[""] == 46_394_769_408
    assert by_module["blocks.11"] == 2 * (12 * 257 * 768**2 + products)
    assert by_module["blocks.11.attn"] == 2 * (4 * 257 * 768**2 + products)
    assert by_module["head"] == 2 * 768 * 1000
    assert by_module.keys() <= dict(subject(*ON_META)[0].named_modules()).keys()


@needs("timm")
@needs("fvcore")
def test_fvcore_by_module_has_the_paths_of_the_network():
    by_module = said("fvcore", *FUSED).by_module
    assert by_module[""] == 22_004_641_536
    assert by_module["norm"] == 5 * 257 * 768
    assert by_module["blocks.0.attn"] == 4 * 257 * 768**2  # without the fused products


@needs("ptflops")
def test_ptflops_only_prints_modules():
    assert ptflops_count(nn.Linear(4, 8), (torch.zeros(1, 4),)).by_module is None


# Networks of every kind


class Small(nn.Module):
    """A batch norm to update, a dropout to draw from the random state, a result that is kept, and a place to fail."""

    def __init__(self, failure: BaseException | None = None) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout())
        self.failure = failure

    def forward(self, image, scale=None):
        out = self.kept = self.layers(image)
        if self.failure is not None:
            raise self.failure
        return out if scale is None else out @ scale


IMAGE = (torch.zeros(1, 3, 4, 4),)


def state(network):
    """Everything about the network and about PyTorch that a tool could change."""
    modules = {
        path: (sorted(vars(module)), module.training, len(module._forward_hooks), len(module._forward_pre_hooks))
        for path, module in network.named_modules()
    }
    tensors = {name: tensor.tolist() for name, tensor in network.state_dict().items()}
    trained = [p.requires_grad for p in network.parameters()]
    patched = [torch.matmul, torch.mm, torch.add, torch.Tensor.matmul, torch.Tensor.add, F.relu, F.softmax, F.gelu]
    switches = torch.backends.mha.get_fastpath_enabled(), torch.is_grad_enabled()
    return modules, tensors, trained, patched, switches, torch.get_rng_state().tolist()


@pytest.mark.parametrize("tool", TOOLS)
def test_the_network_is_left_as_it_was(tool):
    network = Small().train()
    network.layers[0].requires_grad_(False)
    before = state(network)
    ADAPTERS[tool](network, IMAGE)
    assert state(network) == before


@pytest.mark.parametrize("failure", [ValueError("no\nway"), KeyboardInterrupt()], ids=["error", "interrupt"])
@pytest.mark.parametrize("tool", TOOLS)
def test_the_network_is_left_as_it_was_by_a_failure(tool, failure, capsys):
    network = Small(failure).train()
    before = state(network)
    with pytest.raises((EffbenchError, KeyboardInterrupt)):
        ADAPTERS[tool](network, IMAGE)
    assert state(network) == before
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_network_that_fails_is_reported_in_one_line(tool):
    with pytest.raises(EffbenchError, match=rf"^{tool} cannot count this network: no \(ValueError\)$"):
        ADAPTERS[tool](Small(ValueError("no\nway")), IMAGE)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_second_count_gives_the_same_number_also_after_a_failure(tool):
    network = Small().eval()
    first = ADAPTERS[tool](network, IMAGE)
    with pytest.raises(EffbenchError):
        ADAPTERS[tool](network, (torch.zeros(1, 5, 4, 4),))  # the convolution wants 3 channels
    assert ADAPTERS[tool](network, IMAGE) == first


@pytest.mark.parametrize("tool", TOOLS)
def test_hooks_of_the_user_stay_and_can_be_removed(tool):
    network, seen = Small().eval(), []
    handle = network.layers[0].register_forward_hook(lambda *_: seen.append(1))
    ADAPTERS[tool](network, IMAGE)
    handle.remove()
    ran = len(seen)
    network(*IMAGE)
    assert ran >= 1
    assert len(seen) == ran


# The convolution is 4·4 pixels of 3·8 MACs; the product (8, 4, 4) by (4, 5) adds 8·4·4·5. fvcore adds 2 per element of
# batch norm, 8·4·4, and ptflops_aten one addition per element of the convolution's output. ptflops knows no @: it has
# the convolution with its bias, the batch norm's 2, and the ReLU twice.
@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        pytest.param("fvcore", 384 + 640 + 2 * 128, marks=needs("fvcore")),
        pytest.param("ptflops", 384 + 128 + 2 * 128 + 2 * 128, marks=needs("ptflops")),
        pytest.param("ptflops_aten", 384 + 640 + 128, marks=needs("ptflops")),
        ("torch", 2 * (384 + 640)),
    ],
)
def test_a_network_may_take_several_inputs(tool, expected):
    assert ADAPTERS[tool](Small().eval(), (*IMAGE, torch.zeros(4, 5))).value == expected


class LearnedQueries(nn.Module):
    """A linear layer on a view of a parameter, as in attention pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(1, 4))
        self.project = nn.Linear(4, 6)

    def forward(self, image):
        return self.project(self.queries.expand(len(image), -1))


def test_torch_counts_without_gradients_what_its_counter_alone_refuses():
    network, image = LearnedQueries(), torch.zeros(5, 4)
    with torch.no_grad():
        with pytest.raises(AssertionError, match="gradient function"), FlopCounterMode(display=False):
            network(image)
        assert torch_count(network, (image,)).value == 2 * 5 * 4 * 6


def test_torch_sees_inside_the_fused_layers_that_pytorch_uses_without_gradients():
    # L = 3, D = 8: four projections L·D² and two products L²·D
    attention = nn.MultiheadAttention(8, 2, batch_first=True).eval()
    with torch.no_grad():
        assert torch_count(attention, (torch.zeros(1, 3, 8),) * 3).value == 2 * (4 * 3 * 8**2 + 2 * 3**2 * 8)
