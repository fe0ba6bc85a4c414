"""The loops that ``train_speed.py`` compares; as a program, one of them that waits for its turns."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

MODEL, BATCH, STEPS, SIDE = "ravit_cifar10:1-3", 256, 4, 32
GEMM, TIMES = (64 * 65, 128, 512), 20
"""Rows, inner and outer width of the first product of an MLP of branch 2 on 64 images, and how often a turn does it."""


class Variant(NamedTuple):
    """A way to train.

    Attributes:
        says: for the table. changes: of the recipe. memory: whether the allocator keeps its memory.
        shortcut, fused: whether the last blocks make their class token alone, and AdamW is one kernel.
    """

    says: str
    changes: tuple[str, ...] = ()
    memory: bool = True
    shortcut: bool = True
    fused: bool = True


MICRO = "training.micro_batch=64"
VARIANTS = {
    "plain": Variant("plain loop", memory=False),
    "ours": Variant("ours", (MICRO,)),
    "no_shortcut": Variant("ours, last blocks make every token", (MICRO,), shortcut=False),
    "no_micro": Variant("ours, the batch in one piece"),
    "no_memory": Variant("ours, the allocator as it comes", (MICRO,), memory=False),
    "no_fused": Variant("ours, AdamW as it comes", (MICRO,), fused=False),
    "explicit": Variant("ours, attention as two products", (MICRO, "training.attention='explicit'")),
    "compiled": Variant(
        "ours, compiled", ("training.micro_batch=16", "training.attention='explicit'", "training.compile=true")
    ),
    "bf16": Variant("ours in bf16", (MICRO, "training.precision='bf16'")),
}
RECIPE = f"""
source = "benchmark"
model = "{MODEL}"
data = {{ name = "cifar10", size = {SIDE}, batch = {BATCH}, crop_padding = 4, flip = 0.5, normalise = "cifar10" }}
optimiser = {{ name = "adamw", lr = 1e-3, weight_decay = 0.05 }}
training = {{ epochs = 100000 }}
"""


def images() -> tuple[Any, list[int]]:
    """(n, 3, 32, 32) of uint8, and labels: as many as a turn has."""
    import torch

    draw = torch.Generator().manual_seed(0)
    count = BATCH * STEPS
    pixels = torch.randint(0, 256, (count, 3, SIDE, SIDE), dtype=torch.uint8, generator=draw)
    return pixels, torch.randint(0, 10, (count,), generator=draw).tolist()


def plain_data() -> Any:
    """The usual loader: PIL image by image, as torchvision's CIFAR10 gives them."""
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms as T

    pixels, labels = images()
    arrays = pixels.permute(0, 2, 3, 1).contiguous().numpy()
    change = T.Compose(
        [
            T.RandomCrop(SIDE, padding=4),
            T.RandomHorizontalFlip(),
            T.ToTensor(),
            T.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
        ]
    )

    class Images(Dataset[Any]):
        def __len__(self) -> int:
            return len(labels)

        def __getitem__(self, i: int) -> tuple[Any, int]:
            return change(Image.fromarray(arrays[i])), labels[i]

    return DataLoader(Images(), batch_size=BATCH, shuffle=True)


def plain() -> tuple[Callable[[], float], Callable[[], None]]:
    """A turn of the plain loop, which returns the last loss; and one of its data alone."""
    import torch
    from torch.nn import functional as F

    from effbench.models.registry import resolve

    loader = plain_data()
    network = resolve(MODEL).build().train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.05)

    def turn() -> float:
        last = math.nan
        for batch, labels in loader:
            loss = torch.stack([F.cross_entropy(logits, labels) for logits in network(batch)]).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            last = loss.item()
        return last

    def data() -> None:
        for _ in loader:
            pass

    return turn, data


def ours(variant: Variant) -> tuple[Callable[[], float], Callable[[], None]]:
    """A turn of our loop: an epoch of a set that has four steps; and one of its data alone."""
    import tomllib

    import torch

    from effbench.training.data.resident import Resident
    from effbench.training.loop import classify, optimiser
    from effbench.training.loop.device import use_attention
    from effbench.training.loop.distributed import ALONE
    from effbench.training.loop.loop import Loop
    from effbench.training.loop.outcome import Row
    from effbench.training.loop.progress import Meter
    from effbench.training.loop.recipe_file import changed, recipe_of

    if not variant.shortcut:
        classify.read_class_token_only = lambda network: 0
    if not variant.fused:
        optimiser.FUSED_DEVICES = ()
    recipe = recipe_of(changed(tomllib.loads(RECIPE), variant.changes), "benchmark")
    device = torch.device("cpu")
    pixels, labels = images()
    source = Resident(pixels, labels, tuple(map(str, range(10))), recipe.data)
    task = classify.Classify(recipe, 10, 0, device)
    use_attention(task.network, recipe.training.attention, device, recipe.training.precision)
    loop = Loop(recipe, 0, task, source, device, ALONE)
    meter = Meter(None, epochs=1, steps=loop.steps, images=BATCH)

    def turn() -> float:
        passed = loop.epoch(meter, lambda: None)
        loop.finished(Row(epoch=passed.epoch, lr=passed.lr, values={"loss": passed.loss}))
        return passed.loss

    def data() -> None:
        for _ in source.epoch(seed=0, epoch=0, batch=BATCH):
            pass

    return turn, data


def gemm() -> None:
    """A product of the size that the network has, on operands that stay in the cache."""
    import torch

    n, k, m = GEMM
    a, b, out = torch.rand(n, k), torch.rand(k, m), torch.empty(n, m)
    for _ in range(TIMES):
        torch.mm(a, b, out=out)


def counted(turn: Callable[[], float]) -> float:
    """FLOPs of the products of a turn as they are executed, both passes: 2 per multiply-accumulate."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    # a compiled network is counted as it runs without: under the counter it would never be compiled again
    with torch.compiler.set_stance("force_eager"), FlopCounterMode(display=False) as counter:
        turn()
    return float(counter.get_total_flops())


def serve(name: str) -> None:
    """The process of a variant: a line ``train``, ``data``, ``gemm`` or ``count`` is answered by seconds."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    turn, data = plain() if name == "plain" else ours(VARIANTS[name])
    work: dict[str, Callable[[], object]] = {
        "train": turn,
        "data": data,
        "gemm": gemm,
        "count": lambda: counted(turn),
    }
    for line in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        said = work[line.strip()]()
        entry = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - start, "said": said}
        print(json.dumps(entry), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
