"""What a worker is asked to measure. Plain data, shared by both ends of the pipe."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

DEVICES = ("cpu", "cuda")
DTYPES = ("fp32", "bf16", "fp16")
MODES = ("eager", "compile", "cuda_graph")
TASKS = ("infer", "train")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One network, set up in one way.

    Attributes:
        model: registered name, ``timm/NAME`` or model file.
        size: image side in pixels, or HEIGHTxWIDTH; None for the model's own.
        inputs: what the network is called with where that is not images, as typed, with spaces between; they have a
            batch of their own, which ``batch`` repeats.
        batch: images per step.
        device: one of DEVICES. dtype: one of DTYPES; weights and images when inferring, autocast when training.
        mode: one of MODES. task: one of TASKS; a training step is forward, loss, backward and an AdamW update.
        threads: CPU threads that PyTorch may use.
        seed: of weights and images.
    """

    model: str
    size: int | str | None = None
    batch: int = 1
    device: str = "cpu"
    dtype: str = "fp32"
    mode: str = "eager"
    task: str = "infer"
    threads: int = 1
    seed: int = 0
    inputs: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The job as JSON can hold it; inputs where there are any."""
        found = dataclasses.asdict(self)
        return found if self.inputs else {name: value for name, value in found.items() if name != "inputs"}
