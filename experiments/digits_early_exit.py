"""A small RAViT on scikit-learn's digits: trained, its exits stored, its accuracy-cost curve printed. No download.

Command:  python experiments/digits_early_exit.py [--out experiments/digits]
Needs:    python -m pip install '.[train]'
Model:    ravit_cifar10:1-1,width=64,num_heads=4 (two branches, 16² and 32² pixels, one layer each, exit after each)
Data:     1,797 images of 8² pixels, scaled to 32² and three equal channels; 897 train, 450 calibrate, 450 test
Recipe:   AdamW 3e-3, weight decay 0.05, one cycle, batch 64 rolled by up to 2 pixels, 60 epochs, seed 0; the loss is
          the sum of both exits' cross-entropies (the paper's eq. 1 with equal weights)
Runtime:  under a minute on one core. The result depends on the last bits of the machine's arithmetic, which is why the
          predictions that the README shows are kept beside this file
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

MODEL = "ravit_cifar10:1-1,width=64,num_heads=4"
TRAIN, CALIBRATE = 897, 450
EPOCHS, BATCH, RATE, DECAY, ROLL, SEED = 60, 64, 3e-3, 0.05, 2, 0


def images_and_labels() -> tuple[Any, Any]:
    """(1797, 3, 32, 32) in [-1, 1] and (1797,), in an order drawn with the seed."""
    import torch
    from sklearn.datasets import load_digits
    from torch.nn.functional import interpolate

    pixels, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(SEED))
    small = torch.tensor(pixels, dtype=torch.float32).view(-1, 1, 8, 8) / 8 - 1
    large = interpolate(small, size=(32, 32), mode="bilinear").expand(-1, 3, -1, -1)
    return large[order], torch.tensor(labels)[order]


def train(images: Any, labels: Any) -> Any:
    """The trained network."""
    import torch
    from torch.nn.functional import cross_entropy

    from effbench.models.registry import resolve

    torch.manual_seed(SEED)
    network = resolve(MODEL).build()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(images)).split(BATCH):
            shift = torch.randint(-ROLL, ROLL + 1, (2,)).tolist()
            exits = network(images[rows].roll(shift, dims=(2, 3)))
            loss = sum(cross_entropy(logits, labels[rows]) for logits in exits)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def store(network: Any, images: Any, labels: Any, first: int, path: Path) -> None:
    """Logits of all exits (n, exits, classes), labels, and the images' numbers, as plain arrays."""
    import numpy as np
    import torch

    with torch.no_grad():
        logits = torch.stack(network(images), dim=1)
    ids = np.arange(first, first + len(images))
    np.savez_compressed(path, logits=logits.numpy(), labels=labels.numpy(), ids=ids)


def show(folder: Path) -> None:
    """The accuracy-cost curve, as the command prints it."""
    from effbench.cli import main

    stored = ["--predictions", str(folder / "test.npz"), "--calibrate-on", str(folder / "calibration.npz")]
    main(["exits", MODEL, *stored])
    main(["exits", MODEL, *stored, "--max-loss", "0.02"])


def run() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("experiments/digits"), help="folder for the predictions")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = images_and_labels()
    start = time.process_time()
    network = train(images[:TRAIN], labels[:TRAIN])
    print(f"trained in {time.process_time() - start:.0f} s of processor time")
    for name, first, last in (("calibration", TRAIN, TRAIN + CALIBRATE), ("test", TRAIN + CALIBRATE, len(images))):
        store(network, images[first:last], labels[first:last], first, folder / f"{name}.npz")
    show(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(run())
