"""The moving average of weights, by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from effbench.training.loop.average import Average  # noqa: E402


def test_weights_follow_and_whole_numbers_are_taken_over():
    """Decay 0.9: from 1 towards 2 is 0.9 · 1 + 0.1 · 2 = 1.1, then 0.9 · 1.1 + 0.1 · 2 = 1.19."""
    network = nn.BatchNorm1d(1)
    average = Average(network, 0.9)
    nn.init.constant_(network.weight, 2.0)
    network.running_var.fill_(2.0)
    network.num_batches_tracked.fill_(7)
    for value in (1.1, 1.19):
        average.follow(network)
        assert average.network.weight.item() == pytest.approx(value)
        assert average.network.running_var.item() == pytest.approx(value)
    assert average.network.num_batches_tracked.item() == 7


def test_the_average_is_not_trained_and_is_in_evaluation_mode():
    average = Average(nn.Linear(1, 1).train(), 0.5).network
    assert not average.training
    assert not any(parameter.requires_grad for parameter in average.parameters())
