"""Energy of steps: counters of a whole GPU (NVML) or a whole CPU package (RAPL), whoever else uses them.

A new sensor is a class and an entry of SENSORS. The first of a device's sensors that can be read is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from . import nvml
from .clock import waiting

POWERCAP = Path("/sys/class/powercap")
"""Linux: the CPU's energy counters. Source: the kernel's documentation, power/powercap."""


class Unreadable(Exception):
    """There is no energy counter that this process may read."""


class Sensor(Protocol):
    """An energy counter. Whatever keeps it from being made is an exception, whose message is the reason.

    Attributes:
        how: what it is, in words.
    """

    how: str

    def joules(self) -> float:
        """Used since some moment in the past."""


class Nvml:
    """The counter of PyTorch's current GPU, by NVIDIA's management library."""

    how = "NVML energy counter of the GPU"

    def __init__(self) -> None:
        self._library, self._handle = nvml.device()
        self.joules()  # raises where the GPU has no counter

    def joules(self) -> float:
        """Since the driver was loaded."""
        millijoules: int = self._library.nvmlDeviceGetTotalEnergyConsumption(self._handle)
        return millijoules / 1e3


class Rapl:
    """The counters of all CPU packages; those that start again at 0 are followed once per call."""

    how = "RAPL counters of the CPU packages"

    def __init__(self) -> None:
        zones = [zone for zone in sorted(POWERCAP.glob("intel-rapl:*")) if zone.name.count(":") == 1]
        if not zones:
            raise Unreadable("no RAPL counter: this machine offers none under /sys/class/powercap")
        try:
            self._spans = {zone: _number(zone / "max_energy_range_uj") + 1 for zone in zones}
            self._last = {zone: _number(zone / "energy_uj") for zone in zones}
        except OSError as error:
            raise Unreadable(f"RAPL counter: {error.strerror}: {error.filename}") from None
        self._used = 0

    def joules(self) -> float:
        """Since it was made."""
        for zone, span in self._spans.items():
            now = _number(zone / "energy_uj")
            self._used += (now - self._last[zone]) % span
            self._last[zone] = now
        return self._used / 1e6  # microjoules


class NoSensor:
    """In place of a sensor where there is none.

    Attributes:
        how: why.
    """

    def __init__(self, how: str) -> None:
        self.how = how

    def joules(self) -> float:
        """There is nothing to read."""
        raise Unreadable(self.how)


SENSORS: Mapping[str, Sequence[Callable[[], Sensor]]] = {"cpu": [Rapl], "cuda": [Nvml]}
"""Device -> its sensors, the best first."""


def sensor_for(device: str) -> Sensor:
    """The first sensor that can be read; NoSensor, with the reason of each, if none can."""
    reasons = []
    for make in SENSORS.get(device, ()):
        try:
            return make()
        except Exception as error:  # whatever the library or the files raise: the reason is the answer
            reasons.append(str(error) if isinstance(error, Unreadable) else f"{type(error).__name__}: {error}")
    return NoSensor("; ".join(reasons) or f"no sensor for {device}")


def steps_energy(step: Callable[[], object], steps: int, device: str) -> dict[str, Any]:
    """``joules`` of ``steps`` steps and ``how``; or ``unavailable`` with the reason, and no step is made."""
    sensor = sensor_for(device)
    if isinstance(sensor, NoSensor):
        return {"unavailable": sensor.how}
    wait = waiting(device)
    wait()
    start = sensor.joules()
    for _ in range(steps):
        step()
    wait()
    return {"joules": sensor.joules() - start, "steps": steps, "how": sensor.how}


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))
