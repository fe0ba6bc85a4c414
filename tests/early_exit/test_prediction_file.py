"""Files of predictions."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest

from effbench.early_exit.outcome import outcome
from effbench.early_exit.policy import Policy
from effbench.early_exit.prediction_file import load, scores_file
from effbench.errors import EffbenchError, SpecError
from effbench.stats.scores import SCORES

LOGITS = np.array([[[2, 1], [0, 3]], [[0, 1], [4, 0]], [[1, 0], [0, 1]]], dtype=np.float32)  # (3, 2, 2)
LABELS = np.array([0, 1, 1])


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
    with pytest.raises(EffbenchError, match=r"is not a \.npz file of plain arrays"):
        load(tmp_path / "p.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip", pickle.dumps({"logits": 1})])
def test_files_that_are_no_npz(tmp_path, content):
    (tmp_path / "p.npz").write_bytes(content)
    with pytest.raises(EffbenchError, match=r"is not a \.npz file"):
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


def damaged_npz(path, how):
    np.savez_compressed(path, logits=LOGITS, labels=LABELS)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02", 0, content.index(b"PK\x05\x06"))  # of the central directory
    if how == "encrypted":
        content[entry + 8] |= 1
    elif how == "unknown compression":
        content[entry + 10] = 77
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("how", ["encrypted", "unknown compression"])
def test_archives_that_cannot_be_unpacked(tmp_path, how):
    damaged_npz(tmp_path / "p.npz", how)
    with pytest.raises(EffbenchError, match=r"is not a \.npz file of plain arrays: "):
        load(tmp_path / "p.npz")


def test_an_array_larger_than_memory(tmp_path):
    """Its header alone says so: 10^12 numbers."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 2, 2), }"
    with zipfile.ZipFile(tmp_path / "p.npz", "w") as archive:
        archive.writestr("logits.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(EffbenchError, match=r"is not a \.npz file of plain arrays: "):
        load(tmp_path / "p.npz")


def test_tensors_of_any_dense_kind_are_read(tmp_path):
    torch = pytest.importorskip("torch")
    right, sure = torch.tensor([[True, False]]), torch.tensor([[0.5, 0.75]], dtype=torch.bfloat16, requires_grad=True)
    torch.save({"correct": right, "score_max_probability": sure, "ids": torch.tensor([7])}, tmp_path / "p.pt")
    assert load(tmp_path / "p.pt").confidence().tolist() == [[0.5, 0.75]]


STRANGE = {
    "a list": lambda torch: [1, 2],
    "a number": lambda torch: 3.0,
    "a tensor without values": lambda torch: torch.zeros(3, 2, 2, device="meta"),
    "a sparse tensor": lambda torch: torch.eye(3).to_sparse(),
    "a quantised tensor": lambda torch: torch.quantize_per_tensor(torch.zeros(3), 1.0, 0, torch.qint8),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", [*STRANGE, "no dictionary", "an object"])
def test_pt_files_of_something_else(tmp_path, what):
    torch = pytest.importorskip("torch")
    whole = {"no dictionary": torch.zeros(3), "an object": {"logits": Trap()}}
    labels = torch.tensor(LABELS)
    torch.save(whole[what] if what in whole else {"logits": STRANGE[what](torch), "labels": labels}, tmp_path / "p.pt")
    with pytest.raises(EffbenchError) as caught:
        load(tmp_path / "p.pt")
    assert "is not a .pt file of plain tensors" in str(caught.value)
    assert "weights_only" not in str(caught.value)  # torch advises to run what is in the file


def test_scores_say_the_same_of_a_policy_as_logits(drawn, tmp_path):
    given = drawn(200)
    path = tmp_path / "scores.npz"
    path.write_bytes(scores_file(given))
    read = load(path)
    with np.load(path) as arrays:
        assert set(arrays) == {"correct", "ids", *(f"score_{name}" for name in SCORES)}
    for name, rule in SCORES.items():
        middle = float(np.median(given.scores(rule)[:, 0])) + 1e-4
        policy = Policy(score=name, thresholds=(middle, middle))
        ours, theirs = outcome(read, policy), outcome(given, policy)
        assert (ours.left, ours.correct) == (theirs.left, theirs.correct)
        assert ours.calibration_error() == pytest.approx(theirs.calibration_error(), abs=1e-6)
    with pytest.raises(SpecError, match="by class need labels"):
        ours.of_class(0)
