"""The exit protocol: what a network offers so that it can stop early, image by image.

A network follows it if it has ``stages``, a sequence of callables run one after the other::

    logits, state = stage(image, state)

``image`` is the whole input, (b, channels, height, width), the same for every stage. ``state`` is what a stage leaves
to the next one: a tensor, a tuple of tensors, or None; None goes into the first. The first dimension of ``logits``,
(b, classes), and of every tensor of the state is the batch, and no image's result depends on the others in the batch:
so undecided images can be taken out by index. Every stage ends in an exit; the last one decides.

A network may also have ``image_size``, the side in pixels of its square input: images of another size are then refused
before anything runs, where a stage that resizes would take them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from effbench.errors import EffbenchError

State: TypeAlias = Tensor | tuple[Tensor, ...] | None
"""What one stage leaves to the next; the first dimension is the batch."""


class Stage(Protocol):
    """One part of a network, up to its exit."""

    def __call__(self, image: Tensor, state: State, /) -> tuple[Tensor, State]:
        """(b, channels, height, width), State -> logits (b, classes), State."""


class Staged(Protocol):
    """A network that can stop after each of its stages."""

    @property
    def stages(self) -> Sequence[Stage]:
        """In the order they run."""


def stages_of(model: Staged) -> tuple[Stage, ...]:
    """The stages of a network.

    Raises:
        EffbenchError: it does not follow the protocol.
    """
    stages = getattr(model, "stages", None)
    name = type(model).__name__
    if stages is None:
        raise EffbenchError(f"{name} has no early exits: the exit protocol asks for an attribute 'stages'")
    try:
        found = tuple(stages)
    except TypeError:
        raise EffbenchError(f"stages of {name} must be a sequence of callables, got {stages!r}") from None
    if not found or not all(callable(stage) for stage in found):
        raise EffbenchError(f"stages of {name} must be one callable or more, got {list(found)!r}")
    return found


def require_images(images: Tensor, image_size: int | None) -> None:
    """Raise EffbenchError unless ``images`` is a batch of images, of that side where one is asked for."""
    if images.dim() != 4:
        raise EffbenchError(f"images must be (batch, channels, height, width), got shape {tuple(images.shape)}")
    side = tuple(images.shape[2:])
    if image_size is not None and side != (image_size, image_size):
        raise EffbenchError(f"images must be {image_size} x {image_size} pixels, got {side[0]} x {side[1]}")


def require_logits(logits: Tensor, batch: int, stage: int) -> None:
    """Raise EffbenchError unless a stage gave one row of logits per image."""
    if logits.dim() != 2 or len(logits) != batch or logits.shape[1] < 2:
        raise EffbenchError(
            f"stage {stage + 1} gave logits of shape {tuple(logits.shape)} for {batch} images: "
            f"the exit protocol asks for ({batch}, classes), 2 classes or more"
        )


def select(state: State, index: Tensor) -> State:
    """The state of the images at ``index``."""
    if state is None:
        return None
    if isinstance(state, Tensor):
        return state.index_select(0, index)
    return tuple(part.index_select(0, index) for part in state)


def part_of(state: State, start: int, stop: int) -> State:
    """The state of images ``start`` to ``stop``: views, nothing is copied."""
    if state is None:
        return None
    if isinstance(state, Tensor):
        return state[start:stop]
    return tuple(part[start:stop] for part in state)


def joined(states: Sequence[State]) -> State:
    """The states of consecutive parts of a batch as that of the whole."""
    first = states[0]
    if first is None:
        return None
    if isinstance(first, Tensor):
        return torch.cat([s for s in states if isinstance(s, Tensor)])
    return tuple(torch.cat(parts) for parts in zip(*(s for s in states if isinstance(s, tuple)), strict=True))
