"""Batched augmentation against torchvision's transforms of single images: the same pixels, equally often."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torchvision import transforms  # noqa: E402
from torchvision.transforms import functional  # noqa: E402

from effbench.training.data import augment  # noqa: E402
from effbench.training.data.augment import DRAWS, Augment, centre_crop, crop, draw, flipped, normalise, rotate, whole  # noqa: E402
from effbench.training.data.catalogue import normalisations  # noqa: E402
from effbench.training.data.recipe import DataRecipe  # noqa: E402


def images(count: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8, generator=torch.manual_seed(seed))


def draws_of(count: int, **columns: list[float]) -> torch.Tensor:
    """Numbers of which only those that are given are looked at."""
    places = {"top": 0, "left": 1, "flip": 2, "vertical": 3, "angle": 4}
    made = torch.zeros(count, DRAWS)
    for name, values in columns.items():
        made[:, places[name]] = torch.tensor(values)
    return made


@given(st.integers(1, 7), st.integers(1, 9), st.integers(1, 9), st.data())
@settings(max_examples=40, deadline=None)
def test_every_window_is_torchvisions_crop(count, height, width, data):
    size = data.draw(st.integers(1, min(height, width)))
    top = data.draw(st.lists(st.integers(0, height - size), min_size=count, max_size=count))
    left = data.draw(st.lists(st.integers(0, width - size), min_size=count, max_size=count))
    pixels = images(count, height, width)
    found = crop(pixels, torch.tensor(top), torch.tensor(left), size)
    for one, image, *corner in zip(found, pixels, top, left, strict=True):
        assert torch.equal(one, functional.crop(image, *corner, size, size))


def test_flips_are_torchvisions_on_the_chosen_images():
    pixels, chosen = images(5, 4, 6), torch.tensor([True, False, True, True, False])
    for axis, flip in ((3, functional.hflip), (2, functional.vflip)):
        found = flipped(pixels, chosen, axis)
        wanted = torch.stack([flip(image) if yes else image for image, yes in zip(pixels, chosen, strict=True)])
        assert torch.equal(found, wanted)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (31, 40), (8, 5)])
def test_rotation_is_torchvisions_nearest_with_black(height, width):
    angles = torch.tensor([-179.0, -90.5, -14.9, -1.0, 0.0, 3.7, 15.0, 44.4, 91.0, 133.3])
    pixels = images(len(angles), height, width).float()
    wanted = [functional.rotate(image, angle.item(), fill=0) for image, angle in zip(pixels, angles, strict=True)]
    assert torch.equal(rotate(pixels, angles), torch.stack(wanted))


@pytest.mark.parametrize(("height", "width", "size"), [(8, 8, 4), (9, 8, 4), (11, 12, 5), (5, 5, 5)])
def test_centre_crop_is_torchvisions(height, width, size):
    pixels = images(2, height, width)
    assert torch.equal(centre_crop(pixels, size), functional.center_crop(pixels, [size, size]))


@pytest.mark.parametrize("name", normalisations())
def test_normalisation_is_that_of_to_tensor_and_normalize(name):
    from PIL import Image

    pixels = images(1, 6, 7)
    wanted = functional.to_tensor(Image.fromarray(pixels[0].permute(1, 2, 0).numpy()))
    wanted = functional.normalize(wanted, *normalisations()[name])
    assert torch.allclose(normalise(pixels, name)[0], wanted, atol=1e-6)


def test_a_window_of_a_larger_batch_is_normalised_apart_from_it():
    pixels = images(2, 6, 6)
    before = pixels.clone()
    found = normalise(centre_crop(pixels, 4), "half")
    assert found.is_contiguous()
    assert torch.equal(pixels, before)


def test_a_whole_pipeline_is_torchvisions_for_the_same_numbers():
    # padding 2 on 8 x 8, crop to 8: offsets 0..4; 0.5 · 5 = 2.5 -> 2 and 0.99 · 5 -> 4; 0.75 of [-30, 30] is 15 degrees
    data = DataRecipe(
        name="cifar10", size=8, crop_padding=2, flip=0.5, vertical_flip=0.25, rotation=30.0, normalise="cifar10"
    )
    pixels = images(1, 8, 8)
    found = Augment(data)(pixels, draws_of(1, top=[0.5], left=[0.99], flip=[0.49], vertical=[0.25], angle=[0.75]))
    step = functional.crop(functional.pad(pixels[0], [2]), 2, 4, 8, 8)
    step = functional.hflip(step)  # 0.49 < 0.5; the vertical flip is not: 0.25 is not below 0.25
    step = functional.rotate(step.float(), 15.0, fill=0)
    wanted = functional.normalize(step / 255, *normalisations()["cifar10"])
    assert torch.allclose(found[0], wanted, atol=1e-6)


def test_what_a_crop_adds_is_black_before_it_is_normalised():
    data = DataRecipe(name="cifar10", size=4, crop_padding=4, normalise="half")
    found = Augment(data)(images(1, 4, 4), draws_of(1, top=[0.0], left=[0.0]))
    assert torch.equal(found, torch.full((1, 3, 4, 4), -1.0))  # (0 - 0.5) / 0.5


def test_a_larger_image_is_turned_before_its_centre_is_taken():
    data = DataRecipe(name="imagenet", size=4, resize=8, rotation=90.0, normalise="none")
    pixels = images(1, 8, 8)
    found = Augment(data)(pixels, draws_of(1, angle=[0.8]))  # 54 degrees
    wanted = functional.center_crop(functional.rotate(pixels[0].float(), 54.0, fill=0), [4, 4]) / 255
    assert torch.allclose(found[0], wanted, atol=1e-6)


def chi_square(counts: torch.Tensor) -> float:
    expected = counts.sum() / len(counts)
    return float(((counts - expected) ** 2 / expected).sum())


def test_offsets_are_uniform_like_torchvisions():
    """81 offsets of padding 4: chi-square with 80 degrees of freedom is below 124.8 with probability 0.999."""
    count = 40_000
    marks = torch.arange(1, 41 * 41 + 1)[: 40 * 40].view(1, 1, 40, 40)  # every pixel is another number
    made = draw(count, torch.manual_seed(3))
    corner = [whole(made[:, axis], 9) for axis in (0, 1)]
    ours = crop(marks.expand(2000, 1, 40, 40), corner[0][:2000], corner[1][:2000], 32)[:, 0, 0, 0]
    assert torch.equal(ours, corner[0][:2000] * 40 + corner[1][:2000] + 1)
    theirs = [transforms.RandomCrop.get_params(torch.zeros(1, 40, 40), (32, 32))[:2] for _ in range(4000)]
    for tops, lefts in (corner, list(torch.tensor(theirs).T)):
        assert chi_square(torch.bincount(tops * 9 + lefts, minlength=81)) < 124.8


def test_flips_happen_as_often_as_asked():
    count, share = 20_000, 0.3
    pixels = torch.tensor([0, 1], dtype=torch.uint8).expand(count, 3, 1, 2)
    data = DataRecipe(name="cifar10", size=1, resize=2, flip=share, normalise="none")
    moved = Augment(data).turned(pixels, draw(count, torch.manual_seed(0)))
    assert abs((moved[:, 0, 0, 0] == 1).float().mean() - share) < 0.013  # 4 standard deviations: 4 sqrt(.21 / 20,000)


def test_angles_fill_their_range():
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(augment, "rotate", lambda pixels, degrees: seen.append(degrees) or pixels)
        data = DataRecipe(name="cifar10", size=1, rotation=15.0)
        Augment(data).turned(images(10_000, 1, 1), draw(10_000, torch.manual_seed(0)))
    counts = torch.histc(seen[0], bins=30, min=-15, max=15)
    assert counts.sum() == 10_000
    assert chi_square(counts) < 58.3  # 29 degrees of freedom, 0.999


@pytest.mark.parametrize("choices", [1, 2, 9, 225])
def test_a_number_just_below_one_is_the_last_choice(choices):
    top = torch.tensor([0.0, 1 - 2**-24])
    assert whole(top, choices).tolist() == [0, choices - 1]
