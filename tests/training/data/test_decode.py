"""Files to pixels."""

from __future__ import annotations

import numpy
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from PIL import Image  # noqa: E402
from torchvision.transforms import functional  # noqa: E402

from effbench.errors import EffbenchError  # noqa: E402
from effbench.training.data.augment import DRAWS, Augment, draw  # noqa: E402
from effbench.training.data.decode import augmented, every_pixel, plain, whole_ones  # noqa: E402
from effbench.training.data.listing import Broken  # noqa: E402
from effbench.training.data.picture import picture  # noqa: E402
from effbench.training.data.recipe import DataRecipe  # noqa: E402


def tensor(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(numpy.array(image)).permute(2, 0, 1)


@pytest.mark.parametrize(("size", "resize"), [(8, 0), (8, 12), (16, 16), (40, 0)])
def test_judged_images_are_torchvisions_resize_and_centre_crop(tmp_path, image, size, resize):
    path = image(tmp_path / "a.png", (30, 21))
    found = plain(str(path), DataRecipe(name="folder", size=size, resize=resize))
    opened = Image.open(path)
    wanted = functional.resize(opened, resize if resize else [size, size])
    assert torch.equal(found, tensor(functional.center_crop(wanted, [size, size])))


def test_an_image_of_the_right_size_is_left_as_it_is(tmp_path, image):
    path = image(tmp_path / "a.png", 8)
    assert torch.equal(plain(str(path), DataRecipe(name="folder", size=8)), tensor(Image.open(path)))


def test_trained_images_are_augmented_like_resident_ones(tmp_path, image):
    path = image(tmp_path / "a.png", 12)
    data = DataRecipe(name="folder", size=8, resize=12, flip=0.5, vertical_flip=0.5, rotation=30.0)
    for seed in range(6):
        numbers = draw(1, torch.manual_seed(seed))
        wanted = Augment(data).moved(tensor(Image.open(path))[None], numbers)[0]
        assert torch.equal(augmented(str(path), data, numbers), wanted)


def test_a_random_resized_crop_is_torchvisions_of_the_whole_file(tmp_path, image):
    path = image(tmp_path / "a.png", (40, 30))
    data = DataRecipe(name="folder", size=10, random_resized_crop=0.08)
    for seed in range(6):
        numbers = draw(1, torch.manual_seed(seed))
        box = [int(value) for value in Augment(data).boxes(numbers, 30, 40)]
        wanted = functional.resized_crop(Image.open(path), *box, [10, 10])
        assert torch.equal(augmented(str(path), data, numbers), tensor(wanted))


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1"])
def test_any_kind_of_image_becomes_rgb(tmp_path, image, mode):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.open(image(tmp_path / "rgb.png", 8)).convert(mode).save(path)
    assert plain(str(path), DataRecipe(name="folder", size=8)).shape == (3, 8, 8)


def test_broken_files_say_why(tmp_path, image):
    whole = image(tmp_path / "whole.jpeg", 64).read_bytes()
    contents = {"empty.jpeg": b"", "text.jpeg": b"<html>404</html>", "half.jpeg": whole[: len(whole) // 2]}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        for found in (picture(str(tmp_path / name)), plain(str(tmp_path / name), DataRecipe(name="folder", size=8))):
            assert isinstance(found, Broken)
            assert found.path == str(tmp_path / name)
            assert found.reason
        assert isinstance(augmented(found.path, DataRecipe(name="folder", size=8), torch.zeros(1, DRAWS)), Broken)
    assert "truncated" in picture(str(tmp_path / "half.jpeg")).reason
    assert picture(str(tmp_path / "none.jpeg")) == Broken(str(tmp_path / "none.jpeg"), "there is no such file")


def test_all_broken_files_are_counted_and_the_first_is_named():
    found = [torch.zeros(1), Broken("a.jpg", "it is no image"), torch.ones(1), Broken("b.jpg", "cut")]
    with pytest.raises(EffbenchError, match=r"2 of 4 images cannot be read, the first is a.jpg: it is no image\."):
        whole_ones(found)
    assert len(whole_ones(found[::2])) == 2


def test_every_pixel_of_many_files_or_none(tmp_path, image):
    paths = [str(image(tmp_path / f"{i}.png", 8, i)) for i in range(5)]
    found = every_pixel(paths, 8, threads=3)
    assert found.shape == (5, 3, 8, 8)
    assert all(torch.equal(one, tensor(Image.open(path))) for one, path in zip(found, paths, strict=True))
    paths.append(str(image(tmp_path / "wide.png", (9, 8))))
    with pytest.raises(EffbenchError, match=r"1 of 6 images .*wide.png: it has 9 x 8 pixels, not 8 x 8"):
        every_pixel(paths, 8, threads=0)
