import pickle

import numpy as np
import pytest

from effbench.early_exit.predictions import load, predictions, require_apart, split
from effbench.errors import EffbenchError, SpecError

LOGITS = np.array([[[2, 1], [0, 3]], [[0, 1], [4, 0]], [[1, 0], [0, 1]]], dtype=np.float32)  # (3, 2, 2)
LABELS = np.array([0, 1, 1])


def test_correct_at_each_exit():
    assert predictions(LOGITS, LABELS).correct().tolist() == [[True, False], [True, False], [False, True]]


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


def test_a_npz_file(tmp_path):
    np.savez(tmp_path / "p.npz", logits=LOGITS, labels=LABELS, ids=["a", "b", "c"])
    found = load(tmp_path / "p.npz")
    assert found.logits.tolist() == LOGITS.tolist()
    assert (found.images, found.exits, found.classes) == (3, 2, 2)
    assert found.ids.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_a_pt_file(tmp_path, kind):
    torch = pytest.importorskip("torch")
    stored = {"logits": torch.tensor(LOGITS).to(getattr(torch, kind)), "labels": torch.tensor(LABELS)}
    torch.save(stored, tmp_path / "p.pt")
    assert load(tmp_path / "p.pt").logits.tolist() == LOGITS.tolist()


class Trap:
    """Says so when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("code was run",))


def test_objects_in_a_npz_are_not_unpickled(tmp_path):
    np.savez(tmp_path / "p.npz", logits=np.array([Trap()], dtype=object), labels=LABELS)
    with pytest.raises(EffbenchError, match=r"no \.npz file of plain arrays"):
        load(tmp_path / "p.npz")


def test_objects_in_a_pt_are_not_unpickled(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"logits": Trap(), "labels": LABELS}, tmp_path / "p.pt")
    with pytest.raises(EffbenchError, match=r"no \.pt file of plain tensors"):
        load(tmp_path / "p.pt")


@pytest.mark.parametrize("content", [b"", b"not a zip", pickle.dumps({"logits": 1})])
def test_files_that_are_no_npz(tmp_path, content):
    (tmp_path / "p.npz").write_bytes(content)
    with pytest.raises(EffbenchError, match=r"no \.npz file"):
        load(tmp_path / "p.npz")


def test_a_file_of_another_kind_or_none(tmp_path):
    with pytest.raises(EffbenchError, match=r"\.npz or \.pt files"):
        load(tmp_path / "p.csv")
    with pytest.raises(EffbenchError, match="no such file"):
        load(tmp_path / "p.npz")


def test_missing_arrays_are_named(tmp_path):
    np.savez(tmp_path / "p.npz", logit=LOGITS, labels=LABELS)
    with pytest.raises(EffbenchError, match="has no logits; it holds logit, labels"):
        load(tmp_path / "p.npz")


def test_a_nan_in_a_file_is_named_with_it(tmp_path):
    logits = LOGITS.copy()
    logits[2, 1, 0] = np.nan
    np.savez(tmp_path / "p.npz", logits=logits, labels=LABELS)
    with pytest.raises(SpecError, match=r"p\.npz: .*image 2, exit 2, class 0 is nan"):
        load(tmp_path / "p.npz")


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
