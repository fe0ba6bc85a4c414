"""Orders and random numbers as functions of (seed, epoch, step)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from effbench.training.data.source import generator, part_of, steps  # noqa: E402


def test_generators_differ_by_every_key():
    first = {torch.rand(1, generator=generator(*keys)).item() for keys in ((0, 0), (0, 1), (1, 0), (0,), (0, 0, 0))}
    assert len(first) == 5
    assert torch.equal(torch.rand(3, generator=generator(1, 2)), torch.rand(3, generator=generator(1, 2)))


def test_an_epoch_has_full_batches_of_different_images():
    found = list(steps(103, 10, seed=0, epoch=0, start=0))
    assert [step for step, _ in found] == list(range(10))
    every = torch.cat([ids for _, ids in found]).tolist()
    assert len(every) == len(set(every)) == 100
    assert set(every) <= set(range(103))


def test_a_set_smaller_than_a_batch_is_one_step():
    assert [(step, sorted(ids.tolist())) for step, ids in steps(3, 10, seed=0, epoch=0, start=0)] == [(0, [0, 1, 2])]


def test_orders_differ_by_epoch_and_seed():
    orders = {tuple(next(steps(50, 50, seed=s, epoch=e, start=0))[1].tolist()) for s in (0, 1) for e in (0, 1)}
    assert len(orders) == 4


def test_a_later_start_is_the_rest():
    every = list(steps(50, 8, seed=3, epoch=2, start=0))
    rest = list(steps(50, 8, seed=3, epoch=2, start=4))
    assert [(s, ids.tolist()) for s, ids in rest] == [(s, ids.tolist()) for s, ids in every[4:]]


@given(st.integers(1, 9), st.integers(0, 100))
def test_the_parts_of_a_batch_are_all_of_it(world, images):
    parts = [list(range(images))[part_of(rank, world, images)] for rank in range(world)]
    assert [image for part in parts for image in part] == list(range(images))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
