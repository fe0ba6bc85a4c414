"""Files of tensors: refused if they are anything else, or another run's."""

from __future__ import annotations

import errno
import os
import pickle

import pytest

torch = pytest.importorskip("torch")

from effbench.errors import EffbenchError  # noqa: E402
from effbench.training.loop import checkpoint  # noqa: E402


def test_what_is_saved_is_loaded(tmp_path, recipe):
    path = tmp_path / "c.pt"
    state = {"weights": {"a": torch.arange(3.0)}, "step": 7, "log": [{"epoch": 1, "loss": 0.5, "accuracy_1": None}]}
    checkpoint.save(path, state, recipe(), 0)
    found = checkpoint.load(path, recipe(), 0)
    assert torch.equal(found["weights"]["a"], torch.arange(3.0))
    assert {key: found[key] for key in ("step", "log")} == {key: state[key] for key in ("step", "log")}
    assert found["key"] == recipe().key(0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("model=ravit_cifar10:1-2,width=8,num_heads=2", "model is ravit_cifar10:1-1.* there, ravit_cifar10:1-2.* here"),
        ("optimiser.lr=0.5", "optimiser.lr is 0.01 there, 0.5 here"),
        ("training.epochs=3", "training.epochs is 2 there, 3 here"),
    ],
)
def test_a_checkpoint_of_another_recipe_is_refused_by_what_differs(tmp_path, recipe, change, said):
    checkpoint.save(tmp_path / "c.pt", {}, recipe(), 0)
    with pytest.raises(EffbenchError, match=f"c.pt is of another run: {said}. Give another folder"):
        checkpoint.load(tmp_path / "c.pt", recipe(change), 0)


def test_a_checkpoint_of_another_seed(tmp_path, recipe):
    checkpoint.save(tmp_path / "c.pt", {}, recipe(), 0)
    with pytest.raises(EffbenchError, match="seed is 0 there, 1 here"):
        checkpoint.load(tmp_path / "c.pt", recipe(), 1)


def test_what_changes_no_result_may_differ(tmp_path, recipe):
    checkpoint.save(tmp_path / "c.pt", {}, recipe(), 0)
    changes = ("training.checkpoint_every=3", "data.workers=1", "training.seeds=[4]")
    assert checkpoint.load(tmp_path / "c.pt", recipe(*changes), 0)["key"] == recipe().key(0)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("save", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_a_pickle_is_refused_and_nothing_in_it_is_executed(tmp_path, recipe, save):
    save({"effbench": Trap(tmp_path / "executed")}, tmp_path / "c.pt")
    with pytest.raises(EffbenchError, match=r"c.pt is refused: it is no file of plain tensors") as caught:
        checkpoint.load(tmp_path / "c.pt", recipe(), 0)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 half"])
def test_a_damaged_file(tmp_path, recipe, content):
    (tmp_path / "c.pt").write_bytes(content)
    with pytest.raises(EffbenchError, match=r"c.pt is refused"):
        checkpoint.load(tmp_path / "c.pt", recipe(), 0)


def test_tensors_that_are_no_checkpoint(tmp_path, recipe):
    torch.save([torch.zeros(1)], tmp_path / "list.pt")
    torch.save({"weight": torch.zeros(1)}, tmp_path / "weights.pt")
    with pytest.raises(EffbenchError, match="holds a list, not a dictionary"):
        checkpoint.load(tmp_path / "list.pt", recipe(), 0)
    with pytest.raises(EffbenchError, match="no checkpoint of this version"):
        checkpoint.load(tmp_path / "weights.pt", recipe(), 0)


def test_a_full_disk_leaves_the_former_checkpoint(tmp_path, recipe, monkeypatch):
    path = tmp_path / "c.pt"
    checkpoint.save(path, {"step": 1}, recipe(), 0)

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(EffbenchError, match=r"cannot write .*c.pt: No space left on device"):
            checkpoint.save(path, {"step": 2}, recipe(), 0)
    assert checkpoint.load(path, recipe(), 0)["step"] == 1
    assert list(tmp_path.iterdir()) == [path]
