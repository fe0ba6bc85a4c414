import pytest

from effbench.early_exit.evaluation import evaluation, finished_run
from effbench.errors import EffbenchError, SpecError
from effbench.stats.scores import score

RULE = score("entropy")


def test_images_that_choose_are_apart_from_those_that_judge(data, stored, prices):
    assert data.apart
    shared = evaluation(stored(), prices, RULE, calibrate_share=0.25)
    assert (shared.choosing.images, shared.test.images, shared.apart) == (100, 300, True)
    assert not evaluation(stored(), prices, RULE).apart


def test_the_same_file_twice_is_refused(stored, prices):
    with pytest.raises(EffbenchError, match="400 images stand in the calibration and in the test predictions"):
        evaluation(stored(), prices, RULE, calibrate_on=stored())


def test_predictions_of_another_network(stored, prices):
    with pytest.raises(SpecError, match=r"has 3 exits, ravit_cifar10:1-3 has 2"):
        evaluation(stored(exits=3), prices, RULE)


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(EffbenchError, match="holds no finished run"):
        finished_run(tmp_path)
