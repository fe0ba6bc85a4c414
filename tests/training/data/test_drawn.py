"""Images of a set to judge a network by."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")
Image = pytest.importorskip("PIL.Image")

from effbench.errors import EffbenchError, SpecError  # noqa: E402
from effbench.training.data.drawn import drawn  # noqa: E402
from effbench.training.data.opening import open_part  # noqa: E402
from effbench.training.data.recipe import DataRecipe  # noqa: E402


def of(place, count=None, *, most=256, size=8):
    return drawn(place, count, most=most, size=size, root=Path("data"))


def test_they_are_different_images_of_the_test_part_and_the_same_each_time():
    found = list(of("digits", 40).each())
    whole = next(open_part(DataRecipe(name="digits", size=8), "test", root=None, device="cpu").in_order(360)).images
    places = [next(i for i, one in enumerate(whole) if torch.equal(one, image[0])) for image in found]
    assert len(set(places)) == 40
    assert max(places) - min(places) > 300  # of all of the part, not its beginning
    assert all(torch.equal(a, b) for a, b in zip(found, of("digits", 40).each(), strict=True))


@pytest.mark.parametrize(("most", "images"), [(256, 256), (1000, 360)])
def test_as_many_as_is_usual_or_all(most, images):
    assert of("digits", most=most).source.images == images


def test_more_than_there_are():
    with pytest.raises(SpecError, match=r"--images 361: digits has 360 images to test with"):
        of("digits", 361)


def pictures(place, *shades):
    place.mkdir(parents=True)
    for shade in shades:
        Image.new("RGB", (8, 12), (shade, 0, 0)).save(place / f"{shade}.png")


def test_a_folder_is_its_images_and_those_to_test_with_where_it_says_so(tmp_path):
    pictures(tmp_path / "any" / "below", 0, 255)
    images = list(of(tmp_path / "any").each())
    assert [tuple(image.shape) for image in images] == [(1, 3, 8, 8)] * 2
    assert sorted(image[0, 0, 0, 0].item() for image in images) == [-1, 1]
    pictures(tmp_path / "any" / "val" / "cat", 255)
    assert of(tmp_path / "any").source.images == 1


def test_a_folder_without_images_and_one_with_a_damaged_image(tmp_path):
    with pytest.raises(EffbenchError, match=r"no images below .*: give a folder of image files"):
        of(tmp_path)
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(EffbenchError, match=r"a\.png"):
        list(of(tmp_path).each())
