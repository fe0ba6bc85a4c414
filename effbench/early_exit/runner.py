"""Runs an exported network with early exits: NumPy and ONNX Runtime, no PyTorch.

The same compaction and the same policy as ``engine``: after each stage only the undecided images go on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from effbench.early_exit.manifest import NAME, Stage, read
from effbench.early_exit.policy import Policy
from effbench.errors import EffbenchError, MissingExtra
from effbench.stats.confidence import Booleans, Integers

Values = NDArray[np.float32]


class Value(Protocol):
    """An input or output of a stage, as ONNX Runtime describes it."""

    name: str
    shape: Sequence[object]


class Session(Protocol):
    """A stage in ONNX Runtime."""

    def get_inputs(self) -> Sequence[Value]:
        """What it reads."""

    def get_outputs(self) -> Sequence[Value]:
        """What it computes."""

    def run(self, names: Sequence[str] | None, feed: Mapping[str, Values]) -> Sequence[Values]:
        """The outputs of those names; None: all."""


@dataclass(frozen=True)
class Exits:
    """What became of a batch, in input order.

    Attributes:
        logits: of the exit each image left at, (b, classes).
        exits: the number of that exit, from 0, (b,).
        reached: how many images entered each stage.
    """

    logits: Values
    exits: Integers
    reached: tuple[int, ...]


class Runner:
    """An exported network, ready to classify.

    Args:
        folder: what ``export`` wrote.
        policy: which images leave where; None: the exported one.
        threads: of ONNX Runtime; 0: its own choice.
        providers: ONNX Runtime's execution providers, most wanted first.

    Raises:
        EffbenchError: the folder holds no exported network, a stage cannot be loaded or is not as the manifest says, or
            there is no policy, or one for another number of exits. MissingExtra: no ONNX Runtime.
    """

    def __init__(
        self,
        folder: Path,
        policy: Policy | None = None,
        *,
        threads: int = 0,
        providers: tuple[str, ...] = ("CPUExecutionProvider",),
    ) -> None:
        self.manifest = read(folder)
        chosen = policy or self.manifest.policy
        if chosen is None:
            raise EffbenchError(f"{folder} was exported without a policy: give one")
        chosen.require_exits(len(self.manifest.stages))
        self.policy = chosen
        self._sessions: list[Session] = []
        for stage in self.manifest.stages:
            loaded = session(folder / stage.file, threads, providers)
            _require_same(folder / stage.file, loaded, stage, self.manifest.classes)
            self._sessions.append(loaded)

    def __call__(self, images: NDArray[np.generic]) -> Exits:
        """Classify a batch, which may be empty.

        Args:
            images: (b, channels, height, width), floating point.

        Raises:
            EffbenchError: images of another shape or type, or logits that are not finite numbers.
        """
        batch = self._require_images(images)
        state: list[Values] = []
        history = np.zeros((len(batch), 0, self.manifest.classes), dtype=np.float32)  # of the images still running
        logits, exits = history.sum(axis=1), np.zeros(len(batch), dtype=np.int64)
        place, reached = np.arange(len(batch)), []
        for number in range(len(self._sessions)):
            if not len(place):
                break
            found, state = self.stage(number, batch, state)
            if not np.isfinite(found).all():
                raise EffbenchError(f"exit {number + 1} of the network gave logits that are not finite numbers")
            reached.append(len(place))
            logits[place], exits[place] = found, number
            history = np.concatenate((history, found[:, None]), axis=1)
            stay = ~self._leaves(number, history)
            if not stay.all():
                batch, history, place = batch[stay], history[stay], place[stay]
                state = [part[stay] for part in state]
        return Exits(logits, exits, tuple(reached))

    def stage(self, number: int, images: Values, state: list[Values]) -> tuple[Values, list[Values]]:
        """Logits (b, classes) and next state of one stage, exits ignored."""
        what, session = self.manifest.stages[number], self._sessions[number]
        feed = dict(zip(_inputs(what), (images, *state), strict=True))
        wanted = {value.name for value in session.get_inputs()}  # a stage need not look at all of it
        found = session.run(_outputs(what), {name: value for name, value in feed.items() if name in wanted})
        return found[0], list(found[1:])

    def _leaves(self, number: int, history: Values) -> Booleans:
        """Who leaves at an exit, from the logits of all exits so far, (b, exits, classes)."""
        if number == len(self._sessions) - 1:
            return np.ones(len(history), dtype=bool)
        values = history.astype(np.float64)
        if self.policy.temperatures:
            values = values / np.asarray(self.policy.temperatures[: number + 1])[:, None]
        return self.policy.rule.leaves(self.policy.rule.of(values)[:, -1], self.policy.thresholds[number])

    def _require_images(self, images: NDArray[np.generic]) -> Values:
        array, (channels, height, width) = np.asarray(images), self.manifest.image
        if array.ndim != 4 or array.shape[1:] != (channels, height, width):
            raise EffbenchError(f"images must be (batch, {channels}, {height}, {width}), got shape {array.shape}")
        if array.dtype.kind != "f":
            raise EffbenchError(f"images must be floating point numbers, normalised as in training, got {array.dtype}")
        return array.astype(np.float32, copy=False)


def _inputs(stage: Stage) -> list[str]:
    return ["image", *(f"state_{i}" for i in range(stage.takes))]


def _outputs(stage: Stage) -> list[str]:
    return ["logits", *(f"next_{i}" for i in range(stage.gives))]


def onnx_runtime() -> ModuleType:
    """The module ``onnxruntime``, which must not report what is done with it, unless the user says so.

    Raises:
        MissingExtra: it is not installed.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else its import leaves an identifier in the user's folders
    try:
        return import_module("onnxruntime")
    except ImportError:
        raise MissingExtra("running an exported network", "onnxruntime", "deploy") from None


def session(path: Path, threads: int, providers: tuple[str, ...]) -> Session:
    """The file in ONNX Runtime; EffbenchError if it cannot be loaded."""
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        loaded: Session = onnxruntime.InferenceSession(str(path), options, providers=list(providers))
    except Exception as error:  # ONNX Runtime's own kinds, one per cause
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise EffbenchError(f"{path} cannot be loaded: {reason}") from None
    return loaded


def _require_same(path: Path, session: Session, stage: Stage, classes: int) -> None:
    """Raise EffbenchError unless the file takes and gives what the manifest says of it."""
    taken = {value.name for value in session.get_inputs()}  # a stage need not look at all of its state
    given = {value.name: value.shape for value in session.get_outputs()}
    if not taken <= set(_inputs(stage)) or list(given) != _outputs(stage) or given["logits"][1:] != [classes]:
        raise EffbenchError(
            f"{path} is not the stage that {NAME} describes: it must take {', '.join(_inputs(stage))} and give "
            f"{', '.join(_outputs(stage))}, {classes} classes"
        )
