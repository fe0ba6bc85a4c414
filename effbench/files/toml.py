"""TOML files as nested mappings; ``files.typed`` makes dataclasses of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from effbench.errors import EffbenchError


def read_toml(path: Path, what: str) -> dict[str, object]:
    """The file as nested mappings.

    Args:
        what: what the file should be, for the error: ``"recipe"``.

    Raises:
        EffbenchError: the file cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EffbenchError(f"cannot read {what} {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EffbenchError(f"{path} is no TOML file: {error}") from None
    except RecursionError:
        raise EffbenchError(f"{path} is nested too deeply") from None
