"""The exit protocol: what follows it, what is refused, and states taken apart and put together."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from effbench.early_exit.protocol import (  # noqa: E402 - after the check for torch
    joined,
    part_of,
    require_images,
    require_logits,
    select,
    stages_of,
)
from effbench.errors import EffbenchError  # noqa: E402


def nothing(image, state):
    return image, state


def test_any_sequence_of_callables_is_taken():
    assert stages_of(SimpleNamespace(stages=[nothing, nothing])) == (nothing, nothing)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (torch.nn.Linear(1, 1), "Linear has no early exits: the exit protocol asks for an attribute 'stages'"),
        (SimpleNamespace(stages=7), "stages of SimpleNamespace must be a sequence of callables, got 7"),
        (SimpleNamespace(stages=[]), "stages of SimpleNamespace must be one callable or more, got []"),
        (SimpleNamespace(stages=[1]), "stages of SimpleNamespace must be one callable or more, got [1]"),
    ],
)
def test_what_does_not_follow_it_is_refused(network, message):
    with pytest.raises(EffbenchError) as caught:
        stages_of(network)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("shape", "side", "message"),
    [
        ((3, 8, 8), 8, "images must be (batch, channels, height, width), got shape (3, 8, 8)"),
        ((1, 3, 4, 4), 8, "images must be 8 x 8 pixels, got 4 x 4"),
        ((1, 3, 8, 9), 8, "images must be 8 x 8 pixels, got 8 x 9"),
    ],
)
def test_images_of_another_shape_are_refused(shape, side, message):
    with pytest.raises(EffbenchError) as caught:
        require_images(torch.zeros(shape), side)
    assert str(caught.value) == message


def test_images_of_any_side_where_none_is_asked_for():
    require_images(torch.zeros(0, 3, 5, 7), None)


@pytest.mark.parametrize("shape", [(2,), (1, 3), (2, 0), (2, 1), (2, 3, 1)])
def test_logits_of_another_shape_are_refused(shape):
    with pytest.raises(
        EffbenchError, match=r"stage 3 gave logits of shape .* for 2 images: .* asks for \(2, classes\)"
    ):
        require_logits(torch.zeros(shape), 2, 2)
    require_logits(torch.zeros(2, 2), 2, 2)


def states():
    rows = torch.arange(10.0).reshape(5, 2)
    return [None, rows, (rows, 10 + rows[:, 0])]


@pytest.mark.parametrize("state", states(), ids=["none", "tensor", "tuple"])
def test_parts_of_a_state_joined_are_the_state(state):
    whole = joined([part_of(state, 0, 2), part_of(state, 2, 4), part_of(state, 4, 6)])
    if isinstance(state, tuple):
        assert all(torch.equal(a, b) for a, b in zip(whole, state, strict=True))
    else:
        assert whole is None if state is None else torch.equal(whole, state)


def test_no_part_of_a_state_is_lost_where_one_lacks_it():
    rows = torch.zeros(1, 2)
    with pytest.raises(ValueError, match="shorter"):
        joined([(rows, rows), (rows,)])


def test_selection_by_index():
    _, rows, pair = states()
    index = torch.tensor([4, 1])
    assert select(None, index) is None
    assert select(rows, index).tolist() == [[8, 9], [2, 3]]
    assert [part.tolist() for part in select(pair, index)] == [[[8, 9], [2, 3]], [18, 12]]
