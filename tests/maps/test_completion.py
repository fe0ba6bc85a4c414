"""A map completed: what is predicted from what, and what is worth training next."""

from __future__ import annotations

import numpy as np
import pytest

from effbench.cost.convention import convention
from effbench.errors import EffbenchError
from effbench.maps.completion import FEWEST, Completion, completed_layer
from effbench.maps.grid import trained_grid
from effbench.maps.selection import every_recipe
from effbench.training.sweep.runs import trainings

pytest.importorskip("scipy")


def smooth(a, b):
    """Percent right of a network: layers help, the less the more there are."""
    return round(40 + 8 * np.log2(1 + a) + 12 * np.log2(1 + b))


CELLS = {f"{a}-{b}": smooth(a, b) for a in range(5) for b in range(5) if a or b}
TRAINED = [name for place, name in enumerate(CELLS) if place % 2 == 0]


@pytest.fixture
def made(trained_store):
    """``made(names, epochs=..)``: the completion of a store with these networks, and the cells of the whole map."""

    def make(names=TRAINED, seeds=2, long=()):
        trained_store({name: [CELLS[name]] * seeds for name in names}, epochs=4)
        path = trained_store({name: [CELLS[name] + 10] for name in long}, epochs=40)
        selected, *longer = every_recipe(trainings([path]))
        cells = trained_grid(selected, convention("ravit"), max_layers=4).cells
        return Completion(selected, longer), cells

    return make


def test_what_was_not_trained_is_predicted_and_nothing_else(made):
    completion, cells = made()
    found = completion.predicted(cells)
    assert {one.name for one in found} == set(CELLS) - set(TRAINED)
    for one in found:
        assert one.low < one.accuracy < one.high
        assert one.accuracy == pytest.approx(CELLS[one.name] / 100, abs=0.03)
    held = [one.low <= CELLS[one.name] / 100 <= one.high for one in found]
    assert sum(held) >= 0.9 * len(held)  # intervals of 95 %


def test_far_from_what_was_trained_intervals_are_wider(made):
    near = [name for name in TRAINED if int(name[-1]) <= 2]
    completion, _ = made(near)
    (_, inside), (_, outside) = completion.at([(1, 1), (1, 6)])
    assert outside > 2 * inside


def test_a_longer_schedule_says_something_of_a_network_that_the_short_one_lacks(made):
    alone, _ = made(TRAINED)
    both, _ = made(TRAINED, long=[*TRAINED, "4-3"])
    assert both.at([(4, 3)])[0][1] < alone.at([(4, 3)])[0][1]
    assert both.at([(4, 3)])[0][0] == pytest.approx(CELLS["4-3"] / 100, abs=0.03)


def test_next_are_cells_that_tell_most_of_the_others_each_named_once(made):
    completion, cells = made([name for name in CELLS if int(name[-1]) <= 2])
    proposed = completion.next(cells, 3)
    assert len({one.name for one in proposed}) == 3
    assert all(int(one.name[-1]) > 2 for one in proposed)
    assert len(completion.next(cells, 99)) == len(completion.predicted(cells))


def test_next_comes_from_where_most_is_missing(made):
    corner = {"3-3", "3-4", "4-3", "4-4"}
    completion, cells = made([name for name in CELLS if name not in {*corner, "1-1"}])
    assert completion.next(cells, 1)[0].name in corner


def test_the_table_keeps_predictions_in_parentheses(made):
    completion, cells = made()
    layer = completed_layer(cells, completion.predicted(cells), completion.next(cells, 1))
    texts = dict(zip([cell.name for cell in cells], map(layer.text, layer.values), strict=True))
    assert all(texts[name] == f"{CELLS[name]}.0" for name in TRAINED)
    assert all(texts[name].startswith("(") for name in set(CELLS) - set(TRAINED))
    assert any(note.startswith("Worth training next: ") for note in layer.notes)


def test_too_few_networks_are_refused(made):
    with pytest.raises(EffbenchError, match=f"from {FEWEST} trained networks or more, there are {FEWEST - 1}"):
        made(TRAINED[: FEWEST - 1])
