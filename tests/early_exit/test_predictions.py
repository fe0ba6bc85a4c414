import numpy as np
import pytest

from effbench.early_exit.predictions import predictions, require_apart, scored, split
from effbench.errors import EffbenchError, SpecError
from effbench.stats.scores import score

LOGITS = np.array([[[2, 1], [0, 3]], [[0, 1], [4, 0]], [[1, 0], [0, 1]]], dtype=np.float32)  # (3, 2, 2)
LABELS = np.array([0, 1, 1])


def test_correct_at_each_exit():
    assert predictions(LOGITS, LABELS).right.tolist() == [[True, False], [True, False], [False, True]]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0, 1], "3 whole numbers, one per image, got int64 of shape"),
        ([0.0, 1.0, 1.0], "got float64"),
        ([0, 2, 1], "label of image 1 is 2; classes are 0 to 1"),
        ([0, 1, -1], "label of image 2 is -1"),
    ],
)
def test_labels_that_are_none(labels, said):
    with pytest.raises(SpecError, match=said):
        predictions(LOGITS, np.array(labels))


@pytest.mark.parametrize(("ids", "said"), [([1, 1, 2], "twice"), ([1, 2], "3 whole numbers or texts")])
def test_ids_that_are_none(ids, said):
    with pytest.raises(SpecError, match=said):
        predictions(LOGITS, LABELS, ids)


def test_images_in_both_are_known_by_their_ids():
    first, second = predictions(LOGITS, LABELS, [1, 2, 3]), predictions(LOGITS + 1, LABELS, [3, 4, 5])
    with pytest.raises(EffbenchError, match=r"1 images .* \(same id\)"):
        require_apart(first, second)


def test_images_in_both_are_known_by_their_logits():
    first = predictions(LOGITS, LABELS, [1, 2, 3])
    with pytest.raises(EffbenchError, match=r"3 images .* \(equal logits\)"):
        require_apart(first, predictions(LOGITS, LABELS))
    require_apart(first, predictions(LOGITS, LABELS, [4, 5, 6]))  # the ids say that they are others


def test_predictions_of_different_networks():
    with pytest.raises(EffbenchError, match="differ in"):
        require_apart(predictions(LOGITS, LABELS), predictions(LOGITS[:, :1], LABELS))


def test_a_split_is_seeded_and_leaves_nothing_out(drawn):
    given = drawn(101)
    one, other = split(given, 0.3, 7)
    assert (one.images, other.images) == (30, 71)
    rows = np.concatenate([one.logits, other.logits]).tolist()
    assert sorted(rows) == sorted(given.logits.tolist())
    assert split(given, 0.3, 7)[0].logits.tolist() == one.logits.tolist()
    assert split(given, 0.3, 8)[0].logits.tolist() != one.logits.tolist()


@pytest.mark.parametrize(
    ("images", "share"), [(1, 0.5), (10, 0.0), (10, 1.0), (10, 0.01), (10, -1), (10, float("nan"))]
)
def test_a_split_with_an_empty_side(drawn, images, share):
    with pytest.raises(SpecError, match="one side without images"):
        split(drawn(images), share, 0)


RIGHT = np.array([[True, True], [False, True], [False, False]])
CONFIDENCE = np.array([[0.9, 0.95], [0.4, 0.8], [0.5, 0.6]])


def test_scores_alone_are_predictions_without_labels():
    found = scored(RIGHT, {"max_probability": CONFIDENCE}, ids=[1, 2, 3]).take([0, 1])
    assert (found.images, found.exits, found.classes, found.labels) == (2, 2, None, None)
    assert found.right.tolist() == RIGHT[:2].tolist()
    assert found.scores(score("max_probability")).tolist() == found.confidence().tolist() == CONFIDENCE[:2].tolist()
    with pytest.raises(SpecError, match="have no score entropy; they have max_probability"):
        found.scores(score("entropy"))
    with pytest.raises(SpecError, match="a temperature needs logits"):
        found.cooled((2.0, 2.0))


@pytest.mark.parametrize(
    ("correct", "by_score", "ids", "said"),
    [
        (RIGHT * 1, {"max_probability": CONFIDENCE}, [1, 2, 3], "correct must be booleans"),
        (RIGHT[0], {"max_probability": CONFIDENCE}, [1, 2, 3], r"booleans \(images, exits\)"),
        (RIGHT, {"entropy": CONFIDENCE}, [1, 2, 3], "scores must be max_probability and others"),
        (RIGHT, {"max_probability": CONFIDENCE, "surprise": CONFIDENCE}, [1, 2, 3], "scores must be"),
        (RIGHT, {"max_probability": CONFIDENCE[:2]}, [1, 2, 3], r"of shape \(3, 2\)"),
        (RIGHT, {"max_probability": CONFIDENCE * np.nan}, [1, 2, 3], "finite"),
        (RIGHT, {"max_probability": CONFIDENCE}, None, "need ids"),
    ],
)
def test_scores_that_are_none(correct, by_score, ids, said):
    with pytest.raises(SpecError, match=said):
        scored(correct, by_score, ids)


def test_scores_are_told_apart_by_ids_alone():
    first, second = (scored(RIGHT, {"max_probability": CONFIDENCE}, ids=ids) for ids in ([1, 2, 3], [4, 5, 6]))
    require_apart(first, second)
    with pytest.raises(EffbenchError, match="3 images"):
        require_apart(first, first)
