"""Which module is running: an operator is filed where a reader of the network would look for it."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from effbench.counting.counters.dispatch import count  # noqa: E402
from effbench.counting.counters.paths import followed, plain  # noqa: E402

LAYER = 2 * 4 * 4  # MACs of a 4x4 layer on two rows


class Nested(nn.Module):
    """A layer of its own, and a list of layers in a part."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4, bias=False)
        self.part = nn.Module()
        self.part.layers = nn.ModuleList(nn.Linear(4, 4, bias=False) for _ in range(2))

    def forward(self, x):
        for layer in self.part.layers:
            x = layer(x)
        return self.first(x).relu()


def macs(network):
    """Path -> multiply-accumulates, in the order they ran."""
    items = count(network, [torch.rand(2, 4, device="meta")]).forward.items
    return {path: n for (path, kind), n in items.items() if kind == "mac_linear"}


def nested():
    with torch.device("meta"):
        return Nested()


def test_paths_are_pytorchs_names_in_the_order_of_the_run():
    assert list(macs(nested()).items()) == [(name, LAYER) for name in ("part.layers.0", "part.layers.1", "first")]


def test_what_no_part_does_is_the_networks_own():
    assert count(nested(), [torch.rand(2, 4, device="meta")]).forward.items["", "act_elem"] == 2 * 4


def test_a_module_under_two_names_keeps_its_first():
    network = nested()
    network.part.layers[1] = network.first
    assert macs(network) == {"first": 2 * LAYER, "part.layers.0": LAYER}


def test_a_forward_that_is_called_directly_belongs_to_the_caller():
    network = nested()
    network.forward = lambda x: network.first.forward(x)
    assert macs(network) == {"": LAYER}


def test_a_compiled_part_has_the_path_it_has_without():
    compiled = nested()
    compiled.first = torch.compile(compiled.first, backend="eager")
    assert macs(compiled) == macs(nested())


# A backend may put anything in place of the operators, and what has run once is kept: here, a zero.
def test_code_that_was_compiled_and_ran_is_counted_uncompiled():
    part = torch.compile(nn.Linear(4, 4, bias=False), backend=lambda graph, inputs: lambda *args: (torch.zeros(2, 4),))
    network, x = nn.Sequential(part, nn.Linear(4, 4, bias=False)), torch.rand(2, 4)
    with torch.no_grad():
        assert not network(x).any()
    items = count(network, [x]).forward.items
    assert {path: n for (path, kind), n in items.items() if kind == "mac_linear"} == {"0": LAYER, "1": LAYER}
    with torch.no_grad():
        assert not network(x).any()


def test_parameters_stand_where_they_are_owned_compiled_or_not():
    compiled = nested()
    compiled.first = torch.compile(compiled.first, backend="eager")
    for network in (nested(), compiled):
        items = count(network, [torch.rand(2, 4, device="meta")]).forward.items
        assert {path: n for (path, kind), n in items.items() if kind == "param"} == {
            "first": 16,
            "part.layers.0": 16,
            "part.layers.1": 16,
        }


def test_an_error_that_the_network_catches_leaves_the_path_right():
    class Tries(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(5, 5, bias=False, device="meta")  # does not fit
            self.other = nn.Linear(4, 4, bias=False, device="meta")

        def forward(self, x):
            try:
                return self.layer(x)
            except RuntimeError:
                return self.other(x) * 2

    found = count(Tries(), [torch.rand(2, 4, device="meta")]).forward.items
    assert {key: n for key, n in found.items() if key[1] != "param"} == {
        ("other", "mac_linear"): LAYER,
        ("", "mul_elem"): 8,
    }


def test_modules_are_followed_for_as_long_as_asked():
    network, seen = nn.Sequential(nn.Identity()), []
    network[0].forward = lambda x: seen.append(stack.path) or x
    with followed(network) as stack:
        network(torch.rand(1))
        assert stack.path == ""
    network(torch.rand(1))
    assert seen == ["0", ""]


# A network's own hooks belong to the module they hang on.
def test_hooks_of_the_network_run_inside_their_module():
    network, seen = nn.Sequential(nn.Identity()), []
    network[0].register_forward_pre_hook(lambda *_: seen.append(stack.path))
    network[0].register_forward_hook(lambda *_: seen.append(stack.path))
    with followed(network) as stack:
        network(torch.rand(1))
    assert seen == ["0", "0"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", ""), ("a.b", "a.b"), ("_orig_mod.a", "a"), ("a._orig_mod", "a"), ("a._orig_mod.b", "a.b")],
)
def test_names_of_compiled_parts_are_plain(path, expected):
    assert plain(path) == expected
