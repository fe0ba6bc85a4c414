"""Trained weights of any network, from a file of tensors; nothing in the file is executed."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from effbench.errors import EffbenchError


def load_weights(network: nn.Module, path: Path) -> None:
    """Put the weights of a file that ``torch.save`` wrote into a network.

    Args:
        path: a state dictionary, or a dictionary that holds one under ``state_dict``.

    Raises:
        EffbenchError: the file cannot be read, is no such dictionary, or is of another network.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise EffbenchError(f"weights {path} cannot be read: {error.strerror}") from None
    except Exception as error:  # torch raises many kinds for broken or foreign files
        raise EffbenchError(f"{path} holds no weights: {_first_line(error)}") from None
    if not isinstance(state, dict):
        raise EffbenchError(f"{path} holds no weights: a dictionary of tensors is needed, got {type(state).__name__}")
    try:
        network.load_state_dict(state.get("state_dict", state))
    except (RuntimeError, TypeError) as error:
        raise EffbenchError(
            f"the weights of {path} do not fit {type(network).__name__}: {_first_line(error)}"
        ) from None


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return " ".join(lines[:2])
