"""A registered network, exported for devices and checked against itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, MissingExtra
from effbench.models.registry import resolve

IMAGES = 5
"""Random images on which the exported network is compared, as a batch and one by one."""


def export_model(name: str, size: int | None, folder: Path, weights: Path | None, policy: Path | None) -> list[Any]:
    """Export a network; a row per stage: ``model``, ``exit``, ``file``, ``bytes``, ``max_abs_diff`` of logits.

    Args:
        name: any registered name. size: image side, None for the model's own.
        folder: where to; must not exist yet.
        weights: file of trained weights; None: random ones.
        policy: file of a policy to go with it.

    Raises:
        EffbenchError: bad input of any kind; the folder is then not made. MissingExtra: a library of the extras
            ``measure`` or ``deploy`` is missing.
    """
    try:
        from effbench.counting.counters.networks import network_and_image
        from effbench.early_exit.agreement import largest_differences, random_images
        from effbench.early_exit.export import export
        from effbench.early_exit.policy import from_json, never
        from effbench.early_exit.runner import Runner, onnx_runtime
        from effbench.models.networks.weights import load_weights
    except ImportError as error:
        raise MissingExtra("exporting a network", error.name or "torch", "measure") from None

    onnx_runtime()  # before anything is written
    chosen = None if policy is None else from_json(_text(policy))
    model = resolve(name).at_size(size)
    network, image = network_and_image(model, "cpu")
    if weights is not None:
        load_weights(network, weights)
    manifest = export(network, (image.shape[1], image.shape[2], image.shape[3]), folder, chosen)
    runner = Runner(folder, never("entropy", len(manifest.stages)))
    differences = largest_differences(network, runner, random_images(IMAGES, image))
    return [
        {
            "model": name,
            "exit": number + 1,
            "file": stage.file,
            "bytes": sum(path.stat().st_size for path in folder.glob(f"{stage.file}*")),
            "max_abs_diff": differences[number],
        }
        for number, stage in enumerate(manifest.stages)
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EffbenchError(f"policy {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
