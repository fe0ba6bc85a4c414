"""What operators read and write, by hand and against the formulas."""

from __future__ import annotations

import pytest

from effbench.cost.traffic import traffic
from effbench.counting.operations import counted_network
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.counting.counters.dispatch import count  # noqa: E402 - after the check for torch


class Net(torch.nn.Module):
    """A layer, a view, a copy, and values that weigh themselves."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(48, 10)

    def forward(self, x):  # (2, 64, 48)
        x = self.layer(x).transpose(1, 2).contiguous()  # (2, 10, 64)
        return (x @ x.transpose(1, 2)).softmax(-1) @ x


def test_layers_copies_and_attention_move_what_they_read_and_write():
    x = torch.zeros(2, 64, 48)
    found = count(Net(), [x], moves=True).forward
    scores, values = 2 * 10 * 10, 2 * 10 * 64
    assert found.moved["layer", "mac_linear"] == 2 * 64 * (48 + 10)
    assert found.moved["", "copy"] == 2 * values
    assert found.moved["", "mac_qk"] == 2 * values + scores
    assert found.moved["", "softmax_elem"] == 2 * scores
    assert found.moved["", "mac_av"] == scores + 2 * values
    works = {(work.path, work.kind): work for work in traffic(found)}
    assert works["", "attention"].macs == 2 * scores * 64
    assert works["layer", "mac_linear"].bytes == 4 * (2 * 64 * 58 + 490)  # with its weights
    assert not count(Net(), [x]).forward.moved


@pytest.mark.parametrize("name", ["vit_cifar10:3", "ravit_cifar10:1-3"])
def test_a_counted_network_moves_what_its_formula_says(name):
    """Apart from copies, which are PyTorch's, and the class token, which formulas read with the embedding."""
    model, kinds = resolve(name), ("copy", "embed_add")
    counted = traffic(counted_network(model, moves=True).forward)
    by_formula = traffic(model.cost())
    assert [w for w in counted if w.kind not in kinds] == [w for w in by_formula if w.kind not in kinds]


def test_new_constants_and_views_move_nothing():
    class Constant(torch.nn.Module):
        def forward(self, x):
            return x.new_zeros(100), x.flatten(1)[:, 2:]

    assert count(Constant(), [torch.zeros(2, 3, 4)], moves=True).forward.moved == {}


def test_what_a_network_gives_is_known_for_the_least_that_must_move():
    assert count(torch.nn.Linear(4, 3), [torch.zeros(5, 4)]).given == 15
