"""Make the tables of timm's published results that effbench ships, from timm's folder ``results``.

    python reports/prediction/tables.py FOLDER

Source: huggingface/pytorch-image-models, folder ``results``, commit aa4b5850 (Apache-2.0). Names that timm has changed
since are written as timm has them now, so timm must be installed.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

from effbench.counting.atlas.gather import current

PACKAGE = Path(__file__).parents[2] / "effbench"
SOURCE = "huggingface/pytorch-image-models, folder results, commit aa4b5850, Apache-2.0"


def speeds(folder: Path) -> str:
    """A line a model and size, a column a setting: ``batch:images per second``."""
    found: dict[tuple[str, int], dict[str, str]] = {}
    files = sorted(folder.glob("benchmark-*.csv"))
    names = [file.stem.removeprefix("benchmark-") for file in files]
    for file, name in zip(files, names, strict=True):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                size, batch, rate = (_ends(row, end) for end in ("img_size", "batch_size", "samples_per_sec"))
                if rate and batch:
                    key = current(row["model"]), int(float(size))
                    found.setdefault(key, {}).setdefault(name, f"{int(float(batch))}:{float(rate):.6g}")
    lines = [[model, size, *(found[model, size].get(name, "") for name in names)] for model, size in sorted(found)]
    return _text(["model", "size", *names], lines)


def accuracies(folder: Path) -> str:
    """A line a model of ``results-imagenet.csv``: top-1 and top-5, %, at the image size they were measured at."""
    with (folder / "results-imagenet.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return _text(["model", "size", "top1", "top5"], [[r["model"], r["img_size"], r["top1"], r["top5"]] for r in rows])


def _ends(row: dict[str, str], end: str) -> str:
    return next(value for name, value in row.items() if name.endswith(end))


def _text(head: list[str], lines: list[list[object]]) -> str:
    buffer = io.StringIO()
    buffer.write(f"# {SOURCE}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([head, *lines])
    return buffer.getvalue()


def main() -> None:
    folder = Path(sys.argv[1])
    for path, text in (
        (PACKAGE / "prediction" / "timm_speed.csv.gz", speeds(folder)),
        (PACKAGE / "selection" / "timm_top1.csv.gz", accuracies(folder)),
    ):
        path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        print(f"wrote {path.relative_to(PACKAGE.parent)}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
