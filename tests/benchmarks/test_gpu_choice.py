"""How many epochs fit, and how fast an epoch is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("gpu_stages.records")

from gpu_stages.choice import LONG_EVERY, MARGIN, chosen, every_of
from gpu_stages.pace import Pace, paces

from effbench.errors import EffbenchError

EPOCHS, OWN = (60, 400, 200), 60


def pace(start=0.0, epoch=1.0, look=0.0):
    return Pace(model="m", start=start, epoch=epoch, look=look, training=epoch)


def test_a_training_takes_its_start_its_epochs_and_its_looks():
    assert pace(start=5, epoch=2, look=3).seconds(epochs=20, every=10) == 5 + 20 * 2 + 2 * 3
    assert (every_of(60, OWN), every_of(200, OWN)) == (1, LONG_EVERY)


@pytest.mark.parametrize(("left", "epochs"), [(481, 400), (479, 200), (241, 200), (239, 60), (1, 60)])
def test_the_most_epochs_that_fit_with_a_margin(left, epochs):
    assert MARGIN == 1.2
    found = chosen({("separate", 1): [pace(), pace(epoch=0.5)]}, EPOCHS, OWN, left, 3)
    assert (found.epochs, found.seconds, found.at_once) == (epochs, epochs, 1)


def test_compiling_pays_for_long_trainings_alone():
    timed = {("separate", 1): [pace()], ("compiled", 1): [pace(start=100, epoch=0.5)]}
    assert chosen(timed, [400], OWN, 1e6, 3).program == "compiled"  # 300 s, not 400 s
    assert chosen(timed, [60], OWN, 1e6, 3).program == "separate"  # 60 s, not 130 s


def test_seeds_are_trained_at_once_where_all_of_them_fit():
    timed = {("compiled", 1): [pace()], ("compiled", 3): [pace(epoch=2)]}
    assert chosen(timed, [400], OWN, 961, 3).at_once == 3
    assert chosen(timed, [400], OWN, 959, 3).at_once == 1


def test_without_a_measurement_the_shortest_is_tried():
    found = chosen({}, EPOCHS, OWN, 1e6, 3)
    assert (found.epochs, found.program, found.seconds, found.why) == (60, "separate", None, "nothing was timed")


class Trainings:
    """In place of an executor: every look at it adds a row to each log."""

    def __init__(self, works, late=0, fails=False):
        self._works, self._late, self._fails, self._looks, self.closed = works, late, fails, 0, False

    def submit(self, works):
        assert works == self._works

    def wait(self, seconds):
        self._looks += 1
        for number, work in enumerate(self._works):
            rows = max(0, self._looks - number * self._late)
            text = "epoch,seconds\n" + "".join(f"{k},{0.5 * k}\n" for k in range(1, rows + 1))
            work.folder.mkdir(exist_ok=True)
            (work.folder / "log.csv").write_text(text)
        ended = SimpleNamespace(work=self._works[0], failed="no memory", lost="", outcome=None)
        return [ended] if self._fails else []

    def close(self):
        self.closed = True


def works_of(folder, count=2):
    recipe = SimpleNamespace(model="m", training=SimpleNamespace(evaluate_every=3))
    trial = SimpleNamespace(recipe=recipe)
    return [SimpleNamespace(name=f"w{k}", trial=trial, folder=folder / str(k)) for k in range(count)]


def test_epochs_are_timed_while_all_trainings_are_under_way(tmp_path):
    executor = Trainings(works_of(tmp_path), late=4)
    found = paces(executor, executor._works, rows=4, longest=60.0)
    assert [one.training for one in found] == [0.5, 0.5]
    assert found[1].start > found[0].start  # it came four looks later
    assert executor.closed


def test_a_training_that_ends_or_is_too_slow_is_an_error(tmp_path):
    failing = Trainings(works_of(tmp_path), fails=True)
    with pytest.raises(EffbenchError, match="w0 ended: no memory"):
        paces(failing, failing._works, rows=4, longest=60.0)
    slow = Trainings(works_of(tmp_path / "slow"), late=10**9)
    (tmp_path / "slow").mkdir()
    with pytest.raises(EffbenchError, match="was not over after 0 s"):
        paces(slow, slow._works, rows=4, longest=0.2)
    assert failing.closed
    assert slow.closed
