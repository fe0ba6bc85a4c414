"""Random resized crops against torchvision's."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from torchvision import transforms  # noqa: E402
from torchvision.transforms import functional  # noqa: E402

from effbench.training.data.resized_crop import RESIZED_CROP_DRAWS, Boxes, random_boxes, resized_crop  # noqa: E402


def boxes(count: int, height: int, width: int, smallest: float, seed: int = 0) -> Boxes:
    return random_boxes(
        torch.rand(count, RESIZED_CROP_DRAWS, generator=torch.manual_seed(seed)), height, width, smallest
    )


@pytest.mark.parametrize("size", [8, 32, 50])
def test_a_box_is_resampled_as_torchvision_does(size):
    pixels = torch.rand(24, 3, 32, 40, generator=torch.manual_seed(1)) * 255
    chosen = boxes(24, 32, 40, 0.08)
    found = resized_crop(pixels, chosen, size)
    for one, image, *box in zip(found, pixels, *chosen, strict=True):
        wanted = functional.resized_crop(image, *(int(v) for v in box), [size, size], antialias=True)
        assert torch.allclose(one, wanted, atol=1e-3)  # of 255


@pytest.mark.parametrize(("height", "width"), [(64, 64), (48, 80)])
def test_boxes_are_distributed_as_torchvisions(height, width):
    """Kolmogorov-Smirnov of 4,000 against 4,000: 0.0436 is exceeded with probability 0.001."""
    count = 4000
    torch.manual_seed(0)
    made = transforms.RandomResizedCrop.get_params
    theirs = torch.tensor([made(torch.zeros(1, height, width), [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(count)])
    for ours, column in zip(boxes(count, height, width, 0.08), theirs.T, strict=True):
        values = torch.arange(max(height, width) + 1)
        shares = [(sample[:, None] <= values).double().mean(0) for sample in (ours, column)]
        assert (shares[0] - shares[1]).abs().max() < 0.0436


def test_boxes_lie_inside_the_image():
    for height, width in ((64, 64), (10, 64), (64, 10), (1, 1)):
        top, left, h, w = boxes(500, height, width, 0.5)
        for start, length, side in ((top, h, height), (left, w, width)):
            assert start.min() >= 0
            assert length.min() >= 1
            assert (start + length).max() <= side


def test_without_a_fitting_attempt_the_largest_allowed_centre_is_taken():
    # an image of 10 x 100: a crop of at least 90 % of its area is at least 900 / 10 = 90 wide and 10 high, ratio 9
    top, left, h, w = boxes(3, 10, 100, 0.9)
    assert h.tolist() == [10] * 3
    assert w.tolist() == [13] * 3  # round(10 · 4 / 3)
    assert top.tolist() == [0] * 3
    assert left.tolist() == [43] * 3  # (100 - 13) // 2
    assert boxes(1, 100, 10, 0.9).height.tolist() == [13]


def test_a_constant_image_stays_constant():
    found = resized_crop(torch.full((8, 3, 20, 30), 77.0), boxes(8, 20, 30, 0.1), 16)
    assert torch.allclose(found, torch.tensor(77.0))
