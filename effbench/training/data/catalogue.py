"""Every data set that a recipe can name: what it is, where its files are wanted, how to get them. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.errors import UnknownName

ANIMALS = {
    "cane": "dog",
    "cavallo": "horse",
    "elefante": "elephant",
    "farfalla": "butterfly",
    "gallina": "chicken",
    "gatto": "cat",
    "mucca": "cow",
    "pecora": "sheep",
    "ragno": "spider",
    "scoiattolo": "squirrel",
}
"""Folder of Animals-10 -> class, in the order of the labels."""

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

PHOTOGRAPHS = (
    "astronaut",
    "brick",
    "camera",
    "chelsea",
    "coffee",
    "coins",
    "grass",
    "gravel",
    "ihc",
    "motorcycle_left",
)
"""Of scikit-image's wheel, the classes of textures: photographs kept as PNG, so the same pixels on every machine."""


PARTS = ("train", "calibration", "test")
"""Of every data set: calibration is held out of the training images, as large as the recipe says."""


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


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set.

    Attributes:
        name: what recipes call it. about: in a line.
        num_classes, side, train_images, test_images: None where only the files know. side: pixels, of square images.
        classes: names in the order of the labels, where known.
        layouts: ways its files can lie; none for a set that needs no files.
        get: where it comes from. licence: its terms, as the source states them.
    """

    name: str
    about: str
    num_classes: int | None
    side: int | None
    train_images: int | None
    test_images: int | None
    classes: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    get: str = ""
    licence: str = ""


DATASETS = {
    dataset.name: dataset
    for dataset in (
        DataSet(
            name="digits",
            about="handwritten digits of scikit-learn, grey; stratified 80/20",
            num_classes=10,
            side=8,
            train_images=1437,
            test_images=360,
            classes=tuple("0123456789"),
            get="comes with scikit-learn",
            licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
        ),
        DataSet(
            name="textures",
            about="which of ten photographs of scikit-image a patch is from; train left 60 %, test right 40 % of each",
            num_classes=10,
            side=32,
            train_images=5000,
            test_images=1000,
            classes=PHOTOGRAPHS,
            get="comes with scikit-image",
            licence="of each photograph: skimage/data/README.txt",
        ),
        DataSet(
            name="generated",
            about="coloured grids under noise, at the size asked for: for load tests",
            num_classes=10,
            side=None,
            train_images=1024,
            test_images=256,
            classes=tuple("abcdefghij"),
            get="is made when it is opened",
        ),
        DataSet(
            name="cifar10",
            about="CIFAR-10",
            num_classes=10,
            side=32,
            train_images=50_000,
            test_images=10_000,
            classes=CIFAR10_CLASSES,
            layouts=(
                Layout(
                    folder="cifar-10-batches-py",
                    train=tuple(f"data_batch_{i}" for i in range(1, 6)),
                    test=("test_batch",),
                ),
                Layout(
                    folder="cifar-10-batches-bin",
                    train=tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
                    test=("test_batch.bin",),
                ),
            ),
            get="unpack https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz (or cifar-10-binary.tar.gz)",
            licence="none stated; its page asks to cite Krizhevsky 2009",
        ),
        DataSet(
            name="tiny-imagenet",
            about="Tiny ImageNet; its validation images are the test part",
            num_classes=200,
            side=64,
            train_images=100_000,
            test_images=10_000,
            layouts=(
                Layout(
                    folder="tiny-imagenet-200",
                    train=("wnids.txt", "train/"),
                    test=("wnids.txt", "val/images/", "val/val_annotations.txt"),
                ),
            ),
            get="unpack http://cs231n.stanford.edu/tiny-imagenet-200.zip",
            licence="ImageNet's: non-commercial research and education",
        ),
        DataSet(
            name="imagenet",
            about="ImageNet-1K (ILSVRC 2012); its validation images are the test part",
            num_classes=1000,
            side=None,
            train_images=1_281_167,
            test_images=50_000,
            layouts=(
                Layout(train=("train/",), test=("val/",)),
                Layout(
                    folder="ILSVRC/Data/CLS-LOC",
                    train=("train/",),
                    test=("val/",),
                ),
            ),
            get="register at https://image-net.org/download.php; unpack one folder per class to train/ (and to val/, "
            "or leave val/ flat and put the devkit ILSVRC2012_devkit_t12/ beside it)",
            licence="non-commercial research and education",
        ),
        DataSet(
            name="animals10",
            about="Animals-10; no official split: 80/20 of each class, drawn by file name",
            num_classes=10,
            side=None,
            train_images=20_943,
            test_images=5_236,
            classes=tuple(ANIMALS.values()),
            layouts=(
                Layout(folder="raw-img", train=tuple(f"{f}/" for f in ANIMALS), test=tuple(f"{f}/" for f in ANIMALS)),
            ),
            get="unpack https://www.kaggle.com/datasets/alessiocorrado99/animals10",
            licence="GPL 2, as its page states",
        ),
        DataSet(
            name="folder",
            about="any images, one folder per class",
            num_classes=None,
            side=None,
            train_images=None,
            test_images=None,
            layouts=(
                Layout(train=("train/",), test=("test/",)),
                Layout(train=("train/",), test=("val/",)),
            ),
            get="put images in train/CLASS/ and test/CLASS/ (or val/CLASS/)",
        ),
    )
}
"""Name -> data set."""


def dataset(name: str) -> DataSet:
    """The data set of that name.

    Raises:
        UnknownName: there is none.
    """
    if name not in DATASETS:
        raise UnknownName("data set", name, DATASETS)
    return DATASETS[name]
