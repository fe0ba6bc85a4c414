"""Labels of ImageNet's validation images where they lie flat in one folder, as the archive has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, MissingExtra
from effbench.training.data.listing import Files

TRUTH = "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt"
META = "ILSVRC2012_devkit_t12/data/meta.mat"


def flat_validation(base: Path) -> Files:
    """val/ILSVRC2012_val_00000001.JPEG and so on: line i of the devkit's ground truth is the ILSVRC id of image i.

    Raises:
        EffbenchError: no devkit, or one of other images.
    """
    absent = [str(base / name) for name in (TRUTH, META) if not (base / name).is_file()]
    if absent:
        raise EffbenchError(
            f"{base / 'val'} has no folders; its images are labelled by the devkit, which lacks {', '.join(absent)}. "
            "Unpack ILSVRC2012_devkit_t12.tar.gz there, or sort val/ into one folder per class"
        )
    paths = sorted(str(path) for path in (base / "val").glob("ILSVRC2012_val_*.JPEG"))
    truth = (base / TRUTH).read_text(encoding="utf-8", errors="replace").split()
    if len(paths) != len(truth):
        raise EffbenchError(f"{base / 'val'} has {len(paths)} images, {base / TRUTH} has {len(truth)} labels")
    wnids = _wnids(base / META)
    classes = tuple(sorted(wnids.values()))
    labels = {str(ident): classes.index(wnid) for ident, wnid in wnids.items()}
    wrong = [number for number, ident in enumerate(truth, start=1) if ident not in labels]
    if wrong:
        raise EffbenchError(f"{base / TRUTH}, line {wrong[0]}: {truth[wrong[0] - 1]!r} is no class of {META}")
    return Files(paths, [labels[ident] for ident in truth], classes)


def _wnids(path: Path) -> dict[int, str]:
    """ILSVRC2012_ID -> WordNet id, of the classes that have none below them: those images are labelled with."""
    try:
        from scipy.io import loadmat
    except ImportError:
        raise MissingExtra("the devkit of ImageNet", "SciPy", "train") from None
    try:
        synsets: Any = loadmat(path, squeeze_me=True)["synsets"]
        leaves = [row for row in synsets if int(row["num_children"]) == 0]
        return {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in leaves}
    except Exception as error:  # scipy raises many kinds on a damaged file
        raise EffbenchError(f"{path} is no meta.mat of ImageNet: {type(error).__name__}: {error}") from None
