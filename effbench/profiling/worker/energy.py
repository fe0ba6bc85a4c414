"""Energy of steps: counters of the whole GPU (NVML) or of the whole CPU package (RAPL), whoever else uses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from . import nvml

POWERCAP = Path("/sys/class/powercap")
"""Linux: the CPU's energy counters. Source: the kernel's documentation, power/powercap."""


class Unreadable(Exception):
    """There is no energy counter that this process may read."""


def steps_energy(step: Callable[[], object], steps: int, device: str) -> dict[str, Any]:
    """``joules`` of ``steps`` steps and ``how``; or ``unavailable`` with the reason, and no step is made."""
    try:
        joules = _gpu() if device == "cuda" else _cpu()
    except Exception as error:  # whatever the library or the files raise: the reason is the answer
        said = str(error) if isinstance(error, Unreadable) else f"{type(error).__name__}: {error}"
        return {"unavailable": said}
    _wait(device)
    start = joules()
    for _ in range(steps):
        step()
    _wait(device)
    used = joules() - start
    how = "NVML energy counter of the GPU" if device == "cuda" else "RAPL counters of the CPU packages"
    return {"joules": used, "steps": steps, "how": how}


def _gpu() -> Callable[[], float]:
    """Joules since the driver was loaded."""
    library, handle = nvml.device()

    def joules() -> float:
        return library.nvmlDeviceGetTotalEnergyConsumption(handle) / 1e3  # millijoules

    joules()  # raises where the GPU has no counter
    return joules


def _cpu() -> Callable[[], float]:
    """Joules since this call, over all packages; counters that start again at 0 are followed once per call."""
    zones = [zone for zone in sorted(POWERCAP.glob("intel-rapl:*")) if zone.name.count(":") == 1]
    if not zones:
        raise Unreadable("no RAPL counter: this machine offers none under /sys/class/powercap")
    try:
        spans = [_number(zone / "max_energy_range_uj") + 1 for zone in zones]
        last = [_number(zone / "energy_uj") for zone in zones]
    except OSError as error:
        raise Unreadable(f"RAPL counter: {error.strerror}: {error.filename}") from None
    used = [0] * len(zones)

    def joules() -> float:
        for i, zone in enumerate(zones):
            now = _number(zone / "energy_uj")
            used[i] += (now - last[i]) % spans[i]
            last[i] = now
        return sum(used) / 1e6  # microjoules

    return joules


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
