"""Large sets, read by worker processes."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("PIL")

from dataclasses import replace  # noqa: E402

from effbench.errors import EffbenchError  # noqa: E402
from effbench.training.data.augment import normalise  # noqa: E402
from effbench.training.data.decode import plain  # noqa: E402
from effbench.training.data.listing import Files  # noqa: E402
from effbench.training.data.recipe import DataRecipe  # noqa: E402
from effbench.training.data.streamed import Streamed  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # torch's own way to start workers

DATA = DataRecipe(
    name="folder", size=8, resize=10, flip=0.5, rotation=20.0, crop_padding=1, workers=0, normalise="imagenet"
)
CPU = torch.device("cpu")


@pytest.fixture
def files(tmp_path, image) -> Files:
    paths = [str(image(tmp_path / f"{i}.png", (12 + i % 3, 11), i)) for i in range(13)]
    return Files(paths, [i % 2 for i in range(13)], ("a", "b"))


def same(first, second) -> bool:
    first, second = list(first), list(second)
    assert len(first) == len(second) > 0
    return all(torch.equal(a, b) for x, y in zip(first, second, strict=True) for a, b in zip(x, y, strict=True))


def test_batches_have_their_labels_and_ids(files):
    source = Streamed(files, DATA, CPU)
    assert source.images == 13
    assert source.classes == ("a", "b")
    batches = list(source.epoch(seed=0, epoch=0, batch=4))
    assert [batch.images.shape for batch in batches] == [(4, 3, 8, 8)] * 3
    ids = torch.cat([batch.ids for batch in batches]).tolist()
    assert len(set(ids)) == 12
    assert torch.cat([batch.labels for batch in batches]).tolist() == [i % 2 for i in ids]


@pytest.mark.parametrize("crop", [{}, {"random_resized_crop": 0.3, "crop_padding": 0}])
def test_the_number_of_workers_changes_nothing(files, crop):
    data = replace(DATA, **crop)
    alone, helped = (Streamed(files, replace(data, workers=workers), CPU) for workers in (0, 2))
    assert same(alone.epoch(seed=1, epoch=2, batch=4), helped.epoch(seed=1, epoch=2, batch=4))


def test_epochs_and_seeds_differ(files):
    source = Streamed(files, DATA, CPU)
    first = list(source.epoch(seed=0, epoch=0, batch=4))
    assert same(first, source.epoch(seed=0, epoch=0, batch=4))
    assert not same(first, source.epoch(seed=0, epoch=1, batch=4))
    assert not same(first, source.epoch(seed=1, epoch=0, batch=4))


def test_an_epoch_goes_on_anywhere(files):
    source = Streamed(files, DATA, CPU)
    whole = list(source.epoch(seed=0, epoch=0, batch=4))
    for start in (1, 2):
        assert same(whole[start:], source.epoch(seed=0, epoch=0, batch=4, start=start))
    assert list(source.epoch(seed=0, epoch=0, batch=4, start=3)) == []


def test_processes_together_see_what_one_sees(files):
    source = Streamed(files, DATA, CPU)
    shares = [list(source.epoch(seed=0, epoch=0, batch=5, rank=rank, world=2)) for rank in (0, 1)]
    together = [[torch.cat(columns) for columns in zip(*pair, strict=True)] for pair in zip(*shares, strict=True)]
    assert same(source.epoch(seed=0, epoch=0, batch=5), together)


def test_in_order_is_every_image_once_as_it_is(files):
    batches = list(Streamed(files, DATA, CPU).in_order(5))
    assert [len(batch.ids) for batch in batches] == [5, 5, 3]
    assert torch.cat([batch.ids for batch in batches]).tolist() == list(range(13))
    wanted = normalise(torch.stack([plain(path, DATA) for path in files.paths]), "imagenet")
    assert torch.equal(torch.cat([batch.images for batch in batches]), wanted)


def test_the_callers_random_numbers_go_on_undisturbed(files):
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    list(Streamed(files, replace(DATA, workers=1), CPU).epoch(seed=0, epoch=0, batch=4))
    assert torch.equal(torch.rand(3), wanted)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_image_ends_the_epoch_by_its_name(files, workers):
    Path(files.paths[7]).write_bytes(b"no image")
    source = Streamed(files, replace(DATA, workers=workers), CPU)
    for batches in (source.in_order(4), source.epoch(seed=0, epoch=0, batch=13)):
        with pytest.raises(
            EffbenchError, match=r"^1 of \d+ images cannot be read, the first is .*7\.png: it is no image"
        ):
            list(batches)
