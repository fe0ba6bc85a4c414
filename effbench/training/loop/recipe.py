"""A training as data: model, images, optimiser, schedule, loss. No torch; read from TOML by ``recipe_file``.

What the papers leave out is a field with a default here; a recipe that follows a paper says in its header which values
the paper states and which are free.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from effbench.errors import SpecError, UnknownName
from effbench.files.file_name import require_file_name
from effbench.models.spec import require_range
from effbench.render.plain import Plain
from effbench.training.data.recipe import DataRecipe, require_between

TASKS = ("classify", "compress")
OPTIMISERS = ("adamw", "adam", "sgd")
SCHEDULES = ("cosine", "constant")
PRECISIONS = ("fp32", "bf16", "fp16", "auto")
ATTENTIONS = ("auto", "explicit", "fused")
MAX_SEED = 2**63 - 1
UNCHANGING = {"data": ("workers",), "training": ("checkpoint_every", "compile", "seeds")}
"""Table -> its fields that do not take part in what a run's result is called by."""


@dataclass(frozen=True, kw_only=True)
class Optimiser:
    """Attributes: name in OPTIMISERS; lr: peak learning rate; betas: of Adam and AdamW; momentum: of SGD;
    weight_decay: decoupled for AdamW; clip: largest gradient norm, 0 for none.
    """

    name: str = "adamw"
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    momentum: float = 0.9
    weight_decay: float = 0.05
    clip: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Attributes: name in SCHEDULES; warmup: epochs of linear warm-up from 0; final: share of the peak at the end."""

    name: str = "cosine"
    warmup: float = 0.0
    final: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Attributes: label_smoothing: 0 to 1; exit_weights: alpha_i of arXiv:2602.24159, eq. 1, coarse to fine, empty for
    equal weights of 1; distortion: lambda of the rate-distortion loss lambda * 255^2 * MSE + bits per pixel.
    """

    label_smoothing: float = 0.0
    exit_weights: tuple[float, ...] = ()
    distortion: float = 0.01


