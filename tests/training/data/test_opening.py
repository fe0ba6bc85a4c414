"""Parts of data sets, by name."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from effbench.errors import EffbenchError, UnknownName  # noqa: E402
from effbench.training.data import opening  # noqa: E402
from effbench.training.data.catalogue import DATASETS  # noqa: E402
from effbench.training.data.dataset import PARTS  # noqa: E402
from effbench.training.data.opening import listing, open_part  # noqa: E402
from effbench.training.data.recipe import DataRecipe  # noqa: E402
from effbench.training.data.resident import Resident  # noqa: E402
from effbench.training.data.streamed import Streamed  # noqa: E402


def opened(name: str, part: str = "train", root=None, **recipe):
    return open_part(DataRecipe(**{"name": name, "size": 8, "workers": 0} | recipe), part, root=root, device="cpu")


def test_calibration_is_held_out_of_the_training_images_alike_for_every_seed():
    data = DataRecipe(name="digits", size=8, calibration=0.2)
    train, out, whole = (listing(data, part, None) for part in ("train", "calibration", "train"))
    assert (len(train.labels), len(out.labels)) == (1149, 288)  # ceil(0.2 · 1437) = 288
    assert [opened("digits", part, calibration=0.2).images for part in PARTS] == [1149, 288, 360]
    assert (train.images == whole.images).all()
    every = listing(DataRecipe(name="digits", size=8), "train", None)
    assert sorted(i.tobytes() for i in (*train.images, *out.images)) == sorted(i.tobytes() for i in every.images)
    for seed in (0, 9):
        source = open_part(data, "calibration", root=None, device="cpu", seed=seed)
        assert torch.equal(source._pixels.permute(0, 2, 3, 1), torch.from_numpy(out.images))


def test_no_calibration_part_without_a_share():
    with pytest.raises(
        EffbenchError, match=r"part calibration of data set digits has no images: data.calibration is 0"
    ):
        opened("digits", "calibration")


def test_unknown_names():
    with pytest.raises(UnknownName, match=r"unknown data set 'cifar'; did you mean cifar10\?"):
        opened("cifar")
    with pytest.raises(UnknownName, match=r"unknown part of a data set 'val'"):
        opened("digits", "val")


@pytest.mark.parametrize(("name", "size"), [("digits", 16), ("textures", 32), ("generated", 12)])
def test_embedded_sets_live_on_the_device_at_the_size_of_the_recipe(name, size):
    pytest.importorskip("skimage")
    source = opened(name, "test", size=size)
    assert isinstance(source, Resident)
    assert source._pixels.shape == (source.images, 3, size, size)
    assert source._pixels.dtype == torch.uint8
    assert len(source.classes) == 10
    assert next(source.in_order(3)).images.shape == (3, 3, size, size)


def test_cifar_lives_on_the_device(cifar):
    source = opened(
        "cifar10", root=cifar(each=4), size=32, crop_padding=4, flip=0.5, normalise="cifar10", calibration=0.1
    )
    assert isinstance(source, Resident)
    assert source.images == 18  # 5 batches of 4, less ceil(0.1 · 20)
    assert next(source.epoch(seed=0, epoch=0, batch=8)).images.shape == (8, 3, 32, 32)


def test_tiny_imagenet_lives_on_the_device(tiny):
    root = tiny()
    train, test = (opened("tiny-imagenet", p, root, size=64, random_resized_crop=0.08) for p in ("train", "test"))
    assert isinstance(train, Resident)
    assert (train.images, test.images) == (6, 4)
    assert next(train.epoch(seed=0, epoch=0, batch=8)).images.shape == (6, 3, 64, 64)


def test_what_does_not_fit_is_resized_as_it_is_used_or_streamed(cifar, tiny, monkeypatch):
    root = tiny()
    monkeypatch.setattr(opening, "RESIDENT_BYTES", 100_000)
    assert isinstance(opened("tiny-imagenet", root=root), Resident)  # 6 · 3 · 64² = 73,728 bytes
    late = opened("tiny-imagenet", root=root, size=128)  # 294,912 bytes
    assert late._pixels.shape == (6, 3, 64, 64)
    assert next(late.epoch(seed=0, epoch=0, batch=2)).images.shape == (2, 3, 128, 128)
    monkeypatch.setattr(opening, "RESIDENT_BYTES", 70_000)
    assert isinstance(opened("tiny-imagenet", root=root), Streamed)


def test_a_damaged_image_of_a_resident_set_is_named_when_it_is_opened(tiny):
    root = tiny()
    (root / "tiny-imagenet-200" / "train" / "n01" / "images" / "n01_2.JPEG").write_bytes(b"")
    with pytest.raises(EffbenchError, match=r"1 of 6 images cannot be read, the first is .*n01_2.JPEG"):
        opened("tiny-imagenet", root=root)


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        ("animals10", {f"raw-img/{name}": 5 for name in DATASETS["animals10"].layouts[0].train}),
        ("imagenet", {f"{part}/n{i:02}": 2 for part in ("train", "val") for i in range(10)}),
        ("folder", {f"{part}/c{i}": 2 for part in ("train", "test") for i in range(10)}),
    ],
)
def test_large_sets_are_streamed(classes, name, folders):
    root = classes(folders)
    for part in ("train", "test"):
        source = opened(name, part, root, resize=10)
        assert isinstance(source, Streamed)
        assert len(source.classes) == 10
        assert source.images == {"animals10": {"train": 40, "test": 10}}.get(name, {"train": 20, "test": 20})[part]
        assert next(source.epoch(seed=0, epoch=0, batch=4)).images.shape == (4, 3, 8, 8)


def test_missing_files_are_said_before_anything_else(tmp_path):
    with pytest.raises(EffbenchError, match=r"data set imagenet is not there: .*train missing"):
        opened("imagenet", root=tmp_path)
