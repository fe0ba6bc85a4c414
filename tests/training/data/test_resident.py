"""Small sets on the device."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from torchvision.transforms import functional  # noqa: E402

from effbench.training.data.recipe import DataRecipe  # noqa: E402
from effbench.training.data.resident import Resident, before_crop, sized  # noqa: E402

RECIPE = DataRecipe(name="cifar10", size=8, crop_padding=2, flip=0.5, vertical_flip=0.5, rotation=20.0)


def source(data: DataRecipe = RECIPE, images: int = 50, side: int = 8) -> Resident:
    pixels = torch.randint(0, 256, (images, 3, side, side), dtype=torch.uint8, generator=torch.manual_seed(0))
    return Resident(pixels, [i % 3 for i in range(images)], ("a", "b", "c"), data)


def all_of(batches):
    return [
        torch.cat([one.float().flatten(1) if one.ndim > 1 else one for one in column])
        for column in zip(*batches, strict=True)
    ]


def test_what_a_source_says():
    made = source()
    assert made.images == 50
    assert made.classes == ("a", "b", "c")
    batch = next(made.epoch(seed=0, epoch=0, batch=16))
    assert batch.images.shape == (16, 3, 8, 8)
    assert batch.images.dtype == torch.float32
    assert batch.labels.dtype == batch.ids.dtype == torch.int64
    assert batch.labels.tolist() == [i % 3 for i in batch.ids.tolist()]


def test_an_epoch_is_the_same_again_and_goes_on_anywhere():
    made = source()
    whole = all_of(made.epoch(seed=4, epoch=2, batch=8))
    for start in range(6):
        torch.rand(start)  # the caller's own random numbers change nothing
        rest = all_of(source().epoch(seed=4, epoch=2, batch=8, start=start))
        assert all(torch.equal(a, b[8 * start :]) for a, b in zip(rest, whole, strict=True))


def test_epochs_and_seeds_augment_differently():
    made = source()
    first, other, third = (
        dict(zip(batch.ids.tolist(), batch.images, strict=True))
        for batch in (next(made.epoch(seed=s, epoch=e, batch=50)) for s, e in ((0, 0), (0, 1), (1, 0)))
    )
    for one in (other, third):
        assert sum(torch.equal(one[i], first[i]) for i in range(50)) < 10


@pytest.mark.parametrize("world", [2, 3])
def test_processes_together_see_what_one_sees(world):
    made = source()
    alone = list(made.epoch(seed=1, epoch=0, batch=16))
    shares = [list(made.epoch(seed=1, epoch=0, batch=16, rank=rank, world=world)) for rank in range(world)]
    for step, batch in enumerate(alone):
        together = all_of([share[step] for share in shares])
        assert all(torch.equal(a, b) for a, b in zip(together, all_of([batch]), strict=True))


def test_in_order_is_every_image_once_as_it_is():
    made = source()
    batches = list(made.in_order(20))
    assert [len(batch.labels) for batch in batches] == [20, 20, 10]
    images, labels, ids = all_of(batches)
    assert ids.tolist() == list(range(50))
    assert labels.tolist() == [i % 3 for i in range(50)]
    pixels = source()._pixels
    assert torch.allclose(images.view_as(pixels), (pixels.float() / 255 - 0.5) / 0.5, atol=1e-6)


def test_images_are_resized_as_torchvision_does():
    pixels = source()._pixels
    for data, side in ((DataRecipe(name="digits", size=32), 32), (DataRecipe(name="digits", size=4, resize=6), 6)):
        wanted = functional.resize(pixels, [side, side], antialias=True)
        assert torch.equal(sized(pixels, data), wanted)
    kept = sized(pixels, DataRecipe(name="digits", size=8))
    assert kept is pixels


def test_judged_images_are_resized_then_cropped():
    data = DataRecipe(name="cifar10", size=10, resize=16, normalise="none")
    made = source(data)
    wanted = functional.center_crop(functional.resize(made._pixels, [16, 16], antialias=True), [10, 10])
    assert torch.allclose(next(made.in_order(50)).images, wanted / 255, atol=1e-6)


def test_a_random_resized_crop_is_of_the_image_as_it_is():
    data = DataRecipe(name="tiny-imagenet", size=4, random_resized_crop=0.5)
    made = source(data)
    assert before_crop(made._pixels, data) is made._pixels
    assert next(made.epoch(seed=0, epoch=0, batch=7)).images.shape == (7, 3, 4, 4)
    assert next(made.in_order(5)).images.shape == (5, 3, 4, 4)


def test_resized_as_they_are_used_or_before_is_the_same():
    data = DataRecipe(name="digits", size=16, crop_padding=1, flip=0.5)
    late, early = source(data), source(data)
    early._pixels = before_crop(early._pixels, data)
    for a, b in zip(late.epoch(seed=0, epoch=0, batch=8), early.epoch(seed=0, epoch=0, batch=8), strict=True):
        assert torch.equal(a.images, b.images)
