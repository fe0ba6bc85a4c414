"""What a machine lets a worker measure: PyTorch, its devices, and what each of them tells about energy and clocks."""

from __future__ import annotations

from collections.abc import Callable

from . import nvml
from .energy import NoSensor, sensor_for


def offers() -> dict[str, object]:
    """``torch``: its version. ``gpus``: names of the GPUs it can use. ``energy``: device -> ``how``, ``readable``.

    ``gpu``: the state of the current GPU, as ``nvml.state`` gives it; None without one.
    """
    import torch

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if gpus:
        torch.ones(1, device="cuda").sum().item()  # a driver that is too old is found here and not by its name
    sensors = {device: sensor_for(device) for device in ("cpu", *(["cuda"] if gpus else []))}
    return {
        "torch": torch.__version__,
        "gpus": gpus,
        "energy": {
            device: {"how": sensor.how, "readable": not isinstance(sensor, NoSensor)}
            for device, sensor in sensors.items()
        },
        "gpu": nvml.state() if gpus else None,
    }


def main(serve: Callable[[Callable[[object], object]], None]) -> None:
    """Answer any request by what there is."""
    serve(lambda request: offers())
