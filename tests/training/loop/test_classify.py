"""Networks that fit their data, and the loss over their exits."""

from __future__ import annotations

from math import log

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.errors import EffbenchError, SpecError, UnknownName  # noqa: E402
from effbench.training.loop.classify import Classify, exit_loss  # noqa: E402

CPU = torch.device("cpu")


def test_the_loss_is_a_weighted_sum_over_exits():
    """Probabilities of the true class 3/4 and 1/4, weights 2 and 1: 2 ln 4/3 + ln 4."""
    exits = [torch.log(torch.tensor([[3.0, 1.0]])), torch.log(torch.tensor([[1.0, 3.0]]))]
    loss = exit_loss(exits, torch.tensor([0]), (2.0, 1.0), 0.0)
    assert loss.item() == pytest.approx(2 * log(4 / 3) + log(4))


def test_label_smoothing():
    """0.2 over two classes: 0.9 of the true one and 0.1 of the other: 0.9 ln 4/3 + 0.1 ln 4."""
    exits = [torch.log(torch.tensor([[3.0, 1.0]]))]
    loss = exit_loss(exits, torch.tensor([0]), (1.0,), 0.2)
    assert loss.item() == pytest.approx(0.9 * log(4 / 3) + 0.1 * log(4))


def test_the_loss_of_logits_in_16_bits_is_in_32():
    exits = [torch.zeros(1, 3, dtype=torch.bfloat16)]
    assert exit_loss(exits, torch.tensor([1]), (1.0,), 0.0).item() == pytest.approx(log(3), rel=1e-6)


def test_weights_of_the_network_are_those_of_the_seed(recipe):
    first, same, other = (Classify(recipe(), 3, seed, CPU).network.state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_another_number_of_classes_than_the_data(recipe):
    with pytest.raises(SpecError, match=r"has 3 classes, data set digits has 10: write num_classes=10 in the model's"):
        Classify(recipe(), 10, 0, CPU)


def test_exit_weights_of_another_number_of_exits(recipe):
    with pytest.raises(SpecError, match=r"loss.exit_weights has 3 values, ravit_cifar10:1-1.* has 2 exits"):
        Classify(recipe("loss.exit_weights=[1.0, 1.0, 1.0]"), 3, 0, CPU)


def test_an_image_size_the_model_cannot_have(recipe):
    with pytest.raises(SpecError, match="image size must be a multiple of 4, got 17"):
        Classify(recipe("data.size=17"), 3, 0, CPU)


def test_an_unknown_model_and_option(recipe):
    with pytest.raises(UnknownName, match="did you mean ravit_cifar10"):
        Classify(recipe("model=ravit_cifar"), 3, 0, CPU)
    with pytest.raises(SpecError, match="takes no encoder"):
        Classify(recipe("options.encoder=x"), 3, 0, CPU)


def test_a_network_that_is_no_classifier(recipe, model_file):
    path = model_file(forward="return x")
    with pytest.raises(SpecError, match=r"returns .*: a classifier of 5 returns \(1, 5\)"):
        Classify(recipe(f"model={path}", "data.size=8"), 5, 0, CPU)


def test_a_model_file_that_breaks(recipe, model_file):
    path = model_file(building="raise OSError('no weights')")
    with pytest.raises(EffbenchError, match="toy cannot be built: OSError: no weights"):
        Classify(recipe(f"model={path}", "data.size=8"), 5, 0, CPU)


def test_one_exit_is_a_tensor(recipe, model_file):
    task = Classify(recipe(f"model={model_file()}", "data.size=8"), 5, 0, CPU)
    assert task.columns() == ("accuracy_1",)
