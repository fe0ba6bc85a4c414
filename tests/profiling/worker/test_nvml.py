"""The GPU's state, by a library that the test writes."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("torch")

from effbench.profiling.worker import nvml


@pytest.fixture
def gpu(monkeypatch):
    """PyTorch's GPU has the identity ``abc``; the library knows it under that alone."""
    asked = []
    library = SimpleNamespace(
        NVML_CLOCK_SM=1,
        NVML_TEMPERATURE_GPU=0,
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByUUID=lambda uuid: asked.append(uuid) or "handle",
        nvmlDeviceGetCurrentClocksThrottleReasons=lambda handle: 0x1 | 0x4 | 0x40,
        nvmlDeviceGetClockInfo=lambda handle, kind: 1410,
        nvmlDeviceGetTemperature=lambda handle, kind: 71,
    )
    monkeypatch.setitem(sys.modules, "pynvml", library)
    monkeypatch.setattr(nvml.torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(nvml.torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid="abc"))
    return asked


def test_the_state_of_pytorchs_gpu(gpu):
    assert nvml.state() == {
        "sm_clock_hz": 1_410_000_000,
        "temperature_c": 71,
        "throttle": ["idle", "software_power_cap", "hardware_thermal"],
        "slowed_by": ["software_power_cap", "hardware_thermal"],
    }
    assert gpu == ["GPU-abc"]


def test_without_the_library_the_reason_is_the_answer(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert nvml.state()["unavailable"].startswith("NVML: ")


def test_the_bits_are_those_of_nvml():
    library = pytest.importorskip("pynvml")
    names = {
        "idle": library.nvmlClocksThrottleReasonGpuIdle,
        "applications_clocks": library.nvmlClocksThrottleReasonApplicationsClocksSetting,
        "software_power_cap": library.nvmlClocksThrottleReasonSwPowerCap,
        "hardware_slowdown": library.nvmlClocksThrottleReasonHwSlowdown,
        "sync_boost": library.nvmlClocksThrottleReasonSyncBoost,
        "software_thermal": library.nvmlClocksThrottleReasonSwThermalSlowdown,
        "hardware_thermal": library.nvmlClocksThrottleReasonHwThermalSlowdown,
        "hardware_power_brake": library.nvmlClocksThrottleReasonHwPowerBrakeSlowdown,
        "display_clock": library.nvmlClocksThrottleReasonDisplayClockSetting,
    }
    assert {name: bit for bit, name in nvml.REASONS.items()} == names
    assert set(names) >= nvml.SLOWED