@dataclass(frozen=True, kw_only=True)
class Training:
    """How long and in which arithmetic.

    Attributes:
        epochs: passes over the training images.
        precision: fp32, or autocast to bf16 or fp16 (fp16 with a gradient scaler, on a GPU); or auto, which becomes
            bf16 or fp32 by a measurement before the training begins (``training.loop.precision``).
        attention: explicit (products and softmax apart), fused (PyTorch's operator), or auto, chosen per device.
        micro_batch: images of one backward pass, gradients accumulated up to data.batch; 0 for the whole batch.
        compile: train through ``torch.compile`` (CUDA graphs on a GPU); the same result but for rounding.
        ema: decay of an exponential moving average of the weights, which is then evaluated; 0 for none.
        checkpoint_every: steps between checkpoints; 0 for one at the end of every epoch.
        evaluate_every: epochs between evaluations on the test images; the last epoch is always evaluated.
        seeds: of the runs that make the experiment.
    """

    epochs: int = 1
    precision: str = "fp32"
    attention: str = "auto"
    micro_batch: int = 0
    compile: bool = False
    ema: float = 0.0
    checkpoint_every: int = 0
    evaluate_every: int = 1
    seeds: tuple[int, ...] = (0,)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training, but for the seed.

    Attributes:
        name: of the experiment: the file's. A plain file name, for its runs are in a folder called so.
        source: paper and section it follows, or what it is for.
        model: registry name with its arguments.
        task: classify, or compress (a CompressAI codec by its rate-distortion loss).
        options: of the family's ``build``, e.g. ``encoder`` of CI2P.
    """

    name: str
    source: str
    model: str
    data: DataRecipe
    task: str = "classify"
    options: dict[str, str] = field(default_factory=dict)
    optimiser: Optimiser = Optimiser()
    schedule: Schedule = Schedule()
    loss: Loss = Loss()
    training: Training = Training()

    def validate(self) -> None:
        """Raise EffbenchError for a value that cannot be; the name of the model is not resolved."""
        for kind, value, known in (
            ("task", self.task, TASKS),
            ("optimiser", self.optimiser.name, OPTIMISERS),
            ("schedule", self.schedule.name, SCHEDULES),
            ("precision", self.training.precision, PRECISIONS),
            ("attention", self.training.attention, ATTENTIONS),
        ):
            if value not in known:
                raise UnknownName(kind, value, known)
        require_file_name(self.name, "name of a recipe")
        self.data.validate()
        _validate_numbers(self)

    def exit_weights(self, exits: int) -> tuple[float, ...]:
        """αᵢ of the loss for a network with that many exits: 1 each unless the recipe names them.

        Raises:
            SpecError: it names another number of weights.
        """
        weights = self.loss.exit_weights or (1.0,) * exits
        if len(weights) != exits:
            raise SpecError(f"loss.exit_weights has {len(weights)} values, {self.model} has {exits} exits")
        return weights

    def at_precision(self, precision: str) -> Recipe:
        """The same in another arithmetic."""
        return dataclasses.replace(self, training=dataclasses.replace(self.training, precision=precision))

    def determining(self) -> dict[str, Plain]:
        """Everything that determines the result of a run, but for the seed: plain JSON values."""
        table = dataclasses.asdict(self)
        for name in ("name", "source"):
            del table[name]
        for section, fields in UNCHANGING.items():
            for name in fields:
                del table[section][name]
        return dict(json.loads(json.dumps(table)))

    def identity(self, seed: int) -> dict[str, Plain]:
        """Everything that determines a run's result; a file that an option names counts by its content too."""
        files = {name: _digest(Path(value)) for name, value in self.options.items() if _is_file(value)}
        return {**self.determining(), "seed": seed, **({"files": files} if files else {})}

    def key(self, seed: int) -> str:
        """16 hex digits: what the result of this recipe with that seed is stored under."""
        text = json.dumps(self.identity(seed), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def require_seeds(name: str, seeds: Sequence[int]) -> None:
    """Raise SpecError unless there are seeds, all different and from 0 to MAX_SEED."""
    if not seeds or len(set(seeds)) < len(seeds) or not all(0 <= seed <= MAX_SEED for seed in seeds):
        given = ", ".join(map(str, seeds)) or "none"
        raise SpecError(f"{name} must be one or more different numbers from 0 to {MAX_SEED}, got {given}")


def _is_file(value: object) -> bool:
    return isinstance(value, str) and Path(value).is_file()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _validate_numbers(recipe: Recipe) -> None:
    training, optimiser, loss = recipe.training, recipe.optimiser, recipe.loss
    require_range("training.epochs", training.epochs, 1, 100_000)
    require_range("training.micro_batch", training.micro_batch, 0, recipe.data.batch)
    require_range("training.checkpoint_every", training.checkpoint_every, 0, 1 << 40)
    require_range("training.evaluate_every", training.evaluate_every, 1, 100_000)
    require_seeds("training.seeds", training.seeds)
    require_between("optimiser.lr", optimiser.lr, 0.0, 100.0)
    require_between("optimiser.weight_decay", optimiser.weight_decay, 0.0, 100.0)
    require_between("optimiser.clip", optimiser.clip, 0.0, 1e9)
    for value in (*optimiser.betas, optimiser.momentum, training.ema):
        if not 0 <= value < 1:
            raise SpecError(f"betas, momentum and ema must be at least 0 and below 1, got {value:g}")
    require_between("schedule.warmup", recipe.schedule.warmup, 0.0, float(training.epochs))
    require_between("schedule.final", recipe.schedule.final, 0.0, 1.0)
    require_between("loss.label_smoothing", loss.label_smoothing, 0.0, 1.0)
    require_between("loss.distortion", loss.distortion, 0.0, 1e6)
    for weight in loss.exit_weights:
        require_between("loss.exit_weights", weight, 0.0, 1e6)
    if loss.exit_weights and not any(loss.exit_weights):
        raise SpecError(f"loss.exit_weights must have one above 0, got {list(loss.exit_weights)}")
