"""Checkpoints: whole or not there at all, plain tensors and numbers, and refused by another run."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from effbench.errors import EffbenchError
from effbench.files.atomic import write_files
from effbench.training.loop.folder import require_same
from effbench.training.loop.recipe import Recipe

FORMAT = 1

State = dict[str, Any]


def save(path: Path, state: Mapping[str, Any], recipe: Recipe, seed: int) -> None:
    """Write tensors, numbers and texts, flushed to disk before they take the former checkpoint's place.

    Raises:
        EffbenchError: with the system's reason; the former checkpoint is then still there.
    """
    head = {"effbench": FORMAT, "key": recipe.key(seed), "run": json.dumps(recipe.identity(seed))}
    write_tensors(path, {**head, **state})


def write_tensors(path: Path, content: Mapping[str, Any]) -> None:
    """A file that loads with ``weights_only``."""
    stream = io.BytesIO()
    torch.save(dict(content), stream)
    write_files({path: stream.getvalue()})


def load(path: Path, recipe: Recipe, seed: int) -> State:
    """The state that ``save`` was given, on the CPU.

    Raises:
        EffbenchError: a file that is damaged or holds objects (nothing in it is executed), or of another run; the
            message names what differs.
    """
    state = read_tensors(path)
    if state.get("effbench") != FORMAT:
        raise EffbenchError(f"{path} is no checkpoint of this version of effbench")
    require_same(path, json.loads(state["run"]), recipe.identity(seed))
    return state


def read_tensors(path: Path) -> State:
    """A dictionary of tensors, numbers and texts.

    Raises:
        EffbenchError: anything else.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds on a damaged file
        first = str(error).split("\n", 1)[0]
        raise EffbenchError(f"{path} is refused: it is no file of plain tensors ({first})") from None
    if not isinstance(state, dict):
        raise EffbenchError(f"{path} is refused: it holds a {type(state).__name__}, not a dictionary")
    return state
