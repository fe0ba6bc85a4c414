"""What NVIDIA's management library says about the GPU that PyTorch uses."""

from __future__ import annotations

from types import ModuleType

import torch

REASONS = {
    0x1: "idle",
    0x2: "applications_clocks",
    0x4: "software_power_cap",
    0x8: "hardware_slowdown",
    0x10: "sync_boost",
    0x20: "software_thermal",
    0x40: "hardware_thermal",
    0x80: "hardware_power_brake",
    0x100: "display_clock",
}
"""Bit -> why the clocks are not higher. Source: nvmlClocksEventReasons (ClocksThrottleReasons) in nvml.h."""

SLOWED = frozenset(
    {"software_power_cap", "hardware_slowdown", *(name for name in REASONS.values() if "thermal" in name)}
)
"""Reasons for which a timing is that of a slowed GPU."""


def device() -> tuple[ModuleType, object]:
    """(the library's module, its handle of PyTorch's current GPU). Whatever is missing raises."""
    import pynvml

    pynvml.nvmlInit()
    uuid = torch.cuda.get_device_properties(torch.cuda.current_device()).uuid
    return pynvml, pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")  # by identity: CUDA_VISIBLE_DEVICES renumbers


def state() -> dict[str, object]:
    """The GPU just now: ``sm_clock_hz``, ``temperature_c``; or ``unavailable`` with the reason.

    ``throttle``: why its clocks are not higher; ``slowed_by``: those of the reasons that are in SLOWED.
    """
    try:
        nvml, handle = device()
        bits = nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)
        reasons = [name for bit, name in REASONS.items() if bits & bit]
        return {
            "sm_clock_hz": nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM) * 1_000_000,
            "throttle": reasons,
            "slowed_by": [name for name in reasons if name in SLOWED],
            "temperature_c": nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
        }
    except Exception as error:  # no package, driver or GPU, or one that does not tell: the reason is the answer
        return {"unavailable": f"NVML: {type(error).__name__}: {error}"}
