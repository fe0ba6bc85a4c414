"""How fast a training runs as it is and through ``torch.compile``, as ``training.loop.probe`` measures it. No torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Seconds of one optimiser step.

    Attributes:
        separate: of the training as it is; 0 if nothing could be measured. why: what was in the way.
        compiled: through ``torch.compile``; None: not measured. compiling: seconds until it was compiled.
        why_not: what was in the way of compiling.
    """

    separate: float
    why: str = ""
    compiled: float | None = None
    compiling: float = 0.0
    why_not: str = ""
