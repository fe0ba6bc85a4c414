"""CIFAR-10's batches, pickled and binary."""

from __future__ import annotations

import io
import os
import pickle
import pickletools

import numpy
import pytest

from effbench.errors import EffbenchError
from effbench.training.data.cifar import read_batch


@pytest.mark.parametrize("kind", ["py", "bin"])
def test_batches_are_read_in_order(read, cifar, kind):
    root = cifar(each=12, kind=kind)
    train, test = read("cifar10", "train", root), read("cifar10", "test", root)
    assert train.images.shape == (60, 32, 32, 3)
    assert train.labels == [i % 10 for i in range(12)] * 5
    assert test.labels == [i % 10 for i in range(12)]
    # red, green, blue of image i are constant: i, 2 i, 3 i
    assert (test.images == (numpy.arange(12)[:, None] * [1, 2, 3])[:, None, None]).all()
    assert train.classes[3] == "cat"


def test_rows_of_a_plane_are_rows_of_the_image(cifar):
    root = cifar(each=1, kind="bin")
    path = root / "cifar-10-batches-bin" / "test_batch.bin"
    plane = bytes(i % 256 for i in range(1024))
    path.write_bytes(b"\x07" + plane + bytes(2048))
    images, labels = read_batch(path)
    assert labels == [7]
    assert images[0, 1, 5].tolist() == [32 + 5, 0, 0]  # row 1, column 5 of red is value 1 · 32 + 5


def test_the_official_pickles_module_names_are_read(cifar, tmp_path):
    # numpy 1 wrote numpy.core.multiarray, numpy 2 writes numpy._core.multiarray: both texts must be understood
    root = cifar(each=2)
    path = root / "cifar-10-batches-py" / "test_batch"
    content = path.read_bytes()
    for name in (b"cnumpy.core.multiarray\n", b"cnumpy._core.multiarray\n"):
        other = content.replace(b"cnumpy._core.multiarray\n", name).replace(b"cnumpy.core.multiarray\n", name)
        path.write_bytes(other)
        assert read_batch(path)[1] == [0, 1]


def test_what_python_2_wrote_is_read_without_a_warning(cifar):
    path = cifar(each=2) / "cifar-10-batches-py" / "test_batch"
    now, then = b"\x89\x88\x87", b"K\x00K\x01\x87"  # dtype(..., False, True), and dtype(..., 0, 1)
    assert path.read_bytes().count(now) == 1
    path.write_bytes(path.read_bytes().replace(now, then))
    assert read_batch(path)[0].shape == (2, 32, 32, 3)


class Evil:
    """What runs a command when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("pwned",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_runs_code_is_refused(read, cifar, monkeypatch, tmp_path, protocol):
    root = cifar(each=1)
    monkeypatch.chdir(tmp_path)
    path = root / "cifar-10-batches-py" / "test_batch"
    path.write_bytes(pickle.dumps({"data": Evil(), "labels": [0]}, protocol=protocol))
    with pytest.raises(EffbenchError, match=r"test_batch is no batch of CIFAR-10: it asks for \w+\.mkdir"):
        read("cifar10", "test", root)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "asked", ["builtins\neval", "numpy\nload", "numpy.core.multiarray\nscalar", "os\nsystem", "numpy\nndarray.tofile"]
)
def test_nothing_but_arrays_is_imported(tmp_path, asked):
    path = tmp_path / "batch"
    path.write_bytes(b"c" + asked.encode() + b"\n.")
    with pytest.raises(EffbenchError, match="it asks for"):
        read_batch(path)


def test_no_other_encoding_is_run(tmp_path):
    stream = io.BytesIO()
    pickle.dump("x", stream, protocol=0)
    path = tmp_path / "batch"
    path.write_bytes(b"c_codecs\nencode\n(S'x'\nS'rot13'\ntR.")
    assert [op.name for op, *_ in pickletools.genops(path.read_bytes())][-2:] == ["REDUCE", "STOP"]
    with pytest.raises(EffbenchError, match="encoding 'rot13'"):
        read_batch(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "data must be"),
        ({"labels": [0]}, "data must be"),
        ({"data": numpy.zeros((1, 3072)), "labels": [0]}, "of uint8"),
        ({"data": numpy.zeros((1, 5), "uint8"), "labels": [0]}, r"\(n, 3072\)"),
        ({"data": numpy.zeros((1, 3072), "uint8"), "labels": 0}, "labels must be a list"),
        ({"data": numpy.zeros((1, 3072), "uint8"), "labels": [0, 1]}, "1 images need as many labels"),
        ({"data": numpy.zeros((1, 3072), "uint8"), "labels": [10]}, "labels from 0 to 9"),
        ({"data": numpy.zeros((1, 3072), "uint8"), "labels": ["cat"]}, "labels from 0 to 9"),
    ],
)
def test_a_pickle_of_something_else_is_refused(tmp_path, content, reason):
    path = tmp_path / "batch"
    path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(EffbenchError, match=reason):
        read_batch(path)


@pytest.mark.parametrize("keep", [0, 1, 100, 4000])
def test_a_truncated_batch_is_named(cifar, keep):
    for kind, name in (("py", "test_batch"), ("bin", "test_batch.bin")):
        root = cifar(each=2, kind=kind)
        path = root / f"cifar-10-batches-{kind}" / name
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(EffbenchError, match=f"{name} is no batch of CIFAR-10"):
            read_batch(path)


def test_a_label_out_of_range_in_a_binary_batch_is_refused(tmp_path):
    path = tmp_path / "batch.bin"
    path.write_bytes(b"\x0a" + bytes(3072))
    with pytest.raises(EffbenchError, match="labels from 0 to 9"):
        read_batch(path)
