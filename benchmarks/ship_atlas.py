"""Make the counts that ``effbench lint`` and ``effbench explain`` read without PyTorch.

    python benchmarks/ship_atlas.py [--jobs N] [--resume]

Every architecture of timm is counted on the meta device at its own image size and at SIDES, and every classifier of
torchvision; about half an hour on two cores. The result is ``effbench/counting/atlas/shipped.csv.gz``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

TARGET = Path(__file__).parents[1] / "effbench" / "counting" / "atlas" / "shipped.csv.gz"

SIDES = (224,)

FIRST = (
    "vit_",
    "deit",
    "swin",
    "resnet",
    "resnext",
    "convnext",
    "regnet",
    "efficient",
    "mobile",
    "pvt",
    "twins",
    "pit",
    "cait",
    "xcit",
    "mvit",
    "maxvit",
    "levit",
    "pool",
    "edge",
    "rep",
    "tiny_vit",
    "cvt",
    "coat",
    "cross",
    "beit",
    "dense",
    "tnt",
    "mixer",
    "gmlp",
    "resmlp",
    "focal",
    "hiera",
    "fast",
    "next",
    "eva",
    "conv",
    "tf_eff",
    "wide",
    "se",
    "ghost",
    "davit",
    "volo",
    "hrnet",
    "inception",
    "conformer",
)
"""The families that papers compare with most often: a run that is stopped has them."""

SAVE_EVERY = 100
"""Names between two savings: a run that is stopped leaves what it has."""

HEAD = ("model", "height", "width", "own", "head_param", "head_mac", "norm_param", "classes", "uncounted")


def rows_of(name: str) -> list[dict[str, object]]:
    """A row an image size at which the network runs."""
    warnings.simplefilter("ignore")
    found = []
    for size in (None, *SIDES):
        row = _row(name, size)
        if row and not any((row["height"], row["width"]) == (other["height"], other["width"]) for other in found):
            found.append({**row, "own": int(size is None)})
    return found


def _row(name: str, size: int | None) -> dict[str, object] | None:
    from effbench.counting.counters.dispatch import count
    from effbench.counting.counters.unfilled import Unfilled

    try:
        with Unfilled():
            network, image, head = _torchvision(name, size) if name.startswith("torchvision/") else _timm(name, size)
        found = count(network, [image])
    except Exception:  # anybody's network at a size it was not made for: any kind
        return None
    from torch.nn.modules.batchnorm import _BatchNorm

    items = found.forward.items

    def in_head(path: str) -> bool:
        return any(path == part or path.startswith(f"{part}.") for part in head)

    norms = [m for m in network.modules() if isinstance(m, _BatchNorm)]
    classes = [m.out_features for n, m in network.named_modules() if n in head and hasattr(m, "out_features")]
    return {
        "model": name,
        "height": image.shape[2],
        "width": image.shape[3],
        "head_param": sum(p.numel() for n, p in network.named_parameters() if in_head(n)),
        "head_mac": sum(n for (path, kind), n in items.items() if kind.startswith("mac_") and in_head(path)),
        "norm_param": sum(p.numel() for norm in norms for p in norm.parameters(recurse=False)),
        "classes": classes[0] if classes else 0,
        "uncounted": ";".join(sorted(found.unpriced())),
        **{kind: int(n) for kind, n in sorted(found.forward.by_kind().items()) if n},
    }


def _timm(name: str, size: int | None):  # type: ignore[no-untyped-def]  # networks are anybody's
    from effbench.models.networks.timm_tags import network_and_image

    network, image = network_and_image(name, size)
    head = network.default_cfg.get("classifier") or ()
    return network, image, (head,) if isinstance(head, str) else tuple(head)


def _torchvision(name: str, size: int | None):  # type: ignore[no-untyped-def]  # networks are anybody's
    import torch
    import torchvision

    plain = name.removeprefix("torchvision/")
    preset = torchvision.models.get_model_weights(plain).DEFAULT.transforms()
    side = size or preset.crop_size[0]
    with torch.device("meta"):
        try:
            more = {"image_size": side} if plain.startswith("vit_") else {}
            network = torchvision.models.get_model(plain, weights=None, **more)
        except TypeError:
            network = torchvision.models.get_model(plain, weights=None)
        linear = [n for n, m in network.named_modules() if isinstance(m, torch.nn.Linear) and m.out_features == 1000]
        return network.eval().requires_grad_(False), torch.empty(1, 3, side, side), tuple(linear[-1:])


def names() -> list[str]:
    """Architectures of timm, then torchvision's classifiers."""
    import timm
    import torchvision

    theirs = (f"torchvision/{name}" for name in torchvision.models.list_models(module=torchvision.models))
    return [*sorted(theirs), *sorted(timm.list_models(), key=lambda name: (not name.startswith(FIRST), name))]


def kept(target: Path) -> list[dict[str, object]]:
    """The rows of the file, for the image sizes that are wanted."""
    table = csv.DictReader(io.StringIO(gzip.decompress(target.read_bytes()).decode()))
    rows = [{name: value for name, value in row.items() if value} for row in table]
    return [row for row in rows if row["own"] == "1" or row["height"] in map(str, SIDES)]


def write(rows: Sequence[dict[str, object]], target: Path) -> None:
    """The file, the same bytes for the same rows, in the order of the names."""
    from effbench.cost.kinds import KINDS

    kinds = [kind for kind in KINDS if any(kind in row for row in rows)]
    text = io.StringIO()
    table = csv.DictWriter(text, [*HEAD, *kinds], restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(sorted(rows, key=lambda row: str(row["model"])))
    target.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main(argv: Iterable[str] | None = None) -> None:
    """Count, and say how far it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=TARGET, help="the file to write")
    parser.add_argument("--resume", action="store_true", help="go on with the names that the file lacks")
    args = parser.parse_args(list(argv) if argv is not None else None)
    rows = kept(args.out) if args.resume else []
    done = {row["model"] for row in rows}
    todo = [name for name in names() if name not in done]
    with ProcessPoolExecutor(args.jobs) as pool:
        for number, found in enumerate(pool.map(rows_of, todo, chunksize=8), start=1):
            rows += found
            if number % SAVE_EVERY == 0:
                write(rows, args.out)
            print(f"\r{number} of {len(todo)}, {len(rows)} rows", end="", file=sys.stderr)
    write(rows, args.out)


if __name__ == "__main__":
    main()
