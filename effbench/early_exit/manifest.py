"""What an exported network is: a folder of one ONNX file per stage and ``exits.json``, which says how to run them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from effbench.early_exit.policy import Policy, from_document
from effbench.errors import EffbenchError
from effbench.files.document import NotJson, parsed
from effbench.files.file_name import require_file_name

NAME = "exits.json"
SCHEMA = 1
KEYS = {"schema", "image", "classes", "stages", "policy"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One ONNX file. Inputs: ``image``, ``state_0`` …; outputs: ``logits``, ``next_0`` …; all float32, any batch.

    Attributes:
        file: its name in the folder.
        takes, gives: tensors of state that go in and come out.
    """

    file: str
    takes: int
    gives: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """An exported network.

    Attributes:
        image: channels, height, width.
        classes: logits per exit.
        stages: in the order they run.
        policy: who leaves where, if that was decided at export.
    """

    image: tuple[int, int, int]
    classes: int
    stages: tuple[Stage, ...]
    policy: Policy | None = None

    def as_json(self) -> str:
        """The content of ``exits.json``."""
        document = {
            "schema": SCHEMA,
            "image": list(self.image),
            "classes": self.classes,
            "stages": [vars(stage) for stage in self.stages],
            "policy": None if self.policy is None else self.policy.plain(),
        }
        return json.dumps(document, indent=2, allow_nan=False) + "\n"


def read(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        EffbenchError: there is none, or it is not one.
    """
    path = folder / NAME
    try:
        document = parsed(path.read_bytes())
    except OSError as error:
        raise EffbenchError(f"{folder} holds no exported network: {NAME}: {error.strerror}") from None
    except NotJson as error:
        raise EffbenchError(f"{path} is not JSON: {error}") from None
    if not isinstance(document, dict) or set(document) != KEYS or document["schema"] != SCHEMA:
        raise EffbenchError(f"{path} is not a manifest of schema {SCHEMA}: its keys must be {', '.join(sorted(KEYS))}")
    try:
        manifest = _manifest(document)
    except (TypeError, ValueError, KeyError, EffbenchError) as error:
        raise EffbenchError(f"{path} is not a manifest: {error}") from None
    if manifest.policy is not None:
        manifest.policy.require_exits(len(manifest.stages))
    return manifest


def _manifest(document: Mapping[str, object]) -> Manifest:
    channels, height, width = (_count(value) for value in _listed(document["image"]))
    policy = document["policy"]
    return Manifest(
        image=(channels, height, width),
        classes=_count(document["classes"]),
        stages=_chain([_stage(part) for part in _listed(document["stages"])]),
        policy=None if policy is None else from_document(policy),
    )


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value


def _stage(part: object) -> Stage:
    if not isinstance(part, dict):
        raise ValueError(f"{part!r} does not describe a stage")
    stage = Stage(file=part["file"], takes=_count(part["takes"], 0), gives=_count(part["gives"], 0))
    if not isinstance(stage.file, str) or not stage.file.endswith(".onnx"):
        raise ValueError(f"a stage must be an .onnx file in the folder itself, got {stage.file!r}")
    require_file_name(stage.file, "stage")
    return stage


def _chain(stages: list[Stage]) -> tuple[Stage, ...]:
    """Every stage takes what the one before gives."""
    given = [0, *(stage.gives for stage in stages)]
    if not stages or [stage.takes for stage in stages] != given[:-1]:
        raise ValueError("every stage must take the state that the stage before gives")
    return tuple(stages)


def _count(value: object, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{value!r} is not a whole number from {least} on")
    return value
