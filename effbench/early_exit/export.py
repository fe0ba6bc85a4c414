"""A network that follows the exit protocol as one ONNX file per stage, for devices without PyTorch (see ``runner``).

The antialiased resize of PyTorch is not ONNX's: it is exported as two matrix products with its own weights, which give
the same image to rounding. The network itself is left as it is.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch
from torch import Tensor, nn

from effbench.counting.counters.networks import network_and_inputs
from effbench.early_exit.agreement import largest_differences, random_images
from effbench.early_exit.manifest import NAME, Manifest
from effbench.early_exit.manifest import Stage as StageFile
from effbench.early_exit.policy import Policy, never, read
from effbench.early_exit.protocol import State, require_images, require_logits, stages_of
from effbench.early_exit.runner import Runner, onnx_runtime
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import require_writable
from effbench.files.scratch import clear_dead, scratch
from effbench.models.inputs import Side
from effbench.models.networks.ravit import Resize
from effbench.models.networks.weights import load_weights
from effbench.models.registry import resolve

EXAMPLES = 3
"""Images an export is traced with; not 1, which PyTorch would take for a constant."""

UNFINISHED = ".effbench-export-"
"""Prefix of the folder, beside what is exported, in which it is made."""


IMAGES = 5
"""Random images on which the exported network is compared, as a batch and one by one."""


@dataclass(frozen=True, kw_only=True)
class ExportedStage:
    """One file of an exported network.

    Attributes:
        model: its registered name. exit: number of the exit, from 1.
        file: name in the folder. bytes: on disk, its weights included.
        max_abs_diff: largest absolute difference of a logit, ONNX Runtime against PyTorch.
    """

    model: str
    exit: int
    file: str
    bytes: int
    max_abs_diff: float


def export_model(
    name: str, size: Side | None, folder: Path, weights: Path | None, policy: Path | None
) -> list[ExportedStage]:
    """Export a registered network and compare the files with it; one row per stage.

    Args:
        name: any registered name. size: image sides in pixels, None for the model's own.
        folder: where to; must not exist yet.
        weights: file of trained weights; None: random ones.
        policy: file of a policy to go with it.

    Raises:
        EffbenchError: bad input of any kind; the folder is then not made. MissingExtra: a library is missing.
    """
    onnx_runtime()  # before anything is written
    chosen = None if policy is None else read(policy)
    network, inputs = network_and_inputs(resolve(name, size), "cpu")
    if not hasattr(network, "stages"):
        raise EffbenchError(f"{type(network).__name__} has no early exits: give --out FILE.onnx, one file of all of it")
    (image,) = inputs.tensors()
    if weights is not None:
        load_weights(network, weights)
    manifest = export(network, (image.shape[1], image.shape[2], image.shape[3]), folder, chosen)
    runner = Runner(folder, never("entropy", len(manifest.stages)))
    differences = largest_differences(network, runner, random_images(IMAGES, image))
    return [
        ExportedStage(
            model=name,
            exit=number + 1,
            file=stage.file,
            bytes=sum(path.stat().st_size for path in folder.glob(f"{stage.file}*")),
            max_abs_diff=differences[number],
        )
        for number, stage in enumerate(manifest.stages)
    ]


class FixedResize(nn.Module):
    """``Resize`` of images of one size, as two matrix products: rows, then columns."""

    def __init__(self, resize: Resize, height: int, width: int) -> None:
        super().__init__()
        self.register_buffer("rows", _weights(resize, height))  # (side, height)
        self.register_buffer("columns", _weights(resize, width).T.contiguous())  # (width, side)

    def forward(self, x: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, 3, side, side)
        return self.rows @ x @ self.columns


def _weights(resize: Resize, size: int) -> Tensor:
    """What each of ``side`` output pixels takes from ``size`` input pixels along one axis, (side, size).

    Column j is the image of a line that is 1 at pixel j: the resize is linear, and the same along both axes.
    """
    lines = torch.eye(size)[:, None, :, None].expand(-1, 1, -1, size)  # (size, 1, size, size): constant along a row
    return resize(lines)[:, 0, :, 0].T.contiguous()


class StageModule(nn.Module):
    """One stage with its state as separate tensors, as ONNX has it."""

    def __init__(self, network: nn.Module, number: int) -> None:
        super().__init__()
        self.network = network
        self.number = number

    def forward(self, image: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """(b, …), … -> logits (b, classes), and the next state unless this stage is the last."""
        stages = stages_of(self.network)
        given = state[0] if len(state) == 1 else state or None
        logits, left = stages[self.number](image, given)
        return (logits,) if self.number == len(stages) - 1 else (logits, *_tensors(left))


def export(network: nn.Module, image: tuple[int, int, int], folder: Path, policy: Policy | None = None) -> Manifest:
    """Write a network as one ONNX file per stage and a manifest.

    Args:
        network: follows the exit protocol.
        image: channels, height, width of the images it will see.
        folder: where to; must not exist yet. It appears complete or not at all.
        policy: who leaves where, to go with it.

    Raises:
        EffbenchError: the folder exists or cannot be made, the network does not follow the protocol or cannot be
            exported, or the policy is for another number of exits. MissingExtra: no onnx or onnxscript.
    """
    stages = stages_of(network)
    if policy is not None:
        policy.require_exits(len(stages))
    images = torch.zeros(EXAMPLES, *image)
    require_images(images, getattr(network, "image_size", None))
    require_new(folder)
    require_onnx()
    fixed = copy.deepcopy(network).cpu().float().eval().requires_grad_(False)
    fix_resizes(fixed, image)
    try:
        with scratch(UNFINISHED, folder.parent) as made:
            manifest = _write(fixed, images, made / "export", policy)
            (made / "export").rename(folder)
    except OSError as error:
        raise EffbenchError(f"{folder} cannot be written: {error.strerror}") from None
    return manifest


def require_new(folder: Path) -> None:
    """Raise EffbenchError unless the folder can be made; what killed exports left beside it is removed."""
    require_writable(folder.absolute().parent)
    clear_dead(UNFINISHED, folder.absolute().parent)
    if folder.exists():
        raise EffbenchError(f"{folder} exists: an export needs a folder of its own")


def fix_resizes(network: nn.Module, image: tuple[int, int, int]) -> None:
    """Put what can be exported in the place of every antialiased resize of images of one size."""
    for name, module in list(network.named_modules()):
        if isinstance(module, Resize):
            network.set_submodule(name, FixedResize(module, *image[1:]))


@torch.no_grad()
def _write(network: nn.Module, images: Tensor, folder: Path, policy: Policy | None) -> Manifest:
    folder.mkdir()
    files: list[StageFile] = []
    state: tuple[Tensor, ...] = ()
    classes = 0
    for number in range(len(stages_of(network))):
        stage = StageModule(network, number).eval()
        logits, *left = stage(images, *state)
        require_logits(logits, len(images), number)
        files.append(StageFile(file=f"stage_{number + 1}.onnx", takes=len(state), gives=len(left)))
        _onnx(stage, (images, *state), len(left), folder / files[-1].file)
        state, classes = tuple(left), logits.shape[1]
    shape = (images.shape[1], images.shape[2], images.shape[3])
    manifest = Manifest(image=shape, classes=classes, stages=tuple(files), policy=policy)
    (folder / NAME).write_text(manifest.as_json(), encoding="utf-8")
    return manifest


def _onnx(stage: StageModule, inputs: tuple[Tensor, ...], left: int, path: Path) -> None:
    """One file, for batches of any size."""
    batch = torch.export.Dim("batch")
    shapes: dict[str, object] = {"image": {0: batch}}
    if len(inputs) > 1:
        shapes["state"] = tuple({0: batch} for _ in inputs[1:])
    names = ["image", *(f"state_{i}" for i in range(len(inputs) - 1))]
    outputs = ["logits", *(f"next_{i}" for i in range(left))]
    try:
        program = torch.export.export(stage, inputs, dynamic_shapes=shapes)
        found = torch.onnx.export(program, dynamo=True, input_names=names, output_names=outputs, verbose=False)
        found.save(str(path))
    except Exception as error:  # of PyTorch's exporter, or of the network itself: any kind
        reason = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise EffbenchError(f"stage {stage.number + 1} cannot be exported: {reason}") from None


def require_onnx() -> None:
    """Raise MissingExtra unless what PyTorch's exporter imports when it is called is installed."""
    for name in ("onnx", "onnxscript"):
        try:
            import_module(name)
        except ImportError:
            raise MissingExtra("exporting a network", name, "deploy") from None


def _tensors(state: State) -> tuple[Tensor, ...]:
    if state is None:
        return ()
    return (state,) if isinstance(state, Tensor) else tuple(state)
