"""The order of a heatmap's cells, by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from effbench.training.loop.ragged.lanes import lanes


def test_the_deepest_come_first_and_every_layer_takes_a_prefix():
    # cell 0: 1-2, cell 1: 3-0, cell 2: 0-1, cell 3: 3-3
    coarse, fine = lanes([(1, 2), (3, 0), (0, 1), (3, 3)])
    assert coarse.cells == (1, 3, 0)  # 3, 3 and 1 layers; cell 2 has no coarse branch
    assert coarse.running == (3, 2, 2)
    assert [coarse.finished(layer) for layer in range(3)] == [1, 0, 2]
    assert not coarse.handed  # nothing is before the first branch
    assert fine.cells == (3, 0, 2)
    assert fine.running == (3, 2, 1)
    assert fine.handed


def test_a_branch_that_no_cell_has_is_left_out():
    only = lanes([(0, 2, 1), (0, 1, 0)])
    assert [lane.branch for lane in only] == [1, 2]
    assert [lane.handed for lane in only] == [False, True]


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3).filter(any), min_size=1, max_size=20))
def test_every_layer_of_every_cell_runs_once(layers):
    for lane in lanes(layers):
        for layer, running in enumerate(lane.running):
            assert set(lane.cells[:running]) == {k for k, cell in enumerate(layers) if cell[lane.branch] > layer}
        assert sum(lane.finished(layer) for layer in range(len(lane.running))) == len(lane.cells)
    assert sum(sum(lane.running) for lane in lanes(layers)) == sum(map(sum, layers))
