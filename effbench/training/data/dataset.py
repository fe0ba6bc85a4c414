"""What a data set is: facts, the layouts of its files, and what reads it. No torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from effbench.training.data.listing import Broken, Listing

PARTS = ("train", "calibration", "test")
"""Parts of every data set: calibration is held out of the training images, as large as the recipe says."""

Normalisation = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Mean and standard deviation per channel of images in [0, 1]."""


FEW = 4
"""Files of a layout that are all shown."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Files of a data set, below the folder it is in; a name that ends in / is a folder.

    Attributes:
        folder: what the archive unpacks to; empty for none. train, test: what each part is read from.
    """

    folder: str = ""
    train: tuple[str, ...]
    test: tuple[str, ...]

    def wanted(self, part: str) -> tuple[str, ...]:
        """What a part is read from; ``calibration`` is some of the training images."""
        return self.test if part == "test" else self.train

    @property
    def shown(self) -> str:
        """Its files for people; of many the first and the last."""
        every = dict.fromkeys((*self.train, *self.test))
        names = [f"{self.folder}/{name}" if self.folder else name for name in every]
        return ", ".join(names) if len(names) <= FEW else f"{names[0]} ... {names[-1]} ({len(names)})"


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set.

    Attributes:
        name: what recipes call it. title: what people call it. about: what it is, in a line.
        reader: ``module:function`` of a ``Reader``. checker: of a ``Checker``; empty where every file is an image, or
            none is.
        num_classes, side, train_images, test_images: None where only the files know. side: pixels, of square images.
        official_split: whether its publisher says which images are for testing.
        classes: names in the order of the labels, where known.
        normalise: the usual one, where the set has one of its own; recipes name it by the set.
        layouts: ways its files can lie; none for a set that needs no files.
        system: folder that a package of the operating system puts them in, which is looked at last; empty for none.
        get: where it comes from. licence: its terms, as the source states them.
    """

    name: str
    title: str
    about: str
    reader: str
    checker: str = ""
    num_classes: int | None = None
    side: int | None = None
    train_images: int | None = None
    test_images: int | None = None
    official_split: bool = True
    classes: tuple[str, ...] = ()
    normalise: Normalisation | None = None
    layouts: tuple[Layout, ...] = ()
    system: str = ""
    get: str = ""
    licence: str = ""

    def read(self, part: str, root: Path | None, size: int) -> Listing:
        """The training or test images, before any are held out.

        Args:
            root: folder of the data set, or of several. size: side of the images, of a set that has them in any.

        Raises:
            EffbenchError: files that are missing or damaged. MissingExtra: a package that it needs is not installed.
        """
        read: Reader = resolve_name(self.reader)
        return read(self, part, root, size)

    def plain(self) -> dict[str, object]:
        """What JSON and CSV hold of it."""
        sizes = {"classes": self.num_classes, "side": self.side, "train": self.train_images, "test": self.test_images}
        source = {"files": [layout.shown for layout in self.layouts], "get": self.get, "licence": self.licence}
        return {"name": self.name, "about": self.about, **sizes, **source}

    def expected(self, part: str) -> int | None:
        """Images of the training or the test part as it is published; None where only the files know."""
        return self.test_images if part == "test" else self.train_images


Reader = Callable[[DataSet, str, Path | None, int], Listing]
"""(data set, ``train`` or ``test``, root, size) -> its images; see ``DataSet.read``."""

Checker = Callable[[DataSet, str, Path | None], tuple[int, list[Broken]]]
"""(data set, ``train`` or ``test``, root) -> images that can be read, and files that cannot."""
