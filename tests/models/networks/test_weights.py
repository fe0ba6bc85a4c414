"""Weights of a file of tensors."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402 - after the check for torch

from effbench.errors import EffbenchError  # noqa: E402
from effbench.models.networks.weights import load_weights  # noqa: E402


class Unsafe:
    """What a file must not bring along."""


@pytest.mark.parametrize("wrapped", [False, True])
def test_weights_are_loaded(tmp_path, wrapped):
    saved, other = nn.Linear(2, 3), nn.Linear(2, 3)
    state = saved.state_dict()
    torch.save({"state_dict": state, "epoch": 3} if wrapped else state, tmp_path / "w.pt")
    load_weights(other, tmp_path / "w.pt")
    assert torch.equal(saved.weight, other.weight)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (nn.Linear(2, 4).state_dict(), r"the weights of .*w.pt do not fit Linear: .* size mismatch for weight"),
        ({"weight": torch.zeros(3, 2)}, r"do not fit Linear: .* Missing key"),
        ({"state_dict": 7}, r"do not fit Linear"),
        (torch.zeros(2), r"w.pt holds no weights: a dictionary of tensors is needed, got Tensor"),
        (Unsafe(), r"w.pt holds no weights: "),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(tmp_path, content, message):
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(EffbenchError, match=message) as caught:
        load_weights(nn.Linear(2, 3), tmp_path / "w.pt")
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(EffbenchError, match=r"missing.pt cannot be read: No such file"):
        load_weights(nn.Linear(2, 3), tmp_path / "missing.pt")
    (tmp_path / "text.pt").write_text("no weights")
    with pytest.raises(EffbenchError, match=r"text.pt holds no weights: "):
        load_weights(nn.Linear(2, 3), tmp_path / "text.pt")
