"""What a worker is asked to measure. Plain data, shared by both ends of the pipe."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

DEVICES = ("cpu", "cuda")
DTYPES = ("fp32", "bf16", "fp16")
MODES = ("eager", "compile", "cuda_graph")
TASKS = ("infer", "train")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One network, set up in one way.

    Attributes:
        model: registered name, ``timm/NAME`` or model file.
        size: image side in pixels; None for the model's own.
        batch: images per step.
        device: one of DEVICES. dtype: one of DTYPES; weights and images when inferring, autocast when training.
        mode: one of MODES. task: one of TASKS; a training step is forward, loss, backward and an AdamW update.
        threads: CPU threads that PyTorch may use.
        seed: of weights and images.
    """

    model: str
    size: int | None = None
    batch: int = 1
    device: str = "cpu"
    dtype: str = "fp32"
    mode: str = "eager"
    task: str = "infer"
    threads: int = 1
    seed: int = 0

    def as_dict(self) -> dict[str, object]:
        """The job as JSON can hold it."""
        return dataclasses.asdict(self)
