"""A count leaves nothing behind: after success, an error or an interruption, and inside another count."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402


class Broken(Exception):
    """What a user's network may raise."""


class Network(nn.Module):
    """Everything a run may change: batch statistics, dropout, a cache, a buffer that is replaced, one that is new."""

    def __init__(self, error=None, inner=None):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4, 2)
        self.head.weight.requires_grad_(False)
        self.register_buffer("calls", torch.zeros(1))
        self.error, self.inner, self.cache = error, inner, None

    def forward(self, x):
        self.calls = self.calls + 1
        self.cache = x * 2
        self.register_buffer("seen", x)
        self.norm.extra = nn.Parameter(torch.zeros(1))
        self.head.eval()
        torch.rand(3, device=x.device)
        if self.inner is not None:
            self.inner(x)
        x = self.drop(self.norm(self.conv(x)))
        if self.error is not None:
            raise self.error
        out = self.head(checkpoint(lambda y: y.relu(), x, use_reentrant=False).mean((2, 3)))
        torch.set_grad_enabled(False)
        return out


def state(network, *inputs):
    """All that must be the same before and after."""
    modules = list(network.modules())
    tables = [name for name in vars(modules[0]) if "hooks" in name]
    tensors = [*network.parameters(), *network.buffers(), *inputs]
    return {
        "hooks": [(name, len(getattr(module, name))) for module in modules for name in tables],
        "training": [module.training for module in modules],
        "requires_grad": [t.requires_grad for t in tensors],
        "tensors": [id(t) for t in tensors],
        "cache": getattr(network, "cache", None),
        "names": list(network.state_dict()),
        "values": [None if t.is_meta else t.tolist() for t in tensors],
        "gradients": [t.grad if t.grad is None else (id(t.grad), t.grad.tolist()) for t in tensors],
        "random state": (torch.get_rng_state().tolist(), random.getstate()),
        "gradients on": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "fast path": torch.backends.mha.get_fastpath_enabled(),
        "stance": torch._dynamo.eval_frame._stance.stance,
        "modes": (_get_current_dispatch_mode_stack(), torch.overrides._get_current_function_mode_stack()),
    }


ERRORS = [None, Broken("by hand"), ValueError("one", 2), KeyboardInterrupt(), SystemExit(3)]


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_nothing_is_left(device, error, train, backward):
    network, x = Network(error).to(device).train(train), torch.rand(2, 3, 8, 8, device=device, requires_grad=True)
    before = state(network, x)
    if error is None:
        count(network, [x], backward=backward)
    else:
        with pytest.raises(type(error)):
            count(network, [x], backward=backward)
    assert state(network, x) == before


@pytest.mark.parametrize("fast_path", [False, True])
@pytest.mark.parametrize("switch", [torch.no_grad, torch.enable_grad, torch.inference_mode])
def test_the_callers_own_switches_stay(switch, fast_path):
    network, x = Network(), torch.rand(2, 3, 8, 8)
    torch.backends.mha.set_fastpath_enabled(fast_path)
    try:
        with switch(), torch.compiler.set_stance("eager_on_recompile"):
            before = state(network, x)
            count(network, [x])
            assert state(network, x) == before
    finally:
        torch.backends.mha.set_fastpath_enabled(True)


def test_gradients_that_are_there_are_not_added_to():
    network, x = Network().eval(), torch.rand(2, 3, 8, 8, requires_grad=True)
    without = count(network, [x], backward=True)
    nn.Sequential(network.conv, network.norm)(x).sum().backward()
    before = state(network, x)
    assert count(network, [x], backward=True) == without
    assert state(network, x) == before


def test_a_hook_of_the_networks_own_stays_and_runs_once_a_pass():
    network, ran = nn.Sequential(nn.Linear(4, 4)), []
    network[0].register_forward_hook(lambda *_: ran.append("after"))
    network[0].register_forward_pre_hook(lambda *_: ran.append("before"))
    count(network, [torch.rand(2, 4)])
    assert ran == ["before", "after"]
    assert (len(network[0]._forward_hooks), len(network[0]._forward_pre_hooks)) == (1, 1)


# The error that comes out is the network's own, not one of the counter's, and without the counter's first try in it.
@pytest.mark.parametrize("error", ERRORS[1:], ids=lambda error: type(error).__name__)
def test_an_error_of_the_network_comes_out_unchanged(device, error):
    with pytest.raises(type(error)) as caught:
        count(Network(error).to(device), [torch.rand(2, 3, 8, 8, device=device)])
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (None, None)


# Strides of an empty result may differ from the kernel's; a network that minds is run again, with the kernels.
def test_a_network_that_minds_is_run_with_real_kernels():
    runs = []

    class Minds(nn.Module):
        def forward(self, x):  # (2, 3, 4)
            runs.append(x)
            if len(runs) == 1:
                raise Broken("the first run")
            return x.relu()

    assert count(Minds(), [torch.rand(2, 3, 4, device="meta")]).forward.items == {("", "act_elem"): 24}
    assert len(runs) == 2


def test_with_values_there_is_one_run():
    runs = []
    with pytest.raises(Broken):
        count(Network(Broken(), inner=runs.append), [torch.rand(2, 3, 8, 8)])
    assert len(runs) == 1


# A count inside another network is a measurement, not a part of that network.
@pytest.mark.parametrize("backward", [False, True])
def test_a_count_inside_a_count(device, backward):
    layer, x, found = nn.Linear(8, 5).to(device), torch.rand(2, 3, 8, 8, device=device), []
    plain = Network().to(device)
    outer = Network(inner=lambda x: found.append(count(layer, [x], backward=backward))).to(device)
    before = state(outer, x), state(layer)
    assert count(outer, [x]) == count(plain, [x])
    assert found == [count(layer, [x], backward=backward)]
    assert (state(outer, x), state(layer)) == before


GOOD = {"linear": {("", "mac_linear"): 96, ("", "bias_add"): 24, ("", "param"): 20}, "relu": {("", "act_elem"): 24}}


def run(step, device):
    """One count; what it must find, or None if it must fail."""
    x = torch.rand(2, 3, 4, device=device)
    if step in GOOD:
        network = {"linear": nn.Linear(4, 4), "relu": nn.ReLU()}[step].to(device)
        assert count(network, [x]).forward.items == GOOD[step]
    else:
        error = {"fails": Broken(), "is interrupted": KeyboardInterrupt()}[step]
        with pytest.raises(type(error)):
            count(Network(error).to(device), [torch.rand(2, 3, 8, 8, device=device)])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from([*GOOD, "fails", "is interrupted"]), min_size=1, max_size=5),
    st.sampled_from(["cpu", "meta"]),
)
def test_failures_change_no_later_number(steps, device):
    for step in steps:
        run(step, device)
